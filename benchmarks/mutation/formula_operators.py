"""Slips of the pen in a formula: every neighbour that one of them produces, as a tree of nodes."""

from collections.abc import Iterator
from typing import Any

from cnnmath.proof.notation import (
    Add,
    At,
    Bracket,
    Diff,
    Div,
    Entry,
    Fn,
    Mul,
    Neg,
    Node,
    Num,
    Over,
    Pow,
    Quotient,
    Raised,
    Root,
    Sum,
    node,
)

Neighbour = tuple[str, str, Node]  # operator, what was changed, the formula with this one change
OTHER = {  # a function by one that looks like it
    "exp": "log",
    "log": "exp",
    "sigmoid": "tanh",
    "tanh": "sigmoid",
    "step": "sign",
    "sign": "step",
    "abs": "sign",
    "f": "f'",
    "f'": "f",
    "f''": "f'",
}


def neighbours(formula: Node) -> Iterator[Neighbour]:
    """Every change of one node."""
    yield from _here(formula)
    for position, child in enumerate(_parts(formula)):
        for operator, what, changed in neighbours(child):
            parts = _parts(formula)
            parts[position] = changed
            yield operator, what, _of_parts(formula, parts)


def _parts(e: Node) -> list[Node]:
    """Children in which a change makes a formula of the same kind: not what is differentiated by, and
    no bounds that the author did not type."""
    if isinstance(e, Diff) or (isinstance(e, Over) and e.whole):
        return [e.body]
    return list(e.children())


def _of_parts(e: Node, parts: list[Any]) -> Node:
    match e:
        case Add() | Mul():
            return type(e)(tuple(parts))
        case Neg() | Div() | Raised() | Quotient() | Root():
            return type(e)(*parts)
        case Pow():
            return Pow(parts[0], e.power)
        case Fn():
            return Fn(e.name, parts[0])
        case Entry():
            return Entry(e.tensor, tuple(parts))
        case Bracket():
            return Bracket(parts[0], e.relation, parts[1])
        case Over() if e.whole:
            return type(e)(e.index, parts[0])
        case Over():
            lower, upper, body = parts
            return type(e)(e.index, body, lower, upper)
        case Diff():
            return Diff(parts[0], e.wrt)
        case At():
            return At(parts[0], e.replaced)
    raise TypeError(type(e).__name__)


def _here(e: Node) -> Iterator[Neighbour]:
    match e:
        case Num():
            yield "constant", f"{e!r} + 1", Num(e.value + 1)
        case Add():
            yield from _terms(e)
        case Mul():
            for i, factor in enumerate(e.factors):
                rest = e.factors[:i] + e.factors[i + 1 :]
                yield (
                    "factor dropped",
                    f"without {factor!r}",
                    rest[0] if len(rest) == 1 else Mul(rest),
                )
            yield "sign", f"{e!r} negated", Neg(e)
        case Neg():
            yield "sign", f"{e!r} without its minus", e.body
        case Div():
            yield "factor dropped", f"not divided by {e.under!r}", e.over
            yield "division turned over", f"{e!r}", Div(e.under, e.over)
        case Entry():
            yield from _places(e)
        case Bracket():
            yield "delta's argument", f"{e!r} moved", Bracket(e.left, e.relation, e.right + 1)
            yield "factor dropped", f"without {e!r}", node(1)
        case Over():
            yield from _range(e)
        case Pow():
            yield "constant", f"power of {e!r} + 1", Pow(e.base, e.power + 1)
        case Raised():
            yield "constant", f"exponent of {e!r} + 1", Raised(e.base, e.exponent + 1)
        case Root():
            yield "constant", f"exponent of {e!r} + 1", Root(e.exponent + 1, e.length)
            yield "sign", f"exponent of {e!r} negated", Root(-e.exponent, e.length)
        case Fn():
            yield "other function", f"{e!r} as {OTHER[e.name]}", Fn(OTHER[e.name], e.argument)
            yield "sign", f"argument of {e!r} negated", Fn(e.name, Neg(e.argument))


def _terms(e: Add) -> Iterator[Neighbour]:
    for i, term in enumerate(e.terms):
        rest = e.terms[:i] + e.terms[i + 1 :]
        yield "term dropped", f"without {term!r}", rest[0] if len(rest) == 1 else Add(rest)
        negated = Add((*e.terms[:i], Neg(term), *e.terms[i + 1 :]))
        yield "sign", f"{term!r} negated", negated


def _places(e: Entry) -> Iterator[Neighbour]:
    for i, index in enumerate(e.indices):
        for moved in (index + 1, index - 1):
            place = (*e.indices[:i], moved, *e.indices[i + 1 :])
            yield "index +-1", f"{e!r} at {moved!r}", Entry(e.tensor, place)
    if len(e.indices) > 1:
        yield "index order", f"{e!r} reversed", Entry(e.tensor, e.indices[::-1])


def _range(e: Over) -> Iterator[Neighbour]:
    kind, name = type(e), e.index.name
    yield "bound +-1", f"{name} from {e.lower + 1!r}", kind(e.index, e.body, e.lower + 1, e.upper)
    yield "bound +-1", f"{name} to {e.upper - 1!r}", kind(e.index, e.body, e.lower, e.upper - 1)
    if isinstance(e, Sum):
        yield "sum's index dropped", f"no sum over {name}", e.body
