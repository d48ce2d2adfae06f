"""The call at which every checker is asked about an op: one shape per code path, float64, no kink near.

Sizes: of an op of at most three sizes 5, 4 and 6; of one with windows those of its covering sizes at which
its arrays have the most entries; or random ones, from 1 to 8, or any covering ones. Values: normal numbers.
The arrays of an op that declares kinks hold other numbers, in random order: 4/n apart, and none nearer to 0
than 1/n; weights of an interval are at least 1/16.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
from mutation.op_mutants import BY_NAME

from cnnmath.ops import Case, Op
from cnnmath.proof.gradient_call import Call, make_call
from cnnmath.proof.ulp import FEW, Inputs, accepted_sizes, derived, draw, run

USUAL, MOST = (5, 4, 6), 8
LEAST = 1 / 16
Place = tuple[str, int]  # an op and the number of its code path


def places(names: Iterable[str]) -> list[Place]:
    """Every code path of these ops."""
    return [(name, i) for name in names for i in range(len(BY_NAME[name].cases))]


def prepare(names: Iterable[str]) -> None:
    """Prove what the inputs of these ops rest on, once, before processes are started."""
    for place in places(names):
        derived(*_path(place))


def call_of(place: Place, forward: Any = None, seed: int = 0, any_size: bool = False) -> Call:
    """The op at its inputs, or ``forward`` in its place; at random sizes, if any will do."""
    op, case = _path(place)
    inputs, wrt = _inputs(place, seed, any_size)
    arguments = tuple(inputs.arguments.values())
    return make_call(forward or op.forward, arguments, case.settings(inputs.sizes), wrt)


def _path(place: Place) -> tuple[Op, Case]:
    name, position = place
    return BY_NAME[name], BY_NAME[name].cases[position]


@cache
def _inputs(place: Place, seed: int, any_size: bool) -> tuple[Inputs, list[str]]:
    """What is drawn, and the arguments of which the right op returns a gradient."""
    op, case = _path(place)
    rng = np.random.default_rng([seed, *op.address(case).encode()])
    sizes = random_sizes(place, rng) if any_size else mid_sizes(place)
    inputs = draw(op, derived(op, case), sizes, np.float64, rng)
    results = run(op, case, inputs)
    wrt = [name for name in op.axes if f"d{name}" in results]
    arguments = dict(inputs.arguments)
    if op.kinks:
        arguments |= {name: apart(op, case, name, arguments[name], rng) for name in wrt}
    if "rng" in arguments:  # that of draw() is scripted
        arguments["rng"] = np.random.default_rng(seed)
    return inputs._replace(arguments=arguments), wrt


def apart(op: Op, case: Case, name: str, array: Any, rng: Any) -> Any:
    """Other numbers, away from 0 and from each other; in an interval away from 0."""
    if derived(op, case).tensors[name].kind != "real":
        return np.maximum(array, LEAST)
    n = array.size
    return rng.permutation((4 * np.arange(n) + 3) / n - 2).reshape(array.shape)


def mid_sizes(place: Place) -> dict[str, int]:
    """The sizes of the shapes that are neither the smallest nor large."""
    names = _few(place)
    if names:
        return dict(zip(names, USUAL, strict=False))
    return max(_covering(place), key=lambda sizes: _entries(*_path(place), sizes))


def random_sizes(place: Place, rng: Any) -> dict[str, int]:
    """Any sizes that the op takes."""
    names = _few(place)
    if names:
        return {name: int(rng.integers(1, MOST + 1)) for name in names}
    return _covering(place)[int(rng.integers(len(_covering(place))))]


def _few(place: Place) -> list[str]:
    """The names of the sizes, if they are few: then each may be any number."""
    names = [size.name for size in derived(*_path(place)).size_names]
    return names if len(names) <= FEW else []


@cache
def _covering(place: Place) -> list[dict[str, int]]:
    return accepted_sizes(*_path(place))


def _entries(op: Op, case: Case, sizes: dict[str, int]) -> int:
    inputs = draw(op, derived(op, case), sizes, np.float64, np.random.default_rng(0))
    return sum(np.size(argument) for argument in inputs.arguments.values())
