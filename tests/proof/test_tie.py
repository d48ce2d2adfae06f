"""The tie can fail: wrong code of every op is rejected, and by the strand that ought to see it.

Strand "value": the traced value is not the formula. Strand "sympy.diff": the traced backward is
not the derivative of the traced value. Strand "conclusion": it is not what the derivation says.
"""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
import sympy
from breaking import (
    ANY,
    BY_NAME,
    CONCLUSION,
    DIFF,
    OFF,
    VALUE,
    broken,
    case_of,
    derive_each_op_once,
    rewritten,
)

from cnnmath.ops import OPS
from cnnmath.ops.arrays import check, cotangent
from cnnmath.proof.tie import Broken, tie
from cnnmath.proof.trace import Path, Traced, TraceError, vanishes
from cnnmath.proof.ulp import derived
from cnnmath.proof.verdict import Level


@pytest.fixture(autouse=True)
def derive_once(monkeypatch):
    derive_each_op_once(monkeypatch)


def only(*, key="", **changes):
    """(changes of the op's results, key of the code path)"""
    return changes, key


def column(array, k, factor):
    """The array with one column scaled."""
    array = array.copy()
    array[:, k] = array[:, k] * factor
    return array


# --------------------------------------------------------------------- results that are off

RESULTS = [
    ("affine", only(value=lambda s: -s), VALUE),
    ("affine", only(value=lambda s: s * OFF), VALUE),
    ("affine", only(value=lambda s: s + 1), VALUE),
    ("affine", only(value=lambda s: s[::-1]), VALUE),
    ("affine", only(value=lambda s: s * 0), VALUE),
    ("affine", only(gradients=lambda dx, dw, db: (-dx, dw, db)), rf"{DIFF}: affine.dx\[0, 0\]"),
    ("affine", only(gradients=lambda dx, dw, db: (dx, -dw, db)), rf"{DIFF}: affine.dw\[0, 0\]"),
    ("affine", only(gradients=lambda dx, dw, db: (dx, dw, -db)), rf"{DIFF}: affine.db\[0\]"),
    ("affine", only(gradients=lambda dx, dw, db: (dx.T, dw, db)), rf"{DIFF}: affine.dx"),
    ("affine", only(gradients=lambda dx, dw, db: (dx, dw[::-1], db)), rf"{DIFF}: affine.dw"),
    ("affine", only(gradients=lambda dx, dw, db: (dx, dw / 2, db)), rf"{DIFF}: affine.dw"),
    ("affine", only(gradients=lambda dx, dw, db: (dx, dw * OFF, db)), rf"{DIFF}: affine.dw"),
    ("affine", only(gradients=lambda dx, dw, db: (dx, column(dw, 1, OFF), db)), r"dw\[0, 1\]"),
    ("affine", only(gradients=lambda dx, dw, db: (dx, dw, db * 0)), rf"{DIFF}: affine.db"),
    ("affine", only(gradients=lambda dx, dw, db: (dx * 0, dw, db)), rf"{DIFF}: affine.dx"),
    ("affine", only(gradients=lambda dx, dw, db: (None, dw, db)), "returned None for x"),
    ("affine", only(gradients=lambda dx, dw, db: (dx, None, db)), "returned None for w"),
    ("affine", only(gradients=lambda dx, dw, db: (dx, dw, None)), "returned None for b"),
    (
        "affine",
        only(key="no dx", gradients=lambda dx, dw, db: (dx, dw, None)),
        r"affine\[no dx\]: backward returned None for b",
    ),
    ("softmax", only(value=lambda p: -p), VALUE),
    ("softmax", only(value=lambda p: p * OFF), VALUE),
    ("softmax", only(value=lambda p: column(p, 0, 2)), rf"{VALUE}: softmax\[0, 0\]"),
    ("softmax", only(gradients=lambda ds: (-ds,)), DIFF),
    ("softmax", only(gradients=lambda ds: (ds * OFF,)), DIFF),
    ("softmax", only(gradients=lambda ds: (ds * 0,)), DIFF),
    ("softmax", only(gradients=lambda ds: (ds[:, ::-1],)), DIFF),
    ("softmax", only(gradients=lambda ds: (None,)), "softmax: backward returned None for s"),
    ("log_softmax", only(value=lambda y: y - y[:, :1]), VALUE),
    ("log_softmax", only(value=lambda y: y * OFF), VALUE),
    ("log_softmax", only(gradients=lambda ds: (-ds,)), DIFF),
    ("log_softmax", only(gradients=lambda ds: (column(ds, 1, OFF),)), rf"{DIFF}: .*ds\[0, 1\]"),
    ("log_softmax", only(gradients=lambda ds: (ds * 0,)), DIFF),
    ("log_softmax", only(gradients=lambda ds: (None,)), "log_softmax: backward returned None"),
    ("cross_entropy", only(value=lambda E: -E), VALUE),
    ("cross_entropy", only(value=lambda E: E * OFF), VALUE),
    ("cross_entropy", only(value=lambda E: E * 0), VALUE),
    ("cross_entropy", only(value=lambda E: E + Fraction(1, 10000)), VALUE),
    ("cross_entropy", only(gradients=lambda ds: (-ds,)), DIFF),
    ("cross_entropy", only(gradients=lambda ds: (ds * OFF,)), DIFF),
    ("cross_entropy", only(gradients=lambda ds: (ds * len(ds),)), r"cross_entropy.ds\[0, 0\]"),
    ("cross_entropy", only(gradients=lambda ds: (ds[::-1],)), DIFF),
    ("cross_entropy", only(gradients=lambda ds: (ds * 0,)), DIFF),
    ("cross_entropy", only(gradients=lambda ds: (None,)), "cross_entropy: .* None for s"),
    ("cross_entropy", only(key="sum", gradients=lambda ds: (ds / len(ds),)), r"\[sum\].ds\[0, 0\]"),
    ("cross_entropy", only(key="sum", value=lambda E: E / 2), rf"{VALUE}: cross_entropy\[sum\]"),
    ("cross_entropy", only(key="probabilities", gradients=lambda ds: (-ds,)), DIFF),
    ("cross_entropy", only(key="probabilities", value=lambda E: E * OFF), VALUE),
    ("cross_entropy", only(key="probabilities, sum", gradients=lambda ds: (ds / 2,)), DIFF),
    ("l2_penalty", only(value=lambda E: -E), VALUE),
    ("l2_penalty", only(value=lambda E: 2 * E), VALUE),
    ("l2_penalty", only(value=lambda E: E * OFF), VALUE),
    ("l2_penalty", only(gradients=lambda dw: (2 * dw,)), DIFF),
    ("l2_penalty", only(gradients=lambda dw: (-dw,)), DIFF),
    ("l2_penalty", only(gradients=lambda dw: (dw.T,)), DIFF),
    ("l2_penalty", only(gradients=lambda dw: (dw * 0,)), DIFF),
    ("l2_penalty", only(gradients=lambda dw: (None,)), "l2_penalty: backward returned None for w"),
]

