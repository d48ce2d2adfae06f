"""Is this gradient right? A verdict on a user's own function, with the smallest counterexample.

First the code runs on symbols, and SymPy differentiates what ran: EXACT. Where that cannot be, it
runs in 60 digits, and in any case in floats, along random signs: NUMERIC. Then the properties that
every gradient has. README shows one gradient that is accepted and one that is refuted.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnmath.proof.digits import PLACES, digits
from cnnmath.proof.directions import OF_DIGITS, of_floats
from cnnmath.proof.gradient_base import Base, draw_cotangent, make_base
from cnnmath.proof.gradient_call import TOOL, Call, WrongReturn, make_call
from cnnmath.proof.gradient_directions import check_directions
from cnnmath.proof.gradient_properties import (
    check_batch,
    check_kept,
    check_properties,
    check_rounding,
)
from cnnmath.proof.gradient_report import Check, NotDone, Report
from cnnmath.proof.gradient_trace import check_traced
from cnnmath.proof.verdict import Level, Verdict

DIGITS_ENTRIES = 256  # more are not run in 60 digits


def check_gradient(
    op: Any,
    *args: Any,
    wrt: Any = None,
    batch: Any = None,
    small: tuple[Any, ...] | None = None,
    exact: bool = True,
    directions: int = 8,
    seed: int = 0,
    **options: Any,
) -> Report:
    """Check the gradient of a function at ``args``; see the README for a report as printed.

    ``op(*args, **options)`` returns ``(y, backward)``, and ``backward(dy)`` one gradient per array of
    floats (as all functions of ``cnnmath``); or ``op`` is a pair of functions: ``(f, gradient)``, with
    ``gradient(*args)`` if f returns a number, ``gradient(*args, dy)`` if it returns an array.

    >>> import numpy as np
    >>> from cnnmath import check_gradient
    >>> x = np.array([[1.0, 2.0, 4.0]])
    >>> check_gradient((lambda x: (x**3).sum(), lambda x: 3 * x**2), x).ok
    True

    args        arrays of float32 or float64 are differentiated, in any memory layout; labels, numbers and
                other options are handed through, a ``np.random.Generator`` as a copy in each call
    wrt         which of them, by name or position, if not all: targets are constants, say ``wrt="y"``
    batch       the arguments whose first axis is the batch, if samples do not see each other: then two
                halves must give what the whole gives (a scalar may be their sum or their mean)
    small       other, smaller arguments at which the code is traced, if ``args`` are large
    exact       False: neither trace nor 60 digits, floats alone
    directions  how many cotangents, each with one direction per argument
    seed        of all that is random

    The report is text: ``print(report)``. ``report.ok`` is True for EXACT (equal to SymPy's derivative of
    what ran, for all numbers in the cell of these) and NUMERIC (the remainder of Taylor's formula
    vanishes; the evidence says from which size on one wrong entry would have shown). It is False for
    REFUTED, then ``report.counterexample`` has argument, entry, expected and got, and for UNDECIDED: at
    a kink, or where rounding hides what there is to see. float32 arguments are checked in float64 if the
    function takes it, their dtype and rounding as they are.

    Raises TypeError (op is no function or pair, no array of floats, another dtype, no backward) and
    ValueError (numbers not finite, an unknown name in wrt or batch, fewer gradients than arrays and no wrt).
    """
    call = make_call(op, args, options, wrt)
    places = _batch(call, batch)
    if directions < 1:
        raise ValueError(f"{TOOL}: directions is {directions}; wanted at least 1")
    rng = np.random.default_rng(seed)
    try:
        kept = check_kept(call, rng)
        if kept.verdict.level is Level.REFUTED:
            return Report(call.name, (kept,))
        given = make_base(call, rng)
    except WrongReturn as wrong:
        return _wrong_return(call, wrong, wrt)
    work = _in_float64(given, rng)
    properties = [kept, *check_properties(given, work, rng)]
    if any(_spoils(check) for check in properties):
        return Report(call.name, tuple(properties))
    if work is not given:
        properties.append(check_rounding(given, work))
    if places:
        properties.append(check_batch(work, places))
    if small is not None:
        properties.append(_small(op, small, options, wrt))
    checks, notes = _derivative(work, exact, rng, directions)
    return Report(call.name, (*checks, *properties), notes)


def _batch(call: Call, batch: Any) -> tuple[int, ...]:
    """The positions of the arguments that carry the batch."""
    if batch is None:
        return ()
    places = []
    for each in batch if isinstance(batch, tuple | list) else (batch,):
        place = call.names.index(each) if each in call.names else each
        known = isinstance(place, int) and not isinstance(place, bool)
        if not known or not 0 <= place < len(call.arguments):
            raise ValueError(f"{TOOL}: batch has {each!r}; wanted one of {', '.join(call.names)}")
        places.append(place)
    sizes = {np.shape(call.arguments[i])[:1] for i in places}
    if len(sizes) != 1 or min(sizes) < (2,):
        raise ValueError(
            f"{TOOL}: the batch of {', '.join(call.names[i] for i in places)} has the sizes "
            f"{sorted(sizes)}; wanted one size, at least 2"
        )
    return tuple(places)


def _wrong_return(call: Call, wrong: WrongReturn, wrt: Any) -> Report:
    """Of several arrays, none of them chosen, some may be constants: the caller has to say."""
    if wrt is None and len(call.wrt) > 1:
        raise ValueError(
            f"{TOOL}: backward of {call.name} returned {wrong}; if some of these are constants, "
            f'name the others, e.g. wrt="{call.labels[0]}"'
        ) from None
    text = f"backward returned {wrong}"
    return Report(call.name, (Check("gradients", Verdict(Level.REFUTED, text)),))


def _spoils(check: Check) -> bool:
    """There is no one finite gradient of the right shape: nothing else can be said of it."""
    needed = ("finite", "dtype and shape", "twice the same")
    return check.name in needed and check.verdict.level is not Level.EXACT


def _in_float64(given: Base, rng: Any) -> Base:
    """The same in float64, if the function takes it; else what was given."""
    if given.call.dtype == np.float64:
        return given
    call = given.call.converted(lambda a: a.astype(np.float64))
    try:
        work = make_base(call, rng)
    except Exception:
        return given
    return work if np.asarray(work.value).dtype == np.float64 else given


def _small(op: Any, arguments: tuple[Any, ...], options: dict[str, Any], wrt: Any) -> Check:
    """A trace at other arguments says nothing certain about the sizes given: it stands beside."""
    name = "on small symbols"
    try:
        found = check_traced(make_call(op, arguments, options, wrt), name)
    except NotDone as reason:
        return Check(name, Verdict(Level.UNDECIDED, str(reason)))
    return Check(name, found.verdict, found.counterexample)


def _derivative(
    work: Base, exact: bool, rng: Any, directions: int
) -> tuple[list[Check], tuple[str, ...]]:
    """The exact checks that apply, and floats; and why those that do not apply do not."""
    call, checks, notes = work.call, [], []

    def draw() -> Any:
        return draw_cotangent(call, work.value, rng)

    def in_digits() -> Check:
        return _in_digits(work, draw, rng, directions)

    for attempt in (lambda: check_traced(call, "on symbols"), in_digits) if exact else ():
        try:
            checks.append(attempt())
        except NotDone as reason:
            notes.append(str(reason))
        else:
            break
    if all(check.verdict.level is not Level.REFUTED for check in checks):
        arithmetic = of_floats(np.asarray(work.value).dtype)
        checks.append(check_directions(call, arithmetic, str(call.dtype), draw, rng, directions))
    return checks, tuple(notes)


def _in_digits(work: Base, draw: Callable[[], Any], rng: Any, directions: int) -> Check:
    name, call = f"in {PLACES} digits", work.call
    entries = sum(array.size for array in call.arrays) + np.size(work.value)
    if entries > DIGITS_ENTRIES:
        raise NotDone(f"{name}: {entries} entries; wanted at most {DIGITS_ENTRIES}")
    exact = call.converted(digits)
    try:
        return check_directions(exact, OF_DIGITS, name, lambda: digits(draw())[()], rng, directions)
    except Exception as problem:  # whatever the code does that such numbers cannot
        raise NotDone(f"{name}: {type(problem).__name__}: {problem}") from problem
