"""The value of a formula on arrays: the author's object, read literally, never its normal form.

Numbers live in a *field*: exact fractions, 50-digit floats, or SymPy expressions. Derivatives are
taken with dual numbers over the same field. Every access is bounds-checked; an empty range sums to
0; what a bracket cuts off is never read.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as default
from fractions import Fraction
from functools import reduce
from operator import add, mul
from typing import Any, NamedTuple

import mpmath

from cnnmath.proof.notation import (
    Add,
    At,
    Bracket,
    Definition,
    Diff,
    Div,
    Entry,
    Fn,
    Index,
    Max,
    Mul,
    Name,
    Neg,
    Node,
    Num,
    Over,
    Pow,
    Product,
    Quotient,
    Raised,
    Root,
    Routing,
    Sum,
    factors_of,
)

DIGITS = 50
PRECISE_CONTEXT = mpmath.mp.clone()
PRECISE_CONTEXT.dps = DIGITS


class OutOfBounds(IndexError):
    """The formula reads an entry that its array does not have."""


class NoValue(ArithmeticError):
    """The formula has no value at this instance: a logarithm of a number that is not positive."""


class NotExact(ValueError):
    """The formula needs a transcendental function or a root, which fractions do not have."""


def _half_turns(turn: Fraction) -> Fraction:
    """e^(2 pi i t) where it is a fraction: 1 and -1."""
    if turn.denominator > 2:
        raise NotExact(f"e^(2 pi i {turn})")
    return Fraction(1 if turn.denominator == 1 else -1)


class Field(NamedTuple):
    """Where values live: how a fraction becomes a value, and the functions that exist there."""

    name: str
    number: Callable[[Fraction], Any]
    functions: Mapping[str, Callable[[Any], Any]]
    root: Callable[[Any, Fraction], Any]
    unity: Callable[[Fraction], Any] = _half_turns  # e^(2 pi i t) for the part t of a full turn


def _no_root(value: Any, power: Fraction) -> Any:
    raise NotExact(f"power {power}")


def _cubic(z: Any) -> Any:
    """The instance of an unspecified function f: no symmetry that could hide an error."""
    return z * z * z / 3 + z * z + 2 * z


def _cubic_slope(z: Any) -> Any:
    return z * z + 2 * z + 2


def _log(z: Any) -> Any:
    if z <= 0:
        raise NoValue(f"log of {z}")
    return PRECISE_CONTEXT.log(z)


UNSPECIFIED = {"f": _cubic, "f'": _cubic_slope, "f''": lambda z: 2 * z + 2}
SLOPES: dict[str, Callable[[Any, Callable[[str], Any]], Any]] = {
    "exp": lambda z, call: call("exp"),
    "log": lambda z, call: 1 / z,
    "sigmoid": lambda z, call: call("sigmoid") * (1 - call("sigmoid")),
    "tanh": lambda z, call: 1 - call("tanh") * call("tanh"),
    "step": lambda z, call: 0,  # almost everywhere
    "sign": lambda z, call: 0,
    "abs": lambda z, call: call("sign"),
    "f": lambda z, call: call("f'"),
    "f'": lambda z, call: call("f''"),
}  # the derivative of a function at z, from values of functions at z

STEP = {
    "step": lambda z: int(z > 0),
    "sign": lambda z: int(z > 0) - int(z < 0),
    "abs": lambda z: z if z >= 0 else -z,
}
EXACT = Field("exact", lambda q: q, {**UNSPECIFIED, **STEP}, _no_root)
PRECISE = Field(
    f"{DIGITS} digits",
    lambda q: PRECISE_CONTEXT.mpf(q.numerator) / q.denominator,
    {
        "exp": PRECISE_CONTEXT.exp,
        "log": _log,
        "sigmoid": lambda z: 1 / (1 + PRECISE_CONTEXT.exp(-z)),
        "tanh": PRECISE_CONTEXT.tanh,
        **UNSPECIFIED,
        **STEP,
    },
    lambda value, power: PRECISE_CONTEXT.power(
        value, PRECISE_CONTEXT.mpf(power.numerator) / power.denominator
    ),
    lambda turn: PRECISE_CONTEXT.expjpi(2 * PRECISE_CONTEXT.mpf(turn.numerator) / turn.denominator),
)


def symbolic_field(step: Callable[[Any], Any] | None = None) -> Field:
    """SymPy expressions: the independent judge at concrete sizes. Imported only when asked for.

    ``step`` decides 1{z > 0} where the values of the symbols are known; else it stays a case split.
    """
    import sympy

    if step is None:

        def step(z: Any) -> Any:
            return sympy.Piecewise((1, z > 0), (0, True))

    return Field(
        "SymPy",
        lambda q: sympy.Rational(q.numerator, q.denominator),
        {
            "exp": sympy.exp,
            "log": sympy.log,
            "sigmoid": lambda z: 1 / (1 + sympy.exp(-z)),
            "tanh": sympy.tanh,
            "step": step,
            "sign": lambda z: step(z) - step(-z),
            "abs": lambda z: z * (step(z) - step(-z)),
            **UNSPECIFIED,
        },
        lambda value, power: value ** sympy.Rational(power.numerator, power.denominator),
        lambda turn: sympy.exp(2 * sympy.pi * sympy.I * turn),
    )


@dataclass(slots=True)
class Dual:
    """value + slope * h with h^2 = 0, over any field. Each derivative has its own h, told apart by
    ``level``, so that a derivative of a derivative is right."""

    value: Any
    slope: Any
    level: int

    def __add__(self, other: Any) -> "Dual":
        if _level(other) < self.level:
            return Dual(self.value + other, self.slope, self.level)
        a, b, level = _aligned(self, other)
        return Dual(a.value + b.value, a.slope + b.slope, level)

    __radd__ = __add__

    def __neg__(self) -> "Dual":
        return Dual(-self.value, -self.slope, self.level)

    def __sub__(self, other: Any) -> "Dual":
        return self + (-other)

    def __rsub__(self, other: Any) -> "Dual":
        return -self + other

    def __mul__(self, other: Any) -> "Dual":
        if _level(other) < self.level:  # a constant as far as this h is concerned
            return Dual(self.value * other, self.slope * other, self.level)
        a, b, level = _aligned(self, other)
        return Dual(a.value * b.value, a.value * b.slope + a.slope * b.value, level)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Dual":
        a, b, level = _aligned(self, other)
        quotient = a.value / b.value
        return Dual(quotient, (a.slope - quotient * b.slope) / b.value, level)

    def __rtruediv__(self, other: Any) -> "Dual":
        return _lift(other, self.level) / self


def _level(number: Any) -> int:
    """Which derivative the number belongs to; 0 for a plain one."""
    return number.level if isinstance(number, Dual) else 0


def _lift(number: Any, level: int) -> Dual:
    if isinstance(number, Dual) and number.level == level:
        return number
    return Dual(number, 0, level)


def _aligned(a: Any, b: Any) -> tuple[Dual, Dual, int]:
    level = max(x.level for x in (a, b) if isinstance(x, Dual))
    return _lift(a, level), _lift(b, level), level


def _plain(number: Any) -> Any:
    return _plain(number.value) if isinstance(number, Dual) else number


@dataclass(frozen=True)
class Arrays:
    """An instance: values of the names, and a reader for each tensor."""

    names: Mapping[str, Any]  # sizes and indices as int, real scalars as field values
    tensors: Mapping[str, Callable[[tuple[int, ...]], Any]]
    field: Field
    level: int = 0  # how many derivatives are being taken around this place
    # what the free indices do not change: entries of definitions, shapes, sizes that others determine
    cache: dict[Any, Any] = default(default_factory=dict)

    def bind(self, **names: Any) -> "Arrays":
        return replace(self, names={**self.names, **names})

    def differentiate(self, expression: Diff) -> Any:
        return _diff(expression, self)

    def larger(self, a: Any, b: Any) -> bool:
        """a > b, by the values at this instance."""
        return bool(self.field.functions["step"](_plain(a) - _plain(b)))


def agree(a: Any, b: Any, digits: int) -> bool:
    """Equal fractions; or equal to so many digits, where one of the two is no fraction."""
    if isinstance(a, Fraction | int) and isinstance(b, Fraction | int):
        return a == b
    a, b = (
        PRECISE_CONTEXT.mpf(v.numerator) / v.denominator if isinstance(v, Fraction) else v
        for v in (a, b)
    )
    return bool(abs(a - b) <= PRECISE_CONTEXT.mpf(10) ** -digits * (1 + abs(a) + abs(b)))


def value(expression: Node, arrays: Arrays) -> Any:
    """The value of the expression in the field of the arrays."""
    match expression:  # the most frequent first
        case Entry() if expression.tensor.kind == "labels":
            return arrays.field.number(Fraction(int(_entry(expression, arrays))))
        case Entry():
            return _entry(expression, arrays)
        case Mul():
            return _product(expression, arrays)
        case Over():
            return _over(expression, arrays)
        case Num():
            return arrays.field.number(expression.value)
        case Quotient():
            return arrays.field.number(Fraction(integer(expression, arrays)))
        case Name() if expression.value is not None:
            return arrays.field.number(Fraction(integer(expression, arrays)))
        case Name():
            found = arrays.names[expression.name]
            return arrays.field.number(Fraction(found)) if expression.integer else found
        case Add():
            return _sum([value(t, arrays) for t in expression.terms], arrays)
        case Neg():
            return -value(expression.body, arrays)
        case Div():
            return value(expression.over, arrays) / value(expression.under, arrays)
        case Pow():
            return _power(value(expression.base, arrays), expression.power, arrays.field)
        case Raised():
            exponent = Fraction(integer(expression.exponent, arrays))
            return _power(value(expression.base, arrays), exponent, arrays.field)
        case Fn():
            return call(expression.name, value(expression.argument, arrays), arrays.field)
        case Root():
            turn = Fraction(
                integer(expression.exponent, arrays), integer(expression.length, arrays)
            )
            return arrays.field.unity(turn % 1)
        case Bracket():
            return arrays.field.number(Fraction(_holds(expression, arrays)))
        case Diff():
            return arrays.differentiate(expression)
        case At():
            return value(expression.body, _replaced(expression, arrays))
    raise TypeError(f"no value for {type(expression).__name__}")


def integer(expression: Node, arrays: Arrays) -> int:
    """The value of an index expression: sizes, indices, labels, whole numbers, + - *."""
    match expression:
        case Index():
            return int(arrays.names[expression.name])
        case Num() if expression.value.denominator == 1:
            return int(expression.value)
        case Name() if expression.value is not None:
            if expression not in arrays.cache:  # sizes do not change within an instance
                arrays.cache[expression] = integer(expression.value, arrays)
            return int(arrays.cache[expression])
        case Name() if expression.integer:
            return int(arrays.names[expression.name])
        case Quotient():
            return integer(expression.over, arrays) // integer(expression.under, arrays)
        case Add():
            return sum(integer(t, arrays) for t in expression.terms)
        case Neg():
            return -integer(expression.body, arrays)
        case Mul():
            result = 1
            for factor in expression.factors:
                result *= integer(factor, arrays)
            return result
        case Entry() if expression.tensor.kind == "labels":
            return int(_entry(expression, arrays))
    raise TypeError(f"{expression!r} is not an integer expression")


def call(name: str, argument: Any, numbers: Field) -> Any:
    """A function of a value, with the chain rule for dual numbers."""
    if not isinstance(argument, Dual):
        if name not in numbers.functions:
            raise NotExact(name)
        return numbers.functions[name](argument)
    inner = call(name, argument.value, numbers)
    if isinstance(argument.slope, int) and argument.slope == 0:
        return Dual(inner, 0, argument.level)
    slope = SLOPES[name](argument.value, lambda other: call(other, argument.value, numbers))
    return Dual(inner, argument.slope * slope, argument.level)


def _sum(terms: list[Any], arrays: Arrays) -> Any:
    return reduce(add, terms) if terms else arrays.field.number(Fraction(0))


def _product(expression: Mul, arrays: Arrays) -> Any:
    """Brackets first: where one is 0 the rest is not read, it may not even exist."""
    if expression not in arrays.cache:
        factors = list(factors_of(expression))
        brackets = [f for f in factors if isinstance(f, Bracket)]
        arrays.cache[expression] = brackets, [f for f in factors if not isinstance(f, Bracket)]
    brackets, others = arrays.cache[expression]
    for each in brackets:
        if not _holds(each, arrays):
            return arrays.field.number(Fraction(0))
    return _multiplied([value(factor, arrays) for factor in others], arrays)


def _multiplied(factors: list[Any], arrays: Arrays) -> Any:
    return reduce(mul, factors) if factors else arrays.field.number(Fraction(1))


def _power(base: Any, power: Fraction, numbers: Field) -> Any:
    if isinstance(base, Dual):
        outer = _power(base.value, power, numbers)
        inner = numbers.number(power) * _power(base.value, power - 1, numbers)
        return Dual(outer, base.slope * inner, base.level)
    if power.denominator != 1:
        return numbers.root(base, power)
    result = numbers.number(Fraction(1))
    for _ in range(abs(int(power))):
        result = result * base
    return result if power >= 0 else numbers.number(Fraction(1)) / result


def _entry(expression: Entry, arrays: Arrays) -> Any:
    tensor = expression.tensor
    indices = tuple([integer(i, arrays) for i in expression.indices])
    if tensor not in arrays.cache:
        arrays.cache[tensor] = [integer(size, arrays) for size in tensor.shape]
    for position, (index, size) in enumerate(zip(indices, arrays.cache[tensor], strict=True)):
        if not 0 <= index < size:
            raise OutOfBounds(
                f"{tensor.name}{list(indices)}: index {index} of axis {position}, size {size}"
            )
    if isinstance(tensor, Routing):
        return arrays.field.number(Fraction(_first_largest(tensor, indices, arrays)))
    if tensor.name in arrays.tensors:
        return arrays.tensors[tensor.name](indices)
    if not isinstance(tensor, Definition):
        raise KeyError(f"no values for the tensor {tensor.name}")
    key = (tensor, indices)
    if key not in arrays.cache:
        names = dict(zip((p.name for p in tensor.params), indices, strict=True))
        arrays.cache[key] = value(tensor.body, arrays.bind(**names))
    return arrays.cache[key]


def _first_largest(routing: Routing, indices: tuple[int, ...], arrays: Arrays) -> bool:
    """The entry is the first largest of its window: nothing before it is as large, nothing larger."""
    split = len(indices) - routing.axes
    sizes = [integer(size, arrays) for size in routing.shape[split:]]
    key = (routing, indices[:split])
    if key not in arrays.cache:
        best: tuple[tuple[int, ...], Any] | None = None
        for place in itertools.product(*map(range, sizes)):
            names = [p.name for p in routing.window.params]
            here = arrays.bind(**dict(zip(names, indices[:split] + place, strict=True)))
            if all(_holds(b, here) for b in factors_of(routing.inside) if isinstance(b, Bracket)):
                entry = value(routing.window.body, here)
                if best is None or arrays.larger(entry, best[1]):
                    best = (place, entry)
        arrays.cache[key] = None if best is None else best[0]
    return bool(arrays.cache[key] == indices[split:])


def _holds(expression: Bracket, arrays: Arrays) -> bool:
    left, right = integer(expression.left, arrays), integer(expression.right, arrays)
    match expression.relation:
        case "=":
            return left == right
        case "<=":
            return left <= right
    return left < right


def _over(expression: Over, arrays: Arrays) -> Any:
    low, high = 0, integer(expression.index.size, arrays) - 1
    if not expression.whole:
        low, high = integer(expression.lower, arrays), integer(expression.upper, arrays)
    names, values = dict(arrays.names), []  # one frame for all terms: nobody keeps it
    inner = replace(arrays, names=names)
    for i in range(low, high + 1):
        names[expression.index.name] = i
        values.append(value(expression.body, inner))
    if isinstance(expression, Sum):
        return _sum(values, arrays)
    if isinstance(expression, Product):
        return _multiplied(values, arrays)
    assert isinstance(expression, Max)
    if not values:
        raise OutOfBounds(f"{expression!r}: a maximum over nothing")
    best = values[0]
    for other in values[1:]:
        if _plain(other) > _plain(best):  # the first of equals stays
            best = other
    return best


def _diff(expression: Diff, arrays: Arrays) -> Any:
    """One entry (or one scalar) gets slope 1; the slope of the body is the derivative."""
    wrt, level, zero = expression.wrt, arrays.level + 1, arrays.field.number(Fraction(0))
    one = arrays.field.number(Fraction(1))
    if isinstance(wrt, Entry):
        name, place = wrt.tensor.name, tuple(integer(i, arrays) for i in wrt.indices)
        read = arrays.tensors[name]

        def moved(indices: tuple[int, ...]) -> Any:
            return Dual(read(indices), one, level) if indices == place else read(indices)

        inner = replace(arrays, tensors={**arrays.tensors, name: moved})
    else:
        assert isinstance(wrt, Name)
        name, place = wrt.name, ()
        inner = arrays.bind(**{name: Dual(arrays.names[name], one, level)})
    cache = arrays.cache.setdefault(("moved", name, place), {})  # the same wherever it is asked for
    found = value(expression.body, replace(inner, level=level, cache=cache))
    return found.slope if _level(found) == level else zero


def _replaced(expression: At, arrays: Arrays) -> Arrays:
    def reader(new: Definition) -> Callable[[tuple[int, ...]], Any]:
        def read(indices: tuple[int, ...]) -> Any:
            names = dict(zip((p.name for p in new.params), indices, strict=True))
            return value(new.body, arrays.bind(**names))

        return read

    readers = {old.name: reader(new) for old, new in expression.replaced.items()}
    return replace(arrays, tensors={**arrays.tensors, **readers}, cache={})