RESULTS += [
    (name, only(**change), message)
    for name in ("relu", "sigmoid", "tanh", "scaled_tanh", "softplus")
    for change, message in (
        ({"value": lambda y: -y}, ANY),
        ({"value": lambda y: y * OFF}, ANY),
        ({"gradients": lambda dz: (-dz,)}, ANY),
        ({"gradients": lambda dz: (dz * OFF,)}, ANY),
        ({"gradients": lambda dz: (dz * 0,)}, ANY),
        ({"gradients": lambda dz: (None,)}, f"{name}: backward returned None for z"),
    )
]
RESULTS += [
    (name, only(key=key, **change), message)
    for name in ("squared_error", "binary_cross_entropy")
    for key in ("", "sum")
    for change, message in (
        ({"value": lambda E: -E}, VALUE),
        ({"value": lambda E: 2 * E}, VALUE),
        ({"gradients": lambda d: (-d,)}, DIFF),
        ({"gradients": lambda d: (d * OFF,)}, DIFF),
        ({"gradients": lambda d: (d * 0,)}, DIFF),
        ({"gradients": lambda d: (d, d)}, "backward returned 2 gradients"),
    )
]
RESULTS += [
    ("conv2d", only(key=key, **change), message)
    for key in ("", "no bias", "no dx")
    for change, message in (
        ({"value": lambda z: -z}, VALUE),
        ({"value": lambda z: z * OFF}, VALUE),
        ({"value": lambda z: z * 0}, VALUE),
        ({"value": lambda z: z[:, ::-1]}, VALUE),
        ({"value": lambda z: z.swapaxes(2, 3)}, rf"{VALUE}|value has shape"),
        ({"gradients": lambda dx, dw, db: (dx, -dw, db)}, rf"{DIFF}: conv2d.*\.dw"),
        ({"gradients": lambda dx, dw, db: (dx, dw * OFF, db)}, rf"{DIFF}: conv2d.*\.dw"),
        ({"gradients": lambda dx, dw, db: (dx, dw * 0, db)}, rf"{DIFF}: conv2d.*\.dw"),
        ({"gradients": lambda dx, dw, db: (dx, None, db)}, "returned None for w"),
        ({"gradients": lambda dx, dw, db: (dx, dw)}, "2 gradients, wanted a tuple for x, w, b"),
        ({"gradients": lambda dx, dw, db: (dx, dw, db, None)}, "4 gradients"),
    )
]
RESULTS += [
    ("conv2d", only(key=key, gradients=change), message)
    for key in ("", "no bias")
    for change, message in (
        (lambda dx, dw, db: (-dx, dw, db), rf"{DIFF}: conv2d.*\.dx"),
        (lambda dx, dw, db: (dx * OFF, dw, db), rf"{DIFF}: conv2d.*\.dx"),
        (lambda dx, dw, db: (dx * 0, dw, db), rf"{DIFF}: conv2d.*\.dx"),
        (lambda dx, dw, db: (None, dw, db), "returned None for x"),
    )
]
RESULTS += [
    ("conv2d", only(key=key, gradients=change), message)
    for key in ("", "no dx")
    for change, message in (
        (lambda dx, dw, db: (dx, dw, -db), rf"{DIFF}: conv2d.*\.db"),
        (lambda dx, dw, db: (dx, dw, db * OFF), rf"{DIFF}: conv2d.*\.db"),
        (lambda dx, dw, db: (dx, dw, db * 0), rf"{DIFF}: conv2d.*\.db"),
        (lambda dx, dw, db: (dx, dw, None), "returned None for b"),
    )
]
RESULTS += [
    ("conv2d", only(key=key, **change), message)
    for key in ("blocked", "im2col", "winograd")
    for change, message in (
        ({"value": lambda z: z * OFF}, VALUE),
        ({"gradients": lambda dx, dw, db: (-dx, dw, db)}, rf"{DIFF}: conv2d.*\.dx"),
        ({"gradients": lambda dx, dw, db: (dx, dw * OFF, db)}, rf"{DIFF}: conv2d.*\.dw"),
        ({"gradients": lambda dx, dw, db: (dx, dw, db * 0)}, rf"{DIFF}: conv2d.*\.db"),
    )
]
RESULTS += [
    ("conv2d", only(key="fft", **change), message)  # compared on whole numbers
    for change, message in (
        ({"value": lambda z: z * OFF}, rf"{VALUE}: conv2d\[fft\]"),
        ({"value": lambda z: z + 1e-6}, VALUE),
        ({"value": lambda z: z * np.nan}, VALUE),
        ({"gradients": lambda dx, dw, db: (-dx, dw, db)}, r"backward .* formula: .*\.dx"),
        ({"gradients": lambda dx, dw, db: (dx, dw * OFF, db)}, r"backward .* formula: .*\.dw"),
        ({"gradients": lambda dx, dw, db: (dx, dw, db * 0)}, r"backward .* formula: .*\.db"),
    )
]
RESULTS += [
    ("conv2d", only(key="no bias", gradients=lambda dx, dw, db: (dx, dw, dx)), "None for b"),
    ("conv2d", only(key="no dx", gradients=lambda dx, dw, db: (dw, dw, db)), "None for x"),
]
RESULTS += [
    (name, only(**change), message)
    for name, strand in (
        ("max_pool2d", f"({DIFF}|{CONCLUSION})"),  # the first cells are ties
        ("mean_pool2d", DIFF),
        ("sum_pool2d", DIFF),
        ("flatten", DIFF),
    )
    for change, message in (
        ({"value": lambda y: -y}, rf"{VALUE}: {name}"),
        ({"value": lambda y: y * OFF}, rf"{VALUE}: {name}"),
        ({"value": lambda y: y * 0}, rf"{VALUE}: {name}"),
        ({"value": lambda y: y[::-1]}, rf"{VALUE}: {name}"),
        ({"value": lambda y: y[:, :1]}, f"{name}: value has shape"),
        ({"gradients": lambda dx: (-dx,)}, rf"{DIFF}: {name}.dx"),
        ({"gradients": lambda dx: (dx * OFF,)}, rf"{DIFF}: {name}.dx"),
        ({"gradients": lambda dx: (dx * 0,)}, rf"{DIFF}: {name}.dx"),
        ({"gradients": lambda dx: (np.roll(dx, 1, axis=0),)}, rf"{DIFF}: {name}.dx"),
        ({"gradients": lambda dx: (np.roll(dx, 1, axis=1),)}, rf"{DIFF}: {name}.dx"),
        ({"gradients": lambda dx: (np.roll(dx, 1, axis=2),)}, rf"{strand}: {name}.dx"),
        ({"gradients": lambda dx: (np.roll(dx, 1, axis=3),)}, rf"{strand}: {name}.dx"),
        ({"gradients": lambda dx: (dx.swapaxes(2, 3),)}, rf"dx has shape|{strand}: {name}.dx"),
        ({"gradients": lambda dx: (None,)}, f"{name}: backward returned None for x"),
        ({"gradients": lambda dx: (dx, None)}, "backward returned 2 gradients"),
        ({"gradients": lambda dx: dx}, "backward returned array"),
    )
]
RESULTS += [
    ("subsample2d", only(key=key, **change), message)
    for key in ("", "crop")
    for change, message in (
        ({"value": lambda z: -z}, VALUE),
        ({"value": lambda z: z * OFF}, VALUE),
        ({"value": lambda z: z[:, ::-1]}, VALUE),
        ({"gradients": lambda dx, dbeta, db: (-dx, dbeta, db)}, rf"{DIFF}: subsample2d.*\.dx"),
        ({"gradients": lambda dx, dbeta, db: (dx * OFF, dbeta, db)}, rf"{DIFF}: .*\.dx"),
        ({"gradients": lambda dx, dbeta, db: (np.roll(dx, 1, 2), dbeta, db)}, rf"{DIFF}: .*\.dx"),
        ({"gradients": lambda dx, dbeta, db: (np.roll(dx, 1, 3), dbeta, db)}, rf"{DIFF}: .*\.dx"),
        ({"gradients": lambda dx, dbeta, db: (dx, dbeta * OFF, db)}, rf"{DIFF}: .*\.dbeta"),
        ({"gradients": lambda dx, dbeta, db: (dx, db, dbeta)}, rf"{DIFF}: .*\.dbeta"),
        ({"gradients": lambda dx, dbeta, db: (dx, dbeta, db * 0)}, rf"{DIFF}: .*\.db"),
        ({"gradients": lambda dx, dbeta, db: (dx, dbeta, None)}, "returned None for b"),
        ({"gradients": lambda dx, dbeta, db: (dx, dbeta)}, "2 gradients, wanted a tuple for"),
    )
]
RESULTS += [
    ("upsample2d", only(**change), message)
    for change, message in (
        ({"value": lambda y: y * OFF}, VALUE),
        ({"value": lambda y: np.roll(y, 1, axis=2)}, VALUE),
        ({"value": lambda y: y[::-1]}, VALUE),
        ({"value": lambda y: y.swapaxes(2, 3)}, "upsample2d: value has shape"),
        ({"gradients": lambda dx: (-dx,)}, DIFF),
        ({"gradients": lambda dx: (dx * OFF,)}, DIFF),
        ({"gradients": lambda dx: (dx / 6,)}, DIFF),
        ({"gradients": lambda dx: (np.roll(dx, 1, axis=1),)}, DIFF),
        ({"gradients": lambda dx: (None,)}, "upsample2d: backward returned None for x"),
    )
]
RESULTS += [
    ("mix_maps", only(**change), message)
    for change, message in (
        ({"value": lambda y: y * OFF}, VALUE),
        ({"value": lambda y: y[:, ::-1]}, ANY),  # equal logits come first: equal maps
        ({"value": lambda y: y[::-1]}, VALUE),
        ({"gradients": lambda dx, dlogits: (-dx, dlogits)}, rf"{DIFF}: mix_maps.dx"),
        ({"gradients": lambda dx, dlogits: (dx[:, ::-1], dlogits)}, rf"{DIFF}: mix_maps.dx"),
        ({"gradients": lambda dx, dlogits: (dx, dlogits * OFF)}, rf"{DIFF}: mix_maps.dlogits"),
        ({"gradients": lambda dx, dlogits: (dx, dlogits.T)}, "mix_maps.dlogits|dlogits has shape"),
        ({"gradients": lambda dx, dlogits: (dx, dlogits + 1)}, rf"{DIFF}: mix_maps.dlogits"),
        ({"gradients": lambda dx, dlogits: (dx, None)}, "returned None for logits"),
    )
]
RESULTS += [
    (name, only(**change), message)
    for name in ("l1_penalty", "entropy_penalty", "impurity_penalty")
    for change, message in (
        ({"value": lambda E: E + 1}, rf"{VALUE}: {name}"),
        ({"value": lambda E: E * OFF}, ANY),
        ({"gradients": lambda da: (-da,)}, ANY),
        ({"gradients": lambda da: (da * OFF,)}, ANY),
        ({"gradients": lambda da: (da + 1,)}, rf"{name}.da"),
        ({"gradients": lambda da: (da * 0,)}, ANY),
        ({"gradients": lambda da: (None,)}, f"{name}: backward returned None for a"),
        ({"gradients": lambda da: (da, da)}, "backward returned 2 gradients"),
    )
]

