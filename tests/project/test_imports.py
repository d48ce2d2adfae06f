"""Imports go one way: ops <- proof, nn <- results <- ledger <- course; read from the source by ast."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "cnnmath"
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = {  # room: the rooms that it may import, itself apart
    "": {"ops"},  # cnnmath/__init__.py
    "ops": set(),
    "data": set(),
    "proof": {"ops"},
    "nn": {"ops", "data"},
    "results": {"ops", "proof"},
    "ledger": {"ops", "proof", "data", "nn", "results"},
    "course": {"ops", "proof", "data", "nn", "results", "ledger"},
    "cli": {"ops", "proof", "data", "nn", "results", "ledger", "course"},
}
OTHERS = {  # room: what else its modules may load at import, the standard library apart
    "": set(),
    "ops": {"numpy"},
    "data": {"numpy"},
    "proof": {"numpy", "sympy", "mpmath"},
    "nn": {"numpy"},
    "results": {"numpy", "sympy", "mpmath"},
    "ledger": {"numpy", "sympy", "mpmath"},
    "course": None,  # whatever notebooks need; tests/project/test_environment.py asks for its entry
    "cli": set(),
}
PEERS = {"torch", "sklearn", "scipy", "jax", "autograd"}  # never at the top of a module of cnnmath


def room_of(path):
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem.replace("__init__", "")


def imports(tree, *, everywhere):
    """(module, line) of each import: at the top level of the module, or anywhere in it."""
    for node in ast.walk(tree) if everywhere else top_level(tree.body):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            yield from (
                (
                    f"{node.module}.{a.name}" if node.module == "cnnmath" else node.module,
                    node.lineno,
                )
                for a in node.names
            )


def top_level(body):
    """Statements that run when the module is imported: all but the bodies of functions."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield node
        for field in ("body", "orelse", "finalbody", "handlers"):
            if not isinstance(node, ast.ExceptHandler | ast.If) or not is_typing(node):
                yield from top_level(getattr(node, field, []))


def is_typing(node):
    """``if TYPE_CHECKING:`` does not run."""
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def violations(room, tree):
    """What this module imports and must not, with line numbers."""
    found = []
    for name, line in imports(tree, everywhere=True):
        top, _, rest = name.partition(".")
        target = rest.split(".")[0]
        if top == "cnnmath" and target in ROOMS and target != room and target not in ROOMS[room]:
            found.append(f"{line}: {name}")
    for name, line in imports(tree, everywhere=False):
        top = name.split(".")[0]
        allowed = OTHERS[room]
        if top in PEERS or (top != "cnnmath" and not standard(top) and allowed is not None):
            if top in PEERS or top not in allowed:
                found.append(f"{line}: {name}")
    return found


def standard(name):
    return name in sys.stdlib_module_names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_modules_import_only_what_lies_below_them(path):
    assert room_of(path) in ROOMS, "a new room: say here what it may import"
    assert violations(room_of(path), ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("room", "source", "wanted"),
    [
        ("ops", "import numpy as np\nimport math", []),
        ("ops", "import sympy", ["1: sympy"]),
        ("ops", "from cnnmath.proof.tie import tie", ["1: cnnmath.proof.tie"]),
        ("ops", "def f():\n    from cnnmath import proof", ["2: cnnmath.proof"]),
        ("proof", "from cnnmath.ops import OPS\nimport mpmath", []),
        ("proof", "import cnnmath.nn.layers", ["1: cnnmath.nn.layers"]),
        ("nn", "from cnnmath.data import batches\nfrom cnnmath.ops import affine", []),
        ("nn", "import rich", ["1: rich"]),
        ("nn", "def f():\n    import rich", []),
        ("nn", "class A:\n    import torch", ["2: torch"]),
        (
            "nn",
            "try:\n    import torch\nexcept ImportError:\n    import scipy",
            ["2: torch", "4: scipy"],
        ),
        ("results", "from cnnmath.nn import SGD", ["1: cnnmath.nn"]),
        ("ledger", "from cnnmath.course.show import line", ["1: cnnmath.course.show"]),
        ("course", "import matplotlib, nbformat\nfrom cnnmath.ledger import row", []),
        ("course", "import sklearn.datasets", ["1: sklearn.datasets"]),
        ("cli", "def main():\n    from cnnmath.course.build import build", []),
        ("cli", "import rich", ["1: rich"]),
        ("", "from cnnmath.proof import tie", ["1: cnnmath.proof"]),
    ],
)
def test_the_check_sees_what_it_must(room, source, wanted):
    assert violations(room, ast.parse(source)) == wanted


def test_every_room_has_modules():
    assert {room_of(path) for path in MODULES} == set(ROOMS)


def loaded(statement):
    """The packages that a fresh interpreter has after the statement."""
    code = f"{statement}; import sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


HEAVY = {"sympy", "mpmath", "matplotlib", "rich", "nbformat", "IPython"} | PEERS


@pytest.mark.parametrize(
    "module", ["cnnmath", "cnnmath.ops", "cnnmath.nn", "cnnmath.data", "cnnmath.cli"]
)
def test_import_is_light(module):
    found = loaded(f"import {module}")
    assert "numpy" in found or module == "cnnmath.cli"
    assert not found & HEAVY


def test_import_of_the_notation_loads_no_sympy():
    assert "sympy" not in loaded("import cnnmath.proof.derivation")


def test_the_subprocess_would_tell():
    assert {"sympy", "mpmath"} <= loaded("import cnnmath.proof.tie")
