"""Training: Algorithm 1 step by step, determinism, errors, accuracy on the real digits."""

import math
import subprocess
import sys
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from cnnmath.data import batches, load_digits
from cnnmath.nn import (
    SGD,
    Affine,
    Sequential,
    accuracy,
    fit,
    loss_and_gradient,
    map_arrays,
    named_arrays,
    predict,
    softmax_regression,
)
from cnnmath.ops import ShapeError, cross_entropy


@pytest.fixture
def small():
    """Three noisy classes in the plane, 30 samples, float64."""
    rng = np.random.default_rng(4)
    t = np.arange(30) % 3
    return np.array([[0.0, 2], [2, 0], [-2, -2]])[t] + rng.standard_normal((30, 2)), t


def train(x, t, **changes):
    settings = {
        "optimiser": SGD(0.5),
        "epochs": 3,
        "batch_size": 8,
        "rng": np.random.default_rng(0),
        **changes,
    }
    return fit(softmax_regression(x.shape[1], 3), x, t, **settings)


def algorithm_1(x, t, w, b, *, rate, l2, batch_sequence):
    """Algorithm 1 of 002, sample by sample as printed: nothing from cnnmath."""
    losses = []
    for rows in batch_sequence:
        j, dw, db = l2 / 2 * np.sum(w**2), l2 * w, np.zeros_like(b)
        for i in rows:
            s = w @ x[i] + b
            p = np.exp(s) / np.exp(s).sum()
            ds = p - np.eye(len(b))[t[i]]
            j = j - np.log(p[t[i]]) / len(rows)
            dw = dw + np.outer(ds, x[i]) / len(rows)
            db = db + ds / len(rows)
        w, b = w - rate * dw, b - rate * db
        losses.append(j)
    return w, b, losses


@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_fit_is_algorithm_1(small, l2):
    x, t = small
    start = softmax_regression(2, 3).init(np.random.default_rng(1))
    result = train(x, t, params=start, l2=l2, rng=np.random.default_rng(2))
    rng = np.random.default_rng(2)
    sequence = [rows for _ in range(3) for rows in batches(30, 8, rng)]
    w, b, losses = algorithm_1(
        x, t, start[1]["w"], start[1]["b"], rate=0.5, l2=l2, batch_sequence=sequence
    )
    recorded = [loss for epoch in result.history for loss in epoch.step_losses]
    assert len(recorded) == 12
    assert np.allclose(recorded, losses, rtol=1e-13)
    assert np.allclose(result.params[1]["w"], w, rtol=1e-12)
    assert np.allclose(result.params[1]["b"], b, rtol=1e-12)


def test_start_is_drawn_before_the_batches(small):
    rng = np.random.default_rng(7)
    start = softmax_regression(2, 3).init(rng)
    drawn = train(*small, rng=np.random.default_rng(7))
    assert drawn.history == train(*small, params=start, rng=rng).history


def test_history_says_what_happened(small):
    x, t = small
    test = (x[:7] + 0.5, t[:7])
    result = train(x, t, test=test)
    assert [epoch.epoch for epoch in result.history] == [1, 2, 3]
    for epoch in result.history:
        assert len(epoch.step_losses) == 4
        assert epoch.loss == pytest.approx(np.mean(epoch.step_losses), rel=1e-14)
    last = result.history[-1]
    model = softmax_regression(2, 3)
    assert last.train_accuracy == accuracy(predict(model, result.params, x), t)
    assert last.test_accuracy == accuracy(predict(model, result.params, test[0]), test[1])


def test_without_test_set_its_accuracy_is_nan(small):
    assert math.isnan(train(*small).history[0].test_accuracy)


def test_test_set_is_only_measured(small):
    x, t = small
    with_test, without = train(x, t, test=(x, t)), train(x, t)
    assert np.array_equal(with_test.params[1]["w"], without.params[1]["w"])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_same_seed_same_bits(dtype):
    digits = load_digits(dtype)
    model = softmax_regression()

    def run(seed):
        return fit(
            model,
            digits.x_train,
            digits.t_train,
            optimiser=SGD(0.5),
            epochs=2,
            batch_size=64,
            rng=np.random.default_rng(seed),
            l2=1e-4,
        )

    first, second, other = run(0), run(0), run(1)
    assert first.history == second.history
    assert first.history != other.history
    for (name, array), (_, again) in zip(
        named_arrays(first.params), named_arrays(second.params), strict=True
    ):
        assert array.dtype == dtype, name
        assert array.tobytes() == again.tobytes(), name


