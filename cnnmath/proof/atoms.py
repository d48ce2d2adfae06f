"""Smart constructors: entries, brackets, functions. Each returns a Poly in normal form."""

from math import gcd

from cnnmath.proof.notation import Tensor
from cnnmath.proof.polynomial import (
    ONE,
    ZERO,
    Atom,
    Bracket,
    Composite,
    Monomial,
    Number,
    Poly,
    Stuck,
    Symbol,
    monomial,
    monomial_key,
    of,
    poly,
    power_of,
    product_of,
)
from cnnmath.proof.rules import note


class EntryAtom(Atom):
    """x[e1, e2]: indices are integer polynomials. ``upper`` is set for labels: 0 <= t[e] <= upper."""

    __slots__ = ("indices", "shape", "tensor", "upper")

    def __init__(
        self, tensor: Tensor, indices: tuple[Poly, ...], shape: tuple[Poly, ...], upper: Poly | None
    ) -> None:
        free = frozenset().union(*(i.free for i in indices))
        super().__init__(f"{tensor.name}[{','.join(i.key for i in indices)}]", free)
        self.tensor, self.indices, self.shape, self.upper = tensor, indices, shape, upper

    @property
    def positive(self) -> bool:
        return self.tensor.kind == "positive"

    def moved(self, indices: tuple[Poly, ...]) -> "EntryAtom":
        return EntryAtom(self.tensor, indices, self.shape, self.upper)


class Floor(Atom):
    """floor(over/under), an integer: 0 <= over - under * floor <= under - 1."""

    __slots__ = ("over", "under")

    def __init__(self, over: Poly, under: Poly) -> None:
        super().__init__(f"floor({over.key}/{under.key})", over.free | under.free)
        self.over, self.under = over, under


class Exponential(Atom):
    """e^m for one monomial m; its power carries the coefficient: e^(2m) is this atom squared."""

    __slots__ = ("exponent",)

    def __init__(self, exponent: Poly) -> None:
        super().__init__(f"e^({exponent.key})", exponent.free)
        self.exponent = exponent

    @property
    def positive(self) -> bool:
        return True


class Function(Atom):
    """A function that is not expanded: log of a sum, an unspecified f, its derivative f'."""

    __slots__ = ("argument", "name")

    def __init__(self, name: str, argument: Poly) -> None:
        super().__init__(f"{name}({argument.key})", argument.free)
        self.name, self.argument = name, argument

    @property
    def idempotent(self) -> bool:
        return self.name == "step"


def is_integer(atom: Atom) -> bool:
    """Sizes, indices, labels, floors: what may stand in an index or in a bracket."""
    return (
        (isinstance(atom, Symbol) and atom.integer)
        or (isinstance(atom, EntryAtom) and atom.upper is not None)
        or isinstance(atom, Floor)
    )


