"""Squared error.  E = 1/N sum_n 1/2 sum_k (y[n,k] - t[n,k])^2.  Source: 000 section 2.1.  Chapter 02."""

from functools import partial
from typing import Any

from cnnmath.ops.arrays import check, cotangent, divisor
from cnnmath.ops.record import Case, Op

AXES = {"y": "n k", "t": "n k"}


def squared_error(y: Any, t: Any, *, reduction: str = "mean") -> Any:
    """Half the squared error of outputs against targets, and the backward function.

    E = 1/N sum_n 1/2 sum_k (y[n,k] - t[n,k])^2;  y, t (n, k). ``reduction="sum"`` leaves the divisor
    N out. Returns a NumPy scalar; ``backward(dE)`` returns ``(dy,)``: dy = (y - t)/N; targets are
    constants. In torch: ``0.5 * torch.nn.functional.mse_loss(y, t, reduction="sum") / N``.
    Raises ShapeError, TypeError, ValueError (reduction). Source: 000 section 2.1.
    """
    check("squared_error", AXES, y=y, t=t)
    n = divisor("squared_error", reduction, len(y))
    error = y - t

    def backward(dE: Any) -> tuple[Any]:
        dE = cotangent("squared_error.backward", "dE", dE, (), y.dtype)
        return (error * (dE / n),)

    return (error * error / (2 * n)).sum(), backward


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
        c.line(
            "sift", share(y[n, k] - t[n, k]), because="the bracket leaves k' = k; 2 and 1/2 cancel"
        )
    dE = D.scalar("dE", tex=r"\mathrm{dE}")
    D.returns(E, upstream=dE)
    D.concludes(dy=(y[n, k], dE * share(y[n, k] - t[n, k])))


SQUARED_ERROR = Op(
    squared_error,
    AXES,
    cases=(
        Case(squared_error_derivation),
        Case(partial(squared_error_derivation, reduction="sum"), "sum", {"reduction": "sum"}),
    ),
    sizes=({"N": 2, "K": 2}, {"N": 1, "K": 1}),
    kinks=None,
    source="bouvrie-2.1-d",
)
