"""Pictures for the chapter on convolution: who is connected to whom, and where the windows lie.

One step with all its numbers is in number_tables.py, images and activations are in feature_maps.py.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from cnnmath.course.arithmetic import matrix, plain
from cnnmath.course.figures import BLUE, COLOURS, GREY, LOOK, ORANGE, VERMILION
from cnnmath.course.landscapes import DASHES
from cnnmath.course.number_tables import BORDER, LETTER, WINDOW, tints
from cnnmath.ops import conv2d, conv2d_output_size
from cnnmath.ops.windows import Windows, pair, windows

PIXEL = 0.2  # inches
MOST_UNITS = 100


@style.context(LOOK)
def dense_local_shared(size: int = 6, kernel: int = 3) -> Figure:
    """From every input to every output, to its neighbours only, to its neighbours with one kernel."""
    outputs = conv2d_output_size((1, size), (1, kernel))[1]
    if kernel > len(COLOURS) or size > 12:
        raise ValueError(f"dense_local_shared: size {size}, kernel {kernel}; wanted <= 12, <= 7")
    near = [(i + q, i) for i in range(outputs) for q in range(kernel)]
    everything = [(u, i) for i in range(outputs) for u in range(size)]
    figure = Figure(figsize=(9.4, 3.0))
    panels = figure.subplots(1, 3)
    for axes, name, lines in zip(
        panels,
        ("fully connected", "local", "local and shared"),
        (everything, near, near),
        strict=True,
    ):
        shared = name.endswith("shared")
        weights = {u - i if shared else (u, i) for u, i in lines}
        _two_rows(axes, size, outputs, lines, shared)
        axes.set_title(f"{name}\n{len(lines)} lines, {_count(len(weights), 'weight')}")
    panels[0].text(-0.6, 0, "x", ha="right", va="center")
    panels[0].text(-0.6, 1, "z", ha="right", va="center")
    figure.legend(loc="outside lower center", ncols=kernel, frameon=False)
    return figure


def _two_rows(
    axes: Axes, size: int, outputs: int, lines: Sequence[tuple[int, int]], shared: bool
) -> None:
    """Inputs below, outputs above, the lines between them."""
    start, known = (size - outputs) / 2, set()
    axes.set(xlim=(-1, size - 0.4), ylim=(-0.2, 1.2))
    axes.axis("off")
    for u, i in lines:
        q = u - i
        look: dict[str, Any] = {"color": GREY, "linewidth": 1.0}
        if shared:
            look = {"color": COLOURS[q], "linestyle": DASHES[q], "linewidth": 1.8}
            look["label"] = f"_w[{q}]" if q in known else f"w[{q}]"  # a legend skips the underscore
            known.add(q)
        axes.plot([u, start + i], [0, 1], zorder=1, **look)
    for row, places in enumerate((np.arange(size), start + np.arange(outputs))):
        axes.scatter(places, np.full(len(places), row), s=150, color="white", edgecolors="black")


@style.context(LOOK)
def weight_matrix(w: np.ndarray, size: Any, stride: Any = 1, padding: Any = 0) -> Figure:
    """The convolution with w (p, q) as a matrix: z.ravel() = matrix @ x.ravel(), x of this size.

    A cell has the colour, and the number, of its kernel entry; where no weight stands it is blank.
    """
    w = matrix("weight_matrix", "w", w)
    size = pair("weight_matrix", "size", size, 1)
    output = conv2d_output_size(size, w.shape, stride=stride, padding=padding)
    table, entry = as_matrix(w, size, stride, padding)
    columns = table.shape[1] + w.shape[1]
    cell = max(0.27, LETTER * max(len(plain(number)) for number in w.flat) + 0.04)
    written = cell * columns < 9.4
    cell = cell if written else 7.4 / columns
    figure = Figure(figsize=(cell * columns + 1.9, max(cell * len(table), 1.0) + 0.9))
    ratios = [max(w.shape[1] * cell, 0.9), table.shape[1] * cell]
    key, axes = figure.subplots(1, 2, width_ratios=ratios)
    _coloured(key, w, np.arange(w.size).reshape(w.shape), w.size, written)
    _coloured(axes, table, entry, w.size, written)
    key.set(title="kernel w", xticks=[], yticks=[])
    axes.set_title(f"{len(table)} × {table.shape[1]}, {int((entry >= 0).sum())} cells not blank")
    _blocks(axes.set_yticks, axes.axhline, "z", output)
    _blocks(axes.set_xticks, axes.axvline, "x", size)
    axes.tick_params(length=0)
    return figure


def as_matrix(
    w: np.ndarray, size: tuple[int, int], stride: Any = 1, padding: Any = 0
) -> tuple[np.ndarray, np.ndarray]:
    """The matrix of a convolution (i j, u v), and which entry of w stands in each cell, -1 for none.

    Column k is what conv2d makes of the image that is 1 at its k-th entry and 0 elsewhere.
    """
    images = np.eye(size[0] * size[1]).reshape(-1, 1, *size)
    counted = np.arange(1.0, w.size + 1).reshape(w.shape)
    both = [
        conv2d(images, kernel[None, None], stride=stride, padding=padding)[0].reshape(
            len(images), -1
        )
        for kernel in (w, counted)
    ]
    return both[0].T, both[1].T.astype(int) - 1


def _coloured(
    axes: Axes, table: np.ndarray, entry: np.ndarray, entries: int, written: bool
) -> None:
    colours = np.vstack([tints((1, entries))[0], np.ones((1, 3))])  # the last one, -1, is white
    axes.imshow(colours[entry])
    axes.spines[:].set_visible(True)
    for (row, column), which in np.ndenumerate(entry):
        if written and which >= 0:
            number = plain(table[row, column])
            axes.text(column, row, number, ha="center", va="center_baseline", fontsize=10)


def _blocks(ticks: Any, line: Any, name: str, shape: tuple[int, int]) -> None:
    """A line after each row of the image and its name in the middle: the blocks of the matrix."""
    for block in range(1, shape[0]):
        line(block * shape[1] - 0.5, color="black", linewidth=0.8)
    middle = np.arange(shape[0]) * shape[1] + (shape[1] - 1) / 2
    ticks(middle, [f"{name}[{block},:]" for block in range(shape[0])])


@style.context(LOOK)
def stride_and_padding(size: int, kernel: int, settings: Sequence[tuple[int, int]]) -> Figure:
    """Where the windows lie for each (stride, padding); hatched: what no window reaches.

    The bars above are the windows side by side; rows follow the same rule as columns.
    """
    if not settings:
        raise ValueError("stride_and_padding: no settings; wanted at least one (stride, padding)")
    every = [windows("stride_and_padding", (size, size), kernel, s, z) for s, z in settings]
    titles = [f"stride {s}, padding {z}" for s, z in settings]
    widest = [max(g.padded[1] * PIXEL, LETTER * len(t)) for g, t in zip(every, titles, strict=True)]
    deepest = max(_levels(g) for g in every)
    tallest = max(g.padded[0] for g in every)
    width = (sum(widest) + 0.3 * (len(every) + 1)) / PIXEL
    height = tallest + deepest / 2 + 5.2
    figure = Figure(figsize=(width * PIXEL, height * PIXEL))
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(tallest + 3.2, tallest + 3.2 - height))
    axes.axis("off")
    left = 0.3 / PIXEL
    for geometry, title, wide in zip(every, titles, widest, strict=True):
        middle = left + wide / PIXEL / 2
        axes.text(middle, -deepest / 2 - 0.6, title, ha="center", va="bottom")
        _lying(axes, geometry, middle - geometry.padded[1] / 2)
        said = f"output {geometry.output[0]} × {geometry.output[1]}\n{_unused(geometry)}"
        axes.text(middle, tallest + 0.4, said, ha="center", va="top")
        left += (wide + 0.3) / PIXEL
    return figure


def _lying(axes: Axes, geometry: Windows, left: float) -> None:
    """The padded input, its first window filled, and a bar for each window of a row."""
    reached, (z, _), (kernel, _) = _reached(geometry), geometry.padding, geometry.kernel
    rows, columns = geometry.inside
    for u, v in np.ndindex(geometry.padded):
        own = rows.start <= u < rows.stop and columns.start <= v < columns.stop
        colour = WINDOW if max(u, v) < kernel else "white" if own else BORDER
        box = Rectangle((left + v, u), 1, 1, facecolor=colour, edgecolor="#999999", linewidth=0.6)
        if not reached[u, v]:
            box.set(hatch="////", hatchcolor=VERMILION)
        axes.add_patch(box)
    image = Rectangle(
        (left + z, z), *geometry.size[::-1], fill=False, edgecolor="black", linewidth=2
    )
    axes.add_patch(image)
    for j in range(geometry.output[1]):
        at = (left + j * geometry.stride[1] + 0.1, -0.55 - 0.5 * (j % _levels(geometry)))
        colour = ORANGE if j == 0 else BLUE
        axes.add_patch(Rectangle(at, kernel - 0.2, 0.3, facecolor=colour, edgecolor="none"))


def _levels(geometry: Windows) -> int:
    """How many bars must be stacked so that neighbours do not touch."""
    return min(-(-geometry.kernel[1] // geometry.stride[1]), geometry.output[1])


def _reached(geometry: Windows) -> np.ndarray:
    """Which cells of the padded input lie in some window."""
    reached = np.zeros(geometry.padded, bool)
    for _, _, rows, columns in geometry:
        reached[rows, columns] = True
    return reached


def _unused(geometry: Windows) -> str:
    columns = int((~_reached(geometry)).all(axis=0).sum())
    return f"{_count(columns, 'column')} unused" if columns else ""


@style.context(LOOK)
def receptive_field(layers: Sequence[tuple[int, int]]) -> Figure:
    """What one unit of the last layer sees of each layer below; layers: (kernel, stride) from the input.

    A unit of layer l sees r = r' + (kernel - 1) jump' pixels (r', jump': of layer l - 1, at the input
    both 1), and its neighbour lies jump = stride jump' pixels further.
    """
    if not layers:
        raise ValueError("receptive_field: no layers; wanted at least one (kernel, stride)")
    sees, jumps, starts, counts = _fields(layers)
    if sees[-1] > MOST_UNITS:
        raise ValueError(f"receptive_field: {sees[-1]} pixels; wanted at most {MOST_UNITS}")
    figure = Figure(figsize=(9.4, 0.72 * len(sees) + 0.3))
    axes = figure.subplots()
    axes.axis("off")
    axes.set(xlim=(-1, sees[-1]), ylim=(-0.4, len(layers) + 0.4))
    ends = [
        (start, start + (n - 1) * jump)
        for start, n, jump in zip(starts, counts, jumps, strict=True)
    ]
    cone = [(low - 0.5, k) for k, (low, _) in enumerate(ends)]
    cone += [(high + 0.5, k) for k, (_, high) in reversed(list(enumerate(ends)))]
    axes.add_patch(Polygon(cone, facecolor=WINDOW, alpha=0.6, edgecolor="none", zorder=0))
    for k, (start, n) in enumerate(zip(starts, counts, strict=True)):
        places = start + np.arange(n) * jumps[k]
        if k:
            _fans(axes, places, k, layers[k - 1][0], jumps[k - 1])
        for place in places:
            corner = (place - 0.4, k - 0.16)
            colour = BLUE if k else "#444444"
            axes.add_patch(
                Rectangle(corner, 0.8, 0.32, facecolor=colour, edgecolor="white", zorder=2)
            )
        name = f"layer {k}: kernel {layers[k - 1][0]}, stride {layers[k - 1][1]}" if k else "input"
        said = f"a unit sees {_count(sees[k], 'pixel')}" if k else _count(n, "pixel")
        beside = axes.get_yaxis_transform()
        axes.text(-0.01, k, name, ha="right", va="center", transform=beside)
        axes.text(1.01, k, said, ha="left", va="center", transform=beside)
    return figure


def _fields(
    layers: Sequence[tuple[int, int]],
) -> tuple[list[int], list[int], list[float], list[int]]:
    """For the input and each layer: pixels seen, jump, place of the first unit, number of units."""
    sees, jumps, starts = [1], [1], [0.0]
    for number, (kernel, stride) in enumerate(layers, start=1):
        name = f"receptive_field: layer {number}"
        for argument, value in (("kernel", kernel), ("stride", stride)):
            pair(name, argument, value, 1)  # refuses what is no size
        sees.append(sees[-1] + (kernel - 1) * jumps[-1])
        starts.append(starts[-1] + (kernel - 1) / 2 * jumps[-1])
        jumps.append(jumps[-1] * stride)
    counts = [1]
    for kernel, stride in reversed(layers):
        counts.append((counts[-1] - 1) * stride + kernel)
    return sees, jumps, starts, counts[::-1]


def _fans(axes: Axes, places: np.ndarray, k: int, kernel: int, jump: int) -> None:
    """From each unit down to the first and the last unit that it reads."""
    reach = (kernel - 1) / 2 * jump
    for place in places:
        for side in (-reach, reach):
            axes.plot([place, place + side], [k, k - 1], color=GREY, linewidth=0.8, zorder=1)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + "s" * (number != 1)
