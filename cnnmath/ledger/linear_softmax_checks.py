"""Checks of sections 2.1 to 3.2.1, 3.4.1 (shapes) and 3.5 in exact numbers; each one can fail."""

from fractions import Fraction
from itertools import product

import numpy as np

from cnnmath.data import load_digits
from cnnmath.nn import SGD, Flatten, accuracy, fit, predict, softmax_regression
from cnnmath.ops import ShapeError, affine, cross_entropy
from cnnmath.proof.evaluate import EXACT, Arrays, value
from cnnmath.proof.notation import Bracket
from cnnmath.proof.verdict import Level, Verdict


def exact(evidence: str) -> Verdict:
    return Verdict(Level.EXACT, evidence)


def numeric(evidence: str) -> Verdict:
    return Verdict(Level.NUMERIC, evidence)


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
    flat, _ = Flatten().apply({}, np.zeros((1, 3, 768, 1024), np.float32))
    if flat.shape != (1, 2_359_296):
        return refuted(f"an image of 1024 x 768 x 3 is flattened to {flat.shape}")
    return exact("Flatten makes 2,359,296 = 1024 x 768 x 3 entries of one image")


def flattening() -> Verdict:
    """3.2: row-major, no value lost."""
    for n, c, u, v in product((1, 2, 3), repeat=4):
        x = np.arange(n * c * u * v, dtype=np.float64).reshape(n, c, u, v)
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
