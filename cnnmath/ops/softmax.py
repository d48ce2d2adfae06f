"""Softmax.  p[n,k] = exp(s[n,k]) / sum_k' exp(s[n,k']).  Source: 002 eq. 3.9 (zhang-3.9).  Chapter 01."""

from typing import Any, NamedTuple

import numpy as np

from cnnmath.ops.arrays import check, cotangent
from cnnmath.ops.record import Case, Op

AXES = {"s": "n k"}


class Shifted(NamedTuple):
    """The exponentials of each row after its largest logit went to 0 (proven: the shift cancels)."""

    rows: Any  # 0 .. n-1, beside top an index of the largest entries
    top: Any  # (n,) column of the largest logit, the first on ties
    e: Any  # (n, k) exp(s - max), the entry at top is 1
    rest: Any  # (n, 1) sum of e without the entry at top, so that 1 + rest loses nothing

    def probabilities(self) -> Any:
        return self.e / (1 + self.rest)

    def complement(self, p: Any) -> Any:
        """1 - p without cancellation: only the entry at top can be near 1."""
        q = 1 - p
        q[self.rows, self.top] = (self.rest / (1 + self.rest))[:, 0]
        return q


def check_logits(op: str, s: Any, name: str = "s") -> Any:
    """Finite logits, or -inf for a masked class; returns the mask, or None if nothing is masked."""
    check(op, {name: AXES["s"]}, **{name: s})
    if s.dtype == object or np.isfinite(s).all():
        return None
    bad = np.isnan(s) | (s == np.inf)
    if bad.any():
        n, k = (int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"{op}: {name}[{n}, {k}] is {s[n, k]}; wanted a finite logit, or -inf as a mask"
        )
    mask = s == -np.inf
    if mask.all(axis=1).any():
        n = int(np.argmax(mask.all(axis=1)))
        raise ValueError(
            f"{op}: every class of row {n} of {name} is masked (-inf); one must be left"
        )
    return mask


def shift(s: Any) -> Shifted:
    """Exponentials of the shifted logits; nothing overflows, whatever the size of finite logits."""
    rows, top = np.arange(len(s)), np.argmax(s, axis=1)
    with np.errstate(over="ignore", under="ignore"):  # a gap beyond the dtype is exp(-inf) = 0
        e = np.exp(s - s[rows, top][:, None])
    others = e.copy()
    others[rows, top] -= e[rows, top]  # 1 - 1, in the arithmetic of the entries
    return Shifted(rows, top, e, others.sum(axis=1, keepdims=True))


def softmax(s: Any) -> Any:
    """Class probabilities of each row of logits, and the backward function.

    p[n,k] = exp(s[n,k]) / sum_k' exp(s[n,k']);  s (n, k) -> p (n, k).
    ``backward(dp)`` returns ``(ds,)``: ds[n,k] = p[n,k] (dp[n,k] - sum_k' dp[n,k'] p[n,k']).
    Finite logits of any size; -inf masks a class (probability and gradient 0).
    Raises ValueError (NaN, +inf, a fully masked row), ShapeError, TypeError. Source: 002 eq. 3.9.
    """
    check_logits("softmax", s)
    z = shift(s)
    p = z.probabilities()

    def backward(dp: Any) -> tuple[Any]:
        dp = cotangent("softmax.backward", "dp", dp, p.shape, p.dtype)
        # sum p = 1: a constant changes nothing; this one leaves nothing to cancel where p is near 1
        gap = dp - dp[z.rows, z.top][:, None]
        return (p * (gap - (gap * p).sum(axis=1, keepdims=True)),)

    return p.copy(), backward


def log_softmax(s: Any) -> Any:
    """Logarithm of the class probabilities, without their underflow, and the backward function.

    y[n,k] = s[n,k] - log sum_k' exp(s[n,k']);  s (n, k) -> y (n, k).
    ``backward(dy)`` returns ``(ds,)``: ds[n,k] = dy[n,k] - p[n,k] sum_k' dy[n,k'].
    Finite logits of any size; a masked class (-inf) gives -inf, its dy is ignored, its gradient is 0.
    Raises as ``softmax``. Source: 002 eq. 3.18 and 6.11 (zhang-3.18, zhang-6.11).
    """
    mask = check_logits("log_softmax", s)
    z = shift(s)
    p = z.probabilities()
    with np.errstate(over="ignore"):  # beyond the dtype log p is -inf, as it should be
        y = (s - s[z.rows, z.top][:, None]) - np.log1p(z.rest)

    def backward(dy: Any) -> tuple[Any]:
        dy = cotangent("log_softmax.backward", "dy", dy, p.shape, p.dtype)
        if mask is not None:
            dy = np.where(mask, 0, dy)
        others = dy.copy()
        others[z.rows, z.top] -= dy[z.rows, z.top]
        ds = dy - p * dy.sum(axis=1, keepdims=True)
        # at the top dy - p dy = q dy, and no digit is lost where p is near 1
        q = z.complement(p)[z.rows, z.top]
        ds[z.rows, z.top] = dy[z.rows, z.top] * q - p[z.rows, z.top] * others.sum(axis=1)
        return (ds,)

    return y, backward


