"""Dropout.  y[n,d] = m[n,d] x[n,d] / keep, m[n,d] = 1 with the probability keep, else 0.
Source: 002 section 6.4 (zhang-6.4-a).  Chapter 05."""

from fractions import Fraction
from typing import Any

import numpy as np

from cnnmath.ops.arrays import check_array, check_number, cotangent
from cnnmath.ops.record import Case, Op

AXES = {"x": "n d"}


def dropout(x: Any, keep: Any, rng: Any) -> Any:
    """Inverted dropout: some entries become 0, the others grow, and the backward function.

    y = m x / keep, any shape; each entry of the mask m is drawn from ``rng``, a ``np.random.Generator``:
    1 with the probability ``keep``, a number in (0, 1], else 0. So the mean of y over the masks is x, and at
    test time nothing is to be done (results dropout_unit). ``backward(dy)`` returns ``(dx,)``:
    dx = m dy / keep, with the mask of the forward pass. At keep = 1, y is a copy of x.
    Draws x.size numbers, whatever keep and x are: the same seed gives the same mask in either dtype.
    A dropped entry is 0, also where x is NaN or infinite; the others propagate.
    Raises ValueError (keep outside (0, 1], or so small that it is 0 in the dtype of x), TypeError, ShapeError
    (empty x). In torch: ``torch.nn.functional.dropout(x, 1 - keep)``.
    Source: 002 section 6.4, whose p is ``keep`` and which divides by nothing.
    """
    check_array("dropout", "x", x)
    level, share = _probability(x, keep)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"dropout: rng must be a np.random.Generator, got {type(rng).__name__}")
    kept = np.array(rng.random(x.shape) < level, dtype=bool)
    nothing = np.zeros((), x.dtype)

    def backward(dy: Any) -> tuple[Any]:
        dy = cotangent("dropout.backward", "dy", dy, x.shape, x.dtype)
        return (np.where(kept, dy / share, nothing),)

    return np.where(kept, x / share, nothing), backward


def check_keep(op: str, keep: Any) -> None:
    """A number in (0, 1]."""
    check_number(op, "keep", keep)
    if not 0 < keep <= 1:
        raise ValueError(f"{op}: keep is {keep}; wanted a probability in (0, 1]")


def _probability(x: Any, keep: Any) -> tuple[Any, Any]:
    """keep, checked: to compare drawn numbers with, and to divide by without widening x."""
    if hasattr(keep, "witness"):  # a traced keep decides nothing here
        return keep, keep
    check_keep("dropout", keep)
    level = float(keep)
    if x.dtype == object:  # whole numbers divided by whole numbers would be floats
        return level, keep if isinstance(keep, Fraction) else Fraction(level)
    share = x.dtype.type(keep)
    if share == 0:
        raise ValueError(f"dropout: keep is {keep}, which is 0 in {x.dtype}")
    return level, share


def dropout_derivation(D: Any) -> None:
    """Gradient of dropout: the mask that was drawn, once more."""
    N, Dd = D.sizes("N D")
    n, d = D.indices(n=N, d=Dd)
    n1, d1 = n.prime, d.prime
    x, dy = D.tensor("x", N, Dd), D.tensor("dy", N, Dd, tex=r"\mathrm{dy}")
    keep = D.scalar("keep", positive=True, tex=r"\mathrm{keep}")
    m = D.mask("m", N, Dd, keep=keep)
    y = D.define("y", (n, d), m[n, d] * x[n, d] / keep)
    E = D.define("E", (), D.Sum((n1, d1), dy[n1, d1] * y[n1, d1]), because="pseudo-loss")[()]
    with D.chain("dx", of=E, wrt=x[n, d]) as c:
        c.line("own", dy[n, d] * D.diff(y[n, d], x[n, d]), because="x[n,d] enters y[n,d] only")
        c.line(
            "mask",
            m[n, d] * dy[n, d] / keep,
            because="the mask does not depend on x: the same mask, the same divisor",
        )
    D.returns(y, upstream=dy)
    D.concludes(dx=(x[n, d], m[n, d] * dy[n, d] / keep))


DROPOUT = Op(
    dropout,
    AXES,
    cases=(Case(dropout_derivation),),
    sizes=({"N": 2, "D": 2}, {"N": 1, "D": 3}, {"N": 1, "D": 1}),
    kinks=None,
    source="zhang-6.4-a",
)
