"""Rows of document 002, chapter 4 (and what 3.4.1 says of networks), in the order of the document."""

from functools import partial

from cnnmath.ledger import mlp_algorithm as algorithm
from cnnmath.ledger import mlp_checks as checks
from cnnmath.ledger import mlp_formulas as formulas
from cnnmath.ledger import mlp_printed as printed
from cnnmath.ledger import mlp_training as training
from cnnmath.ledger.row import Printed, Row

# -------------------------------------------------------------------- 4, 4.1: why learn features

REPRESENTATION = (
    Row(
        "zhang-3.4.1-c",
        "3.4.1",
        "J of a network is not convex: hidden units swapped give another minimum, and J is higher between",
        check=checks.swapped_hidden_units,
    ),
    Row(
        "zhang-4-a",
        "4",
        "a linear classifier after hidden layers solves what it cannot solve alone",
        check=training.learns_what_a_line_cannot,
    ),
    Row(
        "zhang-4.1.2-a",
        "4.1.2",
        "two classes on sine curves: no line separates them, the feature x_2 - sin x_1 does "
        "(why not: same_midpoint.scores#pairs)",
        check=checks.sine_curves,
    ),
    Row(
        "zhang-4.1.2-b",
        "4.1.2",
        "SIFT and HOG: features made by hand for images",
        not_checkable="describes two methods of others, cited there; their formulas are not given",
    ),
    Row(
        "zhang-4.1.3-a",
        "4.1.3",
        "Gaussian kernel: symmetric (gaussian_kernel.symmetry#same), 1 for equal points "
        "(gaussian_kernel.equal#one), positive definite",
        check=checks.gaussian_gram,
        printed=Printed(
            r"\phi(\vec{k})",
            r"\phi(\vec{x})",
            "extraction",
            printed.stray_argument,
        ),
    ),
    Row(
        "zhang-4.1.3-b",
        "4.1.3",
        "a kernel keeps training convex and makes the hypotheses richer, with the risk of overfitting",
        not_checkable="a statement of learning theory about VC dimension and priors, without a formula",
    ),
    Row(
        "zhang-4.1.4-a",
        "4.1.4",
        "the features themselves may be learnt from data, as an autoencoder does",
        not_checkable="names an aim and an example; no equation of the autoencoder is given",
    ),
    Row(
        "zhang-4.1",
        "4.1.5",
        "features of features: three maps, one inside the next",
        by="deep_net.nested#maps",
    ),
    Row(
        "zhang-4.1.5-b",
        "4.1.5",
        "what the layers of a deep net are said to find: edges, contours and corners, parts",
        not_checkable="a description of one trained model in a lost figure; nothing to compute from",
    ),
    Row(
        "zhang-4.1.5-a",
        "4.1.5",
        "simple layers are powerful together: two solve XOR; no affine score does, because scores of "
        "pairs with one midpoint add up to the same (same_midpoint.scores#pairs)",
        check=checks.xor_needs_two_layers,
    ),
)

# --------------------------------------------------------------------------- 4.2: the hypothesis

