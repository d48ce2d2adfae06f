"""How many digits textbook formulas of softmax and its logarithm lose, and ours: against exact values."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cnnmath.ledger.implementation_numerics_checks import shifted_softmax, textbook_softmax
from cnnmath.ops import cross_entropy, log_softmax, softmax
from cnnmath.proof.evaluate import PRECISE_CONTEXT
from cnnmath.proof.ulp import digits, ulp_error

CLASSES, RUNS = 3, 10
Errors = dict[str, dict[str, list[float]]]  # quantity, formula: worst ULP at each gap


def _logarithm(p: Any) -> Any:
    with np.errstate(divide="ignore"):
        return np.log(p)


def _losses(s: Any) -> Any:
    """The op for each row by itself, the label the class that is ahead."""
    rows = (cross_entropy(row[None], np.zeros(1, int))[0] for row in s)
    return np.array(list(rows), s.dtype)[:, None]


# "shifted" is where the source stops: the largest score subtracted, then the textbook formula
FORMULAS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "softmax": {
        "textbook": textbook_softmax,
        "shifted": shifted_softmax,
        "ours": lambda s: softmax(s)[0],
    },
    "log-softmax": {
        "textbook": lambda s: _logarithm(textbook_softmax(s)),
        "shifted": lambda s: _logarithm(shifted_softmax(s)),
        "ours": lambda s: log_softmax(s)[0],
    },
    "cross-entropy": {
        "textbook": lambda s: -_logarithm(textbook_softmax(s)[:, :1]),
        "shifted": lambda s: -_logarithm(shifted_softmax(s)[:, :1]),
        "ours": _losses,
    },
}


def scores_with_gap(dtype: Any, gap: float, rng: np.random.Generator) -> Any:
    """Rows of normal scores whose first is ``gap`` ahead of the largest other."""
    s = rng.standard_normal((RUNS, CLASSES)).astype(dtype)
    s[:, 0] = s[:, 1:].max(axis=1) + dtype(gap)
    return s


def exact_values(s: Any) -> dict[str, list[list[Any]]]:
    """Softmax, its logarithm, and the loss of the first class, for the floats in s as they stand."""
    mp = PRECISE_CONTEXT
    found: dict[str, list[list[Any]]] = {name: [] for name in FORMULAS}
    for row in s:
        scores = [mp.mpf(float(each)) for each in row]
        total = mp.log(mp.fsum(map(mp.exp, scores)))
        logarithms = [each - total for each in scores]
        found["softmax"].append([mp.exp(each) for each in logarithms])
        found["log-softmax"].append(logarithms)
        found["cross-entropy"].append([-logarithms[0]])
    return found


def rounding_errors(dtype: Any, gaps: Sequence[float], seed: int = 0) -> Errors:
    """Worst error in ULP of each formula at each gap, {quantity: {formula: [error per gap]}}.

    0.5 is the best that rounding allows, infinity stands for inf or NaN where the value is finite; entries
    below the normal floats are left out, and NaN says that no entry was left. dtype float32 or float64.
    """
    if dtype not in (np.float32, np.float64):
        raise TypeError(f"rounding_errors: dtype is {dtype}; wanted np.float32 or np.float64")
    if not len(gaps) or not all(math.isfinite(gap) and gap >= 0 for gap in gaps):
        raise ValueError(f"rounding_errors: gaps {list(gaps)}; wanted finite numbers >= 0")
    rng = np.random.default_rng(seed)
    errors: Errors = {name: {f: [] for f in formulas} for name, formulas in FORMULAS.items()}
    for gap in gaps:
        s = scores_with_gap(dtype, gap, rng)
        with PRECISE_CONTEXT.workdps(digits(dtype)):
            exact = exact_values(s)
            for name, formulas in FORMULAS.items():
                for formula, compute in formulas.items():
                    errors[name][formula].append(_worst(compute(s), exact[name], dtype))
    return errors


def _worst(got: Any, exact: list[list[Any]], dtype: Any) -> float:
    pairs = zip(got.flat, (each for row in exact for each in row), strict=True)
    counted = [error for g, e in pairs if (error := ulp_error(g, e, dtype)) is not None]
    return max(counted, default=math.nan)
