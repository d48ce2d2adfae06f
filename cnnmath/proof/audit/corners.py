"""Where a world is at the edge of what a formula allows: a size of 1 or 0, a range with nothing in it."""

from collections.abc import Iterator

from cnnmath.proof.audit.letters import PARTS, U, Z
from cnnmath.proof.audit.worlds import World
from cnnmath.proof.evaluate import integer
from cnnmath.proof.notation import (
    Div,
    Entry,
    Name,
    Node,
    Over,
    Pow,
    free_indices,
    unfolded,
    walk,
)

LEAST_1 = {"N", "M", "K", "S", "P"}  # the sizes that are declared to be 1 or more
LEAST_0 = {Z.name, U.name, *(part.name for part in PARTS.values())}  # U may even be negative


def at_one(formula: Node, world: World) -> bool:
    """Whether a size of the formula is 1 here."""
    return any(world.names[name] == 1 for name in _names(formula).keys() & LEAST_1)


def at_nothing(formula: Node, world: World) -> bool:
    """Whether a size of the formula is 0 here, or a sum has no term."""
    names, arrays = _names(formula), world.arrays(formula)
    sizes = (names[name] for name in names.keys() & LEAST_0)
    return any(integer(size, arrays) <= 0 for size in sizes) or over_nothing(formula, world)


def over_nothing(formula: Node, world: World) -> bool:
    """Whether a sum, product or maximum of the formula has no term here.

    Asked where the bounds are the same for all terms of what is around; not inside definitions.
    """
    arrays = world.arrays(formula)
    return any(
        integer(each.upper, arrays) < integer(each.lower, arrays)
        for each in walk(formula)
        if isinstance(each, Over) and _indices(each.lower - each.upper) <= world.names.keys()
    )


def divides_by_nothing(formula: Node, world: World) -> bool:
    """Whether a sum without terms stands under a fraction bar, also where no term around it is read."""
    return any(over_nothing(under, world) for under in _divisors(formula))


def _divisors(formula: Node) -> Iterator[Node]:
    for each in unfolded(formula):
        if isinstance(each, Div):
            yield each.under
        elif isinstance(each, Pow) and each.power < 0:
            yield each.base


def _indices(bounds: Node) -> set[str]:
    return set(free_indices(bounds))


def _names(formula: Node) -> dict[str, Name]:
    """The names in bounds, brackets and shapes."""
    found: dict[str, Name] = {}
    for each in unfolded(formula):
        parts = each.tensor.shape if isinstance(each, Entry) else (each,)
        found |= {p.name: p for whole in parts for p in walk(whole) if isinstance(p, Name)}
    return found
