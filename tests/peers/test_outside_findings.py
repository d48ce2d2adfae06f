"""The saved findings are what torch, jax and SymPy say today."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("jax")
FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def outside(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module("outside_findings")


def asked(code):
    """What the code prints as JSON, in a process of its own: jax starts threads, and other tests fork."""
    script = f"import json, outside_findings as outside\n{code}"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(FOLDER), str(FOLDER.parent)))}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def without_version(found):
    return [{name: said for name, said in each.items() if name != "version"} for each in found]


def test_the_tools_say_what_was_saved():
    """If this fails, a tool has changed its mind: run benchmarks/outside_findings.py --save and read."""
    saved = json.loads((FOLDER / "results" / "outside_findings.json").read_text(encoding="utf-8"))
    found = asked("print(json.dumps(outside.findings()))")
    assert without_version(found) == without_version(saved["findings"])


@pytest.mark.parametrize("name", ["torch_zero", "jax_zero", "our_zero"])
def test_a_right_backward_is_accepted(outside, name):
    """The checkers are called as they should be: with the cosine they all say yes."""
    wrong, right = asked(
        f"outside.SIZES, ask = (10,), outside.{name}\n"
        "print(json.dumps([[each[2] for each in ask()], [each[2] for each in ask(true=True)]]))"
    )
    assert set(wrong) == {outside.REJECTED}
    assert set(right) == {outside.ACCEPTED}


def test_a_kink_is_asked_at_the_kink(outside):
    import torch

    def gradient(function, at):
        x = torch.tensor(at, requires_grad=True)
        function(x).sum().backward()
        return x.grad.tolist()

    ((_, given, says, _, _),) = outside.at_kinks(gradient, {"relu": torch.relu}, "", [2.0], "")
    assert (given, says) == ("relu at x = (2)", "1")
