"""Layers one after the other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from cnnmath.nn.layers import Layer
from cnnmath.nn.parameters import Params
from cnnmath.ops import ShapeError

Backward: TypeAlias = Callable[[Any], tuple[Any, Params]]


@dataclass(frozen=True, init=False, repr=False)
class Sequential:
    """Layers one after the other; its parameters are the tuple of theirs.

    A Sequential among the layers is replaced by its own layers. Raises ShapeError where a layer
    gives another size than the next one takes.
    """

    layers: tuple[Layer, ...]

    def __init__(self, *layers: "Layer | Sequential") -> None:
        parts = [layer.layers if isinstance(layer, Sequential) else (layer,) for layer in layers]
        object.__setattr__(self, "layers", sum(parts, ()))
        _check_chain(self.layers)

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"

    def init(self, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Params:
        """Fresh parameters, drawn from the first layer to the last."""
        return tuple(layer.init(rng, dtype) for layer in self.layers)

    def apply(
        self,
        params: Params,
        x: Any,
        *,
        train: bool = False,
        rng: np.random.Generator | None = None,
        need_dx: bool = False,
    ) -> tuple[Any, Backward]:
        """Output and `backward(dy) -> (dx, dparams)`.

        The gradient of the model's own input is seldom wanted: dx is None unless `need_dx=True`,
        and the first layer with parameters then computes none either.
        """
        if len(params) != len(self.layers):
            raise ValueError(f"{self!r}: params has {len(params)} entries; wanted one per layer")
        has_params = [i for i, arrays in enumerate(params) if arrays]
        first = 0 if need_dx else min(has_params, default=len(params))  # backward goes down to it
        backwards = []
        for i, (layer, arrays) in enumerate(zip(self.layers, params, strict=True)):
            x, layer_backward = layer.apply(
                arrays, x, train=train, rng=rng, need_dx=need_dx or i > first
            )
            backwards.append(layer_backward)

        def backward(dy: Any) -> tuple[Any, Params]:
            grads: list[dict[str, Any]] = [{} for _ in backwards]
            for i in reversed(range(first, len(backwards))):
                dy, grads[i] = backwards[i](dy)
            return (dy if need_dx else None), tuple(grads)

        return x, backward


def _check_chain(layers: tuple[Layer, ...]) -> None:
    if not layers:
        raise ValueError("Sequential: no layers; wanted at least one")
    size = None  # of axis 1, None while unknown
    for i, layer in enumerate(layers):
        if isinstance(layer, type) or not hasattr(layer, "apply"):
            raise TypeError(
                f"Sequential: layer {i} is {layer!r}; wanted one such as Affine(64, 10)"
            )
        if size is not None and layer.takes not in (None, size):
            raise ShapeError(
                f"Sequential: layer {i}, {layer}, takes {layer.takes} features, "
                f"but layer {i - 1}, {layers[i - 1]}, gives {size}"
            )
        size = layer.gives(size)
