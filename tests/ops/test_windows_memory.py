"""What convolution, pooling, flatten and rot180 do with the arrays they are given: nothing but read them."""

import numpy as np
import pytest
from window_loops import KINDS, assert_same, draw, output_shape, pool_shape

from cnnmath import conv2d, flatten, max_pool2d, mean_pool2d, rot180, sum_pool2d

X_SHAPE, W_SHAPE = (2, 3, 5, 6), (4, 3, 3, 2)
STRIDED = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}


def conv(arrays, **options):
    return conv2d(arrays["x"], arrays["w"], arrays.get("b"), **options)


def pool(op, size, **options):
    shape = pool_shape(X_SHAPE, size, options.get("stride", size), options.get("padding", (0, 0)))
    return lambda arrays: op(arrays["x"], size, **options), {"x": X_SHAPE}, shape


CONV = {"x": X_SHAPE, "w": W_SHAPE, "b": (4,)}
ONES = {"x": (1, 1, 4, 3), "w": (1, 1, 1, 1)}  # reshaping and turning these copies nothing
CALLS = {  # call, shapes of its arrays, shape of what it returns
    "conv2d": (conv, CONV, output_shape(X_SHAPE, W_SHAPE)),
    "conv2d, strided": (
        lambda arrays: conv(arrays, **STRIDED),
        CONV,
        output_shape(X_SHAPE, W_SHAPE, **STRIDED),
    ),
    "conv2d, no b": (conv, {"x": X_SHAPE, "w": W_SHAPE}, output_shape(X_SHAPE, W_SHAPE)),
    "conv2d, no dx": (
        lambda arrays: conv(arrays, need_dx=False),
        CONV,
        output_shape(X_SHAPE, W_SHAPE),
    ),
    "conv2d, all ones": (conv, ONES, (1, 1, 4, 3)),
    "max_pool2d": pool(max_pool2d, (2, 3)),
    "max_pool2d, overlap": pool(max_pool2d, (3, 2), stride=(1, 1), padding=(1, 1)),
    "max_pool2d, 1x1": pool(max_pool2d, (1, 1)),
    "mean_pool2d": pool(mean_pool2d, (2, 2)),
    "mean_pool2d, overlap": pool(mean_pool2d, (2, 4), stride=(1, 2), padding=(1, 1)),
    "mean_pool2d, 1x1": pool(mean_pool2d, (1, 1)),
    "sum_pool2d": pool(sum_pool2d, (2, 3)),
    "sum_pool2d, overlap": pool(sum_pool2d, (3, 2), stride=(2, 1), padding=(0, 1)),
    "sum_pool2d, 1x1": pool(sum_pool2d, (1, 1)),
    "flatten": (lambda arrays: flatten(arrays["x"]), {"x": X_SHAPE}, (2, 90)),
    "flatten, nothing to do": (lambda arrays: flatten(arrays["x"]), {"x": (2, 3)}, (2, 3)),
}
each_call = pytest.mark.parametrize("name", CALLS)
each_kind = pytest.mark.parametrize("kind", KINDS)


def drawn(name, kind="float64", seed=1):
    """The arrays of a call, and a cotangent; multiples of 8 = the largest P Q, so that means are exact."""
    _, shapes, out = CALLS[name]
    rng = np.random.default_rng(seed)
    arrays = {letter: draw(rng, kind, *shape, times=8) for letter, shape in shapes.items()}
    return arrays, draw(rng, kind, *out, times=8)


def results(name, arrays, dy):
    value, backward = CALLS[name][0](arrays)
    return [value, *(gradient for gradient in backward(dy) if gradient is not None)]


def assert_all_same(ours, expected):
    for one, other in zip(ours, expected, strict=True):
        assert_same(one, other)


@each_kind
@each_call
def test_the_dtype_is_kept(name, kind):
    arrays, dy = drawn(name, kind)
    assert {result.dtype for result in results(name, arrays, dy)} == {arrays["x"].dtype}


@each_kind
@each_call
def test_read_only_inputs_will_do_and_keep_their_entries(name, kind):
    arrays, dy = drawn(name, kind)
    before = {letter: array.copy() for letter, array in arrays.items()}
    expected, dy_before = results(name, before, dy.copy()), dy.copy()
    for array in (*arrays.values(), dy):
        array.setflags(write=False)
    assert_all_same(results(name, arrays, dy), expected)
    assert_all_same([*arrays.values(), dy], [*before.values(), dy_before])


@each_call
def test_results_are_views_of_nothing(name):
    arrays, dy = drawn(name)
    got = results(name, arrays, dy)
    for i, result in enumerate(got):
        assert result.flags.writeable and result.flags.c_contiguous
        for other in (*arrays.values(), dy, *got[:i]):
            assert not np.shares_memory(result, other)


@each_call
def test_results_may_be_overwritten_between_the_calls(name):
    arrays, dy = drawn(name)
    expected = results(name, arrays, dy)
    value, backward = CALLS[name][0](arrays)
    value[...] = np.nan
    for gradient in backward(dy):
        if gradient is not None:
            gradient[...] = np.nan
    assert_all_same([g for g in backward(dy) if g is not None], expected[1:])


@each_call
def test_two_forwards_before_two_backwards(name):
    (one, dy_one), (two, dy_two) = drawn(name, seed=1), drawn(name, seed=2)
    expected = results(name, one, dy_one), results(name, two, dy_two)
    first, second = CALLS[name][0](one)[1], CALLS[name][0](two)[1]
    assert_all_same([g for g in second(dy_two) if g is not None], expected[1][1:])
    assert_all_same([g for g in first(dy_one) if g is not None], expected[0][1:])


def transposed(array):
    """An equal array whose axes lie in memory in the opposite order."""
    return array.T.copy().T


def every_other(array):
    """An equal array whose entries do not stand side by side."""
    wide = np.zeros(tuple(2 * n for n in array.shape), array.dtype)
    view = wide[tuple(slice(None, None, 2) for _ in array.shape)]
    view[...] = array
    return view


def backwards(array):
    """An equal array with negative strides."""
    flip = tuple(slice(None, None, -1) for _ in array.shape)
    return np.ascontiguousarray(array[flip])[flip]


def repeated(array):
    """The first entry everywhere: a view with strides 0."""
    return np.broadcast_to(array[(slice(0, 1),) * array.ndim], array.shape)


@each_kind
@pytest.mark.parametrize("layout", [transposed, every_other, backwards, repeated])
@each_call
def test_layout_in_memory_does_not_matter(name, layout, kind):
    arrays, dy = drawn(name, kind)
    moved, dy_moved = {letter: layout(array) for letter, array in arrays.items()}, layout(dy)
    plain = {letter: np.array(array, order="C") for letter, array in moved.items()}
    expected = results(name, plain, np.array(dy_moved, order="C"))
    assert_all_same(results(name, moved, dy_moved), expected)


@each_kind
@pytest.mark.parametrize("layout", [transposed, every_other, backwards, repeated])
def test_rot180_reads_its_argument_and_copies(layout, kind):
    w = layout(draw(np.random.default_rng(3), kind, *W_SHAPE))
    before = w.copy()
    w.setflags(write=False)
    turned = rot180(w)
    assert_same(turned, np.array(before[..., ::-1, ::-1], order="C"))
    assert_same(w, before)
    assert turned.flags.writeable and not np.shares_memory(turned, w)


def test_rot180_of_a_1x1_kernel_is_a_copy():
    w = np.ones((2, 3, 1, 1))
    assert not np.shares_memory(rot180(w), w)
