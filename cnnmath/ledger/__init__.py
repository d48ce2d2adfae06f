"""The ledger: every equation and claim of the sources, one module per chapter."""

from cnnmath.ledger.linear_softmax import ROWS as LINEAR_SOFTMAX
from cnnmath.ledger.row import Row

CHAPTERS: dict[str, tuple[Row, ...]] = {"linear_softmax": LINEAR_SOFTMAX}

__all__ = ["CHAPTERS", "Row"]
