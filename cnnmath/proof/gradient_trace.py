"""The gradient of what ran: the user's code on symbols, its derivative by SymPy, entry by entry.

The symbols are free, so what is shown holds for all real numbers in the cell of the arguments: all
that take the same branches. Numbers of 60 digits are put in first; they find what is wrong at once.
"""

from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
import numpy as np
import sympy

from cnnmath.proof.digits import PLACES, number
from cnnmath.proof.gradient_call import Call
from cnnmath.proof.gradient_report import Check, Counterexample, NotDone
from cnnmath.proof.trace import Path, Traced, vanishes
from cnnmath.proof.verdict import Level, Verdict

ENTRIES = 40  # arguments with more entries are not traced
OPERATIONS = 800  # a difference of more is compared in digits alone
ALTOGETHER = 8000  # and all of them, if they have more
ZERO = mpmath.mpf(10) ** -40


class Run(NamedTuple):
    """One call on symbols."""

    symbols: list[Any]  # object arrays of SymPy symbols, one for each array of wrt
    numbers: dict[Any, Any]  # their values
    cotangent: Any  # object array of symbols
    value: Any  # object array of expressions
    gradients: list[Any]
    path: Path


class Entry(NamedTuple):
    """One entry of one gradient: what SymPy says and what backward said."""

    which: int
    place: tuple[int, ...]
    want: Any
    got: Any


def check_traced(call: Call, name: str) -> Check:
    """EXACT, REFUTED, or NUMERIC (equal in 60 digits, and no rule shows more); raises NotDone."""
    entries = sum(array.size for array in call.arrays)
    if entries > ENTRIES:
        raise NotDone(f"{name}: {entries} entries; wanted at most {ENTRIES}")
    try:
        run = _run(call)
    except Exception as problem:  # whatever the code does that symbols cannot
        raise NotDone(f"{name}: {type(problem).__name__}: {problem}") from problem
    ties = [d for relation, d in run.path.conditions if relation == "=" and _moves(d, run)]
    if ties:
        raise NotDone(f"{name}: the code compares {ties[0]} with 0, and it is 0 here")
    found = _entries(run)
    wrong = _wrong(call, run, found)
    if wrong is not None:
        return _check(name, Level.REFUTED, str(wrong), wrong)
    border = _border(run)
    if _are_same(found):
        sizes = ", ".join(f"{n} {_size(a)}" for n, a in zip(call.labels, call.arrays, strict=True))
        evidence = f"{sizes}; {len(found)} entries, one cell; {border}"
        return _check(name, Level.EXACT, evidence)
    return _check(name, Level.NUMERIC, f"{PLACES} digits, at these numbers; {border}")


def _check(name: str, level: Level, evidence: str, wrong: Counterexample | None = None) -> Check:
    return Check(name, Verdict(level, evidence), wrong, is_derivative=True)


def _size(array: Any) -> str:
    return "x".join(map(str, array.shape)) or "()"


# ---------------------------------------------------------------------------------------- the run


def _run(call: Call) -> Run:
    path = Path()
    numbers: dict[Any, Any] = {}

    def constant(array: Any) -> Any:
        return _filled(array, lambda place: _number(array[place], path))

    def free(name: str, array: Any) -> Any:
        def symbol(place: tuple[int, ...]) -> Traced:
            index = f"[{','.join(map(str, place))}]" if place else ""
            return _symbol(f"{name}{index}", Fraction(float(array[place])), numbers, path)

        return _filled(array, symbol)

    arrays = [free(name, array) for name, array in zip(call.labels, call.arrays, strict=True)]
    exact = call.converted(constant)
    options = {n: _number(o, path) if isinstance(o, float) else o for n, o in call.options.items()}
    arguments = tuple(_number(a, path) if isinstance(a, float) else a for a in exact.arguments)
    exact = Call(call.op, arguments, options, call.wrt, call.names)
    value, backward = exact.at(arrays)
    expressions = _expressions(value)
    cotangent = _cotangent(exact, np.shape(value), numbers, path)
    gradients = [_expressions(g) for g in backward(cotangent)]
    for label, gradient, array in zip(call.labels, gradients, arrays, strict=True):
        if gradient.shape != array.shape:
            raise ValueError(f"d{label} has shape {gradient.shape}, wanted {array.shape}")
    symbols = [_expressions(array) for array in arrays]
    return Run(symbols, numbers, _expressions(cotangent), expressions, gradients, path)


def _cotangent(call: Call, shape: tuple[int, ...], numbers: dict[Any, Any], path: Path) -> Any:
    if call.is_pair and not shape:
        return _number(1, path)
    result = np.empty(shape, object)
    for count, place in enumerate(np.ndindex(shape)):
        index = f"[{','.join(map(str, place))}]" if place else ""
        witness = Fraction((-1) ** count * (7 + 5 * count % 11), 12)
        result[place] = _symbol(f"dy{index}", witness, numbers, path)
    return result if shape else result[()]


