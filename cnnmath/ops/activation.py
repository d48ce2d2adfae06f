"""Activations, elementwise.  relu, sigmoid, tanh, scaled_tanh, softplus.  Source: 002 eq. 4.6-4.8, 000
section 2.1.  Chapter 02."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnmath.ops.arrays import check_array, cotangent, kept
from cnnmath.ops.record import Case, Op

AXES = {"z": "n d"}


def relu(z: Any) -> Any:
    """Rectified linear unit, and its backward function.

    y = max(0, z) = 1{z > 0} z, any shape;  ``backward(dy)`` returns ``(dz,)``: dz = 1{z > 0} dy.
    Kink: relu'(0) = 0. NaN and infinity propagate. Raises TypeError, ShapeError (empty z).
    Source: 002 eq. 4.6, 4.7, 4.34.
    """
    check_array("relu", "z", z)
    active = np.array(z > 0, dtype=bool)

    def backward(dy: Any) -> tuple[Any]:
        dy = cotangent("relu.backward", "dy", dy, z.shape, z.dtype)
        return (kept(dy, active),)

    return np.maximum(z, 0), backward


def sigmoid(z: Any) -> Any:
    """Logistic sigmoid, and its backward function.

    y = 1/(1 + e^-z), any shape;  ``backward(dy)`` returns ``(dz,)``: dz = y (1 - y) dy, computed as
    e^-|z| / (1 + e^-|z|)^2: no overflow, and no digit is lost where y is near 1.
    Raises TypeError, ShapeError (empty z). Source: 002 eq. 4.8.
    """
    check_array("sigmoid", "z", z)
    e = np.exp(-abs(z))
    y = np.where(np.array(z >= 0, dtype=bool), e - e + 1, e) / (1 + e)

    def backward(dy: Any) -> tuple[Any]:
        dy = cotangent("sigmoid.backward", "dy", dy, z.shape, z.dtype)
        return (dy * (e / ((1 + e) * (1 + e))),)

    return y, backward


def tanh(z: Any) -> Any:
    """Hyperbolic tangent, and its backward function.

    y = tanh z, any shape;  ``backward(dy)`` returns ``(dz,)``: dz = (1 - y^2) dy, computed as
    4 e^-2|z| / (1 + e^-2|z|)^2, which loses no digit where y is near 1.
    Raises TypeError, ShapeError (empty z). Source: 000 section 2.1.
    """
    check_array("tanh", "z", z)

    def backward(dy: Any) -> tuple[Any]:
        dy = cotangent("tanh.backward", "dy", dy, z.shape, z.dtype)
        return (dy * tanh_slope(z),)

    return np.tanh(z), backward


def scaled_tanh(z: Any) -> Any:
    """LeCun's scaled hyperbolic tangent, y(1) is about 1, and its backward function.

    y = 1.7159 tanh(2z/3), any shape;  ``backward(dy)`` returns ``(dz,)``:
    dz = 1.7159 * 2/3 (1 - tanh(2z/3)^2) dy.
    Raises TypeError, ShapeError (empty z). Source: 000 section 2.1.
    """
    check_array("scaled_tanh", "z", z)

    def backward(dy: Any) -> tuple[Any]:
        dy = cotangent("scaled_tanh.backward", "dy", dy, z.shape, z.dtype)
        return (dy * (17159 * tanh_slope(2 * (z / 3)) / 15000),)

    return 17159 * np.tanh(2 * (z / 3)) / 10000, backward


def softplus(z: Any) -> Any:
    """Smooth version of the relu, and its backward function.

    y = log(1 + e^z), any shape, computed as max(0, z) + log(1 + e^-|z|): no overflow.
    ``backward(dy)`` returns ``(dz,)``: dz = dy / (1 + e^-z), the sigmoid.
    Raises TypeError, ShapeError (empty z). Source: 003 section 1.11 (as the smooth relu).
    """
    check_array("softplus", "z", z)
    slope, _ = sigmoid(z)

    def backward(dy: Any) -> tuple[Any]:
        dy = cotangent("softplus.backward", "dy", dy, z.shape, z.dtype)
        return (dy * slope,)

    return np.maximum(z, 0) + np.log1p(np.exp(-abs(z))), backward


def tanh_slope(z: Any) -> Any:
    """1 - tanh(z)^2 without cancellation."""
    e = np.exp(-abs(z))  # squared below: twice z may exceed the dtype
    return 4 * (e * e) / ((1 + e * e) * (1 + e * e))


def elementwise_derivation(
    name: str, slope: Callable[[Any, Any], Any], steps: Callable[..., None]
) -> Any:
    """The derivation of an elementwise op: dy[n,d]/dz[n,d], then times the gradient that arrives."""

    def derivation(D: Any) -> None:
        N, Dd = D.sizes("N D")
        n, d = D.indices(n=N, d=Dd)
        z, dy = D.tensor("z", N, Dd), D.tensor("dy", N, Dd, tex=r"\mathrm{dy}")
        n1, d1 = n.prime, d.prime
        y = D.define("y", (n, d), VALUES[name](D, z[n, d]))
        with D.chain("slope", of=y[n, d], wrt=z[n, d]) as c:
            steps(c, D, z[n, d], y[n, d])
        E = D.define("E", (), D.Sum((n1, d1), dy[n1, d1] * y[n1, d1]), because="pseudo-loss")[()]
        with D.chain("dz", of=E, wrt=z[n, d]) as c:
            c.line("own", dy[n, d] * D.diff(y[n, d], z[n, d]), because="z[n,d] enters y[n,d] only")
            c.line("slope", dy[n, d] * slope(D, z[n, d]), because=f"{name}.slope")
        D.returns(y, upstream=dy)
        D.concludes(dz=(z[n, d], dy[n, d] * slope(D, z[n, d])))

    return derivation


VALUES: dict[str, Callable[[Any, Any], Any]] = {
    "relu": lambda D, z: D.step(z) * z,
    "sigmoid": lambda D, z: 1 / (1 + D.exp(-z)),
    "tanh": lambda D, z: (D.exp(z) - D.exp(-z)) / (D.exp(z) + D.exp(-z)),
    "scaled_tanh": lambda D, z: D.fraction(17159, 10000) * D.tanh(D.fraction(2, 3) * z),
    "softplus": lambda D, z: D.log(1 + D.exp(z)),
}


def _relu_steps(c: Any, D: Any, z: Any, y: Any) -> None:
    c.line(
        "step",
        D.step(z),
        because="slope 1 where z > 0, slope 0 elsewhere; relu'(0) = 0 is a convention",
    )


def _sigmoid_steps(c: Any, D: Any, z: Any, y: Any) -> None:
    c.line("quotient", D.exp(-z) / (1 + D.exp(-z)) ** 2, because="derivative of a reciprocal")
    c.line("value", y * (1 - y), because="1 - y = e^-z/(1 + e^-z)")


def _tanh_steps(c: Any, D: Any, z: Any, y: Any) -> None:
    c.line(
        "quotient", 4 / (D.exp(z) + D.exp(-z)) ** 2, because="quotient rule; the mixed terms remain"
    )
    c.line("value", 1 - y**2, because="cosh^2 - sinh^2 = 1")


def _scaled_tanh_steps(c: Any, D: Any, z: Any, y: Any) -> None:
    inner = D.tanh(D.fraction(2, 3) * z)
    c.line(
        "chain", D.fraction(17159, 15000) * (1 - inner**2), because="chain rule with the slope 2/3"
    )
    c.line(
        "value",
        D.fraction(17159, 15000) - D.fraction(20000, 51477) * y**2,
        because="in terms of the output",
    )


def _softplus_steps(c: Any, D: Any, z: Any, y: Any) -> None:
    c.line("log", D.exp(z) / (1 + D.exp(z)), because="derivative of log")
    c.line("sigmoid", D.sigmoid(z), because="divide by e^z above and below")


def _op(function: Callable[..., Any], slope: Any, steps: Any, kinks: str | None, source: str) -> Op:
    derivation = elementwise_derivation(function.__name__, slope, steps)
    sizes = ({"N": 1, "D": 2}, {"N": 2, "D": 1}, {"N": 1, "D": 1})
    return Op(function, AXES, cases=(Case(derivation),), sizes=sizes, kinks=kinks, source=source)


RELU = _op(relu, lambda D, z: D.step(z), _relu_steps, "relu'(0) = 0", "zhang-4.7")
SIGMOID = _op(
    sigmoid, lambda D, z: D.sigmoid(z) * (1 - D.sigmoid(z)), _sigmoid_steps, None, "zhang-4.8"
)
TANH = _op(tanh, lambda D, z: 1 - D.tanh(z) ** 2, _tanh_steps, None, "bouvrie-2.1-e")
SCALED_TANH = _op(
    scaled_tanh,
    lambda D, z: D.fraction(17159, 15000) * (1 - D.tanh(D.fraction(2, 3) * z) ** 2),
    _scaled_tanh_steps,
    None,
    "bouvrie-2.1-g",
)
SOFTPLUS = _op(softplus, lambda D, z: D.sigmoid(z), _softplus_steps, None, "ng-1.11-b")
