"""Dropout as a layer: a mask in training, nothing at test time."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnmath.nn.layers import Arrays, Backward, Parameterless
from cnnmath.ops.arrays import check_array, cotangent
from cnnmath.ops.dropout import check_keep, dropout


@dataclass(frozen=True)
class Dropout(Parameterless):
    """Keeps each entry with the probability `keep` and divides by it; at test time the identity, a copy.

    y = m x / keep with `train=True`, where the mask m is drawn from `rng`, a new one at each call; y = x
    otherwise. The mean of y over the masks is x, so nothing is left to scale at test time, which the source
    forgets to do. `keep` is a number in (0, 1]. Any shape comes in, the same shape goes out. `fit` passes its
    own rng: same seed, same masks.
    Raises TypeError and ValueError (keep), TypeError (training without an rng). Source: 002 section 6.4.

    >>> Dropout(0.5)
    Dropout(keep=0.5)
    """

    keep: float

    def __post_init__(self) -> None:
        check_keep("Dropout", self.keep)
        object.__setattr__(self, "keep", float(self.keep))  # its text goes into files

    def apply(
        self,
        params: Arrays,
        x: Any,
        *,
        train: bool = False,
        rng: np.random.Generator | None = None,
        need_dx: bool = True,
    ) -> tuple[Any, Backward]:
        if train:
            if rng is None:
                raise TypeError(
                    f"{self}: train=True draws a mask; rng must be a Generator, got None"
                )
            y, op_backward = dropout(x, self.keep, rng)
            return y, lambda dy: (*op_backward(dy), {})
        check_array("Dropout", "x", x)

        def backward(dy: Any) -> tuple[Any, Arrays]:
            return cotangent("Dropout.backward", "dy", dy, x.shape, x.dtype).copy(), {}

        return x.copy(), backward
