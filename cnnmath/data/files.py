"""Files that the user has, plain or gzip, read with care.

No header is believed. A plain file says its size; a gzip file is first unpacked without keeping
anything, one byte further than wanted at most. Memory is taken only when the size is right.
"""

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path

import numpy as np

LIMIT = 256 * 2**20  # bytes that a gzip file may unpack to; the largest of MNIST has 47 million
CHUNK = 2**18
GZIP = b"\x1f\x8b"  # neither an IDX file nor a label 0..9 begins so


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
