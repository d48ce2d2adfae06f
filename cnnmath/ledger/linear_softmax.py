"""Rows of document 002, chapters 1-3 and section 4.1.1, in the order of the document."""

from functools import partial

from cnnmath.ledger import linear_softmax_checks as checks
from cnnmath.ledger import linear_softmax_descent as descent
from cnnmath.ledger import linear_softmax_printed as printed
from cnnmath.ledger import linear_softmax_simulations as simulations
from cnnmath.ledger.row import Printed, Row
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.notation import Index, Node

# ------------------------------------------ the source's own form, where it differs from our line


def _entropy_of_the_label(D: Derivation) -> Node:
    """Cross-entropy of the one-hot label and p: what gives the loss its name."""
    p = D.definitions["p"]
    (k,) = p.params
    return -D.Sum(k, D.delta(k, D.tensors["t"][()]) * D.log(p[k]))


def _step_with_its_length(D: Derivation) -> Node:
    """3.35: alpha |grad J| times the normalised gradient."""
    g, theta = D.definitions["g"], D.tensors["theta"]
    (d,) = g.params
    return theta[d] - D.scalars["rate"] * D.scalars["r"] * (g[d] / D.scalars["r"])


def _one_sample_step_of_w(D: Derivation) -> Node:
    """3.39, with the gradient of the sample not yet worked out."""
    w, rate = D.tensors["w"], D.scalars["rate"]
    k, d = Index("k", w.shape[0]), Index("d", w.shape[1])
    gradient = D.diff(D.definitions["err"][()], w[k, d])
    return w[k, d] - rate * gradient - rate * D.scalars["strength"] * w[k, d]


def _one_sample_step_of_b(D: Derivation) -> Node:
    """3.40, with the gradient of the sample not yet worked out."""
    b = D.tensors["b"]
    k = Index("k", b.shape[0])
    return b[k] - D.scalars["rate"] * D.diff(D.definitions["err"][()], b[k])


def _exponentials_minus_one_hot(D: Derivation) -> Node:
    """3.47: exp(s) over its sum, minus e_y."""
    s, (k,) = D.tensors["s"], D.definitions["p"].params
    return D.exp(s[k]) / D.Sum(k.prime, D.exp(s[k.prime])) - D.delta(k, D.tensors["t"][()])


def _sum_of_the_gradient(D: Derivation) -> Node:
    s, (k,) = D.tensors["s"], D.definitions["p"].params
    return D.Sum(k, D.diff(D.definitions["err"][()], s[k]))


# ------------------------------------------------------------------ 1, 2: the task, 3.1: the data

TASK = (
    Row(
        "zhang-1-a",
        "1",
        "image classification gives an image one of finitely many labels",
        not_checkable="names the task; that networks beat people at it is cited there, not derived",
    ),
    Row(
        "zhang-1-b",
        "1",
        "an image is an array of integers 0 .. 255; from there to a meaning is the semantic gap",
        not_checkable="says what an image is and names a difficulty; no equation follows from it",
    ),
    Row(
        "zhang-2.1-a",
        "2.1",
        "how many numbers an RGB image of 1024 x 768 has",
        check=checks.values_of_an_image,
        printed=Printed(
            "1024 x 768 x 3 = 2,359,296 pixels",
            "2,359,296 values, three for each of 786,432 pixels",
            "author",
            printed.values_per_pixel,
        ),
    ),
    Row(
        "zhang-2.1-b",
        "2.1",
        "seven difficulties: viewpoint, scale, deformation, occlusion, light, clutter, variety in a class",
        not_checkable="a list of what may happen to an image; shown in cnnmath.course.difficulties",
    ),
    Row(
        "zhang-2.2-a",
        "2.2",
        "the data-driven process: a classifier is learnt from examples, its rules are not written by hand",
        not_checkable="describes a way of working; its parts are the sections of chapter 3",
    ),
    Row(
        "zhang-3.1",
        "3.1",
        "the training set: m images with labels",
        not_checkable="names the training set; nothing is claimed",
    ),
    Row(
        "zhang-3.2",
        "3.1",
        "each image becomes one vector of n numbers (ours: row by row)",
        check=checks.flattening,
    ),
    Row("zhang-3.3", "3.1", "labels are numbered 0 .. K-1", check=checks.labels_from_zero),
    Row(
        "zhang-3.2-b",
        "3.1",
        "length n of the vector of an RGB image of 1024 x 768",
        check=checks.length_of_a_flat_image,
        printed=Printed(
            r"n=1024\times768\times32=359296",
            r"n=1024\times768\times3=2{,}359{,}296",
            "extraction",
            printed.fused_digits,
        ),
    ),
)

