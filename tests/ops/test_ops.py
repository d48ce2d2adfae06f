"""Every op on every code path: one table, taken from the records.

The reference is the formula object of the derivation, read on exactly the numbers that the op got.
The inputs are drawn, hence nothing here names an op, apart from `VALUES` and the exact ops.
"""

import dataclasses
import functools
import inspect
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from cnnmath.ops import OPS, ShapeError
from cnnmath.ops.conv_methods import METHODS
from cnnmath.proof.evaluate import EXACT, PRECISE, Field
from cnnmath.proof.tie import tie
from cnnmath.proof.ulp import (
    FEW,
    Inputs,
    accepted_sizes,
    derived,
    draw,
    formula,
    path_sizes,
    run,
)

PATHS = [pytest.param(op, case, id=op.address(case)) for op in OPS for case in op.cases]
DTYPES = [np.float64, np.float32]
EXACT_OPS = {  # polynomials, and comparisons: on fractions nothing is rounded
    *("affine", "l2_penalty", "relu", "squared_error"),
    *("conv2d", "max_pool2d", "mean_pool2d", "sum_pool2d", "flatten"),
    *("subsample2d", "upsample2d", "l1_penalty", "impurity_penalty", "dropout"),
}
VALUES = {  # what an option may be
    "need_dx": {True, False},
    "reduction": {"mean", "sum"},
    "crop": {True, False},
    "method": {"auto", *METHODS},
}

# their errors are as large as those of the largest entry, so many times: what cancels is not what an entry
# sums up. A tile of Winograd adds and subtracts four by four numbers where dw may be a single product; over
# 60 seeds the worst was 2.4 times
NORMWISE = {"conv2d[fft]": 1, "conv2d[winograd]": 5}

each_path = pytest.mark.parametrize(("op", "case"), PATHS)
each_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=["float64", "float32"])


@pytest.fixture
def rng():
    return np.random.default_rng(20)


def inputs_of(op, case, rng, dtype=np.float64, nth=0):
    """Drawn for the covering sizes with the ``nth`` largest arrays."""
    by_size = sorted(accepted_sizes(op, case), key=lambda sizes: -extent(op, case, sizes))
    return draw(op, derived(op, case), by_size[nth], dtype, rng)


def extent(op, case, sizes):
    """Entries of the arguments, and results that are not 0: windows may lie where nothing is."""
    inputs = draw(op, derived(op, case), sizes, np.float64, np.random.default_rng(0))
    given = sum(array.size for array in arrays_of(inputs).values())
    return given + sum(np.count_nonzero(result) for result in run(op, case, inputs).values())


def called(op, case, inputs):
    return op.forward(**inputs.arguments, **case.settings(inputs.sizes))


def arrays_of(inputs):
    return {n: a for n, a in inputs.arguments.items() if isinstance(a, np.ndarray)}


def with_arrays(inputs, change):
    """The same call with each array, the cotangent included, replaced by an equal one."""
    changed = {name: change(array) for name, array in arrays_of(inputs).items()}
    upstream = change(inputs.upstream) if np.ndim(inputs.upstream) else inputs.upstream
    return Inputs({**inputs.arguments, **changed}, upstream, inputs.sizes)


def drawing(op, case):
    """The arguments that a mask is drawn with: the generator, and the probability, a number in (0, 1]."""
    drawn = derived(op, case).drawn
    return {"rng", drawn.keep.name} if drawn else set()


def varied(op, case):
    """The array arguments that have a place in the tuple of gradients: targets are constants."""
    conclusions = derived(op, case).conclusions
    return [name for name in op.axes if f"d{name}" in conclusions or name in case.options]


def wanted(case, name):
    """The place is not None: the gradient is asked for, and the argument is not absent (b=None)."""
    return case.options.get(f"need_d{name}", True) and name not in case.options


# ------------------------------------------------------------------- the formula is what runs


