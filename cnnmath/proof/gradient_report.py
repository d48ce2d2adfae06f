"""What `check_gradient` says: a verdict, the checks that it stands on, the smallest counterexample."""

import html
import textwrap
from dataclasses import dataclass, field
from typing import Any

from cnnmath.proof.verdict import Level, Verdict

WIDTH = 100
STRENGTH = (Level.EXACT, Level.NUMERIC, Level.UNDECIDED)


@dataclass(frozen=True)
class Counterexample:
    """One entry of a gradient that is wrong; ``entry`` is None if the fault is spread over many.

    ``expected`` and ``got`` are what the values of the function say and what ``backward`` said, for
    the cotangent ``cotangent`` (``where`` says it in words).
    """

    argument: str
    entry: tuple[int, ...] | None
    expected: Any
    got: Any
    where: str = ""
    cotangent: Any = field(default=None, repr=False, compare=False)
    quantity: str = ""  # what is wrong, if it is not the gradient of the argument
    difference: float = 0.0  # got minus expected, where floats would hide it

    def __str__(self) -> str:
        name = self.quantity or f"d{self.argument}"
        place = "" if self.entry is None else str(list(self.entry))
        expected, got = _shown(self.expected), _shown(self.got)
        if got == expected and self.difference:
            got = f"{abs(self.difference):.0e} {'more' if self.difference > 0 else 'less'}"
        where = f", {self.where}" if self.where else ""
        return f"{name}{place}: expected {expected}, got {got}{where}"


class NotDone(Exception):
    """A check does not apply to this code or to these arguments; the message says why."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. ``is_derivative``: it compares the gradient with the function."""

    name: str
    verdict: Verdict
    counterexample: Counterexample | None = None
    is_derivative: bool = False

    def __str__(self) -> str:
        return f"{self.verdict.mark} {self.name}: {self.verdict}"


@dataclass(frozen=True)
class Report:
    """The verdict on one gradient; ``notes`` say what was not done, and why.

    ``ok`` is True for EXACT and NUMERIC alone. There is no ``bool(report)``: UNDECIDED is neither
    yes nor no, and an object that is always true would make ``assert report`` pass for any gradient.
    """

    name: str
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """REFUTED if any check is; UNDECIDED if a property is, or if nothing decides the derivative."""
        for level in (Level.REFUTED, Level.UNDECIDED):
            for check in self.checks:
                if check.verdict.level is level and not (
                    level is Level.UNDECIDED and check.is_derivative
                ):
                    return Verdict(level, self._reason(check))
        decisive = [check for check in self.checks if check.is_derivative]
        return min((c.verdict for c in decisive), key=lambda v: STRENGTH.index(v.level))

    @property
    def counterexample(self) -> Counterexample | None:
        """The first that was found; the exact checks come first."""
        found = [c.counterexample for c in self.checks if c.counterexample is not None]
        return found[0] if found else None

    @property
    def ok(self) -> bool:
        return self.verdict.level in (Level.EXACT, Level.NUMERIC)

    def __bool__(self) -> bool:
        raise TypeError("a report is not true or false: ask report.ok (UNDECIDED is not ok)")

    def __str__(self) -> str:
        """The verdict, what decided it, and the properties that hold in one line."""
        held = [c.name for c in self.checks if not c.is_derivative and c.verdict.mark == "✓"]
        shown = [str(c) for c in self.checks if c.name not in held]
        shown += [f"not {note}" for note in self.notes]
        shown += [f"✓ also: {', '.join(held)}"] if held else []
        rows = [_wrapped(text) for text in shown]
        return "\n".join([f"{self.verdict.mark} {self.name}: {self.verdict.level.value}", *rows])

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        def row(mark: str, name: str, verdict: Verdict) -> str:
            evidence = html.escape(verdict.evidence).replace("|", "\\|").replace("*", "\\*")
            return f"| {mark} | {name} | {verdict.level.value} | {evidence} |"

        name = html.escape(self.name)
        lines = [f"**{self.verdict.mark} {name}: {self.verdict.level.value}**", ""]
        lines += ["| | check | verdict | evidence |", "|---|---|---|---|"]
        lines += [row(c.verdict.mark, c.name, c.verdict) for c in self.checks]
        return "\n".join(lines + [f"\nNot {html.escape(note)}" for note in self.notes])

    def _reason(self, check: Check) -> str:
        if self.counterexample is not None and check.verdict.level is Level.REFUTED:
            return str(self.counterexample)
        return f"{check.name}: {check.verdict.evidence}"


def _shown(number: Any) -> str:
    return f"{float(number):.10g}" if isinstance(number, int | float) else str(number)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent="    ", subsequent_indent="        ")
