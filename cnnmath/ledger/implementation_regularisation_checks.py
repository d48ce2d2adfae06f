"""Checks of 002 sections 6.4, 6.6 and 6.7: dropout, how weights start, crops."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from cnnmath.data import center, five_crop, load_digits, random_crop
from cnnmath.ledger.linear_softmax_checks import exact, refuted
from cnnmath.ledger.linear_softmax_simulations import simulated
from cnnmath.nn import (
    SGD,
    Flatten,
    Sequential,
    accuracy,
    fit,
    initialisation,
    mean_probabilities,
    mlp,
    predict,
)
from cnnmath.nn.initialisation import variance_by_layer
from cnnmath.ops import affine, dropout, relu, softmax, squared_error, tanh
from cnnmath.proof.scripted import Scripted
from cnnmath.proof.verdict import Verdict

# ------------------------------------------------------------------------------------- 6.4, dropout

KEEP, HIDDEN = Fraction(1, 2), 3


def fractions(*rows: str) -> np.ndarray:
    return np.array([[Fraction(number) for number in row.split()] for row in rows], object)


X, T = fractions("1 -2"), fractions("1 3")
W, B = fractions("2 1/2", "1 -1", "-1 -1"), fractions("1/3 1 2")[0]  # all three units are active
V, C = fractions("1 -1 2", "1/2 3 1"), fractions("1 -1")[0]


def gradients(
    w: Any, b: Any, v: Any, middle: Callable[[Any], Any]
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """(dw, db), (dv, dc) of a net of two layers; ``middle`` is an op between hidden layer and output."""
    z, first = affine(X, w, b)
    a, slope = relu(z)
    y, drop = middle(a)
    s, last = affine(y, v, C)
    _, loss = squared_error(s, T)
    dy, dv, dc = last(*loss(Fraction(1)))
    _, dw, db = first(*slope(*drop(dy)))
    return (dw, db), (dv, dc)


def masked(mask: Any, a: Any) -> Any:
    return dropout(a, KEEP, Scripted(mask))


def whole(a: Any) -> Any:
    return a, lambda dy: (dy,)


def updates_the_thinned_net() -> Verdict:
    """6.4: with a mask, the gradient is that of the net without the dropped units; they do not move."""
    for mask in product((0, 1), repeat=HIDDEN):
        kept = np.array(mask, bool)
        (dw, db), (dv, dc) = gradients(W, B, V, partial(masked, np.array([mask])))
        if dw[~kept].any() or db[~kept].any() or dv[:, ~kept].any():
            return refuted(f"mask {mask}: a dropped unit moves by {dw.tolist()}, {dv.tolist()}")
        if not kept.any():
            continue
        (dw1, db1), (dv1, dc1) = gradients(W[kept], B[kept], V[:, kept] / KEEP, whole)
        pairs = ((dw[kept], dw1), (db[kept], db1), (dv[:, kept], dv1 / KEEP), (dc, dc1))
        if not all(np.array_equal(one, other) for one, other in pairs):
            return refuted(f"mask {mask}: {dw[kept].tolist()}, in the thinned net {dw1.tolist()}")
    return exact(
        f"a net of 2, {HIDDEN} and 2 units, in fractions, all {2**HIDDEN} masks: dropped units have gradient "
        "0, the others that of the net without the dropped ones (whose weights out are divided by keep)"
    )


# ---------------------------------------------------------------------------- 6.6, how weights start

DEPTH, WIDTH, SAMPLES, SEEDS = 10, 100, 1000, (0, 1, 2)
SEEDED = f"seeds {', '.join(map(str, SEEDS))}"
FUNCTIONS: dict[str, Callable[[Any], Any] | None] = {"none": None, "tanh": tanh, "relu": relu}
EXPECTED = {  # variance of z in layer 10 from variance_step and relu_halves; inputs have variance 1
    ("small", "none"): 0.01**10,
    ("small", "tanh"): 0.01**10,  # tanh z = z where z is small
    ("small", "relu"): 0.01 * 0.005**9,
    ("xavier", "none"): 1.0,
    ("xavier", "relu"): 0.5**9,
    ("he", "relu"): 2.0,
}
FACTOR = 2.5  # off by no more: the weights of 10 layers are one draw


def last_variance(initialise: str, function: str, seed: int) -> float:
    """Variance of z in layer 10 of 100 units, for 1,000 standard normal inputs."""
    sizes = {"depth": DEPTH, "width": WIDTH, "samples": SAMPLES}
    rng = np.random.default_rng(seed)
    return variance_by_layer(initialise, FUNCTIONS[function], rng, **sizes)[-1]


def small_gaussian() -> Verdict:
    """6.6: N(0, 0.01^2) is near 0 and not all 0; what it and its successors make of the variance."""
    w = initialisation.draw_weights("small", 500, 400, np.random.default_rng(0), np.float64)
    off = (abs(w.std() / 0.01 - 1) * np.sqrt(2 * w.size), abs(w.mean()) / 0.01 * np.sqrt(w.size))
    if max(off) > 4 or not w.all() or abs(w).max() > 0.06:
        return refuted(f"200,000 weights: mean {w.mean():.1e}, standard deviation {w.std():.5f}")
    said = []
    for (initialise, function), wanted in EXPECTED.items():
        last = [last_variance(initialise, function, seed) for seed in SEEDS]
        if not wanted / FACTOR <= min(last) <= max(last) <= wanted * FACTOR:
            return refuted(
                f"{initialise}, {function}: {min(last):.1e} to {max(last):.1e}, not {wanted:.1e}"
            )
        said.append(f"{initialise} with {function} {wanted:.1e}")
    return simulated(
        f"seed 0, 200,000 weights: mean 0 and standard deviation 0.01 within 4 standard errors, none is 0; "
        f"{SEEDED}, variance of z in layer {DEPTH} of {WIDTH} units, {SAMPLES:,} "
        f"inputs of variance 1: {'; '.join(said)} (band: a factor of {FACTOR})"
    )


def correlation(w: np.ndarray, x: np.ndarray) -> float:
    """Mean correlation of the inputs z of two hidden units over the samples x (n, d)."""
    z, _ = affine(x, w, np.zeros(len(w)))
    table = np.corrcoef(z.T)
    return float(table[np.triu_indices(len(w), 1)].mean())


def both_signs() -> Verdict:
    """6.6: on centred inputs training leaves weights of both signs; a start with one sign is poor."""
    digits = load_digits(np.float64)
    centred = center(digits.x_train[:500])
    x, t = centred.x_train.reshape(500, -1), digits.t_train[:500]
    if abs(x.mean(axis=0)).max() > 1e-12:
        return refuted(f"centred inputs have the mean {abs(x.mean(axis=0)).max():.1e}")
    shares, mixed, single = [], [], []
    for seed in SEEDS:
        model, rng = mlp(64, 32, 10, initialise="xavier"), np.random.default_rng(seed)
        params = model.init(rng, np.float64)
        w = params[1]["w"]
        mixed.append(correlation(w, x))
        single.append(correlation(abs(w), x))
        run = fit(model, x, t, optimiser=SGD(0.2), epochs=20, batch_size=32, rng=rng, params=params)
        shares.append(float((run.params[1]["w"] > 0).mean()))
    if not 0.4 <= min(shares) <= max(shares) <= 0.6:
        return refuted(
            f"{min(shares):.2f} to {max(shares):.2f} of the trained weights are positive"
        )
    if not (max(map(abs, mixed)) < 0.05 and min(single) > 0.2):
        return refuted(f"mean correlation of two units: {mixed} with both signs, {single} with one")
    return simulated(
        f"{SEEDED}, 500 centred digits, 32 hidden units, 20 passes: {100 * min(shares):.0f} to "
        f"{100 * max(shares):.0f} % of the trained weights are positive (band 40 to 60 %); at the start two "
        f"units have a mean correlation of at most {max(map(abs, mixed)):.2f} with both signs (band 0.05), "
        f"of {min(single):.2f} to {max(single):.2f} if the same weights are all made positive (band: above "
        "0.2)"
    )


# --------------------------------------------------------------------------------------- 6.7, crops


def crops() -> Verdict:
    """6.7: random crops reach every place and no other; five fixed ones; the mean of the predictions."""
    tried = 0
    for rows, columns in product(range(1, 5), repeat=2):
        x = np.arange(2.0 * rows * columns).reshape(1, 2, rows, columns)
        for i, j in product(range(1, rows + 1), range(1, columns + 1)):
            a, b = rows - i, columns - j
            every = {(p, q) for p in range(a + 1) for q in range(b + 1)}
            many = random_crop(x.repeat(40 * len(every), axis=0), (i, j), np.random.default_rng(0))
            seen = {divmod(int(each[0, 0, 0]), columns) for each in many}
            corners = [(0, 0), (0, b), (a, 0), (a, b), (a // 2, b // 2)]
            parts = all(_is_part(x, part) for part in (*many, *five_crop(x, (i, j))[:, 0]))
            starts = [divmod(int(each[0, 0, 0, 0]), columns) for each in five_crop(x, (i, j))]
            if seen != every or starts != corners or not parts:
                return refuted(f"{rows} x {columns} to {i} x {j}: random {seen}, fixed {starts}")
            tried += 1
    p = mean_probabilities(Sequential(Flatten()), ({},), SCORES)
    wanted = sum(softmax(each)[0] for each in SCORES.reshape(5, 3, -1)) / 5
    if abs(p - wanted).max() > 1e-15:
        return refuted(f"the mean of the predictions is {p.tolist()}, not {wanted.tolist()}")
    return exact(
        f"images up to 4 x 4, {tried} sizes of crops: random ones (seed 0) start at each place where they "
        "fit and nowhere else, five_crop at the four corners and the centre, 4 + 1 = 5, all channels alike; "
        "the prediction is the mean of the five softmax vectors"
    )


SCORES = np.random.default_rng(0).standard_normal(
    (5, 3, 1, 2, 2)
)  # crops of 2x2, taken as 4 scores


def _is_part(x: np.ndarray, part: np.ndarray) -> bool:
    """The crop is the part of the image that begins with its first entry, in every channel."""
    a, b = divmod(int(part[0, 0, 0]), x.shape[3])
    _, i, j = part.shape
    return np.array_equal(part, x[0, :, a : a + i, b : b + j])


FEW, MANY, PASSES, CROP = 100, 1000, 30, 6


def trained(samples: int, seed: int, cropped: bool) -> tuple[list[float], float]:
    """Test accuracy on each of five crops, and of the mean of their predictions, for digits cut to 6x6.

    Trained on random crops, new ones in each pass, or on the centre alone.
    """
    digits = load_digits(np.float32)
    x, t = digits.x_train[:samples], digits.t_train[:samples]
    model = mlp(CROP * CROP, 64, 10, initialise="he")
    params, state, places = None, None, np.random.default_rng(seed)
    for _ in range(PASSES):
        part = random_crop(x, CROP, places) if cropped else five_crop(x, CROP)[4]
        run = fit(
            model,
            part,
            t,
            optimiser=SGD(0.1, 0.9),
            epochs=1,
            batch_size=20,
            rng=np.random.default_rng(seed),
            params=params,
            resume=state,
        )
        params, state = run.params, run.state
    five = five_crop(digits.x_test, CROP)
    assert params is not None
    single = [accuracy(predict(model, params, each), digits.t_test) for each in five]
    together = mean_probabilities(model, params, five).argmax(axis=1)
    return single, accuracy(together, digits.t_test)


def more_data() -> Verdict:
    """6.7: more digits give a better model; random crops make it good at places it did not see before."""
    few, many, cut = (
        [trained(samples, seed, cropped) for seed in SEEDS]
        for samples, cropped in ((FEW, False), (MANY, False), (FEW, True))
    )
    centre = [[single[4] for single, _ in runs] for runs in (few, many, cut)]
    places = [[float(np.mean(single)) for single, _ in runs] for runs in (few, cut)]
    five = [[together for _, together in runs] for runs in (few, cut)]
    if not all(a + 0.03 < b for a, b in zip(centre[0], centre[1], strict=True)):
        return refuted(f"{FEW} digits: accuracy {centre[0]}, {MANY:,}: {centre[1]}")
    for name, (without, with_crops) in (("each place", places), ("their mean", five)):
        if not all(a + 0.1 < b for a, b in zip(without, with_crops, strict=True)):
            return refuted(f"five crops, {name}: {without} without random crops, {with_crops} with")
    means = [f"{np.mean(each):.2f}" for each in (*centre, *places, *five)]
    return simulated(
        f"{SEEDED}, a net of 64 relu units on 6x6 parts of the digits, {PASSES} passes: mean test accuracy "
        f"on the centre {means[0]} with {FEW} digits, {means[1]} with {MANY:,} (band: 0.03 more on every "
        f"seed); with random crops of the {FEW} digits {means[4]} over five places against {means[3]}, and "
        f"{means[6]} against {means[5]} for the mean of the five predictions (band: 0.1 more on every seed). "
        f"Not for nothing: on the centre alone {means[2]} against {means[0]}, for the same passes teach nine "
        "places"
    )
