"""Every wrong gradient of the table is refuted, with its entry; nothing right is."""

import functools

import numpy as np
import pytest
from wrong_gradients import WRONG, normalise, numbers

from cnnmath import check_gradient, max_pool2d, relu, sigmoid, softmax
from cnnmath.proof.verdict import Level

DERIVATIVE = {"on symbols", "in 60 digits", "float64", "float32"}


def refuting(report):
    return {check.name for check in report.checks if check.verdict.level is Level.REFUTED}


WAYS = [
    pytest.param(wrong, exact, id=f"{wrong}, {'exact' if exact else 'floats'}")
    for wrong in WRONG
    for exact in (True, False)
    if not exact or wrong.args[0].size < 1000  # larger ones are run in floats either way
]


@pytest.mark.parametrize(("wrong", "exact"), WAYS)
def test_it_is_refuted_and_the_entry_is_named(wrong, exact):
    report = check_gradient(wrong.op, *wrong.args, exact=exact, **wrong.options)
    assert report.verdict.level is Level.REFUTED
    found = report.counterexample
    assert (found.argument, found.entry) == (wrong.argument, wrong.entry)
    assert {wrong.check} <= refuting(report) if wrong.check else refuting(report) & DERIVATIVE
    assert str(found) in str(report).replace("\n        ", " ")
    assert found.expected != found.got or found.difference


def test_the_table_is_long_and_its_names_differ():
    assert len({wrong.name for wrong in WRONG}) == len(WRONG) >= 26


def test_the_checks_that_the_table_breaks_are_those_that_a_report_lists():
    report = check_gradient(sigmoid, numbers(3, 4).astype(np.float32), batch="z")
    broken = {wrong.check for wrong in WRONG if wrong.check}
    listed = {check.name for check in report.checks if not check.is_derivative}
    assert listed - broken == {"rounding", "batch", "twice the same"} - broken


# ------------------------------------------------------------------ right, and hard for a checker

F = np.array([1.0, -2.0, 0.5, 3.0])
HARD = {  # name: (f, gradient, x)
    "steep": (lambda x: np.exp(1000 * x).sum(), lambda x: 1000 * np.exp(1000 * x), F / 1000),
    "offset 1e8": (lambda x: ((x + 1e8) ** 2).sum(), lambda x: 2 * (x + 1e8), F),
    "arguments near 1e8": (lambda x: ((x - 1e8) ** 2).sum(), lambda x: 2 * (x - 1e8), F + 1e8),
    "gradient of 1e-20": (lambda x: 1e-20 * np.sin(x).sum(), lambda x: 1e-20 * np.cos(x), F),
    "arguments of 1e-30": (lambda x: np.log(x).sum(), lambda x: 1 / x, abs(F) * 1e-30),
    "discontinuous elsewhere": (lambda x: (np.floor(x + 0.3) + x).sum(), lambda x: x**0, F),
    "fast": (lambda x: np.sin(1e4 * x).sum(), lambda x: 1e4 * np.cos(1e4 * x), F),
    "constant": (lambda x: np.float64(3.0), lambda x: 0 * x, F),
    "flat": (lambda x: np.maximum(x, 0).sum(), lambda x: 0.0 * x, -abs(F)),
    "stationary": (lambda x: (x**2).sum(), lambda x: 2 * x, 0 * F),
    "twice differentiable nowhere": (lambda x: (x * abs(x)).sum(), lambda x: 2 * abs(x), 0 * F),
    "domain near": (lambda x: np.sqrt(x).sum(), lambda x: 0.5 / np.sqrt(x), abs(F) * 1e-3),
    "mean of squares minus square": (
        lambda x: (x**2).mean() - x.mean() ** 2, lambda x: 2 * (x - x.mean()) / 4, F + 1e4),
}  # fmt: skip


@pytest.mark.parametrize("exact", [True, False], ids=["exact", "floats"])
@pytest.mark.parametrize("name", HARD)
def test_right_functions_that_are_hard_pass(name, exact):
    *pair, x = HARD[name]
    assert check_gradient(tuple(pair), x, exact=exact).ok


@pytest.mark.parametrize("exact", [True, False], ids=["exact", "floats"])
@pytest.mark.parametrize("name", HARD)
def test_and_the_same_functions_with_one_wrong_entry_do_not(name, exact):
    f, gradient, x = HARD[name]

    def wrong(x):
        g = 1 * gradient(x)
        g[2] = g[2] * 2 + (1 if name in ("constant", "flat", "stationary") else 0)
        return g

    if name == "twice differentiable nowhere":
        x = x + 0.5
    report = check_gradient((f, wrong), x, exact=exact)
    assert report.verdict.level is Level.REFUTED
    assert report.counterexample.entry == (2,)


