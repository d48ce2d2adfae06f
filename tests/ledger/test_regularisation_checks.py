"""Checks of 002 sections 6.4 to 6.7 fail when what they check is broken."""

import numpy as np
import pytest

from cnnmath.data import center, five_crop, random_crop
from cnnmath.ledger import implementation_regularisation_checks as checks
from cnnmath.ledger.implementation_regularisation import ROWS
from cnnmath.nn import Fit, initialisation, mean_probabilities
from cnnmath.nn.initialisation import draw_weights
from cnnmath.ops import dropout, relu
from cnnmath.proof.verdict import Level

# ------------------------------------------------------------------------------------- wrong code


def leaking_backward(x, keep, rng):
    """What is dropped learns as well."""
    y, _ = dropout(x, keep, rng)
    return y, lambda dy: (dy / keep,)


def unscaled_backward(x, keep, rng):
    y, backward = dropout(x, keep, rng)
    return y, lambda dy: (backward(dy)[0] * keep,)


def unscaled(x, keep, rng):
    y, backward = dropout(x, keep, rng)
    return y * keep, lambda dy: (backward(dy)[0] * keep,)


def wider(initialise, d, k, rng, dtype):
    return 1.05 * draw_weights(initialise, d, k, rng, dtype)


def shifted(initialise, d, k, rng, dtype):
    return draw_weights(initialise, d, k, rng, dtype) + 0.001


def with_a_zero(initialise, d, k, rng, dtype):
    w = draw_weights(initialise, d, k, rng, dtype)
    w[0, 0] = 0
    return w


def he_as_xavier(initialise, d, k, rng, dtype):
    return draw_weights("xavier" if initialise == "he" else initialise, d, k, rng, dtype)


def small_for_all(initialise, d, k, rng, dtype):
    return draw_weights("small", d, k, rng, dtype)


def all_positive(model, x, t, *, params, **settings):
    return Fit(tuple({n: abs(a) for n, a in layer.items()} for layer in params), [], None)


def not_centred(x, *others):
    return center(x, *others)._replace(x_train=x)


def constant(w, x):
    return 0.3


def first_place(x, size, rng):
    return random_crop(x[:, :, : size[0], : size[1]], size, rng)


def never_the_last_place(x, size, rng):
    rows, columns = (max(i, n - 1) for i, n in zip(size, x.shape[2:], strict=True))
    return random_crop(x[:, :, :rows, :columns], size, rng)


def channels_apart(x, size, rng):
    one = random_crop(x, size, rng)
    two = random_crop(x, size, rng)
    return np.concatenate([one[:, :1], two[:, 1:]], axis=1)


def corners_in_another_order(x, size):
    return five_crop(x, size)[[0, 2, 1, 3, 4]]


def centre_twice(x, size):
    return five_crop(x, size)[[0, 1, 2, 4, 4]]


def mean_of_scores(model, params, crops):
    scores = np.mean([model.apply(params, crop)[0] for crop in crops], axis=0)
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def four_of_five(model, params, crops):
    return mean_probabilities(model, params, crops[:4])


def untrained(model, x, t, *, rng, **settings):
    return Fit(model.init(rng, np.float32), [], None)


def accuracies(few, many, cut):
    """trained with these (accuracy of each crop, of all together), the same for every seed."""
    found = {(checks.FEW, False): few, (checks.MANY, False): many, (checks.FEW, True): cut}
    return lambda samples, seed, cropped: found[samples, cropped]


POOR, GOOD = ([0.3] * 4 + [0.8], 0.5), ([0.7] * 5, 0.9)

BROKEN = [
    (checks.updates_the_thinned_net, "dropout", leaking_backward, "a dropped unit moves"),
    (checks.updates_the_thinned_net, "dropout", unscaled_backward, "in the thinned net"),
    (checks.updates_the_thinned_net, "dropout", unscaled, "in the thinned net"),
    (checks.small_gaussian, "draw_weights", wider, "200,000 weights: mean"),
    (checks.small_gaussian, "draw_weights", shifted, "200,000 weights: mean"),
    (checks.small_gaussian, "draw_weights", with_a_zero, "200,000 weights: mean"),
    (checks.small_gaussian, "draw_weights", he_as_xavier, "he, relu: "),
    (checks.small_gaussian, "draw_weights", small_for_all, "xavier, none: "),
    (checks.both_signs, "center", not_centred, "centred inputs have the mean"),
    (checks.both_signs, "fit", all_positive, "of the trained weights are positive"),
    (checks.both_signs, "correlation", constant, "mean correlation of two units"),
    (checks.crops, "random_crop", first_place, "1 x 2 to 1 x 1: random {(0, 0)}"),
    (checks.crops, "random_crop", never_the_last_place, "1 x 2 to 1 x 1: random {(0, 0)}"),
    (checks.crops, "random_crop", channels_apart, "1 x 2 to 1 x 1: random"),
    (checks.crops, "five_crop", corners_in_another_order, "fixed"),
    (checks.crops, "five_crop", centre_twice, "fixed"),
    (checks.crops, "mean_probabilities", mean_of_scores, "the mean of the predictions is"),
    (checks.crops, "mean_probabilities", four_of_five, "the mean of the predictions is"),
    (checks.more_data, "fit", untrained, "100 digits: accuracy"),
    (checks.more_data, "trained", accuracies(POOR, POOR, GOOD), "100 digits: accuracy"),
    (
        checks.more_data,
        "trained",
        accuracies(POOR, ([0.3] * 4 + [0.9], 0.5), (POOR[0], 0.9)),
        "five crops, each place",
    ),
    (
        checks.more_data,
        "trained",
        accuracies(POOR, ([0.3] * 4 + [0.9], 0.5), (GOOD[0], 0.55)),
        "five crops, their mean",
    ),
]


@pytest.mark.parametrize(
    ("check", "what", "broken", "found"), BROKEN, ids=lambda each: getattr(each, "__name__", "")
)
def test_check_fails_on_what_is_broken(check, what, broken, found, monkeypatch):
    monkeypatch.setattr(initialisation if what == "draw_weights" else checks, what, broken)
    verdict = check()
    assert verdict.level is Level.REFUTED
    assert found in verdict.evidence


def test_every_check_is_among_them():
    assert {row.check for row in ROWS if row.check} == {check for check, *_ in BROKEN}


def test_accuracies_inside_all_bands_are_reported(monkeypatch):
    better = ([0.3] * 4 + [0.9], 0.5)
    monkeypatch.setattr(checks, "trained", accuracies(POOR, better, GOOD))
    verdict = checks.more_data()
    assert verdict.level is Level.SIMULATED
    for said in ("0.80 with 100 digits, 0.90 with 1,000", "0.70 over five places against 0.40"):
        assert said in verdict.evidence
    assert "on the centre alone 0.70 against 0.80" in verdict.evidence


# ------------------------------------------------------------------------------ what they stand on


def test_all_units_of_the_small_net_are_active():
    a, _ = relu(checks.affine(checks.X, checks.W, checks.B)[0])
    assert all(each > 0 for each in a[0])


def test_correlation_is_1_for_equal_units_and_small_for_random_ones():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2000, 50))
    assert checks.correlation(np.ones((4, 50)), x) == pytest.approx(1)
    assert abs(checks.correlation(rng.standard_normal((40, 50)), x)) < 0.05
