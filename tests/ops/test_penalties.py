"""The penalties on mixture weights: exact sums, kinks and limits, and what they refuse."""

import math
from fractions import Fraction

import numpy as np
import pytest
from window_loops import KINDS, assert_same, draw

from cnnmath import ShapeError, entropy_penalty, impurity_penalty, l1_penalty, softmax

INF, NAN = np.inf, np.nan
each_kind = pytest.mark.parametrize("kind", KINDS)
each_penalty = pytest.mark.parametrize("penalty", [l1_penalty, entropy_penalty, impurity_penalty])
each_dtype = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["64", "32"])
SHAPES = [(1, 1), (3, 4), (1, 5), (4, 1)]


def same_number(got, wanted, kind):
    assert got == wanted
    if kind != "fractions":
        assert got.dtype == kind


# -------------------------------------------------------------------------------- exact, by loops


@each_kind
@pytest.mark.parametrize("strength", [0, 1, 3])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_l1_is_the_sum_of_absolute_values(shape, strength, kind):
    a = draw(np.random.default_rng(1), kind, *shape)
    total, da = 0, a * 0
    for place in np.ndindex(shape):
        total += strength * (a[place] if a[place] > 0 else -a[place])
        da[place] = 2 * strength * ((a[place] > 0) - int(a[place] < 0))
    value, backward = l1_penalty(a, strength)
    same_number(value, total, kind)
    assert_same(backward(2)[0], da)


@each_kind
@pytest.mark.parametrize("strength", [0, 1, 3])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_impurity_is_one_minus_the_squares_of_each_row(shape, strength, kind):
    a = draw(np.random.default_rng(2), kind, *shape)
    total, da = 0, a * 0
    for o, row in enumerate(a):
        total += strength * (1 - sum(entry * entry for entry in row))
        for c, entry in enumerate(row):
            da[o, c] = -2 * strength * entry * 5
    value, backward = impurity_penalty(a, strength)
    same_number(value, total, kind)
    assert_same(backward(5)[0], da)


@pytest.mark.parametrize("strength", [0.0, 0.7])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_entropy_is_minus_a_log_a(shape, strength):
    a = np.random.default_rng(3).dirichlet(np.ones(shape[1]), shape[0])
    total = strength * math.fsum(-p * math.log(p) for p in a.flat)
    value, backward = entropy_penalty(a, strength)
    assert abs(value - total) <= 1e-14
    da = np.array([[-strength * (math.log(p) + 1) * 2 for p in row] for row in a])
    assert np.abs(backward(2)[0] - da).max() <= 1e-13


@pytest.mark.parametrize("classes", [1, 2, 4, 7])
def test_entropy_of_equal_weights_is_the_log_of_their_number(classes):
    value, _ = entropy_penalty(np.full((3, classes), 1 / classes), 2)
    assert abs(value - 6 * math.log(classes)) < 1e-14
    value, _ = impurity_penalty(np.full((3, classes), 1 / classes), 2)
    assert abs(value - 6 * (1 - 1 / classes)) < 1e-14


@pytest.mark.parametrize("strength", [Fraction(2, 7), 3])
def test_fractions_stay_exact(strength):
    a = np.array([[Fraction(1, 3), Fraction(-2, 3), Fraction(0)]], object)
    assert l1_penalty(a, strength)[0] == strength
    assert list(l1_penalty(a, strength)[1](1)[0][0]) == [strength, -strength, 0]
    assert impurity_penalty(a, strength)[0] == strength * Fraction(4, 9)
    assert list(impurity_penalty(a, strength)[1](3)[0][0]) == [-2 * strength, 4 * strength, 0]


# --------------------------------------------------------------------------------- special values


@each_dtype
def test_the_slope_of_l1_is_zero_at_zero(dtype):
    a = np.array([[0.0, -0.0, 1e-45, -1e-45, 1e-320, -3.0]], dtype)
    (da,) = l1_penalty(a, 2)[1](1)
    assert list(da[0]) == [2 * (float(entry > 0) - float(entry < 0)) for entry in a[0]]
    assert list(da[0, :2]) == [0, 0]


