"""002 chapter 5, formulas of the engine: the document's own form of a line, and what is wrong in print.

Claims build one node. Printed forms build (what is true, what is printed); switches put the right
thing in the place of the wrong one, by which the tests see that nothing is found then.
"""

from cnnmath.ledger.mlp_formulas import Sides, letters
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.notation import Node


def map_by_map(D: Derivation) -> Node:
    """5.9: each slice of X with its slice of the filter, summed over the depth."""
    x, w, b = D.tensors["x"], D.tensors["w"], D.tensors["b"]
    n, o, c, i, j, p, q = letters(D, "n o c i j p q")
    return D.Sum(c, D.Sum((p, q), x[n, c, i + p, j + q] * w[o, c, p, q])) + b[o]


def in_the_order_of_the_document(D: Derivation) -> Node:
    """5.10: over i, j, d, the input first."""
    x, w, b = D.tensors["x"], D.tensors["w"], D.tensors["b"]
    n, o, c, i, j, p, q = letters(D, "n o c i j p q")
    return D.Sum((p, q, c), x[n, c, i + p, j + q] * w[o, c, p, q]) + b[o]


def inner_product(D: Derivation) -> Node:
    """5.8: over i, j, d, the input first."""
    x, w, b = D.tensors["x"], D.tensors["w"], D.tensors["b"]
    n, k, c, u, v = letters(D, "n k c u v")
    return D.Sum((u, v, c), x[n, c, u, v] * w[k, c, u, v]) + b[k]


def turned_filters(D: Derivation) -> Node:
    """5.4.1: sum over the filters, each turned by 180 degrees, over dA in its border."""
    w, border = D.tensors["w"], D.definitions["border"]
    n, o, c, p, q, u, v = letters(D, "n o c p q u v")
    P, Q = p.size, q.size
    return D.Sum(o, D.Sum((p, q), border[n, o, u + p, v + q] * w[o, c, P - 1 - p, Q - 1 - q]))


# -------------------------------------------------------------------------------------- as printed


def one_filter_and_a_bound_place(
    D: Derivation, *, all_filters: bool = False, own_place: bool = False
) -> Sides:
    """5.28: no sum over d_l (read here for the first filter); on the left X at (i_l + i, j_l + j), whose
    i_l and j_l are bound on the right, where X stands at (i, j)."""
    x, dz, z = D.tensors["x"], D.tensors["dz"], D.definitions["z"]
    n, o, c, i, j, p, q = letters(D, "n o c i j p q")
    here = x[n, c, i + p, j + q]
    there = here if own_place else x[n, c, p, q]
    i1, j1, o1 = i.prime, j.prime, o.prime
    if all_filters:
        slopes = D.Sum((o1, i1, j1), dz[n, o1, i1, j1] * D.diff(z[n, o1, i1, j1], there))
    else:
        slopes = D.Sum((i1, j1), dz[n, 0, i1, j1] * D.diff(z[n, 0, i1, j1], there))
    return D.diff(D.definitions["E"][()], here), slopes


def weight_outside_the_sum(
    D: Derivation, *, all_filters: bool = False, moving: bool = False
) -> Sides:
    """5.29: W(i, j, d, d_l) does not move with the place that is summed over, and one filter only."""
    x, dz, w = D.tensors["x"], D.tensors["dz"], D.tensors["w"]
    n, o, c, i, j, p, q = letters(D, "n o c i j p q")
    filters = o.prime if all_filters else 0
    summed = (o.prime, i, j) if all_filters else (i, j)
    weight = w[filters, c, p - i, q - j] if moving else w[filters, c, p, q]
    seen = D.inside(p - i, p.size) * D.inside(q - j, q.size) if moving else 1
    printed = D.Sum(summed, dz[n, filters, i, j] * weight * seen)
    return D.diff(D.definitions["E"][()], x[n, c, p, q]), printed
