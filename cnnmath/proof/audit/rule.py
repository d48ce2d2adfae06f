"""The audit of one rule: how often it was used, where, and whether what it said was true."""

from collections import Counter
from typing import NamedTuple

from cnnmath.proof.audit.compare import judge
from cnnmath.proof.audit.generators import GENERATORS
from cnnmath.proof.audit.goals import PLACES, judge_optimum, judge_squares
from cnnmath.proof.rules import RULES

FORMULAS = 100  # drawn for each rule, half of them with sums over parts of a size
OTHERWISE = {"unfold": 24, "floor": 120}  # formulas that take long; a rule that says four things
LEAST = 5  # formulas in which the rule must be used, for the audit to say anything
ON_LINES = ("sum of squares", "increasing", "decreasing")  # taken by a line, not by a normal form


class Audited(NamedTuple):
    """What the audit of a rule saw; ``problem`` is empty if and only if all of it was right."""

    rule: str
    drawn: int = 0
    used: int = 0  # formulas in which the rule was applied, and which have a value
    worlds: int = 0  # in which these were compared
    ones: int = 0  # of these, with a size of 1 that stands in the formula
    nothings: int = 0  # of these, with a size of 0 in it, or a sum without terms
    problem: str = ""


def audit_rule(rule: str, drawn: int | None = None, seed: int = 0) -> Audited:
    """Evaluate ``drawn`` random formulas aimed at the rule, as written and as the prover reads them.

    A difference, a crash, no generator, or a rule that was hardly used: each is a ``problem``.
    Raises KeyError if there is no such rule.
    """
    if rule not in RULES:
        raise KeyError(f"audit_rule: no rule {rule!r}; there are {', '.join(RULES)}")
    if rule not in GENERATORS and rule not in ON_LINES:
        return Audited(rule, problem="no generator draws formulas for this rule")
    drawn = drawn or OTHERWISE.get(rule, FORMULAS)
    try:
        seen = _seen(rule, drawn, seed)
    except Exception as error:  # a wrong rule may also crash: named in the table, as any difference
        return Audited(rule, drawn, problem=f"{type(error).__name__}: {error}")
    problem = ""
    if seen["used"] < LEAST:
        problem = f"used in {seen['used']} of {drawn} formulas; wanted {LEAST} at least"
    return Audited(
        rule, drawn, seen["used"], seen["worlds"], seen["ones"], seen["nothings"], problem
    )


def _seen(rule: str, drawn: int, seed: int) -> Counter[str]:
    """What happened to the formulas of one rule: used, worlds, ones, nothings."""
    if rule in ("increasing", "decreasing"):
        used = judge_optimum(drawn, seed)["accepted", rule]
        return Counter(used=used, worlds=len(PLACES) * used)
    if rule == "sum of squares":
        half = drawn // 4  # of each of four kinds: a square or none, with parts or without
        return judge_squares(half, seed) + judge_squares(half, seed, parts=True)
    return judge(rule, drawn // 2, seed) + judge(rule, drawn // 2, seed + 1, parts=True)
