"""A function and its gradient, written in either of two ways, as one thing that can be called.

``op(*args)`` returns ``(y, backward)``; or there are two functions, ``(f, gradient)``.
"""

import copy
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
TOOL = "check_gradient"


class WrongReturn(Exception):
    """What came back is no gradient of these arguments: the wrong number of arrays, or none at all."""


@dataclass(frozen=True)
class Call:
    """The function at its arguments; ``wrt`` are the positions of those that are differentiated."""

    op: Any
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    wrt: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return _name(self.op[0] if isinstance(self.op, tuple) else self.op)

    @property
    def arrays(self) -> list[Any]:
        """The arguments that are differentiated."""
        return [self.arguments[i] for i in self.wrt]

    @property
    def labels(self) -> list[str]:
        """Their names."""
        return [self.names[i] for i in self.wrt]

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.result_type(*self.arrays)

    @property
    def is_pair(self) -> bool:
        return isinstance(self.op, tuple)

    def converted(self, change: Callable[[Any], Any]) -> "Call":
        """The same call with every array of floats replaced by ``change`` of it."""
        arguments = tuple(change(a) if is_floats(a) else a for a in self.arguments)
        return Call(self.op, arguments, self.options, self.wrt, self.names)

    def at(self, arrays: Sequence[Any]) -> tuple[Any, Callable[[Any], list[Any]]]:
        """The value, and a function from a cotangent to the gradients, one for each name in ``wrt``.

        A generator among the arguments is copied first: each call draws the same numbers.
        """
        arguments = [_fresh(a) for a in self.arguments]
        for i, array in zip(self.wrt, arrays, strict=True):
            arguments[i] = array
        options = {name: _fresh(option) for name, option in self.options.items()}
        value, backward = self._call(arguments, options)
        return value, lambda dy: self._chosen(backward(dy))

    def value(self, arrays: Sequence[Any]) -> Any:
        return self.at(arrays)[0]

    def _call(self, arguments: list[Any], options: dict[str, Any]) -> tuple[Any, Any]:
        if self.is_pair:
            f, gradient = self.op
            value = f(*arguments, **options)
            if np.ndim(value) == 0:
                return value, lambda dy: gradient(*arguments, **options)
            return value, lambda dy: gradient(*arguments, dy, **options)
        result = self.op(*arguments, **options)
        if not (isinstance(result, tuple) and len(result) == 2 and callable(result[1])):
            got = type(result).__name__
            raise TypeError(
                f"{TOOL}: {self.name} returned {got}; wanted (y, backward), "
                "or two functions (f, gradient) in place of the first argument"
            )
        return result

    def _chosen(self, returned: Any) -> list[Any]:
        """One gradient for each name in ``wrt``, out of what backward returned."""
        gradients = list(returned) if isinstance(returned, tuple | list) else [returned]
        floats = [i for i, a in enumerate(self.arguments) if is_array(a)]
        absent = [i for i, a in enumerate(self.arguments) if is_array(a) or a is None]
        for places in (floats, absent, list(self.wrt)):
            if len(gradients) >= len(places) and all(g is None for g in gradients[len(places) :]):
                given = dict(zip(places, gradients, strict=False))
                break
        else:
            raise WrongReturn(
                f"{len(gradients)} gradients, wanted {len(self.wrt)}, of {', '.join(self.labels)}"
            )
        for i in self.wrt:
            if given.get(i) is None:
                raise WrongReturn(f"None for {self.names[i]}, wanted its gradient")
        return [given[i] for i in self.wrt]


def is_array(value: Any) -> bool:
    return is_floats(value) or (isinstance(value, np.ndarray) and value.dtype == object)


def is_floats(value: Any) -> bool:
    return isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.inexact)


def make_call(op: Any, arguments: tuple[Any, ...], options: dict[str, Any], wrt: Any) -> Call:
    """The call, checked; raises TypeError or ValueError that name the argument, got and wanted."""
    functions = op if isinstance(op, tuple) else (op,)
    if len(functions) > 2 or not all(map(callable, functions)):
        raise TypeError(
            f"{TOOL}: op is {op!r}; wanted a function that returns (y, backward), "
            "or two functions (f, gradient)"
        )
    names = _argument_names(functions[0], len(arguments))
    floats = [i for i, a in enumerate(arguments) if is_floats(a)]
    if not floats:
        raise TypeError(f"{TOOL}: no argument is an array of floats; np.array(2.0) makes one")
    for i in floats:
        _check_floats(names[i], arguments[i])
    return Call(op, arguments, options, _positions(wrt, names, floats), names)


def _check_floats(name: str, array: Any) -> None:
    if array.dtype not in FLOATS:
        raise TypeError(f"{TOOL}: {name} has dtype {array.dtype}; wanted float32 or float64")
    if array.size == 0:
        raise ValueError(f"{TOOL}: {name} is empty, shape {array.shape}; nothing to differentiate")
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{TOOL}: {name}{list(place)} is {array[place]}; wanted finite numbers")


def _positions(wrt: Any, names: tuple[str, ...], floats: list[int]) -> tuple[int, ...]:
    if wrt is None:
        return tuple(floats)
    chosen = []
    for each in wrt if isinstance(wrt, tuple | list) else (wrt,):
        place = names.index(each) if each in names else each
        if isinstance(place, bool) or not isinstance(place, int) or place not in floats:
            known = ", ".join(f"{names[i]!r} or {i}" for i in floats)
            raise ValueError(f"{TOOL}: wrt has {each!r}; wanted arrays of floats: {known}")
        chosen.append(place)
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError(f"{TOOL}: wrt is {wrt!r}; wanted different arguments, at least one")
    return tuple(sorted(chosen))


def _argument_names(function: Callable[..., Any], count: int) -> tuple[str, ...]:
    """The names of the positional parameters, as far as Python knows them."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # functions written in C
        parameters = []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    known = [p.name for p in parameters if p.kind in kinds][:count]
    return (*known, *(f"argument {i}" for i in range(len(known), count)))


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _fresh(argument: Any) -> Any:
    return copy.deepcopy(argument) if isinstance(argument, np.random.Generator) else argument
