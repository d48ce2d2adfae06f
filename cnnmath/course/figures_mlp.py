"""Pictures for the chapter on multilayer perceptrons: pure functions that return a Figure.

Pictures that other chapters use too are in figures.py and landscapes.py.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from cnnmath.course.figures import BLUE, COLOURS, GREY, LOOK
from cnnmath.course.landscapes import DASHES, MARKERS
from cnnmath.ops import ShapeError

FINE = 200  # points per side of a picture of regions


class Plane(NamedTuple):
    """Points (n, 2), how they are scored, (m, 2) -> (m, k), or None, and the names of the axes."""

    points: np.ndarray
    scores: Callable[[np.ndarray], Any] | None = None
    names: tuple[str, str] = ("x[0]", "x[1]")


@style.context(LOOK)
def class_panels(panels: Mapping[str, Plane], labels: np.ndarray) -> Figure:
    """The same samples in several planes; the shade is the class with the highest score."""
    labels = np.asarray(labels)
    if not panels:
        raise ValueError("class_panels: no panels; wanted at least one")
    if labels.ndim != 1 or not labels.size or not 0 <= labels.min() <= labels.max() < len(COLOURS):
        raise ValueError(f"class_panels: labels {labels.shape}; wanted (n,), at most 7 classes")
    figure = Figure(figsize=(3.3 * len(panels) + 0.9, 3.3))
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (name, plane) in zip(row, panels.items(), strict=True):
        points = np.asarray(plane.points)
        if points.shape != (len(labels), 2):
            raise ShapeError(f"class_panels: {name}: {points.shape}; wanted ({len(labels)}, 2)")
        _shade(axes, name, points, plane.scores)
        for k in range(labels.max() + 1):
            shown = {"c": COLOURS[k], "marker": MARKERS[k], "edgecolors": "black"}
            size = 46 if len(points) < 20 else 18
            mine = points[labels == k]
            axes.scatter(*mine.T, s=size, linewidths=0.6, label=f"class {k}", **shown)
        axes.set(title=name, xlabel=plane.names[0], ylabel=plane.names[1])
    figure.legend(*row[0].get_legend_handles_labels(), loc="outside right center")
    return figure


@style.context(LOOK)
def activation_curves(functions: Mapping[str, Callable[[Any], Any]], z: np.ndarray) -> Figure:
    """Ops of one argument over z (m,): their values, and beside them the slopes of their backward."""
    z = np.asarray(z)
    if z.ndim != 1 or len(z) < 2:
        raise ShapeError(f"activation_curves: z has shape {z.shape}; wanted (m,), m >= 2")
    if not 1 <= len(functions) <= len(COLOURS):
        raise ValueError(f"activation_curves: {len(functions)} functions; wanted 1..{len(COLOURS)}")
    figure = Figure(figsize=(8.4, 3.3))
    values, slopes = figure.subplots(1, 2)
    for (name, op), colour, dash in zip(functions.items(), COLOURS, DASHES, strict=False):
        y, backward = op(z)
        (slope,) = backward(np.ones_like(z))
        values.plot(z, y, color=colour, linestyle=dash, label=name)
        slopes.plot(z, slope, color=colour, linestyle=dash)
    values.set(title="value", xlabel="z")
    slopes.set(title="slope", xlabel="z")
    for axes in (values, slopes):
        axes.grid(alpha=0.3)
    if len(functions) > 1:
        figure.legend(*values.get_legend_handles_labels(), loc="outside right center")
    return figure


@style.context(LOOK)
def network(
    columns: Sequence[Sequence[str]],
    edges: Mapping[tuple[int, int, int], str],
    heads: Sequence[str],
) -> Figure:
    """Columns of boxes with text; ``edges[c, i, j]`` is written on the line from box i of column c
    to box j of column c + 1. ``heads``: a word above each column."""
    if len(heads) != len(columns) or not columns or not all(columns):
        raise ValueError(f"network: {len(columns)} columns, {len(heads)} heads; wanted as many")
    tallest = max(map(len, columns))
    figure = Figure(figsize=(2.5 * len(columns), 0.85 * tallest + 0.55))
    axes = figure.subplots()
    axes.axis("off")
    axes.set(xlim=(-0.4, len(columns) - 0.6), ylim=(-0.4, tallest - 0.2))

    def place(column: int, i: int) -> np.ndarray:
        return np.array([column, (tallest + len(columns[column])) / 2 - 1 - i])

    for (column, i, j), text in edges.items():
        left, right = ([*columns[column : column + 2], (), ()])[:2]
        if not (0 <= column and 0 <= i < len(left) and 0 <= j < len(right)):
            raise ValueError(f"network: edge {(column, i, j)} joins no two boxes")
        start, end = place(column, i), place(column + 1, j)
        axes.plot(*np.stack([start, end]).T, color=GREY, linewidth=1.2, zorder=1)
        at = start + 0.3 * (end - start)  # not in the middle, where lines cross
        box = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none"}
        axes.text(at[0], at[1], text, ha="center", va="center", fontsize=10, color=BLUE, bbox=box)
    for column, (texts, head) in enumerate(zip(columns, heads, strict=True)):
        axes.text(column, tallest - 0.4, head, ha="center", va="center", color=GREY)
        for i, text in enumerate(texts):
            box = {"boxstyle": "round,pad=0.35", "facecolor": "#eef3f7", "edgecolor": BLUE}
            axes.text(
                column, place(column, i)[1], text, ha="center", va="center", bbox=box, zorder=3
            )
    return figure


@style.context(LOOK)
def by_layer(values: Mapping[str, Sequence[float]], ylabel: str) -> Figure:
    """Positive numbers per layer on a logarithmic scale, {name: values}; layer 1 is at the input."""
    if not 1 <= len(values) <= len(COLOURS):
        raise ValueError(f"by_layer: {len(values)} lines; wanted 1..{len(COLOURS)}")
    figure = Figure(figsize=(6.4, 3.4))
    axes = figure.subplots()
    lines = zip(values.items(), COLOURS, DASHES, MARKERS, strict=False)
    for (name, numbers), colour, dash, marker in lines:
        line = np.asarray(numbers, dtype=float)
        if line.ndim != 1 or not line.size or not (np.isfinite(line) & (line > 0)).all():
            raise ValueError(f"by_layer: {name} has shape {line.shape}; wanted numbers > 0, (n,)")
        layers = range(1, len(line) + 1)
        axes.plot(layers, line, color=colour, linestyle=dash, marker=marker, label=name)
    axes.set(yscale="log", xlabel="layer (1 is next to the input)", ylabel=ylabel)
    axes.set_xticks(range(1, len(line) + 1))
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def _shade(
    axes: Axes, name: str, points: np.ndarray, scores: Callable[[np.ndarray], Any] | None
) -> None:
    """Colour the plane around the points by the class that wins."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.15 * np.where(high > low, high - low, 1)
    sides = [np.linspace(a, c, FINE) for a, c in zip(low - margin, high + margin, strict=True)]
    axes.set(xlim=sides[0][[0, -1]], ylim=sides[1][[0, -1]])
    if scores is None:
        return
    grid = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 2)
    table = np.asarray(scores(grid))
    if table.shape[:1] != (len(grid),) or table.ndim != 2 or table.shape[1] > len(COLOURS):
        raise ShapeError(f"class_panels: {name} gave {table.shape}; wanted ({len(grid)}, k)")
    classes = table.shape[1]
    best = table.argmax(axis=1).reshape(FINE, FINE).T
    colours = ListedColormap(COLOURS[:classes])
    axes.pcolormesh(*sides, best, cmap=colours, vmin=-0.5, vmax=classes - 0.5, alpha=0.25)
