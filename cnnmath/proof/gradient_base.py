"""One evaluation of a function and its gradients, and what rounding may do to it."""

from typing import Any, NamedTuple

import numpy as np

from cnnmath.proof.directions import JITTERS, jitter
from cnnmath.proof.gradient_call import FLOATS, TOOL, Call

NOISES = 100  # so many times what moving the arguments by a last place does
ULPS = 1000  # and so many last places of the largest entry: sums in another order


class Base(NamedTuple):
    """One evaluation that the others are compared with, and what rounding may do to it."""

    call: Call
    value: Any
    cotangent: Any
    gradients: list[Any]
    allowed: list[float]  # deviation of an entry, by argument


def make_base(call: Call, rng: Any) -> Base:
    """Evaluated once, and again with every number moved by a last place: that is what rounding may do."""
    value, backward = call.at(call.arrays)
    cotangent = draw_cotangent(call, value, rng)
    gradients = [np.array(g) for g in backward(cotangent)]
    moved = [0.0] * len(gradients)
    for _ in range(JITTERS):
        _, again = call.at([jitter(a, rng) for a in call.arrays])
        jittered = again(jitter(cotangent, rng))
        both = zip(moved, jittered, gradients, strict=True)
        moved = [max(m, largest(j - g)) for m, j, g in both]
    epsilon = float(np.finfo(call.dtype).eps)
    allowed = [
        NOISES * m + ULPS * epsilon * largest(g) for m, g in zip(moved, gradients, strict=True)
    ]
    return Base(call, value, cotangent, gradients, allowed)


def draw_cotangent(call: Call, value: Any, rng: Any) -> Any:
    """Random signs times sizes from 1/2 to 3/2: no row of them is constant, and no entry is small.

    A scalar function given with its gradient has no cotangent: it is 1.
    """
    shape, dtype = np.shape(value), np.asarray(value).dtype
    if dtype not in FLOATS:
        raise TypeError(f"{TOOL}: the value of {call.name} has dtype {dtype}; wanted floats")
    if call.is_pair and not shape:
        return dtype.type(1)
    drawn = rng.choice(np.array([-1.0, 1.0]), shape) * rng.uniform(0.5, 1.5, shape)
    return np.asarray(drawn, dtype=dtype)[()]


def largest(array: Any) -> float:
    """The largest absolute value of an entry."""
    return float(abs(np.asarray(array)).max())
