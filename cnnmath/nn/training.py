"""Training by mini-batches.  Source: 002, Algorithms 1 and 2 (zhang-alg1, zhang-alg2)."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from cnnmath.data.batches import batches, check_count, check_rng
from cnnmath.nn.objective import Loss, loss_and_gradient, require_finite
from cnnmath.nn.optimisers import Optimiser
from cnnmath.nn.parameters import Params, layout, named_arrays
from cnnmath.nn.prediction import accuracy, predict
from cnnmath.nn.progress import progress_bar
from cnnmath.nn.sequential import Sequential
from cnnmath.ops import ShapeError, cross_entropy
from cnnmath.ops.arrays import check_array, check_finite

LabelledSet: TypeAlias = tuple[np.ndarray, np.ndarray]


class Epoch(NamedTuple):
    """What one pass over the training set came to."""

    epoch: int  # 1, 2, ...
    loss: float  # mean of step_losses
    train_accuracy: float  # after the epoch, as is the next
    test_accuracy: float  # NaN without a test set
    step_losses: tuple[float, ...]  # J of each batch, before its update


class State(NamedTuple):
    """What the next step depends on beside model, data, settings and parameters."""

    optimiser: Any  # as its `update` returned it
    rng: dict[str, Any]  # state of the bit generator
    epoch: int  # epochs done
    step: int  # steps done


class Fit(NamedTuple):
    params: Params
    history: list[Epoch]  # of this call
    state: State  # to go on from here: fit(..., params=run.params, resume=run.state)


def fit(
    model: Sequential,
    x: np.ndarray,
    t: np.ndarray,
    *,
    optimiser: Optimiser,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator,
    loss: Loss = cross_entropy,
    l2: float = 0.0,
    params: Params | None = None,
    resume: State | None = None,
    test: LabelledSet | None = None,
    threshold: float = 0.0,
    progress: bool = False,
) -> Fit:
    """Train `model` on x (n, ...) and targets t by mini-batch gradient descent.

    t are labels (n,) or what else `loss` takes, (n, k) in the dtype of x. Each step takes the
    objective J of one batch (see `loss_and_gradient`) and updates all parameters at once. Starts at
    `params`, or at `model.init` in the dtype of x; `rng` draws those first and then the order of each
    epoch. Same seed, same result, bit for bit; no argument but `rng` is changed. `test=(x, t)` is
    only measured, after each epoch; `accuracy` and `predict` say how (`threshold` is for the latter).
    `resume`, the state of an earlier run, goes on after its epochs with its optimiser state and its
    random numbers: 6 epochs and 4 more are the same bits as 10.
    Raises before the first step: ShapeError (empty set, sizes), ValueError (NaN, infinity, a state
    that does not fit), TypeError (dtypes). Raises FloatingPointError at the step where the output,
    the loss, a gradient or a parameter stops being finite, with its name, such as 1.w.
    Source: 002, Algorithms 1 and 2.
    """
    check_count("fit", "epochs", epochs)
    check_count("fit", "batch_size", batch_size)
    check_rng("fit", rng)
    _check_set("", x, t)
    if test is not None:
        _check_test_set(x, *test)
    if resume is not None and params is None:
        raise ValueError("fit: resume goes with params: params=run.params, resume=run.state")
    params = model.init(rng, x.dtype) if params is None else params
    _check_params(params)
    memory, done, step = _start(optimiser, params, rng, resume)
    history: list[Epoch] = []
    with progress_bar(epochs * len(x), progress) as advance:
        for epoch in range(done + 1, done + epochs + 1):
            losses = []
            for rows in batches(len(x), batch_size, rng):
                step += 1
                with _located(f"fit: step {step}, epoch {epoch}"):
                    value, grads = loss_and_gradient(
                        model, params, x[rows], t[rows], loss=loss, l2=l2, train=True, rng=rng
                    )
                    params, memory = _update(optimiser, grads, memory, params)
                losses.append(float(value))
                advance(len(rows), f"epoch {epoch}/{done + epochs}  loss {losses[-1]:.4f}")
            with _located(f"fit: after step {step}, epoch {epoch}"):
                accuracies = [
                    accuracy(predict(model, params, set_x, threshold=threshold), set_t)
                    for set_x, set_t in ((x, t), *([test] if test else []))
                ]
            history.append(_summary(epoch, losses, accuracies))
    return Fit(params, history, State(memory, dict(rng.bit_generator.state), epoch, step))


def _start(
    optimiser: Optimiser, params: Params, rng: np.random.Generator, resume: State | None
) -> tuple[Any, int, int]:
    """State of the optimiser, epochs done, steps done; puts `rng` where the earlier run left it."""
    memory = optimiser.init(params)
    if resume is None:
        return memory, 0, 0
    if layout(resume.optimiser) != layout(memory):
        raise ValueError(
            f"fit: the state to resume has for the optimiser {layout(resume.optimiser)}; "
            f"wanted {layout(memory)} for {optimiser} and these parameters"
        )
    wanted, found = rng.bit_generator.state["bit_generator"], resume.rng["bit_generator"]
    if found != wanted:
        raise ValueError(f"fit: the state to resume is of a {found} generator, but rng is {wanted}")
    rng.bit_generator.state = resume.rng
    return resume.optimiser, resume.epoch, resume.step


@contextmanager
def _located(where: str) -> Iterator[None]:
    """Say where a number stopped being finite."""
    try:
        yield
    except FloatingPointError as error:
        raise FloatingPointError(f"{where}: {error}") from None


def _update(optimiser: Optimiser, grads: Params, state: Any, params: Params) -> tuple[Params, Any]:
    with np.errstate(over="ignore", invalid="ignore"):
        params, state = optimiser.update(grads, state, params)
    _check_params(params)
    return params, state


def _summary(epoch: int, losses: list[float], accuracies: list[float]) -> Epoch:
    train, test = (*accuracies, math.nan)[:2]
    return Epoch(epoch, sum(losses) / len(losses), train, test, tuple(losses))


def _check_set(prefix: str, x: np.ndarray, t: np.ndarray) -> None:
    """Finite samples, and for each an integer label or a row of finite numbers in the dtype of x."""
    check_array("fit", f"{prefix}x", x)
    check_finite("fit", f"{prefix}x", x)
    if not isinstance(t, np.ndarray):
        raise TypeError(f"fit: {prefix}t must be an array, got {type(t).__name__}")
    if np.issubdtype(t.dtype, np.integer):
        if t.shape != (len(x),):
            raise ShapeError(
                f"fit: {prefix}t has shape {t.shape}; wanted labels ({len(x)},), as {prefix}x has"
            )
        return
    if t.dtype != x.dtype:
        raise TypeError(
            f"fit: {prefix}t has dtype {t.dtype}; "
            f"wanted integer labels (n,), or targets (n, k) in {x.dtype} as {prefix}x"
        )
    if t.ndim != 2 or len(t) != len(x):
        raise ShapeError(
            f"fit: {prefix}t has shape {t.shape}; wanted targets ({len(x)}, k), as {prefix}x has"
        )
    check_array("fit", f"{prefix}t", t)
    check_finite("fit", f"{prefix}t", t)


def _check_test_set(x: np.ndarray, x_test: np.ndarray, t_test: np.ndarray) -> None:
    _check_set("test ", x_test, t_test)
    if x_test.dtype != x.dtype or x_test.shape[1:] != x.shape[1:]:
        raise ShapeError(
            f"fit: test x is {x_test.dtype} {x_test.shape}; "
            f"wanted {x.dtype} (n, {', '.join(map(str, x.shape[1:]))}), as x"
        )


def _check_params(params: Params) -> None:
    for name, array in named_arrays(params):
        require_finite(f"parameter {name}", array)
