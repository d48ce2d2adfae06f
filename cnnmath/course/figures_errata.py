"""Pictures of the errata: how many of which kind stand where, and which mistake stands in which document."""

from collections.abc import Mapping, Sequence

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnnmath.course.figures import BLUE, LOOK, ORANGE, VERMILION
from cnnmath.ledger.errata import DOCUMENTS, document
from cnnmath.ledger.slips import Slip

ROW = 0.34  # inches
HEADS = [f"{number}\n{prefix}" for prefix, (number, _) in DOCUMENTS.items()]


@style.context(LOOK)
def kinds_by_document(counts: Mapping[str, Mapping[str, int]]) -> Figure:
    """Rows of kinds, columns of documents, a number in each cell, and the sums; 0 stays empty."""
    if not counts or any(list(row) != list(DOCUMENTS) for row in counts.values()):
        raise ValueError(f"kinds_by_document: wanted counts for each of {', '.join(DOCUMENTS)}")
    most = max(n for row in counts.values() for n in row.values())
    axes, figure = _grid([*counts, "together"], [*HEADS, "all"])
    for r, (_, row) in enumerate(counts.items()):
        for c, number in enumerate(row.values()):
            _cell(axes, r, c, 0.75 * number / max(most, 1), str(number or ""))
        _number(axes, r, len(row), sum(row.values()))
    for c, name in enumerate(DOCUMENTS):
        _number(axes, len(counts), c, sum(row[name] for row in counts.values()))
    whole = sum(sum(row.values()) for row in counts.values())
    _number(axes, len(counts), len(DOCUMENTS), whole)
    return figure


@style.context(LOOK)
def where_it_stands(slips: Sequence[Slip]) -> Figure:
    """Rows of mistakes, columns of documents: printed (so many times), or stated without the slip."""
    if not slips:
        raise ValueError("where_it_stands: no slips; wanted at least one")
    axes, figure = _grid([slip.name for slip in slips], HEADS, below=1)
    for r, slip in enumerate(slips):
        for c, name in enumerate(DOCUMENTS):
            wrong = sum(document(row) == name for row in slip.wrong)
            right = any(document(row) == name for row in slip.right)
            _mark(axes, r, c, wrong, right)
    for c, (wrong, right, said) in enumerate(
        ((1, False, "printed there"), (0, True, "has it right"))
    ):
        _mark(axes, len(slips) + 0.35, 2 * c, wrong, right, number=False)
        axes.text(2 * c + 0.45, len(slips) + 0.35, said, ha="left", va="center")
    return figure


def _grid(rows: Sequence[str], columns: Sequence[str], below: int = 0) -> tuple[Axes, Figure]:
    height = ROW * (len(rows) + 0.2 + below) + 0.55
    figure = Figure(figsize=(3.0 + 0.95 * len(columns), height))
    axes = figure.subplots()
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.3 + below, -0.5))
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(range(len(columns)), columns)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    return axes, figure


def _cell(axes: Axes, row: float, column: float, strength: float, said: str) -> None:
    box = Rectangle((column - 0.47, row - 0.46), 0.94, 0.92, facecolor=ORANGE, alpha=strength)
    axes.add_patch(box)
    axes.text(column, row, said, ha="center", va="center_baseline")


def _number(axes: Axes, row: float, column: float, number: int) -> None:
    axes.text(column, row, str(number), ha="center", va="center_baseline", weight="bold")


def _mark(
    axes: Axes, row: float, column: float, wrong: int, right: bool, number: bool = True
) -> None:
    """A filled square with the number of places, a ring, or both side by side."""
    shift = 0.2 if wrong and right else 0.0
    if wrong:
        place = column - shift
        axes.plot([place], [row], marker="s", markersize=17, color=VERMILION)
        if number:
            axes.text(place, row, str(wrong), ha="center", va="center_baseline", color="white")
    if right:
        place = column + shift
        (ring,) = axes.plot([place], [row], marker="o", markersize=13, color=BLUE)
        ring.set(fillstyle="none", markeredgewidth=2.5)
