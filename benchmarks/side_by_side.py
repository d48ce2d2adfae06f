"""Contenders side by side: what the benchmarks of this folder share.

All contenders run in one process, in turn, with the same number of threads; the order changes from
round to round, so that a busy minute hits everyone. Short steps are repeated within a round until they
take SHORTEST. Reported are medians, and the median of the ratios within a round.
"""

import argparse
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Collection
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
SHORTEST, LONGEST = (
    0.005,
    10.0,
)  # seconds: of one reading of the clock, of all readings of a contender
LEAST_ROUNDS = 7

Step = Callable[[int], Any]  # takes the number of the round and repeat, as a choice of batch


def options(
    description: str | None, rounds: int, names: Collection[str] = ()
) -> argparse.Namespace:
    """--threads, --rounds, --save, and which of `names`, none if all are meant.

    Sets the number of threads, so call it before NumPy and torch load.
    """
    parser = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=rounds, help="at most")
    parser.add_argument("--save", action="store_true", help="write the file in results/")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in names]
    if unknown:
        parser.error(f"no such name: {', '.join(unknown)}; there are {', '.join(names)}")
    if chosen.save and chosen.names:
        parser.error("--save wants all of them, so that a file is never a part of a run")
    set_threads(chosen.threads)
    return chosen


def among(records: Collection[Any], names: Collection[str]) -> list[Any]:
    """Those with these names; all of them without names."""
    return [record for record in records if not names or record.name in names]


def set_threads(threads: int) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)  # read when NumPy and torch are imported


def timed(
    steps: dict[str, Step], rounds: int, least: int = LEAST_ROUNDS, longest: float = LONGEST
) -> dict[str, Any]:
    """Rounds and rows of contenders, of which one is "cnnmath".

    A contender takes part in as many rounds as fit into `longest`, at least `least` and at most
    `rounds`; "cnnmath" in all of them, so that there is always a ratio.
    """
    seconds = {name: once(step) for name, step in steps.items()}
    repeats = {name: max(1, round(SHORTEST / each)) for name, each in seconds.items()}
    parts = {
        name: min(rounds, max(least, int(longest / (repeats[name] * seconds[name]))))
        for name in steps
    }
    parts["cnnmath"] = max(parts.values())
    times = interleaved(steps, parts, repeats)
    found = rows(times)
    for row in found:
        row["rounds"], row["steps_per_round"] = parts[row["name"]], repeats[row["name"]]
    return {"rounds": parts["cnnmath"], "rows": found}


def once(step: Step) -> float:
    """Seconds of a step after two that warm up; of the first one if that takes more than a second."""
    for i in range(3):
        start = time.perf_counter()
        step(i)
        seconds = time.perf_counter() - start
        if seconds > 1:
            break
    return seconds


def interleaved(
    steps: dict[str, Step], parts: dict[str, int], repeats: dict[str, int]
) -> dict[str, list[float]]:
    """Microseconds per step and round, for as many rounds as each takes part in.

    The order is drawn anew for each round: in a fixed one the same contender would always find the
    cache as its predecessor leaves it.
    """
    times: dict[str, list[float]] = {name: [] for name in steps}
    order = random.Random(0)
    for r in range(max(parts.values())):
        present = [name for name in steps if r < parts[name]]
        for name in order.sample(present, len(present)):
            step, repeat = steps[name], repeats[name]
            start = time.perf_counter()
            for i in range(r * repeat, (r + 1) * repeat):
                step(i)
            times[name].append((time.perf_counter() - start) / repeat * 1e6)
    return times


def rows(times: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Median, quartiles, and how our time stands to theirs in the same round, per contender."""
    found = []
    for name, theirs in times.items():
        low, median, high = quartiles(theirs)
        ratios = [a / b for a, b in zip(times["cnnmath"], theirs, strict=False)]
        found.append(
            {
                "name": name,
                "median_us": round(median, 1),
                "quartiles_us": [round(low, 1), round(high, 1)],
                "cnnmath_time_over_this": round(statistics.median(ratios), 4),
            }
        )
    return found


def quartiles(numbers: list[float]) -> list[float]:
    """Of a single number three times itself.

    >>> quartiles([1.0, 2.0, 3.0, 4.0, 9.0]), quartiles([5.0])
    ([2.0, 3.0, 4.0], [5.0, 5.0, 5.0])
    """
    twice = numbers * 2 if len(numbers) == 1 else numbers
    return statistics.quantiles(twice, n=4, method="inclusive")


def machine(*packages: str) -> dict[str, Any]:
    """CPU, cores and versions."""
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def table(rows: list[dict[str, Any]]) -> str:
    """One line per contender."""
    lines = [f"{'':20} {'median us':>10} {'quartiles':>20} {'cnnmath / this':>15} {'rounds':>7}"]
    for row in rows:
        low, high = row["quartiles_us"]
        lines.append(
            f"{row['name']:20} {row['median_us']:10.1f} {f'{low:.1f}..{high:.1f}':>20} "
            f"{row['cnnmath_time_over_this']:15.2f} {row['rounds']:7}"
        )
    return "\n".join(lines)


def write(name: str, result: dict[str, Any]) -> None:
    """results/name, atomically: the old file or the new one, never a half."""
    handle, temporary = tempfile.mkstemp(dir=RESULTS, prefix=name, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(result, indent=2) + "\n")
        Path(temporary).chmod(0o644)  # mkstemp makes it private
        Path(temporary).replace(RESULTS / name)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
