"""Values at which floats go wrong: huge logits, masks, ties, and probabilities next to 1; windows
over the largest and the smallest floats, infinities, NaN and zeros of both signs.

Warnings are errors in this suite, so every test says "without a warning" as well.
"""

import numpy as np
import pytest

from cnnmath import (
    conv2d,
    cross_entropy,
    flatten,
    log_softmax,
    max_pool2d,
    mean_pool2d,
    softmax,
    sum_pool2d,
)
from cnnmath.ops import OPS
from cnnmath.proof.evaluate import PRECISE_CONTEXT
from cnnmath.proof.label_gradient import label_gradient_ulp, textbook_label_gradient_ulp
from cnnmath.proof.ulp import (
    DTYPES,
    GAPS,
    derived,
    digits,
    draw,
    formula,
    make_confident,
    run,
    ulp_error,
)

INF = np.inf
each_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=["float64", "float32"])


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def maximum(dtype):
    return np.finfo(dtype).max


def loss_of(s, t, dtype, **options):
    return cross_entropy(np.array(s, dtype), np.array(t), **options)


# ------------------------------------------------------------------------------- huge logits
# M is the largest float: the gap of M and -M exceeds the dtype, its half does not.

LOSSES = [  # logits / M, targets, reduction, loss / M
    ([[1, -1]], [0], "mean", 0),
    ([[1, -1]], [1], "mean", INF),
    ([[1, 0]], [1], "mean", 1),
    ([[0, -1]], [1], "mean", 1),
    ([[0.5, -0.5]], [1], "sum", 1),
    ([[-1, -1, 1]], [2], "sum", 0),
    ([[-1, -1, 1]], [0], "sum", INF),
    ([[1, -1], [0, -1]], [1, 0], "mean", 1),  # (2M + 0) / 2, though 2M is beyond the dtype
    ([[1, -1], [0, -1]], [1, 0], "sum", INF),
    ([[1, -1], [1, -1]], [1, 1], "mean", INF),
    ([[1, -1]] * 4, [1, 0, 0, 1], "mean", 1),
    ([[1, 0], [1, 0]], [1, 1], "sum", INF),
    ([[1, 0], [1, 0]], [1, 1], "mean", 1),
    ([[1, -1]], [[0.5, 0.5]], "mean", 1),
    ([[1, -1]], [[0.0, 1.0]], "mean", INF),
    ([[1, -1]], [[1.0, 0.0]], "mean", 0),
    ([[1, -1]], [[0.75, 0.25]], "sum", 0.5),
    ([[1, -1]] * 2, [[0.5, 0.5], [0, 1]], "mean", INF),
    ([[1, -1]] * 2, [[0.5, 0.5], [1, 0]], "mean", 0.5),
    ([[1]], [0], "mean", 0),
    ([[-1]], [[1.0]], "mean", 0),
]


@each_dtype
@pytest.mark.parametrize(("s", "t", "reduction", "wanted"), LOSSES)
def test_loss_of_huge_logits(s, t, reduction, wanted, dtype):
    s = np.array(s, dtype) * maximum(dtype)
    t = np.array(t) if np.ndim(t) == 1 else np.array(t, dtype)
    loss, backward = cross_entropy(s, t, reduction=reduction)
    assert loss.dtype == dtype
    if wanted in (0, INF):
        assert loss == wanted
    else:
        wanted = dtype(wanted) * maximum(dtype)
        assert abs(loss - wanted) <= 4 * np.spacing(wanted / 2)  # log 2 is nothing beside M
    ds = backward(1)[0]
    assert np.isfinite(ds).all()
    onehot = np.eye(s.shape[1])[t] if t.ndim == 1 else t
    sure = (s == s.max(axis=1, keepdims=True)) / (s == s.max(axis=1, keepdims=True)).sum(
        axis=1, keepdims=True
    )
    assert np.array_equal(ds, (sure - onehot) / (len(s) if reduction == "mean" else 1))


@pytest.mark.parametrize("huge", [1e308, 1.7e308])
def test_logits_of_1e308_by_hand(huge):
    loss, backward = cross_entropy(np.array([[huge, -huge, 0.0]]), np.array([2]))
    assert loss == huge
    assert backward(1.0)[0].tolist() == [[1, 0, -1]]
    loss, backward = cross_entropy(np.array([[-huge, -huge]]), np.array([1]))
    assert loss == pytest.approx(np.log(2), rel=1e-15)
    assert backward(1.0)[0].tolist() == [[0.5, -0.5]]


