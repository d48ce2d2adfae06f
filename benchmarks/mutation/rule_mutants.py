"""Bugs in the rules of the engine, those of tests/proof/injected_bugs.py, and who notices them.

The first strand that notices is recorded, as that test asks them:

pairs             what must be equal is no longer shown
formulas          the generator of the rule: a normal form changes its meaning in some world
false statements  something false is shown
items             the identities of the course, right and wrong
integers, products, memory, tag, squares, optimum: for the rules that have them

Besides, the second check: of the false statements that the bug lets through the rules, how many the instances
refute. A line is a tick only if both agree.
"""

import time
from typing import Any

import pytest

from cnnmath.proof.line import prove_equal
from mutation.rooms import use_tests
from mutation.table import Judged
from mutation.workers import TooLong, limited

use_tests("proof")
import generators  # noqa: E402
import injected_bugs  # noqa: E402
from items import refuted  # noqa: E402
from test_injected_bugs import caught_by  # noqa: E402

SECONDS = 120  # of computing, for each bug
BUGS = tuple(injected_bugs.BUGS)
SIZES = [getattr(generators, name) for name in "NMKSPZRU"]


def tried(number: int) -> Judged:
    """Put the bug in, ask the strands one after the other, take it out."""
    start, bug = time.process_time(), BUGS[number]
    with pytest.MonkeyPatch.context() as patch:
        injected_bugs.inject(patch, bug)
        strand, said = _first(bug)
        shown, false = _second_check()
    if shown:
        said += (
            f"; {false} of {shown} false statements that it lets through are refuted on instances"
        )
    where = f"{bug.target}: {bug.name}"
    diff, seconds = f"- {bug.old}\n+ {bug.new}", time.process_time() - start
    return Judged(bug.rule, "bug", where, diff, strand, said, "", seconds)


def _first(bug: Any) -> tuple[str, str]:
    """The strand that notices (the one that must, if the bug names it), and what it says."""
    try:
        with limited(SECONDS):
            noticed = caught_by(bug)
    except TooLong as late:
        return "timeout", str(late)
    strand, _, said = (noticed or ":").partition(":")
    return strand, said.strip()


def _second_check() -> tuple[int, int]:
    """Of the false statements of the generators: how many are shown now, and how many of these refuted."""
    shown = false = 0
    for left, right in generators.UNEQUAL.values():
        try:
            with limited(SECONDS):
                if prove_equal(left, right).shown:
                    shown += 1
                    false += refuted(left, right, SIZES)
        except (Exception, TooLong):  # the bug makes the engine crash: that is no answer
            continue
    return shown, false
