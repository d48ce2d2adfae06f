"""The same entries at other places: flatten, rot180.  Source: 003 section 1.7; 001.  Chapter 03."""

from typing import Any

from cnnmath.ops.arrays import ShapeError, check_array, cotangent
from cnnmath.ops.record import Case, Op

AXES = {"x": "n c u v"}


def flatten(x: Any) -> Any:
    """One row per sample, and its backward function.

    y[n, (c U + u) V + v] = x[n,c,u,v]; x (n, c, u, v) -> y (n, c u v), row-major, a copy; any rank
    from 2 on. ``backward(dy)`` returns ``(dx,)``: the same entries in the old shape.
    Raises ShapeError (rank below 2, empty x), TypeError. Source: 003 section 1.7.
    """
    check_array("flatten", "x", x)
    if x.ndim < 2:
        raise ShapeError(f"flatten: x has shape {x.shape}; wanted (n, ...), one entry per sample")
    y = x.reshape(len(x), -1).copy()

    def backward(dy: Any) -> tuple[Any]:
        dy = cotangent("flatten.backward", "dy", dy, y.shape, x.dtype)
        return (dy.reshape(x.shape).copy(),)

    return y, backward


def rot180(w: Any) -> Any:
    """Kernels turned by 180 degrees: r[..., p, q] = w[..., P-1-p, Q-1-q], a copy.

    Any rank from 2 on. Raises ShapeError (rank below 2, empty w), TypeError. Source: 001; 000 section 3.1.1.
    """
    check_array("rot180", "w", w)
    if w.ndim < 2:
        raise ShapeError(f"rot180: w has shape {w.shape}; wanted at least two axes, (..., p, q)")
    return w[..., ::-1, ::-1].copy()


def flatten_derivation(D: Any) -> None:
    """Row-major order: entry c, u, v of a sample stands at (c U + u) V + v."""
    N, C, U, V = D.sizes("N C U V")
    n, c, u, v, d = D.indices(n=N, c=C, u=U, v=V, d=C * U * V)
    n1, d1 = n.prime, d.prime
    x, dy = D.tensor("x", N, C, U, V), D.tensor("dy", N, C * U * V, tex=r"\mathrm{dy}")
    place = (c * U + u) * V + v
    y = D.define(
        "y", (n, d), D.Sum((c, u, v), x[n, c, u, v] * D.delta(d, place)), because="row-major order"
    )
    body = D.Sum((n1, d1), dy[n1, d1] * y[n1, d1])
    E = D.define("E", (), body, because="pseudo-loss")[()]
    D.claim("place", y[n, place], x[n, c, u, v], "only c, u, v itself stands there (Euclid, twice)")
    with D.chain("dx", of=E, wrt=x[n, c, u, v]) as chain:
        chain.line(
            "place",
            D.Sum(d1, dy[n, d1] * D.delta(d1, place)),
            because="x[n,c,u,v] occurs once, in row n",
        )
        chain.line("sift", dy[n, place], because="the bracket leaves one d'")
    D.returns(y, upstream=dy)
    D.concludes(dx=(x[n, c, u, v], dy[n, place]))


FLATTEN = Op(
    flatten,
    AXES,
    cases=(Case(flatten_derivation),),
    sizes=({"N": 2, "C": 2, "U": 2, "V": 3}, {"N": 1, "C": 1, "U": 1, "V": 1}),
    kinks=None,
    source="ng-1.7-a",
)