def bracket(relation: str, base: Poly) -> Poly:
    """[base = 0] or [base >= 0], as 0, 1 or one bracket with coprime coefficients."""
    for m, c in base.terms.items():
        if c.denominator != 1 or not all(is_integer(a) and n >= 1 for a, n in m):
            raise Stuck(f"a bracket wants an integer polynomial, got {base}")
    base = _without_positive_factor(base)
    divisor = gcd(*(int(c) for m, c in base.terms.items() if m))
    constant = base.terms.get((), 0)
    if divisor == 0:
        return ONE if (constant == 0 if relation == "=" else constant >= 0) else ZERO
    if divisor > 1:
        note("tighten")
    if relation == "=" and constant % divisor:
        return ZERO
    scaled = {m: c // divisor for m, c in base.terms.items() if m}
    scaled[()] = constant // divisor
    base = Poly(scaled)
    whole_part = _linear_floor(base)
    if whole_part is not None:
        return _without_floor(relation, whole_part, base)
    if relation == ">=":
        return of(Bracket(">=", base))
    lead = base.terms[min((m for m in base.terms if m), key=monomial_key)]
    return of(Bracket("=", base if lead > 0 else -base))  # [a - b = 0] and [b - a = 0] are one


def _linear_floor(base: Poly) -> Floor | None:
    """A floor that stands alone with coefficient 1 or -1; of several the same one however they stand."""
    found = [
        m[0][0]
        for m, c in base.terms.items()
        if len(m) == 1 and isinstance(m[0][0], Floor) and m[0][1] == 1 and c in (1, -1)
    ]
    return min(found, key=lambda each: each.key, default=None)


def _without_floor(relation: str, floor: Floor, base: Poly) -> Poly:
    """[floor(a/S) = e] = [0 <= a - S e < S], [floor(a/S) >= e] = [a >= S e], [floor(a/S) <= e] likewise."""
    note("floor")
    sign = base.terms[((floor, 1),)]
    e = of(floor) - base * sign  # base = sign (floor - e)
    rest = floor.over - floor.under * e
    low, high = (">=", rest), (">=", floor.under - 1 - rest)
    if relation == "=":
        return bracket(*low) * bracket(*high)
    return bracket(*(low if sign == 1 else high))


def _without_positive_factor(base: Poly) -> Poly:
    """[S t >= 0] = [t >= 0] and [S t = 0] = [t = 0] for a size S >= 1 that every term contains."""
    if () in base.terms or len(base.terms) == 0:
        return base
    first = min(base.terms, key=len)
    for atom, _ in first:
        if isinstance(atom, Symbol) and atom.positive and all(atom in dict(m) for m in base.terms):
            if base.terms.keys() == {((atom, 1),)}:  # the size itself stays
                return base
            note("positive factor")
            return _without_positive_factor(base * of(atom, -1))
    return base


def exponential(argument: Poly) -> Poly:
    """e^argument, one factor for each term of the argument."""
    result = ONE
    if len(argument.terms) > 1:
        note("exp")
    for m, c in argument.terms.items():
        result = result * _exponential_of_term(m, c)
    return result


def _exponential_of_term(m: Monomial, c: Number) -> Poly:
    """e^(c m), and e^(c log a) = a^c for positive a."""
    if len(m) == 1 and m[0][1] == 1 and isinstance(m[0][0], Function) and m[0][0].name == "log":
        inside = m[0][0].argument
        if inside.positive:
            note("exp")
            return power_of(inside, c)
    return of(Exponential(Poly({m: 1})), c)


def logarithm(argument: Poly) -> Poly:
    """log: exponentials and manifestly positive factors of a single term come out."""
    if argument == ONE:
        return ZERO
    if argument.single is None:
        return _log_of_sum(argument)
    (m, c) = argument.single
    if c == 1 and len(m) == 1 and m[0][1] == 1 and not isinstance(m[0][0], Exponential | Composite):
        return of(Function("log", argument))
    note("log")
    result, rest = ZERO, []
    for atom, n in m:
        if isinstance(atom, Exponential):
            result = result + atom.exponent * n
        elif atom.positive:
            inner = logarithm(atom.base) if isinstance(atom, Composite) else logarithm(of(atom))
            result = result + inner * n
        else:
            rest.append((atom, n))
    if not rest and c > 0:
        return result + _log_number(c)
    return result + of(Function("log", product_of(rest, c)))


def _log_of_sum(argument: Poly) -> Poly:
    """Exponentials common to all terms come out of the logarithm of a sum."""
    outside, inside = _common_exponentials(argument)
    inner = of(Function("log", inside))
    return inner if outside == ONE else logarithm(outside) + inner


def _log_number(c: Number) -> Poly:
    """log of a positive fraction: log(a/b) = log a - log b, so that log 1/2 meets log 2."""
    result = ZERO
    for value, sign in ((c.numerator, 1), (c.denominator, -1)):
        if value != 1:
            result = result + of(Function("log", poly(value))) * sign
    return result


def _common_exponentials(argument: Poly) -> tuple[Poly, Poly]:
    """A sum as (exponentials common to all terms) * (the rest), so that log can take them out."""
    powers = [{a: n for a, n in m if isinstance(a, Exponential)} for m in argument.terms]
    least = {a: min(p.get(a, 0) for p in powers) for p in powers for a in p}
    outside = monomial({a: n for a, n in least.items() if n})
    inverse = monomial({a: -n for a, n in outside})
    return Poly({outside: 1}), argument * Poly({inverse: 1})


def apply(name: str, argument: Poly) -> Poly:
    """The function of that name at the argument, by its definition where it has one."""
    if not argument.real:
        raise Stuck(f"{name} of a complex number")
    if name == "exp":
        return exponential(argument)
    if name == "log":
        return logarithm(argument)
    if name in ("sigmoid", "tanh"):
        note("by exp")
        up, down = exponential(argument), exponential(-argument)
        return (
            power_of(ONE + down, -1) if name == "sigmoid" else (up - down) * power_of(up + down, -1)
        )
    if name == "abs":
        note("absolute value")
        return argument * apply("sign", argument)
    if name == "sign":
        for known, value in (
            (argument.positive, ONE),
            ((-argument).positive, -ONE),
            (not argument.terms, ZERO),
        ):
            if known:
                note("absolute value")
                return value
    return of(Function(name, argument))


def conditions_of(m: Monomial) -> list[Poly]:
    """What the brackets of a monomial say, as polynomials that are >= 0."""
    found = []
    for atom, _ in m:
        if isinstance(atom, Bracket):
            found.append(atom.base)
            if atom.relation == "=":
                found.append(-atom.base)
    return found


def unit_coefficient(base: Poly, name: str) -> int | None:
    """+1 or -1 if ``name`` occurs once, linearly, with that coefficient; else None."""
    found = None
    for m, c in base.terms.items():
        if any(name in a.free for a, _ in m):
            alone = len(m) == 1 and isinstance(m[0][0], Symbol) and m[0][1] == 1
            if not alone or found is not None or c not in (1, -1):
                return None
            found = int(c)
    return found


__all__ = [
    "EntryAtom",
    "Exponential",
    "Floor",
    "Function",
    "apply",
    "bracket",
    "conditions_of",
    "exponential",
    "is_integer",
    "logarithm",
    "power_of",
    "unit_coefficient",
]
