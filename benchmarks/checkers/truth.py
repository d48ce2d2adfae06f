"""Is a gradient wrong? What the checkers are measured against, decided by none of them.

For a cotangent u and a direction d of all arguments, both random, <u, J d> from values of the function and
<g, d> from the gradient are equal if g = J^T u, and different with probability 1 if not. In 60 digits (those
that check_gradient computes in, too) the slope is known to 40. What does not run in 60 digits, or is too
large, is asked in float64, by values at five points, along more directions and with a margin.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cnnmath.proof.digits import CONTEXT, Digits, digits, numbers
from cnnmath.proof.gradient_call import Call

RIGHT, WRONG = "right gradient", "wrong gradient"
NO_RUN, KINK = "does not run", "at a kink"
ENTRIES = 5000  # more are not asked in 60 digits


class Numbers(NamedTuple):
    """In what is computed. ``margin``: how much of the slope may be lost; ``kink``: of one of its sides."""

    step: Any
    margin: float
    kink: float
    directions: int
    lift: Callable[[Any], Any]
    lower: Callable[[Any], Any]


EXACTLY = Numbers(
    CONTEXT.mpf(10) ** -15, 1e-12, 1e-9, 2, digits, lambda array: np.atleast_1d(numbers(array))
)
IN_FLOATS = Numbers(1e-3, 1e-7, 1e-4, 20, np.asarray, np.atleast_1d)


class Slopes(NamedTuple):
    """Along one direction: by values of the function, from its two sides, and by the gradient."""

    middle: Any
    right: Any
    left: Any
    claimed: Any
    scale: Any  # of the terms that are summed up

    def differ(self, margin: float) -> bool:
        return not abs(self.middle - self.claimed) <= margin * self.scale  # NaN differs

    def has_kink(self, margin: float) -> bool:
        return bool(abs(self.right - self.left) > margin * self.scale)


def truth(call: Call, seed: int = 0) -> str:
    """RIGHT, WRONG, KINK (there is no gradient), or NO_RUN (it raises, has no finite value, or its
    gradients have other shapes than the arguments: every checker sees that)."""
    rng = np.random.default_rng(seed)
    try:
        with np.errstate(all="ignore"):
            value, gradients, cotangent = _in_float64(call, rng)
            arithmetic = _arithmetic(call, value, gradients, cotangent)
            slopes = [
                _slopes(call, arithmetic, cotangent, rng) for _ in range(arithmetic.directions)
            ]
    except Exception:
        return NO_RUN
    if any(each.has_kink(arithmetic.kink) for each in slopes):
        return KINK
    return WRONG if any(each.differ(arithmetic.margin) for each in slopes) else RIGHT


def _in_float64(call: Call, rng: Any) -> tuple[Any, list[Any], Any]:
    """Value, gradients and their cotangent; raises if one of them is none."""
    value, backward = call.at(_copies(call.arrays))
    if not np.isfinite(value).all():
        raise ValueError(f"the value of {call.name} is not finite")
    cotangent = rng.uniform(0.5, 1.5, np.shape(value)) * rng.choice([-1.0, 1.0], np.shape(value))
    cotangent = np.float64(1) if call.is_pair and not np.shape(value) else cotangent
    gradients = [np.array(g) for g in backward(np.array(cotangent)[()])]
    for label, gradient, array in zip(call.labels, gradients, call.arrays, strict=True):
        if gradient.shape != array.shape:
            raise ValueError(f"d{label} has shape {gradient.shape}; wanted {array.shape}")
    return np.array(value), gradients, cotangent


def _arithmetic(call: Call, value: Any, gradients: list[Any], cotangent: Any) -> Numbers:
    """60 digits, if the code runs in them and takes the way that it takes in floats."""
    if sum(array.size for array in call.arrays) + value.size > ENTRIES:
        return IN_FLOATS
    try:
        exact = call.converted(digits)
        exact_value, backward = exact.at(_copies(exact.arrays))
        results = [exact_value, *backward(digits(cotangent)[()])]
        pairs = zip(results, [value, *gradients], strict=True)
        same = all(_is_close(numbers(a), b) for a, b in pairs)
    except Exception:
        return IN_FLOATS
    return EXACTLY if same else IN_FLOATS


def _is_close(exact: Any, floats: Any) -> bool:
    rounded = exact.astype(float)
    return bool(np.allclose(rounded, floats, rtol=1e-9, atol=1e-12 * (1 + abs(rounded).max())))


def _slopes(call: Call, arithmetic: Numbers, cotangent: Any, rng: Any) -> Slopes:
    """<u, J d> and <g, d> along one random direction of all arguments."""
    lift, lower, h = arithmetic.lift, arithmetic.lower, arithmetic.step
    work = call.converted(lift)
    directions = [rng.uniform(0.5, 1, a.shape) * rng.choice([-1, 1], a.shape) for a in work.arrays]
    _, backward = work.at(_copies(work.arrays))
    terms = [lower(g) * d for g, d in zip(backward(lift(cotangent)[()]), directions, strict=True)]
    u = lower(lift(cotangent))

    def at(steps: int) -> Any:
        moved = [a + _number(steps * h) * d for a, d in zip(work.arrays, directions, strict=True)]
        return lower(work.value(moved))

    below2, below, here, above, above2 = map(at, (-2, -1, 0, 1, 2))
    slope = u * (8 * (above - below) - (above2 - below2)) / (12 * h)
    claimed = sum(each.sum() for each in terms)
    right = (u * (4 * above - 3 * here - above2)).sum() / (2 * h)
    left = (u * (3 * here - 4 * below + below2)).sum() / (2 * h)
    scale = abs(slope).sum() + sum(abs(each).sum() for each in terms)
    middle = slope.sum()
    if not abs(middle) < np.inf:
        raise ValueError(f"{call.name} has no finite values around its arguments")
    return Slopes(middle, right, left, claimed, scale)


def _copies(arrays: list[Any]) -> list[Any]:
    """For a function that writes into its arguments."""
    return [array.copy() for array in arrays]


def _number(step: Any) -> Any:
    """A step that may be multiplied with floats, and added to either kind of array."""
    return step if isinstance(step, float) else Digits(step)