@each_dtype
def test_softmax_of_huge_logits(dtype):
    huge = maximum(dtype)
    s = np.array([[huge, -huge], [0, huge], [-huge, -huge], [huge, huge]], dtype)
    p, backward = softmax(s)
    assert p.tolist() == [[1, 0], [0, 1], [0.5, 0.5], [0.5, 0.5]]
    ds = backward(np.array([[1, 2]] * 4, dtype))[0]
    assert ds.tolist() == [[0, 0], [0, 0], [-0.25, 0.25], [-0.25, 0.25]]


@each_dtype
def test_log_softmax_is_minus_inf_only_where_the_true_value_exceeds_the_dtype(dtype):
    huge = maximum(dtype)
    y, backward = log_softmax(np.array([[huge, -huge], [0, -huge], [huge / 2, -huge / 2]], dtype))
    assert y.tolist() == [[0, -INF], [0, -huge], [0, -huge]]
    assert backward(np.array([[1, 2]] * 3, dtype))[0].tolist() == [[-2, 2]] * 3


@each_dtype
def test_smallest_logits_give_equal_probabilities(dtype):
    least = np.finfo(dtype).smallest_subnormal
    s = np.array([[least, -least, 0, least]], dtype)
    assert softmax(s)[0].tolist() == [[0.25] * 4]
    loss, backward = cross_entropy(s, np.array([1]))
    assert loss == np.log(dtype(4))
    assert backward(1)[0].tolist() == [[0.25, -0.75, 0.25, 0.25]]


@each_dtype
@pytest.mark.parametrize("value", [0.0, 1.0, -20.0, "max", "-max"])
def test_one_class_has_probability_1_and_no_gradient(dtype, value):
    value = {"max": maximum(dtype), "-max": -maximum(dtype)}.get(value, value)
    s = np.array([[value]], dtype)
    for result, backward in (softmax(s), log_softmax(s), cross_entropy(s, np.array([0]))):
        assert result in (0, 1)
        assert backward(1)[0].tolist() == [[0]]


# ----------------------------------------------------------------------------- masked classes


@each_dtype
@pytest.mark.parametrize("scale", [1, 300, "max"])
def test_a_masked_class_is_as_if_it_were_not_there(rng, dtype, scale):
    s = rng.uniform(-1, 1, (5, 4)).astype(dtype) * dtype(
        maximum(dtype) / 4 if scale == "max" else scale
    )
    masked = np.insert(s, 2, -INF, axis=1)  # every row: class 2
    keep, few = [0, 1, 3, 4], 16 * float(np.finfo(dtype).eps)
    upstream = rng.standard_normal((5, 5)).astype(dtype)
    for op in (softmax, log_softmax):
        y, backward = op(s)
        z, with_mask = op(masked)
        assert np.array_equal(z[:, keep], y)
        assert (z[:, 2] == (0 if op is softmax else -INF)).all()
        ds = with_mask(upstream)[0]
        assert np.allclose(ds[:, keep], backward(upstream[:, keep])[0], rtol=few, atol=few)
        assert (ds[:, 2] == 0).all()
    t = rng.integers(0, 4, 5)
    soft = np.full((5, 4), 0.25, dtype)
    pairs = ((t, np.array(keep)[t]), (soft, np.insert(soft, 2, 0, axis=1)))
    for target, with_target in pairs:
        loss, backward = cross_entropy(s, target)
        same, with_mask = cross_entropy(masked, with_target)
        assert same == pytest.approx(loss, rel=few)
        ds = with_mask(1)[0]
        assert np.array_equal(ds[:, keep], backward(1)[0])
        assert (ds[:, 2] == 0).all()


@each_dtype
def test_one_class_left_by_the_mask_is_certain(dtype):
    s = np.array([[-INF, 3, -INF]], dtype)
    assert softmax(s)[0].tolist() == [[0, 1, 0]]
    assert log_softmax(s)[0].tolist() == [[-INF, 0, -INF]]
    loss, backward = cross_entropy(s, np.array([1]))
    assert loss == 0
    assert backward(1)[0].tolist() == [[0, 0, 0]]


@each_dtype
def test_masks_may_differ_from_row_to_row_and_stand_beside_huge_logits(dtype):
    huge = maximum(dtype)
    s = np.array([[huge, -INF, -huge], [-INF, 0, 0]], dtype)
    assert softmax(s)[0].tolist() == [[1, 0, 0], [0, 0.5, 0.5]]
    loss, backward = cross_entropy(s, np.array([0, 1]))
    assert loss == np.log(dtype(2)) / 2
    assert backward(1)[0].tolist() == [[0, 0, 0], [0, -0.25, 0.25]]


