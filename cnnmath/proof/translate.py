"""Notation to normal form: definitions unfold, sums get fresh dummies, entries are bounds-checked."""

from collections.abc import Mapping
from typing import NamedTuple

from cnnmath.proof.atoms import EntryAtom, apply, bracket, exponential, is_integer, logarithm
from cnnmath.proof.derivative import derivative
from cnnmath.proof.floors import quotient
from cnnmath.proof.notation import (
    Add,
    At,
    Bracket,
    Definition,
    Diff,
    Div,
    Entry,
    Fn,
    Max,
    Mul,
    Name,
    Neg,
    Node,
    NotationError,
    Num,
    Pow,
    Product,
    Quotient,
    Raised,
    Root,
    Routing,
    Sum,
    Tensor,
    factors_of,
    tensors_of,
    unfolded,
)
from cnnmath.proof.polynomial import ONE, ZERO, Atom, Poly, Stuck, Symbol, of, poly, power_of
from cnnmath.proof.ranges import implied
from cnnmath.proof.roots import root_of_unity
from cnnmath.proof.rules import note, unfolding
from cnnmath.proof.sums import closed_max, dummy, fresh, sum_over


class OutOfRange(ValueError):
    """An entry of the formula is not surely inside its array."""


class Scope(NamedTuple):
    """Where an expression stands: values of bound names, conditions in force, replaced tensors."""

    names: Mapping[str, Poly]
    conditions: tuple[Poly, ...]  # each is >= 0 here
    replaced: Mapping[str, tuple[Definition, "Scope"]]

    def bind(self, name: str, value: Poly, *conditions: Poly) -> "Scope":
        return self._replace(
            names={**self.names, name: value}, conditions=self.conditions + conditions
        )


TOP = Scope({}, (), {})


def normal_form(expression: Node, scope: Scope = TOP) -> Poly:
    """The expression as a sum of products of atoms; raises Stuck, OutOfRange, NotationError."""
    match expression:
        case Num():
            return poly(expression.value)
        case Name() if expression.value is not None:
            return normal_form(expression.value)
        case Name():
            return scope.names.get(expression.name) or symbol(expression)
        case Add():
            result = ZERO
            for term in expression.terms:
                result = result + normal_form(term, scope)
            return result
        case Neg():
            return -normal_form(expression.body, scope)
        case Mul():
            return _product(expression, scope)
        case Div():
            under = normal_form(expression.under, scope)
            return normal_form(expression.over, scope) * power_of(under, -1)
        case Pow():
            return power_of(normal_form(expression.base, scope), expression.power)
        case Raised():
            return _raised(expression, scope)
        case Fn():
            return apply(expression.name, normal_form(expression.argument, scope))
        case Entry():
            return _entry(expression, scope)
        case Quotient():
            over = normal_form(expression.over, scope)
            return quotient(over, normal_form(expression.under, scope), scope.conditions)
        case Root():
            exponent = normal_form(expression.exponent, scope)
            return root_of_unity(normal_form(expression.length, scope), exponent)
        case Bracket():
            relation, base = _condition(expression, scope)
            return bracket(relation, base)
        case Sum() | Product() | Max():
            return _over(expression, scope)
        case Diff():
            return _diff(expression, scope)
        case At():
            return _at(expression, scope)
    raise TypeError(f"no normal form for {type(expression).__name__}")


def symbol(name: Name) -> Poly:
    """The name as an atom, with its declared range."""
    lower = None if name.lower is None else normal_form(name.lower)
    upper = None if name.upper is None else normal_form(name.upper)
    return of(
        Symbol(name.name, integer=name.integer, lower=lower, upper=upper, positive=name.positive)
    )


def _product(expression: Mul, scope: Scope) -> Poly:
    """Brackets first: where a bracket is 0 the other factors need not exist. A bracket may rest on those
    before it, never on itself: [floor(r/S) = 0] is no reason to take floor(r/S) for 0 in it."""
    factors = list(factors_of(expression))
    result = ONE
    for factor in factors:
        if isinstance(factor, Bracket):
            relation, base = _condition(factor, scope)
            result = result * bracket(relation, base)
            extra: tuple[Poly, ...] = (base, -base) if relation == "=" else (base,)
            scope = scope._replace(conditions=scope.conditions + extra)
    for factor in factors:
        if not isinstance(factor, Bracket):
            result = result * normal_form(factor, scope)
    return result


def _raised(expression: Raised, scope: Scope) -> Poly:
    """a^n = e^(n log a); the logarithm wants a positive a."""
    base = normal_form(expression.base, scope)
    exponent = normal_form(expression.exponent, scope)
    _check_integers(expression, (exponent,))
    if not base.positive:
        raise Stuck(f"the power {exponent} of {base}, which is not manifestly positive")
    note("power")
    return exponential(exponent * logarithm(base))


def _condition(expression: Bracket, scope: Scope) -> tuple[str, Poly]:
    left, right = normal_form(expression.left, scope), normal_form(expression.right, scope)
    if expression.relation == "=":
        return "=", left - right
    return ">=", right - left - (1 if expression.relation == "<" else 0)


