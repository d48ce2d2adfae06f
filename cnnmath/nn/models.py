"""The models of the chapters."""

from itertools import pairwise

from cnnmath.nn.activations import ACTIVATIONS
from cnnmath.nn.choices import check_choice
from cnnmath.nn.layers import Affine, Flatten, Layer
from cnnmath.nn.sequential import Sequential


def softmax_regression(d: int = 64, k: int = 10) -> Sequential:
    """Linear scores of `k` classes from `d` pixels, to be trained with `cross_entropy`.

    Takes x (n, d) or images of d values, as (n, 1, 8, 8). Source: 002 eq. 3.4. Chapter 01.

    >>> softmax_regression()
    Sequential(Flatten(), Affine(d=64, k=10))
    """
    return Sequential(Flatten(), Affine(d, k))


def mlp(*sizes: int, activation: str = "relu", initialise: str = "small") -> Sequential:
    """Multilayer perceptron: affine layers of the given sizes, an activation after all but the last.

    Takes x (n, sizes[0]) or images of as many values, gives scores (n, sizes[-1]). `activation` is
    relu, sigmoid, tanh, scaled_tanh or softplus, `initialise` as for `Affine`.
    Raises ValueError (fewer than two sizes, unknown words). Source: 002, Algorithm 2. Chapter 02.

    >>> mlp(64, 32, 10)
    Sequential(Flatten(), Affine(d=64, k=32), Relu(), Affine(d=32, k=10))
    """
    if len(sizes) < 2:
        raise ValueError(f"mlp: sizes are {sizes}; wanted at least two, as in mlp(64, 32, 10)")
    check_choice("mlp", "activation", activation, ACTIVATIONS)
    layers: list[Layer] = [Flatten()]
    for d, k in pairwise(sizes):
        layers += [Affine(d, k, initialise), ACTIVATIONS[activation]()]
    return Sequential(*layers[:-1])
