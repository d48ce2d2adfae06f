"""The methods of conv2d: all the same sums, whatever the block size; what does not apply is refused.

That each is the definition, and its backward the derivative, is shown on symbols (tests/proof).
"""

import tracemalloc
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from cnnmath import conv2d, conv2d_output_size
from cnnmath.ops import conv_blocked
from cnnmath.ops.conv_methods import METHODS


def whole(rng, *shape):
    return rng.integers(-9, 10, shape).astype(np.float64)


def configurations(count, seed=0, kernel=None):
    """Random calls: sizes, strides, paddings (wider than the kernel too), dilations, remainders."""
    rng = np.random.default_rng(seed)
    while count:
        n, c, o, p, q = rng.integers(1, 4, 5)
        if kernel is not None:
            p = q = kernel
        u, v = rng.integers(1, 9, 2)
        pairs = rng.integers(1, 4, 2), rng.integers(0, 4, 2), rng.integers(1, 3, 2)
        stride, padding, dilation = (tuple(map(int, pair)) for pair in pairs)
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        spans = [g * (k - 1) + 1 for g, k in zip(dilation, (p, q), strict=True)]
        if any(s > e + 2 * z for s, e, z in zip(spans, (u, v), padding, strict=True)):
            continue
        count -= 1
        dz = whole(rng, n, o, *conv2d_output_size((int(u), int(v)), (int(p), int(q)), **options))
        yield whole(rng, n, c, u, v), whole(rng, o, c, p, q), whole(rng, o), dz, options


def results(method, x, w, b, dz, options):
    z, backward = conv2d(x, w, b, method=method, **options)
    return [z, *backward(dz)]


@pytest.mark.parametrize("block", [1, 500, 2**18])
def test_whole_numbers_give_the_same_numbers_block_by_block(block, monkeypatch):
    monkeypatch.setattr(conv_blocked, "BLOCK_BYTES", block)
    monkeypatch.setattr(conv_blocked, "COLUMNS", 1)
    monkeypatch.setattr(conv_blocked, "SHARES_BYTES", block)
    for *arrays, options in configurations(150):
        assert_same("blocked", arrays, options, np.testing.assert_array_equal)


@pytest.mark.parametrize("method", ["fft", "winograd"])
def test_whole_numbers_give_the_same_numbers_up_to_rounding(method):
    for x, w, b, dz, options in configurations(150, kernel=3 if method == "winograd" else None):
        only = {**options, "stride": 1, "dilation": 1}
        size = conv2d_output_size(x.shape[2:], w.shape[2:], **only)
        dz = np.resize(dz, (*dz.shape[:2], *size))
        assert_same(method, [x, w, b, dz], only, partial(np.testing.assert_allclose, atol=1e-11))


def assert_same(method, arrays, options, compare):
    expected = results("im2col", *arrays, options)
    for one, other in zip(results(method, *arrays, options), expected, strict=True):
        assert one.flags.c_contiguous
        compare(one, other)


@pytest.mark.parametrize("block", [1, 300])
def test_a_gradient_that_forgets_a_block_is_seen(block, monkeypatch):
    """The test above would notice: with blocks of one row the last block alone is not the sum."""
    monkeypatch.setattr(conv_blocked, "BLOCK_BYTES", block)
    monkeypatch.setattr(conv_blocked, "COLUMNS", 1)
    monkeypatch.setattr(conv_blocked, "SHARES_BYTES", block)
    copies = conv_blocked._copies
    monkeypatch.setattr(conv_blocked, "_copies", lambda *given: list(copies(*given))[-1:])
    rng = np.random.default_rng(0)
    x, w, dz = whole(rng, 3, 2, 5, 5), whole(rng, 2, 2, 3, 3), whole(rng, 3, 2, 3, 3)
    wrong = conv2d(x, w, method="blocked")[1](dz)[1]
    assert not np.array_equal(wrong, conv2d(x, w, method="im2col")[1](dz)[1])


def test_peak_memory_is_that_of_a_block_not_of_the_patch_matrix():
    """Copies of one image at a time, where im2col copies all images nine times."""
    x, w = np.zeros((16, 8, 32, 32), np.float32), np.zeros((8, 8, 3, 3), np.float32)
    peaks = {}
    for method in ("blocked", "im2col"):
        tracemalloc.start()
        conv2d(x, w, method=method, padding=1)
        peaks[method] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peaks["im2col"] > 9 * x.nbytes
    assert peaks["blocked"] < 4 * x.nbytes


@pytest.mark.parametrize("method", ["Blocked", "", None, 1, "fourier", ["auto"]])
def test_unknown_methods_are_refused(method):
    x, w = np.zeros((1, 1, 3, 3)), np.zeros((1, 1, 2, 2))
    names = 'wanted one of "auto", "blocked", "im2col", "fft", "winograd"$'
    with pytest.raises(ValueError, match=f"conv2d: method is .*; {names}"):
        conv2d(x, w, method=method)


BY_3 = "winograd' wants 3x3 kernels, stride 1, dilation 1; got"
PLAIN = "fft' wants stride 1, dilation 1; got"
ALL_SIZES = '; these apply: "auto", "blocked", "im2col"'


@pytest.mark.parametrize(
    ("method", "kernel", "options", "message"),
    [
        ("winograd", 3, {"stride": 2}, rf"{BY_3} stride \(2, 2\){ALL_SIZES}$"),
        ("winograd", 3, {"stride": (1, 2)}, rf"{BY_3} stride \(1, 2\){ALL_SIZES}$"),
        ("winograd", 3, {"dilation": (2, 1)}, rf"{BY_3} dilation \(2, 1\){ALL_SIZES}$"),
        ("winograd", 5, {}, rf'{BY_3} kernel \(5, 5\){ALL_SIZES}, "fft"$'),
        ("winograd", 2, {"stride": 2}, rf"{BY_3} kernel \(2, 2\){ALL_SIZES}$"),
        ("fft", 3, {"stride": (2, 1)}, rf"{PLAIN} stride \(2, 1\){ALL_SIZES}$"),
        ("fft", 3, {"dilation": (1, 3)}, rf"{PLAIN} dilation \(1, 3\){ALL_SIZES}$"),
    ],
)
def test_methods_that_do_not_apply_are_refused(method, kernel, options, message):
    x, w = np.zeros((1, 1, 9, 9)), np.zeros((1, 1, kernel, kernel))
    with pytest.raises(ValueError, match=f"conv2d: method='{message}"):
        conv2d(x, w, method=method, **options)


def test_fourier_transforms_want_floats():
    x = np.array([[[[Fraction(1, 3)]]]], object)
    message = "'fft' wants float32 or float64; got dtype object; these apply: "
    with pytest.raises(ValueError, match=f'{message}"auto", "blocked", "im2col"$'):
        conv2d(x, x, method="fft")


@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_every_padding_is_taken(method):
    for padding in (0, 1, (2, 5)):
        z, _ = conv2d(np.ones((1, 1, 9, 9)), np.ones((1, 1, 3, 3)), padding=padding, method=method)
        assert z.max() == pytest.approx(9)
