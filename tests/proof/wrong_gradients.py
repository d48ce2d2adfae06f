"""Functions whose gradient is wrong, each in one way, and what a report must say of it."""

import functools
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnnmath import affine, conv2d, cross_entropy, max_pool2d, relu, scaled_tanh, softmax


@dataclass(frozen=True)
class Wrong:
    """``check``: the name of the check that must find it (None: any check of the derivative)."""

    name: str
    op: Any
    args: tuple
    argument: str
    entry: tuple | None
    check: str | None = None
    options: dict = field(default_factory=dict)

    def __str__(self):
        return self.name


def numbers(*shape, dtype=np.float64, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(dtype)


def changed(op, change):
    """The op with the tuple of its gradients changed on the way out."""

    @functools.wraps(op)
    def wrong(*args):
        y, backward = op(*args)
        return y, lambda dy: change(*backward(dy))

    return wrong


def elementwise(f, slope):
    return lambda z: (f(z), lambda dy: dy * slope(z))


def with_entry(array, place, entry):
    array = array.copy()
    array[place] = entry
    return array


# ------------------------------------------------------------------- functions with their own fault

MEMORY = {}  # for what a wrong function keeps between its calls


def square_stale(x):
    """Keeps x where the next forward overwrites it."""
    MEMORY["x"] = x.copy()
    return x**2, lambda dy: 2 * MEMORY["x"] * dy


def square_buffer(x):
    """Returns the same buffer from every call of backward."""
    buffer = np.empty_like(x)

    def backward(dy):
        buffer[...] = 2 * x * dy
        return buffer

    return x**2, backward


def square_accumulating(x):
    """Adds up what it returned before."""
    total = np.zeros_like(x)

    def backward(dy):
        nonlocal total
        total = total + 2 * x * dy
        return total

    return x**2, backward


def square_centring(x):
    """Shifts its argument in place."""
    x -= 1
    return x**2, lambda dy: 2 * x * dy


def square_spoiling(x):
    """Writes into the cotangent."""

    def backward(dy):
        dy *= 2
        return x * dy

    return x**2, backward


NOISE = np.random.default_rng(0)  # of all calls: none answers as the one before


def noisy(x):
    return np.sin(x), lambda dy: np.cos(x) * dy * (1 + 1e-9 * NOISE.normal(size=x.shape))


def dropout_twice(x, rng):
    """Draws a new mask for backward."""
    return x * (rng.random(x.shape) < 0.5), lambda dy: dy * (rng.random(x.shape) < 0.5)


def ravelled(x):
    """Takes the entries in the order of the memory."""
    return np.sin(x), lambda dy: np.cos(x.ravel(order="K")).reshape(x.shape) * dy


def normalise(change):
    """Batch normalisation without gain and bias; ``change(right gradient, cotangent)``."""

    def batch_norm(x):
        deviation = np.sqrt(((x - x.mean(axis=0)) ** 2).mean(axis=0))
        y = (x - x.mean(axis=0)) / deviation

        def backward(dy):
            dx = (dy - dy.mean(axis=0) - y * (dy * y).mean(axis=0)) / deviation
            return (change(dx, dy, y, deviation),)

        return y, backward

    return batch_norm


def add_bias(reduce):
    return lambda x, b: (x + b, lambda dy: (dy.copy(), reduce(dy)))


def of_class(change):
    """Cross-entropy of labels by hand; ``change(p - onehot, p, t)`` is what it returns."""

    def loss(s, t):
        rows = np.arange(len(t))
        e = np.exp(s - s.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        q = p.copy()
        q[rows, t] = q[rows, t] - 1

        def backward(dE):
            return (change(q, p, t) * dE / len(t),)

        return -np.log(p[rows, t]).sum() / len(t), backward

    return loss


def to_all_largest(x, size):
    """Max pooling that sends the gradient to every cell of the block."""
    y, _ = max_pool2d(x, size)
    return y, lambda dy: np.repeat(np.repeat(dy, size, axis=2), size, axis=3)


X = numbers(3, 4)
T = np.array([0, 2, 1])
SQUARE = numbers(3, 3)
BIG = numbers(1_000_000)
PAIR_ERROR = np.array([1.0, -1.0, 0, 0])  # hidden from directions of equal entries


WRONG = [
    Wrong("sign", changed(relu, lambda dz: (-dz,)), (X,), "z", (0, 3)),
    Wrong(
        "sign of one of three",
        changed(affine, lambda dx, dw, db: (dx, -dw, db)),
        (X, numbers(2, 4), numbers(2)),
        "w",
        (0, 0),
    ),
    Wrong(
        "transposed",
        changed(affine, lambda dx, dw, db: (dx, dw.T.copy(), db)),
        (SQUARE, SQUARE + 1, numbers(3)),
        "w",
        (0, 1),
    ),
    Wrong("factor 2", lambda x: ((x**2).sum(), lambda dE: x * dE), (X,), "x", (0, 0)),
    Wrong("missing 1/n", changed(cross_entropy, lambda ds: (3 * ds,)), (X, T), "s", (0, 0)),
    Wrong(
        "zero at n = 100,000", elementwise(np.sin, lambda z: 0 * z), (numbers(100_000),), "z", (0,)
    ),
    Wrong(
        "constant off in the 4th digit",
        changed(scaled_tanh, lambda dz: (dz * 1.0001,)),
        (X,),
        "z",
        (0, 0),
    ),
    Wrong(
        "1.1439 for 1.14393",
        elementwise(
            lambda z: 1.7159 * np.tanh(2 * z / 3), lambda z: 1.1439 * (1 - np.tanh(2 * z / 3) ** 2)
        ),
        (X,),
        "z",
        (0, 0),
    ),
    Wrong(
        "one entry of 1,000,000",
        changed(relu, lambda dz: (with_entry(dz, 777_777, 0.4),)),
        (BIG,),
        "z",
        (777_777,),
    ),
    Wrong(
        "one of 2,000 is zero",
        changed(scaled_tanh, lambda dz: (with_entry(dz, 1234, 0),)),
        (numbers(2000),),
        "z",
        (1234,),
    ),
    Wrong(
        "1 percent at n = 2,000",
        elementwise(np.tanh, lambda z: 1.01 * (1 - np.tanh(z) ** 2)),
        (numbers(2000),),
        "z",
        (0,),
    ),
    Wrong(
        "tiny loss, twice",
        lambda x: (1e-7 * (x**2).sum(), lambda dE: 4e-7 * x * dE),
        (X,),
        "x",
        (0, 0),
    ),
    Wrong(
        "wrong axis",
        lambda x: (
            x / x.sum(axis=0),
            lambda dy: dy / x.sum(axis=0) - ((dy * x).sum(axis=1) / x.sum(axis=0) ** 2),
        ),
        (abs(SQUARE) + 1,),
        "x",
        (0, 0),
    ),
    Wrong(
        "error that adds up to 0",
        elementwise(np.sin, lambda z: np.cos(z) + PAIR_ERROR),
        (numbers(4),),
        "z",
        (0,),
    ),
    Wrong(
        "millionth added",
        changed(softmax, lambda ds: (with_entry(ds, (1, 1), ds[1, 1] + 1e-6),)),
        (X,),
        "s",
        (1, 1),
    ),
    Wrong("1 + y^2", elementwise(np.tanh, lambda z: 1 + np.tanh(z) ** 2), (X,), "z", (0, 0)),
    Wrong("slope of the output", elementwise(np.tanh, lambda z: 1 - z**2), (X,), "z", (0, 0)),
    Wrong(
        "leak",
        elementwise(
            lambda z: np.maximum(z, 0), lambda z: np.where(np.array(z > 0, dtype=bool), 1, 0.01)
        ),
        (-abs(X),),
        "z",
        (0, 0),
    ),
    Wrong(
        "relu'(0) = 5",
        elementwise(
            lambda z: np.maximum(z, 0), lambda z: np.where(np.array(z >= 0, dtype=bool), 5, 0)
        ),
        (np.array([0.0, -1.0]),),
        "z",
        (0,),
    ),
    Wrong("batch norm, DX = 0", normalise(lambda dx, dy, y, d: 0 * dx), (X,), "x", (0, 0)),
    Wrong(
        "batch norm, constant mean",
        normalise(lambda dx, dy, y, d: (dy - y * (dy * y).mean(axis=0)) / d),
        (X,),
        "x",
        (0, 0),
    ),
    Wrong(
        "batch norm, constant variance",
        normalise(lambda dx, dy, y, d: (dy - dy.mean(axis=0)) / d),
        (X,),
        "x",
        (0, 0),
    ),
    Wrong("p for p - 1", of_class(lambda q, p, t: p), (X, T), "s", (0, 0)),
    Wrong(
        "dropped class",
        of_class(lambda q, p, t: with_entry(q, (slice(None), 3), 0)),
        (X, T),
        "s",
        (0, 3),
    ),
    Wrong("clipped p", of_class(lambda q, p, t: np.maximum(q, -0.5)), (X, T), "s", (0, 0)),
    Wrong(
        "kernel not turned",
        changed(conv2d, lambda dx, dw, db: (dx, dw[:, :, ::-1].copy(), db)),
        (numbers(1, 1, 3, 3), numbers(1, 1, 2, 2), numbers(1)),
        "w",
        (0, 0, 0, 0),
    ),
    Wrong("pool to every cell", to_all_largest, (numbers(1, 1, 4, 4), 2), "x", (0, 0, 0, 1)),
    Wrong(
        "mean for sum over the batch",
        add_bias(lambda dy: dy.sum(axis=0) / len(dy)),
        (X, numbers(4)),
        "b",
        (0,),
    ),
    Wrong("pair of functions", (lambda x: (x**3).sum(), lambda x: 2 * x**2), (X,), "x", (0, 0)),
    Wrong("pair with cotangent", (lambda x: x**3, lambda x, dy: 3 * x * dy), (X,), "x", (0, 0)),
    Wrong(
        "broadcasting not summed",
        add_bias(lambda dy: dy.copy()),
        (X, numbers(4)),
        "b",
        None,
        "dtype and shape",
    ),
    Wrong(
        "dtype",
        changed(relu, lambda dz: (dz.astype(np.float64),)),
        (X.astype(np.float32),),
        "z",
        None,
        "dtype and shape",
    ),
    Wrong(
        "nan",
        changed(relu, lambda dz: (with_entry(dz, (1, 2), np.nan),)),
        (X,),
        "z",
        (1, 2),
        "finite",
    ),
    Wrong("stale cache", square_stale, (X,), "x", (0, 0), "calls kept apart"),
    Wrong("one buffer for all calls", square_buffer, (X,), "x", (0, 0), "calls kept apart"),
    Wrong("accumulates", square_accumulating, (X,), "x", (0, 0), "calls kept apart"),
    Wrong("writes into the argument", square_centring, (X,), "x", (0, 0), "arguments kept"),
    Wrong("writes into the cotangent", square_spoiling, (X,), "dy", (0, 0), "arguments kept"),
    Wrong("returns the cotangent", lambda x: (x + 1, lambda dy: dy), (X,), "x", None, "own memory"),
    Wrong(
        "returns the argument",
        (lambda x: (x**2).sum() / 2, lambda x: x),
        (X,),
        "x",
        None,
        "own memory",
    ),
    Wrong(
        "ignores the cotangent",
        lambda x: ((x**2).sum() / 2, lambda dE: x.copy()),
        (X,),
        "x",
        (0, 0),
    ),
    Wrong(
        "clips",
        lambda z: (np.sin(z), lambda dy: np.clip(np.cos(z) * dy, -2, 2)),
        (X,),
        "z",
        (0, 0),
        "linear in the cotangent",
    ),
    Wrong(
        "not 0 for 0",
        changed(scaled_tanh, lambda dz: (dz + 1e-18,)),
        (X,),
        "z",
        (0, 0),
        "zero cotangent",
    ),
    Wrong("noise", noisy, (X,), "x", (0, 0), "twice the same"),
    Wrong("another mask", dropout_twice, (numbers(4, 5), np.random.default_rng(1)), "x", (0, 1)),
    Wrong("order of the memory", ravelled, (X,), "x", (0, 1), "memory layout"),
]
