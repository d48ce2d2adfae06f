"""Killed, missed, false alarms and seconds, by checker, operator and op: as JSON, table and Markdown."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from checkers.subjects import BY_HAND, MUTANT, RIGHT_OP
from checkers.tools import TOOLS
from checkers.trial import ACCEPTS, NONE, REJECTS, Trial

NAMES = tuple(tool.name for tool in TOOLS)


def as_json(trials: list[Trial]) -> dict[str, Any]:
    """What the result file holds of the trials."""
    asked = [trial for trial in trials if trial.answers]
    wrong = [trial for trial in asked if trial.subject.kind != RIGHT_OP]
    right = [trial for trial in asked if trial.subject.kind == RIGHT_OP]
    mutants = [trial for trial in wrong if trial.subject.kind == MUTANT]
    return {
        "sets": {kind: _set(trials, kind) for kind in (MUTANT, BY_HAND, RIGHT_OP)},
        "checkers": {name: _of_checker(asked, name) for name in NAMES},
        "by_operator": _by(mutants, lambda trial: trial.subject.operator),
        "by_op": _by(mutants, lambda trial: trial.op),
        "right_by_op": dict(Counter(trial.op for trial in right)),
        "missed": {name: _listed(wrong, name, ACCEPTS) for name in NAMES},
        "no_answer": {name: _listed(wrong, name, NONE) for name in NAMES},
        "false_alarms": {name: _listed(right, name, REJECTS, NONE) for name in NAMES},
    }


def _set(trials: list[Trial], kind: str) -> dict[str, Any]:
    """How many were looked at, how many the checkers were asked about, and why not about the others."""
    mine = [trial for trial in trials if trial.subject.kind == kind]
    left_out = Counter(trial.truth for trial in mine if not trial.answers)
    return {
        "looked_at": len(mine),
        "asked": len(mine) - left_out.total(),
        "left_out": dict(left_out),
    }


def _of_checker(asked: list[Trial], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in (MUTANT, BY_HAND, RIGHT_OP):
        answers = [trial.answers[name] for trial in asked if trial.subject.kind == kind]
        counts = Counter(answer.answer for answer in answers)
        found[kind] = {each: counts[each] for each in (REJECTS, ACCEPTS, NONE)}
    right = [trial for trial in asked if trial.subject.kind == RIGHT_OP]
    found["seconds"] = _seconds(asked, name)
    found["seconds_for_right"] = _seconds(right, name)
    return found


def _seconds(trials: list[Trial], name: str) -> float:
    return round(sum(trial.answers[name].seconds for trial in trials), 1)


def _by(trials: list[Trial], key: Callable[[Trial], str]) -> dict[str, Any]:
    """How many of each group there are, and how many each checker rejects."""
    found: dict[str, Any] = {}
    for name in sorted({key(trial) for trial in trials}):
        mine = [trial for trial in trials if key(trial) == name]
        killed = {each: _count(mine, each, REJECTS) for each in NAMES}
        found[name] = {"wrong": len(mine), "killed": killed}
    return found


def _count(trials: Iterable[Trial], name: str, answer: str) -> int:
    return sum(trial.answers[name].answer == answer for trial in trials)


def _listed(trials: list[Trial], name: str, *answers: str) -> list[dict[str, Any]]:
    """The subjects to which the checker gave one of these answers."""
    found = []
    for trial in trials:
        subject, given = trial.subject, trial.answers[name]
        if given.answer in answers:
            entry = {"name": subject.name, "operator": subject.operator, "op": trial.op}
            entry |= {"diff": subject.diff} if subject.diff else {}
            entry |= {"seed": subject.number} if subject.kind == RIGHT_OP else {}
            found.append(entry | ({"said": given.said} if given.said else {}))
    return found


# --------------------------------------------------------------------------------------- to print


def table(result: dict[str, Any]) -> str:
    """What was asked about, one line for each checker, and the kills by operator and op."""
    lines = [_sentence(kind, each) for kind, each in result["sets"].items()]
    lines += ["", _HEADER]
    for name, found in result["checkers"].items():
        mutants, by_hand, right = (_three(found[kind]) for kind in (MUTANT, BY_HAND, RIGHT_OP))
        row = f"{name:24} {mutants:>16} {by_hand:>14} {right:>16}"
        lines.append(f"{row} {found['seconds']:9.1f} {found['seconds_for_right']:9.1f}")
    for kind in ("by_operator", "by_op"):
        lines += ["", f"{'':24} {'wrong':>5} " + " ".join(f"{tool.short:>11}" for tool in TOOLS)]
        for name, found in result[kind].items():
            killed = " ".join(f"{found['killed'][each]:11}" for each in NAMES)
            lines.append(f"{name[:24]:24} {found['wrong']:5} {killed}")
    return "\n".join(lines)


_HEADER = (
    f"{'rejects/accepts/no answer':24} {'mutants':>15} {'by hand':>14} {'right ops':>16} "
    f"{'seconds':>9} {'for right':>9}"
)


def _sentence(kind: str, found: dict[str, Any]) -> str:
    others = ", ".join(f"{reason} {number}" for reason, number in found["left_out"].items())
    return f"{kind}: {found['asked']} of {found['looked_at']}" + (f" ({others})" if others else "")


def _three(counts: dict[str, int]) -> str:
    return "/".join(str(counts[each]) for each in (REJECTS, ACCEPTS, NONE))


def markdown(result: dict[str, Any]) -> str:
    """The main lines, as the README shows them."""
    sets = result["sets"]
    head = (
        f"| checker | rejects of {sets[MUTANT]['asked']} mutants "
        f"| of {sets[BY_HAND]['asked']} by hand "
        f"| false alarms of {sets[RIGHT_OP]['asked']} | seconds for these |"
    )
    rows = [
        f"| {name} | {found[MUTANT][REJECTS]} | {found[BY_HAND][REJECTS]} "
        f"| {found[RIGHT_OP][REJECTS] + found[RIGHT_OP][NONE]} | {found['seconds_for_right']:.1f} |"
        for name, found in result["checkers"].items()
    ]
    return "\n".join([head, "|---|---|---|---|---|", *rows])
