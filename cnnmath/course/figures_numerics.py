"""Pictures of chapter 05 on numbers of finite length: what textbook formulas lose, and what they need not."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure

from cnnmath.course.figures import BLUE, GREY, LOOK, ORANGE, VERMILION

# colour, dashes, width, and how far above the line of no digits the crosses stand
LINES = {
    "textbook": (ORANGE, "-", 5, 30),
    "shifted": (VERMILION, "--", 2, 300),
    "ours": (BLUE, "-", 2, 3000),
}
LEAST = 0.1  # smaller errors are drawn here: a logarithm has no 0


@style.context(LOOK)
def ulp_over_gap(
    gaps: Sequence[float], errors: Mapping[str, Mapping[str, Sequence[float]]], dtype: type
) -> Figure:
    """Errors in ULP over the lead of the first score, {quantity: {formula: [error per gap]}}, as
    ``rounding_errors`` gives them; a panel per quantity. Crosses at the top: infinite or no number."""
    _check(gaps, errors)
    all_digits = 1 / float(np.finfo(dtype).eps)
    figure = Figure(figsize=(3.1 * len(errors) + 0.6, 3.5))
    panels = figure.subplots(1, len(errors), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (quantity, lines) in zip(panels, errors.items(), strict=True):
        for bound in (0.5, all_digits):
            axes.axhline(bound, color=GREY, linewidth=0.8, linestyle=(0, (1, 3)))
        for formula, values in lines.items():
            colour, dash, width, above = LINES[formula]
            shown = [max(e, LEAST) if math.isfinite(e) else math.nan for e in values]
            lost = [gap for gap, e in zip(gaps, values, strict=True) if math.isinf(e)]
            axes.plot(gaps, shown, color=colour, linestyle=dash, linewidth=width, label=formula)
            axes.plot(lost, [above * all_digits] * len(lost), "x", color=colour, markersize=5)
        axes.set(title=quantity, xlabel="lead of the first score", yscale="log")
        axes.set_ylim(LEAST / 2, 3e4 * all_digits)
    panels[0].set_ylabel(f"worst error in ULP, {np.dtype(dtype).name}")
    for y, said, side in ((1.3 * all_digits, "no digit right", "bottom"), (0.4, "best", "top")):
        panels[0].text(gaps[0], y, said, color=GREY, va=side, fontsize=9)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center")
    return figure


def _check(gaps: Sequence[float], errors: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
    if not errors or not all(errors.values()):
        raise ValueError("ulp_over_gap: no errors; wanted {quantity: {formula: [error per gap]}}")
    for quantity, lines in errors.items():
        for formula, values in lines.items():
            if formula not in LINES:
                raise ValueError(f"ulp_over_gap: no formula {formula!r}; wanted {', '.join(LINES)}")
            if len(values) != len(gaps):
                raise ValueError(
                    f"ulp_over_gap: {quantity}, {formula}: {len(values)} errors for {len(gaps)} gaps"
                )
