"""How many multiplications each way to convolve takes, for layers that keep the size of square maps.

Counts of what the formulas multiply; additions, and copies in memory, are not in them.
"""

from typing import NamedTuple

from cnnmath.ledger.implementation_fourier_checks import Shape, by_transforms, plain

WAYS = ("sum", "Fourier", "Winograd")
TILE, OUTPUTS = 16, 2  # products of a tile, and rows and columns of outputs that it makes


class Counts(NamedTuple):
    """Multiplications of one layer; None where a way does not apply."""

    sum: float
    fourier: float
    winograd: float | None


def counts(shape: Shape, kernel: int) -> Counts:
    """N C O U^2 P^2 by the sum; Fourier and Winograd as ``by_transforms`` and ``by_tiles`` say.

    ``shape`` is (N, C, O, U), the kernel P x P with P odd, in a border of (P - 1)/2 zeros.
    Raises ValueError for an even kernel or a size below 1.
    """
    if kernel < 1 or kernel % 2 == 0 or min(shape) < 1:
        raise ValueError(f"counts: {shape}, kernel {kernel}; wanted sizes >= 1 and an odd kernel")
    tiles = by_tiles(shape) if kernel == 3 else None
    return Counts(plain(shape, kernel), by_transforms(shape, kernel), tiles)


def by_tiles(shape: Shape) -> float:
    """Winograd's F(2x2, 3x3): 16 for each pair of maps and each tile of 2 x 2 outputs, those that stick out
    included; its factors 1/2 are not counted."""
    N, C, O, U = shape  # noqa: E741
    return float(TILE * N * C * O * (-(-U // OUTPUTS)) ** 2)


def per_output(shape: Shape, kernel: int) -> Counts:
    """The same for one output entry and one map that comes in: P^2 by the sum.

    >>> per_output(Shape(1, 1, 1, 4), 3).winograd
    4.0
    """
    N, C, O, U = shape  # noqa: E741
    outputs = N * C * O * U**2
    total = counts(shape, kernel)
    tiles = None if total.winograd is None else total.winograd / outputs
    return Counts(total.sum / outputs, total.fourier / outputs, tiles)
