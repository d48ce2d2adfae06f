"""Optimisers on two surfaces, their pictures, and what the committed comparison says."""

from statistics import mean

import numpy as np
import pytest
import sympy
from figure_text import figure_tests

from cnnmath.course import figures_optimisers as figures
from cnnmath.course import landscapes, surfaces
from cnnmath.course.surfaces import BEND, RULES, VALLEY, Surface, path, tuned, turned
from cnnmath.course.sweeps import sweep
from cnnmath.nn import SGD, Adagrad, Adam, RMSprop
from cnnmath.ops import ShapeError

RATES = [10 ** (k / 4) for k in range(-10, 2)]
VALLEY_RUNS, BEND_RUNS = tuned(VALLEY, 30, RATES), tuned(BEND, 60, RATES)
RESULT = sweep("optimisers")
CURVES = {
    row["name"]: {each["rate"]: each["mean"] for each in row["curve"]} for row in RESULT["rows"]
}
C0, C1 = np.linspace(-1, 1, 5), np.linspace(-2, 2, 4)
BOWL, POINTS = C0[:, None] ** 2 + C1**2, np.array([[0.0, 0.0], [1.0, 0.5]])

FIGURES = {
    "surface_paths, valley": lambda: figures.surface_paths(VALLEY, VALLEY_RUNS),
    "surface_paths, bend": lambda: figures.surface_paths(BEND, BEND_RUNS),
    "surface_paths, two": lambda: figures.surface_paths(
        VALLEY, {name: VALLEY_RUNS[name] for name in ("momentum", "Adam")}
    ),
    "rate_curves": lambda: figures.rate_curves(CURVES),
    "rate_curves, one that broke off": lambda: figures.rate_curves({"a": {1.0: None, 0.1: 0.5}}),
    "paths_on_contours, two rows": lambda: landscapes.paths_on_contours(
        C0, C1, BOWL, dict.fromkeys("abcde", POINTS), columns=3
    ),
}


test_a_figure_is_the_same_bytes_twice, test_text_can_be_read = figure_tests(FIGURES)


# ------------------------------------------------------------------------------------- surfaces


@pytest.mark.parametrize("surface", [VALLEY, BEND], ids=["valley", "bend"])
def test_the_gradient_is_sympys(surface):
    a, b = sympy.symbols("a b")
    value = sympy.sympify(surface.value(a, b))
    for found, symbol in zip(surface.gradient(a, b), (a, b), strict=True):
        assert sympy.expand(found - sympy.diff(value, symbol)) == 0
        assert sympy.expand(-found - sympy.diff(value, symbol)) != 0


def test_the_valley_is_convex_and_the_bend_is_not():
    a, b = sympy.symbols("a b")
    assert sympy.hessian(VALLEY.value(a, b), (a, b)) == sympy.diag(1, 25)
    curvature = sympy.hessian(BEND.value(a, b), (a, b)).subs({a: 0, b: 1})
    assert min(curvature.eigenvals()) < 0
    assert BEND.value(1, 1) == 0 and BEND.gradient(1, 1) == (0, 0)


def test_a_path_is_what_the_updates_say():
    points = path(SGD(0.01), VALLEY, 3)
    assert points.shape == (4, 2)
    assert np.allclose(points, [[-4 * 0.99**t, 0.75**t] for t in range(4)], rtol=1e-14)
    corner = path(Adagrad(0.5), VALLEY, 1)[1]  # a first step of the rate, whatever the slopes
    assert np.allclose(corner, [-3.5, 0.5], rtol=1e-8)


def test_a_path_ends_where_the_numbers_do():
    points = path(SGD(1e200), BEND, 20)
    assert 2 <= len(points) < 21
    assert points[0].tolist() == list(BEND.start)


