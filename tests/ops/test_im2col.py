"""im2col and col2im against loops read off their definitions, each other, and conv2d; what they refuse."""

from fractions import Fraction
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest
from window_loops import KINDS, assert_same, draw, positions

from cnnmath import ShapeError, col2im, conv2d, im2col, max_pool2d, mean_pool2d, sum_pool2d

each_kind = pytest.mark.parametrize("kind", KINDS)
each_order = pytest.mark.parametrize("order", ["C", "F"])


class Call(NamedTuple):
    """The shape of x, and the numbers of one call."""

    shape: tuple[int, int, int, int]
    size: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)

    @property
    def options(self):
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}

    @property
    def output(self):
        return tuple(
            map(positions, self.shape[2:], self.size, self.stride, self.padding, self.dilation)
        )

    @property
    def matrix_shape(self):
        (N, C, *_), (I, J), (P, Q) = self.shape, self.output, self.size  # noqa: E741
        return N * I * J, C * P * Q

    def copies(self, order):
        """(row, column, place in x) of every copy that is not padding; numbers are counted, not computed."""
        (N, C, U, V), (I, J), (P, Q) = self.shape, self.output, self.size  # noqa: E741
        places, entries = {}, {}
        if order == "C":
            for n, i, j in product(range(N), range(I), range(J)):
                places[n, i, j] = len(places)
            for c, p, q in product(range(C), range(P), range(Q)):
                entries[c, p, q] = len(entries)
        else:
            for n, j, i in product(range(N), range(J), range(I)):
                places[n, i, j] = len(places)
            for c, q, p in product(range(C), range(Q), range(P)):
                entries[c, p, q] = len(entries)
        for ((n, i, j), row), ((c, p, q), column) in product(places.items(), entries.items()):
            u = self.stride[0] * i + self.dilation[0] * p - self.padding[0]
            v = self.stride[1] * j + self.dilation[1] * q - self.padding[1]
            if 0 <= u < U and 0 <= v < V:
                yield row, column, (n, c, u, v)


CALLS = [
    Call((1, 1, 1, 1), (1, 1)),
    Call((1, 1, 3, 3), (2, 2)),
    Call((2, 3, 4, 5), (2, 3)),
    Call((2, 2, 5, 4), (3, 2), (2, 1)),
    Call((1, 2, 6, 5), (2, 2), (3, 2)),  # windows apart, rows that none sees
    Call((2, 1, 3, 4), (3, 3), (1, 2), (1, 2)),
    Call((1, 2, 7, 6), (3, 2), (1, 1), (0, 0), (2, 3)),
    Call((2, 2, 5, 7), (2, 3), (2, 3), (2, 1), (3, 2)),
    Call((1, 1, 1, 2), (2, 1), (1, 1), (3, 0)),  # whole windows of padding
    Call((2, 1, 2, 2), (2, 2), (5, 5)),
]
each_call = pytest.mark.parametrize("call", CALLS, ids=str)


@each_call
@each_order
@each_kind
def test_every_copy_stands_where_the_definition_says(call, order, kind):
    x = draw(np.random.default_rng(0), kind, *call.shape)
    wanted = np.zeros(call.matrix_shape, x.dtype)
    for row, column, place in call.copies(order):
        wanted[row, column] = x[place]
    assert_same(im2col(x, call.size, order=order, **call.options), wanted)


@each_call
@each_order
@each_kind
def test_col2im_adds_every_copy_to_its_place(call, order, kind):
    patches = draw(np.random.default_rng(1), kind, *call.matrix_shape)
    wanted = np.zeros(call.shape, patches.dtype)
    for row, column, place in call.copies(order):
        wanted[place] += patches[row, column]
    assert_same(col2im(patches, call.shape, call.size, order=order, **call.options), wanted)


@each_call
@each_order
def test_the_two_are_adjoint(call, order):
    rng = np.random.default_rng(2)
    x, y = draw(rng, "fractions", *call.shape), draw(rng, "fractions", *call.matrix_shape)
    forward = im2col(x, call.size, order=order, **call.options)
    back = col2im(y, call.shape, call.size, order=order, **call.options)
    assert (forward * y).sum() == (x * back).sum()


