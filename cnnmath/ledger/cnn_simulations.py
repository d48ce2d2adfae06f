"""Simulations of chapter cnn, 003 section 1.2: edge filters learnt by backpropagation. Fixed seeds; the
band is part of the verdict."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnmath.ledger.linear_softmax_checks import refuted
from cnnmath.ledger.linear_softmax_simulations import simulated
from cnnmath.nn import SGD, Conv2d, Flatten, MaxPool2d, Sequential, fit
from cnnmath.ops import binary_cross_entropy, conv2d, squared_error
from cnnmath.proof.verdict import Verdict

HAND = np.array([[1.0, 0.0, -1.0]] * 3)  # the filter of section 1.2


def filter_from_answers() -> Verdict:
    """1.2: nine numbers learnt from images and the answers of the hand-made filter, from three starts."""
    seeds, band, off = (0, 1, 2), 1e-6, []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((100, 1, 8, 8))
        t = conv2d(x, HAND[None, None])[0].reshape(len(x), -1)
        run = fit(
            Sequential(Conv2d(1, 1, 3), Flatten()),
            x,
            t,
            optimiser=SGD(0.02),
            epochs=5,
            batch_size=10,
            rng=rng,
            loss=squared_error,
        )
        off.append(abs(run.params[0]["w"][0, 0] - HAND).max())
    if not max(off) < band:
        return refuted(f"seeds {seeds}: the filter is {', '.join(f'{o:.1e}' for o in off)} off")
    return simulated(
        f"seeds {', '.join(map(str, seeds))}, random starts, 100 random images of 8 x 8 with the answers of "
        f"the filter 1|0|-1 as targets, 50 steps: every weight within {band:g} of the hand-made one"
    )


# ------------------------------------------------------------------------------------ edges at any angle

IMAGE, KERNEL, OFFSET, TOLERANCE = 11, 7, 1.5, 10.0  # pixels, pixels, pixels, degrees


def edges(angles: Any, offsets: Any, noise: Any = 0.0) -> Any:
    """Images with one straight edge each: it runs at the angle (degrees, anticlockwise from the x-axis) at
    the distance from the centre, bright (1) on its left, dark (0) on its right, one pixel wide."""
    middle = (IMAGE - 1) / 2
    rows, columns = np.mgrid[:IMAGE, :IMAGE]
    x, y = columns - middle, middle - rows
    turn = np.radians(angles)[:, None, None]
    left = y * np.cos(turn) - x * np.sin(turn) - np.asarray(offsets)[:, None, None]
    return (np.clip(left + 0.5, 0, 1) + noise)[:, None]


def labelled(angle: float, n: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Half the edges run within 10 degrees of the angle (label 1), half 20 to 180 degrees away (0)."""
    near = rng.random(n) < 0.5
    away = np.where(
        near,
        rng.uniform(-TOLERANCE, TOLERANCE, n),
        rng.uniform(2 * TOLERANCE, 360 - 2 * TOLERANCE, n),
    )
    noise = 0.1 * rng.standard_normal((n, IMAGE, IMAGE))
    return edges(angle + away, rng.uniform(-OFFSET, OFFSET, n), noise), near.astype(float)[:, None]


def learnt_detector(angle: float, seed: int) -> tuple[float, float]:
    """One filter and its bias, then the maximum over all places, learnt from labels alone: the share of
    1,000 new images that it gets right, and the angle of the edge that it answers most."""
    rng = np.random.default_rng(seed)
    model = Sequential(Conv2d(1, 1, KERNEL), MaxPool2d(IMAGE - KERNEL + 1), Flatten())
    x, t = labelled(angle, 400, rng)
    run = fit(
        model,
        x,
        t,
        optimiser=SGD(0.1, momentum=0.9),
        epochs=8,
        batch_size=20,
        rng=rng,
        loss=binary_cross_entropy,
    )
    new, wanted = labelled(angle, 1000, rng)
    right = float(((model.apply(run.params, new)[0] > 0) == (wanted > 0)).mean())
    every, places = np.arange(360.0), np.linspace(-OFFSET, OFFSET, 5)
    answers = [model.apply(run.params, edges(every, np.full(360, o)))[0][:, 0] for o in places]
    return right, float(every[np.mean(answers, axis=0).argmax()])


def between(a: float, b: float) -> float:
    """The angle between two directions, 0 to 180 degrees."""
    return abs((a - b + 180) % 360 - 180)


ANGLES: Sequence[float] = (45.0, 73.0, 200.0)


def edges_at_any_angle() -> Verdict:
    """1.2: filters for edges at 45 and 73 degrees, and at one more, learnt from labelled images."""
    seeds, least, most = (0, 1), 0.95, 8.0
    found = []
    for angle in ANGLES:
        runs = [learnt_detector(angle, seed) for seed in seeds]
        right = min(share for share, _ in runs)
        off = max(between(peak, angle) for _, peak in runs)
        if right < least or off > most:
            return refuted(
                f"{angle:g} degrees: {100 * right:.0f} % right, the answer peaks {off:g} degrees off"
            )
        found.append(f"{angle:g} degrees: {100 * right:.0f} % right, peak {off:g} degrees off")
    return simulated(
        f"seeds {', '.join(map(str, seeds))}: one {KERNEL} x {KERNEL} filter, 400 labelled images with "
        f"noise, 1,000 new ones, worse of two runs; {'; '.join(found)} (bands: at least "
        f"{100 * least:.0f} %, at most {most:g} degrees; labels: within 10 or beyond 20 degrees)"
    )
