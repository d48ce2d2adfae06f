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
from cnnmath.ops.combine import MIX_MAPS, mix_maps
from cnnmath.ops.conv import CONV2D, conv2d
from cnnmath.ops.dropout import DROPOUT, dropout
from cnnmath.ops.im2col import col2im, im2col
from cnnmath.ops.loss import CROSS_ENTROPY, cross_entropy
from cnnmath.ops.penalty import (
    ENTROPY_PENALTY,
    IMPURITY_PENALTY,
    L1_PENALTY,
    L2_PENALTY,
    entropy_penalty,
    impurity_penalty,
    l1_penalty,
    l2_penalty,
)
from cnnmath.ops.pool import (
    MAX_POOL2D,
    MEAN_POOL2D,
    SUM_POOL2D,
    max_pool2d,
    mean_pool2d,
    sum_pool2d,
)
from cnnmath.ops.record import Case, Op
from cnnmath.ops.reshape import FLATTEN, flatten, rot180
from cnnmath.ops.softmax import LOG_SOFTMAX, SOFTMAX, log_softmax, softmax
from cnnmath.ops.squared_error import SQUARED_ERROR, squared_error
from cnnmath.ops.subsample import SUBSAMPLE2D, UPSAMPLE2D, subsample2d, upsample2d
from cnnmath.ops.windows import conv2d_output_size

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
    CONV2D,
    MAX_POOL2D,
    MEAN_POOL2D,
    SUM_POOL2D,
    FLATTEN,
    SUBSAMPLE2D,
    UPSAMPLE2D,
    MIX_MAPS,
    L1_PENALTY,
    ENTROPY_PENALTY,
    IMPURITY_PENALTY,
    DROPOUT,
)

__all__ = [
    "OPS",
    "Case",
    "Op",
    "ShapeError",
    "affine",
    "binary_cross_entropy",
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
