"""Convolution against torch on random configurations: values and gradients.

``python tests/peers/test_conv_peers.py`` prints how many configurations there are and the worst
differences. Three draws of numbers per configuration: normal float64, normal float32, and whole
numbers in both, which no order of summation rounds, so that they must be equal.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from cnnmath import conv2d

torch = pytest.importorskip("torch", reason="peer: torch")
functional = torch.nn.functional

BLOCK, BLOCKS = 40, 20  # 800 configurations
NAMES, DTYPES = ("z", "dx", "dw", "db"), (np.float64, np.float32)


class Difference(NamedTuple):
    """One array: ours and torch's, and per entry the sum of the absolute values of its terms."""

    ours: Any
    theirs: Any
    magnitude: Any
    terms: int

    @property
    def relative(self) -> float:
        """Largest difference by largest entry."""
        return float(np.abs(self.ours - self.theirs).max() / max(np.abs(self.theirs).max(), 1e-30))

    @property
    def share(self) -> float:
        """Worst entry's difference as a share of what rounding allows.

        A sum of m products, in any order and with or without fused operations, is off by at most
        m u/(1 - m u) times the sum of absolute values, u = eps/2; two such sums by twice that. One
        more for the bias, and one for good measure of the denominator: (m + 2) eps.
        """
        allowed = (self.terms + 2) * np.finfo(self.ours.dtype).eps * self.magnitude
        apart = np.abs(self.ours.astype(np.float64) - self.theirs)
        return float(np.where(apart == 0, 0, apart / np.maximum(allowed, 1e-300)).max())


class Conv(NamedTuple):
    x: tuple[int, ...]
    w: tuple[int, ...]
    bias: bool
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]

    @property
    def options(self) -> dict[str, tuple[int, int]]:
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}


def pairs(rng: Any, low: int, high: int) -> tuple[int, int]:
    """Two numbers low..high."""
    a, b = rng.integers(low, high + 1, 2)
    return int(a), int(b)


def configuration(index: int) -> Conv:
    """Kernels 1..5, strides 1..4, paddings 0..3, dilations 1..3, per axis; drawn until it fits."""
    rng = np.random.default_rng([2026, index])
    while True:
        n, c, o = (int(k) for k in rng.integers(1, 6, 3))
        size, kernel = pairs(rng, 1, 13), pairs(rng, 1, 5)
        stride, padding, dilation = pairs(rng, 1, 4), pairs(rng, 0, 3), pairs(rng, 1, 3)
        spans = [g * (p - 1) + 1 for g, p in zip(dilation, kernel, strict=True)]
        if all(s <= u + 2 * z for s, u, z in zip(spans, size, padding, strict=True)):
            bias = bool(rng.integers(2))
            return Conv((n, c, *size), (o, c, *kernel), bias, stride, padding, dilation)


def arrays_of(case: Conv, draw: Callable[..., Any]) -> list[Any]:
    return [draw(*case.x), draw(*case.w), draw(case.w[0]) if case.bias else None]


def ours(case: Conv, arrays: list[Any], dz: Any) -> list[Any]:
    z, backward = conv2d(*arrays, **case.options)
    return [z, *backward(dz)]


def torchs(case: Conv, arrays: list[Any], dz: Any) -> list[Any]:
    leaves = [None if a is None else torch.tensor(a, requires_grad=True) for a in arrays]
    z = functional.conv2d(*leaves, **case.options)
    z.backward(torch.tensor(dz))
    return [z.detach().numpy(), *(None if leaf is None else leaf.grad.numpy() for leaf in leaves)]


def output_shape(case: Conv) -> tuple[int, ...]:
    x, w = torch.empty(case.x, device="meta"), torch.empty(case.w, device="meta")
    return tuple(functional.conv2d(x, w, **case.options).shape)


def differences(case: Conv, draw: Callable[..., Any]) -> dict[str, Difference]:
    """z, dx, dw, db; the magnitudes are the same op on absolute values, in float64."""
    arrays, dz = arrays_of(case, draw), draw(*output_shape(case))
    absolute = [None if a is None else np.abs(a).astype(np.float64) for a in arrays]
    magnitudes = torchs(case, absolute, np.abs(dz).astype(np.float64))
    (_, c, p, q), (n, o, i, j) = case.w, dz.shape
    terms = [c * p * q, o * p * q, n * i * j, n * i * j]
    rows = zip(ours(case, arrays, dz), torchs(case, arrays, dz), magnitudes, terms, strict=True)
    return {
        name: Difference(*row) for name, row in zip(NAMES, rows, strict=True) if row[0] is not None
    }


