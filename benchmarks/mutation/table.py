"""The score: made, killed and by which strand, what survives, for each module or derivation or rule, for
each op and operator; and a kill by each strand, as it was said."""

from collections import Counter
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any, NamedTuple

LONGEST = 200  # characters of what a strand says


class Judged(NamedTuple):
    """A mutant after its trial; ``strand`` is empty if it survived."""

    group: str  # the module, the derivation, or the rule
    operator: str
    where: str
    diff: str
    strand: str
    said: str
    equivalent: str  # the argument that the change changes nothing, if there is one
    seconds: float
    ops: tuple[str, ...] = ()  # that run through the change


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


def contradicted(judged: Iterable[Judged]) -> list[Judged]:
    """Noticed, though an argument says that nothing changes: the argument is wrong, or says too much."""
    return [each for each in judged if each.strand and each.equivalent]


def examples(judged: Iterable[Judged]) -> dict[str, Judged]:
    """The first kill by each strand."""
    found: dict[str, Judged] = {}
    for each in judged:
        if each.strand:
            found.setdefault(each.strand, each)
    return found


def _by(judged: list[Judged]) -> dict[str, dict[str, list[Judged]]]:
    """The mutants of each group, op and operator; what several ops share is counted with each of them."""
    found: dict[str, dict[str, list[Judged]]] = {"group": {}, "op": {}, "operator": {}}
    for each in judged:
        for kind, names in (
            ("group", (each.group,)),
            ("op", each.ops),
            ("operator", (each.operator,)),
        ):
            for name in names:
                found[kind].setdefault(name, []).append(each)
    return found


def in_short(said: str) -> str:
    """In one line, and cut."""
    line = " ".join(said.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


# ------------------------------------------------------------------------------------- to print


HEADINGS = {"group": "", "op": "op, with shared code", "operator": "operator"}
COUNTS = f"{'made':>5} {'killed':>6} {'equiv.':>6} {'holes':>5} {'%':>6} {'s':>7}  by"


def table(title: str, judged: list[Judged], possible: int) -> str:
    """One row for each group, op and operator, and the whole; then a kill by each strand, and the holes."""
    kinds = {kind: rows for kind, rows in _by(judged).items() if rows}
    width = max(len(n) for rows in (*kinds.values(), HEADINGS.values()) for n in rows)
    lines = [f"{title}: {len(judged)} of {possible} mutants"]
    for kind, rows in kinds.items():
        heading = HEADINGS[kind]
        lines.append(
            f"{heading:-<{width + 1 + len(COUNTS)}}" if heading else f"{'':{width}} {COUNTS}"
        )
        lines += [_row(name, width, found) for name, found in rows.items()]
    lines += ["-" * len(lines[1]), _row("all", width, judged), "", "a kill by each strand"]
    lines += [_shown(strand, each) for strand, each in examples(judged).items()]
    lines += [_shown("SURVIVES", each) for each in survivors(judged)]
    lines += [_shown("NO EQUIVALENT", each) for each in contradicted(judged)]
    return "\n".join(lines)


def _row(name: str, width: int, judged: list[Judged]) -> str:
    found = score(judged)
    by = ", ".join(f"{strand} {number}" for strand, number in found.strands.items())
    return (
        f"{name:{width}} {found.made:5} {found.killed:6} {found.equivalents:6} "
        f"{found.survivors:5} {found.percent:6.1f} {found.seconds:7.1f}  {by}"
    )


def _shown(heading: str, mutant: Judged) -> str:
    """Where, the change, and what the strand said to it."""
    lines = [f"{mutant.where} ({mutant.operator})", *mutant.diff.splitlines()]
    lines += [f"says: {mutant.said}"] if mutant.said else []
    return "\n".join(f"{h:18} {line}" for h, line in zip_longest([heading], lines, fillvalue=""))


# -------------------------------------------------------------------------------------- to save


def as_json(judged: list[Judged], possible: int) -> dict[str, Any]:
    """What the result file holds of one kind of mutants."""
    scores = {
        f"by_{kind}": {name: _score_json(score(found)) for name, found in rows.items()}
        for kind, rows in _by(judged).items()
        if rows
    }
    return {
        "possible": possible,
        "all": _score_json(score(judged)),
        **scores,
        "examples": {strand: _one(each) for strand, each in examples(judged).items()},
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
    told = {"said": each.said, "argument": each.equivalent}
    return found | {name: text for name, text in told.items() if text}


def markdown(result: dict[str, Any]) -> str:
    """The main lines, as the README shows them."""
    parts = {"code of the ops": "ops", "lines of the derivations": "derivations"}
    rows = ["| wrong | made | noticed | change nothing | survive |", "|---|---|---|---|---|"]
    for name, part in (parts | {"rules of the engine": "rules"}).items():
        found = result[part]["all"]
        numbers = (found[key] for key in ("made", "killed", "equivalents", "survivors"))
        made = f"{name}, of {result[part]['possible']}"
        rows.append(f"| {made} | {' | '.join(map(str, numbers))} |")
    return "\n".join(rows)
