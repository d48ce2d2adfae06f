"""p_y - 1, the entry at the label of the gradient of the cross entropy, beside what textbooks compute."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnmath.ops import CROSS_ENTROPY, cross_entropy
from cnnmath.proof.evaluate import PRECISE_CONTEXT
from cnnmath.proof.ulp import LARGEST, derived, digits, draw, formula, make_confident, ulp_error


def textbook_gradient(s: Any, t: Any) -> Any:
    """p - onehot(t), literally: near p_y = 1 the difference keeps only what rounding left of 1."""
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(t)), t] -= 1
    return p


def label_gradient(s: Any, t: Any) -> Any:
    """The same gradient from the op."""
    _, backward = cross_entropy(s, t, reduction="sum")
    return backward(1)[0]


def label_gradient_ulp(
    dtype: Any, gap: float, rng: Any, runs: int = 20, gradient: Callable[..., Any] = label_gradient
) -> float:
    """Worst error in ULP of the gradient's entry at the label, which is ahead by ``gap``."""
    case = next(case for case in CROSS_ENTROPY.cases if case.key == "sum")
    D = derived(CROSS_ENTROPY, case)
    inputs = draw(CROSS_ENTROPY, D, {"N": runs, "K": LARGEST}, dtype, rng)
    make_confident(CROSS_ENTROPY, inputs, gap)
    s, t = inputs.arguments["s"], inputs.arguments["t"]
    rows = np.arange(runs)
    with PRECISE_CONTEXT.workdps(digits(dtype)):
        exact = formula(D, inputs._replace(upstream=dtype(1)))["ds"][rows, t]
        pairs = zip(gradient(s, t)[rows, t], exact, strict=True)
        errors = [ulp_error(got, want, dtype) for got, want in pairs]
    return max((error for error in errors if error is not None), default=0.0)


def textbook_label_gradient_ulp(dtype: Any, gap: float, rng: Any, runs: int = 20) -> float:
    """``label_gradient_ulp`` of the textbook formula, for comparison."""
    return label_gradient_ulp(dtype, gap, rng, runs, textbook_gradient)
