"""Arrays that convolution, pooling, flatten and rot180 refuse, and cotangents that their backwards refuse."""

import re
from decimal import Decimal

import numpy as np
import pytest

from cnnmath import ShapeError, conv2d, flatten, max_pool2d, mean_pool2d, rot180, sum_pool2d

POOLS = {"max_pool2d": max_pool2d, "mean_pool2d": mean_pool2d, "sum_pool2d": sum_pool2d}


def ones(*shape, dtype=np.float64):
    return np.ones(shape, dtype)


def exactly(text):
    return "^" + re.escape(text)


X, W, B = ones(2, 3, 5, 6), ones(4, 3, 3, 2), ones(4)

SHAPES = [
    (lambda: conv2d(X[0], W, B), "conv2d: x has 3 axes, shape (3, 5, 6); wanted 4: (n, c, u, v)"),
    (
        lambda: conv2d(X[None], W, B),
        "conv2d: x has 5 axes, shape (1, 2, 3, 5, 6); wanted 4: (n, c, u, v)",
    ),
    (lambda: conv2d(X, W[0], B), "conv2d: w has 3 axes, shape (3, 3, 2); wanted 4: (o, c, p, q)"),
    (lambda: conv2d(X, W, B[:, None]), "conv2d: b has 2 axes, shape (4, 1); wanted 1: (o)"),
    (lambda: conv2d(X, W, np.array(1.0)), "conv2d: b has 0 axes, shape (); wanted 1: (o)"),
    (
        lambda: conv2d(X, W[:, :2], B),
        "conv2d: axis c of w is 2, but 3 in x: x (n=2, c=3, u=5, v=6), w (o=4, c=2, p=3, q=2), b (o=4)",
    ),
    (
        lambda: conv2d(X[:, :1], W),
        "conv2d: axis c of w is 3, but 1 in x: x (n=2, c=1, u=5, v=6), w (o=4, c=3, p=3, q=2)",
    ),
    (lambda: conv2d(X, W[:, :1], B), "conv2d: axis c of w is 1, but 3 in x"),  # no broadcasting
    (lambda: conv2d(X, W.swapaxes(0, 1), B), "conv2d: axis c of w is 4, but 3 in x"),
    (lambda: conv2d(X, W, B[:3]), "conv2d: axis o of b is 3, but 4 in w: x (n=2"),
    (lambda: conv2d(X, W, B[:1]), "conv2d: axis o of b is 1, but 4 in w"),
    *[
        (
            lambda x=x: conv2d(x, W, B),
            f"conv2d: x is empty, shape {x.shape}; every axis wants a size >= 1",
        )
        for x in (X[:0], X[:, :0], X[:, :, :0], X[..., :0])
    ],
    *[
        (
            lambda w=w: conv2d(X, w, B),
            f"conv2d: w is empty, shape {w.shape}; every axis wants a size >= 1",
        )
        for w in (W[:0], W[:, :0], W[:, :, :0], W[..., :0])
    ],
    (lambda: conv2d(X, W, B[:0]), "conv2d: b is empty, shape (0,); every axis wants a size >= 1"),
    *[
        entry
        for name, pool in POOLS.items()
        for entry in (
            (
                lambda pool=pool: pool(X[0], 2),
                f"{name}: x has 3 axes, shape (3, 5, 6); wanted 4: (n, c, u, v)",
            ),
            (
                lambda pool=pool: pool(X[None], 2),
                f"{name}: x has 5 axes, shape (1, 2, 3, 5, 6); wanted 4",
            ),
            (
                lambda pool=pool: pool(X[:0], 2),
                f"{name}: x is empty, shape (0, 3, 5, 6); every axis wants",
            ),
            (
                lambda pool=pool: pool(X[..., :0], 2),
                f"{name}: x is empty, shape (2, 3, 5, 0); every axis",
            ),
        )
    ],
    (lambda: flatten(ones(3)), "flatten: x has shape (3,); wanted (n, ...), one entry per sample"),
    (
        lambda: flatten(np.array(1.0)),
        "flatten: x has shape (); wanted (n, ...), one entry per sample",
    ),
    (
        lambda: flatten(X[:0]),
        "flatten: x is empty, shape (0, 3, 5, 6); every axis wants a size >= 1",
    ),
    (
        lambda: flatten(X[..., :0]),
        "flatten: x is empty, shape (2, 3, 5, 0); every axis wants a size",
    ),
    (lambda: rot180(ones(3)), "rot180: w has shape (3,); wanted at least two axes, (..., p, q)"),
    (
        lambda: rot180(np.array(1.0)),
        "rot180: w has shape (); wanted at least two axes, (..., p, q)",
    ),
    (
        lambda: rot180(W[..., :0]),
        "rot180: w is empty, shape (4, 3, 3, 0); every axis wants a size >= 1",
    ),
]