def _over(expression: Sum | Product | Max, scope: Scope) -> Poly:
    if isinstance(expression, Sum) and isinstance(expression.body, Sum) and _polynomial(expression):
        return _nested(expression, scope)
    index = expression.index.name
    _not_bound(index, scope)
    name = fresh()
    value = dummy(name)
    low = value - normal_form(expression.lower, scope)
    high = normal_form(expression.upper, scope) - value
    body = normal_form(expression.body, scope.bind(index, value, low, high))
    inside = bracket(">=", low) * bracket(">=", high)
    if isinstance(expression, Sum):
        return sum_over(body * inside, [name])
    if isinstance(expression, Product):
        if not body.positive:
            raise Stuck(f"a product of factors that are not manifestly positive: {expression!r}")
        note("product")
        return exponential(sum_over(logarithm(body) * inside, [name]))
    if not implied(high + low, scope.conditions):
        raise Stuck("a maximum over a range that may be empty")
    ends = normal_form(expression.lower, scope), normal_form(expression.upper, scope)
    return of(closed_max(name, *ends, body))


def _not_bound(index: str, scope: Scope) -> None:
    if index in scope.names and any(free[0] == "#" for free in scope.names[index].free):
        raise NotationError(f"the index {index} is bound twice, one inside the other")


def _nested(expression: Sum, scope: Scope) -> Poly:
    """Sum upon sum in one go: the same sum over all integers as one by one, closed only once."""
    names, inside, body = [], ONE, expression
    while isinstance(body, Sum):
        _not_bound(body.index.name, scope)
        name = fresh()
        low = dummy(name) - normal_form(body.lower, scope)
        high = normal_form(body.upper, scope) - dummy(name)
        scope = scope.bind(body.index.name, dummy(name), low, high)
        inside = inside * bracket(">=", low) * bracket(">=", high)
        names.append(name)
        body = body.body  # type: ignore[assignment]
    return sum_over(normal_form(body, scope) * inside, names)


def _polynomial(expression: Node) -> bool:
    """Made of entries by + and *: no rule needs an inner sum by itself (to cancel a denominator)."""
    return not any(
        isinstance(each, Fn | Div | Pow | Raised | Product | Max | Diff | At)
        for each in unfolded(expression)
    )


def _entry(expression: Entry, scope: Scope) -> Poly:
    tensor = expression.tensor
    indices = tuple(normal_form(i, scope) for i in expression.indices)
    shape = tuple(normal_form(size) for size in tensor.shape)
    _check_integers(expression, indices)
    _check_bounds(expression, indices, shape, scope)
    if isinstance(tensor, Definition):
        return unfold(tensor, indices, scope)
    if tensor.name in scope.replaced:
        definition, outer = scope.replaced[tensor.name]
        inner = outer._replace(conditions=outer.conditions + scope.conditions)
        return unfold(definition, indices, inner)
    if isinstance(tensor, Routing) and scope.replaced.keys() & tensors_of(expression).keys():
        raise Stuck(f"{tensor.name} at replaced arguments: the maxima may lie elsewhere")
    return of(entry_atom(tensor, indices, shape))


def entry_atom(tensor: Tensor, indices: tuple[Poly, ...], shape: tuple[Poly, ...]) -> EntryAtom:
    upper = None
    if tensor.kind == "labels":
        assert tensor.bound is not None
        upper = normal_form(tensor.bound) - 1
    return EntryAtom(tensor, indices, shape, upper)


def unfold(definition: Definition, indices: tuple[Poly, ...], scope: Scope) -> Poly:
    """The body of a definition at these indices; its own names see nothing of the place of use."""
    note("unfold")
    names = {p.name: value for p, value in zip(definition.params, indices, strict=True)}
    with unfolding():
        return normal_form(definition.body, Scope(names, scope.conditions, scope.replaced))


def _check_integers(expression: Node, indices: tuple[Poly, ...]) -> None:
    for index in indices:
        for m, c in index.terms.items():
            if c.denominator != 1 or not all(is_integer(a) and n >= 1 for a, n in m):
                raise NotationError(f"{expression!r}: {index} is not an integer expression")


def _check_bounds(
    expression: Entry, indices: tuple[Poly, ...], shape: tuple[Poly, ...], scope: Scope
) -> None:
    for index, size in zip(indices, shape, strict=True):
        for goal, side in ((index, "0 <="), (size - 1 - index, f"< {size}")):
            if not implied(goal, scope.conditions):
                raise OutOfRange(f"{expression!r}: not shown that {side} its index {index}")


def _diff(expression: Diff, scope: Scope) -> Poly:
    if scope.replaced:
        raise Stuck("a derivative at replaced arguments; differentiate first, replace afterwards")
    body = normal_form(expression.body, scope)
    return derivative(body, _atom(expression.wrt, scope))


def _atom(wrt: Node, scope: Scope) -> Atom:
    single = normal_form(wrt, scope).single
    assert single is not None
    return single[0][0][0]


def _at(expression: At, scope: Scope) -> Poly:
    pairs = {old.name: (new, scope) for old, new in expression.replaced.items()}
    return normal_form(expression.body, scope._replace(replaced={**scope.replaced, **pairs}))
