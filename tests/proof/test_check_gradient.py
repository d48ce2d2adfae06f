"""`check_gradient` as a user meets it: how it is called, what it says, what it refuses."""

import doctest
import importlib

import numpy as np
import pytest
from wrong_gradients import numbers, with_entry

import cnnmath
from cnnmath import affine, check_gradient, conv2d, dropout, relu, softmax, squared_error
from cnnmath.proof.gradient_report import Check, Counterexample, Report
from cnnmath.proof.verdict import Level, Verdict

X = numbers(3, 4)
CUBE = (lambda x: (x**3).sum(), lambda x: 3 * x**2)


def level(report):
    return report.verdict.level


def check_of(report, name):
    return next(check for check in report.checks if check.name == name)


# ------------------------------------------------------------------------------- ways to call it


def test_a_function_that_returns_value_and_backward():
    report = check_gradient(softmax, X)
    assert level(report) is Level.EXACT and report.ok
    assert "s 3x4; 12 entries" in report.verdict.evidence


def test_backward_may_return_the_array_alone():
    assert check_gradient(lambda x: (x**2, lambda dy: 2 * x * dy), X).ok


def test_a_pair_of_functions_the_value_a_number():
    assert level(check_gradient(CUBE, X)) is Level.EXACT


def test_a_pair_of_functions_the_value_an_array():
    assert level(check_gradient((lambda x: x**3, lambda x, dy: 3 * x**2 * dy), X)) is Level.EXACT


def test_a_pair_with_two_arguments_returns_two_gradients():
    product = (lambda x, y: (x * y).sum(), lambda x, y: (y.copy(), x.copy()))
    assert level(check_gradient(product, X, X + 1)) is Level.EXACT
    swapped = (product[0], lambda x, y: (x.copy(), y.copy()))
    report = check_gradient(swapped, X, X + 1)
    assert (report.counterexample.argument, report.counterexample.entry) == ("x", (0, 0))


def test_an_array_without_axes():
    report = check_gradient((np.sin, np.cos), np.array(0.5))
    assert level(report) is Level.EXACT
    wrong = check_gradient((np.sin, np.sin), np.array(0.5))
    assert wrong.counterexample.entry == ()
    assert wrong.counterexample.expected == pytest.approx(np.cos(0.5))


def test_options_and_labels_are_handed_through():
    x, w = numbers(1, 2, 4, 4), numbers(1, 2, 2, 2)
    assert check_gradient(conv2d, x, w, None, stride=2, padding=1).ok
    assert check_gradient(cnnmath.cross_entropy, X, np.array([0, 3, 1]), reduction="sum").ok


def test_a_generator_is_copied_and_left_as_it_was():
    rng = np.random.default_rng(3)
    assert check_gradient(dropout, X, 0.5, rng).ok
    assert rng.random() == np.random.default_rng(3).random()


def test_wrt_names_what_is_differentiated():
    t = np.zeros((3, 4))
    for wrt in ("y", 0, ("y",), [0]):
        assert check_gradient(squared_error, X, t, wrt=wrt).ok
    with pytest.raises(
        ValueError, match=r"1 gradients, wanted 2, of y, t.*name the others.*wrt=\"y\""
    ):
        check_gradient(squared_error, X, t)


def test_a_gradient_that_was_asked_for_and_is_missing_is_refuted():
    w, b = numbers(2, 4), numbers(2)

    def no_bias(x, w, b):
        return affine(x, w, b)[0], lambda ds: affine(x, w, b)[1](ds)[:2]

    report = check_gradient(no_bias, X, w, b, wrt=("x", "w", "b"))
    assert level(report) is Level.REFUTED
    assert "2 gradients, wanted 3, of x, w, b" in str(report)
    report = check_gradient(lambda x: (x, lambda dy: None), X)
    assert "None for x" in str(report)


