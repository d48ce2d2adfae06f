"""One convolution, six ways: time and memory over kernel, channels and image, and what "auto" costs.

    python benchmarks/convolution_ways.py [--rounds 15]      about eight minutes
    python benchmarks/convolution_ways.py --fit [--layers 150]

The first times forward, and forward with backward for x and w, of every way that applies, and of "auto",
in turn, in one process, one thread, float32; stride 1, padding that keeps the size. Loops in Python are
timed on one image, forward alone, where they take less than about ten seconds. The regret of "auto" is its
time over that of the best way, less one. Peak memory is what the forward pass allocates on top of its
arguments, its result included. Writes results/convolution_ways.json.

The second times every part of random layers of other sizes, whole and with strides, and fits the prices of
cnnmath/ops/conv_cost.py to them; it prints them, and how far the predictions are off.
"""

import argparse
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import side_by_side

SECONDS, SHORTEST, LEAST_ROUNDS = 4.0, 0.002, 3  # per layer and pass; of one reading of the clock
SLOWEST = 2e6  # products of one image: so many take a loop in Python about a second
MIB = 2**20
KERNELS = (1, 3, 5, 7, 9, 11, 15, 21, 31)
CHANNELS = (1, 4, 16, 64, 256)
SIZES = (4, 8, 16, 32, 64, 128)
Pass = Callable[[], Any]


