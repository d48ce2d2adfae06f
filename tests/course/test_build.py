import hashlib
import json
import os
import runpy
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest

from cnnmath.course.build import TAGS, ChapterError, build, execute, stale

ROOT = Path(__file__).resolve().parents[2]
GOOD = """\
# %% [markdown] tags=["definition"]
# A formula: $$x$$

# %%
# %matplotlib inline
import os, sys
import matplotlib.pyplot as plt
from cnnmath.course.present import is_build

# %%
print("out", flush=True)
print("put", is_build(), os.environ["MPLBACKEND"], flush=True)
print(os.path.basename(os.getcwd()), dict(b=1, a=2))

# %% tags=["loose-figure"]
plt.figure(figsize=(1, 1))
plt.plot([1, 2, 3])
plt.show()
{1: 2}
"""
SEED = """
import sys
from cnnmath.course.build import build
build(folder=sys.argv[1])
"""


@pytest.fixture
def chapters(tmp_path):
    """A folder with one good chapter, 01_good."""
    source = tmp_path / "chapters" / "src" / "01_good.py"
    source.parent.mkdir(parents=True)
    source.write_text(GOOD)
    return tmp_path / "chapters"


def add(chapters, text, name="02_bad"):
    (chapters / "src" / f"{name}.py").write_text(text)


def test_a_build_holds_what_is_needed_and_no_more(chapters, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")  # would leave the chapters without pictures
    seen = []
    path = chapters / "01_good.ipynb"
    assert build(folder=chapters, progress=lambda *done: seen.append(done)) == [path]
    assert seen == [("01_good", done, 3) for done in range(4)]
    text = path.read_text()
    notebook = json.loads(text)
    assert text == json.dumps(notebook, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    assert [cell["id"] for cell in notebook["cells"]] == [f"01_good-00{n}" for n in (1, 2, 3, 4)]
    assert [cell["metadata"] for cell in notebook["cells"]] == [
        {"tags": ["definition"]},
        {},
        {},
        {"tags": ["loose-figure"]},
    ]
    assert [cell.get("execution_count") for cell in notebook["cells"]] == [None, 1, 2, 3]
    assert notebook["metadata"] == {
        "cnnmath": {"matplotlib": version("matplotlib")},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    stream, picture, result = notebook["cells"][2]["outputs"] + notebook["cells"][3]["outputs"]
    backend = "module://matplotlib_inline.backend_inline"
    assert "".join(stream["text"]) == f"out\nput True {backend}\nchapters {{'b': 1, 'a': 2}}\n"
    assert "image/png" in picture["data"]
    assert result["execution_count"] == 3


def test_three_builds_are_the_same_bytes(chapters):
    hashes = set()
    for seed in ("0", "1", "4242"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", SEED, chapters], env=environment, check=True)
        hashes.add(hashlib.sha256((chapters / "01_good.ipynb").read_bytes()).hexdigest())
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "# %%\nx = 0\n\n# %% [markdown]\n# text\n\n# %%\ny = 1\ny / x\n",
            r"^02_bad, cell In\[2\], line `y / x` \(02_bad\.py:9\): "
            r"ZeroDivisionError: division by zero$",
        ),
        (
            "# %%\ndef f():\n    raise ValueError('first\\nsecond')\n\n# %%\nf()\n",
            r"^02_bad, cell In\[2\], line `f\(\)` \(02_bad\.py:6\): ValueError: first$",
        ),
        ("# %%\nx = = 1\n", r"^02_bad, cell In\[1\], line `x = = 1` \(02_bad\.py:2\): Syntax"),
        ("# %%\nimport os\nos._exit(3)\n", r"^02_bad, cell In\[1\]: DeadKernelError: "),
        ('# %% tags=["nbval-skip"]\n1\n', r"^02_bad\.py, cell 1: tags \['nbval-skip'\] are not"),
        ("# %%\n1\n\n# %%\n\n# %%\n2\n", r"^02_bad\.py, cell 2: an empty code cell never runs$"),
        ("x = 1\n\n# %%\nx\n", r"^02_bad\.py: text before the first '# %%' line"),
    ],
)
def test_a_failure_is_named(chapters, text, message):
    add(chapters, text)
    with pytest.raises(ChapterError, match=message):
        build(["02_bad"], folder=chapters)
    assert [path.name for path in chapters.iterdir()] == ["src"]


def test_a_failure_leaves_every_chapter_as_it_was(chapters):
    (chapters / "01_good.ipynb").write_text("old")
    add(chapters, "# %%\n1 / 0\n")
    with pytest.raises(ChapterError, match=r"^02_bad, cell In\[1\], .*ZeroDivisionError"):
        build(folder=chapters)
    assert sorted(path.name for path in chapters.iterdir()) == ["01_good.ipynb", "src"]
    assert (chapters / "01_good.ipynb").read_text() == "old"


def test_an_unknown_chapter_is_named(chapters):
    with pytest.raises(ChapterError, match=r"^no chapter 07_gone in .*: \['01_good'\]$"):
        build(["07_gone"], folder=chapters)


def test_execute_runs_in_memory_and_says_where_it_failed(chapters):
    build(folder=chapters)
    path = chapters / "01_good.ipynb"
    before = path.read_bytes()
    seconds, cells = execute(path)
    assert 0 < seconds < 60
    assert cells == 3
    assert path.read_bytes() == before
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].source = "x = 1\nnothing_of_the_kind"
    nbformat.write(notebook, path)
    wanted = r"^01_good, cell In\[2\], line `nothing_of_the_kind`: NameError: name"
    with pytest.raises(ChapterError, match=wanted):
        execute(path)


def test_stale_names_what_must_be_built_again(chapters):
    assert stale(chapters) == ["01_good"]  # not built yet
    build(folder=chapters)
    assert stale(chapters) == []
    source = chapters / "src" / "01_good.py"
    for old, new in [("out", "OUT"), ("A formula", "An equation"), (' tags=["definition"]', "")]:
        source.write_text(GOOD.replace(old, new))
        assert stale(chapters) == ["01_good"]
    source.rename(chapters / "src" / "01_other.py")
    assert stale(chapters) == ["01_good", "01_other"]


def test_build_and_guard_allow_the_same_tags():
    assert runpy.run_path(str(ROOT / "chapters" / "conftest.py"))["TAGS"] == TAGS
