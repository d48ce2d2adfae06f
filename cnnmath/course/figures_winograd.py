"""One tile of Winograd's convolution with all its numbers, and the three matrices that make it."""

import numpy as np
from matplotlib.figure import Figure

from cnnmath.course.arithmetic import matrix
from cnnmath.course.number_tables import RESULT, WINDOW, Table, tables
from cnnmath.ops import ShapeError

# z = AT [(G g G^T) * (BT d BT^T)] AT^T; Lavin and Gray 2016, section 4.1
BT = np.array([[1.0, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
G = np.array([[1.0, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
AT = np.array([[1.0, 1, 1, 0], [0, 1, -1, -1]])


def winograd_tile(d: np.ndarray, g: np.ndarray) -> Figure:
    """The four outputs of a 3 x 3 kernel g on a tile d (4, 4): sums of both, 16 products, sums again."""
    d, g = matrix("winograd_tile", "d", d), matrix("winograd_tile", "g", g)
    for name, array, wanted in (("d", d, (4, 4)), ("g", g, (3, 3))):
        if array.shape != wanted:
            raise ShapeError(f"winograd_tile: {name} has shape {array.shape}; wanted {wanted}")
    seen, kernel = BT @ d @ BT.T, G @ g @ G.T
    m = seen * kernel
    above = [
        Table("tile d", d),
        Table("BᵀdB", seen, sign="→"),
        Table("GgGᵀ", kernel, sign="·"),
        Table("kernel g", g, sign="←"),
    ]
    cells = dict.fromkeys(np.ndindex(4, 4), WINDOW)
    below = [
        Table("m, 16 products", m, cells),
        Table("AᵀmA", AT @ m @ AT.T, dict.fromkeys(np.ndindex(2, 2), RESULT), sign="→"),
    ]
    captions = [
        "sums, differences and halves, of the tile and of the kernel",
        "entry times entry; then sums again",
    ]
    return tables([above, below], captions)
