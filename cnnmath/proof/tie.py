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
from cnnmath.proof.trace import Path, Traced, lift, vanishes
from cnnmath.proof.verdict import Level, Verdict

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

    @property
    def verdict(self) -> Verdict:
        sizes = " ".join("x".join(map(str, each.values())) for each in self.sizes)
        names = " ".join(self.sizes[0])
        text = (
            f"sizes {names} = {sizes}; {self.cells} of {self.cells} cells; {self.entries} entries"
        )
        return Verdict(Level.EXACT, text)


class Run(NamedTuple):
    """The inputs of one traced call: symbols in arrays, and how to read them in a formula."""

    arguments: dict[str, Any]
    arrays: Arrays
    free: dict[str, dict[tuple[int, ...], Any]]  # the symbols that vary, by tensor and place
    path: Path


def tie(op: Op, case: Case) -> Tie:
    """Check strands 1 and 2 of one code path; raises Broken at the first entry that differs."""
    start = perf_counter()
    D = derive(op.address(case), case.derivation)
    cells = entries = 0
    for sizes in op.sizes:
        for labels in _all_labels(D, sizes):
            seen = set()
            for order in _orders(op, case, D, sizes, labels):
                run = _prepare(op, D, sizes, labels, order)
                output, gradients = _call(op, case, D, run)
                key = run.path.cell  # the branches of forward and backward
                if key in seen:
                    continue
                seen.add(key)
                entries += _check(op, case, D, run, output, gradients)
            cells += len(seen)
    return Tie(op.address(case), cells, entries, op.sizes, perf_counter() - start)


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


def _orders(
    op: Op,
    case: Case,
    D: Derivation,
    sizes: dict[str, int],
    labels: dict[str, dict[tuple[int, ...], int]],
) -> Iterator[dict[str, Fraction]]:
    """Witnesses for every weak order of the symbols that the code compares, none if it compares none."""
    run = _prepare(op, D, sizes, labels, {})
    _call(op, case, D, run)
    given = {t.name for t in D.tensors.values() if t.kind != "real"}  # their checks are no branches
    compared = sorted(
        symbol.name
        for symbol in {s for _, c in run.path.conditions for s in c.free_symbols}
        if symbol.name.split("_")[0] not in given
    )
    if not compared:
        yield {}
        return
    if len(compared) > ORDERED:
        raise ValueError(
            f"{op.name}: {len(compared)} compared entries; choose smaller sizes to trace"
        )
    zero = any(_is_sign(c) for _, c in run.path.conditions)  # signs matter too
    names = [*compared, "0"] if zero else compared
    for ranks in itertools.product(range(len(names)), repeat=len(names)):
        if set(ranks) == set(range(max(ranks) + 1)):  # each weak order once
            origin = ranks[-1] if zero else Fraction(3, 2)
            yield {
                n: (r - origin) * Fraction(2, 3)
                for n, r in zip(names, ranks, strict=True)
                if n != "0"
            }


def _is_sign(condition: Any) -> bool:
    """The code compares one entry with 0."""
    symbols = condition.free_symbols
    return len(symbols) == 1 and condition.subs(next(iter(symbols)), 0) == 0


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
    scalars = {name: Traced(_symbol(name), Fraction(3, 2), path) for name in D.scalars}
    arguments: dict[str, Any] = {}
    for name in inspect.signature(op.forward).parameters:
        if name in D.tensors:
            arguments[name] = _array(D.tensors[name], traced[name], frame)
        elif name in D.scalars:
            arguments[name] = scalars[name]
    readers = {name: _reader(entries) for name, entries in traced.items()}
    names = {**sizes, **{n: v.expression for n, v in scalars.items()}}
    field = symbolic_field(_step_by_witness(traced))
    return Run(arguments, Arrays(names, readers, field), traced, path)


def _step_by_witness(traced: dict[str, dict[tuple[int, ...], Any]]) -> Any:
    """1{z > 0} of the formula, decided by the same witnesses as the branches of the code."""
    values = {
        entry.expression: entry.witness
        for entries in traced.values()
        for entry in entries.values()
        if isinstance(entry, Traced) and entry.expression.is_Symbol
    }

    def step(z: Any) -> Any:
        at = sympy.sympify(z).subs(
            {s: sympy.Rational(w.numerator, w.denominator) for s, w in values.items()}
        )
        return sympy.Integer(int(bool(at > 0)))

    return step


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


def _call(op: Op, case: Case, D: Derivation, run: Run) -> tuple[Any, Any]:
    """(value, gradients) for a free symbolic cotangent."""
    output, backward = op.forward(**run.arguments, **case.options)
    if isinstance(D.upstream, Tensor):
        dy = np.empty(np.shape(output), object)
        for place, entry in run.free[D.upstream.name].items():
            dy[place] = entry
    else:
        assert D.upstream is not None
        dy = Traced(run.arrays.names[D.upstream.name], Fraction(3, 2), run.path)
    return output, backward(dy)


# ------------------------------------------------------------------------------------------ checks


def _check(op: Op, case: Case, D: Derivation, run: Run, output: Any, gradients: Any) -> int:
    """Every entry of value and gradients; returns how many were compared."""
    assert D.output is not None
    address, count = op.address(case), 0
    loss = sympy.Integer(0)
    for place, got in np.ndenumerate(np.asarray(output, dtype=object)):
        names = dict(zip((p.name for p in D.output.params), place, strict=True))
        want = value(D.output[tuple(D.output.params)], run.arrays.bind(**names))
        _same("value against the formula", f"{address}{list(place)}", got, want, run)
        loss += sympy.sympify(got) * _cotangent(D, run, place)
        count += 1
    at_kink = op.kinks is not None and any(r == "=" for r, _ in run.path.conditions)
    for argument, gradient in zip(op.axes, gradients, strict=False):
        if gradient is None:
            if case.options.get(f"need_d{argument}", True):
                raise Broken(f"{address}: backward returned None for {argument}")
            continue
        count += _check_gradient(address, D, argument, run, gradient, loss, at_kink)
    return count


def _check_gradient(
    address: str, D: Derivation, argument: str, run: Run, gradient: Any, loss: Any, at_kink: bool
) -> int:
    conclusion = D.conclusions[f"d{argument}"]
    for place, got in np.ndenumerate(gradient):
        entry = f"{address}.d{argument}{list(place)}"
        symbol = run.free[argument][place].expression
        if not at_kink:  # there the derivative is the declared convention: the conclusion has it
            want = sympy.diff(loss, symbol)
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


def _same(strand: str, entry: str, got: Any, want: Any, run: Run) -> None:
    """Equal for all values of the symbols, or for those that meet the ties of this path (z = 0)."""
    expression = got.expression if isinstance(got, Traced) else sympy.sympify(got)
    difference = expression - want
    ties = {
        symbol: sympy.solve(c, symbol)[0]
        for r, c in run.path.conditions
        if r == "="
        for symbol in sorted(c.free_symbols, key=str)[:1]
    }
    if not vanishes(difference) and not (ties and vanishes(difference.subs(ties))):
        raise Broken(f"{strand}: {entry}\n  code    {expression}\n  formula {want}")
