"""Sizes, strides, paddings, dilations that are refused: the message names op, axis, numbers, rule."""

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from cnnmath import (
    ShapeError,
    conv2d,
    conv2d_output_size,
    max_pool2d,
    mean_pool2d,
    sum_pool2d,
)

RULE = re.escape("output size = floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1")
POOLS = {"max_pool2d": max_pool2d, "mean_pool2d": mean_pool2d, "sum_pool2d": sum_pool2d}
each_pool = pytest.mark.parametrize("name", POOLS)


def ones(*shape, dtype=np.float64):
    return np.ones(shape, dtype)


X, W, B = ones(2, 3, 5, 6), ones(4, 3, 3, 2), ones(4)


def exactly(text):
    return "^" + re.escape(text)


# ----------------------------------------------------------------- kernels larger than the input

TOO_LARGE = [  # shape of the kernel, options, axis, what is said about it
    ((6, 2), {}, "u", "spans 6 (kernel 6, dilation 1), more than the padded input, 5 + 2*0 = 5"),
    ((3, 7), {}, "v", "spans 7 (kernel 7, dilation 1), more than the padded input, 6 + 2*0 = 6"),
    (
        (8, 2),
        {"padding": 1},
        "u",
        "spans 8 (kernel 8, dilation 1), more than the padded input, 5 + 2*1 = 7",
    ),
    (
        (3, 2),
        {"dilation": (3, 1)},
        "u",
        "spans 7 (kernel 3, dilation 3), more than the padded input, 5 + 2*0 = 5",
    ),
    (
        (2, 4),
        {"dilation": (1, 4), "padding": (0, 3), "stride": 9},
        "v",
        "spans 13 (kernel 4, dilation 4), more than the padded input, 6 + 2*3 = 12",
    ),
]


@pytest.mark.parametrize(("kernel", "options", "axis", "said"), TOO_LARGE)
def test_kernel_larger_than_the_padded_input(kernel, options, axis, said):
    message = exactly(f"conv2d: axis {axis}: the kernel {said}; ") + RULE
    with pytest.raises(ShapeError, match=message):
        conv2d(X, ones(4, 3, *kernel), B, **options)
    with pytest.raises(ShapeError, match=message.replace("conv2d", "conv2d_output_size")):
        conv2d_output_size(X.shape[2:], kernel, **options)


@each_pool
def test_window_larger_than_the_padded_input(name):
    said = (
        "axis v: the kernel spans 9 (kernel 9, dilation 1), more than the padded input, 6 + 2*1 = 8"
    )
    with pytest.raises(ShapeError, match=exactly(f"{name}: {said}; ") + RULE):
        POOLS[name](X, (5, 9), padding=1)


# ------------------------------------------------------------------- stride, padding, dilation, size

# option, its least value
OPTIONS = {"stride": 1, "padding": 0, "dilation": 1}
NO_INTS = [
    2.5,
    2.0,
    -0.0,
    np.float32(1),
    float("nan"),
    float("inf"),
    -float("inf"),
    np.float64("nan"),
]
NO_NUMBERS = [
    True,
    np.True_,
    "2",
    None,
    1j,
    Fraction(2),
    Decimal(2),
    {2, 3},
    np.array([2, 2]),
    np.array(2),
    slice(2),
    (2, [2]),
]


def conv_with(option, value):
    return lambda: conv2d(X, W, B, **{option: value})


def size_with(option, value):
    if option in OPTIONS:
        return lambda: conv2d_output_size((5, 6), (3, 2), **{option: value})
    sizes = {"size": (5, 6), "kernel": (3, 2), option: value}
    return lambda: conv2d_output_size(sizes["size"], sizes["kernel"])


def pool_with(name, option, value):
    return lambda: POOLS[name](X, **{"size": 2, option: value})


# op, option, its least value, call with a value
TARGETS = [
    *[("conv2d", option, least, conv_with) for option, least in OPTIONS.items()],
    *[("conv2d_output_size", option, least, size_with) for option, least in OPTIONS.items()],
    ("conv2d_output_size", "size", 1, size_with),
    ("conv2d_output_size", "kernel", 1, size_with),
    *[
        (name, option, least, lambda option, value, name=name: pool_with(name, option, value))
        for name in POOLS
        for option, least in (("size", 1), ("stride", 1), ("padding", 0))
    ],
]
each_target = pytest.mark.parametrize(
    ("op", "option", "least", "call"), TARGETS, ids=[f"{op} {option}" for op, option, *_ in TARGETS]
)


@pytest.mark.parametrize("below", [1, 2, 10**30])
@each_target
def test_numbers_below_the_least(op, option, least, call, below):
    number = least - below
    for axis, value in (("u", number), ("u", (number, 2)), ("v", (2, number)), ("v", [2, number])):
        message = f"{op}: axis {axis}: {option} is {number}, wanted at least {least}"
        with pytest.raises(ValueError, match=exactly(message) + "$") as caught:
            call(option, value)()
        assert caught.type is ValueError


@pytest.mark.parametrize("number", NO_INTS, ids=repr)
@each_target
def test_numbers_that_are_not_whole(op, option, least, call, number):
    for axis, value in (("u", number), ("u", (number, 2)), ("v", (2, number))):
        message = f"{op}: axis {axis}: {option} is {number}, wanted a whole number (an int)"
        with pytest.raises(ValueError, match=exactly(message) + "$") as caught:
            call(option, value)()
        assert caught.type is ValueError


def is_default(op, option, thing):
    return thing is None and option == "stride" and op in POOLS


@pytest.mark.parametrize(
    ("op", "option", "call", "thing"),
    [
        pytest.param(op, option, call, thing, id=f"{op} {option} {thing!r}")
        for op, option, _, call in TARGETS
        for thing in NO_NUMBERS
        if not is_default(op, option, thing)
    ],
)
def test_things_that_are_no_numbers(op, option, call, thing):
    axis, each = ("v", thing[1]) if isinstance(thing, tuple) else ("u", thing)
    message = f"{op}: axis {axis}: {option} must be an int, got {each!r}"
    with pytest.raises(TypeError, match=exactly(message) + "$"):
        call(option, thing)()


@pytest.mark.parametrize("pair", [(), (2,), (2, 2, 2), [2, 2, 2, 2]], ids=str)
@each_target
def test_pairs_of_another_length(op, option, least, call, pair):
    message = f"{op}: {option} has {len(pair)} numbers, wanted one or (rows, columns)"
    with pytest.raises(ValueError, match=exactly(message) + "$") as caught:
        call(option, pair)()
    assert caught.type is ValueError


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@each_pool
def test_padding_of_more_than_half_the_window(name, size):
    most = size // 2
    x = ones(1, 1, 9, 9)
    POOLS[name](x, size, padding=most)
    for axis, padding in (("u", (most + 1, 0)), ("v", (0, most + 1))):
        message = f"{name}: axis {axis}: padding is {most + 1}, wanted at most half of the window, {size}/2"
        with pytest.raises(ValueError, match=exactly(message)) as caught:
            POOLS[name](x, size, padding=padding)
        assert caught.type is ValueError
