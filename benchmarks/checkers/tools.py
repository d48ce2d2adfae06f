"""The checkers: each takes a call and raises if it rejects the gradient. Defaults, as documented.

A peer sees a NumPy function with its own gradient as its documentation says: a torch.autograd.Function, a
jax.custom_vjp around jax.pure_callback, an autograd primitive. What is no argument of wrt (targets, options,
a generator, which starts anew in each call) is fixed inside the function.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from cnnmath import check_gradient
from cnnmath.proof.gradient_call import Call
from cnnmath.proof.verdict import Level

CS231N_STEP = 1e-5
MATRIX = 2_000 * 2_000  # of a Jacobian, entries: more take longer than anyone waits


class Rejected(Exception):
    """The checker says that the gradient is wrong; the message is what it says."""


class NoAnswer(Exception):
    """The checker says neither yes nor no; the message says why."""


class Tool(NamedTuple):
    name: str
    short: str
    package: str  # that must be installed
    asked: str  # the call
    check: Callable[[Call], None]


def evaluated(call: Call, arrays: Iterable[Any]) -> tuple[Any, Callable[[Any], list[Any]]]:
    """Value and backward at arrays of a checker; a gradient that comes without a cotangent is multiplied
    by it, as a user would do."""
    value, backward = call.at([np.array(array) for array in arrays])
    alone = call.is_pair and not np.shape(value)

    def pull(dy: Any) -> list[Any]:
        dy = np.array(dy)[()]  # an array of its own, or one number
        return [np.array(g * dy if alone else g) for g in backward(dy)]

    return np.array(value), pull


# ------------------------------------------------------------------------------------------ torch


def torch_slow(call: Call) -> None:
    if sum(a.size for a in call.arrays) * np.size(call.value(call.arrays)) > MATRIX:
        raise NoAnswer(f"its Jacobian would have more than {MATRIX:,} entries")
    _torch(call, fast=False)


def torch_fast(call: Call) -> None:
    _torch(call, fast=True)


def _torch(call: Call, fast: bool) -> None:
    import torch
    from torch.autograd.gradcheck import GradcheckError, gradcheck

    class Wrapped(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *arrays: Any) -> Any:
            value, ctx.pull = evaluated(call, (a.detach().numpy() for a in arrays))
            return torch.from_numpy(value)

        @staticmethod
        def backward(ctx: Any, dy: Any) -> Any:  # type: ignore[override]
            return tuple(map(torch.from_numpy, ctx.pull(dy.numpy())))

    inputs = tuple(torch.tensor(array, requires_grad=True) for array in call.arrays)
    try:
        gradcheck(Wrapped.apply, inputs, fast_mode=fast)
    except GradcheckError as error:
        raise Rejected(str(error)) from error


# -------------------------------------------------------------------------------------------- jax


def jax_reverse(call: Call) -> None:
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_cpu_enable_async_dispatch", False)  # a callback may wait for its arrays
    shape = jax.ShapeDtypeStruct(np.shape(call.value(call.arrays)), np.float64)
    shapes = tuple(jax.ShapeDtypeStruct(a.shape, np.float64) for a in call.arrays)

    def value(*arrays: Any) -> Any:
        return evaluated(call, arrays)[0]

    def gradients(dy: Any, *arrays: Any) -> Any:
        return tuple(evaluated(call, arrays)[1](dy))

    @jax.custom_vjp
    def function(*arrays: Any) -> Any:
        return jax.pure_callback(value, shape, *arrays)

    function.defvjp(
        lambda *arrays: (function(*arrays), arrays),
        lambda arrays, dy: jax.pure_callback(gradients, shapes, dy, *arrays),
    )
    try:
        check_grads(function, tuple(call.arrays), order=1, modes=["rev"])
    except AssertionError as error:
        raise Rejected(str(error)) from error


# --------------------------------------------------------------------------------------- autograd


def autograd_reverse(call: Call) -> None:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    @primitive
    def function(*arrays: Any) -> Any:
        return evaluated(call, arrays)[0]

    def pull(which: int) -> Callable[..., Any]:
        def of_arrays(_: Any, *arrays: Any) -> Any:
            _, backward = evaluated(call, arrays)
            return lambda dy: backward(dy)[which]

        return of_arrays

    every = tuple(range(len(call.arrays)))
    defvjp(function, *map(pull, every), argnums=every)
    np.random.seed(0)  # noqa: NPY002  (what it draws from)
    try:
        check_grads(function, every, modes=["rev"], order=1)(*call.arrays)
    except AssertionError as error:
        raise Rejected(str(error)) from error


# ----------------------------------------------------------------------------------------- CS231n


def relative_error(most: float) -> Callable[[Call], None]:
    """The rule of the course notes: central differences, entry by entry, and the largest relative error."""

    def check(call: Call) -> None:
        value, backward = evaluated(call, call.arrays)
        dy = np.random.default_rng(0).standard_normal(value.shape)
        for which, (label, gradient) in enumerate(zip(call.labels, backward(dy), strict=True)):
            error = _largest_error(_numeric(call, which, dy), gradient)
            if not error < most:
                raise Rejected(f"d{label}: relative error {error:.1e}; wanted less than {most:g}")

    return check


def _numeric(call: Call, which: int, dy: Any) -> Any:
    arrays = [np.array(a) for a in call.arrays]
    array, h = arrays[which], CS231N_STEP
    result = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        old = array[place]
        array[place] = old + h
        above, _ = evaluated(call, arrays)
        array[place] = old - h
        below, _ = evaluated(call, arrays)
        array[place] = old
        result[place] = ((above - below) * dy).sum() / (2 * h)
    return result


def _largest_error(one: Any, other: Any) -> float:
    return float((abs(one - other) / np.maximum(1e-8, abs(one) + abs(other))).max())


# ------------------------------------------------------------------------------------------- ours


def ours(call: Call) -> None:
    """What is no verdict for the gradient is none here."""
    verdict = check_gradient(call.op, *call.arguments, wrt=call.labels, **call.options).verdict
    if verdict.level is Level.UNDECIDED:
        raise NoAnswer(str(verdict))
    if verdict.level is Level.REFUTED:
        raise Rejected(str(verdict))


TOOLS = (
    Tool(
        "torch gradcheck",
        "torch",
        "torch",
        "gradcheck(f, inputs): eps 1e-6, atol 1e-5, rtol 1e-3, every entry of the Jacobian",
        torch_slow,
    ),
    Tool(
        "torch gradcheck, fast",
        "torch fast",
        "torch",
        "gradcheck(f, inputs, fast_mode=True): the same along one direction",
        torch_fast,
    ),
    Tool(
        "jax check_grads",
        "jax",
        "jax",
        'check_grads(f, args, order=1, modes=["rev"]), x64 enabled: one direction',
        jax_reverse,
    ),
    Tool(
        "autograd check_grads",
        "autograd",
        "autograd",
        'check_grads(f, all arguments, modes=["rev"], order=1): one direction, 1e-6 absolute or relative',
        autograd_reverse,
    ),
    Tool(
        "CS231n rule, 1e-4",
        "CS231n 1e-4",
        "numpy",
        "central differences with h = 1e-5, largest relative error of an entry below 1e-4",
        relative_error(1e-4),
    ),
    Tool("CS231n rule, 1e-7", "CS231n 1e-7", "numpy", "the same, below 1e-7", relative_error(1e-7)),
    Tool(
        "cnnmath check_gradient",
        "cnnmath",
        "numpy",
        "check_gradient(op, *args, wrt=...): symbols, 60 digits or floats, then properties",
        ours,
    ),
)
