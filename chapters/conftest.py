"""Check the chapters: `pytest` here runs every cell and compares every stored output with it.

nbval does the running and compares text. Alone it is also green on cells that were never run,
on wrong or missing pictures, on unknown magics and failing shell commands, on skipped cells:
each of these is red here. The file stands alone, so a copy of this folder checks itself.
"""

import ast
import base64
import importlib.metadata
import io
import math
import os
import re
import time
from collections import defaultdict
from pathlib import Path
from queue import Empty

import pytest

try:
    import nbformat
    import nbval
    import numpy as np
    from nbval.plugin import IPyNbCell, IPyNbFile
    from PIL import Image
except ModuleNotFoundError as error:
    MISSING = error.name  # pytest_configure then says what to install
    IPyNbCell = IPyNbFile = object
else:
    MISSING = None

collect_ignore = ["src"]
collect_ignore_glob = ["*.ipynb_checkpoints*"]

TAGS = {"definition", "loose-figure"}  # cnnmath/course/build.py accepts the same ones
CELL_SECONDS = 120  # nbval's default is 2000: a dead kernel would look like a hang
OUTPUT_SECONDS = 60  # nbval's default is 5: too short for a loaded machine
TILE = 16  # pictures are compared in squares of so many pixels, values 0 .. 255
STRICT_TILE_RMS = 4.0
LOOSE_TILE_RMS, LOOSE_RMS = 60.0, 20.0  # cells tagged loose-figure: trained weights drift
SIZE_SLACK = 0.15  # another matplotlib lays text out anew
SIZE_ONLY = pytest.StashKey[int]()

# The one sanitiser rule: `measured(...)` prints a number that differs between machines.
MEASURED = r"\[measured [^\]\n]*\]"
BAND = re.compile(r"\[measured (\S+)\] \(band (\S+) \.\. (\S+)\)")
REPORT = re.compile(r"Traceback \(most recent call last\)|^UsageError:", re.MULTILINE)
SWITCH = re.compile(r"NBVAL_|PYTEST_VALIDATE_")
INLINE = re.compile(r"^%matplotlib inline *$", re.MULTILINE)


def pytest_configure(config):
    """Refuse to start rather than to check less than everything."""
    if MISSING or not nbval.__version__.startswith("0.11."):
        found = f"no module {MISSING}" if MISSING else f"nbval {nbval.__version__}"
        raise pytest.UsageError(
            f"checking the chapters needs nbval 0.11 and the course's own packages; found {found}. "
            'Install them with: python -m pip install -e ".[test]"   '
            "(in a copied folder: python -m pip install pytest 'nbval==0.11.*' 'cnnmath[course]')"
        )
    if not config.pluginmanager.hasplugin("nbval"):
        raise pytest.UsageError("nbval is installed but switched off: the chapters need it")
    option = config.option
    if option.nbval_lax:
        raise pytest.UsageError("--nbval-lax compares nothing: the chapters are checked strictly")
    if option.nbval_sanitize_with or option.sanitize_with:
        raise pytest.UsageError("the chapters have one sanitiser rule; no other file is accepted")
    if option.nbval_cell_timeout == 2000:
        option.nbval_cell_timeout = CELL_SECONDS
    config.stash[SIZE_ONLY] = 0


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Take every notebook, with or without --nbval, and instead of nbval's own collector."""
    collected = yield
    if file_path.suffix == ".ipynb":
        return [Chapter.from_parent(parent, path=file_path)]
    return collected


def pytest_terminal_summary(terminalreporter, config):
    """A weaker check is said aloud."""
    if count := config.stash.get(SIZE_ONLY, 0):
        here = importlib.metadata.version("matplotlib")
        terminalreporter.write_line(
            f"{count} figures were drawn by another matplotlib than {here} here: "
            "their size was compared, not their pixels"
        )