def test_log_softmax_ignores_what_arrives_at_a_masked_class():
    _, backward = log_softmax(np.array([[0.0, -INF, 0.0]]))
    for arriving in (INF, np.nan, 1e300):
        assert backward(np.array([[1.0, arriving, 3.0]]))[0].tolist() == [[-1, 0, 1]]


# ---------------------------------------------------------------------------------------- ties


@each_dtype
@pytest.mark.parametrize("level", [0, 7, -1e4, 1e30])
def test_equal_logits_have_equal_probabilities(dtype, level):
    s = np.full((2, 4), level, dtype)
    assert softmax(s)[0].tolist() == [[0.25] * 4] * 2
    assert (log_softmax(s)[0] == -np.log(dtype(4))).all()
    for label in range(4):
        loss, backward = cross_entropy(s, np.array([label, label]), reduction="sum")
        assert loss == 2 * np.log(dtype(4))
        assert np.array_equal(backward(1)[0], 0.25 - np.eye(4)[[label, label]])


@each_dtype
def test_two_largest_logits_share(dtype):
    s = np.array([[50, 50, -50]], dtype)
    for label in (0, 1):  # the first largest takes the part of the shift, no one may notice
        loss, backward = cross_entropy(s, np.array([label]))
        assert loss == np.log(dtype(2))
        ds = backward(1)[0][0]
        assert ds[:2].tolist() == [[-0.5, 0.5], [0.5, -0.5]][label]
        assert 0 < ds[2] == pytest.approx(np.exp(-100) / 2, rel=1e-5)


def test_labels_of_any_integer_dtype_are_the_same():
    s = np.array([[0.0, 1.0, 2.0], [2.0, 0.0, 1.0]])
    wanted, _ = cross_entropy(s, np.array([2, 1]))
    for dtype in (np.int8, np.uint8, np.int16, np.uint32, np.int64, np.uint64):
        loss, backward = cross_entropy(s, np.array([2, 1], dtype))
        assert loss == wanted
        assert backward(1)[0].dtype == np.float64


# ------------------------------------------------------------------ full precision next to 1
# s - max rounds the gap by half a step: exp of it is off by up to `gap` ULP, the rest by a few.
# Measured over 40 seeds, losses and gradients, both dtypes: at most 0.6 gap + 2.1 ULP.


def bound(gap):
    return gap + 3


@each_dtype
@pytest.mark.parametrize("gap", [*GAPS, 80])
def test_gradient_at_a_confident_label_keeps_its_digits(dtype, gap, rng):
    assert label_gradient_ulp(dtype, gap, rng, runs=25) <= bound(gap)


@each_dtype
@pytest.mark.parametrize("gap", [*GAPS, 80])
def test_the_textbook_gradient_fails_that_bound(dtype, gap, rng):
    assert textbook_label_gradient_ulp(dtype, gap, rng, runs=25) > 5 * bound(gap)


def test_the_textbook_gradient_loses_13_digits_at_a_gap_of_30(rng):
    lost = textbook_label_gradient_ulp(np.float64, 30, rng)
    assert 1e12 < lost < 1e14
    assert label_gradient_ulp(np.float64, 30, rng) < bound(30)


def test_a_gap_of_700_keeps_all_digits_in_float64(rng):
    assert label_gradient_ulp(np.float64, 700, rng) <= bound(700)


@each_dtype
def test_beyond_the_dtype_loss_and_gradient_are_0(dtype):
    loss, backward = loss_of([[1000, 0, 0]], [0], dtype)
    assert loss == 0
    assert backward(1)[0].tolist() == [[0, 0, 0]]


CASES = [
    pytest.param(op, case, id=op.address(case))
    for op in OPS
    for case in op.cases
    if op.forward is cross_entropy
]


def tiny_loss_ulp(op, case, dtype, gap, rng, loss=None):
    """Worst error of the losses of single confident rows, of the op or of another function."""
    D, errors = derived(op, case), []
    for _ in range(20):
        inputs = draw(op, D, {"N": 1, "K": 5}, dtype, rng)
        make_confident(op, inputs, gap)
        got = loss(inputs.arguments["s"]) if loss else run(op, case, inputs)["value"]
        with PRECISE_CONTEXT.workdps(digits(dtype)):
            exact = formula(D, inputs)["value"][()]
            errors.append(ulp_error(got, exact, dtype))
    return max(errors)


