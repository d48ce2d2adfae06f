"""MNIST, or a set of images in its format, from the four original IDX files that the user has."""

from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from cnnmath.data.files import check_folder, find, opened
from cnnmath.data.idx import read_idx
from cnnmath.data.images import check_dtype, check_labels, scaled


class Mnist(NamedTuple):
    x_train: np.ndarray  # (n, 1, 28, 28), in [0, 1]
    t_train: np.ndarray  # (n,), int64 labels 0..9
    x_test: np.ndarray
    t_test: np.ndarray


def load_mnist(dir: str | PathLike[str], dtype: DTypeLike = np.float32) -> Mnist:
    """Training and test images from `dir`, `x` (n, 1, 28, 28) in [0, 1], `t` (n,) int64 labels 0..9.

    Files: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
    t10k-labels-idx1-ubyte, or train-images.idx3-ubyte and so on, each plain or gzip, with or
    without .gz at the end; the first name of these that is there is read. Nothing is downloaded.
    The numbers of images are those of the files: 60000 and 10000 in MNIST, fewer if you cut it down.
    x is the pixel 0..255 divided by 255. The arrays are fresh at each call.

    Raises FileNotFoundError if `dir` or a file is missing; ValueError with file, field, what was
    expected and what was found if `dir` is no directory, or a file is none, damaged, of another
    format, too short, too long, from gzip longer than 256 MiB (unpack it then), of images that are
    not 28x28, of labels outside 0..9, or of another number of labels than of images; TypeError for
    a dtype other than float32 and float64.
    """
    check_dtype("load_mnist", dtype)
    folder = Path(dir)
    check_folder("load_mnist", folder)
    x_train, t_train = _read_part(folder, "train")
    x_test, t_test = _read_part(folder, "t10k")
    return Mnist(scaled(x_train, dtype), t_train, scaled(x_test, dtype), t_test)


def _read_part(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Pixels uint8 (n, 1, 28, 28) and labels int64 (n,)."""
    images = find("load_mnist", folder, *(f"{part}-images{c}idx3-ubyte" for c in "-."))
    labels = find("load_mnist", folder, *(f"{part}-labels{c}idx1-ubyte" for c in "-."))
    with opened("load_mnist", images) as file:
        x = read_idx(file, (28, 28))
    with opened("load_mnist", labels) as file:
        t = read_idx(file, ())
        check_labels(t)
        if len(t) != len(x):
            raise ValueError(f"labels: expected {len(x)} as {images.name} has, found {len(t)}")
    return x.reshape(-1, 1, 28, 28), t.astype(np.int64)
