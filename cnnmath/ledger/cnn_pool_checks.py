"""Checks of 002 sections 5.2.2 to 5.4.2, pooling, relu and what they are put together to; each can fail."""

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from cnnmath.ledger.cnn_checks import full_layer, whole
from cnnmath.ledger.linear_softmax_checks import exact, refuted
from cnnmath.nn import (
    Affine,
    Conv2d,
    Flatten,
    Layer,
    MaxPool2d,
    MeanPool2d,
    Relu,
    Sequential,
    SumPool2d,
    digits_cnn,
)
from cnnmath.ops import affine, conv2d, flatten, max_pool2d, mean_pool2d, relu, sum_pool2d
from cnnmath.proof.evaluate import EXACT, Arrays, value
from cnnmath.proof.verdict import Verdict
from cnnmath.results.lookup import derivation

POOLS = {"max": max_pool2d, "mean": mean_pool2d, "sum": sum_pool2d}


def slices_on_their_own() -> Verdict:
    """5.2.2: each depth slice by itself, forward and backward; as many come out."""
    rng = np.random.default_rng(0)
    for (name, pool), d, p, s in product(POOLS.items(), (1, 2, 3), (1, 2), (1, 2)):
        x = whole((2, d, 3, 4), rng)
        y, backward = pool(x, p, stride=s)
        if y.shape[:2] != (2, d):
            return refuted(f"{name}: depth {d} becomes {y.shape[1]}")
        dy = whole(y.shape, rng)
        (dx,) = backward(dy)
        for c in range(d):
            alone, back = pool(x[:, c : c + 1], p, stride=s)
            (own,) = back(dy[:, c : c + 1])
            same = np.array_equal(y[:, c : c + 1], alone)
            if not (same and np.array_equal(dx[:, c : c + 1], own)):
                return refuted(f"{name}, F={p}, S={s}, depth {d}: slice {c} depends on the others")
    return exact(
        "maximum, mean, sum; depth 1 .. 3, F, S = 1, 2: each slice as if alone; depth kept"
    )


def weights_after(model: Sequential, shape: tuple[int, ...], units: int) -> int:
    """Weights of a fully connected layer of so many units behind the model."""
    y, _ = model.apply(model.init(np.random.default_rng(0)), np.zeros((1, *shape)))
    return full_layer(y.shape[1:], units).init(np.random.default_rng(0))["w"].size


def pooling_saves_weights() -> Verdict:
    """5.2.2: 2 x 2 with stride 2 leaves a quarter of the weights to the layer behind."""
    for c, o, u, v in product((1, 2), (1, 3), (2, 4, 6), (2, 4)):
        layers: tuple[Layer, ...] = (Conv2d(c, o, 3, padding=1), Relu())
        without = weights_after(Sequential(*layers), (c, u, v), 5)
        pooled = weights_after(Sequential(*layers, MaxPool2d(2)), (c, u, v), 5)
        if 4 * pooled != without:
            return refuted(f"{u} x {v}, {o} maps: {pooled} weights with pooling, {without} without")
    maps = [layer for layer in digits_cnn().layers[:-2] if not isinstance(layer, MaxPool2d)]
    without = weights_after(Sequential(*maps), (1, 8, 8), 10)
    pooled = weights_after(Sequential(*digits_cnn().layers[:-2]), (1, 8, 8), 10)
    if 16 * pooled != without:
        return refuted(f"digits_cnn: {pooled} weights of the scores, {without} without pooling")
    return exact(
        "24 small layers: a quarter of the weights behind the pool; digits_cnn with its two pools: "
        f"{pooled:,} weights of the scores instead of {without:,}"
    )


def all_maps(height: int, width: int) -> Any:
    """Every map of that size with entries 0, 1, 2: all orders and all ties."""
    entries = np.array(list(product((0.0, 1.0, 2.0), repeat=height * width)))
    return entries.reshape(-1, 1, height, width)


def largest_of_each_window() -> Verdict:
    """5.20, with the bounds of 5.35: max over 0 <= i < F1, 0 <= j < F2."""
    tried = 0
    for h, w, f1, f2, s in product((1, 2, 3), (1, 2, 3), (1, 2, 3), (1, 2, 3), (1, 2, 3)):
        if f1 > h or f2 > w:
            continue
        x = all_maps(h, w)
        y, _ = max_pool2d(x, (f1, f2), stride=s)
        tried += len(x)
        for i, j in np.ndindex(y.shape[2:]):
            window = x[:, :, i * s : i * s + f1, j * s : j * s + f2]
            wrong = np.flatnonzero(y[:, 0, i, j] != window.max(axis=(1, 2, 3)))
            if wrong.size:
                found = y[wrong[0], 0, i, j]
                return refuted(
                    f"x={x[wrong[0], 0].tolist()}, F=({f1},{f2}), S={s}: y[{i},{j}] = {found:g}"
                )
    return exact(
        f"{tried:,} cases: all maps up to 3 x 3 of 0, 1, 2 (all orders and ties), F, S <= 3"
    )


