"""Layers, models, optimisers and the training loop: compositions of `cnnmath.ops`."""

from cnnmath.nn.activations import Relu, ScaledTanh, Sigmoid, Softplus, Tanh
from cnnmath.nn.layers import Affine, Flatten, Layer
from cnnmath.nn.models import mlp, softmax_regression
from cnnmath.nn.objective import loss_and_gradient
from cnnmath.nn.optimisers import SGD, Optimiser
from cnnmath.nn.parameters import Params, map_arrays, named_arrays
from cnnmath.nn.prediction import accuracy, predict
from cnnmath.nn.saving import Saved, load, save
from cnnmath.nn.sequential import Sequential
from cnnmath.nn.training import Epoch, Fit, State, fit

__all__ = [
    "SGD",
    "Affine",
    "Epoch",
    "Fit",
    "Flatten",
    "Layer",
    "Optimiser",
    "Params",
    "Relu",
    "Saved",
    "ScaledTanh",
    "Sequential",
    "Sigmoid",
    "Softplus",
    "State",
    "Tanh",
    "accuracy",
    "fit",
    "load",
    "loss_and_gradient",
    "map_arrays",
    "mlp",
    "named_arrays",
    "predict",
    "save",
    "softmax_regression",
]
