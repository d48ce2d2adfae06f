"""What a stranger must never find in the project."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:tmp|work|root|home)/[a-z]")
NAMES = re.compile(r"(^|/)(utils?|helpers?|misc|common)\.py$")


def tracked() -> list[str]:
    """Tracked files; in an unpacked archive without git, all files but caches."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0:
        return done.stdout.split("\n")[:-1]
    return [
        str(p.relative_to(ROOT))
        for p in ROOT.rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    ]


FILES = tracked()


def machine_paths(text: str) -> list[str]:
    return MACHINE_PATH.findall(text)


def test_the_search_finds_what_it_looks_for():
    planted = "/" + "home/someone"
    assert machine_paths(f"see {planted}") and not machine_paths("a/b/c https://x.org/home/page")
    assert NAMES.search("cnnmath/utils.py")


@pytest.mark.parametrize(
    "name",
    [f for f in FILES if Path(f).suffix in (".py", ".md", ".toml", ".yml", ".json", ".ipynb", "")],
)
def test_no_path_of_a_machine(name):
    path = ROOT / name
    if path.is_file():
        assert not machine_paths(path.read_text(encoding="utf-8"))


def test_no_file_is_called_after_nothing():
    assert [f for f in FILES if NAMES.search(f)] == []