class Chapter(IPyNbFile):
    """A notebook; its cells share one kernel."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Not compared as text: what `outline` and `picture_problem` look at, and counts.
        self.skip_compare = ("metadata", "output_type", "name", "execution_count")
        self.skip_compare += ("traceback", "image/png", "image/jpeg")

    def collect(self):
        """One test per code cell; `Cell 7` is the one that shows In[7]."""
        self.nb = nbformat.read(self.path, as_version=4)
        if unknown := sorted({tag for cell in self.nb.cells for tag in prose_tags(cell)} - TAGS):
            raise self.CollectError(f"{self.path.name}: tags {unknown} on text cells")
        code = [cell for cell in self.nb.cells if cell.cell_type == "code"]
        if not code:
            raise self.CollectError(f"{self.path.name}: no code cell, so nothing would be checked")
        for number, cell in enumerate(code, start=1):
            # fixed options: no tag and no comment can switch a check off
            options = defaultdict(bool, check=True)
            yield Cell.from_parent(
                self, name=f"Cell {number}", cell_num=number, cell=cell, options=options
            )

    def setup(self):
        """Start the kernel as the build does: this Python, pictures inline, no progress bars."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CNNMATH_BUILD", "1")
            patch.delenv("MPLBACKEND", raising=False)
            # the kernel runs in this folder, where a relative path would point elsewhere
            paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
            paths = [str(Path(path).absolute()) for path in paths]
            patch.setenv("PYTHONPATH", os.pathsep.join(paths))
            patch.setattr(self.config.option, "nbval_current_env", True)
            super().setup()
        self.kernel.get_message = watchful(self.kernel)

    def setup_sanitize_files(self):
        self.sanitize_patterns = {MEASURED: "[measured]"}


class Cell(IPyNbCell):
    """A code cell: it must run, and what it shows must be what is stored."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.output_timeout = OUTPUT_SECONDS

    def reportinfo(self):
        return self.path, None, self.name

    def runtest(self):
        if problem := source_problem(self.cell):
            self.raise_cell_error(problem)  # what is refused is not run
        problem = stored_problem(self.cell, self.cell_num)
        super().runtest()  # runs in any case, so that the cells below find their names
        if problem := problem or self.fresh_problem():
            self.raise_cell_error(problem)

    def fresh_problem(self):
        """What nbval's comparison of texts does not see in the outputs just produced."""
        stored, fresh = self.cell.outputs, self.test_outputs
        if outline(stored) != outline(fresh):
            return f"outputs changed in kind or order: {outline(stored)} -> {outline(fresh)}"
        problems = [measured_problem(text) for output in fresh for text in texts(output)]
        shown = [[output.data for output in side if "data" in output] for side in (stored, fresh)]
        problems += [
            self.picture_problem(old[mime], new[mime], PICTURES[mime])
            for old, new in zip(*shown, strict=True)
            for mime in PICTURES.keys() & old.keys()
        ]
        return next(filter(None, problems), "")

    def picture_problem(self, stored, fresh, kind):
        """Compare two pictures as closely as the versions of matplotlib allow."""
        drawn_by = self.parent.nb.metadata.get("cnnmath", {}).get("matplotlib")
        if drawn_by is None:
            return "the notebook does not say which matplotlib drew its pictures"
        try:
            stored, fresh = pixels(stored, kind), pixels(fresh, kind)
        except (ValueError, OSError, SyntaxError) as error:  # PIL raises all three
            return f"a picture cannot be decoded: {error}"
        if drawn_by != importlib.metadata.version("matplotlib"):
            self.config.stash[SIZE_ONLY] += 1
            return size_problem(stored, fresh)
        return pixel_problem(stored, fresh, "loose-figure" in self.cell.metadata.get("tags", []))


def watchful(kernel):
    """The kernel's get_message, which also notices within a second that the kernel is dead."""
    get_message = kernel.get_message

    def watched(stream, timeout=None):
        deadline = time.monotonic() + (math.inf if timeout is None else timeout)
        while True:
            try:
                return get_message(stream, timeout=max(0, min(1, deadline - time.monotonic())))
            except Empty:
                if not kernel.is_alive():
                    raise RuntimeError("the kernel died") from None
                if time.monotonic() >= deadline:
                    raise

    return watched


PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG"}


def prose_tags(cell):
    return [] if cell.cell_type == "code" else cell.metadata.get("tags", [])


