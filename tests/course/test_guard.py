"""Every way in which a chapter could look checked without being so must turn red.

One notebook holds a cell for each trap; the tampered copy springs all of them at once, and each
cell must fail for its own reason. Untouched, the same notebook is green.
"""

import base64
import copy
import io
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output
from PIL import Image

from cnnmath.course.build import build
from cnnmath.course.corrupt import corruptions, outcomes, run_pytest, survivors

ROOT = Path(__file__).resolve().parents[2]
CONFTEST = ROOT / "chapters" / "conftest.py"
SETUP = """\
# %%
# %matplotlib inline
import io
import matplotlib.pyplot as plt
from IPython.display import HTML, Image, Math, display
from cnnmath.course.present import measured

def figure(top):
    plt.figure(figsize=(2, 2))
    plt.plot([1, 2, top])
    plt.show()

def jpeg():
    buffer = io.BytesIO()
    plt.imsave(buffer, [[0, 1] * 40, [1, 0] * 40] * 40, format="jpeg")
    display(Image(data=buffer.getvalue(), format="jpeg"))
"""


class Trap(NamedTuple):
    """An honest cell, what is done to it, and why that is red (no reason: it stays green)."""

    source: str
    spring: object
    reason: str
    tag: str = ""


# ways to tamper with a cell


def put(**changes):
    return lambda cell: cell.update(copy.deepcopy(changes))


def tag(name):
    return lambda cell: cell.metadata.update(tags=[name])


def stream(text, name="stdout"):
    return [new_output("stream", name=name, text=text)]


def edit(old, new):
    """Replace in the stored text, which must contain it."""

    def spring(cell):
        assert old in cell.outputs[0].text
        cell.outputs[0].text = cell.outputs[0].text.replace(old, new)

    return spring


def data(mime, change):
    """Change (None: drop) one mime type of the cell's only output."""

    def spring(cell):
        value = change and change(cell.outputs[0].data[mime])
        cell.outputs[0].data.update({mime: value})
        if value is None:
            del cell.outputs[0].data[mime]

    return spring


def swap(mime, old, new):
    """Replace the last place where `old` stands in that mime type."""

    def change(text):
        before, found, after = text.rpartition(old)
        assert found
        return before + new + after

    return data(mime, change)


def picture(change, mime="image/png"):
    """Change the stored pixels, uint8."""

    def encoded(old):
        raw = io.BytesIO(base64.b64decode(old))
        buffer = io.BytesIO()
        pixels = change(np.array(Image.open(raw).convert("RGB")))
        Image.fromarray(pixels).save(buffer, mime.removeprefix("image/"))
        return base64.b64encode(buffer.getvalue()).decode()

    return data(mime, encoded)


def shade(amount, rows=slice(None), columns=slice(None)):
    """Off by exactly `amount` within these rows and columns."""

    def change(pixels):
        part = pixels[rows, columns].astype(int)
        pixels[rows, columns] = np.where(part >= 128, part - amount, part + amount)
        return pixels

    return picture(change)


def scale(factor):
    return picture(
        lambda old: np.array(
            Image.fromarray(old).resize(
                (round(old.shape[1] * factor), round(old.shape[0] * factor))
            )
        )
    )


def tile(amount):
    return shade(amount, slice(16, 32), slice(32, 48))


blank = picture(lambda old: np.full_like(old, 255))


def wrong_curve(cell):
    """The picture of another cell: 3.05 is drawn where the source says 3."""
    cell.outputs = copy.deepcopy(cell.other.outputs)


SLIDER = """\
import numpy as np
from cnnmath.course.slider import backward_frames, slider
slider(backward_frames(np.array([[1.0, 4]]), np.array([[2.0, 3]])), "steps")"""
ERROR = new_output("error", ename="NameError", evalue="no", traceback=[])
WIDGET = {"application/vnd.jupyter.widget-view+json": {"model_id": "0"}}
BAND = "[measured 0.5] (band 0 .. 1)\n"
TAGS = ["nbval-ignore-output", "nbval-skip", "nbval-raises-exception", "raises-exception"]
TAGS += ["nbval-check-output", "skip", "skip-execution", "remove-output", "Definition"]
COMMENTS = ["NBVAL_IGNORE_OUTPUT", "NBVAL_SKIP", "NBVAL_RAISES_EXCEPTION", "NBVAL_CHECK_OUTPUT"]
COMMENTS += ["PYTEST_VALIDATE_IGNORE_OUTPUT"]
MAGIC = ["!false", "%no_such_magic\nassert False", "%time 1", "%%bash\nfalse", "a = !false", "len?"]
MAGIC += ["%matplotlib agg", "get_ipython().system('false')"]

