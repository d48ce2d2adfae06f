"""Pictures of functions: losses over steps, slices of a loss surface, decision regions.

Pure functions of arrays that return a Figure; pictures of images are in figures.py.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from cnnmath.course.figures import COLOURS, LOOK, VERMILION
from cnnmath.ops import ShapeError

MARKERS = "os^DvPX"
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))


@style.context(LOOK)
def decision_regions(
    scores: Callable[[np.ndarray], Any], points: np.ndarray, labels: np.ndarray
) -> Figure:
    """Where each class has the highest score. ``scores``: (m, 2) -> (m, k); points (n, 2)."""
    points, labels = _points("decision_regions", points), np.asarray(labels)
    if labels.shape != (len(points),):
        raise ShapeError(f"decision_regions: labels {labels.shape} for {len(points)} points")
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.15 * np.where(high > low, high - low, 1)
    sides = [np.linspace(a, b, 240) for a, b in zip(low - margin, high + margin, strict=True)]
    grid = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 2)
    table = np.asarray(scores(grid.astype(points.dtype)))
    if table.ndim != 2 or len(table) != len(grid):
        raise ShapeError(f"decision_regions: scores gave {table.shape}; wanted ({len(grid)}, k)")
    classes = table.shape[1]
    if classes > len(COLOURS) or labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"decision_regions: {classes} classes, labels {labels.min()}..{labels.max()}; "
            f"wanted at most {len(COLOURS)} classes and labels below their number"
        )
    figure = Figure(figsize=(5.6, 4.4))
    axes = figure.subplots()
    best = table.argmax(axis=1).reshape(240, 240).T
    colours = ListedColormap(COLOURS[:classes])
    axes.pcolormesh(*sides, best, cmap=colours, vmin=-0.5, vmax=classes - 0.5, alpha=0.25)
    for k in range(classes):
        first, second = points[labels == k].T
        axes.scatter(
            first,
            second,
            c=COLOURS[k],
            marker=MARKERS[k],
            edgecolors="black",
            s=36,
            label=f"class {k}",
        )
    axes.set(xlabel="input 0", ylabel="input 1", title="shade: the class with the highest score")
    figure.legend(loc="outside right center")
    return figure


@style.context(LOOK)
def loss_slice(
    c0: np.ndarray, c1: np.ndarray, values: np.ndarray, path: np.ndarray | None = None
) -> Figure:
    """Contours of ``values[i, j]``, the loss at (c0[i], c1[j]); ``path`` (n, 2): an optimiser's."""
    figure = Figure(figsize=(6.0, 4.4))
    axes = figure.subplots()
    filled = _contours("loss_slice", axes, c0, c1, values)
    if path is not None:
        _steps("loss_slice", axes, path)
    figure.colorbar(filled, label="loss")
    axes.set(xlabel="step along direction 0", ylabel="step along direction 1")
    axes.set_title("a slice of the loss surface")
    return figure


@style.context(LOOK)
def paths_on_contours(
    c0: np.ndarray,
    c1: np.ndarray,
    values: np.ndarray,
    paths: Mapping[str, np.ndarray],
    columns: int = 0,
    label: str = "loss",
) -> Figure:
    """Several optimisers on one landscape: {name: points (n, 2)}, side by side or `columns` in a row."""
    if not paths:
        raise ValueError("paths_on_contours: no paths; wanted at least one")
    across = min(columns or len(paths), len(paths))
    down = -(-len(paths) // across)
    figure = Figure(figsize=(2.9 * across + 0.9, 2.8 * down + 0.5))
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    panels = list(grid.flat)
    for axes, (name, path) in zip(panels, paths.items(), strict=False):
        filled = _contours("paths_on_contours", axes, c0, c1, values)
        _steps("paths_on_contours", axes, path)
        axes.set(title=f"{name}, {len(path) - 1} steps")
    for axes in panels[len(paths) :]:
        axes.set_visible(False)
    for axes in panels[len(paths) - across : len(paths)]:  # the lowest of each column
        axes.set_xlabel("direction 0")
        axes.tick_params(labelbottom=True)
    for axes in grid[:, 0]:
        axes.set_ylabel("direction 1")
    figure.colorbar(filled, ax=panels, label=label)
    return figure


@style.context(LOOK)
def histories(losses: Mapping[str, Any], xlabel: str = "step", log: bool = False) -> Figure:
    """Curves over steps, {name: values}; each has its own colour and dashes."""
    if not 1 <= len(losses) <= len(COLOURS):
        raise ValueError(f"histories: {len(losses)} curves; wanted 1..{len(COLOURS)}")
    figure = Figure(figsize=(6.4, 3.6))
    axes = figure.subplots()
    for (name, values), colour, dash in zip(losses.items(), COLOURS, DASHES, strict=False):
        curve = np.asarray(values, dtype=float)
        if curve.ndim != 1 or not curve.size or not np.isfinite(curve).all():
            raise ValueError(
                f"histories: {name} has shape {curve.shape}; wanted finite numbers (n,)"
            )
        axes.plot(range(1, len(curve) + 1), curve, color=colour, linestyle=dash, label=name)
    axes.set(xlabel=xlabel, ylabel="loss", yscale="log" if log else "linear")
    if not log:
        axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def _contours(name: str, axes: Axes, c0: Any, c1: Any, values: Any) -> Any:
    values = np.asarray(values)
    if values.shape != (len(c0), len(c1)) or min(values.shape) < 2:
        raise ShapeError(
            f"{name}: values has shape {values.shape}; wanted ({len(c0)}, {len(c1)}) as c0 and c1"
        )
    filled = axes.contourf(c0, c1, values.T, levels=14, cmap="cividis")
    axes.contour(c0, c1, values.T, levels=filled.levels, colors="white", linewidths=0.5, alpha=0.6)
    return filled


def _steps(name: str, axes: Axes, path: Any) -> None:
    path = _points(name, path)
    axes.plot(*path.T, color="white", linewidth=3.2)  # a rim, to be seen on every shade
    axes.plot(*path.T, color=VERMILION, linewidth=1.4, marker=".", markersize=4)
    axes.plot(*path[0], "o", color="white", markeredgecolor="black", markersize=7)
    axes.plot(*path[-1], "*", color="white", markeredgecolor="black", markersize=12)


def _points(name: str, points: Any) -> np.ndarray:
    points = np.asarray(points)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ShapeError(f"{name}: points have shape {points.shape}; wanted (n, 2), n >= 1")
    return points
