"""Does the prover mean what the author wrote? The checks that test_rules.py and the injected bugs share."""

import contextlib
import itertools
import math
from collections import Counter
from fractions import Fraction
from random import Random

import numpy as np
from generators import EQUAL, UNEQUAL, access
from mutants import mutants

from cnnmath.proof import sums
from cnnmath.proof.audit.compare import Wrong, compare
from cnnmath.proof.audit.generators import formulas
from cnnmath.proof.audit.letters import DERIVE_BY, Maker, N, S, c, guarded, m, n, r, w, x
from cnnmath.proof.audit.meaning import written
from cnnmath.proof.audit.worlds import World, worlds
from cnnmath.proof.evaluate import OutOfBounds
from cnnmath.proof.line import TAGS, prove_equal
from cnnmath.proof.notation import (
    Definition,
    Diff,
    Index,
    Name,
    NotationError,
    Root,
    Routing,
    Sum,
    node,
)
from cnnmath.proof.polynomial import Stuck, poly
from cnnmath.proof.ranges import contradictory, implied
from cnnmath.proof.rules import recording
from cnnmath.proof.sums import dummy
from cnnmath.proof.translate import OutOfRange, normal_form, symbol
from cnnmath.proof.verdict import NotProven


def judge_equal(rule):
    """The pairs that the rule must show equal; returns how many there are."""
    for left, right in EQUAL.get(rule, []):
        if not prove_equal(left, right).shown:
            raise Wrong(f"not shown: {left!r} = {right!r}")
    return len(EQUAL.get(rule, []))


def judge_unequal():
    """False statements that were shown, or came close, at some time."""
    for name, (left, right) in UNEQUAL.items():
        if prove_equal(left, right).shown:
            raise Wrong(f"shown: {name}")


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


MONOMIALS = [(), *(("a",), ("b",)) * 2, ("S",), ("T",), ("Z",), ("a", "S"), ("b", "S"), ("a", "T")]
MONOMIALS += [("S", "T"), ("a", "Z"), ("a", "S", "T"), ("a", "b")]
LEAST = {"S": 1, "T": 1, "Z": 0}  # sizes and a padding; a and b are any integers


def judge_products(count, seed=0):
    """The same where sizes multiply: S, T >= 1 may lift a condition, Z >= 0 may not be divided by."""
    seen = Counter()
    grid = np.meshgrid(*[np.arange(-6, 7)] * 2, *[np.arange(low, 4) for low in LEAST.values()])
    point = dict(zip("abSTZ", (axis.ravel() for axis in grid), strict=True))
    ones = np.ones_like(point["a"])
    for number in range(count):
        rng = Random(f"{seed}/products/{number}")
        rows = [_product_row(rng, MONOMIALS) for _ in range(rng.randint(2, 4))]
        if rng.random() < 0.6:  # a number in radix S with its digit a
            (digit, radix), low = rng.choice((("a", "S"), ("b", "T"))), rng.choice((0, 0, 0, 1, -1))
            last = {(radix,): 1, (digit,): -1, (): rng.choice((-1, -1, -1, 0, -2))}
            number_of = {(rng.choice("abT"), radix): rng.choice((1, -1)), (digit,): 1}
            less = {m: -v for m, v in number_of.items()}
            rows += [{(digit,): 1, (): low}, last, rng.choice((number_of, less))]
        values = [sum(v * _value_of(m, point, ones) for m, v in row.items()) for row in rows]
        polys = [_poly_of(row) for row in rows]
        goal, *given = polys
        if contradictory(polys):
            seen["contradictory"] += 1
            if np.all([v >= 0 for v in values], axis=0).any():
                raise Wrong(f"{rows} has a solution")
        if implied(goal, given):
            seen["implied"] += 1
            if np.all([values[0] < 0, *(v >= 0 for v in values[1:])], axis=0).any():
                raise Wrong(f"{rows[0]} >= 0 does not follow from {rows[1:]}")
    return seen


def _product_row(rng, monomials):
    return {m: rng.choice((-2, -1, -1, 1, 1, 2)) for m in rng.sample(monomials, rng.randint(1, 3))}


def _value_of(m, point, ones):
    return math.prod((point[name] for name in m), start=ones)


