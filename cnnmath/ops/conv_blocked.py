"""conv2d block by block: the production path.

Of each kernel row p only the Q shifts along the columns are copied; what the row sees is a slice of these
copies, and there is one matrix product per kernel row:

z[o, (i j n)] = sum_p sum_{c,q} w[o,c,p,q] seen_p[(c q), (i j n)].

Where the stride skips rows a slice would be one more copy, and where the maps are more than the rows of
such a matrix, adding up P products moves more than it saves: then all P are copied, for one product.
Images are taken some at a time, so that the copies stay in the cache, and the image is the last axis, so
that copies run over long stretches. Every stride, padding and dilation; peak memory beside the result:
some copies of BLOCK_BYTES, or of one image, or of those with COLUMNS places, where that is more.  Chapter 05.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from cnnmath.ops.windows import Windows, windows

BLOCK_BYTES = 2**18  # copies of a block: with its products it fits the second level of cache
SHARES_BYTES = 2**20  # what one product gives back to a block of images
COLUMNS = 784  # of a product of kernel rows, at least: fewer would read the kernels too often
NARROW = 32  # with fewer maps OpenBLAS is faster where the multiplications of a product are so few that it
SMALL = 10**6  # need not pack its matrices


def blocked_value(x: Any, w: Any, geometry: Windows) -> Any:
    """z (n, o, i, j) without a bias."""
    z = np.empty((len(x), len(w), *geometry.output), x.dtype)
    folded = folds(len(w), w.shape[1], geometry)
    kernels = _kernel_matrices(w, folded)
    products = np.empty(0, x.dtype)
    for images, rows, (first, *others) in _copies(x, len(w), geometry, folded):
        products = _fitting(products, (2, len(w), first.shape[1]))
        columns, more = products  # the sum over kernel rows, and of the next one
        np.matmul(kernels[0], first, out=columns)
        for kernel, seen in zip(kernels[1:], others, strict=True):
            columns += np.matmul(kernel, seen, out=more)
        place = z[images, :, rows]
        place[...] = columns.reshape(*place.shape[1:], len(place)).transpose(3, 0, 1, 2)
    return z


def blocked_dx(dz: Any, w: Any, geometry: Windows) -> Any:
    """Gradient by x: at stride 1 a convolution of dz, with the kernels turned by 180 degrees, channels and
    maps exchanged (results full_convolution); otherwise scattered."""
    if geometry.stride != (1, 1):
        return scattered_dx(dz, w, geometry)
    turned = turned_windows(geometry)
    top, left = (max(0, -z) for z in _turned_paddings(geometry))
    bottom, right = (i - z for i, z in zip(geometry.output, (top, left), strict=True))
    return blocked_value(
        dz[:, :, top:bottom, left:right], w[:, :, ::-1, ::-1].swapaxes(0, 1), turned
    )


def scattered_dx(dz: Any, w: Any, geometry: Windows) -> Any:
    """Gradient by x at any stride: every window adds its share, w times dz, to the entries that it saw."""
    O, C, P, Q = w.shape  # noqa: E741
    dx = np.empty((len(dz), C, *geometry.size), dz.dtype)
    kernels = w.reshape(O, -1).T
    shares = padded = np.empty(0, dz.dtype)
    for images in _slices(len(dz), scattered_images(C * P * Q, geometry, dz.itemsize)):
        arrived = _images_last(dz[images])
        shares = _fitting(shares, (len(kernels), arrived[0].size))
        padded = _fitting(padded, (C, *geometry.padded, arrived.shape[-1]))
        np.matmul(kernels, arrived.reshape(O, -1), out=shares)
        by_place = shares.reshape(C, P, Q, *arrived.shape[1:])
        padded[...] = 0
        for p, q, rows, columns in geometry:
            padded[:, rows, columns] += by_place[:, p, q]
        dx[images] = padded[:, *geometry.inside].transpose(3, 0, 1, 2)
    return dx


def blocked_dw(x: Any, dz: Any, geometry: Windows) -> Any:
    """Gradient by w: what arrived times what was seen, summed over places and images."""
    O, C = dz.shape[1], x.shape[1]  # noqa: E741
    folded = folds(O, C, geometry)
    dw = np.zeros(_kernel_shape(O, C, geometry, folded), x.dtype)
    product = np.empty(dw.shape[1:], x.dtype)
    for images, rows, all_seen in _copies(x, O, geometry, folded):
        arrived = _images_last(dz[images, :, rows]).reshape(O, -1)
        for total, seen in zip(dw, all_seen, strict=True):
            total += np.matmul(arrived, seen.T, out=product)
    return _kernels(dw, (O, C, *geometry.kernel))


def turned_windows(geometry: Windows) -> Windows:
    """Of the convolution that dx is at stride 1: its padding is G (P - 1) - Z; where that is below 0, so many
    rows of dz are left out, which saw the border alone."""
    paddings = _turned_paddings(geometry)
    size = tuple(i + 2 * min(0, z) for i, z in zip(geometry.output, paddings, strict=True))
    padding = tuple(max(0, z) for z in paddings)
    dilation = geometry.dilation
    return windows("conv2d.backward", size, geometry.kernel, 1, padding, dilation)


def _turned_paddings(geometry: Windows) -> Any:
    return [
        g * (p - 1) - z
        for g, p, z in zip(geometry.dilation, geometry.kernel, geometry.padding, strict=True)
    ]


def folds(O: int, C: int, geometry: Windows) -> bool:  # noqa: E741
    """All P kernel rows are copied: the stride skips rows, or there are many more maps than copies."""
    return geometry.stride[0] > 1 or O > 2 * C * geometry.kernel[1]


def copies_shape(C: int, geometry: Windows, folded: bool, images: int = 1) -> tuple[int, ...]:
    """(c, p, q, i, j, n) of folded copies, (c, q, a, j, n) of shifts, with all rows a that are seen."""
    (P, Q), (I, J) = geometry.kernel, geometry.output  # noqa: E741
    if folded:
        return C, P, Q, I, J, images
    rows = (I - 1) * geometry.stride[0] + geometry.dilation[0] * (P - 1) + 1
    return C, Q, rows, J, images


def block_size(
    O: int,  # noqa: E741
    C: int,
    geometry: Windows,
    folded: bool,
    itemsize: int,
) -> tuple[int, int]:
    """Images at a time, and output rows.

    So many images that their copies take BLOCK_BYTES, and that a product of few maps is SMALL; but so many
    that they make COLUMNS (folded copies of few images are slow: no such bound). Where one image is more
    than that, so many of its rows that they make COLUMNS; folded, all of them.
    """
    (P, Q), (I, J) = geometry.kernel, geometry.output  # noqa: E741
    images = BLOCK_BYTES // (prod(copies_shape(C, geometry, folded)) * itemsize)
    if O < NARROW:
        images = min(images, SMALL // (O * C * Q * (P if folded else 1) * I * J))
    images = max(images, 0 if folded else -(-COLUMNS // (I * J)))
    if images > 1 or folded:
        return max(1, images), I
    return 1, min(I, -(-COLUMNS // J))


def scattered_images(shares: int, geometry: Windows, itemsize: int) -> int:
    """So many that what comes back, C P Q ``shares`` at each place, takes SHARES_BYTES; at least one."""
    places = geometry.output[0] * geometry.output[1]
    return max(1, SHARES_BYTES // (shares * places * itemsize))


def _slices(count: int, step: int) -> Iterator[slice]:
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))


def _copies(
    x: Any,
    O: int,  # noqa: E741
    geometry: Windows,
    folded: bool,
) -> Iterator[tuple[slice, slice, list[Any]]]:
    """Block by block the images, the output rows, and what the matrices of kernels are multiplied with: one
    per kernel row, or one for all. The memory is that of the block before: it is warm, and needs no new
    pages."""
    N, C = x.shape[:2]
    images_at_once, rows_at_once = block_size(O, C, geometry, folded, x.itemsize)
    padded = copies = np.empty(0, x.dtype)
    for images in _slices(N, images_at_once):
        n = images.stop - images.start
        if padded.shape[-1] != n:
            padded = np.zeros((C, *geometry.padded, n), x.dtype)
        padded[:, *geometry.inside] = x[images].transpose(1, 2, 3, 0)
        for rows in _slices(geometry.output[0], rows_at_once):
            part = _part(geometry, rows)
            below = padded[:, rows.start * geometry.stride[0] :]
            copies = _fitting(copies, copies_shape(C, part, folded, n))
            yield images, rows, _seen(below, copies, part, folded)


def _part(geometry: Windows, rows: slice) -> Windows:
    """With so many output rows."""
    count, (I, J) = rows.stop - rows.start, geometry.output  # noqa: E741
    return geometry if count == I else replace(geometry, output=(count, J))


def _seen(padded: Any, copies: Any, geometry: Windows, folded: bool) -> list[Any]:
    """Fill the copies; one matrix of them per kernel row, or one for all."""
    places = list(geometry)
    C, (_, Q) = len(padded), geometry.kernel
    if folded:
        for p, q, rows, columns in places:
            copies[:, p, q] = padded[:, rows, columns]
        return [copies.reshape(C * geometry.entries, -1)]
    for _, q, _, columns in places[:Q]:
        copies[:, q] = padded[:, : copies.shape[2], columns]
    return [copies[:, :, rows].reshape(C * Q, -1) for _, _, rows, _ in places[::Q]]


def _images_last(dz: Any) -> Any:
    return np.ascontiguousarray(dz.transpose(1, 2, 3, 0))


def _fitting(array: Any, shape: tuple[int, ...]) -> Any:
    """The memory of the block before, if this one is as large; else new memory, not filled."""
    return array if array.shape == shape else np.empty(shape, array.dtype)


def _kernel_matrices(w: Any, folded: bool) -> Any:
    """(p, o, c q), one per kernel row; folded (1, o, c p q)."""
    O, C, P, Q = w.shape  # noqa: E741
    if folded:
        return w.reshape(1, O, -1)
    return w.transpose(2, 0, 1, 3).reshape(P, O, C * Q)


def _kernel_shape(O: int, C: int, geometry: Windows, folded: bool) -> tuple[int, int, int]:  # noqa: E741
    P, Q = geometry.kernel
    return (1, O, C * P * Q) if folded else (P, O, C * Q)


def _kernels(matrices: Any, shape: tuple[int, ...]) -> Any:
    """Back to (o, c, p, q)."""
    O, C, P, Q = shape  # noqa: E741
    if len(matrices) == 1:
        return matrices.reshape(shape)
    return np.ascontiguousarray(matrices.reshape(P, O, C, Q).transpose(1, 2, 0, 3))
