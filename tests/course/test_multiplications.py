"""Multiplications by formula: those of the sum and of Winograd's tiles are what running programs make."""

import doctest

import numpy as np
import pytest

from cnnmath import conv2d
from cnnmath.course import multiplications
from cnnmath.course.convolution_loops import products
from cnnmath.course.multiplications import by_tiles, counts, per_output
from cnnmath.ledger.implementation_fourier_checks import Shape, by_transforms
from cnnmath.ops.conv_winograd import winograd_value
from cnnmath.ops.windows import windows

HALVES = 14  # for each kernel: six numbers in its rows, then eight in its columns
SHAPES = [Shape(1, 1, 1, 4), Shape(2, 3, 2, 4), Shape(1, 2, 3, 5), Shape(3, 1, 2, 6)]


def arrays(shape, kernel):
    n, c, o, u = shape
    return (n, c, u, u), (o, c, kernel, kernel)


def made(value, shape, kernel=3):
    """Products counted as the program runs, in a border that keeps the size."""

    def convolution(x, w, b):
        geometry = windows("test", x.shape[2:], w.shape[2:], padding=kernel // 2)
        return value(x, w, geometry)

    return products(convolution, *arrays(shape, kernel))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_tiles_are_counted_right(shape):
    halves = HALVES * shape.channels * shape.maps
    assert made(winograd_value, shape) - halves == by_tiles(shape) == counts(shape, 3).winograd


@pytest.mark.parametrize("method", ["im2col", "blocked"])
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_the_sum_is_counted_right(kernel, method):
    def convolution(x, w, b):
        return conv2d(x, w, padding=kernel // 2, method=method)[0]

    shape = SHAPES[2]
    assert products(convolution, *arrays(shape, kernel)) == counts(shape, kernel).sum


def test_fourier_is_the_count_of_the_ledger():
    for shape in SHAPES:
        assert counts(shape, 5).fourier == by_transforms(shape, 5)


def test_only_kernels_of_three_have_tiles():
    assert [counts(SHAPES[1], kernel).winograd for kernel in (1, 5, 7)] == [None] * 3


def test_an_even_size_saves_nine_quarters_and_an_odd_one_less():
    for shape in SHAPES:
        total = counts(shape, 3)
        gain = total.sum / total.winograd
        assert gain == 9 / 4 if shape.size % 2 == 0 else gain < 9 / 4


def test_per_output_divides_by_outputs_and_maps():
    for shape, kernel in ((SHAPES[2], 3), (SHAPES[3], 5)):
        found, total = per_output(shape, kernel), counts(shape, kernel)
        n, c, o, u = shape
        assert found.sum == kernel**2
        assert np.isclose(found.fourier * n * c * o * u * u, total.fourier, rtol=1e-12)
        assert (found.winograd is None) == (kernel != 3)


def test_the_example_in_the_docstring_is_right():
    found = doctest.testmod(multiplications)
    assert found.attempted == 1 and found.failed == 0


@pytest.mark.parametrize(
    ("shape", "kernel"), [(SHAPES[0], 2), (SHAPES[0], -1), (Shape(1, 0, 1, 4), 3)], ids=str
)
def test_bad_input_is_refused(shape, kernel):
    with pytest.raises(ValueError, match=r"counts: Shape\(.*\), kernel .*; wanted sizes >= 1"):
        counts(shape, kernel)
