"""Checks of what training does, 002 section 4.4-4.5, 000 section 2.1, 004; each one can fail.

What is drawn has a fixed seed, and the band is part of the verdict.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise, product
from random import Random
from typing import Any

import numpy as np

from cnnmath.ledger.linear_softmax_checks import exact, numeric, refuted
from cnnmath.ledger.linear_softmax_simulations import simulated
from cnnmath.ledger.mlp_checks import drawn
from cnnmath.nn import (
    SGD,
    accuracy,
    fit,
    loss_and_gradient,
    mlp,
    named_arrays,
    predict,
    softmax_regression,
)
from cnnmath.ops import squared_error
from cnnmath.proof.evaluate import DIGITS, PRECISE_CONTEXT
from cnnmath.proof.verdict import Verdict

mp = PRECISE_CONTEXT


# ---------------------------------------------------------------------------- what a net can learn


def rings(n: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Two classes on rings around the origin, of radius 1 and 2."""
    t = rng.integers(2, size=n)
    angle = rng.uniform(0, 2 * np.pi, n)
    radius = 1 + t + 0.1 * rng.standard_normal(n)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), t


def on_rings(model: Any, seed: int) -> float:
    """Accuracy on 500 new points after training on 200."""
    rng = np.random.default_rng(seed)
    x, t = rings(200, rng)
    run = fit(model, x, t, optimiser=SGD(0.5), epochs=60, batch_size=20, rng=rng)
    x_new, t_new = rings(500, rng)
    return accuracy(predict(model, run.params, x_new), t_new)


def learns_what_a_line_cannot() -> Verdict:
    """4: the same last layer, with and without a hidden one before it."""
    seeds = range(3)
    net = [on_rings(mlp(2, 16, 2, initialise="he"), seed) for seed in seeds]
    line = [on_rings(softmax_regression(2, 2), seed) for seed in seeds]
    if not (min(net) > 0.97 and max(line) < 0.75):
        return refuted(f"accuracy on the rings: net {net}, linear {line}")
    return simulated(
        f"{len(seeds)} seeds, one class on a ring inside the other: accuracy at least {min(net):.3f} with "
        f"a hidden layer (band > 0.97), at most {max(line):.3f} without (band < 0.75)"
    )


def normalised(x: Any) -> Any:
    """Every feature with mean 0 and variance 1 over the training set."""
    return (x - x.mean(axis=0)) / x.std(axis=0)


def normalised_inputs() -> Verdict:
    """2.1: steps on raw features and on normalised ones, each at its best rate of eight."""
    raw_steps, new_steps = [], []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        t = rng.integers(2, size=60)
        x = rng.standard_normal((60, 2)) + np.where(t, 1.0, -1.0)[:, None]
        x = x * (0.5, 4.0) + (6.0, -9.0)  # units and zero points that nobody chose for training
        raw_steps.append(steps_needed(x, t, seed))
        new_steps.append(steps_needed(normalised(x), t, seed))
    if not all(3 * new < raw for raw, new in zip(raw_steps, new_steps, strict=True)):
        return refuted(f"steps on raw features {raw_steps}, on normalised ones {new_steps}")
    return simulated(
        f"3 seeds, tanh net 2-4-2, best rate of 8: {new_steps} steps to a mean loss of 0.3 on normalised "
        f"features, {raw_steps} on raw ones (400: not reached; band: a third)"
    )


def steps_needed(x: Any, t: Any, seed: int, most: int = 400) -> int:
    """Full-batch steps until the mean loss is 0.3, at the best of eight rates."""
    model = mlp(2, 4, 2, activation="tanh", initialise="xavier")
    best = most
    for rate in (2.0**power for power in range(-5, 3)):
        params, rule = model.init(np.random.default_rng(seed)), SGD(rate)
        for step in range(best):
            value, grads = loss_and_gradient(model, params, x, t)
            if value < 0.3:
                best = step
                break
            params, _ = rule.update(grads, (), params)
    return best


# -------------------------------------------------------------------------------------- descent


def quartic_slope(x: Any) -> Any:
    """Of J = x^4 - 4 x^2 + x."""
    return 4 * x**3 - 8 * x + 1


def quartic(x: Any) -> Any:
    return x**4 - 4 * x**2 + x


