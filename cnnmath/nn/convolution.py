"""Convolution layers, with all input maps or chosen ones per output map."""

import zlib
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from cnnmath.data.batches import check_count
from cnnmath.nn.choices import check_choice
from cnnmath.nn.initialisation import STANDARD_DEVIATIONS
from cnnmath.nn.layers import Arrays, Backward
from cnnmath.nn.settings import Both, both, text
from cnnmath.ops import ShapeError, conv2d
from cnnmath.ops.windows import pair

Table: TypeAlias = tuple[tuple[int, ...], ...]  # the input maps of each output map


@dataclass(frozen=True, repr=False)
class Conv2d:
    """Convolution of `c` maps to `o` maps by kernels of `size`, w (o, c, p, q), b (o,).

    z[n,o] = b[o] + sum over the maps c in M_o of w[o,c] (*) x[n,c]; x (n, c, u, v) -> z (n, o, i, j) as
    `conv2d`. Size, stride, padding and dilation are ints or pairs (rows, columns).
    `connect` lists the input maps M_o of each output map, 0..c-1, as in ((0, 1), (1, 2), (0, 1, 2));
    None connects all. The weights of the other pairs of maps are 0 from the start, stay 0 whatever the
    optimiser does, and what a file or a caller puts there does not count.
    `initialise` as for `Affine`, from he on: d is the number of inputs of an output entry, P Q times the
    number of maps in M_o, and k that of the output entries an input entry goes to, P Q times the
    number of M_o that its map is in. b starts at 0; with `bias=False` there is none.
    Raises TypeError and ValueError (numbers, words, a table that does not fit), ShapeError (w of another
    shape). Source: 002 eq. 5.13; 003 section 1.6; M_o: 000 section 3.1.
    """

    c: int
    o: int
    size: Both
    stride: Both = 1
    padding: Both = 0
    dilation: Both = 1
    connect: Table | None = None
    initialise: str = field(default="he", repr=False)
    bias: bool = True

    def __post_init__(self) -> None:
        check_count("Conv2d", "c", self.c)
        check_count("Conv2d", "o", self.o)
        check_choice("Conv2d", "initialise", self.initialise, STANDARD_DEVIATIONS)
        if not isinstance(self.bias, bool):
            raise TypeError(f"Conv2d: bias must be True or False, got {self.bias!r}")
        for name, least in (("size", 1), ("stride", 1), ("padding", 0), ("dilation", 1)):
            object.__setattr__(self, name, both("Conv2d", name, getattr(self, name), least))
        if self.connect is not None:
            object.__setattr__(self, "connect", _table(self.connect, self.c, self.o))

    def __repr__(self) -> str:
        """Tables are counted; the checksum tells two with the same count apart."""
        if self.connect is None:
            return text(self)
        pairs = sum(map(len, self.connect))
        checksum = zlib.crc32(repr(self.connect).encode())
        return text(self, connect=f"<{pairs} of {self.o * self.c} pairs, {checksum:08x}>")

    @property
    def takes(self) -> int:
        return self.c

    def gives(self, size: int | None) -> int:
        return self.o

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """That of w, (o, c, p, q)."""
        return (self.o, self.c, *pair("Conv2d", "size", self.size, 1))

    @property
    def mask(self) -> np.ndarray:
        """Does output map o see input map c? bool (o, c, 1, 1)."""
        if self.connect is None:
            return np.ones((self.o, self.c, 1, 1), bool)
        mask = np.zeros((self.o, self.c, 1, 1), bool)
        for o, maps in enumerate(self.connect):
            mask[o, list(maps)] = True
        return mask

    @property
    def fixed(self) -> int:
        """How many weights are not connected, and so no parameters to count."""
        area = self.shape[2] * self.shape[3]
        return area * int(np.count_nonzero(~self.mask))

    def init(self, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Arrays:
        w = self._deviations() * rng.standard_normal(self.shape) + 0.0  # no -0.0 where std is 0
        b = {"b": np.zeros(self.o, dtype)} if self.bias else {}
        return {"w": self._connected(w.astype(dtype)), **b}

    def _deviations(self) -> np.ndarray:
        """Standard deviation of the weights of each pair of maps, (o, c, 1, 1)."""
        links = self.mask[..., 0, 0] * self.shape[2] * self.shape[3]
        std = STANDARD_DEVIATIONS[self.initialise]
        rows = [[std(int(d), int(k)) for k in links.sum(axis=0)] for d in links.sum(axis=1)]
        return np.array(rows)[..., None, None]

    def apply(
        self,
        params: Arrays,
        x: Any,
        *,
        train: bool = False,
        rng: np.random.Generator | None = None,
        need_dx: bool = True,
    ) -> tuple[Any, Backward]:
        w, b = params["w"], params["b"] if self.bias else None
        if w.shape != self.shape:
            raise ShapeError(f"{self}: w has shape {w.shape}; wanted {self.shape}, (o, c, p, q)")
        z, conv_backward = conv2d(
            x,
            self._connected(w),
            b,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            need_dx=need_dx,
        )

        def backward(dz: Any) -> tuple[Any, Arrays]:
            dx, dw, db = conv_backward(dz)
            return dx, {"w": self._connected(dw), **({"b": db} if self.bias else {})}

        return z, backward

    def _connected(self, w: Any) -> Any:
        """w, or a gradient of it, with 0 where there is no connection."""
        return w if self.connect is None else np.where(self.mask, w, np.zeros((), w.dtype))


def _table(connect: Any, c: int, o: int) -> Table:
    """The table with each row in order. Raises ValueError if it is none for `c` to `o` maps."""
    if not isinstance(connect, tuple | list) or len(connect) != o:
        found = f"{len(connect)} rows" if isinstance(connect, tuple | list) else repr(connect)
        raise ValueError(
            f"Conv2d: connect has {found}; wanted {o}, the input maps of each output map"
        )
    return tuple(_row(maps, number, c) for number, maps in enumerate(connect))


def _row(maps: Any, number: int, c: int) -> tuple[int, ...]:
    known = set(range(c))
    whole = isinstance(maps, tuple | list) and all(map(_is_whole, maps))
    if not whole or not maps or len(set(maps)) < len(maps) or not set(maps) <= known:
        raise ValueError(
            f"Conv2d: connect, output map {number}: got {maps!r}; "
            f"wanted one or more of the input maps 0..{c - 1}, each once"
        )
    return tuple(sorted(map(int, maps)))


def _is_whole(number: Any) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool)
