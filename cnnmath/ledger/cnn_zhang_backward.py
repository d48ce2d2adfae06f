"""Rows of document 002, sections 5.3 to 5.5: loss, backward pass, evaluation, in the order there."""

from functools import partial

from cnnmath.ledger import cnn_backward_printed as printed
from cnnmath.ledger import cnn_pool_checks as pooling
from cnnmath.ledger import cnn_zhang_formulas as formulas
from cnnmath.ledger.row import Printed, Row

LOSS = (
    Row(
        "zhang-5.22",
        "5.3",
        "the loss as before; the scores come from layers one inside the other",
        check=pooling.layers_one_inside_the_other,
    ),
    Row(
        "zhang-5.4-a",
        "5.4",
        "relu on maps goes backward as in chapter 4, as does a fully connected layer "
        "(dense_on_maps.dx#sift, dense_on_maps.dw#sift); convolution and pooling are new",
        by="relu_on_maps.dx#mask",
    ),
)

CONVOLUTION = (
    Row(
        "zhang-5.23",
        "5.4.1",
        "zhang-5.10 again",
        by="conv_layer.z#definition",
        claim=formulas.in_the_order_of_the_document,
    ),
    Row(
        "zhang-5.24",
        "5.4.1",
        "chain rule for a weight: it is in every place of its map",
        by="conv_layer.dw#chain-rule",
        printed=Printed(
            "(5.24) behind the line after this one",
            "(5.24) here, (5.25) there",
            "extraction",
            printed.displaced_tag,
        ),
    ),
    Row(
        "zhang-5.25",
        "5.4.1",
        "gradient of the filter: correlation of the input with the gradient of the output; with stride, "
        "padding and dilation: conv2d.dw#sift",
        by="conv_layer.dw#sift",
        printed=Printed(
            r"\forall i,j,\ \emptyset 5 d 5)",
            r"\forall i,j,d,d_l\quad(5.25)",
            "extraction",
            printed.lost_indices,
        ),
    ),
    Row(
        "zhang-5.26",
        "5.4.1",
        "chain rule for the bias",
        by="conv_layer.db#chain-rule",
        printed=Printed(
            r"\sum_{i,=0}^{H_l-1}\sum_{i,=0}^{W_l-1}",
            r"\sum_{i_l=0}^{H_l-1}\sum_{j_l=0}^{W_l-1}",
            "extraction",
            printed.one_index_twice,
        ),
    ),
    Row(
        "zhang-5.27",
        "5.4.1",
        "gradient of the bias: the sum over its map",
        by="conv_layer.db#sift",
    ),
    Row(
        "zhang-5.28",
        "5.4.1",
        "chain rule for an entry of the input: over all places of ALL maps",
        by="conv_layer.dx#chain-rule",
        printed=Printed(
            r"\frac{\partial\mathrm{err}}{\partial\mathbf X(i_l+i,j_l+j,d)} = \sum_{i_l,j_l}"
            r"\frac{\partial\mathrm{err}}{\partial\mathbf A(i_l,j_l,d_l)}"
            r"\frac{\partial\mathbf A(i_l,j_l,d_l)}{\partial\mathbf X(i,j,d)}",
            r"\frac{\partial\mathrm{err}}{\partial\mathbf X(p,q,d)} = \sum_{d_l}\sum_{i_l,j_l}"
            r"\frac{\partial\mathrm{err}}{\partial\mathbf A(i_l,j_l,d_l)}"
            r"\frac{\partial\mathbf A(i_l,j_l,d_l)}{\partial\mathbf X(p,q,d)}",
            "author",
            partial(
                printed.each_slip,
                formulas.one_filter_and_a_bound_place,
                ("all_filters", "own_place"),
            ),
        ),
    ),
    Row(
        "zhang-5.29",
        "5.4.1",
        "gradient of the input: each place of each map through the weight that it has there",
        by="conv_layer.dx#sift",
        printed=Printed(
            r"\sum_{i_l,j_l}\frac{\partial\mathrm{err}}{\partial\mathbf A(i_l,j_l,d_l)}\mathbf W(i,j,d,d_l)",
            r"\sum_{d_l}\sum_{i_l,j_l:\,0\le p-i_l<F_1,\,0\le q-j_l<F_2}"
            r"\frac{\partial\mathrm{err}}{\partial\mathbf A(i_l,j_l,d_l)}\mathbf W(p-i_l,q-j_l,d,d_l)",
            "author",
            partial(printed.each_slip, formulas.weight_outside_the_sum, ("all_filters", "moving")),
        ),
    ),
    Row(
        "zhang-5.4.1-b",
        "5.4.1",
        "for the input it is a convolution again: full, with the filters turned, summed over them",
        by="conv_layer.dx#full-correlation",
        claim=formulas.turned_filters,
        printed=Printed(
            "backward a convolution is a convolution with flipped filters",
            "the input gradient is, in full mode and summed over the filters; the filter gradient (5.25) is "
            "a correlation without any flip",
            "author",
            printed.without_its_conditions,
        ),
    ),
    Row(
        "zhang-5.4.1-c",
        "5.4.1",
        "with stride and padding, window by window; as a convolution, with S - 1 zeros between the "
        "entries (conv_strided_input.dx#full-correlation), and 0 where no window reaches "
        "(strided_gradient.left-over#claim)",
        by="strided_gradient.windows#claim",
        printed=Printed(
            "the same sentence for S > 1",
            r"\sum_{d_l}\ \sum_{i_l,j_l:\,0\le p+P_1-i_lS<F_1,\,0\le q+P_2-j_lS<F_2}"
            r"\frac{\partial\mathrm{err}}{\partial\mathbf A(i_l,j_l,d_l)}"
            r"\mathbf W(p+P_1-i_lS,\,q+P_2-j_lS,\,d,d_l)",
            "author",
            printed.no_zeros_between,
        ),
    ),
)

