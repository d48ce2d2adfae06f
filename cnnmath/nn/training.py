"""Training by mini-batches, prediction, accuracy.  Source: 002, Algorithm 1 (zhang-alg1)."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from cnnmath.data.batches import batches, check_count, check_rng
from cnnmath.nn.optimisers import Optimiser
from cnnmath.nn.parameters import Params, named_arrays
from cnnmath.nn.progress import progress_bar
from cnnmath.nn.sequential import Sequential
from cnnmath.ops import ShapeError, cross_entropy, l2_penalty
from cnnmath.ops.arrays import check_array, check_finite

Loss: TypeAlias = Callable[[Any, Any], tuple[Any, Callable[[Any], tuple[Any, ...]]]]
LabelledSet: TypeAlias = tuple[np.ndarray, np.ndarray]


class Epoch(NamedTuple):
    """What one pass over the training set came to."""

    epoch: int  # 1, 2, ...
    loss: float  # mean of step_losses
    train_accuracy: float  # after the epoch, as is the next
    test_accuracy: float  # NaN without a test set
    step_losses: tuple[float, ...]  # J of each batch, before its update


class Fit(NamedTuple):
    params: Params
    history: list[Epoch]


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
    test: LabelledSet | None = None,
    progress: bool = False,
) -> Fit:
    """Train `model` on x (n, ...) and labels t (n,) by mini-batch gradient descent.

    Each step takes the objective J of one batch (see `loss_and_gradient`) and updates all
    parameters at once. Starts at `params`, or at `model.init` in the dtype of x; `rng` draws
    those first and then the order of each epoch. Same seed, same result, bit for bit; no
    argument but `rng` is changed. `test=(x, t)` is only measured, after each epoch.
    Raises before the first step: ShapeError (empty set, sizes), ValueError (NaN, infinity),
    TypeError (dtypes). Raises FloatingPointError at the step where the output, the loss, a gradient
    or a parameter stops being finite, with its name, such as 1.w. Source: 002, Algorithm 1.
    """
    check_count("fit", "epochs", epochs)
    check_count("fit", "batch_size", batch_size)
    check_rng("fit", rng)
    _check_set("x", x, "t", t)
    if test is not None:
        _check_test_set(x, *test)
    params = model.init(rng, x.dtype) if params is None else params
    _check_params(params)
    state = optimiser.init(params)
    history: list[Epoch] = []
    step = 0
    with progress_bar(epochs * len(x), progress) as advance:
        for epoch in range(1, epochs + 1):
            losses = []
            for rows in batches(len(x), batch_size, rng):
                step += 1
                try:
                    value, grads = loss_and_gradient(
                        model, params, x[rows], t[rows], loss=loss, l2=l2, train=True, rng=rng
                    )
                    params, state = _update(optimiser, grads, state, params)
                except FloatingPointError as error:
                    raise FloatingPointError(f"fit: step {step}, epoch {epoch}: {error}") from None
                losses.append(float(value))
                advance(len(rows), f"epoch {epoch}/{epochs}  loss {losses[-1]:.4f}")
            history.append(_measure(model, params, epoch, losses, (x, t), test))
    return Fit(params, history)


@np.errstate(over="ignore", invalid="ignore")  # what is not finite is reported by name
def loss_and_gradient(
    model: Sequential,
    params: Params,
    x: Any,
    t: Any,
    *,
    loss: Loss = cross_entropy,
    l2: float = 0.0,
    train: bool = False,
    rng: np.random.Generator | None = None,
) -> tuple[Any, Params]:
    """The objective of one batch and its gradient with respect to all parameters.

    J = loss(scores, t) + l2/2 sum w^2 over every parameter named w; biases are not penalised.
    Raises FloatingPointError if the output, J or a gradient is not finite. Source: 002 eq. 3.23.
    """
    s, model_backward = model.apply(params, x, train=train, rng=rng)
    _require_finite("the output of the model", s)
    value, loss_backward = loss(s, t)
    (ds,) = loss_backward(1)
    _, grads = model_backward(ds)
    for arrays, gradient in zip(params, grads, strict=True):
        if "w" in arrays and l2 != 0:
            penalty, penalty_backward = l2_penalty(arrays["w"], l2)
            (dw,) = penalty_backward(1)
            value = value + penalty
            gradient["w"] = gradient["w"] + dw
    _require_finite("the loss", value)
    for name, array in named_arrays(grads):
        _require_finite(f"the gradient of {name}", array)
    return value, grads


def predict(model: Sequential, params: Params, x: np.ndarray, batch_size: int = 1024) -> np.ndarray:
    """Class of the largest score of each sample, the first on ties, int64 (n,).

    Runs `batch_size` samples at a time, to bound the memory. Source: 002 eq. 3.50.
    """
    check_array("predict", "x", x)
    check_finite("predict", "x", x)
    check_count("predict", "batch_size", batch_size)
    starts = range(0, len(x), batch_size)
    scores = [model.apply(params, x[start : start + batch_size])[0] for start in starts]
    return np.concatenate(scores).argmax(axis=1)


def accuracy(y: np.ndarray, t: np.ndarray) -> float:
    """Share of predicted labels y (n,) that equal the labels t (n,).  Source: 002 eq. 3.52.

    >>> accuracy(np.array([3, 1, 4, 1]), np.array([3, 1, 4, 4]))
    0.75
    """
    if np.ndim(y) != 1 or np.shape(y) != np.shape(t) or len(y) == 0:
        raise ShapeError(
            f"accuracy: y has shape {np.shape(y)}, t {np.shape(t)}; wanted labels (n,) in both"
        )
    return float(np.mean(y == t))


def _update(optimiser: Optimiser, grads: Params, state: Any, params: Params) -> tuple[Params, Any]:
    with np.errstate(over="ignore", invalid="ignore"):
        params, state = optimiser.update(grads, state, params)
    _check_params(params)
    return params, state


def _measure(
    model: Sequential,
    params: Params,
    epoch: int,
    losses: list[float],
    train: LabelledSet,
    test: LabelledSet | None,
) -> Epoch:
    def measured(x: np.ndarray, t: np.ndarray) -> float:
        return accuracy(predict(model, params, x), t)

    test_accuracy = math.nan if test is None else measured(*test)
    return Epoch(epoch, sum(losses) / len(losses), measured(*train), test_accuracy, tuple(losses))


def _check_set(x_name: str, x: np.ndarray, t_name: str, t: np.ndarray) -> None:
    """Finite samples and one integer label each."""
    check_array("fit", x_name, x)
    check_finite("fit", x_name, x)
    if not isinstance(t, np.ndarray) or not np.issubdtype(t.dtype, np.integer):
        kind = getattr(t, "dtype", type(t).__name__)
        raise TypeError(f"fit: {t_name} must be an array of integer labels, got {kind}")
    if t.shape != (len(x),):
        raise ShapeError(f"fit: {t_name} has shape {t.shape}; wanted ({len(x)},), as {x_name} has")


def _check_test_set(x: np.ndarray, x_test: np.ndarray, t_test: np.ndarray) -> None:
    _check_set("test x", x_test, "test t", t_test)
    if x_test.dtype != x.dtype or x_test.shape[1:] != x.shape[1:]:
        raise ShapeError(
            f"fit: test x is {x_test.dtype} {x_test.shape}; "
            f"wanted {x.dtype} (n, {', '.join(map(str, x.shape[1:]))}), as x"
        )


def _check_params(params: Params) -> None:
    for name, array in named_arrays(params):
        _require_finite(f"parameter {name}", array)


def _require_finite(name: str, value: Any) -> None:
    array = np.asarray(value)
    if array.dtype == object:  # exact scalars, always finite
        return
    if not np.isfinite(array).all():
        raise FloatingPointError(f"{name} contains {array[~np.isfinite(array)][0]}")