HYPOTHESIS = (
    Row("zhang-4.2", "4.2.1", "the linear hypothesis of chapter 3", by="affine.s#definition"),
    Row(
        "zhang-4.3",
        "4.2.1",
        "a linear classifier on learnt features (linear in w: deep_net.linear#feature)",
        by="deep_net.s#definition",
    ),
    Row(
        "zhang-4.4",
        "4.2.1",
        "the representation is L - 1 maps, each on the one before; three of them: deep_net.nested#maps",
        check=checks.composition,
    ),
    Row("zhang-4.5", "4.2.1", "affine part of a layer", by="relu_layer.z#definition"),
    Row("zhang-4.6", "4.2.1", "then the relu, 1{z > 0} z", by="relu_layer.a#definition"),
    Row(
        "zhang-4.7",
        "4.2.1",
        "max(0, s) is s times the indicator of s > 0",
        check=checks.relu_is_a_masked_input,
    ),
    Row(
        "zhang-4.2.1-b",
        "4.2.1",
        "affine layers without activation between them are one affine layer",
        by="affine_collapse.scores#affine",
    ),
    Row("zhang-4.8", "4.2.1", "the logistic sigmoid", by="sigmoid.y#definition"),
    Row(
        "zhang-4.2.1-c",
        "4.2.1",
        "the sigmoid costs more than the relu, is said to do worse, and is rare today",
        not_checkable="about the practice of others, cited there; what it costs: ng-1.11-e",
    ),
    Row(
        "zhang-4.9",
        "4.2.1",
        "layer 0 is the input",
        not_checkable="names the input a^(0), so that the recursion has a start; nothing is claimed",
    ),
    Row("zhang-4.10", "4.2.1", "forward recursion, layer by layer", by="relu_layer.output#written"),
    Row("zhang-4.11", "4.2.1", "scores from the last hidden layer", by="deep_net.s#definition"),
    Row(
        "zhang-4.2.2-a",
        "4.2.2",
        "the picture of a nerve cell: dendrites, nucleus, axon",
        not_checkable="a picture from biology, by which the model is named; not a claim about it",
    ),
    Row(
        "zhang-4.12",
        "4.2.2",
        "weighted input of one neuron",
        by="neuron.z#definition",
    ),
    Row("zhang-4.13", "4.2.2", "output of a relu neuron", by="relu_layer.output#written"),
    Row(
        "zhang-4.2.2-b",
        "4.2.2",
        "neurons on one input, each with its own weights, are the rows of W (n', n)",
        check=checks.layer_of_neurons,
    ),
    Row(
        "zhang-4.14",
        "4.2.2",
        "output of neuron d in the stack; the print has two letters for it, k and d, and the bias outside",
        by="relu_layer.output#written",
        printed=Printed(
            r"a_k = \max(0, w_d^\top x) + b_d",
            r"a_d = \max(0, w_d^\top x + b_d)",
            "author or extraction",
            formulas.bias_outside,
            within="relu_layer",
        ),
    ),
    Row(
        "zhang-4.15",
        "4.2.2",
        "the stack of neurons in matrix form, five steps",
        by="relu_stack.layer#matrix",
        covers=("zhang-4.16", "zhang-4.17", "zhang-4.18", "zhang-4.19"),
    ),
    Row("zhang-4.20", "4.2.3", "zhang-4.10 again", by="relu_layer.output#written"),
    Row("zhang-4.21", "4.2.3", "zhang-4.11 again", by="deep_net.s#definition"),
    Row(
        "zhang-4.2.3-a",
        "4.2.3",
        "fully connected: every input reaches every neuron; no connection inside a layer or past one",
        check=checks.fully_connected,
    ),
    Row(
        "zhang-4.2.3-b",
        "4.2.3",
        "the input is not counted as a layer, and the last layer has no activation",
        not_checkable="a way of counting; that document 004 counts otherwise is shown below",
        printed=Printed(
            "an L-layer net: the input is not counted",
            "either way, if it is said which; document 004 counts the input: one hidden layer, three layers",
            "author",
            partial(printed.layers_counted, False, True),
        ),
    ),
)

# --------------------------------------------------------------- 4.3: the loss, 4.4: its gradient

