"""cnnmath: the mathematics of convolutional networks, machine-checked, and the NumPy code bound to it."""

from cnnmath.ops import (
    ShapeError,
    affine,
    binary_cross_entropy,
    cross_entropy,
    l2_penalty,
    log_softmax,
    relu,
    scaled_tanh,
    sigmoid,
    softmax,
    softplus,
    squared_error,
    tanh,
)

__version__ = "0.1.0"
__all__ = [
    "ShapeError",
    "affine",
    "binary_cross_entropy",
    "cross_entropy",
    "l2_penalty",
    "log_softmax",
    "relu",
    "scaled_tanh",
    "sigmoid",
    "softmax",
    "softplus",
    "squared_error",
    "tanh",
]
