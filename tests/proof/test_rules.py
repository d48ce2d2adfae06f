"""Each rule of the prover alone: formulas aimed at it mean the same before and after.

The normal form is read by its definition (audit/meaning.py), the author's formula by evaluate.py, in
random worlds with sizes 1 to 3; derivatives likewise, and against dual numbers on the normal form.
"""

import pytest
from generators import EQUAL, UNEQUAL
from judging import judge_equal, judge_mutants, judge_ranges, judge_tag

from cnnmath.proof.audit.compare import judge
from cnnmath.proof.audit.generators import GENERATORS
from cnnmath.proof.audit.goals import judge_optimum, judge_squares
from cnnmath.proof.audit.rule import ON_LINES
from cnnmath.proof.line import prove_equal
from cnnmath.proof.rules import RULES

FORMULAS = {"unfold": 8, "expand": 25}


def test_every_rule_has_a_generator():
    assert set(RULES) == set(GENERATORS) | set(ON_LINES)


@pytest.mark.parametrize("rule", GENERATORS)
def test_normal_form_means_what_the_author_wrote(rule):
    seen = judge(rule, FORMULAS.get(rule, 40))
    assert seen["formulas"] >= 0.7 * FORMULAS.get(rule, 40), f"too many refusals: {seen}"
    assert seen["instances"] >= 2 * seen["formulas"]
    assert seen["used"] >= 5, f"the generator misses its rule: {seen}"


@pytest.mark.parametrize("rule", EQUAL)
def test_rule_shows_what_it_should(rule):
    assert judge_equal(rule) >= 1


@pytest.mark.parametrize("name", UNEQUAL)
def test_false_statement_is_not_shown(name):
    assert not prove_equal(*UNEQUAL[name]).shown


@pytest.mark.parametrize("rule", GENERATORS)
def test_what_is_shown_equal_to_a_mutant_is_equal(rule):
    assert judge_mutants(rule, 3 if rule == "unfold" else 8)["mutants"] >= 6


def test_squares_are_not_negative():
    seen = judge_squares(60)
    assert (seen["used"], seen["refused"], seen["worlds"]) == (60, 60, 180)


def test_optimum_stays_in_its_place():
    seen = judge_optimum(80)
    assert seen["accepted", "increasing"] >= 10
    assert seen["accepted", "decreasing"] >= 10
    assert seen["refused", "log"] >= 5
    assert seen["refused", "factor"] >= 5
    assert seen["refused", "constant"] >= 1


def test_division_leaves_a_tag():
    judge_tag(60)


def test_range_reasoning_against_all_integers_of_a_box():
    seen = judge_ranges(400)
    assert seen["contradictory"] >= 40
    assert seen["implied"] >= 40
