"""Seven loops and four: the definition, on symbols and on fractions; loops and products are counted."""

import doctest
from fractions import Fraction

import numpy as np
import pytest
import sympy

from cnnmath import ShapeError, conv2d
from cnnmath.course import convolution_loops
from cnnmath.course.convolution_loops import four_loops, loop_depth, products, seven_loops
from cnnmath.course.symbolic import symbols
from cnnmath.proof.evaluate import Arrays, integer, symbolic_field, value
from cnnmath.results.lookup import derivation

BOTH = [seven_loops, four_loops]
each = pytest.mark.parametrize("convolution", BOTH, ids=lambda f: f.__name__)
# n, c, o, i, j, p, q
SIZES = [(1, 1, 1, 1, 1, 1, 1), (2, 2, 1, 2, 1, 2, 3), (1, 2, 3, 2, 2, 1, 2), (2, 1, 2, 1, 3, 3, 2)]


def shapes(n, c, o, i, j, p, q):
    return (n, c, i + p - 1, j + q - 1), (o, c, p, q), (o,)


def fractions(rng, *shape):
    drawn = rng.integers(-9, 10, shape), rng.integers(1, 7, shape)
    return np.vectorize(lambda a, b: Fraction(int(a), int(b)), otypes=[object])(*drawn)


def kernel_turned(x, w, b):
    return seven_loops(x, np.ascontiguousarray(w[:, :, ::-1]), b)


def bias_in_every_term(x, w, b):
    return seven_loops(x, w, b * w[0].size)


def equals_the_formula(convolution, sizes):
    """The traced result is the formula of the layer, evaluated on the same symbols."""
    D = derivation("conv_layer")
    arrays = [symbols(n, *shape) for n, shape in zip("xwb", shapes(*sizes), strict=True)]
    z = convolution(*arrays)
    entries = {
        name: (lambda place, array=array: array[place].expression)
        for name, array in zip("xwb", arrays, strict=True)
    }
    frame = Arrays(dict(zip("NCOIJPQ", sizes, strict=True)), entries, symbolic_field())
    formula = D.definitions["z"]
    assert z.shape == tuple(integer(size, frame) for size in formula.shape)
    body = formula[tuple(formula.params)]
    return all(
        sympy.expand(z[place].expression - value(body, frame.bind(**names))) == 0
        for place in np.ndindex(z.shape)
        for names in [dict(zip("noij", place, strict=True))]
    )


@each
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_on_symbols_it_is_the_formula(convolution, sizes):
    assert equals_the_formula(convolution, sizes)


@pytest.mark.parametrize("wrong", [kernel_turned, bias_in_every_term])
def test_the_comparison_sees_a_slip(wrong):
    assert not equals_the_formula(wrong, SIZES[1])


@each
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_on_fractions_it_is_conv2d(convolution, sizes):
    rng = np.random.default_rng(0)
    x, w, b = (fractions(rng, *shape) for shape in shapes(*sizes))
    z = convolution(x, w, b)
    assert z.dtype == object and (z == conv2d(x, w, b)[0]).all()


@each
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_dtype_stays_and_inputs_are_not_touched(convolution, dtype):
    rng = np.random.default_rng(1)
    arrays = [rng.integers(-5, 6, s).astype(dtype) for s in shapes(2, 3, 2, 3, 2, 2, 3)]
    for array in arrays:
        array.flags.writeable = False
    z = convolution(*arrays)
    assert z.dtype == dtype and np.array_equal(z, conv2d(*arrays)[0])
    assert not any(np.shares_memory(z, array) for array in arrays)


# --------------------------------------------------------------------------------- what is counted


def test_loops_are_counted_in_the_source():
    assert loop_depth(seven_loops) == 1 + 3 + 3
    assert loop_depth(four_loops) == 7 - 3

    def beside_each_other(n):
        for i in range(n):
            yield i
        for i in range(n):
            for j in range(i):
                yield i, j

    assert loop_depth(beside_each_other) == 2
    assert loop_depth(fractions) == 0


@each
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_products_are_counted_as_they_are_made(convolution, sizes):
    x, w, _ = shapes(*sizes)
    assert products(convolution, x, w) == np.prod(sizes)


def test_products_with_results_are_counted_too():
    """4 products w b, then 4 of the layer, then 1 of two sums."""

    def more(x, w, b):
        z = seven_loops(x, w * b[0], b)
        return z * z

    assert products(more, (1, 1, 2, 2), (1, 1, 2, 2)) == 4 + 4 + 1


def test_products_of_differences_are_counted_too():
    def differences(x, w, b):
        return (x - x) * (w - 1) * (1 - w)

    assert products(differences, (1, 1, 2, 2), (1, 1, 2, 2)) == 4 + 4


def test_the_examples_in_the_docstrings_are_right():
    found = doctest.testmod(convolution_loops)
    assert found.attempted == 2 and found.failed == 0


# ----------------------------------------------------------------------------------------- refused

X, W, B = np.ones((2, 3, 4, 5)), np.ones((2, 3, 3, 2)), np.ones(2)


@each
@pytest.mark.parametrize(
    ("arrays", "error", "match"),
    [
        ((X[0], W, B), ShapeError, r"loops: x has 3 axes, shape \(3, 4, 5\); wanted 4"),
        ((X, W[:, :2], B), ShapeError, "loops: axis c of w is 2, but 3 in x"),
        ((X, W, B[:1]), ShapeError, "loops: axis o of b is 1, but 2 in w"),
        ((X[:, :, :2], W, B), ShapeError, "loops: axis u: the kernel spans 3"),
        ((X.astype(int), W, B), TypeError, "loops: x has dtype int64; wanted float32 or float64"),
        ((X, W.astype(np.float32), B), TypeError, "loops: the arrays of a call share one dtype"),
    ],
)
def test_bad_input_is_refused(convolution, arrays, error, match):
    with pytest.raises(error, match=match) as caught:
        convolution(*arrays)
    assert str(caught.value).startswith(convolution.__name__)
