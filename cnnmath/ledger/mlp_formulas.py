"""Chapter mlp, formulas of the engine: the source's own form of a line, and what is wrong in print.

Claims build one node. Printed forms build (what is true, what is printed); each has a switch that
puts the right thing in the place of the wrong one, by which the tests see that nothing is found then.
"""

from cnnmath.proof.derivation import Derivation
from cnnmath.proof.notation import Index, Node, Operand, node

Sides = tuple[Node, Node]


def letters(D: Derivation, names: str) -> list[Index]:
    """Index letters of the derivation."""
    return [Index(name, D.letters[name]) for name in names.split()]


# ------------------------------------------ the source's own form, where it differs from our line


def jacobian_of_the_activation(D: Derivation) -> Node:
    """4.33: (da/dz)^T times the gradient by a; z moves with b."""
    a, b, v, above = D.definitions["a"], D.tensors["b"], D.tensors["v"], D.tensors["above"]
    k, h = letters(D, "k h")
    by_a = D.Sum(h.prime, v[h.prime, k.prime] * above[h.prime])
    return D.Sum(k.prime, D.diff(a[k.prime], b[k]) * by_a)


def mask_times_gradient(D: Derivation) -> Node:
    """4.34: 1{z > 0} times the gradient by a, elementwise."""
    (k,) = letters(D, "k")
    return D.step(D.definitions["z"][k]) * D.tensors["g"][k]


def output_of_a_layer(D: Derivation) -> Node:
    """2.1: f of W x + b."""
    x, w, b = D.tensors["x"], D.tensors["w"], D.tensors["b"]
    k, d = letters(D, "k d")
    return D.f(D.Sum(d, w[k, d] * x[d]) + b[k])


def weights_transposed_times_slope(D: Derivation) -> Node:
    """2.2 (1): (W^T delta) times f'(u), with both delta and W of the layer above."""
    z, v, above = D.definitions["z"], D.tensors["v"], D.tensors["above"]
    k, h = letters(D, "k h")
    return D.Sum(h, v[h, k] * above[h]) * D.slope(z[k])


def log_of_the_other_answer(D: Derivation) -> Node:
    """004: -(y ln y' + (1 - y) ln(1 - y')), where 1 - y' is the sigmoid of -z."""
    t, p, z = D.tensors["t"], D.definitions["p"], D.tensors["z"]
    n, k = letters(D, "n k")
    return -(t[n, k] * D.log(p[n, k]) + (1 - t[n, k]) * D.log(D.sigmoid(-z[n, k])))


def total_over_outputs(D: Derivation) -> Node:
    """4-m: (sum over outputs of delta times weight) times slope times input."""
    a, v, top, x = D.definitions["a"], D.tensors["v"], D.definitions["top"], D.tensors["x"]
    k, h, d = letters(D, "k h d")
    return D.Sum(k, top[k] * v[k, h]) * (a[h] * (1 - a[h])) * x[d]


# ------------------------------------------------------------------------------ 002, as printed


def bias_outside(D: Derivation, *, inside: bool = False) -> Sides:
    """4.14: max(0, w.x) + b."""
    x, w, b = D.tensors["x"], D.tensors["w"], D.tensors["b"]
    k, d = letters(D, "k d")
    z = D.Sum(d, w[k, d] * x[d])
    printed = D.step(z + b[k]) * (z + b[k]) if inside else D.step(z) * z + b[k]
    return D.definitions["a"][k], printed


def input_for_hidden_output(D: Derivation, *, hidden: bool = False) -> Sides:
    """4.29: the score gradient times x; entries that x does not have count 0."""
    err, v, delta = D.definitions["err"][()], D.tensors["v"], D.definitions["delta"]
    k, h, d = letters(D, "k h d")
    beside = D.definitions["a"][h] if hidden else D.Sum(d, D.delta(d, h) * D.tensors["x"][d])
    return D.diff(err, v[k, h]), delta[k] * beside