TEXTS = {
    "never run, output stripped": Trap("n = 1", put(execution_count=None), "was never run"),
    "never run, output left": Trap("print(1)", put(execution_count=None), "Unrun reference cell"),
    "count too high": Trap("n = 3", put(execution_count=99), "execution count is 99, not"),
    "count of a result": Trap(
        "5", lambda cell: cell.outputs[0].update(execution_count=99), "execution count is"
    ),
    "stripped": Trap("print(1)", put(outputs=[]), "Unexpected output fields"),
    "output invented": Trap("n = 4", put(outputs=stream("4\n")), "Missing output fields"),
    "stored error": Trap("n = 5", put(outputs=[ERROR]), "Missing output fields"),
    "error that is real": Trap("n = 6", put(source="1 / 0", outputs=[ERROR]), "caused an except"),
    "stored UsageError": Trap(
        "n = 7",
        put(
            source="import sys\nprint('UsageError: x', file=sys.stderr)",
            outputs=stream("UsageError: x\n", "stderr"),
        ),
        "reports an error",
    ),
    "stored Traceback": Trap(
        "n = 8",
        put(
            source="print('Traceback (most recent call last):')",
            outputs=stream("Traceback (most recent call last):\n"),
        ),
        "reports an error",
    ),
    "carriage return": Trap(
        "n = 9",
        put(source="print('a\\rb')", outputs=stream("anything\rb\n")),
        "carriage return hides",
    ),
    "order": Trap(
        "print('a')\ndisplay(HTML('b'))", lambda cell: cell.outputs.reverse(), "kind or order"
    ),
    "display options": Trap(
        "display(HTML('b'))",
        lambda cell: cell.outputs[0].metadata.update({"text/html": {"isolated": True}}),
        "kind or order",
    ),
    "latex": Trap("Math('x^2')", data("text/latex", lambda old: "$x^3$"), "mismatch 'text/latex'"),
    "latex dropped": Trap("Math('x^2')", data("text/latex", None), "Unexpected output fields"),
    "html": Trap("HTML('<b>1</b>')", data("text/html", lambda old: "<b>2</b>"), "mismatch 'text/h"),
    "slider, untouched": Trap(SLIDER, lambda cell: None, ""),
    "slider, a number of its page": Trap(
        SLIDER, swap("text/html", ">11<", ">12<"), "mismatch 'text/html'"
    ),
    "slider, a mark": Trap(SLIDER, swap("text/html", "#ffd58a", "#ffffff"), "mismatch 'text/html'"),
    "slider, its script": Trap(SLIDER, swap("text/html", "show();", ""), "mismatch 'text/html'"),
    "slider, a number of its text": Trap(
        SLIDER, swap("text/plain", "11", "12"), "mismatch 'text/plain'"
    ),
    "plain dropped": Trap("1", data("text/plain", None), "Unexpected output fields"),
    "widget": Trap("1", lambda cell: cell.outputs[0].data.update(WIDGET), "Missing output fields"),
    "measured, same band": Trap("measured(0.5, 0, 1)", edit("0.5", "0.6"), ""),
    "measured, other band": Trap("measured(0.5, 0, 1)", edit(".. 1", ".. 2"), "outputs differ"),
    "measured, other label": Trap(
        "measured(0.5, 0, 1, label='a')", edit("a:", "b:"), "outputs differ"
    ),
    "measured, outside": Trap("measured(0.5, 0, 1)", edit("0.5", "1.5"), "outside its band"),
    "measured, nan": Trap("measured(0.5, 0, 1)", edit("0.5", "nan"), "outside its band"),
    "measured, garbage": Trap("measured(0.5, 0, 1)", edit("0.5", "good"), "is no number"),
    "measured, empty": Trap("measured(0.5, 0, 1)", edit(" 0.5", ""), "without its band"),
    "measured, no band": Trap(
        "n = 1",
        put(source="print('[measured 9]')", outputs=stream("[measured 8]\n")),
        "without its band",
    ),
    "measured by hand": Trap(
        "n = 2",
        put(source="print('[measured 7] (band 0 .. 1)')", outputs=stream(BAND)),
        r"outside its band: '\[measured 7\]",
    ),
}
TEXTS |= {f"tag {name}": Trap("print(1)", tag(name), "tags .* are not allowed") for name in TAGS}
TEXTS |= {
    f"comment {name}": Trap("n = 0", put(source=f"n = 0\n  # {name}"), "comments that steer nbval")
    for name in COMMENTS
}
TEXTS |= {
    f"magic {line!r}": Trap("n = 0", put(source=line), "neither plain Python|get_ipython")
    for line in MAGIC
}

