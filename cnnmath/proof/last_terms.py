"""Sums that differ in length by a few terms: those are split off, so that the rest cancels.

This is the step of every induction over the number of steps: the sum up to t + 1 is the sum up to t
and one term more.
"""

from itertools import permutations

from cnnmath.proof.atoms import bracket
from cnnmath.proof.polynomial import ZERO, Bracket, Number, Poly, of, power_of, product_of
from cnnmath.proof.rules import note
from cnnmath.proof.sums import ClosedSum, dummy, fresh, substitute, sum_over

TERMS = 4  # split off at most; more could only find more proofs


def split_last_terms(difference: Poly) -> Poly:
    """The difference with one sum written as a shorter one of it and the last terms; itself if none is."""
    sums = sorted(
        {a for m in difference.terms for a, n in m if isinstance(a, ClosedSum) and _opens(n)},
        key=lambda atom: atom.key,
    )
    for longer, shorter in permutations(sums, 2):
        ends = _ends(longer, shorter)
        if ends is not None:
            note("last terms")
            return _replaced(difference, longer, of(shorter) + ends)
    return difference


def _opens(power: Number) -> bool:
    return power > 0 and power.denominator == 1


def _ends(longer: ClosedSum, shorter: ClosedSum) -> Poly | None:
    """What ``longer`` has more, if one bracket [e + c >= 0] of it is [e >= 0] in ``shorter``."""
    mine, other = (
        set(a.monomial) - set(b.monomial) for a, b in ((longer, shorter), (shorter, longer))
    )
    if longer.dummies != shorter.dummies or len(mine) != 1 or len(other) != 1:
        return None
    ((wide, _),), ((narrow, _),) = mine, other
    if not (isinstance(wide, Bracket) and isinstance(narrow, Bracket)):
        return None
    count = (wide.base - narrow.base).constant
    if wide.relation != ">=" or narrow.relation != ">=" or not count or not 0 < count <= TERMS:
        return None
    rest = product_of([pair for pair in longer.monomial if pair[0] != wide])
    result = ZERO
    for c in range(1, int(count) + 1):
        names = {d: fresh() for d in longer.dummies}
        term = rest * bracket("=", narrow.base + c)
        renamed = substitute(term, {d: dummy(name) for d, name in names.items()})
        result = result + sum_over(renamed, list(names.values()))
    return result


def _replaced(p: Poly, old: ClosedSum, new: Poly) -> Poly:
    """Every whole power of ``old`` becomes that power of ``new``; under a fraction bar it stays."""
    result = ZERO
    for m, c in p.terms.items():
        power = dict(m).get(old, 0)
        if _opens(power):
            others = product_of([pair for pair in m if pair[0] != old], c)
            result = result + others * power_of(new, power)
        else:
            result = result + Poly({m: c})
    return result
