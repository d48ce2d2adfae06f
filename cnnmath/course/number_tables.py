"""Pictures of small tables with their numbers: one step of a convolution, of its way back, pooling.

A kernel entry has one colour throughout a picture, so that the eye follows it.
"""

import textwrap
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnnmath.course.arithmetic import Cell, matrix, outside, plain, products, so_far, way_back
from cnnmath.course.figures import LOOK
from cnnmath.ops import ShapeError, conv2d, max_pool2d, mean_pool2d, rot180
from cnnmath.ops.windows import Windows, pad, pair, windows

WINDOW, RESULT, BORDER = "#ffd58a", "#a9d3ee", "#eeeeee"  # pale orange, blue and grey under black
FADED = "#666666"
LETTER, LINE = 0.093, 0.22  # inches: a letter and a line of 11 points
WIDEST = 11.5  # inches: beyond that a notebook shrinks the numbers


class Table(NamedTuple):
    """A table of numbers: NaN is a cell still empty; colours of cells; numbers to be set in grey."""

    title: str
    values: np.ndarray
    colours: Mapping[Cell, Any] = {}
    faded: AbstractSet[Cell] = frozenset()
    frames: Sequence[tuple[int, int, int, int]] = ()  # (row, column, rows, columns), thick
    sign: str = ""  # what stands before the table


@style.context(LOOK)
def tables(rows: Sequence[Sequence[Table]], captions: Sequence[str]) -> Figure:
    """Rows of tables, all cells of one size; under each row its caption."""
    if not rows or not all(rows) or len(captions) != len(rows):
        raise ValueError(f"tables: {len(rows)} rows, {len(captions)} captions; wanted as many")
    longest = max(len(plain(n)) for row in rows for t in row for n in t.values.flat if n == n)
    cell = max(0.34, LETTER * longest + 0.1)
    widths = [[_width(table, cell) for table in row] for row in rows]
    width = max(sum(row) + 0.25 * (len(row) + 1) + _signs(rows[k]) for k, row in enumerate(widths))
    if width > WIDEST:
        raise ValueError(f"tables: {width:.1f} inches wide; wanted at most {WIDEST}, to be read")
    wrapped = [textwrap.wrap(text, int((width - 0.2) / LETTER)) for text in captions]
    pairs = list(zip(rows, wrapped, strict=True))
    height = sum(_height(row, lines, cell) for row, lines in pairs)
    figure = Figure(figsize=(width, height))
    figure.set_layout_engine("none")  # every place is computed here
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    top = 0.0
    for (row, lines), mine in zip(pairs, widths, strict=True):
        _row(axes, row, mine, top, cell, lines)
        top += _height(row, lines, cell)
    return figure


def _row(
    axes: Axes, row: Sequence[Table], widths: Sequence[float], top: float, cell: float, lines: list
) -> None:
    heads = max(table.title.count("\n") + 1 for table in row)
    under = top + 0.12 + LINE * heads
    tallest = max(len(table.values) for table in row) * cell
    spare = axes.get_xlim()[1] - sum(widths) - 0.25 * (len(row) + 1) - _signs(row)
    left = 0.25 + spare / 2
    for table, width in zip(row, widths, strict=True):
        if table.sign:
            middle = under + tallest / 2
            axes.text(left + 0.02, middle, table.sign, ha="center", va="center", fontsize=15)
            left += 0.3
        start = under + (tallest - len(table.values) * cell) / 2
        inner = left + (width - table.values.shape[1] * cell) / 2
        axes.text(left + width / 2, start - 0.05, table.title, ha="center", va="bottom")
        _cells(axes, table, inner, start, cell)
        left += width + 0.25
    below = under + tallest + 0.12
    for k, line in enumerate(lines):
        axes.text(axes.get_xlim()[1] / 2, below + LINE * (k + 0.5), line, ha="center", va="center")


def _cells(axes: Axes, table: Table, left: float, top: float, cell: float) -> None:
    for (row, column), value in np.ndenumerate(table.values):
        corner = (left + column * cell, top + row * cell)
        colour = table.colours.get((row, column), "white")
        box = Rectangle(corner, cell, cell, facecolor=colour, edgecolor="#888888", linewidth=0.7)
        axes.add_patch(box)
        if np.isfinite(value):
            ink = FADED if (row, column) in table.faded else "black"
            middle = (corner[0] + cell / 2, corner[1] + cell / 2)
            axes.text(*middle, plain(value), color=ink, ha="center", va="center_baseline")
    for row, column, rows, columns in table.frames:
        corner = (left + column * cell, top + row * cell)
        box = Rectangle(corner, columns * cell, rows * cell, fill=False, edgecolor="black")
        box.set(linewidth=2, zorder=3)
        axes.add_patch(box)


