"""Slips of the pen in Python: what could stand in the place of one node of a syntax tree."""

import ast
from collections.abc import Callable, Iterator

Operator = Callable[[ast.AST], Iterator[ast.AST]]
FUNCTIONS = {  # by another one of the same shape
    "maximum": "minimum",
    "argmax": "argmin",
    "exp": "expm1",
    "log": "log1p",
    "log1p": "log",
    "zeros": "ones",
    "empty": "ones",
    "add": "subtract",
    "subtract": "add",
}
OTHER_ORDER = {
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
OPTIONS = ("stride", "padding", "dilation", "keepdims")
LARGE = 1000  # integers from here on are decimal constants: one more is the fourth digit


def _sign(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(left, ast.Add(), right):
            yield ast.BinOp(left, ast.Sub(), right)
        case ast.BinOp(left, ast.Sub(), right):
            yield ast.BinOp(left, ast.Add(), right)
        case ast.UnaryOp(ast.USub(), operand) if not _is_one(operand):
            yield operand
        case ast.AugAssign(target, ast.Add(), value):
            yield ast.AugAssign(target, ast.Sub(), value)
        case ast.AugAssign(target, ast.Sub(), value):
            yield ast.AugAssign(target, ast.Add(), value)


def _term(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(left, ast.Add(), right):
            yield left
            yield right
        case ast.BinOp(left, ast.Sub(), right):
            yield left
            yield ast.UnaryOp(ast.USub(), right)
        case ast.AugAssign(target, ast.Add() | ast.Sub(), value):
            yield ast.Assign([target], value, lineno=node.lineno)


def _factor(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        yield node.left
        yield node.right


def _division(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv):
        yield node.left


def _bound(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Slice(lower, upper, step):
            if lower is not None:
                yield from (ast.Slice(moved, upper, step) for moved in _moved(lower))
            if upper is not None:
                yield from (ast.Slice(lower, moved, step) for moved in _moved(upper))
        case ast.Subscript(value, ast.Constant(int()) as index, ctx):
            yield from (ast.Subscript(value, moved, ctx) for moved in _moved(index))
        case ast.Call(ast.Name("range" | "slice"), arguments):
            for i, argument in enumerate(arguments[:2]):
                for moved in () if is_none(argument) else _moved(argument):
                    yield ast.Call(node.func, [*arguments[:i], moved, *arguments[i + 1 :]], [])


def _transpose(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Attribute(value, "T"):
            yield value
        case ast.Call(ast.Attribute(value, "transpose" | "swapaxes"), arguments):
            yield value
            for i in range(len(arguments) - 1):
                swapped = [*arguments[:i], arguments[i + 1], arguments[i], *arguments[i + 2 :]]
                if node.func.attr == "transpose":
                    yield ast.Call(node.func, swapped, [])
        case ast.BinOp(left, ast.MatMult(), right):
            yield ast.BinOp(ast.Attribute(left, "T", ast.Load()), ast.MatMult(), right)
            yield ast.BinOp(left, ast.MatMult(), ast.Attribute(right, "T", ast.Load()))


def _flip(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Slice(lower, upper, ast.UnaryOp(ast.USub(), operand)) if _is_one(operand):
            yield ast.Slice(lower, upper, None)


def _axis(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Call):
        return
    for position, keyword in enumerate(node.keywords):
        for wrong in _other_axes(keyword.value) if keyword.arg == "axis" else ():
            changed = [*node.keywords]
            changed[position] = ast.keyword("axis", wrong)
            yield ast.Call(node.func, node.args, changed)


def _other_axes(axis: ast.AST) -> Iterator[ast.expr]:
    match axis:
        case ast.Constant(int() as number):
            yield ast.Constant(1 - number if number < 2 else number - 1)
        case ast.Tuple(parts):
            for i, part in enumerate(parts):
                yield ast.Tuple([*parts[:i], *parts[i + 1 :]], ast.Load())
                if isinstance(part, ast.Constant) and (moved := part.value + 1) not in {
                    p.value for p in parts if isinstance(p, ast.Constant)
                }:
                    yield ast.Tuple([*parts[:i], ast.Constant(moved), *parts[i + 1 :]], ast.Load())


def _option(node: ast.AST) -> Iterator[ast.AST]:
    """A stride (or padding, dilation, keepdims) that is not passed on."""
    match node:
        case ast.Call(function, arguments, keywords):
            for i, keyword in enumerate(keywords):
                if keyword.arg in OPTIONS:
                    yield ast.Call(function, arguments, [*keywords[:i], *keywords[i + 1 :]])
            if isinstance(function, ast.Name) and function.id == "slice" and len(arguments) == 3:
                yield ast.Call(function, arguments[:2], [])
        case ast.Slice(lower, upper, ast.Constant()):
            yield ast.Slice(lower, upper, None)


def _constant(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Constant(int() as number) if not isinstance(number, bool) and number >= LARGE:
            yield ast.Constant(number + 1)
        case ast.BinOp(left, operation, right):
            if _is_small(left):
                yield ast.BinOp(ast.Constant(left.value + 1), operation, right)
            if _is_small(right) and not isinstance(operation, ast.Pow):
                yield ast.BinOp(left, operation, ast.Constant(right.value + 1))
        case ast.Call(function, [first, ast.Constant(int() as number)]) if number < LARGE:
            yield ast.Call(function, [first, ast.Constant(number + 1)], node.keywords)


def _is_small(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value < LARGE


def _comparison(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left, [operation], right):
            for other in OTHER_ORDER.get(type(operation), ()):
                yield ast.Compare(left, [other()], right)


def _branch(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Call(ast.Attribute(attr="where"), [condition, one, other]):
            yield ast.Call(node.func, [condition, other, one], [])
        case ast.IfExp(test, body, orelse) if not (is_none(body) or is_none(orelse)):
            yield ast.IfExp(test, orelse, body)


def _function(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Attribute(ast.Name("np"), name) if name in FUNCTIONS:
            yield ast.Attribute(node.value, FUNCTIONS[name], ast.Load())


def _moved(bound: ast.expr) -> Iterator[ast.expr]:
    for operation in (ast.Add(), ast.Sub()):
        if isinstance(bound, ast.Constant) and isinstance(bound.value, int):
            step = 1 if isinstance(operation, ast.Add) else -1
            yield ast.Constant(bound.value + step)
        else:
            yield ast.BinOp(bound, operation, ast.Constant(1))


def _is_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


def is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


OPERATORS: dict[str, Operator] = {
    "sign": _sign,
    "term dropped": _term,
    "factor dropped": _factor,
    "division dropped": _division,
    "bound +-1": _bound,
    "transpose": _transpose,
    "flip dropped": _flip,
    "wrong axis": _axis,
    "option ignored": _option,
    "constant": _constant,
    "comparison": _comparison,
    "branches exchanged": _branch,
    "other function": _function,
}