def descends_to_a_stationary_point() -> Verdict:
    """004: repeated small steps end where the slope is 0, from either side in another place."""
    ends = []
    for start in (2, -2):
        x = mp.mpf(start)
        for _ in range(600):
            x = x - mp.mpf(1) / 20 * quartic_slope(x)
        ends.append(x)
    off = max(abs(4 * x**3 - 8 * x + 1) for x in ends)
    if not (off < mp.mpf(10) ** -40 and ends[1] < 0 < ends[0]):
        return refuted(
            f"the slopes at the ends {[mp.nstr(x, 6) for x in ends]} reach {mp.nstr(off, 3)}"
        )
    low, lower = (quartic(x) for x in ends)
    return numeric(
        f"{DIGITS} digits, J = x^4 - 4x^2 + x, rate 1/20: slope 0 within 1e-40 at "
        f"{mp.nstr(ends[0], 6)} from 2 (J = {mp.nstr(low, 4)}) and at {mp.nstr(ends[1], 6)} from -2 "
        f"(J = {mp.nstr(lower, 4)})",
    )


def learning_rates() -> Verdict:
    """004: on J = c x^2 / 2 a step multiplies x by 1 - alpha c: it converges for 0 < alpha < 2/c only."""
    tried = 0
    for c, alpha in product((1, 2, 5), (Fraction(n, 10) for n in range(1, 31))):
        params: Any = ({"x": np.array([Fraction(1)], dtype=object)},)
        rule, places = SGD(alpha), [Fraction(1)]  # type: ignore[arg-type]
        for _ in range(8):
            params, _ = rule.update(({"x": c * params[0]["x"]},), (), params)
            places.append(params[0]["x"][0])
        if places[-1] != (1 - alpha * c) ** 8:
            return refuted(f"c={c}, alpha={alpha}: x = {places[-1]} after 8 steps")
        shrinks = abs(places[-1]) < 1
        over = any(a * b < 0 for a, b in pairwise(places))
        if shrinks != (alpha < Fraction(2, c)) or over != (alpha > Fraction(1, c)):
            return refuted(f"c={c}, alpha={alpha}: |x| = {abs(places[-1])}, jumps over 0: {over}")
        tried += 1
    return exact(
        f"J = c x^2/2, {tried} pairs of c and alpha, in fractions: shrinks if and only if alpha < 2/c, jumps "
        "over 0 if and only if alpha > 1/c"
    )


def a_small_step_lowers_the_error() -> Verdict:
    """004: forward, error, gradients, update: the next error is smaller if the step is small."""
    model, falls, drop = mlp(2, 2, 2, activation="sigmoid", initialise="xavier"), [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        params, x, t = model.init(rng), rng.standard_normal((5, 2)), rng.random((5, 2))
        error, grads = loss_and_gradient(model, params, x, t, loss=squared_error)
        params, _ = SGD(0.01).update(grads, (), params)
        after, _ = loss_and_gradient(model, params, x, t, loss=squared_error)
        falls.append(after < error)
        square = sum(float((gradient**2).sum()) for _, gradient in named_arrays(grads))
        drop.append(float(error - after) / (0.01 * square))
    if not all(falls) or not (0.9 < min(drop) and max(drop) < 1.1):
        return refuted(
            f"the error falls on {sum(falls)} of 20 seeds; drop / rate |g|^2 = {drop[:3]}"
        )
    return simulated(
        f"20 seeds, sigmoid net 2-2-2, rate 0.01: the next error is smaller on all, by rate |gradient|^2 "
        f"times {min(drop):.3f} .. {max(drop):.3f} (band 0.9 .. 1.1)"
    )


# -------------------------------------------------------------------------------------- dropout


def masks(n: int) -> list[tuple[int, ...]]:
    """All ways to drop some of n units: 0 dropped, 1 kept."""
    return list(product((0, 1), repeat=n))


def mean_over_masks(a: Sequence[Fraction], w: Sequence[Fraction], keep: Fraction) -> Fraction:
    """Expected output of a linear unit when each input is kept with probability ``keep``."""
    total = Fraction(0)
    for mask in masks(len(a)):
        kept = sum(mask)
        weight = keep**kept * (1 - keep) ** (len(a) - kept)
        total += weight * sum((u * v * m for u, v, m in zip(a, w, mask, strict=True)), Fraction(0))
    return total


def dropout_in_the_mean() -> Verdict:
    """004: a random unit less is another net; the mean over all of them is the net scaled by ``keep``."""
    rng = Random(0)
    for n, keep in product(range(1, 6), (Fraction(1, 2), Fraction(4, 5))):
        a, w = list(drawn((n,), rng)), list(drawn((n,), rng))
        full = sum((u * v for u, v in zip(a, w, strict=True)), Fraction(0))
        found = mean_over_masks(a, w, keep)
        if found != keep * full or len(masks(n)) != 2**n:
            return refuted(f"n={n}, keep={keep}: mean {found}, scaled {keep * full}, full {full}")
    return exact(
        "n = 1 .. 5 units, all 2^n nets, kept with 1/2 and 4/5: the mean output is keep times that of the "
        "whole net; a dropped unit has input 0, so its weights get gradient 0"
    )
