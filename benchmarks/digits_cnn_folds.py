"""Test accuracy of digits_cnn over 5 folds of the 1,797 digits and 2 seeds.

    python benchmarks/digits_cnn_folds.py [--threads 1] [--seeds 2]

The folds are those of folds.py, the settings those below. They were chosen on such folds too, so the
mean is that of a tuned recipe. Prints a table, writes results/digits_cnn_folds.json, and exits with 1
if the mean is below 0.98.
"""

import sys
from typing import Any

import folds

BAND = 0.98


def main() -> int:
    options = folds.options(__doc__)
    return 0 if folds.report(RECIPE, BAND, options, "digits_cnn_folds.json") else 1


def model() -> Any:
    from cnnmath.nn import digits_cnn

    return digits_cnn()


RECIPE = folds.Recipe(
    "digits_cnn", model, rate=0.1, momentum=0.9, epochs=15, batch_size=32, l2=1e-4
)


if __name__ == "__main__":
    sys.exit(main())