def test_rmsprop_begins_as_adagrad_with_ten_times_the_rate():
    """While beta^t is near 1, v is a hundredth of the sum of the squares: 1 - beta = 1/100."""
    slow, fast = path(RMSprop(0.02, 0.99), BEND, 5), path(Adagrad(0.2), BEND, 5)
    assert abs(slow - fast).max() < 0.02
    assert abs(slow - path(Adagrad(0.02), BEND, 5)).max() > 0.15


@pytest.mark.parametrize("rule", [Adagrad, RMSprop, Adam])
def test_the_units_of_a_slope_matter_to_plain_descent_only(rule):
    """Rates of their own: the steps do not see in which units a slope is measured, up to epsilon."""
    wide = Surface(VALLEY.value, lambda a, b: (a, 25e4 * b), VALLEY.start, VALLEY.window)
    assert np.allclose(path(rule(0.1), VALLEY, 20), path(rule(0.1), wide, 20), atol=1e-6)
    assert not np.allclose(path(SGD(1e-7), VALLEY, 20), path(SGD(1e-7), wide, 20), atol=1e-6)


@pytest.mark.parametrize("surface", [VALLEY, BEND], ids=["valley", "bend"])
def test_a_turned_surface_has_the_same_heights_and_its_own_gradient(surface):
    other, (a, b), c = turned(surface), (0.3, -1.1), np.sqrt(0.5)
    assert other.value(c * (a - b), c * (a + b)) == pytest.approx(surface.value(a, b))
    assert other.value(*other.start) == pytest.approx(surface.value(*surface.start))
    assert other.gradient(c * (a - b), c * (a + b)) == pytest.approx(
        (c * np.subtract(*surface.gradient(a, b)), c * np.add(*surface.gradient(a, b)))
    )
    h = 1e-6
    slope = (other.value(a + h, b) - other.value(a - h, b)) / (2 * h)
    assert other.gradient(a, b)[0] == pytest.approx(slope, rel=1e-6)


def test_turning_the_axes_matters_to_the_rules_with_a_rate_for_each():
    runs, other = VALLEY_RUNS, tuned(turned(VALLEY), 30, RATES)
    heights = {name: VALLEY.value(*points[-1]) for name, (_, points) in runs.items()}
    found = {name: turned(VALLEY).value(*points[-1]) for name, (_, points) in other.items()}
    for name in ("gradient descent", "momentum", "Nesterov"):
        assert found[name] == pytest.approx(heights[name], rel=1e-9)
    for name in ("Adagrad", "RMSprop"):
        assert heights[name] < 1e-10 and found[name] > 0.1


def test_tuning_takes_the_lowest_end_that_stays_in_the_window():
    assert VALLEY_RUNS.keys() == RULES.keys()
    for name, (rate, points) in VALLEY_RUNS.items():
        ends = {r: path(RULES[name](r), VALLEY, 30) for r in RATES}
        assert np.array_equal(ends[rate], points)
        low, high = np.array(VALLEY.window).T
        staying = [p for p in ends.values() if ((low <= p) & (p <= high)).all()]
        assert VALLEY.value(*points[-1]) == min(VALLEY.value(*p[-1]) for p in staying)


def test_every_rule_gets_lower_and_the_others_beat_plain_descent_in_the_valley():
    heights = {name: VALLEY.value(*points[-1]) for name, (_, points) in VALLEY_RUNS.items()}
    assert max(heights.values()) < 0.05 * VALLEY.value(*VALLEY.start)
    for name in ("Nesterov", "Adagrad", "RMSprop"):
        assert heights[name] < heights["gradient descent"]


# ------------------------------------------------------------------------------------- pictures


def test_each_panel_shows_its_path_and_rate():
    figure = figures.surface_paths(VALLEY, VALLEY_RUNS)
    for axes, (name, (rate, points)) in zip(figure.axes, VALLEY_RUNS.items(), strict=False):
        assert axes.get_title() == f"{name}\nrate {rate:.2g}, 30 steps"
        assert np.array_equal(axes.lines[1].get_xydata(), points)
        assert (axes.get_xlim(), axes.get_ylim()) == VALLEY.window


