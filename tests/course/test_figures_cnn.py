"""The pictures of chapter 03: what is drawn is what conv2d and the pools compute."""

from collections import Counter

import numpy as np
import pytest
from figure_text import figure_tests, texts

from cnnmath import conv2d, max_pool2d, mean_pool2d, rot180
from cnnmath.course import feature_maps as maps
from cnnmath.course import figures_cnn as figures
from cnnmath.course import number_tables as numbers
from cnnmath.course.arithmetic import plain
from cnnmath.data import load_digits
from cnnmath.ops import ShapeError

RNG = np.random.default_rng(0)
DIGITS = load_digits(np.float64)
IMAGE = DIGITS.x_train[5, 0]
X = RNG.integers(-3, 5, (5, 5)).astype(float)
W = np.array([[1.0, 0, -1], [2, 5, -2], [3, 4, -3]])
DZ = RNG.integers(-3, 4, (3, 3)).astype(float)
TIES = np.array([[4.0, 4, 1, 0], [4, 2, 0, 3], [0, 0, 7, 7], [0, 0, 7, 7]])
WRONG = np.where(np.arange(360) % 30 == 7, (DIGITS.t_test + 1) % 10, DIGITS.t_test)
LAYERS = {"conv": RNG.normal(size=(3, 8, 8)), "relu": RNG.random((16, 4, 4)), "scores": W[0]}
KERNELS = RNG.normal(size=(20, 1, 5, 5))
SETTINGS = [(1, 0), (2, 0), (3, 0), (1, 1), (2, 1)]

FIGURES = {
    "dense_local_shared": figures.dense_local_shared,
    "dense_local_shared, large": lambda: figures.dense_local_shared(12, 7),
    "weight_matrix": lambda: figures.weight_matrix(W, 4),
    "weight_matrix, strided": lambda: figures.weight_matrix(W, 5, stride=2, padding=1),
    "weight_matrix, long numbers": lambda: figures.weight_matrix(W[:2, :2] / 7, 3),
    "weight_matrix, without numbers": lambda: figures.weight_matrix(W, 8),
    "weight_matrix, one row": lambda: figures.weight_matrix(W[:1], (1, 8)),
    "stride_and_padding": lambda: figures.stride_and_padding(7, 3, SETTINGS),
    "stride_and_padding, gaps": lambda: figures.stride_and_padding(8, 2, [(3, 0), (5, 1)]),
    "receptive_field": lambda: figures.receptive_field([(3, 1), (3, 1)]),
    "receptive_field, LeNet": lambda: figures.receptive_field([(5, 1), (2, 2), (5, 1), (2, 2)]),
    "kernel_on_image": lambda: numbers.kernel_on_image(X, W, 1, 2),
    "kernel_on_image, strided": lambda: numbers.kernel_on_image(X, W, 1, 0, 2, 1),
    "kernel_on_image, fractions": lambda: numbers.kernel_on_image(X / 7, W[:2, :2] / 3, 0, 0),
    "full_correlation_step": lambda: numbers.full_correlation_step(DZ, W, 1, 2),
    "full_correlation_step, small": lambda: numbers.full_correlation_step(DZ[:2], W[:2, :2], 2, 3),
    "dilated_delta": lambda: numbers.dilated_delta(DZ, 2, 3),
    "dilated_delta, small": lambda: numbers.dilated_delta(DZ[:2, :2], 3, 2),
    "pooling_picture": lambda: numbers.pooling_picture(TIES, 2),
    "pooling_picture, overlap": lambda: numbers.pooling_picture(X, 3, 1, DZ),
    "edge_filters": lambda: maps.edge_filters(IMAGE, [W, W.T, W / 9], ["one", "two", "three"]),
    "edge_filters, one": lambda: maps.edge_filters(IMAGE, [W], ["left/right edge"]),
    "filters": lambda: maps.filters(KERNELS[:8]),
    "filters, many": lambda: maps.filters(KERNELS[:, 0]),
    "filters, one": lambda: maps.filters(np.zeros((1, 1, 3, 3))),
    "feature_maps": lambda: maps.feature_maps(IMAGE[None], LAYERS),
    "mistakes": lambda: maps.mistakes(DIGITS.x_test, DIGITS.t_test, WRONG),
    "mistakes, none": lambda: maps.mistakes(DIGITS.x_test, DIGITS.t_test, DIGITS.t_test),
}