GRADIENTS = (
    Row(
        "zhang-4.22",
        "4.3",
        "mean loss, written out, and the penalty of every layer (two layers here)",
        by="network_objective.objective#quotient",
    ),
    Row("zhang-4.23", "4.3", "the same, short", by="network_objective.J#definition"),
    Row(
        "zhang-4.24", "4.3", "the scores are those of the net", by="network_objective.s#definition"
    ),
    Row(
        "zhang-4.25",
        "4.4.1",
        "step of the weights of a layer; of the last one: network_objective.gd_v#mean",
        by="network_objective.gd_w#mean",
    ),
    Row(
        "zhang-4.26",
        "4.4.1",
        "step of the biases of a layer, which do not decay; of the last one: network_objective.gd_c#mean",
        by="network_objective.gd_b#mean",
    ),
    Row("zhang-4.27", "4.4.1", "score gradient, as for one layer", by="softmax_error.ds#log"),
    Row("zhang-4.28", "4.4.1", "the scores, once more", by="softmax_net.s#definition"),
    Row(
        "zhang-4.29",
        "4.4.1",
        "gradient of the last weights: score gradient times HIDDEN output; with x not even the shape is "
        "that of W^(L), unless the hidden layer is as wide as the input",
        by="softmax_net.dv#outer",
        printed=Printed(
            r"(\nabla_s\mathrm{err})\,x^\top",
            r"(\nabla_s\mathrm{err})\,a^{(L-1)\top}",
            "author",
            formulas.input_for_hidden_output,
            within="softmax_net",
        ),
    ),
    Row("zhang-4.30", "4.4.1", "gradient of the last biases", by="softmax_net.dc#delta"),
    Row(
        "zhang-4.4.1-a",
        "4.4.1",
        "gradients of deeper layers, written out, are long: hence a recursion",
        not_checkable="a reason for what follows; how much a recursion saves: chain-4-n",
    ),
    Row("zhang-4.31", "4.4.2", "affine step of layer l", by="relu_layer.z#definition"),
    Row("zhang-4.32", "4.4.2", "relu step of layer l, l < L", by="relu_layer.a#definition"),
    Row(
        "zhang-4.33",
        "4.4.2",
        "chain rule through the activation: the Jacobian transposed, for any f (z moves with b: "
        "sensitivity.input#one)",
        by="backprop_step.db#chain",
        claim=formulas.jacobian_of_the_activation,
    ),
    Row(
        "zhang-4.34",
        "4.4.2",
        "for the relu: a mask, elementwise",
        by="relu_layer.db#mask",
        claim=formulas.mask_times_gradient,
    ),
    Row(
        "zhang-4.35",
        "4.4.2",
        "chain rule through the affine step",
        by="backprop_step.dx#chain",
    ),
    Row(
        "zhang-4.36",
        "4.4.2",
        "what goes to the layer below: the weights of THIS layer, transposed; plain W is that of the "
        "last layer in the document",
        by="backprop_step.dx#transpose",
        printed=Printed(
            r"W^\top\nabla_{z^{(l)}}\mathrm{err}",
            r"W^{(l)\top}\nabla_{z^{(l)}}\mathrm{err}",
            "author",
            formulas.weights_of_another_layer,
            within="backprop_step",
        ),
    ),
    Row(
        "zhang-4.35-b",
        "4.4.2",
        "the Jacobian must be transposed, as a W that is not square shows (here of any shape)",
        by="affine.dx#sift",
    ),
    Row("zhang-4.37", "4.4.2", "weight gradient of layer l", by="backprop_step.dw#sift"),
    Row("zhang-4.38", "4.4.2", "bias gradient of layer l", by="backprop_step.db#delta"),
    Row(
        "zhang-4.4.2-a",
        "4.4.2",
        "the gradient by a^(l) is enough for those by W^(l) (relu_layer.dw#outer), b^(l) "
        "(relu_layer.db#mask) and a^(l-1)",
        by="relu_layer.dx#transpose",
    ),
    Row(
        "zhang-4.4.2-c",
        "4.4.2",
        "from layer L down to 1: the induction, base softmax_net.dc#delta, step backprop_step; the "
        "last layer has no relu to mask",
        by="backprop_step.db#delta",
        printed=Printed(
            "start from l = L with (4.33) to (4.38)",
            r"\text{at }l=L\text{ only (4.35) to (4.38), with }\nabla_{z^{(L)}}\mathrm{err} = "
            r"\nabla_s\mathrm{err}\text{; (4.33) and (4.34) for }l \le L-1",
            "author",
            formulas.masked_output,
            within="softmax_net",
        ),
    ),
    Row(
        "zhang-4.5-a",
        "4.5",
        "prediction and evaluation as for the linear classifier",
        not_checkable="refers back to section 3.5 (zhang-3.50 to zhang-3.54), with scores of the net",
    ),
    Row(
        "zhang-alg2",
        "4.5",
        "the training loop; why it is right: base softmax_net.dc#delta, step backprop_step.db#delta, "
        "gradients backprop_step.dw#sift",
        check=algorithm.algorithm_2,
        printed=Printed(
            r"\nabla_{W^{(L)}}\mathrm{err} = (\nabla_s\mathrm{err})x^\top;\ "
            r"\nabla_{a^{(l-1)}}\mathrm{err} = W^\top\nabla_{z^{(l)}}\mathrm{err};\ \nabla_{a^{(L-1)}}",
            r"a^{(L-1)\top}\text{ for }x^\top;\ W^{(l)\top}\text{ for }W^\top;\ "
            r"\nabla_{a^{(L-1)}}\mathrm{err}",
            "author",
            printed.printed_algorithm_2,
        ),
    ),
)

ROWS: tuple[Row, ...] = (*REPRESENTATION, *HYPOTHESIS, *GRADIENTS)
