"""Rows of document 002, chapter 5 (convolutional networks), in the order of the document.

Sizes and the other layers are in cnn_zhang_layers, section 5.3 and what follows in cnn_zhang_backward.
"""

from functools import partial

from cnnmath.ledger import cnn_checks as checks
from cnnmath.ledger import cnn_printed as printed
from cnnmath.ledger import cnn_zhang_formulas as formulas
from cnnmath.ledger.cnn_zhang_backward import ROWS as BACKWARD
from cnnmath.ledger.cnn_zhang_layers import ROWS as LAYERS
from cnnmath.ledger.row import Printed, Row

# ------------------------------------------------------------------- 5, 5.1: the data; 5.2: neurons

DATA = (
    Row(
        "zhang-5-a",
        "5",
        "a convolutional network: linear operations that are learnt, activations, backpropagation; it "
        "uses that its input is an image",
        not_checkable="says what the chapter is about; its layers are the rows below",
    ),
    Row(
        "zhang-5.1",
        "5.1",
        "training set of images with labels",
        not_checkable="names the training set; the shape of an image is zhang-5.2, the labels are zhang-5.3",
    ),
    Row(
        "zhang-5.2",
        "5.1",
        "an image has height x width x depth numbers; in the code the depth comes first",
        check=checks.images_as_tensors,
    ),
    Row(
        "zhang-5.3",
        "5.1",
        "labels, counted from 1 here and from 0 in chapter 3, whose loss is taken over",
        check=checks.labels_shifted_by_one,
        printed=Printed(
            r"y^{(i)}\in\{1,\dots,K\}",
            r"y^{(i)}\in\{0,\dots,K-1\}\text{, as in chapter 3, whose scores are }s_0,\dots,s_{K-1}",
            "author",
            printed.label_without_a_score,
        ),
    ),
    Row(
        "zhang-5.1-b",
        "5.1",
        "two letters with two meanings each; inputs need not be images",
        not_checkable="admits an overloading of letters and names other inputs (sentences), cited there",
        printed=Printed(
            "W: weights and width; D: data set and depth (said there to be an abuse of notation)",
            r"\mathbf W\text{ and }W_l,\ \mathcal D\text{ and }D_l",
            "author",
            printed.letters_twice,
        ),
    ),
    Row(
        "zhang-5.2-a",
        "5.2",
        "neurons in three dimensions; the last layer is 1 x 1 x K, a vector of scores",
        check=checks.scores_in_one_place,
    ),
    Row(
        "zhang-5.2-b",
        "5.2",
        "four kinds of layers, each counted by itself: convolution, pooling, relu, fully connected",
        not_checkable="a list of kinds and a way of counting; what each of them does follows below",
        printed=Printed(
            "every layer of the plain network is affine and relu",
            "every layer but the last, which has no relu (4.21)",
            "author",
            printed.relu_on_the_scores,
        ),
    ),
)

# ------------------------------------------------ 5.2.1: from the fully connected layer to the filter

