"""Chapter mlp: 002 chapter 4, 000 section 2, 001 (dense nets), 003 section 1.11, 004."""

from cnnmath.ledger.mlp_chain import ROWS as CHAIN
from cnnmath.ledger.mlp_notes import ROWS as NOTES
from cnnmath.ledger.mlp_zhang import ROWS as ZHANG
from cnnmath.ledger.row import Row

ROWS: tuple[Row, ...] = (*ZHANG, *NOTES, *CHAIN)
