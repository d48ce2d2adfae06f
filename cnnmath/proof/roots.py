"""Roots of unity: w = e^(2 pi i/L) for a size L, its powers, and the sum of all its powers."""

from cnnmath.proof.atoms import bracket, conditions_of, is_integer
from cnnmath.proof.polynomial import (
    ONE,
    ZERO,
    Atom,
    Monomial,
    Number,
    Poly,
    Stuck,
    Symbol,
    of,
    poly,
    product_of,
)
from cnnmath.proof.ranges import implied
from cnnmath.proof.rules import note

MULTIPLES = 2  # [L divides e] is written out up to |e| < (MULTIPLES + 1) L


class Root(Atom):
    """w^m for one monomial m of integers; its power carries the coefficient: w^(2m) is this squared."""

    __slots__ = ("exponent", "length")

    def __init__(self, length: Symbol, exponent: Poly) -> None:
        super().__init__(f"root<{length.key}>^({exponent.key})", exponent.free | length.free)
        self.length, self.exponent = length, exponent

    @property
    def real(self) -> bool:
        return False


def root_of_unity(length: Poly, exponent: Poly) -> Poly:
    """e^(2 pi i exponent/length), one factor for each term of the exponent; w^(L t) = 1."""
    size = _size(length)
    result = ONE
    for m, c in exponent.terms.items():
        if c.denominator != 1 or not all(is_integer(a) and n >= 1 for a, n in m):
            raise Stuck(f"a root of unity wants an integer exponent, got {exponent}")
        if size not in dict(m):
            result = result * of(Root(size, Poly({m: 1})), c)
    note("root of unity")
    return result


def _size(length: Poly) -> Symbol:
    """The name of a size, an integer of at least 1."""
    single = length.single
    if single is not None and single[1] == 1 and len(single[0]) == 1 and single[0][0][1] == 1:
        name = single[0][0][0]
        if isinstance(name, Symbol) and name.integer and name.positive:
            return name
    raise Stuck(f"a root of unity wants the name of a size, got {length}")


def all_powers(m: Monomial, name: str) -> Poly | None:
    """The sum of m over 0 <= name <= L - 1, where the name stands in powers w^(name e) alone.

    It is L if L divides e, else 0; None if the dummy stands elsewhere or e is not known to be between
    two multiples of L.
    """
    own = [pair for pair in m if name in pair[0].free]
    rest = [pair for pair in m if name not in pair[0].free]
    roots = [(a, n) for a, n in own if isinstance(a, Root)]
    if not roots or len({a.length for a, _ in roots}) > 1:
        return None
    length = of(roots[0][0].length)
    if product_of(pair for pair in own if not isinstance(pair[0], Root)) != _range(name, length):
        return None
    step = _factor(roots, name)
    if step is None:
        return None
    multiples = _multiples(step, length, conditions_of(tuple(rest)))
    if multiples is None:
        return None
    note("all powers")
    return product_of(rest) * length * multiples


def _range(name: str, length: Poly) -> Poly:
    """0 <= name <= L - 1."""
    dummy = of(Symbol(name))
    return bracket(">=", dummy) * bracket(">=", length - 1 - dummy)


def _factor(roots: list[tuple[Root, Number]], name: str) -> Poly | None:
    """e, if the product of the roots is w^(name e) and the name does not stand in e."""
    step = ZERO
    for atom, n in roots:
        ((m, _),) = atom.exponent.terms.items()
        rest = tuple(pair for pair in m if pair[0].key != name)
        once = len(rest) == len(m) - 1 and all(p == 1 for a, p in m if a.key == name)
        if not once or any(name in a.free for a, _ in rest):
            return None
        step = step + product_of(rest, n)
    return step


def _multiples(step: Poly, length: Poly, conditions: list[Poly]) -> Poly | None:
    """[L divides e] as [e = 0] + [e = L] + [e = -L] + ..., as far as the conditions let e go."""
    for most in range(MULTIPLES + 1):
        bound = length * (most + 1) - 1
        if implied(bound - step, conditions) and implied(bound + step, conditions):
            return sum(
                (bracket("=", step - length * t) for t in range(-most, most + 1)), start=poly(0)
            )
    return None
