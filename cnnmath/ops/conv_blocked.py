"""conv2d block by block: the production path.

Of each kernel row p only the Q shifts along the columns are copied; what the row sees is a slice of these
copies, and there is one matrix product per kernel row:

z[o, (i j n)] = sum_p sum_{c,q} w[o,c,p,q] seen_p[(c q), (i j n)].

Where the stride skips rows they would be no slices: then all P are copied, for one product. Images are
taken some at a time, so that the copies stay in the cache, and the image is the last axis, so that copies
run over long stretches. Every stride, padding and dilation; peak memory beside the result: some copies of
BLOCK_BYTES, or of one image where that is more.  Chapter 05.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnnmath.ops.windows import Windows, windows

BLOCK_BYTES = (
    2**18
)  # of the copies of one block: with its products it fits the second level of cache


def blocked_value(x: Any, w: Any, geometry: Windows) -> Any:
    """z (n, o, i, j) without a bias."""
    z = np.empty((len(x), len(w), *geometry.output), x.dtype)
    kernels = _kernel_matrices(w, geometry)
    for images in _blocks(x.shape, geometry, x.itemsize):
        first, *others = _seen(x[images], geometry)
        columns = kernels[0] @ first
        for kernel, seen in zip(kernels[1:], others, strict=True):
            columns += kernel @ seen
        z[images] = columns.reshape(len(w), *geometry.output, -1).transpose(3, 0, 1, 2)
    return z


def blocked_dx(dz: Any, w: Any, geometry: Windows) -> Any:
    """Gradient by x. At stride 1 it is a convolution of dz; otherwise every window adds its share to the
    entries that it saw."""
    if geometry.stride == (1, 1):
        return blocked_value(*_turned(dz, w, geometry))
    dx = np.empty((len(dz), w.shape[1], *geometry.size), dz.dtype)
    for images in _blocks(dx.shape, geometry, dz.itemsize):
        arrived = _images_last(dz[images])
        shares = w.reshape(len(w), -1).T @ arrived.reshape(len(w), -1)
        shares = shares.reshape(*w.shape[1:], *arrived.shape[1:])
        padded = np.zeros((w.shape[1], *geometry.padded, arrived.shape[-1]), dz.dtype)
        for p, q, rows, columns in geometry:
            padded[:, rows, columns] += shares[:, p, q]
        dx[images] = padded[:, *geometry.inside].transpose(3, 0, 1, 2)
    return dx


def blocked_dw(x: Any, dz: Any, geometry: Windows) -> Any:
    """Gradient by w: what arrived times what was seen, summed over places and images."""
    O = dz.shape[1]  # noqa: E741
    dw: Any = 0
    for images in _blocks(x.shape, geometry, x.itemsize):
        arrived = _images_last(dz[images]).reshape(O, -1)
        dw = dw + np.stack([arrived @ seen.T for seen in _seen(x[images], geometry)])
    return _kernels(dw, (O, x.shape[1], *geometry.kernel))


def _turned(dz: Any, w: Any, geometry: Windows) -> tuple[Any, Any, Windows]:
    """The convolution that dx is at stride 1: kernels turned by 180 degrees, channels and maps exchanged,
    padding G (P - 1) - Z (results full_convolution); below 0 it cuts off what saw the border alone."""
    paddings = [
        g * (p - 1) - z
        for g, p, z in zip(geometry.dilation, geometry.kernel, geometry.padding, strict=True)
    ]
    (top, left), (I, J) = (max(0, -z) for z in paddings), geometry.output  # noqa: E741
    dz = dz[:, :, top : I - top, left : J - left]
    turned = windows(
        "conv2d.backward",
        dz.shape[2:],
        geometry.kernel,
        padding=tuple(max(0, z) for z in paddings),
        dilation=geometry.dilation,
    )
    return dz, w[:, :, ::-1, ::-1].swapaxes(0, 1), turned


def _blocks(shape: tuple[int, ...], geometry: Windows, itemsize: int) -> Iterator[slice]:
    """So many images at a time that their copies take BLOCK_BYTES; at least one."""
    N, C = shape[:2]
    (P, Q), (I, J) = geometry.kernel, geometry.output  # noqa: E741
    rows = geometry.padded[0] if geometry.stride[0] == 1 else P * I
    images = max(1, BLOCK_BYTES // (C * Q * rows * J * itemsize))
    for start in range(0, N, images):
        yield slice(start, min(start + images, N))


def _seen(x: Any, geometry: Windows) -> list[Any]:
    """What the matrices of kernels are multiplied with: one per kernel row, at stride > 1 one for all."""
    N, C = x.shape[:2]
    (P, Q), (I, J) = geometry.kernel, geometry.output  # noqa: E741
    padded = np.zeros((C, *geometry.padded, N), x.dtype)
    padded[:, *geometry.inside] = x.transpose(1, 2, 3, 0)
    if geometry.stride[0] > 1:
        patches = np.empty((C, P, Q, I, J, N), x.dtype)
        for p, q, rows, columns in geometry:
            patches[:, p, q] = padded[:, rows, columns]
        return [patches.reshape(C * P * Q, -1)]
    shifts = np.empty((C, Q, geometry.padded[0], J, N), x.dtype)
    places = list(geometry)
    for _, q, _, columns in places[:Q]:
        shifts[:, q] = padded[:, :, columns]
    return [shifts[:, :, rows].reshape(C * Q, -1) for _, _, rows, _ in places[::Q]]


def _images_last(dz: Any) -> Any:
    return np.ascontiguousarray(dz.transpose(1, 2, 3, 0))


def _kernel_matrices(w: Any, geometry: Windows) -> Any:
    """(p, o, c q), one per kernel row; at stride > 1 (1, o, c p q)."""
    O, C, P, Q = w.shape  # noqa: E741
    if geometry.stride[0] > 1:
        return w.reshape(1, O, -1)
    return w.transpose(2, 0, 1, 3).reshape(P, O, C * Q)


def _kernels(matrices: Any, shape: tuple[int, ...]) -> Any:
    """Back to (o, c, p, q)."""
    O, C, P, Q = shape  # noqa: E741
    if len(matrices) == 1:
        return matrices.reshape(shape)
    return np.ascontiguousarray(matrices.reshape(P, O, C, Q).transpose(1, 2, 0, 3))
