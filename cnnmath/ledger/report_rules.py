"""The rules of the prover as a table of the report: why each holds, and what was tried against it."""

import html
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cnnmath.ledger.committed import committed
from cnnmath.proof.audit.rule import Audited
from cnnmath.proof.rules import RULES, Rule

SCORE = "mutation_score"  # benchmarks/mutation_score.py --save writes it


class Bugs(NamedTuple):
    """Bugs that were put into the code of one rule (equivalent ones apart), and how many were noticed."""

    made: int
    killed: int

    def __str__(self) -> str:
        return f"{self.killed} of {self.made}"


def injected_bugs() -> dict[str, Bugs]:
    """By rule, as last measured and committed; empty where there is no such result."""
    try:
        groups = committed(SCORE)["rules"]["by_group"]
    except (FileNotFoundError, KeyError):  # never measured, or measured without the rules
        return {}
    return {
        rule: Bugs(found["made"] - found["equivalents"], found["killed"])
        for rule, found in groups.items()
    }


def rules_table(audit: Sequence[Audited], bugs: Mapping[str, Bugs]) -> str:
    """One row for each rule; what the audit found wrong stands in it, in red."""
    audited = {each.rule: each for each in audit}
    rows = "".join(
        _row(rule, audited.get(rule.name), bugs.get(rule.name)) for rule in RULES.values()
    )
    return (
        f"{_explained(bool(audit), bool(bugs))}<div class=wide><table><tr><th>rule</th>"
        "<th>statement, and why it holds</th><th class=n>formulas</th><th class=n>worlds</th>"
        "<th class=n>with a size 1</th><th class=n>with a size 0 or an empty sum</th>"
        f"<th class=n>bugs noticed</th></tr>{rows}</table></div>"
    )


def _row(rule: Rule, seen: Audited | None, bugs: Bugs | None) -> str:
    counts: Sequence[Any] = (
        ("–",) * 4
        if seen is None or (seen.problem and not seen.used)
        else (f"{seen.used} of {seen.drawn}", seen.worlds, seen.ones, seen.nothings)
    )
    problem = seen.problem if seen is not None else ""
    red = " class=red" if problem or (bugs is not None and bugs.killed < bugs.made) else ""
    said = f"<div><b>NOT IN ORDER</b> {html.escape(problem)}</div>" if problem else ""
    numbers = "".join(f"<td class=n>{each}</td>" for each in (*counts, bugs or "–"))
    return (
        f"<tr{red} data-text='{html.escape(rule.name.lower(), quote=True)}'>"
        f"<td><b>{html.escape(rule.name)}</b></td><td>{html.escape(rule.statement)}"
        f"<div class=soft>{html.escape(rule.why)}</div>{said}</td>{numbers}</tr>"
    )


def _explained(audited: bool, scored: bool) -> str:
    said = [
        "Each rule was audited: random formulas aimed at it, with negative entries and entries of both "
        "signs, paddings, sizes of 1, parts of a size and ranges that may be empty. The formula as "
        "written and as the prover reads it, and its derivatives, are evaluated in random worlds, in "
        "fractions, where exp, log or roots occur to 50 digits, and must be equal. Counted are the "
        "formulas in which the rule was applied, of those drawn, and the worlds for these."
        if audited
        else "The audit of the rules takes a minute more: cnnmath run and cnnmath verify --audit do it.",
        "Bugs noticed: errors put into the code of the rule, of which so many were noticed, as committed "
        f"in benchmarks/results/{SCORE}.json."
        if scored
        else "How many bugs put into the rules are noticed was not measured here: python "
        "benchmarks/mutation_score.py --save does it.",
    ]
    return "".join(f"<p>{html.escape(each)}</p>" for each in said)