POOLING = (
    Row(
        "zhang-5.4.2-c",
        "5.4.2",
        "pooling has no parameters: only the gradient of its input is needed",
        check=pooling.no_parameters,
    ),
    Row(
        "zhang-5.30",
        "5.4.2",
        "the larger of two by indicators, ties to the first",
        check=pooling.larger_of_two_is_the_maximum,
        printed=Printed(
            "ties go to x",
            "a convention, to be kept: it gives relu'(0) = 0 (4.34) as max(0, z), and 1 as max(z, 0); the "
            "argument order matters",
            "author",
            printed.order_of_arguments,
        ),
    ),
    Row("zhang-5.31", "5.4.2", "chain rule", by="larger_of_two.dx#chain-rule"),
    Row(
        "zhang-5.32",
        "5.4.2",
        "derivative by the first: 1{x >= y} = 1 - 1{y > x}",
        by="larger_of_two.dx#router",
        printed=Printed(
            "the line stands there twice",
            "once",
            "extraction",
            printed.printed_twice,
        ),
    ),
    Row("zhang-5.33", "5.4.2", "chain rule", by="larger_of_two.dy#chain-rule"),
    Row("zhang-5.34", "5.4.2", "derivative by the second", by="larger_of_two.dy#router"),
    Row(
        "zhang-5.4.2-a",
        "5.4.2",
        "the maximum hands its gradient, unchanged, to one input, a largest one "
        "(max_pool_blocks.dx#routing); nothing is lost or added",
        by="max_pool_blocks.total#one-each",
    ),
    Row(
        "zhang-5.35",
        "5.4.2",
        "max pooling with the right bounds: the routed entry is the largest",
        by="max_pool_blocks.routed#claim",
    ),
    Row(
        "zhang-5.4.2-b",
        "5.4.2",
        "backward: each gradient to the recorded place of its maximum, 0 elsewhere",
        by="max_pool2d.dx#sift",
        printed=Printed(
            "the gradient is passed to the recorded places",
            "ADDED there: windows that overlap (S < F) may share their maximum",
            "author",
            printed.assigned_not_added,
        ),
    ),
    Row(
        "zhang-5.5-a",
        "5.5",
        "prediction and evaluation as for the networks of chapter 4",
        not_checkable="refers back to section 4.5 (zhang-4.5-a) and so to section 3.5; nothing new is said",
    ),
)

ROWS: tuple[Row, ...] = (*LOSS, *CONVOLUTION, *POOLING)
