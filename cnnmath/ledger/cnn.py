"""Chapter cnn: 002 chapter 5, and the convolution layers of 000, 001 and 003."""

from cnnmath.ledger.cnn_notes import ROWS as NOTES
from cnnmath.ledger.cnn_zhang import ROWS as ZHANG
from cnnmath.ledger.row import Row

ROWS: tuple[Row, ...] = (*ZHANG, *NOTES)
