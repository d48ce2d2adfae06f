"""Rows of documents 000, 001 and 003 on convolution, document by document."""

from cnnmath.ledger.cnn_bouvrie import ROWS as BOUVRIE
from cnnmath.ledger.cnn_ng import ROWS as NG
from cnnmath.ledger.cnn_ng_nets import ROWS as NG_NETS
from cnnmath.ledger.cnn_rotation import ROWS as ROTATION
from cnnmath.ledger.row import Row

ROWS: tuple[Row, ...] = (*BOUVRIE, *ROTATION, *NG, *NG_NETS)
