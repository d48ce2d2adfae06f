"""Mini-batches: one epoch is one shuffled pass over all rows."""

from collections.abc import Iterator

import numpy as np


def batches(n: int, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Row numbers 0..n-1 of one epoch, shuffled by `rng`, `size` at a time; the last may be fewer.

    Every row occurs once; the order is drawn at the call. Raises ValueError for an empty set or a
    `size` below 1, TypeError for what is no integer and for an `rng` that is no Generator.

    >>> [rows.tolist() for rows in batches(5, 2, np.random.default_rng(0))]
    [[2, 4], [3, 0], [1]]
    """
    check_count("batches", "n", n)
    check_count("batches", "size", size)
    check_rng("batches", rng)
    order = rng.permutation(n)
    return (order[start : start + size] for start in range(0, n, size))


def check_count(function: str, name: str, count: object) -> None:
    """An integer of at least 1."""
    if isinstance(count, bool) or not isinstance(count, int | np.integer):
        raise TypeError(f"{function}: {name} must be an integer, got {count!r}")
    if count < 1:
        raise ValueError(f"{function}: {name} must be at least 1, got {count}")


def check_rng(function: str, rng: object) -> None:
    """A generator such as `np.random.default_rng(0)`, not a bare seed."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"{function}: rng must be a np.random.Generator, got {type(rng).__name__}")
