"""Build the chapters: `chapters/src/*.py` (py:percent) becomes executed, committed notebooks.

Nothing in a notebook depends on when, where or in which order it was built: fixed cell ids, no
timing, sorted JSON. Two builds on one machine are the same bytes, so a diff shows a change of
content and nothing else.
"""

import os
import re
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path

import jupytext
import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets import default

TAGS = {"definition", "loose-figure"}  # chapters/conftest.py accepts the same ones
CELL_SECONDS = 300
MARKER = re.compile(r"# ?%%(\s|$)")  # the line that opens a cell in py:percent
Progress = Callable[[str, int, int], None]  # (chapter, code cells done, code cells in all)


class ChapterError(RuntimeError):
    """A chapter cannot be built or run; the message says where."""


class _NativeKernel(AsyncKernelManager):
    """The kernel of this Python, whatever is installed elsewhere under the name python3."""

    @default("kernel_spec_manager")
    def _this_python_only(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])


def build(
    names: Iterable[str] | None = None,
    folder: str | Path = "chapters",
    progress: Progress | None = None,
) -> list[Path]:
    """Execute the named chapters (all of them by default) and write their notebooks.

    All or nothing: a cell that raises in any of them leaves every notebook as it was.
    """
    folder = Path(folder)
    notebooks = {source: _read(source) for source in _sources(folder, names)}
    texts = {}
    for source, notebook in notebooks.items():
        _run(notebook, source.stem, folder, progress, source)
        texts[folder / f"{source.stem}.ipynb"] = _text(notebook)
    for path, text in texts.items():
        _replace(path, text)
    return list(texts)


def execute(path: str | Path, progress: Progress | None = None) -> tuple[float, int]:
    """Run a notebook in memory; return the seconds it took and the number of cells it ran."""
    path = Path(path)
    notebook = nbformat.read(path, as_version=4)
    start = time.perf_counter()
    cells = _run(notebook, path.stem, path.parent, progress)
    return time.perf_counter() - start, cells


def stale(folder: str | Path = "chapters") -> list[str]:
    """Chapters whose notebook does not hold the cells of its source, or that lack one of the two.

    Compares kind, id, tags and text of each cell; outputs are the business of the guard.
    """
    folder = Path(folder)
    wanted = {source.stem: _cells(_read(source)) for source in _sources(folder, None)}
    found = {path.stem: path for path in folder.glob("*.ipynb")}
    names = sorted(wanted.keys() | found.keys())
    both = wanted.keys() & found.keys()
    return [
        name
        for name in names
        if name not in both
        or wanted[name] != _cells(nbformat.read(found[name], as_version=nbformat.NO_CONVERT))
    ]


def _sources(folder: Path, names: Iterable[str] | None) -> list[Path]:
    """The py files of the chapters asked for, in the order of the course."""
    known = {path.stem: path for path in sorted((folder / "src").glob("*.py"))}
    wanted = set(known if names is None else names)
    if unknown := sorted(wanted - known.keys()):
        raise ChapterError(f"no chapter {', '.join(unknown)} in {folder / 'src'}: {list(known)}")
    return [path for name, path in known.items() if name in wanted]


def _read(source: Path) -> NotebookNode:
    """The source as a notebook without outputs, with ids that tell chapter and position."""
    text = source.read_text(encoding="utf-8")
    cells = jupytext.reads(text, fmt="py:percent").cells
    if len(cells) != len(_markers(text)):
        raise ChapterError(f"{source.name}: text before the first '# %%' line belongs to no cell")
    for position, cell in enumerate(cells, start=1):
        tags = cell.metadata.get("tags", [])
        if unknown := sorted(set(tags) - TAGS):
            raise ChapterError(f"{source.name}, cell {position}: tags {unknown} are not allowed")
        if cell.cell_type == "code" and not cell.source.strip():
            raise ChapterError(f"{source.name}, cell {position}: an empty code cell never runs")
        cell.id = f"{source.stem}-{position:03d}"
        cell.metadata = NotebookNode(tags=tags) if tags else NotebookNode()
    return nbformat.v4.new_notebook(cells=cells)


