"""Convolution and pooling as plain loops read off their definitions: what the exact tests compare with.

Nothing here is shared with the ops. A gradient is gathered term by term: a product w x of the
definition gives w dz to the entry of x and x dz to the entry of w. Numbers are Fractions, or whole
numbers in floats, small enough that no order of summation rounds: comparisons are ==.
"""

from fractions import Fraction
from itertools import product

import numpy as np

KINDS = ["fractions", "float64", "float32"]
DTYPES = {"fractions": object, "float64": np.float64, "float32": np.float32}


def draw(rng, kind, *shape, times=1):
    """Whole numbers (fractions: with small denominators), each a multiple of ``times``."""
    whole = rng.integers(-4, 5, shape) * times
    if kind != "fractions":
        return whole.astype(kind)
    below = rng.integers(1, 5, whole.size)
    entries = [Fraction(int(n), int(d)) for n, d in zip(whole.flat, below, strict=True)]
    return np.array(entries, object).reshape(shape)


def assert_same(ours, expected):
    """Equal shape, dtype and entries; exact numbers stay exact."""
    assert ours.shape == expected.shape
    assert ours.dtype == expected.dtype
    assert (ours == expected).all()
    if ours.dtype == object:
        assert all(isinstance(entry, int | Fraction) for entry in ours.flat)


def positions(size, kernel, stride=1, padding=0, dilation=1):
    """How many windows lie in the padded input -padding..size-1+padding: they are counted."""
    i = 0
    while stride * i - padding + dilation * (kernel - 1) <= size - 1 + padding:
        i += 1
    return i


def output_shape(x_shape, w_shape, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    rows_and_columns = map(positions, x_shape[2:], w_shape[2:], stride, padding, dilation)
    return x_shape[0], w_shape[0], *rows_and_columns


def terms(x_shape, w_shape, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    """The places in z, w and x of every product of the definition whose x lies in the image."""
    N, C, U, V = x_shape
    O, _, P, Q = w_shape  # noqa: E741
    _, _, I, J = output_shape(x_shape, w_shape, stride, padding, dilation)  # noqa: E741
    for n, o, i, j, c, p, q in product(*map(range, (N, O, I, J, C, P, Q))):
        u = stride[0] * i + dilation[0] * p - padding[0]
        v = stride[1] * j + dilation[1] * q - padding[1]
        if 0 <= u < U and 0 <= v < V:
            yield (n, o, i, j), (o, c, p, q), (n, c, u, v)


def convolution(x, w, b, dz, **geometry):
    """z, dx, dw, db of the convolution layer; b None is no bias."""
    z, dx, dw = (np.zeros(shape, x.dtype) for shape in (dz.shape, x.shape, w.shape))
    for here, weight, entry in terms(x.shape, w.shape, **geometry):
        z[here] += w[weight] * x[entry]
        dx[entry] += w[weight] * dz[here]
        dw[weight] += x[entry] * dz[here]
    if b is None:
        return z, dx, dw, None
    db = np.zeros(b.shape, x.dtype)
    for n, o, i, j in np.ndindex(z.shape):
        z[n, o, i, j] += b[o]
        db[o] += dz[n, o, i, j]
    return z, dx, dw, db


def pool_windows(x_shape, size, stride, padding):
    """The place in y, and the places in x that its window sees, in row-major order."""
    N, C, U, V = x_shape
    I, J = map(positions, (U, V), size, stride, padding)  # noqa: E741
    for n, c, i, j in product(*map(range, (N, C, I, J))):
        corner = stride[0] * i - padding[0], stride[1] * j - padding[1]
        seen = [
            (n, c, corner[0] + p, corner[1] + q)
            for p in range(size[0])
            for q in range(size[1])
            if 0 <= corner[0] + p < U and 0 <= corner[1] + q < V
        ]
        yield (n, c, i, j), seen


def pool_shape(x_shape, size, stride, padding):
    return *x_shape[:2], *map(positions, x_shape[2:], size, stride, padding)


def max_pooling(x, dy, size, stride, padding):
    """y and dx; the first of equal entries, which is why the comparison is strict."""
    y, dx = np.zeros(dy.shape, x.dtype), np.zeros(x.shape, x.dtype)
    for here, seen in pool_windows(x.shape, size, stride, padding):
        first = seen[0]
        for entry in seen[1:]:
            if x[entry] > x[first]:
                first = entry
        y[here] = x[first]
        dx[first] += dy[here]
    return y, dx


def sum_pooling(x, dy, size, stride, padding, *, divisor=1):
    """y and dx of sum pooling; of mean pooling with ``divisor`` P Q. dy is a multiple of divisor."""
    y, dx, share = np.zeros(dy.shape, x.dtype), np.zeros(x.shape, x.dtype), dy / divisor
    for here, seen in pool_windows(x.shape, size, stride, padding):
        for entry in seen:
            y[here] += x[entry]
            dx[entry] += share[here]
    return y / divisor, dx
