"""Pictures of chapter 04: block sums and their way back, connection tables, weights of mixtures."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cnnmath.course.arithmetic import matrix, plain
from cnnmath.course.figures import COLOURS, GREY, LOOK
from cnnmath.course.number_tables import RESULT, WINDOW, Table, tables
from cnnmath.ops import ShapeError, subsample2d

FINE = 60  # points on an edge of the triangle
DASHES_BY_KIND = ("-", "--", "-.", ":")


def subsampling_picture(
    x: np.ndarray, beta: float, b: float, size: Any, dz: np.ndarray | None = None
) -> Figure:
    """Block sums of x (u, v), scaled and shifted; and where the gradients dz (default: ones) go back to."""
    x = matrix("subsampling_picture", "x", x)
    one, none = np.ones(1), np.zeros(1)
    down, _ = subsample2d(x[None, None], one, none, size)
    z, backward = subsample2d(x[None, None], one * beta, one * b, size)
    dz = np.ones(z.shape[2:]) if dz is None else matrix("subsampling_picture", "dz", dz)
    if dz.shape != z.shape[2:]:
        raise ShapeError(f"subsampling_picture: dz has shape {dz.shape}; wanted {z.shape[2:]}")
    dx, dbeta, db = backward(dz[None, None])
    rows, columns = (n // m for n, m in zip(x.shape, dz.shape, strict=True))
    frames = [(rows * i, columns * j, rows, columns) for i, j in np.ndindex(dz.shape)]
    cells = list(np.ndindex(dz.shape))
    blue, orange = dict.fromkeys(cells, RESULT), dict.fromkeys(cells, WINDOW)
    forward = [
        Table("input x", x, frames=frames),
        Table("down(x)", down[0, 0], blue, sign="→"),
        Table("z", z[0, 0], orange, sign="→"),
    ]
    back = [
        Table("dz", dz, orange),
        Table("dx", dx[0, 0], frames=frames, sign="→"),
    ]
    knobs = f"z = {plain(beta)} down(x) {'-' if b < 0 else '+'} {plain(abs(b))}"
    said = f"back: copied to the block, times {plain(beta)}"
    sums = f"dbeta = sum of dz times down(x) = {plain(dbeta[0])}, db = sum of dz = {plain(db[0])}"
    return tables([forward, back], [f"forward: {knobs}", f"{said}; {sums}"])


@style.context(LOOK)
def connection_table(table: Sequence[Sequence[int]], inputs: int) -> Figure:
    """Which of the ``inputs`` maps below each output map sees: a column of crosses per output map."""
    if not table or not all(0 <= c < inputs for row in table for c in row):
        raise ValueError(
            f"connection_table: {len(table)} rows with entries {sorted({c for r in table for c in r})}; "
            f"wanted entries from 0 to {inputs - 1}"
        )
    figure = Figure(figsize=(0.36 * len(table) + 1.1, 0.36 * inputs + 0.9))
    axes = figure.subplots()
    seen = np.zeros((inputs, len(table)))
    for o, row in enumerate(table):
        seen[list(row), o] = 1
    axes.imshow(seen, cmap="Blues", vmin=0, vmax=1.6, aspect="equal")
    for c, o in zip(*np.nonzero(seen), strict=True):
        axes.text(o, c, "×", ha="center", va="center")
    axes.set_xticks(range(len(table)))
    axes.set_yticks(range(inputs))
    axes.set_xticks(np.arange(len(table) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(inputs + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#bbbbbb", linewidth=0.7)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    axes.set(xlabel="output map o", ylabel="input map c")
    return figure


def triangle(points: int = FINE) -> np.ndarray:
    """Three weights that are positive and sum to 1, (m, 3): a grid without the border."""
    grid = [(a, b, points - a - b) for a in range(1, points) for b in range(1, points - a)]
    return np.array(grid) / points


@style.context(LOOK)
def on_the_triangle(penalties: Mapping[str, Callable[[np.ndarray], Any]]) -> Figure:
    """Values of functions of three weights (m, 3) that sum to 1; equal weights are in the middle.

    Lines are lines of equal value. A function without any is drawn flat: it has one value only.
    """
    if not 1 <= len(penalties) <= 4:
        raise ValueError(f"on_the_triangle: {len(penalties)} functions; wanted 1..4")
    weights = triangle()
    corners = np.array([[0.0, 0], [1, 0], [0.5, np.sqrt(3) / 2]])
    places = weights @ corners
    figure = Figure(figsize=(3.1 * len(penalties), 3.3))
    for axes, (name, penalty) in zip(
        np.atleast_1d(figure.subplots(1, len(penalties))), penalties.items(), strict=True
    ):
        values = np.array([float(penalty(each)) for each in weights])
        low, high = values.min(), values.max()
        flat = high - low < 1e-12 * max(1.0, abs(high))
        axes.fill(*corners.T, color="#dfe9f1", linewidth=0)
        if not flat:
            levels = np.linspace(low, high, 9)
            axes.tricontourf(*places.T, values, levels=levels, cmap="Blues_r")
            axes.tricontour(*places.T, values, levels=levels[1:-1], colors="black", linewidths=0.5)
        axes.fill(*corners.T, fill=False, edgecolor="black")
        for corner, shift, text in zip(
            corners,
            [(-0.02, -0.09), (0.02, -0.09), (0, 0.05)],
            ["(1, 0, 0)", "(0, 1, 0)", "(0, 0, 1)"],
            strict=True,
        ):
            axes.text(*(corner + shift), text, ha="center", va="center", fontsize=9)
        axes.set_title(f"{name}\n{_range(low, high, flat)}")
        axes.set(xlim=(-0.16, 1.16), ylim=(-0.14, 0.96))
        axes.set_aspect("equal")
        axes.axis("off")
    return figure


def _range(low: float, high: float, flat: bool) -> str:
    return f"{low:.3g} everywhere" if flat else f"{low:.2f} to {high:.2f}"


@style.context(LOOK)
def weights_over_training(runs: Mapping[str, Mapping[int, np.ndarray]]) -> Figure:
    """Weights alpha (o, c) of mixtures at some epochs, {name: {epoch: alpha}}: 0 is white, 1 dark.

    A row of pictures per run; in a picture a row is an output map, a column an input map.
    """
    if not runs or not all(runs.values()):
        raise ValueError("weights_over_training: no runs, or one without weights")
    epochs = list(next(iter(runs.values())))
    for name, run in runs.items():
        if list(run) != epochs:
            raise ValueError(f"weights_over_training: {name} has epochs {list(run)}, not {epochs}")
    shapes = {np.shape(alpha) for run in runs.values() for alpha in run.values()}
    if len(shapes) != 1 or len(shape := shapes.pop()) != 2:
        raise ShapeError(
            f"weights_over_training: weights {shapes or shape}; wanted one shape (o, c)"
        )
    figure = Figure(figsize=(1.35 * len(epochs) + 1.9, (0.14 * shape[0] + 0.25) * len(runs) + 0.6))
    grid = figure.subplots(len(runs), len(epochs), squeeze=False)
    for row, (panels, (name, run)) in enumerate(zip(grid, runs.items(), strict=True)):
        for axes, (epoch, alpha) in zip(panels, run.items(), strict=True):
            alpha = matrix("weights_over_training", f"alpha of {name}", alpha)
            shown = axes.imshow(alpha, cmap="Blues", vmin=0, vmax=1, aspect="auto")
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set(visible=True, color=GREY)
            if row == 0:
                axes.set_title("start" if epoch == 0 else f"epoch {epoch}")
        panels[0].set_ylabel(name, rotation=0, ha="right", va="center")
    for axes in grid[-1]:
        axes.set_xlabel(f"{shape[1]} input maps", fontsize=9)
    figure.colorbar(shown, ax=grid, label="weight", shrink=0.6)
    return figure


@style.context(LOOK)
def entropies(runs: Mapping[str, Sequence[Mapping[int, float]]], equal: float) -> Figure:
    """Mean entropy of the weights over training, {name: [{epoch: entropy}, ...]}, a line per seed;
    ``equal``: the entropy of equal weights, dotted."""
    if not 1 <= len(runs) <= min(len(COLOURS), len(DASHES_BY_KIND)):
        raise ValueError(f"entropies: {len(runs)} kinds of runs; wanted 1..{len(DASHES_BY_KIND)}")
    figure = Figure(figsize=(6.4, 3.4))
    axes = figure.subplots()
    axes.axhline(equal, color=GREY, linewidth=0.8, linestyle=(0, (1, 3)))
    axes.text(0.1, 1.03 * equal, "all weights equal", color=GREY, va="bottom", fontsize=9)
    for (name, seeds), colour, dash, width in zip(
        runs.items(), COLOURS, DASHES_BY_KIND, (4, 1.6, 1.6, 1.6), strict=False
    ):
        for number, run in enumerate(seeds):
            axes.plot(
                list(run),
                list(run.values()),
                color=colour,
                linestyle=dash,
                linewidth=width,
                alpha=0.45 if width == 4 else 1,
                label=name if not number else None,
            )
    axes.set(xlabel="epoch", ylabel="mean entropy of a row", ylim=(0, 1.15 * equal))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left")
    return figure