def _poly_of(row):
    sizes = {name: symbol(Name(name, integer=True, lower=node(low))) for name, low in LEAST.items()}
    return sum(
        (math.prod((sizes.get(x) or dummy(x) for x in m), start=poly(v)) for m, v in row.items()),
        poly(0),
    )


def judge_memory():
    """The same names with other ranges, as other derivations have them, get other answers."""
    for low, i_low in itertools.permutations((-1, 0, 1), 2):
        S = Name("S", integer=True, lower=node(low), upper=node(7))
        i = Name("i", integer=True, lower=node(i_low), upper=S - 1)
        goals = {"S i >= 0": S * i, "S i >= i": S * i - i, "S (S - 1 - i) >= 0": S * (S - 1 - i)}
        places = [(s, p) for s in range(low, 8) for p in range(i_low, s)]
        truth = {
            "S i >= 0": all(s * p >= 0 for s, p in places),
            "S i >= i": all(s * p >= p for s, p in places),
            "S (S - 1 - i) >= 0": all(s * (s - 1 - p) >= 0 for s, p in places),
        }
        for name, goal in goals.items():
            if implied(normal_form(goal), []) and not truth[name]:
                raise Wrong(f"{name} for S >= {low}, i >= {i_low}")
    S = Name("S", integer=True, lower=node(1))
    i = Index("i", S)
    if not implied(normal_form(S * i), []):
        raise Wrong("not shown: S i >= 0 for S >= 1, i >= 0")


def judge_names():
    """A sum is the same whatever numbers the names of its dummies have: #100 sorts before #99."""
    i, j, m1, c1 = Index("i", N), Index("j", N), m.prime, c.prime
    route = Routing("route", Definition("window", (n, m, c), w[n, m] * c), 2)
    below = 1 / (x[i] + 2 * x[j])
    body = below * Sum(m1, guarded(route, i, m1, c1 - i))
    formula, kept = Sum(c1, Sum(i, Sum(j, body)), 0, S + N), sums._counter
    try:
        for start in range(76, 92):  # names with two digits and with three
            sums._counter = itertools.count(start)
            if not prove_equal(formula, Sum(i, Sum(j, below))).shown:
                raise Wrong(f"not shown after {start} names: each window has one largest entry")
    finally:
        sums._counter = kept


def judge_routing_tag(count, seed=0):
    """Whoever differentiates what was routed says that the routing was taken for constant."""
    for _, formula in formulas("routing", count, seed):
        if "route[" in normal_form(formula).key:
            tags = prove_equal(Diff(formula, DERIVE_BY[0]), formula).tags
            if TAGS["routing"] not in tags:
                raise Wrong(f"{formula!r} is differentiated without a word")


def judge_root_tag():
    """1 + w^2 is 0 for w = i: whoever divides by it says so, though squares of real numbers do no harm."""
    under = 1 + Root(n, N) ** 2
    if TAGS["nonzero"] not in prove_equal(r / under, r * under / under**2).tags:
        raise Wrong("1 + w^2 is taken for positive")


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
                    compare(
                        "mutant", formula, written(formula, world), written(mutant, world), world
                    )
    return seen


def judge_bounds(count, seed=0):
    """Where the prover accepts an access, no world has it outside its array; extremes are tried most."""
    seen = Counter()
    for number in range(count):
        rng = Random(f"{seed}/bounds/{number}")
        formula = access(Maker(rng))
        try:
            normal_form(formula)
        except OutOfRange:
            seen["refused"] += 1
            continue
        seen["accepted"] += 1
        for _ in range(20):
            names = {name: rng.choice((1, 1, 2, 3, 4)) for name in "NMSPK"}
            names |= {"Z": rng.choice((0, 1, 2)), "r": Fraction(1)}
            names["R"] = rng.choice((0, names["S"] - 1))
            ends = {"n": "N", "m": "M", "k": "K", "c": "S"}
            names |= {i: rng.choice((0, names[size] - 1)) for i, size in ends.items()}
            names["d"] = rng.choice((0, names["S"] * names["N"] - 1))
            world = World(f"bounds/{number}", names)
            try:
                written(formula, world)
            except OutOfBounds as error:
                raise Wrong(f"{formula!r} reads outside at {names}: {error}") from None
    return seen
