"""Simulations of chapter linear_softmax: fixed seeds, the band is part of the verdict."""

import math
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from cnnmath.data import batches, load_digits
from cnnmath.ledger.linear_softmax_checks import refuted
from cnnmath.nn import SGD, Params, accuracy, fit, loss_and_gradient, predict, softmax_regression
from cnnmath.ops import softmax
from cnnmath.proof.verdict import Level, Verdict


def simulated(evidence: str) -> Verdict:
    return Verdict(Level.SIMULATED, evidence)


class Problem(NamedTuple):
    """A small softmax classifier and its training set, for full-batch descent."""

    x: np.ndarray
    t: np.ndarray
    classes: int
    l2: float = 0.0

    def start(self, bias: float = 0.0) -> Params:
        d, k = self.x.shape[1], self.classes
        return ({}, {"w": np.zeros((k, d)), "b": bias * np.arange(k, dtype=float)})

    def objective(self, params: Params) -> float:
        return float(self.step(params)[0])

    def descend(self, params: Params, rate: float, steps: int) -> Params:
        rule = SGD(rate)
        for _ in range(steps):
            params, _ = rule.update(self.step(params)[1], (), params)
        return params

    def step(self, params: Params) -> tuple[Any, Params]:
        model = softmax_regression(self.x.shape[1], self.classes)
        return loss_and_gradient(model, params, self.x, self.t, l2=self.l2)


# --------------------------------------------------------------------------------- what is fitted


def recovers_parameters() -> Verdict:
    """3.10: from data drawn with known (W, b), the most likely parameters are close to them."""
    rng, n, band = np.random.default_rng(0), 5_000, 4.0
    w, b = (
        np.array([[1.0, -0.5], [-1.5, 0.5], [0.5, 0.0]]),
        np.array([0.25, -0.75, 0.5]),
    )  # sums are 0
    x = rng.standard_normal((n, 2))
    p, _ = softmax(x @ w.T + b)
    t = (rng.random((n, 1)) > p.cumsum(axis=1)).sum(axis=1)
    problem = Problem(x, t, 3)
    found = problem.descend(problem.start(), rate=2.0, steps=100)
    true: Params = ({}, {"w": w, "b": b})
    if problem.objective(found) > problem.objective(true):
        return refuted("the fitted parameters are less likely than the true ones")
    error = np.column_stack([found[1]["w"] - w, found[1]["b"] - b]) / standard_errors(x, p)
    if abs(error).max() > band:
        return refuted(f"(W, b) is {abs(error).max():.1f} standard errors off: {found[1]}")
    return simulated(
        f"seed 0, n = {n:,}, K = 3: all 9 parameters within {abs(error).max():.1f} standard errors "
        f"(band {band:g}), at least as likely as the true ones"
    )


def standard_errors(x: np.ndarray, p: np.ndarray) -> np.ndarray:
    """From the inverse of the information matrix, parameters (w[k,0], w[k,1], b[k]) with sums 0."""
    z = np.column_stack([x, np.ones(len(x))])
    hessian = np.einsum("nk,kj->nkj", p, np.eye(p.shape[1])) - np.einsum("nk,nj->nkj", p, p)
    size = p.shape[1] * z.shape[1]
    information = np.einsum("nkj,nd,ne->kdje", hessian, z, z, optimize=True).reshape(size, size)
    return np.sqrt(np.diag(np.linalg.pinv(information))).reshape(p.shape[1], z.shape[1])


def decay_generalises() -> Verdict:
    """3.3.2: few samples of two overlapping classes; the penalty lowers the loss on new ones."""
    seeds = range(10)
    table = np.array([[_on_new_samples(seed, l2) for l2 in (0.0, 0.1)] for seed in seeds])
    loss, share = np.moveaxis(table, -1, 0)  # each (seeds, 2)
    lower = int((loss[:, 1] < loss[:, 0]).sum())
    means = f"mean test loss {loss[:, 0].mean():.2f} to {loss[:, 1].mean():.2f}"
    means += f", mean accuracy {share[:, 0].mean():.3f} to {share[:, 1].mean():.3f}"
    if lower < len(seeds) or share[:, 1].mean() <= share[:, 0].mean():
        return refuted(f"lower test loss on {lower} of {len(seeds)} seeds; {means}")
    return simulated(
        f"{len(seeds)} seeds, 20 samples in 10 dimensions, lambda 0 to 0.1: {means}; lower loss on every "
        f"seed (one kind of data and one strength: no general law)"
    )


