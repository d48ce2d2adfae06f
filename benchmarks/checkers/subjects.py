"""What the checkers are asked about: mutants of the ops, wrong gradients made by hand, right ones."""

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any, NamedTuple

import numpy as np
from mutation.op_mutants import OpMutant, op_mutants
from mutation.rooms import use_tests

from checkers.inputs import call_of, places
from cnnmath import conv2d
from cnnmath.ops import OPS
from cnnmath.proof.gradient_call import Call, make_call

use_tests("proof")
from wrong_gradients import WRONG, Wrong, changed, numbers, with_entry  # noqa: E402

MUTANT, BY_HAND, RIGHT_OP = "mutant", "by hand", "right op"
SAME_SHAPE, ANY_SHAPE = (
    (0, 1),
    (2, 3, 4),
)  # seeds of the right calls: with the usual sizes, with random ones
MORE = (
    Wrong(
        "one wrong pixel of 784",
        changed(conv2d, lambda dx, dw, db: (with_entry(dx, (0, 0, 13, 17), 0), dw, db)),
        (numbers(1, 1, 28, 28), numbers(2, 1, 3, 3), numbers(2)),
        "x",
        (0, 0, 13, 17),
    ),
)


class Subject(NamedTuple):
    """One of them, without its arrays and functions: which kind, its number among them, how it is called."""

    kind: str
    number: int
    name: str
    operator: str
    ops: tuple[str, ...]
    diff: str = ""


def mutants(limit: int | None, seed: int, names: list[str] | None = None) -> list[Subject]:
    """The changes of the ops' code, or so many of them, drawn."""
    every = [
        Subject(MUTANT, number, each.where, each.operator, each.ops, each.diff)
        for number, each in enumerate(_mutants())
        if names is None or set(names) & set(each.ops)
    ]
    if limit is None or limit >= len(every):
        return every
    return sorted(Random(seed).sample(every, limit), key=lambda each: each.number)


def by_hand() -> list[Subject]:
    """The table of the tests, but for what is wrong in float32 alone, and more."""
    return [
        Subject(BY_HAND, number, each.name, BY_HAND, ())
        for number, each in enumerate(_by_hand())
        if all(a.dtype != np.float32 for a in each.args if isinstance(a, np.ndarray))
    ]


def right_ops(names: list[str] | None = None) -> list[Subject]:
    """Every code path of every op, five times."""
    return [
        Subject(RIGHT_OP, seed, f"{name} {position}", "", (name,))
        for name, position in places(names or [op.name for op in OPS])
        for seed in (*SAME_SHAPE, *ANY_SHAPE)
    ]


def calls(subject: Subject) -> Iterator[Call]:
    """The calls at which the gradient may turn out to be wrong: one for each code path of each op."""
    if subject.kind == BY_HAND:
        wrong = _by_hand()[subject.number]
        yield make_call(wrong.op, wrong.args, wrong.options, None)
    elif subject.kind == RIGHT_OP:
        name, position = subject.name.split()
        seed = subject.number
        yield call_of((name, int(position)), seed=seed, any_size=seed in ANY_SHAPE)
    else:
        mutant = _mutants()[subject.number]
        for place in places(mutant.ops):
            yield call_of(place, mutant.forward(place[0]))


@cache
def _mutants() -> tuple[OpMutant, ...]:
    return tuple(op_mutants())


def _by_hand() -> tuple[Any, ...]:
    return (*WRONG, *MORE)
