"""What a normal form means, by its definition, and what the author's formula means, by evaluate.py.

Sums run over a box of integers that must be large enough (``Edge`` otherwise), tensors are total
functions from integer tuples to numbers that obey the fact their kind declares.
"""

from fractions import Fraction
from random import Random

from cnnmath.proof.atoms import EntryAtom, Exponential, Floor, Function
from cnnmath.proof.evaluate import (
    EXACT,
    PRECISE,
    PRECISE_CONTEXT,
    Arrays,
    Dual,
    NotExact,
    call,
    integer,
    value,
)
from cnnmath.proof.notation import Routing, scalars_of, tensors_of
from cnnmath.proof.polynomial import Bracket, Composite, Symbol
from cnnmath.proof.roots import Root
from cnnmath.proof.sums import ClosedMax, ClosedSum

BOX = 24


class Edge(AssertionError):
    """A sum over all integers is not finite, or the box is too small."""


class World:
    """Sizes, indices, real names and total tensors, all drawn from one seed."""

    def __init__(self, seed, names, numbers=EXACT, moved=None):
        self.seed, self.names, self.numbers, self.moved = seed, names, numbers, moved
        self.frame = Arrays(names, {}, EXACT)
        self.known = {}

    def draw(self, tensor, place):
        """The entry as a fraction (a label as an int), the same whenever it is asked for."""
        if (tensor.name, place) not in self.known:
            draw = self._route if isinstance(tensor, Routing) else self._draw
            self.known[tensor.name, place] = draw(tensor, place)
        return self.known[tensor.name, place]

    def _route(self, routing, place):
        """What evaluate.py reads; outside the array any tensor that has one 1 in each window."""
        sizes = [integer(size, self.frame) for size in routing.shape]
        inner = len(sizes) - routing.axes
        if all(0 <= p < size for p, size in zip(place, sizes, strict=True)):
            exact = World(self.seed, self.names)
            return value(routing[place], exact.arrays(routing[place]))
        if all(0 <= p < size for p, size in zip(place[inner:], sizes[inner:], strict=True)):
            rng = Random(f"{self.seed}/{routing.name}/{place[:inner]}")
            return Fraction(place[inner:] == tuple(rng.randrange(size) for size in sizes[inner:]))
        return self._draw(routing, place)

    def _draw(self, tensor, place):
        rng = Random(f"{self.seed}/{tensor.name}/{place}")
        if tensor.kind == "labels":
            return rng.randrange(integer(tensor.bound, self.frame))
        last = integer(tensor.shape[-1], self.frame) if tensor.shape else 0
        if tensor.kind in ("probabilities", "unit") and 0 <= place[-1] < last:
            row = Random(f"{self.seed}/{tensor.name}/{place[:-1]}")
            return ROWS[tensor.kind](last, row)[place[-1]]
        if tensor.kind == "positive":
            return Fraction(rng.randint(1, 5), rng.randint(1, 3))
        return Fraction(rng.choice((-5, -3, -2, -1, 1, 2, 3, 4)), rng.randint(1, 3))

    def entry(self, tensor, place):
        drawn = self.draw(tensor, place)
        if isinstance(drawn, int):
            return drawn
        number = self.numbers.number(drawn)
        if self.moved is None or isinstance(tensor, Routing):  # no small change moves a maximum
            return number
        return Dual(
            number, self.numbers.number(Fraction(int(self.moved == (tensor.name, place)))), 1
        )

    def arrays(self, expression):
        """The same world for evaluate.py; it checks the bounds itself."""
        readers = {
            name: lambda place, tensor=tensor: self.entry(tensor, place)
            for name, tensor in tensors_of(expression).items()
        }
        reals = {name: self.real(name) for name in scalars_of(expression)}
        return Arrays({**self.names, **reals}, readers, self.numbers)

    def real(self, name):
        return self.numbers.number(self.names[name])


def _weights(size, rng):
    drawn = [Fraction(rng.randint(1, 5)) for _ in range(size)]
    return [d / sum(drawn) for d in drawn]


def _sphere(size, rng):
    """A rational point of the sphere, by stereographic projection."""
    flat = [Fraction(rng.randint(1, 4), rng.randint(1, 3)) for _ in range(size - 1)]
    scale = 1 + sum((a * a for a in flat), Fraction(0))
    return [2 * a / scale for a in flat] + [(2 - scale) / scale]


ROWS = {"probabilities": _weights, "unit": _sphere}


LETTERS = {"n": "N", "m": "M", "k": "K"}


def _strides(rng, N):
    """Sizes that multiply: stride S, window P, padding Z >= 0, remainder R < S; places c < S, d < S N."""
    S, P, Z = rng.randint(1, 3), rng.randint(1, 3), rng.randint(0, 2)
    places = {"c": rng.randrange(S), "d": rng.randrange(S * N)}
    return {"S": S, "P": P, "Z": Z, "R": rng.randrange(S), **places}


