"""The errata: what was printed, what is right, the smallest numbers that show it, where else it stands.

Nothing here is typed twice: printed formulas are typeset from the objects that are refuted, the right
ones are the lines that are proven, and the numbers are found by the searches of the ledger.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from cnnmath.ledger.kinds import KINDS, kind, weight
from cnnmath.ledger.row import Printed, Row
from cnnmath.ledger.slips import also_in
from cnnmath.ledger.verify import Answer, select, verify
from cnnmath.proof.line import Line
from cnnmath.proof.printing import latex, text
from cnnmath.proof.verdict import Verdict
from cnnmath.results.lookup import derivation

DOCUMENTS = {  # prefix of an id: number in the collection, what it is
    "zhang": ("002", "Zhang 2016, a book"),
    "bouvrie": ("000", "a retelling of Bouvrie 2006"),
    "rot180": ("001", "a page on rot180"),
    "ng": ("003", "notes on a course by Ng"),
    "chain": ("004", "a page on the chain rule"),
}


class Statement(NamedTuple):
    """An equation that the engine refuted, in LaTeX and in plain text."""

    tex: str
    plain: str


class Erratum(NamedTuple):
    """A suspected row with all that was computed for it."""

    row: Row
    printed: Printed
    kind: str
    weight: str
    statement: Statement | None  # what was refuted, where it is a formula of the engine
    verdict: Verdict | None  # of the right form; None: the row is not checkable
    line: Line | None  # the right form, where it is a proven line
    counterexample: str  # the smallest one; empty: none was found, so the print is right
    also_in: tuple[str, ...]  # rows with the same mistake
    problem: str

    @property
    def document(self) -> str:
        return document(self.row.id)

    @property
    def finding(self) -> str:
        """ "confirmed", "rejected", or "undecided" if the row is not in order."""
        if self.problem:
            return "undecided"
        return "confirmed" if self.counterexample else "rejected"


class NotSuspected(ValueError):
    """A row that has no printed form beside the right one."""


def errata(names: Iterable[str] = ()) -> list[Erratum]:
    """Every suspected row, or those of the ids and chapters named, verified now.

    Rows whose suspicion is rejected are among them, with an empty counterexample. Raises UnknownRow
    for a name that is none, NotSuspected for a row that says nothing of a print.
    """
    chosen = list(names)
    silent = [name for name in chosen if not any(row.printed for _, row in select([name]))]
    if silent:
        raise NotSuspected(f"errata: {', '.join(silent)}: no printed form to compare with")
    rows = [(chapter, row) for chapter, row in select(chosen) if row.printed]
    return [_erratum(answer) for answer in verify(rows)]


def document(row_id: str) -> str:
    """Prefix of the document that the row belongs to."""
    return row_id.split("-", 1)[0]


def by_document(found: Iterable[Erratum]) -> dict[str, list[Erratum]]:
    """The errata of each document, by its sections; those without a number come last."""
    result: dict[str, list[Erratum]] = {name: [] for name in DOCUMENTS}
    for each in sorted(found, key=_place):
        result[each.document].append(each)
    return result


def _place(erratum: Erratum) -> list[int]:
    numbers = [int(each) for each in re.findall(r"\d+", erratum.row.section)]
    return numbers or [sys.maxsize]


def counts(found: Iterable[Erratum]) -> dict[str, dict[str, int]]:
    """How many of each kind (rows) stand in each document (columns); only confirmed ones."""
    number = Counter((each.kind, each.document) for each in found if each.finding == "confirmed")
    return {name: {each: number[name, each] for each in DOCUMENTS} for name in KINDS}


def statement(printed: Printed) -> Statement | None:
    """The printed equation as the engine reads it; None if the print is no formula of the engine."""
    if not printed.within:
        return None
    left, right = printed.refute(derivation(printed.within))
    return Statement(f"{latex(left)} = {latex(right)}", f"{text(left)} = {text(right)}")


def _erratum(answer: Answer) -> Erratum:
    row = answer.row
    assert row.printed is not None
    return Erratum(
        row,
        row.printed,
        kind(row.id),
        weight(row.id),
        None if answer.problem else statement(row.printed),
        answer.verdict,
        answer.line,
        answer.counterexample,
        also_in(row.id),
        answer.problem,
    )
