"""The pictures of dropout and crops: what is drawn is what the sweeps recorded, and what the page says."""

from statistics import mean

import numpy as np
import pytest
from figure_text import figure_tests

from cnnmath.course import figures_regularisation as figures
from cnnmath.course.sweeps import sweep
from cnnmath.data import five_crop, load_digits
from cnnmath.ops import ShapeError

DROPOUT, CROPS = sweep("dropout_sweep")["rows"], sweep("crop_sweep")["rows"]
KEEPS, SEEDS, SAMPLES = (1.0, 0.8, 0.5), (0, 1, 2), (100, 300, 1000)
IMAGE = load_digits(np.float64).x_test[0, 0]


def over_epochs(keep, wrong):
    rows = [r for r in DROPOUT if (r["keep"], r["wrong_labels"]) == (keep, wrong)]
    return [{s["epoch"]: s["test_accuracy"] for s in r["snapshots"][1:]} for r in rows]


def over_samples(training, test):
    last = {
        (r["samples"], r["seed"]): r["snapshots"][-1] for r in CROPS if r["training"] == training
    }
    return [{n: last[n, seed][test] for n in SAMPLES} for seed in SEEDS]


DROPOUT_PANELS = {
    f"{wrong:.0%} wrong labels": {f"keep {keep:g}": over_epochs(keep, wrong) for keep in KEEPS}
    for wrong in (0.0, 0.2)
}
CROP_PANEL = {
    "7x7 parts": {
        "trained on the centre": over_samples("centre", "centre"),
        "random crops, centre": over_samples("random crops", "centre"),
        "random crops, five": over_samples("random crops", "averaged"),
    }
}

FIGURES = {
    "accuracy_panels, dropout": lambda: figures.accuracy_panels(DROPOUT_PANELS, "epoch"),
    "accuracy_panels, crops": lambda: figures.accuracy_panels(CROP_PANEL, "digits", log=True),
    "five_windows": lambda: figures.five_windows(IMAGE, 6),
    "five_windows, whole": lambda: figures.five_windows(IMAGE, 8),
}


test_a_figure_is_the_same_bytes_twice, test_text_can_be_read = figure_tests(FIGURES)


def test_dots_are_the_runs_and_the_line_is_their_mean():
    figure = figures.accuracy_panels(DROPOUT_PANELS, "epoch")
    assert [axes.get_title() for axes in figure.axes] == list(DROPOUT_PANELS)
    for axes, panel in zip(figure.axes, DROPOUT_PANELS.values(), strict=True):
        lines = iter(axes.lines)
        for runs in panel.values():
            drawn = [next(lines).get_xydata() for _ in (*runs, "mean")]
            recorded = [list(map(list, run.items())) for run in runs]
            assert [each.tolist() for each in drawn[:-1]] == recorded
            assert np.allclose(drawn[-1], np.mean(recorded, axis=0), atol=1e-15)
        assert next(lines, None) is None


def test_a_name_has_one_look_in_all_panels():
    one, two = figures.accuracy_panels(
        {"a": {"x": [{1: 0.5}], "y": [{1: 0.6}]}, "b": {"y": [{1: 0.7}]}}, "epoch"
    ).axes
    assert one.lines[3].get_color() == two.lines[1].get_color() != one.lines[1].get_color()
    assert one.lines[3].get_marker() == two.lines[1].get_marker() != one.lines[1].get_marker()


def test_each_frame_lies_around_its_crop():
    first, *others = figures.five_windows(IMAGE, 6).axes
    for frame, axes, crop in zip(
        first.patches, others, five_crop(IMAGE[None, None], 6), strict=True
    ):
        column, row = (round(n + 0.45) for n in frame.get_xy())
        assert np.array_equal(axes.images[0].get_array(), crop[0, 0])
        assert np.array_equal(IMAGE[row : row + 6, column : column + 6], crop[0, 0])
        assert frame.get_edgecolor() == axes.spines["left"].get_edgecolor()
        assert 5.6 < frame.get_width() == frame.get_height() <= 6


# ------------------------------------------------------------------------------ what the page says


def last(keep, wrong, what):
    rows = [r for r in DROPOUT if (r["keep"], r["wrong_labels"]) == (keep, wrong)]
    return [r["snapshots"][-1][what] for r in rows]


def test_dropout_matters_where_labels_are_wrong():
    right = [mean(last(keep, 0.0, "test_accuracy")) for keep in KEEPS]
    assert max(right) - min(right) < 0.006
    wrong = {keep: last(keep, 0.2, "test_accuracy") for keep in KEEPS}
    assert all(a < b - 0.05 for a, b in zip(wrong[1.0], wrong[0.5], strict=True))
    assert min(last(1.0, 0.2, "train_accuracy")) >= 0.99  # the wrong labels are learnt by heart
    assert max(last(0.5, 0.2, "train_accuracy")) < 0.9


def test_stopping_early_does_nearly_as_well():
    early = mean(run[5] for run in over_epochs(1.0, 0.2))
    assert 0 < mean(last(0.5, 0.2, "test_accuracy")) - early < 0.01


def test_five_crops_beat_the_centre_in_every_pair_and_one_crop_does_not():
    centre = [run[n] for run in over_samples("centre", "centre") for n in SAMPLES]
    five = [run[n] for run in over_samples("random crops", "averaged") for n in SAMPLES]
    one = [run[n] for run in over_samples("random crops", "centre") for n in SAMPLES]
    assert len(centre) == 9
    assert all(a < b for a, b in zip(centre, five, strict=True))
    assert 0 < sum(a < b for a, b in zip(centre, one, strict=True)) < 9
    elsewhere = [run[n] for run in over_samples("centre", "mean_of_five") for n in SAMPLES]
    assert max(elsewhere) < 0.7


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: figures.accuracy_panels({}, "x"), ValueError, "no panels"),
        (lambda: figures.accuracy_panels({"a": {}}, "x"), ValueError, "one without runs"),
        (
            lambda: figures.accuracy_panels({"a": {"b": []}}, "x"),
            ValueError,
            r"b has runs over \[\]",
        ),
        (
            lambda: figures.accuracy_panels({"a": {"b": [{1: 0.5}, {2: 0.5}]}}, "x"),
            ValueError,
            r"b has runs over \[\[1\], \[2\]\]; wanted the same x",
        ),
        (
            lambda: figures.accuracy_panels({"a": {"b": [{1: 97.0}]}}, "x"),
            ValueError,
            "b has 97 to 97; wanted 0 to 1",
        ),
        (
            lambda: figures.accuracy_panels({"a": {k: [{1: 0.5}] for k in "abcdefgh"}}, "x"),
            ValueError,
            "8 names; wanted at most 7",
        ),
        (lambda: figures.five_windows(IMAGE[0], 6), ShapeError, r"image has shape \(8,\)"),
        (lambda: figures.five_windows(IMAGE, 9), ValueError, "size is 9 x 9, larger"),
    ],
)
def test_bad_input_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()