RESULTS += [
    ("dropout", only(**change), message)
    for change, message in (
        ({"value": lambda y: -y}, rf"{VALUE}: dropout"),
        ({"value": lambda y: y * OFF}, rf"{VALUE}: dropout"),
        ({"value": lambda y: y * 0}, rf"{VALUE}: dropout"),
        ({"value": lambda y: y[::-1]}, rf"{VALUE}: dropout"),
        ({"gradients": lambda dx: (-dx,)}, rf"{DIFF}: dropout.dx"),
        ({"gradients": lambda dx: (dx * OFF,)}, rf"{DIFF}: dropout.dx"),
        ({"gradients": lambda dx: (dx * 0,)}, rf"{DIFF}: dropout.dx"),
        ({"gradients": lambda dx: (np.roll(dx, 1, axis=1),)}, rf"{DIFF}: dropout.dx"),
        ({"gradients": lambda dx: (None,)}, "dropout: backward returned None for x"),
        ({"gradients": lambda dx: (dx, None, None)}, "backward returned 3 gradients"),
    )
]


@pytest.mark.parametrize(("name", "change", "message"), RESULTS)
def test_wrong_results_are_rejected(name, change, message):
    changes, key = change
    op = broken(name, **changes)
    with pytest.raises(Broken, match=message):
        tie(op, case_of(op, key))