def three_quarters_dropped() -> Verdict:
    """5.2.2: 2 x 2 with stride 2 keeps one activation of four."""
    for d, u, v in product((1, 2, 3), range(2, 11, 2), range(2, 11, 2)):
        y, _ = max_pool2d(np.zeros((1, d, u, v)), 2, stride=2)
        if 4 * y.size != d * u * v:
            return refuted(f"{u} x {v} x {d}: {y.size} of {d * u * v} activations are kept")
    return exact("H, W = 2, 4 .. 10, D = 1 .. 3: one activation of four is kept, 75 % are dropped")


def no_parameters() -> Verdict:
    """5.4.2: a pooling layer learns nothing; backward gives the gradient of its input alone."""
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    for layer in (MaxPool2d(2), MeanPool2d(2), SumPool2d(2)):
        params = layer.init(np.random.default_rng(0))
        y, backward = layer.apply(params, x)
        dx, gradient = backward(np.ones(y.shape))
        if params or gradient or dx.shape != x.shape:
            return refuted(f"{layer}: parameters {list(params)}, gradients {list(gradient)}")
    return exact("maximum, mean and sum: no parameters, no gradient but that of the input")


# ------------------------------------------------------------------- 5.2.3, 5.3, 5.4.2: the rest


def relu_entry_by_entry() -> Verdict:
    """5.21: max(0, x) of each entry, with Python's max; size unchanged."""
    for shape in product((1, 2), (1, 2, 3), (1, 2, 3), (1, 2, 3)):
        x = np.resize(np.arange(-4.0, 5.0), shape)
        for turned in (x, -x, np.zeros(shape)):
            y, _ = relu(turned)
            if y.shape != shape:
                return refuted(f"maps {shape} become {y.shape}")
            for place in np.ndindex(shape):
                if y[place] != max(0, turned[place]):
                    return refuted(f"x = {turned[place]:g}: y = {y[place]:g}")
    return exact(
        "54 shapes (n, d, h, w): every entry is max(0, x), both signs and 0; size unchanged"
    )


def layers_one_inside_the_other() -> Verdict:
    """5.22: h is the layers, each on what the one before gave."""
    rng = np.random.default_rng(0)
    for c, o, k, p in product((1, 2), (1, 2), (2, 3), (1, 2)):
        model = Sequential(
            Conv2d(c, o, p), Relu(), MaxPool2d(2, 1), Flatten(), Affine(o * (4 - p) ** 2, k)
        )
        params = tuple(
            {name: whole(array.shape, rng) for name, array in layer.items()}
            for layer in model.init(rng)
        )
        x = whole((2, c, 4, 4), rng)
        maps, _ = relu(conv2d(x, params[0]["w"], params[0]["b"])[0])
        pooled, _ = max_pool2d(maps, 2, stride=1)
        scores, _ = affine(flatten(pooled)[0], params[4]["w"], params[4]["b"])
        if not np.array_equal(model.apply(params, x)[0], scores):
            return refuted(f"{c} to {o} maps, kernels {p} x {p}, K={k}: not the layers in a row")
    return exact("16 nets in whole numbers: scores = fc(pool(relu(conv(X)))), one inside the other")


def larger_of_two_is_the_maximum() -> Verdict:
    """5.30: max(x, y), the indicators, and a window of two, with the gradient of a tie to x."""
    D = derivation("larger_of_two")
    z = D.definitions["z"][()]
    for x, y in product(range(-3, 4), repeat=2):
        written = value(z, Arrays({"x": Fraction(x), "y": Fraction(y)}, {}, EXACT))
        pooled, backward = max_pool2d(np.array([[[[float(x), float(y)]]]]), (1, 2))
        to_x, to_y = backward(np.ones(pooled.shape))[0].ravel()
        if not max(x, y) == written == pooled.item():
            return refuted(f"x={x}, y={y}: max {max(x, y)}, 1{{x>=y}}x + 1{{y>x}}y = {written}")
        if (to_x, to_y) != (x >= y, y > x):
            return refuted(f"x={x}, y={y}: the gradient goes {to_x:g} to x, {to_y:g} to y")
    return exact(
        "x, y = -3 .. 3: max = indicators = window of two; the gradient of a tie goes to x"
    )