def weights_of_another_layer(D: Derivation, *, own: bool = False) -> Sides:
    """4.36: W without superscript is W^(L); here the layer above stands for it."""
    x, w, v, delta = D.tensors["x"], D.tensors["w"], D.tensors["v"], D.definitions["delta"]
    k, d, h = letters(D, "k d h")
    if own:
        return D.diff(D.definitions["E"][()], x[d]), D.Sum(k, w[k, d] * delta[k])
    entry = D.Sum(
        (h, k.prime), D.delta(h, k) * D.delta(k.prime, d) * v[h, k.prime]
    )  # 0 if not there
    return D.diff(D.definitions["E"][()], x[d]), D.Sum(k, entry * delta[k])


def masked_output(D: Derivation, *, masked: bool = True) -> Sides:
    """4.4.2: 4.34 applied at l = L, where there is no relu."""
    s, c, delta = D.definitions["s"], D.tensors["c"], D.definitions["delta"]
    (k,) = letters(D, "k")
    return D.diff(D.definitions["err"][()], c[k]), (D.step(s[k]) if masked else 1) * delta[k]


# ------------------------------------------------------------------- 000, 001 and 003, as printed


def mean_of_two_outputs(D: Derivation, *, mean: Operand = 0) -> Sides:
    """000 2.1: the mean output of the sigmoid over the inputs z and -z."""
    z = D.scalars["z"]
    return (D.sigmoid(z) + D.sigmoid(-z)) / 2, node(mean)


def transposed_layout(D: Derivation, *, transposed: bool = True) -> Sides:
    """000 2.2 (2): entry (k, d) of x delta^T, a (D, K) matrix; entries that it does not have count 0."""
    w, x, delta = D.tensors["w"], D.tensors["x"], D.definitions["delta"]
    k, d = letters(D, "k d")
    gradient = D.diff(D.definitions["E"][()], w[k, d])
    if not transposed:
        return gradient, delta[k] * x[d]
    place = D.delta(d.prime, k) * D.delta(k.prime, d)
    return gradient, D.Sum((d.prime, k.prime), place * x[d.prime] * delta[k.prime])


def factor_missing(D: Derivation, *, factor: bool = False) -> Sides:
    """001: weights times later deltas, without the slope."""
    b, v, above, z = D.tensors["b"], D.tensors["v"], D.tensors["above"], D.definitions["z"]
    k, h = letters(D, "k h")
    passed = D.Sum(h, v[h, k] * above[h])
    return D.diff(D.definitions["E"][()], b[k]), D.slope(z[k]) * passed if factor else passed


def slope_below_zero(D: Derivation, *, word: str = "elu") -> Sides:
    """003: the slope on the negative half, said to be 0, of the elu or of the relu."""
    z = D.scalars["z"]
    y = D.definitions["y"][()] if word == "elu" else D.step(z) * z
    return (1 - D.step(z)) * D.diff(y, z), node(0)


# ------------------------------------------------------------------------------ 004, as printed


def bias_in_the_sum(D: Derivation, *, inside: bool = True) -> Sides:
    """f(sum (w x + b)), taken literally: the bias once per input."""
    x, w, b = D.tensors["x"], D.tensors["w"], D.scalars["b"]
    (d,) = letters(D, "d")
    total = D.Sum(d, w[d] * x[d] + b) if inside else D.Sum(d, w[d] * x[d]) + b
    return D.definitions["a"][()], D.f(total)


def no_square(D: Derivation, *, power: int = 1) -> Sides:
    """The mean squared error, without its square."""
    y, t = D.tensors["y"], D.tensors["t"]
    n, k = letters(D, "n k")
    return D.definitions["err"][n], D.Sum(k, (t[n, k] - y[n, k]) ** power) / 2


def output_as_input(D: Derivation, *, right: bool = False) -> Sides:
    """The second hidden unit with a_1^2, the output of the first, as its input."""
    x, w, b = D.tensors["x"], D.tensors["w"], D.tensors["b"]
    first = x[0] if right else D.definitions["a2"][0]
    return D.definitions["z2"][1], first * w[1, 0] + x[1] * w[1, 1] + b[1]


