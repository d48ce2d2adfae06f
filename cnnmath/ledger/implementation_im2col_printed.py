"""What is incomplete or imprecise in print in 002 section 6.2.2 and 000 section 3.4.

Formulas build (what is true, what is printed); searches go through small cases in increasing order and
return the first as text (empty: there is none, the suspicion is rejected). Each has a switch that puts
the right thing in the place of the wrong one.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from cnnmath.ledger.cnn_notes_checks import conv2
from cnnmath.ledger.mlp_formulas import Sides, letters
from cnnmath.ops import ShapeError, col2im, im2col, sum_pool2d
from cnnmath.proof.derivation import Derivation


def copies(size: int, window: int, stride: int) -> Any:
    """How often each entry of a square image stands in its patch matrix: col2im of ones."""
    shape = (1, 1, size, size)
    ones = np.ones_like(im2col(np.ones(shape), window, stride=stride))
    return col2im(ones, shape, window, stride=stride)[0, 0].astype(int)


def several_times(least: int = 2) -> str:
    """6.2.2: every entry of X occurs at least so many times; windows of one entry are left out."""
    for size, window, stride in product((2, 3, 4), (2, 3), (1, 2, 3)):
        try:
            found = copies(size, window, stride)
        except ShapeError:  # the window is larger than the image
            continue
        if found.min() < least:
            usual, apart = copies(4, 2, 1), copies(4, 2, 2)
            return (
                f"{size} x {size}, F={window}, S={stride}: an entry that occurs {found.min()} times; 4 x 4, "
                f"F=2, S=1: a corner {usual[0, 0]}, an edge {usual[0, 1]}, inside {usual[1, 1]}; with S=2 "
                f"each {apart.max()}"
            )
    return ""


def ones_on_the_left(D: Derivation, *, left: bool = True) -> Sides:
    """3.4: the Kronecker product of a matrix of ones with the map, in the order of the words."""
    up, tiled = D.definitions["up"], D.definitions["tiled"]
    u, v = letters(D, "u v")
    return up[u, v], (tiled if left else up)[u, v]


# Where a part of the full convolution starts, for a kernel of n rows: 'same' means two things.
STARTS = {
    "full": lambda n: 0,
    "same, SciPy": lambda n: (n - 1) // 2,
    "same, MATLAB": lambda n: n // 2,
    "valid": lambda n: n - 1,
}


def part(x: Any, n: int, mode: str) -> Any:
    """conv2(x, ones(n)) and its part: the full one, one of the size of x, or the valid one."""
    full, start = conv2(x, np.ones((n, n)), "full"), STARTS[mode](n)
    size = {"full": len(full), "valid": len(x) - n + 1}.get(mode, len(x))
    return full[start : start + size, start : start + size]


def every_second_sample(modes: Sequence[str] = ("full", "same, SciPy", "same, MATLAB")) -> str:
    """3.4: convolve with ones(n), then keep every n-th sample; for each mode the first n that fails."""
    return "; ".join(filter(None, map(_first_failure, modes)))


def _first_failure(mode: str) -> str:
    for n, blocks in product((1, 2, 3, 4), (1, 2)):
        size = n * blocks
        x = np.arange(1.0, size * size + 1).reshape(size, size)
        wanted = sum_pool2d(x[None, None], n)[0][0, 0]
        found = part(x, n, mode)[::n, ::n]
        if not np.array_equal(found, wanted):
            said = f"x = {x.astype(int).tolist()}, " if size <= 2 else f"{size} x {size}, "
            return f"'{mode}': {said}n={n}: {found[0, 0]:g} instead of {wanted[0, 0]:g}"
    return ""
