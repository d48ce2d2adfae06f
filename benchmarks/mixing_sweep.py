"""What penalties do to learned combinations of maps: mixing_net with each of them, over 3 seeds.

    python benchmarks/mixing_sweep.py [--threads 1] [--seeds 3]

Trains on the 1,437 training digits in float64, tests on the other 360. Runs of one seed start at the
same parameters and see the same batches. Records the weights alpha (12 output maps x 6 input maps) at
the start and after some epochs, their mean entropy (log 6 = 1.79 if all are equal), how many of the 6
are above 0.05 in each output map, and how far the logits end from those of the run without a penalty.
Prints a table, writes results/mixing_sweep.json.
"""

import sys
from itertools import pairwise
from typing import Any

import folds
from side_by_side import machine, write

PENALTIES = {"none": 0.0, "l1": 0.05, "entropy": 0.05, "impurity": 0.1}
RATE, MOMENTUM, BATCH = 0.05, 0.9, 32
SNAPSHOTS = (0, 1, 5, 10, 15, 20)  # epochs
MIXING, USED = 5, 0.05  # number of the layer; weights above this count


def main() -> int:
    options = folds.options(__doc__, seeds=3)
    rows, without = [], {}
    for seed in range(options.seeds):
        for penalty, strength in PENALTIES.items():
            row, logits = one_run(seed, penalty, strength)
            without.setdefault(seed, logits)  # none is the first
            row["logits_from_none"] = float(f"{abs(logits - without[seed]).max():.3g}")
            rows.append(row)
            print(line(row), flush=True)
    write("mixing_sweep.json", {**description(options.threads), "rows": rows})
    return 0


def one_run(seed: int, penalty: str, strength: float) -> tuple[dict[str, Any], Any]:
    """A training, as the result file has it, and the logits at its end."""
    import numpy as np

    from cnnmath.data import load_digits
    from cnnmath.nn import SGD, accuracy, fit, mixing_net, predict

    digits = load_digits(np.float64)
    x_train, x_test = (
        (x - digits.x_train.mean()) / digits.x_train.std() for x in (digits.x_train, digits.x_test)
    )
    model, rng = mixing_net(penalty, strength), np.random.default_rng(seed)
    params, state = model.init(rng), None
    snapshots = [snapshot(model, params, 0)]
    for before, epoch in pairwise(SNAPSHOTS):
        run = fit(
            model,
            x_train,
            digits.t_train,
            optimiser=SGD(RATE, MOMENTUM),
            epochs=epoch - before,
            batch_size=BATCH,
            rng=rng,
            params=params,
            resume=state,
        )
        params, state = run.params, run.state
        snapshots.append(snapshot(model, params, epoch))
    found = accuracy(predict(model, params, x_test), digits.t_test)
    row = {
        "seed": seed,
        "penalty": penalty,
        "strength": strength,
        "accuracy": round(found, 4),
        "train_accuracy": round(run.history[-1].train_accuracy, 4),
        "objective": round(run.history[-1].loss, 4),
        "snapshots": snapshots,
    }
    return row, params[MIXING]["logits"]


def snapshot(model: Any, params: Any, epoch: int) -> dict[str, Any]:
    import numpy as np

    from cnnmath.ops import entropy_penalty

    alpha = model.layers[MIXING].weights(params[MIXING])
    return {
        "epoch": epoch,
        "mean_entropy": round(float(entropy_penalty(alpha, 1)[0]) / len(alpha), 4),
        "maps_used": (alpha > USED).sum(axis=1).tolist(),
        "alpha": np.round(alpha, 4).tolist(),
    }


def description(threads: int) -> dict[str, Any]:
    return {
        "what": "mixing_net on the digits with penalties on the weights of its mixtures",
        "dtype": "float64",
        "threads": threads,
        "machine": machine("numpy"),
        "settings": {
            "optimiser": f"SGD(rate={RATE}, momentum={MOMENTUM})",
            "epochs": SNAPSHOTS[-1],
            "batch_size": BATCH,
        },
        "used": f"alpha > {USED}",
    }


def line(row: dict[str, Any]) -> str:
    last = row["snapshots"][-1]
    return (
        f"seed {row['seed']}  {row['penalty']:8} {row['strength']:<5} accuracy {row['accuracy']:.4f}  "
        f"entropy {last['mean_entropy']:.3f}  maps used {sum(last['maps_used']) / len(last['alpha']):.2f}  "
        f"logits from none {row['logits_from_none']:.1e}"
    )


if __name__ == "__main__":
    sys.exit(main())
