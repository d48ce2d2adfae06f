"""Adagrad, RMSprop and Adam: by hand, what they remember, and what they refuse."""

import math
from functools import partial

import numpy as np
import pytest

from cnnmath.nn import Adagrad, Adam, RMSprop, fit, mlp

EVERY = (Adagrad, RMSprop, Adam)


def run(optimiser, gradients, start=0.0):
    params = ({"w": np.array([start])},)
    state = optimiser.init(params)
    for g in gradients:
        params, state = optimiser.update(({"w": np.array([g])},), state, params)
    return params[0]["w"][0], state


def test_adagrad_by_hand():
    # v = 9, 25;  3/(3 + 1) and 4/(5 + 1)
    p, (v,) = run(Adagrad(0.5, eps=1.0), [3.0, 4.0], 10.0)
    assert v[0]["w"][0] == 25
    assert p == pytest.approx(10 - 0.5 * (3 / 4 + 4 / 6), rel=1e-15)


def test_rmsprop_by_hand():
    # v = 16/4 = 4, then 3/4 * 4 + 6^2/4 = 12 - 3 = 12;  4/(2 + 1/2) and 6/(sqrt(12) + 1/2)
    p, (v,) = run(RMSprop(0.5, beta=0.75, eps=0.5), [4.0, 6.0], 10.0)
    assert v[0]["w"][0] == 12
    assert p == pytest.approx(10 - 0.5 * (4 / 2.5 + 6 / (math.sqrt(12) + 0.5)), rel=1e-15)


def test_adam_by_hand():
    # m = 2, then 1 - 3 = -2;  v = 4, then 3 + 9 = 12;  m_hat = 4, -2/(3/4);  v_hat = 16, 12/(7/16)
    p, (m, v, t) = run(Adam(0.5, (0.5, 0.75), eps=1.0), [4.0, -6.0], 10.0)
    assert (m[0]["w"][0], v[0]["w"][0], t) == (-2, 12, 2)
    second = (-2 / 0.75) / (math.sqrt(12 / 0.4375) + 1)
    assert p == pytest.approx(10 - 0.5 * (4 / 5 + second), rel=1e-15)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e5])
def test_the_first_step_of_adam_is_as_long_as_the_rate_whatever_the_scale(scale):
    assert run(Adam(0.25), [-scale])[0] == pytest.approx(0.25, rel=1e-4)
    assert run(Adagrad(0.25), [-scale])[0] == pytest.approx(0.25, rel=1e-4)


@pytest.mark.parametrize(("beta", "length"), [(0.9, 3.162), (0.99, 10.0), (0.999, 31.62)])
def test_the_first_step_of_rmsprop_is_longer_than_the_rate(beta, length):
    """1/sqrt(1 - beta) times: v starts at 0, and nothing corrects it."""
    assert run(RMSprop(1.0, beta), [-2.0])[0] == pytest.approx(length, rel=1e-3)


@pytest.mark.parametrize("optimiser", EVERY)
def test_a_parameter_without_gradient_stays_and_is_no_nan(optimiser):
    p, _ = run(optimiser(), [0.0, 0.0, 0.0], 7.0)
    assert p == 7


@pytest.mark.parametrize("optimiser", EVERY)
def test_entries_do_not_mix(optimiser):
    params = ({"w": np.array([[1.0, 2.0]]), "b": np.array([3.0])}, {})
    grads = ({"w": np.array([[0.5, 0.0]]), "b": np.array([-2.0])}, {})
    rule = optimiser(0.125)
    moved, _ = rule.update(grads, rule.init(params), params)
    for name, place in (("w", (0, 0)), ("w", (0, 1)), ("b", 0)):
        alone, _ = run(rule, [grads[0][name][place]], params[0][name][place])
        assert moved[0][name][place] == alone
    assert moved[1] == {}


@pytest.mark.parametrize("optimiser", EVERY)
def test_nothing_is_changed_in_place(optimiser):
    rule = optimiser(0.25)
    params, grads = ({"w": np.ones(2)},), ({"w": np.full(2, 3.0)},)
    start = rule.init(params)
    moved, first = rule.update(grads, start, params)
    kept = repr((start, first, moved, params, grads))
    rule.update(grads, first, moved)
    assert repr((start, first, moved, params, grads)) == kept
    assert rule.update(grads, start, params)[0][0]["w"].tolist() == moved[0]["w"].tolist()


