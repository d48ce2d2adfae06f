"""The tie of formula and code: the op runs on symbols and must say what the derivation says.

Strand 1, trace: the traced value equals the formula object; ``backward``, for a free symbolic
cotangent, equals ``sympy.diff`` of the traced value. Strand 2, conclusion: what the derivation
concludes equals the traced backward. Both for every cell: sizes, labels, and every order (ties
included) of the entries that the code compares.
"""

import inspect
import itertools
from collections.abc import Iterator
from fractions import Fraction
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import sympy

from cnnmath.ops.record import Case, Op
from cnnmath.proof.derivation import Derivation, derive
from cnnmath.proof.evaluate import EXACT, Arrays, integer, symbolic_field, value
from cnnmath.proof.notation import Name, Node, Tensor, free_indices
from cnnmath.proof.scripted import Scripted
from cnnmath.proof.trace import Path, Traced, lift, vanishes
from cnnmath.proof.verdict import Level, Verdict
from cnnmath.proof.whole_numbers import WITHIN, on_whole_numbers

ORDERED = 4  # so many entries are put in every order; the sizes of an op are chosen to fit


class Broken(AssertionError):
    """Code and formula differ; the message names the strand, the entry and both sides."""


class Tie(NamedTuple):
    """The evidence for one code path of one op."""

    address: str
    cells: int
    entries: int
    sizes: tuple[dict[str, int], ...]
    seconds: float
    traced: bool = True

    @property
    def verdict(self) -> Verdict:
        values = " ".join("x".join(map(str, each.values())) for each in self.sizes)
        sizes = f"sizes {' '.join(self.sizes[0])} = {values}"
        if not self.traced:
            return Verdict(Level.NUMERIC, f"{sizes}; {self.entries} entries, {WITHIN}")
        text = f"{sizes}; {self.cells} of {self.cells} cells; {self.entries} entries"
        return Verdict(Level.EXACT, text)


class Results(NamedTuple):
    """What one traced call gave: the value, and a gradient (or None) for each argument that varies."""

    output: Any
    gradients: dict[str, Any]


class Run(NamedTuple):
    """The inputs of one traced call: symbols in arrays, and how to read them in a formula."""

    arguments: dict[str, Any]
    arrays: Arrays
    free: dict[str, dict[tuple[int, ...], Any]]  # the symbols that vary, by tensor and place
    path: Path


def tie(op: Op, case: Case, D: Derivation | None = None) -> Tie:
    """Check strands 1 and 2 of one code path; raises Broken at the first entry that differs.

    A path that cannot be traced is compared on whole numbers. ``D`` is the derivation of the case, if
    it was run before.
    """
    start = perf_counter()
    D = derive(op.address(case), case.derivation) if D is None else D
    all_sizes, cells, entries = op.sizes_of(case), 0, 0
    for sizes in all_sizes:
        if not case.traced:
            cells += 1
            entries += _check_whole_numbers(op, case, D, sizes)
            continue
        for labels in _all_labels(D, sizes):
            for run, results in _cells(op, case, D, sizes, labels):
                cells += 1
                entries += _check(op, case, D, sizes, run, results)
    return Tie(op.address(case), cells, entries, all_sizes, perf_counter() - start, case.traced)


# ------------------------------------------------------------------------------------------ inputs


def _all_labels(
    D: Derivation, sizes: dict[str, int]
) -> Iterator[dict[str, dict[tuple[int, ...], int]]]:
    """Every assignment of labels to the label tensors of the derivation."""
    frame = Arrays(sizes, {}, EXACT)
    slots = [
        (t.name, place, integer(t.bound, frame))
        for t in D.tensors.values()
        if t.kind == "labels" and t.bound is not None
        for place in _places(t, frame)
    ]
    for choice in itertools.product(*(range(bound) for _, _, bound in slots)):
        labels: dict[str, dict[tuple[int, ...], int]] = {}
        for (name, place, _), label in zip(slots, choice, strict=True):
            labels.setdefault(name, {})[place] = label
        yield labels


