"""mix_maps against the loops of its definition: exact where the softmax is, close elsewhere."""

import math
from fractions import Fraction

import numpy as np
import pytest
from window_loops import draw

from cnnmath import ShapeError, mix_maps, softmax

INF, NAN = np.inf, np.nan
DTYPES = [np.float64, np.float32]
each_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=["float64", "float32"])
SHAPES = [(1, 1, 1, 1, 1), (2, 3, 2, 2, 3), (1, 4, 3, 1, 2), (3, 1, 2, 2, 1), (2, 2, 1, 3, 3)]

# rows of logits that a softmax turns into 1, 1/2 and 1/4, without rounding
DYADIC = np.array(
    [
        [0, 0, 0, 0],
        [7, 7, -INF, -INF],
        [-INF, -INF, -3, -INF],
        [-INF, 500, 500, -INF],
        [1e6, 1e6, 1e6, 1e6],
        [0, -2000, -2000, 0],
    ]
)


def mixture(x, alpha, dy):
    """y, dx and dlogits from the weights, term by term; the Jacobian of the softmax written out."""
    (N, C, U, V), O = x.shape, len(alpha)  # noqa: E741
    y, dx = np.full(dy.shape, x.flat[0] * 0), x * 0
    g, dlogits = alpha * x.flat[0] * 0, alpha * x.flat[0] * 0
    for n, o, c, u, v in np.ndindex(N, O, C, U, V):
        y[n, o, u, v] += alpha[o, c] * x[n, c, u, v]
        dx[n, c, u, v] += alpha[o, c] * dy[n, o, u, v]
        g[o, c] += x[n, c, u, v] * dy[n, o, u, v]
    for o, c, k in np.ndindex(O, C, C):
        dlogits[o, c] += g[o, k] * alpha[o, k] * ((k == c) - alpha[o, c])
    return y, dx, dlogits


def exactly(array):
    return np.vectorize(Fraction, otypes=[object])(array)


@each_dtype
def test_exact_where_the_weights_are(dtype):
    rng = np.random.default_rng(1)
    x, dy = draw(rng, "float64", 2, 4, 2, 3), draw(rng, "float64", 2, len(DYADIC), 2, 3)
    weights = [
        [Fraction(int(r == row.max()), int((row == row.max()).sum())) for r in row]
        for row in DYADIC
    ]
    expected = mixture(exactly(x), np.array(weights, object), exactly(dy))
    value, backward = mix_maps(x.astype(dtype), DYADIC.astype(dtype))
    for got, wanted in zip((value, *backward(dy.astype(dtype))), expected, strict=True):
        assert got.dtype == dtype
        assert got.shape == wanted.shape
        assert (exactly(got) == wanted).all()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_value_and_gradients_are_the_definition(shape):
    (N, C, O, U, V), rng = shape, np.random.default_rng(2)  # noqa: E741
    x, logits = rng.standard_normal((N, C, U, V)), 2 * rng.standard_normal((O, C))
    dy = rng.standard_normal((N, O, U, V))
    alpha = np.array(
        [[math.exp(h) / math.fsum(math.exp(k) for k in row) for h in row] for row in logits]
    )
    value, backward = mix_maps(x, logits)
    assert type(backward(dy)) is tuple
    for got, wanted in zip((value, *backward(dy)), mixture(x, alpha, dy), strict=True):
        assert np.abs(got - wanted).max() <= 1e-13


def test_gradients_are_those_of_central_differences():
    rng, h = np.random.default_rng(3), 1e-5
    x, logits = rng.standard_normal((2, 3, 2, 2)), rng.standard_normal((2, 3))
    dy = rng.standard_normal((2, 2, 2, 2))
    for array, gradient in zip((x, logits), mix_maps(x, logits)[1](dy), strict=True):
        for place in np.ndindex(array.shape):
            was, sides = array[place], []
            for step in (h, -h):
                array[place] = was + step
                sides.append((mix_maps(x, logits)[0] * dy).sum())
            array[place] = was
            assert abs((sides[0] - sides[1]) / (2 * h) - gradient[place]) < 1e-8


@each_dtype
def test_weights_are_the_softmax_of_each_row(dtype):
    """Input maps that are the unit vectors show the weights themselves."""
    logits = np.random.default_rng(4).standard_normal((2, 3)).astype(dtype)
    x = np.eye(3, dtype=dtype)[None, :, :, None]  # map c is 1 at place c
    y, _ = mix_maps(x, logits)
    assert np.array_equal(y[0, :, :, 0], softmax(logits)[0])
    assert np.abs(y.sum(axis=2) - 1).max() <= 4 * np.finfo(dtype).eps


@each_dtype
def test_a_map_that_is_masked_is_left_out(dtype):
    rng = np.random.default_rng(5)
    x, dy = (rng.standard_normal(s).astype(dtype) for s in ((2, 3, 2, 2), (2, 2, 2, 2)))
    logits = np.array([[0.5, -INF, 1.0], [2.0, -INF, 0.25]], dtype)
    value, backward = mix_maps(x, logits)
    dx, dlogits = backward(dy)
    kept, kept_backward = mix_maps(x[:, [0, 2]].copy(), logits[:, [0, 2]].copy())
    assert np.allclose(value, kept, rtol=4 * np.finfo(dtype).eps)
    assert np.allclose(dlogits[:, [0, 2]], kept_backward(dy)[1], atol=32 * np.finfo(dtype).eps)
    assert not dx[:, 1].any() and not dlogits[:, 1].any()


