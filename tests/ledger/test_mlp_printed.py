"""Chapter mlp, counterexamples to what is printed: each search finds nothing where nothing is wrong."""

from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from cnnmath.ledger import mlp_formulas as formulas
from cnnmath.ledger import mlp_printed as printed
from cnnmath.ledger.mlp import ROWS
from cnnmath.ledger.row import Printed
from cnnmath.ledger.verify import refute
from cnnmath.ops import relu

RIGHT = [
    partial(printed.stray_argument, ("x", "x", "x")),
    partial(printed.layers_counted, True, True),
    partial(printed.never_reached, ((relu, 0),)),
    partial(printed.stray_index, "ij", "ij"),
    partial(printed.one_function_many_values, lambda z: (0 * z, None)),
    partial(printed.layer_of_the_weights, layer=3),
    partial(printed.derivative_at_zero, 0),
    partial(printed.vanishes_all_the_same, Fraction(1)),
    partial(printed.trained_by_another_sample, (0, -1, -2)),  # one sign: off for all or for none
    partial(printed.two_of_four_operations, ("-", "*")),
    partial(printed.negative_weight, lambda w: max(range(len(w)), key=lambda i: abs(w[i]))),
    partial(printed.no_threshold, relu),
    partial(printed.printed_algorithm_2, ("no slip",)),
    partial(printed.local_minimum, (-2,)),
    partial(printed.distance_or_derivative, (Fraction(1),)),
    partial(printed.too_large_a_step, Fraction(1, 4)),
    partial(printed.unscaled_dropout, scaled=True),
]
RIGHT_FORMS = [  # the printed form with its slip mended
    ("relu_layer", partial(formulas.bias_outside, inside=True)),
    ("softmax_net", partial(formulas.input_for_hidden_output, hidden=True)),
    ("backprop_step", partial(formulas.weights_of_another_layer, own=True)),
    ("softmax_net", partial(formulas.masked_output, masked=False)),
    ("activation_facts", partial(formulas.mean_of_two_outputs, mean=Fraction(1, 2))),
    ("backprop_step", partial(formulas.transposed_layout, transposed=False)),
    ("backprop_step", partial(formulas.factor_missing, factor=True)),
    ("elu_slope", partial(formulas.slope_below_zero, word="relu")),
    ("neuron", partial(formulas.bias_in_the_sum, inside=False)),
    ("squared_error_facts", partial(formulas.no_square, power=2)),
    ("chain_rule_net", partial(formulas.output_as_input, right=True)),
    ("chain_rule_net", partial(formulas.without_activation, activation=True)),
    ("error_split", partial(formulas.split_by_leaving_weights, leaving=False)),
    ("error_split", partial(formulas.columns_by_leaving_weights, leaving=False)),
    ("error_split", partial(formulas.ratio_without_denominators, weights=False)),
    ("output_layer", partial(formulas.bare_error, slope=True)),
    ("chain_rule_net", partial(formulas.one_layer_too_low, layer=3)),
    ("chain_rule_net", partial(formulas.one_layer_too_low, unit=1, layer=3)),
    ("chain_rule_net", partial(formulas.parenthesis_open, weight=True, closed=True)),
    ("chain_rule_net", partial(formulas.parenthesis_open, weight=False, closed=True)),
    ("chain_rule_net", partial(formulas.one_path, both=True)),
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
        ("zhang-4.2.3-b", "widths (2, 2, 2): 2 layers by this document, 3 by the other"),
        ("chain-1-m", "widths (2, 2, 2): 3 layers by this document, 2 by the other"),
        ("zhang-4.29", "K=2, H=1, D=1"),
        ("zhang-4.36", "H=1, K=1, D=1"),
        ("bouvrie-2.2-d", "H=1, K=2, D=1"),
        ("chain-3-a", "K=2, H=1"),
        ("chain-3-c", "K=2, H=2"),
        ("ng-1.11-b", "30 layers, weights 1/2, every unit active: gradient 9.3e-10"),
        ("chain-1-a", "D=2"),
        ("chain-1-b", "w=(-1, 0)"),
        ("chain-dropout", "a=1, w=1, kept with 1/2: mean in training 1/2, at test time 1"),
    ],
)
def test_examples_are_the_smallest(row, start):
    assert refute(FOUND[row]).startswith(start)


def test_both_slips_of_algorithm_2_are_found():
    first, second = printed.printed_algorithm_2().split("; W")
    assert first.startswith("x for a: W = [[2.0]], [[3.0], [4.0]]") and "dW(2)" in first
    assert second.startswith(" for W(l): ") and "dW(1)" in second


def test_the_end_of_the_descent_is_what_the_ledger_says():
    assert "ends at 1.347, J = -2.619; J(-1.473) = -5.444" in printed.local_minimum()
    assert not np.isclose(printed.quartic(1.347), printed.quartic(-1.473))
