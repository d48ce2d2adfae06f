"""Max, mean and sum pooling against torch on random configurations: values and gradients."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from cnnmath import max_pool2d, mean_pool2d, sum_pool2d

torch = pytest.importorskip("torch", reason="peer: torch")
functional = torch.nn.functional

BLOCK, BLOCKS = 40, 10  # 400 configurations for each of three ops
LARGEST = 6.0  # of the normal numbers: a
each_dtype = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
each_block = pytest.mark.parametrize("number", range(BLOCKS))


class Pool(NamedTuple):
    x: tuple[int, ...]
    size: tuple[int, int]
    stride: tuple[int, int] | None
    padding: tuple[int, int]


def pairs(rng: Any, low: int, high: int) -> tuple[int, int]:
    """Two numbers low..high."""
    a, b = rng.integers(low, high + 1, 2)
    return int(a), int(b)


def configuration(index: int) -> Pool:
    """Windows 1..4, strides 1..4 or none given, padding up to half the window; drawn until it fits."""
    rng = np.random.default_rng([2027, index])
    while True:
        n, c = pairs(rng, 1, 4)
        image, size, stride = pairs(rng, 1, 11), pairs(rng, 1, 4), pairs(rng, 1, 4)
        padding = int(rng.integers(0, size[0] // 2 + 1)), int(rng.integers(0, size[1] // 2 + 1))
        if all(p <= u + 2 * z for p, u, z in zip(size, image, padding, strict=True)):
            return Pool((n, c, *image), size, stride if rng.integers(5) else None, padding)


def torch_mean(x: Any, size: Any, stride: Any, padding: Any) -> Any:
    return functional.avg_pool2d(x, size, stride, padding, count_include_pad=True)


def torch_sum(x: Any, size: Any, stride: Any, padding: Any) -> Any:
    return functional.avg_pool2d(x, size, stride, padding, divisor_override=1)


POOLS = {
    "max_pool2d": (max_pool2d, functional.max_pool2d),
    "mean_pool2d": (mean_pool2d, torch_mean),
    "sum_pool2d": (sum_pool2d, torch_sum),
}
each_pool = pytest.mark.parametrize("name", POOLS)


def compared(name: str, case: Pool, draw: Callable[..., Any]) -> list[tuple[Any, Any]]:
    """Ours and torch's: y, then dx for a drawn dy."""
    op, peer = POOLS[name]
    x = draw(*case.x)
    leaf = torch.tensor(x, requires_grad=True)
    theirs = peer(leaf, case.size, case.stride, case.padding)
    dy = draw(*theirs.shape)
    theirs.backward(torch.tensor(dy))
    y, backward = op(x, case.size, stride=case.stride, padding=case.padding)
    both = [(y, theirs.detach().numpy()), (*backward(dy), leaf.grad.numpy())]
    for mine, other in both:
        assert mine.shape == other.shape
        assert mine.dtype == other.dtype == x.dtype
    return both


def whole(index: int, dtype: Any, times: int = 1) -> Callable[..., Any]:
    """Entries -3..3 (times ...): most windows have ties."""
    rng = np.random.default_rng(index)
    return lambda *shape: (times * rng.integers(-3, 4, shape)).astype(dtype)


def block(number: int) -> range:
    return range(number * BLOCK, (number + 1) * BLOCK)


@each_dtype
@each_block
@each_pool
def test_whole_numbers_give_equal_results(name, number, dtype):
    """Multiples of 144 for the mean: every P Q divides them, and no order of summation rounds."""
    for index in block(number):
        case = configuration(index)
        for ours, theirs in compared(name, case, whole(index, dtype, 144)):
            assert np.array_equal(ours, theirs), (index, case)


@each_dtype
@each_block
@each_pool
def test_normal_numbers_give_close_results(name, number, dtype):
    """A sum of at most m = P Q entries of size <= a, each or all divided, is off by (m + 1) u m a."""
    for index in block(number):
        case = configuration(index)
        rng = np.random.default_rng(index)
        m = case.size[0] * case.size[1]
        allowed = (m + 1) * np.finfo(dtype).eps * m * LARGEST  # both are off, eps = 2 u
        if dtype == np.float64:
            allowed = min(allowed, 1e-12)

        def draw(*shape, rng=rng):
            return np.clip(rng.standard_normal(shape), -LARGEST, LARGEST).astype(dtype)

        for ours, theirs in compared(name, case, draw):
            assert np.abs(ours - theirs).max() <= allowed, (index, case)


@each_dtype
def test_nan_and_infinity_in_max_pooling(dtype):
    """Also which of several NaN takes the gradient: the last, in torch as here."""
    values = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0], dtype)
    for index in range(200):
        case = configuration(index)
        x = np.random.default_rng(index).choice(values, case.x)
        leaf = torch.tensor(x, requires_grad=True)
        theirs = functional.max_pool2d(leaf, case.size, case.stride, case.padding)
        theirs.sum().backward()
        y, backward = max_pool2d(x, case.size, stride=case.stride, padding=case.padding)
        assert np.array_equal(y, theirs.detach().numpy(), equal_nan=True), (index, case)
        assert np.array_equal(backward(1)[0], leaf.grad.numpy()), (index, case)


def test_the_configurations_are_of_every_kind():
    cases = [configuration(index) for index in range(BLOCKS * BLOCK)]
    assert len(set(cases)) >= 300
    kinds = {
        "overlap": [case.stride is not None and case.stride[0] < case.size[0] for case in cases],
        "gaps": [case.stride is not None and case.stride[0] > case.size[0] for case in cases],
        "stride is the size": [case.stride is None for case in cases],
        "border": [max(case.padding) > 0 for case in cases],
        "window not square": [case.size[0] != case.size[1] for case in cases],
        "tie": [has_tie(index, case) for index, case in enumerate(cases)],
    }
    for kind, found in kinds.items():
        assert 50 < sum(found) < len(cases) - 50, kind


def has_tie(index: int, case: Pool) -> bool:
    """Some window without border has its maximum twice."""
    x = whole(index, np.float64)(*case.x)
    if any(p > u for p, u in zip(case.size, case.x[2:], strict=True)):
        return False
    seen = np.lib.stride_tricks.sliding_window_view(x, case.size, axis=(2, 3))
    largest = seen == seen.max(axis=(4, 5), keepdims=True)
    return bool((largest.sum(axis=(4, 5)) > 1).any())
