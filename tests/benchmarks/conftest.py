import importlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    """A module of benchmarks/, by name; they import each other by name too."""
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module
