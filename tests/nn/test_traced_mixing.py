"""A net with learned combinations on symbols: with each penalty the gradient of every parameter is SymPy's
of the objective that ran."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

from cnnmath.nn import Conv2d, Flatten, MixMaps, Sequential, loss_and_gradient, named_arrays
from cnnmath.ops import squared_error
from cnnmath.proof.trace import Path, Traced, vanishes

PENALTIES = {"none": 0, "l1": Fraction(1, 3), "entropy": Fraction(2, 3), "impurity": Fraction(3, 5)}
each_penalty = pytest.mark.parametrize("penalty", PENALTIES)


def traced(name, shape, path, salt):
    array = np.empty(shape, object)
    for number, place in enumerate(np.ndindex(shape)):
        symbol = sympy.Symbol(f"{name}_{'_'.join(map(str, place))}", real=True)
        array[place] = Traced(symbol, Fraction((salt + 5 * number) % 13 - 5, 3), path)
    return array


class Run:
    """Loss and gradient of a mixing net on symbols: two maps of 2x1, kernels 2x1, two mixtures."""

    def __init__(self, penalty, mixing=MixMaps):
        path = Path()
        kernels = Conv2d(2, 2, (2, 1), connect=((0,), (1,)), bias=False)
        layer = mixing(2, 2, penalty, PENALTIES[penalty])
        self.model = Sequential(kernels, layer, Flatten())
        self.params = tuple(
            {name: traced(f"{name}{i}", array.shape, path, 3 + i) for name, array in layer.items()}
            for i, layer in enumerate(self.model.init(np.random.default_rng(0)))
        )
        x = traced("x", (1, 2, 2, 1), path, 1)
        self.t = np.array([[1, 0]], object)
        self.value, self.grads = loss_and_gradient(
            self.model, self.params, x, self.t, loss=squared_error
        )
        self.x = x

    def wrong(self):
        """Parameters whose gradient is not SymPy's derivative of the loss that ran."""
        old, new = dict(named_arrays(self.params)), dict(named_arrays(self.grads))
        return [
            f"{name}{list(place)}"
            for name, array in old.items()
            for place, parameter in np.ndenumerate(array)
            if not vanishes(
                sympy.sympify(new[name][place])
                - sympy.diff(self.value.expression, parameter.expression)
            )
        ]

    def wanted(self, penalty):
        """The objective by the formulas of the text."""
        x, w, c, b = (
            np.vectorize(lambda v: v.expression)(array)
            for array in (self.x, self.params[0]["w"], *self.params[1].values())
        )
        u = [sum(w[k, k, p, 0] * x[0, k, p, 0] for p in range(2)) for k in range(2)]
        e = np.vectorize(sympy.exp)(c)
        a = [[e[o, k] / (e[o, 0] + e[o, 1]) for k in range(2)] for o in range(2)]
        y = [b[o] + sum(a[o][k] * u[k] for k in range(2)) for o in range(2)]
        flat = [v for row in a for v in row]
        omega = {
            "none": 0,
            "l1": sum(flat),
            "entropy": -sum(v * sympy.log(v) for v in flat),
            "impurity": 2 - sum(v**2 for v in flat),
        }[penalty]
        error = sum((y[o] - int(self.t[0, o])) ** 2 for o in range(2))
        return error / 2 + sympy.Rational(PENALTIES[penalty]) * omega


@each_penalty
def test_the_objective_on_symbols_is_that_of_the_text(penalty):
    run = Run(penalty)
    assert vanishes(run.value.expression - run.wanted(penalty))


@each_penalty
def test_every_gradient_is_sympys_derivative_of_the_objective_that_ran(penalty):
    assert Run(penalty).wrong() == []


class Halved(MixMaps):
    """Its penalty's gradient is half of what it should be."""

    def costs(self, params):
        value, slopes = super().costs(params)
        return value, {name: slope / 2 for name, slope in slopes.items()}


def test_a_wrong_gradient_of_a_penalty_is_seen():
    wrong = Run("impurity", Halved).wrong()
    assert wrong == [f"1.logits[{o}, {c}]" for o in range(2) for c in range(2)]
