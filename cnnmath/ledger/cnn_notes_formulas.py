"""Documents 000, 001 and 003 on convolution, formulas of the engine: the source's own form of a line,
and what is wrong in print.

Claims build one node. Printed forms build (what is true, what is printed); each has a switch that
puts the right thing in the place of the wrong one, by which the tests see that nothing is found then.
In conv_delta place x of layer l + 1 is i + P - 1, so that x - a is the row i + P - 1 - p of layer l.
"""

from typing import Any

from cnnmath.ledger.mlp_formulas import Sides, letters
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.notation import Index, Node, node

# ------------------------------------------ the source's own form, where it differs from our line


def output_map(D: Derivation) -> Node:
    """000 3.1: f of the sum of the valid convolutions over M_j, plus one bias."""
    x, k, b, chosen = (D.tensors[name] for name in ("x", "k", "b", "chosen"))
    m, c, i, j, p, q = letters(D, "m c i j p q")
    P, Q = p.size, q.size
    convolved = D.Sum((p, q), k[m, c, p, q] * x[c, i + P - 1 - p, j + Q - 1 - q])
    return D.f(D.Sum(c, chosen[m, c] * convolved) + b[m])


def inserted_forward_pass(D: Derivation) -> Node:
    """001 image 10: the chain rule with image 8 in the place of the map above."""
    m, u, v = letters(D, "m u v")
    place = _places(D)
    return D.Sum(place, D.tensors["dz"][place] * D.diff(_above(D, *place), D.tensors["z"][m, u, v]))


def matching_terms(D: Derivation) -> Node:
    """001 image 11: only the terms with x = x' - a, y = y' - b are left."""
    return _terms(D, second="b")


def weight_steps(D: Derivation) -> Node:
    """001 image 13, first steps, with the layer below: delta times the derivative of the sum."""
    k, m, p, q = letters(D, "k m p q")
    _, i, j = _places(D)
    inner = D.diff(_above(D, k, i, j), D.tensors["w"][k, m, p, q])
    return D.Sum((i, j), D.tensors["dz"][k, i, j] * inner)


def turned_activation(D: Derivation) -> Node:
    """001 image 13: conv2(rot180(sigma(z)), delta, 'valid'), written out."""
    z, dz = D.tensors["z"], D.tensors["dz"]
    k, m, u, v, p, q = letters(D, "k m u v p q")
    _, i, j = _places(D)
    row, column = p + i.size - 1 - i, q + j.size - 1 - j  # conv2 turns delta
    turned = D.f(z[m, u.size - 1 - row, v.size - 1 - column])
    return D.Sum((i, j), dz[k, i, j] * turned)


def rounded_up(D: Derivation) -> Node:
    """003 1.4: n/s, rounded up."""
    U, S = _sizes(D, "U S")
    return D.floor(U + S - 1, S)


def n_minus_f_plus_one(D: Derivation) -> Node:
    """003 1.3: n - f + 1, where n = U + P - 1."""
    U, P = _sizes(D, "U P")
    return (U + P - 1) - P + 1


def layer_in_one_line(D: Derivation) -> Node:
    """003 1.1.2: g(W * a + b)."""
    x, w, b = D.tensors["x"], D.tensors["w"], D.tensors["b"]
    c, o, i, j, p, q = letters(D, "c o i j p q")
    return D.f(D.Sum((c, p, q), w[o, c, p, q] * x[c, i + p, j + q]) + b[o])


# ----------------------------------------------------------------------------------- 000, as printed


def unturned_patches(D: Derivation, *, turned: bool = False) -> Sides:
    """3.1.1: the patch under the kernel, as it lies in the map, where the forward pass is conv2."""
    x, dz = D.tensors["x"], D.tensors["dz"]
    i, j, p, q = letters(D, "i j p q")
    i, j, P, Q = i.prime, j.prime, p.size, q.size
    patch = x[i + P - 1 - p, j + Q - 1 - q] if turned else x[i + p, j + q]
    return D.diff(_loss(D), D.tensors["k"][p, q]), D.Sum((i, j), dz[i, j] * patch)


def flipped_for_conv2(D: Derivation, *, flipped: bool = True) -> Sides:
    """3.1.1: the convolution by its definition, and conv2 with the kernel flipped beforehand."""
    x, k = D.tensors["x"], D.definitions["rotated"] if flipped else D.tensors["k"]
    i, j, p, q = letters(D, "i j p q")
    P, Q = p.size, q.size
    by_conv2 = D.Sum((p, q), k[p, q] * x[i + P - 1 - p, j + Q - 1 - q])
    return D.definitions["z"][i, j], by_conv2


# ----------------------------------------------------------------------------------- 001, as printed