def _width(table: Table, cell: float) -> float:
    title = max(len(line) for line in table.title.split("\n"))
    return max(table.values.shape[1] * cell, LETTER * title)


def _height(row: Sequence[Table], lines: Sequence[str], cell: float) -> float:
    heads = max(table.title.count("\n") + 1 for table in row)
    return LINE * (heads + len(lines)) + max(len(t.values) for t in row) * cell + 0.32


def _signs(row: Sequence[Table]) -> float:
    return 0.3 * sum(bool(table.sign) for table in row)


def tints(kernel: tuple[int, int]) -> np.ndarray:
    """A pale colour for each kernel entry, (p, q, 3); dark enough apart in grey, too."""
    strong = matplotlib.colormaps["viridis"](np.linspace(0, 1, kernel[0] * kernel[1]))[:, :3]
    return (0.5 + 0.5 * strong).reshape(*kernel, 3)


def kernel_on_image(
    x: np.ndarray, w: np.ndarray, i: int, j: int, stride: Any = 1, padding: Any = 0
) -> Figure:
    """One entry z[i,j] by hand: the kernel w (p, q) lies on the image x (u, v); zeros around it."""
    x, w = matrix("kernel_on_image", "x", x), matrix("kernel_on_image", "w", w)
    geometry = windows("kernel_on_image", x.shape, w.shape, stride, padding)
    z = conv2d(x[None, None], w[None, None], stride=stride, padding=padding)[0][0, 0]
    _inside("kernel_on_image", (i, j), z.shape)
    padded, colours = pad(x, geometry), _colours(tints(w.shape))
    at = (i * geometry.stride[0], j * geometry.stride[1])
    seen = _window(padded, at, w.shape)
    border = outside(geometry)
    over = _colours(tints(w.shape), at)
    lying, faded = dict.fromkeys(border, BORDER) | over, border - over.keys()
    name = "input x" if not border else "input x and its padding"
    row = [
        Table(name, padded, lying, faded, [(*at, *w.shape)]),
        Table("kernel w", w, colours, sign="×"),
        Table("products", seen * w, colours, sign="="),
        Table("output z", so_far(z, i, j), {(i, j): WINDOW}, frames=[(i, j, 1, 1)], sign="→"),
    ]
    return tables([row], [f"z[{i},{j}] = {products(seen, w)} = {plain(z[i, j])}"])


def full_correlation_step(dz: np.ndarray, w: np.ndarray, u: int, v: int) -> Figure:
    """One entry dx[u,v] of the way back at stride 1: the turned kernel lies on dz with zeros around."""
    dz, w = matrix("full_correlation_step", "dz", dz), matrix("full_correlation_step", "w", w)
    padded, dx, border = way_back(dz, w)
    _inside("full_correlation_step", (u, v), dx.shape)
    turned, seen = rot180(w), _window(padded, (u, v), w.shape)
    colours = tints(w.shape)
    flipped = colours[::-1, ::-1]  # each entry keeps its colour when the kernel is turned
    over = _colours(flipped, (u, v))
    lying, faded = dict.fromkeys(border, BORDER) | over, border - over.keys()
    row = [
        Table("dz, zeros around it", padded, lying, faded, [(u, v, *w.shape)]),
        Table("w", w, _colours(colours)),
        Table("turned\nby 180°", turned, _colours(flipped), sign="→"),
        Table("products", seen * turned, _colours(flipped), sign="="),
        Table("dx so far", so_far(dx, u, v), {(u, v): WINDOW}, frames=[(u, v, 1, 1)], sign="→"),
    ]
    return tables([row], [f"dx[{u},{v}] = {products(seen, turned)} = {plain(dx[u, v])}"])


