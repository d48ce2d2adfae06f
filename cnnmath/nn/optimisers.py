"""Optimisers: rules that turn a gradient into new parameters.

An optimiser is a frozen record of its settings. What it remembers from step to step is the
`state` that goes in and comes out; nothing is changed in place.
"""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from cnnmath.nn.parameters import Params, map_arrays
from cnnmath.ops.arrays import check_number


class Optimiser(Protocol):
    """What `fit` asks of an optimiser."""

    def init(self, params: Params) -> Any:
        """State before the first step."""

    def update(self, grads: Params, state: Any, params: Params) -> tuple[Params, Any]:
        """Parameters and state after one step."""


@dataclass(frozen=True)
class SGD:
    """Gradient descent, p <- p - rate dp, all parameters at once.  Source: 002 eq. 3.37, 3.38.

    >>> SGD(0.5).update(({"b": np.array([3.0])},), (), ({"b": np.array([2.0])},))
    (({'b': array([0.5])},), ())
    """

    rate: float

    def __post_init__(self) -> None:
        check_number("SGD", "rate", self.rate)
        if not self.rate > 0 or self.rate == math.inf:  # "not >" refuses NaN as well
            raise ValueError(f"SGD: rate is {self.rate}; wanted a finite number > 0")
        if isinstance(self.rate, np.generic):  # a float64 scalar would turn float32 into float64
            object.__setattr__(self, "rate", self.rate.item())

    def init(self, params: Params) -> tuple[()]:
        return ()

    def update(self, grads: Params, state: tuple[()], params: Params) -> tuple[Params, tuple[()]]:
        return map_arrays(lambda p, dp: p - self.rate * dp, params, grads), state
