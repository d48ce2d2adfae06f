"""Time and memory of conv2d: ours beside torch on the CPU, from digits to VGG.

    python benchmarks/conv2d.py [--threads 1] [--rounds 40]

Per shape a forward pass (with bias, torch recording for its backward, as ours always does), and
forward and backward for x, w and b; float32, one process, in turn, the same number of threads. Before
the clock starts, values and gradients must agree. A shape gets as many rounds as fit into ten
seconds, at least 7 and at most --rounds; short calls are repeated within a round. Peak memory is what
our forward allocates on top of its arguments, its result included. Prints a table and writes
results/conv2d.json.
"""

import time
import tracemalloc
from collections.abc import Callable
from typing import Any, NamedTuple

import side_by_side

SECONDS, SHORTEST = 10.0, 0.005  # per shape and pass; of one reading of the clock
LEAST_ROUNDS = 7
MIB = 2**20


class Shape(NamedTuple):
    name: str
    x: tuple[int, int, int, int]
    w: tuple[int, int, int, int]
    stride: int = 1
    padding: int = 0


SHAPES = (
    Shape("digits, first layer", (64, 1, 8, 8), (8, 1, 3, 3), 1, 1),
    Shape("digits, second layer", (64, 8, 4, 4), (16, 8, 3, 3), 1, 1),
    Shape("LeNet, first layer", (64, 1, 28, 28), (6, 1, 5, 5), 1, 2),
    Shape("LeNet, second layer", (64, 6, 14, 14), (16, 6, 5, 5)),
    Shape("64 maps, 32x32", (16, 64, 32, 32), (64, 64, 3, 3), 1, 1),
    Shape("stride 2", (16, 64, 32, 32), (128, 64, 3, 3), 2, 1),
    Shape("1x1", (16, 64, 28, 28), (128, 64, 1, 1)),
    Shape("VGG, 112x112", (4, 64, 112, 112), (64, 64, 3, 3), 1, 1),
    Shape("VGG, 56x56", (8, 128, 56, 56), (128, 128, 3, 3), 1, 1),
    Shape("VGG, 28x28", (8, 256, 28, 28), (256, 256, 3, 3), 1, 1),
    Shape("VGG, 14x14", (8, 512, 14, 14), (512, 512, 3, 3), 1, 1),
)
Pass = Callable[[], Any]


def main() -> None:
    chosen = side_by_side.options(__doc__, rounds=40)
    result = {
        "what": "conv2d with bias: forward, and forward with backward for x, w, b",
        "dtype": "float32",
        "threads": chosen.threads,
        "machine": side_by_side.machine("numpy", "torch"),
        "rows": [],
    }
    print(f"{result['what']}; {result['dtype']}, {chosen.threads} thread(s)\n{HEAD}")
    for shape in SHAPES:
        row = measured(shape, chosen.threads, chosen.rounds)
        result["rows"].append(row)
        print(line(row), flush=True)
    side_by_side.write("conv2d.json", result)


def measured(shape: Shape, threads: int, rounds: int) -> dict[str, Any]:
    arrays, dz = drawn(shape)
    ours, theirs = with_cnnmath(shape, arrays, dz), with_torch(shape, arrays, dz, threads)
    check_agreement(shape, ours[1](), theirs[1]())
    forward, both = (
        timed({"cnnmath": mine, "torch": other}, rounds)
        for mine, other in zip(ours, theirs, strict=True)
    )
    return {
        **shape._asdict(),
        "z": list(dz.shape),
        "forward": forward,
        "forward_and_backward": both,
        "forward_peak_mib": peak_mib(ours[0]),
        "arrays_mib": round(sum(a.nbytes for a in (*arrays, dz)) / MIB, 2),
    }


