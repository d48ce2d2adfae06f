"""Layers: an op together with the parameters it needs.

A layer is a frozen record of sizes and holds no arrays. `init` makes its parameters, `apply` runs
it and returns the output with a function `backward(dy) -> (dx, dparams)`. A layer whose parameters cost
something by themselves has a method `costs` too.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import DTypeLike

from cnnmath.data.batches import check_count
from cnnmath.nn.choices import check_choice
from cnnmath.nn.initialisation import STANDARD_DEVIATIONS, draw_weights
from cnnmath.ops import affine, flatten

Arrays: TypeAlias = dict[str, Any]
Backward: TypeAlias = Callable[[Any], tuple[Any, Arrays]]


class Layer(Protocol):
    """What `Sequential` asks of a layer. Sizes are those of axis 1: features, channels or units."""

    @property
    def takes(self) -> int | None:
        """Size it takes, None for any."""

    def gives(self, size: int | None) -> int | None:
        """Size it gives for an input of `size`; None where only the data can tell."""

    def init(self, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Arrays:
        """Fresh parameters, an empty dict if it has none."""

    def apply(
        self,
        params: Arrays,
        x: Any,
        *,
        train: bool = False,
        rng: np.random.Generator | None = None,
        need_dx: bool = True,
    ) -> tuple[Any, Backward]:
        """Output and backward; with `need_dx=False` the dx of backward may be None."""


@runtime_checkable
class Costly(Protocol):
    """What the objective asks of a layer whose parameters have a penalty of their own."""

    def costs(self, params: Arrays) -> tuple[Any, Arrays]:
        """A number to add to the objective, and its gradient for those parameters it depends on."""


@dataclass(frozen=True)
class Affine:
    """Affine map `x @ w.T + b` from `d` features to `k` units, w (k, d), b (k,).

    `initialise` says how w starts: small, xavier, he or zero (`initialisation.py` has the formulas).
    It is no part of what the layer computes, so the layer's text leaves it out. b starts at 0.
    """

    d: int
    k: int
    initialise: str = field(default="small", repr=False)

    def __post_init__(self) -> None:
        check_count("Affine", "d", self.d)
        check_count("Affine", "k", self.k)
        check_choice("Affine", "initialise", self.initialise, STANDARD_DEVIATIONS)

    @property
    def takes(self) -> int:
        return self.d

    def gives(self, size: int | None) -> int:
        return self.k

    def init(self, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Arrays:
        w = draw_weights(self.initialise, self.d, self.k, rng, dtype)
        return {"w": w, "b": np.zeros(self.k, dtype)}

    def apply(
        self,
        params: Arrays,
        x: Any,
        *,
        train: bool = False,
        rng: np.random.Generator | None = None,
        need_dx: bool = True,
    ) -> tuple[Any, Backward]:
        s, affine_backward = affine(x, params["w"], params["b"], need_dx=need_dx)

        def backward(ds: Any) -> tuple[Any, Arrays]:
            dx, dw, db = affine_backward(ds)
            return dx, {"w": dw, "b": db}

        return s, backward


class Parameterless:
    """What layers without parameters share: they take any size of axis 1, and leave it as it is."""

    @property
    def takes(self) -> None:
        return None

    def gives(self, size: int | None) -> int | None:
        return size

    def init(self, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Arrays:
        return {}


@dataclass(frozen=True)
class Flatten(Parameterless):
    """One row per sample: (n, c, u, v) -> (n, c u v) in row-major order. Any rank from 2 on."""

    def gives(self, size: int | None) -> None:
        return None

    def apply(
        self,
        params: Arrays,
        x: Any,
        *,
        train: bool = False,
        rng: np.random.Generator | None = None,
        need_dx: bool = True,
    ) -> tuple[Any, Backward]:
        y, flatten_backward = flatten(x)
        return y, lambda dy: (*flatten_backward(dy), {})
