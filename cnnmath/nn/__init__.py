"""Layers, models, optimisers and the training loop: compositions of `cnnmath.ops`."""

from cnnmath.nn.activations import Relu, ScaledTanh, Sigmoid, Softplus, Tanh
from cnnmath.nn.adaptive import Adagrad, Adam, RMSprop
from cnnmath.nn.classic import LENET_C3, bouvrie_net, classic_digits_net, mixing_net
from cnnmath.nn.convolution import Conv2d
from cnnmath.nn.dropout import Dropout
from cnnmath.nn.layers import Affine, Flatten, Layer
from cnnmath.nn.mixing import MixMaps
from cnnmath.nn.models import digits_cnn, lenet5, mlp, softmax_regression
from cnnmath.nn.objective import loss_and_gradient
from cnnmath.nn.optimisers import SGD, Optimiser
from cnnmath.nn.parameters import Params, map_arrays, named_arrays, parameter_counts
from cnnmath.nn.pooling import MaxPool2d, MeanPool2d, SumPool2d
from cnnmath.nn.prediction import accuracy, mean_probabilities, predict
from cnnmath.nn.saving import Saved, load, save
from cnnmath.nn.sequential import Sequential
from cnnmath.nn.subsampling import Subsample2d
from cnnmath.nn.training import Epoch, Fit, State, fit

__all__ = [
    "LENET_C3",
    "SGD",
    "Adagrad",
    "Adam",
    "Affine",
    "Conv2d",
    "Dropout",
    "Epoch",
    "Fit",
    "Flatten",
    "Layer",
    "MaxPool2d",
    "MeanPool2d",
    "MixMaps",
    "Optimiser",
    "Params",
    "RMSprop",
    "Relu",
    "Saved",
    "ScaledTanh",
    "Sequential",
    "Sigmoid",
    "Softplus",
    "State",
    "Subsample2d",
    "SumPool2d",
    "Tanh",
    "accuracy",
    "bouvrie_net",
    "classic_digits_net",
    "digits_cnn",
    "fit",
    "lenet5",
    "load",
    "loss_and_gradient",
    "map_arrays",
    "mean_probabilities",
    "mixing_net",
    "mlp",
    "named_arrays",
    "parameter_counts",
    "predict",
    "save",
    "softmax_regression",
]
