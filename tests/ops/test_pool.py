"""Pooling against the loops of its definition: exact, with ties, overlaps, borders, NaN and infinity."""

from fractions import Fraction

import numpy as np
import pytest
from window_loops import (
    KINDS,
    assert_same,
    draw,
    max_pooling,
    pool_shape,
    pool_windows,
    sum_pooling,
)

from cnnmath import max_pool2d, mean_pool2d, sum_pool2d

# shape of x (n, c, u, v), size, stride (None: the size), padding
GEOMETRIES = {
    "2x2": ((2, 3, 4, 6), (2, 2), None, (0, 0)),
    "not square": ((2, 2, 6, 4), (3, 2), None, (0, 0)),
    "1x1": ((2, 2, 3, 2), (1, 1), None, (0, 0)),
    "1x1, stride 2": ((1, 2, 4, 5), (1, 1), (2, 3), (0, 0)),
    "whole image": ((2, 3, 3, 4), (3, 4), None, (0, 0)),
    "one map, one sample": ((1, 1, 5, 5), (2, 3), None, (0, 0)),
    "one pixel": ((1, 1, 1, 1), (1, 1), None, (0, 0)),
    "rows left over": ((2, 2, 5, 8), (2, 3), None, (0, 0)),
    "overlap": ((2, 2, 5, 6), (3, 2), (1, 1), (0, 0)),
    "overlap of one row": ((2, 2, 7, 7), (3, 3), (2, 2), (0, 0)),
    "overlap of columns alone": ((1, 2, 6, 5), (2, 3), (2, 1), (0, 0)),
    "gaps": ((2, 2, 8, 7), (2, 1), (3, 4), (0, 0)),
    "stride beyond the image": ((2, 2, 3, 4), (2, 2), (7, 9), (0, 0)),
    "border": ((2, 2, 4, 4), (2, 2), None, (1, 1)),
    "border and overlap": ((2, 2, 4, 5), (3, 4), (2, 1), (1, 2)),
    "border, rows left over": ((2, 2, 6, 5), (3, 2), None, (1, 1)),
    "border of columns alone": ((1, 2, 3, 3), (1, 2), (1, 1), (0, 1)),
    "window larger than the image": ((2, 2, 2, 1), (4, 3), (1, 1), (2, 1)),
}
each_geometry = pytest.mark.parametrize("name", GEOMETRIES)
each_kind = pytest.mark.parametrize("kind", KINDS)
each_op = pytest.mark.parametrize("op", [max_pool2d, mean_pool2d, sum_pool2d])


def expected(op, x, dy, size, stride, padding):
    """y and dx by the loops."""
    if op is max_pool2d:
        return max_pooling(x, dy, size, stride, padding)
    divisor = size[0] * size[1] if op is mean_pool2d else 1
    return sum_pooling(x, dy, size, stride, padding, divisor=divisor)


def assert_is_the_definition(op, rng, kind, x_shape, size, stride, padding):
    """Multiples of P Q: in floats, too, a share of the mean is a whole number."""
    times = size[0] * size[1] if op is mean_pool2d else 1
    stride_used = size if stride is None else stride
    x = draw(rng, kind, *x_shape, times=times)
    dy = draw(rng, kind, *pool_shape(x_shape, size, stride_used, padding), times=times)
    y, dx = expected(op, x, dy, size, stride_used, padding)
    value, backward = op(x, size, stride=stride, padding=padding)
    gradients = backward(dy)
    assert type(gradients) is tuple and len(gradients) == 1
    assert_same(value, y)
    assert_same(gradients[0], dx)


@each_op
@each_kind
@each_geometry
def test_value_and_gradient_are_the_definition(name, kind, op):
    assert_is_the_definition(op, np.random.default_rng(5), kind, *GEOMETRIES[name])