def test_need_dx_is_said_with_wrt():
    w, b = numbers(2, 4), numbers(2)
    assert check_gradient(affine, X, w, b, need_dx=False, wrt=("w", "b")).ok
    with pytest.raises(ValueError, match="returned None for x, wanted its gradient"):
        check_gradient(affine, X, w, b, need_dx=False)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: check_gradient(3, X),
            TypeError,
            r"op is 3; wanted a function that returns \(y, b",
        ),
        (lambda: check_gradient((np.sin,) * 3, X), TypeError, "or two functions"),
        (
            lambda: check_gradient(np.sin, X),
            TypeError,
            r"sin returned ndarray; wanted \(y, backward",
        ),
        (
            lambda: check_gradient(CUBE, 2.0),
            TypeError,
            r"no argument is an array of floats; np\.array",
        ),
        (
            lambda: check_gradient(CUBE, X.astype(np.float16)),
            TypeError,
            "x has dtype float16; wanted",
        ),
        (lambda: check_gradient(CUBE, X + 1j), TypeError, "x has dtype complex128; wanted float32"),
        (lambda: check_gradient(CUBE, np.zeros((0, 2))), ValueError, r"x is empty, shape \(0, 2\)"),
        (
            lambda: check_gradient(CUBE, with_entry(X, (1, 2), np.inf)),
            ValueError,
            r"x\[1, 2\] is inf; w",
        ),
        (lambda: check_gradient(CUBE, X, wrt="y"), ValueError, "wrt has 'y'; wanted .*: 'x' or 0"),
        (lambda: check_gradient(CUBE, X, wrt=()), ValueError, r"wrt is \(\); wanted different"),
        (lambda: check_gradient(CUBE, X, wrt=(0, "x")), ValueError, "wanted different arguments"),
        (
            lambda: check_gradient(CUBE, X, directions=0),
            ValueError,
            "directions is 0; wanted at least 1",
        ),
        (lambda: check_gradient(relu, X, batch="x"), ValueError, "batch has 'x'; wanted one of z"),
        (
            lambda: check_gradient(relu, X[:1], batch="z"),
            ValueError,
            "batch of z has the sizes .*least 2",
        ),
        (
            lambda: check_gradient((lambda x: 3, lambda x: 0 * x), X),
            TypeError,
            "value of <lambda> has dtype int64; wanted floats",
        ),
    ],
)
def test_a_call_that_cannot_be_meant_is_refused(call, error, message):
    with pytest.raises(error, match=f"^check_gradient: .*{message}"):
        call()


# ----------------------------------------------------------------------------------- what it says


def test_the_report_is_text_with_a_verdict():
    text = str(check_gradient(CUBE, np.array([1.0, -2.0])))
    assert text.startswith("✓ <lambda>: EXACT\n    ✓ on symbols: EXACT(x 2; 2 entries, one cell;")
    assert "✓ float64: NUMERIC(8 random directions each; a single wrong entry shows from x" in text
    assert "✓ also: arguments kept, finite, dtype and shape, twice the same, own memory" in text
    assert max(map(len, text.splitlines())) <= 100


def test_the_report_in_a_notebook_is_a_table():
    report = check_gradient((CUBE[0], lambda x: -3 * x**2), np.array([1.0, -2.0]))
    rows = report._repr_markdown_().splitlines()
    assert rows[0] == "**✗ <lambda>: REFUTED**".replace("<", "&lt;").replace(">", "&gt;")
    assert "| ✗ | on symbols | REFUTED | dx[0]: expected 3, got -3 |" in rows
    assert repr(report) == str(report)


def test_a_report_is_neither_true_nor_false():
    with pytest.raises(TypeError, match=r"ask report\.ok"):
        assert check_gradient(CUBE, X)


def test_the_counterexample_can_be_run():
    def op(x):
        return np.sin(x), lambda dy: with_entry(np.cos(x), (1, 1), 0.25) * dy

    for exact in (True, False):
        wrong = check_gradient(op, X, exact=exact).counterexample
        assert (wrong.argument, wrong.entry, wrong.got) == ("x", (1, 1), 0.25)
        assert wrong.expected == pytest.approx(np.cos(X[1, 1]))
        assert wrong.where == "where dy is 1 at [1, 1], 0 elsewhere"
        _, backward = op(X)
        assert backward(wrong.cotangent)[wrong.entry] == wrong.got


def test_the_verdict_is_the_weakest_that_matters():
    def check(level, derivative=False):
        return Check("name", Verdict(level, "why"), is_derivative=derivative)

    exact, numeric = check(Level.EXACT, True), check(Level.NUMERIC, True)
    open_, fine = check(Level.UNDECIDED, True), check(Level.EXACT)
    assert level(Report("f", (exact, numeric, fine))) is Level.EXACT
    assert level(Report("f", (open_, numeric, fine))) is Level.NUMERIC  # 60 digits open, floats not
    assert level(Report("f", (open_, fine))) is Level.UNDECIDED
    assert level(Report("f", (exact, check(Level.UNDECIDED)))) is Level.UNDECIDED
    assert (
        level(Report("f", (exact, check(Level.REFUTED), check(Level.UNDECIDED)))) is Level.REFUTED
    )
    assert [Report("f", (each,)).ok for each in (exact, numeric, open_)] == [True, True, False]


