"""The objective of a batch and its gradient.

J = mean loss + l2/2 sum w^2 + what layers cost.  Source: 002 eq. 3.23; 000 section 3.3.1.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from cnnmath.nn.layers import Costly
from cnnmath.nn.parameters import Params, named_arrays
from cnnmath.nn.sequential import Sequential
from cnnmath.ops import cross_entropy, l2_penalty

Loss: TypeAlias = Callable[[Any, Any], tuple[Any, Callable[[Any], tuple[Any, ...]]]]


@np.errstate(over="ignore", invalid="ignore")  # what is not finite is reported by name
def loss_and_gradient(
    model: Sequential,
    params: Params,
    x: Any,
    t: Any,
    *,
    loss: Loss = cross_entropy,
    l2: float = 0.0,
    train: bool = False,
    rng: np.random.Generator | None = None,
) -> tuple[Any, Params]:
    """The objective of one batch and its gradient with respect to all parameters.

    J = loss(scores, t) + l2/2 sum w^2 over every parameter named w; biases are not penalised. To that
    comes what the layers with a method `costs` ask for, such as the penalties of `MixMaps`; with a mean
    loss that is the mean over the samples of E + Omega in 000.
    Raises FloatingPointError if the output, J or a gradient is not finite.
    Source: 002 eq. 3.23; 000 section 3.3.1.
    """
    s, model_backward = model.apply(params, x, train=train, rng=rng)
    require_finite("the output of the model", s)
    value, loss_backward = loss(s, t)
    (ds,) = loss_backward(1)
    _, grads = model_backward(ds)
    for layer, arrays, gradient in zip(model.layers, params, grads, strict=True):
        if "w" in arrays and l2 != 0:
            penalty, penalty_backward = l2_penalty(arrays["w"], l2)
            (dw,) = penalty_backward(1)
            value = value + penalty
            gradient["w"] = gradient["w"] + dw
        if isinstance(layer, Costly):
            cost, slopes = layer.costs(arrays)
            value = value + cost
            for name, slope in slopes.items():
                gradient[name] = gradient[name] + slope
    require_finite("the loss", value)
    for name, array in named_arrays(grads):
        require_finite(f"the gradient of {name}", array)
    return value, grads


def require_finite(name: str, value: Any) -> None:
    array = np.asarray(value)
    if array.dtype == object:  # exact scalars, always finite
        return
    if not np.isfinite(array).all():
        raise FloatingPointError(f"{name} contains {array[~np.isfinite(array)][0]}")
