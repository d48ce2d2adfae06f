"""Rows of documents 000 (section 2), 001 (deltas of a dense net) and 003 (section 1.11)."""

from cnnmath.ledger import mlp_checks as checks
from cnnmath.ledger import mlp_formulas as formulas
from cnnmath.ledger import mlp_printed as printed
from cnnmath.ledger import mlp_training as training
from cnnmath.ledger.row import Printed, Row

# ------------------------------------------------------------- 000: its formula images are lost

BOUVRIE = (
    Row(
        "bouvrie-2-a",
        "2",
        "convolution and subsampling in turn, then dense layers on all maps in one vector",
        not_checkable="describes the order of the layers; the vector is that of zhang-3.2",
    ),
    Row(
        "bouvrie-2.1-a",
        "2.1",
        "squared error over all samples and classes",
        by="squared_error_facts.E#definition",
        reconstructed=True,
    ),
    Row(
        "bouvrie-2.1-b",
        "2.1",
        "target t and OUTPUT y; one of c: the own class positive, the others 0 or -1",
        not_checkable="names target and output; that the limits are no values is shown below",
        printed=Printed(
            "the other classes are 0 (sigmoid) or -1 (tanh)",
            "0 and -1 are targets; as outputs they are limits, never reached",
            "author",
            printed.never_reached,
        ),
        reconstructed=True,
    ),
    Row(
        "bouvrie-2.1-c",
        "2.1",
        "the error of all samples is the sum of theirs, without 1/m",
        by="squared_error_facts.samples#sum",
    ),
    Row(
        "bouvrie-2.1-d",
        "2.1",
        "error of sample n: half the squared length of t - y (squared_error_facts.sample#norm)",
        by="squared_error_facts.err#definition",
        reconstructed=True,
    ),
    Row(
        "bouvrie-2.1-e",
        "2.1",
        "output of a layer with activation f",
        by="backprop_step.a#definition",
        claim=formulas.output_of_a_layer,
        reconstructed=True,
    ),
    Row(
        "bouvrie-2.1-f",
        "2.1",
        "mean output of the sigmoid: 1/2 for inputs symmetric about 0; it is tanh that is centred "
        "(activation_facts.odd#minus)",
        by="activation_facts.symmetry#one",
        printed=Printed(
            "the sigmoid squashes to [0, 1], so the mean output tends to 0",
            "range (0, 1); mean 1/2 for inputs symmetric about 0",
            "reteller",
            formulas.mean_of_two_outputs,
            within="activation_facts",
        ),
    ),
    Row(
        "bouvrie-2.1-g",
        "2.1",
        "features of mean 0 and variance 1 are learnt in fewer steps; tanh goes with them",
        check=training.normalised_inputs,
    ),
    Row(
        "bouvrie-2.2-a",
        "2.2",
        "sensitivity: the derivative by the bias (sensitivity.bias#slope) is that by the total input "
        "(sensitivity.output#slope), since du/db = 1 (sensitivity.input#one)",
        by="sensitivity.bias#slope",
        reconstructed=True,
    ),
    Row(
        "bouvrie-2.2-b",
        "2.2",
        "formula (1), the recursion: W of the layer above transposed, times its delta, times f'",
        by="backprop_step.db#delta",
        claim=formulas.weights_transposed_times_slope,
        reconstructed=True,
    ),
    Row(
        "bouvrie-2.2-c",
        "2.2",
        "sensitivity of the output layer: the base of the induction (with weights: output_layer.db#delta)",
        by="sensitivity.output#slope",
        reconstructed=True,
    ),
    Row(
        "bouvrie-2.2-d",
        "2.2",
        "weight gradient: outer product, and delta first if it is to have the shape of W; a cross "
        "product needs two vectors of length 3",
        by="backprop_step.dw#sift",
        printed=Printed(
            r"\text{cross product of input and sensitivity; in the paper }x^{\ell-1}(\delta^\ell)^\top",
            r"\frac{\partial E}{\partial W^\ell} = \delta^\ell(x^{\ell-1})^\top",
            "reteller (word), 2006 paper (layout)",
            formulas.transposed_layout,
            within="backprop_step",
        ),
        reconstructed=True,
    ),
    Row(
        "bouvrie-2.2-e",
        "2.2",
        "formula (2), the delta rule",
        by="delta_rule.dw#step",
        reconstructed=True,
    ),
    Row(
        "bouvrie-2.2-f",
        "2.2",
        "the bias likewise; a rate for each weight is possible (delta_rule.own#step)",
        by="delta_rule.db#step",
        printed=Printed(r"\eta_{Ij}", r"\eta_{ij}", "reteller", printed.stray_index),
    ),
)