def test_a_counterexample_says_what_and_where():
    found = Counterexample("x", (0, 1), 0.5, -0.5, "where dy is 1 at [0], 0 elsewhere")
    assert str(found) == "dx[0, 1]: expected 0.5, got -0.5, where dy is 1 at [0], 0 elsewhere"


def test_the_same_seed_gives_the_same_report():
    texts = {str(check_gradient(CUBE, X, exact=False, seed=seed)) for seed in (1, 1, 1)}
    assert len(texts) == 1


# -------------------------------------------------------------------------- how far each way goes


def test_the_distance_to_the_nearest_branch_is_told():
    report = check_gradient(relu, np.array([0.5, -0.25, 2.0]))
    assert "nearest branch at distance 0.25: z[1] = 0" in report.verdict.evidence
    pair = check_gradient((lambda x: np.maximum(x[0], x[1]), lambda x: 1.0 * (x == x.max())),
                          np.array([1.0, 1.5]))  # fmt: skip
    assert "nearest branch at distance 0.25" in str(pair)


def test_code_that_cannot_be_traced_runs_in_sixty_digits():
    report = check_gradient((lambda x: (0.1 * x**2).sum(), lambda x: 0.2 * x), X)
    assert level(report) is Level.NUMERIC
    assert any("0.1 in traced code is not the number meant" in note for note in report.notes)
    sharp = check_of(report, "in 60 digits")
    assert sharp.verdict.level is Level.NUMERIC
    wrong = check_gradient((lambda x: (0.1 * x**2).sum(), lambda x: (0.2 + 1e-15) * x), X)
    assert [c.name for c in wrong.checks if c.verdict.level is Level.REFUTED] == ["in 60 digits"]


def test_code_that_wants_floats_runs_in_floats():
    report = check_gradient((lambda x: np.linalg.det(x), lambda x: np.linalg.det(x) * np.linalg.inv(x).T),
                            numbers(3, 3))  # fmt: skip
    assert level(report) is Level.NUMERIC
    assert len(report.notes) == 2


def test_small_arguments_stand_beside_large_ones():
    x, w, b = numbers(50, 40), numbers(30, 40), numbers(30)
    report = check_gradient(affine, x, w, b, small=(x[:2, :2], w[:1, :2], b[:1]))
    assert level(report) is Level.NUMERIC  # small sizes do not prove large ones
    assert check_of(report, "on small symbols").verdict.level is Level.EXACT

    def wrong(x, w, b):
        return affine(x, w, b)[0], lambda ds: (*affine(x, w, b)[1](ds)[:2], 2 * ds.sum(axis=0))

    report = check_gradient(wrong, x, w, b, small=(x[:2, :2], w[:1, :2], b[:1]))
    assert check_of(report, "on small symbols").counterexample.argument == "b"
    report = check_gradient(affine, x, w, b, small=(x, w, b))
    assert level(report) is Level.UNDECIDED
    assert "3230 entries; wanted at most" in str(report)


def test_a_trace_that_no_rule_decides_is_numeric():
    def angle(x):  # sin^2 + cos^2 = 1 is not among the rules of a trace
        return (np.sin(x) ** 2 + np.cos(x) ** 2 + x).sum(), lambda dE: np.ones_like(x) * dE

    report = check_gradient(angle, X[0])
    assert level(report) is Level.EXACT or "60 digits" in report.verdict.evidence
    assert report.ok


def test_float32_is_checked_in_float64_and_beside_it():
    x = X.astype(np.float32)
    report = check_gradient(relu, x, exact=False)
    assert check_of(report, "float64").verdict.level is Level.NUMERIC
    assert "float32 differs from float64 by" in check_of(report, "rounding").verdict.evidence

    def lost(z):
        small = z.astype(np.float64) if z.dtype == np.float64 else np.round(z, 1)
        return np.sin(z), lambda dy: np.cos(small) * dy

    report = check_gradient(lost, x, exact=False)
    assert level(report) is Level.UNDECIDED
    assert "rounding: float32 differs" in report.verdict.evidence


# -------------------------------------------------------------------------------------- examples


def test_the_docstring_is_true():
    module = importlib.import_module("cnnmath.proof.check_gradient")
    result = doctest.testmod(module)
    assert result.attempted >= 4 and result.failed == 0


def test_it_is_public_and_loaded_late():
    assert "check_gradient" in cnnmath.__all__
    assert cnnmath.check_gradient is check_gradient
    with pytest.raises(AttributeError, match="has no attribute 'check_gradients'"):
        _ = cnnmath.check_gradients
