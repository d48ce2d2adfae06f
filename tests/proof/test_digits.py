"""Numbers of 60 digits in object arrays: NumPy's functions find them, and no digit is lost."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from cnnmath.proof.digits import FUNCTIONS, PLACES, Digits, digits, number, numbers
from cnnmath.proof.trace import Path, Traced

X = np.array([[0.5, 1.25], [0.1, 2.0]])


def close(a, b, places=PLACES - 3):
    return abs(a - b) <= mpmath.mpf(10) ** -places * (1 + abs(b))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_ufuncs_find_the_functions(name):
    ufunc = getattr(np, name)
    for entry, plain in zip(ufunc(digits(X)).flat, ufunc(X).flat, strict=True):
        assert float(entry.value) == pytest.approx(plain, rel=1e-14)


def test_a_function_has_sixty_digits():
    with mpmath.workdps(PLACES + 10):
        wanted = mpmath.exp(mpmath.mpf(0.1))
        assert close(mpmath.mpf(np.exp(digits(X))[1, 0].value), wanted)
        assert not close(mpmath.mpf(math.exp(0.1)), wanted, places=20)


def test_a_float_is_the_number_that_it_is():
    assert number(0.1) != number(Fraction(1, 10))
    assert number(0.5) == number(Fraction(1, 2)) == number(np.float32(0.5))
    assert number(True) is None and number("1") is None


def test_array_code_runs():
    z = digits(X)
    mean = z.mean(axis=0)
    assert close(mean[0].value, number(0.5 + 0.0) / 2 + number(0.1) / 2)
    assert close(z.var(axis=0)[1].value, number(0.140625))
    assert (np.maximum(z, 1)[0, 0] == 1) and (z @ z.T).shape == (2, 2)
    assert list(np.argmax(z, axis=1)) == [1, 1]
    assert (
        (2 - z[0, 0] == 1.5) and (1 / z[0, 0] == 2) and (2 ** z[0, 0] == np.sqrt(Digits(number(2))))
    )
    assert (z[0, 0] ** 2 == 0.25) and (abs(-z[0, 0]) == 0.5) and bool(z[0, 0]) and z[0, 0] != 1
    assert (z > 1).tolist() == [[False, True], [False, True]]
    assert (z[0, 0] <= 0.5) and (z[0, 0] >= 0.5) and not (z[0, 0] < 0.5)


def test_what_would_lose_digits_is_refused():
    entry = digits(X)[0, 0]
    with pytest.raises(TypeError, match="must not become a float; keep the dtype"):
        np.asarray(digits(X), dtype=np.float64)
    with pytest.raises(AttributeError, match="numbers of 60 digits have no erf"):
        entry.erf()
    with pytest.raises(ValueError, match="the result is not real"):
        (-entry).log()
    with pytest.raises(TypeError, match="a result is a str; wanted a number"):
        numbers(np.array(["x"], dtype=object))
    with pytest.raises(TypeError, match="unsupported operand"):
        entry + "1"
    assert repr(entry) == "Digits(0.5)"


def test_results_are_numbers():
    assert numbers(digits(X)).shape == (2, 2)
    assert numbers(3)[()] == 3
    assert entries_are_mpf(numbers(np.array([1, Fraction(1, 2)], dtype=object)))


def entries_are_mpf(array):
    return all(type(entry) is type(number(1)) for entry in array)


def test_a_trace_has_sine_and_cosine_too():
    import sympy

    x = sympy.Symbol("x", real=True)
    traced = np.array([Traced(x, Fraction(1, 2), Path())], dtype=object)
    assert np.sin(traced)[0].expression == sympy.sin(x)
    assert np.cos(traced)[0].expression == sympy.cos(x)
    assert float(np.cos(traced)[0].witness) == pytest.approx(math.cos(0.5))
    assert np.conjugate(traced)[0].expression == x
