"""What our checks reject: wrong code, wrong lines and wrong rules, and how many of them are noticed.

    python benchmarks/mutation_score.py [--ops [NAME ...]] [--derivations [NAME ...]] [--rules]
        [--correct N] [--per-line 4] [--limit N] [--seed 0] [--jobs 2] [--save]

Without a choice all four: every change of the ops' code that the operators make, four changes of each line
of every derivation, the bugs in the rules, and 10,000 right cases that nothing may reject. ``--limit``
draws so many mutants of each kind, of code from all functions alike. Takes tens of minutes; --save writes
results/mutation_score.json, part by part: those that are not chosen stay as they were.
The exit status is 0 if nothing survives but what is equivalent, nothing is noticed that is listed as
equivalent, and nothing right is rejected.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from side_by_side import RESULTS, machine, set_threads, write

CORRECT = 10_000
FILE = "mutation_score.json"
WHAT = "wrong versions of code, formulas and rules, and which check notices them first"


def main(arguments: list[str] | None = None) -> int:
    chosen = options(arguments)
    set_threads(1)
    how = {"seed": chosen.seed, "jobs": chosen.jobs, "machine": machine("numpy", "sympy")}
    good = True
    for name, judge in PARTS.items():
        if getattr(chosen, name) is not None:
            start = time.perf_counter()
            found, text, fine = judge(chosen)
            print(text, end="\n\n", flush=True)
            good = good and fine
            if chosen.save:
                seconds = {"wall_seconds": round(time.perf_counter() - start, 1)}
                write(FILE, {**saved(), "what": WHAT, name: {**how, **seconds, **found}})
    return 0 if good else 1


def saved() -> dict[str, Any]:
    """What the result file holds so far."""
    file = RESULTS / FILE
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}


def options(arguments: list[str] | None) -> argparse.Namespace:
    """What to judge: None for a part that is not wanted, [] for all of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--ops", nargs="*", metavar="NAME")
    parser.add_argument("--derivations", nargs="*", metavar="NAME")
    parser.add_argument("--rules", action="store_const", const=[])
    parser.add_argument("--correct", type=int, metavar="N", help="right cases, at least")
    parser.add_argument("--per-line", type=int, default=4, help="changes of each line; 0: all")
    parser.add_argument("--limit", type=int, metavar="N", help="mutants of each kind, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--save", action="store_true")
    chosen = parser.parse_args(arguments)
    if all(getattr(chosen, name) is None for name in PARTS):
        chosen.ops, chosen.derivations, chosen.rules, chosen.correct = [], [], [], CORRECT
    return chosen


Part = tuple[dict[str, Any], str, bool]  # for the result file, to print, nothing wrong was found


def ops(chosen: argparse.Namespace) -> Part:
    """Wrong code. Raises RuntimeError if a strand rejects right code too: it would kill everything."""
    from mutation.op_mutants import BY_NAME, op_mutants
    from mutation.strands import false_alarm, prepare, tried
    from mutation.workers import in_processes

    every = list(op_mutants(chosen.ops or None))
    mutants = every if chosen.limit is None else spread(every, chosen.seed)[: chosen.limit]
    prepare(chosen.ops or None)
    for alarm in in_processes(false_alarm, chosen.ops or list(BY_NAME), chosen.jobs):
        if alarm is not None:
            raise RuntimeError(f"the right op is rejected: {alarm}")
    judged = list(in_processes(tried, mutants, chosen.jobs))
    return _scored("code of the ops", judged, len(every))


def spread(mutants: list[Any], seed: int) -> list[Any]:
    """In random order, but first one of each function, then the second of each, and so on: a part of them
    is of every op."""
    drawn, numbers = Random(seed).sample(mutants, len(mutants)), Counter[str]()
    turn = {}
    for mutant in drawn:
        function = f"{mutant.module}.{mutant.change.function}"
        turn[mutant.name] = numbers[function]
        numbers[function] += 1
    return sorted(drawn, key=lambda mutant: turn[mutant.name])


def derivations(chosen: argparse.Namespace) -> Part:
    """Wrong lines."""
    from mutation.derivation_mutants import Task, sources, tried
    from mutation.workers import in_processes

    names = [source.name for source in sources(chosen.derivations or None)]
    if chosen.limit is not None:
        Random(chosen.seed).shuffle(names)
    tasks = [Task(name, chosen.per_line or None, chosen.seed) for name in names]
    judged, possible = [], 0
    for found, number in in_processes(tried, tasks, chosen.jobs):
        judged += found
        possible += number
        if chosen.limit is not None and len(judged) >= chosen.limit:
            break
    return _scored("lines of the derivations", judged[: chosen.limit], possible)


def rules(chosen: argparse.Namespace) -> Part:
    """Wrong rules."""
    from mutation.rule_mutants import BUGS, tried
    from mutation.workers import in_processes

    numbers: list[int] = list(range(len(BUGS)))
    if chosen.limit is not None and chosen.limit < len(BUGS):
        numbers = Random(chosen.seed).sample(numbers, chosen.limit)
    judged = list(in_processes(tried, numbers, chosen.jobs))
    return _scored("rules of the engine", judged, len(BUGS))


def correct(chosen: argparse.Namespace) -> Part:
    """Right code."""
    from mutation.correct_cases import alarms, paths
    from mutation.workers import in_processes

    found = list(in_processes(alarms, paths(chosen.correct, chosen.ops or None), chosen.jobs))
    cases, rejected = (
        sum(each.cases for each in found),
        [r for each in found for r in each.rejected],
    )
    exact = sum(each.cases for each in found if each.exact)
    text = f"right cases: {cases} ({exact} of them exactly), {len(rejected)} rejected"
    by_path = {each.path: each.cases for each in found}
    result = {"cases": cases, "exact": exact, "rejected": rejected, "by_path": by_path}
    return result, "\n".join([text, *rejected]), not rejected


def _scored(title: str, judged: list[Any], possible: int) -> Part:
    from mutation.table import as_json, contradicted, survivors, table

    good = not survivors(judged) and not contradicted(judged)
    return as_json(judged, possible), table(title, judged, possible), good


PARTS: dict[str, Callable[[argparse.Namespace], Part]] = {
    "ops": ops,
    "derivations": derivations,
    "rules": rules,
    "correct": correct,
}

if __name__ == "__main__":
    sys.exit(main())