def source_problem(cell):
    """Anything in a cell that would weaken its check, or that hides a failure."""
    if unknown := sorted(set(cell.metadata.get("tags", [])) - TAGS):
        return f"tags {unknown} are not allowed"
    if SWITCH.search(cell.source):
        return "comments that steer nbval are not allowed"
    if "get_ipython" in cell.source:
        return "get_ipython() is not allowed"
    try:
        flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        compile(INLINE.sub("", cell.source), "<cell>", "exec", flags)
    except SyntaxError as error:
        line = (error.text or "").strip()
        return f"neither plain Python nor `%matplotlib inline`: {line!r} ({error.msg})"
    return ""


def stored_problem(cell, number):
    """Anything in the stored outputs that cannot come from running the notebook from its top."""
    if cell.execution_count is None:
        return "the cell was never run"
    counts = {cell.execution_count, *(o.get("execution_count", number) for o in cell.outputs)}
    if counts != {number}:
        return f"the stored execution count is {cell.execution_count}, not {number}"
    for output in cell.outputs:
        if "\r" in output.get("text", ""):
            return "a carriage return hides text from the comparison"
        for text in texts(output):
            if REPORT.search(text):
                return "the stored output reports an error"
            if problem := measured_problem(text):
                return problem
    return ""


def measured_problem(text):
    """A hidden number must stand beside its band, and inside it."""
    for line in text.splitlines():
        tokens = BAND.findall(line)
        if len(tokens) != line.count("[measured"):
            return f"a measured number without its band: {line!r}"
        try:
            inside = all(float(low) <= float(value) <= float(high) for value, low, high in tokens)
        except ValueError:
            return f"a measured number that is no number: {line!r}"
        if not inside:
            return f"a measured number outside its band: {line!r}"
    return ""


def texts(output):
    """All text in an output, whatever its kind."""
    shown = [output.get("text"), *output.get("data", {}).values()]
    return [text for text in shown if isinstance(text, str)]


def outline(outputs):
    """Kinds, order and display options of outputs; stderr has a clock of its own."""
    lines = []
    for output in outputs:
        line = (output.output_type, output.get("name") or sorted(output.get("data", {})))
        line += (output.get("metadata", {}),)
        again = output.output_type == "stream" and line in lines  # nbval joins streams of a name
        if output.get("name") != "stderr" and not again:
            lines.append(line)
    return lines


def pixels(data, kind):
    """The picture as the reader sees it, on white: rows, columns, red-green-blue."""
    raw = base64.b64decode("".join(data.split()), validate=True)
    picture = Image.open(io.BytesIO(raw), formats=[kind]).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(white, picture).convert("RGB"), dtype=float)


def pixel_problem(stored, fresh, loose):
    """The worst tile decides: a wrong curve is a few pixels, lost in a mean over the picture."""
    if stored.shape != fresh.shape:
        return f"a picture changed its size: {stored.shape} -> {fresh.shape}"
    error = ((stored - fresh) ** 2).mean(axis=2)
    height, width = error.shape
    rows, columns = np.arange(0, height, TILE), np.arange(0, width, TILE)
    sums = np.add.reduceat(np.add.reduceat(error, rows, axis=0), columns, axis=1)
    counts = np.outer(np.diff([*rows, height]), np.diff([*columns, width]))
    worst, whole = np.sqrt((sums / counts).max()), np.sqrt(error.mean())
    limit, whole_limit = (LOOSE_TILE_RMS, LOOSE_RMS) if loose else (STRICT_TILE_RMS,) * 2
    if worst <= limit and whole <= whole_limit:
        return ""
    return f"a picture changed: RMS {worst:.1f} in its worst tile, {whole:.1f} overall"


def size_problem(stored, fresh):
    """What can be said when another matplotlib drew: about the same size, and something on it."""
    ratios = np.array(fresh.shape) / np.array(stored.shape)
    if (abs(ratios - 1) > SIZE_SLACK).any():
        return f"a picture changed its size: {stored.shape} -> {fresh.shape}"
    if any(np.ptp(picture, axis=(0, 1)).max() == 0 for picture in (stored, fresh)):
        return "a picture is blank"
    return ""
