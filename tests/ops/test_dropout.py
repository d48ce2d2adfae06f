"""dropout: masks, scaling, what is drawn, and what is refused. Table-driven tests: test_ops.py."""

from decimal import Decimal
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from cnnmath import ShapeError, dropout
from cnnmath.proof.scripted import Scripted

DTYPES = [np.float32, np.float64]
each_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=["float32", "float64"])
NAN, INF = np.nan, np.inf


def rng(seed=0):
    return np.random.default_rng(seed)


def fractions(*numbers):
    return np.array([Fraction(n) for n in numbers], object)


# --------------------------------------------------------------------------------------- the mask


@each_dtype
@pytest.mark.parametrize("keep", [0.25, 0.5, 0.8, 1])
def test_an_entry_is_kept_where_the_drawn_number_is_below_keep(keep, dtype):
    x = rng(1).standard_normal((5, 7)).astype(dtype)
    y, backward = dropout(x, keep, rng(2))
    mask = rng(2).random((5, 7)) < keep
    assert y.dtype == dtype
    assert np.array_equal(y, np.where(mask, x / dtype(keep), 0))
    assert np.array_equal(backward(1)[0], np.where(mask, 1 / dtype(keep), 0))


@pytest.mark.parametrize("keep", [0.3, 0.5, 0.9])
def test_the_same_seed_draws_the_same_mask_in_either_dtype_and_on_fractions(keep):
    x = np.arange(1.0, 201.0)
    masks = [
        dropout(each, keep, rng(3))[0] != 0
        for each in (x, x.astype(np.float32), fractions(*range(1, 201)))
    ]
    assert np.array_equal(masks[0], masks[1]) and np.array_equal(masks[0], masks[2])
    assert 0 < masks[0].sum() < 200
    assert not np.array_equal(masks[0], dropout(x, keep, rng(4))[0] != 0)


@pytest.mark.parametrize("keep", [0.5, 1, Fraction(1, 3)])
def test_a_call_draws_one_number_per_entry(keep):
    used, beside = rng(5), rng(5)
    _, backward = dropout(np.ones((3, 4)), keep, used)
    backward(1)
    beside.random(12)
    assert used.bit_generator.state == beside.bit_generator.state


def test_two_calls_draw_two_masks():
    shared, x = rng(6), np.ones(64)
    first, first_backward = dropout(x, 0.5, shared)
    second, second_backward = dropout(x, 0.5, shared)
    assert not np.array_equal(first, second)
    assert np.array_equal(second_backward(1)[0], second)
    assert np.array_equal(first_backward(1)[0], first)  # each backward has the mask of its forward


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.8])
def test_so_many_entries_are_kept(keep):
    n = 100_000
    kept = (dropout(np.ones(n), keep, rng(7))[0] != 0).sum()
    assert abs(kept - keep * n) < 5 * np.sqrt(n * keep * (1 - keep))


def test_rows_and_neighbours_have_masks_of_their_own():
    mask = (dropout(np.ones((200, 200)), 0.5, rng(8))[0] != 0) - 0.5
    shifts = [(mask[1:] * mask[:-1]).mean(), (mask[:, 1:] * mask[:, :-1]).mean()]
    assert np.abs(shifts).max() < 5 * 0.25 / 200  # 40,000 products of +-1/2


@each_dtype
def test_at_keep_1_it_is_a_copy(dtype):
    x = np.array([[0.1, -0.0, 3e-39], [NAN, INF, -INF]], dtype)
    y, backward = dropout(x, 1, rng())
    assert y.tobytes() == x.tobytes() and not np.shares_memory(x, y)
    (dx,) = backward(y)
    assert dx.tobytes() == x.tobytes() and not np.shares_memory(dx, y)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4, 5)], ids=str)
def test_any_rank(shape):
    x = np.full(shape, 2.0)
    y, backward = dropout(x, 0.5, rng(9))
    (dx,) = backward(np.full(shape, 3.0))
    for result, value in ((y, 4), (dx, 6)):
        assert isinstance(result, np.ndarray) and result.shape == shape
        assert set(np.unique(result)) <= {0, value}
    assert np.array_equal(y * 3, dx * 2)


# ------------------------------------------------------------------- mean and variance, exactly


@pytest.mark.parametrize("keep", [Fraction(1, 2), Fraction(3, 4), Fraction(1)], ids=str)
def test_over_all_masks_the_mean_is_x_and_the_variance_is_as_derived(keep):
    """dropout_unit.unbiased#same and .variance#noise, of what runs: all masks of three entries."""
    x = fractions(1, -2, "1/3")
    mean, square = fractions(0, 0, 0), fractions(0, 0, 0)
    total = Fraction(0)
    for mask in product((0, 1), repeat=3):
        weight = keep ** sum(mask) * (1 - keep) ** (3 - sum(mask))
        y, _ = dropout(x, keep, Scripted(np.array(mask), keep))
        mean, square, total = mean + weight * y, square + weight * (y - x) ** 2, total + weight
    assert total == 1
    assert np.array_equal(mean, x)
    assert np.array_equal(square, x**2 * (1 - keep) / keep)


# ------------------------------------------------------------------------------- special values


