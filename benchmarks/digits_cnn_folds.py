"""Test accuracy of digits_cnn over 5 folds of the 1,797 digits and 2 seeds.

    python benchmarks/digits_cnn_folds.py [--threads 1] [--seeds 2]

A seed shuffles the digits and cuts them into 5 parts; each part is once the test set of a net trained
from scratch on the other four, in float32, with the settings below. They were chosen on such folds too,
so the mean is that of a tuned recipe. Prints a table, writes results/digits_cnn_folds.json, and exits
with 1 if the mean is below 0.98.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path
from typing import Any

RESULT = Path(__file__).parent / "results" / "digits_cnn_folds.json"
FOLDS, BAND = 5, 0.98
RATE, MOMENTUM, EPOCHS, BATCH, L2 = 0.1, 0.9, 15, 32, 1e-4


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)  # read when NumPy is imported, so now
    rows = [one_fold(seed, fold) for seed in range(options.seeds) for fold in range(FOLDS)]
    result = summary(rows, options.threads)
    print(table(result))
    write(result)
    return 0 if result["mean"] >= BAND else 1


def one_fold(seed: int, fold: int) -> dict[str, Any]:
    """Train on four parts, test on the fifth; all that is random comes from seed and fold."""
    import numpy as np

    from cnnmath.data import load_digits
    from cnnmath.nn import SGD, accuracy, digits_cnn, fit, predict

    digits = load_digits(np.float32)
    x = np.concatenate([digits.x_train, digits.x_test])
    t = np.concatenate([digits.t_train, digits.t_test])
    parts = np.array_split(np.random.default_rng(seed).permutation(len(x)), FOLDS)
    rows = np.concatenate(parts[:fold] + parts[fold + 1 :])
    start = time.perf_counter()
    run = fit(
        digits_cnn(),
        x[rows],
        t[rows],
        optimiser=SGD(RATE, MOMENTUM),
        epochs=EPOCHS,
        batch_size=BATCH,
        rng=np.random.default_rng([seed, fold]),
        l2=L2,
    )
    seconds = time.perf_counter() - start
    found = accuracy(predict(digits_cnn(), run.params, x[parts[fold]]), t[parts[fold]])
    return {
        "seed": seed,
        "fold": fold,
        "test_digits": len(parts[fold]),
        "accuracy": round(found, 6),
        "seconds": round(seconds, 2),
    }


def summary(rows: list[dict[str, Any]], threads: int) -> dict[str, Any]:
    import numpy as np
    from side_by_side import cpu_model

    accuracies = [row["accuracy"] for row in rows]
    return {
        "what": f"digits_cnn, {FOLDS} folds of the digits, accuracy on the part not trained on",
        "dtype": "float32",
        "settings": {
            "optimiser": f"SGD(rate={RATE}, momentum={MOMENTUM})",
            "epochs": EPOCHS,
            "batch_size": BATCH,
            "l2": L2,
        },
        "threads": threads,
        "machine": {
            "cpu": cpu_model(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
        "mean": round(statistics.mean(accuracies), 6),
        "sd": round(statistics.stdev(accuracies), 6),
        "worst": min(accuracies),
        "median_seconds": round(statistics.median(row["seconds"] for row in rows), 2),
        "rows": rows,
    }


def table(result: dict[str, Any]) -> str:
    lines = [
        f"{result['what']}; {result['dtype']}, {result['threads']} thread(s)",
        f"{'seed':>4} {'fold':>4} {'accuracy':>9} {'seconds':>8}",
    ]
    for row in result["rows"]:
        lines.append(
            f"{row['seed']:4} {row['fold']:4} {row['accuracy']:9.4f} {row['seconds']:8.1f}"
        )
    lines.append(
        f"mean {result['mean']:.4f} (band >= {BAND}), sd {result['sd']:.4f}, "
        f"worst {result['worst']:.4f}, median {result['median_seconds']:.1f} s"
    )
    return "\n".join(lines)


def write(result: dict[str, Any]) -> None:
    """All or nothing: into a file beside the result, which then takes its place."""
    part = RESULT.with_name(RESULT.name + ".part")
    part.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    part.replace(RESULT)


if __name__ == "__main__":
    sys.exit(main())
