"""Training steps of the course models: what training_steps.py and rivals.py share.

Models and settings of the chapters, where a step starts, the step of ours, and the check that another
one is the same.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from side_by_side import Step

BATCH, SAME_STEPS, TOLERANCE = 64, 3, 1e-4


class Course(NamedTuple):
    """A model of the chapters and how they train it."""

    name: str
    model: Callable[[Any], Any]  # takes cnnmath.nn, which must not be loaded before `options`
    rate: float
    momentum: float
    enlarged: bool = False


MODELS = (
    Course("softmax_regression", lambda nn: nn.softmax_regression(), 0.5, 0.0),
    Course("mlp", lambda nn: nn.mlp(64, 40, 10, initialise="he"), 0.1, 0.9),
    Course("digits_cnn", lambda nn: nn.digits_cnn(), 0.1, 0.9),
    Course("lenet5", lambda nn: nn.lenet5(), 0.05, 0.9, enlarged=True),
)


class Task(NamedTuple):
    """What every contender starts from."""

    model: Any
    params: Any  # as the model has them
    x: list
    t: list
    rate: float
    momentum: float

    @property
    def arrays(self) -> list:
        return flat(self.params)


class Contender(NamedTuple):
    step: Step
    arrays: Callable[
        [], list
    ]  # all parameters as they stand, in the order of the layers: w, b, w, b, ...


def start(course: Course) -> Task:
    """The weights after 20 steps. At the very start all biases are 0, and where the image is empty relu
    sees exact zeros; peers define its slope there differently."""
    import numpy as np

    from cnnmath import nn

    x, t = batches(course.enlarged)
    model = course.model(nn)
    params = model.init(np.random.default_rng(0), np.float32)
    task = Task(model, params, x, t, course.rate, course.momentum)
    ours = with_cnnmath(task)
    for i in range(20):
        ours.step(i)
    return task._replace(params=unflat(params, [a.copy() for a in ours.arrays()]))


def batches(enlarged: bool) -> tuple[list, list]:
    """The training digits in batches, float32, the remainder left out: images and labels.

    Enlarged: each pixel a block of 3x3, and 2 pixels of background around, 28x28.
    """
    import numpy as np

    from cnnmath.data import load_digits

    digits = load_digits(np.float32)
    x = digits.x_train
    if enlarged:
        x = np.pad(x.repeat(3, 2).repeat(3, 3), ((0, 0), (0, 0), (2, 2), (2, 2)))
    starts = range(0, len(x) - BATCH + 1, BATCH)
    return [x[i : i + BATCH] for i in starts], [digits.t_train[i : i + BATCH] for i in starts]


def flat(params: Any) -> list:
    return [array for layer in params for array in layer.values()]


def unflat(params: Any, arrays: list) -> Any:
    """Parameters in the form of `params` with these arrays."""
    left = iter(arrays)
    return tuple({name: next(left) for name in layer} for layer in params)


def check_agreement(contenders: dict[str, Contender], begin: list) -> None:
    """The first steps of all must move each parameter as ours do, to 1e-4 of its longest way."""
    import numpy as np

    for contender in contenders.values():
        for i in range(SAME_STEPS):
            contender.step(i)
    ours = contenders["cnnmath"].arrays()
    for name, contender in contenders.items():
        for k, (mine, theirs, old) in enumerate(zip(ours, contender.arrays(), begin, strict=True)):
            error = float(np.abs(theirs - mine).max() / np.abs(mine - old).max())
            if not (theirs.dtype == np.float32 and error < TOLERANCE):
                raise RuntimeError(
                    f"{name} makes another step: parameter {k}, {theirs.dtype} {theirs.shape}, is off "
                    f"by {error:.1e} of the way that it went"
                )


def with_cnnmath(task: Task) -> Contender:
    """Evaluation and update as in `fit`, which adds the choice of rows and a look at the result."""
    from cnnmath.nn import SGD, loss_and_gradient

    optimiser, x, t = SGD(task.rate, task.momentum), task.x, task.t
    params, state = task.params, optimiser.init(task.params)

    def step(i: int) -> None:
        nonlocal params, state
        _, grads = loss_and_gradient(task.model, params, x[i % len(x)], t[i % len(x)])
        params, state = optimiser.update(grads, state, params)

    return Contender(step, lambda: flat(params))


def momentum_update(task: Task, arrays: list) -> Callable[[list], None]:
    """v <- momentum v + g, p <- p - rate v on NumPy arrays in place, as lean as it gets."""
    import numpy as np

    velocities = [np.zeros_like(a) for a in arrays]

    def update(grads: list) -> None:
        for p, v, g in zip(arrays, velocities, grads, strict=True):
            if task.momentum:
                v *= task.momentum
                v += g
                g = v
            p -= task.rate * g

    return update