@each_call
def test_the_orders_differ_by_a_permutation_of_rows_and_columns(call):
    x = draw(np.random.default_rng(3), "float64", *call.shape)
    (N, C, *_), (I, J), (P, Q) = call.shape, call.output, call.size  # noqa: E741
    rows = np.arange(N * I * J).reshape(N, I, J).transpose(0, 2, 1).ravel()
    columns = np.arange(C * P * Q).reshape(C, P, Q).transpose(0, 2, 1).ravel()
    ours = im2col(x, call.size, **call.options)
    assert_same(im2col(x, call.size, order="F", **call.options), ours[rows][:, columns])


def test_column_major_is_numpys_order_f_of_the_maps_of_the_source():
    """6.18, 6.19: X(i, j, d) with depth last; p = i + H j, q = i + F1 j + F1 F2 d."""
    x = np.arange(24.0).reshape(1, 2, 3, 4)
    last = x[0].transpose(1, 2, 0)
    patches = im2col(x, (2, 3), order="F")
    for i, j in np.ndindex(2, 2):
        assert np.array_equal(patches[i + 2 * j], last[i : i + 2, j : j + 3].ravel(order="F"))
    assert np.array_equal(im2col(x, 1, order="F").reshape(3, 4, 2, order="F"), last)


# ---------------------------------------------------------------------- what it is for


@each_call
@each_kind
def test_one_product_is_the_convolution(call, kind):
    rng, o = np.random.default_rng(4), 3
    x, w = draw(rng, kind, *call.shape), draw(rng, kind, o, call.shape[1], *call.size)
    b = draw(rng, kind, o)
    a = im2col(x, call.size, **call.options) @ w.reshape(o, -1).T + b
    z = a.reshape(call.shape[0], *call.output, o).transpose(0, 3, 1, 2)
    assert_same(np.ascontiguousarray(z), conv2d(x, w, b, **call.options)[0])


@each_call
@each_kind
def test_two_products_are_the_gradients(call, kind):
    rng, o = np.random.default_rng(5), 2
    x, w = draw(rng, kind, *call.shape), draw(rng, kind, o, call.shape[1], *call.size)
    dz = draw(rng, kind, call.shape[0], o, *call.output)
    da = dz.transpose(0, 2, 3, 1).reshape(-1, o)
    dw = (im2col(x, call.size, **call.options).T @ da).T.reshape(w.shape)
    dx = col2im(da @ w.reshape(o, -1), call.shape, call.size, **call.options)
    wanted_dx, wanted_dw, _ = conv2d(x, w, **call.options)[1](dz)
    assert_same(dx, wanted_dx)
    assert_same(dw, wanted_dw)


@each_order
@pytest.mark.parametrize(
    ("pool", "reduced"), [(sum_pool2d, np.sum), (mean_pool2d, np.mean), (max_pool2d, np.max)]
)
def test_pooling_reads_the_same_matrix(pool, reduced, order):
    x = draw(np.random.default_rng(6), "float64", 2, 3, 5, 6, times=4)
    patches = im2col(x, 2, stride=(1, 2), order=order)
    y = reduced(patches.reshape(len(patches), 3, 4), axis=2)
    rows = y.reshape(2, 4, 3, 3) if order == "C" else y.reshape(2, 3, 4, 3).transpose(0, 2, 1, 3)
    assert np.array_equal(rows.transpose(0, 3, 1, 2), pool(x, 2, stride=(1, 2))[0])


def test_col2im_is_no_inverse_it_counts_the_copies():
    x = np.ones((1, 1, 4, 4))
    counted = [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]]
    assert np.array_equal(col2im(im2col(x, 2), x.shape, 2)[0, 0], counted)
    assert np.array_equal(col2im(im2col(x, 2, stride=2), x.shape, 2, stride=2), x)
    apart = col2im(im2col(x, 1, stride=2), x.shape, 1, stride=2)[0, 0]
    assert np.array_equal(apart, np.kron(np.ones((2, 2)), [[1, 0], [0, 0]]))


