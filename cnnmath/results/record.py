"""The record of a result: a derivation that belongs to no single op."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Result(NamedTuple):
    """A derivation with its name and the ledger row that it answers."""

    derivation: Callable[[Any], None]
    source: str

    @property
    def name(self) -> str:
        return self.derivation.__name__
