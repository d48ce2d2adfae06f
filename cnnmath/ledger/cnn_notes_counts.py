"""Counts and tables of document 003: sizes and parameters as the layers have them, never typed.

A number that the document (or, where its image is lost, the slide as remembered) gives is compared
with what is counted.
"""

from collections.abc import Sequence
from itertools import pairwise, product
from math import prod
from typing import Any

import numpy as np

from cnnmath.ledger.cnn_notes_checks import connections
from cnnmath.ledger.linear_softmax_checks import exact, refuted
from cnnmath.nn import (
    Affine,
    Conv2d,
    Flatten,
    Layer,
    MaxPool2d,
    Relu,
    Sequential,
    mlp,
    parameter_counts,
)
from cnnmath.ops import mean_pool2d
from cnnmath.proof.verdict import Verdict

Shape = tuple[int, ...]


def shapes(model: Sequential, start: Shape) -> list[Shape]:
    """What goes in and what each layer gives for one sample, from a run."""
    x: Any = np.zeros((1, *start))
    found, params = [start], model.init(np.random.default_rng(0))
    for layer, arrays in zip(model.layers, params, strict=True):
        x, _ = layer.apply(arrays, x)
        found.append(x.shape[1:])
    return found


def sizes(model: Sequential, start: Shape, kinds: tuple[type, ...]) -> list[int]:
    """How many numbers there are at the input and after each layer of these kinds."""
    every = shapes(model, start)
    kept = [at for at, layer in zip(every[1:], model.layers, strict=True) if type(layer) in kinds]
    return [prod(at) for at in (every[0], *kept)]


def counts(model: Sequential, kind: type) -> tuple[int, ...]:
    """Parameters of the layers of a kind."""
    every = zip(model.layers, parameter_counts(model), strict=True)
    return tuple(count for layer, count in every if type(layer) is kind)


def lenet_like(maps: int) -> Sequential:
    """003 1.9: 32 x 32 x 3, convolutions 5 x 5 to `maps` and 16 maps, max pooling 2 x 2, 120, 84, 10."""
    layers: list[Layer] = []
    for c, o in pairwise((3, maps, 16)):
        layers += [Conv2d(c, o, 5), Relu(), MaxPool2d(2)]
    return Sequential(*layers, mlp(16 * 5 * 5, 120, 84, 10))


MAPS, IMAGE = (6, 8), (3, 32, 32)  # the text has 6 filters, the slide, as remembered, 8


# -------------------------------------------------------------------------------- 1.6, 1.7: one layer


def parameters_and_sizes() -> Verdict:
    """003 1.6: f f n_c' n_c + n_c parameters, floor((n + 2p - f)/s) + 1 rows and columns."""
    tried = 0
    for f, c, o, s, p, n in product((1, 2, 3), (1, 2, 3), (1, 2, 4), (1, 2, 3), (0, 1), (3, 4, 6)):
        layer = Conv2d(c, o, f, stride=s, padding=p)
        (learnt,) = parameter_counts(Sequential(layer))
        side = (n + 2 * p - f) // s + 1
        tried += 1
        if learnt != f * f * c * o + o:
            return refuted(f"{layer}: {learnt} parameters")
        if shapes(Sequential(layer), (c, n, n))[1] != (o, side, side):
            return refuted(f"{layer} on {n} x {n}: {shapes(Sequential(layer), (c, n, n))[1]}")
    return exact(
        f"{tried} layers, f = 1 .. 3, n_c' = 1 .. 3, n_c = 1, 2, 4, s = 1 .. 3, p = 0, 1, n = 3, 4, 6: "
        "parameters and sizes of the table are those of the layer"
    )


