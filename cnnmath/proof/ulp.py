"""Strand 3 of the tie: the op in float64 and float32 against its formula, to 50 digits.

The exact value is the formula object of the derivation (its value and its conclusions), read on
exactly the floats that the op was given. An error is counted in ULP: steps between the floats of
the dtype next to the exact value; 0.5 is the best that rounding allows.
"""

import inspect
import itertools
import math
from collections.abc import Callable, Container, Iterator
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from cnnmath.ops import OPS, Case, Op, ShapeError, cross_entropy
from cnnmath.proof.derivation import Derivation, derive
from cnnmath.proof.evaluate import DIGITS, PRECISE, PRECISE_CONTEXT, Arrays, Field, integer, value
from cnnmath.proof.instances import allowed, covering
from cnnmath.proof.notation import Tensor, free_indices
from cnnmath.proof.scripted import Scripted

DTYPES = (np.float64, np.float32)
SCALES = {  # by regime, in turn; the extreme numbers also go far from 1, see ``scales``
    "small": (1e-3,),
    "typical": (1.0,),
    "large": (20.0,),
    "extreme": (300.0,),
}
FAR = 0.375  # as a share of the exponents of the dtype: the square of such a number, and a sum, are finite
CONFIDENT = "confident"  # the label's logit is ahead of all others by one of the gaps
GAPS = (5, 10, 20, 40)
LARGEST = 6  # sizes are drawn from 2 .. LARGEST
FEW = 3  # a formula of more sizes has long sums: it is read at covering sizes, 4 at most, and less often
RUNS = 8
DYADIC = 1024  # probabilities are drawn as multiples of 1/1024: their sum is 1 without rounding


class Inputs(NamedTuple):
    """One call: the arguments of the op, the cotangent, and the sizes they were drawn for."""

    arguments: dict[str, Any]
    upstream: Any
    sizes: dict[str, int]


class Worst(NamedTuple):
    """The worst entry of one quantity; ``skipped``: exactly 0, or below the normal floats."""

    ulp: float
    entries: int
    skipped: int
    where: str = ""  # the call, the entry, its exact value and the largest of its array


class Row(NamedTuple):
    """One line of the report."""

    op: str
    case: str
    dtype: str
    regime: str
    quantity: str
    worst: Worst


def derived(op: Op, case: Case) -> Derivation:
    """The derivation of one code path, run (and so proven) once per process."""
    return _derived(op.address(case), case.derivation)


@cache
def _derived(address: str, derivation: Callable[..., None]) -> Derivation:
    return derive(address, derivation)


# ------------------------------------------------------------------------------------------- inputs


def path_sizes(op: Op, case: Case) -> list[dict[str, int]]:
    """The covering sizes of the derivation, with those that the path has ``fixed``; each once."""
    D, found = derived(op, case), []
    for each in covering(D.size_names):
        sizes = each | case.fixed
        if sizes not in found and allowed(D.size_names, sizes):
            found.append(sizes)
    return found


def accepted_sizes(op: Op, case: Case) -> list[dict[str, int]]:
    """Those of the path's sizes at which the op runs.

    A formula may hold where the op refuses: a border may be wider than half a window.
    """
    D, accepted = derived(op, case), []
    for sizes in path_sizes(op, case):
        inputs = draw(op, D, sizes, np.float64, np.random.default_rng(0))
        try:
            op.forward(**inputs.arguments, **case.settings(sizes))
        except ShapeError:  # the shapes are those of the derivation: never the fault of the sizes
            raise
        except ValueError:
            continue
        accepted.append(sizes)
    return accepted


def draw(
    op: Op, D: Derivation, sizes: dict[str, int], dtype: Any, rng: Any, scale: float = 1
) -> Inputs:
    """Random floats for one call, each tensor of the kind that the derivation declares."""
    frame = Arrays(sizes, {}, PRECISE)
    arguments: dict[str, Any] = {}
    for name in inspect.signature(op.forward).parameters:
        if name in D.tensors:
            arguments[name] = _draw_tensor(D.tensors[name], frame, dtype, rng, scale)
        elif D.drawn is not None and name == D.drawn.keep.name:
            arguments[name] = int(rng.integers(1, DYADIC + 1)) / DYADIC
        elif D.drawn is not None and name == "rng":
            mask = _draw_tensor(D.drawn.mask, frame, dtype, rng, scale)
            arguments[name] = Scripted(mask)
        elif name in D.scalars:
            drawn = dtype(rng.standard_normal())
            arguments[name] = float(abs(drawn) if D.scalars[name].positive else drawn)
    if isinstance(D.upstream, Tensor):
        return Inputs(arguments, _draw_tensor(D.upstream, frame, dtype, rng, 1), sizes)
    return Inputs(arguments, dtype(rng.standard_normal()), sizes)


