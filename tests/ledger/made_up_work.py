"""What a process is given to do in the tests: a ledger with rows that fail, tasks that do worse."""

import os
import time
from pathlib import Path

from cnnmath.ledger import evidence, verify
from cnnmath.ledger.parallel import Done
from cnnmath.ledger.row import Row
from cnnmath.proof.verdict import Level, Refuted, Verdict


def raises():
    raise ZeroDivisionError("no samples")


def refutes():
    raise Refuted("a is false", "n=1: 2 against 3")


def dies():
    os._exit(3)


ROWS = (
    Row("made-up-right", "0", "right", check=lambda: Verdict(Level.EXACT, "n = 1")),
    Row("made-up-raises", "0", "raises", check=raises),
    Row("made-up-refuted", "0", "refuted", check=refutes),
    Row("made-up-wrong", "0", "wrong", check=lambda: Verdict(Level.REFUTED, "1 against 2")),
    Row("made-up-nothing", "0", "names a thing", not_checkable="names a thing"),
    Row("made-up-dies", "0", "takes its process along", check=dies),
)
CHAPTERS = {"made up": ROWS}


def work(group):
    """The work of ``gather``, in a process whose ledger is the one above."""
    verify.CHAPTERS = CHAPTERS
    return evidence.work(group)


def touch(group):
    """Leaves a file for each task; takes a moment."""
    for task in group:
        time.sleep(0.05)
        Path(task.name).touch()
    return [Done(task) for task in group]


def cannot_be_sent(group):
    return [Done(task, lambda: None) for task in group]
