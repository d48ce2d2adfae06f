"""conv2d against the seven-fold loops of its definition: exact, on fractions and on whole floats."""

from fractions import Fraction

import numpy as np
import pytest
from window_loops import (
    DTYPES,
    KINDS,
    assert_same,
    convolution,
    draw,
    output_shape,
    terms,
)

from cnnmath import ShapeError, conv2d, conv2d_output_size

# shape of x (n, c, u, v), shape of w (o, c, p, q), stride, padding, dilation
GEOMETRIES = {
    "plain": ((2, 3, 5, 6), (4, 3, 3, 3)),
    "kernel not square": ((2, 2, 6, 5), (3, 2, 2, 3)),
    "even kernel": ((2, 2, 5, 6), (2, 2, 2, 4)),
    "one row, one column": ((2, 2, 1, 5), (3, 2, 1, 2)),
    "1x1": ((2, 3, 3, 4), (4, 3, 1, 1)),
    "1x1, stride 2": ((2, 3, 4, 5), (2, 3, 1, 1), (2, 2)),
    "kernel = image": ((3, 2, 3, 4), (2, 2, 3, 4)),
    "kernel = padded image": ((2, 2, 2, 3), (2, 2, 4, 7), (1, 1), (1, 2)),
    "one channel": ((2, 1, 5, 4), (3, 1, 2, 2)),
    "one output map": ((2, 3, 4, 5), (1, 3, 2, 3)),
    "batch of 1": ((1, 2, 5, 5), (3, 2, 3, 2)),
    "one pixel": ((1, 1, 1, 1), (1, 1, 1, 1)),
    "stride divides": ((2, 2, 7, 6), (2, 2, 3, 2), (2, 4)),
    "stride leaves rows over": ((2, 2, 8, 9), (2, 2, 3, 2), (2, 3)),
    "stride leaves gaps": ((1, 2, 8, 7), (2, 2, 2, 1), (4, 3)),
    "stride beyond the image": ((2, 2, 4, 3), (2, 2, 2, 3), (9, 7)),
    "padding keeps the size": ((2, 2, 5, 4), (2, 2, 3, 5), (1, 1), (1, 2)),
    "padding of rows alone": ((2, 2, 3, 4), (2, 2, 3, 2), (1, 1), (2, 0)),
    "windows without a pixel": ((1, 2, 2, 3), (2, 2, 2, 2), (1, 1), (4, 3)),
    "dilation": ((2, 2, 7, 8), (2, 2, 3, 2), (1, 1), (0, 0), (2, 3)),
    "dilation and padding": ((1, 2, 4, 5), (2, 2, 2, 3), (1, 1), (1, 2), (3, 2)),
    "dilation of a 1x1": ((2, 2, 3, 3), (2, 2, 1, 1), (1, 1), (0, 0), (5, 4)),
    "dilation and stride": ((1, 2, 9, 8), (2, 2, 3, 2), (2, 3), (0, 0), (3, 2)),
    "all together": ((2, 3, 8, 7), (3, 3, 3, 2), (3, 2), (2, 1), (2, 3)),
}
each_geometry = pytest.mark.parametrize("name", GEOMETRIES)
each_kind = pytest.mark.parametrize("kind", KINDS)
with_and_without_b = pytest.mark.parametrize("bias", [True, False], ids=["b", "no b"])


def options_of(name):
    keys = ("stride", "padding", "dilation")
    return dict(zip(keys, GEOMETRIES[name][2:], strict=False))


def drawn(name, kind, bias=True, seed=1):
    """x, w, b, dz for a geometry."""
    x_shape, w_shape = GEOMETRIES[name][:2]
    rng = np.random.default_rng(seed)
    x, w = draw(rng, kind, *x_shape), draw(rng, kind, *w_shape)
    b = draw(rng, kind, w_shape[0]) if bias else None
    return x, w, b, draw(rng, kind, *output_shape(x_shape, w_shape, **options_of(name)))


