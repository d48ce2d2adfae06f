"""Rows of document 004, in the order of the document; its sections are numbered here 1 to 4.

1 notions, 2 notation and forward pass, 3 propagation of the error, 4 chain rule. There layers are
counted with the input: w, b of chain_rule_net lead to layer 2, v and c to layer 3.
"""

from functools import partial

from cnnmath.ledger import mlp_checks as checks
from cnnmath.ledger import mlp_formulas as formulas
from cnnmath.ledger import mlp_printed as printed
from cnnmath.ledger import mlp_training as training
from cnnmath.ledger.row import Printed, Row

NOTIONS = (
    Row(
        "chain-1-a",
        "1",
        "output of a neuron; the bias is added once, not once per input",
        by="neuron.output#written",
        printed=Printed(
            r"f(\sum{w_ix_i+b})",
            r"f\big(\sum_i w_ix_i + b\big)",
            "author",
            formulas.bias_in_the_sum,
            within="neuron",
        ),
    ),
    Row(
        "chain-1-b",
        "1",
        "how much an input matters: the slope times its weight, so it is the size that counts",
        by="neuron.influence#weight",
        printed=Printed(
            "the larger the weight, the more important the input",
            "the larger |w|, for inputs of comparable size",
            "author",
            printed.negative_weight,
        ),
    ),
    Row("chain-1-b0", "1", "an input with weight 0 has no influence", by="neuron.without#zero"),
    Row(
        "chain-1-b1",
        "1",
        "parts of a neuron: weights, bias, activation function",
        not_checkable="a list of parts; what they do together is chain-1-a",
    ),
    Row(
        "chain-1-d",
        "1",
        "without activations a net is affine, however deep",
        by="affine_collapse.scores#affine",
    ),
    Row(
        "chain-1-h",
        "1",
        "input, hidden and output layers; data flow one way",
        not_checkable="names the layers; that a sigmoid has no threshold is shown below",
        printed=Printed(
            "neurons have a threshold of activation",
            "the sigmoid has none, the bias shifts where it rises; the relu switches at w.x = -b",
            "author",
            printed.no_threshold,
        ),
    ),
    Row(
        "chain-1-i",
        "1",
        "cost, loss, objective: small where the output is right",
        not_checkable="three names for one thing, and what it is for; the formulas come next",
    ),
    Row(
        "chain-1-c",
        "1",
        "squared error; a mean would be divided by the number of terms",
        by="squared_error_facts.err#definition",
        printed=Printed(
            r"\tfrac12\sum(y-y')",
            r"\tfrac12\sum(y-y')^2",
            "author",
            formulas.no_square,
            within="squared_error_facts",
        ),
    ),
    Row(
        "chain-1-e",
        "1",
        "binary cross-entropy; 1 - y' is the sigmoid of -z by activation_facts.symmetry#one",
        by="binary_cross_entropy.meaning#likelihood",
        claim=formulas.log_of_the_other_answer,
    ),
    Row(
        "chain-1-e2",
        "1",
        "its gradient by the logit: y' - y, the slope of the sigmoid has cancelled",
        by="binary_cross_entropy[sum].dz#sigmoid",
    ),
    Row(
        "chain-1-f",
        "1",
        "gradient descent: small steps down to a place where the slope is 0",
        check=training.descends_to_a_stationary_point,
        printed=Printed(
            "move by a small Delta h; the local minimum reached is the cheapest point",
            "Delta h = alpha times the gradient; the end is a stationary point, not always the lowest",
            "author",
            printed.local_minimum,
        ),
    ),
    Row(
        "chain-1-g",
        "1",
        "the learning rate scales the step: too large jumps over the optimum, too small is slow",
        check=training.learning_rates,
        printed=Printed(
            "Delta h, the distance moved; further on Delta h, the derivative",
            r"x \leftarrow x - \alpha\,\partial J/\partial x",
            "author",
            printed.distance_or_derivative,
        ),
    ),
    Row(
        "chain-1-j",
        "1",
        "training: forward, error, gradients from the output back, update",
        check=training.a_small_step_lowers_the_error,
        printed=Printed(
            "to adjust the weights is called backpropagation; the next error is smaller",
            "backpropagation computes the gradient, descent adjusts; smaller for small enough steps only",
            "author",
            printed.too_large_a_step,
        ),
    ),
    Row(
        "chain-1-k",
        "1",
        "random batches of equal size; an epoch uses each of them once",
        not_checkable="names batch and epoch; that batches generalise better is said, not shown",
    ),
    Row(
        "chain-dropout",
        "1",
        "dropout leaves out random neurons in training: many nets in one",
        check=training.dropout_in_the_mean,
        printed=Printed(
            "neurons are ignored at random in training",
            "and outputs are scaled by the share kept, at test time, or by its inverse in training; "
            "document 002 gives the share that is KEPT",
            "author",
            printed.unscaled_dropout,
        ),
    ),
    Row(
        "chain-1-m",
        "1",
        "one activation for all neurons; the example with one hidden layer",
        not_checkable="announces the example; that its layers are counted otherwise than in 002, below",
        printed=Printed(
            "a net of three layers, one of them hidden",
            "two layers in document 002, which does not count the input",
            "author",
            partial(printed.layers_counted, True, False),
        ),
    ),
)

