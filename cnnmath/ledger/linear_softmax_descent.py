"""Checks of sections 3.4.1 and 3.4.2: directions, step sizes, updates, batches; each one can fail."""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import Any

import numpy as np

from cnnmath.ledger.linear_softmax_checks import exact, numeric, refuted
from cnnmath.nn import SGD, fit, softmax_regression
from cnnmath.proof.evaluate import DIGITS, PRECISE_CONTEXT
from cnnmath.proof.verdict import Verdict

mp = PRECISE_CONTEXT


def valley_slope(steep: int, x: int, y: int) -> tuple[int, int]:
    """Gradient of the valley (x^2 + steep y^2) / 2, whose bottom is at (0, 0)."""
    return x, steep * y


def straight_to_the_bottom() -> Verdict:
    """3.4.1: minus the gradient points to the bottom of a round valley, not of a stretched one."""
    for x, y in product(range(-3, 4), repeat=2):
        right, up = valley_slope(1, x, y)
        if right * y != up * x or right * x + up * y < 0:
            return refuted(f"round valley at ({x}, {y}): the gradient is ({right}, {up})")
    right, up = valley_slope(100, 10, 1)
    lengths = math.isqrt((right**2 + up**2) * (10**2 + 1**2))
    cosine = Fraction(10 * right + up, lengths)
    if cosine != Fraction(20, 101) or lengths**2 != (right**2 + up**2) * 101:
        return refuted(f"cosine {cosine} at (10, 1), not 20/101")
    angle = math.degrees(math.acos(cosine))
    return exact(
        f"straight down in the round valley (49 points); (x^2 + 100 y^2)/2 at (10, 1): cosine "
        f"{cosine}, {angle:.1f} degrees off"
    )


def taylor_remainder() -> Verdict:
    """3.29: what the linear model leaves out is of second order in the step length."""
    s, v, t = (
        [mp.mpf(1), mp.mpf(-2), mp.mpf(3) / 2],
        [mp.mpf(2) / 3, mp.mpf(-1) / 3, mp.mpf(2) / 3],
        1,
    )
    slope = mp.fdot(zip(v, score_gradient(s, t), strict=True))
    steps = [mp.mpf(2) ** -power for power in (10, 20, 30, 40)]
    constants = []
    for eta in steps:
        moved = [a + eta * b for a, b in zip(s, v, strict=True)]
        constants.append((score_loss(moved, t) - score_loss(s, t) - eta * slope) / eta**2)
    spread = max(
        abs(c - constants[-1]) / eta for c, eta in zip(constants[:-1], steps, strict=False)
    )
    if not (spread < 1 and constants[-1] > 0):
        return refuted(f"remainder / eta^2 is {', '.join(mp.nstr(c, 6) for c in constants)}")
    return numeric(
        f"{DIGITS} digits, eta = 2^-10 .. 2^-40: remainder / eta^2 = {mp.nstr(constants[-1], 6)} "
        f"within {mp.nstr(spread, 2)} eta",
    )


def score_loss(s: Sequence[Any], t: int) -> Any:
    return mp.log(mp.fsum(mp.exp(a) for a in s)) - s[t]


def score_gradient(s: Sequence[Any], t: int) -> list[Any]:
    total = mp.fsum(mp.exp(a) for a in s)
    return [mp.exp(a) / total - (k == t) for k, a in enumerate(s)]


def step_sizes() -> Verdict:
    """3.4.1: J = theta^2 / 2 from theta = 1, in fractions."""
    slow, fast = descend(Fraction(1, 100), 100), descend(Fraction(1), 1)
    swinging, unstable = descend(Fraction(2), 100), descend(Fraction(3), 10)
    if not (slow[-1] > Fraction(1, 3) and fast[-1] == 0):
        return refuted(
            f"rate 1/100 is at {float(slow[-1]):.3f} after 100 steps, rate 1 at {fast[-1]}"
        )
    if {abs(a) for a in swinging} != {1} or unstable[-1] != 2**10:
        return refuted(f"rate 2 ends at {swinging[-1]}, rate 3 at {unstable[-1]}")
    length = [Fraction(1)]  # steps of constant length 2/5, 3.34
    for _ in range(100):
        length.append(length[-1] - Fraction(2, 5) * (1 if length[-1] > 0 else -1))
    shrinking = descend(Fraction(2, 5), 100)  # the same, times the gradient's norm, 3.36
    moves = [abs(a - b) for a, b in pairwise(shrinking)]
    if min(map(abs, length)) != Fraction(1, 5) or any(a <= b for a, b in pairwise(moves)):
        return refuted(f"constant length ends at {length[-1]}, proportional steps are {moves[:4]}")
    return exact(
        f"J = theta^2/2 from 1: rate 1/100 is at {float(slow[-1]):.3f} after 100 steps, rate 1 at 0 "
        "after one, rate 2 swings, rate 3 doubles; steps of length 2/5 never come nearer than 1/5, "
        "in proportion to the gradient they shrink"
    )