@dataclass(frozen=True)
class Rounded:
    """A number with what floats may lose on the way to it, to first order, in units of eps.

    ``size`` is the value with all terms taken positive: sums may run in any order. An exponent may
    be shifted before exp, at the cost of its own size. Nothing in here knows an op.
    """

    value: Any
    size: Any
    loss: Any

    def __add__(self, other: "Rounded") -> "Rounded":
        size = self.size + other.size
        return Rounded(self.value + other.value, size, self.loss + other.loss + size)

    def __neg__(self) -> "Rounded":
        return Rounded(-self.value, self.size, self.loss)

    def __sub__(self, other: "Rounded") -> "Rounded":
        return self + -other

    def __bool__(self) -> bool:
        return bool(self.value)

    def __mul__(self, other: "Rounded") -> "Rounded":
        size = self.size * other.size
        loss = self.size * other.loss + self.loss * other.size + size
        return Rounded(self.value * other.value, size, loss)

    def __truediv__(self, other: "Rounded") -> "Rounded":
        size = self.size / abs(other.value)
        loss = self.loss / abs(other.value) + size * other.loss / abs(other.value) + size
        return Rounded(self.value / other.value, size, loss)

    def exp(self) -> "Rounded":
        value = PRECISE.functions["exp"](self.value)
        return Rounded(value, value, value * (self.loss + self.size + 1))

    def log(self) -> "Rounded":
        value = PRECISE.functions["log"](self.value)
        return Rounded(value, abs(value), self.loss / abs(self.value) + abs(value))

    def sigmoid(self) -> "Rounded":
        value = PRECISE.functions["sigmoid"](self.value)
        return Rounded(value, value, value * (self.loss + 3))

    def tanh(self) -> "Rounded":
        value = PRECISE.functions["tanh"](self.value)
        return Rounded(value, abs(value), (1 - value * value) * self.loss + 2 * abs(value))

    def step(self) -> "Rounded":
        value = PRECISE.number(Fraction(int(self.value > 0)))
        return Rounded(value, value, PRECISE.number(Fraction(0)))

    def sign(self) -> "Rounded":
        value = PRECISE.functions["sign"](self.value)
        return _input(Fraction(int(value)))

    def abs(self) -> "Rounded":
        return Rounded(abs(self.value), self.size, self.loss)


def _input(number: Fraction) -> Rounded:
    value = PRECISE.number(number)
    return Rounded(value, abs(value), PRECISE.number(Fraction(0)))


FUNCTIONS = {
    "exp": Rounded.exp,
    "log": Rounded.log,
    "sigmoid": Rounded.sigmoid,
    "tanh": Rounded.tanh,
    "step": Rounded.step,
    "sign": Rounded.sign,
    "abs": Rounded.abs,
}
ROUNDED = Field("rounded", _input, FUNCTIONS, PRECISE.root)


def shares(op, case, inputs, dtype):
    """Per quantity, the error of the worst entry as a share of what floats may lose, in that entry or,
    for the paths that are NORMWISE, in any."""
    eps = float(np.finfo(dtype).eps)
    results = run(op, case, inputs)
    expected = formula(derived(op, case), inputs, ROUNDED, only=results)
    worst = {}
    for name, got in results.items():
        assert np.shape(got) == expected[name].shape, name
        losses = [want.loss for want in expected[name].ravel()]
        if op.address(case) in NORMWISE:
            losses = [NORMWISE[op.address(case)] * max(losses)] * len(losses)
        triples = zip(np.ravel(got), expected[name].ravel(), losses, strict=True)
        worst[name] = max(
            share(abs(PRECISE.number(Fraction(float(g))) - want.value), eps * loss)
            for g, want, loss in triples
        )
    return worst


def share(error, allowed):
    return float(error / allowed) if allowed else math.inf if error else 0.0


@each_dtype
@each_path
def test_value_and_gradients_are_those_of_the_formula(op, case, dtype, rng):
    D = derived(op, case)
    for sizes in accepted_sizes(op, case):  # all 1; all different; each one 1
        for _ in range(3 if len(D.size_names) <= FEW else 1):
            worst = shares(op, case, draw(op, D, sizes, dtype, rng), dtype)
            assert max(worst.values()) <= 1, (sizes, worst)  # at most 0.4 was measured


