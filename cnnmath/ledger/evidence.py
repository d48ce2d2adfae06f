"""Everything that one run of the verification computed: rows, ties, lines."""

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import NamedTuple

from cnnmath.ledger.verify import Answer, as_json, select, summary, verify
from cnnmath.ops import OPS
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.tie import Tie, tie
from cnnmath.proof.ulp import Row, ulp_table
from cnnmath.results.lookup import derivation, derivation_names, derived_as


class Evidence(NamedTuple):
    """The result of ``gather``; ``problems`` is empty if and only if all is in order."""

    answers: list[Answer]
    ties: list[Tie]
    derivations: list[Derivation]
    problems: list[str]
    seconds: float
    rounding: list[Row]  # worst errors in ULP, if they were measured

    @property
    def summary(self) -> str:
        return summary(self.answers, self.seconds)

    def as_json(self) -> dict[str, object]:
        return {
            "summary": self.summary,
            "rows": [as_json(a) for a in self.answers],
            "ties": [
                {"op": t.address, "verdict": str(t.verdict), "seconds": round(t.seconds, 4)}
                for t in self.ties
            ],
            "problems": self.problems,
        }


def jobs(names: Iterable[str] = (), rounding: bool = False) -> int:
    """How many steps ``gather`` will report."""
    rows = select(names)
    if list(names):
        return len(rows)
    paths = sum(len(op.cases) for op in OPS)
    return len(rows) + len(derivation_names()) + paths + (len(OPS) if rounding else 0)


def gather(
    names: Iterable[str] = (),
    step: Callable[[str], None] = lambda what: None,
    rounding: bool = False,
) -> Evidence:
    """Verify the rows named; if none is named all rows, every derivation and every tie to the code,
    and with ``rounding`` the errors of the ops in ULP."""
    start, chosen = perf_counter(), list(names)
    rows = select(chosen)
    problems: list[str] = []
    derivations, ties = ([], []) if chosen else _everything(problems, step)
    answers = []
    for answer in verify(rows):
        answers.append(answer)
        step(answer.row.id)
        if answer.problem:
            problems.append(f"{answer.row.id}: {answer.problem}")
    measured: list[Row] = []
    for op in OPS if rounding and not chosen else ():
        measured += ulp_table((op,))
        step(f"rounding of {op.name}")
    return Evidence(answers, ties, derivations, problems, perf_counter() - start, measured)


def _everything(
    problems: list[str], step: Callable[[str], None]
) -> tuple[list[Derivation], list[Tie]]:
    derivations, ties = [], []
    for name in derivation_names():
        try:
            derivations.append(derivation(name))
        except Exception as error:  # named in the table; the others are still to be seen
            problems.append(f"{name}: {type(error).__name__}: {error}")
        step(name)
    for op in OPS:
        for case in op.cases:
            try:
                ties.append(tie(op, case, derivation(derived_as(op, case))))
            except Exception as error:
                problems.append(f"{op.address(case)}: {type(error).__name__}: {error}")
            step(f"{op.address(case)} on symbols")
    return derivations, ties
