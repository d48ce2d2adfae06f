"""Pictures of images under filters: responses, learned filters, activations, mistakes.

Blue is negative, white is 0, red is positive; a map without negative entries is black (0) to white.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnnmath.course.arithmetic import matrix, plain
from cnnmath.course.figures import GREY, LOOK
from cnnmath.ops import ShapeError, conv2d

SHOWN = 8  # maps in a row
SIGNED = "RdBu_r"


@style.context(LOOK)
def edge_filters(image: np.ndarray, filters: Sequence[np.ndarray], names: Sequence[str]) -> Figure:
    """An image (u, v), small filters (p, q) with their numbers, and under each what it responds."""
    image = matrix("edge_filters", "image", image)
    kernels = [matrix("edge_filters", f"filter {k}", each) for k, each in enumerate(filters)]
    if not kernels or len(kernels) != len(names):
        raise ValueError(
            f"edge_filters: {len(kernels)} filters, {len(names)} names; wanted as many"
        )
    answers = [conv2d(image[None, None], each[None, None])[0][0, 0] for each in kernels]
    most = max(float(np.abs(each).max()) for each in answers) or 1.0
    figure = Figure(figsize=(1.75 * len(kernels) + 2.9, 4.1))
    grid = figure.subplots(2, len(kernels) + 1, squeeze=False)
    _picture(grid[1, 0], image, "image")
    grid[0, 0].axis("off")
    for column, (kernel, answer, name) in enumerate(zip(kernels, answers, names, strict=True), 1):
        _numbers(grid[0, column], kernel)
        grid[0, column].set_title(name)
        shown = grid[1, column].imshow(answer, cmap=SIGNED, vmin=-most, vmax=most)
        _framed(grid[1, column])
    figure.colorbar(shown, ax=list(grid[1]), label="response", shrink=0.9)
    return figure


@style.context(LOOK)
def filters(w: np.ndarray) -> Figure:
    """The filters of a first layer, w (o, 1, p, q) or (o, p, q)."""
    w = np.asarray(w, dtype=float)
    if w.ndim == 4 and w.shape[1] == 1:
        w = w[:, 0]
    if w.ndim != 3 or not w.size:
        raise ShapeError(f"filters: w has shape {w.shape}; wanted (o, 1, p, q) or (o, p, q)")
    columns = min(SHOWN, len(w))
    rows, most = -(-len(w) // columns), float(np.abs(w).max()) or 1.0
    figure = Figure(figsize=(1.05 * columns + 1.2, 1.3 * rows + 0.1))
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes in panels.flat:
        axes.axis("off")
    for o, (axes, kernel) in enumerate(zip(panels.flat, w, strict=False)):
        axes.axis("on")
        _framed(axes)
        shown = axes.imshow(kernel, cmap=SIGNED, vmin=-most, vmax=most)
        axes.set_title(f"w[{o}]")
    figure.colorbar(shown, ax=panels.ravel().tolist(), label="weight")
    return figure


@style.context(LOOK)
def feature_maps(x: np.ndarray, maps: Mapping[str, np.ndarray]) -> Figure:
    """One image x (u, v) or (1, u, v) and what the layers make of it, {name: (c, i, j) or (k,)}.

    One row per layer, its first eight maps; the maps of a layer share one scale.
    """
    x = np.asarray(x, dtype=float)
    x = x[0] if x.ndim == 3 and len(x) == 1 else x
    rows = {"input": matrix("feature_maps", "x", x)[None]}
    for name, values in maps.items():
        rows[name] = np.asarray(values, dtype=float)
        if rows[name].ndim not in (1, 3) or not rows[name].size:
            shape = rows[name].shape
            raise ShapeError(f"feature_maps: {name} has shape {shape}; wanted (c, i, j) or (k,)")
    heights = [0.45 if each.ndim == 1 else 1.0 for each in rows.values()]
    figure = Figure(figsize=(9.4, 1.05 * sum(heights) + 0.15))
    outer = figure.subfigures(len(rows), 1, height_ratios=heights, squeeze=False)[:, 0]
    for part, (name, values) in zip(outer, rows.items(), strict=True):
        _layer(part, name, values)
    return figure


def _layer(part: Any, name: str, values: np.ndarray) -> None:
    """A row: the name and the sizes of a layer, then its maps, or its vector as one strip."""
    vector = values.ndim == 1
    shown = [values[None]] if vector else list(values[:SHOWN])
    panels = part.subplots(1, SHOWN + 1, width_ratios=[2.2] + [1] * SHOWN, squeeze=False)[0]
    if vector:
        wide = part.add_subplot(panels[0].get_gridspec()[0, 1:])
        for axes in panels[1:]:
            axes.remove()
        panels = [panels[0], wide]
    for axes in panels:
        axes.axis("off")
    hidden = len(values) - len(shown) if not vector else 0
    size = " × ".join(map(str, values.shape))
    said = f"{name}\n{size}" + (f", {len(shown)} shown" if hidden else "")
    panels[0].text(1, 0.5, said, ha="right", va="center", transform=panels[0].transAxes)
    low, high, colours = _scale(values)
    for axes, each in zip(panels[1:], shown, strict=False):
        aspect = "auto" if vector else "equal"
        axes.axis("on")
        _framed(axes)
        axes.imshow(each, cmap=colours, vmin=low, vmax=high, aspect=aspect)


def _scale(values: np.ndarray) -> tuple[float, float, str]:
    most = float(np.abs(values).max()) or 1.0
    return (-most, most, SIGNED) if values.min() < 0 else (0.0, most, "gray")


@style.context(LOOK)
def mistakes(
    x: np.ndarray, t: np.ndarray, predicted: np.ndarray, most: int = 10, columns: int = 5
) -> Figure:
    """The first wrongly classified images of x (n, 1, u, v): labels t (n,), classes predicted (n,).

    The picture has room for ``most`` of them, so its size does not depend on how many there are.
    """
    x, t, predicted = np.asarray(x), np.asarray(t), np.asarray(predicted)
    if x.ndim != 4 or x.shape[1] != 1 or not len(x):
        raise ShapeError(f"mistakes: x has shape {x.shape}; wanted (n, 1, u, v), n >= 1")
    if t.shape != (len(x),) or predicted.shape != (len(x),):
        raise ShapeError(f"mistakes: t {t.shape}, predicted {predicted.shape}; wanted ({len(x)},)")
    if most < 1 or columns < 1:
        raise ValueError(f"mistakes: most {most}, columns {columns}; wanted at least 1")
    (wrong,) = np.nonzero(t != predicted)
    rows = -(-most // columns)
    figure = Figure(figsize=(1.6 * columns, 1.75 * rows + 0.4))
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes in panels.flat:
        axes.axis("off")
    for axes, n in zip(panels.flat, wrong[:most], strict=False):
        axes.imshow(x[n, 0])
        axes.set_title(f"{t[n]} taken for {predicted[n]}")
    some = f"; the first {most}" if len(wrong) > most else ""
    figure.suptitle(f"{len(wrong)} of {len(x)} wrong{some}", fontsize=11)
    return figure


def _picture(axes: Axes, image: np.ndarray, title: str) -> None:
    low, high, colours = _scale(image)
    axes.imshow(image, cmap=colours, vmin=low, vmax=high)
    axes.set_title(title)
    _framed(axes)


def _framed(axes: Axes) -> None:
    """No ticks, and a thin frame: white pixels end somewhere on a white page."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=True, color=GREY, linewidth=0.7)


def _numbers(axes: Axes, kernel: np.ndarray) -> None:
    """A filter as coloured cells, pale enough for the numbers in them."""
    limit = 1.8 * float(np.abs(kernel).max()) or 1.0
    axes.imshow(kernel, cmap=SIGNED, vmin=-limit, vmax=limit)
    _framed(axes)
    for (row, column), value in np.ndenumerate(kernel):
        axes.text(column, row, plain(value), ha="center", va="center_baseline")