def _on_new_samples(seed: int, l2: float) -> tuple[float, float]:
    """Loss and accuracy on 1,000 new samples; the classes are round clouds about -0.4 and +0.4."""
    rng = np.random.default_rng(seed)
    t, t_new = rng.integers(2, size=20), rng.integers(2, size=1000)
    x, x_new = (rng.standard_normal((len(y), 10)) + 0.8 * y[:, None] - 0.4 for y in (t, t_new))
    problem = Problem(x, t, 2, l2)
    params = problem.descend(problem.start(), rate=1.0, steps=100)
    right = accuracy(predict(softmax_regression(10, 2), params, x_new), t_new)
    return Problem(x_new, t_new, 2).objective(params), right


def convex_training() -> Verdict:
    """4.1.1: where a minimiser exists every start reaches the same J, though not the same b."""
    x, t = (
        np.array([[1.0, 0], [0, 1], [-1, -1], [1, 0], [0, 1], [-1, -1]]),
        np.array([0, 1, 2, 1, 2, 0]),
    )
    problem = Problem(x, t, 3, l2=0.1)
    ends = [problem.descend(problem.start(bias), rate=1.0, steps=300) for bias in (0.0, 3.0)]
    gap = abs(problem.objective(ends[0]) - problem.objective(ends[1]))
    off_w = abs(ends[0][1]["w"] - ends[1][1]["w"]).max()
    shift = ends[1][1]["b"] - ends[0][1]["b"]
    if gap > 1e-12 or off_w > 1e-6 or np.ptp(shift) > 1e-6 or abs(shift.mean() - 3) > 1e-6:
        return refuted(f"two starts: J differs by {gap:.1e}, W by {off_w:.1e}, b by {shift}")
    endless = Problem(np.array([[-1.0], [1.0]]), np.array([0, 1]), 2)  # separable, no penalty
    sizes, params = [], endless.start()
    for steps in (10, 90, 900):
        params = endless.descend(params, rate=1.0, steps=steps)
        sizes.append(float(np.linalg.norm(params[1]["w"])))
    growth = np.diff(sizes)
    if abs(growth - math.log(10) / math.sqrt(2)).max() > 0.1:  # |W| is nearly log(t) / sqrt(2)
        return refuted(f"separable data, lambda = 0: |W| is {sizes} after 10, 100, 1000 steps")
    return simulated(
        f"nothing drawn; lambda = 0.1, starts b = (0,0,0), (0,3,6), 300 steps: J differs by less than "
        f"1e-12, W by less than 1e-6, b by {shift.mean():.3f} in every class; lambda = 0, separable: |W| = "
        f"{sizes[0]:.2f}, {sizes[1]:.2f}, {sizes[2]:.2f} after 10, 100, 1000 steps, "
        "a growth of log(10)/sqrt(2) +- 0.1 each time"
    )


# ---------------------------------------------------------------------------------------- descent


