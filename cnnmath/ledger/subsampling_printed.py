"""Chapter subsampling_combinations: the source's own form of a line, and what is wrong in print.

Claims build one node. Printed forms build (what is true, what is printed) or search small cases in
increasing order and return the first as text (empty: there is none, the suspicion is rejected). Each
has a switch that puts the right thing in the place of the wrong one.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from cnnmath.ledger.mlp_formulas import Sides, letters
from cnnmath.ops import conv2d, entropy_penalty, l1_penalty, softmax
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.notation import Node

# ------------------------------------------ the source's own form, where it differs from our line


def subsampled_map(D: Derivation) -> Node:
    """3.2: f(beta down(x) + b), with the block sum written out."""
    x, beta, b = (D.tensors[name] for name in ("x", "beta", "b"))
    c, i, j, p, q = letters(D, "c i j p q")
    P, Q = D.letters["p"], D.letters["q"]
    return D.f(beta[c] * D.Sum((p, q), x[c, P * i + p, Q * j + q]) + b[c])


def mixed_map(D: Derivation) -> Node:
    """3.3: f(sum_i alpha_ij (x_i * k_i) + b_j), the convolutions written out."""
    x, k, alpha, b = (D.tensors[name] for name in ("x", "k", "alpha", "b"))
    c, o, i, j, p, q = letters(D, "c o i j p q")
    P, Q = D.letters["p"], D.letters["q"]
    convolved = D.Sum((p, q), k[c, p, q] * x[c, i + P - 1 - p, j + Q - 1 - q])
    return D.f(D.Sum(c, alpha[o, c] * convolved) + b[o])


def turned_back(D: Derivation) -> Node:
    """3.3: sum_j alpha_ij rot180(conv2(x_i, rot180(delta_j), 'valid')), entry (p, q)."""
    x, alpha, delta = (D.tensors[name] for name in ("x", "alpha", "delta"))
    c, o, i, j, p, q = letters(D, "c o i j p q")
    I, J, P, Q = (D.letters[name] for name in "ijpq")  # noqa: E741
    turned = delta[o, I - 1 - i, J - 1 - j]
    convolved = D.Sum((i, j), turned * x[c, P - 1 - p + I - 1 - i, Q - 1 - q + J - 1 - j])
    return D.Sum(o, alpha[o, c] * convolved)


def penalised_cost(D: Derivation) -> Node:
    """3.3.1: E + lambda sum_ij |alpha_ij|, where E is as far as the weights see it."""
    alpha, g, strength = D.definitions["alpha"], D.tensors["g"], D.scalars["strength"]
    o, c = (letter.prime for letter in letters(D, "o c"))
    return D.Sum((o, c), g[o, c] * alpha[o, c]) + strength * D.Sum((o, c), D.abs(alpha[o, c]))


# ----------------------------------------------------------------------------- formulas in print


def sum_before_weights(D: Derivation, *, weighted: bool = False) -> Sides:
    """3.1.1: the sensitivities of the next layer added up first, then multiplied by the weights."""
    v, above, z = D.tensors["v"], D.tensors["above"], D.definitions["z"]
    k, h = letters(D, "k h")
    right = D.diff(D.definitions["E"][()], D.tensors["b"][k])
    if weighted:
        return right, D.slope(z[k]) * D.Sum(h, v[h, k] * above[h])
    return right, D.slope(z[k]) * (D.Sum(h, above[h]) * D.Sum(h, v[h, k]))


def one_map_above(D: Derivation, *, summed: bool = False) -> Sides:
    """3.2.1: the convolution of map j of the layer above alone, for map j of the layer below.

    Here j is the first: there is such a map above for all sizes, so that no entry is made up.
    """
    z, w, dz = (D.tensors[name] for name in ("z", "w", "dz"))
    k, p, q, u, v = letters(D, "k p q u v")
    I, J, P, Q = (D.letters[name] for name in "ijpq")  # noqa: E741
    seen = D.inside(u - p, I) * D.inside(v - q, J)
    term = w[k, 0, P - 1 - p, Q - 1 - q] * dz[k, u - p, v - q] * seen
    full = D.Sum((k, p, q), term if summed else D.delta(k, 0) * term)
    return D.diff(D.definitions["C"][()], z[0, u, v]), D.slope(z[0, u, v]) * full


# --------------------------------------------------------------------------------- words in print


def sees_every_map(kernels: Callable[[int], Sequence[int]] = lambda u: range(1, u + 1)) -> str:
    """3.2.1: a convolution layer that sees every map below: does each of its units see each unit?"""
    for rows in (1, 2, 3):
        for size in kernels(rows):
            z, backward = conv2d(np.ones((1, 1, rows, 1)), np.ones((1, 1, size, 1)), np.zeros(1))
            for i in range(z.shape[2]):
                dz = np.zeros(z.shape)
                dz[0, 0, i] = 1
                unseen = np.flatnonzero(backward(dz)[0] == 0)
                if unseen.size:
                    return (
                        f"one map of {rows} x 1 below, one above with a kernel of {size} x 1, connected: "
                        f"unit {i} does not see unit {unseen[0]}, but in the recursion of section 2 "
                        "every unit above has a weight for every unit below"
                    )
    return ""


def another_positive_function(
    function: Callable[[Any], Any] = lambda c: c * c + 1, name: str = "c^2 + 1"
) -> str:
    """3.3: does a function that is no exponential meet the constraints on all small c?"""
    values = [Fraction(c) for c in (0, 1, -1, 2)]
    for c in product(values, repeat=3):
        parts = [function(each) for each in c]
        if min(parts) <= 0:
            return ""
        alpha = [part / sum(parts) for part in parts]
        if sum(alpha) != 1 or not all(0 <= a <= 1 for a in alpha):
            return ""
    parts = [function(each) for each in values[:3]]
    shown = ", ".join(str(part / sum(parts)) for part in parts)
    return f"{name}, divided by its sum: c = (0, 1, -1) gives ({shown}), positive and of sum 1, without exp"


LOGITS, STEPS = (0.1, 0.3, -0.2, 0.05), 300


def descended(penalty: Callable[..., Any]) -> Any:
    """The weights after descent on the penalty alone, through the softmax, at the rate 1."""
    logits = np.array([LOGITS])
    for _ in range(STEPS):
        alpha, softmax_backward = softmax(logits)
        (dlogits,) = softmax_backward(*penalty(alpha, 1)[1](1))
        logits = logits - dlogits
    return softmax(logits)[0][0]


def tells_nothing_apart(penalty: Callable[..., Any] = l1_penalty) -> str:
    """3.3.1: what a penalty says of weights that are all equal, and of one weight alone."""
    for maps in (2, 4):  # halves and quarters are exact
        equal, alone = np.full((1, maps), 1 / maps), np.eye(maps)[:1]
        if penalty(equal, 1)[0] != penalty(alone, 1)[0]:
            return ""
    moved = abs(descended(penalty) - softmax(np.array([LOGITS]))[0][0]).max()
    if moved > 1e-12:
        return ""
    ends = ", ".join(f"{a:.2f}" for a in descended(entropy_penalty))
    return (
        f"C=2, lambda=1: (1/2, 1/2) costs {penalty(np.full((1, 2), 0.5), 1)[0]:g}, (1, 0) costs "
        f"{penalty(np.eye(2)[:1], 1)[0]:g}; {STEPS} steps of descent from c = {LOGITS} move no weight "
        f"by more than 1e-12, with the entropy they end at ({ends})"
    )


def nothing_added(total: Fraction = Fraction(1)) -> str:
    """3.3.1: lambda (|alpha_i| - alpha_i sum_k |alpha_k|) on weights of that sum, lambda = 1."""
    tried = 0
    for maps, parts in ((2, 2), (2, 3), (3, 3), (3, 4)):
        for whole in product(range(1, parts), repeat=maps):
            if sum(whole) != parts:
                continue
            alpha = [total * Fraction(n, parts) for n in whole]
            (slope,) = l1_penalty(np.array([alpha], object), Fraction(1))[1](1)
            through = sum(s * a for s, a in zip(slope[0], alpha, strict=True))
            if any(a * (s - through) != 0 for s, a in zip(slope[0], alpha, strict=True)):
                return ""
            tried += 1
    return (
        f"alpha = (1/2, 1/2): 1/2 - 1/2 (1/2 + 1/2) = 0, and 0 at all {tried} mixtures of 2 or 3 maps "
        "that were tried; for all of them: softmax_l1.dh#zero"
    )