# ---------------------------------------------------------------------------- 3.2: the hypothesis

HYPOTHESIS = (
    Row(
        "zhang-3.2-c",
        "3.2",
        "a hypothesis, learnt from the training set, gives an image one score per class",
        not_checkable="says what the word hypothesis means; its form is the next row",
    ),
    Row("zhang-3.4", "3.2.1", "linear (affine) scores of an image", by="affine.s#definition"),
    Row(
        "zhang-3.5",
        "3.2.1",
        "shapes: one row of W and one entry of b per class",
        check=checks.shapes_of_parameters,
    ),
    Row(
        "zhang-3.2.1-a",
        "3.2.1",
        "once (W, b) is learnt, the training set may go",
        check=checks.training_set_not_needed,
    ),
    Row(
        "zhang-3.6",
        "3.2.2",
        "W x + b row by row: K scores at once, one per class",
        by="row_view.scores#row",
        covers=("zhang-3.7", "zhang-3.8"),
        printed=Printed(
            "three lines, two tags: (3.6), (3.8)",
            "(3.6), (3.7), (3.8)",
            "extraction",
            partial(printed.missing_number, ("3.6", "3.8")),
        ),
    ),
    Row(
        "zhang-3.2.2-c",
        "3.2.2",
        "entry d is the score of class d, made by row d of W",
        by="row_view.scores#row",
        printed=Printed(
            "d numbers the elements of W",
            "d numbers the rows of W",
            "author",
            printed.rows_and_elements,
        ),
    ),
    Row(
        "zhang-3.2.2-b",
        "3.2.2",
        "rows of W as prototypes: nearest prototype = largest score, given the bias -|w_d|^2/2",
        by="linear_boundary.distance#score",
        printed=Printed(
            "the product of row w_d and x measures similarity: the most similar prototype wins",
            "only for rows of equal length, or with the bias b_d = -|w_d|^2/2",
            "author",
            printed.nearer_prototype,
        ),
    ),
    Row(
        "zhang-3.2.3-a",
        "3.2.3",
        "softmax classifies linearly: two classes are equally probable on a hyperplane",
        by="linear_boundary.odds#hyperplane",
    ),
    Row(
        "zhang-3.9",
        "3.2.3",
        "softmax makes probabilities of scores: sum 1 by class_probability.sum#one, "
        "in [0, 1] by class_probability.range#not-negative (1 itself if K = 1)",
        by="class_probability.p#definition",
    ),
)

# ---------------------------------------------------------------------------------- 3.3: the loss

