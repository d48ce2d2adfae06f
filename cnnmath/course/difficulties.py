"""The seven difficulties of image classification, made from real digits.  Source: 002 section 2.1.

Each function takes an image (u, v) with values in [0, 1] and returns a new one of its shape. Where
nothing was seen, the background is 0 (black).
"""

from collections.abc import Sequence

import numpy as np

from cnnmath.ops import ShapeError

Image = np.ndarray


def look_up(image: Image, rows: np.ndarray, columns: np.ndarray) -> Image:
    """Values of the image at real positions: bilinear between the four neighbours, 0 outside."""
    u, v = image.shape
    framed = np.pad(image, 1)  # a ring of background, so that the border fades out
    row, column = np.clip(rows, -1, u) + 1, np.clip(columns, -1, v) + 1
    top, left = np.minimum(row.astype(int), u), np.minimum(column.astype(int), v)
    down, right = row - top, column - left
    above = (1 - right) * framed[top, left] + right * framed[top, left + 1]
    below = (1 - right) * framed[top + 1, left] + right * framed[top + 1, left + 1]
    return ((1 - down) * above + down * below).astype(image.dtype)


def warp(image: Image, matrix: np.ndarray) -> Image:
    """Affine warp about the centre: the pixel at offset r shows what was at offset matrix @ r."""
    _check("warp", image)
    if np.shape(matrix) != (2, 2):
        raise ShapeError(f"warp: matrix has shape {np.shape(matrix)}; wanted (2, 2)")
    centre = (np.array(image.shape) - 1) / 2
    offsets = np.moveaxis(np.indices(image.shape), 0, -1) - centre
    there = offsets @ np.asarray(matrix).T + centre
    return look_up(image, there[..., 0], there[..., 1])


def viewpoint(image: Image, roll: float, slant: float) -> Image:
    """Turned clockwise by ``roll`` and seen from ``slant`` (below 90) to the side, in degrees."""
    if not abs(slant) < 90:
        raise ValueError(f"viewpoint: slant is {slant} degrees; wanted less than 90")
    a = np.deg2rad(roll)
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    return warp(image, np.diag([1, 1 / np.cos(np.deg2rad(slant))]) @ turn)  # narrower, then turned


def scale(image: Image, factor: float) -> Image:
    """As if nearer (factor > 1) or farther away (factor < 1)."""
    if not factor > 0:
        raise ValueError(f"scale: factor is {factor}; wanted a number > 0")
    return warp(image, np.eye(2) / factor)


def deform(image: Image, strength: float, rng: np.random.Generator) -> Image:
    """Elastic: each pixel is fetched from up to ``strength`` pixels away, neighbours move alike."""
    _check("deform", image)
    knots = rng.uniform(-strength, strength, size=(2, 3, 3))  # a coarse grid, smooth in between
    rows, columns = np.indices(image.shape)
    at = rows * 2 / (image.shape[0] - 1), columns * 2 / (image.shape[1] - 1)
    return look_up(image, rows + look_up(knots[0], *at), columns + look_up(knots[1], *at))


def occlude(image: Image, row: int, column: int, size: int) -> Image:
    """A black square of ``size`` pixels a side stands before it, its corner at (row, column)."""
    _check("occlude", image)
    u, v = image.shape
    if size < 1 or not (0 <= row <= u - size and 0 <= column <= v - size):
        raise ValueError(
            f"occlude: a square of {size} at ({row}, {column}) does not lie in an image {u} x {v}"
        )
    result = image.copy()
    result[row : row + size, column : column + size] = 0
    return result


def illuminate(image: Image, near: float, far: float) -> Image:
    """Lit from the side: brightness goes in even steps from ``near`` (left) to ``far`` (right)."""
    _check("illuminate", image)
    if not (0 <= near <= 1 and 0 <= far <= 1):
        raise ValueError(f"illuminate: brightness is {near} to {far}; wanted numbers in 0 .. 1")
    return image * np.linspace(near, far, image.shape[1], dtype=image.dtype)


def clutter(image: Image, others: Sequence[Image] | Image, strength: float) -> Image:
    """Other images lie behind it, shifted off the centre and dimmed to ``strength``."""
    _check("clutter", image)
    if not 0 <= strength <= 1:
        raise ValueError(f"clutter: strength is {strength}; wanted a number in 0 .. 1")
    step = (image.shape[0] + 1) // 3  # so that strokes of all lie between the strokes in front
    behind = np.zeros_like(image)
    for number, other in enumerate(others):
        shift = (step, -step)[number % 2], (step, -step)[number // 2 % 2]
        behind = np.maximum(behind, np.roll(other, shift, axis=(0, 1)))
    return np.maximum(image, (strength * behind).astype(image.dtype))


def seven_difficulties(
    image: Image, relative: Image, others: Image, rng: np.random.Generator
) -> dict[str, Image]:
    """The seven of 002 section 2.1, by name; ``relative`` is another real image of the same class.

    ``rng`` draws the deformation, and two of ``others`` (n, u, v) for the clutter.
    """
    return {
        "viewpoint": viewpoint(image, roll=25, slant=40),
        "scale": scale(image, 0.6),
        "deformation": deform(image, 2.0, rng),
        "occlusion": occlude(image, 4, 2, 4),
        "illumination": illuminate(image, 1.0, 0.1),
        "background clutter": clutter(image, others[rng.integers(len(others), size=2)], 0.7),
        "intra-class variation": relative.copy(),
    }


def _check(name: str, image: Image) -> None:
    if not isinstance(image, np.ndarray) or image.ndim != 2 or min(image.shape) < 2:
        raise ShapeError(
            f"{name}: image has shape {np.shape(image)}; wanted (u, v), at least 2 x 2"
        )
    if not np.issubdtype(image.dtype, np.floating):
        raise TypeError(f"{name}: image has dtype {image.dtype}; wanted float32 or float64")
    if not (image.min() >= 0 and image.max() <= 1):
        raise ValueError(
            f"{name}: image has values {image.min():g} .. {image.max():g}; wanted 0 .. 1"
        )
