"""What becomes of the variance at the start: the experiment follows the proven factors."""

import numpy as np
import pytest

from cnnmath.nn.initialisation import draw_weights, variance_by_layer
from cnnmath.ops import relu, tanh


def ratios(initialise, activation):
    found = np.array(variance_by_layer(initialise, activation, np.random.default_rng(0)))
    return found[1:] / found[:-1]


@pytest.mark.parametrize(
    ("initialise", "activation", "factor"),
    [
        ("small", None, 0.01),  # variance_step.small_factor#tiny with 100 inputs
        ("small", relu, 0.005),
        ("xavier", None, 1.0),  # variance_step.xavier_factors#two: 1 where D = K
        ("xavier", relu, 0.5),  # relu_halves.half#half
        ("he", relu, 1.0),  # variance_step.he_factor#kept
        ("he", None, 2.0),
    ],
)
def test_each_layer_multiplies_the_variance_by_the_proven_factor(initialise, activation, factor):
    assert np.allclose(np.mean(ratios(initialise, activation)), factor, rtol=0.2)


def test_tanh_is_the_identity_where_z_is_small():
    small = [variance_by_layer("small", f, np.random.default_rng(0)) for f in (None, tanh)]
    assert np.allclose(*small, rtol=0.05)
    xavier = [variance_by_layer("xavier", f, np.random.default_rng(0)) for f in (None, tanh)]
    assert xavier[1][-1] < 0.3 * xavier[0][-1]


def test_two_layers_by_hand():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((50, 4))
    z = x @ draw_weights("he", 4, 4, rng, np.float64).T
    y = np.maximum(z, 0) @ draw_weights("he", 4, 4, rng, np.float64).T
    settings = {"depth": 2, "width": 4, "samples": 50}
    found = variance_by_layer("he", relu, np.random.default_rng(3), **settings)
    assert np.allclose(found, [z.var(), y.var()], rtol=1e-12)


def test_zero_leaves_nothing():
    assert variance_by_layer("zero", relu, np.random.default_rng(0)) == [0.0] * 10


def test_an_unknown_word_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"variance_by_layer: initialise is 'Xavier'; .*'xavier'"):
        variance_by_layer("Xavier", None, np.random.default_rng(0))
