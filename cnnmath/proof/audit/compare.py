"""Does the prover mean what the author wrote? Formulas aimed at one rule, before and after the rules."""

from collections import Counter
from typing import Any

from cnnmath.proof.audit.corners import at_nothing, at_one, divides_by_nothing
from cnnmath.proof.audit.generators import formulas
from cnnmath.proof.audit.letters import DERIVE_BY
from cnnmath.proof.audit.meaning import both, slope, written
from cnnmath.proof.audit.worlds import World, worlds
from cnnmath.proof.equality import residual, settle
from cnnmath.proof.evaluate import agree
from cnnmath.proof.notation import Diff, Entry, Node, tensors_of
from cnnmath.proof.polynomial import Poly, Stuck
from cnnmath.proof.rules import INSIDE, recording
from cnnmath.proof.translate import OutOfRange, normal_form

DIGITS = 35  # to which values agree that are no fractions
ALWAYS = {"expand"}  # the ring operations note nothing; every formula uses them


class Wrong(AssertionError):
    """The prover's form and the author's formula differ in some world."""


def judge(
    rule: str, count: int, seed: int = 0, instances: int = 3, parts: bool = False
) -> Counter[str]:
    """Compare ``count`` formulas aimed at the rule with their normal forms; how often what happened.

    formulas: those with a normal form; refused: the others; used: those whose normal form (or that of
    a derivative) took the rule, and have a value somewhere; worlds, ones, nothings: where these were
    compared, with a size of 1, with a size of 0 or a sum without terms. Raises Wrong at the first difference.
    """
    seen: Counter[str] = Counter()
    for number, formula in formulas(rule, count, seed, parts):
        here: Counter[str] = Counter()
        try:
            with recording() as journal:
                judge_formula(formula, f"{rule}/{number}", instances, here, journal)
        except (Stuck, OutOfRange):
            seen["refused"] += 1
            continue
        seen["formulas"] += 1
        seen.update({what: here[what] for what in ("instances", "no value")})
        applied = {name.removeprefix(INSIDE) for name in journal} | ALWAYS
        if rule in applied and here["instances"]:
            seen["used"] += 1
            seen.update(worlds=here["instances"], ones=here["ones"], nothings=here["nothings"])
    return seen


def judge_formula(
    formula: Node, seed: str, instances: int, seen: Counter[str], journal: Counter[str]
) -> None:
    """Value, settled value, residual and derivatives of one formula, each against the author's object.

    ``journal`` counts the rules noted meanwhile.
    """
    form = normal_form(formula)
    forms = {
        "value": (formula, form),
        "settled": (formula, settle(form)),
        "residual": (formula, residual(form)),
    }
    slopes = {wrt: d for wrt in _moving(formula) if (d := _derived(formula, wrt)) is not None}
    for world in worlds(formula, seed, instances):
        try:
            written(formula, world)
            author = {wrt: written(d, world) for wrt, (d, _) in slopes.items()}
        except ArithmeticError:  # 1/0, log 0: the formula has no value here
            seen["no value"] += 1
            continue
        try:
            for what, pair in forms.items():
                compare(what, formula, *both(*pair, world), world)
            for wrt, (expression, derived) in slopes.items():
                _compare_slopes(expression, author[wrt], derived, slope(form, wrt, world), world)
        except (ZeroDivisionError, Wrong) as error:
            if not _excluded(error, formula, world, journal):
                raise
            seen["no value"] += 1
            continue
        seen["instances"] += 1
        seen["ones"] += at_one(formula, world)
        seen["nothings"] += at_nothing(formula, world)


def _excluded(error: Exception, formula: Node, world: World, journal: Counter[str]) -> bool:
    """Whether the tag "nonzero denominator" at the line excludes this world.

    The author's 0 bracket or empty sum cuts a division by 0 off; the prover, who took the fraction out
    of the sum or cancelled it, relies on the tag.
    """
    divides = isinstance(error, ZeroDivisionError) or divides_by_nothing(formula, world)
    return "nonzero" in journal and divides


def _compare_slopes(
    expression: Node, author: Any, derived: Poly, slope_there: Any, world: World
) -> None:
    """The derivative by the prover, and by dual numbers on what the prover reads."""
    compare("derivative", expression, author, both(expression, derived, world)[1], world)
    compare("slope", expression, author, slope_there, world)


def _moving(formula: Node) -> list[Entry]:
    """The entries to differentiate by: real ones always, positive ones where they occur."""
    there = tensors_of(formula)
    return [e for e in DERIVE_BY if e.tensor.kind == "real" or e.tensor.name in there]


def _derived(formula: Node, wrt: Entry) -> tuple[Node, Poly] | None:
    """(d formula / d wrt, its normal form), or None where the prover refuses."""
    expression = Diff(formula, wrt)
    try:
        return expression, normal_form(expression)
    except Stuck:
        return None


def compare(what: str, formula: Node, author: Any, prover: Any, world: World) -> None:
    """Equal values; a residual, which was multiplied by what is not 0, vanishes where the formula does."""
    if what == "residual":
        same = agree(author, 0, DIGITS) == agree(prover, 0, DIGITS)
    else:
        same = agree(author, prover, DIGITS)
    if not same:
        at = " ".join(f"{name}={value}" for name, value in world.names.items())
        raise Wrong(
            f"{what} of {formula!r}: {author} by the author, {prover} by the prover, at {at}"
        )