def test_one_number_stands_for_rows_and_columns():
    x = draw(np.random.default_rng(7), "float64", 1, 2, 7, 7)
    options = {"stride": 2, "padding": 1, "dilation": 2}
    both = {name: (value, value) for name, value in options.items()}
    patches = im2col(x, 3, **options)
    assert_same(patches, im2col(x, (3, 3), **both))
    back = col2im(patches, list(x.shape), [3, 3], **both)
    assert_same(col2im(patches, x.shape, 3, **options), back)
    assert_same(col2im(patches, tuple(np.int64(n) for n in x.shape), 3, **options), back)


def test_nan_and_infinity_are_copied_and_reach_their_entry_alone():
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 0, 0], x[0, 0, 1, 1] = np.nan, -np.inf
    patches = im2col(x, 2)
    assert np.isnan(patches).sum() == 1 and np.isneginf(patches).sum() == 4
    patches = np.ones((4, 4))
    patches[0, 0] = np.inf
    back = col2im(patches, (1, 1, 3, 3), 2)
    assert np.isinf(back[0, 0, 0, 0]) and np.isfinite(back).sum() == 8


# ------------------------------------------------------------------------------------------ memory


@each_order
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("size", [1, (2, 3), (4, 6)], ids=str)
def test_results_are_new_arrays_and_inputs_stay(size, dtype, order):
    x = np.random.default_rng(8).standard_normal((2, 2, 4, 6)).astype(dtype)
    x.flags.writeable = False
    before = x.copy()
    patches = im2col(x, size, order=order)
    assert patches.flags.writeable and patches.flags.c_contiguous and patches.dtype == dtype
    assert not np.shares_memory(patches, x) and np.array_equal(x, before)
    given = patches.copy()
    patches.flags.writeable = False
    back = col2im(patches, x.shape, size, order=order)
    assert back.flags.writeable and back.flags.c_contiguous and back.dtype == dtype
    assert not np.shares_memory(back, patches) and np.array_equal(patches, given)


@each_order
def test_arrays_in_any_memory_order_are_taken(order):
    rng = np.random.default_rng(9)
    x = draw(rng, "float64", 2, 3, 4, 5)
    patches = im2col(x, 2, order=order)
    turned = np.asfortranarray(x)
    assert_same(im2col(turned, 2, order=order), patches)
    reversed_ = x[:, :, ::-1][:, :, ::-1]
    assert_same(im2col(reversed_, 2, order=order), patches)
    back = col2im(patches, x.shape, 2, order=order)
    assert_same(col2im(np.asfortranarray(patches), x.shape, 2, order=order), back)


# --------------------------------------------------------------------------------------- bad input

X, Y = np.ones((2, 3, 5, 6)), np.ones((2 * 4 * 5, 3 * 2 * 2))
S = X.shape