def test_every_code_path_is_broken_above():
    broken_paths = {(name, key) for name, (_, key), _ in RESULTS}
    assert broken_paths == {(op.name, case.key) for op in OPS for case in op.cases}


def test_the_unbroken_op_passes_the_same_way():
    op = broken("affine", value=lambda s: s, gradients=lambda dx, dw, db: (dx, dw, db))
    found = tie(op, op.cases[0])
    assert found.verdict.level is Level.EXACT
    assert found.entries == (6 + 4 + 6 + 3) + 4  # s, dx, dw, db at 2x3x2, then one of each


# ------------------------------------------------------------------------ code that is wrong


def without_bias(x, w, b, *, need_dx=True):
    return x @ w.T, lambda ds: (ds @ w, ds.T @ x, 0 * ds.sum(axis=0))


def bias_from_the_wrong_axis(x, w, b, *, need_dx=True):
    return x @ w.T + b, lambda ds: (ds @ w, ds.T @ x, ds.sum(axis=1)[[0, 1, 0]])


def bias_gradient_of_one_sample(x, w, b, *, need_dx=True):
    return x @ w.T + b, lambda ds: (ds @ w, ds.T @ x, ds[0])


def mean_in_backward_only(x, w, b, *, need_dx=True):
    return x @ w.T + b, lambda ds: (ds @ w, ds.T @ x / len(x), ds.sum(axis=0))


