"""Checks of 002 section 6.1 in the machine's own float64 and float32; each one can fail.

The machine's exp is asked where it underflows and overflows; the thresholds themselves are logarithms
of 50 digits.
"""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from cnnmath.ledger.linear_softmax_checks import exact, numeric, refuted
from cnnmath.ops import softmax
from cnnmath.proof.evaluate import DIGITS, PRECISE_CONTEXT
from cnnmath.proof.verdict import Verdict

mp = PRECISE_CONTEXT
DTYPES: tuple[Any, ...] = (np.float64, np.float32)
FAR = 2000.0  # exp of 2000 overflows in both dtypes, exp of -2000 underflows
BAND = 4  # an exp that is off by some ULP moves the threshold by as many floats at most
CLASSES = (1, 2, 3, 5, 10)


def textbook_softmax(s: Any) -> Any:
    """6.1, letter for letter, for rows of scores (n, k)."""
    with np.errstate(all="ignore"):
        e = np.exp(s)
        return e / e.sum(axis=1, keepdims=True)


def shifted(s: Any) -> Any:
    """6.11: each row of scores less its largest."""
    with np.errstate(over="ignore"):  # a gap beyond the dtype is -inf, and its exp 0
        return s - s.max(axis=1, keepdims=True)


def shifted_softmax(s: Any) -> Any:
    """6.10 with the shift of 6.11, for rows of scores (n, k)."""
    return textbook_softmax(shifted(s))


# -------------------------------------------------------------------------------- where exp ends


def first_float(dtype: Any, end: float, gone: Callable[[Any], bool]) -> Any:
    """On the way from 0 to ``end`` the first float at which exp is ``gone``; by bisection."""
    near, far = dtype(0), dtype(end)
    with np.errstate(over="ignore", under="ignore"):
        while (middle := dtype((near + far) / 2)) not in (near, far):
            near, far = (near, middle) if gone(np.exp(middle)) else (middle, far)
    return far


def first_underflow(dtype: Any) -> Any:
    """The largest float whose exp is 0 on this machine."""
    return first_float(dtype, -FAR, lambda e: bool(e == 0))


def first_overflow(dtype: Any) -> Any:
    """The smallest float whose exp is infinite on this machine."""
    return first_float(dtype, FAR, lambda e: bool(np.isinf(e)))


def underflow_threshold(dtype: Any) -> Any:
    """Below it exp rounds to 0: the logarithm of half the smallest subnormal number."""
    return mp.log(mp.mpf(float(np.finfo(dtype).smallest_subnormal)) / 2)


def overflow_threshold(dtype: Any) -> Any:
    """From it on exp rounds to infinity: half a step above the largest number, 2^m (1 - 2^-(d + 2))."""
    info = np.finfo(dtype)
    return mp.log(mp.mpf(2) ** info.maxexp * (1 - mp.mpf(2) ** -(info.nmant + 2)))


def _ends(
    what: str, first: Callable[[Any], Any], threshold: Callable[[Any], Any], becomes: str
) -> Verdict:
    shown = []
    for dtype in DTYPES:
        name, found, wanted = np.dtype(dtype).name, first(dtype), threshold(dtype)
        if abs(found - wanted) > BAND * float(np.spacing(abs(found))):
            return refuted(f"{name}: exp {what} at {found}, not at {mp.nstr(wanted, 10)}")
        beyond = "below" if found < 0 else "above"
        shown.append(f"{name} {beyond} {mp.nstr(wanted, 8)}")
    return numeric(
        f"exp is {becomes} in {', in '.join(shown)} ({DIGITS} digits); by bisection the machine's own exp "
        f"turns within {BAND} floats of it"
    )


def underflow_begins() -> Verdict:
    """6.3: exp(c) is 0 for c far below 0."""
    return _ends("underflows", first_underflow, underflow_threshold, "0")


def overflow_begins() -> Verdict:
    """6.5: exp(c) is infinite for c far above 0."""
    return _ends("overflows", first_overflow, overflow_threshold, "infinite")


# ------------------------------------------------------------------------------- equal scores


