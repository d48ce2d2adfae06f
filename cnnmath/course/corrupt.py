"""Who checks the check?  Corrupt every stored output of a chapter: each time it must turn red.

A comparison that cannot fail proves nothing. Here each output item (a stream, or one mime type of
a display) is changed by a single character or a single tile of pixels, and `chapters/conftest.py`
is asked about it through pytest, as a reader would.
"""

import base64
import copy
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import nbformat
import numpy as np
from nbformat import NotebookNode

from cnnmath.course.replay import STORED, replaying

TOKEN = re.compile(r"\[measured [^\]\n]*\]")  # the sanitiser hides it: no place for a corruption
Outcomes = dict[tuple[str, str], tuple[str, str]]  # (notebook, test) -> (outcome, message)


def corruptions(notebook: NotebookNode) -> Iterator[tuple[str, int, NotebookNode]]:
    """For every stored output item: its label, the n of its cell In[n], a corrupted notebook."""
    for number, cell in enumerate(_code(notebook), start=1):
        for position, key in _items(cell):
            corrupted = copy.deepcopy(notebook)
            _corrupt(corrupted, number, position, key)
            yield _label(number, position, key), number, corrupted


def survivors(path: str | Path, *, computed: bool = True) -> list[str]:
    """The output items of a chapter that can be corrupted without a red test: should be none.

    Pass k corrupts the k-th item of every cell at once, so a chapter runs as often as its richest
    cell has items, and once untouched: red means something only where green was possible. With
    ``computed=False`` cells replay what is stored: the comparison is the same, the waiting is not.
    """
    path = Path(path)
    notebook = nbformat.read(path, as_version=4)
    stored = "" if computed else replaying(notebook)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "chapters"
        shutil.copytree(path.parent, folder, ignore=shutil.ignore_patterns("*.ipynb", "src", ".*"))
        if stored:
            (folder / STORED).write_text(stored, encoding="utf-8")
        nbformat.write(notebook, folder / "untouched.ipynb")
        wanted: dict[tuple[str, str], str] = {}
        for turn, (corrupted, labels) in enumerate(_passes(notebook)):
            nbformat.write(corrupted, folder / f"pass{turn}.ipynb")
            wanted |= {(f"pass{turn}.ipynb", test): label for test, label in labels.items()}
        found = outcomes(folder)
    red = {test for test, (outcome, _) in found.items() if outcome != "passed"}
    if len(found) != len(_code(notebook)) * (len({name for name, _ in wanted}) + 1):
        raise AssertionError(f"{path.name}: not every cell was tested: {sorted(found)}")
    if stray := sorted(red - wanted.keys()):
        raise AssertionError(f"{path.name}: red without corruption: {stray}\n{found[stray[0]][1]}")
    return [label for test, label in wanted.items() if test not in red]


def outcomes(folder: str | Path, *arguments: str) -> Outcomes:
    """Run pytest on a folder that holds conftest.py and notebooks; what became of each test."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        run = run_pytest(folder, f"--junitxml={report}", *arguments)
        if not report.exists():
            raise RuntimeError(f"pytest did not start:\n{run.stdout}{run.stderr}")
        return dict(_outcome(case) for case in ET.parse(report).iter("testcase"))


def run_pytest(
    folder: str | Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess:
    """Run pytest as a reader would in `folder`: warnings are errors, this cnnmath is imported."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTEST_ADDOPTS"}
    paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        text=True,
    )


def _outcome(case: ET.Element) -> tuple[tuple[str, str], tuple[str, str]]:
    """One test case of a JUnit report; a notebook that cannot be collected has an empty class."""
    name = (case.get("classname") or case.get("name") or "", case.get("name") or "")
    for verdict in case:
        if verdict.tag in ("failure", "error", "skipped"):
            return name, (verdict.tag, f"{verdict.get('message')}\n{verdict.text}")
    return name, ("passed", "")


def _passes(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, dict[str, str]]]:
    """Corrupted notebooks, each with {test: label} of what was done to it."""
    items = {number: _items(cell) for number, cell in enumerate(_code(notebook), start=1)}
    for turn in range(max(map(len, items.values()), default=0)):
        corrupted, labels = copy.deepcopy(notebook), {}
        for number, mine in items.items():
            if turn < len(mine):
                _corrupt(corrupted, number, *mine[turn])
                labels[f"Cell {number}"] = _label(number, *mine[turn])
        yield corrupted, labels


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _items(cell: NotebookNode) -> list[tuple[int, str]]:
    """All that is stored for a cell: (position of the output, "text" or its mime type)."""
    return [
        (position, key)
        for position, output in enumerate(cell.outputs)
        for key in (["text"] if output.output_type == "stream" else sorted(output.data))
    ]


def _label(number: int, position: int, key: str) -> str:
    return f"In[{number}], output {position + 1}, {key}"


def _corrupt(notebook: NotebookNode, number: int, position: int, key: str) -> None:
    """Change one item in place, as little as can be seen."""
    output = _code(notebook)[number - 1].outputs[position]
    if output.output_type == "stream":
        output.text = _other_text(output.text)
    elif key in ("image/png", "image/jpeg"):
        drawn_by = notebook.metadata.get("cnnmath", {}).get("matplotlib")
        same = drawn_by == version("matplotlib")  # else the guard cannot compare pixels
        output.data[key] = _other_picture(output.data[key], key, blank=not same)
    elif isinstance(output.data[key], str):
        output.data[key] = _other_text(output.data[key])
    else:  # JSON
        output.data[key] = {"corrupted": output.data[key]}


def _other_text(text: str) -> str:
    """`text` with its last letter or digit changed, outside of what the sanitiser hides."""
    hidden = {at for token in TOKEN.finditer(text) for at in range(*token.span())}
    places = [at for at, sign in enumerate(text) if sign.isalnum() and at not in hidden]
    if not places:
        return text + "?"
    at = places[-1]
    return text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]


def _other_picture(data: str, key: str, *, blank: bool) -> str:
    """The picture with one tile of 16 x 16 pixels off by 128, or all of it white."""
    from PIL import Image

    kind = "PNG" if key == "image/png" else "JPEG"
    picture = np.array(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
    height, width, _ = picture.shape
    row, column = height // 32 * 16, width // 32 * 16
    if blank:
        picture[:] = 255
    else:
        picture[row : row + 16, column : column + 16] += 128  # uint8 wraps round: 128 everywhere
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind)
    return base64.b64encode(buffer.getvalue()).decode()