def worlds(expression, seed, count):
    """Worlds for an expression: sizes 1 to 3, free indices inside, reals with a sign."""
    rng = Random(f"worlds/{seed}")
    for number in range(count):
        names = {size: rng.randint(1, 3) for size in LETTERS.values()}
        names |= {index: rng.randrange(names[size]) for index, size in LETTERS.items()}
        names |= _strides(Random(f"strides/{seed}/{number}"), names["N"])
        for name, scalar in scalars_of(expression).items():
            size = Fraction(rng.randint(1, 5), rng.randint(1, 3))
            names[name] = size if scalar.positive else size * rng.choice((1, -1))
        yield World(f"{seed}/{number}", names)


# ------------------------------------------------------------------------ the value of a normal form


def meaning(p, world, env=None):
    """The value of a Poly: sum of coefficient * product of atoms, a 0 bracket cutting off the rest."""
    env = world.names if env is None else env
    total = world.numbers.number(Fraction(0))
    for m, c in p.terms.items():
        term = world.numbers.number(c)
        brackets = [a for a, _ in m if isinstance(a, Bracket)]
        if not all(holds(b, world, env) for b in brackets):
            continue
        for atom, power in m:
            if not isinstance(atom, Bracket):
                term = term * raised(atom_value(atom, world, env), power, world.numbers)
        total = total + term
    return total


def holds(atom, world, env):
    left = whole(atom.base, world, env)
    return left == 0 if atom.relation == "=" else left >= 0


def whole(p, world, env):
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


def _integer_atom(atom, world, env):
    if isinstance(atom, Symbol):
        return env[atom.name]
    if isinstance(atom, Floor):
        over, under = whole(atom.over, world, env), whole(atom.under, world, env)
        assert under >= 1, "a floor wants a divisor of at least 1"
        return over // under
    return world.draw(atom.tensor, tuple(whole(i, world, env) for i in atom.indices))


def atom_value(atom, world, env):
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
    raise TypeError(f"no meaning for {atom!r}")


def raised(base, power, numbers):
    """base ** power; the derivative of a power where the base is a dual number."""
    if isinstance(base, Dual):
        slope = numbers.number(power) * raised(base.value, power - 1, numbers) * base.slope
        return Dual(raised(base.value, power, numbers), slope, base.level)
    if power.denominator != 1:
        return numbers.root(base, power)
    if isinstance(base, int):
        base = numbers.number(Fraction(base))
    return base ** int(power)


def _sum(atom, world, env):
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


def _maximum(atom, world, env):
    """The largest value of the body for low <= dummy <= high."""
    low, high = whole(atom.low, world, env), whole(atom.high, world, env)
    assert low <= high, "a maximum over nothing"
    values = [meaning(atom.body, world, {**env, atom.dummy: i}) for i in range(low, high + 1)]
    return max(values, key=_plain)  # the first of equals, as in the author's reading


def _plain(number):
    return _plain(number.value) if isinstance(number, Dual) else number


def _places(dummies, brackets, world, env):
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


def _range(name, brackets, world, env):
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


# ------------------------------------------------------------------------------------- comparing


def agree(a, b):
    """Equal fractions, or equal to 35 digits."""
    if isinstance(a, Fraction | int) and isinstance(b, Fraction | int):
        return a == b
    a, b = (
        PRECISE_CONTEXT.mpf(v.numerator) / v.denominator if isinstance(v, Fraction) else v
        for v in (a, b)
    )
    return abs(a - b) <= PRECISE_CONTEXT.mpf(10) ** -35 * (1 + abs(a) + abs(b))


def written(expression, world):
    """The value of the author's formula, exactly if possible."""
    try:
        return value(expression, world.arrays(expression))
    except NotExact:
        world = World(world.seed, world.names, PRECISE)
        return value(expression, world.arrays(expression))


def both(expression, p, world):
    """(what the author wrote, what the normal form means) in one world, exactly if possible."""
    try:
        return value(expression, world.arrays(expression)), meaning(p, world)
    except NotExact:
        world = World(world.seed, world.names, PRECISE)
        return value(expression, world.arrays(expression)), meaning(p, world)


def slope(p, wrt, world):
    """The derivative of the meaning of p in the direction of one entry, by dual numbers."""
    frame = Arrays(world.names, {}, EXACT)
    place = (wrt.tensor.name, tuple(integer(i, frame) for i in wrt.indices))
    for numbers in (EXACT, PRECISE):
        try:
            moved = meaning(p, World(world.seed, world.names, numbers, place))
        except NotExact:
            continue
        return moved.slope if isinstance(moved, Dual) else numbers.number(Fraction(0))
