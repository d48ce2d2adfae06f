"""Centring with the mean of the training set."""

import doctest
import importlib

import numpy as np
import pytest

from cnnmath.data import center, load_digits


def test_docstring_examples_hold():
    result = doctest.testmod(importlib.import_module("cnnmath.data.center"))
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_pixel_of_the_digits_has_the_mean_0(dtype):
    digits = load_digits(dtype)
    found = center(digits.x_train, digits.x_test)
    assert found.x_train.dtype == found.mean.dtype == found.others[0].dtype == dtype
    assert found.mean.shape == (1, 8, 8)
    assert abs(found.x_train.mean(axis=0, dtype=np.float64)).max() < 4 * np.finfo(dtype).eps


def test_other_sets_lose_the_training_mean_not_their_own():
    digits = load_digits(np.float64)
    found = center(digits.x_train, digits.x_test, digits.x_test[:1])
    assert np.array_equal(found.others[0], digits.x_test - found.mean)
    assert abs(found.others[0].mean(axis=0)).max() > 0.01
    assert np.array_equal(found.others[1], found.others[0][:1])  # whatever company it is in
    assert found.others[1].any()


def test_values_by_hand():
    x = np.array([[1.0, 0.0], [3.0, 6.0], [5.0, 0.0]])
    found = center(x, np.array([[0.0, 2.0]]), np.array([[3.0, 2.0], [4.0, 4.0]]))
    assert found.mean.tolist() == [3, 2]
    assert found.x_train.tolist() == [[-2, -2], [0, 4], [2, -2]]
    assert [each.tolist() for each in found.others] == [[[-3, 0]], [[0, 0], [1, 2]]]
    assert center(x).others == ()


@pytest.mark.parametrize("shape", [(3,), (3, 2), (1, 2, 3, 4)], ids=str)
def test_any_rank_and_one_sample(shape):
    x = np.random.default_rng(0).standard_normal(shape)
    found = center(x)
    assert found.x_train.shape == shape and found.mean.shape == shape[1:]
    assert isinstance(found.mean, np.ndarray)
    assert np.allclose(found.x_train + found.mean, x)


def test_the_sum_of_many_float32_is_taken_in_float64():
    x = np.full((200_000, 1), 0.1, np.float32)
    assert center(x).mean[0] == np.float32(0.1)
    assert not center(x).x_train.any()


def test_inputs_stay_and_results_are_fresh():
    x, other = np.ones((2, 3)), np.zeros((1, 3))
    for each in (x, other):
        each.setflags(write=False)
    found = center(x, other)
    results = (found.x_train, *found.others, found.mean)
    assert all(each.flags.writeable for each in results)
    assert not any(np.shares_memory(each, given) for each in results for given in (x, other))


X = np.ones((2, 3))
BAD = [
    (lambda: center(X.tolist()), TypeError, "center: x_train must be a NumPy array, got list"),
    (
        lambda: center(X.astype(int)),
        TypeError,
        "center: x_train has dtype int64; wanted float32 or",
    ),
    (lambda: center(X.astype(object)), TypeError, "center: x_train has dtype object; wanted float"),
    (lambda: center(np.ma.masked_array(X)), TypeError, "must be a NumPy array, got MaskedArray"),
    (lambda: center(X[:0]), ValueError, r"center: x_train has shape \(0, 3\); wanted samples"),
    (lambda: center(np.array(1.0)), ValueError, r"center: x_train has shape \(\); wanted samples"),
    (lambda: center(X * np.nan), ValueError, "center: x_train holds NaN or infinity; wanted"),
    (lambda: center(X, X, X / 0.5 * np.inf), ValueError, r"center: others\[1\] holds NaN or inf"),
    (lambda: center(X, X.astype(int)), TypeError, r"center: others\[0\] has dtype int64; wanted"),
    (
        lambda: center(X, X.astype(np.float32)),
        ValueError,
        r"center: others\[0\] is float32 \(2, 3\); wanted float64 and samples of shape \(3,\), as x_tr",
    ),
    (
        lambda: center(X, X, np.ones((2, 1))),
        ValueError,
        r"center: others\[1\] is float64 \(2, 1\); wanted float64 and samples of shape \(3,\)",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[m for *_, m in BAD])
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
