"""Convolution by FFT against the loops of the definition: whole numbers exactly after rounding, others
within the bound that the docstring names, and wrong versions noticed."""

import tracemalloc

import numpy as np
import pytest
from broken_source import replace_source
from window_loops import convolution, draw, output_shape

from cnnmath.ops import conv_fft
from cnnmath.ops.conv_fft import (
    fast_length,
    fft_dw,
    fft_dx,
    fft_value,
    transform_lengths,
)
from cnnmath.ops.windows import windows

# shape of x (n, c, u, v), shape of w (o, c, p, q), padding
GEOMETRIES = {
    "plain": ((2, 3, 5, 6), (4, 3, 3, 3), (0, 0)),
    "lengths 5 and 8": ((2, 2, 5, 8), (3, 2, 2, 3), (0, 0)),
    "prime lengths": ((1, 2, 13, 7), (2, 2, 3, 5), (0, 0)),
    "prime lengths, border": ((1, 2, 11, 17), (2, 2, 3, 3), (1, 2)),
    "keeps the size": ((2, 2, 6, 9), (2, 2, 5, 3), (2, 1)),
    "full": ((2, 2, 4, 5), (2, 2, 3, 4), (2, 3)),
    "border wider than the kernel": ((1, 2, 3, 2), (2, 2, 2, 3), (4, 6)),
    "windows without a pixel": ((1, 1, 1, 2), (1, 1, 1, 1), (3, 2)),
    "kernel = image": ((3, 2, 3, 4), (2, 2, 3, 4), (0, 0)),
    "kernel larger than the image": ((2, 2, 2, 3), (2, 2, 5, 6), (2, 2)),
    "1x1": ((2, 3, 3, 4), (4, 3, 1, 1), (0, 0)),
    "one row": ((2, 2, 1, 9), (3, 2, 1, 4), (0, 1)),
    "one pixel": ((1, 1, 1, 1), (1, 1, 1, 1), (0, 0)),
    "large kernel": ((2, 2, 16, 15), (2, 2, 11, 11), (5, 5)),
    "many channels": ((3, 9, 4, 4), (7, 9, 3, 3), (1, 1)),
}
each_geometry = pytest.mark.parametrize("name", GEOMETRIES)
each_dtype = pytest.mark.parametrize("dtype", ["float64", "float32"])


def geometry_of(name):
    x, w, padding = GEOMETRIES[name]
    return windows("conv2d", x[2:], w[2:], 1, padding)


def drawn(name, dtype, seed=1):
    """x, w, dz of whole numbers."""
    x, w, padding = GEOMETRIES[name]
    rng = np.random.default_rng(seed)
    return [draw(rng, dtype, *s) for s in (x, w, output_shape(x, w, padding=padding))]


def by_fft(x, w, dz, geometry):
    """Through the module, so that a function put in its place is used."""
    module = conv_fft
    value, dx = module.fft_value(x, w, geometry), module.fft_dx(dz, w, geometry)
    return value, dx, module.fft_dw(x, dz, geometry)


def agrees(name, dtype="float64"):
    """All three results round to the whole numbers of the definition."""
    x, w, dz = drawn(name, dtype)
    expected = convolution(x, w, None, dz, padding=GEOMETRIES[name][2])
    ours = by_fft(x, w, dz, geometry_of(name))
    return all(np.array_equal(np.rint(a), e) for a, e in zip(ours, expected, strict=False))


def noticed(name):
    """Wrong numbers, or shapes that do not fit."""
    try:
        return not agrees(name)
    except ValueError:
        return True


@each_dtype
@each_geometry
def test_whole_numbers_are_the_definition(name, dtype):
    x, w, dz = drawn(name, dtype)
    expected = convolution(x, w, None, dz, padding=GEOMETRIES[name][2])
    for ours, right in zip(by_fft(x, w, dz, geometry_of(name)), expected, strict=False):
        assert ours.shape == right.shape and ours.dtype == right.dtype == dtype
        assert np.array_equal(np.rint(ours), right)
        assert abs(ours - right).max() < (1e-3 if dtype == "float32" else 1e-11)


@pytest.mark.parametrize("seed", range(60))
def test_drawn_geometries(seed, monkeypatch):
    """Sizes, kernels and borders at random; blocks of one image and one map, of some, of all."""
    rng = np.random.default_rng([6, seed])
    monkeypatch.setattr(conv_fft, "BLOCK", (1, 3000, 2**24)[seed % 3])
    N, C, O = (int(n) for n in rng.integers(1, 4, 3))  # noqa: E741
    kernel, padding = (tuple(int(n) for n in rng.integers(low, 7, 2)) for low in (1, 0))
    sizes = [
        max(1, p - 2 * z) + int(rng.integers(0, 9)) for p, z in zip(kernel, padding, strict=True)
    ]
    x_shape, w_shape = (N, C, *sizes), (O, C, *kernel)
    dtype = ("float64", "float32")[seed % 2]
    x, w = draw(rng, dtype, *x_shape), draw(rng, dtype, *w_shape)
    dz = draw(rng, dtype, *output_shape(x_shape, w_shape, padding=padding))
    expected = convolution(x, w, None, dz, padding=padding)
    ours = by_fft(x, w, dz, windows("conv2d", sizes, kernel, 1, padding))
    for mine, right in zip(ours, expected, strict=False):
        assert np.array_equal(np.rint(mine), right)


# ---------------------------------------------------------------------------------------- rounding


