"""The drawing code of the chapters, the seven difficulties and the symbols."""

import numpy as np
import pytest
import sympy
from figure_text import check_text, figure_tests

from cnnmath import affine
from cnnmath.course import difficulties as hard
from cnnmath.course import figures, landscapes
from cnnmath.course.symbolic import symbols
from cnnmath.data import load_digits
from cnnmath.ops import ShapeError

DIGITS = load_digits(np.float64)
IMAGES = DIGITS.x_train[:50, 0]
IMAGE = IMAGES[19]  # a zero
POINTS = np.array([[0.0, 0.0], [1.0, 0.5], [0.2, 1.0]])
C0, C1 = np.linspace(-1, 1, 5), np.linspace(-2, 2, 4)
BOWL = C0[:, None] ** 2 + C1**2

FIGURES = {
    "image_grid": lambda: figures.image_grid(IMAGES[:7], [*"abcdef", "two\nlines"], 3),
    "image_grid, channels": lambda: figures.image_grid(IMAGES[:2, None]),
    "pixel_table": lambda: figures.pixel_table(IMAGE, title="a zero"),
    "templates": lambda: figures.templates(IMAGES[:10].reshape(10, 64) - 0.3),
    "templates of zeros": lambda: figures.templates(np.zeros((1, 4))),
    "confusion": lambda: figures.confusion(np.array([[5, 1], [0, 7]])),
    "confusion without mistakes": lambda: figures.confusion(np.eye(3, dtype=int)),
    "probability_bars": lambda: figures.probability_bars(np.array([0.2, 0.7, 0.1]), 1),
    "probability_bars, no label": lambda: figures.probability_bars(np.array([1.0])),
    "decision_regions": lambda: landscapes.decision_regions(
        lambda x: np.stack([x[:, 0], x[:, 1]], axis=1), POINTS, np.array([0, 0, 1])
    ),
    "loss_slice": lambda: landscapes.loss_slice(C0, C1, BOWL, POINTS),
    "loss_slice, no path": lambda: landscapes.loss_slice(C0, C1, BOWL),
    "paths_on_contours": lambda: landscapes.paths_on_contours(
        C0, C1, BOWL, {"GD": POINTS, "SGD": POINTS[::-1]}
    ),
    "histories": lambda: landscapes.histories({"slow": [3, 2, 1], "fast": [3, 1, 0.5]}),
    "histories, log": lambda: landscapes.histories({"one": [3.0, 0.1]}, "epoch", log=True),
}


test_a_figure_is_the_same_bytes_twice, test_text_can_be_read = figure_tests(FIGURES)


@pytest.mark.parametrize(
    ("place", "size", "message"),
    [(0.5, 11, "on top of another"), (0.98, 11, "cut: on top"), (0.5, 8, "too small: on top")],
)
def test_the_check_of_text_can_fail(monkeypatch, place, size, message):
    figure = figures.pixel_table(IMAGE)
    figure.text(place, 0.44, "on top of another", fontsize=size)
    with pytest.raises(AssertionError, match=message):
        check_text(figure, monkeypatch)


def test_no_picture_changes_the_look_of_others():
    import matplotlib

    before = dict(matplotlib.rcParams)
    FIGURES["templates"]()
    assert dict(matplotlib.rcParams) == before


def test_templates_are_white_at_zero():
    shown = figures.templates(np.array([[-1.0, 0.0, 0.0, 4.0]])).axes[0].images[0]
    assert shown.get_clim() == (-4, 4)
    assert min(shown.to_rgba(np.array([[0.0]]))[0, 0]) > 0.96


