"""Reading and writing .npz files with care: a zip of plain arrays, without pickle.

`np.load` allocates what a header claims. Here no more is taken than the file has bytes.
"""

import math
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

# what zipfile, NumPy and seeking raise in a file whose bytes are not what they should be
DAMAGE = (
    ValueError,
    zipfile.BadZipFile,
    EOFError,
    OSError,
    KeyError,
    TypeError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write all or nothing: into a file beside `path`, which then takes its place."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_headers(archive: zipfile.ZipFile, size: int) -> dict[str, str]:
    """Dtype and shape of each entry as text, such as "float64 (2, 3)"; `size` is the file's.

    Raises ValueError for entries that are compressed, no arrays, there twice or larger than the file.
    """
    headers: dict[str, str] = {}
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        if name == info.filename:
            raise ValueError(f"{name}: expected a name that ends in .npy")
        if name in headers:
            raise ValueError(f"{name}: expected one entry, found two")
        if info.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"{name}: expected a plain entry, found a compressed one")
        if info.file_size > size:
            raise ValueError(f"{name}: expected at most {size} bytes, found {info.file_size}")
        with archive.open(info) as entry:
            headers[name] = _header(name, entry, info.file_size)
    return headers


def read_content(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """The array of an entry whose header `read_headers` has seen."""
    with archive.open(f"{name}.npy") as entry:
        array = np.lib.format.read_array(entry, allow_pickle=False)
        if entry.read(1):  # reading to the end also makes zipfile compare the checksum
            raise ValueError(f"{name}: expected the end of the array, found more bytes")
    return array


def _header(name: str, entry: Any, size: int) -> str:
    version = np.lib.format.read_magic(entry)
    if version != (1, 0):
        raise ValueError(f"{name}: expected npy format (1, 0), found {version}")
    shape, _, dtype = np.lib.format.read_array_header_1_0(entry)
    claimed = math.prod(map(abs, shape)) * dtype.itemsize
    if claimed > size:
        raise ValueError(f"{name}: expected at most {size} bytes, found {dtype} {shape}")
    return f"{dtype} {shape}"
