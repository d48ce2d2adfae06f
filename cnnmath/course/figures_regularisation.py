"""Pictures of chapter 05 on regularisation: accuracies over several seeds, the windows of crops."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnnmath.course.arithmetic import matrix
from cnnmath.course.figures import COLOURS, LOOK
from cnnmath.course.landscapes import DASHES, MARKERS
from cnnmath.data.crops import five_crop, five_places

Runs = Sequence[Mapping[float, float]]  # one run per seed: {x: accuracy}
PLACES = ("top left", "top right", "bottom left", "bottom right", "centre")


@style.context(LOOK)
def accuracy_panels(
    panels: Mapping[str, Mapping[str, Runs]], xlabel: str, log: bool = False
) -> Figure:
    """Accuracies over x, {panel: {name: [{x: accuracy}, one per seed]}}: dots, and the line of their mean."""
    if not panels or not all(panels.values()):
        raise ValueError("accuracy_panels: no panels, or one without runs")
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    if len(names) > len(COLOURS):
        raise ValueError(f"accuracy_panels: {len(names)} names; wanted at most {len(COLOURS)}")
    legend = 0.09 * max(map(len, names)) + 0.7  # inches
    figure = Figure(figsize=(max(4.2, 3.0 * len(panels)) + legend, 3.4))
    row = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    handles = {}
    for axes, (title, lines) in zip(row, panels.items(), strict=True):
        for name, runs in lines.items():
            handles[name] = _seeds(axes, name, runs, names.index(name))
        axes.set(title=title, xlabel=xlabel, xscale="log" if log else "linear")
        places = sorted({x for runs in lines.values() for x in runs[0]})
        axes.set_xticks(places, [f"{x:g}" for x in places])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    row[0].set_ylabel("accuracy on the test digits")
    figure.legend(handles.values(), handles, loc="outside right center")
    return figure


def _seeds(axes: Axes, name: str, runs: Runs, number: int) -> Any:
    """The runs of one name; the line of their mean."""
    x = [list(run) for run in runs]
    if not runs or not x[0] or any(each != x[0] for each in x):
        raise ValueError(f"accuracy_panels: {name} has runs over {x}; wanted the same x in each")
    table = np.array([list(run.values()) for run in runs], dtype=float)
    if not ((table >= 0) & (table <= 1)).all():
        raise ValueError(
            f"accuracy_panels: {name} has {table.min():g} to {table.max():g}; wanted 0 to 1"
        )
    look: dict[str, Any] = {"color": COLOURS[number], "marker": MARKERS[number]}
    for accuracies in table:
        axes.plot(x[0], accuracies, linestyle="none", markersize=4, alpha=0.5, **look)
    (line,) = axes.plot(x[0], table.mean(axis=0), linestyle=DASHES[number], **look)
    return line


@style.context(LOOK)
def five_windows(image: np.ndarray, size: int) -> Figure:
    """An image (u, v) in [0, 1] with the frames of its five crops, and the crops beside it."""
    image = matrix("five_windows", "image", image)
    crops = five_crop(image[None, None], size)[:, 0, 0]
    figure = Figure(figsize=(9.4, 2.0))
    panels = figure.subplots(1, 6)
    panels[0].imshow(image, vmin=0, vmax=1)
    panels[0].set_title("image")
    places = five_places(*(n - size for n in image.shape))
    parts = zip(panels[1:], crops, places, PLACES, COLOURS, strict=False)
    for k, (axes, crop, (row, column), name, colour) in enumerate(parts):
        inset = 0.12 * (k % 2) - 0.45  # frames that share an edge do not hide each other
        side = size - 1 - 2 * inset
        box = Rectangle((column + inset, row + inset), side, side, fill=False)
        box.set(edgecolor=colour, linewidth=2)
        panels[0].add_patch(box)
        axes.imshow(crop, vmin=0, vmax=1)
        axes.set_title(name)
        axes.spines[:].set(visible=True, color=colour, linewidth=2)
    for axes in panels:
        axes.set(xticks=[], yticks=[])
    return figure
