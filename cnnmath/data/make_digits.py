"""Make `digits.npy` from scikit-learn's copy of the digits: `python -m cnnmath.data.make_digits`.

Run once, by hand; the file is committed. The bytes depend on the data alone: a plain uint8 table
behind a version 1.0 npy header, no compression, no time stamp.
"""

import hashlib
import io

import numpy as np

from cnnmath.data.digits import FILE, SHA256


def digits_file() -> bytes:
    """Content of `digits.npy`: uint8 (1797, 65), 64 pixels 0..16, then the label 0..9."""
    from sklearn.datasets import load_digits  # only this script needs scikit-learn

    pixels, labels = load_digits(return_X_y=True)
    table = np.column_stack([pixels, labels])
    if table.shape != (1797, 65) or not np.array_equal(table, table.astype(np.uint8)):
        raise ValueError(f"make_digits: scikit-learn's digits are not as expected: {table.shape}")
    content = io.BytesIO()
    np.lib.format.write_array(content, table.astype(np.uint8), version=(1, 0), allow_pickle=False)
    return content.getvalue()


def main() -> None:
    content = digits_file()
    found = hashlib.sha256(content).hexdigest()
    FILE.write_bytes(content)
    print(f"{FILE.name}: {len(content)} bytes, SHA-256 {found}")
    print("as in digits.py" if found == SHA256 else f"digits.py has {SHA256}: change it there")


if __name__ == "__main__":
    main()