def without_activation(D: Derivation, *, activation: bool = False) -> Sides:
    """A^3 = W^3 A^2 + B^3."""
    a2, v, c = D.definitions["a2"], D.tensors["v"], D.tensors["c"]
    (k,) = letters(D, "k")
    z = v[k, 0] * a2[0] + v[k, 1] * a2[1] + c[k]
    return D.definitions["a3"][k], D.sigmoid(z) if activation else z


def _share(D: Derivation, leaving: bool) -> Node:
    """v[k,h] over the weights that leave hidden unit h, or that arrive at output k."""
    v = D.tensors["v"]
    k, h = letters(D, "k h")
    if leaving:
        return v[k, h] / D.Sum(k.prime, v[k.prime, h])
    return v[k, h] / D.Sum(h.prime, v[k, h.prime])


def split_by_leaving_weights(D: Derivation, *, leaving: bool = True) -> Sides:
    """What the hidden units get in all, against what there is to share out."""
    e = D.tensors["e"]
    k, h = letters(D, "k h")
    return D.Sum(k, e[k]), D.Sum(h, D.Sum(k, _share(D, leaving) * e[k]))


def columns_by_leaving_weights(D: Derivation, *, leaving: bool = True) -> Sides:
    """The shares of one output error, a column of the matrix: 1 is all of it."""
    k, h = letters(D, "k h")
    return D.delta(k, k), D.Sum(h, _share(D, leaving))  # [k = k] is 1, for every k


def ratio_without_denominators(D: Derivation, *, weights: bool = True) -> Sides:
    """e_h : e_h' by the split, and by the weights alone."""
    split, v, e = D.definitions["split"], D.tensors["v"], D.tensors["e"]
    k, h = letters(D, "k h")

    def alone(unit: Index) -> Node:
        return D.Sum(k, (v[k, unit] if weights else D.definitions["p"][k, unit]) * e[k])

    return split[h] / split[h.prime], alone(h) / alone(h.prime)


def bare_error(D: Derivation, *, slope: bool = False) -> Sides:
    """(W^3)^T e_o with e_o = a^3 - y, against the gradient by a^2."""
    x, w, t = D.tensors["x"], D.tensors["w"], D.tensors["t"]
    y, z = D.definitions["y"], D.definitions["z"]
    k, d = letters(D, "k d")
    error = (D.slope(z[k]) if slope else 1) * (y[k] - t[k])
    return D.diff(D.definitions["E"][()], x[d]), D.Sum(k, w[k, d] * error)


def one_layer_too_low(D: Derivation, *, unit: int = 0, layer: int = 2) -> Sides:
    """The derivative by w_1j^3, printed as that by w_1j^2."""
    e, a3, a2, t = D.definitions["e"], D.definitions["a3"], D.definitions["a2"], D.tensors["t"]
    weight = D.tensors["w"][0, unit] if layer == 2 else D.tensors["v"][0, unit]
    value = (a3[0] - t[0]) * D.sigmoid(D.definitions["z3"][0])
    return D.diff(e[0], weight), value * (1 - D.sigmoid(D.definitions["z3"][0])) * a2[unit]


def parenthesis_open(D: Derivation, *, weight: bool, closed: bool = False) -> Sides:
    """(1 - sigma(z_1^3) ..., closed at the very end instead of where it belongs."""
    e, a3, t, v = D.definitions["e"], D.definitions["a3"], D.tensors["t"], D.tensors["v"]
    z2, z3 = D.definitions["z2"], D.definitions["z3"]
    wrt = D.tensors["w"][0, 0] if weight else D.tensors["b"][0]
    rest = v[0, 0] * D.sigmoid(z2[0]) * (1 - D.sigmoid(z2[0]))
    if weight:
        rest = rest * D.tensors["x"][0]
    outer = D.sigmoid(z3[0])
    open_end = (1 - outer) * rest if closed else 1 - outer * rest
    return D.diff(e[0], wrt), (a3[0] - t[0]) * outer * open_end


def one_path(D: Derivation, *, both: bool = False) -> Sides:
    """The derivative of e_o1 alone, against that of the total error."""
    e, w = D.definitions["e"], D.tensors["w"]
    body = D.lines["chain_rule_net.total#paths" if both else "chain_rule_net.dw#value"].body
    return D.diff(e[0] + e[1], w[0, 0]), body
