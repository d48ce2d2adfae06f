"""Linear reasoning over the integers: is a condition implied, are conditions contradictory?

Fourier-Motzkin elimination on ``sum c_m m + c_0 >= 0`` with every nonlinear monomial treated as an
integer of its own, tightened at each step. Where sizes multiply (S i, stride times index) two more
steps help: a condition times a size is a condition, and S t + S - 1 >= 0 says t >= 0 (Euclid).
Sound and incomplete: "no" means "not shown". What is known of a name comes from the name itself
(its declared lower and upper bound).
"""

import re
from collections.abc import Iterable
from math import gcd

from cnnmath.proof.atoms import EntryAtom, Floor, conditions_of
from cnnmath.proof.polynomial import Bracket, Monomial, Number, Poly, Symbol, monomial, of
from cnnmath.proof.rules import note

Row = tuple[dict[str, int], int]  # coefficients by monomial key, constant: their sum is >= 0
LIMIT = 2000  # combinations in one elimination step; beyond it the answer is "not shown"
LIFTED = 60  # conditions at most after multiplying by sizes
FRESH = re.compile(r"#\d{8}")  # the names that sums.fresh gives
REMEMBERED = (
    20000  # answers kept: the same question comes back for every candidate of a canonical form
)

_remembered: dict[str, bool] = {}  # a pure function of the conditions, as text


def implied(goal: Poly, hypotheses: Iterable[Poly]) -> bool:
    """goal >= 0 follows from hypotheses >= 0 and the declared ranges (its negation contradicts)."""
    return contradictory([-goal - 1, *_connected(goal, list(hypotheses))])


def contradictory(conditions: list[Poly]) -> bool:
    """No integers satisfy all conditions >= 0 together with the declared ranges."""
    return any(map(_contradictory, _groups(conditions + declared_ranges(conditions))))


def _contradictory(known: list[Poly]) -> bool:
    """The same for conditions that share names, with what Euclid and products with sizes add."""
    key = _renumbered("\n".join(sorted(c.key for c in known)))
    if key not in _remembered:
        if len(_remembered) > REMEMBERED:
            _remembered.clear()
        found = _infeasible([_row(c) for c in known])
        if not found and any(_is_product(m) for c in known for m in c.terms):
            known = sorted(known, key=lambda c: c.key)  # the answer must not depend on the order
            lifted = _lifted(known + list(divided(known).values()))
            found = _infeasible([_row(c) for c in lifted])
        _remembered[key] = found
    return _remembered[key]


def _renumbered(question: str) -> str:
    """The question with its fresh names counted from 0, in their order: the same answer, met again."""
    names = {name: f"#{i:08d}" for i, name in enumerate(sorted(set(FRESH.findall(question))))}
    return FRESH.sub(lambda found: names[found[0]], question)


def _groups(conditions: list[Poly]) -> list[list[Poly]]:
    """Split conditions into groups that share no name (nor an entry such as t[0], which has none)."""
    groups: list[tuple[frozenset[str], list[Poly]]] = []
    for c in conditions:
        names, members = c.free | {a.key for m in c.terms for a, _ in m}, [c]
        apart = []
        for group in groups:
            if group[0] & names:
                names, members = names | group[0], group[1] + members
            else:
                apart.append(group)
        groups = [*apart, (names, members)]
    return [members for _, members in groups]


def divided(conditions: list[Poly]) -> dict[str, Poly]:
    """Euclid: what S t + S - 1 >= 0, a sum of two conditions, says of t, for a size S: t >= 0."""
    found: dict[str, Poly] = {}
    sizes = [(c, _sizes_in_products(c)) for c in conditions]
    for size in sorted({s for _, own in sizes for s in own}, key=str):
        without: dict[str, list[Poly]] = {}
        for y in conditions:
            without.setdefault(_rest(y, size).key, []).append(y)
        for x, own in sizes:
            if size in own:
                for y in without.get((-_rest(x, size) - 1).key, ()):
                    t = _times(x + y + 1, ((size, -1),)) - 1
                    if t.constant is None:
                        found[t.key] = t
    return found


def _rest(condition: Poly, size: Symbol) -> Poly:
    """The terms that ``size`` does not multiply."""
    if size.name not in condition.free:
        return condition
    return Poly({m: c for m, c in condition.terms.items() if all(a != size for a, _ in m)})


def _times(p: Poly, factor: Monomial) -> Poly:
    """p times one monomial of integer names; faster than the product of two sums."""
    result: dict[Monomial, Number] = {}
    for m, c in p.terms.items():
        powers = dict(m)
        for atom, n in factor:
            powers[atom] = powers.get(atom, 0) + n
        result[monomial(powers)] = c
    return Poly(result)


def _sizes_in_products(condition: Poly) -> set[Symbol]:
    """The sizes (integers >= 1) that multiply something in the condition."""
    return {
        a
        for m in condition.terms
        if _is_product(m)
        for a, _ in m
        if isinstance(a, Symbol) and a.integer and a.positive
    }


def _is_product(m: Monomial) -> bool:
    return len(m) > 1 or (len(m) == 1 and m[0][1] > 1)


def _lifted(conditions: list[Poly]) -> list[Poly]:
    """The conditions, and their products with sizes where such a product occurs in another one.

    c >= 0 and S >= 1 give S c >= 0: from i <= I - 1 follows S i <= S I - S.
    """
    known = {c.key: c for c in conditions}
    done: set[tuple[str, Monomial]] = set()
    for _ in range(2):
        by_name: dict[Monomial, list[Poly]] = {}
        for c in known.values():
            for m in c.terms:
                if len(m) == 1 and not _is_product(m):
                    by_name.setdefault(m, []).append(c)
        new: dict[str, Poly] = {}
        for name, factor in sorted(_factorings(known.values()), key=str):
            for c in by_name.get(name, ()):
                if (c.key, factor) not in done and len(known) + len(new) < LIFTED:
                    done.add((c.key, factor))
                    product = _times(c, factor)
                    new.setdefault(product.key, product)
        if not new.keys() - known.keys():
            break
        known = new | known
    return list(known.values())


def _factorings(conditions: Iterable[Poly]) -> set[tuple[Monomial, Monomial]]:
    """(i, S) for every product S i: a name, and the sizes that multiply it."""
    found: set[tuple[Monomial, Monomial]] = set()
    for m in {m for c in conditions for m in c.terms if _is_product(m)}:
        for atom, n in m:
            rest = monomial({**dict(m), atom: n - 1})
            if all(isinstance(a, Symbol) and a.integer and a.positive for a, _ in rest):
                found.add((((atom, 1),), rest))
    return found


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
    if isinstance(atom, Floor):
        rest = atom.over - atom.under * of(atom)
        return [rest, atom.under - 1 - rest]
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
    return {m: c // divisor for m, c in coefficients.items()}, constant // divisor


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
