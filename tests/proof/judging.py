"""Does the prover mean what the author wrote? The checks that test_rules.py and the injected bugs share."""

import contextlib
import itertools
from collections import Counter
from fractions import Fraction
from random import Random

from generators import DERIVE_BY, EQUAL, Maker, formulas, not_squares, objective, sum_of_squares
from meaning import World, agree, both, slope, worlds, written
from mutants import mutants

from cnnmath.proof.derivation import Derivation, _manifestly_not_negative
from cnnmath.proof.equality import residual, settle
from cnnmath.proof.evaluate import PRECISE, Arrays, OutOfBounds, value
from cnnmath.proof.line import prove_equal
from cnnmath.proof.notation import Diff, NotationError, log
from cnnmath.proof.polynomial import Stuck, poly
from cnnmath.proof.ranges import contradictory, implied
from cnnmath.proof.rules import INSIDE, recording
from cnnmath.proof.sums import dummy
from cnnmath.proof.translate import OutOfRange, normal_form
from cnnmath.proof.verdict import NotProven


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
    """Value, settled value, residual and derivatives of one formula, each against the author's object."""
    form = normal_form(formula)
    forms = {
        "value": (formula, form),
        "settled": (formula, settle(form)),
        "residual": (formula, residual(form)),
    }
    slopes = {wrt: d for wrt in DERIVE_BY if (d := _derived(formula, wrt)) is not None}
    for world in worlds(formula, seed, instances):
        try:
            written(formula, world)
            author = {wrt: written(d, world) for wrt, (d, _) in slopes.items()}
        except ArithmeticError:  # 1/0, log 0: the formula has no value here
            seen["no value"] += 1
            continue
        for what, pair in forms.items():
            _compare(what, formula, *both(*pair, world))
        for wrt, (expression, derived) in slopes.items():
            _compare("derivative", expression, author[wrt], both(expression, derived, world)[1])
            _compare("slope", expression, author[wrt], slope(form, wrt, world))
        seen["instances"] += 1


def _derived(formula, wrt):
    """(d formula / d wrt, its normal form), or None where the prover refuses."""
    expression = Diff(formula, wrt)
    try:
        return expression, normal_form(expression)
    except Stuck:
        return None


def _compare(what, formula, author, prover):
    """Equal values; a residual, which was multiplied by what is not 0, vanishes where the formula does."""
    same = agree(author, 0) == agree(prover, 0) if what == "residual" else agree(author, prover)
    if not same:
        raise Wrong(f"{what} of {formula!r}: {author} by the author, {prover} by the prover")


def judge_equal(rule):
    """The pairs that the rule must show equal; returns how many there are."""
    for left, right in EQUAL.get(rule, []):
        if not prove_equal(left, right).shown:
            raise Wrong(f"not shown: {left!r} = {right!r}")
    return len(EQUAL.get(rule, []))


def judge_squares(count, seed=0):
    """What ``not_negative`` accepts is not negative; what is negative somewhere is not accepted."""
    seen = Counter()
    for number in range(count):
        for wanted, generator in ((True, sum_of_squares), (False, not_squares)):
            formula = generator(Maker(Random(f"{seed}/{wanted}/{number}")))
            accepted = _manifestly_not_negative(formula)
            if accepted != wanted:
                raise Wrong(f"{formula!r}: accepted is {accepted}")
            seen[accepted] += 1
            for world in worlds(formula, f"squares/{number}", 3):
                if accepted and written(formula, world) < 0:
                    raise Wrong(f"{formula!r} is negative")
    return seen


GRID = [Fraction(i, 2) for i in range(-5, 6)]