@pytest.mark.parametrize("optimiser", EVERY)
@pytest.mark.parametrize("number", [float, np.float64, np.float32])
def test_dtype_is_kept(optimiser, number):
    settings = {Adam: {"betas": (number(0.5), number(0.75))}, RMSprop: {"beta": number(0.5)}}
    plain = {Adam: {"betas": (0.5, 0.75)}, RMSprop: {"beta": 0.5}}
    rule = optimiser(number(0.5), eps=number(0.25), **settings.get(optimiser, {}))
    params = ({"w": np.ones(2, np.float32)},)
    state = rule.init(params)
    for _ in range(2):
        params, state = rule.update(params, state, params)
        trees = [params, *(entry for entry in state if isinstance(entry, tuple))]
        assert {tree[0]["w"].dtype for tree in trees} == {np.dtype(np.float32)}
    assert rule == optimiser(0.5, eps=0.25, **plain.get(optimiser, {}))


@pytest.mark.parametrize("optimiser", EVERY)
@pytest.mark.parametrize("name", ["rate", "eps"])
@pytest.mark.parametrize("number", [0, -0.1, math.nan, math.inf])
def test_rates_and_eps_that_are_not_positive_are_refused(optimiser, name, number):
    message = rf"{optimiser.__name__}: {name} is {number}; wanted a finite number > 0"
    with pytest.raises(ValueError, match=message):
        optimiser(**{name: number})


@pytest.mark.parametrize("number", [-0.1, 1, 1.5, math.nan, math.inf])
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda b: RMSprop(0.1, b), "RMSprop: beta"),
        (lambda b: Adam(0.1, (b, 0.9)), "Adam: beta1"),
        (lambda b: Adam(0.1, (0.9, b)), "Adam: beta2"),
    ],
)
def test_betas_outside_their_range_are_refused(make, name, number):
    letter = name.split()[1]
    with pytest.raises(ValueError, match=rf"{name} is {number}; wanted 0 <= {letter} < 1"):
        make(number)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Adagrad("0.1"), "Adagrad: rate must be a number, got str"),
        (lambda: Adagrad(0.1, None), "Adagrad: eps must be a number, got NoneType"),
        (lambda: RMSprop(0.1, True), "RMSprop: beta must be a number, got bool"),
        (lambda: RMSprop(np.ones(1)), "RMSprop: rate must be a number, got ndarray"),
        (lambda: Adam(0.1, (0.9, "0.99")), "Adam: beta2 must be a number, got str"),
        (lambda: Adam(0.1, 0.9), r"Adam: betas must be \(beta1, beta2\), got 0\.9"),
        (lambda: Adam(0.1, (0.9,)), r"Adam: betas must be \(beta1, beta2\), got \(0\.9,\)"),
        (lambda: Adam(0.1, [0.9, 0.99]), r"Adam: betas must be \(beta1, beta2\), got \["),
    ],
)
def test_what_is_no_number_is_refused(make, message):
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize("optimiser", EVERY)
def test_squares_that_overflow_are_named_with_step_and_parameter(optimiser):
    """Without a word the parameter would stand still for ever: g / inf is 0."""
    x, t = np.full((4, 3), 1e30, np.float32), np.array([0, 1, 0, 0])
    train = partial(fit, mlp(3, 2, 2), x, t, epochs=1, batch_size=4, rng=np.random.default_rng(0))
    params = ({}, {"w": np.full((2, 3), 1e-30, np.float32), "b": np.zeros(2, np.float32)}, {})
    params += ({"w": np.eye(2, dtype=np.float32), "b": np.zeros(2, np.float32)},)
    message = (
        rf"fit: step 1, epoch 1: {optimiser.__name__}: the squared gradient of 1\.w contains inf"
    )
    with pytest.raises(FloatingPointError, match=message):
        train(optimiser=optimiser(0.1), params=params)


@pytest.mark.parametrize("optimiser", [Adagrad(0.1), RMSprop(0.01), Adam(0.02)])
def test_the_xor_of_two_inputs_is_learnt(optimiser):
    x, t = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    rng = np.random.default_rng(1)
    model = mlp(2, 8, 2, activation="tanh", initialise="xavier")
    run = fit(model, x, t, optimiser=optimiser, epochs=300, batch_size=4, rng=rng)
    assert run.history[-1].train_accuracy == 1
    assert run.history[-1].loss < 0.3 * run.history[0].loss