PNG, JPEG = "image/png", "image/jpeg"
PICTURES = {
    "nothing": Trap("figure(3)", shade(0), ""),
    "removed": Trap("figure(3)", data(PNG, None), "kind or order"),
    "garbage": Trap("figure(3)", data(PNG, lambda old: "garbage!"), "cannot be decoded"),
    "no picture": Trap("figure(3)", data(PNG, lambda old: "AAAA"), "cannot be decoded"),
    "half": Trap("figure(3)", data(PNG, lambda old: old[: len(old) // 8 * 4]), "cannot be decoded"),
    "other size": Trap("figure(3)", scale(1.01), "changed its size"),
    "one tile": Trap("figure(3)", tile(5), "RMS 5.0 in its worst tile"),
    "tolerance": Trap("figure(3)", tile(4), ""),
    "blank": Trap("figure(3)", blank, "RMS .* in its worst tile"),
    "wrong curve": Trap("figure(3)", wrong_curve, "RMS .* in its worst tile"),
    "loose, whole": Trap("figure(3)", shade(19), "", "loose-figure"),
    "loose, whole, too far": Trap("figure(3)", shade(22), "22.0 overall", "loose-figure"),
    "loose, one tile": Trap("figure(3)", tile(59), "", "loose-figure"),
    "loose, one tile, too far": Trap("figure(3)", tile(62), "RMS 62.0 in", "loose-figure"),
    "loose, other size": Trap("figure(3)", scale(1.01), "changed its size", "loose-figure"),
    "jpeg": Trap("jpeg()", picture(lambda old: 255 - old, JPEG), "in its worst tile"),
    "jpeg removed": Trap("jpeg()", data(JPEG, None), "kind or order"),
    "jpeg garbage": Trap("jpeg()", data(JPEG, lambda old: "AAAA"), "cannot be decoded"),
}
# the notebook says that another matplotlib drew it
ELSEWHERE = {
    "one tile": Trap("figure(3)", tile(127), ""),
    "a little larger": Trap("figure(3)", scale(1.1), ""),
    "much larger": Trap("figure(3)", scale(1.2), "changed its size"),
    "much smaller": Trap("figure(3)", scale(0.8), "changed its size"),
    "blank": Trap("figure(3)", blank, "a picture is blank"),
    "removed": Trap("figure(3)", data(PNG, None), "kind or order"),
    "garbage": Trap("figure(3)", data(PNG, lambda old: "AAAA"), "cannot be decoded"),
}
BOOKS = {"texts": TEXTS, "pictures": PICTURES, "elsewhere": ELSEWHERE}
CASES = [(book, name) for book, traps in BOOKS.items() for name in traps]


def source(traps):
    cells = [f'# %% tags=["{trap.tag}"]' if trap.tag else "# %%" for trap in traps.values()]
    cells = [f"{head}\n{trap.source}\n" for head, trap in zip(cells, traps.values(), strict=True)]
    return "\n".join([SETUP, *cells, "# %%\nfigure(3.05)\n"])


def sprung(notebook, traps):
    """The notebook with every trap sprung."""
    notebook = copy.deepcopy(notebook)
    for cell, trap in zip(notebook.cells[1:-1], traps.values(), strict=True):
        other = NotebookNode(cell, other=notebook.cells[-1])
        trap.spring(other)
        del other["other"]
        cell.update(other)
    return notebook


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A folder of honest notebooks, with the guard."""
    folder = tmp_path_factory.mktemp("good") / "chapters"
    (folder / "src").mkdir(parents=True)
    shutil.copy(CONFTEST, folder)
    for book, traps in BOOKS.items():
        (folder / "src" / f"{book}.py").write_text(source(traps))
    build(folder=folder)
    return folder


@pytest.fixture(scope="module")
def found(good, tmp_path_factory):
    """What became of each cell, once honest and once tampered with."""
    folder = tmp_path_factory.mktemp("bad")
    shutil.copy(CONFTEST, folder)
    for book, traps in BOOKS.items():
        notebook = nbformat.read(good / f"{book}.ipynb", as_version=4)
        nbformat.write(notebook, folder / f"good_{book}.ipynb")
        if book == "elsewhere":
            notebook.metadata.cnnmath.matplotlib = "0.1"
        nbformat.write(sprung(notebook, traps), folder / f"bad_{book}.ipynb")
    notebook = nbformat.read(good / "pictures.ipynb", as_version=4)
    del notebook.metadata["cnnmath"]
    nbformat.write(notebook, folder / "unversioned.ipynb")
    notebook.cells = [nbformat.v4.new_markdown_cell("text")]
    nbformat.write(notebook, folder / "prose.ipynb")
    notebook.cells += [nbformat.v4.new_code_cell("1")]
    notebook.cells[0].metadata.tags = ["skip"]
    nbformat.write(notebook, folder / "tagged_text.ipynb")
    (folder / "no_json.ipynb").write_text("{")
    return outcomes(folder, "--continue-on-collection-errors")


@pytest.mark.parametrize("book", BOOKS)
def test_an_honest_notebook_is_green(found, book):
    mine = {test: was for (file, test), was in found.items() if file == f"good_{book}.ipynb"}
    assert len(mine) == len(BOOKS[book]) + 2
    assert {was for was, _ in mine.values()} == {"passed"}


@pytest.mark.parametrize(("book", "name"), CASES)
def test_a_trap_is_red_for_its_own_reason(found, book, name):
    traps = BOOKS[book]
    number = list(traps).index(name) + 2  # the first cell holds the definitions
    was, message = found[f"bad_{book}.ipynb", f"Cell {number}"]
    if traps[name].reason:
        assert was == "failure"
        assert re.search(traps[name].reason, message), message
    else:
        assert (was, message) == ("passed", "")


@pytest.mark.parametrize("book", BOOKS)
def test_cells_without_a_trap_stay_green(found, book):
    for number in (1, len(BOOKS[book]) + 2):
        assert found[f"bad_{book}.ipynb", f"Cell {number}"] == ("passed", "")


def test_pictures_of_an_unknown_matplotlib_are_red(found):
    was, message = found["unversioned.ipynb", "Cell 2"]
    assert was == "failure"
    assert "does not say which matplotlib" in message


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("prose.ipynb", "no code cell, so nothing would be checked"),
        ("tagged_text.ipynb", r"tags \['skip'\] on text cells"),
        ("no_json.ipynb", "does not appear to be JSON"),
    ],
)
def test_a_notebook_that_cannot_be_checked_is_red(found, file, reason):
    was, message = found[file, file]
    assert was == "error"
    assert re.search(reason, message), message


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The project in small, one chapter honest and one not; beside it a copy without config."""
    root = tmp_path_factory.mktemp("course") / "project"
    chapters = root / "chapters"
    (chapters / "src").mkdir(parents=True)
    shutil.copy(CONFTEST, chapters)
    (chapters / "src" / "01_true.py").write_text("# %%\nprint(1)\n\n# %%\nprint(2)\n")
    build(folder=chapters)
    text = (chapters / "01_true.ipynb").read_text()
    (chapters / "02_false.ipynb").write_text(text.replace('"2\\n"', '"3\\n"'))
    for ignored in ("src", ".ipynb_checkpoints"):
        (chapters / ignored).mkdir(exist_ok=True)
        (chapters / ignored / "03_ignored.ipynb").write_text("{")
    (root / "tests").mkdir()
    (root / "tests" / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
    shutil.copytree(chapters, root.with_name("copy") / "chapters")
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


@pytest.mark.parametrize(
    ("where", "arguments", "summary"),
    [
        ("project", [], "1 failed, 4 passed"),
        ("project", ["."], "1 failed, 4 passed"),
        ("project", ["chapters"], "1 failed, 3 passed"),
        ("project", ["chapters/02_false.ipynb"], "1 failed, 1 passed"),
        ("project", ["chapters/01_true.ipynb"], "2 passed"),
        ("project", ["--nbval", "chapters"], "1 failed, 3 passed"),
        ("copy", ["chapters/02_false.ipynb"], "1 failed, 1 passed"),
        ("copy/chapters", [], "1 failed, 3 passed"),
    ],
)
def test_the_guard_needs_no_option(course, where, arguments, summary):
    run = run_pytest(course.parent / where, *arguments)
    assert summary in run.stdout, run.stdout + run.stderr
    assert run.returncode == ("failed" in summary)
    assert ("02_false.ipynb::Cell 2" in run.stdout) == ("failed" in summary)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--nbval-lax"], "--nbval-lax compares nothing"),
        (["-o", "addopts=--nbval --nbval-lax"], "--nbval-lax compares nothing"),
        (["--nbval-sanitize-with=a"], "the chapters have one sanitiser rule; no other file"),
        (["-Wdefault", "--sanitize-with=a"], "the chapters have one sanitiser rule; no other file"),
        (["-p", "no:nbval"], "nbval is installed but switched off"),
    ],
)
def test_a_weaker_check_is_refused(course, arguments, message):
    run = run_pytest(course / "chapters", *arguments)
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {message}" in run.stderr


def test_without_nbval_the_message_says_what_to_install(course, tmp_path):
    missing = "raise ModuleNotFoundError('No module named nbval', name='nbval')"
    (tmp_path / "nbval.py").write_text(missing)
    variables = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(tmp_path)}
    run = run_pytest(course, "chapters", **variables)
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "found no module nbval" in run.stderr
    assert 'python -m pip install -e ".[test]"' in run.stderr
    assert "nbval==0.11.*" in run.stderr
    assert "Traceback" not in run.stdout + run.stderr


PROBE = """
def pytest_collection_finish(session):
    waits = {item.output_timeout for item in session.items}
    print("waits", waits, session.config.option.nbval_cell_timeout)
"""


def test_the_waiting_times_suit_a_loaded_machine(course, tmp_path):
    (tmp_path / "probe.py").write_text(PROBE)
    arguments = ["-s", "-p", "probe", "--collect-only", "chapters"]
    run = run_pytest(course, *arguments, PYTHONPATH=str(tmp_path))
    assert "waits {60} 120\n" in run.stdout


def test_a_cell_that_hangs_or_kills_its_kernel_is_red(tmp_path):
    shutil.copy(CONFTEST, tmp_path)
    for name, source in [("dead", "import os; os._exit(0)"), ("slow", "while True: pass")]:
        sources = enumerate([source, "1 + 1"], start=1)
        cells = [nbformat.v4.new_code_cell(text, execution_count=n) for n, text in sources]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / f"{name}.ipynb")
    found = outcomes(tmp_path, "--nbval-cell-timeout=3")
    assert {was for was, _ in found.values()} == {"failure", "skipped"}
    assert "the kernel died" in found["dead.ipynb", "Cell 1"][1]
    assert found["dead.ipynb", "Cell 2"][0] == "failure"
    assert "Timeout of 3 seconds" in found["slow.ipynb", "Cell 1"][1]
    assert "expected cell to fail" in found["slow.ipynb", "Cell 2"][1]


