"""Nets trained on folds of the 1,797 digits: what the benchmarks of this kind share.

A seed shuffles the digits and cuts them into 5 parts; each part is once the test set of a net trained
from scratch on the other four, in float32. All that is random comes from the seed and the fold. Seconds
are those of the processor: with one thread the time on an idle machine.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from side_by_side import machine, set_threads, write

FOLDS = 5


def as_they_are(x: Any, rows: Any) -> Any:
    return x


def labels(t: Any) -> Any:
    return t


@dataclass(frozen=True)
class Recipe:
    """A net and how it is trained; it takes NumPy only when it is used, after `options`."""

    name: str
    model: Callable[[], Any]
    rate: float
    momentum: float
    epochs: int
    batch_size: int
    l2: float = 0.0
    loss: str = "cross_entropy"
    images: Callable[[Any, Any], Any] = as_they_are  # all images, rows to train on
    targets: Callable[[Any], Any] = labels

    @property
    def settings(self) -> dict[str, Any]:
        """As the result files have them."""
        return {
            "optimiser": f"SGD(rate={self.rate}, momentum={self.momentum})",
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "l2": self.l2,
        }


def options(
    description: str | None, seeds: int = 2, nets: Collection[str] = ()
) -> argparse.Namespace:
    """--threads, --seeds, and which of `nets`; sets the number of threads, so call it before NumPy loads."""
    parser = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    if nets:
        parser.add_argument("nets", nargs="*", metavar="NET", help=f"of {', '.join(nets)}")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=seeds)
    chosen = parser.parse_args()
    unknown = set(chosen.nets) - set(nets) if nets else set()
    if unknown:
        parser.error(f"no such net: {', '.join(sorted(unknown))}")
    set_threads(chosen.threads)
    return chosen


def all_digits() -> tuple[Any, Any]:
    """Images (1797, 1, 8, 8) in float32 and labels."""
    import numpy as np

    from cnnmath.data import load_digits

    digits = load_digits(np.float32)
    x = np.concatenate([digits.x_train, digits.x_test])
    return x, np.concatenate([digits.t_train, digits.t_test])


def standardised(x: Any, rows: Any) -> Any:
    """Pixels of mean 0 and variance 1 over the images to train on (000 section 2.1)."""
    return (x - x[rows].mean()) / x[rows].std()


def one_of_ten(t: Any) -> Any:
    """1 for the class and -1 for the others: what scaled tanh can reach, f(1) = 1."""
    import numpy as np

    return 2 * np.eye(10, dtype=np.float32)[t] - 1


def one_fold(recipe: Recipe, seed: int, fold: int) -> dict[str, Any]:
    """Train on four parts, test on the fifth."""
    import numpy as np

    from cnnmath import ops
    from cnnmath.nn import SGD, accuracy, fit, predict

    x, t = all_digits()
    parts = np.array_split(np.random.default_rng(seed).permutation(len(x)), FOLDS)
    rows, held_out = np.concatenate(parts[:fold] + parts[fold + 1 :]), parts[fold]
    x, model = recipe.images(x, rows), recipe.model()
    start = time.process_time()
    run = fit(
        model,
        x[rows],
        recipe.targets(t[rows]),
        optimiser=SGD(recipe.rate, recipe.momentum),
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        rng=np.random.default_rng([seed, fold]),
        l2=recipe.l2,
        loss=getattr(ops, recipe.loss),
    )
    seconds = time.process_time() - start
    found = accuracy(predict(model, run.params, x[held_out]), t[held_out])
    return {
        "seed": seed,
        "fold": fold,
        "test_digits": len(held_out),
        "accuracy": round(found, 6),
        "seconds": round(seconds, 2),
    }


def report(recipe: Recipe, band: float, chosen: argparse.Namespace, file: str) -> bool:
    """Train on every fold of every seed, print the table, write results/file; is the mean in the band?"""
    found = all_folds(recipe, chosen.seeds)
    what = f"{recipe.name}, {FOLDS} folds of the digits, accuracy on the part not trained on"
    about = {
        "what": what,
        "dtype": "float32",
        "settings": recipe.settings,
        "threads": chosen.threads,
        "machine": machine("numpy"),
    }
    print(f"{what}; float32, {chosen.threads} thread(s)")
    print(table(found, band), flush=True)
    write(file, {**about, **found})
    return bool(found["mean"] >= band)


def all_folds(recipe: Recipe, seeds: int) -> dict[str, Any]:
    """Every fold of every seed, and what they come to."""
    rows = [one_fold(recipe, seed, fold) for seed in range(seeds) for fold in range(FOLDS)]
    accuracies = [row["accuracy"] for row in rows]
    return {
        "mean": round(statistics.mean(accuracies), 6),
        "sd": round(statistics.stdev(accuracies), 6),
        "worst": min(accuracies),
        "median_seconds": round(statistics.median(row["seconds"] for row in rows), 2),
        "rows": rows,
    }


def table(result: dict[str, Any], band: float) -> str:
    lines = [f"{'seed':>4} {'fold':>4} {'accuracy':>9} {'seconds':>8}"]
    for row in result["rows"]:
        lines.append(
            f"{row['seed']:4} {row['fold']:4} {row['accuracy']:9.4f} {row['seconds']:8.1f}"
        )
    lines.append(
        f"mean {result['mean']:.4f} (band >= {band}), sd {result['sd']:.4f}, "
        f"worst {result['worst']:.4f}, median {result['median_seconds']:.1f} s"
    )
    return "\n".join(lines)
