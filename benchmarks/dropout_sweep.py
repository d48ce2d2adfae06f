"""What dropout does to a net that is too large for its data, with right and with wrong labels, over 3 seeds.

    python benchmarks/dropout_sweep.py [--threads 1] [--seeds 3]

Two hidden layers of 256 relu units, trained on 400 digits in float32, tested on the other 360: each unit is
kept with the probability 1, 0.8 or 0.5, and the labels are right or 20 % of them are wrong. Runs of one
seed start at the same weights and have the same digits and labels. Records accuracy and loss after some
epochs, on the training labels as given and on the right test labels, both without masks.
Prints a table, writes results/dropout_sweep.json.
"""

import sys
from itertools import pairwise, product
from typing import Any

import folds
from side_by_side import machine, write

KEEPS, WRONG = (1.0, 0.8, 0.5), (0.0, 0.2)
SAMPLES, UNITS = 400, 256
RATE, MOMENTUM, BATCH = 0.02, 0.9, 20
SNAPSHOTS = (0, 5, 10, 20, 40)  # epochs


def main() -> int:
    options = folds.options(__doc__, seeds=3)
    rows = []
    for wrong, seed, keep in product(WRONG, range(options.seeds), KEEPS):
        rows.append(one_run(seed, keep, wrong))
        print(line(rows[-1]), flush=True)
    write("dropout_sweep.json", {**description(options.threads), "rows": rows})
    return 0


def net(keep: float) -> Any:
    from cnnmath.nn import Affine, Dropout, Flatten, Relu, Sequential

    return Sequential(
        Flatten(),
        Affine(64, UNITS, "he"),
        Relu(),
        Dropout(keep),
        Affine(UNITS, UNITS, "he"),
        Relu(),
        Dropout(keep),
        Affine(UNITS, 10, "he"),
    )


def labels(t: Any, wrong: float, seed: int) -> Any:
    """The labels, so large a share of them replaced by another class."""
    import numpy as np

    rng, t = np.random.default_rng(100 + seed), t.copy()
    chosen = rng.permutation(len(t))[: round(wrong * len(t))]
    t[chosen] = (t[chosen] + rng.integers(1, 10, len(chosen))) % 10
    return t


def one_run(seed: int, keep: float, wrong: float) -> dict[str, Any]:
    """A training, as the result file has it."""
    import numpy as np

    from cnnmath.data import load_digits
    from cnnmath.nn import SGD, fit

    digits = load_digits(np.float32)
    x, t = digits.x_train[:SAMPLES], labels(digits.t_train[:SAMPLES], wrong, seed)
    sets = {"train": (x, t), "test": (digits.x_test, digits.t_test)}
    model, rng = net(keep), np.random.default_rng(seed)
    params, state = model.init(rng, np.float32), None
    snapshots = [snapshot(model, params, sets, 0)]
    for before, epoch in pairwise(SNAPSHOTS):
        run = fit(
            model,
            x,
            t,
            optimiser=SGD(RATE, MOMENTUM),
            epochs=epoch - before,
            batch_size=BATCH,
            rng=rng,
            params=params,
            resume=state,
        )
        params, state = run.params, run.state
        snapshots.append(snapshot(model, params, sets, epoch))
    return {"seed": seed, "keep": keep, "wrong_labels": wrong, "snapshots": snapshots}


def snapshot(model: Any, params: Any, sets: dict[str, Any], epoch: int) -> dict[str, Any]:
    from cnnmath.nn import accuracy, predict
    from cnnmath.ops import cross_entropy

    found: dict[str, Any] = {"epoch": epoch}
    for name, (x, t) in sets.items():
        scores, _ = model.apply(params, x)
        found[f"{name}_accuracy"] = round(accuracy(predict(model, params, x), t), 4)
        found[f"{name}_loss"] = round(float(cross_entropy(scores, t)[0]), 4)
    return found


def description(threads: int) -> dict[str, Any]:
    return {
        "what": f"a net 64-{UNITS}-{UNITS}-10 on {SAMPLES} digits with dropout, labels right or wrong",
        "dtype": "float32",
        "threads": threads,
        "machine": machine("numpy"),
        "settings": {
            "optimiser": f"SGD(rate={RATE}, momentum={MOMENTUM})",
            "epochs": SNAPSHOTS[-1],
            "batch_size": BATCH,
        },
    }


def line(row: dict[str, Any]) -> str:
    last = row["snapshots"][-1]
    return (
        f"wrong labels {row['wrong_labels']:.1f}  seed {row['seed']}  keep {row['keep']:.1f}  "
        f"train accuracy {last['train_accuracy']:.4f}  test accuracy {last['test_accuracy']:.4f}  "
        f"test loss {last['test_loss']:.4f}"
    )


if __name__ == "__main__":
    sys.exit(main())
