"""Rows of 002 sections 6.2 and 6.2.2 and of 000 section 3.4: each has the verdict it claims, each check
fails on what is broken, and each search finds nothing where nothing is wrong."""

import re
from functools import partial

import numpy as np
import pytest

from cnnmath.ledger import implementation_im2col_checks as checks
from cnnmath.ledger import implementation_im2col_printed as printed
from cnnmath.ledger.implementation_im2col import ROWS
from cnnmath.ledger.row import Printed
from cnnmath.ledger.verify import refute, verify
from cnnmath.ops import im2col, sum_pool2d
from cnnmath.proof.verdict import Level
from cnnmath.results.lookup import line

LEVELS = {
    "zhang-6.12": Level.DEFINED,
    "zhang-6.2-a": Level.EXACT,
    "zhang-6.2-b": Level.EXACT,
    "zhang-6.2.2-g": Level.SIMULATED,
    "zhang-6.2.2-a": Level.EXACT,
    "zhang-6.19-b": Level.PROVED,
    "zhang-6.16": Level.PROVED,
    "zhang-6.17": Level.PROVED,
    "zhang-6.18": Level.PROVED,
    "zhang-6.19": Level.PROVED,
    "zhang-6.2.2-b": Level.EXACT,
    "zhang-6.20": Level.PROVED,
    "zhang-6.2.2-f": Level.EXACT,
    "zhang-6.2.2-c": Level.EXACT,
    "zhang-6.2.2-d": Level.PROVED,
    "zhang-6.2.2-e": Level.PROVED,
    "bouvrie-3.4-a": None,
    "bouvrie-3.4-b": None,
    "bouvrie-3.4-c": Level.PROVED,
    "bouvrie-3.4-d": Level.PROVED,
    "bouvrie-3.4-e": Level.PROVED,
}
SUSPECTED = {"zhang-6.2.2-d", "bouvrie-3.4-c", "bouvrie-3.4-d"}


def test_every_row_has_its_verdict_and_no_problem():
    answers = list(verify([("implementation", row) for row in ROWS]))
    assert {a.row.id: a.verdict and a.verdict.level for a in answers} == LEVELS
    assert [a.problem for a in answers if a.problem] == []
    assert {a.row.id for a in answers if a.finding == "confirmed"} == SUSPECTED


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_lines_named_in_a_gloss_are_proven(row):
    for address in re.findall(r"\b[a-z][a-z0-9_]+\.[a-z0-9_]+#[a-z-]+", row.gloss):
        assert line(address).verdict.level is Level.PROVED


# ---------------------------------------------------------------------------- checks that fail

REAL_PATCHES, REAL_KERNELS, REAL_MAPS = checks.patches, checks.flat_kernels, checks.as_maps
REAL_ONE_BY_ONE, REAL_WINDOWS = checks.one_by_one, checks.windows_times_kernels


def one_missing(work):
    """The same with one product less to tell of."""

    def told(x, w, b):
        z, products = work(x, w, b)
        return z, products - 1

    return told


def without_bias(work):
    return lambda x, w, b: work(x, w, 0 * b)


def turned(x, w, b):
    return REAL_ONE_BY_ONE(x, w[:, :, ::-1, ::-1], b)


def timed(*ratios):
    """A committed result in which four loops take so many times as long, and a layer without loops."""
    times = [{"im2col": 10.0, "four loops": 10.0 * ratio} for ratio in ratios]
    rows = [{"forward_us": each} for each in (*times, {"im2col": 1.0})]
    return lambda name: {"dtype": "float32", "rows": rows}


BROKEN = [
    (checks.seven_loops, "depths_of_the_loops", lambda: [0, 1, 2, 3, 4, 4, 4], "at the depths"),
    (
        checks.seven_loops,
        "loops_of_the_formula",
        lambda: (list("oij"), list("ncpq")),
        "loops over ['o', 'i', 'j']",
    ),
    (checks.seven_loops, "one_by_one", one_missing(REAL_ONE_BY_ONE), "0 products"),
    (checks.seven_loops, "one_by_one", without_bias(REAL_ONE_BY_ONE), "loops do not give"),
    (checks.seven_loops, "one_by_one", turned, "w (1, 1, 2, 1): the loops do not give"),
    (checks.four_loops, "loops_of_the_formula", lambda: (list("oij"), list("cpq")), "are left"),
    (checks.four_loops, "windows_times_kernels", one_missing(REAL_WINDOWS), "0 inner products"),
    (checks.four_loops, "windows_times_kernels", without_bias(REAL_WINDOWS), "1 inner products"),
    (
        checks.fields_become_rows,
        "patches",
        lambda layer, order: REAL_PATCHES(layer, "C"),
        "is not the field at",
    ),
    (
        checks.fields_become_rows,
        "patches",
        lambda layer, order: REAL_PATCHES(layer, order).T,
        "X (1, 1, 2), W (1, 1, 2, 1): the patch matrix is (2, 1)",
    ),
    (
        checks.filters_become_columns,
        "flat_kernels",
        lambda layer, order: REAL_KERNELS(layer, "C"),
        "is not at its place",
    ),
    (
        checks.filters_become_columns,
        "flat_kernels",
        lambda layer, order: REAL_KERNELS(layer, order).T,
        "W (1, 1, 1, 3): the matrix of kernels is (3, 1)",
    ),
    (
        checks.product_becomes_maps,
        "as_maps",
        lambda a, shape, order: REAL_MAPS(a, shape, "C"),
        "reshaped, the product is not the layer",
    ),
    (
        checks.product_becomes_maps,
        "patches",
        lambda layer, order: REAL_PATCHES(layer, order)[::-1],
        "reshaped, the product is not the layer",
    ),
    (
        checks.product_becomes_maps,
        "patches",
        lambda layer, order: np.repeat(REAL_PATCHES(layer, order), 2, axis=0),
        "the product is (2, 1)",
    ),
    (
        checks.orders_must_agree,
        "as_maps",
        lambda a, shape, order: REAL_MAPS(a, shape, "F"),
        "in the orders FFC, FFF are right",
    ),
    (
        checks.orders_must_agree,
        "flat_kernels",
        lambda layer, order: REAL_KERNELS(layer, "C"),
        "in the orders CCC, CFC are right",
    ),
    (
        checks.orders_must_agree,
        "im2col",
        lambda x, size, order: im2col(x, size),
        "in the orders CCC, FCC are right",
    ),
    (checks.products_are_fast, "committed", timed(5, 1.9, 7), "loops take 1.9 times as long"),
]


