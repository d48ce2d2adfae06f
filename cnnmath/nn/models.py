"""The models of the chapters."""

from itertools import pairwise

from cnnmath.nn.activations import ACTIVATIONS, Relu
from cnnmath.nn.choices import check_choice
from cnnmath.nn.classic import classic_lenet5
from cnnmath.nn.convolution import Conv2d
from cnnmath.nn.layers import Affine, Flatten, Layer
from cnnmath.nn.pooling import MaxPool2d
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


def digits_cnn() -> Sequential:
    """Convolutional net for the 8x8 digits: x (n, 1, 8, 8) -> scores (n, 10); 6,090 parameters.

    Two times convolution with 3x3 kernels, relu and maximum of 2x2: the maps go from 1 of 8x8 to 16 of
    4x4 to 32 of 2x2, and one affine map gives the scores. Weights start as `he`.
    Source: the layers of 002 section 5.2. Chapter 03.

    >>> digits_cnn().layers[:4]
    (Conv2d(c=1, o=16, size=3, padding=1), Relu(), MaxPool2d(size=2), Conv2d(c=16, o=32, size=3, padding=1))
    """
    return Sequential(
        _block(1, 16, 3, padding=1),
        _block(16, 32, 3, padding=1),
        Flatten(),
        Affine(32 * 2 * 2, 10, "he"),
    )


def lenet5(*, classic: bool = False) -> Sequential:
    """LeNet-5 as it is written today, or `classic=True` close to the paper: see `classic_lenet5`.

    Today: x (n, 1, 28, 28) -> scores (n, 10); 61,706 parameters.

    Convolutions with 5x5 kernels to 6 maps of 28x28 (the padding of 2 stands for the 32x32 images of the
    paper) and 16 of 10x10, each with relu and maximum of 2x2, then 120 and 84 relu units and the
    scores. The paper has scaled tanh, subsampling with weights, a table of connections and RBF outputs
    in their places; the classic one has the first three. Weights start as `he`.
    Source: Y. LeCun et al., Gradient-based learning applied to document recognition, Proc. IEEE 86(11),
    1998, section II.B, named in 000; 003 section 1.9. Chapters 03 and 04.

    >>> from cnnmath.nn import parameter_counts
    >>> parameter_counts(lenet5())
    (156, 0, 0, 2416, 0, 0, 0, 48120, 0, 10164, 0, 850)
    """
    if classic:
        return classic_lenet5()
    return Sequential(
        _block(1, 6, 5, padding=2),
        _block(6, 16, 5, padding=0),
        mlp(16 * 5 * 5, 120, 84, 10, initialise="he"),
    )


def _block(c: int, o: int, size: int, *, padding: int) -> Sequential:
    """Convolution, relu, maximum of 2x2."""
    return Sequential(Conv2d(c, o, size, padding=padding), Relu(), MaxPool2d(2))
