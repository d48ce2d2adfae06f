"""What is wrong or missing in print, chapter linear_softmax: the smallest counterexample of each.

Each function searches small cases in increasing order and returns the first as text; an empty text
says that there is none, and so rejects the suspicion.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from cnnmath.ledger.linear_softmax_simulations import mean_square
from cnnmath.nn import loss_and_gradient, softmax_regression
from cnnmath.ops import cross_entropy
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.notation import NotationError

SMALL = (0, 1, -1, 2, -2)


def values_per_pixel(channels: int = 3) -> str:
    """2.1: the product counts values, not pixels."""
    for rows, columns in product((1, 2), repeat=2):
        pixels, product_there = rows * columns, rows * columns * channels
        if product_there != pixels:
            return f"an RGB image of {rows} x {columns}: {pixels} pixel, product {product_there}"
    return ""


def fused_digits(printed: str = "1024x768x32=359296", right: str = "1024x768x3=2359296") -> str:
    """3.1: the product as captured is false, but its digits are those of the right one."""
    factors, _, claimed = printed.partition("=")
    found = math.prod(map(int, factors.split("x")))
    if found == int(claimed):
        return ""
    same = re.sub(r"\D", "", printed) == re.sub(r"\D", "", right)
    note = f"; its digits, in order, are those of {right}" if same else ""
    return f"{factors} = {found}, not {claimed}{note}"


def missing_number(captured: Sequence[str]) -> str:
    """The tags of consecutive lines, as captured: one is missing or cannot be read."""
    numbers = [int(n.group(1)) for tag in captured if (n := re.fullmatch(r"3\.(\d+)", tag))]
    lost = sorted(set(range(min(numbers), max(numbers) + 1)) - set(numbers))
    return f"the tags are {', '.join(captured)}: no 3.{lost[0]} among them" if lost else ""


def rows_and_elements(lengths: Sequence[int] = (1, 2)) -> str:
    """3.2.2: K numbers cannot tell the K n elements of W apart."""
    for k, n in product((1, 2), lengths):
        if k != k * n:
            return f"K={k}, n={n}: d takes {k} value, W has {k * n} elements"
    return ""


def no_bias(w: Sequence[int]) -> Fraction:
    return Fraction(0)


def nearer_prototype(bias: Callable[[Sequence[int]], Fraction] = no_bias) -> str:
    """3.2.2: the largest score is not the nearest prototype."""
    for n in (1, 2):
        for x, v, w in sorted(product(product(SMALL, repeat=n), repeat=3), key=_extent):
            score_v, score_w = (
                sum(a * b for a, b in zip(x, each, strict=True)) + bias(each) for each in (v, w)
            )
            far_v, far_w = (
                sum((a - b) ** 2 for a, b in zip(x, each, strict=True)) for each in (v, w)
            )
            if score_v < score_w and far_v < far_w:
                return (
                    f"x={x}, w_0={v}, w_1={w}: scores {score_v} < {score_w}, "
                    f"squared distances {far_v} < {far_w}"
                )
    return ""


def _extent(vectors: Sequence[Sequence[int]]) -> tuple[int, int]:
    """Small vectors first, positive ones before negative ones."""
    entries = [a for vector in vectors for a in vector]
    return sum(map(abs, entries)), sum(a < 0 for a in entries)


def hinge(s: Sequence[float], y: int) -> float:
    return sum(max(0.0, a - s[y] + 1) for j, a in enumerate(s) if j != y)


def not_the_hinge_loss() -> str:
    """3.3.1: two names, two losses."""
    for s in _score_vectors():
        entropy = float(cross_entropy(np.array([s], float), np.array([0]))[0])
        if abs(entropy - hinge(s, 0)) > 1e-9:
            return f"s={s}, y=0: cross-entropy {entropy:.6f}, hinge loss {hinge(s, 0):g}"
    return ""


def _score_vectors() -> Iterator[tuple[int, ...]]:
    for k in (1, 2, 3):
        yield from sorted(product(SMALL, repeat=k), key=lambda s: _extent([s]))


def still_not_unique(l2: float = 1.0) -> str:
    """3.3.2: two minimisers of the penalised objective, by a gradient that is exactly zero."""
    for k, n in ((2, 1), (2, 2), (3, 3)):  # K = 1 is trivial
        x, t = np.zeros((n, 1)), np.arange(n) % k
        found = []
        for b in sorted(product(SMALL, repeat=k), key=lambda b: _extent([b])):
            params: Any = ({}, {"w": np.zeros((k, 1)), "b": np.array(b, float)})
            value, gradient = loss_and_gradient(softmax_regression(1, k), params, x, t, l2=l2)
            if not gradient[1]["w"].any() and not gradient[1]["b"].any():
                found.append((b, float(value)))
            if len(found) == 2:
                (b, low), (other, same) = found
                return (
                    f"K={k}, x={x.ravel().tolist()}, y={t.tolist()}, lambda={l2:g}, W=0: gradient 0 "
                    f"at b={b} and at b={other}, J = {low:.6f} and {same:.6f}"
                )
    return ""


def penalty_without_square(D: Derivation) -> tuple[Any, Any]:
    """3.22 as printed, the square missing."""
    k, d = D.definitions["w1"].params
    return D.definitions["penalty"][()], D.Sum((k, d), D.tensors["w"][k, d])


def not_to_the_bottom(steepness: Sequence[int] = (1, 2, 3)) -> str:
    """3.4.1: J = (x^2 + a y^2)/2 has its bottom at 0; the gradient points elsewhere."""
    for steep, x, y in product(steepness, (0, 1, 2), (0, 1, 2)):
        right, up = x, steep * y
        if right * y != up * x:
            valley = f"J = (x^2 + {steep} y^2)/2 at ({x}, {y})"
            return f"{valley}: step along -({right}, {up}), bottom along -({x}, {y})"
    return ""


def no_direction(places: Sequence[int] = (0, 1, 2)) -> str:
    """3.33: minus the gradient over its length, where that length is 0."""
    for theta in places:
        gradient = Fraction(theta)  # of theta^2 / 2
        try:
            gradient / abs(gradient)
        except ZeroDivisionError:
            return (
                f"J = theta^2/2 at theta={theta}: gradient {gradient}, length {abs(gradient)}: 0/0"
            )
    return ""


def noise_floor() -> str:
    """3.4.2: mean of (w - x)^2/2 over x = -1, 1, from w = 1. GD arrives, SGD at a constant rate not."""
    by_gd = Fraction(1) - sum((Fraction(1) - x for x in (-1, 1)), Fraction(0)) / 2  # rate 1
    rates = (Fraction(1), Fraction(1, 2), Fraction(1, 4))
    left = [mean_square(rate, 8, start=1) for rate in rates]
    if by_gd != 0 or min(left) <= by_gd:
        return ""
    shown = ", ".join(f"{float(v):.3f} at rate {rate}" for rate, v in zip(rates, left, strict=True))
    return f"x = (-1, 1), w = 1: GD at rate 1 is at the minimum after a step; SGD after 8: E w^2 = {shown}"


def captured_index() -> str:
    """3.44: the summation index is the index of the derivative. Refused here, 1 in SymPy."""
    import sympy

    D = Derivation("printed")
    (K,) = D.sizes("K")
    (j,) = D.indices(j=K)
    s = D.tensor("s", K)
    try:
        D.chain("captured", of=D.diff(D.log(D.Sum(j, D.exp(s[j]))), s[j]))
    except NotationError as refusal:
        said = str(refusal)
    else:
        return ""
    scores = sympy.IndexedBase("s")
    index, size = sympy.symbols("j K", integer=True, positive=True)
    total = sympy.Sum(sympy.exp(scores[index]), (index, 0, size - 1))
    literal = sympy.simplify(sympy.diff(sympy.log(total), scores[index]))
    a, b = sympy.symbols("s_0 s_1")
    right = sympy.diff(sympy.log(sympy.exp(a) + sympy.exp(b)), a).subs({a: 0, b: 0})
    if literal == right:
        return ""
    return f"SymPy reads it as {literal}, but at K=2, s=(0, 0) it is {right}; our engine refuses it: {said}"


def label_over_sum(s: Sequence[int], y: int) -> float:
    """What stands under the logarithm in the damaged copy."""
    return y / sum(map(math.exp, s))


def damaged_loss(captured: Callable[[Sequence[int], int], float] = label_over_sum) -> str:
    """Algorithm 1, second copy: -log(y / sum_j exp(s_j)), the label in the place of exp(s_y)."""
    for s in _score_vectors():
        for y in range(len(s)):
            right = float(cross_entropy(np.array([s], float), np.array([y]))[0])
            quotient = captured(s, y)
            if quotient == 0:
                return f"s={s}, y={y}: loss {right:g}, the damaged line has log 0"
            if abs(-math.log(quotient) - right) > 1e-9:
                return (
                    f"s={s}, y={y}: loss {right:g}, the damaged line gives {-math.log(quotient):g}"
                )
    return ""


def start_matters(share: float = 1.0) -> str:
    """4.1.1: if only one class occurs, J has no minimiser, and where b goes depends on the start.

    ``share`` is that of class 0 among the labels. With x = 0 the weights stay 0, so the strength of
    the penalty does not matter.
    """
    for k in (1, 2):
        ends, labels = [], np.array([1.0] if k == 1 else [share, 1 - share])
        for start in (0.0, 3.0):
            b = np.array([start] + [0.0] * (k - 1))
            for step in range(1, 1001):
                p = np.exp(b - b.max()) / np.exp(b - b.max()).sum()
                b = b - (p - labels)
                if step == 100:
                    early = float(-labels @ np.log(p))
            ends.append((early, float(-labels @ np.log(p)), b[0]))
        falling = all(0 < late < early for early, late, _ in ends)
        if falling and ends[0][2] != ends[1][2]:
            return (
                f"K={k}, x=0, y=0, any lambda: J = {ends[0][0]:.4f}, {ends[0][1]:.4f} after 100 and 1000 "
                f"steps, never 0; b_0 = {ends[0][2]:.2f} from (0, 0), {ends[1][2]:.2f} from (3, 0)"
            )
    return ""