@pytest.mark.parametrize(("check", "what", "broken", "found"), BROKEN)
def test_check_fails_on_what_is_broken(check, what, broken, found, monkeypatch):
    monkeypatch.setattr(checks, what, broken)
    verdict = check()
    assert verdict.level is Level.REFUTED
    assert found in verdict.evidence


def test_every_check_is_among_them():
    assert {row.check for row in ROWS if row.check} == {check for check, *_ in BROKEN}


def test_times_inside_the_band_are_reported(monkeypatch):
    monkeypatch.setattr(checks, "committed", timed(5, 2, 9))
    verdict = checks.products_are_fast()
    assert verdict.level is Level.SIMULATED
    assert "in 3 layers four loops take 2 to 9 times as long" in verdict.evidence
    assert "in the middle 5;" in verdict.evidence


def test_the_wrong_order_turns_the_map():
    verdict = checks.orders_must_agree()
    assert "[[1.0, 3.0], [2.0, 4.0]] for A = [[1.0, 2.0], [3.0, 4.0]]" in verdict.evidence


# ------------------------------------------------------------------------------ what is printed

RIGHT = [
    partial(printed.several_times, 0),
    partial(printed.every_second_sample, ("valid",)),
]
RIGHT_FORMS = [("kronecker", partial(printed.ones_on_the_left, left=False))]
FOUND = {row.id: row.printed for row in ROWS if row.printed}
EXAMPLES = {
    "zhang-6.2.2-d": "2 x 2, F=2, S=1: an entry that occurs 1 times; 4 x 4, F=2, S=1: a corner 1, "
    "an edge 2, inside 4; with S=2 each 1",
    "bouvrie-3.4-c": "I=2, J=1, P=2, Q=1, u=1, v=0; x=[[-1], [1]]: -1 against 1",
    "bouvrie-3.4-d": "'full': x = [[1, 2], [3, 4]], n=2: 1 instead of 10; "
    "'same, SciPy': x = [[1, 2], [3, 4]], n=2: 1 instead of 10; "
    "'same, MATLAB': 3 x 3, n=3: 12 instead of 45",
}


@pytest.mark.parametrize("search", RIGHT, ids=lambda each: each.func.__name__)
def test_nothing_is_found_where_nothing_is_wrong(search):
    assert search() == ""


@pytest.mark.parametrize(("within", "sides"), RIGHT_FORMS)
def test_the_right_form_is_not_refuted(within, sides):
    assert refute(Printed("wrong", "right", "author", sides, within)) == ""


def test_every_search_is_tried_here():
    tried = {("", search.func) for search in RIGHT}
    tried |= {(within, sides.func) for within, sides in RIGHT_FORMS}
    assert {(each.within, each.refute) for each in FOUND.values()} == tried


@pytest.mark.parametrize(("row", "example"), EXAMPLES.items())
def test_examples_are_the_smallest(row, example):
    assert refute(FOUND[row]) == example


def test_every_printed_form_has_its_example():
    assert EXAMPLES.keys() == FOUND.keys() == SUSPECTED


def test_some_entries_are_seen_by_no_window():
    found = printed.several_times(1)
    assert found.startswith("3 x 3, F=2, S=2: an entry that occurs 0 times; ")


@pytest.mark.parametrize("mode", ["full", "same, SciPy", "same, MATLAB", "valid"])
def test_every_mode_is_right_for_blocks_of_one(mode):
    x = np.arange(12.0).reshape(3, 4)[:, :3]
    assert np.array_equal(printed.part(x, 1, mode), x)


def test_matlabs_same_is_right_for_two_alone():
    x = np.arange(36.0).reshape(6, 6)
    for n in (2, 3):
        right = np.array_equal(
            printed.part(x, n, "same, MATLAB")[::n, ::n], sum_pool2d(x[None, None], n)[0][0, 0]
        )
        assert right == (n == 2)
