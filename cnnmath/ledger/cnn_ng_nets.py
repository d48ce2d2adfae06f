"""Rows of document 003, sections 1.7 to 1.10, in its order: whole nets, pooling, why convolutions."""

from functools import partial

from cnnmath.ledger import cnn_nets_printed as printed
from cnnmath.ledger import cnn_notes_counts as counts
from cnnmath.ledger import cnn_notes_formulas as formulas
from cnnmath.ledger import cnn_notes_printed as notes
from cnnmath.ledger.row import Printed, Row

POOLING = (
    Row(
        "ng-1.7-a",
        "1.7",
        "a net of convolutions, flattened at the end (image lost; sizes of the slide as remembered)",
        check=counts.pure_conv_net,
        reconstructed=True,
    ),
    Row(
        "ng-1.7-b",
        "1.7",
        "height and width shrink, channels grow; usually with pooling and dense layers",
        not_checkable="a habit of published nets, no law; nets with it: ng-1.7-a, ng-1.9-a",
    ),
    Row(
        "ng-1.8-h",
        "1.8",
        "a maximum keeps the strongest feature, a mean a smooth one; maxima are more common",
        not_checkable="says what pooling is for and how often it is used",
    ),
    Row(
        "ng-1.8-a",
        "1.8",
        "size of the output of pooling, rounded down: the rule of ng-1.4-a with p = 0",
        by="size_rule.floor#claim",
        printed=Printed(
            "(n-f)/s+1",
            r"\lfloor (n-f)/s\rfloor+1",
            "author",
            partial(notes.wrong_size, notes.unrounded),
        ),
    ),
    Row(
        "ng-1.8-b",
        "1.8",
        "stride 2 halves an even size if the window is 1 or 2 (T = 0); each two rows more cost one",
        by="half_size.even#claim",
        printed=Printed(
            "s = 2 halves height and width",
            r"\text{exactly for even } n \text{ and windows of 1 or 2; else } \lfloor (n-f)/2\rfloor+1",
            "author",
            notes.not_halved,
        ),
    ),
    Row(
        "ng-1.8-c",
        "1.8",
        "2 x 2 pooling: 16 gradients above, 64 below",
        check=counts.gradients_above_and_below,
    ),
    Row(
        "ng-1.8-g",
        "1.8",
        "the sum of the gradients is kept by maxima, and by means (mean_pool_blocks.total#count)",
        by="max_pool_blocks.total#one-each",
        printed=Printed(
            "the sum of the gradients must be kept: the principle of backpropagation through pooling",
            "the principle is the chain rule; the sum is kept where the slopes of a window add up to 1, "
            "not by sums (sum_pool_blocks) nor by means over a border",
            "author",
            printed.sum_not_kept,
        ),
    ),
    Row(
        "ng-1.8-d",
        "1.8",
        "a mean gives every entry of its window the same share (the sum is kept: "
        "mean_pool_blocks.total#count)",
        by="mean_pool_blocks.dx#floor",
    ),
    Row(
        "ng-1.8-e",
        "1.8",
        "copying the gradient to all N entries instead multiplies the sum by N",
        by="sum_pool_blocks.total#count",
    ),
    Row(
        "ng-1.8-f",
        "1.8",
        "a maximum gives its gradient to the recorded place, where those of several windows add up (the "
        "sum is kept: max_pool_blocks.total#one-each)",
        by="max_pool_blocks.dx#routing",
        printed=Printed(
            "hand the gradient to the recorded place, 0 to the others",
            r"\text{ADD it there: } \partial E/\partial x_p=\sum_{w:\,i^*(w)=p}\partial E/\partial y_w"
            r"\text{; with } s<f \text{ windows may share their maximum}",
            "author",
            printed.handed_over,
        ),
    ),
)

TABLE = (
    Row(
        "ng-1.9-e",
        "1.9",
        "convolution and pooling as one layer; sizes are best taken from published nets",
        not_checkable="a way to count layers and a piece of advice; how others count is shown below",
        printed=Printed(
            "convolution and pooling are one layer, since pooling has no parameters",
            "a convention: two layers in 000; convolution, relu and pooling are three in 002",
            "author",
            printed.layers_counted,
        ),
    ),
    Row(
        "ng-1.9-a",
        "1.9",
        "the sizes of a net like LeNet (images lost; 6 maps in the text, 8 on the slide as remembered)",
        check=counts.lenet_like_sizes,
        reconstructed=True,
    ),
    Row(
        "ng-1.9-b",
        "1.9",
        "parameters of the dense layers, as the author corrects the lost table (rows, called columns)",
        check=counts.dense_counts,
    ),
    Row(
        "ng-1.9-f",
        "1.9",
        "parameters of the convolutions in the lost table, on which the author says nothing",
        check=counts.conv_counts,
        printed=Printed(
            "only the last three counts are corrected; the table is lost (208 and 416 on the slide, as "
            "remembered, stand without the input channels)",
            r"(5^2{\cdot}3+1)\,c_1\text{ and }(5^2c_1+1)\,16",
            "author",
            printed.uncorrected_rows,
        ),
        reconstructed=True,
    ),
    Row(
        "ng-1.9-c",
        "1.9",
        "few parameters in the convolutions, most in the dense layers",
        check=counts.where_the_parameters_are,
    ),
    Row(
        "ng-1.9-d",
        "1.9",
        "from layer to layer the data shrink, if convolution and pooling are one layer (ng-1.9-e)",
        check=counts.layers_shrink,
        printed=Printed(
            "the data shrink from row to row of the table",
            "they grow at both convolutions and shrink at the poolings",
            "author",
            printed.data_grow,
        ),
    ),
)

REASONS = (
    Row(
        "ng-1.10-a",
        "1.10",
        "32 x 32 x 3 to 28 x 28 x 6, fully connected",
        check=counts.fully_connected_weights,
    ),
    Row(
        "ng-1.10-b",
        "1.10",
        "the same with six 5 x 5 filters",
        check=counts.six_filters,
        printed=Printed(
            r"5\cdot5\cdot6",
            r"5\cdot5\cdot3\cdot6\text{ weights and 6 biases: a filter is as deep as its input (1.5)}",
            "author",
            printed.without_channels,
        ),
    ),
    Row(
        "ng-1.10-e",
        "1.10",
        "what finds a feature in one part of the image finds it in another",
        not_checkable="a reason from what images are like, not from the formulas",
    ),
    Row(
        "ng-1.10-c",
        "1.10",
        "an output depends on its window alone, in all channels: the other weights are 0",
        by="conv_matrix.entry#claim",
    ),
    Row(
        "ng-1.10-f",
        "1.10",
        "windows, and then sharing, save parameters; that less are overfitted is a matter of the data",
        check=counts.sharing_and_sparsity,
    ),
    Row(
        "ng-1.10-d",
        "1.10",
        "a shifted input gives a shifted output; with stride s for shifts by multiples of s "
        "(strided_translation.equivariance#claim)",
        by="translation.equivariance#claim",
        printed=Printed(
            "convolution captures translation invariance",
            "EQUIVARIANCE, at stride 1; (approximate) invariance comes with pooling",
            "author",
            formulas.invariance,
            within="translation",
        ),
    ),
)

ROWS: tuple[Row, ...] = (*POOLING, *TABLE, *REASONS)
