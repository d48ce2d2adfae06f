"""Learned combinations of maps, with penalties that are meant to make them sparse."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from cnnmath.data.batches import check_count
from cnnmath.nn.choices import check_choice
from cnnmath.nn.layers import Arrays, Backward
from cnnmath.nn.settings import text
from cnnmath.ops import (
    ShapeError,
    entropy_penalty,
    impurity_penalty,
    l1_penalty,
    mix_maps,
    softmax,
)
from cnnmath.ops.arrays import check, check_number, cotangent

START = 0.1  # standard deviation of fresh logits: all weights near 1/C, and no two rows alike

PENALTIES: dict[str, Callable[..., Any] | None] = {
    "none": None,
    "l1": l1_penalty,
    "entropy": entropy_penalty,
    "impurity": impurity_penalty,
}


@dataclass(frozen=True, repr=False)
class MixMaps:
    """Mixtures of `c` maps in `o` output maps, logits (o, c), b (o,).

    z[n,o] = b[o] + sum_c alpha[o,c] x[n,c] with alpha[o,c] = softmax over c of logits[o,c];
    x (n, c, u, v) -> z (n, o, u, v). The logits start as N(0, 0.1^2), b at 0. The bias is here because in
    000 it is added after the mixture, one per output map; `bias=False` leaves it out.
    `penalty` none, l1, entropy or impurity adds `strength` times that penalty of alpha to the objective:
    see `costs`. It changes how the layer learns, not what it computes.
    Behind `Conv2d(c, c, size, connect=((0,), (1,), ...), bias=False)`, one kernel per input map, it is the
    model of 000: x[o] = f(sum_c alpha[o,c] (x[c] * k[c]) + b[o]).
    Raises TypeError and ValueError (numbers, words, a strength without a penalty), ShapeError (logits of
    another shape, other maps). Source: 000 section 3.3, 3.3.1 (formulas reconstructed). The start is ours.

    >>> MixMaps(6, 16), MixMaps(6, 16, "entropy", 0.01)
    (MixMaps(c=6, o=16), MixMaps(c=6, o=16, penalty='entropy', strength=0.01))
    """

    c: int
    o: int
    penalty: str = "none"
    strength: float = 0.0
    bias: bool = True

    def __post_init__(self) -> None:
        check_count("MixMaps", "c", self.c)
        check_count("MixMaps", "o", self.o)
        check_choice("MixMaps", "penalty", self.penalty, PENALTIES)
        check_number("MixMaps", "strength", self.strength)
        if not 0 <= self.strength < np.inf:  # refuses NaN as well
            raise ValueError(f"MixMaps: strength is {self.strength}; wanted a finite number >= 0")
        if self.penalty == "none" and self.strength != 0:
            raise ValueError(f"MixMaps: strength is {self.strength}, but penalty is 'none'")
        if not isinstance(self.bias, bool):
            raise TypeError(f"MixMaps: bias must be True or False, got {self.bias!r}")
        if isinstance(self.strength, np.generic):  # its text goes into files
            object.__setattr__(self, "strength", self.strength.item())

    def __repr__(self) -> str:
        return text(self)

    @property
    def takes(self) -> int:
        return self.c

    def gives(self, size: int | None) -> int:
        return self.o

    def init(self, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Arrays:
        logits = (START * rng.standard_normal((self.o, self.c))).astype(dtype)
        return {"logits": logits, **({"b": np.zeros(self.o, dtype)} if self.bias else {})}

    def apply(
        self,
        params: Arrays,
        x: Any,
        *,
        train: bool = False,
        rng: np.random.Generator | None = None,
        need_dx: bool = True,
    ) -> tuple[Any, Backward]:
        self._check_logits(params)
        z, op_backward = mix_maps(x, params["logits"])
        if self.bias:
            check("MixMaps", {"z": "n o u v", "b": "o"}, z=z, b=params["b"])
            z = z + params["b"][:, None, None]

        def backward(dz: Any) -> tuple[Any, Arrays]:
            dz = cotangent("MixMaps.backward", "dz", dz, z.shape, x.dtype)
            dx, dlogits = op_backward(dz)
            return dx, {"logits": dlogits, **({"b": dz.sum(axis=(0, 2, 3))} if self.bias else {})}

        return z, backward

    def weights(self, params: Arrays) -> Any:
        """alpha (o, c), rows that sum to 1: how much of map c is in output map o."""
        self._check_logits(params)
        return softmax(params["logits"])[0]

    def costs(self, params: Arrays) -> tuple[Any, Arrays]:
        """Penalty of alpha and its gradient, {"logits": (o, c)}: what the objective adds for the layer.

        l1: strength sum |alpha|, which is strength times O whatever the logits are, and its gradient is 0:
        it makes nothing sparse (bouvrie-3.3.1-a). entropy: -strength sum alpha log alpha. impurity:
        strength sum_o (1 - sum_c alpha[o,c]^2). The chain rule goes through the softmax.
        Source: 000 section 3.3.1; entropy and impurity are answers to it.
        """
        self._check_logits(params)
        function = PENALTIES[self.penalty]
        if function is None:
            return 0, {}
        alpha, softmax_backward = softmax(params["logits"])
        value, penalty_backward = function(alpha, self.strength)
        (dlogits,) = softmax_backward(*penalty_backward(1))
        return value, {"logits": dlogits}

    def _check_logits(self, params: Arrays) -> None:
        found = params["logits"].shape
        if found != (self.o, self.c):
            raise ShapeError(f"{self}: logits has shape {found}; wanted {(self.o, self.c)}, (o, c)")
