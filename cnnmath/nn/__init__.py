"""Layers, models, optimisers and the training loop: compositions of `cnnmath.ops`."""

from cnnmath.nn.layers import Affine, Flatten, Layer
from cnnmath.nn.models import softmax_regression
from cnnmath.nn.optimisers import SGD, Optimiser
from cnnmath.nn.parameters import Params, map_arrays, named_arrays
from cnnmath.nn.sequential import Sequential
from cnnmath.nn.training import Epoch, Fit, accuracy, fit, loss_and_gradient, predict

__all__ = [
    "SGD",
    "Affine",
    "Epoch",
    "Fit",
    "Flatten",
    "Layer",
    "Optimiser",
    "Params",
    "Sequential",
    "accuracy",
    "fit",
    "loss_and_gradient",
    "map_arrays",
    "named_arrays",
    "predict",
    "softmax_regression",
]
