"""Is a difference 0? The last stage: free equalities, common denominators, cases."""

from cnnmath.proof.atoms import unit_coefficient
from cnnmath.proof.cases import join_cases
from cnnmath.proof.last_terms import split_last_terms
from cnnmath.proof.polynomial import (
    ZERO,
    Bracket,
    Composite,
    Monomial,
    Number,
    Poly,
    Symbol,
    of,
    power_of,
    product_of,
)
from cnnmath.proof.ranges import prune
from cnnmath.proof.rules import note
from cnnmath.proof.sums import dummy, substitute

ROUNDS = 12


def residual(difference: Poly) -> Poly:
    """The difference in its last form: no terms if and only if the two sides are shown equal."""
    for _ in range(ROUNDS):
        difference = settle(difference)
        cleared = join_cases(settle(clear_denominators(difference)))
        if cleared == difference:
            cleared = split_last_terms(cleared)
        if not cleared.terms or cleared == difference:
            return cleared
        difference = cleared
    return difference


def settle(p: Poly) -> Poly:
    """Use the equalities between free names, drop implied brackets, until nothing changes."""
    for _ in range(ROUNDS):
        result = ZERO
        for m, c in p.terms.items():
            pruned = prune(m)
            if pruned is not None:
                result = result + _use_equality(pruned) * c
        if result == p:
            return p
        p = result
    return p


def _use_equality(m: Monomial) -> Poly:
    """[p = q] g(p) = [p = q] g(q) for an index that stands elsewhere in the monomial."""
    for atom, _ in m:
        if not isinstance(atom, Bracket) or atom.relation != "=":
            continue
        rest = [pair for pair in m if pair[0] is not atom]
        names = sorted(
            a.name
            for t in atom.base.terms
            for a, _ in t
            if isinstance(a, Symbol) and a.upper is not None
        )
        for name in reversed(names):
            sign = unit_coefficient(atom.base, name)
            if sign is None:
                continue
            if any(name in a.free for a, _ in rest):
                note("sift")
                value = _named(atom, name) - atom.base * sign
                return substitute(product_of(rest), {name: value}) * of(atom)
            break  # never the other way round: both sides of an equation must go the same way
    return Poly({m: 1})


def _named(atom: Bracket, name: str) -> Poly:
    """The symbol of that name, with its range, as it stands in the bracket."""
    for t in atom.base.terms:
        for a, _ in t:
            if isinstance(a, Symbol) and a.name == name:
                return of(a)
    return dummy(name)


def clear_denominators(p: Poly) -> Poly:
    """Multiply by every composite that stands under a fraction bar; it is not 0 (a tag says so)."""
    for _ in range(ROUNDS):
        worst = _worst_powers(p)
        if not worst:
            return p
        note("common denominator")
        atom = min(worst, key=lambda a: a.key)
        result = ZERO
        for m, c in p.terms.items():
            power = worst[atom] + int(dict(m).get(atom, 0))
            others = product_of([pair for pair in m if pair[0] != atom], c)
            result = result + others * power_of(atom.base, power)
        p = result
    return p


def _worst_powers(p: Poly) -> dict[Composite, int]:
    """Composites under a fraction bar with their largest power there; roots are left alone."""
    powers: dict[Composite, set[Number]] = {}
    for m in p.terms:
        for atom, n in m:
            if isinstance(atom, Composite):
                powers.setdefault(atom, set()).add(n)
    return {
        atom: -int(min(ns))
        for atom, ns in powers.items()
        if min(ns) < 0 and all(n.denominator == 1 for n in ns)
    }
