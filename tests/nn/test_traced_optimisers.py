"""Steps of every optimiser on symbols: the stated recursion, and the closed forms that were proven.

The code runs on symbols for two parameters and their gradients, with fractions as settings. What comes
out is compared as a formula, step by step.
"""

from fractions import Fraction
from math import prod

import numpy as np
import pytest
import sympy

from cnnmath.nn import SGD, Adagrad, Adam, RMSprop, adaptive, map_arrays
from cnnmath.proof.evaluate import Arrays, symbolic_field, value
from cnnmath.proof.trace import Path, Traced, vanishes
from cnnmath.results.lookup import derivation

STEPS, SIZE = 3, 2
RATE, MOMENTUM, BETA = Fraction(1, 3), Fraction(2, 5), Fraction(5, 7)
BETAS, EPS = (Fraction(3, 4), Fraction(8, 9)), Fraction(1, 11)
OPTIMISERS = {
    "plain": SGD(RATE),
    "momentum": SGD(RATE, MOMENTUM),
    "nesterov": SGD(RATE, MOMENTUM, nesterov=True),
    "adagrad": Adagrad(RATE, EPS),
    "rmsprop": RMSprop(RATE, BETA, EPS),
    "adam": Adam(RATE, BETAS, EPS),
}


def rational(number):
    return sympy.Rational(number.numerator, number.denominator)


rate, mu, beta, beta1, beta2, eps = map(rational, (RATE, MOMENTUM, BETA, *BETAS, EPS))


def traced(name, salt):
    symbols = [sympy.Symbol(f"{name}_{k}", real=True) for k in range(SIZE)]
    witnesses = [Fraction((salt + 5 * k) % 11 - 4, 3) for k in range(SIZE)]
    path = Path()
    return np.array([Traced(s, w, path) for s, w in zip(symbols, witnesses, strict=True)], object)


GRADIENTS = [traced(f"g{step}", salt) for step, salt in enumerate((1, 5, 7))]
START = traced("p", 2)


def steps(optimiser):
    """(parameters, state) after each step, by the code."""
    params, found = ({"w": START},), []
    state = optimiser.init(params)
    for g in GRADIENTS:
        params, state = optimiser.update(({"w": g},), state, params)
        found.append((params, state))
    return found


# The recursions as the docstrings state them, for one parameter: (p, memory) -> (p, memory).


def plain(p, memory, g, t):
    return p - rate * g, ()


def momentum(p, memory, g, t):
    (v,) = memory or (0,)
    v = mu * v + g
    return p - rate * v, (v,)


def nesterov(p, memory, g, t):
    (v,) = memory or (0,)
    v = mu * v + g
    return p - rate * (g + mu * v), (v,)


def adagrad(p, memory, g, t):
    (v,) = memory or (0,)
    v = v + g**2
    return p - rate * g / (sympy.sqrt(v) + eps), (v,)


def rmsprop(p, memory, g, t):
    (v,) = memory or (0,)
    v = beta * v + (1 - beta) * g**2
    return p - rate / (sympy.sqrt(v) + eps) * g, (v,)


def adam(p, memory, g, t):
    m, v, _ = memory or (0, 0, 0)
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return p - rate * m_hat / (sympy.sqrt(v_hat) + eps), (m, v, t)


STATED = {rule.__name__: rule for rule in (plain, momentum, nesterov, adagrad, rmsprop, adam)}


def equal(a, b):
    """The same formula: what stands under a root is written out first."""

    def settled(e):
        return sympy.sympify(e).replace(
            lambda part: part.is_Pow and part.exp == sympy.Rational(1, 2),
            lambda part: sympy.sqrt(sympy.expand(part.base)),
        )

    return vanishes(settled(a) - settled(b))


def agrees(name, rule, optimiser=None):
    """The code does what the rule says, in every step, for each parameter and all that is remembered."""
    for k in range(SIZE):
        p, memory = START[k].expression, ()
        for t, (params, state) in enumerate(steps(optimiser or OPTIMISERS[name]), start=1):
            p, memory = rule(p, memory, GRADIENTS[t - 1][k].expression, t)
            entries = [e if isinstance(e, int) else e[0]["w"][k].expression for e in state]
            if len(entries) != len(memory) or not equal(params[0]["w"][k].expression, p):
                return False
            if not all(equal(a, b) for a, b in zip(entries, memory, strict=True)):
                return False
    return True


@pytest.mark.parametrize("name", OPTIMISERS)
def test_three_steps_are_the_stated_recursion(name):
    assert agrees(name, STATED[name])


# ----------------------------------------------------------------------- wrong recursions are rejected


def wrong_sign(rule):
    return lambda p, memory, g, t: rule(p, memory, -g, t)


def adagrad_without_eps(p, memory, g, t):
    v = (memory or (0,))[0] + g**2
    return p - rate * g / sympy.sqrt(v), (v,)


def eps_inside_the_root(p, memory, g, t):
    v = beta * (memory or (0,))[0] + (1 - beta) * g**2
    return p - rate * g / sympy.sqrt(v + eps), (v,)


def rmsprop_with_the_weights_swapped(p, memory, g, t):
    v = (1 - beta) * (memory or (0,))[0] + beta * g**2
    return p - rate * g / (sympy.sqrt(v) + eps), (v,)


def root_of_the_old_average(p, memory, g, t):
    old = (memory or (0,))[0]
    return p - rate * g / (sympy.sqrt(old) + eps), (beta * old + (1 - beta) * g**2,)


