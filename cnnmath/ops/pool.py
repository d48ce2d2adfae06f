"""Pooling: one number per window of each map.  max_pool2d, mean_pool2d, sum_pool2d.

y[n,c,i,j] = max, mean or sum over p, q of x[n,c, S i + p - Z, S j + q - Z].
Source: 002 eq. 5.20, 5.35; 003 section 1.8; 000 section 3.1.2.  Chapter 03.
"""

from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from cnnmath.ops.arrays import check, cotangent, kept, picked
from cnnmath.ops.record import Case, Op
from cnnmath.ops.window_letters import declare_windows, trace_sizes
from cnnmath.ops.windows import Windows, pad, pair, windows

AXES = {"x": "n c u v"}


def max_pool2d(x: Any, size: Any, *, stride: Any = None, padding: Any = 0) -> Any:
    """Largest entry of each window, and its backward function.

    y[n,c,i,j] = max_{p,q} x[n,c, S i + p - Z, S j + q - Z] over the entries inside x (the border counts as
    -inf); x (n, c, u, v) -> y (n, c, i, j), I = floor((U + 2 Z - P)/S) + 1. ``size``, ``stride``
    (default: size) and ``padding`` (at most size/2) are ints or pairs.
    ``backward(dy)`` returns ``(dx,)``: each dy goes to the place of its maximum, and where windows
    overlap the shares add up. Kink: of equal entries the first in row-major order takes all.
    NaN propagates (and takes the gradient). Raises ShapeError, ValueError, TypeError. Source: 002 eq. 5.20.
    """
    geometry = _geometry("max_pool2d", x, size, stride, padding)
    y, route = _largest(x, geometry)
    shape = y.shape

    def backward(dy: Any) -> tuple[Any]:
        dy = cotangent("max_pool2d.backward", "dy", dy, shape, x.dtype)
        shares = (kept(dy, route == k) for k in range(1, 1 + geometry.entries))
        return (_scatter(shares, x, geometry),)

    return y, backward


def mean_pool2d(x: Any, size: Any, *, stride: Any = None, padding: Any = 0) -> Any:
    """Mean of each window, and its backward function.

    y[n,c,i,j] = 1/(P Q) sum_{p,q} x[n,c, S i + p - Z, S j + q - Z]; the zeros of the border count.
    Shapes and arguments as ``max_pool2d``. ``backward(dy)`` returns ``(dx,)``: each dy is divided
    equally among its window, shares of overlapping windows add up.
    Raises ShapeError, ValueError, TypeError. Source: 003 section 1.8.
    """
    return _sum_windows("mean_pool2d", x, size, stride, padding, mean=True)


def sum_pool2d(x: Any, size: Any, *, stride: Any = None, padding: Any = 0) -> Any:
    """Sum of each window, and its backward function.

    y[n,c,i,j] = sum_{p,q} x[n,c, S i + p - Z, S j + q - Z], zero outside x. Shapes and arguments as
    ``max_pool2d``. ``backward(dy)`` returns ``(dx,)``: every entry of a window gets the whole dy.
    Raises ShapeError, ValueError, TypeError. Source: 000 section 3.1.2.
    """
    return _sum_windows("sum_pool2d", x, size, stride, padding, mean=False)


def _sum_windows(op: str, x: Any, size: Any, stride: Any, padding: Any, mean: bool) -> Any:
    geometry = _geometry(op, x, size, stride, padding)
    padded, entries = pad(x, geometry), int(np.prod(geometry.kernel)) if mean else 1
    divisor = Fraction(entries) if x.dtype == object else entries  # int/int would be a float
    y = np.zeros((*x.shape[:2], *geometry.output), x.dtype)
    for _, _, rows, columns in geometry:
        y += padded[..., rows, columns]

    def backward(dy: Any) -> tuple[Any]:
        dy = cotangent(f"{op}.backward", "dy", dy, y.shape, x.dtype)
        share = dy / divisor
        return (_scatter((share for _ in geometry), x, geometry),)

    return y / divisor, backward