@each_dtype
@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize(("op", "case"), CASES)
def test_tiny_losses_keep_their_digits(op, case, dtype, gap, rng):
    assert tiny_loss_ulp(op, case, dtype, gap, rng) <= bound(gap)


@each_dtype
@pytest.mark.parametrize("gap", GAPS)
def test_minus_log_of_the_probability_does_not(dtype, gap, rng):
    def textbook(s):
        return -np.log(np.exp(s - s.max()).max() / np.exp(s - s.max()).sum())

    op, case = CASES[0].values
    assert tiny_loss_ulp(op, case, dtype, gap, rng, textbook) > bound(gap)


@each_dtype
@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize(("op", "case"), CASES)
def test_every_entry_of_the_gradient_keeps_its_digits(op, case, dtype, gap, rng):
    D = derived(op, case)
    inputs = draw(op, D, {"N": 8, "K": 5}, dtype, rng)
    make_confident(op, inputs, gap)
    got = run(op, case, inputs)["ds"]
    with PRECISE_CONTEXT.workdps(digits(dtype)):
        exact = formula(D, inputs)["ds"]
        errors = [ulp_error(g, e, dtype) for g, e in zip(got.flat, exact.flat, strict=True)]
    assert max(errors) <= bound(gap + 6)  # a logit may be 6 below the second largest


# The same cancellation in the two other backward functions.


@each_dtype
@pytest.mark.parametrize("gap", [20, 40])
@pytest.mark.parametrize(("name", "dy"), [("softmax", [1, 0, 0.5]), ("log_softmax", [-1, 0, 0])])
def test_gradient_through_a_confident_softmax_keeps_its_digits(name, dy, dtype, gap):
    op = next(op for op in OPS if op.name == name)
    D, s = derived(op, op.cases[0]), np.array([[0, -gap, -gap - 1]], dtype)
    inputs = draw(op, D, {"N": 1, "K": 3}, dtype, np.random.default_rng(0))
    inputs = inputs._replace(arguments={"s": s}, upstream=np.array([dy], dtype))
    got = run(op, op.cases[0], inputs)["ds"]
    with PRECISE_CONTEXT.workdps(digits(dtype)):
        exact = formula(D, inputs)["ds"]
        errors = [ulp_error(g, e, dtype) for g, e in zip(got.flat, exact.flat, strict=True)]
    assert max(errors) <= bound(gap)


# ------------------------------------------------------------------------------------ windows


def ladder(dtype):
    """Floats in ascending order, the two zeros side by side."""
    info = np.finfo(dtype)
    up = [info.smallest_subnormal, info.tiny, 1, info.max, INF]
    return [dtype(v) for v in (*(-v for v in reversed(up)), -0.0, 0.0, *up)]


