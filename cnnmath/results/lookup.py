"""Find a derivation by name and a line by address, among the ops and the results."""

from difflib import get_close_matches
from functools import cache

from cnnmath.ops import OPS, Case, Op
from cnnmath.proof.derivation import Derivation, derive
from cnnmath.proof.line import Line
from cnnmath.results import RESULTS


def derivation_names() -> list[str]:
    """Every derivation once: those of the ops, then the results that belong to no single op."""
    ops = {case.derivation: op.address(case) for op in OPS for case in reversed(op.cases)}
    in_order = [op.address(case) for op in OPS for case in op.cases]
    return [n for n in in_order if n in ops.values()] + [result.name for result in RESULTS]


def derived_as(op: Op, case: Case) -> str:
    """The name under which the derivation of a code path is run: that of the first path that shares it."""
    return next(op.address(c) for c in op.cases if c.derivation is case.derivation)


@cache
def derivation(name: str) -> Derivation:
    """The derivation of that name, run (and so proven) once per process."""
    for op in OPS:
        for case in op.cases:
            if op.address(case) == name:
                return derive(name, case.derivation)
    for result in RESULTS:
        if result.name == name:
            return derive(name, result.derivation)
    raise KeyError(f"no derivation {name!r}{_close(name, derivation_names())}")


def line(address: str) -> Line:
    """The line at an address such as ``cross_entropy.ds#softmax``."""
    name = address.split("#", 1)[0].rpartition(".")[0]
    lines = derivation(name).lines
    if address not in lines:
        raise KeyError(f"no line {address!r}{_close(address, list(lines))}")
    return lines[address]


def _close(word: str, known: list[str]) -> str:
    near = get_close_matches(word, known, n=3, cutoff=0.4)
    return f"; close: {', '.join(near)}" if near else ""
