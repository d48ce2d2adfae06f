"""Counterexamples to 002 sections 6.4 to 6.6: each search finds nothing where nothing is wrong."""

from fractions import Fraction
from functools import partial

import pytest

from cnnmath.ledger import implementation_regularisation_printed as printed
from cnnmath.ledger.implementation_regularisation import ROWS
from cnnmath.ledger.row import Printed
from cnnmath.ledger.verify import refute

RIGHT = [
    partial(printed.nothing_at_test_time, lambda keep: keep),
    partial(printed.one_net_for_all, lambda s: s),  # linear units
    partial(printed.every_layer, (1,)),  # hidden layers alone
]
RIGHT_FORMS = [("centring", partial(printed.bare_test_images, centred=True))]
FOUND = {row.id: row.printed for row in ROWS if row.printed}


@pytest.mark.parametrize("search", RIGHT, ids=lambda search: search.func.__name__)
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
    "zhang-6.4-b": "a=(1), w=(1), p=1/2: the mean in training is 1/2, the sum in the test 1; with "
    "a=(1, 2, 3), w=(1, -1, 2): 5/2 and 5",
    "zhang-6.4-c": "a=(1), w=(2), b=-1, p=1/2: the mean of the 2 nets is 1/2, the one net gives 0; with "
    "a=(1, 2, 3), w=(1, -1, 2), b=-2: 7/4 and 1/2, for 8 nets",
    "zhang-6.25": "N=1, K=1, D=1, k=0; ",
    "zhang-6.6-b": "1 sample, 2 relu units, 2 classes, all 0: the output biases get (-0.5, 0.5), p - e_y; a "
    "softmax classifier with 3 classes reaches accuracy 1 from 0",
}


@pytest.mark.parametrize(("row", "start"), EXAMPLES.items())
def test_examples_are_the_smallest(row, start):
    assert refute(FOUND[row]).startswith(start)


def test_every_printed_form_has_its_example():
    assert EXAMPLES.keys() == FOUND.keys()


# ---------------------------------------------------------------------------- what they stand on


@pytest.mark.parametrize("factor", [lambda keep: 1 / keep, lambda keep: 1 - keep / 2])
def test_other_factors_at_test_time_are_wrong_too(factor):
    assert printed.nothing_at_test_time(factor).startswith("a=(1), w=(1), p=1/2: ")


def test_1_minus_p_is_right_at_one_half_and_wrong_at_one_third():
    assert printed.nothing_at_test_time(lambda keep: 1 - keep).startswith("a=(1), w=(1), p=1/3: ")


@pytest.mark.parametrize("f", [lambda s: s * s, lambda s: abs(s), lambda s: max(s, 0) + s])
def test_other_functions_with_a_bend_are_examples(f):
    assert "the one net gives" in printed.one_net_for_all(f)


def test_affine_functions_are_none():
    assert printed.one_net_for_all(lambda s: 3 * s - 2) == ""


def test_the_mean_over_masks_is_that_of_their_probabilities():
    keep = Fraction(1, 3)
    assert printed.mean_over_masks(lambda m: 1, 3, keep) == 1
    assert printed.mean_over_masks(sum, 3, keep) == 1
    assert printed.mean_over_masks(lambda m: m[0] * m[1], 2, keep) == keep**2


def test_output_layers_alone_are_told_apart():
    assert printed.every_layer((3,)) == printed.every_layer()


def test_output_layers_of_one_class_that_is_always_right_are_not(monkeypatch):
    """p - e_y is the same for all classes only where the loss says so."""

    def no_loss(s, t):
        return s.sum() * 0, lambda dE: (s * 0,)

    monkeypatch.setattr(printed, "cross_entropy", no_loss)
    assert printed.every_layer() == ""
