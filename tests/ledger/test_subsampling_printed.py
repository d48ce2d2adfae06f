"""Counterexamples to 000 sections 3.1.1 to 3.3.1: each search finds nothing where nothing is wrong."""

from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from cnnmath.ledger import subsampling_printed as printed
from cnnmath.ledger.row import Printed
from cnnmath.ledger.subsampling import ROWS
from cnnmath.ledger.verify import refute
from cnnmath.ops import entropy_penalty, impurity_penalty

RIGHT = [
    partial(printed.sees_every_map, lambda rows: (rows,)),  # one window: a fully connected layer
    partial(printed.another_positive_function, lambda c: c),
    partial(printed.tells_nothing_apart, entropy_penalty),
    partial(printed.nothing_added, Fraction(2)),  # weights that no softmax ties to the sum 1
]
RIGHT_FORMS = [  # the printed form with its slip mended
    ("backprop_step", partial(printed.sum_before_weights, weighted=True)),
    ("conv_delta", partial(printed.one_map_above, summed=True)),
]
FOUND = {row.id: row.printed for row in ROWS if row.printed}


def name(search):
    return getattr(search, "func", search).__name__


@pytest.mark.parametrize("search", RIGHT, ids=name)
def test_nothing_is_found_where_nothing_is_wrong(search):
    assert search() == ""


@pytest.mark.parametrize(("within", "sides"), RIGHT_FORMS)
def test_the_right_form_is_not_refuted(within, sides):
    assert refute(Printed("wrong", "right", "author", sides, within)) == ""


def test_every_search_is_tried_here():
    tried = {("", search.func) for search in RIGHT}
    tried |= {(within, sides.func) for within, sides in RIGHT_FORMS}
    assert {(each.within, each.refute) for each in FOUND.values()} == tried


EXAMPLES = {
    "bouvrie-3.1.1-b": "H=2, K=1, D=1, k=0; ",
    "bouvrie-3.2.1-a": "one map of 2 x 1 below, one above with a kernel of 1 x 1, connected: unit 0 does not "
    "see unit 1",
    "bouvrie-3.2.1-b": "M=1, K=2, I=1, J=1, P=1, Q=1, u=0, v=0; ",
    "bouvrie-3.3-i": "c^2 + 1, divided by its sum: c = (0, 1, -1) gives (1/5, 2/5, 2/5)",
    "bouvrie-3.3.1-a": "C=2, lambda=1: (1/2, 1/2) costs 1, (1, 0) costs 1; 300 steps of descent",
    "bouvrie-3.3.1-c": "alpha = (1/2, 1/2): 1/2 - 1/2 (1/2 + 1/2) = 0, and 0 at all 7 mixtures",
}


@pytest.mark.parametrize(("row", "start"), EXAMPLES.items())
def test_examples_are_the_smallest(row, start):
    assert refute(FOUND[row]).startswith(start)


def test_every_printed_form_has_its_example():
    assert EXAMPLES.keys() == FOUND.keys()


# ------------------------------------------------------------------------------- sees_every_map


def test_kernels_of_the_size_of_the_map_see_all_of_it_and_smaller_ones_do_not():
    assert printed.sees_every_map(lambda rows: (1,)).startswith("one map of 2 x 1 below")
    assert printed.sees_every_map(lambda rows: (min(rows, 2),)).startswith("one map of 3 x 1 below")


# -------------------------------------------------------------------- another_positive_function


@pytest.mark.parametrize("function", [lambda c: c * c, lambda c: c + 1, lambda c: c - 5])
def test_functions_that_are_not_positive_are_no_example(function):
    assert printed.another_positive_function(function) == ""


def test_other_positive_functions_are_examples_too():
    found = printed.another_positive_function(lambda c: abs(c) + 1, "|c| + 1")
    assert found.startswith("|c| + 1, divided by its sum: c = (0, 1, -1) gives (1/5, 2/5, 2/5)")


# ------------------------------------------------------------------------------- the headline


def test_the_headline_says_what_is_true_and_what_helps():
    right = FOUND["bouvrie-3.3.1-a"].right
    for said in (r"\Omega\equiv\lambda N_{out}", "softmax simplex", "gradient }0", "entropy"):
        assert said in right
    assert "softmax_entropy.dh#entropy" in right


def test_entropy_and_impurity_leave_one_map_and_the_absolute_values_all():
    start = printed.softmax(np.array([printed.LOGITS]))[0][0]
    assert np.allclose(printed.descended(printed.l1_penalty), start, rtol=0, atol=1e-12)
    for penalty in (entropy_penalty, impurity_penalty):
        alpha = printed.descended(penalty)
        assert alpha.argmax() == start.argmax() and alpha.max() > 0.99


def test_a_penalty_that_moves_the_weights_is_told_apart_even_if_it_costs_the_same():
    """Equal cost on equal weights and on one alone, but a slope: the descent is looked at as well."""

    def bent(alpha, strength):
        value, _ = printed.l1_penalty(alpha, strength)
        return value, lambda dE: (alpha * np.arange(alpha.size),)

    assert printed.tells_nothing_apart(bent) == ""


def test_a_penalty_by_size_alone_is_told_apart_even_if_it_moves_nothing():
    def squares(alpha, strength):
        return strength * (alpha**2).sum(), lambda dE: (np.ones_like(alpha),)

    assert printed.tells_nothing_apart(squares) == ""


@pytest.mark.parametrize("total", [Fraction(1, 2), Fraction(3)])
def test_the_gradient_is_0_only_where_the_weights_sum_to_1(total):
    assert printed.nothing_added(total) == ""
