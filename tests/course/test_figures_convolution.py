"""The pictures of chapter 05 on ways to convolve: what is drawn is what the ops compute."""

import doctest

import numpy as np
import pytest
from figure_text import figure_tests, texts
from matplotlib.colors import same_color

from cnnmath import col2im, conv2d, im2col
from cnnmath.course import figures_counts, figures_fourier, figures_im2col, figures_winograd
from cnnmath.course.arithmetic import plain
from cnnmath.course.multiplications import WAYS, per_output
from cnnmath.course.number_tables import RESULT, WINDOW, tints
from cnnmath.ledger.implementation_fourier_checks import Shape
from cnnmath.ops import ShapeError
from cnnmath.ops.conv_winograd import winograd_value
from cnnmath.ops.windows import windows

RNG = np.random.default_rng(0)
X = np.arange(1.0, 10).reshape(3, 3)
W = np.array([[1.0, 2], [3, -4]])
WIDE = RNG.integers(-9, 10, (4, 4)).astype(float)
TILE = RNG.integers(-3, 4, (4, 4)).astype(float)
KERNEL = np.array([[2.0, 0, 0], [1, 4, 1], [0, -3, 2]])
BASE = Shape(8, 64, 64, 56)
OVER = {"kernels": (1, 3, 5, 7, 11, 21, 31), "channels": (1, 4, 16, 64), "sizes": (7, 14, 56)}

FIGURES = {
    "patch_matrix": lambda: figures_im2col.patch_matrix(X, W, 1, 0),
    "patch_matrix, wide": lambda: figures_im2col.patch_matrix(WIDE, W[:, :1], 2, 3),
    "patch_matrix, fractions": lambda: figures_im2col.patch_matrix(X / 7, W / 3, 0, 1),
    "copies_back": lambda: figures_im2col.copies_back(W, W, 1, 1),
    "copies_back, corner": lambda: figures_im2col.copies_back(X, W, 3, 0),
    "around_the_circle": lambda: figures_fourier.around_the_circle([1, 2, 3], [1, 10], [3, 4]),
    "around_the_circle, far": lambda: figures_fourier.around_the_circle([0, 1, 2], X[0], [3, 6]),
    "winograd_tile": lambda: figures_winograd.winograd_tile(TILE, KERNEL),
    "winograd_tile, tens": lambda: figures_winograd.winograd_tile(10 * TILE, KERNEL),
    "multiplications_over": lambda: figures_counts.multiplications_over(BASE, 3, **OVER),
    "multiplications_over, 5 x 5": lambda: figures_counts.multiplications_over(BASE, 5, **OVER),
}


test_a_figure_is_the_same_bytes_twice, test_text_can_be_read = figure_tests(FIGURES)


def numbers(*arrays):
    return [plain(each) for array in arrays for each in np.ravel(array)]


def drawn(figure):
    """The numbers in the cells, without titles and captions."""
    return [t for t in texts(figure) if t.lstrip("-").replace(".", "").isdigit()]


def coloured(figure, colour):
    """How many cells are filled with that colour."""
    return sum(same_color(box.get_facecolor(), colour) for box in figure.axes[0].patches)


# ------------------------------------------------------------------------------------------- im2col


def test_patches_times_kernel_are_the_map():
    figure = FIGURES["patch_matrix"]()
    z = conv2d(X[None, None], W[None, None])[0][0, 0]
    assert drawn(figure) == numbers(X, im2col(X[None, None], 2), W, z, z)
    assert texts(figure)[-1] == "row 2: 4·1 + 5·2 + 7·3 + 8·(-4) = 3, place (1, 0) of the map"


def test_a_column_of_patches_has_the_colour_of_its_kernel_entry():
    figure = FIGURES["patch_matrix"]()
    for colour in tints((1, 4))[0]:
        assert coloured(figure, colour) == 1 + 4 + 1  # in the image, in a column, in the kernel
    assert coloured(figure, WINDOW) == 2


