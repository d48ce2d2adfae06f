"""The neighbours of a function that one slip of the pen produces, as sources of its module.

Left out are guards (``if ...: raise`` and what only they use), annotations, defaults and texts: bad input is
the business of tests/ops/test_bad_*.
"""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from mutation.operators import OPERATORS, is_none

OFF = "10001 / 10000"  # whole numbers: no dtype changes
SCALES = {"zero gradient": "0", "constant": OFF}  # of each gradient; of the value OFF alone


class Change(NamedTuple):
    """One change of a module: what kind, in which function and line, the lines before and after."""

    operator: str
    function: str
    line: int
    old: str
    new: str
    source: str  # of the whole module


def changes(source: str, functions: dict[int, str]) -> Iterator[Change]:
    """Every change of these functions (by their first line) in the source of a module, each once."""
    seen: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and first_line(node) in functions:
            for change in _changes_of(source, node, functions[first_line(node)]):
                if change.source not in seen:
                    yield change
                seen.add(change.source)


def first_line(function: ast.FunctionDef) -> int:
    """The line that a code object names: that of its first decorator, if it has one."""
    return min([function.lineno, *(d.lineno for d in function.decorator_list)])


def _changes_of(source: str, function: ast.FunctionDef, name: str) -> Iterator[Change]:
    for qualified, node in _open_nodes(function, name):
        for operator, look in OPERATORS.items():
            for new in look(node):
                changed = _replaced(source, node, new)
                yield Change(operator, qualified, node.lineno, *_lines(source, changed), changed)
    for qualified, part, is_gradient in _returned(function, name):
        for operator, scale in SCALES.items() if is_gradient else [("constant", OFF)]:
            new = ast.parse(f"({ast.unparse(part)}) * {scale}", mode="eval").body
            changed = _replaced(source, part, new)
            yield Change(operator, qualified, part.lineno, *_lines(source, changed), changed)


def _replaced(source: str, old: ast.AST, new: ast.AST) -> str:
    """The source with the text of one node replaced; columns count bytes."""
    lines = [line.encode() for line in source.splitlines(keepends=True)]
    start = sum(map(len, lines[: old.lineno - 1])) + old.col_offset
    end = sum(map(len, lines[: old.end_lineno - 1])) + old.end_col_offset
    text = ast.unparse(new)
    if isinstance(new, ast.BinOp | ast.UnaryOp | ast.Compare | ast.IfExp):
        text = f"({text})"
    whole = b"".join(lines)
    return (whole[:start] + text.encode() + whole[end:]).decode()


def _lines(source: str, changed: str) -> tuple[str, str]:
    """What stands between the lines that both have at the beginning and at the end."""
    a, b = source.splitlines(), changed.splitlines()
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    return "\n".join(line.strip() for line in a), "\n".join(line.strip() for line in b)


# ------------------------------------------------------------------------------- where to look


def _open_nodes(function: ast.FunctionDef, name: str) -> Iterator[tuple[str, ast.AST]]:
    """(qualified name, node) for the nodes in which an operator may look, nested functions included."""
    guards = {id(n) for g in ast.walk(function) if _is_guard(g) for n in _guarded(g)}
    loads = [n for n in ast.walk(function) if isinstance(n, ast.Name) and _is_load(n)]
    useful = {n.id for n in loads if id(n) not in guards}

    def walk(node: ast.AST, place: str) -> Iterator[tuple[str, ast.AST]]:
        if id(node) in guards or isinstance(node, ast.JoinedStr | ast.Raise | ast.arguments):
            return
        if isinstance(node, ast.Assign) and not _targets(node) <= useful:
            return
        if isinstance(node, ast.FunctionDef):
            below: list[ast.AST] = list(node.body)
            place = place if node is function else f"{place}.{node.name}"
        elif isinstance(node, ast.AnnAssign):
            below = [node.value] if node.value else []
        else:
            yield place, node
            below = list(ast.iter_child_nodes(node))
        for child in below:
            yield from walk(child, place)

    yield from walk(function, name)


def _is_guard(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.body[-1], ast.Raise)


def _guarded(guard: ast.If) -> Iterator[ast.AST]:
    """The condition and what is raised, not what stands behind ``else``."""
    for part in (guard.test, *guard.body):
        yield from ast.walk(part)


def _is_load(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)


def _targets(assign: ast.Assign) -> set[str]:
    """Plain names that are assigned; none, if something is stored into an array."""
    if all(isinstance(t, ast.Name) for t in assign.targets):
        return {t.id for t in assign.targets if isinstance(t, ast.Name)}
    return set()


def _returned(function: ast.FunctionDef, name: str) -> Iterator[tuple[str, ast.AST, bool]]:
    """(function, part, is a gradient) for what an op returns: its value, and each entry of backward's
    tuple; of ``a if need else None`` the part that is one."""
    for node in ast.walk(function):
        if not isinstance(node, ast.FunctionDef):
            continue
        for part in _parts(node):
            while isinstance(part, ast.IfExp):
                part = part.orelse if is_none(part.body) else part.body
            if node.name == "backward":
                yield f"{name}.backward", part, True
            else:
                yield name, part, False


def _parts(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """Of ``return value, backward`` the value; of backward's own tuple all entries."""
    for node in function.body:
        if not (isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple)):
            continue
        match node.value.elts:
            case parts if function.name == "backward":
                yield from parts
            case [value, ast.Name("backward")]:
                yield value