def test_l1_of_infinity_and_nan():
    value, backward = l1_penalty(np.array([[INF, -INF, 1.0]]), 2)
    assert value == INF
    assert list(backward(1)[0][0]) == [2, -2, 2]
    value, backward = l1_penalty(np.array([[NAN, -1.0]]), 2)
    assert np.isnan(value)
    assert np.array_equal(backward(1)[0][0], [NAN, -2], equal_nan=True)


@each_dtype
@pytest.mark.parametrize("row", [[1, 0, 0], [0, 0, 1]])
def test_one_weight_alone_has_no_entropy(row, dtype):
    a = np.array([row], dtype)
    value, backward = entropy_penalty(a, 3)
    assert value == 0 and not np.signbit(value)
    assert list(backward(1)[0][0]) == [-3 * entry for entry in row]  # 0 where a = 0
    value, backward = impurity_penalty(a, 3)
    assert value == 0 and not np.signbit(value)
    assert list(backward(1)[0][0]) == [-6 * entry for entry in row]


@each_dtype
def test_entropy_beside_zero_is_finite(dtype):
    tiny = np.finfo(dtype).smallest_subnormal
    a = np.array([[0.0, -0.0, tiny, 0.5]], dtype)
    value, backward = entropy_penalty(a, 1)
    (da,) = backward(1)
    assert np.isfinite(value) and np.isfinite(da).all()
    assert list(da[0, :2]) == [0, 0]
    assert da[0, 2] == -(np.log(tiny) + dtype(1)) > 80


def test_entropy_of_an_infinite_weight_propagates():
    value, backward = entropy_penalty(np.array([[INF, 1.0, 0.0]]), 2)
    assert value == -INF
    assert list(backward(1)[0][0]) == [-INF, -2, 0]


def test_a_weight_that_underflowed_stays_away():
    """Through the softmax the gradient of a masked logit is 0, whatever the penalty."""
    alpha, softmax_backward = softmax(np.array([[0.0, -2000.0, 0.5, -INF]]))
    for penalty in (l1_penalty, entropy_penalty, impurity_penalty):
        (dlogits,) = softmax_backward(*penalty(alpha, 1)[1](1))
        assert list(dlogits[0, [1, 3]]) == [0, 0]
        assert np.isfinite(dlogits).all()


@pytest.mark.parametrize("seed", range(5))
def test_on_softmax_weights_l1_is_a_constant(seed):
    """The headline of the chapter, in floats: up to rounding; the others do have a slope."""
    logits = np.random.default_rng(seed).standard_normal((3, 4))
    alpha, softmax_backward = softmax(logits)
    slopes = []
    for penalty in (l1_penalty, entropy_penalty, impurity_penalty):
        value, backward = penalty(alpha, 2)
        slopes.append(np.abs(softmax_backward(*backward(1))[0]).max())
        if penalty is l1_penalty:
            assert abs(value - 6) < 1e-14
    assert slopes[0] < 1e-15 and min(slopes[1:]) > 1e-2


def test_impurity_takes_any_numbers():
    value, backward = impurity_penalty(np.array([[-1.0, 2.0], [NAN, 0.0]]), 1)
    assert np.isnan(value)
    assert np.array_equal(backward(1)[0], [[2, -4], [NAN, 0]], equal_nan=True)


# ------------------------------------------------------------------------------ shapes and memory


@pytest.mark.parametrize("shape", [(), (4,), (2, 1, 3)], ids=str)
@pytest.mark.parametrize("penalty", [l1_penalty, entropy_penalty])
def test_any_rank(penalty, shape):
    a = np.random.default_rng(4).random(shape)
    flat, flat_backward = penalty(np.reshape(a, (1, -1)), 2)
    value, backward = penalty(np.array(a), 2)
    assert value == flat
    assert np.array_equal(backward(3)[0], flat_backward(3)[0].reshape(shape))


