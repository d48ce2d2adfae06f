"""Wrong gradients before seven checkers: who rejects them, who rejects right ones, and the time it takes.

    python -m pip install -e ".[peers]"
    python benchmarks/gradient_checkers.py [--ops NAME ...] [--limit N] [--seed 0] [--jobs 2] [--save]

The wrong ones: every change of the ops' code that mutation/ makes (``--limit``: so many of them, drawn), and
those of tests/proof/wrong_gradients.py. A checker is asked only about a gradient that is not the derivative
of its own value at the numbers drawn, by checkers/truth.py: a change that keeps the two together is no wrong
gradient, and what does not run is seen by every checker. The right ones: every code path of the ops, twice
at the shapes of the wrong ones and three times at random ones. All checkers get the same float64 numbers
(checkers/inputs.py), their defaults (checkers/tools.py), and 30 s of computing. No answer counts as missed,
and as a false alarm.
Prints a table; --save writes results/gradient_checkers.json.
"""

import argparse
import time
from typing import Any

from side_by_side import machine, set_threads, write


def main(arguments: list[str] | None = None) -> None:
    chosen = options(arguments)
    set_threads(1)
    start = time.perf_counter()
    result = judged(chosen)
    result["wall_seconds"] = round(time.perf_counter() - start, 1)
    from checkers.score import table

    print(table(result))
    if chosen.save:
        write("gradient_checkers.json", result)


def options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--ops", nargs="*", metavar="NAME", help="these ops alone")
    parser.add_argument("--limit", type=int, metavar="N", help="mutants, at most")
    parser.add_argument("--seed", type=int, default=0, help="of the draw of the mutants")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--save", action="store_true")
    chosen = parser.parse_args(arguments)
    if chosen.save and chosen.ops:
        parser.error("--save wants all ops, so that a file is never a part of a run")
    return chosen


def judged(chosen: argparse.Namespace) -> dict[str, Any]:
    """Every trial, and the tools and the machine they were made with."""
    from checkers.inputs import prepare
    from checkers.score import as_json
    from checkers.subjects import by_hand, mutants, right_ops
    from checkers.tools import TOOLS
    from checkers.trial import SECONDS, tried
    from mutation.workers import in_processes

    possible = len(mutants(None, chosen.seed, chosen.ops))
    subjects = mutants(chosen.limit, chosen.seed, chosen.ops)
    subjects += [*by_hand(), *right_ops(chosen.ops)]
    prepare({name for subject in subjects for name in subject.ops})
    trials = list(in_processes(tried, subjects, chosen.jobs))
    return {
        "what": "wrong gradients, and which gradient checkers reject them; right ones, and which alarm",
        "seed": chosen.seed,
        "jobs": chosen.jobs,
        "possible_mutants": possible,
        "seconds_for_each": SECONDS,
        "asked": {tool.name: tool.asked for tool in TOOLS},
        "machine": machine("numpy", "torch", "jax", "autograd"),
        **as_json(trials),
    }


if __name__ == "__main__":
    main()
