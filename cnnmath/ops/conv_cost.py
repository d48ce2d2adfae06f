"""What a convolution costs, way by way: work counted from the sizes, and priced.

Seven kinds of work: multiplications in matrix products; numbers that stream through these products;
numbers moved in long stretches (copied, added), at a stride (transposed), and far (at a stride, over more
than the cache holds); NumPy calls; butterflies of Fourier transforms. ``PRICES``, in nanoseconds for
float32, were fitted to times of random layers by ``benchmarks/convolution_prices.py``; what counts is how
they stand to each other. ``benchmarks/convolution_ways.py`` says what the choice costs against the best
way.  Chapter 05.
"""

from dataclasses import replace
from functools import lru_cache
from math import ceil, log2, prod
from typing import NamedTuple

from cnnmath.ops.conv_blocked import (
    block_size,
    copies_shape,
    folds,
    scattered_images,
    turned_windows,
)
from cnnmath.ops.conv_fft import transform_lengths
from cnnmath.ops.conv_winograd import tile_bytes, tile_counts, tiles_at_once
from cnnmath.ops.windows import Windows

CACHE = 2**20  # bytes of the second level


class Layer(NamedTuple):
    """N images, C channels, O maps, where the windows lie, and the bytes of a number."""

    N: int
    C: int
    O: int  # noqa: E741
    geometry: Windows
    itemsize: int = 4


class Work(NamedTuple):
    """So many of each, or what one of each costs."""

    products: float = 0
    streamed: float = 0
    moved: float = 0
    strided: float = 0
    far: float = 0
    calls: float = 0
    butterflies: float = 0


MARGIN = 1.2  # transforms and Winograd's tiles round more than sums: they must save a sixth
LARGE = 100  # entries of a kernel: below, transforms pay nowhere, and their errors spread over the image
PRICES = Work(0.0226, 0.123, 0.86, 1.53, 2.2, 1730.0, 2.99)


def price(work: Work, itemsize: int = 4) -> float:
    """Nanoseconds: everything but calls takes longer in proportion to the bytes of a number."""
    calls = work.calls * PRICES.calls
    rest = sum(n * each for n, each in zip(work, PRICES, strict=True)) - calls
    return calls + rest * itemsize / 4


def product(m: float, k: float, n: float) -> tuple[float, float]:
    """Multiplications, and numbers read and written, of (m, k) @ (k, n)."""
    return m * k * n, m * k + k * n + m * n


# ----------------------------------------------------------------------------------------- blocked


class Blocks(NamedTuple):
    """The copies of a call: their ``numbers`` in all, and so many ``matrices`` of ``rows`` in each
    block."""

    folded: bool
    numbers: int
    rows: int
    matrices: int
    images: int
    blocks: int


def blocks_of(layer: Layer) -> Blocks:
    """As ``conv_blocked`` cuts them."""
    N, C, O, geometry, itemsize = layer  # noqa: E741
    (P, Q), (I, J) = geometry.kernel, geometry.output  # noqa: E741
    folded = folds(O, C, geometry)
    images, rows_at_once = block_size(O, C, geometry, folded, itemsize)
    parts = ceil(I / rows_at_once)
    numbers = N * parts * prod(copies_shape(C, replace(geometry, output=(rows_at_once, J)), folded))
    rows, count = (C * P * Q, 1) if folded else (C * Q, P)
    return Blocks(folded, numbers, rows, count, images, ceil(N / images) * parts)


def in_and_out(layer: Layer, images: int, moved: float = 0) -> Work:
    """The border and the maps, in long stretches for one image at a time, else at a stride; and ``moved``."""
    N, C, O, geometry, _ = layer  # noqa: E741
    (I, J), (A, B) = geometry.output, geometry.padded  # noqa: E741
    numbers = N * (C * A * B + O * I * J)
    if images == 1:
        return Work(moved=moved + numbers)
    return Work(moved=moved, strided=numbers)


