"""Shuffled mini-batches."""

import doctest
import importlib

import numpy as np
import pytest

from cnnmath.data import batches


def test_docstring_examples_hold():
    result = doctest.testmod(importlib.import_module("cnnmath.data.batches"))
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("n", "size", "sizes"),
    [(1, 1, [1]), (6, 2, [2, 2, 2]), (7, 3, [3, 3, 1]), (5, 5, [5]), (5, 64, [5])],
)
def test_every_row_once_and_the_last_batch_may_be_smaller(n, size, sizes):
    parts = list(batches(n, size, np.random.default_rng(3)))
    assert [len(rows) for rows in parts] == sizes
    assert sorted(np.concatenate(parts).tolist()) == list(range(n))


def test_same_seed_same_batches_and_each_epoch_another_order():
    def two_epochs(seed):
        rng = np.random.default_rng(seed)
        return [np.concatenate(list(batches(50, 8, rng))).tolist() for _ in range(2)]

    assert two_epochs(1) == two_epochs(1)
    assert two_epochs(1) != two_epochs(2)
    first, second = two_epochs(1)
    assert first != second
    assert first != list(range(50))


def test_numpy_integers_are_sizes_too():
    assert len(list(batches(np.int64(4), np.int32(2), np.random.default_rng(0)))) == 2


@pytest.mark.parametrize(
    ("n", "size", "error", "message"),
    [
        (0, 2, ValueError, "batches: n must be at least 1, got 0"),
        (-1, 2, ValueError, "batches: n must be at least 1, got -1"),
        (5, 0, ValueError, "batches: size must be at least 1, got 0"),
        (5, -2, ValueError, "batches: size must be at least 1, got -2"),
        (5, 2.0, TypeError, "batches: size must be an integer, got 2.0"),
        (5, True, TypeError, "batches: size must be an integer, got True"),
        ("5", 2, TypeError, "batches: n must be an integer, got '5'"),
    ],
)
def test_bad_sizes_are_refused_at_the_call(n, size, error, message):
    with pytest.raises(error, match=message):
        batches(n, size, np.random.default_rng(0))


def test_a_bare_seed_is_refused():
    with pytest.raises(TypeError, match=r"batches: rng must be a np\.random\.Generator, got int"):
        batches(5, 2, 0)
