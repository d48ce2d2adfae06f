"""Crops: parts of images, at random places in training, at five places in a test.

Source: 002 section 6.7 (zhang-6.7-a).  Chapter 05.
"""

import numpy as np

from cnnmath.data.batches import check_count, check_rng
from cnnmath.data.images import check_images


def random_crop(
    x: np.ndarray, size: int | tuple[int, int], rng: np.random.Generator, *, padding: int = 0
) -> np.ndarray:
    """A part of each image, each at its own place: y[n,c,i,j] = x[n, c, a[n] + i, b[n] + j].

    x (n, c, u, v) -> y (n, c, *size); `size` is one number or (rows, columns). The places a[n] = 0..U-I and
    b[n] = 0..V-J are drawn from `rng`, all equally likely; all channels of an image have the same one.
    `padding` puts so many zeros around the images first: with size (u, v) images are then shifted by up to
    so many pixels. dtype is kept, the result is a fresh array, at full size too.
    Raises TypeError and ValueError (rank, dtype, NaN, a size that is no count or larger than the image with
    its padding, a negative padding). Source: 002 section 6.7.
    """
    check_images("random_crop", "x", x)
    if isinstance(padding, bool) or not isinstance(padding, int | np.integer):
        raise TypeError(f"random_crop: padding must be an integer, got {padding!r}")
    if padding < 0:
        raise ValueError(f"random_crop: padding must be at least 0, got {padding}")
    check_rng("random_crop", rng)
    border = (int(padding), int(padding))
    x = np.pad(x, ((0, 0), (0, 0), border, border))
    rows, columns = _size("random_crop", size, x)
    top = rng.integers(0, x.shape[2] - rows + 1, len(x))
    left = rng.integers(0, x.shape[3] - columns + 1, len(x))
    y = np.empty((*x.shape[:2], rows, columns), x.dtype)
    for image, a, b, part in zip(x, top, left, y, strict=True):
        part[...] = image[:, a : a + rows, b : b + columns]
    return y


def five_crop(x: np.ndarray, size: int | tuple[int, int]) -> np.ndarray:
    """The four corners and the centre of each image, (5, n, c, *size), in this order.

    Top left, top right, bottom left, bottom right, centre; x (n, c, u, v), `size` is one number or (rows,
    columns). The centre starts at row (U-I)//2 and column (V-J)//2: where no middle exists, above and to the
    left of it. dtype is kept, the result is a fresh array.
    Raises TypeError and ValueError (rank, dtype, NaN, a size that is no count or larger than the image).
    Source: 002 section 6.7.
    """
    check_images("five_crop", "x", x)
    rows, columns = _size("five_crop", size, x)
    places = five_places(x.shape[2] - rows, x.shape[3] - columns)
    return np.stack([x[:, :, a : a + rows, b : b + columns] for a, b in places])


def five_places(down: int, right: int) -> list[tuple[int, int]]:
    """Row and column where each of five_crop's parts starts, if the last ones start at (down, right)."""
    return [(0, 0), (0, right), (down, 0), (down, right), (down // 2, right // 2)]


def _size(function: str, size: int | tuple[int, int], x: np.ndarray) -> tuple[int, int]:
    """Rows and columns of a crop that fits into the images."""
    pair = size if isinstance(size, tuple) else (size, size)
    if len(pair) != 2:
        raise ValueError(f"{function}: size must be a number or (rows, columns), got {size}")
    for each in pair:
        check_count(function, "size", each)
    rows, columns = pair
    if rows > x.shape[2] or columns > x.shape[3]:
        raise ValueError(
            f"{function}: size is {rows} x {columns}, larger than the images of "
            f"{x.shape[2]} x {x.shape[3]}"
        )
    return int(rows), int(columns)