def _draw_tensor(tensor: Tensor, frame: Arrays, dtype: Any, rng: Any, scale: float) -> Any:
    shape = _shape(tensor, frame)
    if tensor.kind == "labels":
        assert tensor.bound is not None
        return rng.integers(0, integer(tensor.bound, frame), shape)
    if tensor.kind == "probabilities":
        weights = rng.dirichlet(np.ones(shape[-1]), shape[:-1])
        return (rng.multinomial(DYADIC, weights) / DYADIC).astype(dtype)
    if tensor.kind == "interval":
        return (rng.integers(0, DYADIC + 1, shape) / DYADIC).astype(dtype)
    normal = scale * rng.standard_normal(shape)
    if tensor.kind == "positive":
        return abs(normal).astype(dtype)
    if tensor.kind == "real":
        return normal.astype(dtype)
    raise ValueError(f"{tensor.name}: no floats are drawn for the kind {tensor.kind}")


def make_confident(op: Op, inputs: Inputs, gap: float) -> None:
    """Put the label's logit ``gap`` above the largest other; probabilities become one-hot."""
    s, t = (inputs.arguments[name] for name in op.axes)
    rows = np.arange(len(s))
    labels = t if t.ndim == 1 else t.argmax(axis=1)
    if t.ndim == 2:
        t[:] = np.eye(t.shape[1])[labels]
    s[rows, labels] = -np.inf
    s[rows, labels] = s.max(axis=1) + s.dtype.type(gap)


def _shape(tensor: Tensor, frame: Arrays) -> tuple[int, ...]:
    return tuple(integer(size, frame) for size in tensor.shape)


# -------------------------------------------------------------------------------- the two readings


def run(op: Op, case: Case, inputs: Inputs) -> dict[str, Any]:
    """What the code says: ``value`` and a gradient for each array argument, by name."""
    result, backward = op.forward(**inputs.arguments, **case.settings(inputs.sizes))
    named = zip(op.axes, backward(inputs.upstream), strict=False)
    gradients = {f"d{name}": gradient for name, gradient in named if gradient is not None}
    return {"value": result, **gradients}


def formula(
    D: Derivation, inputs: Inputs, field: Field = PRECISE, only: Container[str] | None = None
) -> dict[str, Any]:
    """What the derivation says, under the same names, as object arrays of values in the field.

    ``only`` these of the gradients, if given: those that the op returns.
    """
    assert D.output is not None
    assert D.upstream is not None
    given = {**inputs.arguments, D.upstream.name: inputs.upstream}
    if D.drawn is not None:
        given[D.drawn.mask.name] = inputs.arguments["rng"].mask
    names = {**inputs.sizes, **{n: _number(given[n], field) for n in D.scalars}}
    readers = {name: _reader(given[name], field) for name in D.tensors}
    arrays = Arrays(names, readers, field)
    output = D.output[tuple(D.output.params)]
    results = {"value": _read(output, D.output.params, _shape(D.output, arrays), arrays)}
    for name, conclusion in D.conclusions.items():
        if only is not None and name not in only:
            continue
        indices = tuple(free_indices(conclusion.wrt).values())
        shape = _shape(conclusion.wrt.tensor, arrays)
        results[name] = _read(conclusion.body, indices, shape, arrays)
    return results


def _read(body: Any, indices: Any, shape: tuple[int, ...], arrays: Arrays) -> Any:
    result = np.empty(shape, object)
    for place in itertools.product(*map(range, shape)):
        names = {index.name: i for index, i in zip(indices, place, strict=True)}
        result[place] = value(body, arrays.bind(**names))
    return result


def _number(given: Any, field: Field) -> Any:
    if isinstance(given, np.integer):
        return int(given)
    return field.number(given if isinstance(given, Fraction) else Fraction(float(given)))


def _reader(array: Any, field: Field) -> Callable[[tuple[int, ...]], Any]:
    numbers = {place: _number(entry, field) for place, entry in np.ndenumerate(array)}
    return numbers.__getitem__


def digits(dtype: Any) -> int:
    """So many that 50 are left where a difference is as small as the smallest normal float."""
    return 2 * DIGITS + math.ceil(-math.log10(float(np.finfo(dtype).tiny)))


# ------------------------------------------------------------------------------------------- errors


