"""The pictures of chapter 05 on rounding: what is drawn is what was measured."""

import math

import numpy as np
import pytest
from figure_text import figure_tests, texts

from cnnmath.course import figures_numerics as figures
from cnnmath.course.rounding import rounding_errors

GAPS = [0, 10, 30, 60, 95, 110]
ERRORS = rounding_errors(np.float32, GAPS)
WIDE = [0, 100, 400, 720, 760]

FIGURES = {
    "float32": lambda: figures.ulp_over_gap(GAPS, ERRORS, np.float32),
    "float64": lambda: figures.ulp_over_gap(WIDE, rounding_errors(np.float64, WIDE), np.float64),
    "one": lambda: figures.ulp_over_gap(GAPS, {"softmax": ERRORS["softmax"]}, np.float32),
}


test_a_figure_is_the_same_bytes_twice, test_text_can_be_read = figure_tests(FIGURES)


def test_every_panel_holds_the_errors_of_its_quantity():
    figure = FIGURES["float32"]()
    assert [axes.get_title() for axes in figure.axes] == list(ERRORS)
    for axes, lines in zip(figure.axes, ERRORS.values(), strict=True):
        assert axes.get_yscale() == "log"
        drawn = {line.get_label(): line for line in axes.lines if line.get_label() in lines}
        assert drawn.keys() == lines.keys()
        for formula, values in lines.items():
            x, y = drawn[formula].get_data()
            wanted = [max(v, figures.LEAST) if math.isfinite(v) else math.nan for v in values]
            assert list(x) == GAPS and np.array_equal(y, wanted, equal_nan=True)


def test_infinite_errors_are_crosses_above_everything_else():
    figure = FIGURES["float32"]()
    for axes, lines in zip(figure.axes, ERRORS.values(), strict=True):
        crosses = [line.get_data() for line in axes.lines if line.get_marker() == "x"]
        wanted = [
            [g for g, e in zip(GAPS, v, strict=True) if e == math.inf] for v in lines.values()
        ]
        assert [list(x) for x, _ in crosses] == wanted
        for _, y in crosses:
            assert all(2**23 < each < axes.get_ylim()[1] for each in y)
    assert [len(c) for c in wanted] == [
        0,
        0,
        0,
    ]  # the loss of the class ahead is below the floats there


def test_the_two_bounds_are_named():
    assert texts(FIGURES["one"]()) == ["no digit right", "best"]


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: figures.ulp_over_gap(GAPS, {}, np.float32), "no errors; wanted"),
        (lambda: figures.ulp_over_gap(GAPS, {"softmax": {}}, np.float32), "no errors; wanted"),
        (
            lambda: figures.ulp_over_gap([1], {"softmax": {"naive": [1.0]}}, np.float32),
            "no formula 'naive'; wanted textbook, shifted, ours",
        ),
        (
            lambda: figures.ulp_over_gap([1, 2], {"softmax": {"ours": [1.0]}}, np.float32),
            "softmax, ours: 1 errors for 2 gaps",
        ),
    ],
)
def test_bad_input_is_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call()
