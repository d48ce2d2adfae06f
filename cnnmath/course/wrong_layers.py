"""Layers with the right value and a wrong way back, as printed: what would a training run have shown?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnmath.nn import Conv2d, MaxPool2d, Relu, Sequential
from cnnmath.nn.layers import Affine, Arrays, Backward, Flatten
from cnnmath.ops import rot180


@dataclass(frozen=True)
class OneMapAbove(Conv2d):
    """dx from the first output map alone.  As printed in 002 eq. 5.29, in 000 section 3.2.1 and 001."""

    def apply(self, params: Arrays, x: Any, **options: Any) -> tuple[Any, Backward]:
        z, backward = super().apply(params, x, **options)

        def wrong(dz: Any) -> tuple[Any, Arrays]:
            first = np.zeros_like(dz)
            first[:, :1] = dz[:, :1]
            return backward(first)[0], backward(dz)[1]

        return z, wrong


@dataclass(frozen=True)
class NotTurned(Conv2d):
    """dx with the kernels as they lie, not turned by 180 degrees.  The trap of 000, 001 and 002."""

    def apply(self, params: Arrays, x: Any, **options: Any) -> tuple[Any, Backward]:
        z, backward = super().apply(params, x, **options)
        turned = super().apply({**params, "w": rot180(params["w"])}, x, **options)[1]
        return z, lambda dz: (turned(dz)[0], backward(dz)[1])


@dataclass(frozen=True)
class NoWayBack(Conv2d):
    """dx is 0, so that the layers below stay as they were drawn: not printed anywhere, to compare with."""

    def apply(self, params: Arrays, x: Any, **options: Any) -> tuple[Any, Backward]:
        z, backward = super().apply(params, x, **options)
        return z, lambda dz: (np.zeros_like(x), backward(dz)[1])


WAYS_BACK: dict[str, Callable[..., Conv2d]] = {
    "right": Conv2d,
    "one map above": OneMapAbove,
    "not turned": NotTurned,
    "no way back": NoWayBack,
}


def small_net(way_back: str, maps: int = 4) -> Sequential:
    """Two convolutions for the digits, 1 to ``maps`` to 2 ``maps`` maps; the second has that way back.

    Raises ValueError for a way back that is none of WAYS_BACK.
    """
    if way_back not in WAYS_BACK:
        raise ValueError(
            f"small_net: way_back is {way_back!r}; wanted one of {', '.join(WAYS_BACK)}"
        )
    second = WAYS_BACK[way_back](maps, 2 * maps, 3, padding=1)
    return Sequential(
        *(Conv2d(1, maps, 3, padding=1), Relu(), MaxPool2d(2)),
        *(second, Relu(), MaxPool2d(2)),
        *(Flatten(), Affine(8 * maps, 10, "he")),
    )
