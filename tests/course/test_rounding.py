"""Errors of textbook, shifted and our own formulas: the exact values are exact, the errors are counted."""

import math

import numpy as np
import pytest

from cnnmath.course import rounding
from cnnmath.course.rounding import FORMULAS, exact_values, rounding_errors, scores_with_gap
from cnnmath.proof.evaluate import PRECISE_CONTEXT as mp

EPS = {np.float32: 2.0**-23, np.float64: 2.0**-52}
each_dtype = pytest.mark.parametrize("dtype", EPS, ids=lambda d: d.__name__)


def test_exact_values_are_those_of_the_definitions():
    """Scores log-free: with s = (0, 0, 0) and (1, 0, 0) the values are known in closed form."""
    found = exact_values(np.array([[0.0, 0, 0], [1, 0, 0]]))
    total = mp.e + 2
    assert all(abs(p - mp.mpf(1) / 3) < 1e-48 for p in found["softmax"][0])
    assert abs(found["softmax"][1][0] - mp.e / total) < 1e-48
    assert abs(found["log-softmax"][1][2] + mp.log(total)) < 1e-48
    (loss,) = found["cross-entropy"][1]
    assert abs(loss - (mp.log(total) - 1)) < 1e-48


@each_dtype
@pytest.mark.parametrize("gap", [0, 1, 37.5, 200])
def test_the_first_score_is_ahead_by_the_gap(dtype, gap):
    s = scores_with_gap(dtype, gap, np.random.default_rng(0))
    lead = s[:, 0] - s[:, 1:].max(axis=1)
    assert s.dtype == dtype and s.shape == (rounding.RUNS, rounding.CLASSES)
    assert np.allclose(lead, gap, rtol=0, atol=8 * EPS[dtype] * (gap + 4))


@each_dtype
def test_an_exact_value_has_no_error_and_a_neighbour_has_one(dtype):
    one = np.array([[1]], dtype)
    for got, ulp in ((one, 0), (np.nextafter(one, dtype(2)), 1), (one * 3, 2 / EPS[dtype])):
        assert rounding._worst(got, [[mp.mpf(1)]], dtype) == ulp
    assert rounding._worst(one * dtype(np.nan), [[mp.mpf(1)]], dtype) == math.inf
    assert math.isnan(rounding._worst(one * 0, [[mp.mpf(10) ** -400]], dtype))


# what the chapter says of the picture: bands with room, for other machines

FLOAT32 = rounding_errors(np.float32, [0, 10, 20, 60, 95, 110])
FLOAT64 = rounding_errors(np.float64, [0, 20, 40, 400, 720, 760])
FOUND = [pytest.param(FLOAT32, 2.0**23, id="float32"), pytest.param(FLOAT64, 2.0**52, id="float64")]


@pytest.mark.parametrize(("errors", "all_digits"), FOUND)
def test_ours_keeps_its_digits_everywhere(errors, all_digits):
    for quantity in FORMULAS:
        counted = [e for e in errors[quantity]["ours"] if not math.isnan(e)]
        assert counted and max(counted) < 2000 and counted[0] < 4


@pytest.mark.parametrize(("errors", "all_digits"), FOUND)
def test_the_logarithm_of_a_rounded_probability_has_none_left(errors, all_digits):
    """Also after the shift: p is rounded to 1, and its logarithm to 0."""
    for quantity in ("log-softmax", "cross-entropy"):
        for formula in ("textbook", "shifted"):
            assert min(errors[quantity][formula][2:4]) > all_digits / 2
    assert max(errors["log-softmax"]["ours"]) < all_digits / 1000


@pytest.mark.parametrize(("errors", "all_digits"), FOUND)
def test_the_textbook_overflows_and_the_shifted_logarithm_underflows(errors, all_digits):
    assert all(map(math.isfinite, errors["softmax"]["textbook"][:4]))
    for quantity in ("softmax", "log-softmax"):
        assert errors[quantity]["textbook"][4:] == [math.inf, math.inf]
    assert all(map(math.isfinite, errors["softmax"]["shifted"]))
    assert errors["log-softmax"]["shifted"][-1] == math.inf


def test_the_shift_costs_the_softmax_some_digits_where_nothing_overflows():
    """s - max is rounded, an error that exp multiplies by the gap: stable is not the same as precise."""
    assert FLOAT32["softmax"]["textbook"][3] < 8 < FLOAT32["softmax"]["shifted"][3]
    assert FLOAT64["softmax"]["textbook"][3] < 8 < FLOAT64["softmax"]["shifted"][3]


def test_same_seed_same_errors():
    assert rounding_errors(np.float32, [3, 4]) == rounding_errors(np.float32, [3, 4])
    assert rounding_errors(np.float32, [3, 4], seed=1) != rounding_errors(np.float32, [3, 4])


def test_a_broken_formula_shows(monkeypatch):
    formulas = {**FORMULAS["softmax"], "ours": lambda s: 1 - rounding.textbook_softmax(s)}
    monkeypatch.setattr(rounding, "FORMULAS", {**FORMULAS, "softmax": formulas})
    assert rounding_errors(np.float32, [1])["softmax"]["ours"][0] > 1e6


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: rounding_errors(np.float16, [1]), TypeError, "dtype is .*float16.*; wanted"),
        (lambda: rounding_errors(np.float32, []), ValueError, r"gaps \[\]; wanted finite"),
        (lambda: rounding_errors(np.float32, [1, -1]), ValueError, r"gaps \[1, -1\]; wanted"),
        (lambda: rounding_errors(np.float32, [math.inf]), ValueError, r"gaps \[inf\]; wanted"),
        (lambda: rounding_errors(np.float64, [math.nan]), ValueError, r"gaps \[nan\]; wanted"),
    ],
)
def test_bad_input_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()
