"""Rows of 002 section 6.1: each has the verdict it claims, and each check fails on what is broken."""

import re

import numpy as np
import pytest

from cnnmath.ledger import implementation_numerics_checks as checks
from cnnmath.ledger.implementation_numerics import ROWS
from cnnmath.ledger.verify import refute, verify
from cnnmath.ops import cross_entropy
from cnnmath.proof.verdict import Level
from cnnmath.results.lookup import line

LEVELS = {
    "zhang-6.1": Level.DEFINED,
    "zhang-6.2": Level.PROVED,
    "zhang-6.3": Level.NUMERIC,
    "zhang-6.4": Level.EXACT,
    "zhang-6.5": Level.NUMERIC,
    "zhang-6.6": Level.EXACT,
    "zhang-6.7": Level.PROVED,
    "zhang-6.8": Level.PROVED,
    "zhang-6.9": Level.PROVED,
    "zhang-6.10": Level.PROVED,
    "zhang-6.11": Level.NUMERIC,
    "zhang-6.11-b": Level.PROVED,
}


def test_every_row_has_its_verdict_and_no_problem():
    answers = list(verify([("implementation", row) for row in ROWS]))
    assert {a.row.id: a.verdict.level for a in answers} == LEVELS
    assert [a.problem for a in answers if a.problem] == []
    assert {a.row.id for a in answers if a.finding == "confirmed"} == {"zhang-6.11-b"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_lines_named_in_a_gloss_are_proven(row):
    for address in re.findall(r"\b[a-z_]+\.[a-z_]+#[a-z-]+", row.gloss):
        assert line(address).verdict.level is Level.PROVED


# ---------------------------------------------------------------------------- checks that fail

REAL_SOFTMAX = checks.softmax


def off_by_a_thousandth(s):
    p, backward = REAL_SOFTMAX(s)
    return p * p.dtype.type(1.001), backward


def no_shift(s):
    p = checks.textbook_softmax(s)
    return p, None


BROKEN = [
    (checks.underflow_begins, "first_underflow", lambda d: d(-700), "underflows at -700"),
    (
        checks.underflow_begins,
        "underflow_threshold",  # without the half: rounding goes to the nearest number
        lambda d: checks.mp.log(float(np.finfo(d).smallest_subnormal)),
        "not at -744.4400719",
    ),
    (checks.underflow_begins, "first_float", lambda d, end, gone: d(end), "underflows at -2000"),
    (checks.overflow_begins, "first_overflow", lambda d: d(88), "float64: exp overflows at 88"),
    (
        checks.overflow_begins,
        "overflow_threshold",  # of half the largest number
        lambda d: checks.mp.log(float(np.finfo(d).max) / 2),
        "not at 709.0895657",
    ),
    (
        checks.nothing_over_nothing,
        "textbook_softmax",
        lambda s: REAL_SOFTMAX(s)[0],
        "c=-745.133: the textbook has 1",
    ),
    (checks.nothing_over_nothing, "softmax", no_shift, "K=1, c=-745.133: the op has nan, not 1/1"),
    (checks.nothing_over_nothing, "softmax", off_by_a_thousandth, "the op has 1.001, not 1/1"),
    (checks.nothing_over_nothing, "first_underflow", lambda d: d(-1), "c=-1: the textbook has 1"),
    (checks.infinity_over_infinity, "softmax", no_shift, "K=1, c=709.783: the op has nan"),
    (checks.infinity_over_infinity, "first_overflow", lambda d: d(7), "c=7: the textbook has 1"),
    (
        checks.no_overflow_and_no_zero_below,
        "shifted",
        lambda s: s - s.mean(axis=1, keepdims=True) / 2,
        "largest exponent is off",
    ),
    (checks.no_overflow_and_no_zero_below, "shifted", lambda s: s, "largest exponent is off"),
    (
        checks.no_overflow_and_no_zero_below,
        "denominators",
        lambda exponents: np.exp(exponents).sum(axis=1) - 1,  # the class ahead left out
        "denominator is off",
    ),
    (
        checks.no_overflow_and_no_zero_below,
        "shifted_softmax",
        checks.textbook_softmax,
        "sum is off",
    ),
    (
        checks.no_overflow_and_no_zero_below,
        "softmax",
        off_by_a_thousandth,
        "sum of the op is off",
    ),
]


@pytest.mark.parametrize(("check", "what", "broken", "found"), BROKEN)
def test_check_fails_on_what_is_broken(check, what, broken, found, monkeypatch):
    monkeypatch.setattr(checks, what, broken)
    with np.errstate(all="ignore"):
        verdict = check()
    assert verdict.level is Level.REFUTED
    assert found in verdict.evidence


def test_every_check_is_among_them():
    assert {row.check for row in ROWS if row.check} == {check for check, *_ in BROKEN}


@pytest.mark.parametrize("dtype", checks.DTYPES)
def test_the_first_float_is_the_first(dtype):
    """Its neighbour towards 0 still has an exp that is neither 0 nor infinite."""
    with np.errstate(all="ignore"):
        low, high = checks.first_underflow(dtype), checks.first_overflow(dtype)
        assert type(low) is type(high) is dtype
        assert np.exp(low) == 0 and np.exp(np.nextafter(low, dtype(0))) > 0
        assert np.isinf(np.exp(high)) and np.isfinite(np.exp(np.nextafter(high, dtype(0))))


# ------------------------------------------------------------------------------ what is printed

(PRINTED,) = (row.printed for row in ROWS if row.printed)


def test_the_shift_alone_loses_the_loss_at_the_smallest_scores():
    assert refute(PRINTED).split("; ") == [
        "float64, s=(0, -746), y=1: inf for 746.0",
        "float64, s=(0, -37), y=0: 0 for 8.533e-17",
        "float32, s=(0, -104), y=1: inf for 104.0",
        "float32, s=(0, -17), y=0: 0 for 4.14e-8",
    ]


def test_nothing_is_lost_by_the_op():
    assert checks.lost_in_the_logarithm(lambda s, t: cross_entropy(s, t)[0]) == ""


def test_the_example_of_the_chapter():
    s, t = np.array([[0.0, -1000.0]]), np.array([1])
    assert checks.logarithm_of_the_shifted(s, t) == np.inf
    assert cross_entropy(s, t)[0] == 1000


@pytest.mark.parametrize("worse", [0, np.inf])
def test_a_loss_that_is_always_0_or_infinite_is_found_at_once(worse):
    found = checks.lost_in_the_logarithm(lambda s, t: worse)
    assert found.startswith(f"float64, s=(0, -1), y=1: {worse:g} for 1.313; ")
