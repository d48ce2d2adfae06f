"""CIFAR-10 from the six files of its binary version that the user has."""

from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from cnnmath.data.files import check_folder, content, find, length, opened
from cnnmath.data.images import check_dtype, check_labels, scaled

FOLDER = "cifar-10-batches-bin"  # what the original archive unpacks to
TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST = "test_batch.bin"
RECORD = 1 + 3 * 32 * 32  # a label, then the red, the green and the blue pixels


class Cifar10(NamedTuple):
    x_train: np.ndarray  # (n, 3, 32, 32): red, green, blue, in [0, 1]
    t_train: np.ndarray  # (n,), int64 labels 0..9
    x_test: np.ndarray
    t_test: np.ndarray


def load_cifar10(dir: str | PathLike[str], dtype: DTypeLike = np.float32) -> Cifar10:
    """Training and test images from `dir`, `x` (n, 3, 32, 32) in [0, 1], `t` (n,) int64 labels 0..9.

    Files of the *binary* version: data_batch_1.bin to data_batch_5.bin and test_batch.bin, in `dir`
    or, if there is one, in its folder cifar-10-batches-bin; each plain or gzip, with or without .gz
    at the end, the plain name first. Nothing is downloaded. A file is a row of records of 3073
    bytes: the label, then the pixels (3, 32, 32) in row-major order, red, green, blue. Any number of
    records will do, 10000 a file in CIFAR-10; the training batches are joined in order.
    x is the pixel 0..255 divided by 255. The arrays are fresh at each call.

    Raises FileNotFoundError if `dir` or a file is missing; ValueError with file, field, what was
    expected and what was found if `dir` is no directory, or a file is none, damaged, empty, of a
    length that is no multiple of 3073, from gzip longer than 256 MiB (unpack it then), or of labels
    outside 0..9; TypeError for a dtype other than float32 and float64.
    """
    check_dtype("load_cifar10", dtype)
    folder = Path(dir)
    check_folder("load_cifar10", folder)
    if (folder / FOLDER).is_dir():
        folder = folder / FOLDER
    paths = [find("load_cifar10", folder, name) for name in (*TRAIN, TEST)]
    *train, test = (_read_batch(path) for path in paths)
    return Cifar10(*_split(np.concatenate(train), dtype), *_split(test, dtype))


def _read_batch(path: Path) -> np.ndarray:
    """The records, uint8 (n, 3073)."""
    with opened("load_cifar10", path) as file:
        size = length(file)
        if size == 0 or size % RECORD:
            raise ValueError(f"length: expected a multiple of {RECORD} bytes, found {size}")
        records = content(file, size).reshape(-1, RECORD)
        check_labels(records[:, 0])
    return records


def _split(records: np.ndarray, dtype: DTypeLike) -> tuple[np.ndarray, np.ndarray]:
    x = scaled(records[:, 1:], dtype).reshape(-1, 3, 32, 32)
    return x, records[:, 0].astype(np.int64)
