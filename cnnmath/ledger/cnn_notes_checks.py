"""Checks of documents 000, 001 and 003 on convolution layers, with the ops that run; each one can fail.

Numbers are fractions or symbols, sizes all small ones; parameters and tables are in cnn_notes_counts.
"""

from fractions import Fraction
from functools import partial
from itertools import product
from random import Random
from typing import Any

import numpy as np

from cnnmath.ledger.linear_softmax_checks import exact, refuted
from cnnmath.ledger.mlp_checks import drawn, fractions
from cnnmath.nn import Conv2d, MaxPool2d, MeanPool2d, Sequential, SumPool2d, parameter_counts
from cnnmath.ops import ShapeError, conv2d, rot180
from cnnmath.proof.evaluate import EXACT, Arrays, value
from cnnmath.proof.trace import Path, Traced
from cnnmath.proof.verdict import Verdict
from cnnmath.results.lookup import line


def conv2(x: Any, k: Any, mode: str = "valid") -> Any:
    """MATLAB's conv2 of two matrices by the op: it slides the turned kernel over x, or over x in a
    border of zeros."""
    border = {"valid": (0, 0), "full": (k.shape[0] - 1, k.shape[1] - 1)}[mode]
    z, _ = conv2d(x[None, None], rot180(k)[None, None], padding=border)
    return z[0, 0]


# --------------------------------------------------------------------------- 000: connections, maps


def connections(layer: Conv2d, size: tuple[int, int]) -> tuple[int, int]:
    """Connections and places of a layer: what comes out when inputs, weights and biases are all 1."""
    ones = {"w": np.ones(layer.shape), "b": np.ones(layer.o)}
    z, _ = layer.apply(ones, np.ones((1, layer.c, *size)))
    return int(z.sum()), z.shape[2] * z.shape[3]


def connections_and_weights() -> Verdict:
    """000 section 1: every weight and every bias is used once at every place of the output map."""
    tried = 0
    for c, o, p, q, u, v in product((1, 2), (1, 3), (1, 2), (1, 3), (3, 4), (3, 5)):
        layer = Conv2d(c, o, (p, q))
        found, places = connections(layer, (u, v))
        (learnt,) = parameter_counts(Sequential(layer))
        tried += 1
        if found != places * learnt:
            return refuted(f"{layer} on {u} x {v}: {found} connections, {places} places, {learnt}")
    first = Conv2d(1, 6, 5)
    (found, places), (learnt,) = connections(first, (32, 32)), parameter_counts(Sequential(first))
    if (found, learnt) != (122_304, 156):
        return refuted(f"LeNet C1: {found} connections, {learnt} weights")
    return exact(
        f"{tried} small layers: connections = places times weights (biases among them); LeNet C1 on "
        f"32 x 32: {found:,} connections, {learnt} weights, {places} to 1"
    )


TABLE = ((0,), (0, 1), (1, 2), (0, 1, 2))


def maps_selected() -> Verdict:
    """000 3.1: output map j is the sum over M_j of convolutions with kernels of its own, plus b_j."""
    rng, (u, v), size = Random(0), (4, 5), (2, 3)
    layer = Conv2d(3, len(TABLE), size, connect=TABLE)
    w, b = drawn(layer.shape, rng), drawn((len(TABLE),), rng)
    x = drawn((1, 3, u, v), rng)
    z, pull = layer.apply({"w": w, "b": b}, x)
    for j, maps in enumerate(TABLE):
        if not np.array_equal(z[0, j], sum(conv2(x[0, i], rot180(w[j, i])) for i in maps) + b[j]):
            return refuted(f"map {j} is not the sum over the input maps {maps} plus one bias")
    for j, i in product(range(len(TABLE)), range(3)):
        own = w.copy()
        own[j, i] = own[j, i] + 1
        moved = (layer.apply({"w": own, "b": b}, x)[0] != z).any(axis=(0, 2, 3))
        if moved.tolist() != [k == j and i in maps for k, maps in enumerate(TABLE)]:
            return refuted(f"the kernel of input {i}, output {j} moves the maps {moved.tolist()}")
    _, slopes = pull(drawn(z.shape, rng))
    kernels = (slopes["w"] != 0).any(axis=(2, 3)).sum()
    if kernels != sum(map(len, TABLE)) or slopes["b"].shape != (len(TABLE),):
        return refuted(f"{kernels} kernels are learnt, biases {slopes['b'].shape}")
    return exact(
        f"3 maps to {len(TABLE)}, M_j = {', '.join(map(str, TABLE))}, in fractions: each map the sum over "
        f"M_j plus its bias; {kernels} kernels, one per pair, each acts on its own output map alone"
    )


