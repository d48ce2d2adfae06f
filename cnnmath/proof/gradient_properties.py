"""What every gradient has besides being right: each property is a check that finds its own fault."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cnnmath.proof.gradient_base import Base, draw_cotangent, largest
from cnnmath.proof.gradient_call import Call
from cnnmath.proof.gradient_report import Check, Counterexample
from cnnmath.proof.verdict import Level, Verdict

ROUNDING = 1e-2  # float32 may lose so much of the largest entry
SCALES = (1024.0, -3.0)  # of the two cotangents that are added; the first finds what clips
LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "reversed": lambda a: np.flip(np.flip(a).copy()),
    "transposed": lambda a: a.T.copy().T,
    "every second": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
}


class Fault(Exception):
    """A property does not hold; the argument is the counterexample."""

    def __init__(self, counterexample: Counterexample) -> None:
        super().__init__(str(counterexample))
        self.counterexample = counterexample


def check_properties(given: Base, work: Base, rng: Any) -> list[Check]:
    """``given``: in the dtype of the arguments; ``work``: in float64 if the function takes it."""
    checks = [
        _checked("finite", Level.EXACT, "value and gradients", _finite, given),
        _checked("dtype and shape", Level.EXACT, "those of the arguments", _dtypes, given),
        _checked("twice the same", Level.EXACT, "bit for bit", _repeats, given),
        _checked("own memory", Level.EXACT, "not that of an argument or cotangent", _owns, given),
        _checked("calls kept apart", Level.EXACT, "two forwards, two backwards", _apart, given),
        _checked("memory layout", Level.NUMERIC, ", ".join(LAYOUTS) + ": the same", _layouts, work),
    ]
    if not (given.call.is_pair and not np.ndim(given.value)):
        linear = f"backward({SCALES[0]:g} u - {-SCALES[1]:g} v), to rounding"
        checks += [
            _checked("zero cotangent", Level.EXACT, "gives zero", _zero, given),
            _checked(
                "linear in the cotangent", Level.NUMERIC, linear, lambda b: _linear(b, rng), work
            ),
        ]
    return checks


def check_kept(call: Call, rng: Any) -> Check:
    """Forward and backward write neither into the arguments nor into the cotangent.

    It runs on copies, and before all else: a function that writes would spoil what follows.
    """
    arguments = [a.copy() if isinstance(a, np.ndarray) else a for a in call.arguments]
    copies = Call(call.op, tuple(arguments), call.options, call.wrt, call.names)
    value, backward = copies.at(copies.arrays)
    cotangent = draw_cotangent(call, value, rng)
    written = cotangent.copy()
    backward(written)
    befores = [*zip(call.names, call.arguments, strict=True), ("dy", cotangent)]
    for (name, before), after in zip(befores, [*arguments, written], strict=True):
        if isinstance(after, np.ndarray) and not np.array_equal(after, before):
            place = _first(after != before)
            was, now = float(before[place]), float(after[place])
            why = "for the call wrote into it"
            found = Counterexample(name, place, was, now, why, quantity=name)
            return Check("arguments kept", Verdict(Level.REFUTED, str(found)), found)
    return Check("arguments kept", Verdict(Level.EXACT, "and the cotangent"))


def check_rounding(given: Base, work: Base) -> Check:
    """The gradients of float32 beside those of float64, for the same cotangent."""
    name, dtype = "rounding", given.call.dtype
    gradients = _evaluate(work.call, work.call.arrays, np.float64(1) * given.cotangent)
    pairs = zip(given.gradients, gradients, strict=True)
    worst = max(largest(g - w) / (largest(w) or 1.0) for g, w in pairs)
    evidence = f"{dtype} differs from float64 by {worst:.0e} of the largest entry"
    level = Level.NUMERIC if worst < ROUNDING else Level.UNDECIDED
    return Check(name, Verdict(level, evidence))


def check_batch(work: Base, batch: tuple[int, ...]) -> Check:
    """Two halves of the batch give what the whole gives."""
    size = len(work.call.arguments[batch[0]])
    evidence = f"{size // 2} and {size - size // 2} samples, to rounding"
    return _checked("batch", Level.NUMERIC, evidence, lambda b: _halves(b, batch, size), work)


def _checked(
    name: str, level: Level, evidence: str, holds: Callable[[Base], None], base: Base
) -> Check:
    try:
        holds(base)
    except Fault as fault:
        return Check(name, Verdict(Level.REFUTED, str(fault)), fault.counterexample)
    except Exception as problem:  # the function refuses what it is asked
        return Check(name, Verdict(Level.UNDECIDED, f"{type(problem).__name__}: {problem}"))
    return Check(name, Verdict(level, evidence))


# ----------------------------------------------------------------------------------- comparisons


def _compare(
    base: Base, gradients: list[Any], want: list[Any], allowed: list[float], why: str
) -> None:
    """Each entry of each gradient, the first that is off by more than is allowed."""
    for label, got, wanted, most in zip(base.call.labels, gradients, want, allowed, strict=True):
        got, wanted = np.asarray(got), np.asarray(wanted)
        if got.shape != wanted.shape:
            raise Fault(Counterexample(label, None, f"shape {wanted.shape}", f"{got.shape}", why))
        off = ~((abs(got - wanted) <= most) | (np.isnan(got) & np.isnan(wanted)))
        if off.any():
            place = _first(off)
            was, now = float(wanted[place]), float(got[place])
            raise Fault(Counterexample(label, place, was, now, why, difference=now - was))


def _of_value(expected: str, got: str) -> Counterexample:
    return Counterexample("value", None, expected, got, quantity="value")


def _exactly(base: Base, gradients: list[Any], want: list[Any], why: str) -> None:
    _compare(base, gradients, want, [0.0] * len(want), why)


def _first(where: Any) -> tuple[int, ...]:
    """The first place at which an array of bool is true."""
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(where)), np.shape(where)))


def _evaluate(call: Call, arrays: list[Any], cotangent: Any) -> list[Any]:
    return call.at(arrays)[1](cotangent)


# ------------------------------------------------------------------------------------ properties


def _finite(base: Base) -> None:
    for label, gradient in zip(base.call.labels, base.gradients, strict=True):
        bad = ~np.isfinite(gradient)
        if bad.any():
            place = _first(bad)
            got = float(np.asarray(gradient)[place])
            raise Fault(Counterexample(label, place, "a finite number", got))
    if not np.isfinite(base.value).all():
        raise ValueError("the value of the function is not finite")


def _dtypes(base: Base) -> None:
    for label, array, gradient in zip(
        base.call.labels, base.call.arrays, base.gradients, strict=True
    ):
        got, want = np.asarray(gradient), array
        if got.shape != want.shape:
            raise Fault(Counterexample(label, None, f"shape {want.shape}", f"shape {got.shape}"))
        if got.dtype != want.dtype:
            raise Fault(Counterexample(label, None, f"dtype {want.dtype}", f"dtype {got.dtype}"))
    of_value = np.asarray(base.value).dtype
    if of_value != base.call.dtype:
        raise Fault(_of_value(f"dtype {base.call.dtype}", f"dtype {of_value}"))


def _repeats(base: Base) -> None:
    for _ in range(2):
        value, backward = base.call.at(base.call.arrays)
        if not np.array_equal(value, base.value, equal_nan=True):
            raise Fault(_of_value("the same value twice", "another"))
        _exactly(base, backward(base.cotangent), base.gradients, "in a second call")


def _owns(base: Base) -> None:
    named = [*zip(base.call.names, base.call.arguments, strict=True), ("dy", base.cotangent)]
    gradients = _evaluate(base.call, base.call.arrays, base.cotangent)
    for label, gradient in zip(base.call.labels, gradients, strict=True):
        for name, other in named:
            if isinstance(other, np.ndarray) and np.may_share_memory(gradient, other):
                raise Fault(Counterexample(label, None, "an array of its own", f"memory of {name}"))


def _apart(base: Base) -> None:
    """A second forward in between, more backwards after it: nothing changes."""
    call, other = base.call, _nearby(base.call)
    doubled = base.cotangent + base.cotangent
    want = [np.array(g) for g in _evaluate(call, other, doubled)]
    _, first = call.at(call.arrays)
    _, second = call.at(other)
    gradients = first(base.cotangent)
    _exactly(base, gradients, base.gradients, "after a second forward")
    kept = [np.array(g) for g in gradients]
    _exactly(base, second(doubled), want, "of the second of two forwards")
    first(doubled)
    _exactly(base, gradients, kept, "overwritten by a later backward")
    _exactly(base, first(base.cotangent), base.gradients, "from backward called again")


def _nearby(call: Call) -> list[Any]:
    """Other arguments, 1/64 smaller; the same if the function does not take them."""
    moved = [np.asarray(a * (1 - 2.0**-6), dtype=a.dtype) for a in call.arrays]
    try:
        call.value(moved)
    except Exception:
        return [a.copy() for a in call.arrays]
    return moved


def _layouts(base: Base) -> None:
    for name, layout in LAYOUTS.items():

        def change(array: Any, layout: Callable[[Any], Any] = layout) -> Any:
            return layout(array) if np.ndim(array) else array

        value, backward = base.call.converted(change).at([change(a) for a in base.call.arrays])
        gradients = backward(change(base.cotangent))
        if not np.allclose(value, base.value, rtol=1e-3, atol=1e-6 * largest(base.value)):
            raise Fault(_of_value("the same value", f"another if {name}"))
        _compare(base, gradients, base.gradients, base.allowed, f"if the arrays are {name} views")


def _zero(base: Base) -> None:
    zero = base.cotangent * 0
    gradients = _evaluate(base.call, base.call.arrays, zero)
    want = [np.zeros(np.shape(g)) for g in gradients]
    _exactly(base, gradients, want, "for the cotangent 0")


def _linear(base: Base, rng: Any) -> None:
    a, b = SCALES
    u = base.cotangent
    v = np.asarray(rng.uniform(-1, 1, np.shape(u)), dtype=np.asarray(u).dtype)[()]
    _, backward = base.call.at(base.call.arrays)
    both = np.asarray(a * u + b * v, dtype=np.asarray(u).dtype)[()]
    of_u, of_v, of_both = ([np.array(g) for g in backward(dy)] for dy in (u, v, both))
    want = [a * gu + b * gv for gu, gv in zip(of_u, of_v, strict=True)]
    most = [(abs(a) + abs(b)) * allowed for allowed in base.allowed]
    why = f"for the cotangent {a:g} u - {-b:g} v"
    _compare(base, of_both, want, most, why)


# ------------------------------------------------------------------------------------------ batch


def _halves(base: Base, batch: tuple[int, ...], size: int) -> None:
    call = base.call
    parts = [slice(0, size // 2), slice(size // 2, size)]
    calls = [_part(call, batch, part) for part in parts]
    results = [c.at(c.arrays) for c in calls]
    values = [value for value, _ in results]
    cotangents = list(_shares(base, values, parts, size))
    gradients = [b(u) for (_, b), u in zip(results, cotangents, strict=True)]
    want = []
    for which, position in enumerate(call.wrt):
        both = [g[which] for g in gradients]
        want.append(np.concatenate(both) if position in batch else both[0] + both[1])
    _compare(base, base.gradients, want, [10 * a for a in base.allowed], "against two halves")


def _part(call: Call, batch: tuple[int, ...], part: slice) -> Call:
    arguments = tuple(a[part] if i in batch else a for i, a in enumerate(call.arguments))
    return Call(call.op, arguments, call.options, call.wrt, call.names)


def _shares(base: Base, values: list[Any], parts: list[slice], size: int) -> Iterator[Any]:
    """The cotangents of the halves; of a scalar, by what it turns out to be: a sum or a mean."""
    tolerance = 1e-6 if base.call.dtype == np.float64 else 1e-3
    if np.ndim(base.value):
        both = np.concatenate(values)
        if both.shape != base.value.shape or not np.allclose(
            both, base.value, tolerance, tolerance
        ):
            raise Fault(_of_value("the values of the halves", "others"))
        yield from (base.cotangent[part] for part in parts)
        return
    lengths = [part.stop - part.start for part in parts]
    for weights in ([1.0, 1.0], [length / size for length in lengths]):
        total = sum(w * v for w, v in zip(weights, values, strict=True))
        if np.isclose(total, base.value, tolerance, 0):
            # a scalar that comes with its gradient has no cotangent: the weights go elsewhere
            yield from (base.cotangent * type(base.cotangent)(w) for w in weights)
            return
    raise Fault(_of_value("sum or mean of those of the halves", "neither"))
