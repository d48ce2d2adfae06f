"""Winograd's convolution against the loops of the definition: exact, on fractions and on whole floats."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from broken_source import replace_source
from window_loops import KINDS, assert_same, convolution, draw, output_shape

from cnnmath.ops import conv_winograd
from cnnmath.ops.conv_winograd import winograd_dw, winograd_dx, winograd_value
from cnnmath.ops.windows import windows

# shape of x (n, c, u, v), output channels, padding
GEOMETRIES = {
    "one tile": ((1, 1, 4, 4), 1, (0, 0)),
    "tiles fit": ((2, 3, 6, 8), 4, (0, 0)),
    "odd outputs": ((2, 2, 7, 5), 3, (0, 0)),
    "odd rows, even columns": ((1, 2, 5, 6), 2, (0, 0)),
    "one output": ((2, 3, 3, 3), 2, (0, 0)),
    "one row of outputs": ((2, 2, 3, 9), 2, (0, 0)),
    "keeps the size": ((2, 2, 6, 7), 3, (1, 1)),
    "full": ((2, 2, 4, 3), 2, (2, 2)),
    "border of rows alone": ((2, 1, 2, 5), 2, (1, 0)),
    "wide border": ((1, 2, 2, 1), 2, (4, 3)),
    "tiles without a pixel": ((1, 1, 1, 1), 1, (5, 6)),
    "one pixel": ((2, 2, 1, 1), 2, (1, 1)),
    "many channels": ((3, 9, 5, 4), 7, (1, 1)),
}
BLOCKS = {"tile rows alone": (1, 1), "some tiles": (5, 1), "as it is": (256, 2**20)}
each_geometry = pytest.mark.parametrize("name", GEOMETRIES)
each_kind = pytest.mark.parametrize("kind", KINDS)
each_block = pytest.mark.parametrize("blocks", BLOCKS)


def drawn(name, kind, seed=1):
    """x, w, dz and the geometry. Floats are multiples of 4: the quarters of G g G^T are whole then."""
    x_shape, maps, padding = GEOMETRIES[name]
    w_shape = maps, x_shape[1], 3, 3
    rng = np.random.default_rng(seed)
    shapes = x_shape, w_shape, output_shape(x_shape, w_shape, padding=padding)
    geometry = windows("conv2d", x_shape[2:], (3, 3), 1, padding)
    return *(draw(rng, kind, *shape, times=4) for shape in shapes), geometry


def by_winograd(x, w, dz, geometry):
    """Through the module, so that a function put in its place is used."""
    module = conv_winograd
    value, dx = module.winograd_value(x, w, geometry), module.winograd_dx(dz, w, geometry)
    return value, dx, module.winograd_dw(x, dz, geometry)


def agrees(name):
    x, w, dz, geometry = drawn(name, "float64")
    expected = convolution(x, w, None, dz, padding=geometry.padding)
    ours = by_winograd(x, w, dz, geometry)
    return all(np.array_equal(a, e) for a, e in zip(ours, expected, strict=False))


@each_block
@each_kind
@each_geometry
def test_value_and_gradients_are_the_definition(name, kind, blocks, monkeypatch):
    monkeypatch.setattr(conv_winograd, "TILES", BLOCKS[blocks][0])
    monkeypatch.setattr(conv_winograd, "BYTES", BLOCKS[blocks][1])
    x, w, dz, geometry = drawn(name, kind)
    expected = convolution(x, w, None, dz, padding=geometry.padding)
    for ours, right in zip(by_winograd(x, w, dz, geometry), expected, strict=False):
        assert_same(ours, right)


@pytest.mark.parametrize("seed", range(60))
def test_drawn_geometries(seed, monkeypatch):
    rng = np.random.default_rng([8, seed])
    monkeypatch.setattr(conv_winograd, "TILES", int(rng.integers(1, 9)))
    monkeypatch.setattr(conv_winograd, "BYTES", 1)
    N, C, O = (int(n) for n in rng.integers(1, 4, 3))  # noqa: E741
    padding = tuple(int(n) for n in rng.integers(0, 5, 2))
    sizes = tuple(max(1, 3 - 2 * z) + int(rng.integers(0, 8)) for z in padding)
    x_shape, w_shape, kind = (N, C, *sizes), (O, C, 3, 3), KINDS[seed % 3]
    shapes = x_shape, w_shape, output_shape(x_shape, w_shape, padding=padding)
    x, w, dz = (draw(rng, kind, *shape, times=4) for shape in shapes)
    expected = convolution(x, w, None, dz, padding=padding)
    ours = by_winograd(x, w, dz, windows("conv2d", sizes, (3, 3), 1, padding))
    for mine, right in zip(ours, expected, strict=False):
        assert_same(mine, right)


def test_whole_numbers_in_object_arrays_stay_exact():
    """The halves of G are fractions there: 2^60 + 1 would not survive a float."""
    big = 2**60 + 1
    x, w = np.full((1, 1, 4, 4), big, object), np.full((1, 1, 3, 3), 1, object)
    geometry = windows("conv2d", (4, 4), (3, 3))
    dz = np.full((1, 1, 2, 2), 1, object)
    assert (winograd_value(x, w, geometry) == 9 * big).all()
    assert (winograd_dw(x, dz, geometry) == 4 * big).all()
    assert winograd_dx(dz * big, w, geometry)[0, 0, 1, 1] == 4 * big
    assert all(isinstance(v, int | Fraction) for v in winograd_value(x, w, geometry).flat)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("size", "channels"), [(8, 1), (14, 8), (14, 64), (14, 256)])
def test_rounding_error_is_a_few_times_that_of_the_plain_sum(size, channels, dtype):
    """In units of eps times the largest sum of absolute terms: at most 8 seen, where plain sums have 4."""
    rng = np.random.default_rng(channels)
    geometry = windows("conv2d", (size, size), (3, 3), 1, 1)
    for numbers in (rng.standard_normal, rng.random):
        x = numbers((2, channels, size, size)).astype(dtype)
        w = numbers((3, channels, 3, 3)).astype(dtype)
        exact = winograd_value(x.astype(np.longdouble), w.astype(np.longdouble), geometry)
        terms = winograd_value(*(abs(a).astype(np.longdouble) for a in (x, w)), geometry)
        error = abs(winograd_value(x, w, geometry) - exact).max()
        assert 0 < error < 16 * np.finfo(dtype).eps * terms.max()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_reaches_the_outputs_that_see_it_and_no_others(value):
    """As NaN, also if it was infinite, where a transform has taken it away from itself."""
    geometry = windows("conv2d", (8, 9), (3, 3), 1, 1)
    for u, v in np.ndindex(8, 9):
        x, w = np.ones((2, 1, 8, 9)), np.ones((1, 1, 3, 3))
        x[1, 0, u, v] = value
        with np.errstate(invalid="ignore"):
            z = winograd_value(x, w, geometry)
        reached = np.zeros((2, 1, 8, 9), bool)
        reached[1, 0, max(0, u - 1) : u + 2, max(0, v - 1) : v + 2] = True
        assert np.array_equal(~np.isfinite(z), reached)


@pytest.mark.parametrize("method", [winograd_value, winograd_dx, winograd_dw])
def test_peak_memory_does_not_grow_with_the_batch(method, monkeypatch):
    """As the docstring of _blocks says: 16 (C + O) numbers for each tile of a block, less than 3 times."""
    monkeypatch.setattr(conv_winograd, "TILES", 64)
    monkeypatch.setattr(conv_winograd, "BYTES", 1)
    C, O, size = 4, 8, 16  # noqa: E741
    x, w, dz = np.ones((256, C, size, size)), np.ones((O, C, 3, 3)), np.ones((256, O, size, size))
    arguments = {winograd_value: (x, w), winograd_dx: (dz, w), winograd_dw: (x, dz)}
    geometry = windows("conv2d", (size, size), (3, 3), 1, 1)
    tracemalloc.start()
    result = method(*arguments[method], geometry)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    kernels = 3 * 16 * C * O
    assert peak - result.nbytes < 8 * (kernels + 3 * 16 * (C + O) * 64)


# ------------------------------------------------------------------------------- wrong versions

WRONG = {  # function, what is replaced, by what
    "a wrong sign in B": (
        "_combine",
        "np.subtract(d0, d2, out=out[0])",
        "np.add(d0, d2, out=out[0])",
    ),
    "last row of B turned round": ("_combine", "(d1, d3, out", "(d3, d1, out"),
    "a wrong sign in G": ("_halves", "np.subtract(one", "np.add(one"),
    "G not halved": ("_half", "dtype.type(0.5)", "dtype.type(1)"),
    "a wrong sign in A": (
        "_output_transform",
        "row[1] - row[2] - row[3]",
        "row[1] - row[2] + row[3]",
    ),
    "rows of A alone wrong": ("_output_transform", "m[1] - m[2] - m[3]", "m[1] + m[2] - m[3]"),
    "kernels not turned in dx": ("winograd_dx", "w[:, :, ::-1, ::-1]", "w"),
    "padding of dx": ("winograd_dx", "2 - geometry.padding[1]", "geometry.padding[1]"),
    "channels not added up": (
        "_correlate",
        "kernels @ _input_transform(_cut(x, block, tiles[1], padding, 1))",
        "kernels[..., :1] @ _input_transform(_cut(x, block, tiles[1], padding, 1))[:, :1]",
    ),
    "samples not added up": ("winograd_dw", "total += ", "total = "),
    "tiles rounded down": ("tile_counts", "-(-output[0] // 2)", "output[0] // 2"),
    "a wrong sign in the adjoint": (
        "_output_adjoint",
        "dz[0] - dz[1], -dz[1]",
        "dz[0] - dz[1], dz[1]",
    ),
    "the adjoint of G": ("_kernel_adjoint", "mixed[0] += t[0]", "mixed[0] += t[3]"),
    "the cut one row off": ("_cut", "2 * first - padding[0]", "2 * first - padding[0] + 1"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_wrong_version_is_noticed(mistake, monkeypatch):
    monkeypatch.setattr(conv_winograd, "TILES", 4)
    monkeypatch.setattr(conv_winograd, "BYTES", 1)
    assert agrees("many channels") and agrees("full")
    replace_source(monkeypatch, conv_winograd, *WRONG[mistake])
    with np.errstate(all="ignore"):  # what was left empty may hold anything
        assert not (agrees("many channels") and agrees("full"))
