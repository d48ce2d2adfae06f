"""Rows of document 002, the end of section 5.2.1 (padding, sizes) and 5.2.2 to 5.2.4, in the order there."""

from functools import partial

from cnnmath.ledger import cnn_checks as checks
from cnnmath.ledger import cnn_pool_checks as pooling
from cnnmath.ledger import cnn_printed as printed
from cnnmath.ledger.row import Printed, Row

SIZES = (
    Row(
        "zhang-5.13-e",
        "5.2.1",
        "P_1 and P_2 rows and columns of zeros on each side, to control the size of the output",
        check=checks.padding_is_a_border,
    ),
    Row(
        "zhang-5.14",
        "5.2.1",
        "height of the output, rounded down; without rounding it is too large by R/S where R rows are "
        "left over (window_size.exact#claim)",
        by="window_size.floor#claim",
        printed=Printed(
            r"\frac{H_{l-1}-F_1+2P_1}S+1",
            r"\left\lfloor\frac{H_{l-1}-F_1+2P_1}S\right\rfloor+1",
            "author",
            partial(printed.not_a_whole_number, 0),
        ),
    ),
    Row(
        "zhang-5.15",
        "5.2.1",
        "its width, by the same rule",
        by="window_size.floor#claim",
        printed=Printed(
            r"\frac{W_{l-1}-F_2+2P_2}S+1",
            r"\left\lfloor\frac{W_{l-1}-F_2+2P_2}S\right\rfloor+1",
            "author",
            partial(printed.not_a_whole_number, 1),
        ),
    ),
    Row(
        "zhang-5.16",
        "5.2.1",
        "padding that keeps the height at stride 1, for odd F_1; for any F_1: F_1 - 1 rows in all "
        "(kept_size.any#claim)",
        by="unit_stride_size.same#claim",
        printed=Printed(
            r"P_1 = (F_1-1)/2",
            r"\text{for odd }F_1\text{; for even }F_1\text{: }F_1/2-1\text{ rows on one side, }F_1/2"
            r"\text{ on the other}",
            "author",
            partial(printed.even_kernel, 0),
        ),
    ),
    Row(
        "zhang-5.17",
        "5.2.1",
        "and the width, for odd F_2",
        by="unit_stride_size.same#claim",
        printed=Printed(
            r"P_2 = (F_2-1)/2",
            r"\text{for odd }F_2\text{, as (5.16)}",
            "author",
            partial(printed.even_kernel, 1),
        ),
    ),
    Row("zhang-5.18", "5.2.1", "the height is kept", by="unit_stride_size.same#claim"),
    Row("zhang-5.19", "5.2.1", "the width is kept", by="unit_stride_size.same#claim"),
)

# ------------------------------------------------------------- 5.2.2 to 5.2.4: the other layers

OTHER_LAYERS = (
    Row(
        "zhang-5.2.2-a",
        "5.2.2",
        "pooling works on each depth slice by itself and keeps the depth",
        check=pooling.slices_on_their_own,
    ),
    Row(
        "zhang-5.2.2-c",
        "5.2.2",
        "pooling shrinks the maps and so the number of weights behind them (that it prevents "
        "overfitting is said, not shown)",
        check=pooling.pooling_saves_weights,
    ),
    Row(
        "zhang-5.20",
        "5.2.2",
        "maximum over each window; the bounds are right in zhang-5.35",
        check=pooling.largest_of_each_window,
        printed=Printed(
            r"0\le i\le F_1,\ 0\le j\le F_2",
            r"0\le i<F_1,\ 0\le j<F_2\text{, as in (5.35)}",
            "author or extraction",
            printed.window_too_large,
        ),
    ),
    Row(
        "zhang-5.2.2-b",
        "5.2.2",
        "2 x 2 with stride 2 drops three of four activations",
        check=pooling.three_quarters_dropped,
        printed=Printed(
            "75 % of the information",
            "75 % of the activations; how much is lost with them depends on the input",
            "author",
            printed.nothing_lost,
        ),
    ),
    Row(
        "zhang-5.21",
        "5.2.3",
        "relu, entry by entry; the size does not change",
        check=pooling.relu_entry_by_entry,
    ),
    Row(
        "zhang-5.2.4-a",
        "5.2.4",
        "fully connected layer as in chapter 4: a convolution whose filters are as large as the input; "
        "on one axis: flatten.place#claim",
        by="whole_window.dense#claim",
    ),
)

ROWS: tuple[Row, ...] = (*SIZES, *OTHER_LAYERS)
