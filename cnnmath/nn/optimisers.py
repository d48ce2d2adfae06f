"""Optimisers: rules that turn a gradient into new parameters. Those with a rate for each are in adaptive.py.

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
    """What `fit` asks of an optimiser.

    Its state is a tuple; `save` can write it if each entry looks like the parameters or is a number.
    """

    def init(self, params: Params) -> Any:
        """State before the first step."""

    def update(self, grads: Params, state: Any, params: Params) -> tuple[Params, Any]:
        """Parameters and state after one step."""


@dataclass(frozen=True)
class SGD:
    """Gradient descent, all parameters at once: p <- p - rate g.  Source: 002 eq. 3.37, 3.38.

    With momentum, as torch.optim.SGD: v <- momentum v + g from v = 0, then p <- p - rate v, or with
    nesterov p <- p - rate (g + momentum v). The state is () without momentum, otherwise (v,).
    Raises ValueError: rate <= 0, momentum outside [0, 1), nesterov without momentum; TypeError.
    Source: 002 section 6.3 names both; I. Sutskever et al., On the importance of initialization and
    momentum in deep learning, ICML 2013.

    >>> SGD(0.5).update(({"b": np.array([3.0])},), (), ({"b": np.array([2.0])},))
    (({'b': array([0.5])},), ())
    """

    rate: float
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", positive("SGD", "rate", self.rate))
        object.__setattr__(self, "momentum", below_one("SGD", "momentum", self.momentum))
        if not isinstance(self.nesterov, bool):
            raise TypeError(f"SGD: nesterov must be True or False, got {self.nesterov!r}")
        if self.nesterov and self.momentum == 0:
            raise ValueError("SGD: nesterov=True wants a momentum > 0")

    def init(self, params: Params) -> tuple[Params, ...]:
        return (map_arrays(np.zeros_like, params),) if self.momentum else ()

    def update(
        self, grads: Params, state: tuple[Params, ...], params: Params
    ) -> tuple[Params, tuple[Params, ...]]:
        direction = grads
        if self.momentum:
            (v,) = state
            v = map_arrays(self._damped, v, grads)
            direction = map_arrays(self._damped, v, grads) if self.nesterov else v
            state = (v,)
        return map_arrays(lambda p, g: p - self.rate * g, params, direction), state

    def _damped(self, v: Any, g: Any) -> Any:
        return self.momentum * v + g


def positive(optimiser: str, name: str, number: Any) -> Any:
    """The number, finite and > 0, as a Python number. Raises TypeError, ValueError."""
    check_number(optimiser, name, number)
    if not number > 0 or number == math.inf:  # "not >" refuses NaN as well
        raise ValueError(f"{optimiser}: {name} is {number}; wanted a finite number > 0")
    return _plain(number)


def below_one(optimiser: str, name: str, number: Any) -> Any:
    """The number, 0 <= number < 1, as a Python number. Raises TypeError, ValueError."""
    check_number(optimiser, name, number)
    if not 0 <= number < 1:
        raise ValueError(f"{optimiser}: {name} is {number}; wanted 0 <= {name} < 1")
    return _plain(number)


def _plain(number: Any) -> Any:
    """A float64 scalar would turn float32 arrays into float64 ones; a Python number does not."""
    return number.item() if isinstance(number, np.generic) else number
