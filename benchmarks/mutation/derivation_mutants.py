"""Wrong lines of the derivations: what the engine says to each.

A derivation runs as it is; at every line that it shows, before the line itself, the engine is asked to show
the same line with one change. What is not shown raises, so it never becomes a tick.
"""

import time
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple
from unittest import mock

from cnnmath.ops import OPS
from cnnmath.proof import chain, derivation
from cnnmath.proof.derivation import derive
from cnnmath.proof.evaluate import OutOfBounds
from cnnmath.proof.instances import Instances, smallest_counterexample
from cnnmath.proof.line import Statement, show
from cnnmath.proof.notation import Name, Node, NotationError
from cnnmath.proof.printing import text
from cnnmath.proof.verdict import NotProven, Refuted
from cnnmath.results import RESULTS
from mutation.formula_operators import Neighbour, neighbours
from mutation.table import Judged, in_short
from mutation.workers import TooLong, limited

SECONDS = 30  # of computing, for each changed line


class Source(NamedTuple):
    """A derivation: of a code path of an op, or a result."""

    name: str
    run: Callable[[Any], None]


class Task(NamedTuple):
    """A derivation, how many changes of each line (all if None), and the seed with which they are drawn."""

    name: str
    per_line: int | None
    seed: int


def sources(names: list[str] | None = None) -> list[Source]:
    """Each derivation once, also where several code paths share it."""
    found = {case.derivation: op.address(case) for op in OPS for case in reversed(op.cases)}
    every = [Source(name, run) for run, name in found.items()]
    every += [Source(result.name, result.derivation) for result in RESULTS]
    return [s for s in every if names is None or s.name.split("[")[0] in names]


def tried(task: Task) -> tuple[list[Judged], int]:
    """Changes of each line with what came of them, and of how many they were drawn."""
    (source,) = (each for each in sources() if each.name == task.name)
    found: list[Judged] = []
    possible = 0

    def asked(statement: Statement, instances: Instances, sizes: list[Name], **how: Any) -> Any:
        nonlocal possible
        every = list(neighbours(statement.body))
        possible += len(every)
        if task.per_line is not None and len(every) > task.per_line:
            every = Random(f"{task.seed}/{statement.address}").sample(every, task.per_line)
        found.extend(_one(statement, each, instances, sizes, how) for each in every)
        return show(statement, instances, sizes, **how)

    with mock.patch.object(chain, "show", asked), mock.patch.object(derivation, "show", asked):
        derive(source.name, source.run)
    return found, possible


def _one(
    statement: Statement, change: Neighbour, instances: Instances, sizes: list[Name], how: Any
) -> Judged:
    """The line with one change: refused, and why, or shown."""
    start, (operator, what, body) = time.process_time(), change
    strand = said = equivalent = ""
    try:
        with limited(SECONDS):
            show(statement._replace(body=body), instances, sizes, **how)
            if _agrees(statement.previous, body, sizes):
                equivalent = "shown by the rules, and no small instance tells the sides apart"
    except TooLong as late:
        strand, said = "timeout", str(late)
    except Exception as error:
        strand, said = _strand(error), in_short(str(error))
    seconds = time.process_time() - start
    diff = f"{what}: {text(body)}"
    group = statement.address.split(".")[0]
    return Judged(group, operator, statement.address, diff, strand, said, equivalent, seconds)


def _agrees(previous: Node, body: Node, sizes: list[Name]) -> bool:
    """No small instance tells the two apart: evaluate.py, which shares nothing with the rules."""
    return smallest_counterexample(previous, body, sizes) is None


def _strand(error: Exception) -> str:
    """What the engine said: refuted by numbers (and not shown by rules), or refused for a reason."""
    match error:
        case Refuted():
            return "refuted"
        case NotationError():
            return "notation"
        case OutOfBounds():
            return "entry outside"
        case NotProven() if "outside its array" in str(error):
            return "entry outside"
        case NotProven() if "too big a step" in str(error):
            return "too big a step"
        case NotProven():
            return "undecided"
        case AssertionError() if "rules and instances contradict" in str(error):
            return "second check alone"
    return f"crash: {type(error).__name__}"
