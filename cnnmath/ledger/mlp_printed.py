"""What is wrong, missing or misleading in print, chapter mlp, where it is no formula of the engine.

Each function searches small cases in increasing order and returns the first as text; an empty text
says that there is none, and so rejects the suspicion.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import numpy as np

from cnnmath.ledger.mlp_algorithm import backward, forward, score_gradient
from cnnmath.ledger.mlp_checks import operations
from cnnmath.ledger.mlp_training import mean_over_masks, quartic, quartic_slope
from cnnmath.nn import SGD
from cnnmath.ops import affine, relu, sigmoid
from cnnmath.results.lookup import line

SMALL = (0, 1, -1, 2, -2)
HALF = Fraction(1, 2)


# --------------------------------------------------------------------------- words and letters


def stray_argument(arguments: Sequence[str] = ("x", "x", "k")) -> str:
    """4.1.3: what phi is applied to in the three places of the paragraph, as captured."""
    usual, _ = Counter(arguments).most_common(1)[0]
    for place, argument in enumerate(arguments, 1):
        if argument != usual:
            return (
                f"phi is applied to {', '.join(arguments)}: place {place} has {argument}, which names the "
                "kernel of the same sentence, a function of two vectors"
            )
    return ""


def counted_layers(widths: Sequence[int], count_input: bool) -> int:
    """Layers of a dense net by one convention or the other."""
    return len(widths) if count_input else len(widths) - 1


def layers_counted(here: bool, there: bool) -> str:
    """4.2.3 and 004: the same net, its layers counted without (False) and with (True) the input."""
    for hidden in (1, 2, 3):
        widths = (2,) * (hidden + 2)
        a, b = counted_layers(widths, here), counted_layers(widths, there)
        if a != b:
            return f"widths {widths}: {a} layers by this document, {b} by the other"
    return ""


def never_reached(activations: Sequence[Any] = ((sigmoid, 0), (np.tanh, -1))) -> str:
    """2.1: are the targets 0 and -1 values of the activation?"""
    places = np.array([-1.0, -2.0, -4.0, -8.0])
    found = []
    for activation, target in activations:
        y = activation(places)
        gaps = (y[0] if isinstance(y, tuple) else y) - target
        if not (gaps > 0).all():
            return ""
        found.append(f"{target} + {gaps[0]:.3f} .. {target} + {gaps[-1]:.1e}")
    return (
        f"z = -1 .. -8: the outputs are {' and '.join(found)}, falling, and never the target itself"
    )


def stray_index(weight: str = "ij", rate: str = "Ij") -> str:
    """2.2: the letters of a weight and of its own learning rate."""
    strange = [letter for letter in rate if letter not in weight]
    return (
        f"the weight has the indices {weight}, its rate {rate}: no {strange[0]}" if strange else ""
    )


def one_function_many_values(activation: Callable[[Any], Any] = sigmoid) -> str:
    """001: is a the function? One function, and as many numbers a as there are inputs."""
    values = activation(np.array([0.0, 1.0]))[0]
    if values[0] == values[1]:
        return ""
    return f"z = 0 and z = 1: one function sigma, two activations a = {values[0]:g} and {values[1]:.3f}"


def layer_of_the_weights(
    names: Sequence[str] = ("w_11^3", "w_12^3", "b_1^3"), layer: int = 2
) -> str:
    """004: the upper index of a weight is the layer that it leads to; the hidden layer is number 2."""
    for name in names:
        found = re.fullmatch(r"[wb]_\d+\^(\d)", name)
        if found and int(found.group(1)) != layer:
            return (
                f"{name} leads to layer {found.group(1)}, the output; the hidden layer is {layer}"
            )
    return ""


# ------------------------------------------------------------------------------------- activations


def derivative_at_zero(said: int = 1) -> str:
    """003: relu' at 0 by the text, and by the formula that is to follow from it."""
    for z in SMALL:
        by_formula = relu(np.array([float(z)]))[1](np.array([1.0]))[0][0]
        by_text = said if z == 0 else int(z > 0)
        if by_formula != by_text:
            return f"x = {z}: relu' is {by_text} by the text, {by_formula:g} by the formula"
    return ""


def vanishes_all_the_same(weight: Fraction = HALF, depth: int = 40) -> str:
    """003: a chain of active relu units: the gradient is the product of the weights."""
    gradient, a = Fraction(1), np.array([[Fraction(1)]], dtype=object)
    for layers in range(1, depth + 1):
        w, b = np.array([[weight]], dtype=object), np.array([Fraction(0)], dtype=object)
        z, pull_affine = affine(a, w, b)
        a, pull_relu = relu(z)
        (dz,) = pull_relu(np.array([[gradient]], dtype=object))
        gradient = pull_affine(dz)[0][0, 0]
        if a[0, 0] > 0 and gradient < Fraction(1, 10**9):
            return f"{layers} layers, weights {weight}, every unit active: gradient {float(gradient):.1e}"
    return ""


def trained_by_another_sample(samples: Sequence[int] = SMALL) -> str:
    """003: a unit that is off for one sample is trained by another, and then on for the first too."""
    rate = Fraction(1)
    for w, x, other in product((1, -1), samples, samples):
        off, on = w * x < 0, w * other > 0
        if not (off and on):
            continue
        _, pull = relu(np.array([Fraction(w * other)], dtype=object))
        slope = pull(np.array([Fraction(w * other - 0)], dtype=object))[0][
            0
        ]  # target 0, squared error
        new = w - rate * slope * other
        if new != w and new * x > 0:
            return (
                f"w={w}: off for x={x}, on for x={other} (target 0): a step of rate 1 gives w={new}, "
                f"and the unit is on for x={x}"
            )
    return ""


