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
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from cnnmath.nn.choices import check_choice
from cnnmath.ops import affine

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


def variance_by_layer(
    initialise: str,
    activation: Callable[[Any], Any] | None,
    rng: np.random.Generator,
    *,
    depth: int = 10,
    width: int = 100,
    samples: int = 1000,
) -> list[float]:
    """Variance of z = x w^T in each layer of a deep net at its start, before any training.

    Every layer has `width` units, fresh weights from `draw_weights` and no biases. The first one gets
    standard normal inputs (samples, width), those above it `activation(z)`, an op of one argument, or z
    for None.
    What to expect of it: results variance_step, relu_halves.
    Raises ValueError (an unknown word).
    """
    check_choice("variance_by_layer", "initialise", initialise, STANDARD_DEVIATIONS)
    x, found = rng.standard_normal((samples, width)), []
    for _ in range(depth):
        w = draw_weights(initialise, width, width, rng, np.float64)
        z, _ = affine(x, w, np.zeros(width))
        found.append(float(z.var()))
        x = z if activation is None else activation(z)[0]
    return found
