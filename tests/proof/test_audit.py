"""The audit of the rules: what it counts, and that it notices a wrong rule, an idle one, a missing one."""

from collections import Counter
from random import Random

import pytest
from injected_bugs import BUGS, inject

from cnnmath.ledger.report_rules import rules_table
from cnnmath.proof.audit.compare import judge, judge_formula
from cnnmath.proof.audit.corners import at_nothing, at_one, divides_by_nothing, over_nothing
from cnnmath.proof.audit.generators import GENERATORS, formulas
from cnnmath.proof.audit.letters import (
    C1,
    I1,
    PARTS,
    Maker,
    N,
    S,
    U,
    Z,
    guarded,
    m,
    n,
    q,
    r,
    w,
    x,
)
from cnnmath.proof.audit.meaning import written
from cnnmath.proof.audit.rule import LEAST, ON_LINES, audit_rule
from cnnmath.proof.audit.worlds import worlds
from cnnmath.proof.line import NONZERO, prove_equal
from cnnmath.proof.notation import Index, Max, Product, Sum, exp
from cnnmath.proof.rules import recording

CAUGHT = {  # rule: the bug that is put into it here; the audit alone must notice
    "tighten": "rounded up",
    "idempotent": "bracket squared is nothing",
    "sift": "free bracket dropped",
    "count": "negative lengths",
    "write out": "starts one late",
    "exp": "e^(c log a) = a",
    "increasing": "factor that moves",
    "decreasing": "goal not turned",
    "sum of squares": "one good term suffices",
}
FEW = 24  # formulas, for rules that are often hit
PART = PARTS["N"]


def bug_in(rule):
    (found,) = [bug for bug in BUGS if (bug.rule, bug.name) == (rule, CAUGHT[rule])]
    return found


def worlds_of(formula, count=60):
    return list(worlds(formula, "a test", count))


# ------------------------------------------------------------------------------------ what it finds


@pytest.mark.parametrize("rule", ["tighten", "count", "write out", "rename", "product", *ON_LINES])
def test_a_right_rule_is_in_order(rule):
    seen = audit_rule(rule, FEW)
    assert seen.problem == ""
    assert LEAST <= seen.used <= seen.drawn == FEW
    assert seen.used <= seen.worlds <= 3 * seen.used
    assert 0 < seen.ones < seen.worlds or rule in ("increasing", "decreasing")
    assert seen == audit_rule(rule, FEW)


@pytest.mark.parametrize("rule", ["idempotent", "range", "rename", "product", "factor"])
def test_rules_are_tried_on_nothing(rule):
    assert audit_rule(rule, FEW).nothings >= 3


@pytest.mark.parametrize("rule", CAUGHT)
def test_a_rule_with_a_bug_is_red(rule, monkeypatch):
    inject(monkeypatch, bug_in(rule))
    seen = audit_rule(rule, 40)
    assert seen.problem
    page = rules_table([seen], {})
    assert page.count("<tr class=red") == 1
    assert f"<tr class=red data-text='{rule}'>" in page and "NOT IN ORDER" in page


def test_a_rule_without_a_generator_is_a_problem(monkeypatch):
    monkeypatch.delitem(GENERATORS, "sift")
    assert audit_rule("sift").problem == "no generator draws formulas for this rule"


def test_a_rule_that_is_hardly_used_is_a_problem(monkeypatch):
    monkeypatch.setitem(GENERATORS, "sift", lambda make: x[n] * make.pick(1, 2))
    seen = audit_rule("sift", FEW)
    assert (seen.used, seen.problem) == (0, "used in 0 of 24 formulas; wanted 5 at least")


def test_a_crash_is_a_problem(monkeypatch):
    def crashes(make):
        raise RecursionError("without end")

    monkeypatch.setitem(GENERATORS, "sift", crashes)
    seen = audit_rule("sift", FEW)
    assert (seen.used, seen.problem) == (0, "RecursionError: without end")


def test_an_unknown_rule_is_refused():
    with pytest.raises(KeyError, match="audit_rule: no rule 'sieve'; there are expand, unfold"):
        audit_rule("sieve")


def test_formulas_without_a_value_are_not_counted(monkeypatch):
    """The rule is noted, but where nothing is compared nothing was audited."""
    monkeypatch.setitem(GENERATORS, "nonzero", lambda make: r / (x[n] - x[n] + N - N) + r / x[n])
    seen = judge("nonzero", 4)
    assert (seen["used"], seen["worlds"], seen["refused"]) == (0, 0, 4)


