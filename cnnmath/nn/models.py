"""The models of the chapters."""

from cnnmath.nn.layers import Affine, Flatten
from cnnmath.nn.sequential import Sequential


def softmax_regression(d: int = 64, k: int = 10) -> Sequential:
    """Linear scores of `k` classes from `d` pixels, to be trained with `cross_entropy`.

    Takes x (n, d) or images of d values, as (n, 1, 8, 8). Source: 002 eq. 3.4. Chapter 01.

    >>> softmax_regression()
    Sequential(Flatten(), Affine(d=64, k=10))
    """
    return Sequential(Flatten(), Affine(d, k))
