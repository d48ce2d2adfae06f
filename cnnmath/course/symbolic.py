"""Arrays of symbols, on which the ops of the package run as they run on numbers."""

from fractions import Fraction

import numpy as np
import sympy

from cnnmath.proof.trace import Path, Traced


def symbols(name: str, *shape: int) -> np.ndarray:
    """An array of real symbols ``name_0_0, name_0_1, ...``; ``.expression`` of an entry is SymPy's.

    Where the code compares two entries, a witness decides: within one array all are different.

    >>> symbols("w", 1, 2)
    array([[Traced(w_0_0), Traced(w_0_1)]], dtype=object)
    """
    if not shape or min(shape) < 1:
        raise ValueError(f"symbols: {name} has shape {shape}; wanted sizes >= 1")
    path, array = Path(), np.empty(shape, object)
    start = sum(map(ord, name))  # arrays of other names get other witnesses
    for number, place in enumerate(np.ndindex(shape)):
        symbol = sympy.Symbol("_".join([name, *map(str, place)]), real=True)
        array[place] = Traced(symbol, Fraction((-1) ** number * (start + number), 97), path)
    return array