def assert_is_the_definition(x, w, b, dz, **options):
    z, dx, dw, db = convolution(x, w, b, dz, **options)
    value, backward = conv2d(x, w, b, **options)
    gradients = backward(dz)
    assert type(gradients) is tuple
    assert_same(value, z)
    assert_same(gradients[0], dx)
    assert_same(gradients[1], dw)
    if b is None:
        assert gradients[2] is None
    else:
        assert_same(gradients[2], db)


@with_and_without_b
@each_kind
@each_geometry
def test_value_and_gradients_are_the_definition(name, kind, bias):
    assert_is_the_definition(*drawn(name, kind, bias), **options_of(name))


@pytest.mark.parametrize("seed", range(90))
def test_drawn_geometries(seed):
    rng = np.random.default_rng([3, seed])
    N, C, O, P, Q = (int(n) for n in rng.integers(1, 4, 5))  # noqa: E741
    stride, padding, dilation = (
        tuple(int(n) for n in rng.integers(low, high, 2)) for low, high in ((1, 4), (0, 4), (1, 4))
    )
    sizes = [  # from the smallest that fits on
        max(1, g * (p - 1) + 1 - 2 * z) + int(rng.integers(0, 5))
        for p, g, z in zip((P, Q), dilation, padding, strict=True)
    ]
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    x_shape, w_shape, kind = (N, C, *sizes), (O, C, P, Q), KINDS[seed % 3]
    x, w, b = (draw(rng, kind, *shape) for shape in (x_shape, w_shape, (O,)))
    dz = draw(rng, kind, *output_shape(x_shape, w_shape, **options))
    assert_is_the_definition(x, w, b if seed % 2 else None, dz, **options)


@with_and_without_b
@each_kind
def test_need_dx_false_leaves_the_others_as_they_are(kind, bias):
    x, w, b, dz = drawn("all together", kind, bias)
    options = options_of("all together")
    _, _, dw, db = convolution(x, w, b, dz, **options)
    z, backward = conv2d(x, w, b, need_dx=False, **options)
    none, ours, ours_b = backward(dz)
    assert none is None
    assert_same(z, conv2d(x, w, b, **options)[0])
    assert_same(ours, dw)
    assert ours_b is db is None or (ours_b == db).all()


@each_kind
def test_one_number_as_cotangent_is_that_number_everywhere(kind):
    x, w, b, dz = drawn("all together", kind)
    for number in (2, Fraction(3, 2)):
        dz[...] = number
        _, dx, dw, db = convolution(x, w, b, dz, **options_of("all together"))
        gradients = conv2d(x, w, b, **options_of("all together"))[1](number)
        for ours, expected in zip(gradients, (dx, dw, db), strict=True):
            assert_same(ours, expected)


def test_an_int_stands_for_rows_and_columns():
    x, w, b, _ = drawn("plain", "float64")
    both = conv2d(x, w, b, stride=(2, 2), padding=(1, 1), dilation=(2, 2))
    for two, one in ((2, 1), (np.int64(2), np.uint8(1)), ([2, 2], [1, 1])):
        single = conv2d(x, w, b, stride=two, padding=one, dilation=two)
        assert_same(single[0], both[0])
        for ours, expected in zip(single[1](1), both[1](1), strict=True):
            assert_same(ours, expected)


def test_the_kernel_is_not_flipped():
    """Cross-correlation by hand: the kernel that takes the right neighbour, and the one below."""
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    w = np.array([[0.0, 1.0], [10.0, 0.0]]).reshape(1, 1, 2, 2)
    assert conv2d(x, w)[0].tolist() == [[[[31, 42], [64, 75]]]]


