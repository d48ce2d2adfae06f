"""002 section 6.3: the source's own form of its two formulas, and the index that is wrong in print."""

import itertools
from fractions import Fraction

from cnnmath.ledger.mlp_formulas import letters
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.notation import Node


def own_average(D: Derivation) -> Node:
    """6.22 with the index mended: beta v_j + (1 - beta) (dJ/dtheta_j)^2."""
    before, g, beta = D.tensors["before"], D.tensors["g"], D.scalars["beta"]
    (d,) = letters(D, "d")
    return beta * before[d] + (1 - beta) * (g[d] * g[d])


def step_by_step(D: Derivation) -> Node:
    """6.23: theta_j - alpha / (sqrt(v_j) + epsilon) dJ/dtheta_j."""
    theta, v, g = (D.tensors[name] for name in ("theta", "v", "g"))
    (d,) = letters(D, "d")
    return theta[d] - D.scalars["rate"] * g[d] / (D.sqrt(v[d]) + D.scalars["eps"])


def one_for_all(*, own: bool = False) -> str:
    """6.22 from v = 0: the squared derivative by one theta_i, here the first, for every theta_j."""
    beta = Fraction(1, 2)
    for size in (1, 2, 3):
        for g in itertools.product((0, 1), repeat=size):
            right = [(1 - beta) * each**2 for each in g]
            taken = [(1 - beta) * g[j if own else 0] ** 2 for j in range(size)]
            if taken != right:
                v, gradient, other = (
                    f"({', '.join(map(str, each))})" for each in (right, g, taken)
                )
                return (
                    f"v=0, beta={beta}, gradient {gradient}: v becomes {v}, with the first derivative "
                    f"for all {other}"
                )
    return ""