def test_the_window_and_its_row_are_framed():
    boxes = [b for b in FIGURES["patch_matrix"]().axes[0].patches if b.get_linewidth() == 2]
    cell = boxes[-1].get_width()
    sizes = [(round(b.get_height() / cell), round(b.get_width() / cell)) for b in boxes]
    assert sizes == [(2, 2), (1, 4), (1, 1), (1, 1)]


def test_the_shares_of_a_pixel_add_up():
    figure = FIGURES["copies_back"]()
    shares = np.outer(W, W)
    assert drawn(figure) == numbers(W, W, shares, col2im(shares, (1, 1, 3, 3), 2))
    assert texts(figure)[-1] == "dx[1,1] = (-4) + 6 + 6 + (-4) = 4"
    assert coloured(figure, RESULT) == 4 + 1
    dx = conv2d(np.zeros((1, 1, 3, 3)), W[None, None])[1](W[None, None])[0][0, 0]
    assert numbers(dx) == drawn(figure)[-9:] and dx[1, 1] == 4


def test_a_corner_has_one_copy():
    figure = FIGURES["copies_back, corner"]()
    assert texts(figure)[-1] == "dx[3,0] = 21, the only copy"
    assert coloured(figure, RESULT) == 1 + 1


@pytest.mark.parametrize(("size", "kernel", "stride"), [(4, 2, 1), ((3, 5), (2, 3), 1), (5, 2, 2)])
def test_copies_are_counted_by_going_through_the_windows(size, kernel, stride):
    rows, columns = (size, size) if isinstance(size, int) else size
    geometry = windows("test", (rows, columns), kernel, stride)
    wanted = np.zeros((rows, columns), int)
    for _, _, some_rows, some_columns in geometry:
        wanted[some_rows, some_columns] += 1
    assert np.array_equal(figures_im2col.copies(size, kernel, stride), wanted)


# ------------------------------------------------------------------------------------------ Fourier


def test_what_goes_round_is_added_in_front():
    figure = FIGURES["around_the_circle"]()
    linear = [1, 12, 23, 30]
    assert drawn(figure) == numbers(
        *([1, 2, 3], [1, 10], linear, linear, [31, 12, 23]),
        *([1, 2, 3], [1, 10], linear, linear, linear),
    )
    captions = [text for text in texts(figure) if text.startswith("length")]
    assert captions == [
        "length 3: 30 went round and was added in front",
        "length 4: nothing goes round",
    ]
    assert coloured(figure, WINDOW) == 3  # behind the end, in the second line, in the sum


@pytest.mark.parametrize("length", [3, 4, 5, 6, 8])
def test_folded_lines_add_up_to_what_transforms_give(length):
    f, g = X[0], np.array([2.0, -1, 4])
    lines = figures_fourier.folded(np.convolve(f, g), length)
    by_transforms = np.fft.ifft(np.fft.fft(f, length) * np.fft.fft(g, length)).real
    found = np.nansum(lines, axis=0)
    assert np.allclose(found, by_transforms, rtol=0, atol=1e-12)
    assert not np.allclose(np.nansum(lines[:, ::-1], axis=0), by_transforms, rtol=0, atol=1e-12)


# ----------------------------------------------------------------------------------------- Winograd


def by_matrices(d, g, BT=figures_winograd.BT):
    AT, G = figures_winograd.AT, figures_winograd.G
    return AT @ ((G @ g @ G.T) * (BT @ d @ BT.T)) @ AT.T


@pytest.mark.parametrize("seed", range(5))
def test_the_matrices_are_those_of_the_program(seed):
    rng = np.random.default_rng(seed)
    d, g = (rng.integers(-9, 10, size).astype(float) for size in ((4, 4), (3, 3)))
    found = by_matrices(d, g)
    arrays = d[None, None], g[None, None]
    assert np.array_equal(found, conv2d(*arrays)[0][0, 0])
    assert np.array_equal(found, winograd_value(*arrays, windows("test", (4, 4), (3, 3)))[0, 0])


@pytest.mark.parametrize("place", [tuple(each) for each in np.argwhere(figures_winograd.BT)])
def test_every_sign_matters(place):
    wrong = figures_winograd.BT.copy()
    wrong[place] *= -1
    assert not np.array_equal(by_matrices(TILE, KERNEL, wrong), by_matrices(TILE, KERNEL))