def adam_without_correction(p, memory, g, t):
    m, v, _ = memory or (0, 0, 0)
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    return p - rate * m / (sympy.sqrt(v) + eps), (m, v, t)


def adam_with_the_other_beta(p, memory, g, t):
    m, v, _ = memory or (0, 0, 0)
    m, v = beta2 * m + (1 - beta2) * g, beta1 * v + (1 - beta1) * g**2
    return p - rate * m / (1 - beta2**t) / (sympy.sqrt(v / (1 - beta1**t)) + eps), (m, v, t)


def adam_corrected_one_step_late(p, memory, g, t):
    return adam(p, memory, g, t + 1)


def eps_before_the_correction(p, memory, g, t):
    m, v, _ = memory or (0, 0, 0)
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    step = rate * sympy.sqrt(1 - beta2**t) / (1 - beta1**t)
    return p - step * m / (sympy.sqrt(v) + eps), (m, v, t)


def nesterov_with_the_old_velocity(p, memory, g, t):
    (v,) = memory or (0,)
    return p - rate * (g + mu * v), (mu * v + g,)


WRONG = [
    *((name, wrong_sign(rule)) for name, rule in STATED.items()),
    ("momentum", nesterov),
    ("nesterov", momentum),
    ("nesterov", nesterov_with_the_old_velocity),
    ("adagrad", adagrad_without_eps),
    ("adagrad", rmsprop),
    ("rmsprop", eps_inside_the_root),
    ("rmsprop", rmsprop_with_the_weights_swapped),
    ("rmsprop", root_of_the_old_average),
    ("adam", adam_without_correction),
    ("adam", adam_with_the_other_beta),
    ("adam", adam_corrected_one_step_late),
    ("adam", eps_before_the_correction),
]


@pytest.mark.parametrize(("name", "rule"), WRONG)
def test_a_wrong_recursion_is_rejected(name, rule):
    assert not agrees(name, rule)


BROKEN = [
    ("sign", "_moved", lambda p, r, d, v, e: REAL_MOVED(p, -r, d, v, e)),
    ("no eps", "_moved", lambda p, r, d, v, e: REAL_MOVED(p, r, d, v, 0)),
    ("no root", "_moved", lambda p, r, d, v, e: REAL_MOVED(p, r, d, map_arrays(np.square, v), e)),
    ("weight 1", "_average", lambda b, old, new: map_arrays(lambda x, y: b * x + y, old, new)),
    ("no memory", "_average", lambda b, old, new: new),
    ("no square", "_squares", lambda grads: map_arrays(abs, grads)),
]
REAL_MOVED = adaptive._moved


@pytest.mark.parametrize(("what", "where", "broken"), BROKEN, ids=[what for what, *_ in BROKEN])
def test_broken_code_is_rejected(what, where, broken, monkeypatch):
    monkeypatch.setattr(adaptive, where, broken)
    for name in ("rmsprop", "adam"):
        assert not agrees(name, STATED[name]), name


# --------------------------------------------------------------------------- the closed forms in use


def closed(name, definition, place, k):
    """The definition of a proven derivation at the symbols of parameter k."""
    D = derivation(name)
    names = {"T": STEPS, "mu": mu, "beta": beta, "beta1": beta1, "beta2": beta2}
    gradients = [g[k].expression for g in GRADIENTS]
    arrays = Arrays(names, {"g": lambda i: gradients[i[0]]}, symbolic_field())
    return value(D.definitions[definition][place], arrays)


CLOSED = [
    ("momentum", "momentum_sum", {0: "v"}),
    ("nesterov", "momentum_sum", {0: "v"}),
    ("adagrad", "adagrad_sum", {0: "v"}),
    ("rmsprop", "rmsprop_start", {0: "v"}),
    ("adam", "adam_step", {0: "m", 1: "v"}),
]


@pytest.mark.parametrize(("name", "proven", "memory"), CLOSED)
def test_what_the_code_remembers_is_the_proven_sum(name, proven, memory):
    for t, (_, state) in enumerate(steps(OPTIMISERS[name]), start=1):
        for place, definition in memory.items():
            for k in range(SIZE):
                found = state[place][0]["w"][k].expression
                assert equal(found, closed(proven, definition, t, k))
                assert not equal(found, closed(proven, definition, t - 1, k))


@pytest.mark.parametrize("k", range(SIZE))
def test_adam_moves_by_the_proven_estimates(k):
    p = START[k].expression
    for j, (params, _) in enumerate(steps(OPTIMISERS["adam"])):
        mhat, vhat = (closed("adam_step", name, j, k) for name in ("mhat", "vhat"))
        p = p - rate * mhat / (sympy.sqrt(vhat) + eps)
        assert equal(params[0]["w"][k].expression, p)


@pytest.mark.parametrize("k", range(SIZE))
def test_momentum_has_gone_the_proven_way(k):
    for t, (params, _) in enumerate(steps(OPTIMISERS["momentum"]), start=1):
        way = rate / (1 - mu) * closed("momentum_sum", "q", t, k)
        assert equal(params[0]["w"][k].expression, START[k].expression - way)


def test_the_symbols_have_witnesses_of_both_signs():
    witnesses = [g.witness for array in GRADIENTS for g in array]
    assert min(witnesses) < 0 < max(witnesses)
    assert prod(witnesses) != 0
