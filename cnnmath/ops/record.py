"""The record of an op: the one thing that tests, chapters, ledger and report iterate over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """One code path of an op: its options, and the derivation that says what it computes.

    ``options`` go to the op; a derivation that depends on them comes as a ``partial``. ``key`` tells
    the paths of one op apart: ``cross_entropy.ds#softmax`` (no key), ``cross_entropy[sum].ds#softmax``.
    An option that is the name of a size (``stride=("S1", "S2")``) takes its value in each call.
    ``fixed`` are sizes of which the path takes one value only: Winograd's kernels are 3x3. A path that
    is not ``traced`` runs on floats alone and is compared on whole numbers.
    """

    derivation: Callable[..., None]
    key: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    fixed: dict[str, int] = field(default_factory=dict)
    traced: bool = True

    def settings(self, sizes: Mapping[str, int]) -> dict[str, Any]:
        """The options of a call at these sizes."""

        def filled(option: Any) -> Any:
            if isinstance(option, tuple):
                return tuple(map(filled, option))
            return sizes.get(option, option) if isinstance(option, str) else option

        return {name: filled(option) for name, option in self.options.items()}


@dataclass(frozen=True)
class Op:
    """What the project knows of one op.

    forward   the public function, returns ``(value, backward)``
    axes      axis letters of each array argument; the order is that of the arguments
    cases     every code path, each with its derivation
    sizes     the small sizes at which the code is traced on symbols, one mapping per run (see ``sizes_of``)
    kinks     where the op is not differentiable and which value is taken there, or None
    source    ledger row of the formula
    """

    forward: Callable[..., Any]
    axes: dict[str, str]
    cases: tuple[Case, ...]
    sizes: tuple[dict[str, int], ...]
    kinks: str | None
    source: str

    @property
    def name(self) -> str:
        return self.forward.__name__

    def sizes_of(self, case: Case) -> tuple[dict[str, int], ...]:
        """The sizes at which one path is traced, each once."""
        distinct: list[dict[str, int]] = []
        for each in self.sizes:
            if (sizes := each | case.fixed) not in distinct:
                distinct.append(sizes)
        return tuple(distinct)

    def address(self, case: Case) -> str:
        return f"{self.name}[{case.key}]" if case.key else self.name