FORWARD = (
    Row(
        "chain-2-n",
        "2",
        "w_jk of layer l leads from neuron k of layer l-1 to neuron j of layer l; a, z, b likewise",
        not_checkable="names the letters; chain_rule_net uses them",
    ),
    Row("chain-2-a", "2", "input of the first hidden neuron", by="chain_rule_net.first#written"),
    Row("chain-2-b", "2", "its output", by="chain_rule_net.out_first#written"),
    Row(
        "chain-2-d",
        "2",
        "inputs of the second hidden neuron: those of the first; a_1^2 is an output of the same layer",
        by="chain_rule_net.second#written",
        printed=Printed(
            "the input of the second hidden neuron d is a_1^2",
            "(a_1^1, a_2^1)",
            "author",
            formulas.output_as_input,
            within="chain_rule_net",
        ),
    ),
    Row("chain-2-c", "2", "its weighted input", by="chain_rule_net.second#written"),
    Row("chain-2-e", "2", "its output", by="chain_rule_net.out_second#written"),
    Row("chain-2-f", "2", "both in matrix form", by="chain_rule_net.matrix#product"),
    Row(
        "chain-2-g",
        "2",
        "the output layer: matrix form, then the sigmoid",
        by="chain_rule_net.output#written",
        printed=Printed(
            r"A^3 = W^3A^2 + B^3",
            r"Z^3 = W^3A^2 + B^3,\ A^3 = \mathrm{sigmoid}(Z^3)",
            "author",
            formulas.without_activation,
            within="chain_rule_net",
        ),
    ),
    Row(
        "chain-2-h",
        "2",
        "the example has 12 parameters (not said there)",
        check=checks.parameters_of_the_222_net,
    ),
)

SPLIT = (
    Row(
        "chain-3-a",
        "3",
        "output errors shared out by weight: a rule of thumb, not the gradient (chain-3-d), and void "
        "where the arriving weights add up to 0",
        by="error_split.total#kept",
        printed=Printed(
            "denominators w_11 + w_21 and w_12 + w_22: the weights that LEAVE a hidden neuron",
            "w_11 + w_12 and w_21 + w_22: the weights that ARRIVE at an output, so that nothing is lost",
            "author",
            formulas.split_by_leaving_weights,
            within="error_split",
        ),
    ),
    Row(
        "chain-3-b",
        "3",
        "in matrix form: every column adds up to 1, one output error is one column",
        by="error_split.columns#one",
        printed=Printed(
            "the same denominators: every ROW adds up to 1",
            r"\begin{bmatrix}\frac{w_{11}^3}{w_{11}^3+w_{12}^3}&\frac{w_{21}^3}{w_{21}^3+w_{22}^3}\\"
            r"\frac{w_{12}^3}{w_{11}^3+w_{12}^3}&\frac{w_{22}^3}{w_{21}^3+w_{22}^3}\end{bmatrix}",
            "author",
            formulas.columns_by_leaving_weights,
            within="error_split",
        ),
    ),
    Row(
        "chain-3-c",
        "3",
        "without denominators the shares of ONE output error keep their ratio, those of the sum do not",
        by="error_split.column#ratio",
        printed=Printed(
            "the denominators may go without spoiling the proportions",
            "true within one column; the ratio of the totals e_h1 : e_h2 changes",
            "author",
            formulas.ratio_without_denominators,
            within="error_split",
        ),
    ),
    Row(
        "chain-3-d",
        "3",
        "what the transposed weights carry back: delta, not the bare error (which is a square further on)",
        by="output_layer.dx#transpose",
        printed=Printed(
            r"e_h = (W^3)^\top e_o",
            r"\nabla_{a^2}E = (W^3)^\top\delta^3,\ \delta^3 = (a^3-y)\circ\sigma'(z^3)",
            "author",
            formulas.bare_error,
            within="output_layer",
        ),
    ),
)

