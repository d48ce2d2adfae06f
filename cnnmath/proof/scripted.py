"""A generator that draws the mask it is told to: for ops that take an rng.

Such an op keeps an entry where ``rng.random(shape) < keep``. Tie and ULP report want every mask, or one
that they know, without knowing how numbers become a mask: they hand in a ``Scripted`` generator. Its
numbers say only whether they are below a level, and only below the right one.
"""

from typing import Any

import numpy as np

from cnnmath.proof.trace import Traced, TraceError


class Uniform:
    """A number of [0, 1) of which is known only whether it is below the level (None: below any level)."""

    __slots__ = ("below", "level")

    def __init__(self, below: bool, level: Any) -> None:
        self.below, self.level = below, level

    def __lt__(self, level: Any) -> bool:
        if self.level is not None and not _same(level, self.level):
            raise TraceError(f"a drawn number is compared with {level}; wanted {self.level}")
        return self.below


def _same(level: Any, wanted: Any) -> bool:
    """The same number; of symbols the same expression, their witnesses may agree by chance."""
    if isinstance(wanted, Traced):
        return isinstance(level, Traced) and level.expression == wanted.expression
    return bool(level == wanted)


class Scripted(np.random.Generator):
    """``random(shape)`` is below ``level`` where ``mask`` is 1; ``draws`` counts how often it was asked."""

    def __init__(self, mask: Any, level: Any = None) -> None:
        super().__init__(np.random.PCG64(0))
        self.mask, self.level, self.draws = mask, level, 0

    def random(self, size: Any = None) -> Any:  # type: ignore[override]
        if size != self.mask.shape:
            raise TraceError(f"random: numbers of shape {size} are drawn; wanted {self.mask.shape}")
        self.draws += 1
        numbers = np.empty(self.mask.shape, object)
        for place, kept in np.ndenumerate(self.mask):
            numbers[place] = Uniform(bool(kept), self.level)
        return numbers
