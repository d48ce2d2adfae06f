"""cnnmath: the mathematics of convolutional networks, machine-checked, and the NumPy code bound to it."""

from importlib import import_module
from typing import Any

from cnnmath.ops import (
    ShapeError,
    affine,
    binary_cross_entropy,
    col2im,
    conv2d,
    conv2d_output_size,
    cross_entropy,
    dropout,
    entropy_penalty,
    flatten,
    im2col,
    impurity_penalty,
    l1_penalty,
    l2_penalty,
    log_softmax,
    max_pool2d,
    mean_pool2d,
    mix_maps,
    relu,
    rot180,
    scaled_tanh,
    sigmoid,
    softmax,
    softplus,
    squared_error,
    subsample2d,
    sum_pool2d,
    tanh,
    upsample2d,
)

__version__ = "0.1.0"
__all__ = [
    "ShapeError",
    "affine",
    "binary_cross_entropy",
    "check_gradient",
    "col2im",
    "conv2d",
    "conv2d_output_size",
    "cross_entropy",
    "dropout",
    "entropy_penalty",
    "flatten",
    "im2col",
    "impurity_penalty",
    "l1_penalty",
    "l2_penalty",
    "log_softmax",
    "max_pool2d",
    "mean_pool2d",
    "mix_maps",
    "relu",
    "rot180",
    "scaled_tanh",
    "sigmoid",
    "softmax",
    "softplus",
    "squared_error",
    "subsample2d",
    "sum_pool2d",
    "tanh",
    "upsample2d",
]


def __getattr__(name: str) -> Any:
    """``check_gradient`` is loaded when it is asked for: it needs SymPy, the rest needs NumPy alone."""
    if name == "check_gradient":
        return import_module("cnnmath.proof.check_gradient").check_gradient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
