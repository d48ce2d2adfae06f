"""What a normal form means, by its definition, and what the author's formula means, by evaluate.py.

Sums run over a box of integers that must be large enough (``Edge`` otherwise).
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from cnnmath.proof.atoms import EntryAtom, Exponential, Floor, Function
from cnnmath.proof.audit.worlds import World
from cnnmath.proof.evaluate import (
    EXACT,
    PRECISE,
    Arrays,
    Dual,
    Field,
    NotExact,
    call,
    integer,
    value,
)
from cnnmath.proof.notation import Entry, Node
from cnnmath.proof.polynomial import Atom, Bracket, Composite, Number, Poly, Symbol
from cnnmath.proof.roots import Root
from cnnmath.proof.sums import ClosedMax, ClosedSum

BOX = 24

Names = dict[str, Any]  # values of sizes, indices, dummies and real names


class Edge(AssertionError):
    """A sum over all integers is not finite, or the box is too small."""


# ------------------------------------------------------------------------ the value of a normal form


def meaning(p: Poly, world: World, env: Names | None = None) -> Any:
    """The value of a Poly: sum of coefficient * product of atoms, a 0 bracket cutting off the rest."""
    env = world.names if env is None else env
    total = world.numbers.number(Fraction(0))
    for m, c in p.terms.items():
        term = world.numbers.number(Fraction(c))
        brackets = [a for a, _ in m if isinstance(a, Bracket)]
        if not all(holds(b, world, env) for b in brackets):
            continue
        for atom, power in m:
            if not isinstance(atom, Bracket):
                term = term * raised(atom_value(atom, world, env), power, world.numbers)
        total = total + term
    return total


def holds(atom: Bracket, world: World, env: Names) -> bool:
    left = whole(atom.base, world, env)
    return left == 0 if atom.relation == "=" else left >= 0


def whole(p: Poly, world: World, env: Names) -> int:
    """The value of an integer polynomial."""
    total = Fraction(0)
    for m, c in p.terms.items():
        term = c
        for atom, power in m:
            assert power >= 1, f"{p} is no integer polynomial"
            term *= _integer_atom(atom, world, env) ** int(power)
        total += term
    assert total.denominator == 1
    return int(total)


def _integer_atom(atom: Any, world: World, env: Names) -> int:
    if isinstance(atom, Symbol):
        return env[atom.name]
    if isinstance(atom, Floor):
        over, under = whole(atom.over, world, env), whole(atom.under, world, env)
        assert under >= 1, "a floor wants a divisor of at least 1"
        return over // under
    return world.draw(atom.tensor, tuple(whole(i, world, env) for i in atom.indices))


def atom_value(atom: Atom, world: World, env: Names) -> Any:
    match atom:
        case Symbol():
            number = env[atom.name]
            return number if isinstance(number, Dual) else world.numbers.number(Fraction(number))
        case Floor():
            return world.numbers.number(Fraction(_integer_atom(atom, world, env)))
        case EntryAtom():
            return world.entry(atom.tensor, tuple(whole(i, world, env) for i in atom.indices))
        case Exponential():
            return call("exp", meaning(atom.exponent, world, env), world.numbers)
        case Root():
            size = _integer_atom(atom.length, world, env)
            return world.numbers.unity(Fraction(whole(atom.exponent, world, env), size) % 1)
        case Function():
            return call(atom.name, meaning(atom.argument, world, env), world.numbers)
        case Composite():
            return meaning(atom.base, world, env)
        case ClosedSum():
            return _sum(atom, world, env)
        case ClosedMax():
            return _maximum(atom, world, env)
    raise TypeError(f"meaning: no value for an atom of type {type(atom).__name__}: {atom!r}")


def raised(base: Any, power: Number, numbers: Field) -> Any:
    """base ** power; the derivative of a power where the base is a dual number."""
    if isinstance(base, Dual):
        slope = (
            numbers.number(Fraction(power)) * raised(base.value, power - 1, numbers) * base.slope
        )
        return Dual(raised(base.value, power, numbers), slope, base.level)
    if power.denominator != 1:
        return numbers.root(base, Fraction(power))
    if isinstance(base, int):
        base = numbers.number(Fraction(base))
    return base ** int(power)


def _sum(atom: ClosedSum, world: World, env: Names) -> Any:
    """Over all integers: every value of the dummies that the brackets admit."""
    brackets = [a for a, _ in atom.monomial if isinstance(a, Bracket)]
    body = [(a, p) for a, p in atom.monomial if not isinstance(a, Bracket)]
    total = world.numbers.number(Fraction(0))
    for place in _places(list(atom.dummies), brackets, world, env):
        term = world.numbers.number(Fraction(1))
        for factor, power in body:
            term = term * raised(atom_value(factor, world, place), power, world.numbers)
        total = total + term
    return total


def _maximum(atom: ClosedMax, world: World, env: Names) -> Any:
    """The largest value of the body for low <= dummy <= high."""
    low, high = whole(atom.low, world, env), whole(atom.high, world, env)
    assert low <= high, "a maximum over nothing"
    values = [meaning(atom.body, world, {**env, atom.dummy: i}) for i in range(low, high + 1)]
    return max(values, key=_plain)  # the first of equals, as in the author's reading


def _plain(number: Any) -> Any:
    return _plain(number.value) if isinstance(number, Dual) else number


def _places(
    dummies: list[str], brackets: list[Bracket], world: World, env: Names
) -> Iterator[Names]:
    """Assignments of the dummies that satisfy all brackets, the most bounded dummy first."""
    if not all(holds(b, world, env) for b in brackets if not b.free & set(dummies)):
        return
    if not dummies:
        yield env
        return
    ranges = {
        d: _range(d, [b for b in brackets if b.free & set(dummies) == {d}], world, env)
        for d in dummies
    }
    name = min(dummies, key=lambda d: ranges[d][1] - ranges[d][0])
    rest = [d for d in dummies if d != name]
    for number in range(ranges[name][0], ranges[name][1] + 1):
        for found in _places(rest, brackets, world, {**env, name: number}):
            if abs(number) == BOX:
                raise Edge(f"the sum reaches the edge of the box: {brackets}")
            yield found


def _range(name: str, brackets: list[Bracket], world: World, env: Names) -> tuple[int, int]:
    """Where a dummy can be at all, from the brackets in which it stands linearly and alone."""
    low, high = -BOX, BOX
    for b in brackets:
        if any(
            name in a.free and not (isinstance(a, Symbol) and p == 1)
            for m in b.base.terms
            for a, p in m
        ):
            continue
        at0, at1 = (whole(b.base, world, {**env, name: i}) for i in (0, 1))
        step = at1 - at0
        for sign in (1, -1) if b.relation == "=" else (1,):  # sign * (step i + at0) >= 0
            if sign * step > 0:
                low = max(low, -(sign * at0 // (sign * step)))
            if sign * step < 0:
                high = min(high, sign * at0 // (-sign * step))
    return low, high


# ----------------------------------------------------------------------- both sides of a comparison


def written(expression: Node, world: World) -> Any:
    """The value of the author's formula, exactly if possible."""
    try:
        return value(expression, world.arrays(expression))
    except NotExact:
        world = World(world.seed, world.names, PRECISE)
        return value(expression, world.arrays(expression))


def both(expression: Node, p: Poly, world: World) -> tuple[Any, Any]:
    """(what the author wrote, what the normal form means) in one world, exactly if possible."""
    try:
        return value(expression, world.arrays(expression)), meaning(p, world)
    except NotExact:
        world = World(world.seed, world.names, PRECISE)
        return value(expression, world.arrays(expression)), meaning(p, world)


def slope(p: Poly, wrt: Entry, world: World) -> Any:
    """The derivative of the meaning of p in the direction of one entry, by dual numbers."""
    frame = Arrays(world.names, {}, EXACT)
    place = (wrt.tensor.name, tuple(integer(i, frame) for i in wrt.indices))
    for numbers in (EXACT, PRECISE):
        try:
            moved = meaning(p, World(world.seed, world.names, numbers, place))
        except NotExact:
            continue
        return moved.slope if isinstance(moved, Dual) else numbers.number(Fraction(0))