@each_path
def test_a_relative_error_of_a_thousandth_of_a_millionth_is_seen(op, case, rng):
    """The bound of the test above has teeth, for the value and for each gradient."""

    def off(change_value, change_gradient):
        @functools.wraps(op.forward)
        def forward(**arguments):
            value, backward = op.forward(**arguments)
            return change_value(value), lambda dy: tuple(map(change_gradient, backward(dy)))

        return dataclasses.replace(op, forward=forward)

    def same(a):
        return a

    def larger(a):
        return None if a is None else a * (1 + 1e-9)

    inputs = inputs_of(op, case, rng)
    assert shares(off(larger, same), case, inputs, np.float64)["value"] > 1
    wrong = shares(off(same, larger), case, inputs, np.float64)
    assert min(share for name, share in wrong.items() if name != "value") > 1


def runs_exactly(op, case):
    """On fractions: a Fourier transform has roots of unity, which are none."""
    return op.name in EXACT_OPS and case.traced


@pytest.mark.parametrize(("op", "case"), [p for p in PATHS if runs_exactly(*p.values)])
def test_fractions_run_exactly(op, case, rng):
    inputs = inputs_of(op, case, rng)
    drawing_with = drawing(op, case)
    arguments = {
        name: given if name in drawing_with else thirds(given)
        for name, given in inputs.arguments.items()
    }
    inputs = Inputs(arguments, thirds(inputs.upstream), inputs.sizes)
    expected = formula(derived(op, case), inputs, EXACT)
    for name, got in run(op, case, inputs).items():
        assert np.array_equal(got, expected[name]), name
        assert all(type(entry) in (Fraction, int) for entry in np.ravel(got))  # 0 may be an int


def thirds(drawn):
    """Fractions near the drawn numbers, with denominators that no float has."""
    exact = [Fraction(round(1024 * float(number)), 3) for number in np.ravel(drawn)]
    array = np.empty(np.shape(drawn), object)
    array.flat = exact
    return array if array.ndim else exact[0]


@each_path
def test_the_tie_holds(op, case):
    found = tie(op, case, derived(op, case))
    assert found.cells >= len(op.sizes_of(case)) > 1
    assert found.entries > found.cells


# ----------------------------------------------------------------------------- the record itself


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_keys_of_one_op_are_distinct(op):
    keys = [case.key for case in op.cases]
    assert len(set(keys)) == len(keys) > 0
    assert keys[0] == ""


def test_names_of_ops_are_distinct():
    assert len({op.name for op in OPS}) == len(OPS)


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_every_option_of_an_op_has_a_case_for_each_value(op):
    parameters = inspect.signature(op.forward).parameters
    numbers = set().union(*(derived(op, case).scalars for case in op.cases))
    options = parameters.keys() - op.axes.keys() - numbers - drawing(op, op.cases[0])
    for name in options:
        taken = {case.options.get(name, parameters[name].default) for case in op.cases}
        assert taken == VALUES.get(name) or all(
            is_size(derived(op, case), case.options.get(name)) for case in op.cases
        ), name
    optional = {name for name in op.axes if parameters[name].default is None}
    for name in optional:
        assert {name in case.options for case in op.cases} == {True, False}
        assert all(case.options.get(name) is None for case in op.cases)
    assert {name for case in op.cases for name in case.options} <= options | optional


def is_size(D, option):
    """Names of sizes, as ("S1", "S2"): the derivation is about all of their values."""
    names = {size.name for size in D.size_names if size.value is None}
    return isinstance(option, tuple) and len(names & set(option)) == len(option)


def test_cross_entropy_has_cases_for_both_kinds_of_targets_with_each_reduction():
    op = next(op for op in OPS if op.name == "cross_entropy")
    seen = {
        (derived(op, case).tensors["t"].kind, case.options.get("reduction", "mean"))
        for case in op.cases
    }
    assert seen == {(k, r) for k in ("labels", "probabilities") for r in ("mean", "sum")}


@each_path
def test_arguments_of_the_op_are_the_letters_of_its_derivation(op, case):
    D = derived(op, case)
    parameters = [
        name
        for name, parameter in inspect.signature(op.forward).parameters.items()
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY
    ]
    letters = D.tensors.keys() | D.scalars.keys() | drawing(op, case)
    assert set(parameters) - case.options.keys() <= letters
    assert parameters[: len(op.axes)] == list(op.axes)
    assert set(D.conclusions) >= {f"d{name}" for name in varied(op, case) if wanted(case, name)}


