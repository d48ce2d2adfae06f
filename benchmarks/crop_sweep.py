"""Random crops against the centre alone, for training sets of three sizes, over 3 seeds.

    python benchmarks/crop_sweep.py [--threads 1] [--seeds 3]

A small convolutional net sees 7x7 parts of the 8x8 digits, in float32: in training new random crops in each
epoch, or always the centre crop. Tested on the other 360 digits: accuracy on the centre crop, the
mean over the five crops (corners and centre), and of the averaged prediction. Both get the same number of
passes; those after 40 and after 120 epochs tell whether crops only want more of them.
Prints a table, writes results/crop_sweep.json.
"""

import sys
from itertools import pairwise, product
from typing import Any

import folds
from side_by_side import machine, write

SAMPLES, TRAININGS, SIZE = (100, 300, 1000), ("centre", "random crops"), 7
RATE, MOMENTUM, BATCH = 0.05, 0.9, 20
SNAPSHOTS = (0, 40, 120)  # epochs


def main() -> int:
    options = folds.options(__doc__, seeds=3)
    rows = []
    for samples, seed, training in product(SAMPLES, range(options.seeds), TRAININGS):
        rows.append(one_run(seed, samples, training))
        print("\n".join(lines(rows[-1])), flush=True)
    write("crop_sweep.json", {**description(options.threads), "rows": rows})
    return 0


def net() -> Any:
    from cnnmath.nn import Affine, Conv2d, Flatten, MaxPool2d, Relu, Sequential

    return Sequential(
        Conv2d(1, 16, 3, padding=1),
        Relu(),
        MaxPool2d(2),
        Conv2d(16, 32, 3, padding=1),
        Relu(),
        Flatten(),
        Affine(32 * 3 * 3, 10, "he"),
    )


def one_run(seed: int, samples: int, training: str) -> dict[str, Any]:
    """A training, as the result file has it; the places of the crops have their own generator."""
    import numpy as np

    from cnnmath.data import five_crop, load_digits, random_crop
    from cnnmath.nn import SGD, fit

    digits = load_digits(np.float32)
    x, t = digits.x_train[:samples], digits.t_train[:samples]
    model, rng, places = net(), np.random.default_rng(seed), np.random.default_rng(100 + seed)
    params, state = model.init(rng, np.float32), None
    snapshots = []
    for before, last in pairwise(SNAPSHOTS):
        for _ in range(before, last):
            part = random_crop(x, SIZE, places) if training != "centre" else five_crop(x, SIZE)[4]
            run = fit(
                model,
                part,
                t,
                optimiser=SGD(RATE, MOMENTUM),
                epochs=1,
                batch_size=BATCH,
                rng=rng,
                params=params,
                resume=state,
            )
            params, state = run.params, run.state
        snapshots.append({"epoch": last, **tested(model, params, digits)})
    return {"seed": seed, "samples": samples, "training": training, "snapshots": snapshots}


def tested(model: Any, params: Any, digits: Any) -> dict[str, float]:
    from cnnmath.data import five_crop
    from cnnmath.nn import accuracy, mean_probabilities, predict

    five = five_crop(digits.x_test, SIZE)
    single = [accuracy(predict(model, params, crop), digits.t_test) for crop in five]
    together = mean_probabilities(model, params, five).argmax(axis=1)
    return {
        "centre": round(single[4], 4),
        "mean_of_five": round(sum(single) / 5, 4),
        "averaged": round(accuracy(together, digits.t_test), 4),
    }


def description(threads: int) -> dict[str, Any]:
    return {
        "what": f"a convolutional net on {SIZE}x{SIZE} parts of the digits: random crops or the centre",
        "dtype": "float32",
        "threads": threads,
        "machine": machine("numpy"),
        "settings": {
            "optimiser": f"SGD(rate={RATE}, momentum={MOMENTUM})",
            "epochs": SNAPSHOTS[-1],
            "batch_size": BATCH,
        },
    }


def lines(row: dict[str, Any]) -> list[str]:
    return [
        f"{row['samples']:4} digits  seed {row['seed']}  {row['training']:12}  {each['epoch']:3} epochs: "
        f"centre {each['centre']:.4f}  five places {each['mean_of_five']:.4f}  "
        f"averaged {each['averaged']:.4f}"
        for each in row["snapshots"]
    ]


if __name__ == "__main__":
    sys.exit(main())
