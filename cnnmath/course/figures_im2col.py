"""Pictures of the patch matrix: a convolution as one product, and the way back of the copies."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cnnmath.course.arithmetic import matrix, plain, products, term
from cnnmath.course.number_tables import RESULT, WINDOW, Table, tables, tints
from cnnmath.ops import ShapeError, col2im, conv2d, im2col
from cnnmath.ops.windows import windows


def patch_matrix(x: np.ndarray, w: np.ndarray, i: int, j: int) -> Figure:
    """The patches of an image x (u, v), times the kernel w (p, q) as a column; output (i, j) is framed.

    A column of the patch matrix has the colour of the kernel entry that it meets.
    """
    x, w = matrix("patch_matrix", "x", x), matrix("patch_matrix", "w", w)
    (I, J), (P, Q) = windows("patch_matrix", x.shape, w.shape).output, w.shape  # noqa: E741
    if not (0 <= i < I and 0 <= j < J):
        raise ValueError(f"patch_matrix: no entry [{i}, {j}] in an output of {I} x {J}")
    patches, z = im2col(x[None, None], w.shape), conv2d(x[None, None], w[None, None])[0][0, 0]
    r, colours = i * J + j, tints((1, P * Q))[0]
    by_column = {(row, s): colours[s] for row in range(I * J) for s in range(P * Q)}
    seen = {(i + p, j + q): colours[p * Q + q] for p, q in np.ndindex(P, Q)}
    row = [
        Table("image x", x, seen, frames=[(i, j, P, Q)]),
        Table("patches", patches, by_column, frames=[(r, 0, 1, P * Q)], sign="→"),
        Table("w", w.reshape(-1, 1), {(s, 0): colours[s] for s in range(P * Q)}, sign="×"),
        Table("z", z.reshape(-1, 1), {(r, 0): WINDOW}, frames=[(r, 0, 1, 1)], sign="="),
        Table("as a map", z, {(i, j): WINDOW}, frames=[(i, j, 1, 1)], sign="→"),
    ]
    said = f"row {r}: {products(patches[r], w)} = {plain(z[i, j])}, place ({i}, {j}) of the map"
    return tables([row], [said])


def copies_back(dz: np.ndarray, w: np.ndarray, u: int, v: int) -> Figure:
    """What arrives, dz (i, j), times the kernel w (p, q): a share for every copy; those of (u, v) add up."""
    dz, w = matrix("copies_back", "dz", dz), matrix("copies_back", "w", w)
    size = dz.shape[0] + w.shape[0] - 1, dz.shape[1] + w.shape[1] - 1
    if not (0 <= u < size[0] and 0 <= v < size[1]):
        raise ValueError(f"copies_back: no entry [{u}, {v}] in an image of {size[0]} x {size[1]}")
    shares = dz.reshape(-1, 1) * w.reshape(1, -1)
    dx = col2im(shares, (1, 1, *size), w.shape)[0, 0]
    mine = [(int(r), int(s)) for r, s in np.argwhere(_numbers(size, w.shape) == u * size[1] + v)]
    row = [
        Table("dz", dz.reshape(-1, 1)),
        Table("w", w.reshape(1, -1), sign="×"),
        Table("shares of the copies", shares, dict.fromkeys(mine, RESULT), sign="="),
        Table("dx", dx, {(u, v): RESULT}, frames=[(u, v, 1, 1)], sign="→"),
    ]
    said = " + ".join(term(shares[place]) for place in mine)
    said += f" = {plain(dx[u, v])}" if len(mine) > 1 else ", the only copy"
    return tables([row], [f"dx[{u},{v}] = {said}"])


def copies(size: Any, kernel: Any, stride: Any = 1) -> np.ndarray:
    """How often each entry of an image (u, v) stands in its patch matrix.

    >>> copies(3, 2).tolist()
    [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    """
    shape = (1, 1, *((size, size) if isinstance(size, int) else size))
    if len(shape) != 4:
        raise ShapeError(f"copies: size is {size!r}; wanted u or (u, v)")
    ones = np.ones_like(im2col(np.ones(shape), kernel, stride=stride))
    return col2im(ones, shape, kernel, stride=stride)[0, 0].astype(int)


def _numbers(size: tuple[int, int], kernel: tuple[int, ...]) -> np.ndarray:
    """The patch matrix of an image whose entries are numbered: where each copy comes from."""
    image = np.arange(float(size[0] * size[1])).reshape(1, 1, *size)
    return im2col(image, kernel)
