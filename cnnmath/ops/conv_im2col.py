"""conv2d by im2col: one product with the patch matrix, as 002 section 6.2.2 has it.

z = X~ W~ + b with X~ = im2col(x) (n i j, c p q) and W~ (c p q, o); dW~ = X~^T dz, dx = col2im(dz W~^T).
For every stride, padding and dilation (results im2col_product, im2col_gradients). The patch matrix takes
P Q I J / (U V) times the memory of x; it is made again for dw.
Source: 002 eq. 6.16-6.20.  Chapter 05.
"""

from typing import Any

import numpy as np

from cnnmath.ops.im2col import col2im, im2col
from cnnmath.ops.windows import Windows


def im2col_value(x: Any, w: Any, geometry: Windows) -> Any:
    """z (n, o, i, j) without a bias."""
    rows = _patches(x, geometry) @ w.reshape(len(w), -1).T
    z = rows.reshape(len(x), *geometry.output, len(w)).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(z)


def im2col_dx(dz: Any, w: Any, geometry: Windows) -> Any:
    """Gradient by x: every patch gets its share, and col2im adds up the copies of an entry."""
    shares = _rows(dz) @ w.reshape(len(w), -1)
    shape = len(dz), w.shape[1], *geometry.size
    return col2im(
        shares,
        shape,
        geometry.kernel,
        stride=geometry.stride,
        padding=geometry.padding,
        dilation=geometry.dilation,
    )


def im2col_dw(x: Any, dz: Any, geometry: Windows) -> Any:
    """Gradient by w: the patches times what arrived at their places."""
    dw = _rows(dz).T @ _patches(x, geometry)
    return dw.reshape(dz.shape[1], x.shape[1], *geometry.kernel)


def _patches(x: Any, geometry: Windows) -> Any:
    return im2col(
        x,
        geometry.kernel,
        stride=geometry.stride,
        padding=geometry.padding,
        dilation=geometry.dilation,
    )


def _rows(dz: Any) -> Any:
    """(n, o, i, j) -> (n i j, o)."""
    return dz.transpose(0, 2, 3, 1).reshape(-1, dz.shape[1])