def _run(
    notebook: NotebookNode,
    chapter: str,
    folder: Path,
    progress: Progress | None,
    source: Path | None = None,
) -> int:
    """Execute `notebook` in place and return the number of code cells."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    started: list[int] = []  # indices into notebook.cells

    def on_cell_start(cell: NotebookNode, cell_index: int) -> None:
        if cell.cell_type == "code":
            if progress:
                progress(chapter, len(started), len(code))
            started.append(cell_index)

    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        kernel_manager_class=_NativeKernel,
        extra_arguments=["--log-level=ERROR"],  # else each kernel greets with a warning
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=on_cell_start,
    )
    try:
        client.execute(env=_environment())
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        place = f"{chapter}, cell In[{len(started)}]"
        cell = notebook.cells[started[-1]]
        raise ChapterError(place + _blame(error, len(started), cell, source)) from None
    if progress:
        progress(chapter, len(code), len(code))
    return len(code)


def _environment() -> dict[str, str]:
    """The kernel's environment: this very cnnmath, pictures inline, no progress bars."""
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    paths = [str(Path(__file__).resolve().parents[2])]
    # the kernel runs in the chapters folder, where a relative path would point elsewhere
    inherited = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    paths += [str(Path(path).absolute()) for path in inherited]
    return environment | {"CNNMATH_BUILD": "1", "PYTHONPATH": os.pathsep.join(paths)}


def _blame(error: Exception, number: int, cell: NotebookNode, source: Path | None) -> str:
    """The rest of the sentence: the line that failed, where it stands, and why, all in short."""
    if not isinstance(error, CellExecutionError):
        return f": {type(error).__name__}: {str(error).splitlines()[0]}"
    plain = re.sub(r"\x1b\[[0-9;]*m", "", error.traceback)
    match = re.search(rf"Cell In\[{number}\], line (\d+)", plain)
    line = cell.source.splitlines()[int(match[1]) - 1 if match else 0]
    place = f" ({source.name}:{_line_number(source, cell, line)})" if source else ""
    message = f"{error.ename}: {error.evalue}".splitlines()[0][:200]
    return f", line `{line.strip()}`{place}: {message}"


def _line_number(source: Path, cell: NotebookNode, line: str) -> int:
    """Where `line` of that cell stands in the py file; the marker's line for a magic."""
    text = source.read_text(encoding="utf-8")
    position = int(cell.id.rpartition("-")[2])
    start = _markers(text)[position - 1]
    lines = text.splitlines()
    return next((n for n in range(start, len(lines)) if lines[n] == line), start - 1) + 1


def _markers(text: str) -> list[int]:
    """The numbers, from 1, of the lines that open a cell."""
    return [n for n, line in enumerate(text.splitlines(), start=1) if MARKER.match(line)]


def _text(notebook: NotebookNode) -> str:
    """The notebook as stored: what a reader or the guard needs, and not one byte of history."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, start=1):
        cell.outputs = _merge_streams(cell.outputs)
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    notebook.metadata = nbformat.from_dict(
        {
            "cnnmath": {"matplotlib": version("matplotlib")},  # who drew: the guard compares pixels
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        }
    )
    nbformat.validate(notebook)
    return nbformat.writes(notebook, indent=1, sort_keys=True) + "\n"


def _merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join neighbours of one name: where a flush falls depends on the clock."""
    merged: list[NotebookNode] = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def _replace(path: Path, text: str) -> None:
    """Write all of the file or none of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _cells(notebook: NotebookNode) -> list[tuple]:
    """What the author wrote, cell by cell."""
    return [
        (cell.cell_type, cell.get("id"), cell.metadata.get("tags", []), cell.source)
        for cell in notebook.cells
    ]
