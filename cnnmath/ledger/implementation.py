"""Chapter implementation: 002 chapter 6, then 000 section 3.4."""

from cnnmath.ledger.implementation_fourier import FOURIER
from cnnmath.ledger.implementation_im2col import IM2COL, LOOPS, MATLAB
from cnnmath.ledger.implementation_numerics import ROWS as NUMERICS
from cnnmath.ledger.implementation_regularisation import CROPS, DROPOUT, START
from cnnmath.ledger.implementation_updates import ROWS as UPDATES
from cnnmath.ledger.row import Row

ROWS: tuple[Row, ...] = (
    *(*NUMERICS, *LOOPS, *FOURIER, *IM2COL),
    *(*UPDATES, *DROPOUT, *START, *CROPS),
    *MATLAB,
)
