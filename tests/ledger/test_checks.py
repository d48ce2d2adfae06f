"""Every check of the ledger fails when what it checks is broken."""

import inspect
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from cnnmath.data import load_digits
from cnnmath.ledger import linear_softmax_checks as checks
from cnnmath.ledger import linear_softmax_descent as descent
from cnnmath.ledger import linear_softmax_simulations as simulations
from cnnmath.ledger.linear_softmax import ROWS
from cnnmath.nn import SGD, Fit, fit, loss_and_gradient, softmax_regression
from cnnmath.ops import cross_entropy
from cnnmath.proof.verdict import Level


class Gray:
    """Flatten that keeps one channel."""

    def apply(self, params, x):
        return x[:, :1].reshape(len(x), -1), None


class ColumnMajor:
    """Flatten in another order."""

    def apply(self, params, x):
        turned = x.transpose(0, 3, 2, 1)
        return turned.reshape(len(x), -1), lambda dy: (
            dy.reshape(turned.shape).transpose(0, 3, 2, 1),
            {},
        )


def any_label(s, t):
    return 0.0, None


def from_label_one(s, t):
    return cross_entropy(s, t - 1)


def broadcasting_affine(x, w, b):
    return np.zeros((len(x), len(w))), None


class FromData(dict):
    """Weights read from the training set whenever they are used."""

    def __getitem__(self, name):
        return np.nan_to_num(super().__getitem__(name))


def keeps_the_data(model, x, t, **settings):
    """A model that looks at its training set when it predicts."""
    return Fit(({}, FromData(w=x[:3], b=np.zeros(3))), [], None)


def leaky_digits(dtype=np.float32):
    digits = load_digits(dtype)
    digits.x_test[7] = digits.x_train[0]
    return digits


def one_after_the_other(model, x, t, *, params, **settings):
    first = fit(model, x, t, params=params, **settings).params[1]
    second = fit(
        model, x, t, params=({}, {"w": first["w"], "b": params[1]["b"]}), **settings
    ).params[1]
    return Fit(({}, {"w": first["w"], "b": second["b"]}), [], None)


def one_by_one(model, x, t, *, batch_size, **settings):
    return fit(model, x, t, batch_size=1, **settings)


def no_one_hot(s, t):
    return [a + (k == t) for k, a in enumerate(REAL_SCORE_GRADIENT(s, t))]


REAL_SCORE_GRADIENT = descent.score_gradient


def penalised(model, params, x, t, l2=0.0):
    return loss_and_gradient(model, params, x, t, l2=0.5)


def never_penalised(model, params, x, t, l2=0.0):
    return loss_and_gradient(model, params, x, t)


def twice_the_gradient(model, params, x, t, l2=0.0):
    value, gradient = loss_and_gradient(model, params, x, t, l2=l2)
    return value, ({}, {name: 2 * array for name, array in gradient[1].items()})


def untrained(model, x, t, *, params, **settings):
    return Fit(params, [], None)


def always_decaying(model, x, t, *, l2, **settings):
    return fit(model, x, t, l2=0.1, **settings)


BROKEN = [
    (checks.values_of_an_image, "np", SimpleNamespace(zeros=lambda *_: np.ones(4), uint8=np.uint8)),
    (checks.length_of_a_flat_image, "Flatten", Gray),
    (checks.flattening, "Flatten", ColumnMajor),
    (checks.labels_from_zero, "cross_entropy", any_label),
    (checks.labels_from_zero, "cross_entropy", from_label_one),
    (checks.shapes_of_parameters, "affine", broadcasting_affine),
    (checks.training_set_not_needed, "fit", keeps_the_data),
    (
        checks.parameters_in_one_vector,
        "softmax_regression",
        lambda n, k: softmax_regression(n + 1, k),
    ),
    (checks.unseen_test_images, "load_digits", leaky_digits),
    (checks.accuracy_is_the_share, "accuracy", lambda y, t: 0.5),
    (checks.accuracy_is_the_share, "accuracy", lambda y, t: float(np.sum(y == t))),
    (checks.accuracy_one_means_all_right, "accuracy", lambda y, t: 1.0),
    (checks.accuracy_one_means_all_right, "accuracy", lambda y, t: float(y[0] == t[0])),
    (checks.indicator, "value", lambda bracket, arrays: Fraction(1)),
    (checks.indicator, "accuracy", lambda y, t: 0.0),
    (descent.straight_to_the_bottom, "valley_slope", lambda steep, x, y: (x, 2 * steep * y)),
    (descent.straight_to_the_bottom, "valley_slope", lambda steep, x, y: (x, y)),
    (descent.taylor_remainder, "score_gradient", no_one_hot),
    (descent.taylor_remainder, "score_loss", lambda s, t: s[t]),
    (descent.step_sizes, "SGD", lambda rate: SGD(rate / 2)),
    (descent.updated_together, "fit", one_after_the_other),
    (descent.updates_per_pass, "fit", one_by_one),
    (descent.unbiased_batches, "batch_mean", lambda gradients, batch: gradients[batch[0]]),
    (simulations.recovers_parameters, "loss_and_gradient", penalised),
    (simulations.decay_generalises, "loss_and_gradient", never_penalised),
    (simulations.convex_training, "SGD", lambda rate: SGD(rate / 100)),
    (simulations.random_slice, "loss_and_gradient", twice_the_gradient),
    (simulations.sgd_against_gd, "fit", untrained),
    (simulations.sgd_against_gd, "mean_square", lambda rate, steps, start: Fraction(0)),
    (simulations.sgd_against_gd, "stationary_variance", lambda rate, walkers, steps: 0.0),
    (simulations.jumps_and_drift, "share_in_better_valley", lambda noise: 0.0),
    (simulations.jumps_and_drift, "share_in_better_valley", lambda noise: 1.0),
    (simulations.jumps_and_drift, "drift_lag", lambda rate, speed, steps: (1.0, 1.0)),
    (simulations.algorithm_1, "fit", always_decaying),
    (simulations.algorithm_1, "accuracy", lambda y, t: 0.5),
]


@pytest.mark.parametrize(
    ("check", "what", "broken"), BROKEN, ids=lambda each: getattr(each, "__name__", "")
)
def test_check_fails_on_what_is_broken(check, what, broken, monkeypatch):
    monkeypatch.setattr(inspect.getmodule(check), what, broken)
    verdict = check()
    assert verdict.level is Level.REFUTED
    assert verdict.evidence  # says what was found


def test_every_check_is_among_them():
    assert {row.check for row in ROWS if row.check} == {check for check, *_ in BROKEN}
