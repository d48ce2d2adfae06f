"""Whole parts of divisions: floor(over/under) of integers, in normal form."""

from collections.abc import Iterable

from cnnmath.proof.atoms import Floor, is_integer
from cnnmath.proof.polynomial import ZERO, Monomial, Number, Poly, Stuck, of, power_of
from cnnmath.proof.ranges import implied
from cnnmath.proof.rules import note


def quotient(over: Poly, under: Poly, conditions: Iterable[Poly] = ()) -> Poly:
    """floor(over/under): whole multiples of ``under`` come out; a rest r with 0 <= r < under counts 0.

    ``conditions`` hold (are >= 0) where the quotient stands. Refuses unless under >= 1 everywhere: the
    rest of the prover knows of a floor that 0 <= over - under * floor < under, with no condition.
    """
    known = list(conditions)
    for each in (over, under):
        if not all(
            c.denominator == 1 and all(is_integer(a) and n >= 1 for a, n in m)
            for m, c in each.terms.items()
        ):
            raise Stuck(f"a floor wants integer polynomials, got {over} and {under}")
    if not implied(under - 1, []):
        raise Stuck(f"a floor wants a divisor of at least 1, got {under}")
    whole, rest = ZERO, ZERO
    for m, c in over.terms.items():
        part = _multiple(m, c, under)
        whole, rest = (whole, rest + Poly({m: c})) if part is None else (whole + part, rest)
    note("floor")
    if implied(rest, known) and implied(under - 1 - rest, known):
        return whole
    return whole + of(Floor(rest, under))


def _multiple(m: Monomial, c: Number, under: Poly) -> Poly | None:
    """The term c m divided by ``under``, if an integer polynomial comes of it."""
    if under.single is None:
        return None
    ratio = Poly({m: c}) * power_of(under, -1)
    ((left, coefficient),) = ratio.terms.items()
    whole = coefficient.denominator == 1 and all(n >= 1 for _, n in left)
    return ratio if whole else None
