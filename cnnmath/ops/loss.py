"""Cross-entropy.  err[n] = -s[n,t[n]] + log sum_k' exp(s[n,k']).  Source: 002 eq. 3.18-3.20.  Chapter 01."""

from functools import partial
from typing import Any

import numpy as np

from cnnmath.ops.arrays import ShapeError, check, check_finite, cotangent
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
    if not np.issubdtype(t.dtype, np.integer):
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
    slack = 0 if t.dtype == object else float(np.finfo(t.dtype).eps) ** 0.5
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


def squared_error(y: Any, t: Any, *, reduction: str = "mean") -> Any:
    """Half the squared error of outputs against targets, and the backward function.

    E = 1/N sum_n 1/2 sum_k (y[n,k] - t[n,k])^2;  y, t (n, k). ``reduction="sum"`` leaves the divisor
    N out. Returns a NumPy scalar; ``backward(dE)`` returns ``(dy,)``: dy = (y - t)/N; targets are
    constants. In torch: ``0.5 * torch.nn.functional.mse_loss(y, t, reduction="sum") / N``.
    Raises ShapeError, TypeError, ValueError (reduction). Source: 000 section 2.1.
    """
    check("squared_error", PAIR_AXES, y=y, t=t)
    n = divisor("squared_error", reduction, len(y))
    error = y - t

    def backward(dE: Any) -> tuple[Any]:
        dE = cotangent("squared_error.backward", "dE", dE, (), y.dtype)
        return (error * (dE / n),)

    return (error * error / (2 * n)).sum(), backward


def binary_cross_entropy(z: Any, t: Any, *, reduction: str = "mean") -> Any:
    """Cross-entropy of independent yes-or-no outputs, from logits, and the backward function.

    E = 1/N sum_n sum_k ( log(1 + e^z[n,k]) - t[n,k] z[n,k] );  z logits, t in [0, 1], both (n, k).
    With p = 1/(1 + e^-z) this is -t log p - (1 - t) log(1 - p). ``reduction="sum"`` leaves N out.
    Returns a NumPy scalar; ``backward(dE)`` returns ``(dz,)``: dz = (p - t)/N. Finite logits of any
    size: no overflow, and p - t loses no digit where t is 0 or 1. In torch:
    ``torch.nn.functional.binary_cross_entropy_with_logits(z, t, reduction="sum") / N``.
    Raises ShapeError, TypeError, ValueError (non-finite z, t outside [0, 1], reduction).
    Source: 004 (losses).
    """
    check("binary_cross_entropy", LOGIT_AXES, z=z, t=t)
    check_finite("binary_cross_entropy", "z", z)
    wrong = ~(np.array(t >= 0, dtype=bool) & np.array(t <= 1, dtype=bool))
    if wrong.any():
        i, k = (int(v) for v in np.argwhere(wrong)[0])
        raise ValueError(f"binary_cross_entropy: t[{i}, {k}] is {t[i, k]}; wanted 0 <= t <= 1")
    n = divisor("binary_cross_entropy", reduction, len(z))
    e = np.exp(-abs(z))
    up = np.array(z >= 0, dtype=bool)
    linear = np.where(up, z * (1 - t), -z * t)  # both terms of the loss are >= 0: nothing cancels

    def backward(dE: Any) -> tuple[Any]:
        dE = cotangent("binary_cross_entropy.backward", "dE", dE, (), z.dtype)
        near, far = (e - e + 1) / (1 + e), e / (1 + e)
        p, q = np.where(up, near, far), np.where(up, far, near)  # q = 1 - p
        return ((p * (1 - t) - q * t) * (dE / n),)

    return (linear / n).sum() + (np.log1p(e) / n).sum(), backward


def divisor(op: str, reduction: str, n: int) -> int:
    """N for the mean over samples, 1 for the sum."""
    if reduction not in ("mean", "sum"):
        raise ValueError(f'{op}: reduction is {reduction!r}; wanted "mean" or "sum"')
    return n if reduction == "mean" else 1