def ulp_error(got: Any, exact: Any, dtype: Any) -> float | None:
    """|got - exact| in spacings at the exact value; None if that is below the normal floats."""
    if abs(exact) < float(np.finfo(dtype).tiny):
        return None
    with np.errstate(over="ignore"):
        nearest = dtype(float(exact))
    if not (np.isfinite(got) and np.isfinite(nearest)):
        return 0.0 if got == nearest else math.inf
    error = abs(PRECISE_CONTEXT.mpf(float(got)) - exact)
    return float(error / float(np.spacing(abs(nearest))))


def scales(regime: str, dtype: Any) -> tuple[float, ...]:
    """The sizes of the numbers that are drawn, in turn: extreme ones are also huge and tiny."""
    if regime != "extreme":
        return SCALES.get(regime, (1.0,))
    far = 2.0 ** int(FAR * np.finfo(dtype).maxexp)
    return (*SCALES[regime], far, 1 / far)


def worst_ulp(
    op: Op, case: Case, regime: str, dtype: Any, rng: Any, runs: int = RUNS
) -> dict[str, Worst]:
    """The worst error in ULP of the value and of each gradient, over ``runs`` random calls (half as
    many if the formula has many sizes)."""
    D = derived(op, case)
    found: dict[str, Worst] = {}
    for number, sizes in enumerate(_drawn_sizes(op, case, rng, runs)):
        sizes_of_numbers = scales(regime, dtype)
        scale = sizes_of_numbers[number % len(sizes_of_numbers)]
        inputs = draw(op, D, sizes, dtype, rng, scale)
        call = f"{' '.join(f'{name}={size}' for name, size in sizes.items())}, scale {scale:.3g}"
        if regime == CONFIDENT:
            gap = GAPS[number % len(GAPS)]
            make_confident(op, inputs, gap)
            call += f", ahead by {gap}"
        results = run(op, case, inputs)
        with PRECISE_CONTEXT.workdps(digits(dtype)):
            exact = formula(D, inputs, only=results)
            for name, got in results.items():
                here = _worst_entry(np.asarray(got), exact[name], dtype, call)
                found[name] = _worse(found[name], here) if name in found else here
    return found


def _drawn_sizes(op: Op, case: Case, rng: Any, runs: int) -> Iterator[dict[str, int]]:
    names = [size.name for size in derived(op, case).size_names]
    if len(names) <= FEW:
        for _ in range(runs):
            yield {name: int(rng.integers(2, LARGEST + 1)) for name in names}
    else:
        _, *larger = accepted_sizes(op, case)  # the first are all 1
        yield from (larger[int(i)] for i in rng.permutation(len(larger))[: (runs + 1) // 2])


def _worst_entry(got: Any, exact: Any, dtype: Any, call: str) -> Worst:
    """The worst entry of one array; ``call`` says where it comes from."""
    errors = {
        place: error
        for place in np.ndindex(exact.shape)
        if (error := ulp_error(got[place], exact[place], dtype)) is not None
    }
    skipped = exact.size - len(errors)
    if not errors:
        return Worst(0.0, 0, skipped)
    worst = max(errors, key=lambda place: errors[place])
    size, largest = float(exact[worst]), max(float(abs(e)) for e in exact.flat)
    beside = f"{list(worst)} = {size:.3g}, largest {largest:.3g}" if worst else f"{size:.3g}"
    where = f"{call}: {beside}"
    return Worst(errors[worst], len(errors), skipped, where)


def _worse(a: Worst, b: Worst) -> Worst:
    """Both together: the worse of the two entries."""
    worst = a if a.ulp >= b.ulp and a.entries else b
    return worst._replace(entries=a.entries + b.entries, skipped=a.skipped + b.skipped)


def ulp_table(ops: tuple[Op, ...] = OPS, seed: int = 0, runs: int = RUNS) -> list[Row]:
    """Every op, case, dtype and regime; the same numbers for the same seed, whatever the ops."""
    return list(_rows(ops, seed, runs))


def _rows(ops: tuple[Op, ...], seed: int, runs: int) -> Iterator[Row]:
    for op, dtype in itertools.product(ops, DTYPES):
        for case, regime in itertools.product(op.cases, (*SCALES, CONFIDENT)):
            if regime == CONFIDENT and op.forward is not cross_entropy:
                continue
            name = np.dtype(dtype).name
            text = f"{op.address(case)} {name} {regime}"
            rng = np.random.default_rng([seed, *text.encode()])
            for quantity, worst in worst_ulp(op, case, regime, dtype, rng, runs).items():
                yield Row(op.name, case.key, name, regime, quantity, worst)
