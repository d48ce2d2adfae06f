"""Optimisers on the digits with the same tuning budget: 11 learning rates for everyone.

    python benchmarks/optimisers.py [--threads 1] [--seeds 3]

Trains mlp(64, 64, 10) in float64 on the 1,437 training digits. First each optimiser tries every rate
10^(-4), 10^(-3.5), ..., 10 with each seed on four fifths of these digits and is measured on the last
fifth; the rate with the best mean accuracy is chosen, the smallest of equals. Then it trains with that
rate on all 1,437, from other seeds, and is measured once on the 360 test digits. All other settings
are the defaults; momentum and Nesterov have 0.9. Runs of one seed start at the same parameters and see
the same batches. Prints a table, writes results/optimisers.json.
"""

import statistics
import sys
from typing import Any

import folds
from side_by_side import machine, write

RATES = [round(10 ** (k / 2), 10) for k in range(-8, 3)]
EPOCHS, BATCH = 10, 32
VALIDATION = 287  # a fifth of the training digits
TEST_SEEDS = 1000  # seeds of the runs that are tested start here, so that none was tuned on


def main() -> int:
    options = folds.options(__doc__, seeds=3)
    from cnnmath.course.surfaces import RULES

    rows = []
    for name, rule in RULES.items():
        row = one_optimiser(name, rule, options.seeds)
        rows.append(row)
        print(line(row), flush=True)
    write("optimisers.json", {**description(options), "rows": rows})
    return 0


def one_optimiser(name: str, rule: Any, seeds: int) -> dict[str, Any]:
    """Its curve over the rates, the rate chosen, and the runs with that rate."""
    curve = [tried(rule, rate, seeds) for rate in RATES]
    whole = [each for each in curve if each["mean"] is not None]
    best = max(whole, key=lambda each: each["mean"])  # the first, so the smallest rate, of equals
    runs = [tested(rule(best["rate"]), TEST_SEEDS + seed) for seed in range(seeds)]
    return {
        "name": name,
        "optimiser": repr(rule(best["rate"])),
        "rate": best["rate"],
        "curve": curve,
        "rates_within_1_percent": sum(each["mean"] >= best["mean"] - 0.01 for each in whole),
        "test_accuracy": [run["accuracy"] for run in runs],
        "mean_test_accuracy": round(statistics.mean(run["accuracy"] for run in runs), 4),
        "losses": [run["losses"] for run in runs],
    }


def tried(rule: Any, rate: float, seeds: int) -> dict[str, Any]:
    """Accuracy on the validation part for each seed; null where the training broke off."""
    found = [validated(rule(rate), seed) for seed in range(seeds)]
    mean = None if None in found else round(statistics.mean(found), 4)
    return {"rate": rate, "accuracy": found, "mean": mean}


def validated(optimiser: Any, seed: int) -> float | None:
    """A run on four fifths of the training digits, other fifths for each seed."""
    import numpy as np

    rng = np.random.default_rng(seed)
    x, t, _, _ = digits()
    rows = rng.permutation(len(x))
    held, kept = rows[:VALIDATION], rows[VALIDATION:]
    run = trained(optimiser, x[kept], t[kept], x[held], t[held], rng)
    return None if run is None else round(run.history[-1].test_accuracy, 4)


def tested(optimiser: Any, seed: int) -> dict[str, Any]:
    """A run on all training digits: accuracy on the test digits, mean loss of each epoch."""
    import numpy as np

    run = trained(optimiser, *digits(), np.random.default_rng(seed))
    if run is None:
        raise RuntimeError(f"{optimiser} broke off at the rate that was chosen")
    return {
        "accuracy": round(run.history[-1].test_accuracy, 4),
        "losses": [round(epoch.loss, 4) for epoch in run.history],
    }


def trained(optimiser: Any, x: Any, t: Any, x_test: Any, t_test: Any, rng: Any) -> Any:
    """The run, or None if its numbers stopped being finite."""
    from cnnmath.nn import fit, mlp

    settings = {"epochs": EPOCHS, "batch_size": BATCH, "rng": rng, "test": (x_test, t_test)}
    try:
        return fit(mlp(64, 64, 10, initialise="he"), x, t, optimiser=optimiser, **settings)
    except FloatingPointError:
        return None


def digits() -> tuple[Any, Any, Any, Any]:
    import numpy as np

    from cnnmath.data import load_digits

    found = load_digits(np.float64)
    return found.x_train, found.t_train, found.x_test, found.t_test


def description(options: Any) -> dict[str, Any]:
    return {
        "what": "optimisers on the digits, each with the best of the same learning rates",
        "dtype": "float64",
        "threads": options.threads,
        "machine": machine("numpy"),
        "settings": {
            "model": "mlp(64, 64, 10)",
            "epochs": EPOCHS,
            "batch_size": BATCH,
            "rates": RATES,
            "tuned_on": f"{VALIDATION} of the training digits held out, {options.seeds} seeds",
            "tested_with": f"{options.seeds} other seeds",
        },
    }


def line(row: dict[str, Any]) -> str:
    tested = ", ".join(f"{accuracy:.4f}" for accuracy in row["test_accuracy"])
    return (
        f"{row['name']:17} rate {row['rate']:<8.3g} test accuracy {row['mean_test_accuracy']:.4f} "
        f"({tested})  rates within 1 % of the best: {row['rates_within_1_percent']} of {len(RATES)}  "
        f"loss after epoch 1: {statistics.mean(run[0] for run in row['losses']):.3f}"
    )


if __name__ == "__main__":
    sys.exit(main())
