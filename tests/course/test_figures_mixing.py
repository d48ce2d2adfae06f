"""The pictures of chapter 04: what is drawn is what the ops compute and what the sweep recorded."""

import numpy as np
import pytest
from figure_text import figure_tests, texts

from cnnmath.course import figures_mixing as figures
from cnnmath.course.sweeps import sweep
from cnnmath.nn import LENET_C3
from cnnmath.ops import ShapeError, entropy_penalty, impurity_penalty, l1_penalty, subsample2d

X = np.array([[1.0, 2, 0, 1, 4, 5], [3, 4, 1, 0, 7, 8]])
PENALTIES = {
    "L1": lambda a: l1_penalty(a[None], 1)[0],
    "entropy": lambda a: entropy_penalty(a[None], 1)[0],
    "impurity": lambda a: impurity_penalty(a[None], 1)[0],
}
RUNS = [row for row in sweep("mixing_sweep")["rows"] if row["seed"] == 0]
ALPHAS = {r["penalty"]: {s["epoch"]: np.array(s["alpha"]) for s in r["snapshots"]} for r in RUNS}
ENTROPIES = {r["penalty"]: [{s["epoch"]: s["mean_entropy"] for s in r["snapshots"]}] for r in RUNS}

FIGURES = {
    "subsampling_picture": lambda: figures.subsampling_picture(X, 0.5, -1, 2),
    "subsampling_picture, rows": lambda: figures.subsampling_picture(X, 2, 0.25, (1, 3)),
    "connection_table": lambda: figures.connection_table(LENET_C3, 6),
    "on_the_triangle": lambda: figures.on_the_triangle(PENALTIES),
    "on_the_triangle, one": lambda: figures.on_the_triangle({"L1": PENALTIES["L1"]}),
    "weights_over_training": lambda: figures.weights_over_training(ALPHAS),
    "weights_over_training, one": lambda: figures.weights_over_training({"l1": ALPHAS["l1"]}),
    "entropies": lambda: figures.entropies(ENTROPIES, np.log(6)),
}


test_a_figure_is_the_same_bytes_twice, test_text_can_be_read = figure_tests(FIGURES)


def test_the_picture_of_subsampling_holds_the_numbers_of_the_op():
    dz = np.array([[2.0, -1, 3]])
    one = np.ones(1)
    z, backward = subsample2d(X[None, None], 0.5 * one, -one, 2)
    dx, dbeta, db = backward(dz[None, None])
    figure = figures.subsampling_picture(X, 0.5, -1, 2, dz)
    drawn = texts(figure)
    down = 2 * (z + 1)
    tables = [*X.flat, *down.flat, *z.flat, *dz.flat, *dx.flat]
    assert sorted(f"{n:g}" for n in tables) == sorted(t for t in drawn if is_number(t))
    said = " ".join(drawn)
    assert f"= {dbeta[0]:g}, db" in said and f"dz = {db[0]:g}" in said
    assert "z = 0.5 down(x) - 1" in said


def is_number(text):
    return text.lstrip("-").replace(".", "", 1).isdigit()


def test_every_pair_of_the_table_has_a_cross():
    drawn = texts(figures.connection_table(LENET_C3, 6))
    assert drawn.count("×") == sum(map(len, LENET_C3)) == 60
    axes = figures.connection_table(((1,), (0, 2)), 3).axes[0]
    assert [(t.get_position(), t.get_text()) for t in axes.texts] == [
        ((1, 0), "×"),
        ((0, 1), "×"),
        ((1, 2), "×"),
    ]


def test_a_constant_is_flat_and_the_others_fall_towards_the_corners():
    figure = figures.on_the_triangle(PENALTIES)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["L1\n1 everywhere", "entropy\n0.17 to 1.10", "impurity\n0.06 to 0.67"]
    levels = [len(axes.collections) for axes in figure.axes]
    assert levels[0] == 0 and min(levels[1:]) == 2  # filled, and lines
    for name in ("entropy", "impurity"):
        assert PENALTIES[name](np.array([0.8, 0.1, 0.1])) < PENALTIES[name](np.full(3, 1 / 3))


def test_the_triangle_holds_mixtures():
    weights = figures.triangle(10)
    assert (weights > 0).all() and np.allclose(weights.sum(axis=1), 1)
    assert len(weights) == 9 * 8 // 2 == len({tuple(row) for row in weights})


def test_each_picture_of_weights_is_that_of_its_run_and_epoch():
    figure = figures.weights_over_training(ALPHAS)
    shown = [image.get_array() for axes in figure.axes for image in axes.images]
    recorded = [alpha for run in ALPHAS.values() for alpha in run.values()]
    assert all(np.array_equal(a, b) for a, b in zip(shown, recorded, strict=False))
    assert len(recorded) == len(ALPHAS) * 6
    images = [image for axes in figure.axes for image in axes.images]
    assert {image.get_clim() for image in images[: len(recorded)]} == {(0, 1)}


def test_the_sweep_says_what_the_page_says():
    """L1 leaves every weight where it was without a penalty; the others choose maps."""
    rows = sweep("mixing_sweep")["rows"]
    assert {row["seed"] for row in rows} == {0, 1, 2}
    by = {(row["seed"], row["penalty"]): row for row in rows}
    for seed in (0, 1, 2):
        none = by[seed, "none"]["snapshots"]
        assert none == by[seed, "l1"]["snapshots"]
        assert by[seed, "l1"]["logits_from_none"] < 1e-12
        for penalty in ("entropy", "impurity"):
            assert by[seed, penalty]["snapshots"][-1]["mean_entropy"] < 0.3
        assert none[-1]["mean_entropy"] > 1.5


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: figures.subsampling_picture(X, 1, 0, 5), ShapeError, "no whole number of blocks"),
        (lambda: figures.subsampling_picture(X, 1, 0, 2, X), ShapeError, r"wanted \(1, 3\)"),
        (lambda: figures.connection_table(((0, 6),), 6), ValueError, "wanted entries from 0 to 5"),
        (lambda: figures.on_the_triangle({}), ValueError, r"0 functions; wanted 1\.\.4"),
        (lambda: figures.weights_over_training({}), ValueError, "no runs"),
        (
            lambda: figures.weights_over_training({"a": {0: X}, "b": {1: X}}),
            ValueError,
            r"b has epochs \[1\], not \[0\]",
        ),
        (
            lambda: figures.weights_over_training({"a": {0: X, 1: X[:1]}}),
            ShapeError,
            "wanted one shape",
        ),
        (lambda: figures.entropies({}, 1.0), ValueError, "0 kinds of runs"),
        (
            lambda: sweep("mixing"),
            FileNotFoundError,
            "no result 'mixing'; there are .*mixing_sweep",
        ),
    ],
)
def test_bad_input_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()