LOSS = (
    Row(
        "zhang-3.3-a",
        "3.3",
        "a loss is large where scores and labels disagree, small where they agree",
        not_checkable="says what a loss is for; which one, is the next section",
    ),
    Row(
        "zhang-3.10",
        "3.3.1",
        "maximum likelihood: take the parameters under which the data are most likely",
        check=simulations.recovers_parameters,
    ),
    Row(
        "zhang-3.11",
        "3.3.1",
        "the likelihood of the labels, and what it has to do with the objective",
        by="maximum_likelihood.value#exponential",
    ),
    Row(
        "zhang-3.12",
        "3.3.1",
        "independent samples: a product; the factors that do not contain (W, b) are dropped",
        by="maximum_likelihood.steps#conditional",
        printed=Printed(
            "((私力2) after (3.11)",
            "(3.12)",
            "extraction",
            partial(printed.missing_number, ("3.11", "((私力2)", "3.13")),
        ),
    ),
    Row(
        "zhang-3.13",
        "3.3.1",
        "the logarithm increases, so the maximiser stays",
        by="maximum_likelihood.steps#log",
    ),
    Row(
        "zhang-3.14",
        "3.3.1",
        "the logarithm of a product is a sum of logarithms",
        by="maximum_likelihood.steps#sum",
    ),
    Row("zhang-3.15", "3.3.1", "the softmax model inserted", by="maximum_likelihood.steps#softmax"),
    Row(
        "zhang-3.16",
        "3.3.1",
        "maximising is minimising the negative",
        by="maximum_likelihood.steps#minus",
    ),
    Row(
        "zhang-3.17",
        "3.3.1",
        "the mean has the same minimiser as the sum",
        by="maximum_likelihood.steps#mean",
    ),
    Row(
        "zhang-3.18",
        "3.3.1",
        "minus score of the label plus log-sum-exp",
        by="maximum_likelihood.steps#logsumexp",
    ),
    Row("zhang-3.19", "3.3.1", "err: the loss of one sample", by="maximum_likelihood.steps#err"),
    Row(
        "zhang-3.20",
        "3.3.1",
        "J: the mean loss, to be minimised",
        by="maximum_likelihood.steps#objective",
    ),
    Row(
        "zhang-3.20-a",
        "3.3.1",
        "the loss in its two forms: minus log of the label's probability, and log-sum-exp",
        by="softmax_error.loss#logsumexp",
    ),
    Row(
        "zhang-3.20-b",
        "3.3.1",
        "the loss is the cross-entropy of one-hot label and probabilities, hence its name",
        by="softmax_error.loss#logsumexp",
        claim=_entropy_of_the_label,
        printed=Printed(
            "cross-entropy loss (hinge loss)",
            "cross-entropy loss; the hinge loss is the sum of max(0, s_j - s_y + 1) over j != y",
            "author",
            printed.not_the_hinge_loss,
        ),
    ),
    Row("zhang-3.21", "3.3.2", "the objective without penalty", by="parameter_shift.quotient#log"),
    Row(
        "zhang-3.3.2-a",
        "3.3.2",
        "the same number added to all weights and biases changes nothing: optima are not unique",
        by="parameter_shift.constant#same",
    ),
    Row(
        "zhang-3.3.2-b",
        "3.3.2",
        "a penalty on W is to make the optimum unique (b keeps a common constant)",
        by="parameter_shift.bias#same",
        printed=Printed(
            "a penalty on W makes (W, b) unique",
            "only W; a constant added to all of b changes nothing, so fix for instance sum_k b_k = 0",
            "author",
            printed.still_not_unique,
        ),
    ),
    Row(
        "zhang-3.22",
        "3.3.2",
        "squared Frobenius norm as penalty",
        by="parameter_shift.penalty#definition",
        printed=Printed(
            r"\sum_d\sum_j W_{dj}",
            r"\sum_d\sum_j W_{dj}^2",
            "author or extraction",
            printed.penalty_without_square,
            within="parameter_shift",
        ),
    ),
    Row(
        "zhang-3.3.2-c",
        "3.3.2",
        "of weights with the same sum the penalty prefers those spread evenly: 1/4 + 1/4 + 1/4 + 1/4 to 1",
        by="spread_weights.norm#spread",
    ),
    Row(
        "zhang-3.3.2-d",
        "3.3.2",
        "the penalty helps with new data",
        check=simulations.decay_generalises,
    ),
    Row(
        "zhang-3.23",
        "3.3.2",
        "the complete objective, loss written out",
        by="softmax_batch.objective#quotient",
    ),
    Row("zhang-3.24", "3.3.2", "the complete objective, short", by="softmax_batch.J#definition"),
)

# -------------------------------------------------------------------------- 3.4: the optimisation