def dilated_delta(dz: np.ndarray, stride: Any, kernel: Any) -> Figure:
    """dz, then S - 1 zeros put between its entries, then P - 1 zeros around: what the way back reads."""
    dz = matrix("dilated_delta", "dz", dz)
    s1, s2 = pair("dilated_delta", "stride", stride, 1)
    p, q = pair("dilated_delta", "kernel", kernel, 1)
    spread = np.zeros(((len(dz) - 1) * s1 + 1, (dz.shape[1] - 1) * s2 + 1))
    spread[::s1, ::s2] = dz
    padded = np.pad(spread, ((p - 1, p - 1), (q - 1, q - 1)))
    own = {(i * s1, j * s2) for i, j in np.ndindex(dz.shape)}
    around = {(i + p - 1, j + q - 1) for i, j in own}
    row = [
        Table("dz", dz, dict.fromkeys(np.ndindex(dz.shape), RESULT)),
        _spread(f"zeros between, stride {_size((s1, s2))}", spread, own, "→"),
        _spread(f"zeros around, kernel {_size((p, q))}", padded, around, "→"),
    ]
    row[2] = row[2]._replace(frames=[(p - 1, q - 1, *spread.shape)])
    reached = (padded.shape[0] - p + 1, padded.shape[1] - q + 1)
    sizes = " → ".join(_size(t.values.shape) for t in row)
    return tables([row], [f"{sizes}; the kernel fits on it in {_size(reached)} places"])


def pooling_picture(
    x: np.ndarray, size: Any, stride: Any = None, dy: np.ndarray | None = None
) -> Figure:
    """Max and mean pooling of x (u, v), and where the gradients dy (default: ones) go back to."""
    x = matrix("pooling_picture", "x", x)
    geometry = windows("pooling_picture", x.shape, size, size if stride is None else stride)
    largest, max_back = max_pool2d(x[None, None], size, stride=stride)
    mean, mean_back = mean_pool2d(x[None, None], size, stride=stride)
    dy = np.ones(geometry.output) if dy is None else matrix("pooling_picture", "dy", dy)
    if dy.shape != geometry.output:
        raise ShapeError(f"pooling_picture: dy has shape {dy.shape}; wanted {geometry.output}")
    (dx_max,), (dx_mean,) = max_back(dy[None, None]), mean_back(dy[None, None])
    (route,) = max_back(np.ones_like(largest))
    winners = {(u, v): WINDOW for u, v in np.ndindex(x.shape) if route[0, 0, u, v]}
    frames = _apart(geometry)
    blue = dict.fromkeys(np.ndindex(geometry.output), RESULT)
    reached = {(u, v): RESULT for u, v in np.ndindex(x.shape) if dx_mean[0, 0, u, v]}
    lost = set(np.ndindex(x.shape)) - winners.keys()
    forward = [
        Table("input x", x, winners, frames=frames),
        Table("max", largest[0, 0], dict.fromkeys(blue, WINDOW), sign="→"),
        Table("mean", mean[0, 0], blue, sign="or"),
    ]
    back = [
        Table("dy", dy),
        Table("dx of the max", dx_max[0, 0], winners, lost, frames, sign="→"),
        Table("dx of the mean", dx_mean[0, 0], reached, frozenset(), frames, sign="or"),
    ]
    said = "back: to the first largest, or to all in equal shares"
    said += "" if frames else "; shares of overlapping windows add up"
    window = f"windows {_size(geometry.kernel)}, stride {_size(geometry.stride)}"
    return tables([forward, back], [f"forward: {window}", said])


def _window(padded: np.ndarray, at: Cell, kernel: tuple[int, ...]) -> np.ndarray:
    return padded[at[0] : at[0] + kernel[0], at[1] : at[1] + kernel[1]]


def _colours(colours: np.ndarray, at: Cell = (0, 0)) -> dict[Cell, Any]:
    return {(at[0] + p, at[1] + q): colours[p, q] for p, q in np.ndindex(colours.shape[:2])}


def _spread(title: str, values: np.ndarray, own: set[Cell], sign: str) -> Table:
    zeros = set(np.ndindex(values.shape)) - own
    return Table(
        title, values, dict.fromkeys(zeros, BORDER) | dict.fromkeys(own, RESULT), zeros, sign=sign
    )


def _apart(geometry: Windows) -> list[tuple[int, int, int, int]]:
    """The windows as frames, if they do not overlap."""
    (p, q), (s1, s2) = geometry.kernel, geometry.stride
    if p > s1 or q > s2:
        return []
    return [(i * s1, j * s2, p, q) for i, j in np.ndindex(geometry.output)]


def _inside(name: str, place: Cell, shape: tuple[int, ...]) -> None:
    if not all(0 <= k < size for k, size in zip(place, shape, strict=True)):
        raise ValueError(f"{name}: no entry {list(place)} in an output of {_size(shape)}")


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
