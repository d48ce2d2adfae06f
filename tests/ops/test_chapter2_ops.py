"""Activations and losses of chapter 2: kinks, extremes, wrong input."""

import numpy as np
import pytest

from cnnmath import (
    ShapeError,
    binary_cross_entropy,
    relu,
    scaled_tanh,
    sigmoid,
    softplus,
    squared_error,
    tanh,
)

ELEMENTWISE = (relu, sigmoid, tanh, scaled_tanh, softplus)
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@both_dtypes
def test_relu_at_the_kink_has_slope_zero(dtype):
    y, backward = relu(np.array([[-1.0, -0.0, 0.0, 2.0]], dtype))
    assert y.tolist() == [[0, 0, 0, 2]]
    assert backward(3)[0].tolist() == [[0, 0, 0, 3]]
    assert y.dtype == backward(3)[0].dtype == dtype


def test_nan_is_not_hidden_by_a_relu():
    assert np.isnan(relu(np.array([[np.nan]]))[0]).all()


@both_dtypes
@pytest.mark.parametrize("op", ELEMENTWISE)
def test_extremes_give_limits_without_a_warning(op, dtype):
    largest = float(np.finfo(dtype).max)
    z = np.array([[-largest, -1e4, 0, 1e4, largest]], dtype)
    y, backward = op(z)
    (dz,) = backward(1)
    limits = {relu: (0, largest), sigmoid: (0, 1), tanh: (-1, 1), softplus: (0, largest)}
    low, high = limits.get(op, (dtype(-1.7159), dtype(1.7159)))
    assert (y[0, 0], y[0, -1]) == (low, high)
    slope = 1 if op in (relu, softplus) else 0
    assert (dz[0, 0], dz[0, -1]) == (0, slope)
    assert np.isfinite(dz).all()


def test_known_values():
    one = np.array([[0.0]])
    assert sigmoid(one)[0][0, 0] == 0.5 and sigmoid(one)[1](1)[0][0, 0] == 0.25
    assert softplus(one)[0][0, 0] == np.log(2) and softplus(one)[1](1)[0][0, 0] == 0.5
    assert scaled_tanh(np.array([[1.0]]))[0][0, 0] == pytest.approx(1.7159 * np.tanh(2 / 3))


def test_the_slope_of_a_saturated_unit_keeps_its_digits():
    """1 - y is 0 in floats long before the slope is."""
    z = np.array([[40.0, -40.0]])
    for op, factor in ((sigmoid, 1), (tanh, 4)):
        _, backward = op(z)
        scale = 1 if op is sigmoid else 2
        assert backward(1)[0] == pytest.approx(
            np.full((1, 2), factor * np.exp(-40.0 * scale)), rel=1e-14
        )


@pytest.mark.parametrize("op", ELEMENTWISE)
def test_any_shape_will_do(op):
    z = np.linspace(-2, 2, 24).reshape(2, 3, 2, 2)
    y, backward = op(z)
    flat, flat_backward = op(z.reshape(2, 12))
    assert np.array_equal(y.reshape(2, 12), flat)
    assert np.array_equal(backward(1)[0].reshape(2, 12), flat_backward(1)[0])


@both_dtypes
def test_binary_cross_entropy_of_confident_logits(dtype):
    z, t = np.array([[80.0, -80.0]], dtype), np.array([[1.0, 0.0]], dtype)
    loss, backward = binary_cross_entropy(z, t)
    assert loss == pytest.approx(2 * np.exp(-80.0), rel=1e-5)
    assert backward(1)[0] == pytest.approx(np.array([[-np.exp(-80.0), np.exp(-80.0)]]), rel=1e-5)
    wrong, _ = binary_cross_entropy(z, 1 - t)
    assert wrong == pytest.approx(160)


Z, T = np.zeros((2, 3)), np.full((2, 3), 0.5)
REFUSED = [
    (lambda: squared_error(Z, T[:1]), ShapeError, r"squared_error: axis n of t is 1, but 2 in y"),
    (lambda: squared_error(Z, T[:, 0]), ShapeError, r"squared_error: t has 1 axes"),
    (
        lambda: squared_error(Z, T.astype(np.float32)),
        TypeError,
        r"squared_error: .* share one dtype",
    ),
    (lambda: squared_error(Z, T.astype(int)), TypeError, r"squared_error: t has dtype int64"),
    (
        lambda: squared_error(Z, T, reduction="none"),
        ValueError,
        r"squared_error: reduction is 'none'",
    ),
    (lambda: binary_cross_entropy(Z, T + 1), ValueError, r"t\[0, 0\] is 1.5; wanted 0 <= t <= 1"),
    (lambda: binary_cross_entropy(Z, T * np.nan), ValueError, r"t\[0, 0\] is nan"),
    (lambda: binary_cross_entropy(Z + np.inf, T), ValueError, r"z\[0, 0\] is inf; wanted finite"),
    (
        lambda: binary_cross_entropy(Z, T, reduction=1),
        ValueError,
        r"binary_cross_entropy: reduction is 1",
    ),
    (lambda: relu([1.0]), TypeError, r"relu: z must be a NumPy array, got list"),
    (lambda: sigmoid(np.array([1, 2])), TypeError, r"sigmoid: z has dtype int64"),
    (lambda: tanh(np.zeros((0, 2))), ShapeError, r"tanh: z is empty"),
    (
        lambda: softplus(Z)[1](np.zeros((3, 2))),
        ShapeError,
        r"softplus.backward: dy has shape \(3, 2\)",
    ),
    (
        lambda: scaled_tanh(Z)[1](Z.astype(np.float32)),
        TypeError,
        r"scaled_tanh.backward: dy has dtype",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED)
def test_wrong_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
