"""Partial derivatives on the normal form: linearity, product rule, chain rule."""

from cnnmath.proof.atoms import EntryAtom, Exponential, Floor, Function, apply, bracket
from cnnmath.proof.notation import Routing
from cnnmath.proof.polynomial import (
    ONE,
    ZERO,
    Atom,
    Bracket,
    Composite,
    Number,
    Poly,
    Stuck,
    Symbol,
    of,
    power_of,
    product_of,
)
from cnnmath.proof.roots import Root
from cnnmath.proof.rules import note
from cnnmath.proof.sums import ClosedMax, ClosedSum, open_sum, sum_over


def derivative(p: Poly, wrt: Atom) -> Poly:
    """d p / d wrt for a tensor entry (at free indices) or a real scalar name."""
    note("differentiate")
    return _derivative(p, wrt)


def _derivative(p: Poly, wrt: Atom) -> Poly:
    result = ZERO
    for m, c in p.terms.items():
        for position, (atom, n) in enumerate(m):
            inner = _derivative_of_atom(atom, wrt)
            if inner.terms:
                others = product_of(m[:position] + m[position + 1 :], c * n)
                reduced = ONE if n == 1 else _power_of_atom(atom, n - 1)
                result = result + others * reduced * inner
    return result


def _power_of_atom(atom: Atom, n: Number) -> Poly:
    return power_of(atom.base, n) if isinstance(atom, Composite) else of(atom, n)


def _derivative_of_atom(atom: Atom, wrt: Atom) -> Poly:
    match atom:
        case EntryAtom():
            return _same_entry(atom, wrt)
        case Symbol():
            return ONE if isinstance(wrt, Symbol) and atom == wrt else ZERO
        case Function():
            inner = _derivative(atom.argument, wrt)
            return inner * _derivative_of_function(atom) if inner.terms else ZERO
        case Exponential():
            return _derivative(atom.exponent, wrt) * of(atom)
        case Composite():
            return _derivative(atom.base, wrt)
        case ClosedSum():
            names, body = open_sum(atom)
            inner = _derivative(body, wrt)
            return sum_over(inner, names) if inner.terms else ZERO
        case Bracket() | Floor() | Root():
            return ZERO  # what depends on integers alone does not move with a real entry
        case ClosedMax():
            if not _derivative(atom.body, wrt).terms:
                return ZERO
            raise Stuck("a maximum is differentiated through its routing tensor only")
    raise Stuck(f"derivative of {atom}")


def _same_entry(atom: EntryAtom, wrt: Atom) -> Poly:
    """dx[e] / dx[p] = [e = p], axis by axis."""
    if isinstance(atom.tensor, Routing):
        note("routing")
    if not isinstance(wrt, EntryAtom) or atom.tensor.name != wrt.tensor.name:
        return ZERO
    result = ONE
    for e, p in zip(atom.indices, wrt.indices, strict=True):
        result = result * bracket("=", e - p)
    return result


def _derivative_of_function(atom: Function) -> Poly:
    if atom.name == "log":
        return power_of(atom.argument, -1)
    if atom.name in ("step", "sign"):
        note("almost everywhere")
        return ZERO
    return apply(atom.name + "'", atom.argument)
