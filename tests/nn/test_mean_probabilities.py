"""Probabilities averaged over crops."""

import numpy as np
import pytest

from cnnmath.data import five_crop, load_digits
from cnnmath.nn import (
    Affine,
    Dropout,
    Flatten,
    Sequential,
    mean_probabilities,
    predict,
    softmax_regression,
)
from cnnmath.ops import ShapeError, softmax

SCORES = Sequential(Flatten())  # a sample is its own scores


def test_values_by_hand():
    """Two crops, one sample: (1/2, 1/2) and (3/4, 1/4)."""
    crops = np.array([[[0.0, 0.0]], [[np.log(3.0), 0.0]]])
    p = mean_probabilities(SCORES, ({},), crops)
    assert np.allclose(p, [[0.625, 0.375]], rtol=0, atol=1e-15)


def test_it_is_the_probabilities_that_are_averaged_not_the_scores():
    crops = np.array([[[50.0, 0.0]], [[0.0, 2.0]], [[0.0, 2.0]]])
    p = mean_probabilities(SCORES, ({},), crops)
    assert p.argmax() == 1  # the scores of the first crop would outvote the two others
    assert crops.mean(axis=0).argmax() == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_five_crops_of_images(dtype):
    x = load_digits(dtype).x_test[:50]
    crops = five_crop(x, 6)
    model = softmax_regression(36, 10)
    params = model.init(np.random.default_rng(0), dtype)
    p = mean_probabilities(model, params, crops)
    assert p.shape == (50, 10) and p.dtype == dtype
    assert np.allclose(p.sum(axis=1), 1, atol=8 * np.finfo(dtype).eps)
    wanted = sum(softmax(model.apply(params, crop)[0])[0] for crop in crops) / 5
    assert np.allclose(p, wanted, rtol=8 * np.finfo(dtype).eps)


def test_equal_crops_predict_as_one():
    x = load_digits(np.float64).x_test
    model = softmax_regression()
    params = model.init(np.random.default_rng(1))
    p = mean_probabilities(model, params, np.stack([x] * 3))
    assert np.array_equal(p.argmax(axis=1), predict(model, params, x))


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_batches_change_nothing_but_the_memory(batch_size):
    x = load_digits(np.float64).x_test[:20]
    model = softmax_regression(36, 10)
    params = model.init(np.random.default_rng(2))
    crops = five_crop(x, 6)
    p = mean_probabilities(model, params, crops, batch_size)
    assert np.allclose(p, mean_probabilities(model, params, crops), rtol=1e-14)


def test_dropout_draws_nothing_here():
    model = Sequential(Flatten(), Dropout(0.5), Affine(4, 3))
    params = model.init(np.random.default_rng(3))
    bare = Sequential(Flatten(), Affine(4, 3))
    crops = np.random.default_rng(4).standard_normal((5, 2, 1, 2, 2))
    wanted = mean_probabilities(bare, (params[0], params[2]), crops)
    assert np.array_equal(mean_probabilities(model, params, crops), wanted)


CROPS = np.zeros((5, 2, 3))
BAD = [
    (
        lambda: mean_probabilities(SCORES, ({},), CROPS[0]),
        ShapeError,
        r"mean_probabilities: crops has shape \(2, 3\); wanted \(crops, n, ...\)",
    ),
    (
        lambda: mean_probabilities(SCORES, ({},), CROPS[:, :, :1]),
        ShapeError,
        r"mean_probabilities: the model gives \(2, 1\); wanted scores \(n, k\) of k >= 2 classes",
    ),
    (
        lambda: mean_probabilities(SCORES, ({},), CROPS + np.nan),
        ValueError,
        r"mean_probabilities: crops\[0, 0, 0\] is nan; wanted finite numbers",
    ),
    (
        lambda: mean_probabilities(SCORES, ({},), CROPS, 0),
        ValueError,
        "mean_probabilities: batch_size must be at least 1, got 0",
    ),
    (
        lambda: mean_probabilities(SCORES, ({},), CROPS.astype(int)),
        TypeError,
        "mean_probabilities: crops has dtype int64; wanted float32 or float64",
    ),
    (
        lambda: mean_probabilities(
            Sequential(Affine(3, 2)),
            ({"w": np.full((2, 3), 1e300), "b": np.zeros(2)},),
            CROPS + 1e300,
        ),
        FloatingPointError,
        "the output of the model contains inf",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[m for *_, m in BAD])
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
