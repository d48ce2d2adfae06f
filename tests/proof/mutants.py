"""One change at a time: every neighbour of a formula that a slip of the pen could produce."""

from cnnmath.proof.notation import (
    Add,
    Bracket,
    Diff,
    Div,
    Entry,
    Fn,
    Index,
    Mul,
    Neg,
    Node,
    Num,
    Over,
    Pow,
    Raised,
    Root,
    Sum,
)


def mutants(expression):
    """(what was changed, the formula with this one change)."""
    yield from _here(expression)
    for position, child in enumerate(_parts(expression)):
        for what, changed in mutants(child):
            yield what, _rebuilt(expression, position, changed)


def _parts(e):
    """Children in which a change makes a formula of the same kind."""
    match e:
        case Add():
            return list(e.terms)
        case Mul():
            return list(e.factors)
        case Neg():
            return [e.body]
        case Div():
            return [e.over, e.under]
        case Pow():
            return [e.base]
        case Raised():
            return [e.base, e.exponent]
        case Fn():
            return [e.argument]
        case Over():
            return [e.body]
    return []


def _rebuilt(e, position, new) -> Node:
    parts = _parts(e)
    parts[position] = new
    match e:
        case Add():
            return Add(tuple(parts))
        case Mul():
            return Mul(tuple(parts))
        case Neg():
            return Neg(new)
        case Div():
            return Div(*parts)
        case Pow():
            return Pow(new, e.power)
        case Raised():
            return Raised(*parts)
        case Fn():
            return Fn(e.name, new)
        case Over():
            return type(e)(e.index, new, e.lower, e.upper)
    raise TypeError(type(e).__name__)


def _here(e):
    match e:
        case Entry():
            yield from _entry(e)
        case Add():
            for i, term in enumerate(e.terms):
                rest = e.terms[:i] + e.terms[i + 1 :]
                yield f"without the term {term!r}", Add(rest)
                yield f"{term!r} negated", Add((*e.terms[:i], Neg(term), *e.terms[i + 1 :]))
        case Mul():
            for i, factor in enumerate(e.factors):
                yield f"without the factor {factor!r}", Mul(e.factors[:i] + e.factors[i + 1 :])
        case Over():
            yield "lower bound + 1", type(e)(e.index, e.body, e.lower + 1, e.upper)
            yield "upper bound - 1", type(e)(e.index, e.body, e.lower, e.upper - 1)
            yield "upper bound + 1", type(e)(e.index, e.body, e.lower, e.upper + 1)
        case Div():
            yield "not divided", e.over
            yield "turned over", Div(e.under, e.over)
        case Pow():
            yield "power + 1", Pow(e.base, e.power + 1)
        case Raised():
            yield "exponent + 1", Raised(e.base, e.exponent + 1)
            yield "no power", e.base
        case Fn():
            yield "argument negated", Fn(e.name, Neg(e.argument))
            yield "function left out", e.argument
        case Root():
            yield "exponent negated", Root(Neg(e.exponent), e.length)
            yield "exponent + 1", Root(e.exponent + 1, e.length)
        case Bracket():
            yield "bracket left out", Num(1)
            yield "bracket moved", Bracket(e.left, e.relation, e.right + 1)
        case Diff() | Index() | Sum():
            return


def _entry(e):
    for i, index in enumerate(e.indices):
        for moved in (index + 1, index - 1):
            yield (
                f"{e!r} at {moved!r}",
                Entry(e.tensor, (*e.indices[:i], moved, *e.indices[i + 1 :])),
            )
    if len(e.indices) == 2:
        yield f"{e!r} transposed", Entry(e.tensor, e.indices[::-1])
