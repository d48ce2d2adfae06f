"""What is wrong, missing or misleading in print in document 001 and in sections 1.1 to 1.4 of document
003 on convolution, and on sizes, where it is no formula of the engine.

Each function searches small cases in increasing order and returns the first as text; an empty text
says that there is none, and so rejects the suspicion.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from cnnmath.ledger.cnn_notes_checks import conv2
from cnnmath.ledger.mlp_checks import fractions
from cnnmath.nn import Conv2d
from cnnmath.ops import conv2d, mean_pool2d, relu, rot180, squared_error

Rule = Callable[[int, int, int, int], Any]  # n, f, p, s


# ------------------------------------------------------------------------------------------- 001


def border_not_said(mode: str = "valid") -> str:
    """After image 7: convolution of delta with rot180(w), the border left to the reader."""
    for rows, p in product((1, 2, 3), (1, 2, 3)):  # a map of rows x 1 above, a kernel of p x 1
        x, w = fractions(*[[1]] * (rows + p - 1)), fractions(*[[n + 1] for n in range(p)])
        delta = fractions(*[[1]] * rows)
        if mode == "valid" and p > rows:
            return (
                f"map {x.shape}, kernel {w.shape}: delta {delta.shape} has no 'valid' part at all"
            )
        found = conv2(delta, rot180(w), mode)
        if found.shape != x.shape:
            return f"map {x.shape}, kernel {w.shape}, delta {delta.shape}: '{mode}' gives {found.shape}"
    return ""


def double_sum(turned: bool = False, by_place: bool = True) -> str:
    """Image 8: the double sum, called a correlation, and its bias with the indices of a place."""
    return "; ".join(filter(None, (_no_correlation(turned), _many_biases(by_place))))


def _no_correlation(turned: bool) -> str:
    x = fractions([1], [2])
    for kernel in product((0, 1), repeat=2):
        w = fractions(*[[n] for n in kernel])
        written = x[1, 0] * w[0, 0] + x[0, 0] * w[1, 0]  # sum over a of w_a sigma_(x-a)
        slid = conv2d(x[None, None], (rot180(w) if turned else w)[None, None])[0].item()
        if written != slid:
            return f"sigma(z)=(1, 2), w={kernel}: the sum is {written}, the correlation {slid}"
    return ""


def _many_biases(by_place: bool) -> str:
    for size in (1, 2, 3):
        z, _ = conv2d(np.ones((1, 1, size, 1)), np.ones((1, 1, 1, 1)))
        biases = Conv2d(1, 1, 1).init(np.random.default_rng(0))["b"].size
        printed = z.size if by_place else 1
        if printed != biases:
            return f"a map of {z.size} places: {printed} numbers b_xy, the layer has {biases}"
    return ""


# -------------------------------------------------------------------------------- 003: the questions

QUESTIONS = (
    *("odd kernels", "output channels", "parts of a layer", "pooling and convolution"),
    *("pooling backwards", "counting parameters", "why convolution", "shared parameters", "relu"),
)
ANSWERS = (
    *("odd kernels", "output channels", "parts of a layer", "pooling and convolution"),
    *("pooling backwards", "counting parameters", "why convolution", "relu"),
)


def unanswered(answers: Sequence[str] = ANSWERS) -> str:
    """1.1: the subjects of the questions and of the answers, in the order of the lists."""
    for number, subject in enumerate(QUESTIONS, 1):
        given = answers[number - 1] if number <= len(answers) else "missing"
        if given != subject:
            return (
                f"{len(QUESTIONS)} questions, {len(answers)} answers: question {number} is on {subject}, "
                f"answer {number} on {given}; none is on {subject}"
            )
    return ""


def loss_handed_back(what: str = "loss") -> str:
    """1.1.2: the loss, not its gradient, is spread over the window; loss y^2/2, window of 1 x 1."""
    for number in (0, 1, 2, 3):
        x = np.array([[[[Fraction(number)]]]], dtype=object)
        y, pull = mean_pool2d(x, 1)
        loss, pull_loss = squared_error(y.reshape(1, 1), fractions([0]))
        (dy,) = pull_loss(Fraction(1))
        slope = pull(dy.reshape(y.shape))[0].item()
        handed = loss if what == "loss" else dy.item()
        if handed != slope:
            return f"x={number}, loss x^2/2: the loss is {handed}, the gradient that x gets {slope}"
    return ""


def slope_at_zero(said: int = 1) -> str:
    """1.1.2: relu'(0) by this document, and by 002 and the code here: a disagreement, not an error."""
    for z in (0, 1, -1):
        here = int(relu(np.array([float(z)]))[1](np.array([1.0]))[0][0])
        there = said if z == 0 else int(z > 0)
        if here != there:
            return f"z={z}: relu' = {there} in this document, {here} in document 002 and here"
    return ""


# -------------------------------------------------------------------------- 003: filters and sizes


def middle_column(column: Sequence[int]) -> bool:
    """What the document asks of the columns of an edge filter."""
    return column[1] == 0 and column[0] != column[2]


def adds_up_to_zero(column: Sequence[int]) -> bool:
    return sum(column) == 0


def answers_flat_regions(asked: Callable[[Sequence[int]], bool] = middle_column) -> str:
    """1.2: a filter with the middle column 0, on an image of one brightness."""
    small = sorted(product((0, 1, -1, 2, -2), repeat=3), key=lambda c: sum(map(abs, c)))
    for column in filter(asked, small):
        response = conv2d(np.ones((1, 1, 3, 3)), np.array([[[column] * 3]], float))[0].item()
        if response:
            return f"columns {column}, an image that is 1 everywhere: response {response:g}"
    return ""


def halved(n: int, f: int, p: int, s: int) -> int:
    return (n + 2 * p - f) // 2 + 1


def unrounded(n: int, f: int, p: int, s: int) -> Fraction:
    return Fraction(n + 2 * p - f, s) + 1


def rounded_up(n: int, f: int, p: int, s: int) -> int:
    return -((f - n - 2 * p) // s) + 1


def half_of_n(n: int, f: int, p: int, s: int) -> Fraction:
    return Fraction(n, s)


def wrong_size(
    rule: Rule,
    pads: Sequence[int] = (0,),
    strides: Sequence[int] = (1, 2, 3),
    windows: Sequence[int] = (1, 2, 3, 4),
    even: bool = False,
) -> str:
    """1.4, 1.8: the first n, f, p, s at which a size rule misses the size of the output."""
    for n, s, f, p in product(range(1, 9), strides, windows, pads):
        if f > n + 2 * p or (even and n % 2):
            continue
        size = conv2d(np.ones((1, 1, n + 2 * p, 1)), np.ones((1, 1, f, 1)), stride=s)[0].shape[2]
        if rule(n, f, p, s) != size:
            return f"n={n}, f={f}, p={p}, s={s}: printed {rule(n, f, p, s)}, there are {size}"
    return ""


def not_halved(windows: Sequence[int] = (1, 2, 3, 4), odd: bool = True) -> str:
    """1.8: s = 2 halves the size: odd sizes, and even sizes with larger windows."""
    every = wrong_size(half_of_n, strides=(2,), windows=windows, even=not odd)
    even = wrong_size(half_of_n, strides=(2,), windows=windows, even=True)
    return "; ".join(dict.fromkeys(filter(None, (every, even))))