def test_a_saturated_softmax_is_exact_on_symbols_and_open_in_floats():
    s = np.array([[0.0, 40.0, 90.0]])
    assert check_gradient(softmax, s).verdict.level is Level.EXACT
    report = check_gradient(softmax, s, exact=False)
    assert report.verdict.level is Level.UNDECIDED
    assert "rounding hides what there is to see" in report.verdict.evidence


def test_a_function_of_two_scales_is_not_refuted():
    """Large steps see a slope near 0, small ones the slope of 1e8, in rounding."""
    x = np.array([0.3])
    report = check_gradient(
        (lambda x: np.sin(1e8 * x).sum(), lambda x: 1e8 * np.cos(1e8 * x)), x, exact=False
    )
    assert report.verdict.level in (Level.NUMERIC, Level.UNDECIDED)


def test_cancellation_inside_the_function_is_felt():
    """A variance at an offset of 1e7 has lost all digits: in floats it stands still, or jumps."""

    def variance(x):
        return ((x + 1e7) ** 2).mean() - (x + 1e7).mean() ** 2

    pair = (variance, lambda x: 2 * (x - x.mean()) / 20)
    assert check_gradient(pair, numbers(20), exact=False).verdict.level is Level.UNDECIDED
    assert check_gradient(pair, numbers(20)).ok


def test_a_large_constant_does_not_hide_a_gradient_of_zero():
    pair = (lambda x: 1e6 + np.sin(x).sum(), lambda x: 0 * x)
    assert check_gradient(pair, F, exact=False).counterexample.entry == (0,)


# --------------------------------------------------------------------- at a kink there is no tick


@pytest.mark.parametrize("exact", [True, False], ids=["exact", "floats"])
@pytest.mark.parametrize(
    ("op", "args", "place"),
    [
        ((lambda x: abs(x).sum(), np.sign), (np.array([1.0, 0.0, -1.0]),), "x[1]"),
        (relu, (np.array([1.0, 0.0, -1.0]),), "z[1]"),
        (max_pool2d, (np.array([[[[1.0, 1.0], [0.0, -1.0]]]]), 2), "x[0, 0, 0, 0]"),
        ((lambda x: np.maximum(x, 0).sum(), lambda x: np.where(x > 0, 1.0, 0.5 * (x == 0))),
         (np.array([0.0, 2.0]),), "x[0]"),
    ],
    ids=["abs", "relu", "max pool", "half"],
)  # fmt: skip
def test_a_kink_is_undecided_whatever_the_convention(op, args, place, exact):
    report = check_gradient(op, *args, exact=exact)
    assert report.verdict.level is Level.UNDECIDED and not report.ok
    assert f"a kink at {place}: the slopes of its two sides differ by" in str(report)


def test_beside_a_kink_there_is_one():
    near = np.array([1e-4, 1.0, -1.0])
    assert check_gradient(relu, near, exact=False).ok
    assert check_gradient(relu, near * 1e-12).verdict.level is Level.EXACT


def test_a_tie_without_a_kink_is_no_obstacle():
    report = check_gradient(softmax, np.zeros((2, 3)))
    assert report.ok
    assert any("and it is 0 here" in note for note in report.notes)


# ------------------------------------------------------------------------------ float32 and batch


def only_float32(x):
    """Computes in float32, whatever it is given."""
    z = np.asarray(x, dtype=np.float32)
    return np.sin(z).sum(), lambda dE: (np.cos(z) * dE).astype(x.dtype)


def test_where_float32_leaves_no_rate_nothing_is_decided():
    report = check_gradient(only_float32, numbers(50_000, dtype=np.float32))
    assert report.verdict.level is Level.UNDECIDED
    assert "? float32: UNDECIDED(rounding hides what there is to see" in str(report)


def test_two_halves_of_a_batch():
    x = numbers(5, 4)
    assert check_gradient(softmax, x, batch="s").ok
    coupled = normalise(lambda dx, dy, y, d: dx)
    assert check_gradient(coupled, x, exact=False).ok
    report = check_gradient(coupled, x, exact=False, batch="x")
    assert refuting(report) == {"batch"}


def test_a_mean_and_a_sum_over_the_batch():
    def loss(x, w, reduce):
        y = x @ w
        value, slope = reduce((y**2).sum() / 2, len(x))

        def backward(dE):
            dy = dE * slope * y
            return dy[:, None] * w, x.T @ dy

        return value, backward

    def verdict(reduce):
        op = functools.partial(loss, reduce=reduce)
        return check_gradient(op, numbers(5, 4), numbers(4), batch="x", exact=False)

    assert verdict(lambda total, n: (total, 1)).ok
    assert verdict(lambda total, n: (total / n, 1 / n)).ok
    report = verdict(lambda total, n: (total**2, 2 * total))
    assert refuting(report) == {"batch"}
    assert "value: expected sum or mean of those of the halves, got neither" in str(report)
