"""The derivative along random directions: a verdict for all arguments, and the entry that is wrong."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnmath.proof.directions import (
    Arithmetic,
    Found,
    NoLadder,
    Probe,
    all_steps,
    along,
    draw_direction,
    lost_to_rounding,
    move,
    probe,
)
from cnnmath.proof.gradient_call import Call
from cnnmath.proof.gradient_report import Check, Counterexample
from cnnmath.proof.verdict import Level, Verdict

COARSE = 1e-3  # errors of a gradient's largest entry by this share must be seen, else UNDECIDED
LEAST_ORDER = 1.5  # a rate worth telling: below it, large steps have met kinks
RESTLESS = 30  # a window whose error is so many times the first one's was the wrong window
CANDIDATES = 3  # outputs at which a single 1 is tried as cotangent
SHIFT = 0.7  # the steps of a second look lie elsewhere


class Worst(NamedTuple):
    """What the directions of one argument have shown."""

    seen: Any  # the smallest error of a single entry that every direction would have shown
    scale: Any  # the largest entry of the gradient
    orders: list[float]


def check_directions(
    call: Call, arithmetic: Arithmetic, name: str, draw: Callable[[], Any], rng: Any, count: int
) -> Check:
    """``count`` cotangents from ``draw``, each with one direction per argument."""
    results: list[Worst | None] = [None] * len(call.wrt)
    windows: list[tuple[Sequence[float], Found] | None] = [None] * len(call.wrt)
    lost = lost_to_rounding(call, rng) if arithmetic.jitters else 0.0
    for _ in range(count):
        probed = probe(call, arithmetic, draw(), lost, rng)
        for which, label in enumerate(call.labels):
            direction = draw_direction(call.arrays[which].shape, rng)
            try:
                found = _found(probed, which, direction, windows[which])
                if found.is_off or found.is_open or found.is_kink:
                    return _explained(name, probed, which, direction, rng)
            except NoLadder as problem:
                return _undecided(name, f"{label}: {problem}")
            windows[which] = windows[which] or (found.window, found)
            results[which] = _worst(results[which], found, probed, which)
    return _summed_up(name, call.labels, [w for w in results if w is not None], count)


def _found(
    probed: Probe, which: int, direction: Any, known: tuple[Sequence[float], Found] | None
) -> Found:
    """Along the whole ladder, or along a window that was good for another direction."""
    steps = all_steps(probed.arithmetic, probed.call.arrays[which])
    if known is None or len(known[0]) < 3:
        return along(probed, which, direction, steps)
    window, first = known
    try:
        found = along(probed, which, direction, window, first.error.noise)
    except NoLadder:
        return along(probed, which, direction, steps)
    restless = found.error.error > RESTLESS * first.error.error
    if restless or found.is_off or found.is_open or found.is_kink:
        return along(probed, which, direction, steps)
    return found


def _worst(before: Worst | None, found: Found, probed: Probe, which: int) -> Worst:
    largest = abs(probed.gradients[which]).max()
    scale = largest if largest else found.variation
    orders = [] if found.order is None else [found.order]
    if before is None:
        return Worst(found.seen, scale, orders)
    return Worst(max(before.seen, found.seen), max(before.scale, scale), before.orders + orders)


def _summed_up(name: str, labels: list[str], worst: list[Worst], count: int) -> Check:
    seen = ", ".join(f"{n} {_size(w.seen)}" for n, w in zip(labels, worst, strict=True))
    for label, each in zip(labels, worst, strict=True):
        if each.seen > COARSE * each.scale and each.scale:
            return _undecided(
                name,
                f"rounding hides what there is to see: one wrong entry shows from {seen}, "
                f"the largest entry of d{label} is {float(each.scale):.0e}",
            )
    orders = sorted(order for each in worst for order in each.orders)
    rate = orders[len(orders) // 2] if orders else 0.0
    falls = f"; the remainder is of order {rate:.1f}" if rate > LEAST_ORDER else ""
    evidence = (
        f"{count} random directions each; a single wrong entry shows from {seen}, "
        f"the largest of several with probability 1 - 2^-{count} or more{falls}"
    )
    return Check(name, Verdict(Level.NUMERIC, evidence), is_derivative=True)


def _size(seen: Any) -> str:
    return f"{float(seen):.0e}" if seen else "any size"


def _undecided(name: str, evidence: str) -> Check:
    return Check(name, Verdict(Level.UNDECIDED, evidence), is_derivative=True)


# ------------------------------------------------------------------------------ which entry it is


def _explained(name: str, probed: Probe, which: int, direction: Any, rng: Any) -> Check:
    """A second look on other steps, then the entry: a counterexample or a kink."""
    label = probed.call.labels[which]
    steps = [SHIFT * h for h in all_steps(probed.arithmetic, probed.call.arrays[which])]
    again = along(probed, which, direction, steps)
    if again.is_off:
        example = _counterexample(probed, which, direction, steps, again, rng)
        return Check(name, Verdict(Level.REFUTED, str(example)), example, is_derivative=True)
    if again.is_kink:
        entry, at = locate(probed, which, direction, steps, again, lambda f: f.is_kink)
        place = label if entry is None else f"{label}{list(entry)}"
        jump = float(abs(at.jump.value))
        text = f"a kink at {place}: the slopes of its two sides differ by {jump:.3g}"
        return _undecided(name, text)
    if again.is_open:
        return _undecided(name, f"{label}: large and small steps contradict each other")
    return _undecided(name, f"{label}: a difference does not repeat with other steps")


def _counterexample(
    probed: Probe, which: int, direction: Any, steps: Sequence[float], found: Found, rng: Any
) -> Counterexample:
    """The entry that is wrong, if one stands out; for a cotangent with a single 1 if that shows it."""
    label, size = probed.call.labels[which], direction.size
    entry, at = locate(probed, which, direction, steps, found, lambda f: f.is_off)
    where = "for the cotangent of the counterexample"
    if entry is None:
        where = f"the slope along random signs of many of the {size} entries, {where}"
        return _example(label, entry, at, probed, where)
    single = _single(direction, entry)
    for place in _places_that_move(probed, which, single, steps):
        unit = np.zeros(probed.shape)
        unit[place] = 1
        simple = probe(probed.call, probed.arithmetic, _lifted(unit, probed), probed.lost, rng)
        try:
            shown = along(simple, which, single, steps)
        except NoLadder:
            continue
        if shown.is_off:
            where = f"where dy is 1 at {list(place)}, 0 elsewhere" if place else ""
            return _example(label, entry, shown, simple, where)
    return _example(label, entry, along(probed, which, single, steps), probed, where)


def _example(label: str, entry: Any, at: Found, probed: Probe, where: str) -> Counterexample:
    expected, got = at.claimed + at.error.value, float(at.claimed)
    expected = float(expected) if abs(expected) > at.tolerance else 0.0  # what is left is rounding
    cotangent = np.asarray(probed.cotangent, dtype=np.float64)
    cotangent = cotangent.reshape(probed.shape)[()]
    difference = -float(at.error.value)
    return Counterexample(label, entry, expected, got, where, cotangent, difference=difference)


def _places_that_move(
    probed: Probe, which: int, single: Any, steps: Sequence[float]
) -> list[tuple[int, ...]]:
    """The outputs that the entry moves most; for an elementwise function its own, moved or not."""
    entry = tuple(int(i) for i in np.argwhere(single)[0])
    own = [entry] if probed.shape == single.shape else []
    for h in steps[len(steps) // 2 :]:
        moved = move(probed, which, single, h)
        if moved is not None:
            (_, above), (_, below) = moved
            change = abs(above - below).ravel()
            largest = np.argsort(-change, kind="stable")[:CANDIDATES]
            places = [np.unravel_index(int(i), probed.shape) for i in largest if change[i]]
            return [tuple(int(i) for i in place) for place in places] + own
    return own


def _lifted(unit: Any, probed: Probe) -> Any:
    return probed.arithmetic.lift(unit)[()]


def locate(
    probed: Probe,
    which: int,
    direction: Any,
    steps: Sequence[float],
    found: Found,
    is_it: Callable[[Found], bool],
) -> tuple[tuple[int, ...] | None, Found]:
    """The first entry by bisection, with what its own direction shows; or None and a last block.

    If the first half does not show it, the second is taken without asking; the entry is asked.
    """
    shape = direction.shape
    start, stop = 0, direction.size
    while stop - start > 1:
        middle = (start + stop) // 2
        half = _only(direction, start, middle)
        try:
            part = along(probed, which, half, found.window, found.error.noise)
        except NoLadder:
            part = None
        if part is not None and is_it(part):
            stop, found = middle, part
        else:
            start = middle
    try:
        single = along(probed, which, _only(direction, start, stop), steps)
    except NoLadder:
        return None, found
    if not is_it(single):
        return None, found
    return tuple(int(i) for i in np.unravel_index(start, shape)), single


def _single(direction: Any, entry: tuple[int, ...]) -> Any:
    single = np.zeros_like(direction)
    single[entry] = 1
    return single


def _only(direction: Any, start: int, stop: int) -> Any:
    part = np.zeros_like(direction).ravel()
    part[start:stop] = direction.ravel()[start:stop]
    return part.reshape(direction.shape)
