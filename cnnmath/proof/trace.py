"""Run the real NumPy code on symbols: what runs, entry by entry, as SymPy expressions.

A ``Traced`` scalar is a SymPy expression with a witness, a value at which it is evaluated along.
NumPy's ufuncs find its methods (``exp``, ``log1p``, ...) on object arrays. Comparisons are decided
by the witnesses and recorded: they are the conditions of the path that was taken.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import sympy

from cnnmath.proof.operators import Operators

CONTEXT = mpmath.mp.clone()
CONTEXT.dps = 60
REMEMBERED = 1000  # answers kept: the cells of an op differ in few of their entries
CLOSE = CONTEXT.mpf(10) ** -45  # two witnesses nearer than this are not told apart


class TraceError(TypeError):
    """The code did something that a trace cannot follow; the message says what to use instead."""


class Path:
    """The comparisons that a run has made, in order: one cell of the input space."""

    def __init__(self) -> None:
        self.conditions: list[tuple[str, Any]] = []

    def add(self, relation: str, difference: Any) -> None:
        self.conditions.append((relation, difference))

    @property
    def cell(self) -> tuple[str, ...]:
        """The distinct conditions as text; equal cells are equal paths."""
        return tuple(dict.fromkeys(f"{d} {r} 0" for r, d in self.conditions))


class Traced(Operators):
    """A real number in a traced run: ``expression`` says how it came about, ``witness`` its value."""

    __slots__ = ("expression", "path", "witness")

    def __init__(self, expression: Any, witness: Any, path: Path) -> None:
        self.expression, self.witness, self.path = expression, witness, path

    def __repr__(self) -> str:
        return f"Traced({self.expression})"

    def _with(self, other: Any, operation: Callable[[Any, Any], Any]) -> Any:
        lifted = lift(other, self.path)
        if lifted is NotImplemented:
            return NotImplemented
        witnesses = self.witness, lifted.witness
        if not all(isinstance(w, Fraction) for w in witnesses):  # fractions do not mix with floats
            witnesses = _mpf(self.witness), _mpf(lifted.witness)
        symbolic = operation(self.expression, lifted.expression)
        return Traced(symbolic, operation(*witnesses), self.path)

    def __neg__(self) -> "Traced":
        return Traced(-self.expression, -self.witness, self.path)

    def __abs__(self) -> "Traced":
        return -self if self < 0 else self

    def __pow__(self, power: Any) -> "Traced":
        if not isinstance(power, int):
            raise TraceError(f"a traced power wants a whole exponent, got {power!r}")
        return Traced(self.expression**power, self.witness**power, self.path)

    # --------------------------------------------------------------- comparisons decide and record

    def _compare(self, other: Any) -> int:
        """-1, 0 or 1 for self - other, by the witness; the condition goes on the path."""
        if isinstance(other, float) and other in (float("inf"), float("-inf")):
            return -1 if other > 0 else 1  # a traced number is finite; no condition
        lifted = lift(other, self.path)
        if lifted is NotImplemented:
            raise TraceError(f"a traced number cannot be compared with {type(other).__name__}")
        symbolic = self.expression - lifted.expression
        sign = _sign((self - lifted).witness, symbolic)
        if not symbolic.is_number:
            self.path.add({-1: "<", 0: "=", 1: ">"}[sign], sympy.expand(symbolic))
        return sign

    def __lt__(self, other: Any) -> bool:
        return self._compare(other) < 0

    def __le__(self, other: Any) -> bool:
        return self._compare(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self._compare(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self._compare(other) >= 0

    def __eq__(self, other: object) -> bool:
        return self._compare(other) == 0

    def __ne__(self, other: object) -> bool:
        return self._compare(other) != 0

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return self._compare(0) != 0

    def _sympy_(self) -> Any:
        """SymPy takes a traced scalar as the expression that it is."""
        return self.expression

    def __float__(self) -> float:
        raise TraceError("traced code must not turn a number into a float; keep the array's dtype")

    # -------------------------------------------------------- NumPy's ufuncs look for these methods

    def _function(self, symbolic: Any, numeric: Any) -> "Traced":
        return Traced(symbolic(self.expression), numeric(_mpf(self.witness)), self.path)

    def exp(self) -> "Traced":
        return self._function(sympy.exp, CONTEXT.exp)

    def expm1(self) -> "Traced":
        return self._function(lambda x: sympy.exp(x) - 1, CONTEXT.expm1)

    def log(self) -> "Traced":
        return self._function(sympy.log, CONTEXT.log)

    def log1p(self) -> "Traced":
        return self._function(lambda x: sympy.log(1 + x), lambda x: CONTEXT.log(1 + x))

    def sqrt(self) -> "Traced":
        return self._function(sympy.sqrt, CONTEXT.sqrt)

    def tanh(self) -> "Traced":
        return self._function(sympy.tanh, CONTEXT.tanh)

    def sin(self) -> "Traced":
        return self._function(sympy.sin, CONTEXT.sin)

    def cos(self) -> "Traced":
        return self._function(sympy.cos, CONTEXT.cos)

    def conjugate(self) -> "Traced":
        return self  # numbers are real; np.var asks


def lift(value: Any, path: Path) -> Any:
    """A whole number or a fraction as a constant; a float only if it is one (0.5, not 0.1)."""
    if isinstance(value, Traced):
        return value
    if isinstance(value, float | np.floating):
        as_fraction = Fraction(float(value))
        if as_fraction.denominator > 2**20:
            raise TraceError(
                f"{value!r} in traced code is not the number meant: divide by n instead"
            )
        value = as_fraction
    if isinstance(value, bool | np.bool_):
        return NotImplemented
    if isinstance(value, int | np.integer):
        return Traced(sympy.Integer(int(value)), Fraction(int(value)), path)
    if isinstance(value, Fraction):
        return Traced(sympy.Rational(value.numerator, value.denominator), value, path)
    return NotImplemented


def _mpf(value: Any) -> Any:
    return (
        CONTEXT.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value
    )


def _sign(difference: Any, symbolic: Any) -> int:
    if isinstance(difference, Fraction):
        return (difference > 0) - (difference < 0)
    if abs(difference) > CLOSE:
        return 1 if difference > 0 else -1
    if vanishes(symbolic):
        return 0
    raise TraceError(f"the witness does not decide the sign of {symbolic}")


# ---------------------------------------------------------------------------- equality of traces


def vanishes(expression: Any) -> bool:
    """The expression is 0 for all real values of its symbols (logarithms of positive things).

    Exponentials become symbols of their own, logarithms are split into logarithms of irreducible
    factors, and what remains is a rational function: its numerator must expand to 0.
    """
    return _vanishes(sympy.sympify(expression))


@lru_cache(REMEMBERED)
def _vanishes(expression: Any) -> bool:
    expression = expression.rewrite(sympy.tanh, sympy.exp)
    if expression == 0:
        return True
    exponents: dict[Any, Any] = {}
    rational = _split_logarithms(_name_exponentials(expression, exponents), exponents)
    numerator, _ = sympy.fraction(sympy.together(rational))
    return bool(sympy.expand(numerator) == 0)


def _name_exponentials(expression: Any, exponents: dict[Any, Any]) -> Any:
    """e^(a - 2 b) as A / B^2: a positive symbol for the exponential of each term, remembered."""

    def split(argument: Any) -> Any:
        result = sympy.Integer(1)
        for term in sympy.Add.make_args(sympy.expand(argument)):
            coefficient, rest = term.as_coeff_Mul()
            base = sympy.Symbol(f"e^({rest})", positive=True)
            exponents[base] = rest
            result *= base**coefficient
        return result

    return expression.replace(lambda e: isinstance(e, sympy.exp), lambda e: split(e.args[0]))


def _split_logarithms(expression: Any, exponents: dict[Any, Any]) -> Any:
    """log of a product as the sum of the logs of its irreducible factors, exponentials undone."""

    def split(argument: Any) -> Any:
        above, below = sympy.fraction(sympy.together(argument))
        return of_product(above) - of_product(below)

    def of_product(argument: Any) -> Any:
        constant, factors = sympy.factor_list(argument)
        if constant < 0:
            return sympy.Symbol(f"log({argument})", real=True)
        result = sympy.log(constant)
        for factor, power in factors:
            known = exponents.get(factor)
            inner = sympy.Symbol(f"log({factor})", real=True) if known is None else known
            result += power * inner
        return result

    return expression.replace(lambda e: isinstance(e, sympy.log), lambda e: split(e.args[0]))
