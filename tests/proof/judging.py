"""Does the prover mean what the author wrote? The checks that test_rules.py and the injected bugs share."""

from collections import Counter

from cnnmath.proof.equality import residual, settle
from cnnmath.proof.notation import Diff
from cnnmath.proof.polynomial import Stuck
from cnnmath.proof.rules import INSIDE, recording
from cnnmath.proof.translate import OutOfRange, normal_form
from generators import DERIVE_BY, formulas
from meaning import agree, both, slope, worlds


class Wrong(AssertionError):
    """The prover's form and the author's formula differ in some world."""


def judge(rule, count, seed=0, instances=3):
    """Check ``count`` formulas aimed at the rule; returns how often what happened."""
    seen = Counter()
    for number, formula in formulas(rule, count, seed):
        try:
            with recording() as journal:
                judge_formula(formula, f"{rule}/{number}", instances, seen)
        except (Stuck, OutOfRange):
            seen["refused"] += 1
            continue
        seen["formulas"] += 1
        seen["hit"] += rule in {name.removeprefix(INSIDE) for name in journal}
    return seen


def judge_formula(formula, seed, instances, seen):
    """Value, settled value, residual and derivative of one formula, each against the author's object."""
    form = normal_form(formula)
    settled = settle(form)
    rest = residual(form)
    derived = _derived(formula)
    for world in worlds(formula + DERIVE_BY, seed, instances):
        try:
            _same(both(formula, form, world), formula, "value")
            _same(both(formula, settled, world), formula, "settled")
            _zero_together(both(formula, rest, world), formula)
            if derived is not None:
                _same(both(*derived, world), formula, "derivative")
                _same((both(*derived, world)[0], slope(form, DERIVE_BY, world)), formula, "slope")
        except ZeroDivisionError:
            seen["no value"] += 1
            continue
        seen["instances"] += 1


def _derived(formula):
    """(d formula / d x[n], its normal form), or None where the prover refuses or x is replaced."""
    expression = Diff(formula, DERIVE_BY)
    try:
        return expression, normal_form(expression)
    except Stuck:
        return None


def _same(pair, formula, what):
    if not agree(*pair):
        raise Wrong(f"{what} of {formula!r}: {pair[0]} by the author, {pair[1]} by the prover")


def _zero_together(pair, formula):
    """The residual is 0 exactly where the formula is: it was multiplied by what is not 0."""
    if agree(pair[0], 0) != agree(pair[1], 0):
        raise Wrong(f"residual of {formula!r}: {pair[1]}, but the formula is {pair[0]}")
