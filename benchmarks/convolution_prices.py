"""The prices of cnnmath/ops/conv_cost.py, by which "auto" chooses: fitted to times of random layers.

    python benchmarks/convolution_prices.py [--layers 100]

Times every part (value, dx, dw) of every way that applies, on layers that are not those of
convolution_ways.py, whole and with strides, and fits prices that are not negative by least squares. Prints
them in the form of the source, and how far the predictions are off.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from typing import Any

import side_by_side
from convolution_ways import Layer, applicable, drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--layers", type=int, default=100)
    chosen = parser.parse_args()
    side_by_side.set_threads(1)
    print_fit(chosen.layers)


def print_fit(count: int) -> None:
    """Least squares with no negative price, relative to the geometric mean of time and prediction."""
    import numpy as np
    from scipy.optimize import nnls

    from cnnmath.ops import conv_cost

    counts, times, names = [], [], []
    for layer in random_layers(count):
        for way, part, work, seconds in timed_parts(layer):
            counts.append(work), times.append(seconds * 1e9), names.append(f"{way} {part}")
    features, measured_ns = np.array(counts), np.array(times)
    prices, _ = nnls(features / measured_ns[:, None], np.ones(len(times)))
    for _ in range(8):
        weights = 1 / np.sqrt(features @ prices * measured_ns)
        prices, _ = nnls(features * weights[:, None], measured_ns * weights)
    print("PRICES =", conv_cost.Work(*(float(f"{price:.3g}") for price in prices)))
    ratios = features @ prices / measured_ns
    for name in sorted(set(names)):
        mine = [ratio for ratio, other in zip(ratios, names, strict=True) if other == name]
        low, middle, high = np.percentile(mine, [10, 50, 90])
        print(f"{name:18} predicted / measured: {low:.2f} {middle:.2f} {high:.2f}")


def random_layers(count: int) -> Iterator[Layer]:
    """Between 0.1 and 500 million products, arrays of at most 8 MB, patch matrices of at most 160 MB."""
    import numpy as np

    rng = np.random.default_rng(1)
    while count:
        layer = Layer(
            "random",
            images=int(rng.choice([1, 4, 16, 32, 64])),
            channels=int(rng.choice([1, 3, 6, 16, 32, 64, 128, 256])),
            maps=int(rng.choice([6, 16, 32, 64, 128, 256])),
            kernel=int(rng.choice([1, 3, 3, 3, 3, 5, 7, 11, 15])),
            size=int(rng.choice([5, 8, 12, 16, 28, 32, 56, 64, 112])),
            stride=int(rng.choice([1, 1, 1, 1, 2])),
        )
        pixels = layer.images * layer.size**2
        patches = layer.products / layer.maps
        largest = pixels * max(layer.channels, layer.maps)
        if 1e5 < layer.products < 5e8 and largest < 2e6 and patches < 4e7:
            count -= 1
            yield layer


def timed_parts(layer: Layer) -> Iterator[tuple[str, str, Any, float]]:
    """(way, part, counted work, seconds) of everything that applies."""
    from cnnmath.ops import conv_cost
    from cnnmath.ops.conv_methods import WAYS

    x, w, dz = drawn(layer)
    counted = conv_cost.Layer(layer.images, layer.channels, layer.maps, layer.windows)
    ways = [*applicable(layer, (x, w, dz)), "scattered"]
    for part, works in conv_cost.COSTS.items():
        given = {"value": (x, w), "dx": (dz, w), "dw": (x, dz)}[part]
        for way, work in works.items():
            if way in ways:
                run = getattr(WAYS[way], part)
                yield way, part, work(counted), quickest(run, *given, layer.windows)


def quickest(run: Callable[..., Any], *given: Any) -> float:
    """Seconds, the lower quartile over at most a fifth of a second and at least three calls."""
    run(*given)
    times: list[float] = []
    while len(times) < 3 or (sum(times) < 0.2 and len(times) < 200):
        start = time.process_time()
        run(*given)
        times.append(time.process_time() - start)
    return sorted(times)[len(times) // 4]


if __name__ == "__main__":
    main()
