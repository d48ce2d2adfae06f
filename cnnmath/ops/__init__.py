"""What runs: NumPy functions that return ``(value, backward)``, one file per family."""

from cnnmath.ops.activation import (
    RELU,
    SCALED_TANH,
    SIGMOID,
    SOFTPLUS,
    TANH,
    relu,
    scaled_tanh,
    sigmoid,
    softplus,
    tanh,
)
from cnnmath.ops.affine import AFFINE, affine
from cnnmath.ops.arrays import ShapeError
from cnnmath.ops.binary_cross_entropy import BINARY_CROSS_ENTROPY, binary_cross_entropy
from cnnmath.ops.loss import CROSS_ENTROPY, cross_entropy
from cnnmath.ops.penalty import L2_PENALTY, l2_penalty
from cnnmath.ops.record import Case, Op
from cnnmath.ops.softmax import LOG_SOFTMAX, SOFTMAX, log_softmax, softmax
from cnnmath.ops.squared_error import SQUARED_ERROR, squared_error

OPS: tuple[Op, ...] = (
    AFFINE,
    SOFTMAX,
    LOG_SOFTMAX,
    CROSS_ENTROPY,
    L2_PENALTY,
    RELU,
    SIGMOID,
    TANH,
    SCALED_TANH,
    SOFTPLUS,
    SQUARED_ERROR,
    BINARY_CROSS_ENTROPY,
)

__all__ = [
    "OPS",
    "Case",
    "Op",
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
