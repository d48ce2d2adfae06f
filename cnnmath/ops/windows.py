"""The geometry of sliding windows, shared by convolution and pooling: sizes, padding, slices.

U + 2 Z = (I - 1) S + G (P - 1) + 1 + R with 0 <= R < S, which is I = floor((U + 2 Z - G (P - 1) - 1)/S) + 1.
Rows u, p, i and columns v, q, j follow the same rule. Source: 002 eq. 5.14, 5.15; 003 section 1.4.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from cnnmath.ops.arrays import ShapeError

Pair = tuple[int, int]
RULE = "output size = floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1"


@dataclass(frozen=True)
class Windows:
    """Where the windows of one call lie; every pair is (rows, columns)."""

    size: Pair
    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    output: Pair

    @property
    def padded(self) -> Pair:
        (u, v), (z1, z2) = self.size, self.padding
        return u + 2 * z1, v + 2 * z2

    @property
    def inside(self) -> tuple[slice, slice]:
        """Where the input lies in the padded input."""
        (u, v), (z1, z2) = self.size, self.padding
        return slice(z1, z1 + u), slice(z2, z2 + v)

    @property
    def entries(self) -> int:
        """Of one window."""
        return self.kernel[0] * self.kernel[1]

    def __iter__(self) -> Iterator[tuple[int, int, slice, slice]]:
        """(p, q, rows, columns): what kernel entry (p, q) sees of the padded input, in row-major order."""
        return iter(_places(self.kernel, self.stride, self.dilation, self.output))


@lru_cache(maxsize=1024)
def _places(
    kernel: Pair, stride: Pair, dilation: Pair, output: Pair
) -> tuple[tuple[int, int, slice, slice], ...]:
    """Made once for a geometry: a call in blocks goes through them block by block."""
    (s1, s2), (g1, g2), (i, j) = stride, dilation, output
    return tuple(
        (
            p,
            q,
            slice(g1 * p, g1 * p + (i - 1) * s1 + 1, s1),
            slice(g2 * q, g2 * q + (j - 1) * s2 + 1, s2),
        )
        for p in range(kernel[0])
        for q in range(kernel[1])
    )


def windows(
    op: str, size: Pair, kernel: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1
) -> Windows:
    """Check the numbers of one call and apply the size rule; each may be an int or a pair.

    Raises TypeError (no number), ValueError (not whole, not finite, stride, dilation or kernel below 1,
    padding below 0) and ShapeError (the kernel spans more than the padded input); each names op,
    axis, the numbers and the rule.
    """
    kernel = pair(op, "kernel", kernel, 1)
    stride, padding = pair(op, "stride", stride, 1), pair(op, "padding", padding, 0)
    dilation = pair(op, "dilation", dilation, 1)
    output = []
    for axis, u, p, s, z, g in zip("uv", size, kernel, stride, padding, dilation, strict=True):
        span = g * (p - 1) + 1
        if span > u + 2 * z:
            raise ShapeError(
                f"{op}: axis {axis}: the kernel spans {span} (kernel {p}, dilation {g}), more than "
                f"the padded input, {u} + 2*{z} = {u + 2 * z}; {RULE}"
            )
        output.append((u + 2 * z - span) // s + 1)
    return Windows(size, kernel, stride, padding, dilation, (output[0], output[1]))


def pair(op: str, name: str, value: Any, least: int) -> Pair:
    """An int, or a pair of them for rows and columns, each at least ``least``."""
    if type(value) is int and value >= least:  # the usual case: the checks below take microseconds
        return value, value
    if isinstance(value, tuple | list) and len(value) != 2:
        raise ValueError(f"{op}: {name} has {len(value)} numbers, wanted one or (rows, columns)")
    both = value if isinstance(value, tuple | list) else (value, value)
    for axis, each in zip("uv", both, strict=True):
        if isinstance(each, bool) or not isinstance(each, int | float | np.integer | np.floating):
            raise TypeError(f"{op}: axis {axis}: {name} must be an int, got {each!r}")
        if isinstance(each, float | np.floating):  # also 2.0, NaN and infinity
            raise ValueError(f"{op}: axis {axis}: {name} is {each}, wanted a whole number (an int)")
        if each < least:
            raise ValueError(f"{op}: axis {axis}: {name} is {each}, wanted at least {least}")
    return int(both[0]), int(both[1])


def conv2d_output_size(
    size: Any, kernel: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1
) -> Pair:
    """Rows and columns that a convolution or a pooling gives: ``(I, J)``.

    I = floor((U + 2 Z - G (P - 1) - 1)/S) + 1; every argument is an int or a pair (rows, columns).
    Raises TypeError, ValueError, ShapeError (see ``windows``). Source: 002 eq. 5.14, 003 section 1.4.
    """
    size = pair("conv2d_output_size", "size", size, 1)
    return windows("conv2d_output_size", size, kernel, stride, padding, dilation).output


def pad(x: Any, geometry: Windows, value: Any = 0) -> Any:
    """The last two axes of x with a border; a copy, also without one."""
    padded = np.full(x.shape[:-2] + geometry.padded, value, x.dtype)
    padded[(..., *geometry.inside)] = x
    return padded
