"""Verify the ledger: each row gets the verdict that was computed for it, now."""

import traceback
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from time import perf_counter
from typing import NamedTuple

from cnnmath.ledger import CHAPTERS
from cnnmath.ledger.row import Printed, Row
from cnnmath.proof.instances import Instances, describe, smallest_counterexample
from cnnmath.proof.line import Line, prove_equal
from cnnmath.proof.printing import latex, text
from cnnmath.proof.verdict import Level, Refuted, Verdict
from cnnmath.results.lookup import derivation, line


class Answer(NamedTuple):
    """What was computed for a row."""

    row: Row
    chapter: str
    verdict: Verdict | None  # None: the row is not checkable, and says why
    line: Line | None
    counterexample: str  # to the printed form, if there is one and it is wrong
    finding: str  # "", "confirmed", "rejected"
    problem: str  # why the row is not in order; empty if it is
    seconds: float


class UnknownRow(KeyError):
    """No row or chapter of that name; the message lists close ones."""


def select(names: Iterable[str] = ()) -> list[tuple[str, Row]]:
    """(chapter, row) for the ids and chapters named, for all if none is named."""
    every = [(chapter, row) for chapter, rows in CHAPTERS.items() for row in rows]
    chosen = list(names)
    if not chosen:
        return every
    picked = []
    for name in chosen:
        found = [(c, r) for c, r in every if name in (c, r.id, *r.covers)]
        if not found:
            known = [*CHAPTERS, *(r.id for _, r in every)]
            near = get_close_matches(name, known, n=4, cutoff=0.3)
            hint = f"; close: {', '.join(near)}" if near else f"; chapters: {', '.join(CHAPTERS)}"
            raise UnknownRow(f"no row and no chapter {name!r}{hint}")
        picked += [pair for pair in found if pair not in picked]
    return picked


def verify(
    rows: list[tuple[str, Row]], progress: Callable[[Row], None] = lambda row: None
) -> Iterator[Answer]:
    """Answer each row; a row whose check raises is answered with the reason, never passed over."""
    for chapter, row in rows:
        start = perf_counter()
        try:
            answer = _answer(chapter, row)
        except Exception as error:  # the table must name the row and go on to the others
            reason = "".join(traceback.format_exception_only(error)).strip()
            answer = no_answer(chapter, row, reason)
            if isinstance(error, Refuted):
                answer = answer._replace(verdict=Verdict(Level.REFUTED, error.counterexample))
        progress(row)
        yield answer._replace(seconds=perf_counter() - start)


def no_answer(chapter: str, row: Row, reason: str) -> Answer:
    """The row is UNDECIDED, since what should have answered it did not."""
    return Answer(row, chapter, Verdict(Level.UNDECIDED, "error"), None, "", "", reason, 0.0)


def _answer(chapter: str, row: Row) -> Answer:
    if sum(map(bool, (row.by, row.check, row.not_checkable))) != 1:
        raise ValueError(f"{row.id}: say exactly one of by, check, not_checkable")
    found, verdict, problem = None, None, ""
    if row.by:
        found = line(row.by)
        verdict = found.verdict
        if row.claim is not None:
            verdict, problem = _claim(row, found)
    elif row.check:
        verdict = row.check()
    if verdict is not None and verdict.level in (Level.UNDECIDED, Level.REFUTED):
        problem = problem or str(verdict)
    counterexample, finding = "", ""
    if row.printed is not None:
        counterexample = refute(row.printed)
        finding = "confirmed" if counterexample else "rejected"
    return Answer(row, chapter, verdict, found, counterexample, finding, problem, 0.0)


def _claim(row: Row, found: Line) -> tuple[Verdict, str]:
    """The source's own form is proven equal to the line, and agrees with it on instances."""
    D = derivation(found.address.split("#", 1)[0].rpartition(".")[0])
    assert row.claim is not None
    claimed = row.claim(D)
    evidence = Instances(found.body, D.size_names).compare(claimed)
    if evidence.failure is not None:
        return Verdict(
            Level.REFUTED, describe(evidence.failure)
        ), f"{text(claimed)} is not {found.address}"
    if not prove_equal(found.body, claimed).shown:
        return Verdict(Level.UNDECIDED, "claim not proven equal"), f"{text(claimed)} not proven"
    return found.verdict, ""


def refute(printed: Printed) -> str:
    """The smallest counterexample to the printed form, or an empty text."""
    if not printed.within:
        return str(printed.refute())
    D = derivation(printed.within)
    left, right = printed.refute(D)
    found = smallest_counterexample(left, right, D.size_names)
    return "" if found is None else describe(found)


def summary(answers: list[Answer], seconds: float) -> str:
    """The last line of ``cnnmath verify``."""
    checkable = [a for a in answers if a.verdict is not None]
    counts = dict.fromkeys(Level, 0)
    for answer in checkable:
        assert answer.verdict is not None
        counts[answer.verdict.level] += 1
    shown = ", ".join(
        f"{counts[level]} {level.value}"
        for level in Level
        if counts[level] or level in (Level.PROVED, Level.EXACT, Level.UNDECIDED)
    )
    return f"ledger: {len(answers)} rows, {len(checkable)} checkable: {shown}, in {seconds:.1f} s"


def as_json(answer: Answer) -> dict[str, object]:
    """The answer as plain data."""
    verdict, found = answer.verdict, answer.line
    return {
        "id": answer.row.id,
        "chapter": answer.chapter,
        "section": answer.row.section,
        "gloss": answer.row.gloss,
        "verdict": verdict.level.value if verdict else "not checkable",
        "evidence": verdict.evidence if verdict else answer.row.not_checkable,
        "assumptions": list(verdict.tags) if verdict else [],
        "line": answer.row.by,
        "formula": found.tex if found else "",
        "plain": found.plain if found else "",
        "printed": answer.row.printed.text if answer.row.printed else "",
        "right": answer.row.printed.right if answer.row.printed else "",
        "blame": answer.row.printed.blame if answer.row.printed else "",
        "counterexample": answer.counterexample,
        "finding": answer.finding,
        "problem": answer.problem,
        "seconds": round(answer.seconds, 4),
    }


__all__ = [
    "Answer",
    "UnknownRow",
    "as_json",
    "latex",
    "no_answer",
    "refute",
    "select",
    "summary",
    "verify",
]