def cotangent_forgotten(x, w, b, *, need_dx=True):
    def backward(ds):
        ds = ds * 0 + 1
        return ds @ w, ds.T @ x, ds.sum(axis=0)

    return x @ w.T + b, backward


def softmax_over_samples(s):
    e = np.exp(s)
    return e / e.sum(axis=0), lambda dp: (dp,)


def softmax_diagonal(s):
    e = np.exp(s)
    p = e / e.sum(axis=1, keepdims=True)
    return p, lambda dp: (p * (1 - p) * dp,)


def softmax_without_the_sum(s):
    e = np.exp(s)
    p = e / e.sum(axis=1, keepdims=True)
    return p, lambda dp: (p * dp,)


def softmax_sum_of_dp_alone(s):
    e = np.exp(s)
    p = e / e.sum(axis=1, keepdims=True)
    return p, lambda dp: (p * (dp - dp.sum(axis=1, keepdims=True)),)


def log_softmax_without_the_sum(s):
    e = np.exp(s)
    total = e.sum(axis=1, keepdims=True)
    return s - np.log(total), lambda dy: (dy - dy * e / total,)


def log_softmax_shifted_once(s):
    """The shift comes off the scores, but not off the sum."""
    top = s.max(axis=1, keepdims=True)
    return s - top - np.log(np.exp(s).sum(axis=1, keepdims=True)), lambda dy: (dy,)


def cross_entropy_without_the_sum(s, t, *, reduction="mean"):
    rows, n = np.arange(len(s)), len(s)
    return -s[rows, t].sum() / n, lambda dE: (-np.eye(s.shape[1], dtype=int)[t] * dE / n,)


def cross_entropy_without_1_over_n(s, t, *, reduction="mean"):
    rows, e = np.arange(len(s)), np.exp(s)
    total = e.sum(axis=1)
    onehot = np.eye(s.shape[1], dtype=int)[t]
    loss = (np.log(total) - s[rows, t]).sum() / len(s)
    return loss, lambda dE: ((e / total[:, None] - onehot) * dE,)


def cross_entropy_mean_over_entries(s, t, *, reduction="mean"):
    rows, e = np.arange(len(s)), np.exp(s)
    loss = (np.log(e.sum(axis=1)) - s[rows, t]).sum() / s.size
    return loss, lambda dE: (s * 0,)


def cross_entropy_of_the_next_label(s, t, *, reduction="mean"):
    rows, e = np.arange(len(s)), np.exp(s)
    loss = (np.log(e.sum(axis=1)) - s[rows, (t + 1) % s.shape[1]]).sum() / len(s)
    return loss, lambda dE: (s * 0,)


def cross_entropy_gradient_without_the_label(s, t, *, reduction="mean"):
    rows, e = np.arange(len(s)), np.exp(s)
    total = e.sum(axis=1)
    loss = (np.log(total) - s[rows, t]).sum() / len(s)
    return loss, lambda dE: (e / total[:, None] * dE / len(s),)


def cross_entropy_wrong_where_two_logits_tie(s, t, *, reduction="mean"):
    """Right on almost every input: only the enumeration of orders finds it."""
    rows, e = np.arange(len(s)), np.exp(s)
    total = e.sum(axis=1)
    onehot = np.eye(s.shape[1], dtype=int)[t]
    tied = s.shape[1] > 1 and s[0, 0] == s[0, 1]
    loss = (np.log(total) - s[rows, t]).sum() / len(s)
    return loss, lambda dE: ((e / total[:, None] - onehot) * (2 if tied else 1) * dE / len(s),)


