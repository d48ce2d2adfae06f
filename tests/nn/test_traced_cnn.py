"""Whole convolutional nets on symbols: the gradient of every parameter is SymPy's of the loss that ran.

The code that trains runs on symbols, in the cell that the witnesses choose: which units of the relu are
on, which entry of each window is the largest. The scores are written here a second time, by formula.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy

from cnnmath.nn import (
    Affine,
    Conv2d,
    Flatten,
    MaxPool2d,
    MeanPool2d,
    Relu,
    Sequential,
    loss_and_gradient,
    named_arrays,
)
from cnnmath.ops import cross_entropy, squared_error
from cnnmath.proof.trace import Path, Traced, vanishes

LABELS, ONE_HOT = np.array([1, 0]), np.array([[0, 1], [1, 0]], object)
TABLE = ((0,), (0, 1))
NETS = {  # convolution, pooling, features after them, loss
    "max": (Conv2d(1, 2, 2), MaxPool2d(2), 2, cross_entropy),
    "mean": (
        Conv2d(1, 2, 2),
        MeanPool2d(2),
        2,
        squared_error,
    ),  # quarters in exponents take minutes
    "table": (Conv2d(2, 2, 2, connect=TABLE), MaxPool2d(2), 2, cross_entropy),
    "border": (Conv2d(1, 2, 2, stride=2, padding=1), MaxPool2d((1, 2)), 4, cross_entropy),
}


def traced(name, shape, path, salt):
    array = np.empty(shape, object)
    for number, place in enumerate(np.ndindex(shape)):
        symbol = sympy.Symbol(f"{name}_{'_'.join(map(str, place))}", real=True)
        array[place] = Traced(symbol, Fraction((salt + 5 * number) % 13 - 5, 3), path)
    return array


class Run:
    """One evaluation of loss and gradient of a traced net."""

    def __init__(self, convolution, pooling, features, loss):
        path = Path()
        self.model = Sequential(convolution, Relu(), pooling, Flatten(), Affine(features, 2))
        self.params = tuple(
            {name: traced(f"{name}{i}", array.shape, path, 3 + i) for name, array in layer.items()}
            for i, layer in enumerate(self.model.init(np.random.default_rng(0)))
        )
        self.x = traced("x", (2, convolution.c, 3, 3), path, 1)
        self.t = LABELS if loss is cross_entropy else ONE_HOT
        self.value, self.grads = loss_and_gradient(
            self.model, self.params, self.x, self.t, loss=loss
        )

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


# The same scores by the formulas of the text, one sum per entry.


class Formula:
    def __init__(self, run):
        arrays = [run.x, *(array for _, array in named_arrays(run.params))]
        self.witnesses = {v.expression: sympy.Rational(v.witness) for a in arrays for v in a.flat}
        self.params = {name: expressions(array) for name, array in named_arrays(run.params)}
        self.x = expressions(run.x)
        self.layer, _, self.pooling, *_ = run.model.layers
        self.signs, self.gaps = [], []  # of the relu's inputs; between the two largest of a window
        self.scores = [self.of_sample(n) for n in range(len(self.x))]

    def of_sample(self, n):
        y = self.pooled({place: self.relu(z) for place, z in self.convolved(n).items()})
        w, b = self.params["4.w"], self.params["4.b"]
        return [b[k] + sum(v * w[k, d] for d, v in enumerate(y)) for k in range(2)]

    def convolved(self, n):
        w, b, layer = self.params["0.w"], self.params["0.b"], self.layer
        stride, padding = layer.stride, layer.padding
        count = (3 + 2 * padding - 2) // stride + 1
        z = {}
        for o, i, j in product(range(layer.o), range(count), range(count)):
            z[o, i, j] = b[o]
            for c in range(layer.c) if layer.connect is None else layer.connect[o]:
                for p, q in product(range(2), range(2)):
                    u, v = stride * i + p - padding, stride * j + q - padding
                    if 0 <= u < 3 and 0 <= v < 3:
                        z[o, i, j] += w[o, c, p, q] * self.x[n, c, u, v]
        return z

    def relu(self, z):
        self.signs.append(sympy.sign(self.at(z)))
        return z if self.signs[-1] > 0 else sympy.Integer(0)

    def pooled(self, h):
        size = self.pooling.size
        rows, columns = size if isinstance(size, tuple) else (size, size)
        windows = {}
        for (o, i, j), v in h.items():
            windows.setdefault((o, i // rows, j // columns), []).append(v)
        return [self.one_of(windows[place]) for place in sorted(windows)]

    def one_of(self, window):
        if isinstance(self.pooling, MeanPool2d):
            return sum(window) / len(window)
        order = sorted(window, key=self.at)
        if self.at(order[-1]) > 0:  # where all are off they stay off, whichever is taken
            self.gaps.append(self.at(order[-1]) - self.at(order[-2]))
        return order[-1]

    def at(self, expression):
        return sympy.sympify(expression).subs(self.witnesses)


def expressions(array):
    return np.array([v.expression for v in array.flat]).reshape(array.shape)


@pytest.fixture(scope="module", params=NETS)
def run(request):
    return Run(*NETS[request.param])


def test_the_scores_are_those_of_the_text(run):
    scores, _ = run.model.apply(run.params, run.x)
    wanted = Formula(run).scores
    assert scores.shape == (2, 2)
    for (n, k), score in np.ndenumerate(scores):
        assert vanishes(score.expression - wanted[n][k])


def test_every_gradient_is_sympys_derivative_of_the_loss_that_ran(run):
    assert run.wrong() == []


def test_the_point_is_at_no_kink_and_takes_both_branches_of_the_relu(run):
    formula = Formula(run)
    assert set(formula.signs) == {-1, 1}
    assert all(gap > 0 for gap in formula.gaps)


# what is wrong is seen


@dataclass(frozen=True, repr=False)
class Broken(Conv2d):
    """A convolution whose weight gradient went through `spoil`."""

    spoil = staticmethod(lambda dw: dw)

    def apply(self, params, x, **options):
        z, backward = super().apply(params, x, **options)

        def spoilt(dz):
            dx, dparams = backward(dz)
            return dx, {**dparams, "w": type(self).spoil(dparams["w"])}

        return z, spoilt


class Turned(Broken):
    """Forgets that correlation turns the kernel."""

    spoil = staticmethod(lambda dw: dw[..., ::-1, ::-1])


class Doubled(Broken):
    """One entry of all is wrong."""

    @staticmethod
    def spoil(dw):
        dw = dw.copy()
        dw[0, 0, 1, 0] = 2 * dw[0, 0, 1, 0]
        return dw


class Unmasked(Conv2d):
    """Forgets the table on the way back."""

    def apply(self, params, x, **options):
        z, _ = super().apply(params, x, **options)
        w = np.where(self.mask, params["w"], 0)
        dense = Conv2d(self.c, self.o, self.size).apply({**params, "w": w}, x, **options)
        return z, dense[1]


def test_the_check_passes_what_is_not_spoilt():
    assert Run(Broken(1, 2, 2), *NETS["max"][1:]).wrong() == []


@pytest.mark.parametrize("name", ["max", "mean"])
def test_a_kernel_gradient_that_is_turned_is_seen(name):
    found = Run(Turned(1, 2, 2), *NETS[name][1:]).wrong()
    assert found
    assert all(name.startswith("0.w") for name in found)


def test_one_wrong_entry_is_named():
    assert Run(Doubled(1, 2, 2), *NETS["max"][1:]).wrong() == ["0.w[0, 0, 1, 0]"]


def test_a_gradient_where_there_is_no_connection_is_seen():
    found = Run(Unmasked(2, 2, 2, connect=TABLE), *NETS["table"][1:]).wrong()
    assert found
    assert all(name.startswith("0.w[0, 1,") for name in found)
