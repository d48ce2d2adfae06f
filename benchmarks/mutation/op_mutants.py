"""Wrong versions of the ops: each with its change, and as a function that can be called.

A mutant is a private copy of its module, and of those modules of cnnmath.ops that import it; nothing that is
installed changes. ``for m in op_mutants(["affine"]): m.op(x, w, b)``.
"""

import ast
import builtins
import dataclasses
import importlib
import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from cnnmath.ops import OPS, Op
from mutation.code_changes import Change, changes

ROOM = "cnnmath.ops."
# which way (conv_cost is behind it), in blocks of how many: a change costs time or memory, and no value;
# prices, sizes of blocks and memory have tests of their own
CHOOSING = {
    "conv_methods": {"automatic_value", "automatic_dx", "automatic_dw"},
    "conv_blocked": {"folds", "block_size", "scattered_images"},
    "conv_winograd": {"tile_bytes", "tiles_at_once"},
}
BLOCKS = {  # what says how large a block is: with 1, every call is cut into as many as can be
    "conv_blocked": ("BLOCK_BYTES", "SHARES_BYTES", "COLUMNS"),
    "conv_fft": ("BLOCK",),
    "conv_winograd": ("TILES", "BYTES"),
}
BY_NAME = {op.name: op for op in OPS}


@dataclass(frozen=True)
class OpMutant:
    """One change of one function, and the ops that run through it."""

    name: str
    module: str
    change: Change
    ops: tuple[str, ...]

    @property
    def operator(self) -> str:
        return self.change.operator

    @property
    def where(self) -> str:
        return f"{self.module}.{self.change.function}:{self.change.line}"

    @property
    def diff(self) -> str:
        return f"- {self.change.old}\n+ {self.change.new}"

    @property
    def op(self) -> Callable[..., Any]:
        """The first op that runs through the change, called like the right one."""
        return self.forward(self.ops[0])

    def forward(self, name: str) -> Callable[..., Any]:
        """The wrong version of this op."""
        right = BY_NAME[name].forward
        module = private_copy(ROOM + self.module, self.change.source, right.__module__)
        return getattr(module, right.__name__)

    def record(self, name: str) -> Op:
        """The record of the op (sizes, cases, derivations) with the wrong function in it."""
        return dataclasses.replace(BY_NAME[name], forward=self.forward(name))

    def in_small_blocks(self) -> "OpMutant":
        """The same change where every block is one image, one row or one tile."""
        source = self.change.source
        for constant in BLOCKS[self.module]:
            source, found = re.subn(
                rf"^{constant} = [^#\n]+", f"{constant} = 1", source, flags=re.M
            )
            assert found == 1, f"{self.module}.{constant}"
        return dataclasses.replace(self, change=self.change._replace(source=source))


def op_mutants(names: list[str] | None = None) -> Iterator[OpMutant]:
    """Every mutant that these ops (any, if none is named) run through; what several share is changed once,
    and is a mutant of all of them."""
    for module, functions in _functions().items():
        source, numbers = _source(module), Counter[str]()
        for change in changes(source, {line: name for line, (name, _) in functions.items()}):
            inside = f"{change.function}."  # nested functions belong to the one around them
            ops = next(u for name, u in functions.values() if inside.startswith(f"{name}."))
            place = f"{module.removeprefix(ROOM)}.{change.function}"
            numbers[place] += 1
            if names is None or set(names) & set(ops):
                name = f"{place} {numbers[place]}"
                yield OpMutant(name, module.removeprefix(ROOM), change, ops)


@cache
def _functions() -> dict[str, dict[int, tuple[str, tuple[str, ...]]]]:
    """By module and first line: the name of each function, and the ops that run through it."""
    found: dict[str, dict[int, tuple[str, tuple[str, ...]]]] = {}
    for op in OPS:
        for function in reached(op.forward):
            place = found.setdefault(function.__module__, {})
            line, name = function.__code__.co_firstlineno, function.__qualname__
            place[line] = name, (*place.get(line, (name, ()))[1], op.name)
    return found


