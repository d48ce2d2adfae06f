"""Convolution with 3x3 kernels by Winograd's F(2x2, 3x3): 16 multiplications for 4 outputs, not 36.

A tile of 2x2 outputs sees 4x4 entries d of the padded input; with kernel g it is A^T m A, where
m = (G g G^T) * (B^T d B) entry by entry, and

    B^T = 1 0 -1  0    G = 1     0    0     A^T = 1 1  1  0
          0 1  1  0        1/2  1/2  1/2          0 1 -1 -1
          0 -1 1  0        1/2 -1/2  1/2
          0 1  0 -1        0     0    1

The sum over channels is taken before A^T . A: a matrix product for each of the 16 entries of m.
Source: Winograd 1980; Lavin and Gray 2016, section 4.1 (results/winograd.py proves it).  Chapter 05.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from cnnmath.ops.windows import Pair, Windows

TILES = 256  # in a block, so that its matrix products are large enough,
BYTES = 2**20  # or more of them, if they take less than so many bytes
Block = tuple[slice, int, int]  # images, first tile row, end of the tile rows


def winograd_refuses(geometry: Windows, dtype: Any) -> str:
    """What it wants and what it got instead; empty if it applies: kernels of 3x3, stride and dilation 1."""
    wanted = {"kernel": (3, 3), "stride": (1, 1), "dilation": (1, 1)}
    for name, value in wanted.items():
        got = getattr(geometry, name)
        if got != value:
            return f"wants 3x3 kernels, stride 1, dilation 1; got {name} {got}"
    return ""


def winograd_value(x: Any, w: Any, geometry: Windows) -> Any:
    """z[n,o,i,j] = sum_{c,p,q} w[o,c,p,q] x[n,c,i + p - Z,j + q - Z]: x (n, c, u, v), w (o, c, 3, 3).

    Any padding, any output size: tiles that stick out see zeros and are cropped. Keeps the dtype;
    exact on fractions and traced scalars. The rounding error of floats is about twice that of the plain
    sum. NaN reaches the entries that see it and no others; so does infinity, as infinity or NaN.
    """
    return _correlate(x, w, geometry.padding, geometry.output)


def winograd_dx(dz: Any, w: Any, geometry: Windows) -> Any:
    """Gradient by x: the same algorithm on dz, with the kernels turned by 180 degrees, channels and maps
    exchanged, and the padding 2 - Z (below 0: rows of dz that no entry of x meets are left out)."""
    turned = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    padding = 2 - geometry.padding[0], 2 - geometry.padding[1]
    return _correlate(dz, turned, padding, geometry.size)


def winograd_dw(x: Any, dz: Any, geometry: Windows) -> Any:
    """Gradient by w: the adjoint of the algorithm, G^T (sum over tiles of (A dz A^T) * (B^T d B)) G.

    The value is linear in w, so its adjoint is the gradient; it saves as many multiplications as the
    value, where the plain sum over all positions would take 9 for every 4.
    """
    maps, channels = dz.shape[1], x.shape[1]
    tiles = tile_counts(geometry.output)
    total = np.zeros((16, maps, channels), x.dtype)
    for block in _blocks(len(x), tiles, tile_bytes(maps, channels, x.itemsize)):
        seen = _input_transform(_cut(x, block, tiles[1], geometry.padding, 1))
        arrived = _output_adjoint(_cut(dz, block, tiles[1], (0, 0), 0))
        total += arrived @ seen.transpose(0, 2, 1)
    return _kernel_adjoint(total.reshape(4, 4, maps, channels))


def _correlate(x: Any, w: Any, padding: Pair, output: Pair) -> Any:
    """Tile by tile; ``padding`` may be negative."""
    N, O = len(x), len(w)  # noqa: E741
    tiles = tile_counts(output)
    kernels = _kernel_transform(w)
    z = np.empty((N, O, *output), x.dtype)
    for block in _blocks(N, tiles, tile_bytes(O, w.shape[1], x.itemsize)):
        images, first, end = block
        products = kernels @ _input_transform(_cut(x, block, tiles[1], padding, 1))
        shape = (4, 4, O, images.stop - images.start, end - first, tiles[1])
        _output_transform(products.reshape(shape), z[images, :, 2 * first : 2 * end])
    return z


def tile_counts(output: Pair) -> Pair:
    """Tile rows and columns: half the output size, rounded up."""
    return -(-output[0] // 2), -(-output[1] // 2)


def tile_bytes(maps: int, channels: int, itemsize: int) -> int:
    """Of one transformed tile, the larger of the two kinds."""
    return 16 * max(maps, channels) * itemsize


def tiles_at_once(tiles: Pair, bytes_of_a_tile: int) -> Pair:
    """Images at a time, and tile rows of an image: about TILES tiles, or BYTES bytes of them."""
    wanted = max(TILES, BYTES // bytes_of_a_tile)
    return max(1, wanted // (tiles[0] * tiles[1])), min(tiles[0], max(1, wanted // tiles[1]))


def _blocks(N: int, tiles: Pair, bytes_of_a_tile: int) -> Iterator[Block]:
    """Images, or tile rows of one image, as many as ``tiles_at_once``.

    Peak beside the result: the transformed kernels, 16 O C numbers, and less than 3 times 16 (C + O)
    numbers for each tile of a block; a block is never less than one row of tiles.
    """
    images, rows = tiles_at_once(tiles, bytes_of_a_tile)
    for n in range(0, N, images):
        for first in range(0, tiles[0], rows):
            yield slice(n, min(n + images, N)), first, min(first + rows, tiles[0])


def _cut(x: Any, block: Block, columns: int, padding: Pair, more: int) -> Any:
    """What the tiles of a block see, rows and columns told apart by parity: [a, b, c, n, k, l] is
    entry (2 k + a, 2 l + b) of the padded maps; ``more`` rows and columns of pairs than tiles."""
    images, first, end = block
    pairs = end - first + more, columns + more
    cut = np.zeros((images.stop - images.start, x.shape[1], 2 * pairs[0], 2 * pairs[1]), x.dtype)
    here, there = zip(
        _overlap(2 * first - padding[0], 2 * pairs[0], x.shape[2]),
        _overlap(-padding[1], 2 * pairs[1], x.shape[3]),
        strict=True,
    )
    cut[(..., *here)] = x[(images, slice(None), *there)]
    halves = cut.reshape(*cut.shape[:2], pairs[0], 2, pairs[1], 2)
    return np.ascontiguousarray(halves.transpose(3, 5, 1, 0, 2, 4))


def _overlap(start: int, count: int, size: int) -> tuple[slice, slice]:
    """Of the places start .. start + count - 1 those inside 0 .. size - 1: (in the cut, in the map)."""
    low, high = max(start, 0), min(start + count, size)
    high = max(low, high)
    return slice(low - start, high - start), slice(low, high)


def _input_transform(halves: Any) -> Any:
    """B^T d B of every tile: (2, 2, c, n, k + 1, l + 1) -> (16, c, n k l)."""
    _, _, C, N, K, L = halves.shape
    rows = np.empty((4, 2, C, N, K - 1, L), halves.dtype)
    above, below = halves[..., :-1, :], halves[..., 1:, :]
    _combine(above[0], above[1], below[0], below[1], rows)
    seen = np.empty((4, 4, C, N, K - 1, L - 1), halves.dtype)
    left, right = rows[..., :-1], rows[..., 1:]
    _combine(left[:, 0], left[:, 1], right[:, 0], right[:, 1], seen.swapaxes(0, 1))
    return seen.reshape(16, C, -1)


def _combine(d0: Any, d1: Any, d2: Any, d3: Any, out: Any) -> None:
    """B^T times (d0, d1, d2, d3)."""
    np.subtract(d0, d2, out=out[0])
    np.add(d1, d2, out=out[1])
    np.subtract(d2, d1, out=out[2])
    np.subtract(d1, d3, out=out[3])


def _output_transform(m: Any, z: Any) -> None:
    """A^T m A of every tile, (4, 4, o, n, k, l), written into z (n, o, i, j); what sticks out is cropped."""
    rows = m[0] + m[1] + m[2], m[1] - m[2] - m[3]
    for a, row in enumerate(rows):
        for b, entry in enumerate((row[0] + row[1] + row[2], row[1] - row[2] - row[3])):
            place = z[:, :, a::2, b::2]
            place[...] = entry[..., : place.shape[2], : place.shape[3]].transpose(1, 0, 2, 3)


def _output_adjoint(dz: Any) -> Any:
    """A dz A^T of every tile: (2, 2, o, n, k, l) -> (16, o, n k l)."""
    arrived = np.empty((4, 4, *dz.shape[2:]), dz.dtype)
    for a, row in enumerate((dz[0], dz[0] + dz[1], dz[0] - dz[1], -dz[1])):
        arrived[a, 0] = row[0]
        np.add(row[0], row[1], out=arrived[a, 1])
        np.subtract(row[0], row[1], out=arrived[a, 2])
        np.negative(row[1], out=arrived[a, 3])
    return arrived.reshape(16, dz.shape[2], -1)


def _kernel_transform(w: Any) -> Any:
    """G g G^T of every kernel: (o, c, 3, 3) -> (16, o, c)."""
    g = np.ascontiguousarray(w.reshape(-1, 9).T).reshape(3, 3, *w.shape[:2])
    rows = np.empty((4, 3, *w.shape[:2]), w.dtype)
    rows[0], rows[3] = g[0], g[2]
    _halves(g[0] + g[2], g[1], rows[1:3])
    kernels = np.empty((4, 4, *w.shape[:2]), w.dtype)
    kernels[:, 0], kernels[:, 3] = rows[:, 0], rows[:, 2]
    _halves(rows[:, 0] + rows[:, 2], rows[:, 1], kernels.swapaxes(0, 1)[1:3])
    return kernels.reshape(16, *w.shape[:2])


def _halves(one: Any, other: Any, out: Any) -> None:
    """Half the sum and half the difference, as the two rows in the middle of G make them."""
    np.add(one, other, out=out[0])
    np.subtract(one, other, out=out[1])
    out *= _half(out.dtype)


def _kernel_adjoint(total: Any) -> Any:
    """G^T t G: (4, 4, o, c) -> (o, c, 3, 3)."""

    def rows(t: Any) -> Any:
        mixed = np.empty((3, *t.shape[1:]), t.dtype)
        _halves(t[1], t[2], mixed[:2])
        mixed[2] = mixed[0] + t[3]
        mixed[0] += t[0]
        return mixed

    by_columns = rows(rows(total).swapaxes(0, 1))  # [q, p, o, c]
    return np.ascontiguousarray(by_columns.transpose(2, 3, 1, 0))


def _half(dtype: Any) -> Any:
    """1/2 that leaves the dtype as it is, and whole numbers in object arrays exact."""
    return Fraction(1, 2) if dtype.kind == "O" else dtype.type(0.5)
