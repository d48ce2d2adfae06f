"""Steps of a calculation under a slider: plain HTML that needs no kernel, no widgets and no network.

Without scripts (a notebook not yet trusted, a page that strips them) the steps are a list to be
opened one by one. The text says every number again, so both are compared with what is stored.
"""

from collections.abc import Collection, Mapping, Sequence
from html import escape
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np

from cnnmath.course.arithmetic import Cell, matrix, outside, plain, products, so_far, way_back
from cnnmath.ops import conv2d, rot180
from cnnmath.ops.windows import pad, windows

# What a reader needs stands in attributes, which stay where style sheets are stripped.
BOX = "background-color:#ffffff;color:#1a1a1a;border:1px solid #8a8a8a;padding:10px;overflow-x:auto"
TABLE = "color:#1a1a1a;border:1px solid #9a9a9a;margin:0 28px 6px 0;vertical-align:middle;"
TABLE += "display:inline-table;width:"
ROW = "background-color:#ffffff;color:#1a1a1a"  # JupyterLab colours tables and rows by its theme
MARKED, FADED = "background-color:#ffd58a", "background-color:#eeeeee;color:#5e5e5e"
# The class stands twice in order to win against JupyterLab's own rules for tables.
SHEET = """\
<style>
.cnnmath-steps {color-scheme: light}
.cnnmath-steps.cnnmath-steps table {table-layout: fixed; border-collapse: collapse; font-size: 13px}
.cnnmath-steps.cnnmath-steps caption {caption-side: top; white-space: nowrap; padding: 2px}
.cnnmath-steps.cnnmath-steps td {border: 1px solid #9a9a9a; padding: 4px 2px; text-align: center}
.cnnmath-steps summary {font-weight: bold; margin: 8px 0 4px}
.cnnmath-steps input {width: 320px; max-width: 50%; vertical-align: middle; margin: 8px 6px}
.cnnmath-steps button {color: #1a1a1a; background: #eeeeee; border: 1px solid #8a8a8a; padding: 2px 8px}
.cnnmath-steps output {margin-left: 10px}
</style>"""
# The bar is made here, so that no dead one stands where scripts do not run; it comes with buttons
# because JupyterLab takes the arrow keys for itself.
SCRIPT = """\
<script>
(() => {
  const box = document.currentScript.parentNode, steps = [...box.querySelectorAll("details")];
  const bar = document.createElement("input"), count = document.createElement("output");
  Object.assign(bar, {type: "range", min: 0, max: steps.length - 1, value: 0, ariaLabel: "step"});
  const show = () => {
    steps.forEach((step, k) => { step.open = true; step.hidden = k != bar.value; });
    count.textContent = `step ${+bar.value + 1} of ${steps.length}`;
  };
  const button = (text, by) => Object.assign(document.createElement("button"), {
    textContent: text, type: "button", onclick: () => { bar.value = +bar.value + by; show(); }});
  for (const {firstElementChild: head} of steps) {
    head.onclick = () => false;
    head.style.listStyle = "none";
  }
  steps[0].before(button("back", -1), bar, button("next", 1), count);
  bar.oninput = show;
  show();
})();
</script>"""


class Frame(NamedTuple):
    """One step, as HTML and as text; the title stands in both."""

    title: str
    html: str
    text: str


class Slider:
    """Frames of which a page shows one at a time, and a text all of them."""

    def __init__(self, frames: Sequence[Frame], label: str) -> None:
        self.frames, self.label = tuple(frames), label

    def _repr_html_(self) -> str:
        steps = "\n".join(
            f"<details{' open' * (k == 0)}><summary>{escape(frame.title)}</summary>\n"
            f"{frame.html}\n</details>"
            for k, frame in enumerate(self.frames)
        )
        return (
            f'<div class="cnnmath-steps" style="{BOX}">\n{SHEET}\n<div>{escape(self.label)}</div>\n'
            f"{steps}\n{SCRIPT}\n</div>"
        )

    def __repr__(self) -> str:
        steps = "\n\n".join(f"{frame.title}\n{frame.text}" for frame in self.frames)
        return f"{self.label} ({len(self.frames)} steps)\n\n{steps}"


def slider(frames: Sequence[Frame], label: str) -> Slider:
    """The frames under a slider, the first one shown at first; ``label`` says what it is about."""
    if len(frames) < 2 or not all(isinstance(frame, Frame) for frame in frames):
        raise ValueError(f"slider: {len(frames)} frames; wanted at least two, from matrix_frame")
    if not label:
        raise ValueError("slider: no label; wanted a few words on what the steps show")
    return Slider(frames, label)