TWO_SIMPLIFICATIONS = (
    Row(
        "zhang-5.4",
        "5.2.1",
        "affine layer, row by row",
        by="row_view.scores#row",
        covers=("zhang-5.5", "zhang-5.6"),
        printed=Printed(
            r"\text{rows }w_0,\dots,w_{n-1}",
            r"w_0,\dots,w_{n_l-1}\text{, as the next line (5.6) has it}",
            "author or extraction",
            printed.rows_that_do_not_fit,
        ),
    ),
    Row(
        "zhang-5.7",
        "5.2.1",
        "one neuron of it: an inner product and a bias",
        by="row_view.scores#row",
        printed=Printed(
            r"w^\top x = w\odot x",
            r"w^\top x = \mathbf 1^\top(w\odot x)\text{: }\odot\text{ is elementwise in (4.34) and (6.15)}",
            "author",
            partial(printed.elementwise, 1),
        ),
    ),
    Row(
        "zhang-5.8-b",
        "5.2.1",
        "on a tensor the weights of a fully connected neuron have the shape of the input",
        check=checks.only_the_shape_of_the_input,
    ),
    Row(
        "zhang-5.8",
        "5.2.1",
        "that neuron: a triple sum, the full inner product of weights and input, and a bias",
        by="dense_on_maps.a#definition",
        claim=formulas.inner_product,
        printed=Printed(
            r"\mathbf W_{d_l}\odot\mathbf X",
            r"\langle\mathbf W_{d_l},\mathbf X\rangle\text{; the triple sum is right}",
            "author",
            partial(printed.elementwise, 3),
        ),
    ),
    Row(
        "zhang-5.2.1-a",
        "5.2.1",
        "weights of one fully connected neuron on a CIFAR-10 image",
        check=checks.weights_for_cifar,
    ),
    Row(
        "zhang-5.2.1-b",
        "5.2.1",
        "weights of one fully connected neuron on 200 x 200 pixels of three colours",
        check=checks.weights_for_larger_images,
    ),
    Row(
        "zhang-5.2.1-h",
        "5.2.1",
        "full connection grows with the area of the image (that it then costs and overfits is said, not "
        "shown)",
        check=checks.weights_grow_with_the_area,
    ),
    Row(
        "zhang-5.2.1-c",
        "5.2.1",
        "sparse connection: a neuron sees a field of F_1 x F_2, all of the depth, and nothing outside; "
        "so many entries: connections.field#claim",
        by="conv_matrix.entry#claim",
    ),
    Row(
        "zhang-5.2.1-d",
        "5.2.1",
        "the field moved over the input gives an activation map; so many parameters, were the weights "
        "local but not shared",
        by="connections.local#claim",
    ),
    Row(
        "zhang-5.2.1-e",
        "5.2.1",
        "D_l filters of F_1 x F_2 x D_(l-1) side by side: four axes, and D_l maps behind each other",
        check=checks.four_axes,
        printed=Printed(
            r"H_{F1}\times W_{F2}\times D_{l-1}\times D_l",
            r"F_1\times F_2\times D_{l-1}\times D_l",
            "author",
            printed.undefined_sizes,
        ),
    ),
    Row(
        "zhang-5.2.1-f",
        "5.2.1",
        "shared weights: what is useful in one place is useful everywhere; hence a shifted input gives a "
        "shifted map (translation.equivariance#claim)",
        not_checkable="a reason for sharing, taken from what images are like; not a formula",
    ),
    Row(
        "zhang-5.2.1-g",
        "5.2.1",
        "both simplifications save parameters: full connections.full#claim, local "
        "connections.local#claim, shared connections.shared#claim",
        check=checks.fewer_parameters,
    ),
)

# ------------------------------------------------------------------------ 5.2.1: the convolution

CONVOLUTION = (
    Row(
        "zhang-5.9",
        "5.2.1",
        "output map: each slice of the input with its slice of the filter, added up, and a bias",
        by="conv_layer.z#definition",
        claim=formulas.map_by_map,
    ),
    Row(
        "zhang-5.9-b",
        "5.2.1",
        "strictly it is a cross-correlation: convolution with the filter turned by 180 degrees",
        by="true_convolution.twice#claim",
    ),
    Row(
        "zhang-5.10",
        "5.2.1",
        "the convolution layer as a sum; as a matrix: conv_matrix.forward#claim",
        by="conv_layer.z#definition",
        claim=formulas.in_the_order_of_the_document,
    ),
    Row(
        "zhang-5.11-b",
        "5.2.1",
        "as many maps come out as there are filters",
        check=checks.depth_is_the_number_of_filters,
    ),
    Row(
        "zhang-5.11",
        "5.2.1",
        "height of the output without stride and padding: nothing is rounded away "
        "(unit_stride.rows#claim)",
        by="unit_stride.count#claim",
    ),
    Row(
        "zhang-5.12",
        "5.2.1",
        "its width, by the same rule",
        by="unit_stride.count#claim",
    ),
    Row(
        "zhang-5.13-b",
        "5.2.1",
        "stride: one output every S positions",
        check=checks.starts_of_the_windows,
        printed=Printed(
            "one output each time S positions are skipped",
            "each time the window advances by S: S - 1 positions are skipped",
            "author",
            printed.skipped_positions,
        ),
    ),
    Row(
        "zhang-5.13-d",
        "5.2.1",
        "a larger stride never makes the map larger, and makes it smaller, down to one place "
        "(larger_stride.one#claim)",
        by="larger_stride.smaller#claim",
    ),
    Row(
        "zhang-5.13",
        "5.2.1",
        "the layer with stride S, and with the padding that (5.14) counts",
        by="strided_layer.padded#claim",
        printed=Printed(
            r"\mathbf X(i_lS+i,\,j_lS+j,\,d)\text{, also with padding}",
            r"\mathbf X(i_lS+i-P_1,\,j_lS+j-P_2,\,d)\text{, 0 outside}",
            "author",
            printed.index_leaves_the_input,
        ),
    ),
    Row(
        "zhang-5.13-c",
        "5.2.1",
        "with S = 1 it is zhang-5.10",
        by="unit_stride.special-case#claim",
    ),
)

ROWS: tuple[Row, ...] = (*DATA, *TWO_SIMPLIFICATIONS, *CONVOLUTION, *LAYERS, *BACKWARD)
