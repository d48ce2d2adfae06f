"""Checks of 000 sections 3.2 and 3.3: shapes of a subsampling layer, and what sums of maps gain."""

from itertools import product
from typing import Any

import numpy as np

from cnnmath.data import load_digits
from cnnmath.ledger.linear_softmax_checks import exact, refuted
from cnnmath.ledger.linear_softmax_simulations import simulated
from cnnmath.nn import (
    SGD,
    Affine,
    Conv2d,
    Flatten,
    MaxPool2d,
    Relu,
    Sequential,
    accuracy,
    fit,
    parameter_counts,
    predict,
)
from cnnmath.ops import ShapeError, subsample2d
from cnnmath.proof.verdict import Verdict


def shape_below(maps: int, rows: int, columns: int, n: int, crop: bool) -> Any:
    """Shape of the subsampled maps, or None where the blocks do not fit."""
    x, one = np.ones((1, maps, rows, columns)), np.ones(maps)
    try:
        return subsample2d(x, one, one, n, crop=crop)[0].shape[1:]
    except ShapeError:
        return None


def as_many_maps_n_times_smaller() -> Verdict:
    """3.2: N maps of H x W become N maps of H/n x W/n; n must divide H and W, or rows are left out."""
    tried = 0
    for maps, rows, columns, n in product((1, 2, 3), range(1, 8), range(1, 8), range(1, 5)):
        fits = rows % n == columns % n == 0
        wanted = (maps, rows // n, columns // n)
        cropped = wanted if rows >= n and columns >= n else None
        for crop, want in ((False, wanted if fits else None), (True, cropped)):
            found = shape_below(maps, rows, columns, n, crop)
            tried += 1
            if found != want:
                return refuted(
                    f"{maps} maps of {rows} x {columns}, n = {n}, crop={crop}: {found}, not {want}"
                )
    return exact(
        f"1 to 3 maps of up to 7 x 7, n = 1 .. 4, {tried} calls: as many maps, of H/n x W/n; refused where "
        "n does not divide, unless crop=True leaves the last rows and columns out"
    )


# ---------------------------------------------------------------- sums of several maps against one

INPUTS, SEEDS, SAMPLES, PASSES = 6, (0, 1, 2), 1000, 3


def table(maps: int, inputs: int) -> tuple[tuple[int, ...], ...]:
    """Each of the output maps sees so many input maps, in turn."""
    return tuple(tuple(sorted((o + i) % INPUTS for i in range(inputs))) for o in range(maps))


def net(maps: int, inputs: int) -> Sequential:
    """Two convolutions for the 8x8 digits; a map of the second sums over ``inputs`` maps of the first."""
    return Sequential(
        Conv2d(1, INPUTS, 3, padding=1),
        Relu(),
        MaxPool2d(2),
        Conv2d(INPUTS, maps, 3, padding=1, connect=table(maps, inputs)),
        Relu(),
        MaxPool2d(2),
        Flatten(),
        Affine(maps * 2 * 2, 10, "xavier"),
    )


def on_digits(model: Sequential, seed: int) -> float:
    """Test accuracy after a short training."""
    digits = load_digits(np.float64)
    run = fit(
        model,
        digits.x_train[:SAMPLES],
        digits.t_train[:SAMPLES],
        optimiser=SGD(0.2),
        epochs=PASSES,
        batch_size=30,
        rng=np.random.default_rng(seed),
    )
    return accuracy(predict(model, run.params, digits.x_test), digits.t_test)


def several_maps_against_one() -> Verdict:
    """3.3: output maps that sum six input maps, or see one each; and as many parameters without sums."""
    models = [net(12, INPUTS), net(12, 1), net(23, 1)]
    parameters = [sum(parameter_counts(model)) for model in models]
    every, one, wider = (np.array([on_digits(m, seed) for seed in SEEDS]) for m in models)
    means = [f"{each.mean():.2f}" for each in (every, one, wider)]
    if not ((every > one).all() and every.mean() > one.mean() + 0.05):
        return refuted(f"mean test accuracy {means[0]} with sums, {means[1]} with one map each")
    if not (every > wider).all():
        return refuted(f"mean test accuracy {means[0]} with sums, {means[2]} at as many parameters")
    return simulated(
        f"seeds {', '.join(map(str, SEEDS))}, {SAMPLES:,} digits, {PASSES} passes: 12 maps that sum 6 inputs "
        f"each have a mean test accuracy of {means[0]}, 12 maps of one input each {means[1]} (band: more on "
        f"every seed, and by 0.05 in the mean); they also have {parameters[0]:,} parameters against "
        f"{parameters[1]}: 23 maps of one input, {parameters[2]:,} parameters, have {means[2]} (band: less "
        "on every seed). One kind of data: no general law"
    )
