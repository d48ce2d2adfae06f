"""The ways to compute one convolution, and which of them is meant by "auto".

Each is three functions: the value without a bias, and the gradients by x and by w; nothing is kept from one
to the other, so that two calls never share anything. All compute what conv2d's derivation says.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from cnnmath.ops.conv_blocked import blocked_dw, blocked_dx, blocked_value
from cnnmath.ops.conv_im2col import im2col_dw, im2col_dx, im2col_value
from cnnmath.ops.windows import Windows


class Method(NamedTuple):
    """``value(x, w, geometry)``, ``dx(dz, w, geometry)``, ``dw(x, dz, geometry)``."""

    value: Callable[[Any, Any, Windows], Any]
    dx: Callable[[Any, Any, Windows], Any]
    dw: Callable[[Any, Any, Windows], Any]


METHODS = {
    "blocked": Method(blocked_value, blocked_dx, blocked_dw),
    "im2col": Method(im2col_value, im2col_dx, im2col_dw),
}


def method_for(op: str, method: Any) -> Method:
    """The method of that name; "auto" is the fastest one. ValueError names those that there are."""
    if method == "auto":
        return METHODS["blocked"]
    if not isinstance(method, str) or method not in METHODS:
        names = ", ".join(f'"{name}"' for name in ("auto", *METHODS))
        raise ValueError(f"{op}: method is {method!r}; wanted one of {names}")
    return METHODS[method]
