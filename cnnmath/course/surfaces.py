"""Surfaces to watch optimisers on, and all of them with the same number of rates to choose from."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnmath.nn import SGD, Adagrad, Adam, Optimiser, Params, RMSprop
from cnnmath.ops import ShapeError

MOMENTUM = 0.9
RULES: dict[str, Callable[[float], Optimiser]] = {
    "gradient descent": SGD,
    "momentum": lambda rate: SGD(rate, MOMENTUM),
    "Nesterov": lambda rate: SGD(rate, MOMENTUM, nesterov=True),
    "Adagrad": Adagrad,
    "RMSprop": RMSprop,
    "Adam": Adam,
}


class Surface(NamedTuple):
    """A function of two parameters with its gradient, where to start, and the window to draw."""

    value: Callable[[Any, Any], Any]
    gradient: Callable[[Any, Any], tuple[Any, Any]]
    start: tuple[float, float]
    window: tuple[
        tuple[float, float], tuple[float, float]
    ]  # lowest and highest parameter of each axis


VALLEY = Surface(  # the curvatures 1 and 25 want rates that are 25 times apart
    lambda a, b: (a**2 + 25 * b**2) / 2,
    lambda a, b: (a, 25 * b),
    (-4.0, 1.0),
    ((-4.6, 1.4), (-1.3, 1.3)),
)
BEND = (
    Surface(  # not convex: a valley along b = a^2, flat at its bottom, with the minimum 0 at (1, 1)
        lambda a, b: (1 - a) ** 2 + 10 * (b - a**2) ** 2,
        lambda a, b: (-2 * (1 - a) - 40 * a * (b - a**2), 20 * (b - a**2)),
        (-1.2, 1.0),
        ((-1.7, 1.7), (-0.8, 2.2)),
    )
)


def turned(surface: Surface) -> Surface:
    """The same surface over other axes, 45 degrees to the old ones; the window is a square around it."""
    c = np.sqrt(0.5)

    def value(a: Any, b: Any) -> Any:
        return surface.value(c * (a + b), c * (b - a))

    def gradient(a: Any, b: Any) -> tuple[Any, Any]:
        first, second = surface.gradient(c * (a + b), c * (b - a))
        return c * (first - second), c * (first + second)

    a, b = surface.start
    side = max(abs(end) for ends in surface.window for end in ends)
    return Surface(value, gradient, (c * (a - b), c * (a + b)), ((-side, side), (-side, side)))


def path(optimiser: Optimiser, surface: Surface, steps: int) -> np.ndarray:
    """The points (steps + 1, 2) that the optimiser visits; they end early where they leave the numbers."""
    params: Params = ({"w": np.array(surface.start)},)
    state, points = optimiser.init(params), [params[0]["w"]]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            grads = ({"w": np.array(surface.gradient(*points[-1]))},)
            if not np.isfinite(grads[0]["w"]).all():
                break
            params, state = optimiser.update(grads, state, params)
            points.append(params[0]["w"])
    return np.array(points)


def tuned(
    surface: Surface,
    steps: int,
    rates: Sequence[float],
    rules: Mapping[str, Callable[[float], Optimiser]] = RULES,
) -> dict[str, tuple[float, np.ndarray]]:
    """{name: (rate, path)}: of the same rates for everyone the one whose path ends lowest.

    Paths that leave the window do not count; of equals the first rate is taken. Raises ValueError if
    no path of a rule stays.
    """
    found = {}
    for name, rule in rules.items():
        runs = [(rate, path(rule(rate), surface, steps)) for rate in rates]
        inside = [run for run in runs if len(run[1]) == steps + 1 and _stays(surface, run[1])]
        if not inside:
            raise ValueError(f"tuned: {name} leaves the window at each of {len(rates)} rates")
        found[name] = min(inside, key=lambda run: float(surface.value(*run[1][-1])))
    return found


def _stays(surface: Surface, points: np.ndarray) -> bool:
    low, high = np.array(surface.window).T
    return bool(((low <= points) & (points <= high)).all())


def grid(surface: Surface, points: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(c0, c1, heights): log(1 + value) over the window, for contours that show the bottom as well."""
    if points < 2:
        raise ShapeError(f"grid: {points} points on an axis; wanted at least 2")
    c0, c1 = (np.linspace(low, high, points) for low, high in surface.window)
    return c0, c1, np.log1p(surface.value(c0[:, None], c1[None, :]))
