"""Pictures of the ways to compute one convolution: time and memory over kernel, channels and image.

The rows are those of ``benchmarks/results/convolution_ways.json``: one layer each, microseconds and MiB by
way, and the sweep that the layer belongs to.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib import style
from matplotlib.figure import Figure

from cnnmath.course.figures import COLOURS, LOOK
from cnnmath.course.landscapes import DASHES, MARKERS

SWEEPS = {
    "kernel": ("kernel", "kernel P = Q"),
    "channels": ("channels", "channels C = O"),
    "size": ("size", "image U = V"),
}
WAYS = ("blocked", "im2col", "fft", "winograd", "four loops", "seven loops")
AUTO = "auto"
Row = Mapping[str, Any]


@style.context(LOOK)
def times_of_ways(rows: Sequence[Row]) -> Figure:
    """Milliseconds of the forward pass, a panel for each sweep, a line for each way; both scales are
    logarithms. Rings: what "auto" took."""
    return _panels(rows, "forward_us", 1e-3, "forward, ms")


@style.context(LOOK)
def memory_of_ways(rows: Sequence[Row]) -> Figure:
    """MiB that the forward pass allocates at most, its result included; panels and lines as above."""
    return _panels(rows, "peak_mib", 1.0, "peak, MiB")


def fastest_ways(rows: Sequence[Row], sweep: str) -> dict[int, tuple[str, float]]:
    """{what is swept: (fastest way, time of the next one over its time)}; loops and auto stay out."""
    found = {}
    for x, row in _swept(rows, sweep):
        times = {way: t for way, t in row["forward_us"].items() if way in WAYS[:4]}
        first, second = sorted(times, key=lambda way: times[way])[:2]
        found[x] = (first, times[second] / times[first])
    return found


def _panels(rows: Sequence[Row], key: str, unit: float, label: str) -> Figure:
    figure = Figure(figsize=(9.2, 3.9))
    axes = figure.subplots(1, len(SWEEPS), sharey=True)
    for panel, (sweep, (_, name)) in zip(axes, SWEEPS.items(), strict=True):
        swept = _swept(rows, sweep)
        for way, colour, marker, dash in zip(WAYS, COLOURS, MARKERS, DASHES, strict=False):
            points = [(x, unit * row[key][way]) for x, row in swept if way in row[key]]
            if points:
                look = {"linestyle": dash, "color": colour, "marker": marker, "label": way}
                panel.plot(*zip(*points, strict=True), **look)
        chosen = [(x, unit * row[key][AUTO]) for x, row in swept if AUTO in row[key]]
        if chosen:
            ring = {"fillstyle": "none", "markersize": 12, "color": "black", "label": AUTO}
            panel.plot(*zip(*chosen, strict=True), "o", **ring)
        ticks = [x for x, _ in swept]
        panel.set(xlabel=name, xscale="log", yscale="log")
        panel.set_xticks(_apart(ticks), [str(x) for x in _apart(ticks)])
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    axes[0].set_ylabel(label)
    lines = {line.get_label(): line for panel in axes for line in panel.get_lines()}
    figure.legend(lines.values(), lines.keys(), loc="outside right center")
    return figure


def _swept(rows: Sequence[Row], sweep: str) -> list[tuple[int, Row]]:
    """The rows of one sweep in the order of what it varies. Raises ValueError if there are none."""
    if sweep not in SWEEPS:
        raise ValueError(f"sweep is {sweep!r}; wanted one of {', '.join(SWEEPS)}")
    field = SWEEPS[sweep][0]
    found = sorted(((row[field], row) for row in rows if row["sweep"] == sweep), key=lambda p: p[0])
    if not found:
        raise ValueError(f"no row of the sweep over {sweep}")
    return found


def _apart(ticks: Sequence[int]) -> list[int]:
    """Ticks of which each is at least 1.7 times the one before: labels do not touch."""
    kept: list[int] = []
    for tick in ticks:
        if not kept or tick >= 1.7 * kept[-1]:
            kept.append(tick)
    return kept
