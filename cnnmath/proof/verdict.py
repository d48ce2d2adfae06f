"""What was done to a statement, in one word that means what it says."""

from enum import Enum
from typing import NamedTuple


class Level(Enum):
    """The verdicts, strongest first; a tick is shown for the first five only."""

    DEFINED = "DEFINED"  # a definition, bound to what it defines
    PROVED = "PROVED"  # for all sizes, by the rules named
    EXACT = "EXACT"  # in exact arithmetic, at the sizes and cells named
    NUMERIC = "NUMERIC"  # to the digits and bound named
    SIMULATED = "SIMULATED"  # with the seed, number of runs and band named
    ASSUMED = "ASSUMED"  # for the reason named
    REFUTED = "REFUTED"  # by the counterexample named
    UNDECIDED = "UNDECIDED"  # neither shown nor refuted


MARKS = {
    Level.DEFINED: ":=",
    Level.PROVED: "✓",
    Level.EXACT: "✓",
    Level.NUMERIC: "✓",
    Level.SIMULATED: "✓",
    Level.ASSUMED: "(assumed)",
    Level.REFUTED: "✗",
    Level.UNDECIDED: "?",
}


class Verdict(NamedTuple):
    """A level with the evidence it stands on, and the assumptions made on the way."""

    level: Level
    evidence: str
    tags: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        return MARKS[self.level]

    def __str__(self) -> str:
        evidence = f"({self.evidence})" if self.evidence else ""
        return f"{self.level.value}{evidence}"


class NotProven(Exception):
    """The rules do not show the line and no instance contradicts it; the residual is what is left."""


class Refuted(Exception):
    """The line is false; the message gives the smallest counterexample found."""

    def __init__(self, message: str, counterexample: str) -> None:
        super().__init__(message)
        self.counterexample = counterexample
