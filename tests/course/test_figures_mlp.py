"""The pictures of chapter 02."""

import numpy as np
import pytest
from figure_text import figure_tests, texts

from cnnmath import relu, sigmoid
from cnnmath.course import figures_mlp as figures
from cnnmath.ops import ShapeError

POINTS, LABELS = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
MANY = np.random.default_rng(0).uniform(-1, 1, (40, 2))
COLUMNS = [["x[0] = 1", "x[1] = 2"], ["a[0] = 1/2", "a[1] = 3/4"], ["y = 3/4"]]
EDGES = {(0, 0, 0): "2", (0, 1, 0): "-1", (0, 0, 1): "1", (0, 1, 1): "1/2", (1, 0, 0): "3"}
HEADS = ["input", "hidden", "output"]
Z = np.linspace(-2, 2, 9)


def by_sign(points):
    return np.stack([points[:, 0], -points[:, 0]], axis=1)


def plane(points=POINTS, scores=by_sign):
    return figures.Plane(points, scores)


FIGURES = {
    "class_panels": lambda: figures.class_panels({"a": plane(), "b": plane(scores=None)}, LABELS),
    "class_panels, many": lambda: figures.class_panels({"a": plane(MANY)}, np.arange(40) % 3),
    "activation_curves": lambda: figures.activation_curves({"relu": relu, "sigmoid": sigmoid}, Z),
    "activation_curves, one": lambda: figures.activation_curves({"relu": relu}, Z),
    "network": lambda: figures.network(COLUMNS, EDGES, HEADS),
    "by_layer": lambda: figures.by_layer({"a": [1e-8, 1e-3, 1], "b": [1, 2, 3]}, "size"),
}


test_a_figure_is_the_same_bytes_twice, test_text_can_be_read = figure_tests(FIGURES)


def test_the_shade_is_the_class_that_wins():
    shaded, plain = figures.class_panels({"a": plane(), "b": plane(scores=None)}, LABELS).axes
    shade = shaded.collections[0].get_array()
    first, last = shade[:, 0], shade[:, -1]
    assert set(np.unique(first)) == {1} and set(np.unique(last)) == {0}
    assert len(plain.collections) == 2  # the points alone


def test_the_curves_are_those_of_the_op():
    values, slopes = figures.activation_curves({"relu": relu}, Z).axes
    assert (values.lines[0].get_ydata() == np.maximum(Z, 0)).all()
    assert (slopes.lines[0].get_ydata() == (Z > 0)).all()


def test_every_box_and_every_weight_is_written():
    assert sorted(texts(figures.network(COLUMNS, EDGES, HEADS))) == sorted(
        [*EDGES.values(), *HEADS, *(text for column in COLUMNS for text in column)]
    )


def test_the_layers_are_counted_from_the_input():
    (axes,) = figures.by_layer({"a": [1e-8, 1e-3, 1]}, "size").axes
    assert axes.get_yscale() == "log"
    assert axes.lines[0].get_xdata().tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: figures.class_panels({}, LABELS), ValueError, "no panels; wanted at least one"),
        (
            lambda: figures.class_panels({"a": plane()}, LABELS + 6),
            ValueError,
            r"labels \(4,\); wanted \(n,\), at most 7 classes",
        ),
        (
            lambda: figures.class_panels({"a": plane()}, LABELS[:0]),
            ValueError,
            r"labels \(0,\)",
        ),
        (
            lambda: figures.class_panels({"a": plane(POINTS[:, :1])}, LABELS),
            ShapeError,
            r"a: \(4, 1\); wanted \(4, 2\)",
        ),
        (
            lambda: figures.class_panels({"a": plane(scores=lambda x: x[:3])}, LABELS),
            ShapeError,
            r"a gave \(3, 2\); wanted \(40000, k\)",
        ),
        (
            lambda: figures.activation_curves({"relu": relu}, Z[:1]),
            ShapeError,
            r"z has shape \(1,\); wanted \(m,\), m >= 2",
        ),
        (lambda: figures.activation_curves({}, Z), ValueError, r"0 functions; wanted 1\.\.7"),
        (lambda: figures.network(COLUMNS, EDGES, HEADS[:2]), ValueError, "3 columns, 2 heads"),
        (lambda: figures.network([], {}, []), ValueError, "0 columns, 0 heads"),
        (
            lambda: figures.network(COLUMNS, {(2, 0, 0): "1"}, HEADS),
            ValueError,
            r"edge \(2, 0, 0\) joins no two boxes",
        ),
        (
            lambda: figures.network(COLUMNS, {(1, 0, 1): "1"}, HEADS),
            ValueError,
            r"edge \(1, 0, 1\) joins no two boxes",
        ),
        (lambda: figures.by_layer({}, "size"), ValueError, r"0 lines; wanted 1\.\.7"),
        (
            lambda: figures.by_layer({"a": [1, 0]}, "size"),
            ValueError,
            r"a has shape \(2,\); wanted numbers > 0, \(n,\)",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
