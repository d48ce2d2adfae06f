"""Limits of differences: what tends to what as the step h goes to 0, and how sure that is.

Along x + h d the remainder of Taylor's formula, (phi(h) - phi(-h) - 2 h <g, d>) / 2h, tends to the
error of g along d: to 0 like h^2 if g is right, else to a number that is not 0. The values lie on
a ladder of steps, each 8 times smaller; Richardson's extrapolation takes out the powers of h that a
smooth function has; what neighbouring steps and columns differ by is the error, and what the values
of all smaller steps differ by is noise, for in the end nothing but rounding is left. No tolerance is
chosen.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

RATIO = 8  # of neighbouring steps
EVEN = (2, 4)  # powers of h in a central difference
LONG, BELOW = 8, 2  # a ladder of so many steps keeps so many below the limit, to measure the noise
ODD = (1, 3)  # powers of h in a second difference divided by h


class Limit(NamedTuple):
    """A limit as h -> 0, a bound of its error, and the noise in h * value at the lowest steps."""

    value: Any
    error: Any
    noise: Any
    step: int  # the number of the step at which it was read off


def limit(
    values: Sequence[Any],
    steps: Sequence[float],
    powers: tuple[int, ...],
    noise: Any,
    count: int | None = None,
) -> Limit:
    """The limit of ``values`` at falling ``steps``; ``noise`` is the least that h * value may have.

    ``count`` of them may be the limit: at the steps after these the function does not move at all, and
    what looks like a slope of 0 is a stair of rounding. Of a long ladder the last ones never are.
    """
    count = len(values) if count is None else count
    columns = _columns(values[:count], powers)
    best: Limit | None = None
    for power, column, errors in zip(
        (*powers, powers[-1] + 2), columns, _errors(columns), strict=True
    ):
        for k, error in enumerate(_without_accidents(errors, power)):
            j = count - len(errors) + k
            if j > len(values) - 1 - (BELOW if len(values) >= LONG else 0):
                continue
            value = column[k - len(errors)]
            rounding = max(
                [noise, *(steps[i] * abs(values[i] - value) for i in range(j + 1, len(values)))]
            )
            error = error + rounding / steps[j]
            if best is None or error < best.error:
                best = Limit(value, error, rounding, j)
    assert best is not None
    return best


def nearest_zero(values: Sequence[Any], steps: Sequence[float], noise: Any) -> Any:
    """The least error with which three steps in a row say 0; None if none do.

    A function of two scales has two limits, of which ``limit`` may choose the wrong one: if some
    steps say 0 with an error far below it, then the steps contradict each other.
    """
    found = None
    for j in range(1, len(values) - 1):
        changes = [abs(values[j] - values[j - 1]), abs(values[j + 1] - values[j])]
        error = max(*changes, noise / steps[j + 1])
        if abs(values[j]) <= 2 * error and (found is None or error < found):
            found = error
    return found


def _columns(values: Sequence[Any], powers: tuple[int, ...]) -> list[list[Any]]:
    """Richardson's table; the entries of every column end with the smallest step."""
    columns = [list(values)]
    for power in powers:
        last, factor = columns[-1], RATIO**power - 1
        columns.append([b + (b - a) / factor for a, b in pairwise(last)])
    return columns


def _errors(columns: list[list[Any]]) -> list[list[Any]]:
    """What each entry differs by from its neighbours; the first value has none."""
    first = columns[0]
    errors = [[abs(b - a) for a, b in pairwise(first)]]
    for last, column in pairwise(columns):
        around = zip(last, last[1:], column, strict=False)
        errors.append([max(abs(new - a), abs(new - b)) for a, b, new in around])
    return errors


def _without_accidents(errors: list[Any], power: int) -> list[Any]:
    """An error is at least what its neighbours allow.

    From one step to the next truncation falls by 8^power at most, and noise grows by 8 at most: a
    value that agrees far better than that with its neighbours does so by chance.
    """
    honest = []
    for j, error in enumerate(errors):
        before = errors[j - 1] / RATIO**power if j else 0
        after = errors[j + 1] / RATIO if j + 1 < len(errors) else 0
        honest.append(max(error, before, after))
    return honest


def order(values: Sequence[Any], steps: Sequence[float], noise: Any) -> float | None:
    """The power of h with which h * value falls where it stands clear of the noise, or None.

    3 for a smooth function with the right gradient, 1 with a wrong one.
    """
    clear = [abs(v) * h > 100 * noise for v, h in zip(values, steps, strict=True)]
    pairs = [j for j in range(1, len(values)) if clear[j] and clear[j - 1]]
    rates = [_rate(values[j - 1], values[j]) for j in pairs[-3:]]
    return sorted(rates)[len(rates) // 2] if rates else None


def _rate(before: Any, after: Any) -> float:
    return 1 + math.log(float(abs(before) / abs(after)), RATIO)
