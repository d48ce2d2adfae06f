"""Two sums over the halves of a range are the sum over the range: e >= 0 or e <= -1, never both."""

import itertools

from cnnmath.proof.atoms import bracket
from cnnmath.proof.polynomial import ONE, Atom, Bracket, Monomial, Number, Poly, of, product_of
from cnnmath.proof.rules import note
from cnnmath.proof.sums import ClosedSum, dummy, fresh, substitute, sum_over


def join_cases(p: Poly) -> Poly:
    """p with one such pair of sums joined, if there is one."""
    for (one, c), (other, d) in itertools.combinations(p.terms.items(), 2):
        parts = _differ(one, other) if c == d else None
        whole = None if parts is None else _joined(*parts)
        if whole is not None:
            note("cases")
            shared = product_of([pair for pair in one if pair in other], c)
            return p - Poly({one: c, other: d}) + shared * whole
    return p


def _differ(one: Monomial, other: Monomial) -> tuple[ClosedSum, ClosedSum] | None:
    """The sums in which two monomials differ, if they differ in one sum each."""
    left = [pair for pair in one if pair not in other]
    right = [pair for pair in other if pair not in one]
    match left, right:
        case [(ClosedSum() as a, n)], [(ClosedSum() as b, m)] if n == m == 1:
            return (a, b) if len(a.dummies) == len(b.dummies) else None
    return None


def _joined(one: ClosedSum, other: ClosedSum) -> Poly | None:
    """The sum that falls into these two by some bracket [e >= 0] of the first."""
    names = {d: fresh() for d in one.dummies}
    again = {d: names[e] for d, e in zip(other.dummies, one.dummies, strict=True)}
    first, second = _factors(one, names), _factors(other, again)
    for case in first:
        if not (
            isinstance(case, Bracket) and case.relation == ">=" and case.free & {*names.values()}
        ):
            continue
        opposite = bracket(">=", -case.base - 1)
        if all(of(atom) != opposite for atom in second):
            continue
        whole = ONE
        for atom, n in {**second, **first}.items():  # a bracket that the case implies stands in one
            if atom != case and of(atom) != opposite:
                whole = whole * of(atom, n)
        dummies = list(names.values())
        halves = sum_over(whole * of(case), dummies), sum_over(whole * opposite, dummies)
        if halves == (of(one), of(other)):
            return sum_over(whole, dummies)
    return None


def _factors(total: ClosedSum, names: dict[str, str]) -> dict[Atom, Number]:
    """The factors of a sum, its dummies renamed."""
    renaming = {d: dummy(name) for d, name in names.items()}
    single = substitute(Poly({total.monomial: 1}), renaming).single
    assert single is not None
    return dict(single[0])
