"""What the benchmarks measured and committed, for those who show it without measuring it again."""

import json
from pathlib import Path
from typing import Any


def committed(name: str) -> dict[str, Any]:
    """The result file ``benchmarks/results/<name>.json``, as the benchmark of that name wrote it.

    Raises FileNotFoundError, which lists the files that there are.
    """
    folder = results_folder()
    path = folder / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in folder.glob("*.json")))
        raise FileNotFoundError(f"committed: no result {name!r}; there are {known}")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def results_folder() -> Path:
    """The results of the checkout, or those that came with the package."""
    package = Path(__file__).resolve().parents[1]
    checkout = package.parent / "benchmarks" / "results"
    return checkout if (package.parent / "pyproject.toml").exists() else package / "_results"
