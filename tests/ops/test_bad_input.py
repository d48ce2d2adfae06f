"""What each op refuses, and what it says: op, argument, what it got, what it wanted."""

from fractions import Fraction

import numpy as np
import pytest

from cnnmath import ShapeError, affine, cross_entropy, l2_penalty, log_softmax, relu, softmax


def ones(*shape, dtype=np.float64):
    return np.ones(shape, dtype)


def logits(*rows, dtype=np.float64):
    return np.array(rows, dtype)


def labels(*values, dtype=np.int64):
    return np.array(values, dtype)


def objects(*values):
    return np.array([values], object)


X, W, B = ones(2, 3), ones(4, 3), ones(4)  # affine: n = 2, d = 3, k = 4
S, T = ones(2, 3), labels(0, 2)  # scores and labels: n = 2, k = 3
P = np.array([[0.5, 0.25, 0.25], [0, 0, 1]])
NAN, INF = np.nan, np.inf
KEPT = "wanted float32 or float64"

# (call, error, message); the name of a row is its message
SHAPES = [
    (lambda: affine(ones(3), W, B), r"affine: x has 1 axes, shape \(3,\); wanted 2: \(n, d\)"),
    (lambda: affine(ones(2, 3, 1), W, B), r"affine: x has 3 axes, .*; wanted 2: \(n, d\)"),
    (lambda: affine(X, ones(3), B), r"affine: w has 1 axes, shape \(3,\); wanted 2: \(k, d\)"),
    (lambda: affine(X, W, ones(1, 4)), r"affine: b has 2 axes, shape \(1, 4\); wanted 1: \(k\)"),
    (lambda: affine(X, W, np.array(1.0)), r"affine: b has 0 axes, shape \(\); wanted 1: \(k\)"),
    (
        lambda: affine(X, ones(4, 5), B),
        r"affine: axis d of w is 5, but 3 in x: x \(n=2, d=3\), w \(k=4, d=5\), b \(k=4\)",
    ),
    (lambda: affine(X, W.T, B), r"affine: axis d of w is 4, but 3 in x"),
    (lambda: affine(X, W, ones(3)), r"affine: axis k of b is 3, but 4 in w"),
    (lambda: affine(X, W, ones(1)), r"affine: axis k of b is 1, but 4 in w"),  # no broadcasting
    (lambda: affine(X, ones(4, 1), B), r"affine: axis d of w is 1, but 3 in x"),
    (lambda: affine(ones(0, 3), W, B), r"affine: x is empty, shape \(0, 3\); every axis wants"),
    (lambda: affine(ones(2, 0), ones(4, 0), B), r"affine: x is empty, shape \(2, 0\)"),
    (lambda: softmax(ones(3)), r"^softmax: s has 1 axes, shape \(3,\); wanted 2: \(n, k\)"),
    (lambda: softmax(ones(0, 3)), r"^softmax: s is empty, shape \(0, 3\)"),
    (lambda: softmax(ones(2, 0)), r"^softmax: s is empty, shape \(2, 0\)"),
    (lambda: log_softmax(ones(1, 2, 3)), r"^log_softmax: s has 3 axes, shape \(1, 2, 3\)"),
    (lambda: log_softmax(ones(0, 3)), r"^log_softmax: s is empty"),
    (lambda: cross_entropy(ones(3), T), r"cross_entropy: s has 1 axes, shape \(3,\); wanted 2"),
    (lambda: cross_entropy(ones(0, 3), labels()), r"cross_entropy: s is empty, shape \(0, 3\)"),
    (lambda: cross_entropy(S, labels()), r"axis n of t is 0, but 2 in s"),
    (
        lambda: cross_entropy(S, labels(0, 1, 2)),
        r"cross_entropy: axis n of t is 3, but 2 in s: s \(n=2, k=3\), t \(n=3\)",
    ),
    (lambda: cross_entropy(S, labels(0)), r"cross_entropy: axis n of t is 1, but 2 in s"),
    (
        lambda: cross_entropy(S, np.array(1)),
        r"cross_entropy: t has 0 axes, shape \(\); wanted labels \(n\) or probabilities \(n, k\)",
    ),
    (lambda: cross_entropy(S, ones(2, 3, 1)), r"cross_entropy: t has 3 axes, shape \(2, 3, 1\)"),
    (
        lambda: cross_entropy(S, P[:, :2]),
        r"cross_entropy: axis k of t is 2, but 3 in s: s \(n=2, k=3\), t \(n=2, k=2\)",
    ),
    (lambda: cross_entropy(S, P[:1]), r"cross_entropy: axis n of t is 1, but 2 in s"),
    (lambda: cross_entropy(S, P.T), r"cross_entropy: axis n of t is 3, but 2 in s"),
    (lambda: l2_penalty(ones(0, 3), 1), r"l2_penalty: w is empty, shape \(0, 3\)"),
]

