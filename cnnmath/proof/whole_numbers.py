"""Paths that run on floats alone, as a Fourier transform does, are compared on whole numbers.

The formula is read exactly; the float64 results of whole numbers must be close to the same whole numbers.
"""

from typing import Any, NamedTuple

import numpy as np

from cnnmath.ops.record import Case, Op
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.evaluate import EXACT
from cnnmath.proof.ulp import Inputs, draw, formula, run

TOLERANCE = 1e-9
WITHIN = f"whole numbers within {TOLERANCE:g}"


class Pair(NamedTuple):
    """One entry of the value or of a gradient, ``name`` "value" or "dx": what ran, what the formula says."""

    name: str
    place: tuple[int, ...]
    got: float
    want: int

    @property
    def agrees(self) -> bool:
        return bool(abs(self.got - self.want) <= TOLERANCE)  # False for NaN


def on_whole_numbers(op: Op, case: Case, D: Derivation, sizes: dict[str, int]) -> list[Pair]:
    """Every entry of one call at these sizes; the same numbers each time."""
    inputs = draw(op, D, sizes, np.float64, np.random.default_rng(len(D.tensors)), scale=3)
    arguments = {name: _rounded(given) for name, given in inputs.arguments.items()}
    whole = Inputs(arguments, _rounded(inputs.upstream * 3), sizes)
    results = run(op, case, whole)
    expected = formula(D, whole, EXACT, only=results)
    pairs = []
    for name, got in results.items():
        for place, want in np.ndenumerate(expected[name]):
            pairs.append(Pair(name, place, float(got[place]), want))
    return pairs


def _rounded(given: Any) -> Any:
    """Whole numbers, none of them 0: a term that is left out shows."""
    if not isinstance(given, np.ndarray):
        return given
    whole = np.rint(given)
    return np.where(whole == 0, 1, whole)
