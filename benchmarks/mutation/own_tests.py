"""The last strand: the tests of an op in tests/ops, run against a copy of the package with the change in it.

They hold what no table can ask of every op: masks, huge numbers, kinks, blocks of images, bad input.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mutation.op_mutants import OpMutant
from mutation.rooms import ROOT, TESTS

SECONDS = 900  # by the clock; these tests take about a minute
PASSED, FAILED, BROKEN = (
    0,
    1,
    2,
)  # pytest's exit status: all right, a test failed, nothing could be imported


def rejected_by_tests(mutant: OpMutant) -> str:
    """What the first failing test says; empty if all pass."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(ROOT / "cnnmath", copy / "cnnmath", ignore=shutil.ignore_patterns("__pyc*"))
        shutil.copytree(TESTS / "ops", copy / "tests" / "ops")
        shutil.copy(ROOT / "pyproject.toml", copy)
        place = copy / "cnnmath" / "ops" / f"{mutant.module}.py"
        place.write_text(mutant.change.source, encoding="utf-8")
        return _first_failure(copy, files_of(mutant))


def files_of(mutant: OpMutant) -> list[str]:
    """The files of tests/ops that speak of the op, its module or the function; the table has run."""
    words = {*mutant.ops, mutant.module, mutant.change.function.split(".")[0]}
    return [
        file.name
        for file in sorted((TESTS / "ops").glob("test_*.py"))
        if file.name != "test_ops.py" and words & _words(file)
    ]


def _words(file: Path) -> set[str]:
    text = file.read_text(encoding="utf-8")
    return set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())


def _first_failure(copy: Path, files: list[str]) -> str:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider"]
    command += ["--tb=no", "-p", "no:xdist", *(f"tests/ops/{name}" for name in files)]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"more than {SECONDS} s"
    if done.returncode == PASSED:
        return ""
    if done.returncode not in (FAILED, BROKEN):
        raise RuntimeError(f"pytest ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return next(
        (n for n in done.stdout.splitlines() if n.startswith(("FAILED", "ERROR"))), "failed"
    )