def two_of_four_operations(said: Sequence[str] = ("+", "-", "*", "/")) -> str:
    """003: which operations sigma' needs once the value is known."""
    used = operations(line("sigmoid.slope#value").body, known=("y",))
    unused = [operation for operation in said if not used[operation]]
    if not unused:
        return ""
    return (
        f"sigma' = y (1 - y): {', '.join(f'{n} time {o}' for o, n in sorted(used.items()))}; "
        f"no {' and no '.join(unused)} (the exponential and the division are in the forward pass)"
    )


def weight_by_size(w: Sequence[int]) -> int:
    """The input that the larger weight names."""
    return max(range(len(w)), key=lambda i: w[i])


def negative_weight(rank: Callable[[Sequence[int]], int] = weight_by_size) -> str:
    """004: the larger weight is not the larger influence if the other is very negative."""
    for w in sorted(product(SMALL, repeat=2), key=lambda w: (sum(map(abs, w)), w)):
        influence = [abs(a) for a in w]  # |change of the weighted input| for a change of 1
        if influence[0] != influence[1] and influence[rank(w)] != max(influence):
            strong = influence.index(max(influence))
            return (
                f"w={w}: input {rank(w)} has the larger weight, but a change of 1 there moves z by "
                f"{influence[rank(w)]}, one of input {strong} by {influence[strong]}"
            )
    return ""


def no_threshold(activation: Callable[[Any], Any] = sigmoid) -> str:
    """004: is there a place below which nothing comes out?"""
    places = np.array([-1.0, -10.0, -100.0])
    y, pull = activation(places)
    (slope,) = pull(np.ones(3))
    if not ((y > 0).all() and (slope > 0).all()):
        return ""
    return f"z = -1, -10, -100: output {y[0]:.3f}, {y[1]:.1e}, {y[2]:.1e}, slope > 0: active everywhere"


# ------------------------------------------------------------------------------------- training


def printed_algorithm_2(slips: Sequence[str] = ("x for a", "W for W(l)")) -> str:
    """Algorithm 2: the loop with each printed slip, against the corrected one, where shapes allow."""
    return "; ".join(filter(None, map(_slip, slips)))


def _slip(slip: str) -> str:
    for sizes in ((1, 1, 2), (1, 2, 2, 2)):
        layers = [
            (layer + np.arange(2.0, k * d + 2).reshape(k, d), np.zeros(k))
            for layer, (d, k) in enumerate(pairwise(sizes))
        ]
        z, a, s = forward(layers, np.array([1.0]))
        ds = score_gradient(s, 0)
        both = zip(backward(layers, z, a, ds), backward(layers, z, a, ds, slip=slip), strict=True)
        for layer, ((right, _), (printed, _)) in enumerate(both, 1):
            if abs(right - printed).max() > 1e-9:
                return (
                    f"{slip}: W = {', '.join(str(w.tolist()) for w, _ in layers)}, b = 0, x = 1, y = 0: "
                    f"dW({layer}) = {right.round(4).tolist()}, printed {printed.round(4).tolist()}"
                )
    return ""


def local_minimum(starts: Sequence[int] = (2,)) -> str:
    """004: the stationary point that descent reaches on J = x^4 - 4x^2 + x, against a grid."""
    grid = np.linspace(-3, 3, 6001)
    lowest = grid[quartic(grid).argmin()]
    for start in starts:
        x = float(start)
        for _ in range(600):
            x -= 0.05 * quartic_slope(x)
        if quartic(x) > quartic(lowest) + 1e-6:
            return (
                f"J = x^4 - 4x^2 + x from x = {start}: ends at {x:.3f}, J = {quartic(x):.3f}; "
                f"J({lowest:.3f}) = {quartic(lowest):.3f}"
            )
    return ""


def distance_or_derivative(rates: Sequence[Fraction] = (Fraction(1), HALF)) -> str:
    """004: Delta h as the distance moved, and as the derivative that alpha multiplies."""
    for rate in rates:
        slope = Fraction(1)  # of x^2 / 2 at x = 1
        if slope != rate * slope:
            return (
                f"J = x^2/2 at x = 1, alpha = {rate}: with Delta h the derivative x - Delta h = {1 - slope}, "
                f"but the move is alpha Delta h = {rate * slope}, to x = {1 - rate * slope}"
            )
    return ""


def too_large_a_step(most: Fraction = Fraction(4)) -> str:
    """004: the error after a step along minus the exact gradient, for one weight and one sample."""
    for rate, x in product((Fraction(n, 4) for n in range(1, int(4 * most) + 1)), (1, 2)):
        params: Any = ({"w": np.array([Fraction(1)], dtype=object)},)  # y = w x, target 0
        moved, _ = SGD(rate).update(({"w": params[0]["w"] * x * x},), (), params)  # type: ignore[arg-type]
        before, after = Fraction(x * x, 2), (moved[0]["w"][0] * x) ** 2 / 2
        if after > before:
            return (
                f"y = w x, w=1, x={x}, target 0, rate {rate}: error {before} before, {after} after"
            )
    return ""


def unscaled_dropout(scaled: bool = False) -> str:
    """004: the mean in training against what the whole net says at test time, scaled or not."""
    for keep, a, w in product((HALF, Fraction(4, 5)), (0, 1, 2), (0, 1, 2)):
        training = mean_over_masks([Fraction(a)], [Fraction(w)], keep)
        test = a * w * (keep if scaled else 1)
        if training != test:
            return (
                f"a={a}, w={w}, kept with {keep}: mean in training {training}, at test time {test}"
            )
    return ""