@each_path
def test_record_names_its_source_and_its_sizes_include_the_least(op, case):
    assert op.source
    free = [name for name in derived(op, case).size_names if name.value is None]
    least = {name.name: int(name.lower.value) for name in free}  # 1, for paddings 0
    assert set(least.values()) <= {0, 1}
    assert all(sizes.keys() >= least.keys() for sizes in op.sizes)
    assert least in [{name: sizes[name] for name in least} for sizes in op.sizes]


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_every_size_of_the_record_is_one_of_some_path(op):
    named = {n.name for case in op.cases for n in derived(op, case).size_names if n.value is None}
    assert all(sizes.keys() == named for sizes in op.sizes)


@each_path
def test_sizes_are_refused_for_their_paddings_alone(op, case, rng):
    """What the op refuses is left out of the tests above: it must not be much."""
    D, accepted = derived(op, case), accepted_sizes(op, case)
    paddings = [n.name for n in D.size_names if n.value is n.upper is None and not n.lower.value]
    every = path_sizes(op, case)
    assert 2 * len(accepted) > len(every)
    assert all(any(sizes[name] > 0 for sizes in accepted) for name in paddings)
    for sizes in every:
        inputs = draw(op, D, sizes | dict.fromkeys(paddings, 0), np.float64, rng)
        assert called(op, case, inputs)


def test_a_refusal_of_other_sizes_is_seen(rng):
    """An op that does not like four samples; and one that blames the shapes is not excused."""
    op = next(op for op in OPS if op.name == "flatten")

    def refusing(error):
        @functools.wraps(op.forward)
        def forward(x):
            if len(x) == 4:
                raise error("no four, please")
            return op.forward(x)

        return dataclasses.replace(op, forward=forward)

    wrong, case = refusing(ValueError), op.cases[0]
    assert len(accepted_sizes(wrong, case)) < len(accepted_sizes(op, case))
    with pytest.raises(ValueError, match="no four, please"):
        test_sizes_are_refused_for_their_paddings_alone(wrong, case, rng)
    with pytest.raises(ShapeError, match="no four, please"):
        accepted_sizes(refusing(ShapeError), case)


# ------------------------------------------------------------------------------ dtypes and shapes


@each_dtype
@each_path
def test_dtype_is_kept(op, case, dtype, rng):
    inputs = inputs_of(op, case, rng, dtype)
    value, backward = called(op, case, inputs)
    assert value.dtype == dtype
    for dy in (inputs.upstream, 1, 0.5, np.float64(0.5), np.float32(0.5), Fraction(1, 2)):
        for gradient in backward(dy):
            assert gradient is None or gradient.dtype == dtype, type(dy)


@each_path
def test_scalar_arguments_may_be_any_real_number(op, case, rng):
    inputs = inputs_of(op, case, rng, np.float32)
    names = derived(op, case).scalars.keys() & inputs.arguments.keys()
    numbers = {name: 1 if name in drawing(op, case) else 2 for name in names}
    expected = run(op, case, inputs._replace(arguments={**inputs.arguments, **numbers}))
    for kind in (int, float, np.float32, np.float64, np.int64, Fraction):
        arguments = {**inputs.arguments, **{name: kind(n) for name, n in numbers.items()}}
        for name, got in run(op, case, inputs._replace(arguments=arguments)).items():
            assert got.dtype == np.float32, kind
            assert np.array_equal(got, expected[name])


@each_path
def test_one_number_as_cotangent_is_that_number_everywhere(op, case, rng):
    value, backward = called(op, case, inputs_of(op, case, rng))
    everywhere = np.full(value.shape, 0.75) if value.ndim else np.float64(0.75)
    for ours, full in zip(backward(0.75), backward(everywhere), strict=True):
        assert ours is full is None or np.array_equal(ours, full)


@each_path
def test_losses_are_numpy_scalars_and_the_rest_are_arrays(op, case, rng):
    value, _ = called(op, case, inputs_of(op, case, rng))
    is_loss = not derived(op, case).output.params
    assert isinstance(value, np.float64 if is_loss else np.ndarray)


@each_path
def test_backward_returns_a_tuple_with_one_entry_per_array_argument(op, case, rng):
    inputs = inputs_of(op, case, rng)
    gradients = called(op, case, inputs)[1](inputs.upstream)
    assert type(gradients) is tuple
    names = varied(op, case)
    assert len(gradients) == len(names)
    for name, gradient in zip(names, gradients, strict=True):
        if wanted(case, name):
            assert gradient.shape == inputs.arguments[name].shape
        else:
            assert gradient is None


