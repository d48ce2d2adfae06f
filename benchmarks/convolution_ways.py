"""One convolution, six ways: time and memory over kernel, channels and image, and what "auto" costs.

    python benchmarks/convolution_ways.py [--rounds 15] [--save] [SWEEP ...]

Forward, and forward with backward for x and w, by every way that applies and by "auto", in turn, in one
process, float32; stride 1 but for two layers, padding that keeps the size. Loops in Python are timed on one
image, forward alone, where they make at most SLOWEST products. The regret of "auto" is its time over that of
the best way, less one. Peak memory is what the forward pass allocates on top of its arguments, its result
included. Prints a line per layer and pass, and the regret; --save writes results/convolution_ways.json.
"""

import statistics
import time
from typing import Any, NamedTuple

import conv2d
import side_by_side
from conv2d import Pass, Shape

SECONDS, SHORTEST, LEAST_ROUNDS = 4.0, 0.002, 3  # per layer and pass; of one reading of the clock
SLOWEST = 2e6  # products of one image: so many take a loop in Python some seconds
SWEEPS = ("kernel", "channels", "size", "other")
KERNELS = (1, 3, 5, 7, 9, 11, 15, 21, 31)
CHANNELS = (1, 4, 16, 64, 256)
SIZES = (4, 8, 16, 32, 64, 128)


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
    def shape(self) -> Shape:
        x = (self.images, self.channels, self.size, self.size)
        w = (self.maps, self.channels, self.kernel, self.kernel)
        return Shape(self.sweep, x, w, self.stride, self.padding)

    @property
    def windows(self) -> Any:
        from cnnmath.ops.windows import windows

        return windows("conv2d", (self.size,) * 2, (self.kernel,) * 2, self.stride, self.padding)

    @property
    def products(self) -> int:
        """Of the forward pass."""
        return conv2d.operations(self.shape) // 2


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
    chosen = side_by_side.options(__doc__, rounds=15, names=SWEEPS)
    result: dict[str, Any] = {
        "what": "conv2d without bias, six ways: forward, and forward with backward for x and w",
        "dtype": "float32",
        "threads": chosen.threads,
        "machine": side_by_side.machine("numpy"),
        "rows": [],
    }
    print(f"{result['what']}; {result['dtype']}, {chosen.threads} thread(s); ms, and peak MiB")
    for layer in LAYERS:
        if layer.sweep in (chosen.names or SWEEPS):
            result["rows"].append(row := measured(layer, chosen.rounds))
            print(line(row), flush=True)
    result["regret"] = regrets(result["rows"])
    print(summary(result["regret"]))
    if chosen.save:
        side_by_side.write("convolution_ways.json", result)


def measured(layer: Layer, rounds: int) -> dict[str, Any]:
    """Times in microseconds and memory of one layer, by way."""
    arrays = drawn(layer)
    ways = ["auto", *applicable(layer, arrays)]
    forward = {name: forward_pass(name, layer, *arrays[:2]) for name in ways}
    both = {name: both_passes(name, layer, *arrays) for name in ways}
    check_agreement(layer, both)
    return {
        **layer._asdict(),
        "forward_us": medians(forward, rounds) | loops(layer, *arrays[:2]),
        "both_us": medians(both, rounds),
        "peak_mib": {
            name: conv2d.peak_mib(run, digits=3) for name, run in forward.items() if name != "auto"
        },
    }


def drawn(layer: Layer) -> tuple[Any, Any, Any]:
    """x, w and dz."""
    (x, w, _), dz = conv2d.drawn(layer.shape)
    return x, w, dz


def applicable(layer: Layer, arrays: tuple[Any, Any, Any]) -> list[str]:
    from cnnmath.ops.conv_methods import METHODS

    x, _, _ = arrays
    return [n for n, each in METHODS.items() if not each.refuses(layer.windows, x.dtype)]


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
    steps = {name: conv2d.as_step(run) for name, run in passes.items()}
    seconds = {name: side_by_side.once(step) for name, step in steps.items()}
    repeats = max(1, round(SHORTEST / min(seconds.values())))
    fitting = int(SECONDS / (repeats * sum(seconds.values())))
    rounds = max(LEAST_ROUNDS, min(rounds, fitting))
    times = side_by_side.interleaved(
        steps, dict.fromkeys(steps, rounds), dict.fromkeys(steps, repeats)
    )
    return {name: round(statistics.median(each), 1) for name, each in times.items()}


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


if __name__ == "__main__":
    main()
