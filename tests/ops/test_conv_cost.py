"""The cost model of "auto": what it counts, that it takes the cheapest way that applies, and no other."""

from fractions import Fraction

import numpy as np
import pytest
from test_conv_methods import configurations, results

from cnnmath import conv2d
from cnnmath.ops import conv_cost
from cnnmath.ops.conv_cost import COSTS, PRICES, Layer, Work, cheapest, price, product
from cnnmath.ops.conv_methods import METHODS, WAYS
from cnnmath.ops.windows import windows

SIZES = [(1, 1, 1, 5, 3), (4, 3, 16, 8, 3), (2, 6, 4, 9, 5), (64, 8, 16, 12, 1), (3, 2, 2, 16, 11)]
EVERY = frozenset(COSTS["dx"])


def layer(N, C, O, U, P, stride=1, padding=0, itemsize=4):  # noqa: E741
    return Layer(N, C, O, windows("conv2d", (U, U), (P, P), stride, padding), itemsize)


@pytest.fixture
def prices(monkeypatch):
    """Sets the price of each way by name; the cache knows nothing of it, and is emptied."""

    def only(way):
        def cost(name):
            return lambda _: Work(calls=0 if name == way else 1)

        table = {part: {name: cost(name) for name in ways} for part, ways in COSTS.items()}
        monkeypatch.setattr(conv_cost, "COSTS", table)
        monkeypatch.setattr(conv_cost, "LARGE", 1)
        cheapest.cache_clear()

    yield only
    cheapest.cache_clear()


# ------------------------------------------------------------------------------------------ counts


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("part", COSTS)
def test_plain_ways_make_the_products_of_the_definition(sizes, stride, part):
    """N O C P Q I J; the convolution that dx is at stride 1 multiplies its own border, too."""
    N, C, O, _, P = sizes  # noqa: E741
    given = layer(*sizes, stride=stride)
    places = np.prod(given.geometry.output)
    for way in ("blocked", "scattered", "im2col"):
        if way in COSTS[part]:
            made = COSTS[part][way](given).products
            turned = part == "dx" and way == "blocked" and stride == 1
            area = np.prod(given.geometry.size) if turned else places
            assert made == pytest.approx(N * C * O * P * P * area)


def test_winograd_saves_five_products_of_nine():
    given = layer(2, 3, 4, 10, 3)
    for part in COSTS:
        plain = 2 * 3 * 4 * 9 * (10**2 if part == "dx" else 8**2)
        assert COSTS[part]["winograd"](given).products == pytest.approx(plain * 4 / 9)


def test_transforms_do_not_grow_with_the_kernel():
    small, large = (conv_cost.fft_each(layer(2, 3, 4, 16, p, padding=p // 2)) for p in (7, 15))
    assert small.butterflies <= large.butterflies < 1.7 * small.butterflies
    plain = [conv_cost.blocked_value(layer(2, 3, 4, 16, p, padding=p // 2)) for p in (7, 15)]
    assert plain[1].products == pytest.approx(plain[0].products * (15 / 7) ** 2)


def test_only_patches_larger_than_the_cache_are_far():
    assert conv_cost.im2col_value(layer(1, 4, 4, 8, 3)).far == 0
    assert conv_cost.im2col_value(layer(64, 16, 4, 32, 3)).far == 64 * 30**2 * 16 * 9


def test_a_product_reads_two_matrices_and_writes_one():
    assert product(2, 3, 5) == (30, 6 + 15 + 10)


def test_numbers_of_twice_the_bytes_cost_twice_but_calls_do_not():
    assert price(Work(products=10), 8) == 2 * price(Work(products=10)) > 0
    assert price(Work(calls=10), 8) == price(Work(calls=10)) == 10 * PRICES.calls


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("part", COSTS)
def test_every_count_is_positive_and_grows_with_the_batch(sizes, part):
    N, *rest = sizes
    for way, count in COSTS[part].items():
        if way != "winograd" or rest[-1] == 3:
            once, twice = count(layer(N, *rest)), count(layer(2 * N, *rest))
            assert 0 < price(once) <= price(twice)
            assert min(once) >= 0


# ------------------------------------------------------------------------------------------ choice


@pytest.mark.parametrize("way", METHODS)
def test_auto_runs_the_cheapest_way(way, prices):
    prices(way)
    rng = np.random.default_rng(0)
    x, w, b = (rng.standard_normal(shape) for shape in ((3, 2, 7, 6), (4, 2, 3, 3), (4,)))
    dz = rng.standard_normal((3, 4, 7, 6))
    same = results(way, x, w, b, dz, {"padding": 1})
    for mine, other in zip(results("auto", x, w, b, dz, {"padding": 1}), same, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_shares_may_be_scattered_at_stride_1(prices, monkeypatch):
    prices("scattered")
    called, way = [], WAYS["scattered"]
    counted = way._replace(dx=lambda *given: called.append(1) or way.dx(*given))
    monkeypatch.setitem(WAYS, "scattered", counted)
    for *arrays, options in configurations(40):
        expected = results("im2col", *arrays, options)
        for mine, other in zip(results("auto", *arrays, options), expected, strict=True):
            np.testing.assert_allclose(mine, other, atol=1e-11)
    assert len(called) == 40


@pytest.mark.parametrize("way", ["fft", "winograd"])
def test_a_way_that_does_not_apply_is_not_taken_however_cheap(way, prices):
    """It would raise, or give wrong numbers."""
    prices(way)
    for *arrays, options in configurations(60, seed=1):
        expected = results("im2col", *arrays, options)
        for mine, other in zip(results("auto", *arrays, options), expected, strict=True):
            np.testing.assert_allclose(mine, other, atol=1e-11)


def test_fractions_are_not_transformed(prices):
    prices("fft")
    x = np.array([[[[Fraction(1, 3), Fraction(1, 5)]]]], object)
    z, backward = conv2d(x, x)
    assert z.tolist() == [[[[Fraction(1, 9) + Fraction(1, 25)]]]]
    assert backward(1)[1].tolist() == x.tolist()


def test_what_the_model_expects_on_plain_cases():
    """Few channels under a large kernel: transforms. A handful of places: one product. Else blocks."""
    by_any_size = EVERY - {"winograd"}
    assert cheapest("value", layer(8, 1, 2, 64, 31, padding=15), by_any_size) == "fft"
    assert cheapest("value", layer(4, 256, 128, 5, 3), by_any_size) == "im2col"
    assert cheapest("value", layer(16, 64, 64, 32, 3, padding=1), EVERY) == "blocked"
    assert cheapest("dx", layer(4, 1, 64, 64, 15, padding=7), EVERY) != "blocked"


def test_small_kernels_are_never_transformed(monkeypatch):
    """Whole numbers stay whole, and NaN where it is, unless the kernel is large."""
    monkeypatch.setattr(conv_cost, "PRICES", Work(products=1))
    cheapest.cache_clear()
    few = frozenset({"fft", "im2col"})
    assert cheapest("value", layer(1, 8, 8, 32, 10), few) == "fft"
    assert cheapest("value", layer(1, 8, 8, 32, 9), few) == "im2col"
    cheapest.cache_clear()


def test_choice_is_among_the_ways_given():
    given = layer(4, 3, 16, 16, 10)
    for part, ways in COSTS.items():
        assert all(cheapest(part, given, frozenset({way})) == way for way in ways)