def _equal_scores(quotient: str, first: Callable[[Any], Any]) -> Verdict:
    """Scores that are all c: the textbook has no answer from the threshold on, the op has 1/K."""
    for dtype, classes in product(DTYPES, CLASSES):
        c = first(dtype)
        for score in (c, dtype(2) * c, dtype(100) * c):
            s = np.full((1, classes), score)
            said = f"{np.dtype(dtype).name}, K={classes}, c={score:g}"
            if not np.isnan(textbook_softmax(s)).all():
                return refuted(f"{said}: the textbook has {textbook_softmax(s)[0, 0]:g}")
            if (softmax(s)[0] != dtype(1) / dtype(classes)).any():
                return refuted(f"{said}: the op has {softmax(s)[0][0, 0]:g}, not 1/{classes}")
    return exact(
        f"float64 and float32, K = {', '.join(map(str, CLASSES))}, c at the threshold, twice and 100 times "
        f"as far: the formula gives {quotient} = NaN for every class, the op exactly 1/K"
    )


def nothing_over_nothing() -> Verdict:
    """6.4: 0/0 for scores that are all far below 0."""
    return _equal_scores("0/0", first_underflow)


def infinity_over_infinity() -> Verdict:
    """6.6: inf/inf for scores that are all far above 0."""
    return _equal_scores("inf/inf", first_overflow)


# ------------------------------------------------------------------------------------- the shift


def extreme_rows(dtype: Any) -> Any:
    """All rows of three scores out of nine, from the smallest to the largest finite number."""
    most = np.finfo(dtype).max
    scores = [-most, -1000, -90, -1, 0, 1, 90, 1000, most]
    return np.array(list(product(scores, repeat=3)), dtype)


def denominators(exponents: Any) -> Any:
    """What stands below: the sum of the exponentials of each row."""
    with np.errstate(under="ignore"):
        return np.exp(exponents).sum(axis=1)


def no_overflow_and_no_zero_below() -> Verdict:
    """6.11: shifted by the maximum the largest exponent is 0, and the denominator at least 1."""
    tried = 0
    for dtype in DTYPES:
        name, s = np.dtype(dtype).name, extreme_rows(dtype)
        exponents = shifted(s)
        below = denominators(exponents)
        tried += len(s)
        for which, wrong in (
            ("largest exponent", exponents.max(axis=1) != 0),
            ("denominator", ~((below >= 1) & (below <= 3))),
            ("sum", ~(abs(shifted_softmax(s).sum(axis=1) - 1) <= 4 * np.finfo(dtype).eps)),
            ("sum of the op", ~(abs(softmax(s)[0].sum(axis=1) - 1) <= 4 * np.finfo(dtype).eps)),
        ):
            if wrong.any():
                return refuted(f"{name}: s = {s[wrong.argmax()].tolist()}: {which} is off")
    return numeric(
        f"{tried:,} rows of three scores from minus to plus the largest number, float64 and float32: the "
        "largest exponent is 0, the denominator from 1 to 3, the probabilities (of 16 and 7 digits) "
        "sum to 1 within 4 eps"
    )


# ------------------------------------------------------------------ what the shift does not solve


def logarithm_of_the_shifted(s: Any, t: Any) -> Any:
    """The loss as the source leaves it: minus the logarithm of the shifted softmax."""
    with np.errstate(divide="ignore"):
        return -np.log(shifted_softmax(s)[np.arange(len(t)), t])[0]


def lost_in_the_logarithm(loss: Callable[..., Any] = logarithm_of_the_shifted) -> str:
    """6.1: scores 0 and -g for whole g; the loss is g + log(1 + e^-g) of label 1, log(1 + e^-g) of label 0.

    It is neither infinite nor 0 for any g; the first g at which the machine says so, per label.
    """
    found = []
    for dtype, label in product(DTYPES, (1, 0)):
        for g in range(1, 1001):
            got = float(loss(np.array([[0, -g]], dtype), np.array([label])))
            true = label * g + mp.log1p(mp.exp(-g))
            if got in (0, np.inf) and true > float(np.finfo(dtype).tiny):
                name = np.dtype(dtype).name
                found.append(f"{name}, s=(0, -{g}), y={label}: {abs(got):g} for {mp.nstr(true, 4)}")
                break
    return "; ".join(found)
