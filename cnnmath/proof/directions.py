"""The gradient against differences of the function, along random signs.

For a cotangent u and a direction d, <u, J d> = <J^T u, d> = <g, d>: the left side comes from values
of the function, the right side from ``backward``. The entries of d are near 1 or -1, with random
signs, and none equal in size: sums do not cancel exactly. One wrong entry shows along every d. If
several are wrong, they may cancel, but the largest of them shows along at least half of all d (of d
and d with that one sign turned, one shows it): in k directions with probability 1 - 2^-k.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnmath.proof import digits
from cnnmath.proof.gradient_call import Call
from cnnmath.proof.ladder import EVEN, ODD, RATIO, Limit, limit, nearest_zero, order

SAFETY = 6  # a difference counts if it is so many times its error
LEAST = 0.75  # the entries of a direction are so large at least
WINDOW = 4  # so many steps for a further direction, around the best of the first
CONTRADICTION = 16  # steps that say 0 with so small a share of the error contradict it
JITTERS = 2


class Arithmetic(NamedTuple):
    """What floats and 60 digits differ in. ``top``, ``bottom``: the steps, as powers of 2 times |x|."""

    epsilon: float
    top: int
    bottom: int
    array: Callable[[Any], Any]  # of results, to be subtracted and summed
    lift: Callable[[Any], Any]  # of arrays that go into the function
    jitters: int


def of_floats(dtype: Any) -> Arithmetic:
    info = np.finfo(dtype)
    return Arithmetic(
        epsilon=float(info.eps),
        top=-2,
        bottom=4 - info.nmant,
        array=lambda a: np.asarray(a, dtype=np.float64),
        lift=lambda a: np.asarray(a, dtype=dtype),
        jitters=JITTERS,
    )


OF_DIGITS = Arithmetic(
    epsilon=10.0**-50,  # ten digits are left to the rounding of the code
    top=-40,
    bottom=-52,
    array=lambda a: np.atleast_1d(digits.numbers(a)),  # mpf of no axes would lose its methods
    lift=digits.digits,
    jitters=0,
)


class Probe(NamedTuple):
    """One cotangent: the function at the arguments, the gradients, and the same after jittering."""

    call: Call
    arithmetic: Arithmetic
    shape: tuple[int, ...]  # of the value as the function returned it
    value: Any
    cotangent: Any
    gradients: list[Any]
    jittered: list[list[Any]]
    lost: Any  # what rounding did to the value, entry by entry, as far as it is known


class Found(NamedTuple):
    """Along one direction: the error of <g, d>, the jump of the slope, and what would be seen."""

    error: Limit  # true minus claimed slope
    jump: Limit  # slope to the right minus slope to the left, absolute, output by output
    tolerance: Any
    order: float | None
    variation: Any  # the largest slope on the ladder
    claimed: Any  # <g, d>
    nearest_zero: Any  # the least error with which some steps say that nothing is wrong
    window: Sequence[float]  # the steps around the one at which the error was read off

    @property
    def is_off(self) -> bool:
        """The error is real: no step contradicts it, no choice between two sides explains it."""
        size = abs(self.error.value)
        if self.nearest_zero is not None and self.nearest_zero < size / CONTRADICTION:
            return False
        return bool(size > self.tolerance + self._kink / 2)

    @property
    def is_open(self) -> bool:
        """Not shown to be wrong, and not right either."""
        return bool(abs(self.error.value) > self.tolerance) and not self.is_off

    @property
    def is_kink(self) -> bool:
        """The slopes of the two sides differ, by more than the check would let pass."""
        return bool(self._kink / 2 > self.tolerance)

    @property
    def _kink(self) -> Any:
        """The jump of the slope, 0 if rounding may have made it."""
        jump = self.jump
        return abs(jump.value) if abs(jump.value) > SAFETY * jump.error else 0 * jump.error

    @property
    def seen(self) -> Any:
        """The smallest error of a single entry that would have been off for certain."""
        return 2 * self.tolerance / LEAST


class NoLadder(Exception):
    """The function has no finite values at the arguments moved along the direction."""


def probe(call: Call, arithmetic: Arithmetic, cotangent: Any, lost: Any, rng: Any) -> Probe:
    """Value and gradients; and the gradients again, with each number moved by a last place or so."""
    value, backward = call.at(call.arrays)
    gradients = [arithmetic.array(g) for g in backward(cotangent)]
    jittered = []
    for _ in range(arithmetic.jitters):
        _, again = call.at([jitter(a, rng) for a in call.arrays])
        jittered.append([arithmetic.array(g) for g in again(jitter(cotangent, rng))])
    shape, value, cotangent = np.shape(value), arithmetic.array(value), arithmetic.array(cotangent)
    return Probe(call, arithmetic, shape, value, cotangent, gradients, jittered, lost)


def lost_to_rounding(call: Call, rng: Any) -> Any:
    """What float64 loses of the value: what float32 loses of it, made smaller by their last places.

    It tells of cancellation inside the function, which values of float64 alone do not show. The most at
    a few points, for at one the loss may be 0 by chance; 0 if the function does not run in float32.
    """
    if call.dtype != np.float64:
        return 0.0
    lost: Any = 0.0
    for _ in range(1 + JITTERS):
        narrow = call.converted(lambda a: jitter(a.astype(np.float32), rng))
        wide = narrow.converted(lambda a: a.astype(np.float64))
        try:
            with np.errstate(all="ignore"):
                value = np.asarray(narrow.value(narrow.arrays), dtype=np.float64)
                lost = np.maximum(lost, abs(value - wide.value(wide.arrays)) * 2.0**-29)
        except Exception:  # it takes float64 only
            return 0.0
    return lost if np.isfinite(lost).all() else 0.0


def jitter(array: Any, rng: Any) -> Any:
    """Every number moved by a last place or so, up or down."""
    last_place = np.finfo(array.dtype).eps * rng.choice(np.array([-1.0, 1.0]), np.shape(array))
    return np.asarray(array * (1 + last_place), dtype=array.dtype)[()]


def draw_direction(shape: tuple[int, ...], rng: Any) -> Any:
    """Random signs times sizes from 3/4 to 5/4."""
    return rng.choice(np.array([-1.0, 1.0]), shape) * rng.uniform(LEAST, 2 - LEAST, shape)


def all_steps(arithmetic: Arithmetic, array: Any) -> list[float]:
    """Falling steps, in proportion to the largest number of the array."""
    largest = float(abs(arithmetic.array(array)).max())
    scale = 2.0 ** np.floor(np.log2(largest)) if largest else 1.0
    powers = range(arithmetic.top, arithmetic.bottom - 1, -round(np.log2(RATIO)))
    return [float(scale * 2.0**power) for power in powers]


def along(
    probe: Probe, which: int, direction: Any, steps: Sequence[float], noise: Any = 0
) -> Found:
    """The remainder along one direction of one argument, on a ladder of steps."""
    rows: list[tuple[Any, ...]] = []
    gradient, u = probe.gradients[which], probe.cotangent
    for h in steps:
        moved = move(probe, which, direction, h)
        if moved is None:  # only what is below a step that fails can be trusted
            rows = []
            continue
        (right, above), (left, below) = moved
        slope = (u * (above - below)).sum() / (2 * h)
        error = slope - (gradient * (right - left)).sum() / (2 * h)
        jump = abs(u * ((above - probe.value) - (probe.value - below))).sum() / h
        rows.append((h, error, jump, slope))
    if len(rows) < 3:
        raise NoLadder(f"the function has finite values at {len(rows)} of {len(steps)} steps")
    return _found(probe, which, direction, rows, noise)


def _found(
    probe: Probe, which: int, direction: Any, rows: Sequence[tuple[Any, ...]], noise: Any
) -> Found:
    """What errors and jumps tend to, from the rows (h, error, jump, slope)."""
    used, errors, jumps, slopes = zip(*rows, strict=True)
    gradient = probe.gradients[which]
    terms, lost = probe.cotangent * probe.value, probe.cotangent * probe.lost
    epsilon = probe.arithmetic.epsilon
    floor = max(noise, epsilon * _norm(terms), _norm(lost))
    absolute = max(epsilon * abs(terms).sum(), abs(lost).sum())
    count = _trusted(slopes, jumps)
    error = limit(errors, used, EVEN, floor, count)
    jump = limit(jumps, used, ODD, 4 * absolute, count)
    tolerance = SAFETY * (error.error + _backward_noise(probe, which, direction))
    first = max(0, min(error.step - 2, len(used) - WINDOW))
    return Found(
        error=error,
        jump=jump,
        tolerance=tolerance,
        order=order(errors, used, error.noise),
        variation=max(map(abs, slopes)),
        claimed=(gradient * direction).sum(),
        nearest_zero=nearest_zero(errors[:count], used, floor),
        window=used[first : first + WINDOW],
    )


def _trusted(slopes: Sequence[Any], jumps: Sequence[Any]) -> int:
    """How many steps may tell the slope: where a function that has a slope stands still, it is on a
    stair of rounding; one that has none is flat there, and may have moved beyond a kink."""
    moving = [j for j in range(len(slopes)) if slopes[j] or jumps[j]]
    count = moving[-1] + 1 if moving else 0
    for j in range(2, count):
        changes = [abs(slopes[i] - slopes[j]) for i in (j - 2, j - 1)]
        if max(changes) < abs(slopes[j]) / RATIO:
            return max(count, 3)
    return len(slopes)


def move(probe: Probe, which: int, direction: Any, h: float) -> Any:
    """(argument, value) on both sides, or None; the argument as it is after rounding."""
    sides = []
    for sign in (1, -1):
        arrays = list(probe.call.arrays)
        arrays[which] = _plus(arrays[which], sign * h, direction)
        try:
            with np.errstate(all="ignore"):
                value = probe.arithmetic.array(probe.call.value(arrays))
        except Exception:  # outside the domain; what the function does there is its own affair
            return None
        if value.shape != probe.value.shape or not _is_finite(value):
            return None
        sides.append((probe.arithmetic.array(arrays[which]), value))
    return sides


def _plus(array: Any, h: float, direction: Any) -> Any:
    if array.dtype == object:
        return array + digits.Digits(digits.CONTEXT.mpf(h)) * direction
    return np.asarray(array + h * direction, dtype=array.dtype)


def _is_finite(value: Any) -> bool:
    if value.dtype == object:
        return all(digits.CONTEXT.isfinite(v) for v in value.flat)
    return bool(np.isfinite(value).all())


def _backward_noise(probe: Probe, which: int, direction: Any) -> Any:
    """What rounding may do to <g, d>: how much it moves if the arguments move by a last place."""
    gradient = probe.gradients[which]
    moves = [abs(((j[which] - gradient) * direction).sum()) for j in probe.jittered]
    return max([*moves, probe.arithmetic.epsilon * _norm(gradient * direction)])


def _norm(array: Any) -> Any:
    total = (array * array).sum()
    return digits.CONTEXT.sqrt(total) if array.dtype == object else float(np.sqrt(total))
