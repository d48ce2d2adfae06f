"""The letters of the random formulas, and what draws their parts.

Every entry may be read at any index expression because it is guarded by its own brackets; ranges
may be empty, sizes may be 1, bounds may depend on outer letters. A *part* of a size is a size from 0
up to it: what is said of it holds for nothing at all too.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random
from typing import Any

from cnnmath.proof.notation import (
    Bracket,
    Fn,
    Index,
    Name,
    Node,
    Num,
    Operand,
    Pow,
    Sum,
    Tensor,
    function,
    node,
)

N, M, K = (Name(s, integer=True, lower=node(1)) for s in "NMK")
n, m, k = Index("n", N), Index("m", M), Index("k", K)
FREE = [n, m, k]
x, y, w, v = (
    Tensor(name, shape) for name, shape in (("x", (N,)), ("y", (M,)), ("w", (N, M)), ("v", (K,)))
)
a = Tensor("a", (N,), kind="positive")
t = Tensor("t", (N,), kind="labels", bound=K)
q = Tensor("q", (N, K), kind="probabilities")
qq = Tensor("qq", (K, K), kind="probabilities")
u = Tensor("u", (N, K), kind="unit")
r, g = Name("r"), Name("g", positive=True)
S, P = (Name(s, integer=True, lower=node(1)) for s in "SP")  # stride and window
Z = Name("Z", integer=True, lower=node(0))  # padding
R = Name("R", integer=True, lower=node(0), upper=S - 1)  # remainder
U = Name("U", integer=True, lower=node(1), value=(N - 1) * S + P + R - 2 * Z)  # may be 0 or less
c, d = Index("c", S), Index("d", S * N)  # a place in a block, a place in all blocks
I1, I2, C1 = Index("i1", N), Index("i2", M), c.prime
blocks = Tensor("blocks", (N, S))
qz, uz = Tensor("qz", (N, Z), kind="probabilities"), Tensor("uz", (N, Z), kind="unit")
FAR = Tensor("far", (N + 10,))
DERIVE_BY = (x[n], w[n, m], a[n])  # the entries that derivatives are taken with respect to
HALF = Num(Fraction(1, 2))
PARTS = {
    size.name: Name(f"{size.name}0", integer=True, lower=node(0), upper=size)
    for size in (N, M, K, S)
}


sigmoid, tanh, step = function("sigmoid"), function("tanh"), function("step")
sign, absolute = function("sign"), function("abs")


def f(argument: Operand) -> Node:
    return Fn("f", argument)


def guarded(tensor: Tensor, *indices: Operand) -> Node:
    """The entry, cut off outside its array."""
    places = tuple(node(index) for index in indices)
    result: Node = tensor[places]
    for index, size in zip(places, tensor.shape, strict=True):
        result = Bracket(0, "<=", index) * Bracket(index, "<", size) * result
    return result


Scope = Sequence[Index]


class Maker:
    """Draws the parts of a formula; letters are new each time, so that none is shadowed.

    ``parts`` draws, if given, where a part of a size stands in its place: sums of 0 terms or more.
    """

    def __init__(self, rng: Random, parts: Random | None = None) -> None:
        self.rng, self.parts, self.letters = rng, parts, 0

    def pick(self, *options: Any) -> Any:
        return self.rng.choice(options)

    def letter(self, size: Name) -> Index:
        self.letters += 1
        return Index(f"i{self.letters}", self.part(size))

    def part(self, size: Name) -> Name:
        """The size, or a part of it."""
        return PARTS[size.name] if self.parts and self.parts.random() < 0.5 else size

    def affine(self, scope: Scope) -> Node:
        """An integer expression of mixed signs; coefficients are 1, -1 or seldom 2."""
        result = self.pick(1, 1, 1, -1, -1, 2) * self.pick(*scope)
        if self.rng.random() < 0.5:
            result = result + self.pick(1, -1) * self.pick(*scope)
        if self.rng.random() < 0.6:
            result = result + self.pick(self.part(N), self.part(M), -N, 1, -1, N - 1)
        return node(result)

    def entry(self, scope: Scope) -> Node:
        tensor = self.pick(x, x, y, w)
        return guarded(tensor, *(self.affine(scope) for _ in tensor.shape))

    def opaque(self, body: Node) -> Node:
        """The prover does not look inside these."""
        return node(
            self.pick(
                f(body), 1 / (1 + body**2), f(body) * f(body + r), Pow(2 + body**2, Fraction(-2))
            )
        )

    def range(self, scope: Scope) -> tuple[Operand, Operand]:
        """(lower, upper), possibly empty, possibly moving with an outer letter."""
        s = self.pick(*scope)
        low, high = self.pick(
            (0, N - 1),
            (1, N - 1),
            (0, M),
            (-1, M - 1),
            (N, M),
            (s, s + M - 1),
            (0, s),
            (s, N),
            (1 - s, K),
        )
        part = self.part(N)
        return (low, high) if part is N else (0, part - 1)

    def sum(self, scope: Scope, body: Callable[[list[Index]], Operand]) -> Node:
        """sum over a new letter of body(scope with the letter)."""
        i = self.letter(N)
        return Sum(i, body([*scope, i]), *self.range(scope))

    def coefficient(self) -> Any:
        return self.pick(1, 2, -1, -3, HALF, r, Num(Fraction(-2, 3)))
