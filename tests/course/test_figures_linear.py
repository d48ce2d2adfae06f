"""The pictures of chapter 01."""

import numpy as np
import pytest
from figure_text import figure_tests, texts

from cnnmath.course import figures_linear as figures
from cnnmath.ops import ShapeError

X, W, B = np.array([2.0, 1.0]), np.array([[2.0, -1.0], [-1.0, 2.0]]), np.array([0.0, 3.0])
POINTS, LABELS = np.array([[1.0, 0.0], [10.0, 10.0]]), np.array([0, 1])
LINE = np.linspace(-1, 1, 9)
RULES = {
    "product": lambda points: points @ POINTS.T,
    "distance": lambda points: -((points[:, None] - POINTS) ** 2).sum(2),
}

FIGURES = {
    "scores_by_hand": lambda: figures.scores_by_hand(X, W, B),
    "region_panels": lambda: figures.region_panels(RULES, POINTS, LABELS),
    "curves": lambda: figures.curves(
        LINE, {"a": LINE, "b": -LINE}, "x", "y", {"here": (0, 0)}, "t"
    ),
    "curves, one": lambda: figures.curves(LINE, {"a": LINE}, "x", "y"),
    "same_place": lambda: figures.same_place(LINE, {"up": -(LINE**2), "down": LINE**2}, "x", 0.0),
    "push_bars": lambda: figures.push_bars(np.array([0.6, -0.7, 0.1]), 1),
    "outer_product": lambda: figures.outer_product(np.array([0.6, -0.7, 0.1]), X),
}


test_a_figure_is_the_same_bytes_twice, test_text_can_be_read = figure_tests(FIGURES)


def test_the_scores_are_those_of_the_arithmetic():
    shown = texts(figures.scores_by_hand(X, W, B))
    assert "2 · 2 + 1 · (-1) + 0" in shown
    assert [text for text in shown if text.startswith("=")] == ["= 3", "= 3"]


def test_the_table_holds_the_products():
    cells = texts(figures.outer_product(np.array([0.6, -0.7]), X))
    assert cells == ["2", "1", "0.6", "-0.7", "1.2", "0.6", "-1.4", "-0.7"]


def test_the_shade_is_the_class_that_wins():
    left, right = figures.region_panels(RULES, POINTS, LABELS).axes
    first = [panel.collections[0].get_array() for panel in (left, right)]
    assert (first[0] != first[1]).any()  # product and distance do not choose alike
    assert [set(np.unique(shade)) for shade in first] == [{0, 1}, {0, 1}]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: figures.scores_by_hand(X[None], W, B), ShapeError, r"x \(1, 2\), w \(2, 2\)"),
        (lambda: figures.scores_by_hand(X, W[:, :1], B), ShapeError, r"w \(2, 1\), b \(2,\)"),
        (lambda: figures.region_panels({}, POINTS, LABELS), ValueError, "no rules"),
        (lambda: figures.region_panels(RULES, POINTS, LABELS[:1]), ShapeError, r"labels \(1,\)"),
        (
            lambda: figures.region_panels({"bad": lambda points: points[:3]}, POINTS, LABELS),
            ShapeError,
            r"bad gave \(3, 2\); wanted \(40000, k\)",
        ),
        (lambda: figures.curves(LINE, {}, "x", "y"), ValueError, r"0 lines; wanted 1\.\.7"),
        (
            lambda: figures.curves(LINE, {"a": LINE[:3]}, "x", "y"),
            ValueError,
            r"a has shape \(3,\)",
        ),
        (lambda: figures.curves(LINE, {"a": LINE / 0}, "x", "y"), ValueError, "finite numbers"),
        (lambda: figures.same_place(LINE, {}, "x", 0), ValueError, r"0 lines; wanted 1\.\.7"),
        (lambda: figures.push_bars(W, 0), ShapeError, r"delta has shape \(2, 2\); wanted \(k,\)"),
        (lambda: figures.push_bars(X, 2), ValueError, r"label is 2; wanted 0\.\.1"),
        (
            lambda: figures.outer_product(W, X),
            ShapeError,
            r"delta \(2, 2\), x \(2,\); wanted \(k,\)",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
