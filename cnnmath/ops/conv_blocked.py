"""conv2d block by block: the production path.

Of each kernel row p only the Q shifts along the columns are copied; what the row sees is a slice of these
copies, and there is one matrix product per kernel row:

z[o, (i j n)] = sum_p sum_{c,q} w[o,c,p,q] seen_p[(c q), (i j n)].

Where the stride skips rows they would be no slices: then all P are copied, for one product. Images are
taken some at a time, so that the copies stay in the cache, and the image is the last axis, so that copies
run over long stretches. For backward nothing is kept but x and w; there the copies are made again.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnnmath.ops.windows import Windows, windows

BLOCK_BYTES = 2**20  # the copies of one block, about the second level of cache; at least one image


def blocked(x: Any, w: Any, geometry: Windows) -> Any:
    """z without a bias, and ``gradients(dz, need_dx)``, which returns (dx or None, dw)."""

    def gradients(dz: Any, need_dx: bool) -> tuple[Any, Any]:
        return _dx(x.shape, w, dz, geometry) if need_dx else None, _dw(x, w.shape, dz, geometry)

    return _value(x, w, geometry), gradients


def _value(x: Any, w: Any, geometry: Windows) -> Any:
    z = np.empty((len(x), len(w), *geometry.output), x.dtype)
    kernels = _kernel_matrices(w, geometry)
    for images in _blocks(x.shape, geometry, x.itemsize):
        first, *others = _seen(x[images], geometry)
        columns = kernels[0] @ first
        for kernel, seen in zip(kernels[1:], others, strict=True):
            columns += kernel @ seen
        z[images] = columns.reshape(len(w), *geometry.output, -1).transpose(3, 0, 1, 2)
    return z


def _dw(x: Any, shape: tuple[int, ...], dz: Any, geometry: Windows) -> Any:
    """dz times what was seen, summed over places and images."""
    dw: Any = None
    for images in _blocks(x.shape, geometry, x.itemsize):
        arrived = _images_last(dz[images]).reshape(shape[0], -1)
        products = [arrived @ seen.T for seen in _seen(x[images], geometry)]
        dw = products if dw is None else [a + b for a, b in zip(dw, products, strict=True)]
    return _kernels(np.stack(dw), shape)


def _dx(shape: tuple[int, ...], w: Any, dz: Any, geometry: Windows) -> Any:
    if geometry.stride == (1, 1):
        return _value(*_turned(w, dz, geometry))
    dx = np.empty(shape, dz.dtype)
    (kernels,) = w.reshape(1, len(w), -1)
    for images in _blocks(shape, geometry, dz.itemsize):
        arrived = _images_last(dz[images])
        shares = (kernels.T @ arrived.reshape(len(w), -1)).reshape(*w.shape[1:], *arrived.shape[1:])
        padded = np.zeros((shape[1], *geometry.padded, arrived.shape[-1]), dz.dtype)
        for p, q, rows, columns in geometry:
            padded[:, rows, columns] += shares[:, p, q]
        dx[images] = padded[:, *geometry.inside].transpose(3, 0, 1, 2)
    return dx


def _turned(w: Any, dz: Any, geometry: Windows) -> tuple[Any, Any, Windows]:
    """At stride 1 dx is a convolution: of dz, by the kernels turned by 180 degrees, with the padding
    G (P - 1) - Z (results full_convolution). Below 0 it cuts rows off that saw nothing but zeros."""
    turned = np.ascontiguousarray(w[..., ::-1, ::-1].swapaxes(0, 1))
    cut, padding = [], []
    for p, z, g in zip(geometry.kernel, geometry.padding, geometry.dilation, strict=True):
        border = g * (p - 1) - z
        cut.append(slice(max(0, -border), min(0, border) or None))
        padding.append(max(0, border))
    dz = dz[:, :, cut[0], cut[1]]
    return (
        dz,
        turned,
        windows(
            "conv2d.backward",
            dz.shape[2:],
            geometry.kernel,
            1,
            tuple(padding),
            geometry.dilation,
        ),
    )


def _blocks(shape: tuple[int, ...], geometry: Windows, itemsize: int) -> Iterator[slice]:
    """So many images at a time that their copies take BLOCK_BYTES, at least one."""
    N, C = shape[:2]
    (H, _), (P, Q), (I, J) = geometry.padded, geometry.kernel, geometry.output  # noqa: E741
    rows = H if geometry.stride[0] == 1 else P * I
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
    slices = list(geometry)
    for _, q, _, columns in slices[:Q]:
        shifts[:, q] = padded[:, :, columns]
    return [shifts[:, :, rows].reshape(C * Q, -1) for _, _, rows, _ in slices[::Q]]


def _images_last(dz: Any) -> Any:
    return np.ascontiguousarray(dz.transpose(1, 2, 3, 0))


def _kernel_matrices(w: Any, geometry: Windows) -> Any:
    """(p, o, c q), one per kernel row; at stride > 1 (1, o, c p q)."""
    O, C, P, Q = w.shape  # noqa: E741
    if geometry.stride[0] > 1:
        return w.reshape(1, O, -1)
    return np.ascontiguousarray(w.transpose(2, 0, 1, 3)).reshape(P, O, C * Q)


def _kernels(matrices: Any, shape: tuple[int, ...]) -> Any:
    """Back to (o, c, p, q)."""
    O, C, P, Q = shape  # noqa: E741
    if len(matrices) == 1:
        return matrices.reshape(shape)
    return np.ascontiguousarray(matrices.reshape(P, O, C, Q).transpose(1, 2, 0, 3))
