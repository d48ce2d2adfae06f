"""Train LeNet-5 on MNIST, or on a set in its format: `python -m cnnmath.nn.train_lenet5 DIR`.

DIR holds the four IDX files, plain or gzip (see `cnnmath.data.load_mnist`). Each epoch prints its mean
loss, the accuracy on the test set and the seconds it took. `--save FILE` keeps the parameters for
`cnnmath.nn.load(FILE, lenet5())`. Exit status 2 for arguments and files that will not do, 1 if training
breaks off. Same seed, same numbers, on one machine.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import numpy as np

from cnnmath.data import Mnist, load_mnist
from cnnmath.nn.models import lenet5
from cnnmath.nn.optimisers import SGD
from cnnmath.nn.saving import save
from cnnmath.nn.training import Fit, fit

MOMENTUM = 0.9


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.save is not None and not options.save.absolute().parent.is_dir():
        parser.error(f"argument --save: {options.save.parent} is no directory")
    try:
        optimiser = SGD(options.rate, MOMENTUM)
        data = load_mnist(options.folder)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    print(f"{len(data.x_train)} images to train on, {len(data.x_test)} to test on", flush=True)
    start = perf_counter()
    try:
        for run in train(data, optimiser, options.epochs, options.batch_size, options.seed):
            (last,) = run.history
            print(
                f"epoch {last.epoch}/{options.epochs}  loss {last.loss:.4f}  "
                f"test accuracy {last.test_accuracy:.4f}  {perf_counter() - start:.1f} s",
                flush=True,
            )
            start = perf_counter()
    except FloatingPointError as error:
        print(f"{error}; a smaller --rate may help", file=sys.stderr)
        return 1
    if options.save is not None:
        save(options.save, lenet5(), run.params, run.state)
        print(f"saved: {options.save}")
    return 0


def train(data: Mnist, optimiser: SGD, epochs: int, batch_size: int, seed: int) -> Iterator[Fit]:
    """What `fit` gives after each epoch; every one goes on where the last one ended."""
    rng, params, state = np.random.default_rng(seed), None, None
    for _ in range(epochs):
        run = fit(
            lenet5(),
            data.x_train,
            data.t_train,
            optimiser=optimiser,
            epochs=1,
            batch_size=batch_size,
            rng=rng,
            test=(data.x_test, data.t_test),
            params=params,
            resume=state,
            progress=sys.stdout.isatty(),
        )
        params, state = run.params, run.state
        yield run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cnnmath.nn.train_lenet5",
        description="Train LeNet-5 on MNIST; print loss and test accuracy of each epoch.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("folder", type=Path, metavar="DIR", help="folder of the four IDX files, plain or gzip")
    add("--epochs", type=_whole(1), default=1, metavar="N", help="passes over the training set")
    add("--batch-size", type=_whole(1), default=64, metavar="N", help="images per step")
    add("--rate", type=float, default=0.05, metavar="R", help=f"step size, momentum {MOMENTUM}")
    add("--seed", type=_whole(0), default=0, metavar="N", help="of first weights and of the order")
    add("--save", type=Path, metavar="FILE", help="write the parameters there, as .npz")
    return parser


def _whole(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"expected a whole number of at least {least}, found {text!r}"
            )
        return int(text)

    return number


if __name__ == "__main__":
    sys.exit(main())
