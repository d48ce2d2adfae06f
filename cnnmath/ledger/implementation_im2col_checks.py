"""Checks of 002 sections 6.2 and 6.2.2 in exact numbers, and one in seconds that a
benchmark measured; each one can fail.

Images, kernels and maps are in the order of the source, depth last: X(i, j, d), W(i, j, d, d_l),
A(i_l, j_l, d_l); ``depth_first`` turns them into ours.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from cnnmath.ledger.cnn_checks import depth_first, whole
from cnnmath.ledger.committed import committed
from cnnmath.ledger.linear_softmax_checks import exact, refuted
from cnnmath.ledger.linear_softmax_simulations import simulated
from cnnmath.ops import conv2d, im2col
from cnnmath.proof.loops import loops
from cnnmath.proof.notation import Sum, walk
from cnnmath.proof.verdict import Verdict
from cnnmath.results.lookup import derivation

# --------------------------------------------------------------------------- 6.2: loops, counted


def loops_of_the_formula() -> tuple[list[str], list[str]]:
    """The indices of 6.12 that are free, and those that are summed over."""
    z = derivation("conv_layer").definitions["z"]
    summed = [each.index.name for each in walk(z.body) if isinstance(each, Sum)]
    return [index.name for index in z.params], summed


def depths_of_the_loops() -> list[int]:
    """Of each loop of 6.12, printed from the formula: how many others it stands in."""
    lines = loops(derivation("conv_layer").definitions["z"]).splitlines()
    return [
        (len(each) - len(each.lstrip())) // 4 for each in lines if each.lstrip().startswith("for ")
    ]


def one_by_one(x: Any, w: Any, b: Any) -> tuple[Any, int]:
    """6.12, one product after the other, and how many there were."""
    (N, C, U, V), (O, _, P, Q), products = x.shape, w.shape, 0  # noqa: E741
    z = np.zeros((N, O, U - P + 1, V - Q + 1)) + b[:, None, None]
    for n, o, i, j, c, p, q in np.ndindex(*z.shape, C, P, Q):
        z[n, o, i, j] += w[o, c, p, q] * x[n, c, i + p, j + q]
        products += 1
    return z, products


def small_layers() -> Iterator[tuple[Any, Any, Any]]:
    """x, w, b in whole numbers: 128 sizes N, C, O, I, J, P, Q of 1 and 2."""
    rng = np.random.default_rng(0)
    for n, c, o, i, j, p, q in product((1, 2), repeat=7):
        yield whole((n, c, i + p - 1, j + q - 1), rng), whole((o, c, p, q), rng), whole((o,), rng)


def seven_loops() -> Verdict:
    """6.2: three sums, three output indices, one for the batch: each loop stands in those before it."""
    free, summed = loops_of_the_formula()
    if depths_of_the_loops() != list(range(7)) or (len(free), len(summed)) != (1 + 3, 3):
        return refuted(f"loops over {free} and {summed}, at the depths {depths_of_the_loops()}")
    for x, w, b in small_layers():
        z, products = one_by_one(x, w, b)
        wanted, _ = conv2d(x, w, b)
        if not np.array_equal(z, wanted):
            return refuted(f"x {x.shape}, w {w.shape}: the loops do not give what conv2d gives")
        if products != wanted.size * w[0].size:
            return refuted(f"x {x.shape}, w {w.shape}: {products} products")
    return exact(
        f"1 + 3 + 3 = 7 loops ({', '.join(free + summed)}), one in the other, printed from the formula; at "
        "128 sizes N D_l H_l W_l F1 F2 D_(l-1) products, counted, give what conv2d gives"
    )


def windows_times_kernels(x: Any, w: Any, b: Any) -> tuple[Any, int]:
    """6.12 with its three sums at once, and how many such inner products there were."""
    (N, _, U, V), (O, _, P, Q), products = x.shape, w.shape, 0  # noqa: E741
    z = np.empty((N, O, U - P + 1, V - Q + 1), x.dtype)
    for n, o, i, j in np.ndindex(z.shape):
        z[n, o, i, j] = (x[n, :, i : i + P, j : j + Q] * w[o]).sum() + b[o]
        products += 1
    return z, products


def four_loops() -> Verdict:
    """6.2: the three sums at once leave a loop for each of n, o, i, j."""
    free, summed = loops_of_the_formula()
    if len(free) != 7 - 3 or len(summed) != 3:
        return refuted(f"loops over {free} are left when {summed} are summed at once")
    for x, w, b in small_layers():
        z, products = windows_times_kernels(x, w, b)
        wanted, _ = conv2d(x, w, b)
        if not np.array_equal(z, wanted) or products != wanted.size:
            return refuted(f"x {x.shape}, w {w.shape}: {products} inner products, z = {z.tolist()}")
    return exact(
        f"7 - 3 = 4 loops are left ({', '.join(free)}); at 128 sizes one inner product for each of the "
        "N D_l H_l W_l outputs, counted, gives what conv2d gives"
    )


# ------------------------------------------------------------------------ 6.2.2: the four steps


class Layer(NamedTuple):
    """One layer in whole numbers: X (H, W, D), W (F1, F2, D, D_l), b, and A (H_l, W_l, D_l) by conv2d."""

    x: Any
    w: Any
    b: Any
    a: Any

    @property
    def said(self) -> str:
        return f"X {self.x.shape}, W {self.w.shape}"


def layers() -> Iterator[Layer]:
    """Small layers, smallest images first."""
    rng = np.random.default_rng(0)
    for h, w, f1, f2, d, d_l in product((1, 2, 3), (1, 2, 4), (1, 2), (1, 2, 3), (1, 2), (1, 3)):
        if f1 <= h and f2 <= w:
            x, kernels, b = whole((h, w, d), rng), whole((f1, f2, d, d_l), rng), whole((d_l,), rng)
            z, _ = conv2d(depth_first(x[None]), first_filter(kernels), b)
            yield Layer(x, kernels, b, z[0].transpose(1, 2, 0))


def first_filter(kernels: Any) -> Any:
    """W(i, j, d, d_l) as w[d_l, d, i, j]."""
    return np.ascontiguousarray(kernels.transpose(3, 2, 0, 1))


def patches(layer: Layer, order: str) -> Any:
    """Step 1, by the op."""
    return im2col(depth_first(layer.x[None]), layer.w.shape[:2], order=order)


def flat_kernels(layer: Layer, order: str) -> Any:
    """Step 2: each filter a column. "F": i fastest, then j, then d, as 6.19; "C": as our im2col counts."""
    if order == "F":
        return layer.w.reshape(-1, layer.w.shape[-1], order="F")
    return first_filter(layer.w).reshape(layer.w.shape[-1], -1).T


def fields_become_rows() -> Verdict:
    """6.2.2, step 1: H_l W_l rows of F1 F2 D numbers, each a receptive field, columns first."""
    tried = 0
    for layer in layers():
        (f1, f2, d, _), (h_l, w_l, _) = layer.w.shape, layer.a.shape
        found = patches(layer, "F")
        if found.shape != (h_l * w_l, f1 * f2 * d):
            return refuted(f"{layer.said}: the patch matrix is {found.shape}")
        for i, j in np.ndindex(h_l, w_l):
            field = layer.x[i : i + f1, j : j + f2]
            if not np.array_equal(found[i + h_l * j], field.ravel(order="F")):
                return refuted(f"{layer.said}: row {i + h_l * j} is not the field at ({i}, {j})")
        tried += 1
    return exact(f"{tried} layers: (H_l W_l) x (F1 F2 D), row i + H_l j is the field at (i, j)")


def filters_become_columns() -> Verdict:
    """6.2.2, step 2: (F1 F2 D) x D_l, and column d_l is filter d_l."""
    tried = 0
    for layer in layers():
        f1, f2, d, d_l = layer.w.shape
        found = flat_kernels(layer, "F")
        if found.shape != (f1 * f2 * d, d_l):
            return refuted(f"{layer.said}: the matrix of kernels is {found.shape}")
        for i, j, k, o in np.ndindex(layer.w.shape):
            if found[i + f1 * j + f1 * f2 * k, o] != layer.w[i, j, k, o]:
                return refuted(f"{layer.said}: W({i}, {j}, {k}, {o}) is not at its place")
        tried += 1
    return exact(f"{tried} layers: (F1 F2 D) x D_l, W(i, j, d, d_l) in row i + F1 j + F1 F2 d")


def as_maps(a: Any, shape: tuple[int, ...], order: str) -> Any:
    """Step 4: the product, reshaped to H_l x W_l x D_l."""
    if order == "F":
        return a.reshape(shape, order="F")
    return a.reshape(shape)


def product_becomes_maps() -> Verdict:
    """6.2.2, steps 3 and 4: (H_l W_l) x D_l numbers are the H_l x W_l x D_l of the layer."""
    tried = 0
    for layer in layers():
        h_l, w_l, d_l = layer.a.shape
        a = patches(layer, "F") @ flat_kernels(layer, "F") + layer.b
        if a.shape != (h_l * w_l, d_l):
            return refuted(f"{layer.said}: the product is {a.shape}")
        if not np.array_equal(as_maps(a, layer.a.shape, "F"), layer.a):
            return refuted(f"{layer.said}: reshaped, the product is not the layer")
        tried += 1
    return exact(
        f"{tried} layers: (H_l W_l) x D_l, reshaped column by column, is what conv2d gives"
    )


# ------------------------------------------------------------------------------ 6.2.2: the order


def counted() -> Layer:
    """1, 2, 3, 4 in two rows, seen through a kernel of one entry, 1: A is X."""
    x, one = np.array([[[1.0], [2.0]], [[3.0], [4.0]]]), np.ones((1, 1, 1, 1))
    return Layer(x, one, np.zeros(1), x)


def orders_must_agree() -> Verdict:
    """6.2.2: patches, kernels and reshape column by column, or all three row by row: nothing else."""
    wrong: dict[str, list[Layer]] = {}
    every = [counted(), *layers()]
    for rows, columns, back in product("CF", repeat=3):
        name = rows + columns + back
        wrong[name] = []
        for layer in every:
            a = patches(layer, rows) @ flat_kernels(layer, columns) + layer.b
            if not np.array_equal(as_maps(a, layer.a.shape, back), layer.a):
                wrong[name].append(layer)
    right = [name for name, found in wrong.items() if not found]
    if right != ["CCC", "FFF"]:
        return refuted(f"patches, kernels, reshape in the orders {', '.join(right)} are right")
    first = wrong["FFC"][0]
    a = patches(first, "F") @ flat_kernels(first, "F") + first.b
    turned = as_maps(a, first.a.shape, "C")[..., 0].tolist()
    return exact(
        f"{len(every)} layers, 8 ways: right are FFF and CCC alone. Column-major matrices with NumPy's "
        f"own reshape give {turned} for A = {first.a[..., 0].tolist()}"
    )


# ------------------------------------------------------------------------------ 6.2.2: the point

LEAST = 2  # times as long


def products_are_fast() -> Verdict:
    """6.2.2: the same products as one matrix product or one window at a time, as the benchmark timed them.

    Not timed here: on a busy machine a matrix product of several threads may take any time.
    """
    measured = committed("convolution_ways")
    times = [row["forward_us"] for row in measured["rows"]]
    ratios = sorted(t["four loops"] / t["im2col"] for t in times if "four loops" in t)
    if ratios[0] < LEAST:
        return refuted(f"four loops take {ratios[0]:.1f} times as long as im2col")
    middle = ratios[len(ratios) // 2]
    return simulated(
        f"nothing drawn; measured by benchmarks/convolution_ways.py, {measured['dtype']}: in {len(ratios)} "
        f"layers four loops take {ratios[0]:.0f} to {ratios[-1]:.0f} times as long as im2col and product, "
        f"in the middle {middle:.0f}; never less than {LEAST} (band)"
    )
