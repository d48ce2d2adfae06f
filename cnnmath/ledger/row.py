"""A row of the ledger: one equation or claim of a source, and how the project answers it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from cnnmath.proof.derivation import Derivation
from cnnmath.proof.notation import Node
from cnnmath.proof.verdict import Verdict


class Printed(NamedTuple):
    """The wrong (or incomplete) form as it stands in the document, and what is right.

    ``refute`` finds the smallest counterexample: from a derivation's names it builds
    (left side, printed right side) for the engine, or, without a derivation, it computes the
    example itself and returns it as text (an empty text: no counterexample, the suspicion is
    rejected).
    """

    text: str  # what the document says, in LaTeX or words
    right: str  # what is right
    blame: str  # author, author or extraction, extraction (a slip of the file, not of the author)
    refute: Callable[..., Any]
    within: str = ""  # name of the derivation whose names ``refute`` uses; empty: it takes none


class Row(NamedTuple):
    """One row. Exactly one of ``by``, ``check`` and ``not_checkable`` says how it is answered.

    by             address of the line that is this equation; with ``claim``, the source's own
                   form, built from the names of that derivation, is proven equal to the line
    check          a function that computes a verdict (EXACT, NUMERIC, SIMULATED)
    not_checkable  why nothing can be computed
    """

    id: str
    section: str
    gloss: str
    by: str = ""
    claim: Callable[[Derivation], Node] | None = None
    check: Callable[[], Verdict] | None = None
    not_checkable: str = ""
    printed: Printed | None = None
    covers: tuple[str, ...] = ()
    reconstructed: bool = False