def random_slice() -> Verdict:
    """3.4.1: J on the plane W + c0 theta0 + c1 theta1 through a random point, on real digits."""
    digits, rng = load_digits(np.float64), np.random.default_rng(0)
    problem = Problem(digits.x_train[:200].reshape(200, -1), digits.t_train[:200], 10)
    w, b, *directions = (rng.standard_normal(shape) for shape in ((10, 64), 10, (10, 64), (10, 64)))

    def on_slice(c0: float, c1: float) -> tuple[float, Params]:
        params: Params = ({}, {"w": w + c0 * directions[0] + c1 * directions[1], "b": b})
        value, gradient = problem.step(params)
        return float(value), gradient

    grid = np.linspace(-2, 2, 9)
    values = np.array([[on_slice(c0, c1)[0] for c1 in grid] for c0 in grid])
    bend = min(np.diff(values, 2, axis=0).min(), np.diff(values, 2, axis=1).min())
    value, gradient = on_slice(0.0, 0.0)
    h, off = 1e-5, 0.0
    for axis, direction in enumerate(directions):
        step = h * np.eye(2)[axis]
        quotient = (on_slice(*step)[0] - on_slice(*-step)[0]) / (2 * h)
        off = max(off, abs(quotient - float((gradient[1]["w"] * direction).sum())))
    if value != values[4, 4] or bend < 0 or off > 1e-7:
        return refuted(
            f"centre {values[4, 4]} and {value}, bend {bend:.1e}, slope off by {off:.1e}"
        )
    return simulated(
        f"seed 0, 200 digits, 9 x 9 points: J = {values.min():.2f} .. {values.max():.2f}, convex along "
        f"the grid, slopes at the centre = gradient times direction within 1e-7"
    )


def sgd_against_gd() -> Verdict:
    """3.4.2: early on SGD gains more per sample visited; at a constant rate it keeps a noise floor."""
    digits, n = load_digits(np.float64), 300
    x, t = digits.x_train[:n].reshape(n, -1), digits.t_train[:n]
    problem = Problem(x, t, 10)
    one_pass = fit(
        softmax_regression(),
        x,
        t,
        optimiser=SGD(0.1),
        epochs=1,
        batch_size=1,
        rng=np.random.default_rng(0),
        params=problem.start(),
    )
    by_samples = problem.objective(one_pass.params)
    whole = min(
        problem.objective(problem.descend(problem.start(), r, 1)) for r in (0.5, 1, 2, 4, 8)
    )
    for rate, steps in product((Fraction(1, 2), Fraction(1, 3), Fraction(1)), range(1, 9)):
        theory = rate / (2 - rate) * (1 - (1 - rate) ** (2 * steps))
        if mean_square(rate, steps, start=0) != theory:
            return refuted(
                f"rate {rate}, {steps} steps: {mean_square(rate, steps, 0)}, not {theory}"
            )
    floor = stationary_variance(rate=0.5, walkers=20_000, steps=60)
    if by_samples >= whole or abs(floor - 1 / 3) > 0.01:
        return refuted(f"one pass: SGD {by_samples:.3f}, GD {whole:.3f}; noise floor {floor:.3f}")
    return simulated(
        f"seed 0, {n} digits, one pass: J = {by_samples:.2f} by SGD, {whole:.2f} by GD at its best rate "
        f"of five; then x = (-1, 1): E w^2 = a/(2-a) (1 - (1-a)^2T) in fractions for T up to 8, and "
        f"{floor:.3f} for 20,000 walkers at a = 1/2 (band 1/3 +- 0.01), where GD stands still at 0"
    )


def mean_square(rate: Fraction, steps: int, start: int) -> Fraction:
    """E w^2 after SGD steps on the mean of (w - x)^2 / 2 over x = -1, 1: all orders of samples."""
    places = [Fraction(start)]
    for _ in range(steps):
        places = [w - rate * (w - x) for w in places for x in (-1, 1)]
    return sum((w * w for w in places), Fraction(0)) / len(places)


def stationary_variance(rate: float, walkers: int, steps: int) -> float:
    """Of w under SGD on the mean of (w - x)^2 / 2 over x = -1, 1, each walker with its own draws."""
    rng, w = np.random.default_rng(0), np.zeros(walkers)
    for _ in range(steps):
        w = w - rate * (w - rng.choice((-1.0, 1.0), walkers))
    return float((w * w).mean())


