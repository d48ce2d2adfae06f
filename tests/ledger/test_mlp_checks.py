"""Every check of chapter mlp fails when what it checks is broken."""

import inspect
from collections import Counter
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from cnnmath.ledger import mlp_algorithm as algorithm
from cnnmath.ledger import mlp_checks as checks
from cnnmath.ledger import mlp_training as training
from cnnmath.ledger.mlp import ROWS
from cnnmath.nn import SGD, fit, loss_and_gradient, map_arrays, mlp, softmax_regression
from cnnmath.ops import affine, relu
from cnnmath.proof.verdict import Level


def identity(z):
    return z, lambda dy: (dy,)


def leaky(z):
    """Backward lets everything through."""
    return relu(z)[0], lambda dy: (dy,)


def skipping(x, w, b, **options):
    """The first output sees the input itself as well."""
    s, pull = affine(x, w, b, **options)
    s[:, 0] += x[:, 0]
    return s, pull


def talking(x, w, b):
    """Each output acts on the next one of its layer."""
    s, pull = affine(x, w, b)
    return s + np.roll(s, 1, axis=1), pull


def broadcasting(x, w, b):
    """Any shape will do."""
    if w.shape[1] != x.shape[1]:
        return np.zeros((len(x), len(b)), object), None
    return affine(x, w, b)


def twice_the_output(params, order):
    w, b, v, c = params
    return w, b, 2 * v, c


def uphill(model, params, x, t, **settings):
    value, gradient = loss_and_gradient(model, params, x, t, **settings)
    return value, map_arrays(lambda g: -g, gradient)


def twice(model, params, x, t, **settings):
    value, gradient = loss_and_gradient(model, params, x, t, **settings)
    return value, map_arrays(lambda g: 2 * g, gradient)


def always_decaying(model, x, t, *, l2, **settings):
    return fit(model, x, t, l2=0.01, **settings)


def masked_everywhere(layers, x):
    """Forward with the relu on the scores too."""
    z, a, s = REAL_FORWARD(layers, x)
    return z, a, np.maximum(s, 0)


def with_slip(slip):
    return lambda layers, z, a, ds: REAL_BACKWARD(layers, z, a, ds, slip=slip)


REAL_FORWARD, REAL_BACKWARD = algorithm.forward, algorithm.backward

BROKEN = [
    (checks.swapped_hidden_units, "swap", twice_the_output),
    (checks.swapped_hidden_units, "relu", identity),
    (checks.xor_needs_two_layers, "relu", identity),
    (
        checks.xor_needs_two_layers,
        "line",
        lambda address: SimpleNamespace(verdict=SimpleNamespace(level=Level.EXACT)),
    ),
    (checks.xor_needs_two_layers, "BITS", checks.BITS[[0, 1, 3, 2]]),
    (checks.sine_curves, "feature", lambda x, y: y),
    (checks.gaussian_gram, "gauss", lambda x, y: Fraction(1)),
    (checks.gaussian_gram, "gauss", lambda x, y: Fraction(1 - (x > y))),
    (checks.composition, "relu", identity),
    (checks.composition, "affine", skipping),
    (checks.relu_is_a_masked_input, "relu", lambda z: (abs(z), None)),
    (checks.relu_is_a_masked_input, "value", lambda y, arrays: Fraction(0)),
    (checks.layer_of_neurons, "affine", talking),
    (checks.layer_of_neurons, "affine", broadcasting),
    (checks.fully_connected, "affine", talking),
    (checks.fully_connected, "affine", lambda x, w, b: affine(0 * x, w, b)),
    (checks.fully_connected, "two_layers", lambda x, w, b, v, c: x),
    (
        checks.parameters_of_the_222_net,
        "mlp",
        lambda *sizes, **options: mlp(2, 3, 2, **options),
    ),
    (checks.cost_of_activations, "operations", lambda formula, known=(): Counter("exp")),
    (
        checks.repeated_factors,
        "operations",
        lambda formula, known=(): Counter({"*": 9 if "top" in known else 5}),
    ),
    (algorithm.algorithm_2, "backward", with_slip("x for a")),
    (algorithm.algorithm_2, "backward", with_slip("W for W(l)")),
    (algorithm.algorithm_2, "forward", masked_everywhere),
    (algorithm.algorithm_2, "fit", always_decaying),
    (algorithm.algorithm_2, "accuracy", lambda y, t: 0.5),
    (training.learns_what_a_line_cannot, "mlp", lambda *s, **o: softmax_regression(2, 2)),
    (training.learns_what_a_line_cannot, "softmax_regression", lambda d, k: mlp(d, 16, k)),
    (training.normalised_inputs, "normalised", lambda x: x),
    (training.descends_to_a_stationary_point, "quartic_slope", lambda x: 4 * x**3 - 8 * x),
    (training.learning_rates, "SGD", lambda rate: SGD(rate / 2)),
    (training.a_small_step_lowers_the_error, "loss_and_gradient", uphill),
    (training.a_small_step_lowers_the_error, "loss_and_gradient", twice),
    (training.dropout_in_the_mean, "masks", lambda n: [(1,) * n]),
    (training.dropout_in_the_mean, "mean_over_masks", lambda a, w, keep: np.dot(a, w)),
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


def test_the_nets_of_algorithm_2_have_units_on_and_off():
    """Otherwise its mask, or a layer below, would not be seen."""
    rng, units = algorithm.Random(algorithm.SEED), []
    for sizes in algorithm.NETS:
        params, x = checks.exact_params(sizes, rng), checks.drawn((1, sizes[0]), rng)
        checks.drawn((1, sizes[-1]), rng)  # the gradient of the scores
        hidden, *_ = algorithm.forward(algorithm.as_layers(params), x[0])
        assert all((layer > 0).any() for layer in hidden)
        units += [each > 0 for layer in hidden for each in layer]
    assert 5 <= sum(units) <= len(units) - 5