def test_the_shade_is_the_logarithm_of_the_value():
    c0, c1, heights = surfaces.grid(VALLEY, 3)
    assert np.allclose((c0, c1), ([-4.6, -1.6, 1.4], [-1.3, 0, 1.3]), atol=1e-15)
    assert heights[0, 2] == pytest.approx(np.log(1 + (4.6**2 + 25 * 1.3**2) / 2))


def test_two_rows_leave_the_last_place_empty():
    axes = FIGURES["paths_on_contours, two rows"]().axes
    assert [each.get_visible() for each in axes[:6]] == [True] * 5 + [False]
    assert [bool(each.get_xlabel()) for each in axes[:5]] == [False, False, True, True, True]


def test_the_ring_marks_the_best_rate():
    axes = figures.rate_curves({"a": {0.1: 0.5, 0.01: 0.9, 1.0: 0.9, 10.0: None}}).axes[0]
    curve, ring = axes.lines
    assert curve.get_xydata().tolist() == [[0.01, 0.9], [0.1, 0.5], [1, 0.9]]
    assert ring.get_xydata().tolist() == [[0.01, 0.9]]


# ------------------------------------------------------------------------- the committed comparison


def test_everyone_had_the_same_budget():
    assert [row["name"] for row in RESULT["rows"]] == list(RULES)
    for row in RESULT["rows"]:
        assert [each["rate"] for each in row["curve"]] == RESULT["settings"]["rates"]
        assert {len(each["accuracy"]) for each in row["curve"]} == {3}
        assert len(row["test_accuracy"]) == len(row["losses"]) == 3


def test_the_rate_chosen_is_the_best_on_the_validation_part():
    for row in RESULT["rows"]:
        means = {each["rate"]: each["mean"] for each in row["curve"] if each["mean"] is not None}
        best = max(means.values())
        assert row["rate"] == min(rate for rate, accuracy in means.items() if accuracy == best)
        assert row["rates_within_1_percent"] == sum(m >= best - 0.01 for m in means.values())
        assert row["mean_test_accuracy"] == pytest.approx(mean(row["test_accuracy"]), abs=1e-4)
        assert f"rate={row['rate']}" in row["optimiser"]
        assert 1e-4 < row["rate"] < 10  # not at an end of the grid


def test_the_comparison_says_what_the_page_says():
    """Tuned alike, all are within two percent; the rates that suit them are far apart."""
    rows = {row["name"]: row for row in RESULT["rows"]}
    accuracies = [row["mean_test_accuracy"] for row in rows.values()]
    assert max(accuracies) - min(accuracies) < 0.02
    assert rows["gradient descent"]["rate"] >= 30 * rows["Adam"]["rate"]


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: figures.surface_paths(VALLEY, {}), ValueError, "paths_on_contours: no paths"),
        (
            lambda: figures.surface_paths(VALLEY, {"a": (1.0, C0)}),
            ShapeError,
            r"points have shape \(5,\)",
        ),
        (lambda: figures.rate_curves({}), ValueError, r"0 optimisers; wanted 1\.\."),
        (lambda: figures.rate_curves({"a": {1.0: None}}), ValueError, "a has .*wanted rates > 0"),
        (lambda: figures.rate_curves({"a": {0.0: 0.5}}), ValueError, "a has .*wanted rates > 0"),
        (lambda: figures.rate_curves({"a": {1.0: 50}}), ValueError, "accuracies from 0 to 1"),
        (lambda: surfaces.grid(VALLEY, 1), ShapeError, "1 points on an axis; wanted at least 2"),
        (
            lambda: tuned(VALLEY, 3, [100.0]),
            ValueError,
            "tuned: gradient descent leaves the window at each of 1 rates",
        ),
        (lambda: tuned(VALLEY, 3, []), ValueError, "at each of 0 rates"),
    ],
)
def test_bad_input_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()