DESCENT = (
    Row(
        "zhang-3.25",
        "3.4",
        "the aim: parameters that minimise J, without constraints",
        not_checkable="states the problem; that it has solutions is not claimed here (see zhang-4.1.1-a)",
    ),
    Row(
        "zhang-3.4.1-v",
        "3.4.1",
        "a picture of J: its values on a random plane through a random point",
        check=simulations.random_slice,
    ),
    Row(
        "zhang-3.4.1-b",
        "3.4.1",
        "each step goes the way that is steepest where it starts",
        check=descent.straight_to_the_bottom,
        printed=Printed(
            "a step in the direction that reaches the bottom fastest",
            "minus the gradient is the locally steepest direction, in general not that of the minimum",
            "author",
            printed.not_to_the_bottom,
        ),
    ),
    Row(
        "zhang-3.4.1-a",
        "3.4.1",
        "all parameters in one vector of K n + K numbers",
        check=checks.parameters_in_one_vector,
    ),
    Row(
        "zhang-3.26",
        "3.4.1",
        "the problem in terms of that vector",
        not_checkable="zhang-3.25 in other letters; nothing is claimed",
    ),
    Row(
        "zhang-3.27",
        "3.4.1",
        "look for the best unit direction for a step of length eta",
        not_checkable="poses the question that zhang-3.28 to zhang-3.33 answer",
    ),
    Row(
        "zhang-3.28",
        "3.4.1",
        "v* is that direction",
        not_checkable="gives the answer a name; the exact J is replaced in the next row",
    ),
    Row(
        "zhang-3.29",
        "3.4.1",
        "for a small step J is nearly linear; what is left out is of second order",
        check=descent.taylor_remainder,
    ),
    Row(
        "zhang-3.30",
        "3.4.1",
        "an inner product is lengths times cosine",
        by="steepest_descent.angle#product",
    ),
    Row("zhang-3.31", "3.4.1", "the direction has length 1", by="steepest_descent.direction#angle"),
    Row(
        "zhang-3.32",
        "3.4.1",
        "J and the positive factor do not move the minimiser: only the cosine is left",
        by="steepest_descent.direction#cosine",
    ),
    Row(
        "zhang-3.33",
        "3.4.1",
        "the cosine is smallest, -1, exactly at v = minus the normalised gradient",
        by="steepest_descent.gap#square",
        printed=Printed(
            r"v^\star = -\frac{\nabla J}{\|\nabla J\|}",
            r"v^\star = -\frac{\nabla J}{\|\nabla J\|},\ \nabla J \ne 0",
            "author",
            printed.no_direction,
        ),
    ),
    Row(
        "zhang-3.4.1-d",
        "3.4.1",
        "small steps are slow, large ones unstable; in proportion to the gradient they shrink by themselves",
        check=descent.step_sizes,
    ),
    Row("zhang-3.34", "3.4.1", "step of length eta", by="steepest_descent.step#definition"),
    Row(
        "zhang-3.35",
        "3.4.1",
        "the length chosen proportional to the gradient",
        by="steepest_descent.update#gradient",
        claim=_step_with_its_length,
    ),
    Row(
        "zhang-3.36",
        "3.4.1",
        "gradient descent with learning rate alpha",
        by="steepest_descent.update#gradient",
    ),
    Row("zhang-3.37", "3.4.1", "the update of W, with decay", by="softmax_batch.gd_w#mean"),
    Row("zhang-3.38", "3.4.1", "the update of b, without decay", by="softmax_batch.gd_b#mean"),
    Row(
        "zhang-3.38-b",
        "3.4.1",
        "W and b are updated at once, not one after the other",
        check=descent.updated_together,
    ),
    Row(
        "zhang-3.4.2-a",
        "3.4.2",
        "batch gradient descent visits all m samples for one update",
        check=descent.updates_per_pass,
    ),
    Row(
        "zhang-3.39",
        "3.4.2",
        "SGD: W by one sample; unbiased for a uniform draw by softmax_batch.unbiased#gradient",
        by="softmax_sample.sgd_w#step",
        claim=_one_sample_step_of_w,
    ),
    Row(
        "zhang-3.40",
        "3.4.2",
        "SGD: b by one sample",
        by="softmax_sample.sgd_b#step",
        claim=_one_sample_step_of_b,
    ),
    Row(
        "zhang-3.4.2-b",
        "3.4.2",
        "SGD gains faster than GD at first",
        check=simulations.sgd_against_gd,
        printed=Printed(
            "SGD usually converges faster than GD",
            "faster per sample visited, at first; at a constant rate a noise floor remains",
            "author",
            printed.noise_floor,
        ),
    ),
    Row(
        "zhang-3.4.2-c",
        "3.4.2",
        "GD ends in the valley where it starts; noise may lead SGD to a better one, and it follows drift",
        check=simulations.jumps_and_drift,
    ),
    Row(
        "zhang-3.4.2-d",
        "3.4.2",
        "mini-batches of m' samples lie between GD and SGD and stay unbiased",
        check=descent.unbiased_batches,
    ),
)

# ---------------------------------------------------- 3.4.3: the update rule, 3.5: the evaluation