CHAIN_RULE = (
    Row(
        "chain-4-a",
        "4",
        "error of the first output and what it depends on (chain_rule_net.output#written)",
        by="chain_rule_net.e#definition",
    ),
    Row(
        "chain-4-b",
        "4",
        "three factors; the formula is right, the sentence before it names the layer below",
        by="chain_rule_net.dv_first#chain",
        printed=Printed(
            "the derivative by w_11^2 and b_1^2 (in words)",
            "by w_11^3 and b_1^3, as in the formula",
            "author",
            formulas.one_layer_too_low,
            within="chain_rule_net",
        ),
    ),
    Row(
        "chain-4-c",
        "4",
        "derivative by the first weight between hidden and output layer",
        by="chain_rule_net.dv_first#value",
        printed=Printed(
            r"\frac{\partial e_{o1}}{\partial w_{11}^2} = (a_1^3-y_1)\,\sigma(z_1^3)(1-\sigma(z_1^3))\,a_1^2",
            r"\frac{\partial e_{o1}}{\partial w_{11}^3}",
            "author",
            formulas.one_layer_too_low,
            within="chain_rule_net",
        ),
    ),
    Row(
        "chain-4-d",
        "4",
        "derivative by the second one",
        by="chain_rule_net.dv_second#value",
        printed=Printed(
            r"\frac{\partial e_{o1}}{\partial w_{12}^2} = (a_1^3-y_1)\,\sigma(z_1^3)(1-\sigma(z_1^3))\,a_2^2",
            r"\frac{\partial e_{o1}}{\partial w_{12}^3}",
            "author",
            partial(formulas.one_layer_too_low, unit=1),
            within="chain_rule_net",
        ),
    ),
    Row("chain-4-e", "4", "derivative by the output bias", by="chain_rule_net.dc#value"),
    Row(
        "chain-4-f",
        "4",
        "the whole way from the error down to the input",
        by="chain_rule_net.error#nested",
    ),
    Row(
        "chain-4-g",
        "4",
        "derivative by the first weight between input and hidden layer (layer 1 has no weights)",
        by="chain_rule_net.dw#value",
        printed=Printed(
            r"\frac{\partial e_{o1}}{\partial w_{11}^1} = (a_1^3-y_1)\,\sigma(z_1^3)(1-\sigma(z_1^3)\cdot "
            r"w_{11}^3\cdot\sigma(z_1^2)(1-\sigma(z_1^2))\,a_1^1",
            r"\frac{\partial e_{o1}}{\partial w_{11}^2} = (a_1^3-y_1)\,\sigma(z_1^3)(1-\sigma(z_1^3))\,"
            r"w_{11}^3\,\sigma(z_1^2)(1-\sigma(z_1^2))\,a_1^1",
            "author",
            partial(formulas.parenthesis_open, weight=True),
            within="chain_rule_net",
        ),
    ),
    Row(
        "chain-4-h",
        "4",
        "derivative by the first hidden bias",
        by="chain_rule_net.db#value",
        printed=Printed(
            r"(a_1^3-y_1)\,\sigma(z_1^3)(1-\sigma(z_1^3)\cdot w_{11}^3\cdot\sigma(z_1^2)(1-\sigma(z_1^2))",
            r"(a_1^3-y_1)\,\sigma(z_1^3)(1-\sigma(z_1^3))\,w_{11}^3\,\sigma(z_1^2)(1-\sigma(z_1^2))",
            "author",
            partial(formulas.parenthesis_open, weight=False),
            within="chain_rule_net",
        ),
    ),
    Row(
        "chain-4-i",
        "4",
        "the four derivatives together (chain_rule_net.dv_first#value, chain_rule_net.dc#value, "
        "chain_rule_net.dw#value)",
        by="chain_rule_net.db#value",
        printed=Printed(
            r"\partial w_{11}^2,\ \partial w_{11}^1\text{, and the parentheses of chain-4-g and chain-4-h}",
            r"\partial w_{11}^3,\ \partial w_{11}^2\text{, parentheses closed}",
            "author",
            formulas.one_layer_too_low,
            within="chain_rule_net",
        ),
    ),
    Row(
        "chain-4-k",
        "4",
        "to which layer those weights belong",
        not_checkable="a sentence between two formulas, which are chain-4-c to chain-4-e",
        printed=Printed(
            "weights and bias of the hidden layer",
            "weights and bias between hidden and output layer: layer 3 in the letters of section 2",
            "author",
            printed.layer_of_the_weights,
        ),
    ),
    Row(
        "chain-4-m",
        "4",
        "derivative of the TOTAL error, which was announced: a path through every output (of the "
        "example: chain_rule_net.total#paths)",
        by="two_layer_net.dw#delta",
        claim=formulas.total_over_outputs,
        printed=Printed(
            "only e_o1 is differentiated",
            "hidden parameters reach both outputs: add the path through e_o2",
            "author",
            formulas.one_path,
            within="chain_rule_net",
        ),
    ),
    Row(
        "chain-4-n",
        "4",
        "the formulas share a factor (chain_rule_net.dw#shared, chain_rule_net.db#shared); computed "
        "once it saves work",
        check=checks.repeated_factors,
    ),
    Row(
        "chain-4-o",
        "4",
        "the four fundamental equations are left to the next article",
        not_checkable="announces another article; the equations are bouvrie-2.2-a to bouvrie-2.2-d",
    ),
)

ROWS: tuple[Row, ...] = (*NOTIONS, *FORWARD, *SPLIT, *CHAIN_RULE)
