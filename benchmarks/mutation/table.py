"""The score: made, killed and by which strand, what survives, for each op, operator, chapter of rules."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple


class Judged(NamedTuple):
    """A mutant after its trial; ``strand`` is empty if it survived."""

    group: str  # the op's module, the derivation, or the rule
    operator: str
    where: str
    diff: str
    strand: str
    said: str
    equivalent: str  # the argument, if the change changes nothing
    seconds: float


class Score(NamedTuple):
    """What became of some mutants."""

    made: int
    killed: int
    strands: dict[str, int]
    equivalents: int
    survivors: int
    seconds: float

    @property
    def percent(self) -> float:
        """Of those that change something."""
        wrong = self.made - self.equivalents
        return 100 * self.killed / wrong if wrong else 100.0


def score(judged: Iterable[Judged]) -> Score:
    every = list(judged)
    strands = Counter(each.strand for each in every if each.strand)
    equivalents = sum(not each.strand and bool(each.equivalent) for each in every)
    killed = sum(strands.values())
    survivors = len(every) - killed - equivalents
    seconds = sum(each.seconds for each in every)
    return Score(len(every), killed, dict(strands.most_common()), equivalents, survivors, seconds)


def survivors(judged: Iterable[Judged]) -> list[Judged]:
    """Neither killed nor shown to be equivalent: holes."""
    return [each for each in judged if not each.strand and not each.equivalent]


def equivalents(judged: Iterable[Judged]) -> list[Judged]:
    return [each for each in judged if not each.strand and each.equivalent]


def table(title: str, judged: list[Judged], possible: int) -> str:
    """One row for each group and each operator, and the whole."""
    lines = [f"{title}: {len(judged)} of {possible} mutants", HEADER]
    for kind in ("group", "operator"):
        lines.append("-" * len(HEADER))
        for name in dict.fromkeys(getattr(each, kind) for each in judged):
            lines.append(_row(name, score(e for e in judged if getattr(e, kind) == name)))
    lines += ["-" * len(HEADER), _row("all", score(judged))]
    for each in survivors(judged):
        lines.append(f"SURVIVES {each.where} ({each.operator})\n{each.diff}")
    return "\n".join(lines)


HEADER = f"{'':26} {'made':>5} {'killed':>6} {'equiv.':>6} {'holes':>5} {'%':>6} {'s':>7}  by"


def _row(name: str, found: Score) -> str:
    by = ", ".join(f"{strand} {number}" for strand, number in found.strands.items())
    return (
        f"{name[:26]:26} {found.made:5} {found.killed:6} {found.equivalents:6} "
        f"{found.survivors:5} {found.percent:6.1f} {found.seconds:7.1f}  {by}"
    )


def as_json(judged: list[Judged], possible: int) -> dict[str, Any]:
    """What the result file holds of one kind of mutants."""

    def named(kind: str) -> dict[str, Any]:
        names = dict.fromkeys(getattr(each, kind) for each in judged)
        return {n: _score_json(score(e for e in judged if getattr(e, kind) == n)) for n in names}

    return {
        "possible": possible,
        "all": _score_json(score(judged)),
        "by_group": named("group"),
        "by_operator": named("operator"),
        "survivors": [_one(each) for each in survivors(judged)],
        "equivalents": [_one(each) for each in equivalents(judged)],
    }


def _score_json(found: Score) -> dict[str, Any]:
    return {
        "made": found.made,
        "killed": found.killed,
        "equivalents": found.equivalents,
        "survivors": found.survivors,
        "percent": round(found.percent, 2),
        "strands": found.strands,
        "seconds": round(found.seconds, 1),
    }


def _one(each: Judged) -> dict[str, str]:
    found = {"where": each.where, "operator": each.operator, "diff": each.diff}
    return found | ({"argument": each.equivalent} if each.equivalent else {})
