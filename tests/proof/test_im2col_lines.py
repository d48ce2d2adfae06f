"""The derivations of chapter 5 on numbers, im2col and MATLAB: proven, bound to the code, and no slip of the
pen is proven with them."""

from fractions import Fraction

import numpy as np
import pytest
from items import shown
from mutants import mutants

from cnnmath import col2im, im2col, upsample2d
from cnnmath.proof.evaluate import EXACT, Arrays, integer, value
from cnnmath.proof.instances import Instances
from cnnmath.proof.verdict import Level
from cnnmath.results.lookup import derivation, line

QUICK = ("row_major_places", "column_major_places", "windows_apart", "kronecker", "stable_softmax")
NAMES = (*QUICK, "patch_copies", "im2col_of_the_source", "im2col_product", "im2col_gradients")


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_proven_for_all_sizes(name):
    levels = [each.verdict.level for each in derivation(name).lines.values()]
    assert set(levels) <= {Level.PROVED, Level.DEFINED} and Level.PROVED in levels


@pytest.mark.parametrize("name", QUICK)
def test_no_mutant_of_a_line_is_proven(name):
    for each in derivation(name).lines.values():
        if each.symbol == "=":
            changed = list(mutants(each.body))
            assert [what for what, mutant in changed if shown(each.head, mutant)] == []


# ------------------------------------------------------------------------------- wrong lines


def letter(D, *names):
    return [D.letter(name) for name in names]


def size(D, *names):
    return [next(s for s in D.size_names if s.name == name) for name in names]


def columns_divided_by_rows(D):
    i, j, I, J = *letter(D, "i", "j"), *size(D, "I", "J")  # noqa: E741
    return D.floor(J * i + j, I), i


def rows_first_with_the_columns_size(D):
    i, j, r, I, J = *letter(D, "i", "j", "r"), *size(D, "I", "J")  # noqa: E741
    return D.Sum((i, j), D.delta(r, i + J * j)), 1 + 0 * I


def kernel_rows_taken_for_columns(D):
    c, p, q, P, Q = *letter(D, "c", "p", "q"), *size(D, "P", "Q")
    return p + P * q + P * Q * c, q + Q * p + P * Q * c


def depth_by_the_rows_alone(D):
    c, p, q, P, Q = *letter(D, "c", "p", "q"), *size(D, "P", "Q")
    return D.floor(p + P * q + P * Q * c, P), c


def every_copy_counted_inside(D):
    P, Q = size(D, "P", "Q")
    return D.definitions["copies"][0, 0], P * Q


def one_copy_too_many(D):
    h, k, P, Q = *letter(D, "h", "k"), *size(D, "P", "Q")
    return D.definitions["copies"][h + P - 1, k + Q - 1], (P + 1) * Q


def as_many_copies_as_entries(D):
    u, v, U, V = *letter(D, "u", "v"), *size(D, "U", "V")
    return D.Sum((u, v), D.definitions["copies"][u, v]), U * V


def offset_without_the_window(D):
    i, j, p, q, u, v, S1, S2 = *letter(D, *"ijpquv"), *size(D, "S1", "S2")
    seen = D.tensors["seen"]
    once = seen[p, q] * D.delta(S1 * i + p, u) * D.delta(S2 * j + q, v)
    return D.Sum((i, j, p, q), once), seen[0, 0]


def tiles_for_copies(D):
    u, v = letter(D, "u", "v")
    return D.definitions["up"][u, v], D.definitions["tiled"][u, v]


def block_turned(D):
    i, j, p, q, P, Q = *letter(D, *"ijpq"), *size(D, "P", "Q")
    kron, x, k = D.definitions["kron"], D.tensors["x"], D.tensors["k"]
    return kron[P * i + p, Q * j + q], x[i, j] * k[P - 1 - p, q]


def equal_scores_lose_a_class(D):
    (K,) = size(D, "K")
    k, c = D.letter("k"), D.scalars["c"]
    return D.exp(c) / D.Sum(k, D.exp(c)), 1 / (K + 1)


def denominator_without_the_top(D):
    n, k = letter(D, "n", "k")
    e, t = D.definitions["e"], D.tensors["t"]
    return D.Sum(k, e[n, k]), D.Sum(k, (1 - D.delta(k, t[n])) * e[n, k])


def kernel_turned(D):
    c, o, i, j, p, q, P, Q, I = *letter(D, *"coijpq"), *size(D, "P", "Q", "I")  # noqa: E741
    x, w, b = D.tensors["x"], D.tensors["w"], D.tensors["b"]
    turned = D.Sum((p, q, c), x[i + p, j + q, c] * w[P - 1 - p, Q - 1 - q, c, o])
    return D.definitions["a"][i + I * j, o], turned + b[o]


