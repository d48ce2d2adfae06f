"""What each window of an image sees, as the rows of a matrix: im2col, and its adjoint col2im.

X~[(n I + i) J + j, (c P + p) Q + q] = x[n,c, S i + G p - Z, S j + G q - Z], x = 0 outside.
Source: 002 eq. 6.16-6.20.  Chapter 05.
"""

from typing import Any

import numpy as np

from cnnmath.ops.arrays import ShapeError, check, check_array
from cnnmath.ops.windows import Windows, pad, pair, windows

AXES = {"x": "n c u v"}
ORDERS = ("C", "F")


def im2col(
    x: Any, size: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1, order: str = "C"
) -> Any:
    """The patch matrix of x, a copy: one row per output place, one column per kernel entry.

    X~[(n I + i) J + j, (c P + p) Q + q] = x[n,c, S i + G p - Z, S j + G q - Z], zero outside x;
    x (n, c, u, v) -> X~ (n i j, c p q) with I = floor((U + 2 Z - G (P - 1) - 1)/S) + 1. ``size`` is P or
    (P, Q); stride S, padding Z and dilation G are ints or pairs (rows, columns). A convolution is one
    product: row (n, i, j) of ``im2col(x, (P, Q)) @ w.reshape(O, -1).T + b`` is z[n, :, i, j].
    ``order="C"`` is row-major, as NumPy reshapes. ``order="F"`` is column-major in the places of a map and
    in the kernel, as in the source: row (n J + j) I + i, column (c Q + q) P + p.
    NaN and infinity are copied. Raises ShapeError (rank, empty x, a window larger than the padded input),
    ValueError (size, stride, padding, dilation, order), TypeError. Source: 002 eq. 6.16-6.19.
    """
    check("im2col", AXES, x=x)
    geometry = _geometry("im2col", x.shape[2:], size, stride, padding, dilation, order)
    matrix = np.empty(_shape(x.shape, geometry), x.dtype)
    patches, padded = _by_place(matrix, x.shape, geometry, order), pad(x, geometry)
    for p, q, rows, columns in geometry:
        patches[..., p, q] = padded[..., rows, columns].transpose(0, 2, 3, 1)
    return matrix


def col2im(
    patches: Any,
    shape: Any,
    size: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    order: str = "C",
) -> Any:
    """The adjoint of ``im2col``: every copy is added to the entry that it was copied from.

    x[n,c,u,v] = sum of patches[(n I + i) J + j, (c P + p) Q + q] over S i + G p - Z = u, S j + G q - Z = v;
    patches (n i j, c p q) -> x of ``shape`` (n, c, u, v); the other arguments as for ``im2col``. An entry
    that no window sees gets 0. It is no inverse: ``col2im(im2col(x))`` is x times the number of windows
    that see it. ``sum(im2col(x) * patches) == sum(x * col2im(patches))``: the gradient of ``im2col``.
    Raises as ``im2col``, and ShapeError for patches that do not fit. Source: 002 section 6.2.2.
    """
    check_array("col2im", "patches", patches)
    shape = _image_shape(shape)
    geometry = _geometry("col2im", shape[2:], size, stride, padding, dilation, order)
    wanted = _shape(shape, geometry)
    if patches.shape != wanted:
        raise ShapeError(
            f"col2im: patches has shape {patches.shape}, wanted {wanted}: (n i j, c p q) of x {shape} with "
            f"windows {geometry.kernel} at {geometry.output} places"
        )
    places = _by_place(patches, shape, geometry, order)
    padded = np.zeros((*shape[:2], *geometry.padded), patches.dtype)
    for p, q, rows, columns in geometry:
        padded[..., rows, columns] += places[..., p, q].transpose(0, 3, 1, 2)
    return padded[(..., *geometry.inside)].copy()


def _geometry(
    op: str, image: Any, size: Any, stride: Any, padding: Any, dilation: Any, order: str
) -> Windows:
    if order not in ORDERS:
        raise ValueError(f'{op}: order is {order!r}; wanted "C" (row-major) or "F" (column-major)')
    return windows(op, image, pair(op, "size", size, 1), stride, padding, dilation)


def _image_shape(shape: Any) -> tuple[int, ...]:
    """(n, c, u, v), each at least 1."""
    if not isinstance(shape, tuple | list) or len(shape) != 4:
        raise ShapeError(f"col2im: shape is {shape!r}; wanted (n, c, u, v)")
    for axis, size in zip("ncuv", shape, strict=True):
        if isinstance(size, bool) or not isinstance(size, int | np.integer):
            raise TypeError(f"col2im: axis {axis} of shape must be an int, got {size!r}")
        if size < 1:
            raise ShapeError(f"col2im: axis {axis} of shape is {size}; wanted a size >= 1")
    return tuple(map(int, shape))


def _shape(shape: tuple[int, ...], geometry: Windows) -> tuple[int, int]:
    (N, C), (I, J), (P, Q) = shape[:2], geometry.output, geometry.kernel  # noqa: E741
    return N * I * J, C * P * Q


def _by_place(matrix: Any, shape: tuple[int, ...], geometry: Windows, order: str) -> Any:
    """The patch matrix with axes (n, i, j, c, p, q); a view, if the matrix is contiguous."""
    (N, C), (I, J), (P, Q) = shape[:2], geometry.output, geometry.kernel  # noqa: E741
    if order == "C":
        return matrix.reshape(N, I, J, C, P, Q)
    return matrix.reshape(N, J, I, C, Q, P).transpose(0, 2, 1, 3, 5, 4)
