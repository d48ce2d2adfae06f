"""002 section 6.3: the source's own form of its two formulas, and the index that is wrong in print."""

from cnnmath.ledger.mlp_formulas import Sides, letters
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


def one_for_all(D: Derivation, *, own: bool = False) -> Sides:
    """6.22: the squared derivative by one theta_i, here the first, in the average of every theta_j."""
    before, g, beta = D.tensors["before"], D.tensors["g"], D.scalars["beta"]
    (d,) = letters(D, "d")
    square = g[d] ** 2 if own else g[0] ** 2
    return D.definitions["after"][d], beta * before[d] + (1 - beta) * square
