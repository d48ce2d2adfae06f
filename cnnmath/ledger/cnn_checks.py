"""Checks of 002 sections 5.1 and 5.2.1 in exact numbers, with ops and layers themselves; each can fail.

Whole numbers in float64 are exact here: no sum comes near 2^53.
"""

from itertools import product
from math import prod
from typing import Any

import numpy as np

from cnnmath.ledger.linear_softmax_checks import exact, refuted
from cnnmath.nn import (
    Affine,
    Conv2d,
    Layer,
    Sequential,
    digits_cnn,
    lenet5,
    parameter_counts,
)
from cnnmath.ops import (
    ShapeError,
    affine,
    conv2d,
    conv2d_output_size,
    cross_entropy,
    flatten,
)
from cnnmath.proof.verdict import Verdict


def whole(shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    """Whole numbers from -3 to 3, none of them 0."""
    return rng.choice((-3.0, -2.0, -1.0, 1.0, 2.0, 3.0), shape)


def depth_first(images: Any) -> Any:
    """(n, height, width, depth), the order of the document, to (n, depth, height, width)."""
    return np.ascontiguousarray(np.moveaxis(images, 3, 1))


# ------------------------------------------------------------------------ 5.1, 5.2: data and scores


def images_as_tensors() -> Verdict:
    """5.2: H x W x D numbers; the layers take them depth first, and only of their own depth."""
    for h, w, d in product((1, 2, 3), repeat=3):
        image = np.arange(1.0, h * w * d + 1).reshape(1, h, w, d)
        x = depth_first(image)
        if any(x[0, c, u, v] != image[0, u, v, c] for u, v, c in np.ndindex(h, w, d)):
            return refuted(f"an image of {h} x {w} x {d} loses its order: {x.tolist()}")
        for depth in (1, 2, 3, 4):
            layer = Conv2d(depth, 1, 1)
            try:
                layer.apply(layer.init(np.random.default_rng(0)), x)
                taken = True
            except ShapeError:
                taken = False
            if taken != (depth == d):
                said = "takes" if taken else "refuses"
                return refuted(f"a layer of depth {depth} {said} an image of {h} x {w} x {d}")
    return exact(
        "H, W, D = 1 .. 3: X(i,j,d) is x[d,i,j]; a layer takes images of its own depth alone"
    )


def labels_shifted_by_one() -> Verdict:
    """5.3: the K labels 1 .. K, each less 1, are what the loss takes."""
    for k in range(1, 6):
        taken = [label for label in range(-1, k + 2) if _is_taken(label, k)]
        if taken != [label - 1 for label in range(1, k + 1)]:
            return refuted(f"K={k}: the loss takes {taken}, labels less 1 are 0 .. {k - 1}")
    return exact("K = 1 .. 5: the loss takes the labels 1 .. K less 1, and of -1 .. K+1 no other")


def _is_taken(label: int, k: int) -> bool:
    """The loss of K scores takes this label; others it refuses."""
    try:
        cross_entropy(np.zeros((1, k)), np.array([label]))
    except ValueError:
        return False
    return True


def scores_in_one_place() -> Verdict:
    """5.2: the last layer gives 1 x 1 x K, the K scores of a fully connected layer."""
    rng = np.random.default_rng(0)
    for c, k, u, v in product((1, 2, 3), repeat=4):
        x, w, b = whole((2, c, u, v), rng), whole((k, c, u, v), rng), whole((k,), rng)
        z, _ = conv2d(x, w, b)
        dense, _ = affine(flatten(x)[0], w.reshape(k, -1), b)
        if z.shape != (2, k, 1, 1) or not np.array_equal(z[..., 0, 0], dense):
            return refuted(f"D={c}, {u} x {v}, K={k}: a last layer of shape {z.shape}")
    for model, shape in ((digits_cnn(), (1, 8, 8)), (lenet5(), (1, 28, 28))):
        scores, _ = model.apply(model.init(rng), np.zeros((3, *shape)))
        if scores.shape != (3, 10):
            return refuted(f"images {shape}: scores of shape {scores.shape}")
    return exact("D, K, H, W = 1 .. 3: 1 x 1 x K, equal to the fully connected scores; both models")


def only_the_shape_of_the_input() -> Verdict:
    """5.8: a unit that sees every entry once has weights of the shape of the input."""
    tried = 0
    for shape in product((1, 2, 3), repeat=3):
        for weights in product((1, 2, 3), repeat=3):
            tried += 1
            try:
                z, backward = conv2d(np.ones((1, *shape)), np.ones((1, *weights)))
            except ShapeError:
                full = False
            else:
                dx, _, _ = backward(np.ones(z.shape))
                full = z.shape == (1, 1, 1, 1) and bool((dx == 1).all())
            if full != (shape == weights):
                said = "sees all" if full else "does not see all"
                return refuted(f"weights {weights} on an input {shape}: the unit {said} of it")
    return exact(
        f"{tried} pairs of shapes (D, H, W) up to 3: one value from all entries, only equal"
    )


# ----------------------------------------------------------------------------- 5.2.1: parameters


def full_layer(size: tuple[int, int, int], units: int) -> Affine:
    """The fully connected layer from ``size`` = height, width, depth to so many units."""
    return Affine(prod(size), units)


def weights_of_a_neuron(height: int, width: int, depth: int) -> int:
    """Counted in the arrays of a fully connected layer of one unit."""
    return full_layer((height, width, depth), 1).init(np.random.default_rng(0))["w"].size


def weights_for_cifar() -> Verdict:
    """5.2.1: 32 x 32 x 3 = 3072."""
    found, numbers = weights_of_a_neuron(32, 32, 3), np.zeros((32, 32, 3), np.uint8).size
    if not found == numbers == 3072:
        return refuted(f"32 x 32 x 3: {found} weights, {numbers} numbers in the image")
    return exact("32 x 32 x 3: 3,072 weights, counted in the layer; with the bias 3,073 parameters")


def weights_for_larger_images() -> Verdict:
    """5.2.1: 200 x 200 x 3 = 120,000."""
    found, numbers = weights_of_a_neuron(200, 200, 3), np.zeros((200, 200, 3), np.uint8).size
    if not found == numbers == 120_000:
        return refuted(f"200 x 200 x 3: {found} weights, {numbers} numbers in the image")
    return exact("200 x 200 x 3: 120,000 weights, counted; with the bias 120,001 parameters")


def weights_grow_with_the_area() -> Verdict:
    """5.2.1: H W D weights per unit; twice the side, four times the weights."""
    for h, w, d in product((1, 2, 3, 4), (1, 2, 3, 4), (1, 2, 3)):
        found, doubled = weights_of_a_neuron(h, w, d), weights_of_a_neuron(2 * h, 2 * w, d)
        if found != h * w * d or doubled != 4 * found:
            return refuted(f"{h} x {w} x {d}: {found} weights, {doubled} at twice the side")
    return exact("H, W = 1 .. 4, D = 1 .. 3: H W D weights per unit, 4 H W D at twice the side")


def parameters(layer: Layer) -> int:
    """How many numbers a layer learns."""
    return parameter_counts(Sequential(layer))[0]


def counts(layer: Conv2d, size: tuple[int, int]) -> tuple[int, int, int]:
    """Parameters between the same input and output: shared, local but not shared, fully connected."""
    rows, columns = conv2d_output_size(size, layer.size, stride=layer.stride, padding=layer.padding)
    _, _, p, q = layer.shape
    local = rows * columns * parameters(full_layer((p, q, layer.c), layer.o))
    full = parameters(full_layer((*size, layer.c), rows * columns * layer.o))
    return parameters(layer), local, full


def fewer_parameters() -> Verdict:
    """5.2.1: local connections and shared weights, counted in the arrays of layers."""
    tried = 0
    for u, v, p, q, c, o, s in product(
        (1, 2, 3, 4), (1, 3), (1, 2, 3), (1, 2), (1, 2), (1, 3), (1, 2)
    ):
        if p > u or q > v:
            continue
        shared, local, full = counts(Conv2d(c, o, (p, q), s), (u, v))
        rows, columns = conv2d_output_size((u, v), (p, q), stride=s)
        wanted = (p * q * c + 1) * o
        tried += 1
        if shared != wanted or local != rows * columns * wanted:
            return refuted(
                f"{u} x {v} x {c}, {o} kernels {p} x {q}: {shared} shared, {local} local"
            )
        if full != (u * v * c + 1) * rows * columns * o or not shared <= local <= full:
            return refuted(f"{u} x {v} x {c}, {o} kernels {p} x {q}: {local} local, {full} full")
    first = lenet5().layers[0]
    assert isinstance(first, Conv2d)
    shared, local, full = counts(first, (28, 28))
    if not 1000 * shared < full or not 10 * local < full:
        return refuted(f"first layer of lenet5: {shared} shared, {local} local, {full} full")
    return exact(
        f"{tried} small layers: shared <= local <= full, by the formulas; first layer of lenet5: "
        f"{shared:,} parameters instead of {full:,} ({local:,} if local but not shared)"
    )


# --------------------------------------------------------------------------- 5.2.1: the convolution


def by_loops(images: Any, kernels: Any, biases: Any) -> Any:
    """5.10, letter for letter: X(i,j,d), W(i,j,d,d_l), A(i_l,j_l,d_l), each image in its own order."""
    (n, h, w, _), (f1, f2, depth, filters) = images.shape, kernels.shape
    maps = np.zeros((n, h - f1 + 1, w - f2 + 1, filters))
    for m, i_l, j_l, d_l in np.ndindex(maps.shape):
        maps[m, i_l, j_l, d_l] = biases[d_l] + sum(
            images[m, i_l + i, j_l + j, d] * kernels[i, j, d, d_l]
            for i, j, d in np.ndindex(f1, f2, depth)
        )
    return maps


def four_axes() -> Verdict:
    """5.2.1: F1 x F2 x D_(l-1) x D_l weights give H_l x W_l x D_l, as the op does."""
    rng, tried = np.random.default_rng(0), 0
    for h, w, f1, f2, d, d_l in product((2, 3), (2, 4), (1, 2), (1, 2), (1, 2), (1, 3)):
        images, kernels = whole((2, h, w, d), rng), whole((f1, f2, d, d_l), rng)
        biases = whole((d_l,), rng)
        wanted = by_loops(images, kernels, biases)
        z, _ = conv2d(
            depth_first(images), np.ascontiguousarray(kernels.transpose(3, 2, 0, 1)), biases
        )
        tried += 1
        if not np.array_equal(z, depth_first(wanted)):
            return refuted(f"X {h} x {w} x {d}, W {f1} x {f2} x {d} x {d_l}: loops and op differ")
        if Conv2d(d, d_l, (f1, f2)).shape != (d_l, d, f1, f2):
            return refuted(f"a layer of {d_l} filters {f1} x {f2} x {d} has other weights")
    return exact(f"{tried} sizes: the sum with W(i,j,d,d_l) by loops is conv2d with w[d_l,d,i,j]")


def depth_is_the_number_of_filters() -> Verdict:
    """5.2.1: one map per filter, whatever the depth of the input; each filter makes its own map."""
    rng = np.random.default_rng(0)
    for c, o, p, s in product((1, 2, 3), (1, 2, 3, 4), (1, 2), (1, 2)):
        x, w, b = whole((1, c, 3, 4), rng), whole((o, c, p, p), rng), whole((o,), rng)
        z, _ = conv2d(x, w, b, stride=s)
        if z.shape[1] != o:
            return refuted(f"{o} filters on depth {c} give {z.shape[1]} maps")
        for k in range(o):
            alone, _ = conv2d(x, w[k : k + 1], b[k : k + 1], stride=s)
            if not np.array_equal(z[:, k : k + 1], alone):
                return refuted(f"{o} filters on depth {c}: map {k} is not that of filter {k} alone")
    return exact("depth 1 .. 3, 1 .. 4 filters: as many maps, each as if its filter stood alone")


def starts_of_the_windows() -> Verdict:
    """5.2.1: with stride S the windows start at 0, S, 2 S, ... as long as they fit."""
    tried = 0
    for u, p, s in product(range(1, 9), range(1, 5), range(1, 5)):
        if p > u:
            continue
        x, w = np.arange(float(u)).reshape(1, 1, u, 1), np.zeros((1, 1, p, 1))
        w[0, 0, 0, 0] = 1  # the kernel that shows where its window starts
        found = conv2d(x, w, stride=s)[0].ravel().tolist()
        tried += 1
        if found != [start for start in range(0, u, s) if start + p <= u]:
            return refuted(f"H={u}, F={p}, S={s}: the windows start at {found}")
    return exact(f"{tried} cases, H <= 8, F, S <= 4: the windows start at 0, S, 2 S, ... <= H - F")


def padding_is_a_border() -> Verdict:
    """5.2.1: P1 and P2 zeros on each side, and the size that they control."""
    rng, tried = np.random.default_rng(0), 0
    for p1, p2, f1, f2, s in product((0, 1, 2), (0, 1, 2), (1, 2, 3), (1, 2), (1, 2)):
        x, w, b = whole((1, 2, 3, 2), rng), whole((2, 2, f1, f2), rng), whole((2,), rng)
        padded, _ = conv2d(x, w, b, stride=s, padding=(p1, p2))
        by_hand, _ = conv2d(np.pad(x, ((0, 0), (0, 0), (p1, p1), (p2, p2))), w, b, stride=s)
        tried += 1
        if padded.shape != by_hand.shape or not np.array_equal(padded, by_hand):
            return refuted(f"P = ({p1}, {p2}), F = ({f1}, {f2}), S={s}: not a border of zeros")
        if s == 1 and padded.shape[2:] != (3 + 2 * p1 - f1 + 1, 2 + 2 * p2 - f2 + 1):
            return refuted(f"P = ({p1}, {p2}), F = ({f1}, {f2}): the output is {padded.shape[2:]}")
    return exact(
        f"{tried} cases, P1, P2 <= 2: padding in the call is a border of zeros in the input"
    )