def cross_entropy_wrong_for_one_label(s, t, *, reduction="mean"):
    rows, e = np.arange(len(s)), np.exp(s)
    total = e.sum(axis=1)
    onehot = np.eye(s.shape[1], dtype=int)[t]
    loss = (np.log(total) - s[rows, t]).sum() / len(s)
    wrong = 2 if (t == 2).any() else 1
    return loss, lambda dE: ((e / total[:, None] - onehot) * wrong * dE / len(s),)


def penalty_without_the_half(w, strength):
    return strength * (w * w).sum(), lambda dE: (2 * strength * w * dE,)


def penalty_of_the_norm_gradient_unhalved(w, strength):
    return strength * (w * w).sum() / 2, lambda dE: (2 * strength * w * dE,)


def penalty_without_strength(w, strength):
    return strength * (w * w).sum() / 2, lambda dE: (w * dE,)


def penalty_of_the_first_row(w, strength):
    return strength * (w[0] * w[0]).sum() / 2, lambda dE: (strength * w * dE,)


def penalty_without_the_cotangent(w, strength):
    return strength * (w * w).sum() / 2, lambda dE: (strength * w,)


def relu_with_slope_one_at_the_kink(z):
    return np.maximum(z, 0), lambda dy: (np.where(np.array(z >= 0, dtype=bool), dy, dy - dy),)


def relu_leaky(z):
    up = np.array(z > 0, dtype=bool)
    return np.where(up, z, z / 8), lambda dy: (np.where(up, dy, dy / 8),)


def sigmoid_slope_of_the_value(z):
    y = 1 / (1 + np.exp(-z))
    return y, lambda dy: (dy * y,)


def tanh_slope_without_square(z):
    y = np.tanh(z)
    return y, lambda dy: (dy * (1 - y),)


def softplus_with_slope_of_sigmoid(z):
    y = 1 / (1 + np.exp(-z))
    return np.log(1 + np.exp(z)), lambda dy: (dy * y * (1 - y),)


def squared_error_unhalved(y, t, *, reduction="mean"):
    e = y - t
    return (e * e).sum() / (2 * len(y)), lambda dE: (2 * e * dE / len(y),)


def binary_cross_entropy_times_slope(z, t, *, reduction="mean"):
    """The gradient of the squared error, put behind the cross-entropy: the slope is too much."""
    p = 1 / (1 + np.exp(-z))
    loss = (np.log(1 + np.exp(z)) - t * z).sum() / len(z)
    return loss, lambda dE: ((p - t) * p * (1 - p) * dE / len(z),)


CODE = [
    ("affine", without_bias, VALUE),
    ("affine", bias_from_the_wrong_axis, rf"{DIFF}: affine.db\[0\]"),
    ("affine", bias_gradient_of_one_sample, rf"{DIFF}: affine.db\[0\]"),
    ("affine", mean_in_backward_only, rf"{DIFF}: affine.dw\[0, 0\]"),
    ("affine", cotangent_forgotten, rf"{DIFF}: affine.dx\[0, 0\]"),
    ("softmax", softmax_over_samples, VALUE),
    ("softmax", softmax_diagonal, DIFF),
    ("softmax", softmax_without_the_sum, DIFF),
    ("softmax", softmax_sum_of_dp_alone, DIFF),
    ("log_softmax", log_softmax_without_the_sum, DIFF),
    ("log_softmax", log_softmax_shifted_once, VALUE),
    ("cross_entropy", cross_entropy_without_the_sum, VALUE),
    ("cross_entropy", cross_entropy_without_1_over_n, DIFF),
    ("cross_entropy", cross_entropy_mean_over_entries, VALUE),
    ("cross_entropy", cross_entropy_of_the_next_label, VALUE),
    ("cross_entropy", cross_entropy_gradient_without_the_label, DIFF),
    ("cross_entropy", cross_entropy_wrong_where_two_logits_tie, DIFF),
    ("cross_entropy", cross_entropy_wrong_for_one_label, DIFF),
    ("l2_penalty", penalty_without_the_half, VALUE),
    ("l2_penalty", penalty_of_the_norm_gradient_unhalved, DIFF),
    ("l2_penalty", penalty_without_strength, DIFF),
    ("l2_penalty", penalty_of_the_first_row, VALUE),
    ("l2_penalty", penalty_without_the_cotangent, DIFF),
    ("relu", relu_with_slope_one_at_the_kink, rf"{CONCLUSION}: relu.dz\[0, 0\]"),
    ("relu", relu_leaky, ANY),
    ("sigmoid", sigmoid_slope_of_the_value, DIFF),
    ("tanh", tanh_slope_without_square, DIFF),
    ("softplus", softplus_with_slope_of_sigmoid, DIFF),
    ("squared_error", squared_error_unhalved, DIFF),
    ("binary_cross_entropy", binary_cross_entropy_times_slope, DIFF),
]


@pytest.mark.parametrize(("name", "code", "message"), CODE)
def test_wrong_code_is_rejected(name, code, message):
    op = rewritten(name, code)
    with pytest.raises(Broken, match=message):
        tie(op, op.cases[0])


