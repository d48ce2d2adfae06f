"""Centring: images minus the mean image of the training set.  Source: 002 eq. 6.24, 6.25.  Chapter 05."""

from typing import NamedTuple

import numpy as np

from cnnmath.data.images import check_samples


class Centered(NamedTuple):
    """What `center` gives; `mean` goes with a trained model, for whatever it sees later."""

    x_train: np.ndarray
    others: tuple[np.ndarray, ...]  # in the order given
    mean: np.ndarray  # one sample: (c, u, v)


def center(x_train: np.ndarray, *others: np.ndarray) -> Centered:
    """The arrays minus the mean of `x_train`, pixel by pixel: (x_train, others, mean).

    mean[c,u,v] = 1/N sum_n x_train[n,c,u,v], then x[n] - mean for every array; any shape (n, ...).
    The others are test sets: they lose the TRAINING mean, not their own. The model is a function of x - mean,
    and another mean would be another function: the same image would get other scores in another
    company, a single test image would become 0, and the means would differ most where the sets do, which is
    what a test ought to show. The sum is taken in float64; dtype is kept, results are fresh arrays.
    Raises TypeError (no float32 or float64 array, dtypes that differ), ValueError (empty sets, sizes that
    differ, NaN or infinity). Source: 002 eq. 6.24, 6.25.

    >>> center(np.array([[1.0, 4.0], [3.0, 8.0]]), np.array([[2.0, 7.0]])).others
    (array([[0., 1.]]),)
    """
    check_samples("center", "x_train", x_train)
    for i, x in enumerate(others):
        check_samples("center", f"others[{i}]", x)
        if x.dtype != x_train.dtype or x.shape[1:] != x_train.shape[1:]:
            raise ValueError(
                f"center: others[{i}] is {x.dtype} {x.shape}; wanted {x_train.dtype} and samples of "
                f"shape {x_train.shape[1:]}, as x_train"
            )
    mean = np.asarray(x_train.mean(axis=0, dtype=np.float64)).astype(x_train.dtype)
    return Centered(x_train - mean, tuple(x - mean for x in others), mean)