@each_op
@pytest.mark.parametrize("seed", range(60))
def test_drawn_geometries(seed, op):
    rng = np.random.default_rng([5, seed])
    size, stride = (tuple(int(n) for n in rng.integers(1, 5, 2)) for _ in range(2))
    padding = tuple(int(rng.integers(0, p // 2 + 1)) for p in size)
    spread = rng.integers(0, 6, 2)
    sizes = [max(1, p - 2 * z) + int(r) for p, z, r in zip(size, padding, spread, strict=True)]
    x_shape = (int(rng.integers(1, 3)), int(rng.integers(1, 4)), *sizes)
    assert_is_the_definition(op, rng, KINDS[seed % 3], x_shape, size, stride, padding)


@each_op
@each_kind
def test_one_number_as_cotangent_is_that_number_everywhere(kind, op):
    x_shape, size, _, padding = GEOMETRIES["border, rows left over"]
    x = draw(np.random.default_rng(6), kind, *x_shape, times=6)
    dy = np.empty(pool_shape(x_shape, size, size, padding), x.dtype)
    for number in (6, Fraction(12)):
        dy[...] = Fraction(number) if kind == "fractions" else number
        _, dx = expected(op, x, dy, size, size, padding)
        assert_same(op(x, size, padding=padding)[1](number)[0], dx)


@each_op
def test_an_int_stands_for_rows_and_columns(op):
    x = draw(np.random.default_rng(7), "float64", 2, 3, 7, 8)
    both = op(x, (2, 2), stride=(3, 3), padding=(1, 1))
    for size, stride, padding in (
        (2, 3, 1),
        (np.int64(2), np.uint8(3), np.int8(1)),
        ([2, 2], 3, [1, 1]),
    ):
        y, backward = op(x, size, stride=stride, padding=padding)
        assert_same(y, both[0])
        assert_same(backward(1)[0], both[1](1)[0])


@each_op
def test_the_stride_is_the_size_if_not_given(op):
    x = draw(np.random.default_rng(8), "float64", 1, 2, 9, 8)
    assert_same(op(x, (3, 2))[0], op(x, (3, 2), stride=(3, 2))[0])
    assert op(x, (3, 2))[0].shape == (1, 2, 3, 4)


def test_exact_whole_numbers_stay_exact():
    """Object arrays of ints: 1/9 is a fraction, and 2**60 + 1 keeps its last digit."""
    x = np.full((1, 1, 3, 3), 2**60 + 1, object)
    for op, y, share in (
        (sum_pool2d, 9 * (2**60 + 1), 1),
        (mean_pool2d, 2**60 + 1, Fraction(1, 9)),
    ):
        value, backward = op(x, 3)
        assert_same(value, np.full((1, 1, 1, 1), y, object))
        assert_same(backward(1)[0], np.full((1, 1, 3, 3), share, object))


def test_the_border_counts_in_the_mean():
    y, backward = mean_pool2d(np.full((1, 1, 2, 2), 8.0), 2, padding=1)
    assert y.tolist() == [[[[2, 2], [2, 2]]]]
    assert backward(4)[0].tolist() == [[[[1, 1], [1, 1]]]]


# ------------------------------------------------------------------------------------------ ties


@each_kind
@each_geometry
def test_of_equal_entries_the_first_takes_the_gradient(name, kind):
    """Everything equal: the first entry of each window that lies in the image."""
    x_shape, size, stride, padding = GEOMETRIES[name]
    x = draw(np.random.default_rng(9), kind, *x_shape)
    x[...] = x[0, 0, 0, 0]
    dx = np.zeros(x_shape, x.dtype)
    for _, seen in pool_windows(x_shape, size, stride or size, padding):
        dx[seen[0]] += 1
    y, backward = max_pool2d(x, size, stride=stride, padding=padding)
    assert (y == x[0, 0, 0, 0]).all()
    assert (backward(1)[0] == dx).all()


@pytest.mark.parametrize("kind", KINDS)
def test_every_order_of_two_values_in_a_window(kind):
    """All 2**6 windows of 2x3 with entries 0 and 1 as the maps of one call."""
    bits = np.array([[i >> k & 1 for k in range(6)] for i in range(64)]).reshape(1, 64, 2, 3)
    x = draw(np.random.default_rng(10), kind, 1, 64, 2, 3)
    x[...] = bits
    dy = draw(np.random.default_rng(11), kind, 1, 64, 1, 1)
    y, dx = max_pooling(x, dy, (2, 3), (1, 1), (0, 0))
    value, backward = max_pool2d(x, (2, 3))
    assert_same(value, y)
    assert_same(backward(dy)[0], dx)
    first = np.argmax(bits.reshape(64, 6), axis=1)  # NumPy's own rule
    assert (
        np.argmax(dx.reshape(64, 6) != 0, axis=1)[dy.ravel() != 0] == first[dy.ravel() != 0]
    ).all()


def test_a_tie_by_hand():
    x = np.array([[[[1.0, 7, 7], [7, 0, 7]]]])
    y, backward = max_pool2d(x, 2, stride=1)
    assert y.tolist() == [[[[7, 7]]]]
    assert backward(np.array([[[[2.0, 5]]]]))[0].tolist() == [[[[0, 7, 0], [0, 0, 0]]]]


# ------------------------------------------------------------------------------ NaN and infinity


@pytest.mark.parametrize("place", [(0, 0), (0, 2), (1, 1), (2, 2)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_is_the_maximum_wherever_it_stands(place, dtype):
    x = np.arange(9, dtype=dtype).reshape(1, 1, 3, 3)
    x[(0, 0, *place)] = np.nan
    y, backward = max_pool2d(x, 3)
    assert np.isnan(y).all() and y.dtype == dtype
    dx = np.zeros((1, 1, 3, 3))
    dx[(0, 0, *place)] = 3
    assert backward(3)[0].tolist() == dx.tolist()


@each_op
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@each_geometry
def test_special_values_reach_the_windows_that_see_them_and_no_others(name, value, op):
    x_shape, size, stride, padding = GEOMETRIES[name]
    x = draw(np.random.default_rng(12), "float64", *x_shape)
    place = tuple(n // 2 for n in x_shape)
    clean, _ = op(x, size, stride=stride, padding=padding)
    x[place] = value
    y, _ = op(x, size, stride=stride, padding=padding)
    for here, seen in pool_windows(x_shape, size, stride or size, padding):
        if place not in seen:
            assert y[here] == clean[here]
        elif op is max_pool2d and value == -np.inf:
            assert y[here] == max(x[entry] for entry in seen)
        else:
            assert np.array_equal(y[here], value, equal_nan=True)


@pytest.mark.parametrize("value", [-np.inf, np.inf])
@each_geometry
def test_infinity_everywhere_sends_the_gradient_into_the_image(name, value):
    """The border is no entry, though it counts as -inf: every share arrives."""
    x_shape, size, stride, padding = GEOMETRIES[name]
    x = np.full(x_shape, value)
    y, backward = max_pool2d(x, size, stride=stride, padding=padding)
    dx = np.zeros(x_shape)
    for _, seen in pool_windows(x_shape, size, stride or size, padding):
        dx[seen[0]] += 1
    assert (y == value).all()
    assert np.array_equal(backward(1)[0], dx)
    assert dx.sum() == y.size


@each_op
def test_infinite_cotangents_stay_in_their_window(op):
    x = np.array([[[[4.0, 1, 2, 3]]]])
    _, backward = op(x, (1, 2))
    dx = backward(np.array([[[[np.inf, 2.0]]]]))[0].ravel()
    assert dx[0] == np.inf
    assert dx[1] == (0 if op is max_pool2d else np.inf)
    assert np.isfinite(dx[2:]).all()


# ------------------------------------------------------------------------------------ the oracle


def test_the_loops_by_hand():
    """One row 1 4 2, window 1x2, stride 1, one column of border: windows .1 14 42 2. of the row."""
    x, dy = np.array([[[[1.0, 4, 2]]]]), np.array([[[[1.0, 10, 100, 1000]]]])
    y, dx = max_pooling(x, dy, (1, 2), (1, 1), (0, 1))
    assert y.tolist() == [[[[1, 4, 4, 2]]]]
    assert dx.tolist() == [[[[1, 110, 1000]]]]
    y, dx = sum_pooling(x, dy, (1, 2), (1, 1), (0, 1), divisor=2)
    assert y.tolist() == [[[[0.5, 2.5, 3, 1]]]]
    assert dx.tolist() == [[[[5.5, 55, 550]]]]
