"""benchmarks/conv2d.py: operations, rates, agreement, the printed line."""

import numpy as np
import pytest

from cnnmath import conv2d as op


@pytest.fixture
def conv2d(benchmark):
    return benchmark("conv2d")


def row(name, microseconds, ratio=1.0):
    return {"name": name, "median_us": microseconds, "cnnmath_time_over_this": ratio}


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 1), (2, 1)])
def test_operations_are_two_per_product_of_the_definition(conv2d, stride, padding):
    """A convolution of ones by ones without padding counts its products."""
    shape = conv2d.Shape("small", (2, 3, 7, 6), (4, 3, 3, 2), stride, padding)
    x = np.pad(np.ones(shape.x), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    z, _ = op(np.ones_like(x), np.ones(shape.w), stride=stride)
    assert conv2d.operations(shape) == 2 * z.sum()


def test_rate_is_that_of_the_fastest_size(conv2d):
    count = [2 * size**3 for size in conv2d.SQUARES]
    times = [
        count[0] / 50e3,
        count[1] / 80e3,
        count[2] / 70e3,
    ]  # microseconds at 50, 80, 70 GFLOP/s
    squares = [row("", time) for time in times]
    assert conv2d.rate(squares) == {"size": conv2d.SQUARES[1], "gflops": 80.0}


def test_the_square_product_is_one(conv2d):
    product = conv2d.square_product(3)(0)
    assert product.shape == (3, 3)
    assert product.dtype == np.float32
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((3, 3), np.float32) for _ in range(2))
    assert np.array_equal(product, a @ b)


@pytest.mark.parametrize("k", range(4), ids=["z", "dx", "dw", "db"])
def test_other_results_are_refused(conv2d, k):
    shape = conv2d.Shape("small", (2, 3, 7, 6), (4, 3, 3, 2), 1, 1)
    arrays, dz = conv2d.drawn(shape)
    _, both = conv2d.with_cnnmath(shape, arrays, dz)
    ours, theirs = both(), both()
    conv2d.check_agreement(shape, ours, theirs)
    theirs[k] = -theirs[k]
    with pytest.raises(RuntimeError, match=f"small: {('z', 'dx', 'dw', 'db')[k]} is off by 2"):
        conv2d.check_agreement(shape, ours, theirs)


def test_results_in_float64_are_refused(conv2d):
    a = np.ones(3)
    shape = conv2d.Shape("small", (), ())
    with pytest.raises(RuntimeError, match=r"small: z is off by 0\.0, float64"):
        conv2d.check_agreement(shape, [a] * 4, [a] * 4)


def test_a_shape_is_measured_beside_torch(conv2d, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(conv2d, "SQUARES", (8, 16))
    monkeypatch.setattr("side_by_side.SHORTEST", 1e-6)
    shape = conv2d.Shape("small", (2, 3, 7, 6), (4, 3, 3, 2), 2, 1)
    found = conv2d.measured(shape, threads=1, rounds=2)
    assert found["z"] == [2, 4, 4, 4]
    for each in ("forward", "forward_and_backward"):
        assert [r["name"] for r in found[each]["rows"]] == ["cnnmath", "torch"]
    ours, theirs = found["forward"]["rows"]
    count = conv2d.operations(shape)
    wanted = {r["name"]: round(count / r["median_us"] / 1000, 2) for r in (ours, theirs)}
    assert found["forward_gflops"] == wanted
    assert found["gemm"]["size"] in (8, 16)
    assert found["forward_peak_mib"] >= round(2 * 4 * 4 * 4 * 4 / 2**20, 2)


def test_line(conv2d):
    passes = {"rows": [row("cnnmath", 1500.0), row("torch", 1000.0, 1.5)]}
    found = {
        "name": "small",
        "forward": passes,
        "forward_and_backward": passes,
        "gemm": {"size": 512, "gflops": 80.0},
        "forward_gflops": {"cnnmath": 40.0, "torch": 60.0},
        "forward_peak_mib": 3.0,
        "arrays_mib": 1.25,
    }
    printed = conv2d.line(found).split()
    assert printed == "small 1.500 1.000 1.50 1.500 1.000 1.50 80.0 50% 75% 3.00 1.25".split()
    assert len(conv2d.line(found)) <= len(conv2d.HEAD)