@pytest.mark.parametrize("rate", [0.5, np.float64(0.5), np.float32(0.5), 1])
def test_float32_stays_float32_whatever_the_type_of_the_rate(small, rate):
    x, t = small
    result = train(x.astype(np.float32), t, optimiser=SGD(rate), l2=0.1)
    assert {array.dtype for _, array in named_arrays(result.params)} == {np.dtype(np.float32)}


def test_no_argument_is_changed(small):
    x, t = small
    start = softmax_regression(2, 3).init(np.random.default_rng(1))
    arrays = [x, t, start[1]["w"], start[1]["b"]]
    for array in arrays:
        array.flags.writeable = False
    result = train(x, t, params=start, test=(x, t), l2=0.1)
    for array in arrays:
        assert not any(np.shares_memory(array, new) for _, new in named_arrays(result.params))


# one evaluation


@pytest.mark.parametrize("loss", [cross_entropy, partial(cross_entropy, reduction="sum")])
def test_gradient_agrees_with_central_differences(small, loss):
    x, t = small
    model = Sequential(Affine(2, 4), Affine(4, 3))
    rng = np.random.default_rng(3)
    params = map_arrays(lambda p: p + rng.standard_normal(p.shape), model.init(rng))
    _, grads = loss_and_gradient(model, params, x, t, loss=loss, l2=0.7)
    h = 1e-5
    for layer, gradient in zip(params, grads, strict=True):
        for name, array in layer.items():
            for index in np.ndindex(array.shape):
                kept, values = array[index], []
                for moved in (kept + h, kept - h):
                    array[index] = moved
                    values.append(loss_and_gradient(model, params, x, t, loss=loss, l2=0.7)[0])
                array[index] = kept
                numeric = (values[0] - values[1]) / (2 * h)
                assert gradient[name][index] == pytest.approx(numeric, rel=1e-6, abs=1e-7)


def test_penalty_is_on_all_weights_and_no_bias(small):
    x, t = small
    model = Sequential(Affine(2, 4), Affine(4, 3))
    params = map_arrays(lambda p: p + 1, model.init(np.random.default_rng(3)))
    plain, plain_grads = loss_and_gradient(model, params, x, t)
    value, grads = loss_and_gradient(model, params, x, t, l2=0.5)
    squares = sum(np.sum(layer["w"] ** 2) for layer in params)
    assert value == pytest.approx(plain + 0.25 * squares, rel=1e-14)
    for layer, with_penalty, without in zip(params, grads, plain_grads, strict=True):
        assert np.allclose(with_penalty["w"], without["w"] + 0.5 * layer["w"], rtol=1e-13)
        assert np.array_equal(with_penalty["b"], without["b"])


def test_exact_numbers_stay_exact():
    """Fractions go through model, penalty and update: what the checker traces is this code."""
    x = np.array([[[Fraction(1)], [Fraction(2)]]])  # (1, 2, 1)
    params = ({}, {"w": np.array([[Fraction(1, 3), Fraction(1)]]), "b": np.array([Fraction(1, 7)])})

    def half_square(s, t):
        return (s * s).sum() / 2, lambda dE: (s * dE,)

    model = softmax_regression(2, 1)
    value, grads = loss_and_gradient(model, params, x, None, loss=half_square, l2=Fraction(1, 5))
    s = Fraction(1, 3) + 2 + Fraction(1, 7)
    assert value == s * s / 2 + Fraction(1, 10) * (Fraction(1, 9) + 1)
    assert grads[1]["w"].tolist() == [[s + Fraction(1, 15), 2 * s + Fraction(1, 5)]]
    assert grads[1]["b"].tolist() == [s]
    new, _ = SGD(Fraction(1, 2)).update(grads, (), params)
    assert new[1]["b"].tolist() == [Fraction(1, 7) - s / 2]


# refused before the first step


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_data_that_are_not_finite_are_refused(small, bad):
    x, t = small
    x[3, 1] = bad
    with pytest.raises(ValueError, match=rf"fit: x\[3, 1\] is {bad}; wanted finite numbers"):
        train(x, t)
    with pytest.raises(ValueError, match=rf"fit: test x\[3, 1\] is {bad}; wanted finite numbers"):
        train(np.zeros((30, 2)), t, test=(x, t))
    model = softmax_regression(2, 3)
    params = model.init(np.random.default_rng(0))
    with pytest.raises(ValueError, match=rf"predict: x\[3, 1\] is {bad}"):
        predict(model, params, x)


