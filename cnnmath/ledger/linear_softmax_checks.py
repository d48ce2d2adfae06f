"""Checks of chapter linear_softmax in exact numbers or at 50 digits; each one can fail."""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np

from cnnmath.data import load_digits
from cnnmath.nn import SGD, Flatten, accuracy, fit, predict, softmax_regression
from cnnmath.ops import ShapeError, affine, cross_entropy
from cnnmath.proof.evaluate import DIGITS, EXACT, PRECISE_CONTEXT, Arrays, value
from cnnmath.proof.notation import Bracket
from cnnmath.proof.verdict import Level, Verdict

mp = PRECISE_CONTEXT


def exact(evidence: str) -> Verdict:
    return Verdict(Level.EXACT, evidence)


def refuted(counterexample: str) -> Verdict:
    return Verdict(Level.REFUTED, counterexample)


# ------------------------------------------------------------------------------ images and shapes


def values_of_an_image() -> Verdict:
    """2.1: rows x columns x channels."""
    found = np.zeros((1024, 768, 3), np.uint8).size
    if found != 2_359_296 or found != 3 * 1024 * 768:
        return refuted(f"1024 x 768 x 3 has {found} values")
    return exact("1024 x 768 x 3 = 2,359,296 values = 3 x 786,432 pixels, counted in an array")


def length_of_a_flat_image() -> Verdict:
    """3.1: the vector that the model really gets."""
    flat, _ = Flatten().apply({}, np.zeros((1, 3, 768, 1024), np.uint8))
    if flat.shape != (1, 2_359_296):
        return refuted(f"an image of 1024 x 768 x 3 is flattened to {flat.shape}")
    return exact("Flatten makes 2,359,296 = 1024 x 768 x 3 entries of one image")


def flattening() -> Verdict:
    """3.2: row-major, no value lost."""
    for n, c, u, v in product((1, 2, 3), repeat=4):
        x = np.arange(n * c * u * v).reshape(n, c, u, v)
        y, backward = Flatten().apply({}, x)
        back, _ = backward(y)
        good = y.shape == (n, c * u * v) and np.array_equal(back, x)
        if not good or any(
            y[i, (j * u + r) * v + q] != x[i, j, r, q] for i, j, r, q in np.ndindex(n, c, u, v)
        ):
            return refuted(f"images ({n}, {c}, {u}, {v}) are flattened to {y.tolist()}")
    return exact("(n, c, u, v) up to 3 each, 81 shapes: entry (c U + u) V + v, and back")


def labels_from_zero() -> Verdict:
    """3.3: 0 .. K-1 are taken, their neighbours are not."""
    for k in (1, 2, 3, 4):
        for label in range(-1, k + 1):
            try:
                cross_entropy(np.zeros((1, k)), np.array([label]))
                taken = True
            except ValueError:
                taken = False
            if taken != (0 <= label < k):
                return refuted(f"K={k}: label {label} is {'taken' if taken else 'refused'}")
    used = sorted(set(load_digits().t_train.tolist()))
    if used != list(range(10)):
        return refuted(f"the labels of the digits are {used}")
    return exact("K = 1 .. 4: the loss takes 0 .. K-1, refuses -1 and K; the digits use 0 .. 9")


def shapes_of_parameters() -> Verdict:
    """3.5: for K scores of n numbers only W (K, n) and b (K) fit."""
    tried = 0
    for k, n in product((1, 2, 3), repeat=2):
        x = np.ones((2, n))
        for rows, columns, entries in product((1, 2, 3), repeat=3):
            try:
                scores = affine(x, np.ones((rows, columns)), np.ones(entries))[0].shape
            except ShapeError:
                scores = None
            tried += 1
            fits = (rows, columns, entries) == (k, n, k)
            if (scores == (2, k)) != fits:
                return refuted(f"K={k}, n={n}: W ({rows}, {columns}), b ({entries}) give {scores}")
    return exact(f"{tried} shapes with K, n up to 3: only W (K, n) with b (K) gives K scores")


