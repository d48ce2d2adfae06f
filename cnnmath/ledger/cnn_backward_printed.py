"""What is wrong, missing or misleading in print, 002 section 5.4: slips one by one, and no formulas.

Each function searches small cases in increasing order and returns the first as text; an empty text
says that there is none, and so rejects the suspicion.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from cnnmath.ledger.cnn_printed import SMALL, column, rising, shown
from cnnmath.ledger.mlp_formulas import Sides
from cnnmath.ops import ShapeError, conv2d, max_pool2d, relu, rot180
from cnnmath.proof.instances import describe, smallest_counterexample
from cnnmath.proof.notation import free_indices
from cnnmath.results.lookup import derivation, line


def assigned_not_added(added: bool = False) -> str:
    """5.4.2: the gradient put, not added, at the recorded places."""
    for h, f, s in rising(4, 3, 2):
        for x in product((0, 1), repeat=h) if f <= h else ():
            y, backward = max_pool2d(column(x), (f, 1), stride=(s, 1))
            dy, printed = range(1, y.size + 1), np.zeros(h)
            for k, each in enumerate(dy):
                place = k * s + int(np.argmax(x[k * s : k * s + f]))
                printed[place] = each + (printed[place] if added else 0)
            dx = backward(column(dy))[0].ravel()
            if not np.array_equal(dx, printed):
                return (
                    f"X={shown(x)}, F={f}, S={s}, dA={shown(dy)}: dX = {shown(dx)}, put there "
                    f"{shown(printed)}"
                )
    return ""


def order_of_arguments(places: Sequence[int] = SMALL) -> str:
    """5.30: max(0, z) and max(z, 0) have one value and, where ties go to the first, two derivatives."""
    for z in places:
        slopes = []
        for place, pair_of_two in ((1, (0, z)), (0, (z, 0))):
            _, backward = max_pool2d(column(pair_of_two), (2, 1))
            slopes.append(backward(column([1]))[0].ravel()[place])
        if slopes[0] != slopes[1]:
            own = relu(np.array([float(z)]))[1](np.ones(1))[0].item()
            return (
                f"z={z}: the derivative of max(0, z) is {slopes[0]:g}, of max(z, 0) {slopes[1]:g}; of "
                f"the relu (4.34) {own:g}"
            )
    return ""


# ---------------------------------------------------------------------------- the input gradient


WORDS = {
    "all_filters": "one filter only",
    "own_place": "X at another place on the right",
    "moving": "a weight that does not move with the place",
}


def each_slip(sides: Callable[..., Sides], slips: Sequence[str]) -> str:
    """5.28, 5.29: each slip by itself, the others mended."""
    D, found = derivation("conv_layer"), []
    for slip in slips:
        left, right = sides(D, **{other: True for other in slips if other != slip})
        example = smallest_counterexample(left, right, D.size_names)
        if example is None:
            return ""
        found.append(f"{WORDS[slip]}: {describe(example)}")
    return "; ".join(found)


def without_its_conditions(full: bool = False, turned: bool = True) -> str:
    """5.4.1: the input gradient as the convolution of 5.10, the filter gradient with a flip as well."""
    return "; ".join(filter(None, (_valid_mode(full), _flipped_gradient(turned))))


def _layer(h: int, f: int, s: int = 1) -> tuple[Any, Any, Any, Any]:
    """dA, the filter and both gradients of a layer on one column."""
    x, w = column(range(1, h + 1)), column(range(1, f + 1))
    z, backward = conv2d(x, w, stride=(s, 1))
    dz = column(range(1, z.size + 1))
    dx, dw, _ = backward(dz)
    return dz, w, dx, dw


def _valid_mode(full: bool) -> str:
    for h, f in rising(3, 3):
        if f > h:
            continue
        dz, w, dx, _ = _layer(h, f)
        try:
            printed = conv2d(dz, rot180(w), padding=(full * (f - 1), 0))[0]
        except ShapeError:
            printed = np.zeros(0)
        if not np.array_equal(printed, dx):
            return (
                f"H={h}, F={f}: dX has size {dx.size}, the convolution (5.10) of dA, size {dz.size}, with "
                f"the flipped filter has size {printed.size}"
            )
    return ""


def _flipped_gradient(turned: bool) -> str:
    for h, f in rising(3, 3):
        if f > h:
            continue
        dz, _, _, dw = _layer(h, f)
        printed, _ = conv2d(column(range(1, h + 1)), rot180(dz) if turned else dz)
        if not np.array_equal(printed, dw):
            return (
                f"H={h}, F={f}, X=(1 .. {h}), dA={shown(dz)}: dW = {shown(dw)}, with a flip "
                f"{shown(printed)}"
            )
    return ""


def no_zeros_between(spread: bool = False) -> str:
    """5.4.1: full convolution of dA with the flipped filter, where the stride is not 1."""
    for h, f, s in rising(4, 3, 3):
        if f > h:
            continue
        dz, w, dx, _ = _layer(h, f, s)
        wide = dz
        if spread:  # S - 1 zeros between, and one behind for each row that no window reaches
            wide = np.zeros((1, 1, h - f + 1, 1))
            wide[:, :, ::s] = dz
        printed, _ = conv2d(wide, rot180(w), padding=(f - 1, 0))
        if not np.array_equal(printed, dx):
            return (
                f"H={h}, F={f}, S={s}, W={shown(w)}, dA={shown(dz)}: dX = {shown(dx)}, printed "
                f"{shown(printed)}"
            )
    return ""


# ------------------------------------------------------------------------------ slips of the file


def displaced_tag(tags: Sequence[str] = ("5.23", "", "5.24", "5.26", "5.27")) -> str:
    """The tags of the lines from 5.23 on, as captured, against counting."""
    first = int(tags[0].split(".")[1])
    for number, tag in enumerate(tags, first):
        if tag and tag != f"5.{number}":
            return (
                f"line {number - first + 1} from ({tags[0]}) on has the tag ({tag}); by counting it is "
                f"(5.{number})"
            )
    return ""


DOCUMENT = {"p": "i", "q": "j", "c": "d", "o": "d_l"}  # our letters of a weight and theirs


def lost_indices(captured: str = r"i, j, \emptyset 5 d 5)") -> str:
    """5.25: the indices for which the line is said to hold, as captured, against those it has."""
    free = [
        DOCUMENT[name] for name in "pqco" if name in free_indices(line("conv_layer.dw#sift").head)
    ]
    lost = [name for name in free if name not in captured.split(", ")]
    if not lost:
        return ""
    return (
        f"the line has the indices {', '.join(free)}; captured is 'for all {captured}': "
        f"no {', '.join(lost)}"
    )


def one_index_twice(captured: Sequence[str] = ("i,", "i,")) -> str:
    """5.26: the indices of two nested sums, as captured."""
    name, times = Counter(captured).most_common(1)[0]
    if times == 1:
        return ""
    return f"{times} sums over '{name}', and no sum over the i_l, j_l of the summand"


def printed_twice(tags: Sequence[str] = ("5.31", "5.32", "5.32", "5.33", "5.34")) -> str:
    """5.32: the tags of the lines, as captured."""
    tag, times = Counter(tags).most_common(1)[0]
    return f"({tag}) stands {times} times among {', '.join(tags)}" if times > 1 else ""