TYPES = [
    (lambda: affine(X.tolist(), W, B), r"affine: x must be a NumPy array, got list"),
    (lambda: affine(X, tuple(W), B), r"affine: w must be a NumPy array, got tuple"),
    (lambda: affine(X, W, 1.0), r"affine: b must be a NumPy array, got float"),
    (lambda: affine(X, W, None), r"affine: b must be a NumPy array, got NoneType"),
    (lambda: affine(X.astype(int), W, B), rf"affine: x has dtype int64; {KEPT} \(x.astype"),
    (lambda: affine(X.astype(bool), W, B), rf"affine: x has dtype bool; {KEPT}"),
    (lambda: affine(X, W.astype(np.float16), B), rf"affine: w has dtype float16; {KEPT}"),
    (lambda: affine(X, W, B.astype(complex)), rf"affine: b has dtype complex128; {KEPT}"),
    (lambda: affine(X.astype(">f8"), W, B), rf"affine: x has dtype >f8; {KEPT}"),
    (lambda: affine(X.astype(np.longdouble), W, B), r"affine: x has dtype (float128|longdouble)"),
    (lambda: affine(np.full((2, 3), "1"), W, B), r"affine: x has dtype <U1"),
    (
        lambda: affine(X.astype(np.float32), W, B),
        r"affine: the arrays of a call share one dtype, got x float32, w float64, b float64",
    ),
    (lambda: affine(X, W, B.astype(np.float32)), r"share one dtype, got .* b float32"),
    (
        lambda: affine(np.full((2, 3), "a", object), W, B),
        r"affine: the object array x holds a str; wanted fractions or traced scalars only",
    ),
    (lambda: affine(X.astype(object), W, B), r"affine: the object array x holds a float"),
    (
        lambda: affine(objects(*[Fraction(1)] * 3), W, B),
        r"affine: the arrays of a call share one dtype, got x object, w float64",
    ),
    (lambda: softmax(S.astype(int)), r"^softmax: s has dtype int64"),
    (lambda: softmax([[1.0]]), r"^softmax: s must be a NumPy array, got list"),
    (lambda: softmax(objects("a", "b")), r"^softmax: the object array s holds a str"),
    (lambda: softmax(objects(True, False)), r"^softmax: the object array s holds a bool"),
    (lambda: softmax(objects(NAN)), r"^softmax: the object array s holds a float"),
    (lambda: log_softmax(S.astype(np.float16)), r"^log_softmax: s has dtype float16"),
    (lambda: log_softmax(S.astype(bool)), r"^log_softmax: s has dtype bool"),
    (lambda: cross_entropy(S.astype(int), T), r"cross_entropy: s has dtype int64"),
    (lambda: cross_entropy(S.tolist(), T), r"cross_entropy: s must be a NumPy array, got list"),
    (lambda: cross_entropy(S, [0, 2]), r"cross_entropy: t must be a NumPy array, got list"),
    (lambda: cross_entropy(S, 1), r"cross_entropy: t must be a NumPy array, got int"),
    (
        lambda: cross_entropy(S, labels(0, 2, dtype=np.float64)),
        r"cross_entropy: labels t must be integers, got dtype float64",
    ),
    (lambda: cross_entropy(S, labels(0, 1, dtype=bool)), r"labels t must be integers, got .*bool"),
    (lambda: cross_entropy(S, labels(0, 1, dtype=object)), r"labels t must be .* dtype object"),
    (lambda: cross_entropy(S, P.astype(np.float32)), r"got s float64, t float32"),
    (lambda: cross_entropy(S, np.eye(3, dtype=int)[T]), r"cross_entropy: t has dtype int64"),
    (lambda: cross_entropy(S, np.eye(3, dtype=bool)[T]), r"cross_entropy: t has dtype bool"),
    (lambda: l2_penalty(W.tolist(), 1), r"l2_penalty: w must be a NumPy array, got list"),
    (lambda: l2_penalty(W.astype(int), 1), r"l2_penalty: w has dtype int64"),
    (lambda: l2_penalty(objects("a"), 1), r"l2_penalty: the object array w holds a str"),
    (lambda: l2_penalty(W, "1"), r"l2_penalty: strength must be a number, got str"),
    (lambda: l2_penalty(W, None), r"l2_penalty: strength must be a number, got NoneType"),
    (lambda: l2_penalty(W, True), r"l2_penalty: strength must be a number, got bool"),
    (lambda: l2_penalty(W, np.True_), r"l2_penalty: strength must be a number, got bool"),
    (lambda: l2_penalty(W, 1j), r"l2_penalty: strength must be a number, got complex"),
    (lambda: l2_penalty(W, ones(4, 3)), r"l2_penalty: strength must be a number, got ndarray"),
    (lambda: l2_penalty(W, [1.0]), r"l2_penalty: strength must be a number, got list"),
]