def judge_optimum(count, seed=0):
    """Where a line about an optimum is accepted, the optimum over a grid stays in its place."""
    seen = Counter()
    for number in range(count):
        D = Derivation("d")
        (N_,) = D.sizes("N")
        z, g_, r_ = D.tensor("z")[()], D.scalar("g", positive=True), D.scalar("r")
        goal, by, operand, base = objective(Random(f"{seed}/{number}"), z, g_, r_, N_)
        chain = D.optimum("o", goal, [z.tensor], base)
        changed = {
            "log": log(base),
            "factor": operand * base,
            "constant": base + operand,
            "negation": -base,
        }[by]
        try:
            line = chain.line("l", 0 + changed, because="a test", by=by, operand=operand)
        except NotProven:
            seen["refused", by] += 1
            continue
        seen["accepted", line.rules[-1]] += 1
        for g_value, r_value in ((2, -1), (Fraction(1, 3), 2)):
            names = {"N": 2, "g": Fraction(g_value), "r": Fraction(r_value)}
            if _places(base, goal, names) != _places(line.body, chain.goal, names):
                raise Wrong(f"{goal} {base!r} is not {chain.goal} {line.body!r}")
    return seen


def _places(formula, goal, names):
    """The points of the grid at which the formula is best."""
    values = []
    for point in GRID:
        reals = {n: v if n == "N" else PRECISE.number(v) for n, v in names.items()}
        values.append(
            value(formula, Arrays(reals, {"z": lambda _, p=point: PRECISE.number(p)}, PRECISE))
        )
    best = {"max": max, "min": min}[goal](values)
    return [
        p
        for p, v in zip(GRID, values, strict=True)
        if abs(v - best) < PRECISE.number(Fraction(1, 10**30))
    ]


def judge_tag(count, seed=0):
    """Without the note "nonzero" nothing is divided by 0 in any world."""
    for _, formula in formulas("nonzero", count, seed):
        try:
            with recording() as journal:
                normal_form(formula)
        except (Stuck, OutOfRange):
            continue
        for world in worlds(formula, f"tag/{formula!r}", 3):
            divisor_may_vanish = World(world.seed, {**world.names, "r": Fraction(1)})
            try:
                written(formula, divisor_may_vanish)
            except ZeroDivisionError:
                if "nonzero" not in journal:
                    raise Wrong(f"{formula!r} divides by 0 and has no tag") from None


def judge_ranges(count, seed=0):
    """What the range reasoning calls impossible has no solution in a box; what it calls implied holds."""
    seen = Counter()
    for number in range(count):
        rng = Random(f"{seed}/ranges/{number}")
        names = ["a", "b", "c"][: rng.randint(1, 3)]
        rows = [
            [rng.randint(-3, 3) for _ in names] + [rng.randint(-7, 5)]
            for _ in range(rng.randint(2, 5))
        ]
        solutions = [
            point
            for point in itertools.product(range(-6, 7), repeat=len(names))
            if all(_row_value(row, point) >= 0 for row in rows)
        ]
        goal, *given = [_row(row, names) for row in rows]
        if contradictory([goal, *given]):
            seen["contradictory"] += 1
            if solutions:
                raise Wrong(f"{rows} has the solution {solutions[0]}")
        negated = [[-v for v in rows[0][:-1]] + [-rows[0][-1] - 1], *rows[1:]]
        if implied(goal, given):
            seen["implied"] += 1
            for point in itertools.product(range(-6, 7), repeat=len(names)):
                if all(_row_value(row, point) >= 0 for row in negated):
                    raise Wrong(f"{rows[0]} >= 0 does not follow from {rows[1:]}: {point}")
    return seen


def _row(row, names):
    return sum((v * dummy(name) for v, name in zip(row, names, strict=False)), poly(row[-1]))


def _row_value(row, point):
    return sum(v * p for v, p in zip(row, point, strict=False)) + row[-1]


def judge_mutants(rule, count, seed=0):
    """What is shown equal to a mutant of a formula has its value; returns how many were shown."""
    seen = Counter()
    for number, formula in formulas(rule, count, seed):
        changed = [mutant for _, mutant in mutants(formula)]
        for mutant in Random(number).sample(changed, min(3, len(changed))):
            seen["mutants"] += 1
            try:
                if not prove_equal(formula, mutant).shown:
                    continue
            except (NotProven, NotationError):
                continue
            seen["shown"] += 1
            for world in worlds(formula + mutant, f"mutant/{number}", 4):
                with contextlib.suppress(ArithmeticError, OutOfBounds):
                    _compare("mutant", formula, written(formula, world), written(mutant, world))
    return seen