def blocked_value(layer: Layer) -> Work:
    """Per block: the border, copies of shifts, one product per kernel row (or one), and the way out."""
    N, C, O, geometry, _ = layer  # noqa: E741
    (P, Q), (I, J) = geometry.kernel, geometry.output  # noqa: E741
    folded, numbers, rows, count, images, blocks = blocks_of(layer)
    added, turned = (count - 1) * N * O * I * J, 0 if folded else O * C * P * Q
    products, streamed = product(O, rows, I * J * N / blocks)
    return in_and_out(layer, images, numbers + added + turned)._replace(
        products=products * count * blocks,
        streamed=streamed * count * blocks,
        calls=blocks * (5 + rows // C + 2 * count),
    )


def blocked_dw(layer: Layer) -> Work:
    """The same copies; each block adds a matrix as large as the kernels."""
    N, C, O, geometry, _ = layer  # noqa: E741
    (P, Q), (I, J) = geometry.kernel, geometry.output  # noqa: E741
    _, numbers, rows, count, images, blocks = blocks_of(layer)
    added = (2 * blocks + 1) * O * C * P * Q
    products, streamed = product(O, I * J * N / blocks, rows)
    return in_and_out(layer, images, numbers + added)._replace(
        products=products * count * blocks,
        streamed=streamed * count * blocks,
        calls=blocks * (8 + rows // C + 2 * count),
    )


def blocked_dx(layer: Layer) -> Work:
    """At stride 1 the value of the turned convolution; otherwise what scattering costs."""
    if layer.geometry.stride != (1, 1):
        return scattered_dx(layer)
    work = blocked_value(turned(layer))
    return work._replace(calls=work.calls + 10)


def turned(layer: Layer) -> Layer:
    """The convolution that dx is at stride 1: channels and maps exchanged."""
    N, C, O, geometry, itemsize = layer  # noqa: E741
    return Layer(N, O, C, turned_windows(geometry), itemsize)


def scattered_dx(layer: Layer) -> Work:
    """One product per block gives the shares; each is added where it belongs."""
    N, C, O, geometry, itemsize = layer  # noqa: E741
    (P, Q), (I, J), (A, B) = geometry.kernel, geometry.output, geometry.padded  # noqa: E741
    images = min(N, scattered_images(C * P * Q, geometry, itemsize))
    blocks = ceil(N / images)
    products, streamed = product(C * P * Q, O, I * J * N / blocks)
    return in_and_out(layer, images, N * C * (2 * P * Q * I * J + A * B))._replace(
        products=products * blocks, streamed=streamed * blocks, calls=blocks * (6 + P * Q)
    )


# ------------------------------------------------------------------------------------------ others


def im2col_value(layer: Layer) -> Work:
    """The whole patch matrix, written at a stride."""
    N, C, O, geometry, itemsize = layer  # noqa: E741
    (P, Q), (I, J), (A, B) = geometry.kernel, geometry.output, geometry.padded  # noqa: E741
    products, streamed = product(N * I * J, C * P * Q, O)
    patches = N * I * J * C * P * Q
    far = patches if patches * itemsize > CACHE else 0
    return Work(products, streamed, N * (C * A * B + I * J * O), patches, far=far, calls=12 + P * Q)


def im2col_dx(layer: Layer) -> Work:
    """Shares are added one by one: read and written."""
    work = im2col_value(layer)
    return work._replace(strided=2 * work.strided, far=2 * work.far)


def fft_each(layer: Layer) -> Work:
    """Three stacks of spectra, and a product of matrices for each frequency: value, dx and dw alike."""
    N, C, O, geometry, _ = layer  # noqa: E741
    rows, columns = transform_lengths(geometry)
    frequencies, stacks = rows * (columns // 2 + 1), N * C + O * C + N * O
    numbers = frequencies * stacks
    return Work(
        4 * frequencies * N * C * O,
        moved=2 * numbers,
        calls=10 + frequencies / 2,
        butterflies=numbers * log2(rows * columns),
    )


def winograd_value(layer: Layer) -> Work:
    """16 products per block; the transforms move 32 numbers per tile and channel, 28 per tile and map."""
    N, C, O, _, _ = layer  # noqa: E741
    (K, L), blocks = tile_counts(layer.geometry.output), winograd_blocks(layer)
    tiles = N * K * L
    products, streamed = product(O, C, tiles / blocks)
    strided = 12 * tiles * (C + O)
    return Work(
        16 * products * blocks,
        16 * streamed * blocks,
        tiles * (32 * C + 28 * O) + 32 * O * C - strided,
        strided,
        calls=60 * blocks,
    )


def winograd_dx(layer: Layer) -> Work:
    """The same algorithm on dz."""
    return winograd_value(turned(layer))


def winograd_dw(layer: Layer) -> Work:
    """Each block adds 16 matrices of maps by channels."""
    work = winograd_value(layer)
    return work._replace(moved=work.moved + 16 * layer.O * layer.C * winograd_blocks(layer))


def winograd_blocks(layer: Layer) -> int:
    """As ``conv_winograd`` cuts them."""
    N, C, O, geometry, itemsize = layer  # noqa: E741
    tiles = tile_counts(geometry.output)
    images, rows = tiles_at_once(tiles, tile_bytes(C, O, itemsize))
    return ceil(N / images) * ceil(tiles[0] / rows)


# ------------------------------------------------------------------------------------------ choice

COSTS = {
    "value": {
        "blocked": blocked_value,
        "im2col": im2col_value,
        "fft": fft_each,
        "winograd": winograd_value,
    },
    "dx": {
        "blocked": blocked_dx,
        "scattered": scattered_dx,
        "im2col": im2col_dx,
        "fft": fft_each,
        "winograd": winograd_dx,
    },
    "dw": {
        "blocked": blocked_dw,
        "im2col": im2col_value,
        "fft": fft_each,
        "winograd": winograd_dw,
    },
}


@lru_cache(maxsize=4096)
def cheapest(part: str, layer: Layer, ways: frozenset[str]) -> str:
    """Of these ways to compute a part, "value", "dx" or "dw", the one whose work has the lowest price.

    "fft" is for LARGE kernels alone, and a way that rounds more must be cheaper by MARGIN.
    """
    costs = {
        way: price(count(layer), layer.itemsize) * (MARGIN if way in ("fft", "winograd") else 1)
        for way, count in COSTS[part].items()
        if way in ways and (way != "fft" or layer.geometry.entries >= LARGE)
    }
    return min(costs, key=lambda way: costs[way])