def _geometry(op: str, x: Any, size: Any, stride: Any, padding: Any) -> Windows:
    check(op, AXES, x=x)
    size = pair(op, "size", size, 1)
    geometry = windows(op, x.shape[2:], size, size if stride is None else stride, padding)
    for axis, p, z in zip("uv", geometry.kernel, geometry.padding, strict=True):
        if 2 * z > p:
            raise ValueError(
                f"{op}: axis {axis}: padding is {z}, wanted at most half of the window, {p}/2: "
                "every window sees the input"
            )
    return geometry


def _largest(x: Any, geometry: Windows) -> tuple[Any, Any]:
    """The largest entry of each window, and its number in the window, from 1 in row-major order.

    0 is for windows that saw only the border so far. Of equal entries the first one counts, of NaN the last.
    """
    bordered = geometry.padding != (0, 0)
    has_nan = x.dtype != object and bool(np.isnan(x).any())
    padded = pad(x, geometry, -np.inf) if bordered else x
    inside = pad(np.ones(x.shape, bool), geometry, False) if bordered else None
    shape = (*x.shape[:2], *geometry.output)
    y = np.full(shape, -np.inf, x.dtype)
    route = np.zeros(shape, np.min_scalar_type(-geometry.entries))
    for k, (_, _, rows, columns) in enumerate(geometry, start=1):
        entry = np.ascontiguousarray(padded[..., rows, columns])
        chosen = np.array(entry > y, dtype=bool)
        if has_nan:
            chosen |= np.isnan(entry)
        if k == 1 or bordered:
            chosen |= route == 0
        if inside is not None:
            chosen &= inside[..., rows, columns]
        route = np.maximum(route, chosen * route.dtype.type(k))
        y = picked(chosen, entry, y)
    return y, route


def _scatter(shares: Any, x: Any, geometry: Windows) -> Any:
    """Add the share of each window entry to the input entry it came from; the border is cut off."""
    padded = np.zeros((*x.shape[:2], *geometry.padded), x.dtype)
    apart = all(s >= p for s, p in zip(geometry.stride, geometry.kernel, strict=True))
    for (_, _, rows, columns), share in zip(geometry, shares, strict=True):
        if apart:  # every entry gets one share at most
            padded[..., rows, columns] = share
        else:
            padded[..., rows, columns] += share
    return np.ascontiguousarray(padded[(..., *geometry.inside)])


def max_pool2d_derivation(D: Any) -> None:
    """Routing: each window passes its gradient to the place of its (first) largest entry."""
    sizes, x, xp, row, column = declare_windows(D, "C", dilated=False)
    n, c, i, j, p, q, u, v, dy = _letters(D, sizes)
    i1, j1, p1, q1 = (index.prime for index in (i, j, p, q))
    window = D.define(
        "window",
        (n, c, i, j, p, q),
        xp[n, c, row(i, p), column(j, q)],
        tex=r"\mathrm{window}",
        because="what the window at i, j sees",
    )
    rows, columns = row(i, p) - sizes["Z1"], column(j, q) - sizes["Z2"]
    inside = D.inside(rows, sizes["U"]) * D.inside(columns, sizes["V"])
    r = D.routing("r", window, 2, inside)
    y = D.define("y", (n, c, i, j), D.Sum((p, q), r[n, c, i, j, p, q] * window[n, c, i, j, p, q]))
    E = _pseudo_loss(D, y, dy)
    here = D.delta(row(i1, p1) - sizes["Z1"], u) * D.delta(column(j1, q1) - sizes["Z2"], v)
    routed = D.Sum((i1, j1, p1, q1), dy[n, c, i1, j1] * r[n, c, i1, j1, p1, q1] * here)
    P1, Q1 = u + sizes["Z1"] - sizes["S1"] * i1, v + sizes["Z2"] - sizes["S2"] * j1
    seen = D.inside(P1, sizes["P"]) * D.inside(Q1, sizes["Q"])
    dx = D.Sum((i1, j1), dy[n, c, i1, j1] * r[n, c, i1, j1, P1, Q1] * seen)
    with D.chain("dx", of=E, wrt=x[n, c, u, v]) as chain:
        chain.line("routing", routed, because="r is constant near x; windows that overlap add up")
        chain.line("sift", dx, because="at most one p', q' of each window lies on u, v")
    D.returns(y, upstream=dy)
    D.concludes(dx=(x[n, c, u, v], dx))


