"""Multiplications of three ways to convolve, over the size of the kernel, the maps and their number."""

from collections.abc import Sequence

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from cnnmath.course.figures import BLUE, LOOK, ORANGE, VERMILION
from cnnmath.course.multiplications import WAYS, Counts, per_output
from cnnmath.ledger.implementation_fourier_checks import Shape

LINES = {"sum": (BLUE, "-", "o"), "Fourier": (ORANGE, "--", "s"), "Winograd": (VERMILION, ":", "^")}


@style.context(LOOK)
def multiplications_over(
    base: Shape,
    kernel: int,
    *,
    kernels: Sequence[int],
    channels: Sequence[int],
    sizes: Sequence[int],
) -> Figure:
    """Multiplications for an output entry and a map that comes in: a panel each for the size of the kernel,
    the number of maps (as many out as in) and their rows; what does not vary is as in ``base``."""
    if not (len(kernels) and len(channels) and len(sizes)):
        raise ValueError(
            "multiplications_over: nothing to draw; wanted kernels, channels and sizes"
        )
    maps, size = base.channels, base.size
    panels = {
        f"kernel, {maps} maps of {size} × {size}": (
            kernels,
            [per_output(base, p) for p in kernels],
        ),
        f"maps, {kernel} × {kernel}, {size} rows": (
            channels,
            [per_output(base._replace(channels=c, maps=c), kernel) for c in channels],
        ),
        f"rows, {kernel} × {kernel}, {maps} maps": (
            sizes,
            [per_output(base._replace(size=u), kernel) for u in sizes],
        ),
    }
    figure = Figure(figsize=(10.4, 3.6))
    all_axes = figure.subplots(1, 3, sharey=True)
    for axes, (xlabel, (places, found)) in zip(all_axes, panels.items(), strict=True):
        _panel(axes, xlabel, places, found)
    all_axes[0].set_ylabel("multiplications")
    figure.legend(*all_axes[0].get_legend_handles_labels(), loc="outside right center")
    return figure


def _panel(axes: Axes, xlabel: str, places: Sequence[int], found: Sequence[Counts]) -> None:
    for name, values in zip(WAYS, zip(*found, strict=True), strict=True):
        drawn = [(x, y) for x, y in zip(places, values, strict=True) if y is not None]
        colour, dash, marker = LINES[name]
        x, y = zip(*drawn, strict=True) if drawn else ((), ())
        axes.plot(x, y, color=colour, linestyle=dash, marker=marker, markersize=5, label=name)
    axes.set(xscale="log", yscale="log", xlabel=xlabel)
    axes.xaxis.set_major_locator(FixedLocator(list(places)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
