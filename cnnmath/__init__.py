"""cnnmath: the mathematics of convolutional networks, machine-checked, and the NumPy code it is bound to."""

from cnnmath.ops import ShapeError, affine, cross_entropy, l2_penalty, log_softmax, softmax

__version__ = "0.1.0"
__all__ = [
    "ShapeError",
    "affine",
    "cross_entropy",
    "l2_penalty",
    "log_softmax",
    "softmax",
]
