"""The strands that a wrong op runs into, cheapest and most basic first; which one rejects it.

error       it does not run at the covering sizes, or its results have the wrong shapes
tie         traced on symbols: the value, sympy.diff of the value, the conclusion of the derivation
floats      value and gradients against the formula on floats, and exactly on fractions (tests/ops/test_ops)
blocks      the same where every block of a convolution is one image, one row or one tile
properties  the cotangent, memory, dtypes (the rest of that table)
ulp         the worst error in units in the last place, far above that of the right op: digits are lost
tests       the tests of the op in tests/ops: masks, huge numbers, kinks, blocks (own_tests.py)
"""

import inspect
import itertools
import time
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from cnnmath.ops import OPS, Case, Op
from cnnmath.proof.tie import Broken, tie
from cnnmath.proof.ulp import SCALES, Inputs, Worst, accepted_sizes, derived, draw, run, worst_ulp
from mutation.equivalents import EQUIVALENT, key
from mutation.op_mutants import BLOCKS, BY_NAME, OpMutant, modules_in_blocks, unchanged
from mutation.own_tests import rejected_by_tests
from mutation.rooms import use_tests
from mutation.table import Judged, in_short
from mutation.workers import TooLong, limited

use_tests("ops")
import test_ops  # noqa: E402

SECONDS = 60  # of computing, for each strand
LOST = 8  # so many times the worst error of the right op, at least so many ULP: no other order of a sum
FLOATS = ("value_and_gradients_are_those_of_the_formula", "fractions_run_exactly")
PROPERTIES = (
    "backward_returns_a_tuple_with_one_entry_per_array_argument",
    "dtype_is_kept",
    "scalar_arguments_may_be_any_real_number",
    "one_number_as_cotangent_is_that_number_everywhere",
    "losses_are_numpy_scalars_and_the_rest_are_arrays",
    "inputs_are_neither_changed_nor_returned_as_views",
    "results_may_be_overwritten_by_the_caller",
    "layout_in_memory_does_not_matter",
    "two_forwards_before_two_backwards",
    "backward_twice_gives_the_same",
    "gradients_are_linear_in_the_cotangent",
    "cotangent_0_gives_gradient_0",
    "sizes_are_refused_for_their_paddings_alone",
)
VALUES = {
    "dtype": test_ops.DTYPES,
    "layout": (test_ops.every_other, test_ops.backwards, np.asfortranarray),
}
TIES = {"value": "tie: value", "backward against sympy": "tie: sympy.diff"}


class Rejected(NamedTuple):
    """The strand that noticed, at which path of which op, and what it said."""

    strand: str
    path: str
    said: str


def prepare(names: list[str] | None) -> None:
    """Prove what the strands of these ops rest on, once, before processes are started."""
    for op in OPS:
        for case in op.cases if names is None or op.name in names else ():
            derived(op, case)


def tried(mutant: OpMutant) -> Judged:
    """The mutant with what came of it."""
    start, rejected = time.process_time(), judged(mutant)
    seconds = time.process_time() - start
    strand, path, said = rejected or ("", "", "")
    argument = EQUIVALENT.get(key(mutant), "")
    said = f"{path}: {said}" if rejected else ""
    change = mutant.operator, mutant.where, mutant.diff
    return Judged(mutant.module, *change, strand, said, argument, seconds, mutant.ops)


def judged(mutant: OpMutant, with_tests: bool = True) -> Rejected | None:
    """The first op and its first strand that reject the mutant, or None: it survives."""
    for name in mutant.ops:
        try:
            op = mutant.record(name)
            small = mutant.in_small_blocks().record(name) if mutant.module in BLOCKS else None
        except Exception as error:
            return Rejected("error", name, _said(error))
        for strand, case in itertools.product(STRANDS, _nearest_first(op, mutant.module)):
            judged_op = small if strand is blocks else op
            rejected = _limited(strand, judged_op, case) if judged_op else None
            if rejected is not None:
                return rejected
    said = rejected_by_tests(mutant) if with_tests else ""
    return Rejected("tests", mutant.ops[0], said) if said else None


def false_alarm(name: str) -> Rejected | None:
    """What rejects the right op, if anything does: then its mutants are not judged at all."""
    found = [judged(unchanged(name), with_tests=False)]
    for module in modules_in_blocks(name):
        op = unchanged(name, module).in_small_blocks().record(name)
        found += [_limited(blocks, op, case) for case in op.cases]
    return next((each for each in found if each is not None), None)


