"""Activation layers: an elementwise op on its own, without parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from cnnmath.nn.layers import Arrays, Backward, Parameterless
from cnnmath.ops import relu, scaled_tanh, sigmoid, softplus, tanh


class Activation(Parameterless):
    """What the layers below share: any shape comes in, the same shape goes out."""

    op: ClassVar[Callable[..., Any]]

    def apply(
        self,
        params: Arrays,
        x: Any,
        *,
        train: bool = False,
        rng: np.random.Generator | None = None,
        need_dx: bool = True,
    ) -> tuple[Any, Backward]:
        y, op_backward = self.op(x)
        return y, lambda dy: (*op_backward(dy), {})


@dataclass(frozen=True)
class Relu(Activation):
    """y = max(0, x), and relu'(0) = 0.  Source: 002 eq. 4.6."""

    op = staticmethod(relu)


@dataclass(frozen=True)
class Sigmoid(Activation):
    """y = 1/(1 + e^-x).  Source: 002 eq. 4.8."""

    op = staticmethod(sigmoid)


@dataclass(frozen=True)
class Tanh(Activation):
    """y = tanh x.  Source: 000 section 2.1."""

    op = staticmethod(tanh)


@dataclass(frozen=True)
class ScaledTanh(Activation):
    """y = 1.7159 tanh(2x/3).  Source: 000 section 2.1."""

    op = staticmethod(scaled_tanh)


@dataclass(frozen=True)
class Softplus(Activation):
    """y = log(1 + e^x).  Source: 003 section 1.11."""

    op = staticmethod(softplus)


ACTIVATIONS: dict[str, type[Activation]] = {
    "relu": Relu,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "scaled_tanh": ScaledTanh,
    "softplus": Softplus,
}
