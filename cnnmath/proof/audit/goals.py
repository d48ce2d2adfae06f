"""The rules of lines about signs and optima, which no normal form takes."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

from cnnmath.proof.audit.compare import Wrong
from cnnmath.proof.audit.corners import at_nothing, at_one
from cnnmath.proof.audit.goal_formulas import not_squares, objective, sum_of_squares
from cnnmath.proof.audit.letters import Maker
from cnnmath.proof.audit.meaning import written
from cnnmath.proof.audit.worlds import worlds
from cnnmath.proof.derivation import Derivation, manifestly_not_negative
from cnnmath.proof.evaluate import PRECISE, Arrays, value
from cnnmath.proof.notation import Node, log
from cnnmath.proof.verdict import NotProven

GRID = [Fraction(i, 2) for i in range(-5, 6)]
PLACES = ((1, 2, Fraction(-1)), (2, Fraction(1, 3), Fraction(2)))  # N, g, r


def judge_squares(count: int, seed: int = 0, parts: bool = False) -> Counter[str]:
    """What ``not_negative`` accepts is not negative; what is negative somewhere is not accepted.

    used: accepted; refused: the others. Raises Wrong at the first formula that is neither.
    """
    seen: Counter[str] = Counter()
    for number in range(count):
        for wanted, generator in ((True, sum_of_squares), (False, not_squares)):
            name = f"{seed}/{wanted}/{number}"
            chance = Random(f"parts/{name}") if parts else None
            formula = generator(Maker(Random(name), chance))
            accepted = manifestly_not_negative(formula)
            if accepted != wanted:
                raise Wrong(f"{formula!r}: accepted is {accepted}")
            seen["used" if accepted else "refused"] += 1
            for world in worlds(formula, f"squares/{number}", 3) if accepted else ():
                if written(formula, world) < 0:
                    raise Wrong(f"{formula!r} is negative")
                seen["worlds"] += 1
                seen["ones"] += at_one(formula, world)
                seen["nothings"] += at_nothing(formula, world)
    return seen


def judge_optimum(count: int, seed: int = 0) -> Counter[tuple[str, str]]:
    """Where a line about an optimum is accepted, the optimum over a grid stays in its place.

    Counts (accepted, rule) and (refused, transformation). Raises Wrong where the optimum moves.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for number in range(count):
        D = Derivation("d")
        (size,) = D.sizes("N")
        z, g, r = D.tensor("z")[()], D.scalar("g", positive=True), D.scalar("r")
        goal, by, operand, base = objective(Random(f"{seed}/{number}"), z, g, r, size)
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
        for numbers in PLACES:
            names = dict(zip(("N", "g", "r"), numbers, strict=True))
            if _places(base, goal, names) != _places(line.body, chain.goal, names):
                raise Wrong(f"{goal} {base!r} is not {chain.goal} {line.body!r}")
    return seen


def _places(formula: Node, goal: str, names: dict[str, Any]) -> list[Fraction]:
    """The points of the grid at which the formula is best."""
    reals = {n: v if n == "N" else PRECISE.number(Fraction(v)) for n, v in names.items()}
    values = [value(formula, Arrays(reals, {"z": _everywhere(p)}, PRECISE)) for p in GRID]
    best = {"max": max, "min": min}[goal](values)
    return [
        p
        for p, v in zip(GRID, values, strict=True)
        if abs(v - best) < PRECISE.number(Fraction(1, 10**30))
    ]


def _everywhere(point: Fraction) -> Callable[[tuple[int, ...]], Any]:
    return lambda place: PRECISE.number(point)