def test_a_tile_shows_its_sixteen_products():
    figure = FIGURES["winograd_tile"]()
    BT, G, AT = figures_winograd.BT, figures_winograd.G, figures_winograd.AT
    seen, kernel = BT @ TILE @ BT.T, G @ KERNEL @ G.T
    m = seen * kernel
    assert drawn(figure) == numbers(TILE, seen, kernel, KERNEL, m, AT @ m @ AT.T)
    assert coloured(figure, WINDOW) == 16 and coloured(figure, RESULT) == 4


# ------------------------------------------------------------------------------------------- counts


def test_the_curves_are_the_counts():
    figure = FIGURES["multiplications_over"]()
    shapes = [
        [(BASE, kernel) for kernel in OVER["kernels"]],
        [(BASE._replace(channels=c, maps=c), 3) for c in OVER["channels"]],
        [(BASE._replace(size=u), 3) for u in OVER["sizes"]],
    ]
    for axes, cases, places in zip(figure.axes, shapes, OVER.values(), strict=True):
        lines = {line.get_label(): line for line in axes.lines}
        assert tuple(lines) == WAYS
        for k, name in enumerate(WAYS):
            values = [per_output(*case)[k] for case in cases]
            wanted = [(p, v) for p, v in zip(places, values, strict=True) if v is not None]
            assert list(zip(*lines[name].get_data(), strict=True)) == wanted
        assert list(axes.get_xticks()) == list(places)


def test_winograd_is_drawn_for_kernels_of_three_only():
    axes = FIGURES["multiplications_over, 5 x 5"]().axes
    drawn_at = [list(each.lines[2].get_xdata()) for each in axes]
    assert drawn_at == [[3], [], []]


def test_the_examples_in_the_docstrings_are_right():
    for module, examples in ((figures_im2col, 1), (figures_fourier, 1)):
        found = doctest.testmod(module)
        assert found.attempted == examples and found.failed == 0


# ------------------------------------------------------------------------------------------ refused


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (
            lambda: figures_im2col.patch_matrix(X, W, 2, 0),
            ValueError,
            r"patch_matrix: no entry \[2, 0\] in an output of 2 x 2",
        ),
        (
            lambda: figures_im2col.patch_matrix(X[0], W, 0, 0),
            ShapeError,
            r"patch_matrix: x has shape \(3,\); wanted",
        ),
        (
            lambda: figures_im2col.patch_matrix(W, X, 0, 0),
            ShapeError,
            "patch_matrix: axis u: the kernel spans 3",
        ),
        (
            lambda: figures_im2col.copies_back(W, W, 0, 3),
            ValueError,
            r"copies_back: no entry \[0, 3\] in an image of 3 x 3",
        ),
        (
            lambda: figures_im2col.copies((1, 2, 3), 2),
            ShapeError,
            r"copies: size is \(1, 2, 3\); wanted u or \(u, v\)",
        ),
        (
            lambda: figures_fourier.around_the_circle([1, 2, 3], [1], [2]),
            ValueError,
            r"around_the_circle: lengths \[2\]; wanted at least 3",
        ),
        (
            lambda: figures_fourier.around_the_circle([1], [1], []),
            ValueError,
            r"around_the_circle: lengths \[\]; wanted at least 1",
        ),
        (
            lambda: figures_fourier.around_the_circle(X, [1], [9]),
            ShapeError,
            r"around_the_circle: shapes \(3, 3\), \(1,\); wanted \(a,\) and \(b,\)",
        ),
        (
            lambda: figures_winograd.winograd_tile(X, X),
            ShapeError,
            r"winograd_tile: d has shape \(3, 3\); wanted \(4, 4\)",
        ),
        (
            lambda: figures_winograd.winograd_tile(TILE, W),
            ShapeError,
            r"winograd_tile: g has shape \(2, 2\); wanted \(3, 3\)",
        ),
        (
            lambda: figures_counts.multiplications_over(
                BASE, 3, kernels=(), channels=(1,), sizes=(7,)
            ),
            ValueError,
            "multiplications_over: nothing to draw",
        ),
    ],
)
def test_bad_input_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()