def descend(rate: Fraction, steps: int) -> list[Fraction]:
    """Places visited by the package's own update on J = theta^2 / 2, from theta = 1."""
    params: Any = ({"theta": np.array([Fraction(1)], dtype=object)},)
    places, rule = [Fraction(1)], SGD(rate)  # type: ignore[arg-type]
    for _ in range(steps):
        params, _ = rule.update(params, (), params)  # the gradient of theta^2 / 2 is theta
        places.append(params[0]["theta"][0])
    return places


def updated_together() -> Verdict:
    """3.38: W and b move at once; W first would give another b."""
    x, t, rate = np.array([[1.0, 2.0], [-1.0, 0.5]]), np.array([0, 2]), 0.5
    w, b = np.array([[0.5, -1.0], [0.25, 0.0], [1.0, 0.75]]), np.array([0.0, 0.5, -0.5])
    dw, db = mean_gradients(w.tolist(), b.tolist(), x, t)
    new_w = [[w[k, d] - rate * dw[k][d] for d in (0, 1)] for k in (0, 1, 2)]
    together = [b[k] - rate * db[k] for k in (0, 1, 2)]
    _, later = mean_gradients(new_w, b.tolist(), x, t)
    one_by_one = [b[k] - rate * later[k] for k in (0, 1, 2)]
    step = fit(
        softmax_regression(2, 3),
        x,
        t,
        optimiser=SGD(rate),
        epochs=1,
        batch_size=2,
        rng=np.random.default_rng(0),
        params=({}, {"w": w, "b": b}),
    ).params[1]
    off = max(abs(a - c) for a, c in zip(step["b"], together, strict=True))
    off = max(off, *(abs(step["w"][k, d] - new_w[k][d]) for k in (0, 1, 2) for d in (0, 1)))
    apart = max(abs(a - c) for a, c in zip(together, one_by_one, strict=True))
    if off > 1e-15 or apart < 1e-3:
        return refuted(f"fit is {mp.nstr(off, 3)} off; one after the other {mp.nstr(apart, 3)}")
    return numeric(
        f"one step of fit is within 1e-15 of the update at once ({DIGITS} digits); "
        f"W before b would move b by another {mp.nstr(apart, 3)}",
    )


def mean_gradients(w: Any, b: Any, x: Any, t: Any) -> tuple[list[list[Any]], list[Any]]:
    """dW and db of the mean loss, sample by sample at 50 digits."""
    dw, db = [[mp.mpf(0)] * len(x[0]) for _ in b], [mp.mpf(0)] * len(b)
    for row, label in zip(x, t, strict=True):
        s = [mp.mpf(b[k]) + mp.fdot(zip(w[k], row, strict=True)) for k in range(len(b))]
        for k, error in enumerate(score_gradient(s, int(label))):
            db[k] += error / len(x)
            dw[k] = [g + error * a / len(x) for g, a in zip(dw[k], row, strict=True)]
    return dw, db


def updates_per_pass() -> Verdict:
    """3.4.2: with batches of m' samples, one pass over m samples is ceil(m / m') updates."""
    model, rng = softmax_regression(2, 2), np.random.default_rng(0)
    for m in range(1, 7):
        x, t = rng.standard_normal((m, 2)), rng.integers(2, size=m)
        for size in range(1, m + 1):
            run = fit(model, x, t, optimiser=SGD(0.1), epochs=1, batch_size=size, rng=rng)
            updates = len(run.history[0].step_losses)
            if updates != -(-m // size):
                return refuted(f"m={m}, m'={size}: {updates} updates in one pass")
    return exact("m = 1 .. 6, every batch size: ceil(m/m') updates in a pass, one if m' = m")


def batch_mean(gradients: Sequence[Fraction], batch: Sequence[int]) -> Fraction:
    return sum((gradients[i] for i in batch), Fraction(0)) / len(batch)


def unbiased_batches() -> Verdict:
    """3.4.2: the mean over all batches of m' samples is the mean over all m samples.

    Linear in the gradients, so it is enough that each sample has the same weight.
    """
    seen = 0
    for m in range(1, 9):
        for size in range(1, m + 1):
            subsets = list(combinations(range(m), size))
            seen += len(subsets)
            for i in range(m):
                only = [Fraction(int(i == j)) for j in range(m)]
                mean = sum((batch_mean(only, batch) for batch in subsets), Fraction(0)) / len(
                    subsets
                )
                if mean != Fraction(1, m):
                    return refuted(f"m={m}, m'={size}: sample {i} has weight {mean}, not 1/{m}")
    return exact(f"m = 1 .. 8, every m', all {seen} batches: each sample has weight 1/m")