@pytest.mark.parametrize(("call", "message"), SHAPES, ids=lambda v: v if isinstance(v, str) else "")
def test_shapes(call, message):
    with pytest.raises(ShapeError, match=exactly(message)):
        call()


# op, argument, call with another array in its place
ARGUMENTS = [
    ("conv2d", "x", X, lambda a: conv2d(a, W, B)),
    ("conv2d", "w", W, lambda a: conv2d(X, a, B)),
    ("conv2d", "b", B, lambda a: conv2d(X, W, a)),
    *[(name, "x", X, lambda a, pool=pool: pool(a, 2)) for name, pool in POOLS.items()],
    ("flatten", "x", X, flatten),
    ("rot180", "w", W, rot180),
]
each_argument = pytest.mark.parametrize(
    ("op", "letter", "array", "call"),
    ARGUMENTS,
    ids=[f"{op} {letter}" for op, letter, *_ in ARGUMENTS],
)


@each_argument
def test_what_is_no_array(op, letter, array, call):
    masked = np.ma.masked_array(array, array == 0)
    for thing, kind in (
        (masked, "MaskedArray"),
        (array.tolist(), "list"),
        (1.0, "float"),
        ("x", "str"),
    ):
        message = f"{op}: {letter} must be a NumPy array, got {kind}"
        with pytest.raises(TypeError, match=exactly(message) + "$"):
            call(thing)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool, np.float16, complex, ">f8", "U1"])
@each_argument
def test_dtypes_that_are_not_taken(op, letter, array, call, dtype):
    wrong = array.astype(dtype)
    message = f"{op}: {letter} has dtype {wrong.dtype}; wanted float32 or float64 ("
    with pytest.raises(TypeError, match=exactly(message)):
        call(wrong)


@pytest.mark.parametrize("entry", [1.0, True, "1", Decimal(1)], ids=repr)
@each_argument
def test_objects_that_are_no_exact_numbers(op, letter, array, call, entry):
    message = (
        f"{op}: the object array {letter} holds a {type(entry).__name__}; "
        "wanted fractions or traced scalars only"
    )
    with pytest.raises(TypeError, match=exactly(message)):
        call(np.full(array.shape, entry, object))


@pytest.mark.parametrize("letter", "xwb")
def test_mixed_dtypes(letter):
    arrays = {"x": X, "w": W, "b": B}
    arrays[letter] = arrays[letter].astype(np.float32)
    got = ", ".join(f"{name} {array.dtype}" for name, array in arrays.items())
    with pytest.raises(
        TypeError, match=exactly(f"conv2d: the arrays of a call share one dtype, got {got}")
    ):
        conv2d(**arrays)


# ---------------------------------------------------------------------------------- the cotangent

BACKWARDS = {  # name of the argument, backward, shape of the value
    "conv2d": ("dz", conv2d(X, W, B, stride=2, padding=1)[1], (2, 4, 3, 4)),
    **{name: ("dy", pool(X, 2)[1], (2, 3, 2, 3)) for name, pool in POOLS.items()},
    "flatten": ("dy", flatten(X)[1], (2, 90)),
}
each_backward = pytest.mark.parametrize("op", BACKWARDS)


@each_backward
def test_cotangent_of_another_shape(op):
    letter, backward, shape = BACKWARDS[op]
    others = [
        (*shape, 1),
        shape[1:],
        (1, *shape[1:]),
        (*shape[:-1], 1),
        (*shape[:-1], shape[-1] + 1),
        (1,),
    ]
    for other in (*others, shape[::-1]):
        message = f"{op}.backward: {letter} has shape {other}, wanted {shape} as the output"
        with pytest.raises(ShapeError, match=exactly(message)):
            backward(ones(*other))


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int64, bool, complex, object])
@each_backward
def test_cotangent_of_another_dtype(op, dtype):
    letter, backward, shape = BACKWARDS[op]
    message = f"{op}.backward: {letter} has dtype {np.dtype(dtype)}, wanted float64 as the inputs"
    with pytest.raises(TypeError, match=exactly(message)):
        backward(ones(*shape, dtype=dtype))


@pytest.mark.parametrize("dy", ["1", None, [1.0], True, np.True_, 1j, np.array(True), {}], ids=repr)
@each_backward
def test_cotangent_that_is_no_number(op, dy):
    letter, backward, _ = BACKWARDS[op]
    with pytest.raises(TypeError, match=exactly(f"{op}.backward: {letter} must be a number, got ")):
        backward(dy)
