"""The methods of conv2d: all the same sums, whatever the block size; wrong names are refused.

That each is the definition, and its backward the derivative, is shown on symbols (tests/proof).
"""

import tracemalloc

import numpy as np
import pytest

from cnnmath import conv2d, conv2d_output_size
from cnnmath.ops import conv_blocked
from cnnmath.ops.conv_methods import METHODS

OTHERS = [name for name in METHODS if name != "im2col"]


def whole(rng, *shape):
    return rng.integers(-9, 10, shape).astype(np.float64)


def configurations(count, seed=0):
    """Random calls: sizes, strides, paddings (wider than the kernel too), dilations, remainders."""
    rng = np.random.default_rng(seed)
    while count:
        n, c, o, p, q = rng.integers(1, 4, 5)
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
@pytest.mark.parametrize("method", OTHERS)
def test_whole_numbers_give_the_same_numbers(method, block, monkeypatch):
    monkeypatch.setattr(conv_blocked, "BLOCK_BYTES", block)
    for *arrays, options in configurations(150):
        expected = results("im2col", *arrays, options)
        for one, other in zip(results(method, *arrays, options), expected, strict=True):
            assert one.flags.c_contiguous
            np.testing.assert_array_equal(one, other)


def test_auto_is_one_of_them():
    (*arrays, options) = next(configurations(1))
    automatic = results("auto", *arrays, options)
    same = [
        all(map(np.array_equal, automatic, results(name, *arrays, options))) for name in METHODS
    ]
    assert any(same)


@pytest.mark.parametrize("block", [1, 300])
def test_a_gradient_that_forgets_a_block_is_seen(block, monkeypatch):
    """The test above would notice: with blocks of one image the last block alone is not the sum."""
    monkeypatch.setattr(conv_blocked, "BLOCK_BYTES", block)
    blocks = conv_blocked._blocks
    monkeypatch.setattr(conv_blocked, "_blocks", lambda *given: list(blocks(*given))[-1:])
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
    names = 'wanted one of "auto", "blocked", "im2col"'
    with pytest.raises(ValueError, match=f"conv2d: method is .*; {names}"):
        conv2d(x, w, method=method)