def normal(rng: Any, dtype: Any) -> Callable[..., Any]:
    return lambda *shape: rng.standard_normal(shape).astype(dtype)


def whole(rng: Any, dtype: Any) -> Callable[..., Any]:
    return lambda *shape: rng.integers(-3, 4, shape).astype(dtype)


def block(number: int) -> range:
    return range(number * BLOCK, (number + 1) * BLOCK)


def assert_alike(difference: Difference, dtype: Any) -> None:
    assert difference.ours.shape == difference.theirs.shape
    assert difference.ours.dtype == difference.theirs.dtype == dtype


@pytest.mark.parametrize("dtype", DTYPES, ids=["float64", "float32"])
@pytest.mark.parametrize("number", range(BLOCKS))
def test_convolution(number, dtype):
    for index in block(number):
        case = configuration(index)
        draw = normal(np.random.default_rng(index), dtype)
        for name, difference in differences(case, draw).items():
            assert_alike(difference, dtype)
            assert difference.share <= 1, (name, index, case)
            assert dtype == np.float32 or difference.relative <= 1e-12, (name, index, case)


@pytest.mark.parametrize("dtype", DTYPES, ids=["float64", "float32"])
@pytest.mark.parametrize("number", range(BLOCKS))
def test_convolution_of_whole_numbers_is_equal(number, dtype):
    for index in block(number):
        case = configuration(index)
        draw = whole(np.random.default_rng(index), dtype)
        for name, difference in differences(case, draw).items():
            assert_alike(difference, dtype)
            assert np.array_equal(difference.ours, difference.theirs), (name, index, case)


def test_the_configurations_are_of_every_kind():
    cases = [configuration(index) for index in range(BLOCKS * BLOCK)]
    assert len(set(cases)) == len(cases) >= 600
    for axis in (0, 1):
        assert {case.stride[axis] for case in cases} == {1, 2, 3, 4}
        assert {case.padding[axis] for case in cases} == {0, 1, 2, 3}
        assert {case.dilation[axis] for case in cases} == {1, 2, 3}
        assert {case.w[2 + axis] for case in cases} == {1, 2, 3, 4, 5}
    remainders = [
        (case.x[2] + 2 * case.padding[0] - case.dilation[0] * (case.w[2] - 1) - 1) % case.stride[0]
        for case in cases
    ]
    kinds = {
        "bias": [case.bias for case in cases],
        "kernel not square": [case.w[2] != case.w[3] for case in cases],
        "even kernel": [case.w[2] % 2 == 0 for case in cases],
        "rows left over": [r > 0 for r in remainders],
        "stride and dilation": [min(case.stride[0], case.dilation[0]) > 1 for case in cases],
        "border wider than the kernel": [case.padding[0] >= case.w[2] for case in cases],
        "one channel": [case.x[1] == 1 for case in cases],
        "one sample": [case.x[0] == 1 for case in cases],
    }
    for kind, found in kinds.items():
        assert 50 < sum(found) < len(cases) - 50, kind


def test_the_comparison_can_fail():
    right = np.array([1.0, 2.0], np.float32)
    eps = np.finfo(np.float32).eps
    assert Difference(right, right * (1 + 2 * eps), right.astype(np.float64), 1).share <= 1
    assert Difference(right, right * (1 + 8 * eps), right.astype(np.float64), 1).share > 1
    assert Difference(right + 1e-3, right, right, 1).relative > 1e-4


# ---------------------------------------------------------------------------------------- report


def report() -> str:
    """Configurations and worst differences, as lines of text."""
    lines = []
    for dtype in DTYPES:
        worst: dict[str, tuple[float, float]] = {}
        equal = arrays = 0
        for index in range(BLOCKS * BLOCK):
            case = configuration(index)
            for name, d in differences(case, normal(np.random.default_rng(index), dtype)).items():
                relative, share = worst.get(name, (0.0, 0.0))
                worst[name] = max(relative, d.relative), max(share, d.share)
            for d in differences(case, whole(np.random.default_rng(index), dtype)).values():
                arrays, equal = arrays + 1, equal + np.array_equal(d.ours, d.theirs)
        found = ", ".join(f"{name} {r:.1e} ({s:.2f})" for name, (r, s) in worst.items())
        lines.append(
            f"conv2d {np.dtype(dtype)}: {BLOCKS * BLOCK} configurations; worst relative difference "
            f"(share of what rounding allows): {found}; whole numbers: {equal} of {arrays} arrays equal"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
