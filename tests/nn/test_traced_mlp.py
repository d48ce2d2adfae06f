"""Whole multilayer perceptrons on symbols: value, gradient and one update against SymPy.

The loss of a 2-2-2 net is written here sample by sample, from the definitions, and SymPy
differentiates it. The code that trains runs on the same symbols, in the cell where the signs of the
hidden units are those of the witnesses: no relu net is at a kink.
"""

from fractions import Fraction

import numpy as np
import pytest
import sympy

from cnnmath.nn import SGD, loss_and_gradient, map_arrays, mlp, named_arrays
from cnnmath.ops import binary_cross_entropy, cross_entropy, squared_error
from cnnmath.proof.trace import Path, Traced, vanishes

LABELS = np.array([1, 0])
ONE_HOT = np.array([[0, 1], [1, 0]], object)
RATE, MOMENTUM = Fraction(1, 3), Fraction(2, 5)


def traced(name, shape, path, salt):
    array = np.empty(shape, object)
    for number, place in enumerate(np.ndindex(shape)):
        symbol = sympy.Symbol(f"{name}_{'_'.join(map(str, place))}", real=True)
        array[place] = Traced(symbol, Fraction((salt + 5 * number) % 11 - 4, 3), path)
    return array


def traced_tree(model, prefix, path, salt):
    """Parameters of the model, each a symbol of its own."""
    return tuple(
        {
            name: traced(f"{prefix}{name}{i}", array.shape, path, salt + 4 * (i - 1))
            for name, array in layer.items()
        }
        for i, layer in enumerate(model.init(np.random.default_rng(0)))
    )


def expressions(array):
    return np.array([v.expression for v in array.flat]).reshape(array.shape)


# The formulas of the text, in SymPy alone.


def squared(y, t):
    return sum((a - b) ** 2 for a, b in zip(y.flat, t.flat, strict=True)) / 2 / len(y)


def of_labels(s, t):
    rows = (sympy.log(sum(map(sympy.exp, row))) - row[k] for row, k in zip(s, t, strict=True))
    return sum(rows) / len(s)


def yes_or_no(z, t):
    terms = (sympy.log(1 + sympy.exp(a)) - b * a for a, b in zip(z.flat, t.flat, strict=True))
    return sum(terms) / len(z)


SMOOTH = {
    "sigmoid": lambda z: 1 / (1 + sympy.exp(-z)),
    "tanh": sympy.tanh,
    "softplus": lambda z: sympy.log(1 + sympy.exp(z)),
}
LOSSES = {
    "squared_error": (squared_error, squared, ONE_HOT),
    "cross_entropy": (cross_entropy, of_labels, LABELS),
    "binary_cross_entropy": (binary_cross_entropy, yes_or_no, ONE_HOT),
}


# witnesses that put the hidden units of both samples above 0, or each unit on either side
SALTS = {"positive": (1, 3), "mixed": (0, 0)}


class Step:
    """One evaluation of a traced net, and the same loss by formula."""

    def __init__(self, activation, loss, cell="mixed", samples=2):
        path, (salt_x, salt_w) = Path(), SALTS[cell]
        self.model = mlp(2, 2, 2, activation=activation)
        self.params = traced_tree(self.model, "", path, salt_w)
        self.x = traced("x", (samples, 2), path, salt_x)
        op, formula, t = LOSSES[loss]
        self.value, self.grads = loss_and_gradient(
            self.model, self.params, self.x, t[:samples], loss=op
        )
        self.formula = formula(self.scores(SMOOTH.get(activation, self.relu)), t[:samples])

    def hidden(self):
        return expressions(self.x) @ expressions(self.params[1]["w"]).T + expressions(
            self.params[1]["b"]
        )

    def scores(self, activation):
        z = self.hidden()
        h = np.array([activation(v) for v in z.flat]).reshape(z.shape)
        return h @ expressions(self.params[3]["w"]).T + expressions(self.params[3]["b"])

    def witness(self, expression):
        arrays = [self.x, *(array for _, array in named_arrays(self.params))]
        values = {v.expression: sympy.Rational(v.witness) for a in arrays for v in a.flat}
        return expression.subs(values)

    def relu(self, z):
        return z if self.witness(z) > 0 else sympy.Integer(0)

    def derivative(self, parameter):
        return sympy.diff(self.formula, parameter.expression)


