"""Counterexamples to 000, 001 and 003 on convolution: each search finds nothing where nothing is wrong."""

from functools import partial

import pytest

from cnnmath.ledger import cnn_nets_printed as nets
from cnnmath.ledger import cnn_notes_formulas as formulas
from cnnmath.ledger import cnn_notes_printed as printed
from cnnmath.ledger.cnn_notes import ROWS
from cnnmath.ledger.cnn_notes_counts import LAYERS
from cnnmath.ledger.row import Printed
from cnnmath.ledger.verify import refute
from cnnmath.ops import conv2d_output_size, max_pool2d, mean_pool2d


def by_the_rule(n, f, p, s):
    return conv2d_output_size(n, f, stride=s, padding=p)[0]


def as_tensorflow_documents_it(n, f, p, s):
    return -((f - 1 - n) // s)


RIGHT = [
    partial(printed.border_not_said, "full"),
    partial(printed.double_sum, turned=True, by_place=False),
    partial(printed.unanswered, printed.QUESTIONS),
    partial(printed.loss_handed_back, "gradient"),
    partial(printed.slope_at_zero, 0),
    partial(printed.answers_flat_regions, printed.adds_up_to_zero),
    partial(printed.wrong_size, by_the_rule, pads=(0, 1)),
    partial(printed.wrong_size, as_tensorflow_documents_it),
    partial(printed.wrong_size, printed.halved, strides=(2,)),
    partial(printed.wrong_size, printed.unrounded, strides=(1,)),
    partial(printed.wrong_size, printed.rounded_up, strides=(1,)),
    partial(printed.not_halved, windows=(1, 2), odd=False),
    partial(nets.updates_counted, (1,)),
    partial(nets.counts_by_channels, (1,)),
    partial(nets.sum_not_kept, ((mean_pool2d, 2, 0), (max_pool2d, 2, 0), (max_pool2d, 2, 1))),
    partial(nets.handed_over, 2),
    partial(nets.layers_counted, ("003",)),
    partial(nets.uncorrected_rows, lambda c: c),
    partial(nets.data_grow, LAYERS),
    partial(nets.without_channels, rule=lambda c, o, f: f * f * c * o),
]
RIGHT_FORMS = [  # the printed form with its slip mended
    ("true_convolution", partial(formulas.unturned_patches, turned=True)),
    ("true_convolution", partial(formulas.flipped_for_conv2, flipped=False)),
    ("conv_delta", partial(formulas.activation_for_slope, slope=True)),
    ("conv_delta", partial(formulas.reciprocal, derivative=True)),
    ("conv_delta", partial(formulas.one_letter_twice, second="b")),
    ("conv_delta", partial(formulas.own_layer, below=True)),
    ("conv_delta", partial(formulas.unturned_correlation, turned=True)),
    ("translation", partial(formulas.invariance, moved=True)),
]


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
    used = {
        (row.printed.within, getattr(row.printed.refute, "func", row.printed.refute))
        for row in ROWS
        if row.printed
    }
    assert used == tried


FOUND = {row.id: row.printed for row in ROWS if row.printed}


@pytest.mark.parametrize(
    ("row", "start"),
    [
        ("bouvrie-3.1.1-g", "I=1, J=1, P=2, Q=1"),
        ("bouvrie-3.1.1-i", "I=1, J=1, P=2, Q=1"),
        ("rot180-1-a", "M=1, K=1, I=1, J=1, P=1, Q=1"),
        ("rot180-6-a", "map (2, 1), kernel (2, 1): delta (1, 1) has no 'valid' part at all"),
        ("rot180-9-a", "M=1, K=1, I=1, J=1, P=1, Q=1"),
        ("rot180-11-b", "M=1, K=1, I=1, J=1, P=2, Q=1"),
        ("rot180-13-a", "M=1, K=1, I=1, J=1, P=2, Q=1"),
        ("rot180-13-c", "M=1, K=1, I=1, J=1, P=1, Q=1"),
        ("ng-1.1.1-a", "9 questions, 8 answers: question 8 is on shared parameters"),
        ("ng-1.1.2-g", "z=0: relu' = 1 in this document, 0 in document 002"),
        ("ng-1.4-a", "n=2, f=1, p=0, s=1: printed 1, there are 2"),
        ("ng-1.4-c", "n=2, f=1, p=0, s=2: printed 2, there are 1"),
        ("ng-1.8-a", "n=2, f=1, p=0, s=2: printed 3/2, there are 1"),
        ("ng-1.8-f", "x=(0, 1, 0), f=2, s=1, gradients (10, 100): handed over (0, 100, 0)"),
        (
            "ng-1.10-b",
            "c=2, f=1, N=1: printed 1, weights 2; c=3, f=5, N=6: printed 150, weights 450",
        ),
        ("ng-1.10-d", "I=1, P=1, T=1"),
    ],
)
def test_examples_are_the_smallest(row, start):
    assert refute(FOUND[row]).startswith(start)


def test_a_valid_part_of_the_wrong_size_is_found_too():
    """The smallest example has none; where there is one, it is smaller than the map."""
    x = printed.fractions([1], [1], [1])
    delta, w = printed.fractions([1], [1]), printed.fractions([1], [2])
    assert (
        printed.conv2(delta, w).shape == (1, 1) and printed.conv2(delta, w, "full").shape == x.shape
    )


def test_both_slips_of_image_8_are_found():
    assert printed.double_sum(turned=True) == "a map of 2 places: 2 numbers b_xy, the layer has 1"
    assert printed.double_sum(by_place=False).startswith("sigma(z)=(1, 2), w=(0, 1): the sum is 1")


def test_even_sizes_are_not_halved_by_larger_windows():
    every, even = printed.not_halved().split("; ")
    assert every.startswith("n=1, f=1") and even.startswith("n=4, f=3")


def test_one_column_more_of_zeros_does_not_make_an_edge_filter():
    assert printed.answers_flat_regions().startswith("columns (0, 0, 1)")
    assert not printed.answers_flat_regions(lambda column: tuple(column) == (1, -2, 1))


def test_sums_are_lost_in_two_ways():
    first, second = nets.sum_not_kept().split("; ")
    assert first.startswith("sum_pool2d, n=2") and second.startswith("mean_pool2d, n=1, f=2, p=1")


def test_data_grow_at_both_convolutions():
    assert nets.data_grow().split("; ") == [
        "6 maps: 3,072 to 4,704, 1,176 to 1,600",
        "8 maps: 3,072 to 6,272, 1,568 to 1,600",
    ]