def test_empty_sets_are_refused(small):
    x, t = small
    with pytest.raises(ShapeError, match=r"fit: x is empty, shape \(0, 2\)"):
        train(x[:0], t[:0])
    with pytest.raises(ShapeError, match=r"fit: test x is empty, shape \(0, 2\)"):
        train(x, t, test=(x[:0], t[:0]))
    with pytest.raises(ShapeError, match="accuracy: y has shape"):
        accuracy(t[:0], t[:0])


def test_labels_that_do_not_match_are_refused(small):
    x, t = small
    with pytest.raises(ShapeError, match=r"fit: t has shape \(29,\); wanted labels \(30,\), as x"):
        train(x, t[:-1])
    with pytest.raises(ShapeError, match=r"fit: test t has shape \(30, 1\); wanted labels \(30,\)"):
        train(x, t, test=(x, t[:, None]))
    with pytest.raises(ShapeError, match=r"fit: t has shape \(30,\); wanted targets \(30, k\)"):
        train(x, t.astype(float))
    with pytest.raises(TypeError, match="fit: t has dtype bool; wanted integer labels"):
        train(x, t == 1)
    with pytest.raises(TypeError, match="fit: t must be an array, got list"):
        train(x, t.tolist())
    with pytest.raises(ValueError, match=r"cross_entropy: label t\[\d+\] is 3; wanted 0\.\.2"):
        train(x, t + 1)


def test_other_dtypes_are_refused(small):
    x, t = small
    with pytest.raises(TypeError, match="fit: x has dtype int64; wanted float32 or float64"):
        train(x.astype(int), t)
    with pytest.raises(
        ShapeError, match=r"fit: test x is float32 \(30, 2\); wanted float64 \(n, 2\)"
    ):
        train(x, t, test=(x.astype(np.float32), t))
    start = softmax_regression(2, 3).init(np.random.default_rng(0), np.float64)
    with pytest.raises(TypeError, match="share one dtype, got x float32, w float64, b float64"):
        train(x.astype(np.float32), t, params=start)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "fit: epochs must be at least 1, got 0"),
        ({"batch_size": 0}, ValueError, "fit: batch_size must be at least 1, got 0"),
        ({"batch_size": 2.5}, TypeError, "fit: batch_size must be an integer, got 2.5"),
        ({"rng": 0}, TypeError, r"fit: rng must be a np\.random\.Generator, got int"),
        ({"l2": -1.0}, ValueError, "l2_penalty: strength is -1.0; wanted a finite number >= 0"),
        ({"l2": math.nan}, ValueError, "l2_penalty: strength is nan; wanted a finite number >= 0"),
    ],
)
def test_bad_settings_are_refused(small, changes, error, message):
    with pytest.raises(error, match=message):
        train(*small, **changes)


@pytest.mark.parametrize("rate", [0, -0.1, math.nan, math.inf, np.float32(0)])
def test_sgd_refuses_rates_that_are_not_positive_numbers(rate):
    with pytest.raises(ValueError, match=r"SGD: rate is .*; wanted a finite number > 0"):
        SGD(rate)


def test_sgd_refuses_what_is_no_number():
    with pytest.raises(TypeError, match="SGD: rate must be a number, got str"):
        SGD("0.1")


def test_sgd_changes_nothing_in_place():
    params, grads = ({"w": np.ones(2)},), ({"w": np.ones(2)},)
    new, state = SGD(0.25).update(grads, SGD(0.25).init(params), params)
    assert new[0]["w"].tolist() == [0.75, 0.75]
    assert params[0]["w"].tolist() == grads[0]["w"].tolist() == [1.0, 1.0]
    assert state == ()


# reported during training


class BreaksAtStep:
    """An optimiser whose update puts `value` into the bias or weight of layer 1 at one step."""

    def __init__(self, step, name, value):
        self.step, self.name, self.value = step, name, value

    def init(self, params):
        return 1

    def update(self, grads, state, params):
        if state == self.step:
            params[1][self.name][-1] = self.value
        return params, state + 1


