"""False alarms: right ops on random sizes and values, judged as the wrong ones are.

Polynomials and comparisons exactly, on fractions that no float holds; the others in float64 or float32
against the formula, with the bound on rounding of tests/ops/test_ops.py.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from cnnmath.ops import OPS, Case, Op, ShapeError
from cnnmath.proof.evaluate import EXACT, Arrays, integer
from cnnmath.proof.notation import Name
from cnnmath.proof.ulp import Inputs, derived, draw, formula, run
from mutation.op_mutants import BY_NAME
from mutation.rooms import use_tests

use_tests("ops")
import test_ops  # noqa: E402

SPREAD = 3  # a size is one of the three smallest that it may have
TRIES = 100  # draws of sizes until the op takes them
FEW = 7  # formulas of more sizes have long sums: they are read less often
SHARE = 0.1  # so much less often


class Alarms(NamedTuple):
    """How many right cases of one path were judged, exactly or on floats, and which were rejected."""

    path: str
    cases: int
    exact: bool
    rejected: tuple[str, ...]


def paths(cases: int, names: list[str] | None = None) -> list[tuple[str, int, int]]:
    """(op, position of the code path, cases): so many in all, at least."""
    every = [op for op in OPS if names is None or op.name in names]
    weights = {
        (op.name, i): SHARE if len(derived(op, case).size_names) > FEW else 1.0
        for op in every
        for i, case in enumerate(op.cases)
    }
    unit = cases / sum(weights.values())
    return [(name, i, math.ceil(unit * weight)) for (name, i), weight in weights.items()]


def alarms(path: tuple[str, int, int], seed: int = 0) -> Alarms:
    """Judge so many random calls of one code path."""
    name, position, cases = path
    op = BY_NAME[name]
    case, exact = op.cases[position], test_ops.runs_exactly(op, op.cases[position])
    address = op.address(case)
    rng = np.random.default_rng([seed, *address.encode()])
    rejected = []
    for number in range(cases):
        dtype = test_ops.DTYPES[number % 2]
        inputs = drawn(op, case, dtype, rng)
        if not (agrees_exactly(op, case, inputs) if exact else agrees(op, case, inputs, dtype)):
            rejected.append(f"{number}: {inputs.sizes}")
    return Alarms(address, cases, exact, tuple(rejected))


def agrees_exactly(op: Op, case: Case, inputs: Inputs) -> bool:
    """Value and gradients on fractions are those of the formula, entry by entry."""
    keep = test_ops.drawing(op, case)
    arguments = {n: a if n in keep else test_ops.thirds(a) for n, a in inputs.arguments.items()}
    inputs = Inputs(arguments, test_ops.thirds(inputs.upstream), inputs.sizes)
    results = run(op, case, inputs)
    expected = formula(derived(op, case), inputs, EXACT, only=results)
    return all(np.array_equal(got, expected[name]) for name, got in results.items())


def agrees(op: Op, case: Case, inputs: Inputs, dtype: Any) -> bool:
    """No entry is farther from the formula than rounding may take it."""
    return max(test_ops.shares(op, case, inputs, dtype).values()) <= 1


def drawn(op: Op, case: Case, dtype: Any, rng: Any) -> Inputs:
    """Random sizes that the op takes (a border may be too wide for it), and random values."""
    D = derived(op, case)
    for _ in range(TRIES):
        sizes = random_sizes(D.size_names, case.fixed, rng)
        if sizes is None:
            continue
        inputs = draw(op, D, sizes, dtype, rng)
        try:
            run(op, case, inputs)
        except ShapeError:  # the shapes are those of the derivation: never the fault of the sizes
            raise
        except ValueError:
            continue
        return inputs
    raise RuntimeError(f"{op.address(case)}: no sizes were found that it takes")


def random_sizes(names: list[Name], fixed: dict[str, int], rng: Any) -> dict[str, int] | None:
    """A value for each size that others do not determine, the ``fixed`` ones as they are; None if a
    determined one would be below 1."""
    sizes = dict(fixed)
    for name in names:
        if name.value is None and name.name not in fixed:
            frame = Arrays(sizes, {}, EXACT)
            assert name.lower is not None
            low = integer(name.lower, frame)
            high = low + SPREAD - 1 if name.upper is None else integer(name.upper, frame)
            sizes[name.name] = int(rng.integers(low, min(high, low + SPREAD - 1) + 1))
    frame = Arrays(sizes, {}, EXACT)
    fits = all(integer(name, frame) >= 1 for name in names if name.value is not None)
    return sizes if fits else None
