"""The ways to compute one convolution, and "auto", which takes for each of the three the cheapest.

Each is three functions: the value without a bias, and the gradients by x and by w; nothing is kept from one
to the other, so that two calls never share anything. All compute what conv2d's derivation says.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from cnnmath.ops.conv_blocked import blocked_dw, blocked_dx, blocked_value, scattered_dx
from cnnmath.ops.conv_cost import Layer, cheapest
from cnnmath.ops.conv_fft import fft_dw, fft_dx, fft_refuses, fft_value
from cnnmath.ops.conv_im2col import im2col_dw, im2col_dx, im2col_value
from cnnmath.ops.conv_winograd import winograd_dw, winograd_dx, winograd_refuses, winograd_value
from cnnmath.ops.windows import Windows


def takes_all(geometry: Windows, dtype: Any) -> str:
    """Nothing is refused."""
    return ""


class Method(NamedTuple):
    """``value(x, w, geometry)``, ``dx(dz, w, geometry)``, ``dw(x, dz, geometry)``; ``refuses(geometry,
    dtype)`` says what is wanted and what was got, or nothing where the method applies."""

    value: Callable[[Any, Any, Windows], Any]
    dx: Callable[[Any, Any, Windows], Any]
    dw: Callable[[Any, Any, Windows], Any]
    refuses: Callable[[Windows, Any], str] = takes_all


METHODS = {
    "blocked": Method(blocked_value, blocked_dx, blocked_dw),
    "im2col": Method(im2col_value, im2col_dx, im2col_dw),
    "fft": Method(fft_value, fft_dx, fft_dw, fft_refuses),
    "winograd": Method(winograd_value, winograd_dx, winograd_dw, winograd_refuses),
}


# what "auto" chooses from, part by part
WAYS = {**METHODS, "scattered": METHODS["blocked"]._replace(dx=scattered_dx)}


def automatic_value(x: Any, w: Any, geometry: Windows) -> Any:
    """By the way whose work has the lowest price; so the two below."""
    return _cheapest("value", x, w.shape, geometry).value(x, w, geometry)


def automatic_dx(dz: Any, w: Any, geometry: Windows) -> Any:
    return _cheapest("dx", dz, w.shape, geometry).dx(dz, w, geometry)


def automatic_dw(x: Any, dz: Any, geometry: Windows) -> Any:
    return _cheapest("dw", x, (dz.shape[1], x.shape[1]), geometry).dw(x, dz, geometry)


AUTOMATIC = Method(automatic_value, automatic_dx, automatic_dw)


def _cheapest(part: str, maps: Any, kernels: tuple[int, ...], geometry: Windows) -> Method:
    """``maps`` for their number and dtype; ``kernels`` (o, c, ...)."""
    O, C = kernels[:2]  # noqa: E741
    layer = Layer(len(maps), C, O, geometry, maps.itemsize)
    return WAYS[cheapest(part, layer, _applicable(geometry, maps.dtype))]


@lru_cache(maxsize=4096)
def _applicable(geometry: Windows, dtype: Any) -> frozenset[str]:
    return frozenset(name for name, way in WAYS.items() if not way.refuses(geometry, dtype))


def method_for(op: str, method: Any, geometry: Windows, dtype: Any) -> Method:
    """The method of that name.

    ValueError for a name that there is not, and for a method that does not apply, with those that do.
    """
    if method == "auto":
        return AUTOMATIC
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(f"{op}: method is {method!r}; wanted one of {_listed(METHODS)}")
    refusal = METHODS[method].refuses(geometry, dtype)
    if refusal:
        others = [name for name, each in METHODS.items() if not each.refuses(geometry, dtype)]
        raise ValueError(f"{op}: method='{method}' {refusal}; these apply: {_listed(others)}")
    return METHODS[method]


def _listed(names: Any) -> str:
    return ", ".join(f'"{name}"' for name in ("auto", *names))