class Layer(NamedTuple):
    """N images of size x size with C channels, O maps, kernels of kernel x kernel."""

    sweep: str
    images: int
    channels: int
    maps: int
    kernel: int
    size: int
    stride: int = 1

    @property
    def padding(self) -> int:
        return self.kernel // 2

    @property
    def options(self) -> dict[str, int]:
        return {"stride": self.stride, "padding": self.padding}

    @property
    def products(self) -> int:
        """Of the forward pass."""
        places = ((self.size + 2 * self.padding - self.kernel) // self.stride + 1) ** 2
        return self.images * self.maps * places * self.channels * self.kernel**2


LAYERS = (
    *(Layer("kernel", 8, 4, 4, kernel, 64) for kernel in KERNELS),
    *(Layer("channels", 4, count, count, 3, 28) for count in CHANNELS),
    *(Layer("size", 8, 16, 16, 3, size) for size in SIZES),
    Layer("other", 64, 1, 6, 5, 28),
    Layer("other", 64, 8, 16, 3, 4),
    Layer("other", 16, 3, 64, 3, 32),
    Layer("other", 16, 64, 3, 3, 32),
    Layer("other", 16, 64, 128, 1, 28),
    Layer("other", 16, 64, 128, 3, 32, 2),
    Layer("other", 4, 256, 256, 3, 5),
    Layer("other", 1, 128, 32, 3, 5),
    Layer("other", 64, 3, 32, 11, 32),
    Layer("other", 2, 3, 64, 7, 112, 2),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--layers", type=int, default=150)
    chosen = parser.parse_args()
    side_by_side.set_threads(1)
    if chosen.fit:
        print_fit(chosen.layers)
        return
    result: dict[str, Any] = {
        "what": "conv2d without bias, six ways: forward, and forward with backward for x and w",
        "dtype": "float32",
        "threads": 1,
        "machine": side_by_side.machine("numpy"),
        "rows": [],
    }
    print(f"{result['what']}; {result['dtype']}, one thread; ms, and peak MiB")
    for layer in LAYERS:
        result["rows"].append(row := measured(layer, chosen.rounds))
        print(line(row), flush=True)
    result["regret"] = regrets(result["rows"])
    print(summary(result["regret"]))
    side_by_side.write("convolution_ways.json", result)


def measured(layer: Layer, rounds: int) -> dict[str, Any]:
    """Times in microseconds and memory of one layer, by way."""
    arrays = drawn(layer)
    ways = applicable(layer, arrays)
    forward = {name: forward_pass(name, layer, *arrays[:2]) for name in ways}
    both = {name: both_passes(name, layer, *arrays) for name in ways}
    check_agreement(layer, both)
    return {
        **layer._asdict(),
        "forward_us": medians(forward, rounds) | loops(layer, *arrays[:2]),
        "both_us": medians(both, rounds),
        "peak_mib": {name: peak_mib(run) for name, run in forward.items() if name != "auto"},
    }


def drawn(layer: Layer) -> tuple[Any, Any, Any]:
    """x, w and dz; weights such that z has the size of x."""
    import numpy as np

    from cnnmath import conv2d_output_size

    rng = np.random.default_rng(0)
    output = conv2d_output_size((layer.size,) * 2, (layer.kernel,) * 2, **layer.options)
    shapes = (
        (layer.images, layer.channels, layer.size, layer.size),
        (layer.maps, layer.channels, layer.kernel, layer.kernel),
        (layer.images, layer.maps, *output),
    )
    x, w, dz = (rng.standard_normal(shape, np.float32) for shape in shapes)
    w *= np.float32(1 / np.sqrt(w[0].size))
    return x, w, dz


def applicable(layer: Layer, arrays: tuple[Any, Any, Any]) -> list[str]:
    from cnnmath.ops.conv_methods import METHODS
    from cnnmath.ops.windows import windows

    x, w, _ = arrays
    geometry = windows("conv2d", x.shape[2:], w.shape[2:], layer.stride, layer.padding)
    return ["auto", *(n for n, each in METHODS.items() if not each.refuses(geometry, x.dtype))]


def forward_pass(method: str, layer: Layer, x: Any, w: Any) -> Pass:
    from cnnmath import conv2d

    return lambda: conv2d(x, w, method=method, **layer.options)


def both_passes(method: str, layer: Layer, x: Any, w: Any, dz: Any) -> Pass:
    forward = forward_pass(method, layer, x, w)

    def run() -> list[Any]:
        z, backward = forward()
        return [z, *backward(dz)[:2]]

    return run


def check_agreement(layer: Layer, passes: dict[str, Pass]) -> None:
    """All ways give the same, to 1e-4 of the largest entry."""
    import numpy as np

    expected = passes["blocked"]()
    for name, run in passes.items():
        for quantity, mine, other in zip(("z", "dx", "dw"), run(), expected, strict=True):
            error = float(np.abs(mine - other).max() / np.abs(other).max())
            if not error < 1e-4:
                raise RuntimeError(f"{layer}: {quantity} by {name} is off by {error}")


def medians(passes: dict[str, Pass], rounds: int) -> dict[str, float]:
    """Microseconds, median over the rounds."""
    steps = {name: as_step(run) for name, run in passes.items()}
    seconds = {name: side_by_side.once(step) for name, step in steps.items()}
    repeats = max(1, round(SHORTEST / min(seconds.values())))
    fitting = int(SECONDS / (repeats * sum(seconds.values())))
    rounds = max(LEAST_ROUNDS, min(rounds, fitting))
    times = side_by_side.interleaved(
        steps, dict.fromkeys(steps, rounds), dict.fromkeys(steps, repeats)
    )
    return {name: round(statistics.median(each), 1) for name, each in times.items()}


def as_step(run: Pass) -> side_by_side.Step:
    return lambda _: run()


def loops(layer: Layer, x: Any, w: Any) -> dict[str, float]:
    """Loops in Python, one image, times the number of images."""
    import numpy as np

    from cnnmath.course.convolution_loops import four_loops, seven_loops

    if layer.stride > 1 or layer.products / layer.images > SLOWEST:
        return {}
    border = layer.padding
    image = np.pad(x[:1], ((0, 0), (0, 0), (border, border), (border, border)))
    bias, found = np.zeros(len(w), np.float32), {}
    for name, function in (("seven loops", seven_loops), ("four loops", four_loops)):
        start = time.perf_counter()
        function(image, w, bias)
        found[name] = round((time.perf_counter() - start) * 1e6 * layer.images, 1)
    return found


def peak_mib(run: Pass) -> float:
    """What NumPy allocates at most during the call."""
    tracemalloc.start()
    run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return round(peak / MIB, 3)


# ------------------------------------------------------------------------------------------ regret


def regrets(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Per pass: the median, the mean and the largest of auto's time over the best way's, less one; the same
    for always taking "blocked"."""
    found = {}
    for key in ("forward_us", "both_us"):
        for chosen in ("auto", "blocked"):
            each = [regret(row[key], chosen) for row in rows]
            found[f"{key.removesuffix('_us')}, {chosen}"] = {
                "median": round(statistics.median(each), 3),
                "mean": round(statistics.mean(each), 3),
                "largest": round(max(each), 3),
            }
    return found


def regret(times: dict[str, float], chosen: str) -> float:
    """Of the ways of the library, loops left out; below 0 where the clock was kinder to ``chosen``."""
    ways = [t for name, t in times.items() if name != "auto" and not name.endswith("loops")]
    return times[chosen] / min(ways) - 1


def summary(found: dict[str, dict[str, float]]) -> str:
    lines = [f"{'regret':20} {'median':>7} {'mean':>7} {'largest':>8}"]
    for name, each in found.items():
        numbers = f"{each['median']:7.1%} {each['mean']:7.1%} {each['largest']:8.1%}"
        lines.append(f"{name:20} {numbers}")
    return "\n".join(lines)


def line(row: dict[str, Any]) -> str:
    name = f"{row['images']}x{row['channels']}->{row['maps']}, {row['kernel']}x{row['kernel']}"
    name += f" on {row['size']}x{row['size']}" + (", stride 2" if row["stride"] > 1 else "")
    parts = [
        f"{way} {t / 1000:.2f}"
        + (f" ({row['peak_mib'][way]:.1f})" if way in row["peak_mib"] else "")
        for way, t in row["forward_us"].items()
    ]
    both = [f"{way} {t / 1000:.2f}" for way, t in row["both_us"].items()]
    return f"{row['sweep']:9} {name:34} {'; '.join(parts)}\n{'':44} both: {'; '.join(both)}"


# --------------------------------------------------------------------------------------------- fit


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
    from cnnmath.ops.conv_blocked import scattered_dx
    from cnnmath.ops.conv_methods import METHODS
    from cnnmath.ops.windows import windows

    x, w, dz = drawn(layer)
    geometry = windows("conv2d", x.shape[2:], w.shape[2:], layer.stride, layer.padding)
    counted = conv_cost.Layer(layer.images, layer.channels, layer.maps, geometry)
    for part, ways in conv_cost.COSTS.items():
        given = {"value": (x, w), "dx": (dz, w), "dw": (x, dz)}[part]
        for way, work in ways.items():
            if way == "scattered":
                yield way, part, work(counted), quickest(scattered_dx, *given, geometry)
            elif not METHODS[way].refuses(geometry, x.dtype):
                run = getattr(METHODS[way], part)
                yield way, part, work(counted), quickest(run, *given, geometry)


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