test_a_figure_is_the_same_bytes_twice, test_text_can_be_read = figure_tests(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_fits_a_notebook(name):
    width, height = FIGURES[name]().get_size_inches() * 80
    assert 100 < width < 950
    assert 80 < height < 700


def written(*tables):
    """The numbers of tables as they stand in the cells, empty ones left out."""
    return [plain(value) for table in tables for value in np.ravel(table) if value == value]


def numbers_of(figure):
    """The numbers in the cells of a picture made of tables, in order."""
    return [
        text for text in texts(figure) if text.removeprefix("-")[:1].isdigit() and "→" not in text
    ]


def conv(x, w, **options):
    z, backward = conv2d(x[None, None], w[None, None], **options)
    return z[0, 0], lambda dz: backward(dz[None, None])[0][0, 0]


def up_to(table, i, j):
    return table.ravel()[: i * table.shape[1] + j + 1]


# ------------------------------------------------------------------------------- number_tables.py


def test_kernel_on_image_is_a_step_of_conv2d():
    z, _ = conv(X, W, stride=2, padding=1)
    padded = np.pad(X, 1)
    seen = padded[2:5, 4:7]
    figure = numbers.kernel_on_image(X, W, 1, 2, stride=2, padding=1)
    assert numbers_of(figure) == written(padded, W, seen * W, up_to(z, 1, 2))
    assert texts(figure)[-1].startswith("z[1,2] = ")
    assert texts(figure)[-1].endswith(f" = {plain(z[1, 2])}")


def test_full_correlation_step_is_a_step_of_the_backward():
    _, back = conv(np.zeros((5, 5)), W)
    dx, padded = back(DZ), np.pad(DZ, 2)
    for u, v in ((0, 0), (1, 2), (3, 0), (4, 4)):
        products = padded[u : u + 3, v : v + 3] * rot180(W)
        figure = numbers.full_correlation_step(DZ, W, u, v)
        assert numbers_of(figure) == written(padded, W, rot180(W), products, up_to(dx, u, v))
        np.testing.assert_allclose(products.sum(), dx[u, v])


def test_the_window_has_the_colours_of_the_kernel_that_lies_there():
    figure = numbers.full_correlation_step(DZ, W, 1, 2)
    cells = [patch for patch in figure.axes[0].patches if patch.get_fill()]
    colours = np.array([patch.get_facecolor()[:3] for patch in cells])
    padded, w, turned = colours[:49].reshape(7, 7, 3), colours[49:58], colours[58:67]
    np.testing.assert_array_equal(padded[1:4, 2:5].reshape(9, 3), turned)
    np.testing.assert_array_equal(turned, w[::-1])
    assert len(np.unique(w, axis=0)) == 9


def test_dilated_delta_gives_dx_when_the_turned_kernel_runs_over_it():
    x = np.zeros((7, 7))
    _, back = conv(x, W, stride=2)
    shown = numbers_of(numbers.dilated_delta(DZ, 2, 3))
    spread = np.array(shown[-81:], float).reshape(9, 9)
    np.testing.assert_allclose(conv(spread, rot180(W))[0], back(DZ))
    assert shown[:9] == written(DZ)
    assert texts(numbers.dilated_delta(DZ, 2, 3))[-1].startswith("3 × 3 → 5 × 5 → 9 × 9; ")


@pytest.mark.parametrize(("x", "size", "stride"), [(TIES, 2, None), (X, 3, 1), (X, 2, 2)])
def test_pooling_picture_shows_both_pools_and_their_backwards(x, size, stride):
    (large, max_back), (mean, mean_back) = (
        pool(x[None, None], size, stride=stride) for pool in (max_pool2d, mean_pool2d)
    )
    dy = RNG.integers(1, 5, large.shape).astype(float)
    figure = numbers.pooling_picture(x, size, stride, dy[0, 0])
    back = [each(dy)[0] for each in (max_back, mean_back)]
    assert numbers_of(figure) == written(x, large, mean, dy, *back)


def test_of_equal_entries_the_first_is_marked():
    cells = [p for p in numbers.pooling_picture(TIES, 2).axes[0].patches if p.get_fill()]
    marked = [p.get_facecolor()[:3] != (1, 1, 1) for p in cells[:16]]
    assert np.argwhere(np.reshape(marked, (4, 4))).tolist() == [[0, 0], [1, 3], [2, 0], [2, 2]]


def test_overlapping_windows_have_no_frames_and_say_that_shares_add():
    apart, over = numbers.pooling_picture(TIES, 2), numbers.pooling_picture(TIES, 2, 1)
    frames = [sum(not p.get_fill() for p in each.axes[0].patches) for each in (apart, over)]
    assert frames == [12, 0]
    assert ["add up" in " ".join(texts(each)) for each in (apart, over)] == [False, True]


# --------------------------------------------------------------------------------- figures_cnn.py


def test_the_lines_of_dense_local_shared_are_counted():
    panels = figures.dense_local_shared(9, 4).axes
    titles = [axes.get_title().split("\n")[1] for axes in panels]
    assert titles == ["54 lines, 54 weights", "24 lines, 24 weights", "24 lines, 4 weights"]
    assert [len(axes.lines) for axes in panels] == [54, 24, 24]
    by_colour = Counter(line.get_color() for line in panels[2].lines)
    assert sorted(by_colour.values()) == [6, 6, 6, 6]


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 0), (1, 1), (2, (1, 0))])
def test_the_weight_matrix_is_the_convolution(stride, padding):
    table, entry = figures.as_matrix(W, (5, 5), stride, padding)
    z, back = conv(X, W, stride=stride, padding=padding)
    np.testing.assert_allclose(table @ X.ravel(), z.ravel())
    np.testing.assert_allclose(table.T @ z.ravel(), back(z).ravel())
    np.testing.assert_array_equal(table, np.where(entry < 0, 0, W.ravel()[entry]))


