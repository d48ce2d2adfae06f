"""Pictures of images, classes and probabilities: pure functions of arrays that return a Figure.

No pyplot and no global state: the same arrays give the same bytes. Landscapes of losses and
decision regions are in landscapes.py.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cnnmath.ops import ShapeError

LOOK: list[str | dict[str, Any]] = [
    "default",  # whatever the reader's matplotlibrc says
    {
        "figure.dpi": 80,
        "figure.constrained_layout.use": True,
        "font.size": 11,
        "axes.titlesize": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "image.interpolation": "nearest",
        "image.cmap": "gray",
    },
]
# Okabe and Ito's colours, which colour-blind readers can tell apart; black and yellow left out
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#777777")
BLUE, ORANGE, VERMILION, GREY = "#0072B2", "#E69F00", "#D55E00", "#777777"


@style.context(LOOK)
def image_grid(images: np.ndarray, titles: Sequence[str] | None = None, columns: int = 5) -> Figure:
    """Images (n, u, v) or (n, 1, u, v) with values in [0, 1], black to white, in rows."""
    images = np.asarray(images)
    if images.ndim == 4 and images.shape[1] == 1:
        images = images[:, 0]
    if images.ndim != 3 or not len(images):
        raise ShapeError(f"image_grid: images has shape {images.shape}; wanted (n, u, v), n >= 1")
    titles = [""] * len(images) if titles is None else list(titles)
    if len(titles) != len(images):
        raise ValueError(f"image_grid: {len(titles)} titles for {len(images)} images")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    lines = [line for title in titles for line in title.split("\n")]
    width = max(1.4, 0.1 * max(map(len, lines)))  # inches: titles of neighbours do not touch
    height = 1.35 + 0.2 * max(len(title.split("\n")) for title in titles) * any(titles)
    figure = Figure(figsize=(width * columns, height * rows))
    for axes in figure.subplots(rows, columns, squeeze=False).flat:
        axes.axis("off")
    for axes, image, title in zip(figure.axes, images, titles, strict=False):
        axes.imshow(image, vmin=0, vmax=1)
        axes.set_title(title)
    return figure


@style.context(LOOK)
def pixel_table(image: np.ndarray, top: int = 16, title: str = "") -> Figure:
    """One image (u, v) in [0, 1] with the number of each pixel, 0 .. ``top``, in its cell."""
    image = _plane("pixel_table", image)
    figure = Figure(figsize=(4.2, 4.2 + 0.3 * bool(title)))
    axes = figure.subplots()
    axes.axis("off")
    axes.imshow(image, vmin=0, vmax=1)
    for (row, column), value in np.ndenumerate(image):
        ink = "black" if value > 0.5 else "white"
        axes.text(column, row, f"{value * top:.0f}", color=ink, ha="center", va="center")
    axes.set_title(title)
    return figure


@style.context(LOOK)
def templates(w: np.ndarray, titles: Sequence[str] | None = None) -> Figure:
    """The rows of w (k, d) as square pictures: blue lowers a score, red raises it, white is 0."""
    w = np.asarray(w)
    side = int(np.sqrt(w.shape[-1])) if w.ndim == 2 else 0
    if w.ndim != 2 or side * side != w.shape[1] or not w.size:
        raise ShapeError(f"templates: w has shape {w.shape}; wanted (k, d), d a square number")
    titles = [str(k) for k in range(len(w))] if titles is None else list(titles)
    if len(titles) != len(w):
        raise ValueError(f"templates: {len(titles)} titles for {len(w)} rows")
    columns = min(5, len(w))
    rows, limit = -(-len(w) // columns), float(np.abs(w).max()) or 1.0
    figure = Figure(figsize=(1.45 * columns + 0.7, 1.6 * rows))
    for axes in figure.subplots(rows, columns, squeeze=False).flat:
        axes.axis("off")
    for axes, row, title in zip(figure.axes, w, titles, strict=False):
        shown = axes.imshow(row.reshape(side, side), cmap="RdBu_r", vmin=-limit, vmax=limit)
        axes.set_title(title)
    figure.colorbar(shown, ax=figure.axes, shrink=0.9, label="weight")
    return figure


@style.context(LOOK)
def confusion(matrix: np.ndarray) -> Figure:
    """Counts (k, k): how many of class row were taken for class column. Mistakes are coloured."""
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ShapeError(f"confusion: matrix has shape {matrix.shape}; wanted (k, k)")
    if not np.issubdtype(matrix.dtype, np.integer) or (matrix < 0).any():
        raise ValueError(f"confusion: matrix of {matrix.dtype}; wanted counts, integers >= 0")
    mistakes = matrix * (1 - np.eye(len(matrix), dtype=int))
    figure = Figure(figsize=(5.2, 5.0))
    axes = figure.subplots()
    shade = np.ma.masked_equal(mistakes, 0)  # masked cells stay white
    axes.imshow(shade, cmap="Oranges", vmin=0, vmax=1.5 * max(1, mistakes.max()))
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            weight = "normal" if row == column else "bold"
            axes.text(column, row, str(count), ha="center", va="center", weight=weight)
    classes = range(len(matrix))
    axes.set(xticks=classes, yticks=classes, xlabel="class predicted", ylabel="true class")
    axes.set_title(f"{matrix.trace()} of {matrix.sum()} right; mistakes in orange")
    axes.spines[:].set_visible(True)
    return figure


@style.context(LOOK)
def probability_bars(p: np.ndarray, label: int | None = None) -> Figure:
    """Probabilities (k,) as bars, the one of the true class in another colour."""
    p = np.asarray(p)
    if p.ndim != 1 or not p.size:
        raise ShapeError(f"probability_bars: p has shape {p.shape}; wanted (k,)")
    if not (p >= 0).all() or abs(p.sum() - 1) > 1e-3:
        raise ValueError(f"probability_bars: p has sum {p.sum():g}; wanted probabilities")
    if label is not None and not 0 <= label < len(p):
        raise ValueError(f"probability_bars: label is {label}; wanted 0..{len(p) - 1}")
    figure = Figure(figsize=(6.0, 2.6))
    axes = figure.subplots()
    bars = axes.bar(range(len(p)), p, color=[ORANGE if k == label else BLUE for k in range(len(p))])
    axes.bar_label(bars, [f"{each:.2f}" for each in p], fontsize=10, padding=1)
    axes.set(xticks=range(len(p)), xlabel="class", ylabel="probability", ylim=(0, 1.12))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    if label is not None:
        axes.set_title(f"the true class, {label} (orange), gets probability {p[label]:.2f}")
    return figure


def _plane(name: str, image: np.ndarray) -> np.ndarray:
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[0] == 1:
        image = image[0]
    if image.ndim != 2 or not image.size:
        raise ShapeError(f"{name}: image has shape {image.shape}; wanted (u, v)")
    return image