# ----------------------------------------------------------------- 001: it has no section numbers

ROTATION = (
    Row(
        "rot180-2-a",
        "image 2",
        "delta of a node from the later ones; what ~ leaves out depends on the node",
        by="backprop_step.db#delta",
        claim=formulas.weights_transposed_times_slope,
        printed=Printed(
            r"\delta_1^1 \sim w_{11}^2\delta_1^2 + w_{21}^2\delta_2^2 + w_{31}^2\delta_3^2",
            r"\delta_j^l = \sigma'(z_j^l)\sum_k w_{kj}^{l+1}\delta_k^{l+1}",
            "author",
            formulas.factor_missing,
            within="backprop_step",
        ),
        reconstructed=True,
    ),
    Row(
        "rot180-8-a",
        "theory",
        "delta: the derivative of the cost by the weighted input",
        by="sensitivity.delta#definition",
    ),
    Row("rot180-8-b", "theory", "the weighted input", by="backprop_step.z#definition"),
    Row(
        "rot180-8-d",
        "theory",
        "the activation a of a node, by sigmoid, tanh or relu",
        not_checkable="names the value a; its formula with any f is bouvrie-2.1-e",
        printed=Printed(
            "a is the activation function of the layer",
            "a is the activation, a number; sigma is the function",
            "author",
            printed.one_function_many_values,
        ),
    ),
)

# ------------------------------------------------------------------------------- 003: activations

CHOICE = (
    Row(
        "ng-1.11-a",
        "1.11",
        "relu and its derivative; at 0 there is none, and a value has to be agreed on (here 0)",
        by="relu_kink.slope#step",
        printed=Printed(
            "relu'(0) is set to 1, so relu'(x) = 1 if x > 0, else 0",
            "1 if x >= 0, else 0; or relu'(0) = 0, as here",
            "author",
            printed.derivative_at_zero,
        ),
    ),
    Row(
        "ng-1.11-b",
        "1.11",
        "the slope of the sigmoid is at most 1/4 (activation_facts.slope#not-negative) and vanishes far "
        "out; that of an active relu is 1",
        by="activation_facts.bound#square",
        printed=Printed(
            "with relu gradients do not vanish",
            "the factor of at most 1/4 is gone; small weights and inactive units still make them vanish",
            "author",
            printed.vanishes_all_the_same,
        ),
    ),
    Row(
        "ng-1.11-c",
        "1.11",
        "a neuron that is off gets gradient 0, from every sample for which it is off",
        by="relu_layer.dw#outer",
        printed=Printed(
            "once negative, the neuron is not trained",
            "not by that sample; others may train it and bring it back; dead is who is off for all",
            "author",
            printed.trained_by_another_sample,
        ),
    ),
    Row(
        "ng-1.11-d",
        "1.11",
        "the name in the paragraph on sparsity: what is said there holds of the relu (relu.slope#step); "
        "the ELU has the slope e^z below 0",
        by="elu_slope.slope#exp",
        printed=Printed(
            "elu has derivative 0 on the negative half",
            "relu; a letter is missing",
            "author or extraction",
            formulas.slope_below_zero,
            within="elu_slope",
        ),
    ),
    Row(
        "ng-1.11-e",
        "1.11",
        "the relu is cheaper: a comparison, where the sigmoid needs an exponential and a division",
        check=checks.cost_of_activations,
        printed=Printed(
            "the derivative of the sigmoid takes the four floating-point operations",
            "with the output known one difference and one product; the forward pass is what costs",
            "author",
            printed.two_of_four_operations,
        ),
    ),
)

ROWS: tuple[Row, ...] = (*BOUVRIE, *ROTATION, *CHOICE)
