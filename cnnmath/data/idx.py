"""Files that the user has, plain or gzip, read with care; and IDX, the format of MNIST.

An IDX file of bytes: 00 00 08, the number of dimensions in one byte, the size of each dimension in
four bytes (most significant first), then the values in row-major order.

No header is believed. A plain file says its size; a gzip file is first unpacked without keeping
anything, one byte further than wanted at most. Memory is taken only when the size is right.
"""

import gzip
import math
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

LIMIT = 256 * 2**20  # bytes that a gzip file may unpack to; the largest of MNIST has 47 million
CHUNK = 2**18
GZIP = b"\x1f\x8b"  # neither an IDX file nor a label 0..9 begins so

LABELS = b"\0\0\x08\x01"
IMAGES = b"\0\0\x08\x03"
MEANING = {
    LABELS: "labels",
    IMAGES: "images",
    LABELS[::-1]: "labels in the other byte order",
    IMAGES[::-1]: "images in the other byte order",
}


def check_dtype(function: str, dtype: DTypeLike) -> None:
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise TypeError(f"{function}: dtype must be float32 or float64, got {np.dtype(dtype)}")


def check_folder(function: str, folder: Path) -> None:
    if not folder.exists():
        raise FileNotFoundError(f"{function}: {folder}: expected a directory, found nothing")
    if not folder.is_dir():
        raise ValueError(f"{function}: {folder}: expected a directory, found a file")


def find(function: str, folder: Path, *names: str) -> Path:
    """The first of `names`, each also with .gz, that is a file in `folder`."""
    paths = [folder / (name + end) for name in names for end in ("", ".gz")]
    there = [path for path in paths if path.exists()]
    for path in there:
        if path.is_file():
            return path
    if there:
        kind = "a directory" if there[0].is_dir() else "something else"
        raise ValueError(f"{function}: {there[0]}: expected a file, found {kind}")
    wanted = " or ".join(path.name for path in paths)
    raise FileNotFoundError(f"{function}: {folder}: expected {wanted}, found none of them")


@contextmanager
def opened(function: str, path: Path) -> Iterator[BufferedIOBase]:
    """The file at `path`, unpacked if its content is gzip. Errors raised inside then name it."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == GZIP
            file.seek(0)
            if not packed:
                yield file
                return
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield unpacked
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        message = f"{function}: {path}: gzip: expected a whole file, found: {error}"
        raise ValueError(message) from error
    except ValueError as error:
        raise ValueError(f"{function}: {path}: {error}") from error


def length(file: BufferedIOBase, wanted: int = LIMIT) -> int:
    """Number of bytes; of a gzip file counted up to `wanted + 1` and refused above LIMIT."""
    if not isinstance(file, gzip.GzipFile):
        return os.fstat(file.fileno()).st_size
    file.seek(0)
    enough = min(wanted, LIMIT) + 1
    count = 0
    while chunk := file.read(min(CHUNK, enough - count)):
        count += len(chunk)
    if count > LIMIT:
        raise ValueError(f"length: expected at most {LIMIT} bytes from gzip, found more")
    return count


def content(file: BufferedIOBase, size: int) -> np.ndarray:
    """The bytes of a file, uint8 (size,), once `length` has found that there are so many."""
    file.seek(0)
    return np.frombuffer(file.read(size), np.uint8)


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


def check_labels(labels: np.ndarray) -> None:
    wrong = np.flatnonzero(labels > 9)
    if wrong.size:
        n = wrong[0]
        raise ValueError(f"label {n}: expected 0..9, found {labels[n]}")


def scaled(pixels: np.ndarray, dtype: DTypeLike) -> np.ndarray:
    """Bytes 0..255 as fresh numbers in [0, 1]."""
    x = pixels.astype(dtype)
    x /= 255
    return x
