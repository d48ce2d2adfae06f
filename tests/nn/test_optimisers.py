"""SGD with momentum: by hand, on fractions, and what it refuses."""

import math
from fractions import Fraction

import numpy as np
import pytest

from cnnmath.nn import SGD


def run(optimiser, gradients, start):
    params = ({"w": np.array([start])},)
    state = optimiser.init(params)
    for g in gradients:
        params, state = optimiser.update(({"w": np.array([g])},), state, params)
    return params[0]["w"][0], state


def test_momentum_by_hand():
    # v = 4, then 2 + 8 = 10, then 5 + 0 = 5;  p = 100 - (4 + 10 + 5)/10
    p, (v,) = run(SGD(Fraction(1, 10), Fraction(1, 2)), [4, 8, 0], Fraction(100))
    assert v[0]["w"][0] == 5
    assert p == 100 - Fraction(19, 10)


def test_nesterov_by_hand():
    # v = 4, 10, 5;  g + v/2 = 6, 13, 5/2
    p, (v,) = run(SGD(Fraction(1, 10), Fraction(1, 2), nesterov=True), [4, 8, 0], Fraction(100))
    assert v[0]["w"][0] == 5
    assert p == 100 - Fraction(43, 20)


def test_without_momentum_nothing_is_remembered():
    assert SGD(0.1).init(({"w": np.ones(2)},)) == ()
    assert run(SGD(0.5, momentum=0.0), [2.0, 4.0], 10.0) == (7.0, ())


@pytest.mark.parametrize("nesterov", [False, True])
def test_nothing_is_changed_in_place(nesterov):
    optimiser = SGD(0.25, 0.5, nesterov)
    params, grads = ({"w": np.ones(2)},), ({"w": np.ones(2)},)
    _, first = optimiser.update(grads, optimiser.init(params), params)
    kept = first[0][0]["w"].copy()
    _, second = optimiser.update(grads, first, params)
    assert np.array_equal(first[0][0]["w"], kept)
    assert second[0][0]["w"].tolist() == [1.5, 1.5]
    assert params[0]["w"].tolist() == grads[0]["w"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("number", [float, np.float64, np.float32])
def test_dtype_is_kept(number):
    optimiser = SGD(number(0.5), number(0.5), nesterov=True)
    params = ({"w": np.ones(2, np.float32)},)
    moved, (v,) = optimiser.update(params, optimiser.init(params), params)
    assert moved[0]["w"].dtype == v[0]["w"].dtype == np.float32
    assert optimiser == SGD(0.5, 0.5, nesterov=True)


@pytest.mark.parametrize("rate", [0, -0.1, math.nan, math.inf])
def test_rates_that_are_not_positive_are_refused(rate):
    with pytest.raises(ValueError, match=rf"SGD: rate is {rate}; wanted a finite number > 0"):
        SGD(rate, 0.9)


@pytest.mark.parametrize("momentum", [-0.1, 1, 1.0, 1.5, math.nan, math.inf])
def test_momentum_outside_its_range_is_refused(momentum):
    message = rf"SGD: momentum is {momentum}; wanted 0 <= momentum < 1"
    with pytest.raises(ValueError, match=message):
        SGD(0.1, momentum)


def test_nesterov_without_momentum_is_refused():
    with pytest.raises(ValueError, match="SGD: nesterov=True wants a momentum > 0"):
        SGD(0.1, nesterov=True)


def test_what_is_no_number_is_refused():
    with pytest.raises(TypeError, match="SGD: momentum must be a number, got str"):
        SGD(0.1, "0.9")
    with pytest.raises(TypeError, match="SGD: nesterov must be True or False, got 1"):
        SGD(0.1, 0.9, 1)