def _cells(
    op: Op,
    case: Case,
    D: Derivation,
    sizes: dict[str, int],
    labels: dict[str, dict[tuple[int, ...], int]],
) -> Iterator[tuple[Run, Results]]:
    """One run for each path through forward and backward.

    Every weak order of the symbols that a run compared, among each other and with constants. A run
    that compares more than is known so far starts the search again with what it has added.
    """
    given = {t.name for t in D.tensors.values() if t.kind != "real"}  # their checks are no branches
    compared: set[str] = set()
    constants: set[Fraction] = set()
    while True:
        found: dict[tuple[str, ...], tuple[Run, Results]] = {}
        for order in _orders(op, D, sorted(compared), sorted(constants)):
            run = _prepare(op, D, sizes, labels, order)
            results = _run(op, case, D, run)
            found.setdefault(run.path.cell, (run, results))
            names, levels = _compared(run.path, given)
            if not (names <= compared and levels <= constants):
                compared, constants = compared | names, constants | levels
                break
        else:
            yield from found.values()
            return


def _compared(path: Path, given: set[str]) -> tuple[set[str], set[Fraction]]:
    """The symbols of the conditions, and the constants that one symbol alone was compared with."""
    names: set[str] = set()
    levels: set[Fraction] = set()
    for _, difference in path.conditions:
        symbols = [s for s in difference.free_symbols if s.name.split("_")[0] not in given]
        names |= {s.name for s in symbols}
        if len(symbols) == len(difference.free_symbols) == 1:
            roots = sympy.solve(difference, symbols[0])
            levels |= {Fraction(int(r.p), int(r.q)) for r in roots if r.is_Rational}
    return names, levels


def _orders(
    op: Op, D: Derivation, names: list[str], constants: list[Fraction]
) -> Iterator[dict[str, Fraction]]:
    """Witnesses for every weak order of the names and the constants."""
    if len(names) > ORDERED:
        raise ValueError(f"{op.name}: {len(names)} compared entries; choose smaller sizes to trace")
    count = len(names) + len(constants)
    for ranks in itertools.product(range(count), repeat=count):
        fixed = ranks[len(names) :]
        if list(fixed) != sorted(set(fixed)) or set(ranks) != set(
            range(max(ranks, default=-1) + 1)
        ):
            continue  # constants keep their order; each weak order once
        levels = dict(zip(fixed, constants, strict=True))
        order = {n: _level(rank, levels) for n, rank in zip(names, ranks, strict=False)}
        if all(order.get(n, 1) > 0 for n, scalar in D.scalars.items() if scalar.positive):
            yield order


def _level(rank: int, levels: dict[int, Fraction]) -> Fraction:
    """A number for a rank: the constant of that rank, or something between its neighbours."""
    if rank in levels:
        return levels[rank]
    below, above = [r for r in levels if r < rank], [r for r in levels if r > rank]
    if below and above:
        low, high = max(below), min(above)
        return levels[low] + (levels[high] - levels[low]) * Fraction(rank - low, high - low)
    if below:
        return levels[max(below)] + Fraction(2 * (rank - max(below)), 3)
    if above:
        return levels[min(above)] - Fraction(2 * (min(above) - rank), 3)
    return Fraction(2 * rank - 3, 3)


def _prepare(
    op: Op,
    D: Derivation,
    sizes: dict[str, int],
    labels: dict[str, dict[tuple[int, ...], int]],
    witnesses: dict[str, Fraction],
) -> Run:
    """Object arrays of traced symbols for each argument of the op, obeying the kind of each tensor."""
    frame, path = Arrays(sizes, {}, EXACT), Path()
    traced: dict[str, dict[tuple[int, ...], Any]] = {}
    for position, tensor in enumerate(D.tensors.values()):
        places = _places(tensor, frame)
        if tensor.kind == "labels":
            traced[tensor.name] = dict(labels[tensor.name])
        else:
            traced[tensor.name] = _symbols(tensor, places, witnesses, path, 7 * position)
    scalars = {
        name: Traced(_symbol(name), witnesses.get(name, Fraction(3, 2)), path) for name in D.scalars
    }
    arguments: dict[str, Any] = {}
    for name in inspect.signature(op.forward).parameters:
        if name in D.tensors:
            arguments[name] = _array(D.tensors[name], traced[name], frame)
        elif name in D.scalars:
            arguments[name] = scalars[name]
        elif D.drawn is not None and name == "rng":
            mask = _array(D.drawn.mask, traced[D.drawn.mask.name], frame)
            arguments[name] = Scripted(mask, scalars[D.drawn.keep.name])
    readers = {name: _reader(entries) for name, entries in traced.items()}
    names = {**sizes, **{n: v.expression for n, v in scalars.items()}}
    field = symbolic_field(_step_by_witness(traced))
    return Run(arguments, Arrays(names, readers, field), traced, path)


