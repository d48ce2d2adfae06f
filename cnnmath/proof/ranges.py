"""Linear reasoning over the integers: is a condition implied, are conditions contradictory?

Fourier-Motzkin elimination on ``sum c_m m + c_0 >= 0`` with every nonlinear monomial treated as an
integer of its own, tightened at each step. Sound and incomplete: "no" means "not shown". What is
known of a name comes from the name itself (its declared lower and upper bound).
"""

from collections.abc import Iterable
from fractions import Fraction
from math import floor, gcd

from cnnmath.proof.atoms import EntryAtom, conditions_of
from cnnmath.proof.polynomial import Bracket, Monomial, Poly, Symbol, of
from cnnmath.proof.rules import note

Row = tuple[dict[str, int], int]  # coefficients by monomial key, constant: their sum is >= 0
LIMIT = 2000  # combinations in one elimination step; beyond it the answer is "not shown"


def implied(goal: Poly, hypotheses: Iterable[Poly]) -> bool:
    """goal >= 0 follows from hypotheses >= 0 and the declared ranges (its negation contradicts)."""
    return contradictory([-goal - 1, *_connected(goal, list(hypotheses))])


def contradictory(conditions: list[Poly]) -> bool:
    """No integers satisfy all conditions >= 0 together with the declared ranges."""
    return _infeasible([_row(c) for c in conditions + declared_ranges(conditions)])


def declared_ranges(conditions: list[Poly]) -> list[Poly]:
    """The bounds that the names in the conditions carry, and those of the names in these bounds."""
    facts: dict[str, Poly] = {}
    seen: set[str] = set()
    todo = list(conditions)
    while todo:
        for m in todo.pop().terms:
            for atom, _ in m:
                if atom.key in seen:
                    continue
                seen.add(atom.key)
                for fact in _bounds_of(atom):
                    if facts.setdefault(fact.key, fact) is fact:
                        todo.append(fact)
    return list(facts.values())


def prune(m: Monomial) -> Monomial | None:
    """The monomial without implied inequality brackets; None if its brackets contradict."""
    brackets = [pair for pair in m if isinstance(pair[0], Bracket)]
    if not brackets:
        return m
    if contradictory(conditions_of(m)):
        note("range")
        return None
    kept = list(m)
    for pair in sorted(brackets, key=lambda p: (-len(p[0].key), p[0].key)):
        atom = pair[0]
        if isinstance(atom, Bracket) and atom.relation == ">=":
            others = [p for p in kept if p is not pair]
            if implied(atom.base, conditions_of(tuple(others))):
                note("range")
                kept = others
    return tuple(kept)


def _bounds_of(atom: object) -> list[Poly]:
    if isinstance(atom, Symbol) and atom.integer:
        low = [] if atom.lower is None else [of(atom) - atom.lower]
        return low + ([] if atom.upper is None else [atom.upper - of(atom)])
    if isinstance(atom, EntryAtom) and atom.upper is not None:
        return [of(atom), atom.upper - of(atom)]
    return []


def _connected(goal: Poly, hypotheses: list[Poly]) -> list[Poly]:
    """The hypotheses that share a name with the goal, directly or through others."""
    chosen = [h for h in hypotheses if h.constant is not None and h.constant < 0]  # a false one
    names = set(goal.free)
    rest = hypotheses
    while True:
        linked = [h for h in rest if h.free & names]
        if not linked:
            return chosen
        rest = [h for h in rest if not h.free & names]
        chosen += linked
        names |= {name for h in linked for name in h.free}


def _row(p: Poly) -> Row:
    coefficients: dict[str, int] = {}
    constant = 0
    for m, c in p.terms.items():
        assert c.denominator == 1
        if m:
            coefficients[".".join(f"{a.key}^{n}" for a, n in m)] = int(c)
        else:
            constant = int(c)
    return coefficients, constant


def _tighten(coefficients: dict[str, int], constant: int) -> Row:
    """Divide by the common divisor; the constant is rounded down, since the sum is an integer."""
    divisor = gcd(*coefficients.values())
    if divisor <= 1:
        return coefficients, constant
    return {m: c // divisor for m, c in coefficients.items()}, floor(Fraction(constant, divisor))


def _infeasible(rows: list[Row]) -> bool:
    """True only if no integers make every row >= 0."""
    tightest: dict[frozenset[tuple[str, int]], Row] = {}

    def add(coefficients: dict[str, int], constant: int) -> bool:
        """Keep the tightest row of each direction; True if a contradiction shows."""
        if not coefficients:
            return constant < 0
        coefficients, constant = _tighten(coefficients, constant)
        direction = frozenset(coefficients.items())
        if direction not in tightest or tightest[direction][1] > constant:
            tightest[direction] = (coefficients, constant)
        opposite = frozenset((m, -c) for m, c in coefficients.items())
        return opposite in tightest and tightest[opposite][1] + tightest[direction][1] < 0

    if any(add(*row) for row in rows):
        return True
    while tightest:
        name = _cheapest(tightest.values())
        using = [row for row in tightest.values() if name in row[0]]
        for row in using:
            del tightest[frozenset(row[0].items())]
        positive = [row for row in using if row[0][name] > 0]
        negative = [row for row in using if row[0][name] < 0]
        if len(positive) * len(negative) > LIMIT:
            return False
        for up in positive:
            for down in negative:
                if add(*_eliminate(name, up, down)):
                    return True
    return False


def _cheapest(rows: Iterable[Row]) -> str:
    """The monomial whose elimination makes the fewest new rows."""
    signs: dict[str, list[int]] = {}
    for coefficients, _ in rows:
        for m, c in coefficients.items():
            signs.setdefault(m, [0, 0])[c > 0] += 1
    return min(signs, key=lambda m: (signs[m][0] * signs[m][1], m))


def _eliminate(name: str, up: Row, down: Row) -> Row:
    """The positive combination of two rows in which ``name`` cancels."""
    a, b = up[0][name], -down[0][name]
    combined = {m: b * c for m, c in up[0].items()}
    for m, c in down[0].items():
        combined[m] = combined.get(m, 0) + a * c
    return {m: c for m, c in combined.items() if c}, b * up[1] + a * down[1]