# ------------------------------------------------------------------------------- memory and order


@each_dtype
@each_path
def test_inputs_are_neither_changed_nor_returned_as_views(op, case, dtype, rng):
    inputs = inputs_of(op, case, rng, dtype)
    before = {name: array.copy() for name, array in arrays_of(inputs).items()}

    def locked(array):
        array.setflags(write=False)
        return array

    inputs = with_arrays(inputs, locked)
    value, backward = called(op, case, inputs)
    results = [value, *(g for g in backward(inputs.upstream) if g is not None)]
    for i, result in enumerate(results):
        assert not np.ndim(result) or result.flags.writeable
        for array in (*arrays_of(inputs).values(), np.asarray(inputs.upstream)):
            assert not np.shares_memory(result, array)
        assert not any(np.shares_memory(result, other) for other in results[:i])
    for name, array in arrays_of(inputs).items():
        assert np.array_equal(array, before[name])


@each_path
def test_results_may_be_overwritten_by_the_caller(op, case, rng):
    inputs = inputs_of(op, case, rng)
    expected = run(op, case, inputs)
    value, backward = called(op, case, inputs)
    if value.ndim:
        value[...] = np.nan
    for gradient in backward(inputs.upstream):
        if gradient is not None:
            gradient[...] = np.nan
    assert_same_gradients(op, expected, backward(inputs.upstream))


def assert_same_gradients(op, expected, gradients):
    for name, gradient in zip(op.axes, gradients, strict=False):
        assert gradient is None or np.array_equal(gradient, expected[f"d{name}"]), name


def every_other(array):
    """An equal array whose entries do not stand side by side in memory."""
    wide = np.zeros(tuple(2 * n for n in array.shape), array.dtype)
    view = wide[tuple(slice(None, None, 2) for _ in array.shape)]
    view[...] = array
    return view


def backwards(array):
    """An equal array with negative strides."""
    flip = tuple(slice(None, None, -1) for _ in array.shape)
    return np.ascontiguousarray(array[flip])[flip]


@pytest.mark.parametrize("layout", [every_other, backwards, np.asfortranarray])
@each_path
def test_layout_in_memory_does_not_matter(op, case, layout, rng):
    inputs = inputs_of(op, case, rng)
    moved = with_arrays(inputs, layout)
    assert all(np.array_equal(a, moved.arguments[n]) for n, a in arrays_of(inputs).items())
    expected = run(op, case, inputs)
    for name, got in run(op, case, moved).items():
        assert np.allclose(got, expected[name], rtol=1e-14, atol=1e-15), name


@each_path
def test_two_forwards_before_two_backwards(op, case, rng):
    one, two = inputs_of(op, case, rng), inputs_of(op, case, rng, nth=1)
    assert one.sizes != two.sizes
    expected = run(op, case, one), run(op, case, two)
    _, first = called(op, case, one)
    _, second = called(op, case, two)
    assert_same_gradients(op, expected[1], second(two.upstream))
    assert_same_gradients(op, expected[0], first(one.upstream))


@each_path
def test_backward_twice_gives_the_same(op, case, rng):
    inputs = inputs_of(op, case, rng)
    _, backward = called(op, case, inputs)
    expected = {f"d{n}": g for n, g in zip(op.axes, backward(inputs.upstream), strict=False)}
    assert_same_gradients(op, expected, backward(inputs.upstream))


# ----------------------------------------------------------------------------------- the cotangent


@each_path
def test_gradients_are_linear_in_the_cotangent(op, case, rng):
    one, two = inputs_of(op, case, rng), inputs_of(op, case, rng)
    _, backward = called(op, case, one)
    mixed = backward(2 * one.upstream - 3 * two.upstream)
    for whole, a, b in zip(mixed, backward(one.upstream), backward(two.upstream), strict=True):
        assert whole is a is None or np.allclose(whole, 2 * a - 3 * b, rtol=1e-12, atol=1e-13)


@each_path
def test_cotangent_0_gives_gradient_0(op, case, rng):
    inputs = inputs_of(op, case, rng)
    for gradient in called(op, case, inputs)[1](0 * inputs.upstream):
        assert gradient is None or not gradient.any()