def squared_error_derivation(D: Any, reduction: str = "mean") -> None:
    """Gradient of the squared error: the 1/2 is there to cancel the 2."""
    N, K = D.sizes("N K")
    n, k = D.indices(n=N, k=K)
    y, t = D.tensor("y", N, K), D.tensor("t", N, K)
    n1, k1 = n.prime, k.prime
    row = D.define("err", (n,), D.Sum(k1, (y[n, k1] - t[n, k1]) ** 2) / 2, tex=r"\mathrm{err}")
    total = D.Sum(n1, row[n1])
    E = D.define("E", (), 1 / N * total if reduction == "mean" else total)

    def share(body: Any) -> Any:
        return 1 / N * body if reduction == "mean" else body

    with D.chain("dy", of=E[()], wrt=y[n, k]) as c:
        square = 2 * (y[n, k1] - t[n, k1]) * D.delta(k1, k)
        c.line("power", share(D.Sum(k1, square) / 2), because="row n only; derivative of a square")
        c.line("sift", share(y[n, k] - t[n, k]), because="the bracket leaves k' = k; 2 and 1/2 cancel")
    dE = D.scalar("dE", tex=r"\mathrm{dE}")
    D.returns(E, upstream=dE)
    D.concludes(dy=(y[n, k], dE * share(y[n, k] - t[n, k])))


def binary_cross_entropy_derivation(D: Any, reduction: str = "mean") -> None:
    """Gradient of the binary cross-entropy with respect to the logit: p - t, as for the softmax."""
    N, K = D.sizes("N K")
    n, k = D.indices(n=N, k=K)
    z, t = D.tensor("z", N, K), D.tensor("t", N, K, kind="interval")
    n1, k1 = n.prime, k.prime
    p = D.define("p", (n, k), D.sigmoid(z[n, k]), because="probability of yes")
    err = D.define(
        "err", (n, k), D.log(1 + D.exp(z[n, k])) - t[n, k] * z[n, k], tex=r"\mathrm{err}"
    )
    total = D.Sum((n1, k1), err[n1, k1])
    E = D.define("E", (), 1 / N * total if reduction == "mean" else total)

    def share(body: Any) -> Any:
        return 1 / N * body if reduction == "mean" else body

    with D.chain("meaning", of=err[n, k]) as c:
        c.line(
            "likelihood",
            -t[n, k] * D.log(p[n, k]) - (1 - t[n, k]) * D.log(D.exp(-z[n, k]) * p[n, k]),
            because="minus the log-likelihood; 1 - p = e^-z p",
        )
    with D.chain("dz", of=E[()], wrt=z[n, k]) as c:
        c.line("own", share(D.diff(err[n, k], z[n, k])), because="z[n,k] enters one term only")
        c.line(
            "log",
            share(D.exp(z[n, k]) / (1 + D.exp(z[n, k])) - t[n, k]),
            because="derivative of log",
        )
        c.line("sigmoid", share(p[n, k] - t[n, k]), because="the quotient is the sigmoid")
    dE = D.scalar("dE", tex=r"\mathrm{dE}")
    D.returns(E, upstream=dE)
    D.concludes(dz=(z[n, k], dE * share(p[n, k] - t[n, k])))


PAIR_AXES = {"y": "n k", "t": "n k"}
LOGIT_AXES = {"z": "n k", "t": "n k"}
SQUARED_ERROR = Op(
    squared_error,
    PAIR_AXES,
    cases=(
        Case(squared_error_derivation),
        Case(partial(squared_error_derivation, reduction="sum"), "sum", {"reduction": "sum"}),
    ),
    sizes=({"N": 2, "K": 2}, {"N": 1, "K": 1}),
    kinks=None,
    source="bouvrie-2.1-d",
)
BINARY_CROSS_ENTROPY = Op(
    binary_cross_entropy,
    LOGIT_AXES,
    cases=(
        Case(binary_cross_entropy_derivation),
        Case(partial(binary_cross_entropy_derivation, reduction="sum"), "sum", {"reduction": "sum"}),
    ),
    sizes=({"N": 1, "K": 2}, {"N": 2, "K": 1}, {"N": 1, "K": 1}),
    kinks=None,
    source="chain-1-d",
)