def test_the_cells_of_the_weight_matrix_have_the_number_and_colour_of_their_entry():
    table, entry = figures.as_matrix(W, (4, 4))
    key, axes = figures.weight_matrix(W, 4).axes
    assert [text.get_text() for text in key.texts] == written(W)
    assert [text.get_text() for text in axes.texts] == written(table[entry >= 0])
    assert "0" in written(W)  # an entry that is 0 has a place, too
    shown, own = axes.images[0].get_array(), key.images[0].get_array().reshape(9, 3)
    np.testing.assert_array_equal(shown[entry >= 0], own[entry[entry >= 0]])
    assert (shown[entry < 0] == 1).all()
    assert axes.get_title() == "4 × 16, 36 cells not blank"
    assert [each.get_text() for each in axes.get_xticklabels()] == [f"x[{u},:]" for u in range(4)]


def test_large_matrices_have_no_numbers():
    key, axes = figures.weight_matrix(W, 8).axes
    assert len(key.texts) + len(axes.texts) == 0
    assert axes.images[0].get_array().shape == (36, 64, 3)


def test_stride_and_padding_hatches_what_no_window_reaches():
    figure = figures.stride_and_padding(6, 3, [(1, 0), (2, 0), (2, 1), (4, 0)])
    said = [text for text in texts(figure) if text.startswith("output")]
    assert said == [
        "output 4 × 4\n",
        "output 2 × 2\n1 column unused",
        "output 3 × 3\n1 column unused",
        "output 1 × 1\n3 columns unused",
    ]
    hatched = sum(bool(patch.get_hatch()) for patch in figure.axes[0].patches)
    assert hatched == 0 + (36 - 25) + (64 - 49) + (36 - 9)