def _filled(array: Any, entry: Any) -> Any:
    result = np.empty(array.shape, object)
    for place in np.ndindex(array.shape):
        result[place] = entry(place)
    return result


def _symbol(name: str, witness: Fraction, numbers: dict[Any, Any], path: Path) -> Traced:
    symbol = sympy.Symbol(name, real=True)
    numbers[symbol] = witness
    return Traced(symbol, witness, path)


def _number(value: Any, path: Path) -> Traced:
    fraction = Fraction(float(value))
    return Traced(sympy.Rational(fraction.numerator, fraction.denominator), fraction, path)


def _expressions(array: Any) -> Any:
    result = np.empty(np.shape(array), object)
    for place, entry in np.ndenumerate(np.asarray(array, dtype=object)):
        result[place] = entry.expression if isinstance(entry, Traced) else sympy.sympify(entry)
    return result


# ------------------------------------------------------------------------------------- the entries


def _entries(run: Run) -> list[Entry]:
    loss = sum((u * y for u, y in zip(run.cotangent.flat, run.value.flat, strict=True)), sympy.S(0))
    return [
        Entry(which, place, sympy.diff(loss, symbol), run.gradients[which][place])
        for which, symbols in enumerate(run.symbols)
        for place, symbol in np.ndenumerate(symbols)
    ]


def _are_same(entries: list[Entry]) -> bool:
    """Each difference vanishes for all numbers; False if that is not shown, or too long to show."""
    differences = [entry.got - entry.want for entry in entries]
    operations = [d.count_ops() for d in differences]
    if max(operations) > OPERATIONS or sum(operations) > ALTOGETHER:
        return False
    return all(map(vanishes, differences))


def _wrong(call: Call, run: Run, entries: list[Entry]) -> Counterexample | None:
    """The first entry that differs in 60 digits; for a cotangent with a single 1 if that shows it."""
    evaluate = _evaluator(run, entries)
    for unit in (*np.ndindex(run.cotangent.shape), None):
        cotangent = _unit(run, unit)
        for entry, want, got in zip(entries, *evaluate(cotangent), strict=True):
            if abs(want - got) > ZERO * (1 + abs(want) + abs(got)):
                where = f"where dy is 1 at {list(unit)}, 0 elsewhere" if unit else ""
                return Counterexample(
                    call.labels[entry.which],
                    entry.place,
                    float(want),
                    float(got),
                    where,
                    _floats(cotangent),
                    difference=float(got - want),
                )
    return None


def _unit(run: Run, place: tuple[int, ...] | None) -> Any:
    """A cotangent of numbers: 1 at the place, or the witnesses."""
    if place is None or not place:
        return _filled(run.cotangent, lambda p: run.numbers.get(run.cotangent[p], Fraction(1)))
    return _filled(run.cotangent, lambda p: Fraction(int(p == place)))


def _floats(cotangent: Any) -> Any:
    return np.array([float(c) for c in cotangent.flat]).reshape(cotangent.shape)[()]


def _evaluator(run: Run, entries: list[Entry]) -> Any:
    """A function of the numbers of the cotangent: what SymPy says and what backward said."""
    symbols = list(run.numbers)
    both = [[entry.want for entry in entries], [entry.got for entry in entries]]
    function = sympy.lambdify(symbols, both, "mpmath", cse=True)

    def evaluate(cotangent: Any) -> Any:
        drawn = dict(zip(run.cotangent.flat, cotangent.flat, strict=True))
        with mpmath.workdps(PLACES):
            values = [mpmath.mpf(number(drawn.get(s, run.numbers[s]))) for s in symbols]
            return [[mpmath.mpf(v) for v in part] for part in function(*values)]

    return evaluate


# -------------------------------------------------------------------------------------- the borders


def _moves(difference: Any, run: Run) -> bool:
    """The condition is about the arguments (not about the cotangent alone)."""
    mine = {symbol for symbols in run.symbols for symbol in symbols.flat}
    return bool(difference.free_symbols & mine)


def _border(run: Run) -> str:
    """How far every argument may move, to first order, before the code takes another branch."""
    nearest: tuple[float, str] | None = None
    for _, difference in run.path.conditions:
        if not _moves(difference, run):
            continue
        at = {s: sympy.Rational(n.numerator, n.denominator) for s, n in run.numbers.items()}
        slopes = sum(abs(sympy.diff(difference, s).subs(at)) for s in difference.free_symbols)
        distance = abs(float(sympy.N(difference.subs(at)))) / float(sympy.N(slopes))
        if nearest is None or distance < nearest[0]:
            nearest = (distance, f"{difference} = 0")
    if nearest is None:
        return "no branch, so no kink"
    return f"nearest branch at distance {nearest[0]:.3g}: {nearest[1]}"
