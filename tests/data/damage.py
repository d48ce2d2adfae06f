"""Damaged gzip files for the tests of the readers, and how much memory a call takes."""

import gzip
import tracemalloc
from contextlib import contextmanager

MEMORY = 4 * 2**20


def bomb(content):
    """Gzip of 1 GiB in 1 MiB: `content`, then zeros."""
    return gzip.compress(content) + gzip.compress(bytes(2**20)) * 2**10


def damaged(content):
    """Gzip files of `content` that were cut off, changed or lengthened, and what is said of them."""
    good = gzip.compress(content)
    changed_sum = good[:-8] + bytes([good[-8] ^ 1]) + good[-7:]
    changed_size = good[:-1] + b"\1"
    changed_block = good[:10] + b"\xff" + good[11:]
    return [
        (good[:2], "Compressed file ended"),
        (good[:12], "Compressed file ended"),
        (good[:-9], "Compressed file ended"),
        (good[:-1], "Compressed file ended"),
        (changed_sum, "CRC check failed"),
        (changed_size, "Incorrect length"),
        (changed_block, "Error -3"),
        (good[:2] + b"\7" + good[3:], "Unknown compression method"),
        (good + b"more", "Not a gzipped file"),
    ]


@contextmanager
def little_memory():
    """Python and NumPy take no more than 4 MiB inside."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MEMORY, peak
