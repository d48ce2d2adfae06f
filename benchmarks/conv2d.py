"""Time and memory of conv2d: ours beside torch on the CPU, from digits to VGG.

    python benchmarks/conv2d.py [--threads 1] [--rounds 40] [--save] [SHAPE ...]

Per shape a forward pass (with bias, torch recording for its backward, as ours always does), and
forward and backward for x, w and b; float32, one process, in turn, the same number of threads. Before
the clock starts, values and gradients must agree. In turn with the forward passes runs what the
machine does best: float32 products of square matrices. The fastest size is its rate, and the share of
it that a forward pass reaches counts 2 operations per product of the definition and nothing else.
Peak memory is what our forward allocates on top of its arguments, its result included. Prints a
table; --save writes results/conv2d.json. Where the time of one shape goes: profile_conv2d.py.
"""

import tracemalloc
from collections.abc import Callable
from typing import Any, NamedTuple

import side_by_side
from side_by_side import Step

SQUARES = (512, 1024, 2048)  # sizes of the matrices that the machine's rate is taken from
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
    chosen = side_by_side.options(__doc__, rounds=40, names=[shape.name for shape in SHAPES])
    result = {
        "what": "conv2d with bias: forward, and forward with backward for x, w, b",
        "dtype": "float32",
        "threads": chosen.threads,
        "machine": side_by_side.machine("numpy", "torch"),
        "rows": [],
    }
    print(f"{result['what']}; {result['dtype']}, {chosen.threads} thread(s)\n{HEAD}")
    for shape in side_by_side.among(SHAPES, chosen.names):
        row = measured(shape, chosen.threads, chosen.rounds)
        result["rows"].append(row)
        print(line(row), flush=True)
    if chosen.save:
        side_by_side.write("conv2d.json", result)


def measured(shape: Shape, threads: int, rounds: int) -> dict[str, Any]:
    arrays, dz = drawn(shape)
    ours, theirs = with_cnnmath(shape, arrays, dz), with_torch(shape, arrays, dz, threads)
    check_agreement(shape, ours[1](), theirs[1]())
    forward, both = (
        {"cnnmath": as_step(mine), "torch": as_step(other)}
        for mine, other in zip(ours, theirs, strict=True)
    )
    products = {f"{size}x{size}": square_product(size) for size in SQUARES}
    timed = side_by_side.timed({**forward, **products}, rounds)
    timed["rows"], squares = timed["rows"][:2], timed["rows"][2:]
    return {
        **shape._asdict(),
        "z": list(dz.shape),
        "forward": timed,
        "forward_and_backward": side_by_side.timed(both, rounds),
        "gemm": rate(squares),
        "forward_gflops": {r["name"]: gflops(operations(shape), r) for r in timed["rows"]},
        "forward_peak_mib": peak_mib(ours[0]),
        "arrays_mib": round(sum(a.nbytes for a in (*arrays, dz)) / MIB, 2),
    }


def square_product(size: int) -> Step:
    """One product of float32 matrices into a third one."""
    import numpy as np

    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((size, size), np.float32) for _ in range(2))
    product = np.empty_like(a)
    return lambda _: np.matmul(a, b, out=product)


def rate(squares: list[dict[str, Any]]) -> dict[str, Any]:
    """The fastest of the square products."""
    found = {size: gflops(2 * size**3, row) for size, row in zip(SQUARES, squares, strict=True)}
    best = max(SQUARES, key=lambda size: found[size])
    return {"size": best, "gflops": found[best]}


def operations(shape: Shape) -> int:
    """2 N O I J C P Q: a product and a sum per weight that meets an output entry."""
    from cnnmath import conv2d_output_size

    i, j = conv2d_output_size(shape.x[2:], shape.w[2:], stride=shape.stride, padding=shape.padding)
    o, c, p, q = shape.w
    return 2 * shape.x[0] * o * i * j * c * p * q


def gflops(count: int, row: dict[str, Any]) -> float:
    return round(count / row["median_us"] / 1000, 2)


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


def as_step(run: Pass) -> Step:
    return lambda _: run()


def peak_mib(forward: Pass, digits: int = 2) -> float:
    """What NumPy allocates at most during the call."""
    tracemalloc.start()
    forward()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return round(peak / MIB, digits)


HEAD = (
    f"{'':21} {'forward: ours':>14} {'torch':>9} {'ratio':>6} "
    f"{'both: ours':>11} {'torch':>9} {'ratio':>6} "
    f"{'GEMM GFLOP/s':>13} {'ours':>5} {'torch':>6} {'peak MiB':>9} {'arrays':>7}   (ms)"
)


def line(row: dict[str, Any]) -> str:
    def parts(one: dict[str, Any], width: int) -> str:
        ours, theirs = one["rows"]
        times = f"{ours['median_us'] / 1000:{width}.3f} {theirs['median_us'] / 1000:9.3f}"
        return f"{times} {theirs['cnnmath_time_over_this']:6.2f}"

    gemm, reached = row["gemm"]["gflops"], row["forward_gflops"]
    return (
        f"{row['name']:21} {parts(row['forward'], 14)} {parts(row['forward_and_backward'], 11)} "
        f"{gemm:13.1f} {reached['cnnmath'] / gemm:5.0%} {reached['torch'] / gemm:6.0%} "
        f"{row['forward_peak_mib']:9.2f} {row['arrays_mib']:7.2f}"
    )


if __name__ == "__main__":
    main()
