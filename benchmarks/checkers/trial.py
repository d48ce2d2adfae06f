"""One gradient before all checkers: what they say, and how long they take."""

import time
import warnings
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from mutation.workers import TooLong, limited

from checkers.inputs import call_of
from checkers.subjects import RIGHT_OP, Subject, calls
from checkers.tools import TOOLS, NoAnswer, Rejected, Tool
from checkers.truth import KINK, NO_RUN, RIGHT, WRONG, truth
from cnnmath.proof.gradient_call import Call

SECONDS = 30  # of computing, for each checker
LONGEST = 160  # characters of what a checker says
REJECTS, ACCEPTS, NONE = "rejects", "accepts", "no answer"


class Answer(NamedTuple):
    answer: str
    said: str
    seconds: float  # of computing: a busy machine slows nobody down


class Trial(NamedTuple):
    """``truth``: of the call that was shown, the first at which the gradient is wrong (of a right op its
    only one); the checkers are asked about nothing else, and ``answers`` are empty."""

    subject: Subject
    op: str
    truth: str
    answers: dict[str, Answer]


def tried(subject: Subject) -> Trial:
    """Look for a call that shows what is wrong, and ask every checker about it."""
    wanted = RIGHT if subject.kind == RIGHT_OP else WRONG
    found = []
    for name, call in _named(subject):
        what = _truth(call) if call else NO_RUN
        found.append(what)
        if what == wanted:
            _warm()
            return Trial(subject, name, what, {tool.name: asked(tool, call) for tool in TOOLS})
    return Trial(subject, "", next(t for t in (NO_RUN, KINK, WRONG, RIGHT) if t in found), {})


def _named(subject: Subject) -> Any:
    """(name of the op, call); no call where not even the arguments can be made."""
    try:
        for call in calls(subject):
            yield call.name, call
    except Exception:
        yield subject.name, None


def _truth(call: Call) -> str:
    try:
        with limited(SECONDS), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return truth(call)
    except TooLong:
        return NO_RUN


def asked(tool: Tool, call: Call) -> Answer:
    """What one checker says; an exception that it does not foresee is a rejection too."""
    start = time.process_time()
    try:
        with limited(SECONDS), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # of wrong code; a user sees them and reads on
            tool.check(call)
        answer, said = ACCEPTS, ""
    except (NoAnswer, TooLong) as reason:
        answer, said = NONE, str(reason)
    except Rejected as reason:
        answer, said = REJECTS, str(reason)
    except Exception as error:
        answer, said = REJECTS, f"{type(error).__name__}: {error}"
    seconds = time.process_time() - start
    if seconds > 0.9 * SECONDS:  # it may have taken the alarm for an error of the function
        answer, said = NONE, f"more than {SECONDS} s"
    return Answer(answer, " ".join(said.split())[:LONGEST], seconds)


@cache
def _warm() -> None:
    """Import and compile what every later call needs, in this process, before a clock runs."""
    for tool in TOOLS:
        tool.check(call_of(("affine", 0)))