def same_bits(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def test_every_kink_on_record_has_its_test():
    """relu: test_chapter2_ops.py; max_pool2d: here and in test_pool.py; penalties: test_penalties.py."""
    tested = {"relu", "max_pool2d", "l1_penalty", "entropy_penalty"}
    assert {op.name for op in OPS if op.kinks is not None} == tested


@each_dtype
def test_flatten_keeps_every_bit(dtype):
    x = np.array([*ladder(dtype), np.nan], dtype).reshape(1, 1, 1, 13)
    y, backward = flatten(x)
    assert same_bits(y, x.reshape(1, 13))
    assert same_bits(backward(y)[0], x)


@each_dtype
@pytest.mark.parametrize("place", [(0, 0), (0, 2), (1, 1), (2, 0)], ids=str)
def test_a_kernel_with_a_single_1_moves_the_largest_and_the_smallest_floats(place, dtype):
    """Forward and back: the products with 0 add nothing to them."""
    x = np.array(ladder(dtype)[1:-1], dtype)
    x = np.stack([x, x[::-1]]).reshape(1, 1, 2, 10)
    w = np.zeros((1, 1, 3, 3), dtype)
    w[0, 0, place[0], place[1]] = 1
    z, _ = conv2d(x, w, padding=1)
    border = np.pad(x[0, 0], 1)
    assert np.array_equal(z[0, 0], border[place[0] :, place[1] :][:2, :10])
    _, backward = conv2d(np.zeros_like(x), w, padding=1)
    dx, dw, _ = backward(x)
    assert np.array_equal(dx[0, 0], border[2 - place[0] :, 2 - place[1] :][:2, :10])
    assert not dw.any()


@each_dtype
def test_a_sum_beyond_the_dtype_is_infinite_and_the_rest_stays_finite(dtype):
    x = np.array([[[[1, 1, 0.25, -1]]]], dtype) * maximum(dtype)
    w = np.ones((1, 1, 1, 2), dtype)
    with pytest.warns(RuntimeWarning, match="overflow encountered in matmul"):
        z, _ = conv2d(x, w, stride=(1, 2))
    assert z.tolist() == [[[[INF, -0.75 * maximum(dtype)]]]]
    for op in (sum_pool2d, mean_pool2d):  # the sum comes first, as in torch
        with pytest.warns(RuntimeWarning, match="overflow encountered in add"):
            y, _ = op(x, (1, 2))
        assert y[0, 0, 0, 0] == INF
        assert y[0, 0, 0, 1] == -maximum(dtype) * (0.75 if op is sum_pool2d else 0.375)
    y, backward = max_pool2d(x, (1, 2))
    assert y.ravel().tolist() == [maximum(dtype), maximum(dtype) / 4]
    assert backward(maximum(dtype))[0].ravel().tolist() == [maximum(dtype), 0, maximum(dtype), 0]


@each_dtype
def test_opposite_infinities_in_one_window_have_no_sum(dtype):
    x = np.array([[[[INF, -INF, 1, INF]]]], dtype)
    for op in (sum_pool2d, mean_pool2d):
        with pytest.warns(RuntimeWarning, match="invalid value encountered in add"):
            y, _ = op(x, (1, 2))
        assert np.isnan(y[0, 0, 0, 0])
        assert y[0, 0, 0, 1] == INF
    assert max_pool2d(x, (1, 2))[0].ravel().tolist() == [INF, INF]


@each_dtype
def test_an_infinite_weight_times_the_zeros_of_the_border_is_nan(dtype):
    """As in torch: a border of zeros is an input of zeros."""
    w = np.array([INF, 1], dtype).reshape(1, 1, 1, 2)
    with pytest.warns(RuntimeWarning, match="invalid value encountered in matmul"):
        z, _ = conv2d(np.array([[[[2, -3]]]], dtype), w, padding=(0, 1))
    assert np.array_equal(z.ravel(), [np.nan, INF, -INF], equal_nan=True)


@each_dtype
def test_every_pair_of_floats_in_a_window_has_the_right_maximum(dtype):
    """The larger takes the gradient; of equal ones, 0 and -0 among them, the first."""
    floats = ladder(dtype)
    for i, a in enumerate(floats):
        for j, b in enumerate(floats):
            y, backward = max_pool2d(np.array([[[[a, b]]]], dtype), (1, 2))
            second = j > i and (a, b) != (0, 0)
            assert same_bits(y.ravel(), np.array([b if second else a], dtype))
            assert backward(3)[0].ravel().tolist() == ([0, 3] if second else [3, 0])


@each_dtype
def test_nan_beats_every_float_and_of_several_the_last_takes_the_gradient(dtype):
    """As in torch."""
    for other in ladder(dtype):
        for window, taken in (([np.nan, other], 0), ([other, np.nan], 1), ([np.nan, np.nan], 1)):
            y, backward = max_pool2d(np.array([[[window]]], dtype), (1, 2))
            assert np.isnan(y).all()
            assert backward(3)[0].ravel().tolist() == [3 * (k == taken) for k in range(2)]


@each_dtype
def test_the_border_never_wins(dtype):
    """It counts as -inf, yet an entry -inf or NaN inside stays the maximum."""
    for value in (-INF, -maximum(dtype), np.nan):
        y, backward = max_pool2d(np.full((1, 1, 2, 2), value, dtype), 2, padding=1)
        assert np.array_equal(y, np.full((1, 1, 2, 2), value), equal_nan=True)
        assert backward(3)[0].tolist() == [[[[3, 3], [3, 3]]]]


@each_dtype
def test_the_smallest_floats_are_summed_without_loss(dtype):
    least = np.finfo(dtype).smallest_subnormal
    x = np.full((1, 1, 3, 3), least, dtype)
    assert sum_pool2d(x, 3)[0].item() == mean_pool2d(9 * x, 3)[0].item() == 9 * least
    assert mean_pool2d(x, 3)[0].item() == least
    z, backward = conv2d(x, np.ones((1, 1, 3, 3), dtype))
    assert z.item() == 9 * least
    dx, dw, _ = backward(np.full((1, 1, 1, 1), 1, dtype))
    assert (dx == 1).all()
    assert (dw == least).all()
