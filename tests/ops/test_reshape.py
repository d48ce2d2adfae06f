"""flatten and rot180: the same entries at the places that the formulas name."""

from itertools import product

import numpy as np
import pytest
from window_loops import KINDS, assert_same, draw, output_shape

from cnnmath import conv2d, flatten, rot180

each_kind = pytest.mark.parametrize("kind", KINDS)
SHAPES = [(2, 3, 4, 5), (1, 1, 1, 1), (3, 1, 2, 1), (1, 2, 1, 3), (2, 2, 2, 2)]


@each_kind
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_flatten_is_row_major(shape, kind):
    rng = np.random.default_rng(1)
    x, dy = draw(rng, kind, *shape), draw(rng, kind, shape[0], int(np.prod(shape[1:])))
    y, backward = flatten(x)
    (dx,) = backward(dy)
    assert y.shape == dy.shape and dx.shape == x.shape
    assert y.dtype == dx.dtype == x.dtype
    _, _, U, V = shape
    for n, c, u, v in np.ndindex(shape):
        assert y[n, (c * U + u) * V + v] == x[n, c, u, v]
        assert dx[n, c, u, v] == dy[n, (c * U + u) * V + v]


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4), (2, 1, 3, 2, 2)], ids=str)
def test_flatten_of_any_rank(shape):
    x = draw(np.random.default_rng(2), "float64", *shape)
    y, backward = flatten(x)
    assert [list(row) for row in y] == [list(row.flat) for row in x]
    assert_same(backward(y)[0], x)


@each_kind
def test_flatten_takes_one_number_as_cotangent(kind):
    x = draw(np.random.default_rng(3), kind, 2, 3, 2, 2)
    (dx,) = flatten(x)[1](2)
    assert dx.dtype == x.dtype
    assert (dx == 2).all() and dx.shape == x.shape


def test_flatten_copies_nan_and_infinity():
    x = np.array([[[[np.nan, np.inf], [-np.inf, -0.0]]]])
    y, backward = flatten(x)
    assert np.array_equal(y, x.reshape(1, 4), equal_nan=True)
    assert np.signbit(y[0, 3])
    assert np.array_equal(backward(y)[0], x, equal_nan=True)


@each_kind
@pytest.mark.parametrize("shape", [*SHAPES, (4, 3), (3, 2, 5)], ids=str)
def test_rot180_turns_the_last_two_axes(shape, kind):
    w = draw(np.random.default_rng(4), kind, *shape)
    turned = rot180(w)
    P, Q = shape[-2:]
    for *front, p, q in np.ndindex(shape):
        assert turned[(*front, p, q)] == w[(*front, P - 1 - p, Q - 1 - q)]
    assert_same(rot180(turned), w)


@each_kind
@pytest.mark.parametrize("kernel", [(3, 3), (2, 3), (1, 4)], ids=str)
def test_true_convolution_is_conv2d_of_the_turned_kernel(kernel, kind):
    """z[i, j] = sum w[p, q] x[i - p, j - q] over all integers: the full convolution, padding P-1, Q-1."""
    rng = np.random.default_rng(5)
    x, w = draw(rng, kind, 2, 2, 4, 5), draw(rng, kind, 3, 2, *kernel)
    padding = kernel[0] - 1, kernel[1] - 1
    z = np.zeros(output_shape(x.shape, w.shape, padding=padding), x.dtype)
    for n, o, c, u, v, p, q in product(*map(range, (2, 3, 2, 4, 5, *kernel))):
        z[n, o, u + p, v + q] += w[o, c, p, q] * x[n, c, u, v]
    assert_same(conv2d(x, rot180(w), padding=padding)[0], z)


@each_kind
@pytest.mark.parametrize("kernel", [(3, 3), (2, 4)], ids=str)
def test_the_gradient_of_the_input_is_the_full_convolution_with_the_same_kernel(kernel, kind):
    """Stride 1, no padding: dx = full correlation of dz with rot180(w), o and c exchanged."""
    rng = np.random.default_rng(6)
    x, w = draw(rng, kind, 2, 3, 5, 6), draw(rng, kind, 4, 3, *kernel)
    dz = draw(rng, kind, *output_shape(x.shape, w.shape))
    exchanged = np.swapaxes(rot180(w), 0, 1)
    full, _ = conv2d(dz, exchanged, padding=(kernel[0] - 1, kernel[1] - 1))
    assert_same(conv2d(x, w)[1](dz)[0], full)