VALUES = [
    (
        lambda: softmax(logits([0, NAN])),
        r"^softmax: s\[0, 1\] is nan; wanted a finite logit, or -inf",
    ),
    (lambda: softmax(logits([0, 1], [INF, 0])), r"^softmax: s\[1, 0\] is inf; wanted a finite"),
    (lambda: softmax(logits([-INF, NAN])), r"^softmax: s\[0, 1\] is nan"),
    (
        lambda: softmax(logits([0, 1], [-INF, -INF])),
        r"^softmax: every class of row 1 of s is masked",
    ),
    (lambda: softmax(logits([-INF])), r"^softmax: every class of row 0 of s is masked \(-inf\)"),
    (lambda: log_softmax(logits([0, NAN])), r"^log_softmax: s\[0, 1\] is nan"),
    (lambda: log_softmax(logits([INF])), r"^log_softmax: s\[0, 0\] is inf"),
    (lambda: log_softmax(logits([-INF, -INF])), r"^log_softmax: every class of row 0"),
    (lambda: cross_entropy(logits([NAN, 0]), labels(1)), r"cross_entropy: s\[0, 0\] is nan"),
    (lambda: cross_entropy(logits([0, INF]), labels(1)), r"cross_entropy: s\[0, 1\] is inf"),
    (lambda: cross_entropy(logits([-INF] * 2), labels(0)), r"cross_entropy: every class of row 0"),
    (lambda: cross_entropy(S, labels(0, 3)), r"cross_entropy: label t\[1\] is 3; wanted 0\.\.2"),
    (lambda: cross_entropy(S, labels(-1, 0)), r"cross_entropy: label t\[0\] is -1; wanted 0\.\.2"),
    (lambda: cross_entropy(S, labels(0, -100)), r"cross_entropy: label t\[1\] is -100; wanted"),
    (
        lambda: cross_entropy(S, labels(1, 2**63 - 1)),
        r"label t\[1\] is 9223372036854775807; wanted",
    ),
    (
        lambda: cross_entropy(S, labels(0, 255, dtype=np.uint8)),
        r"label t\[1\] is 255; wanted 0\.\.2",
    ),
    (
        lambda: cross_entropy(logits([0, 1], [-INF, 0]), labels(0, 0)),
        r"cross_entropy: label t\[1\] = 0 is a masked class: s\[1, 0\] is -inf",
    ),
    (
        lambda: cross_entropy(logits([-INF, 0]), logits([0.5, 0.5])),
        r"cross_entropy: t\[0, 0\] = 0.5 on a masked class: s\[0, 0\] is -inf",
    ),
    (
        lambda: cross_entropy(logits([0, 0]), logits([1.5, -0.5])),
        r"cross_entropy: t\[0, 1\] is -0.5; wanted probabilities >= 0",
    ),
    (lambda: cross_entropy(logits([0, 0]), logits([NAN, 1])), r"t\[0, 0\] is nan; wanted prob"),
    (
        lambda: cross_entropy(logits([0, 0], [0, 0]), logits([0.5, 0.5], [0.5, 0.25])),
        r"cross_entropy: the probabilities t\[1\] sum to 0.75; wanted 1",
    ),
    (lambda: cross_entropy(logits([0, 0]), logits([1, 1])), r"probabilities t\[0\] sum to 2.0"),
    (lambda: cross_entropy(logits([0, 0]), logits([0, 0])), r"probabilities t\[0\] sum to 0.0"),
    (lambda: cross_entropy(logits([0, 0]), logits([0, INF])), r"probabilities t\[0\] sum to inf"),
    (lambda: cross_entropy(logits([0, 0]), logits([0.5, 0.5 + 2**-23])), r"sum to 1\.00000011"),
    (
        lambda: cross_entropy(S, T, reduction="none"),
        r"reduction is 'none'; wanted \"mean\" or \"sum\"",
    ),
    (lambda: cross_entropy(S, T, reduction=None), r"cross_entropy: reduction is None; wanted"),
    (lambda: cross_entropy(S, T, reduction="Mean"), r"cross_entropy: reduction is 'Mean'; wanted"),
    (lambda: l2_penalty(W, -0.1), r"l2_penalty: strength is -0.1; wanted a finite number >= 0"),
    (lambda: l2_penalty(W, np.float32(-1)), r"l2_penalty: strength is -1.0; wanted a finite"),
    (lambda: l2_penalty(W, NAN), r"l2_penalty: strength is nan; wanted a finite number >= 0"),
    (lambda: l2_penalty(W, INF), r"l2_penalty: strength is inf; wanted a finite number >= 0"),
]


