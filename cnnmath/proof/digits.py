"""Run NumPy code in 60 digits: numbers that NumPy's ufuncs accept in object arrays.

A float enters as exactly the number that it is. Comparisons are decided by the values. What such a
number cannot do (become a float, say) raises, so that no digit is lost unseen.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from cnnmath.proof.operators import Operators

PLACES = 60
CONTEXT = mpmath.mp.clone()
CONTEXT.dps = PLACES
FUNCTIONS: dict[str, Callable[[Any], Any]] = {  # NumPy's name of the ufunc: the function
    "exp": CONTEXT.exp,
    "exp2": lambda x: CONTEXT.power(2, x),
    "expm1": CONTEXT.expm1,
    "log": CONTEXT.log,
    "log1p": lambda x: CONTEXT.log(1 + x),
    "log2": lambda x: CONTEXT.log(x, 2),
    "log10": CONTEXT.log10,
    "sqrt": CONTEXT.sqrt,
    "sin": CONTEXT.sin,
    "cos": CONTEXT.cos,
    "tan": CONTEXT.tan,
    "arctan": CONTEXT.atan,
    "sinh": CONTEXT.sinh,
    "cosh": CONTEXT.cosh,
    "tanh": CONTEXT.tanh,
}


class Digits(Operators):
    """A real number of 60 digits; ``np.exp`` of an object array of them calls their method ``exp``."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"Digits({CONTEXT.nstr(self.value, 20)})"

    @property
    def witness(self) -> Any:
        """The value, under the name by which the ops know an exact scalar."""
        return self.value

    def __getattr__(self, name: str) -> Callable[[], "Digits"]:
        """The functions that NumPy's ufuncs look for."""
        if name not in FUNCTIONS:
            raise AttributeError(f"numbers of {PLACES} digits have no {name}")
        return lambda: Digits(_real(FUNCTIONS[name](self.value)))

    def conjugate(self) -> "Digits":
        return self

    def __float__(self) -> float:
        raise TypeError(f"a number of {PLACES} digits must not become a float; keep the dtype")

    def _with(self, other: Any, operation: Callable[[Any, Any], Any]) -> Any:
        value = number(other)
        return NotImplemented if value is None else Digits(_real(operation(self.value, value)))

    def __pow__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a**b)

    def __rpow__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: b**a)

    def __neg__(self) -> "Digits":
        return Digits(-self.value)

    def __abs__(self) -> "Digits":
        return Digits(abs(self.value))

    def _than(self, other: Any, relation: Callable[[Any, Any], bool]) -> Any:
        value = number(other)
        return NotImplemented if value is None else bool(relation(self.value, value))

    def __lt__(self, other: Any) -> Any:
        return self._than(other, lambda a, b: a < b)

    def __le__(self, other: Any) -> Any:
        return self._than(other, lambda a, b: a <= b)

    def __gt__(self, other: Any) -> Any:
        return self._than(other, lambda a, b: a > b)

    def __ge__(self, other: Any) -> Any:
        return self._than(other, lambda a, b: a >= b)

    def __eq__(self, other: object) -> Any:
        return self._than(other, lambda a, b: a == b)

    def __ne__(self, other: object) -> Any:
        return self._than(other, lambda a, b: a != b)

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return bool(self.value)


def number(value: Any) -> Any:
    """The value in 60 digits, without rounding a float or a whole number; None of anything else."""
    if isinstance(value, Digits):
        return value.value
    if isinstance(value, bool | np.bool_):
        return None
    if isinstance(value, Fraction):
        return CONTEXT.mpf(value.numerator) / value.denominator
    if isinstance(value, int | np.integer):
        return CONTEXT.mpf(int(value))
    if isinstance(value, float | np.floating):
        return CONTEXT.mpf(float(value))
    return None


def digits(array: Any) -> Any:
    """The array of floats as an object array of the same numbers."""
    result = np.empty(np.shape(array), object)
    for place, entry in np.ndenumerate(array):
        result[place] = Digits(number(entry))
    return result


def numbers(array: Any) -> Any:
    """An array (or one number) of what code in 60 digits returned, as an object array of mpf."""
    result = np.empty(np.shape(array), object)
    for place, entry in np.ndenumerate(np.asarray(array, dtype=object)):
        result[place] = number(entry)
        if result[place] is None:
            raise TypeError(f"a result is a {type(entry).__name__}; wanted a number")
    return result


def _real(value: Any) -> Any:
    if isinstance(value, CONTEXT.mpc):
        raise ValueError("the result is not real")
    return value
