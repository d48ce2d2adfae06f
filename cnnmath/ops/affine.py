"""Affine map.  s[n,k] = b[k] + sum_d x[n,d] w[k,d].  Source: 002 eq. 3.4 (zhang-3.4).  Chapter 01."""

from typing import Any

from cnnmath.ops.arrays import check, cotangent
from cnnmath.ops.record import Case, Op

AXES = {"x": "n d", "w": "k d", "b": "k"}


def affine(x: Any, w: Any, b: Any, *, need_dx: bool = True) -> Any:
    """Scores of N samples for K units: ``s = x @ w.T + b``, and its backward function.

    s[n,k] = b[k] + sum_d x[n,d] w[k,d];  x (n, d), w (k, d), b (k,) -> s (n, k).
    ``backward(ds)`` returns ``(dx, dw, db)``: dx = ds w, dw = ds^T x, db = sum_n ds;
    dx is None with ``need_dx=False`` (a first layer needs none). NaN and infinity propagate.
    Raises ShapeError (ranks, sizes), TypeError (dtypes). Source: 002 eq. 3.4, 3.48, 3.49.
    """
    check("affine", AXES, x=x, w=w, b=b)
    s = x @ w.T + b

    def backward(ds: Any) -> tuple[Any, Any, Any]:
        ds = cotangent("affine.backward", "ds", ds, s.shape, s.dtype)
        return (ds @ w if need_dx else None), ds.T @ x, ds.sum(axis=0)

    return s, backward


def affine_derivation(D: Any) -> None:
    """Gradients of the affine map, for all sizes, from the rule dx[e]/dx[p] = [e = p]."""
    N, K, Dd = D.sizes("N K D")
    n, k, d = D.indices(n=N, k=K, d=Dd)
    x, w, b, ds = (
        D.tensor("x", N, Dd),
        D.tensor("w", K, Dd),
        D.tensor("b", K),
        D.tensor("ds", N, K, tex=r"\mathrm{ds}"),
    )
    s = D.define("s", (n, k), b[k] + D.Sum(d, x[n, d] * w[k, d]))
    n1, k1, d1 = n.prime, k.prime, d.prime
    E = D.define("E", (), D.Sum((n1, k1), ds[n1, k1] * s[n1, k1]), because="pseudo-loss")[()]
    with D.chain("dw", of=E, wrt=w[k, d]) as c:
        inner = D.Sum(d1, x[n1, d1] * D.delta(k1, k) * D.delta(d1, d))
        c.line(
            "product",
            D.Sum((n1, k1), ds[n1, k1] * inner),
            because="w[k,d] occurs once in each product",
        )
        c.line(
            "sift", D.Sum(n1, ds[n1, k] * x[n1, d]), because="the brackets leave one k' and one d'"
        )
    with D.chain("dx", of=E, wrt=x[n, d]) as c:
        inner = D.Sum(d1, D.delta(n1, n) * D.delta(d1, d) * w[k1, d1])
        c.line(
            "product",
            D.Sum((n1, k1), ds[n1, k1] * inner),
            because="x[n,d] occurs once in each product",
        )
        c.line(
            "sift", D.Sum(k1, ds[n, k1] * w[k1, d]), because="the brackets leave one n' and one d'"
        )
    with D.chain("db", of=E, wrt=b[k]) as c:
        c.line(
            "product",
            D.Sum((n1, k1), ds[n1, k1] * D.delta(k1, k)),
            because="b[k] occurs in every row",
        )
        c.line("sift", D.Sum(n1, ds[n1, k]), because="the bracket leaves one k'")
    D.returns(s, upstream=ds)
    D.concludes(
        dx=(x[n, d], D.Sum(k1, ds[n, k1] * w[k1, d])),
        dw=(w[k, d], D.Sum(n1, ds[n1, k] * x[n1, d])),
        db=(b[k], D.Sum(n1, ds[n1, k])),
    )


AFFINE = Op(
    affine,
    AXES,
    cases=(Case(affine_derivation), Case(affine_derivation, "no dx", {"need_dx": False})),
    sizes=({"N": 2, "K": 3, "D": 2}, {"N": 1, "K": 1, "D": 1}),
    kinks=None,
    source="zhang-3.4",
)
