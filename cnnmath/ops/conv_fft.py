"""Convolution by the Fourier transform: products of spectra in the place of sums over the kernel.

With the border of Z zeros, the layer is z[n,o] = crop F^-1( sum_c F(x[n,c]) * conj F(w[o,c]) ): a
correlation, hence the conjugate; kernels zero-padded to the length L of the transform; all channels
added up before the way back; the first I x J entries kept. The gradients are products of the same
spectra: dx a true convolution (no conjugate), dw a correlation of x with dz.
Source: 002 eq. 6.13, 6.15, corrected (ledger zhang-6.15; results/fourier.py proves it).  Chapter 05.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnnmath.ops.arrays import FLOATS
from cnnmath.ops.windows import Pair, Windows

BLOCK = 2**24  # bytes that the spectra of one block of images or of kernels may take


def fft_refuses(geometry: Windows, dtype: Any) -> str:
    """What it wants and what it got instead; empty if it applies: stride 1 and dilation 1, floats."""
    for name in ("stride", "dilation"):
        got = getattr(geometry, name)
        if got != (1, 1):
            return f"wants stride 1, dilation 1; got {name} {got}"
    if dtype not in FLOATS:  # its roots of unity are no fractions
        return f"wants float32 or float64; got dtype {dtype}"
    return ""


def fft_value(x: Any, w: Any, geometry: Windows) -> Any:
    """z[n,o,i,j] = sum_{c,p,q} w[o,c,p,q] x[n,c,i + p - Z,j + q - Z]: x (n, c, u, v), w (o, c, p, q).

    Any padding. Keeps float32 and float64. The rounding error of an entry is of the order of
    eps log2(2 L1 L2) |x[n]| |w[o]| (at most 0.3 of it was seen), Euclidean norms of all that goes into
    the transforms, not of the terms of that entry alone. NaN and infinity reach every entry of their image.
    """
    lengths = transform_lengths(geometry)
    z = np.empty((len(x), len(w), *geometry.output), x.dtype)
    for maps in _blocks(len(w), x.shape[1], lengths, x.dtype):
        kernels = _spectra(w[maps], lengths).conj().swapaxes(1, 2)
        for images in _blocks(len(x), x.shape[1], lengths, x.dtype):
            seen = _spectra(_before(x[images], geometry), lengths)
            z[images, maps] = _back(seen @ kernels, lengths, (0, 0), geometry.output)
    return z


def fft_dx(dz: Any, w: Any, geometry: Windows) -> Any:
    """dx[n,c,u,v] = sum_{o,p,q} dz[n,o,u + Z - p,v + Z - q] w[o,c,p,q], dz = 0 outside."""
    lengths = transform_lengths(geometry)
    dx = np.empty((len(dz), w.shape[1], *geometry.size), dz.dtype)
    for channels in _blocks(w.shape[1], len(w), lengths, dz.dtype):
        kernels = _spectra(w[:, channels], lengths)
        for images in _blocks(len(dz), len(w), lengths, dz.dtype):
            mixed = _spectra(dz[images], lengths) @ kernels
            dx[images, channels] = _back(mixed, lengths, geometry.padding, geometry.size)
    return dx


def fft_dw(x: Any, dz: Any, geometry: Windows) -> Any:
    """dw[o,c,p,q] = sum_{n,i,j} dz[n,o,i,j] x[n,c,i + p - Z,j + q - Z], x = 0 outside."""
    lengths, channels = transform_lengths(geometry), x.shape[1]
    dw = np.empty((dz.shape[1], channels, *geometry.kernel), x.dtype)
    for maps in _blocks(dz.shape[1], channels, lengths, x.dtype):
        total: Any = 0
        for images in _blocks(len(x), channels, lengths, x.dtype):
            arrived = _spectra(dz[images, maps], lengths).conj().swapaxes(1, 2)
            total = total + arrived @ _spectra(_before(x[images], geometry), lengths)
        dw[maps] = _back(total, lengths, (0, 0), geometry.kernel)
    return dw


def transform_lengths(geometry: Windows) -> Pair:
    """Rows and columns of the transform: the least 2^a 3^b 5^c that wraps nothing onto what is kept.

    A border of Z zeros before the map serves both sides, for behind the last row comes the first: U + Z
    and no U + 2 Z. The kernel and the output must fit in.
    """
    padded = (u + z for u, z in zip(geometry.size, geometry.padding, strict=True))
    rows, columns = zip(padded, geometry.kernel, geometry.output, strict=True)
    return fast_length(max(rows)), fast_length(max(columns))


def fast_length(least: int) -> int:
    """The smallest 2^a 3^b 5^c that is at least ``least``: lengths that split into short transforms."""
    length = least
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 1


def _blocks(count: int, depth: int, lengths: Pair, dtype: Any) -> Iterator[slice]:
    """Of ``count`` stacks of ``depth`` maps so many at a time that their spectra take BLOCK bytes, or one.

    A spectrum is L1 (L2 // 2 + 1) complex numbers. Images and kernels are blocked, so that beside the
    result at most about 8 times BLOCK bytes are needed (spectra and their transposed copies, of images,
    kernels and products), or of one stack of each where that is more.
    """
    numbers = depth * lengths[0] * (lengths[1] // 2 + 1)
    step = max(1, BLOCK // (2 * dtype.itemsize * numbers))
    for first in range(0, count, step):
        yield slice(first, min(first + step, count))


def _before(x: Any, geometry: Windows) -> Any:
    """The maps with Z rows and columns of zeros before the first."""
    (z1, z2), (u, v) = geometry.padding, geometry.size
    if not (z1 or z2):
        return x
    padded = np.zeros((*x.shape[:2], z1 + u, z2 + v), x.dtype)
    padded[..., z1:, z2:] = x
    return padded


def _spectra(maps: Any, lengths: Pair) -> Any:
    """(a, b, rows, columns) -> (frequency, a, b): each frequency is a matrix."""
    transformed = np.fft.rfft2(maps.transpose(2, 3, 0, 1), lengths, axes=(0, 1))
    return transformed.reshape(-1, *maps.shape[:2])


def _back(spectra: Any, lengths: Pair, first: Pair, size: Pair) -> Any:
    """(frequency, a, b) -> (a, b, rows, columns), cropped to ``size`` from ``first`` on."""
    transformed = spectra.reshape(lengths[0], -1, *spectra.shape[1:])
    maps = np.fft.irfft2(transformed, lengths, axes=(0, 1))
    rows, columns = (slice(f, f + s) for f, s in zip(first, size, strict=True))
    return maps[rows, columns].transpose(2, 3, 0, 1)
