"""Counterexamples to what is printed: each search also finds nothing where nothing is wrong."""

from fractions import Fraction
from functools import partial
from math import exp

import numpy as np
import pytest

from cnnmath.ledger import linear_softmax_printed as printed
from cnnmath.ledger.linear_softmax import ROWS
from cnnmath.nn import loss_and_gradient
from cnnmath.ops import cross_entropy
from cnnmath.proof.derivation import Derivation


def half_square(w):
    return -Fraction(sum(a * a for a in w), 2)


def softmax_of_the_label(s, y):
    return exp(s[y]) / sum(map(exp, s))


@pytest.mark.parametrize(
    "search",
    [
        partial(printed.values_per_pixel, channels=1),
        partial(printed.fused_digits, "1024x768x3=2359296"),
        partial(printed.missing_number, ("3.11", "3.12", "3.13")),
        partial(printed.rows_and_elements, lengths=(1,)),
        partial(printed.nearer_prototype, bias=half_square),  # what is said to be right
        partial(printed.not_to_the_bottom, steepness=(1,)),
        partial(printed.no_direction, places=(1, 2)),
        partial(printed.damaged_loss, captured=softmax_of_the_label),
        partial(printed.start_matters, share=0.5),  # both classes occur: there is a minimiser
    ],
    ids=lambda search: search.func.__name__,
)
def test_nothing_is_found_where_nothing_is_wrong(search):
    assert search() == ""
    assert search.func.__name__ == "missing_number" or search.func() != ""


def also_on_b(model, params, x, t, l2):
    value, gradient = loss_and_gradient(model, params, x, t, l2=l2)
    gradient[1]["b"] = gradient[1]["b"] + l2 * params[1]["b"]
    return value + l2 / 2 * (params[1]["b"] ** 2).sum(), gradient


def test_a_penalty_on_b_too_makes_the_minimiser_unique(monkeypatch):
    monkeypatch.setattr(printed, "loss_and_gradient", also_on_b)
    assert printed.still_not_unique() == ""


def test_the_same_loss_by_another_name_is_no_finding(monkeypatch):
    monkeypatch.setattr(
        printed, "hinge", lambda s, y: float(cross_entropy(np.array([s], float), np.array([y]))[0])
    )
    assert printed.not_the_hinge_loss() == ""


def test_without_a_noise_floor_there_is_no_finding(monkeypatch):
    monkeypatch.setattr(printed, "mean_square", lambda rate, steps, start: Fraction(0))
    assert printed.noise_floor() == ""


def test_an_engine_that_took_the_captured_index_would_be_noticed(monkeypatch):
    monkeypatch.setattr(Derivation, "chain", lambda self, name, of: None)
    assert printed.captured_index() == ""


def test_examples_are_the_smallest():
    assert printed.nearer_prototype().startswith("x=(1,), w_0=(1,), w_1=(2,): scores 1 < 2")
    assert printed.not_the_hinge_loss().startswith(
        "s=(0, 0), y=0: cross-entropy 0.693147, hinge loss 1"
    )
    assert printed.not_to_the_bottom().startswith("J = (x^2 + 2 y^2)/2 at (1, 1)")
    assert "b=(0, 0) and at b=(1, 1)" in printed.still_not_unique()


def test_the_captured_product_is_the_right_one_with_its_digits_fused():
    found = printed.fused_digits()
    assert found.startswith("1024x768x32 = 25165824, not 359296")
    assert found.endswith("its digits, in order, are those of 1024x768x3=2359296")
    assert "digits" not in printed.fused_digits("2x3=7", "2x3=6")


def test_every_search_is_tried_here():
    searches = {row.printed.refute for row in ROWS if row.printed}
    names = {getattr(search, "func", search).__name__ for search in searches}
    tried = {
        *"values_per_pixel fused_digits missing_number rows_and_elements nearer_prototype".split(),
        *"not_the_hinge_loss still_not_unique penalty_without_square not_to_the_bottom".split(),
        *"no_direction noise_floor captured_index damaged_loss start_matters".split(),
    }  # penalty_without_square: in test_verify.py, beside the right form
    assert names == tried
