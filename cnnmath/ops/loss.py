"""Cross-entropy.  err[n] = -s[n,t[n]] + log sum_k' exp(s[n,k']).  Source: 002 eq. 3.18-3.20.  Chapter 01."""

from functools import partial
from typing import Any

import numpy as np

from cnnmath.ops.arrays import ShapeError, check, cotangent, divisor
from cnnmath.ops.record import Case, Op
from cnnmath.ops.softmax import check_logits, shift

AXES = {"s": "n k", "t": "n"}
SOFT_AXES = {"s": "n k", "t": "n k"}


def cross_entropy(s: Any, t: Any, *, reduction: str = "mean") -> Any:
    """Cross-entropy of logits against labels or probabilities, and the backward function.

    labels t (n,):         E = 1/N sum_n ( -s[n,t[n]] + log sum_k' exp(s[n,k']) )
    probabilities t (n,k): E = 1/N sum_n sum_k t[n,k] ( -s[n,k] + log sum_k' exp(s[n,k']) )
    ``reduction="sum"`` leaves the divisor N out. Returns a NumPy scalar; ``backward(dE)`` returns
    ``(ds,)`` with ds = (p - t)/N (t one-hot for labels); targets are constants. In torch:
    ``torch.nn.functional.cross_entropy(s, t, reduction=reduction)``.
    Finite logits of any size, inf only where the true loss exceeds the dtype; -inf masks a class.
    ``p_y - 1`` is computed as minus the sum of the other probabilities: no cancellation.
    Raises ValueError (labels outside 0..K-1, probabilities that are negative or do not sum to 1,
    a target on a masked class, NaN, +inf), ShapeError, TypeError. Source: 002 eq. 3.18-3.20, 3.47.
    """
    mask = check_logits("cross_entropy", s)
    soft = check_targets(s, t, mask)
    n = divisor("cross_entropy", reduction, len(s))
    z = shift(s)
    # halves: the gap of two finite logits may exceed the dtype, its share in the mean need not
    half_top = s[z.rows, z.top] / 2
    if soft:
        gap = half_top[:, None] - s / 2
        if mask is not None:
            gap = np.where(mask, 0, gap)  # a target of 0 there was checked; 0 times inf is not 0
        half = (t * gap).sum(axis=1)
    else:
        half = half_top - s[z.rows, t] / 2
    with np.errstate(over="ignore"):
        loss = 2 * (half / n).sum() + (np.log1p(z.rest) / n).sum()

    def backward(dE: Any) -> tuple[Any]:
        dE = cotangent("cross_entropy.backward", "dE", dE, (), s.dtype)
        p = z.probabilities()
        q = z.complement(p)
        if soft:
            ds = p * (1 - t) - t * q  # = p - t, and no digit is lost where p is near t = 1
        else:
            ds = p
            ds[z.rows, t] = -q[z.rows, t]
        return (ds * (dE / n),)

    return loss, backward


def check_targets(s: Any, t: Any, mask: Any) -> bool:
    """Labels (n,) or probabilities (n, k) that fit the logits; True for probabilities."""
    if not isinstance(t, np.ndarray):
        raise TypeError(f"cross_entropy: t must be a NumPy array, got {type(t).__name__}")
    if t.ndim == 2:
        _check_probabilities(s, t, mask)
        return True
    if t.ndim != 1:
        raise ShapeError(
            f"cross_entropy: t has {t.ndim} axes, shape {t.shape}; wanted labels (n) or "
            "probabilities (n, k)"
        )
    if t.dtype.kind not in "iu":
        raise TypeError(f"cross_entropy: labels t must be integers, got dtype {t.dtype}")
    if len(t) != len(s):
        raise ShapeError(
            f"cross_entropy: axis n of t is {len(t)}, but {len(s)} in s: "
            f"s (n={s.shape[0]}, k={s.shape[1]}), t (n={len(t)})"
        )
    wrong = (t < 0) | (t >= s.shape[1])
    if wrong.any():
        n = int(np.argmax(wrong))
        raise ValueError(f"cross_entropy: label t[{n}] is {t[n]}; wanted 0..{s.shape[1] - 1}")
    if mask is not None and mask[np.arange(len(t)), t].any():
        n = int(np.argmax(mask[np.arange(len(t)), t]))
        raise ValueError(
            f"cross_entropy: label t[{n}] = {t[n]} is a masked class: s[{n}, {t[n]}] is -inf"
        )
    return False