def weaken(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.fixture
def chapter(tmp_path):
    """A small chapter with every kind of output, to corrupt item by item."""
    (tmp_path / "src").mkdir()
    shutil.copy(CONFTEST, tmp_path)
    cells = ["print('a')\nMath('x')", "figure(3)", "measured(1, 0, 2)", "HTML('b')", "jpeg()"]
    text = SETUP + "".join(f"\n# %%\n{cell}\n" for cell in cells)
    (tmp_path / "src" / "04_all.py").write_text(text)
    build(folder=tmp_path)
    return tmp_path / "04_all.ipynb"


def test_every_stored_item_is_corrupted_once(chapter):
    notebook = nbformat.read(chapter, as_version=4)
    untouched = copy.deepcopy(notebook)
    items = [(label, number) for label, number, _ in corruptions(notebook)]
    assert notebook == untouched
    assert items == [
        ("In[2], output 1, text", 2),
        ("In[2], output 2, text/latex", 2),
        ("In[2], output 2, text/plain", 2),
        ("In[3], output 1, image/png", 3),
        ("In[3], output 1, text/plain", 3),
        ("In[4], output 1, text", 4),
        ("In[5], output 1, text/html", 5),
        ("In[5], output 1, text/plain", 5),
        ("In[6], output 1, image/jpeg", 6),
        ("In[6], output 1, text/plain", 6),
    ]
    for _, number, corrupted in corruptions(notebook):
        pairs = zip(notebook.cells, corrupted.cells, strict=True)
        assert [n for n, (old, new) in enumerate(pairs, start=1) if old != new] == [number]


@pytest.mark.parametrize("computed", [True, False], ids=["computed", "replayed"])
def test_no_corruption_survives_and_a_weaker_guard_is_found_out(chapter, computed):
    assert survivors(chapter, computed=computed) == []
    weaken(chapter.with_name("conftest.py"), "STRICT_TILE_RMS = 4.0", "STRICT_TILE_RMS = 999.0")
    found = survivors(chapter, computed=computed)
    assert found == ["In[3], output 1, image/png", "In[6], output 1, image/jpeg"]


def test_survivors_wants_a_chapter_that_is_green_untouched(chapter):
    weaken(chapter, '"a\\n"', '"b\\n"')
    with pytest.raises(AssertionError, match=r"04_all\.ipynb: red without corruption: .*'Cell 2'"):
        survivors(chapter)