def _nearest_first(op: Op, module: str) -> list[Case]:
    """The code paths, that of the changed module (conv_fft) before the others: it will be the one to fail."""
    return sorted(op.cases, key=lambda case: not module.endswith(f"_{case.key}"))


def _limited(strand: Callable[[Op, Case], Rejected | None], op: Op, case: Case) -> Rejected | None:
    try:
        with limited(SECONDS), warnings.catch_warnings():
            warnings.simplefilter("error")
            return strand(op, case)
    except TooLong as late:
        return Rejected("timeout", op.address(case), str(late))


def runs(op: Op, case: Case) -> Rejected | None:
    """Forward and backward at the sizes at which the right op runs, and the shapes of the results."""
    for inputs, expected in _expected(op.name, op.cases.index(case)):
        try:
            found = {name: np.shape(a) for name, a in run(op, case, inputs).items()}
        except Exception as error:
            return Rejected("error", op.address(case), _said(error))
        if found != expected:
            return Rejected("error", op.address(case), f"shapes {found}, wanted {expected}")
    return None


@cache
def _expected(name: str, position: int) -> list[tuple[Inputs, dict[str, tuple[int, ...]]]]:
    """Calls of the right op, and the shapes of what it returns."""
    op, case = BY_NAME[name], BY_NAME[name].cases[position]
    calls = []
    for sizes in accepted_sizes(op, case):
        inputs = draw(op, derived(op, case), sizes, np.float64, np.random.default_rng(0))
        shapes = {quantity: np.shape(a) for quantity, a in run(op, case, inputs).items()}
        calls.append((inputs, shapes))
    return calls


def ties(op: Op, case: Case) -> Rejected | None:
    """On symbols, as cnnmath verify does it."""
    try:
        tie(op, case, derived(BY_NAME[op.name], case))
    except Broken as broken:
        strand = next((s for start, s in TIES.items() if str(broken).startswith(start)), None)
        strand = strand or ("error" if " shape " in str(broken) else "tie: conclusion")
        return Rejected(strand, op.address(case), _said(broken))
    except Exception as error:
        return Rejected("tie: no trace", op.address(case), _said(error))
    return None


def floats(op: Op, case: Case) -> Rejected | None:
    return _table("floats", FLOATS, op, case)


def blocks(op: Op, case: Case) -> Rejected | None:
    """The op must be that of a mutant in small blocks."""
    return _table("blocks", FLOATS[:1], op, case)


def properties(op: Op, case: Case) -> Rejected | None:
    return _table("properties", PROPERTIES, op, case)


def ulps(op: Op, case: Case) -> Rejected | None:
    """Against the formula to 50 digits, from small inputs to extreme ones."""
    right = BY_NAME[op.name]
    for regime in SCALES:
        allowed = {
            n: LOST * max(1.0, worst.ulp) for n, worst in _worst(right, case, regime).items()
        }
        try:
            for name, worst in _worst(op, case, regime).items():
                if not worst.ulp <= allowed[name]:
                    said = f"{name}: {worst.ulp:.3g} ULP, {regime} inputs"
                    return Rejected("ulp", op.address(case), said)
        except Exception as error:
            return Rejected("ulp", op.address(case), f"{regime} inputs: {_said(error)}")
    return None


def _worst(op: Op, case: Case, regime: str) -> dict[str, Worst]:
    return worst_ulp(op, case, regime, np.float64, np.random.default_rng(7))


STRANDS = (runs, ties, floats, blocks, properties, ulps)


def _table(strand: str, names: tuple[str, ...], op: Op, case: Case) -> Rejected | None:
    """The functions of the table in tests/ops/test_ops.py, on this op."""
    for name in names:
        if name == "fractions_run_exactly" and not test_ops.runs_exactly(op, case):
            continue
        for check, arguments in _calls(name, op, case):
            try:
                check(**arguments)
            except Exception as error:  # AssertionError, and what the wrong op raises
                return Rejected(strand, op.address(case), f"{name}: {_said(error)}")
    return None


def _calls(name: str, op: Op, case: Case) -> Iterator[tuple[Callable[..., None], dict[str, Any]]]:
    """The function with each value of its parameters."""
    check = getattr(test_ops, f"test_{name}")
    given = {"op": (op,), "case": (case,), **VALUES}
    names = [each for each in inspect.signature(check).parameters if each != "rng"]
    for values in itertools.product(*(given[each] for each in names)):
        arguments = dict(zip(names, values, strict=True))
        if "rng" in inspect.signature(check).parameters:
            arguments["rng"] = np.random.default_rng(20)
        yield check, arguments


def _said(error: BaseException) -> str:
    return in_short(f"{type(error).__name__} {error}")