def _check_probabilities(s: Any, t: Any, mask: Any) -> None:
    check("cross_entropy", SOFT_AXES, s=s, t=t)
    wrong = ~np.array(t >= 0, dtype=bool)
    if wrong.any():
        n, k = (int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"cross_entropy: t[{n}, {k}] is {t[n, k]}; wanted probabilities >= 0")
    total = t.sum(axis=1)
    # what rounding can do to a sum of K probabilities, with room; softmax outputs pass
    slack = 0 if t.dtype == object else 8 * t.shape[1] * float(np.finfo(t.dtype).eps)
    off = ~np.array(abs(total - 1) <= slack, dtype=bool)
    if off.any():
        n = int(np.argmax(off))
        raise ValueError(f"cross_entropy: the probabilities t[{n}] sum to {total[n]}; wanted 1")
    if mask is not None and (mask & (t != 0)).any():
        n, k = (int(i) for i in np.argwhere(mask & (t != 0))[0])
        raise ValueError(
            f"cross_entropy: t[{n}, {k}] = {t[n, k]} on a masked class: s[{n}, {k}] is -inf"
        )


def labels_derivation(D: Any, reduction: str = "mean") -> None:
    """Gradient of the cross-entropy with labels: probabilities minus the one-hot label."""
    N, K = D.sizes("N K")
    n, k = D.indices(n=N, k=K)
    s, t = D.tensor("s", N, K), D.tensor("t", N, kind="labels", bound=K)
    n1, k1 = n.prime, k.prime

    def share(body: Any) -> Any:  # the divisor of the mean, or none
        return 1 / N * body if reduction == "mean" else body

    p = D.define("p", (n, k), D.exp(s[n, k]) / D.Sum(k1, D.exp(s[n, k1])))
    err = D.define(
        "err", (n,), -s[n, t[n]] + D.log(D.Sum(k1, D.exp(s[n, k1]))), tex=r"\mathrm{err}"
    )
    E = D.define("E", (), share(D.Sum(n1, err[n1])))
    with D.chain("ds", of=E[()], wrt=s[n, k]) as c:
        c.line(
            "row", share(D.diff(err[n], s[n, k])), because="s[n,k] enters the loss of row n only"
        )
        inner = D.exp(s[n, k]) / D.Sum(k1, D.exp(s[n, k1]))
        c.line(
            "log",
            share(-D.delta(k, t[n]) + inner),
            because="derivative of log; s[n,t[n]] is s[n,k] if k = t[n]",
        )
        c.line("softmax", share(p[n, k] - D.delta(k, t[n])), because="the quotient is the softmax")
    with D.chain("rowsum", of=D.Sum(k, share(p[n, k] - D.delta(k, t[n])))) as c:
        c.line("zero", 0, because="probabilities add up to 1, and so does a one-hot label")
    dE = D.scalar("dE", tex=r"\mathrm{dE}")
    D.returns(E, upstream=dE)
    D.concludes(ds=(s[n, k], dE * share(p[n, k] - D.delta(k, t[n]))))


def probabilities_derivation(D: Any, reduction: str = "mean") -> None:
    """Gradient of the cross-entropy with probabilities as targets."""
    N, K = D.sizes("N K")
    n, k = D.indices(n=N, k=K)
    s, t = D.tensor("s", N, K), D.tensor("t", N, K, kind="probabilities")
    n1, k1, k2 = n.prime, k.prime, k.prime.prime

    def share(body: Any) -> Any:  # the divisor of the mean, or none
        return 1 / N * body if reduction == "mean" else body

    p = D.define("p", (n, k), D.exp(s[n, k]) / D.Sum(k1, D.exp(s[n, k1])))
    row = D.Sum(k, t[n, k] * (-s[n, k] + D.log(D.Sum(k1, D.exp(s[n, k1])))))
    err = D.define("err", (n,), row, tex=r"\mathrm{err}")
    E = D.define("E", (), share(D.Sum(n1, err[n1])))
    with D.chain("ds", of=E[()], wrt=s[n, k]) as c:
        c.line(
            "row", share(D.diff(err[n], s[n, k])), because="s[n,k] enters the loss of row n only"
        )
        c.line(
            "log",
            share(D.Sum(k2, t[n, k2] * (-D.delta(k2, k) + p[n, k]))),
            because="derivative of log; the quotient is the softmax",
        )
        c.line(
            "sift",
            share(p[n, k] * D.Sum(k2, t[n, k2]) - t[n, k]),
            because="the bracket leaves k'' = k",
        )
        c.line("one", share(p[n, k] - t[n, k]), because="the targets of a row add up to 1")
    dE = D.scalar("dE", tex=r"\mathrm{dE}")
    D.returns(E, upstream=dE)
    D.concludes(ds=(s[n, k], dE * share(p[n, k] - t[n, k])))


CROSS_ENTROPY = Op(
    cross_entropy,
    AXES,
    cases=(
        Case(labels_derivation),
        Case(partial(labels_derivation, reduction="sum"), "sum", {"reduction": "sum"}),
        Case(probabilities_derivation, "probabilities"),
        Case(
            partial(probabilities_derivation, reduction="sum"),
            "probabilities, sum",
            {"reduction": "sum"},
        ),
    ),
    sizes=({"N": 1, "K": 3}, {"N": 2, "K": 2}, {"N": 1, "K": 1}),
    kinks=None,
    source="zhang-3.20",
)
