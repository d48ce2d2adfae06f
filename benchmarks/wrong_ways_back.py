"""The digits with a wrong gradient: what a layer passes down is wrong as printed, all else is right.

    python benchmarks/wrong_ways_back.py [--seeds 10] [--save]

The nets of chapter 06, section 5, from ten starts each. Prints test accuracies; takes about two minutes,
and --save writes results/wrong_ways_back.json.
"""

import argparse
import sys
from typing import Any

from side_by_side import machine, set_threads, write

SEEDS, EPOCHS, RATE, BATCH = 10, 12, 0.05, 32


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--save", action="store_true")
    chosen = parser.parse_args(arguments)
    if chosen.save and chosen.seeds != SEEDS:
        parser.error(f"--save wants all {SEEDS} seeds, so that a file is never a part of a run")
    set_threads(1)
    rows = measure(range(chosen.seeds))
    for row in rows:
        found = row["test_accuracy"]
        said = f"mean {sum(found) / len(found):.4f}  worst {min(found):.4f}  best {max(found):.4f}"
        print(f"{row['name']:15} {said}")
    if chosen.save:
        write("wrong_ways_back.json", {**settings(), "machine": machine("numpy"), "rows": rows})
    return 0


def settings() -> dict[str, Any]:
    return {"epochs": EPOCHS, "rate": RATE, "momentum": 0.9, "batch_size": BATCH}


def measure(seeds: range) -> list[dict[str, Any]]:
    """Accuracy on the test digits and loss of the last epoch, by way back and seed."""
    from cnnmath.course.wrong_layers import WAYS_BACK

    rows = []
    for name in WAYS_BACK:
        runs = [trained(name, seed) for seed in seeds]
        accuracies, losses = zip(*runs, strict=True)
        rows.append({"name": name, "test_accuracy": list(accuracies), "loss": list(losses)})
    return rows


def trained(name: str, seed: int) -> tuple[float, float]:
    import numpy as np

    from cnnmath.course.wrong_layers import small_net
    from cnnmath.data import load_digits
    from cnnmath.nn import SGD, accuracy, fit, predict

    digits, net = load_digits(np.float64), small_net(name)
    how = {"optimiser": SGD(RATE, momentum=0.9), "epochs": EPOCHS, "batch_size": BATCH}
    run = fit(net, digits.x_train, digits.t_train, rng=np.random.default_rng(seed), **how)
    found = accuracy(predict(net, run.params, digits.x_test), digits.t_test)
    return round(float(found), 4), round(float(run.history[-1].loss), 4)


if __name__ == "__main__":
    sys.exit(main())