def test_columns_between_windows_are_unused_too():
    figure = figures.stride_and_padding(8, 2, [(3, 0)])
    assert texts(figure)[-1] == "output 3 × 3\n2 columns unused"


@pytest.mark.parametrize(
    ("layers", "sees", "counts"),
    [
        ([(3, 1), (3, 1), (3, 1)], [3, 5, 7], [7, 5, 3, 1]),
        ([(5, 1), (2, 2), (5, 1), (2, 2)], [5, 6, 14, 16], [16, 12, 6, 2, 1]),
        ([(1, 3), (2, 1)], [1, 4], [4, 2, 1]),
    ],
)
def test_receptive_field_is_what_a_gradient_reaches(layers, sees, counts):
    figure = figures.receptive_field(layers)
    said = [text for text in texts(figure) if "sees" in text]
    assert said == [f"a unit sees {n} pixel{'s' * (n != 1)}" for n in sees]
    rows = Counter(round(p.get_y() + 0.16) for p in figure.axes[0].patches[1:])
    assert [rows[k] for k in range(len(layers) + 1)] == counts
    for depth in range(1, len(layers) + 1):
        assert reach(layers[:depth]) == sees[depth - 1]


def reach(layers, size=64):
    """The distance from the first to the last pixel with a gradient from the first output, plus 1."""
    y, backwards = np.zeros((1, 1, 1, size)), []
    for kernel, stride in layers:
        y, backward = conv2d(y, np.ones((1, 1, 1, kernel)), stride=(1, stride))
        backwards.append(backward)
    dy = np.zeros_like(y)
    dy[..., 0] = 1
    for backward in reversed(backwards):
        dy = backward(dy)[0]
    return np.ptp(np.flatnonzero(dy)) + 1


# -------------------------------------------------------------------------------- feature_maps.py


def test_edge_filters_shows_the_response_of_conv2d():
    figure = maps.edge_filters(IMAGE, [W, W.T], ["one", "two"])
    shown = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    for filtered in (W, W.T):
        response = conv(IMAGE, filtered)[0]
        assert any(each.shape == (6, 6) and np.allclose(each, response) for each in shown)
    assert texts(figure) == written(W, W.T)


def test_filters_share_one_scale_that_is_white_at_zero():
    w = KERNELS[:3]
    shown = [axes.images[0] for axes in maps.filters(w).axes if axes.images]
    for image, kernel in zip(shown, w[:, 0], strict=True):
        np.testing.assert_array_equal(image.get_array(), kernel)
        assert image.get_clim() == (-abs(w).max(), abs(w).max())


def test_feature_maps_shows_the_first_eight_of_each_layer():
    figure = maps.feature_maps(IMAGE, LAYERS)
    said = texts(figure)
    assert said == ["input\n1 × 8 × 8", "conv\n3 × 8 × 8", "relu\n16 × 4 × 4, 8 shown", "scores\n3"]
    shown = [axes.images[0] for axes in figure.axes if axes.images]
    wanted = [IMAGE, *LAYERS["conv"], *LAYERS["relu"][:8], LAYERS["scores"][None]]
    for image, values in zip(shown, wanted, strict=True):
        np.testing.assert_array_equal(image.get_array(), values)
    assert {image.cmap.name for image in shown[1:4]} == {"RdBu_r"}  # with negative entries
    assert {image.cmap.name for image in shown[4:12]} == {"gray"}