def parameters_ignore_height_and_width() -> Verdict:
    """003 1.6: one set of parameters serves inputs of every height and width."""
    layer = Conv2d(3, 10, 3)
    params, tried = layer.init(np.random.default_rng(0)), 0
    for height, width in product((3, 4, 8, 39), repeat=2):
        z, pull = layer.apply(params, np.ones((1, 3, height, width)))
        slopes = pull(np.ones_like(z))[1]
        tried += 1
        if any(slopes[name].shape != array.shape for name, array in params.items()):
            return refuted(f"{height} x {width}: gradients {[g.shape for g in slopes.values()]}")
    (learnt,) = parameter_counts(Sequential(layer))
    return exact(
        f"{tried} heights and widths from 3 to 39: {layer} has {learnt} parameters for all"
    )


def pure_conv_net() -> Verdict:
    """003 1.7, image lost; the numbers of the slide as remembered."""
    layers = (Conv2d(3, 10, 3), Conv2d(10, 20, 5, stride=2), Conv2d(20, 40, 5, stride=2), Flatten())
    model = Sequential(*layers, Affine(1960, 1))
    found = shapes(model, (3, 39, 39))
    if found != [(3, 39, 39), (10, 37, 37), (20, 17, 17), (40, 7, 7), (1960,), (1,)]:
        return refuted(f"the sizes are {found}")
    table = " to ".join("x".join(map(str, (*at[1:], at[0]))) for at in found)
    return exact(f"3x3, then twice 5x5 with stride 2: {table}, from a run")


# ------------------------------------------------------------------------------------- 1.8: pooling


def gradients_above_and_below() -> Verdict:
    """003 1.8: 2 x 2 pooling with stride 2 and 16 gradients above: 64 below."""
    above = {}
    for n in range(2, 13, 2):
        y, pull = mean_pool2d(np.ones((1, 1, n, n)), 2)
        (dx,) = pull(np.ones_like(y))
        above[y.size] = dx.size
    if above.get(16) != 64 or any(below != 4 * here for here, below in above.items()):
        return refuted(f"gradients above and below: {above}")
    return exact(
        f"gradients above and below, counted in the arrays: "
        f"{', '.join(f'{here} and {below}' for here, below in above.items())}"
    )


# --------------------------------------------------------------------------- 1.9: a LeNet-like network


def lenet_like_sizes() -> Verdict:
    """003 1.9, images lost: the sizes of the network, with 6 and with 8 maps in the first layer."""
    found = []
    for maps in MAPS:
        every = shapes(lenet_like(maps), IMAGE)
        kept = list(dict.fromkeys(every))  # activations keep the size
        wanted: list[Shape] = [IMAGE, (maps, 28, 28), (maps, 14, 14), (16, 10, 10), (16, 5, 5)]
        if kept != [*wanted, (400,), (120,), (84,), (10,)]:
            return refuted(f"{maps} maps: {kept}")
        found.append(" to ".join("x".join(map(str, (*at[1:], at[0]))) for at in kept))
    return exact(f"{'; '.join(found)}, each from a run")


def dense_counts() -> Verdict:
    """003 1.9: the author's correction of the last three counts of the lost table."""
    said = (48_000 + 120, 120 * 84 + 84, 84 * 10 + 10)
    for maps in MAPS:
        if counts(lenet_like(maps), Affine) != said:
            return refuted(f"{maps} maps: {counts(lenet_like(maps), Affine)}, said {said}")
    return exact(
        f"dense layers: {_listed(said)}, with {MAPS[0]} or {MAPS[1]} maps in the first layer"
    )


def conv_counts() -> Verdict:
    """003 1.9: the convolution rows of the lost table: (5^2 3 + 1) c_1 and (5^2 c_1 + 1) 16."""
    found = {maps: counts(lenet_like(maps), Conv2d) for maps in MAPS}
    for maps, (first, second) in found.items():
        if first != (25 * 3 + 1) * maps or second != (25 * maps + 1) * 16:
            return refuted(f"{maps} maps: {first} and {second}")
    return exact("; ".join(f"{maps} maps: {_listed(both)}" for maps, both in found.items()))


