"""Binary cross-entropy on logits.  err = log(1 + e^z) - t z.  Source: 004 (losses).  Chapter 02."""

from functools import partial
from typing import Any

import numpy as np

from cnnmath.ops.arrays import check, check_finite, cotangent, divisor
from cnnmath.ops.record import Case, Op

AXES = {"z": "n k", "t": "n k"}


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
    check("binary_cross_entropy", AXES, z=z, t=t)
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


BINARY_CROSS_ENTROPY = Op(
    binary_cross_entropy,
    AXES,
    cases=(
        Case(binary_cross_entropy_derivation),
        Case(
            partial(binary_cross_entropy_derivation, reduction="sum"), "sum", {"reduction": "sum"}
        ),
    ),
    sizes=({"N": 1, "K": 2}, {"N": 2, "K": 1}, {"N": 1, "K": 1}),
    kinks=None,
    source="chain-1-d",
)
