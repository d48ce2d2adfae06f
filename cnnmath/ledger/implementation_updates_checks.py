"""A check of 002 section 6.3, by the optimiser that trains; it can fail."""

from fractions import Fraction
from typing import Any

import numpy as np

from cnnmath.ledger.linear_softmax_checks import numeric, refuted
from cnnmath.nn import RMSprop
from cnnmath.proof.evaluate import DIGITS, PRECISE_CONTEXT
from cnnmath.proof.verdict import Verdict

mp = PRECISE_CONTEXT

BETAS = (Fraction(9, 10), Fraction(99, 100), Fraction(999, 1000))
EPSILONS = (Fraction(1, 10**8), Fraction(1, 10**6), Fraction(1, 10**4))
SIZES = (Fraction(1, 10**3), Fraction(1), Fraction(10**3))
RATE, STEPS, BOUND = Fraction(1, 100), 20, 1e-13


def path(beta: Fraction, eps: Fraction, gradient: Fraction) -> list[float]:
    """Where the optimiser takes a parameter from 0 under one and the same gradient."""
    rule = RMSprop(float(RATE), float(beta), float(eps))
    params: Any = ({"theta": np.zeros(1)},)
    state, places = rule.init(params), []
    for _ in range(STEPS):
        params, state = rule.update(({"theta": np.array([float(gradient)])},), state, params)
        places.append(float(params[0]["theta"][0]))
    return places


def formula(beta: Fraction, eps: Fraction, gradient: Fraction) -> list[Any]:
    """The same by 6.22 and 6.23 with many digits, from v = 0."""
    theta, v, places = mp.mpf(0), Fraction(0), []
    for _ in range(STEPS):
        v = beta * v + (1 - beta) * gradient**2
        root = mp.sqrt(number(v))
        theta = theta - number(RATE) / (root + number(eps)) * number(gradient)
        places.append(theta)
    return places


def number(value: Fraction) -> Any:
    return mp.mpf(value.numerator) / value.denominator


def usual_settings() -> Verdict:
    """6.3: every usual beta and epsilon, at three sizes of the gradient, and at the gradient 0."""
    worst, first = mp.mpf(0), {}
    for beta in BETAS:
        for eps in EPSILONS:
            for size in SIZES:
                places, wanted = path(beta, eps, size), formula(beta, eps, size)
                off = max(abs(a / b - 1) for a, b in zip(places, wanted, strict=True))
                if not off < BOUND:
                    return refuted(
                        f"beta {beta}, epsilon {eps}, gradient {size}: {mp.nstr(off, 3)} off"
                    )
                worst = max(worst, off)
            still = path(beta, eps, Fraction(0))
            if any(still):
                return refuted(f"beta {beta}, epsilon {eps}, gradient 0: moved to {still[-1]}")
        first[beta] = abs(path(beta, EPSILONS[0], Fraction(1))[0]) / float(RATE)
    lengths = ", ".join(f"{length:.2f} (beta {float(b)})" for b, length in first.items())
    return numeric(
        f"beta = 0.9, 0.99, 0.999, epsilon = 1e-8, 1e-6, 1e-4, gradients 1e-3, 1, 1e3: {STEPS} steps within "
        f"{mp.nstr(worst, 2)} of 6.22 and 6.23 with {DIGITS} digits, from v = 0 (band {BOUND:g}); the "
        f"gradient 0 moves nothing, without epsilon it would be 0/0; the first step is {lengths} times alpha",
    )