def where_the_parameters_are() -> Verdict:
    """003 1.9: few in the convolutions, most in the dense layers."""
    found = []
    for maps in MAPS:
        model = lenet_like(maps)
        few, most, all_of_them = (
            sum(counts(model, Conv2d)),
            sum(counts(model, Affine)),
            sum(parameter_counts(model)),
        )
        if few + most != all_of_them or 10 * few > most:
            return refuted(f"{maps} maps: {few} of {all_of_them} parameters in the convolutions")
        found.append(f"{maps} maps: {few:,} in the convolutions, {most:,} in the dense layers")
    return exact("; ".join(found))


LAYERS = (MaxPool2d, Affine)  # as 003 counts them: convolution and pooling are one
STEPS = (Conv2d, *LAYERS)  # the rows of the table


def grows(numbers: Sequence[int]) -> list[str]:
    """The steps at which there are more numbers after than before."""
    return [f"{before:,} to {after:,}" for before, after in pairwise(numbers) if after > before]


def layers_shrink() -> Verdict:
    """003 1.9: fewer numbers after each layer, if convolution and pooling count as one layer."""
    found = []
    for maps in MAPS:
        numbers = sizes(lenet_like(maps), IMAGE, LAYERS)
        if grows(numbers):
            return refuted(f"{maps} maps: {grows(numbers)[0]}")
        found.append(f"{maps} maps: {_listed(numbers)}")
    return exact(f"convolution and pooling as one layer; {'; '.join(found)}")


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(f"{n:,}" for n in numbers)


# --------------------------------------------------------------------------- 1.10: why convolutions


def layer_of_1_10() -> tuple[Conv2d, Shape, Shape]:
    """Six 5 x 5 filters on 32 x 32 x 3: the layer, what goes in and what comes out."""
    layer = Conv2d(IMAGE[0], 6, 5)
    before, after = shapes(Sequential(layer), IMAGE)
    return layer, before, after


def fully_connected_weights() -> Verdict:
    """003 1.10: 3072 numbers in, 4704 out, all connected."""
    for d, k in product((1, 2, 5), repeat=2):  # the layer of 1.10 is too large to build
        weights = Affine(d, k).init(np.random.default_rng(0))["w"].size
        if weights != d * k:
            return refuted(f"Affine({d}, {k}) has {weights} weights")
    _, before, after = layer_of_1_10()
    d, k = prod(before), prod(after)
    if (d, k, d * k) != (3072, 4704, 14_450_688):
        return refuted(f"{d} in, {k} out, {d * k} weights")
    return exact(f"d k weights in Affine(d, k), 9 small cases; {d} numbers in, {k} out: {d * k:,}")


def six_filters() -> Verdict:
    """003 1.10: six 5 x 5 filters, as deep as their input."""
    layer, *_ = layer_of_1_10()
    params = layer.init(np.random.default_rng(0))
    weights, biases = params["w"].size, params["b"].size
    if weights + biases != parameter_counts(Sequential(layer))[0] or weights != 5 * 5 * 3 * 6:
        return refuted(f"{weights} weights, {biases} biases")
    return exact(f"{layer}: {weights} weights + {biases} biases = {weights + biases} parameters")


def sharing_and_sparsity() -> Verdict:
    """003 1.10: fully connected, connected within the window but not shared, shared; without biases."""
    layer, before, after = layer_of_1_10()
    dense, shared = prod(before) * prod(after), prod(layer.shape)
    linked, places = connections(layer, (IMAGE[1], IMAGE[2]))
    local = linked - places * layer.o  # a bias is one of the connections
    if not (dense, local, shared) == (14_450_688, 352_800, 450) or local != prod(after) * 75:
        return refuted(f"{dense} fully connected, {local} in the window, {shared} shared")
    return exact(
        f"weights: {dense:,} fully connected, {local:,} with windows (each output has "
        f"{local // prod(after)}), {shared} shared"
    )