def test_confusion_counts_what_is_right():
    title = figures.confusion(np.array([[5, 1], [0, 7]])).axes[0].get_title()
    assert title == "12 of 13 right; mistakes in orange"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: figures.image_grid(IMAGE), ShapeError, r"image_grid: .* \(8, 8\); wanted \(n, u"),
        (lambda: figures.image_grid(IMAGES[:2], ["a"]), ValueError, "1 titles for 2 images"),
        (lambda: figures.pixel_table(IMAGES), ShapeError, r"pixel_table: .* wanted \(u, v\)"),
        (lambda: figures.templates(np.ones((2, 5))), ShapeError, r"\(2, 5\); .* square number"),
        (lambda: figures.templates(np.ones(4)), ShapeError, r"templates: w has shape \(4,\)"),
        (lambda: figures.templates(np.ones((2, 4)), "a"), ValueError, "1 titles for 2 rows"),
        (lambda: figures.confusion(np.ones((2, 3))), ShapeError, r"confusion: .* wanted \(k, k\)"),
        (lambda: figures.confusion(np.eye(2)), ValueError, "wanted counts"),
        (lambda: figures.probability_bars(np.ones((2, 2))), ShapeError, r"wanted \(k,\)"),
        (lambda: figures.probability_bars(np.ones(2)), ValueError, "sum 2; wanted probabilities"),
        (lambda: figures.probability_bars(np.ones(1), 1), ValueError, r"label is 1; wanted 0\.\.0"),
        (
            lambda: landscapes.decision_regions(lambda x: x, POINTS, np.zeros(2, int)),
            ShapeError,
            r"labels \(2,\) for 3 points",
        ),
        (
            lambda: landscapes.decision_regions(lambda x: x[:5], POINTS, np.zeros(3, int)),
            ShapeError,
            r"scores gave \(5, 2\); wanted \(57600, k\)",
        ),
        (
            lambda: landscapes.decision_regions(lambda x: x, POINTS, np.array([0, 1, 2])),
            ValueError,
            r"2 classes, labels 0\.\.2",
        ),
        (lambda: landscapes.loss_slice(C0, C1, BOWL.T), ShapeError, r"\(4, 5\); wanted \(5, 4\)"),
        (lambda: landscapes.loss_slice(C0, C1, BOWL, C0), ShapeError, r"points have shape \(5,\)"),
        (lambda: landscapes.paths_on_contours(C0, C1, BOWL, {}), ValueError, "no paths"),
        (lambda: landscapes.histories({}), ValueError, r"0 curves; wanted 1\.\.7"),
        (lambda: landscapes.histories({"a": [1, np.nan]}), ValueError, "a has .* finite numbers"),
        (lambda: hard.warp(IMAGE, np.eye(3)), ShapeError, r"matrix has shape \(3, 3\)"),
        (lambda: hard.warp(IMAGES, np.eye(2)), ShapeError, r"warp: image has shape \(50, 8, 8\)"),
        (
            lambda: hard.occlude(IMAGE * 16, 0, 0, 1),
            ValueError,
            r"values 0 \.\. 16; wanted 0 \.\. 1",
        ),
        (lambda: hard.occlude(IMAGE, 6, 0, 3), ValueError, r"a square of 3 at \(6, 0\) does not"),
        (lambda: hard.occlude(IMAGE.astype(int), 0, 0, 1), TypeError, "image has dtype int64"),
        (lambda: hard.viewpoint(IMAGE, 0, 90), ValueError, "slant is 90 degrees"),
        (lambda: hard.scale(IMAGE, 0), ValueError, "factor is 0; wanted a number > 0"),
        (lambda: hard.illuminate(IMAGE, 1, 2), ValueError, "brightness is 1 to 2"),
        (lambda: hard.clutter(IMAGE, IMAGES, 1.5), ValueError, "strength is 1.5"),
        (lambda: symbols("w"), ValueError, r"symbols: w has shape \(\)"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


# --------------------------------------------------------------------------- the seven difficulties


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_seven_keep_shape_range_and_input(dtype):
    image, pool = IMAGE.astype(dtype), IMAGES.astype(dtype)
    before = image.copy()
    seven = hard.seven_difficulties(image, pool[0], pool, np.random.default_rng(0))
    assert len(seven) == 7
    for name, changed in seven.items():
        assert changed.shape == image.shape, name
        assert changed.dtype == dtype, name
        assert 0 <= changed.min() < changed.max() <= 1, name
        assert not np.array_equal(changed, image), name
        assert not np.shares_memory(changed, image), name
    np.testing.assert_array_equal(image, before)


def test_the_seven_follow_their_generator():
    a, b, c = (
        hard.seven_difficulties(IMAGE, IMAGE, IMAGES, np.random.default_rng(seed))
        for seed in (0, 0, 1)
    )
    assert all(np.array_equal(a[name], b[name]) for name in a)
    changed = [name for name in a if not np.array_equal(a[name], c[name])]
    assert changed == ["deformation", "background clutter"]


def test_the_identity_warp_is_the_identity():
    np.testing.assert_array_equal(hard.warp(IMAGE, np.eye(2)), IMAGE)
    np.testing.assert_array_equal(hard.scale(IMAGE, 1), IMAGE)
    np.testing.assert_array_equal(hard.viewpoint(IMAGE, 0, 0), IMAGE)
    np.testing.assert_array_equal(hard.deform(IMAGE, 0, np.random.default_rng(0)), IMAGE)


def test_a_quarter_turn_is_rot90():
    turned = hard.viewpoint(IMAGE, roll=90, slant=0)
    np.testing.assert_allclose(turned, np.rot90(IMAGE, -1), atol=1e-12)


def test_a_warp_by_hand():
    image = np.array([[0.0, 0.0, 0.0], [0.0, 0.4, 0.8], [0.0, 0.0, 0.0]])
    twice = hard.warp(image, np.eye(2) / 2)  # each pixel shows what was half as far from the centre
    np.testing.assert_allclose(twice[1], [0.2, 0.4, 0.6], atol=1e-15)
    np.testing.assert_allclose(twice[0], [0.1, 0.2, 0.3], atol=1e-15)


def test_positions_between_pixels_are_bilinear_and_fade_out():
    image = np.array([[0.0, 1.0], [0.5, 1.0]])
    rows, columns = np.array([0.5, 0.0, 0.5, -0.25, 9.0]), np.array([0.0, 0.5, 0.5, 1.0, 0.0])
    got = hard.look_up(image, rows, columns)
    np.testing.assert_allclose(got, [0.25, 0.5, 0.625, 0.75, 0.0], atol=1e-15)


def test_seen_from_aside_is_narrower_and_smaller_is_smaller():
    square = np.zeros((8, 8))
    square[2:6, 2:6] = 1
    narrow = hard.viewpoint(square, 0, 60)  # cos 60 degrees = 1/2
    np.testing.assert_allclose(narrow[4], [0, 0, 0, 1, 1, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(hard.scale(square, 0.5).sum(), 4, atol=1e-12)


def test_occlusion_blackens_exactly_its_square():
    white = np.ones((8, 8))
    got = hard.occlude(white, 1, 3, 2)
    assert got[1:3, 3:5].sum() == 0
    assert got.sum() == 60


def test_illumination_falls_from_left_to_right():
    got = hard.illuminate(np.ones((8, 8)), 1, 0.25)
    assert (np.diff(got, axis=1) < 0).all()
    np.testing.assert_allclose(got[:, [0, -1]], [[1, 0.25]] * 8)
    np.testing.assert_array_equal(hard.illuminate(IMAGE, 1, 1), IMAGE)


def test_clutter_lies_behind():
    got = hard.clutter(IMAGE, IMAGES[:4], 0.7)
    assert (got >= IMAGE).all()
    assert got[IMAGE < 0.7].max() <= 0.7
    np.testing.assert_array_equal(got[IMAGE >= 0.7], IMAGE[IMAGE >= 0.7])
    np.testing.assert_array_equal(hard.clutter(IMAGE, [], 0.7), IMAGE)


def test_a_deformation_moves_neighbours_alike():
    ramp = np.linspace(0, 1, 8)[:, None] * np.ones(8)  # its value tells from which row it comes
    inner = hard.deform(ramp, 1.0, np.random.default_rng(0))[2:-2, 2:-2]
    moved = 7 * (inner - ramp[2:-2, 2:-2])
    assert 0.1 < abs(moved).max() <= 1
    assert max(abs(np.diff(moved, axis=0)).max(), abs(np.diff(moved, axis=1)).max()) < 0.6


# ------------------------------------------------------------------------------------------ symbols


def test_an_op_runs_on_symbols():
    s, backward = affine(symbols("x", 2, 2), symbols("w", 3, 2), symbols("b", 3))
    assert str(s[0, 1].expression) == "b_1 + w_1_0*x_0_0 + w_1_1*x_0_1"
    dw = backward(symbols("ds", 2, 3))[1]
    assert dw[1, 0].expression == sympy.sympify("ds_0_1*x_0_0 + ds_1_1*x_1_0").subs(
        {str(v): v for v in dw[1, 0].expression.free_symbols}
    )


def test_the_witnesses_of_an_array_differ():
    witnesses = [each.witness for each in symbols("s", 4, 5).flat]
    assert len(set(witnesses)) == 20
    assert min(witnesses) < 0 < max(witnesses)
