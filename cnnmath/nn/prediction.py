"""Predicted classes and their accuracy, probabilities averaged over crops.  Source: 002 sections 3.4, 6.7."""

import numpy as np

from cnnmath.data.batches import check_count
from cnnmath.nn.objective import require_finite
from cnnmath.nn.parameters import Params
from cnnmath.nn.sequential import Sequential
from cnnmath.ops import ShapeError, softmax
from cnnmath.ops.arrays import check_array, check_finite


@np.errstate(over="ignore", invalid="ignore")
def predict(
    model: Sequential,
    params: Params,
    x: np.ndarray,
    batch_size: int = 1024,
    *,
    threshold: float = 0.0,
) -> np.ndarray:
    """Class of each sample, int64 (n,): the column of the largest score, the first on ties.

    A model with one output has the classes 0 and 1: 1 where the output is above `threshold`. That is
    0 for a logit, as `binary_cross_entropy` wants it, and 0.5 for a model that ends in a sigmoid.
    Runs `batch_size` samples at a time, to bound the memory. Raises FloatingPointError if the
    output is not finite. Source: 002 eq. 3.50.
    """
    check_array("predict", "x", x)
    check_finite("predict", "x", x)
    check_count("predict", "batch_size", batch_size)
    return _classes(_scores(model, params, x, batch_size), threshold)


@np.errstate(over="ignore", invalid="ignore")
def mean_probabilities(
    model: Sequential, params: Params, crops: np.ndarray, batch_size: int = 1024
) -> np.ndarray:
    """Class probabilities, averaged over several crops of each sample, (n, k) in the dtype of the crops.

    p[n] = 1/C sum_i softmax(scores of crops[i, n]); crops (C, n, ...) as `five_crop` gives them. The class is
    `p.argmax(axis=1)`. It is the probabilities that are averaged: they are at most 1, so that no crop
    outvotes the others by large scores.
    Raises ShapeError (fewer than three axes, one output), ValueError (NaN, infinity), FloatingPointError if
    the output of the model is not finite. Source: 002 section 6.7.
    """
    check_array("mean_probabilities", "crops", crops)
    check_finite("mean_probabilities", "crops", crops)
    check_count("mean_probabilities", "batch_size", batch_size)
    if crops.ndim < 3:
        raise ShapeError(
            f"mean_probabilities: crops has shape {crops.shape}; wanted (crops, n, ...)"
        )
    scores = [_scores(model, params, crop, batch_size) for crop in crops]
    if scores[0].ndim != 2 or scores[0].shape[1] == 1:
        raise ShapeError(
            f"mean_probabilities: the model gives {scores[0].shape}; wanted scores (n, k) of k >= 2 classes"
        )
    return np.mean([softmax(each)[0] for each in scores], axis=0, dtype=crops.dtype)


def accuracy(y: np.ndarray, t: np.ndarray) -> float:
    """Share of predicted labels y (n,) that equal the targets t.  Source: 002 eq. 3.52.

    t are labels (n,), or one-hot rows and other targets (n, k): the class is the column of the
    largest, the first on ties; in a single column, class 1 is above 1/2 (targets 0/1 or -1/1).
    For targets that mean no class, as in regression, the number means nothing.

    >>> accuracy(np.array([3, 1, 4, 1]), np.array([3, 1, 4, 4]))
    0.75
    >>> accuracy(np.array([1, 1]), np.array([[0.0, 1.0], [1.0, 0.0]]))
    0.5
    """
    if np.ndim(y) != 1 or np.ndim(t) not in (1, 2) or len(y) != len(t) or np.size(t) == 0:
        raise ShapeError(
            f"accuracy: y has shape {np.shape(y)}, t {np.shape(t)}; "
            "wanted labels (n,) in both, or targets (n, k) in t"
        )
    return float(np.mean(y == (t if np.ndim(t) == 1 else _classes(t, 0.5))))


def _scores(model: Sequential, params: Params, x: np.ndarray, batch_size: int) -> np.ndarray:
    """What the model gives for all samples, so many at a time, finite."""
    starts = range(0, len(x), batch_size)
    parts = [model.apply(params, x[start : start + batch_size])[0] for start in starts]
    scores = np.concatenate(parts)
    require_finite("the output of the model", scores)
    return scores


def _classes(scores: np.ndarray, threshold: float) -> np.ndarray:
    """Column of the largest of each row; of a single column, whether it is above the threshold."""
    if scores.shape[1] == 1:
        return (scores[:, 0] > threshold).astype(np.int64)
    return scores.argmax(axis=1)