def jumps_and_drift() -> Verdict:
    """3.4.2: noise can lead out of a shallow valley, and a constant rate follows moving data."""
    left, left_by_gd = share_in_better_valley(noise=1.5), share_in_better_valley(noise=0.0)
    lag, lag_of_mean = drift_lag(rate=0.2, speed=0.01, steps=1000)
    if left < 0.7 or left_by_gd > 0 or not lag < 0.1 < lag_of_mean:
        return refuted(
            f"{left} of the runs jump, {left_by_gd} without noise; lag {lag}, {lag_of_mean}"
        )
    return simulated(
        f"seed 0, J = (w^2-1)^2/4 + w/10 from w = 1: {100 * left:.0f} % of 400 runs end in the "
        f"better valley (band > 70 %), none without noise; a mean that moves 0.01 a step: SGD lags by "
        f"{lag:.2f} (band 0.1), the mean over all samples by {lag_of_mean:.1f}"
    )


def share_in_better_valley(noise: float, walkers: int = 400) -> float:
    """Of runs that start in the shallow valley near 1; each sample adds noise * (+1 or -1) to J'."""
    rng, w = np.random.default_rng(0), np.ones(walkers)
    for step in range(2500):
        kick = noise * rng.choice((-1.0, 1.0), walkers) if step < 2000 else 0.0  # then settle
        w = w - 0.1 * (w**3 - w + 0.1 + kick)
    return float((w < 0).mean())


def drift_lag(rate: float, speed: float, steps: int) -> tuple[float, float]:
    """Distance to a moving mean, averaged over 400 runs: of SGD, and of the mean of all samples."""
    rng = np.random.default_rng(0)
    w, total = np.zeros(400), np.zeros(400)
    for step in range(1, steps + 1):
        sample = speed * step + rng.standard_normal(400)
        w, total = w - rate * (w - sample), total + sample
    place = speed * steps
    return float(abs(w.mean() - place)), float(abs(total.mean() / steps - place))


# ------------------------------------------------------------------------------------ Algorithm 1


def algorithm_1() -> Verdict:
    """Algorithm 1 written out, one sample at a time, ends where ``fit`` ends."""
    digits, seed, epochs, size, rate, l2 = load_digits(np.float64), 0, 5, 32, 0.5, 1e-4
    x, x_test = digits.x_train.reshape(-1, 64), digits.x_test.reshape(-1, 64)
    rng = np.random.default_rng(seed)
    w, b = written_out(x, digits.t_train, rng, epochs, size, rate, l2)
    run = fit(
        softmax_regression(),
        x,
        digits.t_train,
        optimiser=SGD(rate),
        epochs=epochs,
        batch_size=size,
        rng=np.random.default_rng(seed),
        l2=l2,
    )
    off = max(abs(run.params[1]["w"] - w).max(), abs(run.params[1]["b"] - b).max())
    share = accuracy((x_test @ w.T + b).argmax(axis=1), digits.t_test)
    if off > 1e-10 or not 0.93 < share < 0.99:
        return refuted(f"fit is {off:.1e} off the loop written out; test accuracy {share:.3f}")
    return simulated(
        f"seed {seed}, {epochs} passes over {len(x):,} digits in batches of {size}: fit ends within "
        f"1e-10 of the loop written out; test accuracy {share:.3f} (band 0.93 .. 0.99)"
    )


def written_out(
    x: np.ndarray,
    t: np.ndarray,
    rng: np.random.Generator,
    epochs: int,
    size: int,
    rate: float,
    l2: float,
) -> tuple[np.ndarray, np.ndarray]:
    """The lines of Algorithm 1 in their order; a batch is what the shuffled pass gives next."""
    w, b, one_hot = 0.01 * rng.standard_normal((10, x.shape[1])), np.zeros(10), np.eye(10)
    for _ in range(epochs):
        for batch in batches(len(x), size, rng):
            dw, db = np.zeros_like(w), np.zeros_like(b)
            for i in batch:
                e = np.exp(w @ x[i] + b)
                ds = e / e.sum() - one_hot[t[i]]
                dw, db = dw + np.outer(ds, x[i]), db + ds
            dw, db = dw / len(batch) + l2 * w, db / len(batch)
            w, b = w - rate * dw, b - rate * db
    return w, b