def test_a_rewritten_op_that_is_right_passes():
    def plain(s):
        e = np.exp(s)
        p = e / e.sum(axis=1, keepdims=True)
        return p, lambda dp: (p * (dp - (p * dp).sum(axis=1, keepdims=True)),)

    op = rewritten("softmax", plain)
    assert tie(op, op.cases[0]).cells == 3  # no shift, no order: one cell for each size


def test_another_conclusion_is_rejected_by_its_own_strand(monkeypatch):
    """Code that agrees with sympy.diff, and a derivation that says something else."""
    op = BY_NAME["l2_penalty"]
    D = derived(op, op.cases[0])
    conclusion = D.conclusions["dw"]
    wrong = conclusion._replace(body=2 * conclusion.body)
    monkeypatch.setitem(D.conclusions, "dw", wrong)
    with pytest.raises(Broken, match=rf"{CONCLUSION}: l2_penalty.dw\[0, 0\]"):
        tie(op, op.cases[0])


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_another_formula_is_rejected_by_the_strand_of_the_value(op, monkeypatch):
    """The right code under a derivation that defines something else."""
    D = derived(op, op.cases[0])
    output = D.output
    monkeypatch.setattr(output, "body", output.body * OFF)
    with pytest.raises(Broken, match=rf"{VALUE}: {op.name}"):
        tie(op, op.cases[0])


# ---------------------------------------------------------- gradients that are not all there


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("affine", only(gradients=lambda dx, dw, db: ()), "0 gradients"),
        ("affine", only(gradients=lambda dx, dw, db: (dx, dw)), "2 gradients"),
        ("affine", only(gradients=lambda dx, dw, db: (dx, dw, db, db)), "4 gradients"),
        ("affine", only(gradients=lambda dx, dw, db: (dx, dw[:1], db)), "shape"),
        ("affine", only(gradients=lambda dx, dw, db: (dx, dw, db[:0])), "shape"),
        ("affine", only(gradients=lambda dx, dw, db: (dx, dw, db[None])), "shape"),
        ("affine", only(gradients=lambda dx, dw, db: (0, dw, db)), "shape"),
        ("affine", only(value=lambda s: s[:1]), "shape"),
        ("softmax", only(value=lambda p: p[:, :1]), "shape"),
        ("cross_entropy", only(gradients=lambda ds: (ds[:, :1],)), "shape"),
        ("cross_entropy", only(gradients=lambda ds: (ds, ds)), "2 gradients"),
        ("cross_entropy", only(value=lambda E: np.array([E])), "shape"),
        ("l2_penalty", only(gradients=lambda dw: ()), "0 gradients"),
    ],
)
def test_gradients_that_are_missing_are_rejected(name, change, message):
    changes, key = change
    op = broken(name, **changes)
    with pytest.raises(Broken, match=message):
        tie(op, case_of(op, key))


def need_dx_ignored(x, w, b, *, need_dx=True):
    return BY_NAME["affine"].forward(x, w, b)


def test_an_entry_that_must_be_none_is_rejected():
    op = rewritten("affine", need_dx_ignored)
    with pytest.raises(Broken, match="wanted None for x"):
        tie(op, case_of(op, "no dx"))


# ------------------------------------------------- cells that only a search to the end visits


def penalty(wrong_value, wrong_gradient=lambda w: False):
    def forward(w, strength):
        value = strength * (w * w).sum() / 2 * (2 if wrong_value(w, strength) else 1)
        return value, lambda dE: (strength * w * dE * (2 if wrong_gradient(w) else 1),)

    return forward


UNSEEN = {
    "a branch in backward": penalty(
        lambda w, _: False, lambda w: w.size > 1 and w[0, 0] == w[0, 1]
    ),
    "a branch behind a branch": penalty(
        lambda w, _: w[0, 0] > 0 and w.size > 1 and w[1, 1] > w[1, 0]
    ),
    "a sign": penalty(lambda w, _: w[0, 0] > 0),
    "a constant": penalty(lambda w, _: w[0, 0] > 1),
    "a scalar": penalty(lambda w, strength: strength > 2),
}


@pytest.mark.parametrize("where", UNSEEN)
def test_code_that_is_wrong_in_one_cell_is_rejected(where):
    op = rewritten("l2_penalty", UNSEEN[where])
    with pytest.raises(Broken, match="l2_penalty"):
        tie(op, op.cases[0])


# ------------------------------------------------------------------- what a trace cannot follow


def with_factor(factor):
    def forward(w, strength):
        return strength * (w * w).sum() * factor, lambda dE: (strength * w * dE,)

    return rewritten("l2_penalty", forward)


@pytest.mark.parametrize("factor", [1 / 3, 0.1, np.float64(1 / 3), np.float32(0.1), 1.0001])
def test_a_float_that_is_no_small_dyadic_is_refused(factor):
    op = with_factor(factor)
    with pytest.raises(TraceError, match="is not the number meant: divide by n instead"):
        tie(op, op.cases[0])


