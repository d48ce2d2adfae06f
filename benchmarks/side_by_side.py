"""Contenders side by side: what the benchmarks of this folder share.

All contenders run in one process, in turn, with the same number of threads; the order rotates from
round to round, so that a busy minute hits everyone. Reported are medians, and the median of the
ratios within a round.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
BATCH, STEPS_PER_ROUND = 64, 20

Step = Callable[[int], None]  # takes the number of the batch
Contender = tuple[Step, Callable[[], Any]]  # and a function that returns w (k, d) as it stands


def options(description: str | None, rounds: int = 200) -> argparse.Namespace:
    """--threads and --rounds; sets the number of threads, so call it before NumPy and torch load."""
    parser = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=rounds)
    chosen = parser.parse_args()
    set_threads(chosen.threads)
    return chosen


def set_threads(threads: int) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)  # read when NumPy and torch are imported


def digit_batches() -> tuple[list, list]:
    """The training digits in batches of 64, float32, the remainder left out: images and labels."""
    import numpy as np

    from cnnmath.data import load_digits

    digits = load_digits(np.float32)
    starts = range(0, len(digits.x_train) - BATCH + 1, BATCH)
    return (
        [digits.x_train[i : i + BATCH] for i in starts],
        [digits.t_train[i : i + BATCH] for i in starts],
    )


def check_agreement(contenders: dict[str, Contender]) -> None:
    """The first 50 steps, which also warm up, must lead all contenders to the same weights."""
    import numpy as np

    for step, _ in contenders.values():
        for i in range(50):
            step(i)
    wanted = contenders["cnnmath"][1]()
    for name, (_, weights) in contenders.items():
        error = float(np.abs(weights() - wanted).max())
        if not (weights().dtype == np.float32 and error < 1e-5):
            raise RuntimeError(f"{name} trains something else: {weights().dtype}, w off by {error}")


def interleaved(
    steps: dict[str, Step], rounds: int, steps_per_round: int = STEPS_PER_ROUND
) -> dict[str, list[float]]:
    """Microseconds per step and round; the order rotates from round to round."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    names = list(steps)
    for r in range(rounds):
        for name in names[r % len(names) :] + names[: r % len(names)]:
            step = steps[name]
            start = time.perf_counter()
            for i in range(steps_per_round):
                step(i)
            times[name].append((time.perf_counter() - start) / steps_per_round * 1e6)
    return times


def rows(times: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Median, quartiles, and how our time stands to theirs, per contender."""
    found = []
    for name, theirs in times.items():
        low, median, high = statistics.quantiles(theirs, n=4)
        ratios = (a / b for a, b in zip(times["cnnmath"], theirs, strict=True))
        found.append(
            {
                "name": name,
                "median_us": round(median, 1),
                "quartiles_us": [round(low, 1), round(high, 1)],
                "cnnmath_time_over_this": round(statistics.median(ratios), 3),
            }
        )
    return found


def training(
    what: str, contenders: dict[str, Contender], chosen: argparse.Namespace, *packages: str
) -> dict[str, Any]:
    """The result of timing training steps, after a look whether all do the same."""
    check_agreement(contenders)
    steps = {name: step for name, (step, _) in contenders.items()}
    times = interleaved(steps, chosen.rounds)
    return {
        "what": what,
        "dtype": "float32",
        "threads": chosen.threads,
        "rounds": chosen.rounds,
        "steps_per_round": STEPS_PER_ROUND,
        "machine": machine(*packages),
        "rows": rows(times),
    }


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


def table(result: dict[str, Any]) -> str:
    lines = [
        f"{result['what']}; {result['dtype']}, {result['threads']} thread(s), "
        f"{result['rounds']} rounds of {result['steps_per_round']} steps",
        f"{'':20} {'median us':>10} {'quartiles':>16} {'cnnmath / this':>15}",
    ]
    for row in result["rows"]:
        low, high = row["quartiles_us"]
        lines.append(
            f"{row['name']:20} {row['median_us']:10.1f} {f'{low:.1f}..{high:.1f}':>16} "
            f"{row['cnnmath_time_over_this']:15.2f}"
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
