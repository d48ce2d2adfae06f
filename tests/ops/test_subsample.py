"""subsample2d and upsample2d against the loops of their definitions, and what they refuse."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from window_loops import KINDS, assert_same, draw

from cnnmath import ShapeError, subsample2d, sum_pool2d, upsample2d

each_kind = pytest.mark.parametrize("kind", KINDS)
# n, c, i, j, size
BLOCKS = [
    (1, 1, 1, 1, (1, 1)),
    (2, 3, 2, 3, (1, 1)),
    (2, 3, 2, 3, (2, 2)),
    (2, 2, 3, 1, (2, 3)),
    (1, 2, 1, 1, (3, 4)),
    (3, 1, 2, 2, (4, 1)),
]
LEFT_OVER = [(0, 0), (1, 0), (0, 1), (1, 2), (3, 3)]  # rows and columns; a block must be larger


def cropped():
    for (*front, size), rest in product(BLOCKS, LEFT_OVER):
        if all(r < p for r, p in zip(rest, size, strict=True)):
            yield *front, size, rest


def subsampling(x, beta, b, dz, size):
    """z and the gradients, term by term: each x in a block gives one product."""
    (P, Q), (N, C, I, J) = size, dz.shape  # noqa: E741
    z, dx = np.zeros(dz.shape, x.dtype), np.zeros(x.shape, x.dtype)
    dbeta, db = np.zeros(C, x.dtype), np.zeros(C, x.dtype)
    for n, c, i, j in np.ndindex(N, C, I, J):
        z[n, c, i, j] += b[c]
        db[c] += dz[n, c, i, j]
        for p, q in np.ndindex(P, Q):
            place = n, c, P * i + p, Q * j + q
            z[n, c, i, j] += beta[c] * x[place]
            dx[place] += beta[c] * dz[n, c, i, j]
            dbeta[c] += x[place] * dz[n, c, i, j]
    return z, (dx, dbeta, db)


def drawn(kind, n, c, i, j, size, rest=(0, 0)):
    rng = np.random.default_rng(4)
    shape = (n, c, *(k * p + r for k, p, r in zip((i, j), size, rest, strict=True)))
    return (
        draw(rng, kind, *shape),
        draw(rng, kind, c),
        draw(rng, kind, c),
        draw(rng, kind, n, c, i, j),
    )


def assert_is_the_definition(x, beta, b, dz, size, **options):
    z, gradients = subsampling(x, beta, b, dz, size)
    value, backward = subsample2d(x, beta, b, size, **options)
    found = backward(dz)
    assert type(found) is tuple
    assert_same(value, z)
    for got, wanted in zip(found, gradients, strict=True):
        assert_same(got, wanted)


@each_kind
@pytest.mark.parametrize("blocks", BLOCKS, ids=str)
def test_value_and_gradients_are_the_definition(blocks, kind):
    assert_is_the_definition(*drawn(kind, *blocks), blocks[-1])


@each_kind
@pytest.mark.parametrize("blocks", list(cropped()), ids=str)
def test_crop_leaves_out_what_fills_no_block(blocks, kind):
    x, beta, b, dz = drawn(kind, *blocks)
    *_, i, j, (P, Q), _ = blocks
    assert_is_the_definition(x, beta, b, dz, (P, Q), crop=True)
    (dx, *_) = subsample2d(x, beta, b, (P, Q), crop=True)[1](dz)
    assert not dx[:, :, P * i :].any() and not dx[:, :, :, Q * j :].any()


def test_what_is_left_out_may_be_anything():
    x, beta, b, dz = drawn("float64", 1, 2, 2, 2, (2, 3), (1, 2))
    z, _ = subsample2d(x, beta, b, (2, 3), crop=True)
    x[:, :, 4:], x[:, :, :, 6:] = np.nan, np.inf
    found, backward = subsample2d(x, beta, b, (2, 3), crop=True)
    assert_same(found, z)
    assert all(np.isfinite(g).all() for g in backward(dz))


def test_one_number_is_the_size_of_rows_and_columns():
    x, beta, b, dz = drawn("fractions", 2, 2, 1, 2, (3, 3))
    assert_same(subsample2d(x, beta, b, 3)[0], subsample2d(x, beta, b, (3, 3))[0])
    assert_same(upsample2d(dz, 2)[0], upsample2d(dz, (2, 2))[0])


@each_kind
def test_factor_one_and_bias_zero_are_the_block_sum(kind):
    x, beta, b, dz = drawn(kind, 2, 3, 2, 2, (2, 3))
    one, zero = beta * 0 + 1, b * 0
    assert_same(subsample2d(x, one, zero, (2, 3))[0], sum_pool2d(x, (2, 3))[0])
    assert_same(subsample2d(x, one, zero, (2, 3))[1](dz)[0], upsample2d(dz, (2, 3))[0])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_reach_their_block_alone(bad):
    x, beta, b, dz = drawn("float64", 1, 2, 2, 2, (2, 2))
    beta[:] = 2
    clean, _ = subsample2d(x, beta, b, 2)
    x[0, 1, 3, 0] = bad
    z, backward = subsample2d(x, beta, b, 2)
    assert np.array_equal(z[0, 1, 1, 0], bad, equal_nan=True)
    z[0, 1, 1, 0] = clean[0, 1, 1, 0]
    assert np.array_equal(z, clean)
    dx, dbeta, db = backward(np.ones_like(dz))
    assert np.isfinite(dx).all() and np.isfinite(db).all() and np.isfinite(dbeta[0])
    assert not np.isfinite(dbeta[1])


# ------------------------------------------------------------------------------------- upsample2d


@each_kind
@pytest.mark.parametrize("blocks", BLOCKS, ids=str)
def test_upsampling_copies_each_entry_to_its_block(blocks, kind):
    *front, (P, Q) = blocks
    rng = np.random.default_rng(5)
    x, dy = draw(rng, kind, *front), draw(rng, kind, *front[:2], P * front[2], Q * front[3])
    y, dx = np.zeros(dy.shape, x.dtype), np.zeros(x.shape, x.dtype)
    for n, c, u, v in np.ndindex(dy.shape):
        y[n, c, u, v] = x[n, c, u // P, v // Q]
        dx[n, c, u // P, v // Q] += dy[n, c, u, v]
    value, backward = upsample2d(x, (P, Q))
    assert_same(value, y)
    assert_same(backward(dy)[0], dx)


@pytest.mark.parametrize("blocks", BLOCKS, ids=str)
def test_upsampling_is_the_kronecker_product_with_ones(blocks):
    *front, size = blocks
    x = draw(np.random.default_rng(6), "float64", *front)
    for n, c in np.ndindex(*front[:2]):
        assert np.array_equal(upsample2d(x, size)[0][n, c], np.kron(x[n, c], np.ones(size)))


def test_up_and_down_are_adjoint():
    rng = np.random.default_rng(7)
    x, y = draw(rng, "fractions", 2, 2, 4, 6), draw(rng, "fractions", 2, 2, 2, 2)
    assert (sum_pool2d(x, (2, 3))[0] * y).sum() == (x * upsample2d(y, (2, 3))[0]).sum()


def test_upsampling_copies_nan_and_infinity():
    y, _ = upsample2d(np.array([[[[np.nan, -0.0], [np.inf, 1.0]]]]), (1, 2))
    expected = [[np.nan, np.nan, -0.0, -0.0], [np.inf, np.inf, 1, 1]]
    assert np.array_equal(y[0, 0], expected, equal_nan=True)
    assert np.signbit(y[0, 0, 0, 2:]).all()


# ------------------------------------------------------------------------------------------ memory


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("size", [1, (1, 2), (2, 3)])
def test_results_are_new_arrays_and_inputs_stay(size, dtype):
    rng = np.random.default_rng(8)
    x, dz = rng.standard_normal((2, 2, 4, 6)).astype(dtype), 1.5
    beta, b = rng.standard_normal((2, 2)).astype(dtype)
    before = [a.copy() for a in (x, beta, b)]
    z, backward = subsample2d(x, beta, b, size)
    y, up_backward = upsample2d(x, size)
    results = [z, *backward(dz), y, *up_backward(dz)]
    for i, result in enumerate(results):
        assert result.dtype == dtype and result.flags.writeable
        assert not any(np.shares_memory(result, other) for other in (x, beta, b, *results[:i]))
    for array, was in zip((x, beta, b), before, strict=True):
        assert np.array_equal(array, was)


# --------------------------------------------------------------------------------------- bad input

X, B = np.ones((2, 3, 4, 6)), np.ones(3)
F = np.float32
EXACT = np.full((1, 1, 2, 2), Fraction(1), object)

SHAPES = [
    (
        lambda: subsample2d(X, B, B, (3, 2)),
        "subsample2d: axis u of x is 4, no whole number of blocks of 3; crop=True leaves the last 1 out",
    ),
    (
        lambda: subsample2d(X, B, B, 4),
        "subsample2d: axis v of x is 6, no whole number of blocks of 4; crop=True leaves the last 2 out",
    ),
    (
        lambda: subsample2d(X, B, B, (5, 2), crop=True),
        "subsample2d: axis u of x is 4, no whole number of blocks of 5$",
    ),
    (lambda: subsample2d(X, B, B, (2, 7)), "axis v of x is 6, no whole number of blocks of 7$"),
    (
        lambda: subsample2d(X, np.ones(2), B, 2),
        r"subsample2d: axis c of beta is 2, but 3 in x: x \(n=2, c=3, u=4, v=6\), beta \(c=2\)",
    ),
    (lambda: subsample2d(X, np.ones(1), B, 2), "axis c of beta is 1, but 3 in x"),
    (lambda: subsample2d(X, B, np.ones(4), 2), "subsample2d: axis c of b is 4, but 3 in x"),
    (
        lambda: subsample2d(X[0], B, B, 2),
        r"x has 3 axes, shape \(3, 4, 6\); wanted 4: \(n, c, u, v",
    ),
    (lambda: subsample2d(X, B[:, None], B, 2), r"beta has 2 axes, shape \(3, 1\); wanted 1: \(c\)"),
    (lambda: subsample2d(X, B, np.array(1.0), 2), r"b has 0 axes, shape \(\); wanted 1: \(c\)"),
    (lambda: subsample2d(X[:0], B, B, 2), r"subsample2d: x is empty, shape \(0, 3, 4, 6\)"),
    (lambda: subsample2d(X, B, B, 2)[1](X), r"backward: dz has shape .*, wanted \(2, 3, 2, 3\)"),
    (lambda: upsample2d(X[0], 2), r"upsample2d: x has 3 axes, .*; wanted 4: \(n, c, i, j\)"),
    (lambda: upsample2d(X[:, :0], 2), r"upsample2d: x is empty, shape \(2, 0, 4, 6\)"),
    (lambda: upsample2d(X, 2)[1](X), r"upsample2d.backward: dy has shape .* \(2, 3, 8, 12\)"),
]
TYPES = [
    (lambda: subsample2d(X.tolist(), B, B, 2), "subsample2d: x must be a NumPy array, got list"),
    (lambda: subsample2d(X, 1.0, B, 2), "subsample2d: beta must be a NumPy array, got float"),
    (lambda: subsample2d(X, B, None, 2), "subsample2d: b must be a NumPy array, got NoneType"),
    (lambda: subsample2d(X.astype(int), B, B, 2), "x has dtype int64; wanted float32 or float64"),
    (
        lambda: subsample2d(X.astype(F), B, B, 2),
        "one dtype, got x float32, beta float64, b float64",
    ),
    (lambda: subsample2d(X, B, B.astype(F), 2), "share one dtype, got .*, b float32"),
    (lambda: subsample2d(X, B, B, True), "subsample2d: axis u: size must be an int, got True"),
    (lambda: subsample2d(X, B, B, (2, "3")), "subsample2d: axis v: size must be an int, got '3'"),
    (lambda: subsample2d(X, B, B, None), "subsample2d: axis u: size must be an int, got None"),
    (lambda: subsample2d(X, B, B, 2)[1](np.ones((2, 3, 2, 3), F)), "dz has dtype float32, wanted"),
    (lambda: subsample2d(X, B, B, 2)[1]("1"), "subsample2d.backward: dz must be a number, got str"),
    (lambda: upsample2d(X.astype(np.float16), 2), "upsample2d: x has dtype float16; wanted"),
    (lambda: upsample2d(EXACT.astype(str), 2), "upsample2d: x has dtype <U"),
    (lambda: upsample2d(X, True), "upsample2d: axis u: size must be an int, got True"),
    (lambda: upsample2d(X, 2)[1](None), "upsample2d.backward: dy must be a number, got NoneType"),
]
VALUES = [
    (lambda: subsample2d(X, B, B, 0), "subsample2d: axis u: size is 0, wanted at least 1"),
    (lambda: subsample2d(X, B, B, (2, -1)), "subsample2d: axis v: size is -1, wanted at least 1"),
    (lambda: subsample2d(X, B, B, (1, 2, 3)), "size has 3 numbers, wanted one or"),
    (lambda: subsample2d(X, B, B, 2.0), "subsample2d: axis u: size is 2.0, wanted a whole number"),
    (lambda: upsample2d(X, (0, 1)), "upsample2d: axis u: size is 0, wanted at least 1"),
    (lambda: upsample2d(X, ()), "upsample2d: size has 0 numbers, wanted one or"),
]
BAD = [
    pytest.param(call, error, message, id=message)
    for error, rows in ((ShapeError, SHAPES), (TypeError, TYPES), (ValueError, VALUES))
    for call, message in rows
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert caught.type is error