def bias_left_out(D):
    c, o, i, j, p, q, I = *letter(D, *"coijpq"), *size(D, "I")  # noqa: E741
    x, w = D.tensors["x"], D.tensors["w"]
    return D.definitions["a"][i + I * j, o], D.Sum((p, q, c), x[i + p, j + q, c] * w[p, q, c, o])


def dilation_forgotten(D):
    n, c, o, i, j, p, q, s = letter(D, *"ncoijpqs")
    I, J, S1, S2 = size(D, "I", "J", "S1", "S2")  # noqa: E741
    patches, kernels, xp = (D.definitions[name] for name in ("patches", "kernels", "xp"))
    product = D.Sum(s, patches[(n * I + i) * J + j, s] * kernels[s, o]) + D.tensors["b"][o]
    seen = xp[n, c, S1 * i + p, S2 * j + q]
    return product, D.tensors["b"][o] + D.Sum((c, p, q), D.tensors["w"][o, c, p, q] * seen)


def padding_forgotten(D):
    n, c, u, v = letter(D, *"ncuv")
    o, i, j, p, q = (each.prime for each in letter(D, *"oijpq"))
    S1, S2, G1, G2 = size(D, "S1", "S2", "G1", "G2")
    meets = D.delta(S1 * i + G1 * p, u) * D.delta(S2 * j + G2 * q, v)
    product = D.tensors["dz"][n, o, i, j] * D.tensors["w"][o, c, p, q]
    return line("im2col_gradients.dx#claim").head, D.Sum((o, i, j, p, q), product * meets)


def scattered_without_adding(D):
    """Only the copy of the first window is kept, as by assignment."""
    n, c, u, v = letter(D, *"ncuv")
    o, p, q = (each.prime for each in letter(D, *"opq"))
    G1, G2, Z1, Z2 = size(D, "G1", "G2", "Z1", "Z2")
    meets = D.delta(G1 * p - Z1, u) * D.delta(G2 * q - Z2, v)
    product = D.tensors["dz"][n, o, 0, 0] * D.tensors["w"][o, c, p, q]
    return line("im2col_gradients.dx#claim").head, D.Sum((o, p, q), product * meets)


def one_image_alone(D):
    i, j = (each.prime for each in letter(D, "i", "j"))
    c, o, p, q, S1, S2, G1, G2 = *letter(D, *"copq"), *size(D, "S1", "S2", "G1", "G2")
    seen = D.definitions["xp"][0, c, S1 * i + G1 * p, S2 * j + G2 * q]
    return line("im2col_gradients.dw#claim").head, D.Sum((i, j), D.tensors["dz"][0, o, i, j] * seen)


WRONG = [
    ("row_major_places", columns_divided_by_rows),
    ("column_major_places", rows_first_with_the_columns_size),
    ("column_major_places", kernel_rows_taken_for_columns),
    ("column_major_places", depth_by_the_rows_alone),
    ("patch_copies", every_copy_counted_inside),
    ("patch_copies", one_copy_too_many),
    ("patch_copies", as_many_copies_as_entries),
    ("windows_apart", offset_without_the_window),
    ("kronecker", tiles_for_copies),
    ("kronecker", block_turned),
    ("stable_softmax", equal_scores_lose_a_class),
    ("stable_softmax", denominator_without_the_top),
    ("im2col_of_the_source", kernel_turned),
    ("im2col_of_the_source", bias_left_out),
    ("im2col_product", dilation_forgotten),
    ("im2col_gradients", padding_forgotten),
    ("im2col_gradients", scattered_without_adding),
    ("im2col_gradients", one_image_alone),
]


@pytest.mark.parametrize(("name", "sides"), WRONG)
def test_wrong_lines_are_refused_by_both_checks(name, sides):
    D = derivation(name)
    left, right = sides(D)
    assert not shown(left, right)
    assert Instances(left, D.size_names).compare(right).failure is not None


# -------------------------------------------------------------------- what was proven is what runs

GEOMETRY = {"N": 2, "C": 2, "O": 2, "I": 2, "J": 2, "P": 2, "Q": 2}
GEOMETRIES = [
    {**GEOMETRY, **dict(zip(("S1", "S2", "G1", "G2", "Z1", "Z2", "R1", "R2"), each, strict=True))}
    for each in [(1, 1, 1, 1, 0, 0, 0, 0), (2, 3, 1, 1, 1, 0, 1, 2), (1, 2, 3, 2, 1, 1, 0, 1)]
]


