"""Chapter implementation, 002 section 6.2.1: what is wrong in print, searched for in small whole numbers.

Cases come in increasing order, the first that differs is returned as text; an empty text says that
there is none. Each search has switches that put the right thing in the place of the wrong one.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from cnnmath.ledger.cnn_printed import SMALL, extent, rising, shown
from cnnmath.ops import conv2d

LONGEST, NUMBERS = 4, 7


def arrays(*lengths: int) -> Iterator[tuple[Any, ...]]:
    """Arrays of these lengths: all small whole numbers, the smallest first."""
    for numbers in sorted(product(SMALL[:3], repeat=sum(lengths)), key=extent):
        yield tuple(np.split(np.array(numbers, float), np.cumsum(lengths)[:-1]))


def inverse(spectrum: Any) -> Any:
    """F^-1 of a product of spectra of whole numbers, which is whole."""
    return np.rint(np.fft.ifft(spectrum).real) + 0.0  # no -0


def circle_for_a_line(*, padded: bool = False) -> str:
    """6.13: the first entries of f * g, of n and m <= n entries, from transforms of the length of f."""
    for n, m in rising(LONGEST, LONGEST):
        length = n + m - 1 if padded else n
        for f, g in arrays(n, m) if m <= n else ():
            found = inverse(np.fft.fft(f, length) * np.fft.fft(g, length))
            linear = np.convolve(f, g)
            if not np.array_equal(found, linear[:length]):
                return (
                    f"f={shown(f)}, g={shown(g)}: transforms of length {length} give {shown(found)}, but "
                    f"f * g = {shown(linear)}"
                )
    return ""


def spectra_as_printed(*, conjugate: bool = False, channels: bool = False) -> str:
    """6.15: one row of pixels, C channels; the kernel padded, or there would be nothing to multiply.

    As printed it has U entries, the layer has I = U - P + 1: any I of them in a row will do.
    """
    for C, (u, p) in product((1, 2), rising(LONGEST, LONGEST)):
        for numbers in arrays(*[u] * C, *[p] * C) if p <= u and C * (u + p) <= NUMBERS else ():
            x, w = np.array(numbers[:C]), np.array(numbers[C:])
            kernels = np.fft.fft(w, u)
            products = np.fft.fft(x) * (kernels.conj() if conjugate else kernels)
            found = inverse(products.sum(axis=0) if channels else products[0])
            layer = conv2d(x[None, :, None], w[None, :, None])[0].ravel()
            if not any(np.array_equal(found[s : s + layer.size], layer) for s in range(p)):
                return f"x={_maps(x)}, w={_maps(w)}: {shown(found)}, but the layer gives {shown(layer)}"
    return ""


def _maps(array: Any) -> str:
    return ", ".join(map(shown, array))
