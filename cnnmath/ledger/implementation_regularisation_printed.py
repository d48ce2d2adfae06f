"""002 sections 6.4 to 6.6: what the document leaves out or says too generally.

Printed forms build (what is true, what is printed) or search small cases in increasing order and return
the first as text (empty: there is none, the suspicion is rejected). Each has a switch that puts the right
thing in the place of the wrong one.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from cnnmath.ledger.mlp_formulas import Sides, letters
from cnnmath.nn import SGD, accuracy, fit, loss_and_gradient, mlp, predict, softmax_regression
from cnnmath.ops import cross_entropy
from cnnmath.proof.derivation import Derivation

HALF = Fraction(1, 2)


def mean_over_masks(f: Callable[[Sequence[int]], Any], units: int, keep: Fraction) -> Fraction:
    """Mean of f(mask) over all 2^units masks; every unit is kept with probability ``keep`` by itself."""
    return sum(
        (
            keep ** sum(m) * (1 - keep) ** (units - sum(m)) * f(m)
            for m in product((0, 1), repeat=units)
        ),
        Fraction(0),
    )


def weighted(w: Sequence[int], a: Sequence[int], m: Sequence[Any]) -> Any:
    """sum_d w[d] m[d] a[d]"""
    return sum(x * y * z for x, y, z in zip(w, a, m, strict=True))


def nothing_at_test_time(factor: Callable[[Fraction], Fraction] = lambda keep: Fraction(1)) -> str:
    """6.4: the sum that a unit gets, in the mean over the masks of the training, and in the test."""
    for units, keep in product((1, 2), (HALF, Fraction(1, 3))):
        for numbers in product((1, 2, -1), repeat=2 * units):
            a, w = numbers[:units], numbers[units:]
            trained = mean_over_masks(partial(weighted, w, a), units, keep)
            tested = factor(keep) * weighted(w, a, [1] * units)
            if trained != tested:
                return (
                    f"a={_list(a)}, w={_list(w)}, p={keep}: the mean in training is {trained}, the sum in "
                    f"the test {tested}; with a=(1, 2, 3), w=(1, -1, 2): {_example(factor)}"
                )
    return ""


def _example(factor: Callable[[Fraction], Fraction]) -> str:
    a, w = (1, 2, 3), (1, -1, 2)
    trained = mean_over_masks(partial(weighted, w, a), 3, HALF)
    return f"{trained} and {factor(HALF) * weighted(w, a, (1, 1, 1))}"


def one_net_for_all(f: Callable[[Any], Any] = lambda s: max(s, 0)) -> str:
    """6.4: the mean of f over all thinned nets, and f in the one net with its inputs halved (p = 1/2)."""
    for units, bias in product((1, 2, 3), (0, -1, 1, -2)):
        for numbers in product((1, 2, -1), repeat=2 * units):
            a, w = numbers[:units], numbers[units:]
            found = both(f, a, w, bias)
            if found[0] != found[1]:
                three = both(f, (1, 2, 3), (1, -1, 2), -2)
                return (
                    f"a={_list(a)}, w={_list(w)}, b={bias}, p=1/2: the mean of the {2**units} nets is "
                    f"{found[0]}, the one net gives {found[1]}; with a=(1, 2, 3), w=(1, -1, 2), b=-2: "
                    f"{three[0]} and {three[1]}, for 8 nets"
                )
    return ""


def both(f: Callable[[Any], Any], a: Sequence[int], w: Sequence[int], bias: int) -> tuple[Any, Any]:
    mean = mean_over_masks(lambda m: f(weighted(w, a, m) + bias), len(a), HALF)
    return mean, f(weighted(w, a, [HALF] * len(a)) + bias)


def bare_test_images(D: Derivation, *, centred: bool = False) -> Sides:
    """6.25: the mean is taken from the training images, a test image is left as it is."""
    w, b, new, mean = (*(D.tensors[name] for name in ("w", "b", "new")), D.definitions["mean"])
    k, d = letters(D, "k d")
    seen = new[d] - mean[d] if centred else new[d]
    return D.definitions["s"][k], b[k] + D.Sum(d, w[k, d] * seen)


def every_layer(layers: Sequence[int] = (1, 3)) -> str:
    """6.6: do all units of the layers with these numbers get one gradient, in nets that start at 0?"""
    for samples, hidden, classes in product((1, 2, 3), (2, 3), (2, 3)):
        x = np.arange(1.0, 2 * samples + 1).reshape(samples, 2)
        t = np.arange(samples) % classes
        for activation, layer in product(("relu", "sigmoid", "softplus"), layers):
            model = mlp(2, hidden, classes, activation=activation, initialise="zero")
            params = model.init(np.random.default_rng(0))
            _, gradient = loss_and_gradient(model, params, x, t, loss=cross_entropy)
            db = gradient[layer]["b"]
            if any(np.ptp(each, axis=0).any() for each in gradient[layer].values()):
                shown = ", ".join(f"{each:g}" for each in db)
                return (
                    f"{samples} sample, {hidden} {activation} units, {classes} classes, all 0: the output "
                    f"biases get ({shown}), p - e_y; {classifier_from_zero()}"
                )
    return ""


def classifier_from_zero() -> str:
    """The softmax classifier starts at 0 and learns all the same."""
    x, t = np.eye(3), np.arange(3)
    run = fit(
        softmax_regression(3, 3),
        x,
        t,
        optimiser=SGD(1.0),
        epochs=5,
        batch_size=3,
        rng=np.random.default_rng(0),
        params=({}, {"w": np.zeros((3, 3)), "b": np.zeros(3)}),
    )
    share = accuracy(predict(softmax_regression(3, 3), run.params, x), t)
    return f"a softmax classifier with 3 classes reaches accuracy {share:g} from 0 in 5 steps"


def _list(numbers: Sequence[int]) -> str:
    return f"({', '.join(map(str, numbers))})"
