"""Whole training steps on symbols: the loss that the model computes, differentiated by SymPy, is the
gradient that it returns, and one update moves every parameter by exactly that much."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

from cnnmath.nn import SGD, Affine, Sequential, loss_and_gradient
from cnnmath.ops import cross_entropy
from cnnmath.proof.trace import Path, Traced, vanishes

N, D, K = 2, 2, 3


def traced(name, shape, path, salt):
    array = np.empty(shape, object)
    for number, place in enumerate(np.ndindex(shape)):
        symbol = sympy.Symbol(f"{name}_{'_'.join(map(str, place))}", real=True)
        array[place] = Traced(symbol, Fraction((salt + 5 * number) % 11 - 4, 3), path)
    return array


def inputs():
    path = Path()
    model = Sequential(Affine(D, K))
    params = ({"w": traced("w", (K, D), path, 3), "b": traced("b", (K,), path, 8)},)
    return model, params, traced("x", (N, D), path, 1), np.array([2, 0])


@pytest.fixture(scope="module")
def step():
    model, params, x, t = inputs()
    penalty = Fraction(1, 7)
    loss, gradient = loss_and_gradient(model, params, x, t, loss=cross_entropy, l2=penalty)
    return params, x, t, penalty, loss, gradient


def test_the_loss_is_the_objective_of_the_text(step):
    params, x, t, _, loss, _ = step
    w, b = params[0]["w"], params[0]["b"]
    want = sympy.Integer(0)
    for n in range(N):
        s = [
            b[k].expression + sum(x[n, d].expression * w[k, d].expression for d in range(D))
            for k in range(K)
        ]
        want += (-s[t[n]] + sympy.log(sum(map(sympy.exp, s)))) / N
    want += sympy.Rational(1, 14) * sum(v.expression**2 for v in w.flat)
    assert vanishes(loss.expression - want)


@pytest.mark.parametrize("name", ["w", "b"])
def test_the_gradient_is_sympys(step, name):
    params, _, _, _, loss, gradient = step
    for place, got in np.ndenumerate(gradient[0][name]):
        symbol = params[0][name][place].expression
        assert vanishes(got.expression - sympy.diff(loss.expression, symbol)), f"{name}{place}"


def test_a_wrong_gradient_would_be_seen(step):
    params, _, _, _, loss, gradient = step
    got, symbol = gradient[0]["w"][0, 0], params[0]["w"][0, 0].expression
    assert not vanishes(-got.expression - sympy.diff(loss.expression, symbol))
    assert not vanishes(got.expression * 2 - sympy.diff(loss.expression, symbol))


def test_one_update_is_gradient_descent(step):
    params, _, _, _, loss, gradient = step
    optimiser = SGD(Fraction(1, 3))
    moved, _ = optimiser.update(gradient, optimiser.init(params), params)
    for name in ("w", "b"):
        for place, got in np.ndenumerate(moved[0][name]):
            symbol = params[0][name][place].expression
            want = symbol - sympy.Rational(1, 3) * sympy.diff(loss.expression, symbol)
            assert vanishes(got.expression - want)