def test_mistakes_shows_the_first_wrong_ones_on_a_page_of_one_size():
    (wrong,) = np.nonzero(WRONG != DIGITS.t_test)
    figure = maps.mistakes(DIGITS.x_test, DIGITS.t_test, WRONG)
    assert figure.get_suptitle() == "12 of 360 wrong; the first 10"
    for axes, n in zip(figure.axes, wrong, strict=False):
        np.testing.assert_array_equal(axes.images[0].get_array(), DIGITS.x_test[n, 0])
        assert axes.get_title() == f"{DIGITS.t_test[n]} taken for {WRONG[n]}"
    none = FIGURES["mistakes, none"]()
    assert none.get_suptitle() == "0 of 360 wrong"
    assert not any(axes.images for axes in none.axes)
    np.testing.assert_array_equal(none.get_size_inches(), figure.get_size_inches())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: figures.dense_local_shared(13, 3), ValueError, "size 13, kernel 3; wanted <= 12"),
        (lambda: figures.dense_local_shared(3, 4), ShapeError, "the kernel spans 4"),
        (lambda: figures.weight_matrix(W[0], 4), ShapeError, r"w has shape \(3,\); wanted"),
        (lambda: figures.weight_matrix(W, 2), ShapeError, "the kernel spans 3"),
        (lambda: figures.stride_and_padding(7, 3, []), ValueError, "no settings"),
        (lambda: figures.stride_and_padding(7, 3, [(0, 0)]), ValueError, "stride is 0"),
        (lambda: figures.receptive_field([]), ValueError, "no layers"),
        (lambda: figures.receptive_field([(3, 0)]), ValueError, "layer 1: .*stride is 0"),
        (
            lambda: figures.receptive_field([(3, 9)] * 3),
            ValueError,
            "183 pixels; wanted at most 100",
        ),
        (lambda: numbers.kernel_on_image(X, W, 3, 0), ValueError, r"no entry \[3, 0\] in .* 3 × 3"),
        (lambda: numbers.kernel_on_image(X, W, 0, -1), ValueError, r"no entry \[0, -1\]"),
        (lambda: numbers.kernel_on_image(X / 0, W, 0, 0), ValueError, "x holds NaN or infinity"),
        (
            lambda: numbers.kernel_on_image(np.ones((20, 20)), W, 0, 0),
            ValueError,
            "inches wide; wanted at most",
        ),
        (lambda: numbers.full_correlation_step(DZ, W, 5, 0), ValueError, r"no entry \[5, 0\]"),
        (lambda: numbers.full_correlation_step(DZ[0], W, 0, 0), ShapeError, r"dz has shape \(3,\)"),
        (lambda: numbers.dilated_delta(DZ, 0, 3), ValueError, "stride is 0, wanted at least 1"),
        (lambda: numbers.dilated_delta(DZ, 2, 1.5), ValueError, "kernel is 1.5"),
        (lambda: numbers.pooling_picture(X, 6), ShapeError, "the kernel spans 6"),
        (
            lambda: numbers.pooling_picture(X, 2, dy=DZ),
            ShapeError,
            r"dy has shape \(3, 3\); wanted \(2, 2\)",
        ),
        (lambda: numbers.tables([], []), ValueError, "0 rows, 0 captions"),
        (lambda: maps.edge_filters(IMAGE, [W], []), ValueError, "1 filters, 0 names"),
        (lambda: maps.edge_filters(IMAGE, [], []), ValueError, "0 filters, 0 names"),
        (lambda: maps.edge_filters(IMAGE[None], [W], ["a"]), ShapeError, r"image has shape \(1, 8"),
        (lambda: maps.filters(np.ones((2, 3, 5, 5))), ShapeError, r"w has shape \(2, 3, 5, 5\)"),
        (
            lambda: maps.feature_maps(IMAGE, {"a": np.ones((2, 2))}),
            ShapeError,
            r"a has shape \(2, 2\); wanted \(c, i, j\) or \(k,\)",
        ),
        (
            lambda: maps.mistakes(DIGITS.x_test[:, 0], WRONG, WRONG),
            ShapeError,
            r"x has shape \(360, 8, 8\); wanted \(n, 1, u, v\)",
        ),
        (
            lambda: maps.mistakes(DIGITS.x_test, WRONG[:3], WRONG),
            ShapeError,
            r"t \(3,\), predicted \(360,\)",
        ),
        (lambda: maps.mistakes(DIGITS.x_test, WRONG, WRONG, 0), ValueError, "most 0, columns 5"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
