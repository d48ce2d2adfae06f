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


def check_images(function: str, name: str, x: np.ndarray) -> None:
    """Images (n, c, u, v), finite, in float32 or float64."""
    check_samples(function, name, x)
    if x.ndim != 4:
        raise ValueError(f"{function}: {name} has shape {x.shape}; wanted images (n, c, u, v)")


def check_samples(function: str, name: str, x: np.ndarray) -> None:
    """Samples (n, ...), at least one, finite, in float32 or float64."""
    if not isinstance(x, np.ndarray) or isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{function}: {name} must be a NumPy array, got {type(x).__name__}")
    if x.dtype not in (np.float32, np.float64):
        raise TypeError(f"{function}: {name} has dtype {x.dtype}; wanted float32 or float64")
    if x.size == 0 or x.ndim == 0:
        raise ValueError(f"{function}: {name} has shape {x.shape}; wanted samples (n, ...), n >= 1")
    if not np.isfinite(x).all():
        raise ValueError(f"{function}: {name} holds NaN or infinity; wanted finite numbers")