def _step_by_witness(traced: dict[str, dict[tuple[int, ...], Any]]) -> Any:
    """1{z > 0} of the formula, decided by the same witnesses as the branches of the code."""
    values = {
        entry.expression: sympy.Rational(entry.witness.numerator, entry.witness.denominator)
        for entries in traced.values()
        for entry in entries.values()
        if isinstance(entry, Traced) and entry.expression.is_Symbol
    }
    return lambda z: sympy.Integer(int(bool(sympy.sympify(z).subs(values) > 0)))


def _symbol(name: str) -> Any:
    return sympy.Symbol(name, real=True)


def _symbols(
    tensor: Tensor,
    places: list[tuple[int, ...]],
    witnesses: dict[str, Fraction],
    path: Path,
    salt: int,
) -> dict[tuple[int, ...], Traced]:
    """A free symbol for each entry; of probabilities, the last entry of a row is 1 minus the others."""
    result: dict[tuple[int, ...], Traced] = {}
    for number, place in enumerate(places):
        name = f"{tensor.name}_{'_'.join(map(str, place))}"
        last = max(p[-1] for p in places)
        if tensor.kind == "probabilities" and place[-1] == last:
            others = [result[(*place[:-1], i)] for i in range(last)]
            result[place] = sum((-o for o in others), lift(1, path))
            continue
        default = Fraction((salt + 5 * number) % 11 - 4, 3)
        if tensor.kind == "positive":
            default = Fraction(1 + (salt + 5 * number) % 11, 3)
        if tensor.kind in ("probabilities", "interval"):
            default = Fraction(1, 2 + last + number)
        result[place] = Traced(_symbol(name), witnesses.get(name, default), path)
    return result


def _places(tensor: Tensor, frame: Arrays) -> list[tuple[int, ...]]:
    return list(itertools.product(*(range(integer(s, frame)) for s in tensor.shape)))


def _array(tensor: Tensor, entries: dict[tuple[int, ...], Any], frame: Arrays) -> Any:
    shape = tuple(integer(s, frame) for s in tensor.shape)
    array = np.empty(shape, np.int64 if tensor.kind == "labels" else object)
    for place, entry in entries.items():
        array[place] = entry
    return array


def _reader(entries: dict[tuple[int, ...], Any]) -> Any:
    return lambda place: (
        entries[place].expression if isinstance(entries[place], Traced) else entries[place]
    )


def _run(op: Op, case: Case, D: Derivation, run: Run) -> Results:
    """Forward and backward; the number and the shapes of what they return are checked at once."""
    assert D.output is not None and D.upstream is not None
    address = op.address(case)
    output, backward = op.forward(**run.arguments, **case.settings(run.arrays.names))
    _shape("value", address, output, D.output, run)
    if isinstance(D.upstream, Tensor):
        dy = _upstream_array(D, run, np.shape(output))
    else:
        dy = Traced(run.arrays.names[D.upstream.name], Fraction(3, 2), run.path)
    gradients = backward(dy)
    if D.drawn is not None and run.arguments["rng"].draws != 1:
        draws = run.arguments["rng"].draws
        raise Broken(f"{address}: {draws} masks were drawn, wanted one for forward and backward")
    absent = [name for name in op.axes if name in case.options]  # b=None has a None in its place
    names = [n for n in op.axes if f"d{n}" in D.conclusions or n in absent]  # targets are constants
    if not isinstance(gradients, tuple) or len(gradients) != len(names):
        got = f"{len(gradients)} gradients" if isinstance(gradients, tuple) else repr(gradients)
        raise Broken(f"{address}: backward returned {got}, wanted a tuple for {', '.join(names)}")
    for name, gradient in zip(names, gradients, strict=True):
        wanted = case.options.get(f"need_d{name}", True) and name not in absent
        if (gradient is not None) is not wanted:
            raise Broken(
                f"{address}: backward returned "
                + (f"None for {name}" if wanted else f"a gradient, wanted None for {name}")
            )
        if wanted:
            _shape(f"d{name}", address, gradient, D.tensors[name], run)
    return Results(output, dict(zip(names, gradients, strict=True)))


