"""What a run of the verification found, as tables in a terminal."""

from collections.abc import Iterator, Sequence

from cnnmath.ledger.evidence import Evidence


def print_rows(evidence: Evidence) -> None:
    """One line per row, then one per code path and one per rule, if they were verified."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    table = Table("row", "verdict", "line or evidence", "printed form", box=None, pad_edge=False)
    for a in evidence.answers:
        if a.verdict is None:
            verdict, said = "not checkable", a.row.not_checkable
        else:
            verdict = f"{a.verdict.mark} {a.verdict.level.value}"
            said = a.row.by or a.verdict.evidence
        found = f"{a.finding}: {a.counterexample}" if a.finding else ""
        table.add_row(*map(escape, (a.row.id, verdict, said, found)))
    console.print(table)
    if evidence.ties:
        ties = Table("code path on symbols", "verdict", "seconds", box=None, pad_edge=False)
        for t in evidence.ties:
            verdict = f"{t.verdict.mark} {t.verdict.level.value}"
            ties.add_row(*map(escape, (t.address, verdict, f"{t.seconds:.1f}")))
        console.print(ties)
    if evidence.audit:
        rules = Table("rule at random", "formulas", "worlds", "problem", box=None, pad_edge=False)
        for each in evidence.audit:
            counts = (f"{each.used} of {each.drawn}", str(each.worlds))
            rules.add_row(*map(escape, (each.rule, *counts, each.problem)))
        console.print(rules)


def print_run(evidence: Evidence, chapters: Sequence[tuple[str, ...]]) -> None:
    """One line for each kind of evidence, then one for each chapter that was executed."""
    from rich.console import Console
    from rich.table import Table

    table = Table("what", "how much", "time", "result", box=None, pad_edge=False)
    for row in (*_kinds(evidence), *chapters):
        table.add_row(*row)
    Console().print(table)


def _kinds(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    """(what, how much, time, result)"""
    lines = sum(len(d.lines) for d in evidence.derivations)
    many = f"{len(evidence.derivations)} with {lines} lines"
    yield "derivations", many, "", "every line shown or defined"
    seconds = f"{sum(t.seconds for t in evidence.ties):.1f} s"
    yield "code on symbols", f"{len(evidence.ties)} code paths", seconds, "equal to their formulas"
    formulas, worlds = (sum(getattr(a, n) for a in evidence.audit) for n in ("used", "worlds"))
    wrong = sum(bool(a.problem) for a in evidence.audit)
    found = f"{wrong} rules NOT IN ORDER" if wrong else f"equal in {worlds} worlds"
    yield "rules at random", f"{len(evidence.audit)} rules in {formulas} formulas", "", found
    all_seconds, problems = f"{evidence.seconds:.1f} s in all", f"{len(evidence.problems)} problems"
    yield "ledger", f"{len(evidence.answers)} rows", all_seconds, problems
