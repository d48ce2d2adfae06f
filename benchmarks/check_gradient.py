"""Time of one report of check_gradient on large inputs: right gradients, and one with one wrong entry.

    python benchmarks/check_gradient.py [--entries 1000000]

A right gradient costs about 90 forward and 40 backward passes and the arithmetic on their arrays; a
wrong one another 150 forward passes to find the entry. Prints a table.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    entries = parser.parse_args().entries
    from cnnmath import check_gradient

    print(f"{'function':<28} {'entries':>9}  {'verdict':<9} {'seconds':>7}")
    for name, op, arguments in cases(entries):
        start = time.perf_counter()
        report = check_gradient(op, *arguments)
        seconds = time.perf_counter() - start
        size = sum(array.size for array in arguments)
        print(f"{name:<28} {size:>9}  {report.verdict.level.value:<9} {seconds:>7.1f}")


def cases(entries: int) -> Iterator[tuple[str, Callable[..., Any], tuple[Any, ...]]]:
    import numpy as np

    from cnnmath import affine, conv2d, relu, sigmoid

    rng = np.random.default_rng(0)
    z = rng.normal(size=entries)

    def one_wrong(z: Any) -> Any:
        y, backward = relu(z)

        def wrong(dy: Any) -> Any:
            (dz,) = backward(dy)
            dz[-1] += 1e-3 * dy[-1]
            return dz

        return y, wrong

    yield "relu", relu, (z,)
    yield "sigmoid", sigmoid, (z,)
    yield "relu, one entry wrong", one_wrong, (z,)
    n = entries // 1000
    yield (
        "affine, 500 -> 500",
        affine,
        (rng.normal(size=(n, 500)), rng.normal(size=(500, 500)), z[:500]),
    )
    x = rng.normal(size=(max(1, entries // 32**2 // 16), 16, 32, 32))
    yield "conv2d, 16 -> 16, 3x3", conv2d, (x, rng.normal(size=(16, 16, 3, 3)), z[:16])


if __name__ == "__main__":
    main()
