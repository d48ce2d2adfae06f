"""What is wrong, missing or misleading in print in document 003 on parameters, pooling and whole nets.

Each function searches small cases in increasing order and returns the first as text; an empty text
says that there is none, and so rejects the suspicion.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from cnnmath.ledger.cnn_notes_counts import IMAGE, MAPS, STEPS, counts, grows, lenet_like, sizes
from cnnmath.nn import SGD, Conv2d, MaxPool2d, Relu, Sequential, loss_and_gradient, parameter_counts
from cnnmath.ops import max_pool2d, mean_pool2d, squared_error, sum_pool2d

# ------------------------------------------------------------------------------- 003: parameters


def updates_counted(steps: Sequence[int] = (1, 2)) -> str:
    """1.6: how many updates of a parameter there are, against how many parameters there are."""
    layer = Sequential(Conv2d(1, 1, 1))
    (learnt,), params = parameter_counts(layer), layer.init(np.random.default_rng(0))
    x, updates = np.ones((1, 1, 1, 1)), 0
    for step in range(1, max(steps) + 1):
        _, grads = loss_and_gradient(layer, params, x, 0 * x, loss=_half_square)
        moved, _ = SGD(0.25).update(grads, (), params)
        updates += sum(int((moved[0][name] != params[0][name]).sum()) for name in moved[0])
        params = moved
        if step in steps and updates != learnt:
            return f"f=1, one channel in and out: {learnt} parameters, {updates} updates after {step} steps"
    return ""


def _half_square(y: Any, t: Any) -> Any:
    value, pull = squared_error(y.reshape(1, 1), t.reshape(1, 1))
    return value, lambda dy: (pull(dy)[0].reshape(y.shape),)


def counts_by_channels(depths: Sequence[int] = (1, 2, 3)) -> str:
    """1.6: the same filters on inputs of other sizes, the third dimension among them."""
    for f, filters in ((1, 1), (3, 10)):
        found = {c: parameter_counts(Sequential(Conv2d(c, filters, f)))[0] for c in depths}
        if len(set(found.values())) > 1:
            ten = [parameter_counts(Sequential(Conv2d(c, 10, 3)))[0] for c in (1, 3)]
            listed = ", ".join(f"{n} for {c}" for c, n in found.items())
            return f"f={f}, {filters} filter, channels in: {listed}; 3x3, 10 filters: {ten[0]} and {ten[1]}"
    return ""


def flat_filters(c: int, o: int, f: int) -> int:
    return f * f * o


def without_channels(
    layers: Sequence[tuple[int, int, int]] = ((1, 1, 1), (2, 1, 1), (3, 6, 5)),
    rule: Callable[[int, int, int], int] = flat_filters,
) -> str:
    """1.10: f f times the number of filters, against the weights of the layer, depth by depth."""
    found = []
    for c, o, f in layers:
        weights = Conv2d(c, o, f).init(np.random.default_rng(0))["w"].size
        if rule(c, o, f) != weights:
            found.append(f"c={c}, f={f}, N={o}: printed {rule(c, o, f)}, weights {weights}")
    return "; ".join(found)


def uncorrected_rows(depth: Callable[[int], int] = lambda c: 1) -> str:
    """1.9: the convolution rows of the table, counted as if the input had `depth` of its channels."""
    for maps in reversed(MAPS):
        found = counts(lenet_like(maps), Conv2d)
        flat = tuple(
            (25 * depth(c) + 1) * o for c, o in zip((IMAGE[0], maps), (maps, 16), strict=True)
        )
        if flat != found:
            return f"{maps} maps: {flat[0]}, {flat[1]} without the channels, {found[0]}, {found[1]} with them"
    return ""


def data_grow(kinds: tuple[type, ...] = STEPS) -> str:
    """1.9: numbers before and after each convolution, pooling and dense layer."""
    found = []
    for maps in MAPS:
        steps = grows(sizes(lenet_like(maps), IMAGE, kinds))
        found += [f"{maps} maps: {', '.join(steps)}"] if steps else []
    return "; ".join(found)


# ---------------------------------------------------------------------------------- 003: pooling


def sum_not_kept(
    ops: Sequence[tuple[Any, int, int]] = ((sum_pool2d, 2, 0), (mean_pool2d, 2, 1)),
) -> str:
    """1.8: the sum of the gradients below against that above, for sum pooling and for padded means."""
    found = []
    for op, f, p in ops:
        for n in (1, 2, 3):
            if f > n + 2 * p:
                continue
            y, pull = op(np.full((1, 1, n, n), Fraction(1)), f, padding=p)
            dy = np.full(y.shape, Fraction(1))
            above, below = dy.sum(), pull(dy)[0].sum()
            if above != below:
                found.append(
                    f"{op.__name__}, n={n}, f={f}, p={p}: sum {above} above, {below} below"
                )
                break
    return "; ".join(found)


def handed_over(stride: int = 1) -> str:
    """1.8: each window hands its gradient to its maximum, and a later one takes the earlier's place."""
    for x in sorted(product((0, 1, 2), repeat=3), key=sum):
        y, pull = max_pool2d(np.array([[[x]]], float), (1, 2), stride=(1, stride))
        dy = 10.0 ** np.arange(1, y.size + 1).reshape(y.shape)
        (dx,) = pull(dy)
        set_there = np.zeros(3)
        for window, gradient in enumerate(dy.ravel()):
            seen = x[window * stride : window * stride + 2]
            set_there[window * stride + seen.index(max(seen))] = gradient
        if not np.array_equal(dx.ravel(), set_there):
            listed = ", ".join(f"{g:g}" for g in dy.ravel())
            return (
                f"x={x}, f=2, s={stride}, gradients ({listed}): handed over {_plain(set_there)}, "
                f"the gradient is {_plain(dx.ravel())}"
            )
    return ""


def _plain(numbers: Any) -> str:
    return "(" + ", ".join(f"{n:g}" for n in numbers) + ")"


COUNTED: dict[str, tuple[type, ...]] = {  # the layers that each document counts
    "003": (Conv2d,),
    "000": (Conv2d, MaxPool2d),
    "002": (Conv2d, Relu, MaxPool2d),
}


def layers_counted(documents: Sequence[str] = ("003", "000", "002")) -> str:
    """1.9: one convolution, one activation, one pooling, as the documents count layers."""
    for blocks in (1, 2):
        model = Sequential(*(Conv2d(1, 1, 1), Relu(), MaxPool2d(1)) * blocks)
        found = {d: sum(type(layer) in COUNTED[d] for layer in model.layers) for d in documents}
        if len(set(found.values())) > 1:
            return f"{model}: " + ", ".join(f"{n} by document {d}" for d, n in found.items())
    return ""
