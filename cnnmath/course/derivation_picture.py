"""Draw the lines of a chain with reasons and verdicts: the picture in the README.

python -m cnnmath.course.derivation_picture docs/checked_derivation.png
"""

import sys
from pathlib import Path

from matplotlib.figure import Figure

from cnnmath.proof.line import Line
from cnnmath.results.lookup import line

CHAIN = ("cross_entropy.ds#row", "cross_entropy.ds#log", "cross_entropy.ds#softmax")


def draw(lines: list[Line]) -> Figure:
    """One row per line: formula, reason, verdict."""
    figure = Figure(figsize=(9.2, 0.2 + 0.85 * len(lines)), dpi=150)
    for position, each in enumerate(lines):
        y = 1 - (position + 0.5) / len(lines)
        figure.text(0.02, y, f"${each.tex}$", fontsize=15, va="center")
        figure.text(0.42, y + 0.05, each.because, fontsize=9.5, va="center", color="#33404a")
        said = f"{each.verdict.mark} {each.verdict.level.value}: {each.verdict.evidence}"
        figure.text(0.42, y - 0.05, said, fontsize=9, va="center", color="#1d7a3a")
    return figure


if __name__ == "__main__":
    draw([line(address) for address in CHAIN]).savefig(
        Path(sys.argv[1]), metadata={"Software": None}
    )
