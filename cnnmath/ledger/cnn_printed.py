"""What is wrong, missing or misleading in print, 002 sections 5.1 and 5.2, where it is no formula.

Each function searches small cases in increasing order and returns the first as text; an empty text
says that there is none, and so rejects the suspicion.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from cnnmath.nn import mlp
from cnnmath.ops import (
    ShapeError,
    affine,
    conv2d,
    conv2d_output_size,
    cross_entropy,
    max_pool2d,
    relu,
)
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.notation import NotationError

SMALL = (0, 1, -1, 2, -2)


def rising(*most: int) -> Iterator[tuple[int, ...]]:
    """Tuples of 1 .. most, in order of their sum."""
    return iter(sorted(product(*(range(1, m + 1) for m in most)), key=sum))


def extent(numbers: Sequence[int]) -> tuple[int, int]:
    """Small numbers first, positive ones before negative ones."""
    return sum(map(abs, numbers)), sum(n < 0 for n in numbers)


def column(numbers: Iterable[float]) -> Any:
    """One map of one column."""
    return np.array(list(numbers), float).reshape(1, 1, -1, 1)


def shown(array: Any) -> str:
    return "(" + ", ".join(f"{n:g}" for n in np.ravel(array)) + ")"


# ------------------------------------------------------------------------------- letters and labels


def label_without_a_score(first: int = 1) -> str:
    """5.3: do the labels first .. first + K - 1 have scores s_0 .. s_(K-1)?"""
    for k in (1, 2, 3):
        for label in range(first, first + k):
            try:
                cross_entropy(np.zeros((1, k)), np.array([label]))
            except ValueError:
                return f"K={k}: label {label} has no score; the scores are s_0 .. s_{k - 1}"
    return ""


TWICE = (
    ("W", "the weights"),
    ("D", "the training set"),
    ("W", "the width of an image"),
    ("D", "the depth of an image"),
)


def letters_twice(meanings: Sequence[tuple[str, str]] = TWICE) -> str:
    """5.1: the letters declared one after the other, as the engine takes them."""
    D, known, found = Derivation("letters"), dict(meanings[::-1]), []
    for letter, meaning in meanings:
        try:
            D.scalar(letter)
        except NotationError:
            found.append(f"{letter} is {known[letter]} and {meaning}")
    return f"{'; '.join(found)}: the engine refuses the second meaning" if found else ""


SIZES = ("F_1", "F_2", "H_l", "W_l", "D_l", "H_(l-1)", "W_(l-1)", "D_(l-1)")


def undefined_sizes(used: Sequence[str] = ("H_F1", "W_F2", "D_(l-1)", "D_l")) -> str:
    """5.2.1: the sizes of the four axes, and those that the section has defined."""
    unknown = [size for size in used if size not in SIZES]
    if not unknown:
        return ""
    return f"axes {' x '.join(used)}: {', '.join(unknown)} not among the sizes {', '.join(SIZES)}"


def relu_on_the_scores(activated: int = 2) -> str:
    """5.2: a relu after each of the first layers of a net of two, against the net."""
    model = mlp(1, 1, 1)
    for x, w, v in sorted(product(SMALL, repeat=3), key=extent):
        params: Any = [{}, {"w": w}, {}, {"w": v}]
        params = tuple(
            {"w": np.array([[float(p["w"])]]), "b": np.zeros(1)} if p else {} for p in params
        )
        a, score = np.array([[float(x)]]), model.apply(params, np.array([[float(x)]]))[0]
        for number, layer in enumerate(filter(None, params), 1):
            a, _ = affine(a, layer["w"], layer["b"])
            a = relu(a)[0] if number <= activated else a
        if a != score:
            return (
                f"x={x}, w={w}, v={v}, no biases: score {score.item():g}, with a relu {a.item():g}"
            )
    return ""


def rows_that_do_not_fit(own: bool = False) -> str:
    """5.5: n rows, n being the number of inputs, or n_l rows, beside n_l biases."""
    for units, inputs in rising(3, 3):
        rows = units if own else inputs
        try:
            affine(np.ones((1, inputs)), np.ones((rows, inputs)), np.ones(units))
        except ShapeError:
            return f"n_l={units}, n={inputs}: W x has {rows} entries, b has {units}"
    return ""


def elementwise(axes: int, summed: bool = False) -> str:
    """5.7, 5.8: (.) multiplies entry by entry (4.34); what is meant is one number."""
    for shape in rising(*(2,) * axes):
        for entries in product((0, 1), repeat=2 * int(np.prod(shape))):
            w, x = np.array(entries).reshape(2, *shape)
            inner = int((w * x).sum())
            printed: Any = np.array(inner) if summed else w * x
            if (printed != inner).any():
                return (
                    f"w={w.tolist()}, x={x.tolist()}: the inner product is {inner}, w (.) x is "
                    f"{printed.tolist()}"
                )
    return ""


# ------------------------------------------------------------------------------ strides and sizes


def index_leaves_the_input(shifted: bool = False) -> str:
    """5.13 beside 5.14: X(i_l S + i) without - P, where there are P rows of padding."""
    for h, f, s, padding in rising(3, 3, 2, 2):
        if f > h + 2 * padding:
            continue
        x, w = column(range(1, h + 1)), column([1] * f)
        z = conv2d(x, w, stride=(s, 1), padding=(padding, 0))[0].ravel()
        rows = [[k * s + p - padding * shifted for p in range(f)] for k in range(len(z))]
        sums = [sum(x[0, 0, r, 0] for r in each if 0 <= r < h) for each in rows]
        differ = [k for k, (a, b) in enumerate(zip(z, sums, strict=True)) if a != b]
        if differ:
            k, last = differ[0], rows[-1][-1]
            return (
                f"H={h}, F={f}, S={s}, P={padding}, X={shown(x)}, W={shown(w)}: A({k}) is {z[k]:g}, "
                f"printed {sums[k]:g}; A({len(z) - 1}) asks for X({last}), X ends at X({h - 1})"
            )
    return ""


def skipped(stride: int) -> int:
    """Step from one start to the next if ``stride`` positions are passed over in between."""
    return stride + 1


def skipped_positions(step: Callable[[int], int] = skipped) -> str:
    """5.2.1: S positions skipped between two outputs, literally."""
    for s, h in rising(3, 6):
        starts = conv2d(column(range(h)), column([1]), stride=(s, 1))[0].ravel().tolist()
        literal = list(range(0, h, step(s)))
        if starts != literal:
            return f"S={s}, H={h}, F=1: the windows start at {shown(starts)}, literally {shown(literal)}"
    return ""


AXES = ("H", "W")


def pair(axis: int, number: Any, other: Any) -> tuple[Any, Any]:
    """``number`` for that axis, ``other`` for the other one."""
    return (other, number) if axis else (number, other)


def not_a_whole_number(axis: int, rounded: bool = False) -> str:
    """5.14, 5.15: the quotient, where the windows do not end at the border."""
    name = AXES[axis]
    for size, f, s, more in rising(4, 3, 3, 2):
        padding = more - 1
        if f > size + 2 * padding:
            continue
        found = conv2d_output_size(
            pair(axis, size, 1),
            pair(axis, f, 1),
            stride=pair(axis, s, 1),
            padding=pair(axis, padding, 0),
        )[axis]
        printed = Fraction(size - f + 2 * padding, s) + 1
        if (printed // 1 if rounded else printed) != found:
            return f"{name}={size}, F={f}, P={padding}, S={s}: printed {printed}; windows that fit: {found}"
    return ""


def even_kernel(axis: int, kernels: Sequence[int] = (1, 2, 3, 4)) -> str:
    """5.16, 5.17: half a row of padding; the whole numbers beside it do not keep the size."""
    for f in kernels:
        half, size = Fraction(f - 1, 2), f
        around = [int(half // 1), int(-(-half // 1))]
        found = [
            conv2d_output_size(pair(axis, size, 1), pair(axis, f, 1), padding=pair(axis, p, 0))[
                axis
            ]
            for p in around
        ]
        if found != [size, size]:
            return (
                f"F={f}: P = {half}; {AXES[axis]}={size} becomes {found[0]} with P={around[0]}, "
                f"{found[1]} with P={around[1]}"
            )
    return ""


# ----------------------------------------------------------------------------------------- pooling


def window_too_large(inclusive: bool = True) -> str:
    """5.20: the maximum over 0 <= i <= F, one entry too many."""
    for h, f, s in rising(3, 3, 3):
        for x in product((0, 1), repeat=h) if f <= h else ():
            y = max_pool2d(column(x), (f, 1), stride=(s, 1))[0].ravel()
            seen = [[k * s + i for i in range(f + inclusive)] for k in range(len(y))]
            printed = [max(x[row] for row in rows if row < h) for rows in seen]
            differ = [k for k in range(len(y)) if y[k] != printed[k]]
            if differ:
                return (
                    f"X={shown(x)}, F={f}, S={s}: A({differ[0]}) is {y[differ[0]]:g}, printed "
                    f"{printed[differ[0]]}; A({len(y) - 1}) asks for X({seen[-1][-1]}), X ends at X({h - 1})"
                )
    return ""


BLOCKS = tuple(product((1, 2), repeat=4))


def nothing_lost(blocks: Iterable[Sequence[int]] = BLOCKS) -> str:
    """5.2.2: a block that its maximum, copied to the four places, gives back."""
    for block in blocks:
        x = np.array(block, float).reshape(1, 1, 2, 2)
        y, _ = max_pool2d(x, 2, stride=2)
        if np.array_equal(np.broadcast_to(y, x.shape), x):
            return f"X = four times {y.item():g}: A = {y.item():g}, copied back it is X: nothing is lost"
    return ""
