"""002 chapter 5, counterexamples to what is printed: each search finds nothing where nothing is wrong."""

from functools import partial
from itertools import permutations

import pytest

from cnnmath.ledger import cnn_backward_printed as backward
from cnnmath.ledger import cnn_printed as printed
from cnnmath.ledger import cnn_zhang_formulas as formulas
from cnnmath.ledger.cnn_zhang import ROWS
from cnnmath.ledger.row import Printed
from cnnmath.ledger.verify import refute

RIGHT = [
    partial(printed.label_without_a_score, first=0),
    partial(printed.letters_twice, (("W", "weights"), ("V", "width"))),
    partial(printed.undefined_sizes, ("F_1", "F_2", "D_(l-1)", "D_l")),
    partial(printed.relu_on_the_scores, activated=1),
    partial(printed.rows_that_do_not_fit, own=True),
    partial(printed.elementwise, 1, summed=True),
    partial(printed.elementwise, 3, summed=True),
    partial(printed.index_leaves_the_input, shifted=True),
    partial(printed.skipped_positions, lambda stride: stride),
    partial(printed.not_a_whole_number, 0, rounded=True),
    partial(printed.not_a_whole_number, 1, rounded=True),
    partial(printed.even_kernel, 0, (1, 3, 5)),
    partial(printed.even_kernel, 1, (1, 3, 5)),
    partial(printed.window_too_large, inclusive=False),
    partial(printed.nothing_lost, tuple(permutations((1, 2, 3, 4)))),
    partial(backward.assigned_not_added, added=True),
    partial(backward.order_of_arguments, (1, -1, 2, -2)),
    partial(backward.without_its_conditions, full=True, turned=False),
    partial(backward.no_zeros_between, spread=True),
    partial(backward.displaced_tag, ("5.23", "5.24", "5.25", "5.26", "5.27")),
    partial(backward.lost_indices, "i, j, d, d_l"),
    partial(backward.one_index_twice, ("i_l", "j_l")),
    partial(backward.printed_twice, ("5.31", "5.32", "5.33", "5.34")),
]
MENDED = [  # the printed form with its slips mended
    partial(formulas.one_filter_and_a_bound_place, all_filters=True, own_place=True),
    partial(formulas.weight_outside_the_sum, all_filters=True, moving=True),
]


def name(search):
    return getattr(search, "func", search).__name__


@pytest.mark.parametrize("search", RIGHT, ids=name)
def test_nothing_is_found_where_nothing_is_wrong(search):
    assert search() == ""


@pytest.mark.parametrize("sides", MENDED, ids=name)
def test_the_right_form_is_not_refuted(sides):
    assert refute(Printed("wrong", "right", "author", sides, "conv_layer")) == ""
    slips = tuple(sides.keywords)
    assert backward.each_slip(partial(sides.func, **sides.keywords), ()) == ""
    assert backward.each_slip(mended(sides), slips) == ""


def mended(sides):
    """The right form, whatever slip is asked for."""
    return lambda D, **asked: sides(D)


def test_every_search_is_tried_here():
    used = [row.printed.refute for row in ROWS if row.printed]
    assert {name(search) for search in used} == {name(search) for search in RIGHT} | {"each_slip"}
    formulas_used = {search.args[0] for search in used if name(search) == "each_slip"}
    assert formulas_used == {sides.func for sides in MENDED}


FOUND = {row.id: row.printed for row in ROWS if row.printed}


@pytest.mark.parametrize(
    ("row", "example"),
    [
        ("zhang-5.3", "K=1: label 1 has no score"),
        ("zhang-5.1-b", "W is the weights and the width of an image; D is"),
        ("zhang-5.2-b", "x=1, w=1, v=-1, no biases: score -1, with a relu 0"),
        ("zhang-5.4", "n_l=1, n=2: W x has 2 entries, b has 1"),
        ("zhang-5.7", "w=[0, 1], x=[0, 1]: the inner product is 1, w (.) x is [0, 1]"),
        ("zhang-5.8", "w=[[[0, 1]]], x=[[[0, 1]]]: the inner product is 1"),
        ("zhang-5.13-b", "S=1, H=2, F=1: the windows start at (0, 1), literally (0)"),
        ("zhang-5.13", "H=1, F=1, S=1, P=1, X=(1), W=(1): A(0) is 0, printed 1"),
        ("zhang-5.14", "H=2, F=1, P=0, S=2: printed 3/2; windows that fit: 1"),
        ("zhang-5.15", "W=2, F=1, P=0, S=2: printed 3/2; windows that fit: 1"),
        ("zhang-5.16", "F=2: P = 1/2; H=2 becomes 1 with P=0, 3 with P=1"),
        ("zhang-5.20", "X=(0, 1), F=1, S=1: A(0) is 0, printed 1; A(1) asks for X(2)"),
        ("zhang-5.2.2-b", "X = four times 1: A = 1"),
        ("zhang-5.4.1-b", "H=2, F=2: dX has size 2, the convolution (5.10) of dA, size 1, with"),
        ("zhang-5.4.1-c", "H=2, F=1, S=2, W=(1), dA=(1): dX = (1, 0), printed (1)"),
        ("zhang-5.30", "z=0: the derivative of max(0, z) is 0, of max(z, 0) 1"),
        ("zhang-5.4.2-b", "X=(0, 1, 0), F=2, S=1, dA=(1, 2): dX = (0, 3, 0), put there (0, 2, 0)"),
    ],
)
def test_examples_are_the_smallest(row, example):
    assert refute(FOUND[row]).startswith(example)


@pytest.mark.parametrize(
    ("row", "first", "second"),
    [
        ("zhang-5.28", "one filter only: N=1, C=1, O=2, I=1,", "X at another place on the right: "),
        ("zhang-5.29", "one filter only: N=1, C=1, O=2, I=1,", "a weight that does not move with"),
    ],
)
def test_each_slip_of_the_input_gradient_is_found_by_itself(row, first, second):
    found = refute(FOUND[row])
    assert found.startswith(first)
    one, other = found.split(f"; {second}")
    assert "O=2" in one and "O=1, I=2" in other


@pytest.mark.parametrize("row", ["zhang-5.24", "zhang-5.25", "zhang-5.26", "zhang-5.32"])
def test_slips_of_the_file_are_not_blamed_on_the_author(row):
    assert FOUND[row].blame == "extraction"


def test_both_halves_of_the_phrase_on_the_backward_pass_are_found():
    assert "; H=2, F=1, X=(1 .. 2), dA=(1, 2): dW = (5), with a flip (4)" in (
        backward.without_its_conditions()
    )
    assert backward.without_its_conditions(full=True).startswith("H=2, F=1")
    assert backward.without_its_conditions(turned=False).startswith("H=2, F=2")