def evaluated(definition, sizes, **arrays):
    """The definition at every place, in exact numbers."""
    readers = {name: array.__getitem__ for name, array in arrays.items()}
    frame = Arrays(sizes, readers, EXACT)
    table = np.empty([integer(each, frame) for each in definition.shape], object)
    body = definition[tuple(definition.params)]
    for place in np.ndindex(table.shape):
        names = {index.name: k for index, k in zip(definition.params, place, strict=True)}
        table[place] = value(body, frame.bind(**names))
    return table


def whole(*shape):
    """Fractions, all different."""
    return np.arange(1, 1 + np.prod(shape)).reshape(shape) * Fraction(1, 7)


@pytest.mark.parametrize("sizes", GEOMETRIES, ids=str)
def test_the_matrices_of_the_proof_are_those_of_the_code(sizes):
    D = derivation("im2col_product")
    frame = Arrays(sizes, {}, EXACT)
    x = whole(*(integer(each, frame) for each in D.tensors["x"].shape))
    w = whole(*(sizes[name] for name in "OCPQ"))
    pairs = {name: (sizes[f"{name}1"], sizes[f"{name}2"]) for name in "SZG"}
    options = {"stride": pairs["S"], "padding": pairs["Z"], "dilation": pairs["G"]}
    patches = im2col(x, w.shape[2:], **options)
    assert (evaluated(D.definitions["patches"], sizes, x=x) == patches).all()
    kernels = w.reshape(len(w), -1).T
    assert (evaluated(D.definitions["kernels"], sizes, w=w) == kernels).all()


@pytest.mark.parametrize("sizes", GEOMETRIES, ids=str)
def test_what_is_added_up_in_the_proof_is_col2im(sizes):
    found = line("im2col_gradients.dx#claim")
    D, frame = derivation("im2col_gradients"), Arrays(sizes, {}, EXACT)
    w, dz = whole(*(sizes[name] for name in "OCPQ")), whole(*(sizes[name] for name in "NOIJ"))
    da = dz.transpose(0, 2, 3, 1).reshape(-1, sizes["O"])
    pairs = {name: (sizes[f"{name}1"], sizes[f"{name}2"]) for name in "SZG"}
    options = {"stride": pairs["S"], "padding": pairs["Z"], "dilation": pairs["G"]}
    shape = tuple(integer(each, frame) for each in D.tensors["x"].shape)
    dx = col2im(da @ w.reshape(len(w), -1), shape, w.shape[2:], **options)
    readers = {"w": w.__getitem__, "dz": dz.__getitem__}
    for n, c, u, v in np.ndindex(shape):
        names = {**sizes, "n": n, "c": c, "u": u, "v": v}
        assert value(found.head, Arrays(names, readers, EXACT)) == dx[n, c, u, v]


def test_the_matrices_of_the_source_are_those_of_order_f():
    sizes = {"C": 2, "O": 3, "I": 2, "J": 3, "P": 3, "Q": 2}
    D = derivation("im2col_of_the_source")
    x, w = whole(4, 4, 2), whole(3, 2, 2, 3)
    patches = im2col(np.ascontiguousarray(x.transpose(2, 0, 1))[None], (3, 2), order="F")
    assert (evaluated(D.definitions["patches"], sizes, x=x) == patches).all()
    kernels = w.reshape(-1, 3, order="F")
    assert (evaluated(D.definitions["kernels"], sizes, w=w) == kernels).all()


def test_kron_of_the_proof_is_numpys():
    sizes = {"I": 2, "J": 3, "P": 3, "Q": 2}
    D, x, k = derivation("kronecker"), whole(2, 3), whole(3, 2)
    ones = np.ones((3, 2), int)
    assert (evaluated(D.definitions["kron"], sizes, x=x, k=k) == np.kron(x, k)).all()
    assert (evaluated(D.definitions["up"], sizes, x=x) == np.kron(x, ones)).all()
    assert (evaluated(D.definitions["tiled"], sizes, x=x) == np.kron(ones, x)).all()
    assert (np.kron(x, ones) == upsample2d(x[None, None], (3, 2))[0][0, 0]).all()


def test_copies_of_the_proof_are_col2im_of_ones():
    sizes = {"P": 2, "Q": 3, "H": 2, "W": 1}
    copies = evaluated(derivation("patch_copies").definitions["copies"], sizes)
    shape = (1, 1, *copies.shape)
    counted = col2im(np.ones_like(im2col(np.ones(shape), (2, 3))), shape, (2, 3))
    assert (copies == counted[0, 0]).all()
