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
from cnnmath.ops.loss import (
    BINARY_CROSS_ENTROPY,
    CROSS_ENTROPY,
    SQUARED_ERROR,
    binary_cross_entropy,
    cross_entropy,
    squared_error,
)
from cnnmath.ops.penalty import L2_PENALTY, l2_penalty
from cnnmath.ops.record import Case, Op
from cnnmath.ops.softmax import LOG_SOFTMAX, SOFTMAX, log_softmax, softmax

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
    "cross_entropy",
    "l2_penalty",
    "log_softmax",
    "softmax",
]
