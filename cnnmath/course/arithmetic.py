"""Sums written out by hand, and the tables at one step of them: for pictures and slider frames."""

from typing import Any

import numpy as np

from cnnmath.ops import ShapeError, conv2d
from cnnmath.ops.windows import Windows, pad, windows

Cell = tuple[int, int]


def plain(number: Any) -> str:
    """Three digits, no trailing zeros and no minus before a zero."""
    text = f"{float(number):.3g}"
    return "0" if text == "-0" else text


def term(number: Any) -> str:
    """As it stands in a sum or a product: a negative number in parentheses."""
    return f"({plain(number)})" if plain(number).startswith("-") else plain(number)


def products(a: np.ndarray, b: np.ndarray) -> str:
    """``a[0]·b[0] + a[1]·b[1] + ...`` in row-major order.

    >>> products(np.array([[1, -2]]), np.array([[3, 0.5]]))
    '1·3 + (-2)·0.5'
    """
    pairs = zip(a.flat, b.flat, strict=True)
    return " + ".join(f"{term(one)}·{term(other)}" for one, other in pairs)


def matrix(name: str, argument: str, values: Any) -> np.ndarray:
    """The argument as float64 if it is a table of finite numbers (rows, columns)."""
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or not values.size:
        raise ShapeError(f"{name}: {argument} has shape {values.shape}; wanted (rows, columns)")
    if not np.isfinite(values).all():
        raise ValueError(f"{name}: {argument} holds NaN or infinity; wanted finite numbers")
    return values


def outside(geometry: Windows) -> set[Cell]:
    """The cells of the padded input that are padding."""
    (rows, columns), cells = geometry.inside, np.ndindex(geometry.padded)
    return {
        (u, v)
        for u, v in cells
        if not (rows.start <= u < rows.stop and columns.start <= v < columns.stop)
    }


def way_back(dz: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, set[Cell]]:
    """dz with P - 1 zeros around it, dx as conv2d gives it at stride 1, and the cells of the zeros."""
    (p, q), (i, j) = w.shape, dz.shape
    x = np.zeros((1, 1, i + p - 1, j + q - 1))
    dx = conv2d(x, w[None, None])[1](dz[None, None])[0][0, 0]
    geometry = windows("way_back", dz.shape, (1, 1), 1, (p - 1, q - 1))
    return pad(dz, geometry), dx, outside(geometry)


def so_far(table: np.ndarray, row: int, column: int) -> np.ndarray:
    """The table with all that comes after (row, column) still empty: NaN."""
    filled = np.array(table, dtype=float, order="C")
    filled.reshape(-1)[row * table.shape[1] + column + 1 :] = np.nan
    return filled