STEPS = [
    ("sigmoid", "squared_error", "mixed"),
    ("sigmoid", "cross_entropy", "positive"),  # `vanishes` wants nested exponents in one form
    ("relu", "squared_error", "mixed"),
    ("relu", "cross_entropy", "mixed"),
    ("relu", "binary_cross_entropy", "mixed"),
    ("tanh", "binary_cross_entropy", "mixed"),
    ("softplus", "squared_error", "mixed"),
]


@pytest.fixture(scope="module", params=STEPS, ids="-".join)
def step(request):
    return Step(*request.param)


def test_the_value_is_the_loss_of_the_text(step):
    assert vanishes(step.value.expression - step.formula)


def test_one_update_is_gradient_descent_on_that_loss(step):
    """p - p' = rate dE/dp for all twelve parameters; SymPy differentiates the formula."""
    optimiser = SGD(RATE)
    moved, _ = optimiser.update(step.grads, optimiser.init(step.params), step.params)
    old, new = dict(named_arrays(step.params)), dict(named_arrays(moved))
    assert sum(array.size for array in new.values()) == 12
    for name, array in new.items():
        for place, got in np.ndenumerate(array):
            parameter = old[name][place]
            want = parameter.expression - sympy.Rational(RATE) * step.derivative(parameter)
            assert vanishes(got.expression - want), f"{name}{place}"


def test_the_relu_point_is_generic_and_takes_both_branches_in_each_unit():
    step = Step("relu", "squared_error")
    signs = np.sign([[float(step.witness(z)) for z in row] for row in step.hidden()])
    assert signs.tolist() == [[1, -1], [-1, 1]]


@pytest.mark.parametrize("name", ["1.w", "3.b"])
def test_a_wrong_gradient_would_be_seen(name):
    step = Step("sigmoid", "cross_entropy", "positive")
    parameter, got = (dict(named_arrays(tree))[name].flat[0] for tree in (step.params, step.grads))
    assert vanishes(got.expression - step.derivative(parameter))
    assert not vanishes(-got.expression - step.derivative(parameter))
    assert not vanishes(got.expression - 2 * step.derivative(parameter))
    other = dict(named_arrays(step.params))[name].flat[1]
    assert not vanishes(got.expression - step.derivative(other))


@pytest.mark.parametrize("nesterov", [False, True])
def test_one_step_with_momentum_from_any_velocity(nesterov):
    step = Step("sigmoid", "squared_error", samples=1)
    velocity = traced_tree(step.model, "v", Path(), 5)
    optimiser = SGD(RATE, MOMENTUM, nesterov)
    moved, (new_velocity,) = optimiser.update(step.grads, (velocity,), step.params)
    rate, m = sympy.Rational(RATE), sympy.Rational(MOMENTUM)
    trees = (step.params, velocity, moved, new_velocity)
    for name in ("1.w", "1.b", "3.w", "3.b"):
        arrays = [dict(named_arrays(tree))[name].flat for tree in trees]
        for p, v, p_new, v_new in zip(*arrays, strict=True):
            g = step.derivative(p)
            after = m * v.expression + g
            direction = g + m * after if nesterov else after
            assert vanishes(v_new.expression - after), name
            assert vanishes(p_new.expression - (p.expression - rate * direction)), name


def test_momentum_starts_at_velocity_zero():
    step = Step("sigmoid", "squared_error", samples=1)
    optimiser = SGD(RATE, MOMENTUM)
    _, (velocity,) = optimiser.update(step.grads, optimiser.init(step.params), step.params)
    difference = map_arrays(lambda v, g: v - g, velocity, step.grads)
    assert all(vanishes(d.expression) for _, array in named_arrays(difference) for d in array.flat)
