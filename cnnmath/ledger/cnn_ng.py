"""Rows of document 003, sections 1.1 to 1.6, in its order; f, s, p, n are window, stride, padding, size."""

from functools import partial

from cnnmath.ledger import cnn_nets_printed as nets
from cnnmath.ledger import cnn_notes_checks as checks
from cnnmath.ledger import cnn_notes_counts as counts
from cnnmath.ledger import cnn_notes_formulas as formulas
from cnnmath.ledger import cnn_notes_printed as printed
from cnnmath.ledger import cnn_simulations as simulations
from cnnmath.ledger.row import Printed, Row

QUESTIONS = (
    Row(
        "ng-1.1.1-a",
        "1.1.1",
        "question 8, backpropagation with shared parameters: the contributions of all places are added "
        "(shared_weights.dk#connections)",
        by="shared_weights.dk#patches",
        printed=Printed(
            "nine questions, eight answers",
            "question 8 has none, and answer 8 belongs to question 9",
            "author",
            printed.unanswered,
        ),
    ),
    Row(
        "ng-1.1.2-a",
        "1.1.2",
        "odd kernels: they have a middle (odd_kernel.middle#claim) and keep the size with (f-1)/2 on "
        "either side; even ones have none (even_kernel.middle#claim), and no equal border keeps the size "
        "(even_kernel.same#claim)",
        by="odd_kernel.same#claim",
    ),
    Row(
        "ng-1.1.2-b",
        "1.1.2",
        "as many output channels as filters",
        check=checks.channels_are_filters,
    ),
    Row(
        "ng-1.1.2-c",
        "1.1.2",
        "a convolution layer: kernels, biases and an activation",
        by="activated_layer.a#definition",
        claim=formulas.layer_in_one_line,
    ),
    Row(
        "ng-1.1.2-d",
        "1.1.2",
        "pooling: size and stride to choose, nothing to learn, channels kept",
        check=checks.pooling_is_not_learnt,
    ),
    Row(
        "ng-1.1.2-e",
        "1.1.2",
        "backward, a maximum hands its gradient to its place, a mean spreads it evenly "
        "(mean_pool_blocks.dx#floor)",
        by="max_pool_blocks.dx#routing",
        printed=Printed(
            "the LOSS is spread over the layer before, or handed to the place of the maximum",
            "the GRADIENT of the loss by the output, as section 1.8 says",
            "author",
            printed.loss_handed_back,
        ),
    ),
    Row(
        "ng-1.1.2-f",
        "1.1.2",
        "why convolution: weights shared by all places, 0 outside the window; and a shifted image gives a "
        "shifted output (translation.equivariance#claim)",
        by="conv_matrix.entry#claim",
    ),
    Row(
        "ng-1.1.2-g",
        "1.1.2",
        "relu has no derivative at 0, its slope jumps there; what is better than with the sigmoid: "
        "ng-1.11-b, ng-1.11-c, ng-1.11-e",
        by="relu_kink.slope#step",
        printed=Printed(
            "the derivative at 0 is set to 1",
            "a convention on which the documents disagree: 0 in 002 and here; every value from 0 to 1 is "
            "a subgradient",
            "author",
            printed.slope_at_zero,
        ),
    ),
)

FILTERS = (
    Row(
        "ng-1.2-a",
        "1.2",
        "the filter 1|0|-1 finds vertical edges, its sign says which side is bright",
        check=checks.edges_by_sign,
    ),
    Row(
        "ng-1.2-b",
        "1.2",
        "what an edge filter needs: its weights add up to 0, then it is silent in flat regions; if those "
        "of each row do, at horizontal edges too (edge_filter.horizontal_edges#claim)",
        by="edge_filter.flat_region#claim",
        printed=Printed(
            "what counts is that the middle column is 0; left and right may differ as much as possible",
            "what counts is that the weights add up to 0; a larger difference of opposite columns only "
            "scales the answer",
            "author",
            printed.answers_flat_regions,
        ),
    ),
    Row(
        "ng-1.2-c",
        "1.2",
        "the numbers of the filter can be learnt by backpropagation",
        check=simulations.filter_from_answers,
    ),
    Row(
        "ng-1.2-d",
        "1.2",
        "and filters for edges at 45, 73 and other degrees",
        check=simulations.edges_at_any_angle,
    ),
)

SIZES = (
    Row(
        "ng-1.3-a",
        "1.3",
        "without padding n - f + 1 rows are left (here n = U + P - 1)",
        by="unit_stride_size.valid#claim",
        claim=formulas.n_minus_f_plus_one,
    ),
    Row(
        "ng-1.3-b",
        "1.3",
        "with p = (f-1)/2, for odd f, the size is kept",
        by="unit_stride_size.same#claim",
    ),
    Row(
        "ng-1.4-a",
        "1.4",
        "size of the output with padding and stride, rounded down (with G = 1)",
        by="size_rule.floor#claim",
        printed=Printed(
            r"(n+2p-f)/2+1\text{, rounded down}",
            r"\lfloor (n+2p-f)/s\rfloor+1",
            "author",
            partial(printed.wrong_size, printed.halved),
        ),
    ),
    Row(
        "ng-1.4-b",
        "1.4",
        "rounding down: every window lies in the padded input, and one more would not (size_rule.no-more)",
        by="size_rule.inside#claim",
    ),
    Row(
        "ng-1.4-c",
        "1.4",
        "TensorFlow's 'valid' rounds (n-f+1)/s up: the same number as the floor rule",
        by="tensorflow_sizes.valid#claim",
        printed=Printed(
            "'valid' rounds up, not down as above",
            "it rounds up another formula; the sizes are the same",
            "author",
            partial(printed.wrong_size, printed.rounded_up),
        ),
    ),
    Row(
        "ng-1.4-d",
        "1.4",
        "TensorFlow's 'same': n/s, rounded up (tensorflow_same.same#claim: the padding that gives it)",
        by="tensorflow_same.same#claim",
        claim=formulas.rounded_up,
    ),
)

LAYER = (
    Row(
        "ng-1.5-a",
        "1.5",
        "a filter is as deep as its input, and its output is flat",
        check=checks.depth_of_a_filter,
    ),
    Row(
        "ng-1.5-c",
        "1.5",
        "products are added up over all three dimensions",
        by="activated_layer.products#definition",
    ),
    Row(
        "ng-1.5-b",
        "1.5",
        "the outputs of N filters are stacked",
        check=checks.stacked_outputs,
    ),
    Row(
        "ng-1.6-a",
        "1.6",
        "one real bias per output channel; it gets what arrives in its whole map (activated_layer.db#map)",
        check=checks.one_bias_per_filter,
    ),
    Row(
        "ng-1.6-b",
        "1.6",
        "table of the sizes and parameters of a layer",
        check=counts.parameters_and_sizes,
        printed=Printed(
            "lower right: how often parameters are updated in learning",
            "how many parameters there are, of which the next sentence speaks",
            "author",
            nets.updates_counted,
        ),
        reconstructed=True,
    ),
    Row(
        "ng-1.6-c",
        "1.6",
        "parameters depend on the filters, not on height and width of the input",
        check=counts.parameters_ignore_height_and_width,
        printed=Printed(
            "parameters depend on size and number of the filters, not on the size of the input",
            r"\text{not on height and width, but on its channels: }(f^2 n_c^{[l-1]}+1)\,n_c^{[l]}",
            "author",
            nets.counts_by_channels,
        ),
    ),
)

ROWS: tuple[Row, ...] = (*QUESTIONS, *FILTERS, *SIZES, *LAYER)