def activation_for_slope(D: Derivation, *, slope: bool = False) -> Sides:
    """Text to image 1: times the activation function of the layer."""
    z, w, dz = D.tensors["z"], D.tensors["w"], D.tensors["dz"]
    m, p, q, u, v = letters(D, "m p q u v")
    (k, i, j), p, q = _places(D), p.prime, q.prime
    P, Q = p.size, q.size
    inside = D.inside(u - p, i.size) * D.inside(v - q, j.size)
    back = D.Sum((k, p, q), w[k, m, P - 1 - p, Q - 1 - q] * dz[k, u - p, v - q] * inside)
    factor = D.slope(z[m, u, v]) if slope else D.f(z[m, u, v])
    return D.diff(_cost(D), z[m, u, v]), factor * back


def reciprocal(D: Derivation, *, derivative: bool = False) -> Sides:
    """Before image 9: take the reciprocal of the error."""
    m, u, v = letters(D, "m u v")
    slope = D.diff(_cost(D), D.tensors["z"][m, u, v])
    return slope, inserted_forward_pass(D) if derivative else node(1) / _cost(D)


def one_letter_twice(D: Derivation, *, second: str = "a") -> Sides:
    """Before image 11: the terms with x = x' - a, y = y' - a."""
    m, u, v = letters(D, "m u v")
    return D.diff(_cost(D), D.tensors["z"][m, u, v]), _terms(D, second)


def own_layer(D: Derivation, *, below: bool = False) -> Sides:
    """Image 13: sigma of z^l, the layer's own sums, where z^(l-1) belongs; what is not there counts 0."""
    z, above, dz = D.tensors["z"], D.definitions["above"], D.tensors["dz"]
    k, m, p, q = letters(D, "k m p q")
    _, i, j = _places(D)
    slope = D.diff(_cost(D), D.tensors["w"][k, m, p, q])
    if below:
        seen = D.f(z[m, i + p.size - 1 - p, j + q.size - 1 - q])
        return slope, D.Sum((i, j), dz[k, i, j] * seen)
    k2, i2, j2 = k.prime.prime, i.prime, j.prime
    here = D.delta(k2, m) * D.delta(i2, i - p) * D.delta(j2, j - q)
    return slope, D.Sum((i, j, k2, i2, j2), dz[k, i, j] * D.f(above[k2, i2, j2]) * here)


def unturned_correlation(D: Derivation, *, turned: bool = False) -> Sides:
    """Image 13: delta slides over the map below, and nothing is turned."""
    z, dz, w = D.tensors["z"], D.tensors["dz"], D.tensors["w"]
    k, m, p, q = letters(D, "k m p q")
    _, i, j = _places(D)
    row, column = (p.size - 1 - p, q.size - 1 - q) if turned else (p, q)
    slid = D.Sum((i, j), dz[k, i, j] * D.f(z[m, i + row, j + column]))
    return D.diff(_cost(D), w[k, m, p, q]), slid


# ----------------------------------------------------------------------------------- 003, as printed


def invariance(D: Derivation, *, moved: bool = False) -> Sides:
    """1.10: the output for the moved input is the output for the input."""
    z, T = D.definitions["z"], _sizes(D, "T")[0]
    (i,) = letters(D, "i")
    return D.definitions["moved"][i + T], z[i] if moved else z[i + T]


# --------------------------------------------------------------------------------- common to several


def _sizes(D: Derivation, names: str) -> list[Any]:
    by_name = {size.name: size for size in D.size_names}
    return [by_name[name] for name in names.split()]


def _places(D: Derivation) -> tuple[Index, Index, Index]:
    """k', i', j': a place in the maps above."""
    k, i, j = letters(D, "k i j")
    return k.prime, i.prime, j.prime


def _loss(D: Derivation) -> Node:
    return D.definitions["E"][()]


def _cost(D: Derivation) -> Node:
    return D.definitions["C"][()]


def _above(D: Derivation, k: Index, i: Index, j: Index) -> Node:
    """Image 8 at one place: the double sum and the bias."""
    z, w, b = D.tensors["z"], D.tensors["w"], D.tensors["b"]
    m, p, q = (letter.prime for letter in letters(D, "m p q"))
    seen = D.f(z[m, i + p.size - 1 - p, j + q.size - 1 - q])
    return D.Sum((m, p, q), w[k, m, p, q] * seen) + b[k]


def _terms(D: Derivation, second: str) -> Node:
    """Image 11 with the condition x = x' - a, y = y' - ``second``."""
    z, w, dz = D.tensors["z"], D.tensors["w"], D.tensors["dz"]
    m, p, q, u, v = letters(D, "m p q u v")
    (k, i, j), p, q = _places(D), p.prime, q.prime
    row, column = i + p.size - 1 - p, j + q.size - 1 - {"a": p, "b": q}[second]
    left = D.delta(u, row) * D.delta(v, column)
    return D.Sum((k, i, j, p, q), dz[k, i, j] * w[k, m, p, q] * D.slope(z[m, u, v]) * left)