# ------------------------------------------------------------------------------------- its formulas


@pytest.mark.parametrize("rule", GENERATORS)
def test_formulas_are_the_same_for_the_same_seed(rule):
    texts = [[repr(f) for _, f in formulas(rule, 6, seed, parts=True)] for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_parts_of_sizes_are_drawn_only_if_asked_for():
    names = {part.name for part in PARTS.values()}
    plain = "".join(repr(f) for rule in GENERATORS for _, f in formulas(rule, 10))
    parts = "".join(repr(f) for _, f in formulas("factor", 40, parts=True))
    assert not any(name in plain for name in names)
    assert "N0" in parts


def test_a_part_may_be_nothing_and_is_never_more_than_its_size():
    sizes = {(w.names["N"], w.names["N0"]) for w in worlds_of(x[n] * 1)}
    assert {(1, 0), (3, 0), (3, 3)} <= sizes
    assert all(0 <= part <= size for size, part in sizes)


def test_a_part_of_a_row_does_not_sum_to_one():
    k0 = Index("k0", PARTS["K"])
    assert not prove_equal(Sum(k0, q[n, k0]), 1 * r / r).shown
    values = {written(Sum(k0, q[n, k0]), world) for world in worlds_of(q[n, k0] * 1)}
    assert 0 in values and 1 in values


# --------------------------------------------------------------------------------------- its corners


def test_a_sum_over_nothing_is_seen_where_it_is():
    i = Index("i", PART)
    total, whole = Sum(i, x[i]), Sum(I1, x[I1])
    for world in worlds_of(total * r):
        assert over_nothing(total, world) == (world.names["N0"] == 0)
        assert over_nothing(r + 2 * total, world) == (world.names["N0"] == 0)
        assert not over_nothing(whole, world)
        assert over_nothing(Product(I1, x[I1], 1, N - 1) * r, world) == (world.names["N"] == 1)
        assert over_nothing(Max(C1, x[n] * C1, 0, Z - 1), world) == (world.names["Z"] == 0)


def test_a_size_of_1_is_seen_where_it_is():
    for world in worlds_of(x[n] * r):
        assert at_one(x[n] * r, world) == (world.names["N"] == 1)
        assert at_one(w[n, m] * r, world) == (1 in (world.names["N"], world.names["M"]))
        assert at_one(S * r, world) == (world.names["S"] == 1)
        assert not at_one(r * 1, world)


def test_a_size_of_0_is_seen_where_it_is():
    for world in worlds_of(x[n] * r):
        N_, P_, S_, R_, Z_ = (world.names[name] for name in "NPSRZ")
        assert at_nothing(Z * r, world) == (Z_ == 0)
        assert at_nothing(guarded(x, n + PART), world) == (world.names["N0"] == 0)
        assert at_nothing(U * r, world) == ((N_ - 1) * S_ + P_ + R_ - 2 * Z_ <= 0)
        assert at_nothing(Sum(I1, x[I1], 1, N - 1), world) == (N_ == 1)
        assert not at_nothing(S * x[n], world)


def test_the_tag_excludes_a_divisor_without_terms_and_nothing_else():
    """sum_j e^z_j / sum_j e^z_j is 1 where there is a term, 0 as written where there is none."""
    i, j = Index("i", PART), Index("j", PART)
    below = Sum(j, exp(x[j]))
    one = Sum(i, exp(x[i]) / below)
    assert prove_equal(one * r, 1 * r).tags == (NONZERO,)
    for world in worlds_of(one):
        nothing = world.names["N0"] == 0
        assert divides_by_nothing(one, world) == divides_by_nothing(below**-2, world) == nothing
        assert not divides_by_nothing(below**2, world)
        assert abs(written(one, world) - (0 if nothing else 1)) < 1e-40


def test_the_tag_excludes_a_division_by_0_that_the_author_cuts_off():
    """A sum over nothing of 1/(r + 1) is 0 as written, and 0 * 1/0 as the prover reads it."""
    seen, total = Counter(), Sum(Index("i", PART), x[n] / (r + 1))
    with recording() as journal:
        judge_formula(total, "a test", 60, seen, journal)
    assert seen["no value"] >= 2 and seen["instances"] >= 40
    with pytest.raises(ZeroDivisionError, match=r"Fraction\(1, 0\)"):
        judge_formula(total, "a test", 60, Counter(), Counter())


def test_a_maker_without_parts_keeps_the_size():
    make = Maker(Random(1))
    assert {make.part(N) for _ in range(9)} == {N}
    assert guarded(x, make.letter(N)).children()