# ------------------------------------------------------------------- 001: the map of 3 x 3 as a picture


def symbols(letter: str, shape: tuple[int, ...], rng: Random, path: Path) -> Any:
    """Traced symbols with distinct names, such as w_12 (counted from 1, as there)."""
    import sympy

    array = np.empty(shape, object)
    for place in np.ndindex(shape):
        name = letter + "_" + "".join(str(n + 1) for n in place)
        array[place] = Traced(sympy.Symbol(name), Fraction(rng.randint(1, 99)), path)
    return array


def expressions(array: Any) -> Any:
    return np.vectorize(lambda each: each.expression.expand(), otypes=[object])(array)


def picture_as_dense_layer() -> Verdict:
    """001 images 3-7: the matrix of the layer, its four outputs, and all nine entries of the gradient."""
    rng, path = Random(0), Path()
    x, w = symbols("x", (3, 3), rng, path), symbols("w", (2, 2), rng, path)
    delta = symbols("d", (2, 2), rng, path)
    z, pull = conv2d(x[None, None], rot180(w)[None, None])
    outputs, inputs = expressions(z.ravel()), expressions(x.ravel())
    matrix = np.array([[s.diff(a) for a in inputs] for s in outputs])
    weights = set(expressions(w.ravel()))
    if any(sorted(map(str, row)) != ["0"] * 5 + sorted(map(str, weights)) for row in matrix):
        return refuted(f"the connections of the outputs are {matrix.tolist()}")
    if [s.expand() for s in matrix @ inputs] != outputs.tolist():
        return refuted("the outputs are not this matrix times the map")
    back = pull(delta[None, None])[0][0, 0]
    found = expressions(back).ravel().tolist()
    if found != [s.expand() for s in matrix.T @ expressions(delta.ravel())]:
        return refuted(f"backward is not the transposed matrix times delta: {found}")
    if found != expressions(conv2(delta, rot180(w), "full")).ravel().tolist():
        return refuted(f"backward is not conv2(delta, rot180(w), 'full'): {found}")
    wrong = _entries_off(back, w, delta)
    if wrong:
        return refuted(wrong)
    return exact(
        f"3 x 3 map, 2 x 2 kernel, on symbols: {len(outputs)} outputs with 4 connections each, of 9; "
        f"{len(weights)} distinct weights; all {len(found)} entries of backward are those of the transposed "
        "matrix, of conv2(delta, rot180(w), 'full') and of the lines of rotation_picture"
    )


def _entries_off(back: Any, w: Any, delta: Any) -> str:
    """Where backward, in numbers, is not the sum that a line of rotation_picture proves."""
    tensors = {"w": partial(_number, w), "dz": partial(_number, delta)}
    numbers = Arrays({}, tensors, EXACT)
    for u, v in np.ndindex(3, 3):
        proven = line(f"rotation_picture.x{u + 1}{v + 1}#connections").body
        if value(proven, numbers) != back[u, v].witness:
            return f"x_{u + 1}{v + 1}: the line says {value(proven, numbers)}, not {back[u, v]}"
    return ""


def _number(array: Any, place: tuple[int, ...]) -> Any:
    return array[place].witness


# ---------------------------------------------------------------------------------- 003: one layer


def channels_are_filters() -> Verdict:
    """003 answer 2: as many output channels as filters, whatever comes in."""
    tried = 0
    for c, o, size in product((1, 2, 3, 5), (1, 2, 4, 7), (3, 4)):
        x, w = np.ones((1, c, size, size)), np.ones((o, c, 2, 2))
        found = conv2d(x, w)[0].shape[1]
        tried += 1
        if found != len(w):
            return refuted(f"{c} channels in, {o} filters: {found} channels out")
    return exact(
        f"{tried} cases, 1 .. 5 channels in and 1 .. 7 filters: as many channels as filters"
    )


POOLS = (MaxPool2d, MeanPool2d, SumPool2d)


def pooling_is_not_learnt() -> Verdict:
    """003 answer 4: size and stride are all there is to choose; each channel is pooled for itself."""
    rng, tried = Random(0), 0
    for kind, f, s, c in product(POOLS, (1, 2, 3), (1, 2), (1, 2, 3)):
        pool, x = kind(f, s), drawn((1, c, 4, 5), rng)
        y, _ = pool.apply({}, x)
        alone = [pool.apply({}, x[:, i : i + 1])[0][:, 0] for i in range(c)]
        tried += 1
        if parameter_counts(Sequential(pool)) != (0,):
            return refuted(f"{pool} has {parameter_counts(Sequential(pool))} parameters")
        if y.shape[1] != c or not all(np.array_equal(y[:, i], alone[i]) for i in range(c)):
            return refuted(f"{pool}: {c} channels in, {y.shape[1]} out, or they are mixed")
    return exact(
        f"{tried} cases, {', '.join(kind.__name__ for kind in POOLS)} with f = 1 .. 3, s = 1, 2: no "
        "parameters; 1 .. 3 channels stay as many, each as if pooled alone"
    )


