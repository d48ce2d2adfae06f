"""Sums of products of atoms: the data of the normal form.

An expression is a ``Poly``: rational coefficient times product of powers of atoms, summed. Atoms
compare by their key, a string made from their parts. Smart constructors (brackets.py,
functions.py, sums.py) build atoms; this file only adds and multiplies.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Optional, Union

from cnnmath.proof.rules import note


class Stuck(Exception):
    """The normal form refuses: no rule applies, and it does not guess."""


class Atom:
    """A factor that the ring operations do not look into."""

    __slots__ = ("free", "key")

    def __init__(self, key: str, free: frozenset[str]) -> None:
        self.key, self.free = key, free

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Atom) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return self.key

    @property
    def positive(self) -> bool:
        """Manifestly greater than 0."""
        return False

    @property
    def idempotent(self) -> bool:
        """Its own square: a bracket, a step."""
        return False

    @property
    def real(self) -> bool:
        """A real number; only roots of unity, and what is made of them, are not."""
        return True


Number = int | Fraction  # what is whole is an int: the same number, and much faster than a Fraction
Monomial = tuple[tuple[Atom, Number], ...]


class Poly:
    """A sum of coefficient * monomial, immutable; the empty sum is 0."""

    __slots__ = ("_free", "_key", "terms")

    def __init__(self, terms: Mapping[Monomial, Number]) -> None:
        self.terms = {m: c for m, c in terms.items() if c}
        self._key: str | None = None
        self._free: frozenset[str] | None = None

    @property
    def key(self) -> str:
        if self._key is None:
            parts = sorted(f"{c}*{monomial_key(m)}" if m else str(c) for m, c in self.terms.items())
            self._key = " + ".join(parts) or "0"
        return self._key

    @property
    def free(self) -> frozenset[str]:
        if self._free is None:
            self._free = frozenset().union(*(a.free for m in self.terms for a, _ in m))
        return self._free

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Poly) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return self.key

    def __add__(self, other: Union["Poly", Number]) -> "Poly":
        terms = dict(self.terms)
        for m, c in poly(other).terms.items():
            terms[m] = terms[m] + c if m in terms else c
        return Poly(terms)

    __radd__ = __add__

    def __neg__(self) -> "Poly":
        return Poly({m: -c for m, c in self.terms.items()})

    def __sub__(self, other: Union["Poly", Number]) -> "Poly":
        return self + (-poly(other))

    def __rsub__(self, other: Number) -> "Poly":
        return poly(other) - self

    def __mul__(self, other: Union["Poly", Number]) -> "Poly":
        result = ZERO
        plain: dict[Monomial, Number] = {}
        others = poly(other).terms.items()
        for m, c in self.terms.items():
            for n, d in others:
                product = multiply(m, n)
                if isinstance(product, Poly):
                    result = result + product * (c * d)
                else:
                    plain[product] = plain.get(product, 0) + c * d
        return result + Poly(plain) if result.terms else Poly(plain)

    __rmul__ = __mul__

    @property
    def constant(self) -> Number | None:
        """The value if this is a number, else None."""
        if not self.terms:
            return 0
        return self.terms[()] if set(self.terms) == {()} else None

    @property
    def single(self) -> tuple[Monomial, Number] | None:
        """(monomial, coefficient) if there is exactly one term."""
        return next(iter(self.terms.items())) if len(self.terms) == 1 else None

    @property
    def positive(self) -> bool:
        """Manifestly greater than 0: positive coefficients, each term a product of positive atoms and
        even powers, and one term without even powers, which cannot be 0."""
        return any(all(a.positive for a, _ in m) for m in self.terms) and all(
            c > 0 and all(a.positive or (n % 2 == 0 and a.real) for a, n in m)
            for m, c in self.terms.items()
        )

    @property
    def real(self) -> bool:
        """No root of unity stands in it."""
        return all(a.real for m in self.terms for a, _ in m)


class Symbol(Atom):
    """A name. Integer names carry their range; it is what range reasoning may use."""

    __slots__ = ("_positive", "integer", "lower", "name", "upper")

    def __init__(
        self,
        name: str,
        *,
        integer: bool = True,
        lower: Optional["Poly"] = None,
        upper: Optional["Poly"] = None,
        positive: bool = False,
    ) -> None:
        super().__init__(name, frozenset([name]))
        self.name, self.integer, self.lower, self.upper = name, integer, lower, upper
        self._positive = positive

    @property
    def positive(self) -> bool:
        if self.integer:
            least = self.lower.constant if self.lower is not None else None
            return least is not None and least >= 1
        return self._positive


class Composite(Atom):
    """A sum of several terms that stands under a power which does not expand: 1/(1 + e^z)."""

    __slots__ = ("base",)

    def __init__(self, base: Poly) -> None:
        super().__init__("{" + base.key + "}", base.free)
        self.base = base

    @property
    def positive(self) -> bool:
        return self.base.positive

    @property
    def real(self) -> bool:
        return self.base.real


class Bracket(Atom):
    """Iverson bracket [base = 0] or [base >= 0] of an integer polynomial."""

    __slots__ = ("base", "relation")

    def __init__(self, relation: str, base: Poly) -> None:
        super().__init__(f"[{base.key}{relation}0]", base.free)
        self.relation, self.base = relation, base

    @property
    def idempotent(self) -> bool:
        return True


def monomial_key(m: Monomial) -> str:
    return ".".join(a.key if n == 1 else f"{a.key}^{n}" for a, n in m)


def monomial(powers: Mapping[Atom, Number]) -> Monomial:
    return tuple(sorted(((a, n) for a, n in powers.items() if n), key=lambda pair: pair[0].key))


def multiply(m: Monomial, n: Monomial) -> Monomial | Poly:
    """The product of two monomials; a Poly when a composite base comes back to a whole power."""
    if not m:
        m, n = n, m
    if not n and not any(
        (power != 1 and a.idempotent) or isinstance(a, Composite) for a, power in m
    ):
        return m  # nothing to merge and nothing to simplify
    powers = dict(m)
    for atom, power in n:
        powers[atom] = powers.get(atom, 0) + power
    opens = False
    for atom, power in powers.items():
        if power > 1 and atom.idempotent:
            note("idempotent" if isinstance(atom, Bracket) else "step")
            powers[atom] = 1
        opens |= isinstance(atom, Composite) and power > 0 and power.denominator == 1
    if not opens:
        return monomial(powers)
    result = ONE
    for atom, power in powers.items():
        if isinstance(atom, Composite) and power > 0 and power.denominator == 1:
            for _ in range(int(power)):
                result = result * atom.base
        elif power:
            result = result * Poly({((atom, power),): 1})
    return result


def poly(value: Poly | Number) -> Poly:
    return value if isinstance(value, Poly) else Poly({(): exact(value)})


def exact(value: Number) -> Number:
    """The number, as an int if it is whole."""
    return int(value) if value.denominator == 1 else value


def of(atom: Atom, power: Number = 1) -> Poly:
    """The atom, to a power, as a Poly."""
    return Poly({((atom, exact(power)),): 1})


def product_of(factors: Iterable[tuple[Atom, Number]], coefficient: Number = 1) -> Poly:
    result = poly(coefficient)
    for atom, power in factors:
        result = result * of(atom, power)
    return result


ZERO, ONE = Poly({}), Poly({(): 1})


def power_of(base: Poly, exponent: Number) -> Poly:
    """base ** exponent for a rational exponent.

    Whole powers expand; a single term takes the power factor by factor (a fractional power only if
    it is manifestly positive); of a sum, the common factors and the leading coefficient come out
    and the rest becomes a composite.
    """
    exponent = exact(exponent)
    whole = exponent.denominator == 1
    if whole and exponent >= 0:
        result = ONE
        for _ in range(int(exponent)):
            result = result * base
        return result
    if not base.terms:
        raise Stuck("division by 0")
    if exponent < 0 and not base.positive:
        note("nonzero")
    if not whole and not base.positive:
        raise Stuck(f"the power {exponent} of {base}, which is not manifestly positive")
    if base.single is not None:
        return _power_of_term(*base.single, exponent)
    outside = {a: n for a, n in _common_factors(base).items() if a.positive or whole}
    rest = base * Poly({monomial({a: -n for a, n in outside.items()}): 1})
    if whole:
        lead = rest.terms[min(rest.terms, key=monomial_key)]
        rest = rest * (Fraction(1) / lead)
        outer = _power_of_term(monomial(outside), lead, exponent)
    else:
        outer = _power_of_term(monomial(outside), 1, exponent)
    return outer * of(Composite(rest), exponent)


def _power_of_term(m: Monomial, coefficient: Number, exponent: Number) -> Poly:
    if any(a.idempotent for a, _ in m):
        raise Stuck(f"a bracket or step under the power {exponent}: {monomial_key(m)} may be 0")
    if exponent.denominator == 1:
        scale = exact(Fraction(coefficient) ** int(exponent))
        return Poly({monomial({a: n * exponent for a, n in m}): scale})
    inner = ONE
    if coefficient != 1:
        inner = of(Composite(poly(coefficient)), exponent)
    return inner * Poly({monomial({a: n * exponent for a, n in m}): 1})


def _common_factors(base: Poly) -> dict[Atom, Number]:
    """Atoms (brackets apart) that divide every term, each with its least power."""
    powers = [dict(m) for m in base.terms]
    least = {
        a: min(p.get(a, 0) for p in powers) for p in powers for a in p if not isinstance(a, Bracket)
    }
    return {a: n for a, n in least.items() if n}