def matrix_frame(
    title: str,
    matrices: Mapping[str, Any],
    highlights: Mapping[str, Collection[Cell]] | None = None,
    caption: str = "",
    faded: Mapping[str, Collection[Cell]] | None = None,
) -> Frame:
    """Matrices {name: (rows, columns)} side by side; NaN is an empty cell.

    ``highlights`` {name: cells} are coloured and bold, in the text [in brackets]; ``faded`` are grey.
    """
    highlights, faded = highlights or {}, faded or {}
    tables = {name: np.asarray(values, dtype=float) for name, values in matrices.items()}
    if not tables or any(each.ndim != 2 or not each.size for each in tables.values()):
        shapes = {name: each.shape for name, each in tables.items()}
        raise ValueError(f"matrix_frame: matrices {shapes}; wanted {{name: (rows, columns)}}")
    for name, cells in [*highlights.items(), *faded.items()]:
        if name not in tables or not set(cells) <= set(np.ndindex(tables[name].shape)):
            raise ValueError(
                f"matrix_frame: cells {sorted(cells)} are not all in a matrix {name!r}"
            )
    marks = {name: (set(highlights.get(name, ())), set(faded.get(name, ()))) for name in tables}
    shown = "\n".join(_html(name, each, *marks[name]) for name, each in tables.items())
    said = _beside([_text(name, each, marks[name][0]) for name, each in tables.items()])
    note = f'\n<div style="margin-top:4px">{escape(caption)}</div>' if caption else ""
    return Frame(title, f"<div>\n{shown}\n</div>{note}", f"{said}\n{caption}".rstrip())


def _html(name: str, table: np.ndarray, marked: set[Cell], faded: set[Cell]) -> str:
    rows = []
    for i, numbers in enumerate(table):
        cells = [_td(_number(n), (i, j) in marked, (i, j) in faded) for j, n in enumerate(numbers)]
        rows.append(f'<tr style="{ROW}">{"".join(cells)}</tr>')
    longest = max(len(_number(number)) for number in table.flat)
    width = f"{TABLE}{table.shape[1] * max(2.2, 0.65 * longest + 0.6):.1f}em"
    body = "\n".join(rows)
    return f'<table style="{width}"><caption style="color:#1a1a1a">{escape(name)}</caption>\n{body}\n</table>'


def _td(text: str, marked: bool, faded: bool) -> str:
    if marked:
        return f'<td style="{MARKED}"><b>{text}</b></td>'
    return f'<td style="{FADED}">{text}</td>' if faded else f"<td>{text or '&nbsp;'}</td>"


def _text(name: str, table: np.ndarray, marked: set[Cell]) -> list[str]:
    """The lines of a matrix: its name, then the rows in columns of one width."""
    cells = [
        [
            f"[{_number(n) or ' '}]" if (i, j) in marked else f" {_number(n) or '.'} "
            for j, n in enumerate(row)
        ]
        for i, row in enumerate(table)
    ]
    width = max(len(cell) for row in cells for cell in row)
    return [name, *("".join(cell.rjust(width) for cell in row) for row in cells)]


def _beside(blocks: list[list[str]]) -> str:
    widths = [max(map(len, block)) for block in blocks]
    lines = zip_longest(*blocks, fillvalue="")
    padded = ("   ".join(t.ljust(w) for t, w in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in padded)


def _number(value: float) -> str:
    return "" if np.isnan(value) else plain(value)


def forward_frames(x: Any, w: Any, stride: Any = 1, padding: Any = 0) -> list[Frame]:
    """One frame per entry of z = conv2d(x, w): the window on x, the kernel, the sum, z so far."""
    x, w = matrix("forward_frames", "x", x), matrix("forward_frames", "w", w)
    geometry = windows("forward_frames", x.shape, w.shape, stride, padding)
    z = conv2d(x[None, None], w[None, None], stride=stride, padding=padding)[0][0, 0]
    border = outside(geometry)
    under = ("x, zeros around it" if border else "x", pad(x, geometry), border)
    return _steps(under, ("w", w), ("z", z), geometry.stride)


def backward_frames(dz: Any, w: Any) -> list[Frame]:
    """One frame per entry of dx at stride 1: the turned kernel on dz with zeros around, dx so far."""
    dz, w = matrix("backward_frames", "dz", dz), matrix("backward_frames", "w", w)
    padded, dx, border = way_back(dz, w)
    under = ("dz, zeros around it" if border else "dz", padded, border)
    return _steps(under, ("w turned by 180°", rot180(w)), ("dx", dx), (1, 1))


def _steps(
    under: tuple[str, np.ndarray, set[Cell]],
    kernel: tuple[str, np.ndarray],
    result: tuple[str, np.ndarray],
    stride: Cell,
) -> list[Frame]:
    """The kernel lies on ``under`` at every place in turn, and fills the result entry by entry."""
    (name, padded, border), (_, lying), (letter, values) = under, kernel, result
    frames = []
    for i, j in np.ndindex(values.shape):
        top, left = i * stride[0], j * stride[1]
        window = {(top + p, left + q) for p, q in np.ndindex(lying.shape)}
        seen = padded[top : top + lying.shape[0], left : left + lying.shape[1]]
        frames.append(
            matrix_frame(
                f"{letter}[{i},{j}] = {plain(values[i, j])}",
                {name: padded, kernel[0]: lying, letter: so_far(values, i, j)},
                {name: window, letter: {(i, j)}},
                f"{letter}[{i},{j}] = {products(seen, lying)} = {plain(values[i, j])}",
                {name: border - window},
            )
        )
    return frames
