"""Chapter implementation: 002, sections 6.4 to 6.7: dropout, centring, how weights start, crops."""

from cnnmath.ledger import implementation_regularisation_checks as checks
from cnnmath.ledger import implementation_regularisation_printed as printed
from cnnmath.ledger.row import Printed, Row

DROPOUT = (
    Row(
        "zhang-6.4-a",
        "6.4",
        "each unit is kept with probability p, the others give 0; the update is that of the thinned net: "
        "dropped units do not move (the mask of the forward pass: dropout.dx#mask)",
        check=checks.updates_the_thinned_net,
    ),
    Row(
        "zhang-6.4-b",
        "6.4",
        "no masks at test time: then each output is to be multiplied by p, its mean in training (a sum of "
        "units: dropout_sum.unbiased#same), or divided by p in training (dropout_unit.unbiased#same), which "
        "costs the variance x^2 (1-p)/p (dropout_unit.variance#noise, dropout_sum.variance#noise)",
        by="dropout_unit.test#mean",
        printed=Printed(
            "dropout is not used at test time (and nothing else is said)",
            r"\text{and every output is multiplied by }p\text{ there, or divided by }p\text{ in training}",
            "author",
            printed.nothing_at_test_time,
        ),
    ),
    Row(
        "zhang-6.4-c",
        "6.4",
        "the net of the test as an ensemble of thinned nets: for one softmax layer, exactly their normalised "
        "geometric mean; for linear units, their arithmetic mean (dropout_ensemble.linear#mean)",
        by="dropout_ensemble.softmax#scaled",
        printed=Printed(
            "the ensemble of countless small networks",
            r"2^n\text{ networks for }n\text{ units; with scaled inputs their arithmetic mean for linear "
            r"units, their normalised geometric mean for one softmax layer, else an approximation}",
            "author",
            printed.one_net_for_all,
        ),
    ),
)

START = (
    Row(
        "zhang-6.24",
        "6.5",
        "mean of the training set, pixel by pixel",
        by="centring.mean#definition",
    ),
    Row(
        "zhang-6.25",
        "6.5",
        "the training set without its mean has the mean 0 (centring.zero#zero); another mean in the test "
        "shifts all scores (centring.shifted#scores); the mean may go into a bias (centring.bias#absorbed)",
        by="centring.centred#definition",
        printed=Printed(
            "the mean is subtracted from the training images (nothing is said of the test images)",
            r"\text{the same, the training mean, from every image that the model sees: it is part of the "
            r"model, a bias of the first layer}",
            "author",
            printed.bare_test_images,
            within="centring",
        ),
    ),
    Row(
        "zhang-6.6-a",
        "6.6",
        "centred inputs: weights of both signs are what training ends with and a start wants",
        check=checks.both_signs,
    ),
    Row(
        "zhang-6.6-b",
        "6.6",
        "hidden units that start equal stay equal: weights in, biases (equal_units.step_b#same), weights out "
        "(equal_units.step_v#same). From 0 the output biases get p - e_y (zero_start.start_dc#error), and "
        "with relu nothing else ever moves (relu_zero_start.start_dv#zero, relu_zero_start.start_dw#zero)",
        by="equal_units.step_w#same",
        printed=Printed(
            "with all parameters 0, the units of a layer get the same outputs, derivatives and updates",
            r"\text{true of hidden layers; in the output layer class }k\text{ gets }p_k-[k=y]\text{, so that "
            r"the softmax classifier may start at 0}",
            "author",
            printed.every_layer,
        ),
    ),
    Row(
        "zhang-6.6-c",
        "6.6",
        "N(0, 0.01^2): near 0, not all 0; a layer of D inputs multiplies the variance by D/10000 "
        "(variance_step.forward#width, variance_step.small_factor#tiny), so that deep nets want more: "
        "variance_step.xavier_factors#two, variance_step.he_factor#kept with relu_halves.half#half",
        check=checks.small_gaussian,
    ),
)

CROPS = (
    Row(
        "zhang-6.7-a",
        "6.7",
        "random crops in training; in a test the mean of the predictions for four corners and the centre",
        check=checks.crops,
    ),
    Row(
        "zhang-6.7-b",
        "6.7",
        "more training data often give a better model; random crops are more training data",
        check=checks.more_data,
    ),
)

ROWS: tuple[Row, ...] = (*DROPOUT, *START, *CROPS)
