"""IDX, the format of MNIST.

An IDX file of bytes: 00 00 08, the number of dimensions in one byte, the size of each dimension in
four bytes (most significant first), then the values in row-major order.
"""

import math
from collections.abc import Sequence
from io import BufferedIOBase

import numpy as np

from cnnmath.data.files import content, length

LABELS = b"\0\0\x08\x01"
IMAGES = b"\0\0\x08\x03"
MEANING = {
    LABELS: "labels",
    IMAGES: "images",
    LABELS[::-1]: "labels in the other byte order",
    IMAGES[::-1]: "images in the other byte order",
}


def read_idx(file: BufferedIOBase, item: Sequence[int]) -> np.ndarray:
    """The uint8 array (n, *item) of an IDX file, any n from 1; item (28, 28) for images, () for labels.

    Raises ValueError for another magic number, other dimensions, and a file that is longer or shorter
    than they say.
    """
    magic = bytes([0, 0, 8, 1 + len(item)])
    start = 4 * (2 + len(item))
    header = file.read(start)
    if header[:4] != magic:
        raise ValueError(f"magic: expected {_shown(magic)}, found {_shown(header[:4])}")
    if len(header) < start:
        raise ValueError(f"header: expected {start} bytes, found {len(header)}")
    shape = [int(number) for number in np.frombuffer(header, ">u4", offset=4)]
    if shape[0] == 0 or shape[1:] != list(item):
        wanted = " x ".join(["n", *map(str, item)])
        given = " x ".join(map(str, shape))
        raise ValueError(f"dimensions: expected {wanted} with n at least 1, found {given}")
    size = start + math.prod(shape)
    found = length(file, size)
    if found != size:
        more = "at least " if found > size else ""
        raise ValueError(f"length: expected {size} bytes, found {more}{found}")
    return content(file, size)[start:].reshape(shape)


def _shown(magic: bytes) -> str:
    return f"{magic.hex(' ') or 'no bytes'} ({MEANING.get(magic, 'not IDX of bytes')})"