@each_dtype
@each_penalty
def test_results_are_new_and_inputs_stay(penalty, dtype):
    a = np.random.default_rng(5).dirichlet(np.ones(4), 3).astype(dtype)
    before = a.copy()
    value, backward = penalty(a, 1)
    first, second = backward(1)[0], backward(1)[0]
    assert value.dtype == first.dtype == dtype
    assert not np.shares_memory(first, a) and not np.shares_memory(first, second)
    first[...] = NAN
    assert np.array_equal(backward(1)[0], second)
    assert np.array_equal(a, before)


@each_penalty
def test_a_wide_strength_does_not_widen(penalty):
    a = np.array([[0.25, 0.75]], np.float32)
    for strength in (2, 2.0, np.float64(2), np.float32(2), Fraction(2)):
        value, backward = penalty(a, strength)
        assert value.dtype == backward(np.float64(1))[0].dtype == np.float32


# --------------------------------------------------------------------------------------- bad input

A = np.array([[0.5, 0.5], [1.0, 0.0]])
STRENGTHS = [(-1, "-1"), (-1e-300, "-1e-300"), (NAN, "nan"), (INF, "inf"), (-INF, "-inf")]


@each_penalty
@pytest.mark.parametrize(("strength", "shown"), STRENGTHS)
def test_a_strength_is_a_finite_number_that_is_not_negative(penalty, strength, shown):
    message = rf"^{penalty.__name__}: strength is {shown}; wanted a finite number >= 0"
    with pytest.raises(ValueError, match=message):
        penalty(A, strength)


@each_penalty
def test_a_strength_beyond_the_dtype_is_refused(penalty):
    with pytest.raises(ValueError, match=r"strength is 1e\+39; wanted a finite number"):
        penalty(A.astype(np.float32), 1e39)


@each_penalty
@pytest.mark.parametrize(
    ("strength", "kind"), [("1", "str"), (None, "NoneType"), (True, "bool"), (A, "ndarray")]
)
def test_a_strength_is_a_number(penalty, strength, kind):
    with pytest.raises(TypeError, match=f"strength must be a number, got {kind}"):
        penalty(A, strength)


@each_penalty
@pytest.mark.parametrize(
    ("a", "message"),
    [
        (A.tolist(), "a must be a NumPy array, got list"),
        (A.astype(int), r"a has dtype int64; wanted float32 or float64 \(a.astype"),
        (A.astype(np.float16), "a has dtype float16"),
        (A.astype(object), "the object array a holds a float; wanted fractions or traced scalars"),
    ],
    ids=["list", "int", "half", "object"],
)
def test_types_that_are_refused(penalty, a, message):
    with pytest.raises(TypeError, match=f"^{penalty.__name__}: {message}"):
        penalty(a, 1)


@each_penalty
def test_empty_weights_and_other_cotangents_are_refused(penalty):
    name = penalty.__name__
    with pytest.raises(ShapeError, match=rf"^{name}: a is empty, shape \(0, 2\)"):
        penalty(A[:0], 1)
    _, backward = penalty(A, 1)
    with pytest.raises(ShapeError, match=rf"^{name}.backward: dE has shape \(2, 2\), wanted \(\)"):
        backward(A)
    with pytest.raises(TypeError, match=rf"^{name}.backward: dE must be a number, got str"):
        backward("1")


@pytest.mark.parametrize("shape", [(), (4,), (2, 1, 3)], ids=str)
def test_impurity_wants_rows(shape):
    with pytest.raises(ShapeError, match=rf"impurity_penalty: a has {len(shape)} axes, .*: \(o, c"):
        impurity_penalty(np.ones(shape), 1)


@pytest.mark.parametrize(
    ("bad", "shown"), [(-0.5, "-0.5"), (-5e-324, "-5e-324"), (NAN, "nan"), (-INF, "-inf")]
)
def test_entropy_refuses_what_is_no_weight(bad, shown):
    a = A.copy()
    a[1, 0] = bad
    with pytest.raises(
        ValueError, match=rf"^entropy_penalty: a\[1, 0\] is {shown}; wanted weights >= 0"
    ):
        entropy_penalty(a, 1)