@each_dtype
def test_a_dropped_entry_is_0_whatever_it_was(dtype):
    x = np.array([NAN, INF, -INF, NAN, INF, -INF], dtype)
    rng_of = Scripted(np.array([0, 0, 0, 1, 1, 1]), 0.5)
    y, backward = dropout(x, 0.5, rng_of)
    assert np.array_equal(y, [0, 0, 0, NAN, INF, -INF], equal_nan=True)
    assert np.array_equal(backward(x)[0], [0, 0, 0, NAN, INF, -INF], equal_nan=True)
    assert not np.signbit(y[:3]).any()


@each_dtype
def test_a_quotient_beyond_the_dtype_is_infinite(dtype):
    x = np.array([np.finfo(dtype).max], dtype)
    with pytest.warns(RuntimeWarning, match="overflow encountered in divide"):
        y, _ = dropout(x, 0.5, Scripted(np.array([1]), 0.5))
    assert y[0] == INF


def test_whole_numbers_in_object_arrays_stay_exact():
    x = np.array([1, 2, Fraction(1, 3)], object)
    for keep in (1, 1.0, 0.5, np.float32(0.5), Fraction(1, 2)):
        y, backward = dropout(x, keep, Scripted(np.array([1, 0, 1]), keep))
        assert y.tolist() == [1 / Fraction(float(keep)), 0, Fraction(1, 3) / Fraction(float(keep))]
        assert all(type(entry) in (int, Fraction) for entry in (*y, *backward(1)[0]))


@pytest.mark.parametrize(
    "keep", [0.5, np.float32(0.5), np.float64(0.5), Fraction(1, 2), Decimal("0.5")]
)
@each_dtype
def test_keep_may_be_any_kind_of_number(keep, dtype):
    x = np.arange(1, 10).astype(dtype)
    y, _ = dropout(x, keep, rng(10))
    assert y.dtype == dtype
    assert np.array_equal(y, dropout(x, 0.5, rng(10))[0])


# ------------------------------------------------------------------------------------ bad input

X = np.ones((2, 3))
WANTED = r"wanted a probability in \(0, 1\]"
BAD = [
    (lambda: dropout(X, 0, rng()), ValueError, f"dropout: keep is 0; {WANTED}"),
    (lambda: dropout(X, -0.5, rng()), ValueError, f"dropout: keep is -0.5; {WANTED}"),
    (lambda: dropout(X, 1.5, rng()), ValueError, f"dropout: keep is 1.5; {WANTED}"),
    (lambda: dropout(X, 1 + 1e-15, rng()), ValueError, f"keep is 1.000000000000001; {WANTED}"),
    (lambda: dropout(X, NAN, rng()), ValueError, f"dropout: keep is nan; {WANTED}"),
    (lambda: dropout(X, INF, rng()), ValueError, f"dropout: keep is inf; {WANTED}"),
    (lambda: dropout(X, Fraction(3, 2), rng()), ValueError, f"dropout: keep is 3/2; {WANTED}"),
    (
        lambda: dropout(X.astype(np.float32), 1e-60, rng()),
        ValueError,
        "dropout: keep is 1e-60, which is 0 in float32",
    ),
    (lambda: dropout(X, True, rng()), TypeError, "dropout: keep must be a number, got bool"),
    (lambda: dropout(X, "0.5", rng()), TypeError, "dropout: keep must be a number, got str"),
    (lambda: dropout(X, X, rng()), TypeError, "dropout: keep must be a number, got ndarray"),
    (lambda: dropout(X, 0.5j, rng()), TypeError, "dropout: keep must be a number, got complex"),
    (
        lambda: dropout(X, 0.5, 0),
        TypeError,
        r"dropout: rng must be a np\.random\.Generator, got int",
    ),
    (lambda: dropout(X, 0.5, None), TypeError, "dropout: rng must be .*, got NoneType"),
    (lambda: dropout(X, 0.5, np.random), TypeError, "dropout: rng must be .*, got module"),
    (lambda: dropout(X.tolist(), 0.5, rng()), TypeError, "dropout: x must be a NumPy array, got l"),
    (lambda: dropout(X.astype(int), 0.5, rng()), TypeError, "dropout: x has dtype int64; wanted f"),
    (lambda: dropout(X[:0], 0.5, rng()), ShapeError, r"dropout: x is empty, shape \(0, 3\)"),
    (
        lambda: dropout(X, 0.5, rng())[1](np.ones((3, 2))),
        ShapeError,
        r"dropout.backward: dy has shape \(3, 2\), wanted \(2, 3\) as the output",
    ),
    (
        lambda: dropout(X, 0.5, rng())[1](np.ones((2, 3), np.float32)),
        TypeError,
        "dropout.backward: dy has dtype float32, wanted float64 as the inputs",
    ),
    (
        lambda: dropout(X, 0.5, rng())[1](None),
        TypeError,
        "dropout.backward: dy must be a number, got NoneType",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[m for *_, m in BAD])
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert caught.type is error


def test_a_refused_call_draws_nothing():
    used = rng(11)
    before = used.bit_generator.state
    with pytest.raises(ValueError, match=WANTED):
        dropout(X, 2, used)
    assert used.bit_generator.state == before