def _shape(what: str, address: str, got: Any, tensor: Tensor, run: Run) -> None:
    wanted = tuple(integer(size, run.arrays) for size in tensor.shape)
    if np.shape(got) != wanted:
        raise Broken(f"{address}: {what} has shape {np.shape(got)}, wanted {wanted}")


# ------------------------------------------------------------------------------------------ checks


def _check(
    op: Op, case: Case, D: Derivation, sizes: dict[str, int], run: Run, results: Results
) -> int:
    """Every entry of value and gradients; returns how many were compared."""
    assert D.output is not None and D.upstream is not None
    address, count = op.address(case), 0
    loss = sympy.Integer(0)
    for place, got in np.ndenumerate(np.asarray(results.output, dtype=object)):
        names = dict(zip((p.name for p in D.output.params), place, strict=True))
        want = value(D.output[tuple(D.output.params)], run.arrays.bind(**names))
        _same("value against the formula", f"{address}{list(place)}", got, want, run)
        loss += sympy.sympify(got) * _cotangent(D, run, place)
        count += 1
    at_kink = op.kinks is not None and any(r == "=" for r, _ in run.path.conditions)
    for argument, gradient in results.gradients.items():
        if gradient is not None:
            count += _check_gradient(address, D, argument, run, gradient, loss, at_kink)
    return count


def _check_whole_numbers(op: Op, case: Case, D: Derivation, sizes: dict[str, int]) -> int:
    """On whole numbers as floats the results are close to those of the formula, value and conclusions.

    The conclusions are proven to be the derivatives of the formula: there is no third strand here.
    """
    found = on_whole_numbers(op, case, D, sizes)
    for each in found:
        if not each.agrees:
            strand = f"{'value' if each.name == 'value' else 'backward'} against the formula"
            entry = f"{op.address(case)}.{each.name}{list(each.place)}"
            raise Broken(f"{strand}: {entry}\n  code    {each.got}\n  formula {each.want}")
    return len(found)


def _check_gradient(
    address: str, D: Derivation, argument: str, run: Run, gradient: Any, loss: Any, at_kink: bool
) -> int:
    """Against sympy.diff of what ran (at a declared kink: only against the convention) and against
    what the derivation concludes."""
    conclusion = D.conclusions[f"d{argument}"]
    for place, got in np.ndenumerate(gradient):
        entry = f"{address}.d{argument}{list(place)}"
        if not at_kink:
            want = sympy.diff(loss, run.free[argument][place].expression)
            _same("backward against sympy.diff of the traced value", entry, got, want, run)
        names = _index_values(conclusion.wrt.indices, place)
        want = value(conclusion.body, run.arrays.bind(**names))
        _same("backward against the conclusion", entry, got, want, run)
    return int(gradient.size)


def _index_values(indices: tuple[Node, ...], place: tuple[int, ...]) -> dict[str, int]:
    """The free indices of ``x[n,d]`` at a place."""
    names = [name for index in indices for name in free_indices(index)]
    return dict(zip(names, place, strict=True))


def _cotangent(D: Derivation, run: Run, place: tuple[int, ...]) -> Any:
    if isinstance(D.upstream, Tensor):
        return run.free[D.upstream.name][place].expression
    assert isinstance(D.upstream, Name)
    return run.arrays.names[D.upstream.name]


def _upstream_array(D: Derivation, run: Run, shape: tuple[int, ...]) -> Any:
    assert isinstance(D.upstream, Tensor)
    array = np.empty(shape, object)
    for place, entry in run.free[D.upstream.name].items():
        array[place] = entry
    return array


def _same(strand: str, entry: str, got: Any, want: Any, run: Run) -> None:
    """Equal for all values of the symbols, or for those that meet the ties of this path (z = 0)."""
    expression = got.expression if isinstance(got, Traced) else sympy.sympify(got)
    difference = expression - want
    if sympy.expand(difference) == 0 or vanishes(difference):
        return
    ties = {
        symbol: sympy.solve(condition, symbol)[0]
        for relation, condition in run.path.conditions
        if relation == "="
        for symbol in sorted(condition.free_symbols, key=str)[:1]
    }
    if not ties or not vanishes(difference.subs(ties)):
        raise Broken(f"{strand}: {entry}\n  code    {expression}\n  formula {want}")