# ------------------------------------------------------------------------------ NaN and infinity


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@each_geometry
def test_nan_and_infinity_reach_the_outputs_that_see_them_and_no_others(name, value):
    x, w, b, _ = drawn(name, "float64")
    w[w == 0] = 1  # no 0 times infinity
    place = tuple(size // 2 for size in x.shape)
    hit = {here for here, _, entry in terms(x.shape, w.shape, **options_of(name)) if entry == place}
    clean, _ = conv2d(x, w, b, **options_of(name))
    x[place] = value
    z, _ = conv2d(x, w, b, **options_of(name))
    for here in np.ndindex(z.shape):
        if here in hit:
            assert not np.isfinite(z[here])
            assert np.isnan(z[here]) == np.isnan(value)
        else:
            assert z[here] == clean[here]


@each_geometry
def test_nan_in_the_cotangent_reaches_the_pixels_that_its_window_saw(name):
    x, w, b, dz = drawn(name, "float64")
    place = tuple(size // 2 for size in dz.shape)
    hit = {entry for here, _, entry in terms(x.shape, w.shape, **options_of(name)) if here == place}
    _, backward = conv2d(x, w, b, **options_of(name))
    clean = backward(dz)
    dz[place] = np.nan
    dx, dw, db = backward(dz)
    assert {tuple(map(int, index)) for index in np.argwhere(np.isnan(dx))} == hit
    assert np.array_equal(dx[~np.isnan(dx)], clean[0][~np.isnan(dx)])
    for gradient, before in ((dw, clean[1]), (db, clean[2])):
        assert np.isnan(gradient[place[1]]).all()  # of this output map, and of no other
        assert np.array_equal(np.delete(gradient, place[1], 0), np.delete(before, place[1], 0))


# ------------------------------------------------------------------------------------ the oracle


def test_the_loops_by_hand():
    """Two pixels, a kernel of two, one column of padding: every number can be seen."""
    x, w, b = (
        np.array(v, float).reshape(s)
        for v, s in (([2, 3], (1, 1, 1, 2)), ([5, 7], (1, 1, 1, 2)), ([1], 1))
    )
    dz = np.array([1.0, 10, 100]).reshape(1, 1, 1, 3)
    z, dx, dw, db = convolution(x, w, b, dz, padding=(0, 1))
    assert z.tolist() == [[[[2 * 7 + 1, 2 * 5 + 3 * 7 + 1, 3 * 5 + 1]]]]
    assert dx.tolist() == [[[[7 * 1 + 5 * 10, 7 * 10 + 5 * 100]]]]
    assert dw.tolist() == [[[[2 * 10 + 3 * 100, 2 * 1 + 3 * 10]]]]
    assert db.tolist() == [111]


def test_the_comparison_can_fail():
    exact = draw(np.random.default_rng(0), "fractions", 2, 3)
    assert_same(exact, exact.copy())
    off = exact.copy()
    off[1, 2] += Fraction(1, 10**9)
    for wrong in (off, exact.T, exact.astype(float), np.where(exact == 0, 0.0, exact)):
        with pytest.raises(AssertionError, match="assert"):
            assert_same(wrong, exact)


# --------------------------------------------------------------------------------- output sizes


@pytest.mark.parametrize("kernel", range(1, 6))
def test_output_size_counts_the_positions(kernel):
    """All sizes 1..9, strides 1..4, paddings 0..3, dilations 1..3: each window is placed and counted."""
    for size, s, z, g in np.ndindex(9, 4, 4, 3):
        size, s, g = size + 1, s + 1, g + 1
        windows = [[s * i - z + g * p for p in range(kernel)] for i in range(size + 2 * z)]
        fitting = sum(-z <= seen[0] and seen[-1] < size + z for seen in windows)
        if fitting:
            got = conv2d_output_size(size, kernel, stride=s, padding=z, dilation=g)
            assert got == (fitting, fitting)
            assert all(type(number) is int for number in got)
        else:
            with pytest.raises(
                ShapeError, match=f"spans {g * (kernel - 1) + 1} .* = {size + 2 * z};"
            ):
                conv2d_output_size(size, kernel, stride=s, padding=z, dilation=g)


def test_output_size_takes_rows_and_columns_apart():
    got = conv2d_output_size((28, 13), (5, 2), stride=(1, 3), padding=(2, 0), dilation=(1, 4))
    assert got == (28, 3)
    assert conv2d_output_size(np.int32(8), (3, 3), padding=[1, 1]) == (8, 8)


@each_geometry
def test_output_size_is_the_shape_that_comes_out(name):
    x, w, b, _ = drawn(name, "float32")
    size = conv2d_output_size(x.shape[2:], w.shape[2:], **options_of(name))
    z, _ = conv2d(x, w, b, **options_of(name))
    assert z.shape == (len(x), len(w), *size) and z.dtype == DTYPES["float32"]