SHAPES = [
    (lambda: im2col(X[0], 2), r"im2col: x has 3 axes, shape \(3, 5, 6\); wanted 4: \(n, c, u, v\)"),
    (lambda: im2col(X[:0], 2), r"im2col: x is empty, shape \(0, 3, 5, 6\)"),
    (
        lambda: im2col(X, (6, 1)),
        r"im2col: axis u: the kernel spans 6 \(kernel 6, dilation 1\), more than the padded input, 5 \+ 2",
    ),
    (lambda: im2col(X, 3, dilation=(1, 3)), "im2col: axis v: the kernel spans 7"),
    (lambda: col2im(Y, S, 7, padding=(1, 0)), "col2im: axis v: the kernel spans 7"),
    (
        lambda: col2im(Y, S, 3),
        r"col2im: patches has shape \(40, 12\), wanted \(24, 27\): \(n i j, c p q\) of x \(2, 3, 5, 6\) "
        r"with windows \(3, 3\) at \(3, 4\) places",
    ),
    (lambda: col2im(Y.T, S, 2), r"col2im: patches has shape \(12, 40\), wanted \(40, 12\)"),
    (lambda: col2im(Y[0], S, 2), r"col2im: patches has shape \(12,\), wanted \(40, 12\)"),
    (lambda: col2im(Y[:, :0], S, 2), r"col2im: patches is empty, shape \(40, 0\)"),
    (lambda: col2im(Y, S[1:], 2), r"col2im: shape is \(3, 5, 6\); wanted \(n, c, u, v\)"),
    (lambda: col2im(Y, 4, 2), r"col2im: shape is 4; wanted \(n, c, u, v\)"),
    (
        lambda: col2im(Y, (2, 0, 5, 6), 2),
        "col2im: axis c of shape is 0; wanted a size >= 1",
    ),
    (lambda: col2im(Y, (-2, 3, 5, 6), 2), "col2im: axis n of shape is -2; wanted a size >= 1"),
]
TYPES = [
    (lambda: im2col(X.tolist(), 2), "im2col: x must be a NumPy array, got list"),
    (lambda: im2col(X.astype(int), 2), "im2col: x has dtype int64; wanted float32 or float64"),
    (lambda: im2col(X.astype(np.float16), 2), "im2col: x has dtype float16"),
    (lambda: im2col(X > 0, 2), "im2col: x has dtype bool"),
    (lambda: im2col(X * 1j, 2), "im2col: x has dtype complex128"),
    (lambda: im2col(X.astype(object), 2), "im2col: the object array x holds a float"),
    (lambda: im2col(X, None), "im2col: axis u: size must be an int, got None"),
    (lambda: im2col(X, True), "im2col: axis u: size must be an int, got True"),
    (lambda: im2col(X, 2, stride="2"), "im2col: axis u: stride must be an int, got '2'"),
    (lambda: col2im(Y.tolist(), S, 2), "col2im: patches must be a NumPy array, got list"),
    (lambda: col2im(Y.astype(int), S, 2), "col2im: patches has dtype int64"),
    (lambda: col2im(Y, (2, 3, 5.0, 6), 2), "col2im: axis u of shape must be an int, got 5.0"),
    (lambda: col2im(Y, (2, True, 5, 6), 2), "col2im: axis c of shape must be an int, got True"),
    (lambda: col2im(Y, S, 2, dilation=(1, None)), "col2im: axis v: dilation must be an int"),
]
VALUES = [
    (lambda: im2col(X, 0), "im2col: axis u: size is 0, wanted at least 1"),
    (lambda: im2col(X, (2, -1)), "im2col: axis v: size is -1, wanted at least 1"),
    (lambda: im2col(X, 2.0), r"im2col: axis u: size is 2\.0, wanted a whole number"),
    (lambda: im2col(X, (1, 2, 3)), "im2col: size has 3 numbers, wanted one or"),
    (lambda: im2col(X, 2, stride=0), "im2col: axis u: stride is 0, wanted at least 1"),
    (lambda: im2col(X, 2, padding=(0, -1)), "im2col: axis v: padding is -1, wanted at least 0"),
    (lambda: im2col(X, 2, dilation=0), "im2col: axis u: dilation is 0, wanted at least 1"),
    (
        lambda: im2col(X, 2, order="K"),
        r"im2col: order is 'K'; wanted \"C\" \(row-major\) or \"F\" \(column-major\)",
    ),
    (lambda: im2col(X, 2, order=None), "im2col: order is None; wanted"),
    (lambda: col2im(Y, S, 2, order="f"), "col2im: order is 'f'; wanted"),
    (lambda: col2im(Y, S, 2, padding=-1), "col2im: axis u: padding is -1, wanted at least 0"),
]
BAD = [
    pytest.param(call, error, message, id=message)
    for error, rows in ((ShapeError, SHAPES), (TypeError, TYPES), (ValueError, VALUES))
    for call, message in rows
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert caught.type is error


def test_fractions_stay_fractions():
    x = np.array([[[[Fraction(1, 3), Fraction(2)], [Fraction(0), Fraction(-1, 7)]]]], object)
    back = col2im(im2col(x, (1, 2), padding=(0, 1)), x.shape, (1, 2), padding=(0, 1))
    assert (back == 2 * x).all() and back[0, 0, 0, 0] == Fraction(2, 3)