def training_set_not_needed() -> Verdict:
    """3.2.1: what was learnt is in (W, b) alone."""
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((30, 4)), rng.integers(3, size=30)
    model, new = softmax_regression(4, 3), rng.standard_normal((200, 4))
    params = fit(model, x, t, optimiser=SGD(0.5), epochs=2, batch_size=8, rng=rng).params
    before = predict(model, params, new)
    x[:], t[:] = np.nan, -1
    after = predict(model, params, new)
    if not np.array_equal(before, after):
        row = int(np.argmax(before != after))
        return refuted(
            f"sample {row}: class {before[row]} with the training set, {after[row]} without"
        )
    return exact("200 predictions, the same after the training arrays were overwritten")


def parameters_in_one_vector() -> Verdict:
    """3.4.1: theta is W, row by row, then b."""
    for n, k in (*product(range(1, 6), repeat=2), (64, 10)):
        params = softmax_regression(n, k).init(np.random.default_rng(0))
        theta = np.concatenate([array.ravel() for layer in params for array in layer.values()])
        if len(theta) != k * n + k:
            return refuted(f"K={k}, n={n}: {len(theta)} parameters, not {k * n + k}")
    return exact("K, n = 1 .. 5, and the digits: 10 x 64 + 10 = 650 parameters")


# ---------------------------------------------------------------------------------------- descent


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
    return Verdict(
        Level.NUMERIC,
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
    moves = [abs(a - b) for a, b in zip(shrinking, shrinking[1:], strict=False)]
    if min(map(abs, length)) != Fraction(1, 5) or any(
        a <= b for a, b in zip(moves, moves[1:], strict=False)
    ):
        return refuted(f"constant length ends at {length[-1]}, proportional steps are {moves[:4]}")
    return exact(
        f"J = theta^2/2 from 1: rate 1/100 is at {float(slow[-1]):.3f} after 100 steps, rate 1 at 0 "
        "after one, rate 2 swings, rate 3 doubles; steps of length 2/5 never come nearer than 1/5, with a length "
        "proportional to the gradient they shrink"
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
    return Verdict(
        Level.NUMERIC,
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


# --------------------------------------------------------------------------------------- accuracy


def unseen_test_images() -> Verdict:
    """3.5: no image of the test set was trained on."""
    digits = load_digits()
    seen = {image.tobytes() for image in digits.x_train}
    repeated = [i for i, image in enumerate(digits.x_test) if image.tobytes() in seen]
    if repeated or len(digits.x_train) + len(digits.x_test) != 1797:
        return refuted(f"test images {repeated[:5]} are in the training set too")
    return exact("1,797 digits: none of the 360 test images is among the 1,437 of the training set")


ALL_PREDICTIONS = [
    (n, y, t)
    for n in (1, 2, 3, 4)
    for y in product(range(3), repeat=n)
    for t in product(range(3), repeat=n)
]


def accuracy_is_the_share() -> Verdict:
    """3.52: all predictions and labels of up to 4 samples in up to 3 classes."""
    for n, y, t in ALL_PREDICTIONS:
        share = Fraction(sum(a == b for a, b in zip(y, t, strict=True)), n)
        if accuracy(np.array(y), np.array(t)) != float(share):
            return refuted(
                f"predicted {y}, labels {t}: {accuracy(np.array(y), np.array(t))}, not {share}"
            )
    return exact(f"n = 1 .. 4, K = 3: all {len(ALL_PREDICTIONS):,} pairs of predictions and labels")


def accuracy_one_means_all_right() -> Verdict:
    """3.5.2: accuracy 1 exactly if every sample is right, below 1 otherwise."""
    for _, y, t in ALL_PREDICTIONS:
        share = accuracy(np.array(y), np.array(t))
        if (share == 1) != (y == t) or share > 1:
            return refuted(f"predicted {y}, labels {t}: accuracy {share}")
    return exact(f"n = 1 .. 4, K = 3: all {len(ALL_PREDICTIONS):,} pairs of predictions and labels")


def indicator() -> Verdict:
    """3.53, 3.54: the bracket of the formulas, and what accuracy counts for one sample."""
    for y, t in product(range(5), repeat=2):
        bracket = value(Bracket(y, "=", t), Arrays({}, {}, EXACT))
        counted = accuracy(np.array([y]), np.array([t]))
        if not bracket == counted == (1 if y == t else 0):
            return refuted(f"1{{{y} = {t}}}: bracket {bracket}, counted {counted}")
    return exact("y, t = 0 .. 4: the bracket and the accuracy of one sample are 1 if y = t, else 0")
