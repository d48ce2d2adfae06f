"""Pictures of optimisers: paths on a surface, and what the rate does to the accuracy."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure

from cnnmath.course.figures import COLOURS, LOOK
from cnnmath.course.landscapes import DASHES, MARKERS, paths_on_contours
from cnnmath.course.surfaces import Surface, grid

COLUMNS = 3


def surface_paths(surface: Surface, runs: Mapping[str, tuple[float, np.ndarray]]) -> Figure:
    """The surface with a panel for each optimiser, {name: (rate, points (n, 2))} as `tuned` gives them.

    The shade is log(1 + value). Steps that leave the window are cut off, not the window moved.
    """
    named = {f"{name}\nrate {rate:.2g}": points for name, (rate, points) in runs.items()}
    figure = paths_on_contours(*grid(surface), named, columns=COLUMNS, label="log(1 + value)")
    for axes in figure.axes[: len(named)]:
        axes.set(xlim=surface.window[0], ylim=surface.window[1])
    return figure


@style.context(LOOK)
def rate_curves(rows: Mapping[str, Mapping[float, float | None]]) -> Figure:
    """Accuracy over the learning rate, {name: {rate: accuracy}}; None where the training broke off.

    A ring marks the best rate of each, the smallest of equals.
    """
    if not 1 <= len(rows) <= len(COLOURS):
        raise ValueError(f"rate_curves: {len(rows)} optimisers; wanted 1..{len(COLOURS)}")
    figure = Figure(figsize=(6.8, 3.9))
    axes = figure.subplots()
    styles = zip(COLOURS, MARKERS, DASHES, strict=False)
    for (name, curve), (colour, marker, dash) in zip(rows.items(), styles, strict=False):
        rates, accuracies = _points(name, curve)
        axes.plot(rates, accuracies, color=colour, marker=marker, linestyle=dash, label=name)
        best = int(np.argmax(accuracies))
        axes.plot(rates[best], accuracies[best], "o", markersize=13, fillstyle="none", color=colour)
    axes.set(xlabel="learning rate", ylabel="accuracy on the validation part", xscale="log")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside right center")
    return figure


def _points(name: str, curve: Mapping[float, float | None]) -> tuple[list[float], list[Any]]:
    """Rates in order with their accuracies, those without one left out."""
    kept = sorted((rate, value) for rate, value in curve.items() if value is not None)
    if not kept or not all(rate > 0 and 0 <= value <= 1 for rate, value in kept):
        raise ValueError(
            f"rate_curves: {name} has {dict(curve)}; wanted rates > 0 with accuracies from 0 to 1"
        )
    return [rate for rate, _ in kept], [value for _, value in kept]
