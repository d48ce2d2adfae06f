"""A test of the tests: errors put into the prover, rule by rule; the generators must notice each.

A bug (injected_bugs.py) is caught if the formulas aimed at its rule change their meaning, if something
that must be equal is no longer shown, or if an item of the course fails. ``pytest -rP`` prints who
caught what.
"""

import pytest
from injected_bugs import BUGS, inject
from items import ITEMS, shown
from judging import (
    judge_equal,
    judge_memory,
    judge_products,
    judge_ranges,
    judge_root_tag,
    judge_routing_tag,
    judge_tag,
    judge_unequal,
)

from cnnmath.proof.audit.compare import judge
from cnnmath.proof.audit.generators import GENERATORS
from cnnmath.proof.audit.goals import judge_optimum, judge_squares
from cnnmath.proof.rules import RULES

MANY = {"unfold": 12, "floor": 120, "absolute value": 90}  # formulas for one bug


def aimed(rule):
    """The checks aimed at one rule, cheapest first."""
    yield "pairs", lambda: judge_equal(rule)
    if rule == "sum of squares":
        yield "squares", lambda: judge_squares(40)
    if rule in ("increasing", "decreasing"):
        yield "optimum", lambda: judge_optimum(40)
    if rule == "range":
        yield "integers", lambda: judge_ranges(400)
        yield "memory", judge_memory
    if rule in ("range", "Euclid"):
        yield "products", lambda: judge_products(200)
    if rule == "nonzero":
        yield "tag", lambda: judge_tag(40)
    if rule == "routing":
        yield "tag", lambda: judge_routing_tag(10)
    if rule == "root of unity":
        yield "tag", judge_root_tag
    if rule in GENERATORS:
        yield "formulas", lambda: judge(rule, MANY.get(rule, 60), instances=2)
    yield "false statements", judge_unequal


def items():
    for item in ITEMS:
        assert shown(item.head, item.right), f"not proven: {item.name}"
        for name, wrong in item.wrong.items():
            assert not shown(item.head, wrong), f"proven: {item.name}, {name}"


def caught_by(bug):
    """Who notices, and what: a failed check or a crash; the check that must, if the bug names one."""
    for name, check in [*aimed(bug.rule), ("items", items)]:
        if bug.by and name != bug.by:
            continue
        try:
            check()
        except AssertionError as error:
            return f"{name}: {type(error).__name__} {str(error)[:90]}"
        except Exception as error:  # a crash is noticed, but it is no answer to a named bug
            return None if bug.by else f"{name}: {type(error).__name__} {str(error)[:90]}"
    return None


@pytest.mark.parametrize("bug", BUGS, ids=[f"{b.rule}: {b.name}" for b in BUGS])
def test_injected_bug_is_caught(bug, monkeypatch):
    inject(monkeypatch, bug)
    caught = caught_by(bug)
    print(f"{bug.rule:18} | {bug.name:45} | {caught}")
    assert caught is not None, f"nobody notices: {bug.name}"


def test_without_a_bug_nobody_complains():
    for rule in ("sift", "sum of squares", "increasing", "nonzero"):
        for _, check in aimed(rule):
            check()


def test_at_least_two_bugs_for_each_rule():
    numbers = {rule: sum(b.rule == rule for b in BUGS) for rule in RULES}
    assert [rule for rule, number in numbers.items() if number < 2] == []


def test_a_bug_is_injected_and_taken_back():
    with pytest.MonkeyPatch.context() as patch:
        inject(patch, BUGS[0])
        assert caught_by(BUGS[0]) is not None
    assert judge_equal("expand") >= 1