VERTICAL = fractions(*[[1, 0, -1]] * 3)


def edges_by_sign() -> Verdict:
    """003 1.2: bright to dark and dark to bright at a vertical edge, nothing elsewhere."""
    bright = 10
    for edge, level in product(range(1, 6), (bright, -bright)):
        image = np.zeros((6, 6), int).astype(object)
        image[:, :edge] = level
        found = conv2d(image[None, None], VERTICAL[None, None])[0][0, 0]
        seen = [3 * level if j < edge < j + 3 else 0 for j in range(4)]
        if not np.array_equal(found, [seen] * 4):
            return refuted(f"{level} up to column {edge}: {found[0].tolist()}")
        if conv2d(image.T[None, None].copy(), VERTICAL[None, None])[0].any():
            return refuted(f"a horizontal edge at row {edge} is answered")
    return exact(
        f"6 x 6, the columns up to 1 .. 5 at {bright} or {-bright}, the others 0: {3 * bright} and "
        f"{-3 * bright} where the window meets the edge, 0 elsewhere and at every horizontal edge"
    )


def fits(x: Any, w: Any) -> bool:
    try:
        conv2d(x, w)
    except ShapeError:
        return False
    return True


def depth_of_a_filter() -> Verdict:
    """003 1.5: a filter is as deep as its input, and its output is flat: (n - f + 1) x (n - f + 1)."""
    tried = 0
    for n, f, deep, depth in product(range(1, 6), range(1, 6), (1, 2, 3, 4), (1, 2, 3, 4)):
        if f > n:
            continue
        x, w = np.ones((1, deep, n, n)), np.ones((1, depth, f, f))
        tried += 1
        if fits(x, w) != (deep == depth):
            return refuted(f"input of depth {deep}, filter of depth {depth}, n={n}, f={f}")
        if deep == depth and conv2d(x, w)[0].shape != (1, 1, n - f + 1, n - f + 1):
            return refuted(f"n={n}, f={f}, depth {deep}: output {conv2d(x, w)[0].shape}")
    return exact(
        f"{tried} cases, n = 1 .. 5, f = 1 .. n: depths of input and filter (1 .. 4) must agree, and the "
        "output is one map of n - f + 1 rows and columns"
    )


def stacked_outputs() -> Verdict:
    """003 1.5: N filters give N maps, one on the other, each that of its filter alone."""
    rng, tried = Random(0), 0
    for filters, n, f in product((1, 2, 3), (2, 3, 4), (1, 2)):
        x, w = drawn((1, 3, n, n), rng), drawn((filters, 3, f, f), rng)
        found = conv2d(x, w)[0]
        alone = [conv2d(x, w[o : o + 1])[0][:, 0] for o in range(filters)]
        tried += 1
        if not np.array_equal(found, np.stack(alone, axis=1)):
            return refuted(f"{filters} filters on n={n}, f={f}: not the maps of each alone")
        if found.shape != (1, filters, n - f + 1, n - f + 1):
            return refuted(f"{filters} filters on n={n}, f={f}: output {found.shape}")
    return exact(
        f"{tried} cases, N = 1 .. 3, in fractions: N maps of (n - f + 1)^2, one per filter"
    )


def one_bias_per_filter() -> Verdict:
    """003 1.6: b has one number per output channel, which is added everywhere in its map."""
    rng, tried = Random(0), 0
    for o in (1, 2, 3):
        x, w, b = drawn((1, 2, 3, 3), rng), drawn((o, 2, 2, 2), rng), drawn((o,), rng)
        with_b, without = conv2d(x, w, b)[0], conv2d(x, w)[0]
        if not all((with_b[0, k] - without[0, k] == b[k]).all() for k in range(o)):
            return refuted(f"{o} filters: the biases {b.tolist()} are not added to their maps")
        if Conv2d(2, o, 2).init(np.random.default_rng(0))["b"].shape != (o,):
            return refuted(f"{o} filters: another shape of b")
        for shape in ((o + 1,), (o, 2, 2), (1, o)):
            tried += 1
            try:
                affected = conv2d(x, w, drawn(shape, rng))[0].shape
            except ShapeError:
                continue
            return refuted(f"{o} filters: b {shape} is taken, output {affected}")
    return exact(
        f"1 .. 3 filters: b (n_c,), added to the whole map; {tried} other shapes are refused"
    )