def unchanged(name: str, module: str = "") -> OpMutant:
    """The op itself, as its own mutant (of the module of its function, or of another one): no strand may
    reject it."""
    module = module or BY_NAME[name].forward.__module__.removeprefix(ROOM)
    nothing = Change("none", name, 0, "", "", _source(ROOM + module))
    return OpMutant(f"{name} 0", module, nothing, (name,))


def modules_in_blocks(name: str) -> list[str]:
    """The modules of BLOCKS that the op runs through."""
    reached_in = {
        function.__module__.removeprefix(ROOM) for function in reached(BY_NAME[name].forward)
    }
    return [module for module in BLOCKS if module in reached_in]


# ------------------------------------------------------------------------- what an op runs through


def reached(function: Callable[..., Any]) -> list[FunctionType]:
    """The function and those of cnnmath.ops that it may call, but for the checks of arguments, and for
    what only chooses."""
    found: dict[tuple[str, str], FunctionType] = {}
    todo: list[Any] = [function]
    while todo:
        each = inspect.unwrap(todo.pop(0))  # those that remember their results
        if isinstance(each, dict | tuple | list):
            todo += each.values() if isinstance(each, dict) else each
        elif isinstance(each, type) and each.__module__.startswith(ROOM):
            todo += [m.fget if isinstance(m, property) else m for m in vars(each).values()]
        elif isinstance(each, FunctionType) and _is_ours(each):
            name = each.__module__, each.__qualname__
            if name not in found:
                found[name] = each
                todo += [each.__globals__.get(used) for used in sorted(_names(each.__code__))]
    return list(found.values())


def _is_ours(function: FunctionType) -> bool:
    """Written in cnnmath.ops (a dataclass has methods that nobody wrote), and no check or choice."""
    if not function.__module__.startswith(ROOM) or _chooses(function):
        return False
    file = inspect.getsourcefile(importlib.import_module(function.__module__))
    return function.__code__.co_filename == file and not _is_check(function.__name__)


def _chooses(function: FunctionType) -> bool:
    return function.__name__ in CHOOSING.get(function.__module__.removeprefix(ROOM), ())


def _is_check(name: str) -> bool:
    return name.lstrip("_").startswith("check")


def _names(code: CodeType) -> set[str]:
    inner = [c for c in code.co_consts if isinstance(c, CodeType)]
    return set(code.co_names).union(*map(_names, inner))


# ---------------------------------------------------------------------------------- private copies


def private_copy(changed: str, source: str, wanted: str) -> ModuleType:
    """The module ``wanted`` as it is when the module ``changed`` has this source."""
    loaded: dict[str, ModuleType] = {}

    def load(name: str) -> ModuleType:
        if name != changed and changed not in _imports(name):
            return importlib.import_module(name)
        if name not in loaded:
            module = ModuleType(name)
            loaded[name] = module
            vars(module)["__builtins__"] = {**vars(builtins), "__import__": find}
            code = (
                compile(source, f"<mutant of {name}>", "exec") if name == changed else _code(name)
            )
            exec(code, vars(module))
        return loaded[name]

    def find(name: str, *rest: Any) -> Any:
        return load(name) if name.startswith(ROOM) else builtins.__import__(name, *rest)

    return load(wanted)


@cache
def _imports(name: str) -> frozenset[str]:
    """The modules of cnnmath.ops that this one needs, directly or not."""
    direct = {
        node.module
        for node in ast.walk(ast.parse(_source(name)))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(ROOM)
    }
    return frozenset(direct.union(*map(_imports, direct)))


@cache
def _source(name: str) -> str:
    path = importlib.import_module(name).__file__
    assert path is not None
    return Path(path).read_text(encoding="utf-8")


@cache
def _code(name: str) -> CodeType:
    return compile(_source(name), f"<copy of {name}>", "exec")
