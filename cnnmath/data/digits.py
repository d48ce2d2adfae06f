"""The 1,797 real handwritten digits that come with the package, 8x8 pixels each.

Source: test part of "Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak,
UCI Machine Learning Repository, doi:10.24432/C50P49, licence CC BY 4.0 (DIGITS-LICENSE.txt),
in the order and with the values 0..16 that scikit-learn ships. `make_digits.py` made the file.
"""

import hashlib
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from cnnmath.data.images import check_dtype

FILE = Path(__file__).with_name("digits.npy")
SHA256 = "c45cf27f9e6d1507aa17aa9949fab3d046c8ffa373a108f49991e27f232ad83b"

N_TRAIN = 1437


class Digits(NamedTuple):
    x_train: np.ndarray  # (1437, 1, 8, 8), in [0, 1]
    t_train: np.ndarray  # (1437,), int64 labels 0..9
    x_test: np.ndarray  # (360, 1, 8, 8)
    t_test: np.ndarray  # (360,)


def load_digits(dtype: DTypeLike = np.float32) -> Digits:
    """Training and test digits, `x` (n, 1, 8, 8) in [0, 1], `t` (n,) int64 labels 0..9.

    The 1,797 digits are split by `default_rng(0).permutation(1797)`: 1437 to train, 360 to test.
    UCI's "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, CC BY 4.0.
    The arrays are fresh at each call: write into them freely. A dtype other than float32 and
    float64 raises TypeError, a missing or changed data file ValueError.

    >>> digits = load_digits()
    >>> digits.x_train.shape, digits.t_train[:5].tolist()
    ((1437, 1, 8, 8), [6, 6, 6, 2, 5])
    """
    check_dtype("load_digits", dtype)
    table = _read_table()[np.random.default_rng(0).permutation(1797)]
    x = (table[:, :64] / 16).astype(dtype).reshape(-1, 1, 8, 8)  # sixteenths are exact in float32
    t = table[:, 64].astype(np.int64)
    return Digits(x[:N_TRAIN], t[:N_TRAIN], x[N_TRAIN:], t[N_TRAIN:])


def _read_table() -> np.ndarray:
    """One row per digit: 64 pixels 0..16 in row-major order, then the label; uint8 (1797, 65)."""
    content = FILE.read_bytes() if FILE.is_file() else None
    found = "no file" if content is None else hashlib.sha256(content).hexdigest()
    if content is None or found != SHA256:
        raise ValueError(f"load_digits: {FILE}: expected SHA-256 {SHA256}, found {found}")
    return np.load(io.BytesIO(content), allow_pickle=False)
