"""environment.yml and pyproject.toml ask for the same packages, and for every one that is imported."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import InvalidRequirement, Requirement

ROOT = Path(__file__).parents[2]
CONDA_NAMES = {"matplotlib-base": "matplotlib"}  # conda: pip
COMES_WITH = {  # imported by cnnmath, asked for under the name of what brings it
    "jupyter_client": "jupyterlab",
    "nbclient": "jupyterlab",
    "nbformat": "jupyterlab",
    "traitlets": "jupyterlab",
    "IPython": "ipywidgets",
    "PIL": "matplotlib",
    "mpmath": "sympy",
}
PIP_NAMES = {"yaml": "pyyaml", "sklearn": "scikit-learn"}  # import: pip


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def environment():
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def from_conda(entry):
    """``nbval=0.11`` is ``nbval==0.11.*`` in pip; the other bounds are written alike."""
    name, bounds = re.fullmatch(r"([A-Za-z0-9_.-]+?)\s*([<>=!~].*)?", entry).groups()
    fuzzy = re.fullmatch(r"=([0-9][0-9.]*?)(\.\*)?", bounds or "")
    return Requirement(CONDA_NAMES.get(name, name) + (f"=={fuzzy[1]}.*" if fuzzy else bounds or ""))


def comparable(requirements):
    return {r.name.lower().replace("_", "-"): str(r.specifier) for r in requirements}


def asked_by_pyproject():
    p = project()
    extras = p["optional-dependencies"]
    listed = [Requirement(text) for text in p["dependencies"] + extras["course"] + extras["test"]]
    own = [r for r in listed if r.name == "cnnmath"]
    assert [sorted(r.extras) for r in own] == [["course"]]  # test = course + ...
    python = Requirement(f"python{p['requires-python']}")
    return comparable([python, *(r for r in listed if r.name != "cnnmath")])


def asked_by_environment(entries):
    return comparable(from_conda(e) for e in entries if isinstance(e, str) and e != "pip")


def test_environment_has_its_parts():
    found = environment()
    assert list(found) == ["name", "channels", "dependencies"]
    assert found["name"] == "cnnmath"
    assert found["channels"] == ["conda-forge"]
    assert found["dependencies"][-2:] == ["pip", {"pip": ["-e ."]}]
    assert sum(not isinstance(entry, str) for entry in found["dependencies"]) == 1


def test_environment_and_pyproject_agree_in_both_directions():
    assert asked_by_environment(environment()["dependencies"]) == asked_by_pyproject()


def test_no_package_is_asked_for_twice():
    entries = [e for e in environment()["dependencies"] if isinstance(e, str)]
    names = [from_conda(e).name for e in entries]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ("numpy>=2.0", "numpy>=2.0"),
        ("nbval=0.11", "nbval==0.11.*"),
        ("nbval=0.11.*", "nbval==0.11.*"),
        ("matplotlib-base >=3.9,<4", "matplotlib>=3.9,<4"),
        ("python==3.11.7", "python==3.11.7"),
        ("pip", "pip"),
    ],
)
def test_spelling_of_conda(entry, wanted):
    assert comparable([from_conda(entry)]) == comparable([Requirement(wanted)])


def test_an_entry_that_is_no_requirement_is_seen():
    with pytest.raises(InvalidRequirement, match="version"):
        from_conda("numpy=>2.0")


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: entries[:-1],
        lambda entries: [*entries, "torch>=2"],
        lambda entries: [e.replace("numpy>=2.0", "numpy>=1.26") for e in entries],
        lambda entries: [e.replace("numpy>=2.0", "numpy") for e in entries],
    ],
)
def test_a_difference_is_seen(change):
    entries = [e for e in environment()["dependencies"] if isinstance(e, str) and e != "pip"]
    assert asked_by_environment(entries) == asked_by_pyproject()
    assert asked_by_environment(change(entries)) != asked_by_pyproject()


def imported(folder):
    """Every package that a module below the folder imports, anywhere in it."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                yield node.module.split(".")[0]


def test_every_package_that_cnnmath_imports_is_asked_for():
    extras = project()["optional-dependencies"]
    asked = asked_by_pyproject().keys() | comparable(map(Requirement, extras["peers"])).keys()
    names = set(imported("cnnmath")) - sys.stdlib_module_names - {"cnnmath"}
    assert "numpy" in names
    missing = {n for n in names if COMES_WITH.get(n, PIP_NAMES.get(n, n)).lower() not in asked}
    assert missing == set()
