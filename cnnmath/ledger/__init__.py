"""The ledger: every equation and claim of the sources, one module per chapter."""

from cnnmath.ledger.cnn import ROWS as CNN
from cnnmath.ledger.implementation import ROWS as IMPLEMENTATION
from cnnmath.ledger.linear_softmax import ROWS as LINEAR_SOFTMAX
from cnnmath.ledger.mlp import ROWS as MLP
from cnnmath.ledger.row import Row
from cnnmath.ledger.subsampling import ROWS as SUBSAMPLING

CHAPTERS: dict[str, tuple[Row, ...]] = {
    "linear_softmax": LINEAR_SOFTMAX,
    "mlp": MLP,
    "cnn": CNN,
    "subsampling_combinations": SUBSAMPLING,
    "implementation": IMPLEMENTATION,
}

__all__ = ["CHAPTERS", "Row"]
