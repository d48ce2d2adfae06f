"""Rows of document 002, chapters 1-3 and section 4.1.1."""

from cnnmath.ledger.row import Printed, Row
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.notation import Node


def _penalty_as_printed(D: Derivation) -> tuple[Node, Node]:
    """3.22 without the square."""
    k, d = D.definitions["w1"].params
    penalty = D.definitions["penalty"][()]
    return penalty, D.Sum((k, d), D.tensors["w"][k, d])


ROWS: tuple[Row, ...] = (
    Row("zhang-3.4", "3.2.1", "linear (affine) score function", by="affine.s#definition"),
    Row(
        "zhang-3.22",
        "3.3.2",
        "squared Frobenius norm as penalty",
        by="parameter_shift.penalty#definition",
        printed=Printed(
            r"\sum_d\sum_j W_{dj}",
            r"\sum_d\sum_j W_{dj}^2",
            "author or extraction",
            _penalty_as_printed,
            within="parameter_shift",
        ),
    ),
    Row(
        "zhang-3.47",
        "3.4.3",
        "probabilities minus the one-hot label",
        by="softmax_error.ds#softmax",
    ),
)