def test_shifted_rows_are_the_same_mixture():
    rng = np.random.default_rng(6)
    x, logits = rng.standard_normal((1, 3, 2, 2)), rng.integers(-3, 4, (2, 3)).astype(float)
    shifted = logits + np.array([[1024.0], [-4096.0]])
    assert np.array_equal(mix_maps(x, shifted)[0], mix_maps(x, logits)[0])


def test_gradients_of_the_logits_of_one_row_add_up_to_zero():
    rng = np.random.default_rng(7)
    x, logits = rng.standard_normal((2, 4, 3, 3)), rng.standard_normal((5, 4))
    _, dlogits = mix_maps(x, logits)[1](rng.standard_normal((2, 5, 3, 3)))
    assert np.abs(dlogits.sum(axis=1)).max() < 1e-13


def test_nan_and_infinity_of_a_map_propagate():
    x = np.zeros((1, 2, 1, 2))
    x[0, 1, 0, 1] = NAN
    y, _ = mix_maps(x, np.zeros((1, 2)))
    assert np.array_equal(y[0, 0, 0], [0, NAN], equal_nan=True)
    x[0, 1, 0, 1] = INF
    assert np.array_equal(mix_maps(x, np.zeros((1, 2)))[0][0, 0, 0], [0, INF])


@each_dtype
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_results_are_new_arrays_and_inputs_stay(shape, dtype):
    (N, C, O, U, V), rng = shape, np.random.default_rng(8)  # noqa: E741
    x = rng.standard_normal((N, C, U, V)).astype(dtype)
    logits = rng.standard_normal((O, C)).astype(dtype)
    before = x.copy(), logits.copy()
    value, backward = mix_maps(x, logits)
    results = [value, *backward(1), *backward(np.ones((N, O, U, V), dtype))]
    for i, result in enumerate(results):
        assert result.dtype == dtype and result.flags.writeable
        assert not any(np.shares_memory(result, other) for other in (x, logits, *results[:i]))
    assert np.array_equal(x, before[0]) and np.array_equal(logits, before[1])


def test_backward_keeps_what_it_needs():
    """The value may be overwritten before backward runs."""
    rng = np.random.default_rng(9)
    x, logits = rng.standard_normal((2, 3, 2, 2)), rng.standard_normal((2, 3))
    expected = mix_maps(x, logits)[1](1)
    value, backward = mix_maps(x, logits)
    value[...] = NAN
    for got, wanted in zip(backward(1), expected, strict=True):
        assert np.array_equal(got, wanted)


# --------------------------------------------------------------------------------------- bad input

X, LOGITS = np.ones((2, 3, 4, 5)), np.zeros((2, 3))
F = np.float32


def with_entry(value, *place):
    logits = LOGITS.copy()
    logits[place] = value
    return logits


BAD = [
    (
        lambda: mix_maps(X, np.zeros((2, 4))),
        ShapeError,
        r"mix_maps: axis c of logits is 4, but 3 in x: x \(n=2, c=3, u=4, v=5\), logits \(o=2, c=4",
    ),
    (lambda: mix_maps(X, LOGITS.T), ShapeError, "mix_maps: axis c of logits is 2, but 3 in x"),
    (lambda: mix_maps(X, np.zeros((2, 1))), ShapeError, "axis c of logits is 1, but 3 in x"),
    (lambda: mix_maps(X, LOGITS[0]), ShapeError, r"logits has 1 axes, shape \(3,\); wanted 2: \(o"),
    (lambda: mix_maps(X[0], LOGITS), ShapeError, r"mix_maps: x has 3 axes, shape \(3, 4, 5\)"),
    (lambda: mix_maps(X, LOGITS[:0]), ShapeError, r"mix_maps: logits is empty, shape \(0, 3\)"),
    (lambda: mix_maps(X[:, :, :0], LOGITS), ShapeError, "mix_maps: x is empty"),
    (
        lambda: mix_maps(X, LOGITS)[1](X),
        ShapeError,
        r"mix_maps.backward: dy has shape \(2, 3, 4, 5\), wanted \(2, 2, 4, 5\) as the output",
    ),
    (
        lambda: mix_maps(X, with_entry(NAN, 1, 2)),
        ValueError,
        r"^mix_maps: logits\[1, 2\] is nan; wanted a finite logit, or -inf as a mask",
    ),
    (
        lambda: mix_maps(X, with_entry(INF, 0, 1)),
        ValueError,
        r"^mix_maps: logits\[0, 1\] is inf; wanted a finite logit, or -inf as a mask",
    ),
    (
        lambda: mix_maps(X, with_entry(-INF, 1)),
        ValueError,
        r"^mix_maps: every class of row 1 of logits is masked \(-inf\); one must be left",
    ),
    (lambda: mix_maps(X, LOGITS.tolist()), TypeError, "logits must be a NumPy array, got list"),
    (
        lambda: mix_maps(X, LOGITS.astype(int)),
        TypeError,
        "mix_maps: logits has dtype int64; wanted",
    ),
    (lambda: mix_maps(X.astype(bool), LOGITS), TypeError, "mix_maps: x has dtype bool; wanted"),
    (lambda: mix_maps(X.astype(F), LOGITS), TypeError, "one dtype, got x float32, logits float64"),
    (lambda: mix_maps(X, LOGITS)[1](None), TypeError, "dy must be a number, got NoneType"),
    (
        lambda: mix_maps(X, LOGITS)[1](np.ones((2, 2, 4, 5), F)),
        TypeError,
        "mix_maps.backward: dy has dtype float32, wanted float64 as the inputs",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[m for *_, m in BAD])
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert caught.type is error
