"""How weights start: w ~ N(0, std^2), independent of each other.

small     std = 0.01.                  Source: 002, Algorithm 2 (zhang-alg2) and section 6.6.
xavier    std^2 = 2/(d + k).           Source: X. Glorot and Y. Bengio, Understanding the difficulty
          of training deep feedforward neural networks, AISTATS 2010, eq. 12.
he        std^2 = 2/d, for the relu.   Source: K. He et al., Delving deep into rectifiers, ICCV 2015,
          eq. 10.
zero      std = 0. Enough for one layer; the units of a hidden layer would all stay the same.

d is the number of inputs of a unit, k the number of units.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import DTypeLike

STANDARD_DEVIATIONS: dict[str, Callable[[int, int], float]] = {
    "small": lambda d, k: 0.01,
    "xavier": lambda d, k: math.sqrt(2 / (d + k)),
    "he": lambda d, k: math.sqrt(2 / d),
    "zero": lambda d, k: 0.0,
}


def draw_weights(
    initialise: str, d: int, k: int, rng: np.random.Generator, dtype: DTypeLike
) -> np.ndarray:
    """Fresh weights (k, d); the same seed draws the same numbers in either dtype."""
    std = STANDARD_DEVIATIONS[initialise](d, k)
    if std == 0:
        return np.zeros((k, d), dtype)
    return (std * rng.standard_normal((k, d))).astype(dtype)