def sum_windows_derivation(D: Any, mean: bool) -> None:
    """Every entry of a window gets the window's gradient, for the mean divided by P Q."""
    sizes, x, xp, row, column = declare_windows(D, "C", dilated=False)
    n, c, i, j, p, q, u, v, dy = _letters(D, sizes)
    i1, j1, p1, q1 = (index.prime for index in (i, j, p, q))
    share = 1 / (sizes["P"] * sizes["Q"]) if mean else 1

    def scaled(body: Any) -> Any:
        return share * body if mean else body

    y = D.define("y", (n, c, i, j), scaled(D.Sum((p, q), xp[n, c, row(i, p), column(j, q)])))
    E = _pseudo_loss(D, y, dy)
    here = D.delta(row(i1, p1) - sizes["Z1"], u) * D.delta(column(j1, q1) - sizes["Z2"], v)
    P1, Q1 = u + sizes["Z1"] - sizes["S1"] * i1, v + sizes["Z2"] - sizes["S2"] * j1
    seen = D.inside(P1, sizes["P"]) * D.inside(Q1, sizes["Q"])
    dx = scaled(D.Sum((i1, j1), dy[n, c, i1, j1] * seen))
    with D.chain("dx", of=E, wrt=x[n, c, u, v]) as chain:
        chain.line(
            "windows",
            scaled(D.Sum((i1, j1, p1, q1), dy[n, c, i1, j1] * here)),
            because="x[n,c,u,v] counts once in every window that sees it",
        )
        chain.line("sift", dx, because="window i', j' sees u, v through at most one p', q'")
    D.returns(y, upstream=dy)
    D.concludes(dx=(x[n, c, u, v], dx))


def _letters(D: Any, sizes: dict[str, Any]) -> tuple[Any, ...]:
    letters = {letter: sizes[letter.upper()] for letter in "ijpquv"}
    dy = D.tensor("dy", *(sizes[name] for name in "NCIJ"), tex=r"\mathrm{dy}")
    return (D.letter("n"), D.letter("c"), *D.indices(**letters), dy)


def _pseudo_loss(D: Any, y: Any, dy: Any) -> Any:
    n, c, i, j = (index.prime for index in y.params)
    body = D.Sum((n, c, i, j), dy[n, c, i, j] * y[n, c, i, j])
    return D.define("E", (), body, because="pseudo-loss")[()]


_OPTIONS = {"size": ("P", "Q"), "stride": ("S1", "S2"), "padding": ("Z1", "Z2")}


def _sizes(*given: dict[str, Any]) -> tuple[dict[str, int], ...]:
    return tuple(trace_sizes("C", dilated=False, **each) for each in given)


MAX_POOL2D = Op(
    max_pool2d,
    AXES,
    cases=(Case(max_pool2d_derivation, options=_OPTIONS),),
    sizes=_sizes(
        {},
        {"P": 2, "Q": 2, "S": (2, 2)},
        {"J": 2, "Q": 2, "R": (0, 0)},
        {"J": 2, "Q": 2, "S": (1, 2), "R": (0, 1), "Z": (0, 1)},
        {"N": 2, "C": 2, "S": (2, 1), "R": (1, 0)},
        {"I": 2, "P": 2, "S": (2, 1), "Z": (1, 0)},
    ),
    kinks="equal largest entries: the first in row-major order gets the gradient",
    source="zhang-5.20",
)

_SUMMED = _sizes(
    {},
    {"N": 2, "C": 2, "I": 2, "P": 2, "Q": 3, "S": (2, 3)},
    {"I": 3, "J": 2, "P": 2, "Q": 2, "S": (1, 2), "R": (0, 1), "Z": (1, 1)},
)

MEAN_POOL2D = Op(
    mean_pool2d,
    AXES,
    cases=(Case(partial(sum_windows_derivation, mean=True), options=_OPTIONS),),
    sizes=_SUMMED,
    kinks=None,
    source="ng-1.8-d",
)

SUM_POOL2D = Op(
    sum_pool2d,
    AXES,
    cases=(Case(partial(sum_windows_derivation, mean=False), options=_OPTIONS),),
    sizes=_SUMMED,
    kinks=None,
    source="bouvrie-3.1.2-a",
)