def drawn(shape: Shape) -> tuple[list, Any]:
    """x, w, b and dz; weights such that z has the size of x."""
    import numpy as np

    from cnnmath import conv2d_output_size

    rng = np.random.default_rng(0)
    options = {"stride": shape.stride, "padding": shape.padding}
    size = conv2d_output_size(shape.x[2:], shape.w[2:], **options)
    shapes = shape.x, shape.w, shape.w[:1], (shape.x[0], shape.w[0], *size)
    x, w, b, dz = (rng.standard_normal(s, np.float32) for s in shapes)
    w *= np.float32(1 / np.sqrt(w[0].size))
    return [x, w, b], dz


def with_cnnmath(shape: Shape, arrays: list, dz: Any) -> tuple[Pass, Pass]:
    from cnnmath import conv2d

    def forward() -> Any:
        return conv2d(*arrays, stride=shape.stride, padding=shape.padding)

    def forward_and_backward() -> list:
        z, backward = forward()
        return [z, *backward(dz)]

    return forward, forward_and_backward


def with_torch(shape: Shape, arrays: list, dz: Any, threads: int) -> tuple[Pass, Pass]:
    import torch

    torch.set_num_threads(threads)
    leaves = x, w, b = [torch.tensor(a, requires_grad=True) for a in arrays]
    upstream = torch.tensor(dz)

    def forward() -> Any:
        return torch.nn.functional.conv2d(x, w, b, shape.stride, shape.padding)

    def forward_and_backward() -> list:
        z = forward()
        gradients = torch.autograd.grad(z, leaves, upstream)
        return [tensor.detach().numpy() for tensor in (z, *gradients)]

    return forward, forward_and_backward


def check_agreement(shape: Shape, ours: list, theirs: list) -> None:
    """Values and gradients, to 1e-4 of the largest entry: sums of up to 50,000 float32 products."""
    import numpy as np

    for name, mine, other in zip(("z", "dx", "dw", "db"), ours, theirs, strict=True):
        error = float(np.abs(mine - other).max() / np.abs(other).max())
        if not (mine.dtype == other.dtype == np.float32 and error < 1e-4):
            raise RuntimeError(f"{shape.name}: {name} is off by {error}, {mine.dtype}")


def timed(passes: dict[str, Pass], rounds: int) -> dict[str, Any]:
    """Medians of both, and the median of their ratios."""
    seconds = {name: once(run) for name, run in passes.items()}
    repeats = max(1, round(SHORTEST / min(seconds.values())))
    fitting = int(SECONDS / (repeats * sum(seconds.values())))
    rounds = max(LEAST_ROUNDS, min(rounds, fitting))
    steps = {name: as_step(run) for name, run in passes.items()}
    rows = side_by_side.rows(side_by_side.interleaved(steps, rounds, repeats))
    return {"rounds": rounds, "steps_per_round": repeats, "rows": rows}


def as_step(run: Pass) -> side_by_side.Step:
    return lambda _: run()


def once(run: Pass) -> float:
    """Seconds of a call after two that warm up."""
    run(), run()
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def peak_mib(forward: Pass) -> float:
    """What NumPy allocates at most during the call."""
    tracemalloc.start()
    forward()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return round(peak / MIB, 2)


HEAD = (
    f"{'':21} {'forward: ours':>14} {'torch':>9} {'ratio':>6} "
    f"{'both: ours':>11} {'torch':>9} {'ratio':>6} {'peak MiB':>9} {'arrays':>7}   (ms)"
)


def line(row: dict[str, Any]) -> str:
    def parts(one: dict[str, Any], width: int) -> str:
        ours, theirs = one["rows"]
        times = f"{ours['median_us'] / 1000:{width}.3f} {theirs['median_us'] / 1000:9.3f}"
        return f"{times} {theirs['cnnmath_time_over_this']:6.2f}"

    return (
        f"{row['name']:21} {parts(row['forward'], 14)} {parts(row['forward_and_backward'], 11)} "
        f"{row['forward_peak_mib']:9.2f} {row['arrays_mib']:7.2f}"
    )


if __name__ == "__main__":
    main()
