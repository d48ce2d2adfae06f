"""Limits of differences: what is read off, how sure it is, and when it is not believed."""

import math

import numpy as np
import pytest

from cnnmath.proof.ladder import EVEN, ODD, RATIO, limit, nearest_zero, order

STEPS = [2.0**-p for p in range(2, 49, 3)]


def central(f, x, steps=STEPS):
    return [(f(x + h) - f(x - h)) / (2 * h) for h in steps]


def jumps(f, x):
    return [(f(x + h) + f(x - h) - 2 * f(x)) / h for h in STEPS]


def noise_of(f, x):
    return 2.0**-52 * abs(f(x))


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (math.sin, 0.5, math.cos(0.5)),
        (math.exp, 3.0, math.exp(3.0)),
        (lambda x: math.sin(300 * x), 0.5, 300 * math.cos(150)),
        (lambda x: x**3, 0.0, 0.0),
        (abs, -1e-3, -1.0),
        (lambda x: math.floor(x) + x, 0.3, 1.0),
    ],
)
def test_the_limit_lies_within_its_error(f, x, slope):
    found = limit(central(f, x), STEPS, EVEN, noise_of(f, x))
    assert abs(found.value - slope) <= 2 * found.error
    assert found.error <= 1e-8 * (1 + abs(slope))


def test_extrapolation_takes_out_what_a_polynomial_has():
    steps = STEPS[:4]
    values = [7 + 3 * h**2 - 5 * h**4 for h in steps]
    found = limit(values, steps, EVEN, 0)
    assert found.value == pytest.approx(7, abs=1e-14)
    wrong = limit(values, steps, ODD, 0)
    assert abs(wrong.value - 7) > 1e-9 or wrong.error > 1e-9


def test_the_jump_of_a_slope():
    kink = limit(jumps(abs, 0.0), STEPS, ODD, 0)
    assert kink.value == 2 and kink.error == 0
    smooth = limit(jumps(math.exp, 0.5), STEPS, ODD, noise_of(math.exp, 0.5))
    assert abs(smooth.value) <= 2 * smooth.error < 1e-6


def test_noise_is_what_the_smaller_steps_differ_by():
    def rounded(x):
        return sum(float(np.float32(math.sin(x + k))) for k in range(1000))

    exact = sum(math.cos(0.5 + k) for k in range(1000))
    found = limit(central(rounded, 0.5), STEPS, EVEN, noise_of(rounded, 0.5))
    assert 1e-8 < found.noise < 1e-5
    assert abs(found.value - exact) <= found.error
    assert found.error > 1e-7


def test_a_stair_is_not_taken_for_a_slope():
    values = [1.0, 1.0 + 1e-4, 1.0 - 1e-3, 1.0 + 1e-2, 0.9, 0.0, 0.0, 0.0, 0.0]
    steps = [8.0**-j for j in range(9)]
    found = limit(values, steps, EVEN, 1e-16, count=5)
    assert abs(found.value - 1) <= found.error < 0.01
    assert limit(values, steps, EVEN, 1e-16).value == 0


def test_an_accident_is_not_believed():
    """Two neighbours that agree by chance, in a sequence that goes on to something else."""
    values = [5.0, 3.0, 3.0 + 1e-9, 2.0, *(1.0 + 64.0**-j for j in range(1, 6))]
    steps = [8.0**-j for j in range(9)]
    found = limit(values, steps, EVEN, 1e-14)
    assert abs(found.value - 1) <= found.error < 1e-3
    assert limit(values[:4], steps[:4], EVEN, 1e-14).error > 0.01


def test_steps_that_say_zero_are_found():
    """Errors of a slope of 1e8 that large steps do not see."""
    values = [-1e8, -1e8 + 3, -1e8 - 20, -9e7, 40.0, -5.0, 7.0, 300.0]
    steps = [8.0**-j for j in range(8)]
    assert nearest_zero(values, steps, 1e-9) == 45
    assert nearest_zero(values, steps, 1e6) > 1e7  # they are noise
    assert nearest_zero([-1e8] * 8, steps, 1e-9) is None


@pytest.mark.parametrize(("power", "wanted"), [(0, 1), (2, 3)])
def test_the_order_of_the_remainder(power, wanted):
    values = [h**power for h in STEPS]
    assert order(values, STEPS, 1e-12) == pytest.approx(wanted)


def test_no_order_where_all_is_noise():
    assert order([1e-16] * len(STEPS), STEPS, 1e-12) is None
    assert RATIO == STEPS[0] / STEPS[1]
