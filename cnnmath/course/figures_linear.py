"""Pictures for the chapter on linear scores and softmax: pure functions that return a Figure.

Pictures that other chapters use too are in figures.py and landscapes.py.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cnnmath.course.figures import BLUE, COLOURS, GREY, LOOK, ORANGE
from cnnmath.course.landscapes import DASHES, MARKERS
from cnnmath.ops import ShapeError

FINE = 200  # points per side of a picture of regions


@style.context(LOOK)
def scores_by_hand(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Figure:
    """One image x (d,), d small, and the arithmetic of its scores: a row of pictures per class."""
    x, w, b = np.asarray(x), np.asarray(w), np.asarray(b)
    if x.ndim != 1 or w.shape != (len(b), len(x)) or b.ndim != 1 or not w.size:
        raise ShapeError(
            f"scores_by_hand: x {x.shape}, w {w.shape}, b {b.shape}; wanted (d), (k, d), (k)"
        )
    figure = Figure(figsize=(7.2, 1.0 * (len(w) + 0.35)))
    rows = figure.subplots(len(w), 4, squeeze=False, width_ratios=[1, 1, 2.4, 0.8])
    limit = float(np.abs(w).max()) or 1.0
    for k, (image, weights, sums, score) in enumerate(rows):
        _cells(image, x[None], "gray", 0, 1.25 * max(float(x.max()), 1e-9))
        _cells(weights, w[k][None], "RdBu_r", -1.6 * limit, 1.6 * limit)
        terms = [f"{_term(a)} · {_term(c)}" for a, c in zip(x, w[k], strict=True)]
        _words(sums, f"{' + '.join(terms)} + {_term(b[k])}")
        _words(score, f"= {_plain(w[k] @ x + b[k])}", weight="bold")
        weights.set_ylabel(f"class {k}", rotation=0, ha="right", va="center")
    heads = ("image x", "weights w[k]", "x · w[k] + b[k]", "score")
    for axes, head in zip(rows[0], heads, strict=True):
        axes.set_title(head)
    return figure


@style.context(LOOK)
def region_panels(
    rules: Mapping[str, Callable[[np.ndarray], Any]], points: np.ndarray, labels: np.ndarray
) -> Figure:
    """Several ways to choose a class, side by side: {name: scores of points (m, 2) -> (m, k)}."""
    points, labels = np.asarray(points), np.asarray(labels)
    if not rules:
        raise ValueError("region_panels: no rules; wanted at least one")
    if points.ndim != 2 or points.shape[1] != 2 or labels.shape != (len(points),):
        raise ShapeError(
            f"region_panels: points {points.shape}, labels {labels.shape}; wanted (n, 2), (n)"
        )
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.25 * np.where(high > low, high - low, 1)
    sides = [np.linspace(a, c, FINE) for a, c in zip(low - margin, high + margin, strict=True)]
    grid = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 2)
    classes = int(labels.max()) + 1
    figure = Figure(figsize=(3.1 * len(rules) + 0.9, 3.3))
    panels = figure.subplots(1, len(rules), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (name, scores) in zip(panels, rules.items(), strict=True):
        table = np.asarray(scores(grid))
        if table.shape[:1] != (len(grid),) or table.ndim != 2 or table.shape[1] > len(COLOURS):
            raise ShapeError(
                f"region_panels: {name} gave {table.shape}; wanted ({len(grid)}, k), k <= 7"
            )
        shown = ListedColormap(COLOURS[: table.shape[1]])
        best = table.argmax(axis=1).reshape(FINE, FINE).T
        axes.pcolormesh(*sides, best, cmap=shown, vmin=-0.5, vmax=table.shape[1] - 0.5, alpha=0.25)
        for k in range(classes):
            mine = points[labels == k]
            axes.scatter(
                *mine.T, c=COLOURS[k], marker=MARKERS[k], edgecolors="black", label=f"class {k}"
            )
        axes.set(title=name, xlabel="pixel 0")
    panels[0].set_ylabel("pixel 1")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center")
    return figure


@style.context(LOOK)
def curves(
    x: np.ndarray,
    lines: Mapping[str, Any],
    xlabel: str,
    ylabel: str,
    marks: Mapping[str, tuple[float, float]] | None = None,
    title: str = "",
) -> Figure:
    """Functions of one variable, {name: values at x}; ``marks`` {text: (x, y)} are points on them."""
    if not 1 <= len(lines) <= len(COLOURS):
        raise ValueError(f"curves: {len(lines)} lines; wanted 1..{len(COLOURS)}")
    figure = Figure(figsize=(6.4, 3.4))
    axes = figure.subplots()
    for (name, values), colour, dash in zip(lines.items(), COLOURS, DASHES, strict=False):
        _line("curves", axes, x, name, values, colour, dash)
    for text, place in (marks or {}).items():
        axes.plot(*place, "o", color="black", markersize=5)
        leader = {"arrowstyle": "-", "color": GREY}
        axes.annotate(
            text, place, (0, 22), textcoords="offset points", ha="center", arrowprops=leader
        )
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.grid(alpha=0.3)
    if len(lines) > 1:
        axes.legend()
    return figure


@style.context(LOOK)
def same_place(x: np.ndarray, lines: Mapping[str, Any], xlabel: str, best: float) -> Figure:
    """Curves of different scale above each other; a dashed line marks the optimum they share."""
    if not 1 <= len(lines) <= len(COLOURS):
        raise ValueError(f"same_place: {len(lines)} lines; wanted 1..{len(COLOURS)}")
    figure = Figure(figsize=(6.4, 1.55 * len(lines) + 0.5))
    panels = figure.subplots(len(lines), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (name, values), colour in zip(panels, lines.items(), COLOURS, strict=False):
        _line("same_place", axes, x, name, values, colour, "-")
        axes.axvline(best, color=GREY, linestyle="--", linewidth=1)
        axes.set_title(name, loc="left")
        axes.yaxis.set_major_locator(MaxNLocator(3))
    panels[-1].set_xlabel(xlabel)
    return figure


@style.context(LOOK)
def push_bars(delta: np.ndarray, label: int) -> Figure:
    """Gradient of the loss with respect to the scores: who is pushed down, who is pulled up."""
    delta = np.asarray(delta)
    if delta.ndim != 1 or not delta.size:
        raise ShapeError(f"push_bars: delta has shape {delta.shape}; wanted (k,)")
    if not 0 <= label < len(delta):
        raise ValueError(f"push_bars: label is {label}; wanted 0..{len(delta) - 1}")
    figure = Figure(figsize=(6.0, 2.8))
    axes = figure.subplots()
    colours = [ORANGE if k == label else BLUE for k in range(len(delta))]
    bars = axes.bar(range(len(delta)), delta, color=colours)
    axes.bar_label(bars, [f"{each:+.2f}" for each in delta], fontsize=10, padding=2)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.margins(y=0.2)
    axes.set(xticks=range(len(delta)), xlabel="class", ylabel="d loss / d score")
    axes.set_title("a step downhill lowers the blue scores and raises the orange one")
    return figure


@style.context(LOOK)
def outer_product(delta: np.ndarray, x: np.ndarray) -> Figure:
    """delta (k,) down the side, x (d,) along the top, and their products (k, d) in the middle."""
    delta, x = np.asarray(delta), np.asarray(x)
    if delta.ndim != 1 or x.ndim != 1 or not delta.size or not x.size:
        raise ShapeError(f"outer_product: delta {delta.shape}, x {x.shape}; wanted (k,), (d,)")
    product = np.multiply.outer(delta, x)
    figure = Figure(figsize=(0.8 * len(x) + 2.6, 0.55 * len(delta) + 1.7))
    grid = figure.subplots(2, 2, width_ratios=[1, len(x)], height_ratios=[1, len(delta)])
    limit = 1.6 * max(float(np.abs(product).max()), 1e-9)
    grid[0, 0].axis("off")
    _cells(grid[0, 1], x[None], "gray", 0, 1.25 * max(float(x.max()), 1e-9))
    _cells(grid[1, 0], delta[:, None], "RdBu_r", -limit, limit)
    _cells(grid[1, 1], product, "RdBu_r", -limit, limit)
    grid[0, 1].set_title("x")
    grid[1, 0].set_title("delta")
    grid[1, 1].set_title("dw[k,d] = delta[k] x[d]")
    return figure


def _cells(axes: Axes, table: np.ndarray, colours: str, low: float, high: float) -> None:
    """A table as coloured cells with its numbers in them."""
    axes.imshow(table, cmap=colours, vmin=low, vmax=high, aspect="auto")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(True)
    for (row, column), value in np.ndenumerate(table):
        dark = colours == "gray" and value < (low + high) / 2
        axes.text(
            column, row, _plain(value), color="white" if dark else "black", ha="center", va="center"
        )


def _words(axes: Axes, text: str, weight: str = "normal") -> None:
    axes.axis("off")
    axes.text(0.5, 0.5, text, ha="center", va="center", weight=weight, transform=axes.transAxes)


def _plain(number: float) -> str:
    return f"{float(number):.3g}"


def _term(number: float) -> str:
    """As it stands in a sum or a product: a negative number in parentheses."""
    return f"({_plain(number)})" if number < 0 else _plain(number)


def _line(
    name: str, axes: Axes, x: np.ndarray, label: str, values: Any, colour: str, dash: Any
) -> None:
    values = np.asarray(values, dtype=float)
    if values.shape != np.shape(x) or not np.isfinite(values).all():
        raise ValueError(
            f"{name}: {label} has shape {values.shape}; wanted finite numbers {np.shape(x)}"
        )
    axes.plot(x, values, color=colour, linestyle=dash, label=label)