TYPES += [
    (
        lambda: l2_penalty(W, np.complex64(1)),
        r"l2_penalty: strength must be a number, got complex64",
    ),
    (
        lambda: softmax(np.ma.masked_array(S, np.eye(2, 3))),
        r"^softmax: s must be a NumPy array, got MaskedArray",
    ),
    (
        lambda: cross_entropy(S, labels(0, 1, dtype="m8[s]")),
        r"cross_entropy: labels t must be integers, got dtype timedelta64",
    ),
]
VALUES += [
    (lambda: l2_penalty(W.astype(np.float32), 1e300), r"l2_penalty: strength is 1e\+300"),
    (lambda: l2_penalty(W, 10**400), r"l2_penalty: strength is 10"),
]


def name(value):
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize(("call", "message"), SHAPES, ids=name)
def test_shapes(call, message):
    with pytest.raises(ShapeError, match=message):
        call()


@pytest.mark.parametrize(("call", "message"), TYPES, ids=name)
def test_types(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(("call", "message"), VALUES, ids=name)
def test_values(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert caught.type is ValueError  # not the ShapeError below it


# ------------------------------------------------------------------------------- the cotangent

BACKWARDS = {  # name of the argument, backward, shape of the value
    "affine": ("ds", affine(X, W, B)[1], (2, 4)),
    "softmax": ("dp", softmax(S)[1], (2, 3)),
    "log_softmax": ("dy", log_softmax(S)[1], (2, 3)),
    "cross_entropy": ("dE", cross_entropy(S, T)[1], ()),
    "l2_penalty": ("dE", l2_penalty(W, 1)[1], ()),
}
each_op = pytest.mark.parametrize("op", BACKWARDS)


@each_op
def test_cotangent_of_another_shape(op):
    letter, backward, shape = BACKWARDS[op]
    other = (*shape, 1)
    got = ", ".join(map(str, other)) + ("," if len(other) == 1 else "")
    with pytest.raises(ShapeError, match=rf"^{op}.backward: {letter} has shape \({got}\), wanted"):
        backward(np.ones(other))


@each_op
def test_cotangent_is_not_broadcast(op):
    letter, backward, _ = BACKWARDS[op]
    with pytest.raises(ShapeError, match=rf"^{op}.backward: {letter} has shape \(1,\), wanted"):
        backward(np.ones(1))


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int64, bool, complex, object])
@pytest.mark.parametrize("op", ["affine", "softmax", "log_softmax"])
def test_cotangent_of_another_dtype(op, dtype):
    letter, backward, shape = BACKWARDS[op]
    got = np.dtype(dtype)
    with pytest.raises(TypeError, match=rf"{letter} has dtype {got}, wanted float64 as the inputs"):
        backward(np.ones(shape, dtype))


@pytest.mark.parametrize("dy", ["1", None, [1.0], True, np.True_, 1j, np.array(True), {}])
@each_op
def test_cotangent_that_is_no_number(op, dy):
    letter, backward, _ = BACKWARDS[op]
    with pytest.raises(TypeError, match=rf"^{op}.backward: {letter} must be a number, got "):
        backward(dy)


@pytest.mark.parametrize("op", BACKWARDS)
def test_masked_cotangent(op):
    letter, backward, shape = BACKWARDS[op]
    if shape:
        with pytest.raises(
            TypeError, match=rf"^{op}.backward: {letter} must be a NumPy array, got M"
        ):
            backward(np.ma.masked_array(np.ones(shape), mask=True))


def test_object_arrays_with_an_entry_that_is_no_number():
    exact, holes = np.array([[Fraction(1)]]), np.array([[None]])
    with pytest.raises(TypeError, match=r"^relu: the object array z holds a NoneType; wanted"):
        relu(holes)
    _, backward = relu(exact)
    with pytest.raises(
        TypeError, match=r"^relu.backward: the object array dy holds a float; wanted"
    ):
        backward(np.array([[0.1]], dtype=object))