SOFTMAX_RULE = (
    Row("zhang-3.41", "3.4.3", "scores of each sample", by="softmax_batch.s#definition"),
    Row("zhang-3.42", "3.4.3", "the loss of a sample", by="softmax_error.err#definition"),
    Row("zhang-3.43", "3.4.3", "its log-sum-exp form", by="softmax_error.loss#logsumexp"),
    Row(
        "zhang-3.44",
        "3.4.3",
        "for a wrong class only the logarithm depends on its score",
        by="softmax_error.wrong#label",
        printed=Printed(
            r"\frac{\partial}{\partial s_j}\log\Big(\sum_{j=0}^{K-1}\exp(s_j)\Big)",
            r"\frac{\partial}{\partial s_j}\log\Big(\sum_{k=0}^{K-1}\exp(s_k)\Big)",
            "author",
            printed.captured_index,
        ),
    ),
    Row("zhang-3.45", "3.4.3", "for a wrong class: its probability", by="softmax_error.wrong#log"),
    Row(
        "zhang-3.46",
        "3.4.3",
        "for the right class: its probability minus 1",
        by="softmax_error.right#log",
    ),
    Row(
        "zhang-3.47",
        "3.4.3",
        "probabilities minus the one-hot label",
        by="softmax_error.ds#softmax",
        claim=_exponentials_minus_one_hot,
    ),
    Row(
        "zhang-3.47-b",
        "3.4.3",
        "so the gradient adds up to 0, and GD without penalty keeps sum_k W_k and sum_k b_k "
        "(conserved_sums.weights#zero, conserved_sums.bias#zero)",
        by="softmax_error.sum#zero",
        claim=_sum_of_the_gradient,
    ),
    Row(
        "zhang-3.48",
        "3.4.3",
        "gradient of W: outer product of the score gradient and the image",
        by="softmax_sample.dw#sift",
    ),
    Row("zhang-3.49", "3.4.3", "gradient of b: the score gradient", by="softmax_sample.db#sift"),
    Row(
        "zhang-alg1",
        "3.4.3",
        "the training loop: small random W, b = 0, then batch, loss, gradients, update "
        "(four lines stand twice in the file, the second time damaged)",
        check=simulations.algorithm_1,
        printed=Printed(
            r"\mathrm{err}^{(i)} = -\log\frac{y^{(i)}}{\sum_{j=0}^{K-1}\exp(s_i^{(j)})}",
            r"\mathrm{err}^{(i)} = -\log\frac{\exp(s_{y^{(i)}}^{(i)})}{\sum_{j=0}^{K-1}\exp(s_j^{(i)})}",
            "extraction",
            printed.damaged_loss,
        ),
    ),
)

EVALUATION = (
    Row(
        "zhang-3.5-a",
        "3.5",
        "quality is judged on images that were never trained on",
        check=checks.unseen_test_images,
    ),
    Row(
        "zhang-3.50",
        "3.5.1",
        "predict the class of the largest score: the order of the scores is that of the probabilities",
        by="linear_boundary.odds#scores",
    ),
    Row(
        "zhang-3.51",
        "3.5.2",
        "the test set",
        not_checkable="names the test set; nothing is claimed",
    ),
    Row(
        "zhang-3.52",
        "3.5.2",
        "accuracy: the share of right predictions",
        check=checks.accuracy_is_the_share,
    ),
    Row(
        "zhang-3.53",
        "3.5.2",
        "the indicator is 1 for a true statement, 0 for a false one",
        check=checks.indicator,
        covers=("zhang-3.54",),
    ),
    Row(
        "zhang-3.5.2-a",
        "3.5.2",
        "accuracy is 1 exactly if all predictions are right",
        check=checks.accuracy_one_means_all_right,
    ),
)

LINEAR_MODELS = (
    Row(
        "zhang-4.1.1-a",
        "4.1.1",
        "training a linear model is convex: every start reaches the optimal J, where there is one",
        check=simulations.convex_training,
        printed=Printed(
            "guaranteed to converge to the global optimum, wherever it starts",
            "true of the value of J, if a minimiser exists; the parameters may depend on the start",
            "author",
            printed.start_matters,
        ),
    ),
    Row(
        "zhang-4.1.1-b",
        "4.1.1",
        "the loss is convex in the scores, so in (W, b) (linear_boundary.affine#zero); each pair "
        "once by softmax_convexity.pairs#half",
        by="softmax_convexity.form#squares",
    ),
    Row(
        "zhang-4.1.1-c",
        "4.1.1",
        "the regions of a linear classifier are convex",
        by="linear_boundary.region#mean",
    ),
    Row(
        "zhang-4.1.1-d",
        "4.1.1",
        "raw pixels can usually not be separated linearly",
        not_checkable="about most image problems; no set of problems is named to count in",
    ),
)

ROWS: tuple[Row, ...] = (
    *TASK,
    *HYPOTHESIS,
    *LOSS,
    *DESCENT,
    *SOFTMAX_RULE,
    *EVALUATION,
    *LINEAR_MODELS,
)
