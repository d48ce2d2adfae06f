"""SymPy as judge of the second check: derivatives of the written-out formula by ``sympy.diff``."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy

from cnnmath.proof.evaluate import Arrays, Field, integer, value
from cnnmath.proof.notation import Diff, Entry, Name, Node


class Judge:
    """Evaluates with a symbol for every entry and real name; a Diff is taken by sympy.diff.

    The numbers are put in at the very end, so that no derivative is taken of a constant.
    """

    def __init__(
        self,
        numbers: Field,
        sizes: dict[str, int],
        values: dict[str, dict[tuple[int, ...], Any]],
        reals: dict[str, Fraction],
    ) -> None:
        self.numbers: dict[Any, Any] = {}
        readers = {n: self._symbols(n, entries).__getitem__ for n, entries in values.items()}
        scalars = {n: self._symbol(n, v) for n, v in reals.items()}
        self.arrays = SymbolicArrays({**sizes, **scalars}, readers, numbers)
        self.arrays.values.update(self.numbers)

    def value(self, expression: Node, indices: dict[str, int]) -> Any:
        found = value(expression, self.arrays.bind(**indices))
        return sympy.sympify(found).xreplace(self.numbers)

    def _symbol(self, name: str, number: Fraction) -> Any:
        symbol = sympy.Symbol(name, real=True)
        self.numbers[symbol] = sympy.Rational(number.numerator, number.denominator)
        return symbol

    def _symbols(
        self, name: str, entries: dict[tuple[int, ...], Any]
    ) -> dict[tuple[int, ...], Any]:
        return {
            place: v
            if isinstance(v, int)
            else self._symbol(f"{name}_{'_'.join(map(str, place))}", v)
            for place, v in entries.items()
        }


@dataclass(frozen=True)
class SymbolicArrays(Arrays):
    """Arrays of symbols, on which a derivative is SymPy's business."""

    values: dict[Any, Any] = field(default_factory=dict)  # of the symbols, to decide what is larger

    def larger(self, a: Any, b: Any) -> bool:
        return bool(sympy.sympify(a - b).xreplace(self.values) > 0)

    def differentiate(self, expression: Diff) -> Any:
        wrt = expression.wrt
        if isinstance(wrt, Entry):
            symbol = self.tensors[wrt.tensor.name](tuple(integer(i, self) for i in wrt.indices))
        else:
            assert isinstance(wrt, Name)
            symbol = self.names[wrt.name]
        return sympy.diff(value(expression.body, self), symbol)