def softmax_derivation(D: Any) -> None:
    """Jacobian of the softmax, then its product with the gradient that arrives."""
    N, K = D.sizes("N K")
    n, k = D.indices(n=N, k=K)
    s, dp = D.tensor("s", N, K), D.tensor("dp", N, K, tex=r"\mathrm{dp}")
    n1, k1, k2 = n.prime, k.prime, k.prime.prime
    p = D.define("p", (n, k), D.exp(s[n, k]) / D.Sum(k2, D.exp(s[n, k2])))
    total = D.Sum(k2, D.exp(s[n, k2]))
    with D.chain("sum", of=D.Sum(k, p[n, k])) as c:
        c.line("one", 1, because="numerator and denominator add up to the same")
    with D.chain("jacobian", of=p[n, k], wrt=s[n, k1]) as c:
        c.line(
            "quotient",
            (D.delta(k, k1) * D.exp(s[n, k]) * total - D.exp(s[n, k]) * D.exp(s[n, k1])) / total**2,
            because="quotient rule; s[n,k'] stands in the numerator only if k = k'",
        )
        c.line("product", p[n, k] * (D.delta(k, k1) - p[n, k1]), because="p[n,k] comes out")
    E = D.define("E", (), D.Sum((n1, k2), dp[n1, k2] * p[n1, k2]), because="pseudo-loss")[()]
    with D.chain("ds", of=E, wrt=s[n, k1]) as c:
        c.line(
            "rows",
            D.Sum(k, dp[n, k] * D.diff(p[n, k], s[n, k1])),
            because="s[n,k'] enters row n only",
        )
        c.line(
            "jacobian",
            D.Sum(k, dp[n, k] * p[n, k] * (D.delta(k, k1) - p[n, k1])),
            because="softmax.jacobian#product",
        )
        c.line(
            "sift",
            p[n, k1] * (dp[n, k1] - D.Sum(k, dp[n, k] * p[n, k])),
            because="the bracket leaves k = k'; p[n,k'] comes out",
        )
    D.returns(p, upstream=dp)
    D.concludes(ds=(s[n, k], p[n, k] * (dp[n, k] - D.Sum(k1, dp[n, k1] * p[n, k1]))))


def log_softmax_derivation(D: Any) -> None:
    """Gradient of the logarithm of the softmax: no division is left in it."""
    N, K = D.sizes("N K")
    n, k = D.indices(n=N, k=K)
    s, dy = D.tensor("s", N, K), D.tensor("dy", N, K, tex=r"\mathrm{dy}")
    n1, k1, k2 = n.prime, k.prime, k.prime.prime
    p = D.define("p", (n, k), D.exp(s[n, k]) / D.Sum(k2, D.exp(s[n, k2])))
    y = D.define("y", (n, k), s[n, k] - D.log(D.Sum(k2, D.exp(s[n, k2]))))
    with D.chain("meaning", of=y[n, k]) as c:
        c.line("log", D.log(p[n, k]), because="log of a quotient; log undoes exp")
    with D.chain("jacobian", of=y[n, k], wrt=s[n, k1]) as c:
        total = D.Sum(k2, D.exp(s[n, k2]))
        c.line(
            "log", D.delta(k, k1) - D.exp(s[n, k1]) / total, because="derivative of log, of the sum"
        )
        c.line("softmax", D.delta(k, k1) - p[n, k1], because="the quotient is the softmax")
    E = D.define("E", (), D.Sum((n1, k2), dy[n1, k2] * y[n1, k2]), because="pseudo-loss")[()]
    with D.chain("ds", of=E, wrt=s[n, k1]) as c:
        c.line("jacobian", D.Sum(k, dy[n, k] * (D.delta(k, k1) - p[n, k1])), because="row n only")
        c.line(
            "sift", dy[n, k1] - p[n, k1] * D.Sum(k, dy[n, k]), because="the bracket leaves k = k'"
        )
    D.returns(y, upstream=dy)
    D.concludes(ds=(s[n, k], dy[n, k] - p[n, k] * D.Sum(k1, dy[n, k1])))


SOFTMAX = Op(
    softmax,
    AXES,
    cases=(Case(softmax_derivation),),
    sizes=({"N": 1, "K": 3}, {"N": 2, "K": 2}, {"N": 1, "K": 1}),
    kinks=None,
    source="zhang-3.9",
)
LOG_SOFTMAX = Op(
    log_softmax,
    AXES,
    cases=(Case(log_softmax_derivation),),
    sizes=({"N": 1, "K": 3}, {"N": 2, "K": 2}, {"N": 1, "K": 1}),
    kinks=None,
    source="zhang-3.18",
)