def in_long_double(x, w, z):
    """The definition with 64 bits of mantissa, place after place of the kernel."""
    (N, C, U, V), (O, _, P, Q) = x.shape, w.shape  # noqa: E741
    padded = np.zeros((N, C, U + 2 * z, V + 2 * z), np.longdouble)
    padded[:, :, z : z + U, z : z + V] = x
    I, J = U + 2 * z - P + 1, V + 2 * z - Q + 1  # noqa: E741
    total = np.zeros((N, O, I, J), np.longdouble)
    for c, p, q in np.ndindex(C, P, Q):
        total += padded[:, None, c, p : p + I, q : q + J] * w[None, :, c, p, q, None, None]
    return total


def norms(array):
    """The largest Euclidean norm of what one index of the first axis holds."""
    return np.sqrt((array.astype(np.longdouble) ** 2).sum(axis=(1, 2, 3)).max())


SIZES = [  # rows = columns, kernel, padding, channels
    *((4, 3, 1, 1), (7, 3, 1, 8), (13, 5, 2, 4), (31, 11, 5, 3), (64, 3, 1, 16), (97, 7, 3, 2)),
    *((128, 31, 0, 2), (8, 3, 0, 64)),
]


@each_dtype
@pytest.mark.parametrize(("u", "p", "z", "c"), SIZES)
def test_rounding_error_stays_below_the_bound_of_the_docstring(u, p, z, c, dtype):
    """eps log2(2 L1 L2) |x| |w|; the largest error seen is 0.3 of it (normal and positive entries)."""
    rng = np.random.default_rng(u)
    geometry = windows("conv2d", (u, u), (p, p), 1, z)
    lengths = transform_lengths(geometry)
    for numbers in (rng.standard_normal, rng.random):
        x, w = numbers((2, c, u, u)).astype(dtype), numbers((3, c, p, p)).astype(dtype)
        error = abs(fft_value(x, w, geometry) - in_long_double(x, w, z)).max()
        bound = np.finfo(dtype).eps * np.log2(2 * lengths[0] * lengths[1]) * norms(x) * norms(w)
        assert error < 0.5 * bound


def test_nan_reaches_every_entry_of_its_image_and_no_other():
    x, w, _ = drawn("plain", "float64")
    x[0, 1, 2, 3] = np.nan
    with np.errstate(invalid="ignore"):
        z = fft_value(x, w, geometry_of("plain"))
    assert np.isnan(z[0]).all() and np.isfinite(z[1]).all()


# -------------------------------------------------------------------------------- lengths and memory


def test_fast_lengths_are_the_next_that_split():
    smooth = sorted(2**a * 3**b * 5**c for a in range(12) for b in range(8) for c in range(6))
    for least in range(1, 2000):
        assert fast_length(least) == next(n for n in smooth if n >= least)


@each_geometry
def test_the_shortest_length_will_do(name, monkeypatch):
    monkeypatch.setattr(conv_fft, "fast_length", lambda least: least)
    assert agrees(name)


@pytest.mark.parametrize("name", [name for name in GEOMETRIES if name != "one pixel"])
def test_one_less_goes_round(name, monkeypatch):
    """The lengths that the docstring names are needed: one shorter, something that is kept is wrong."""
    monkeypatch.setattr(conv_fft, "fast_length", lambda least: max(1, least - 1))
    assert noticed(name)


@pytest.mark.parametrize("method", [fft_value, fft_dx, fft_dw])
def test_peak_memory_does_not_grow_with_the_batch(method, monkeypatch):
    """Beside the result: about 8 blocks, as the docstring of _blocks says."""
    monkeypatch.setattr(conv_fft, "BLOCK", 2**18)
    geometry = windows("conv2d", (32, 32), (5, 5), 1, 2)
    x, w = np.ones((256, 4, 32, 32)), np.ones((8, 4, 5, 5))
    arguments = {
        fft_value: (x, w),
        fft_dx: (np.ones((256, 8, 32, 32)), w),
        fft_dw: (x, np.ones((256, 8, 32, 32))),
    }
    tracemalloc.start()
    result = method(*arguments[method], geometry)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - result.nbytes < 8 * conv_fft.BLOCK


# ------------------------------------------------------------------------------- wrong versions

WRONG = {  # function, what is replaced, by what
    "no conjugate": ("fft_value", ".conj().swapaxes(1, 2)", ".swapaxes(1, 2)"),
    "conjugate in dx": ("fft_dx", "lengths) @ kernels", "lengths) @ kernels.conj()"),
    "no conjugate in dw": ("fft_dw", ".conj().swapaxes(1, 2)", ".swapaxes(1, 2)"),
    "the map not padded": ("_before", "padded[..., z1:, z2:] = x", "padded[..., :u, :v] = x"),
    "crop off by one": ("_back", "slice(f, f + s)", "slice(f - 1, f + s - 1)"),
    "crop from 0 in dx": ("fft_dx", "geometry.padding, geometry.size", "(0, 0), geometry.size"),
    "no sum over channels": (
        "fft_value",
        "seen @ kernels",
        "seen[:, :, :1] @ kernels[:, :1]",
    ),
    "the last block of images alone": ("fft_dw", "total = total + ", "total = "),
    "border left out of the length": ("transform_lengths", "u + z for u, z", "u + 0 * z for u, z"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_wrong_version_is_noticed(mistake, monkeypatch):
    name, old, new = WRONG[mistake]
    if mistake == "the last block of images alone":
        monkeypatch.setattr(conv_fft, "BLOCK", 1)
    assert agrees("many channels") and agrees("full")
    replace_source(monkeypatch, conv_fft, name, old, new)
    assert noticed("many channels") or noticed("full")
