"""The saved findings are what torch, jax and SymPy say today."""

import importlib
import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("jax")
FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def outside(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module("outside_findings")


def without_version(found):
    return [{name: said for name, said in each.items() if name != "version"} for each in found]


def test_the_tools_say_what_was_saved(outside):
    """If this fails, a tool has changed its mind: run benchmarks/outside_findings.py --save and read."""
    saved = json.loads((FOLDER / "results" / "outside_findings.json").read_text(encoding="utf-8"))
    assert without_version(outside.findings()) == without_version(saved["findings"])


@pytest.mark.parametrize("name", ["torch_zero", "jax_zero", "our_zero"])
def test_a_right_backward_is_accepted(outside, monkeypatch, name):
    """The checkers are called as they should be: with the cosine they all say yes."""
    monkeypatch.setattr(outside, "SIZES", (10,))
    ask = getattr(outside, name)
    assert {says for _, _, says, _, _ in ask()} == {outside.REJECTED}
    assert {says for _, _, says, _, _ in ask(true=True)} == {outside.ACCEPTED}


def test_a_kink_is_asked_at_the_kink(outside):
    import torch

    def gradient(function, at):
        x = torch.tensor(at, requires_grad=True)
        function(x).sum().backward()
        return x.grad.tolist()

    ((_, given, says, _, _),) = outside.at_kinks(gradient, {"relu": torch.relu}, "", [2.0], "")
    assert (given, says) == ("relu at x = (2)", "1")
