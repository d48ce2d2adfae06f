"""Worlds in which formulas have values: sizes, indices, real names, and tensors of any place.

Tensors are total functions from integer tuples to numbers that obey the fact their kind declares.
"""

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

from cnnmath.proof.audit.letters import PARTS
from cnnmath.proof.evaluate import EXACT, Arrays, Dual, Field, integer, value
from cnnmath.proof.notation import Node, Routing, Tensor, scalars_of, tensors_of

Place = tuple[int, ...]


class World:
    """Sizes, indices, real names and total tensors, all drawn from one seed.

    Numbers live in a field; ``moved`` is the entry whose direction dual numbers follow.
    """

    def __init__(
        self,
        seed: str,
        names: dict[str, Any],
        numbers: Field = EXACT,
        moved: tuple[str, Place] | None = None,
    ) -> None:
        self.seed, self.names, self.numbers, self.moved = seed, names, numbers, moved
        self.frame = Arrays(names, {}, EXACT)
        self.known: dict[tuple[str, Place], Any] = {}

    def draw(self, tensor: Tensor, place: Place) -> Any:
        """The entry as a fraction (a label as an int), the same whenever it is asked for."""
        if (tensor.name, place) not in self.known:
            self.known[tensor.name, place] = (
                self._route(tensor, place)
                if isinstance(tensor, Routing)
                else self._draw(tensor, place)
            )
        return self.known[tensor.name, place]

    def _route(self, routing: Routing, place: Place) -> Any:
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

    def _draw(self, tensor: Tensor, place: Place) -> Any:
        rng = Random(f"{self.seed}/{tensor.name}/{place}")
        if tensor.kind == "labels":
            assert tensor.bound is not None
            return rng.randrange(integer(tensor.bound, self.frame))
        last = integer(tensor.shape[-1], self.frame) if tensor.shape else 0
        if tensor.kind in ("probabilities", "unit") and 0 <= place[-1] < last:
            row = Random(f"{self.seed}/{tensor.name}/{place[:-1]}")
            return ROWS[tensor.kind](last, row)[place[-1]]
        if tensor.kind == "positive":
            return Fraction(rng.randint(1, 5), rng.randint(1, 3))
        return Fraction(rng.choice((-5, -3, -2, -1, 1, 2, 3, 4)), rng.randint(1, 3))

    def entry(self, tensor: Tensor, place: Place) -> Any:
        drawn = self.draw(tensor, place)
        if isinstance(drawn, int):
            return drawn
        number = self.numbers.number(drawn)
        if self.moved is None or isinstance(tensor, Routing):  # no small change moves a maximum
            return number
        return Dual(
            number, self.numbers.number(Fraction(int(self.moved == (tensor.name, place)))), 1
        )

    def arrays(self, expression: Node) -> Arrays:
        """The same world for evaluate.py; it checks the bounds itself."""
        readers = {
            name: lambda place, tensor=tensor: self.entry(tensor, place)
            for name, tensor in tensors_of(expression).items()
        }
        reals = {name: self.real(name) for name in scalars_of(expression)}
        return Arrays({**self.names, **reals}, readers, self.numbers)

    def real(self, name: str) -> Any:
        return self.numbers.number(self.names[name])


def _weights(size: int, rng: Random) -> list[Fraction]:
    drawn = [Fraction(rng.randint(1, 5)) for _ in range(size)]
    return [d / sum(drawn) for d in drawn]


def _sphere(size: int, rng: Random) -> list[Fraction]:
    """A rational point of the sphere, by stereographic projection."""
    flat = [Fraction(rng.randint(1, 4), rng.randint(1, 3)) for _ in range(size - 1)]
    scale = 1 + sum((a * a for a in flat), Fraction(0))
    return [2 * a / scale for a in flat] + [(2 - scale) / scale]


ROWS = {"probabilities": _weights, "unit": _sphere}


LETTERS = {"n": "N", "m": "M", "k": "K"}


def _strides(rng: Random, N: int) -> dict[str, int]:
    """Sizes that multiply: stride S, window P, padding Z >= 0, remainder R < S; places c < S, d < S N."""
    S, P, Z = rng.randint(1, 3), rng.randint(1, 3), rng.randint(0, 2)
    places = {"c": rng.randrange(S), "d": rng.randrange(S * N)}
    return {"S": S, "P": P, "Z": Z, "R": rng.randrange(S), **places}


def worlds(expression: Node, seed: str, count: int) -> Iterator[World]:
    """Worlds for an expression: sizes 1 to 3, parts from 0 on, indices inside, reals with a sign."""
    rng = Random(f"worlds/{seed}")
    for number in range(count):
        names: dict[str, Any] = {size: rng.randint(1, 3) for size in LETTERS.values()}
        names |= {index: rng.randrange(names[size]) for index, size in LETTERS.items()}
        names |= _strides(Random(f"strides/{seed}/{number}"), names["N"])
        chance = Random(f"parts/{seed}/{number}")
        names |= {
            part.name: chance.choice((0, chance.randint(0, names[size])))
            for size, part in PARTS.items()
        }
        for name, scalar in scalars_of(expression).items():
            size = Fraction(rng.randint(1, 5), rng.randint(1, 3))
            names[name] = size if scalar.positive else size * rng.choice((1, -1))
        yield World(f"{seed}/{number}", names)
