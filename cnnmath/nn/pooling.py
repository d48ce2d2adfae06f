"""Pooling layers: one number per window of each map, without parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from cnnmath.nn.layers import Arrays, Backward, Parameterless
from cnnmath.nn.settings import Both, both, text
from cnnmath.ops import max_pool2d, mean_pool2d, sum_pool2d


@dataclass(frozen=True, repr=False)
class Pooling(Parameterless):
    """What the layers below share: x (n, c, u, v) -> y (n, c, i, j), as many maps as come in.

    I = floor((U + 2 Z - P)/S) + 1. Size P, stride S (None: the size, windows side by side) and padding
    Z are ints or pairs (rows, columns). Raises TypeError and ValueError for other numbers; what depends
    on the input, and a padding above half the size, is refused by the op.
    """

    size: Both
    stride: Both | None = None
    padding: Both = 0

    op: ClassVar[Callable[..., Any]]

    def __post_init__(self) -> None:
        name = type(self).__name__
        size = both(name, "size", self.size, 1)
        stride = size if self.stride is None else both(name, "stride", self.stride, 1)
        padding = both(name, "padding", self.padding, 0)
        for field, value in (("size", size), ("stride", stride), ("padding", padding)):
            object.__setattr__(self, field, value)

    def __repr__(self) -> str:
        return text(self, hide=("stride",) if self.stride == self.size else ())

    def apply(
        self,
        params: Arrays,
        x: Any,
        *,
        train: bool = False,
        rng: np.random.Generator | None = None,
        need_dx: bool = True,
    ) -> tuple[Any, Backward]:
        y, op_backward = self.op(x, self.size, stride=self.stride, padding=self.padding)
        return y, lambda dy: (*op_backward(dy), {})


@dataclass(frozen=True, repr=False)
class MaxPool2d(Pooling):
    """Largest entry of each window; of equal ones the first takes the gradient.  Source: 002 eq. 5.20."""

    op = staticmethod(max_pool2d)


@dataclass(frozen=True, repr=False)
class MeanPool2d(Pooling):
    """Mean of each window; zeros of the border count.  Source: 003 section 1.8."""

    op = staticmethod(mean_pool2d)


@dataclass(frozen=True, repr=False)
class SumPool2d(Pooling):
    """Sum of each window.  Source: 000 section 3.1.2."""

    op = staticmethod(sum_pool2d)