@pytest.mark.parametrize("factor", [0.5, np.float64(0.5), np.float32(0.5), Fraction(1, 2)])
def test_a_half_is_what_it_looks_like(factor):
    op = with_factor(factor)
    assert tie(op, op.cases[0]).entries == 7


def float_conversion(w, strength):
    return strength * np.array([float(v) for v in w.flat]).sum(), lambda dE: (w,)


def cast_to_float64(w, strength):
    return strength * (w.astype(np.float64) ** 2).sum(), lambda dE: (w,)


def float_array_of_zeros(w, strength):
    squares = np.zeros(w.shape)
    squares[...] = w * w
    return strength * squares.sum(), lambda dE: (w,)


def times_a_mask(w, strength):
    return strength * ((w > 0) * w).sum(), lambda dE: (w,)


def plus_a_text(w, strength):
    return strength * (w + "1").sum(), lambda dE: (w,)


def broken_power(w, strength):
    return strength * (w**0.5).sum(), lambda dE: (w,)


def unknown_function(w, strength):
    return strength * np.arctan(w).sum(), lambda dE: (w,)


def logaddexp(w, strength):
    return strength * np.logaddexp(w, w).sum(), lambda dE: (w,)


REFUSED = [
    (float_conversion, TraceError, "must not turn a number into a float; keep the array's dtype"),
    (cast_to_float64, TraceError, "must not turn a number into a float"),
    (float_array_of_zeros, TraceError, "must not turn a number into a float"),
    (times_a_mask, TypeError, r"unsupported operand type\(s\) for \*: 'bool' and 'Traced'"),
    (plus_a_text, TypeError, "Traced|ufunc"),
    (broken_power, TraceError, "a traced power wants a whole exponent, got 0.5"),
    (unknown_function, TypeError, "no callable arctan method"),
    (logaddexp, TypeError, "logaddexp"),
]


@pytest.mark.parametrize(("code", "error", "message"), REFUSED)
def test_code_that_leaves_the_trace_is_refused(code, error, message):
    op = rewritten("l2_penalty", code)
    with pytest.raises(error, match=message):
        tie(op, op.cases[0])


def traced(name, witness):
    return Traced(sympy.Symbol(name, real=True), Fraction(witness), Path())


@pytest.mark.parametrize("other", ["1", None, [1], 1j, object()])
def test_a_traced_number_is_compared_with_numbers_only(other):
    with pytest.raises(TraceError, match="cannot be compared with"):
        _ = traced("a", 1) < other


def test_a_traced_number_has_no_hash():
    with pytest.raises(TypeError, match="unhashable type: 'Traced'"):
        hash(traced("a", 1))


def test_comparisons_are_recorded_as_the_path():
    path = Path()
    a, b = (Traced(sympy.Symbol(n, real=True), Fraction(w), path) for n, w in (("a", 1), ("b", 2)))
    assert a < b
    assert not a == b
    assert max(a, b) is b
    assert abs(a - b).expression == -(a - b).expression
    assert path.cell == ("a - b < 0", "-a + b > 0")


def test_two_witnesses_that_are_nearly_equal_are_not_told_apart_by_guess():
    a = traced("a", 1)
    b = Traced(sympy.Symbol("b", real=True), Fraction(1) + Fraction(1, 10**50), a.path)
    assert a < b  # fractions are exact, however near
    with pytest.raises(TraceError, match="the witness does not decide the sign"):
        _ = a.exp() < b.exp()


def test_too_many_compared_entries_are_refused():
    op = dataclasses.replace(BY_NAME["softmax"], sizes=({"N": 1, "K": 5},))
    with pytest.raises(ValueError, match="softmax: 5 compared entries; choose smaller sizes"):
        tie(op, op.cases[0])


A, B = sympy.symbols("a b", real=True)


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        (sympy.exp(A + B) - sympy.exp(A) * sympy.exp(B), True),
        (sympy.log(sympy.exp(A) + sympy.exp(B)) - A - sympy.log(1 + sympy.exp(B - A)), True),
        ((A**2 - B**2) / (A - B) - A - B, True),
        (sympy.log(2 * sympy.exp(A)) - A - sympy.log(2), True),
        (sympy.exp(A + B) - sympy.exp(A) - sympy.exp(B), False),
        (sympy.log(sympy.exp(A) + sympy.exp(B)) - A - sympy.log(1 + sympy.exp(A - B)), False),
        (A - B, False),
        (sympy.log(A**2 + 1) - 2 * sympy.log(A), False),
        (sympy.Rational(1, 10**30), False),
    ],
)
def test_vanishing(expression, wanted):
    assert vanishes(expression) is wanted


def test_checks_of_arguments_run_on_traced_arrays_too():
    array = np.array([[traced("a", 1), traced("b", 2)]], object)
    assert check("op", {"s": "n k"}, s=array) == {"n": 1, "k": 2}
    assert cotangent("op", "dy", array, (1, 2), array.dtype) is array
