"""The subsampling layer of document 000: block sums with a trainable factor and bias per map."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from cnnmath.data.batches import check_count
from cnnmath.nn.layers import Arrays, Backward
from cnnmath.nn.settings import Both, both, text
from cnnmath.ops import subsample2d
from cnnmath.ops.windows import pair


@dataclass(frozen=True, repr=False)
class Subsample2d:
    """Trainable subsampling of `c` maps by blocks of `size`, beta (c,), b (c,).

    z[n,c] = beta[c] down(x[n,c]) + b[c], down the sum over P x Q blocks; x (n, c, u, v) -> z (n, c, i, j)
    with U = P I, V = Q J. The activation that the source puts around it is a layer of its own. beta starts
    at 1/(P Q) and b at 0, so the layer starts as the mean of each block. `size` is an int or a pair (rows,
    columns); rows and columns that fill no block are an error, or left out with `crop=True`.
    Neither beta nor b is a `w`: the objective's l2 does not touch them.
    Raises TypeError and ValueError (numbers), ShapeError (maps, blocks: by the op).
    Source: 000 section 3.2 (formula reconstructed). The start is our choice: 000 names none.

    >>> Subsample2d(6, 2), Subsample2d(6, (2, 3), crop=True)
    (Subsample2d(c=6, size=2), Subsample2d(c=6, size=(2, 3), crop=True))
    """

    c: int
    size: Both
    crop: bool = False

    def __post_init__(self) -> None:
        check_count("Subsample2d", "c", self.c)
        object.__setattr__(self, "size", both("Subsample2d", "size", self.size, 1))
        if not isinstance(self.crop, bool):
            raise TypeError(f"Subsample2d: crop must be True or False, got {self.crop!r}")

    def __repr__(self) -> str:
        return text(self)

    @property
    def takes(self) -> int:
        return self.c

    def gives(self, size: int | None) -> int:
        return self.c

    def init(self, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Arrays:
        P, Q = pair("Subsample2d", "size", self.size, 1)
        return {"beta": np.full(self.c, 1 / (P * Q), dtype), "b": np.zeros(self.c, dtype)}

    def apply(
        self,
        params: Arrays,
        x: Any,
        *,
        train: bool = False,
        rng: np.random.Generator | None = None,
        need_dx: bool = True,
    ) -> tuple[Any, Backward]:
        z, op_backward = subsample2d(x, params["beta"], params["b"], self.size, crop=self.crop)

        def backward(dz: Any) -> tuple[Any, Arrays]:
            dx, dbeta, db = op_backward(dz)
            return dx, {"beta": dbeta, "b": db}

        return z, backward
