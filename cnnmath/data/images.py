"""What all data sets of images share: the dtype asked for, labels 0..9, pixels in [0, 1]."""

import numpy as np
from numpy.typing import DTypeLike


def check_dtype(function: str, dtype: DTypeLike) -> None:
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise TypeError(f"{function}: dtype must be float32 or float64, got {np.dtype(dtype)}")


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
