"""A picture of what short transforms do to a convolution: what is too long goes round and comes in again."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from cnnmath.course.arithmetic import plain
from cnnmath.course.number_tables import RESULT, WINDOW, Table, tables
from cnnmath.ops import ShapeError


def around_the_circle(f: Sequence[float], g: Sequence[float], lengths: Sequence[int]) -> Figure:
    """The convolution of f (a,) and g (b,) written in lines of each length, and their sum: what transforms
    of that length give. Numbers that went round are coloured. Lengths are at least those of f and g."""
    one, other = np.asarray(f, dtype=float), np.asarray(g, dtype=float)
    if one.ndim != 1 or other.ndim != 1 or not one.size or not other.size:
        raise ShapeError(
            f"around_the_circle: shapes {one.shape}, {other.shape}; wanted (a,) and (b,)"
        )
    least = max(len(one), len(other))
    if not lengths or min(lengths) < least:
        raise ValueError(f"around_the_circle: lengths {list(lengths)}; wanted at least {least}")
    linear = np.convolve(one, other)
    rows = [_row(one, other, linear, length) for length in lengths]
    return tables(rows, [_caption(linear, length) for length in lengths])


def folded(linear: np.ndarray, length: int) -> np.ndarray:
    """The numbers in lines of that length, NaN where none is left.

    >>> folded(np.array([0.0, 0, 1]), 2)
    array([[ 0.,  0.],
           [ 1., nan]])
    """
    lines = -(-len(linear) // length)
    table = np.full(lines * length, np.nan)
    table[: len(linear)] = linear
    return table.reshape(lines, length)


def _row(f: np.ndarray, g: np.ndarray, linear: np.ndarray, length: int) -> list[Table]:
    lines = folded(linear, length)
    late = {(0, place): WINDOW for place in range(length, len(linear))}
    again = {(1, place): WINDOW for place in range(len(linear) - length)}
    touched = dict.fromkeys(((0, place) for _, place in again), WINDOW)
    own = dict.fromkeys(((0, place) for place in range(length)), RESULT)
    circular = np.nansum(lines, axis=0)[None]
    return [
        Table("f", f[None]),
        Table("g", g[None], sign="∗"),
        Table("linear", linear[None], late, sign="="),
        Table(f"in lines of {length}", lines, again, sign="→"),
        Table("circular", circular, own | touched, sign="→"),
    ]


def _caption(linear: np.ndarray, length: int) -> str:
    late = len(linear) - length
    if late <= 0:
        return f"length {length}: nothing goes round"
    which = ", ".join(plain(number) for number in linear[length:])
    return (
        f"length {length}: {which} went round and {'was' if late == 1 else 'were'} added in front"
    )