@pytest.mark.parametrize("name", ["w", "b"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_broken_parameter_is_named_with_its_step(small, name, value):
    message = rf"^fit: step 6, epoch 2: parameter 1\.{name} contains {value}$"
    with pytest.raises(FloatingPointError, match=message):
        train(*small, optimiser=BreaksAtStep(6, name, value))


def test_broken_start_is_named(small):
    start = softmax_regression(2, 3).init(np.random.default_rng(0))
    start[1]["b"][1] = np.nan
    with pytest.raises(FloatingPointError, match=r"parameter 1\.b contains nan"):
        train(*small, params=start)


def broken_gradient(s, t):
    return cross_entropy(s, t)[0], lambda dE: (np.full_like(s, np.nan),)


def broken_loss(s, t):
    value, backward = cross_entropy(s, t)
    return value * np.inf, backward


def test_broken_gradient_and_loss_are_named(small):
    message = r"^fit: step 1, epoch 1: the gradient of 1\.w contains nan$"
    with pytest.raises(FloatingPointError, match=message):
        train(*small, loss=broken_gradient)
    with pytest.raises(FloatingPointError, match=r"^fit: step 1, epoch 1: the loss contains inf$"):
        train(*small, loss=broken_loss)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [1e20, 1e37])
def test_divergence_is_reported_without_a_warning(small, dtype, rate):
    x, t = small
    with pytest.raises(
        FloatingPointError, match=r"^fit: step \d+, epoch \d+: .* contains -?(inf|nan)$"
    ):
        train(x.astype(dtype), t, optimiser=SGD(rate), l2=1.0, epochs=10)


def test_overflow_of_the_output_is_named():
    params = ({}, {"w": np.full((3, 2), 1e308), "b": np.zeros(3)})
    with pytest.raises(FloatingPointError, match=r"^the output of the model contains inf$"):
        loss_and_gradient(softmax_regression(2, 3), params, np.full((4, 2), 10.0), np.zeros(4, int))


def test_overflow_of_the_update_is_named(small):
    x, t = small
    message = r"^fit: step 1, epoch 1: parameter 1\.w contains -?inf$"
    with pytest.raises(FloatingPointError, match=message):
        train(1000 * x, t, optimiser=SGD(1e308))


# prediction


def test_the_first_of_equal_scores_wins():
    params = ({}, {"w": np.zeros((4, 2)), "b": np.array([0.0, 1.0, 1.0, 0.0])})
    assert predict(softmax_regression(2, 4), params, np.ones((3, 2))).tolist() == [1, 1, 1]


def test_prediction_in_parts_is_the_same(small):
    x, t = small
    params = train(x, t).params
    model = softmax_regression(2, 3)
    whole = predict(model, params, x)
    assert whole.dtype == np.int64
    assert np.array_equal(predict(model, params, x, batch_size=7), whole)


def test_accuracy_refuses_scores():
    with pytest.raises(
        ShapeError, match=r"accuracy: y has shape \(3, 2\), t \(3,\); wanted labels"
    ):
        accuracy(np.zeros((3, 2)), np.zeros(3, int))


# progress


def test_progress_is_shown_when_wanted(small, capsys, monkeypatch):
    pytest.importorskip("rich", reason="the bar is rich's")
    monkeypatch.delenv("CNNMATH_BUILD", raising=False)
    train(*small, progress=True)
    assert "epoch 3/3  loss" in capsys.readouterr().out


def test_progress_is_off_by_default_and_while_chapters_are_built(small, capsys, monkeypatch):
    monkeypatch.delenv("CNNMATH_BUILD", raising=False)
    train(*small)
    monkeypatch.setenv("CNNMATH_BUILD", "1")
    train(*small, progress=True)
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


def test_training_works_without_rich(small, capsys, monkeypatch):
    monkeypatch.delenv("CNNMATH_BUILD", raising=False)
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    result = train(*small, progress=True)
    assert len(result.history) == 3
    assert capsys.readouterr().out == ""


def test_import_loads_numpy_and_nothing_heavier():
    code = (
        "import sys, cnnmath.nn\n"
        "print([m for m in ('sympy', 'rich', 'sklearn', 'scipy', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# the real digits


def cross_validated_accuracies(seed, folds=5):
    digits = load_digits(np.float64)
    x = np.concatenate([digits.x_train, digits.x_test])
    t = np.concatenate([digits.t_train, digits.t_test])
    parts = np.array_split(np.random.default_rng(seed).permutation(len(x)), folds)
    for i, held_out in enumerate(parts):
        rows = np.concatenate(parts[:i] + parts[i + 1 :])
        result = fit(
            softmax_regression(),
            x[rows],
            t[rows],
            optimiser=SGD(1.0),
            epochs=20,
            batch_size=32,
            rng=np.random.default_rng([seed, i]),
            l2=1e-4,
        )
        y = predict(softmax_regression(), result.params, x[held_out])
        yield accuracy(y, t[held_out])


def test_five_folds_and_two_seeds_reach_95_percent():
    accuracies = [a for seed in (0, 1) for a in cross_validated_accuracies(seed)]
    assert len(accuracies) == 10
    assert np.mean(accuracies) >= 0.95
    assert min(accuracies) >= 0.93
