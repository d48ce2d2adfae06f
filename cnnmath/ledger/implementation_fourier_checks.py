"""Checks of 002 section 6.2.1: multiplications counted, of the fast transform and of convolutions by it."""

from collections.abc import Sequence
from itertools import product
from math import log2
from typing import NamedTuple

import numpy as np

from cnnmath.ledger.linear_softmax_checks import exact, refuted
from cnnmath.ops import conv2d
from cnnmath.ops.conv_fft import transform_lengths
from cnnmath.ops.windows import windows
from cnnmath.proof.verdict import Verdict

# ------------------------------------------------------- whole numbers modulo a prime: exact roots of unity

PRIME, GENERATOR = 65537, 3  # 2^16 + 1: there are roots of unity of every length 2, 4, .. 65536
LENGTHS = tuple(2**m for m in range(10))


def root(length: int) -> int:
    """A primitive root of unity of that length."""
    return pow(GENERATOR, (PRIME - 1) // length, PRIME)


def sum_of_products(x: Sequence[int], w: int) -> tuple[list[int], int]:
    """The transform by its definition, and how many numbers were multiplied by a root."""
    result, count = [], 0
    for k in range(len(x)):
        total = 0
        for a, number in enumerate(x):
            total += number * pow(w, k * a, PRIME)
            count += 1
        result.append(total % PRIME)
    return result, count


def by_halves(x: Sequence[int], w: int) -> tuple[list[int], int]:
    """The same by the transforms of the even and of the odd places: w^(N/2) = -1."""
    half = len(x) // 2
    if not half:
        return list(x), 0
    even, one = by_halves(x[::2], w * w % PRIME)
    odd, other = by_halves(x[1::2], w * w % PRIME)
    turned = [pow(w, k, PRIME) * odd[k] % PRIME for k in range(half)]
    plus = [(a + b) % PRIME for a, b in zip(even, turned, strict=True)]
    minus = [(a - b) % PRIME for a, b in zip(even, turned, strict=True)]
    return plus + minus, one + other + len(turned)


def halving_against_the_sum() -> Verdict:
    """6.2.1: O(N lg N) for a vector of length N."""
    rng = np.random.default_rng(0)
    for length in LENGTHS:
        x = [int(n) for n in rng.integers(0, PRIME, length)]
        slow, fast = sum_of_products(x, root(length)), by_halves(x, root(length))
        if slow[0] != fast[0]:
            return refuted(f"N = {length}: the halves do not give the transform")
        steps = length.bit_length() - 1
        if (slow[1], fast[1]) != (length**2, length * steps // 2):
            return refuted(
                f"N = {length}: {fast[1]:,} multiplications by halves, {slow[1]:,} by the sum"
            )
    return exact(
        f"N = 1, 2, 4 .. {LENGTHS[-1]}, exact roots of unity modulo {PRIME}: both transforms agree; N/2 lg N "
        f"multiplications by roots against N^2, at N = {LENGTHS[-1]} {fast[1]:,} against {slow[1]:,}"
    )


# -------------------------------------------------------------------------- convolutions by the transform


class Shape(NamedTuple):
    """A layer that keeps the size of its square maps, kernels odd."""

    samples: int
    channels: int
    maps: int
    size: int


SHAPES = (Shape(8, 16, 16, 64), Shape(8, 64, 64, 56), Shape(8, 128, 128, 28), Shape(64, 3, 16, 32))
KERNELS = (3, 5, 7, 11, 21, 31)


def plain(shape: Shape, kernel: int) -> float:
    """Multiplications of the sum: one for each sample, pair of maps, place and kernel entry."""
    n, c, o, u = shape
    return float(n * c * o * u**2 * kernel**2)


def by_transforms(shape: Shape, kernel: int) -> float:
    """Real multiplications: 4 for each product of complex numbers, of which real arrays have half a
    spectrum; a transform of A real numbers is taken for A/2 lg A / 2 such products."""
    n, c, o, u = shape
    geometry = windows("conv2d", (u, u), (kernel, kernel), 1, kernel // 2)
    rows, columns = transform_lengths(geometry)
    transforms = n * c + c * o + n * o
    area = rows * columns
    return transforms * area * log2(area) + 4 * n * c * o * rows * (columns // 2 + 1)


def kernels_that_pay() -> Verdict:
    """6.2.1: much faster for large filters, hardly for 3 x 3: counts, for the times see the benchmarks."""
    gains, costs = [], []
    for shape in SHAPES:
        row = [plain(shape, kernel) / by_transforms(shape, kernel) for kernel in KERNELS]
        cost = by_transforms(shape, KERNELS[-1]) / by_transforms(shape, KERNELS[0])
        if cost > 3:
            return refuted(
                f"{shape}: transforms cost {cost:.1f} times as much for the largest kernel"
            )
        if not (row[0] < 3 and row[-1] > 40 and row == sorted(row)):
            return refuted(f"{shape}: gains {', '.join(f'{gain:.1f}' for gain in row)}")
        gains.append(row)
        costs.append(cost)
    return exact(
        f"{len(SHAPES)} layers, kernels {', '.join(map(str, KERNELS))}, multiplications counted: from 3 x 3 "
        f"to the largest kernel {min(costs):.1f} to {max(costs):.1f} times as many by transforms, "
        f"{KERNELS[-1] ** 2 / 9:.0f} times by the sum; the sum has {_span(gains, 0)} times as many as the "
        f"transforms at 3 x 3, {_span(gains, 3)} at {KERNELS[3]} x {KERNELS[3]}, {_span(gains, -1)} at "
        f"{KERNELS[-1]} x {KERNELS[-1]}"
    )


def _span(gains: list[list[float]], place: int) -> str:
    values = [row[place] for row in gains]
    return f"{min(values):.1f} to {max(values):.1f}"


def places_thrown_away() -> Verdict:
    """6.2.1: the transform computes the layer of stride 1; stride S keeps every S-th row and column."""
    rng, tried = np.random.default_rng(0), 0
    for rows, columns, stride in product(range(3, 15), (5, 8, 9), range(1, 5)):
        x, w = rng.integers(-3, 4, (1, 1, rows, columns)), rng.integers(-3, 4, (1, 1, 3, 2))
        arrays = x.astype(float), w.astype(float)
        every, kept = conv2d(*arrays)[0], conv2d(*arrays, stride=stride)[0]
        if not np.array_equal(every[:, :, ::stride, ::stride], kept):
            return refuted(f"{rows} x {columns}, stride {stride}: not every {stride}-th place")
        wasted = 1 - kept.size / every.size
        divides = not (every.shape[2] % stride or every.shape[3] % stride)
        if wasted > 1 - 1 / stride**2 or (divides and kept.size * stride**2 != every.size):
            return refuted(
                f"{rows} x {columns}, stride {stride}: {wasted:.3f} of the places are wasted"
            )
        tried += 1
    return exact(
        f"{tried} layers, S = 1 .. 4: stride S keeps every S-th row and column of what the transform "
        "computes; 1 - 1/S^2 of it is wasted where S divides the outputs, less where it does not"
    )
