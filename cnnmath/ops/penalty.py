"""Penalties on weights: E = strength * (half the squares, absolute values, entropy, impurity).

l2: 1/2 sum w^2.  l1: sum |a|.  entropy: -sum a log a.  impurity: sum_o (1 - sum_c a[o,c]^2).
Source: 002 eq. 3.22-3.23 (zhang-3.23), chapter 01; 000 section 3.3.1 (bouvrie-3.3.1-a), chapter 04.
"""

import math
from typing import Any

import numpy as np

from cnnmath.ops.arrays import check, check_array, check_number, cotangent, is_exact
from cnnmath.ops.record import Case, Op

AXES = {"w": "k d"}
IMPURITY_AXES = {"a": "o c"}


def l2_penalty(w: Any, strength: Any) -> Any:
    """Half the sum of the squared weights times ``strength``, and the backward function.

    E = strength/2 sum w^2;  w any shape, here (k, d). Returns a NumPy scalar; ``backward(dE)``
    returns ``(dw,)``: dw = strength w dE. ``strength`` is a number >= 0 (the lambda of the text).
    Raises ValueError (negative or non-finite strength), TypeError, ShapeError (empty w).
    Source: 002 eq. 3.22 (whose square the print lost) and 3.23; in torch
    ``strength / 2 * w.square().sum()``.
    """
    strength = _strength("l2_penalty", "w", w, strength)
    value = strength * (w * w).sum() / 2

    def backward(dE: Any) -> tuple[Any]:
        dE = cotangent("l2_penalty.backward", "dE", dE, (), w.dtype)
        return (strength * w * dE,)

    return value, backward


def l1_penalty(a: Any, strength: Any) -> Any:
    """Sum of the absolute values times ``strength``, and the backward function.

    E = strength sum |a|;  a any shape, here (o, c). Returns a NumPy scalar; ``backward(dE)`` returns
    ``(da,)``: da = strength sign(a) dE. Kink: sign(0) = 0.
    NaN propagates. Raises ValueError (negative or non-finite strength), TypeError, ShapeError (empty a).
    On the outputs of a softmax it cannot sparsify: results softmax_l1. Source: 000 section 3.3.1.
    """
    strength = _strength("l1_penalty", "a", a, strength)
    positive, negative = np.array(a > 0, dtype=bool), np.array(a < 0, dtype=bool)

    def backward(dE: Any) -> tuple[Any]:
        dE = cotangent("l1_penalty.backward", "dE", dE, (), a.dtype)
        slope = np.full(a.shape, strength * dE, a.dtype)
        return (np.where(positive, slope, np.where(negative, -slope, a)),)  # what is left: 0, NaN

    return strength * abs(a).sum(), backward


def entropy_penalty(a: Any, strength: Any) -> Any:
    """Entropy of weights times ``strength``, summed over rows, and the backward function.

    E = -strength sum a log a;  a >= 0, any shape, here (o, c) with rows that sum to 1. It is 0 where one
    weight is 1 and log C where all are equal. Returns a NumPy scalar; ``backward(dE)`` returns ``(da,)``:
    da = -strength (log a + 1) dE. Kink: 0 log 0 = 0, and the gradient at a = 0 is taken as 0 (its limit is
    infinite): a softmax weight that has underflowed stays there.
    Raises ValueError (a negative entry or NaN, negative or non-finite strength), TypeError, ShapeError.
    Source: answer to 000 section 3.3.1 (bouvrie-3.3.1-a).
    """
    strength = _strength("entropy_penalty", "a", a, strength)
    if a.dtype != object and not (a >= 0).all():
        index = tuple(int(i) for i in np.argwhere(~(a >= 0))[0])
        raise ValueError(f"entropy_penalty: a{list(index)} is {a[index]}; wanted weights >= 0")
    zero = np.array(a == 0, dtype=bool)
    logs = np.log(np.where(zero, a + 1, a))

    def backward(dE: Any) -> tuple[Any]:
        dE = cotangent("entropy_penalty.backward", "dE", dE, (), a.dtype)
        return (np.where(zero, a, -strength * (logs + 1) * dE),)

    return strength * (0 - (a * logs).sum()), backward  # 0 - 0 is no -0.0


def impurity_penalty(a: Any, strength: Any) -> Any:
    """Gini impurity of weights times ``strength``, summed over rows, and the backward function.

    E = strength sum_o (1 - sum_c a[o,c]^2);  a (o, c) with rows that sum to 1: the chance that two draws
    from a row differ. Like the entropy it is 0 where one weight is 1, but polynomial: its gradient is
    finite everywhere, also at a = 0. Returns a NumPy scalar; ``backward(dE)`` returns ``(da,)``:
    da = -2 strength a dE. Raises ValueError (negative or non-finite strength), TypeError, ShapeError (axes).
    Source: answer to 000 section 3.3.1 (bouvrie-3.3.1-a).
    """
    strength = _strength("impurity_penalty", "a", a, strength)
    check("impurity_penalty", IMPURITY_AXES, a=a)

    def backward(dE: Any) -> tuple[Any]:
        dE = cotangent("impurity_penalty.backward", "dE", dE, (), a.dtype)
        return (-2 * strength * a * dE,)

    return strength * (len(a) - (a * a).sum()), backward


def _strength(op: str, name: str, array: Any, strength: Any) -> Any:
    """Check the array and the strength; the strength in the dtype of the array."""
    check_array(op, name, array)
    check_number(op, "strength", strength)
    largest = math.inf if array.dtype == object else float(np.finfo(array.dtype).max)
    exact = array.dtype == object and is_exact(strength)  # a traced strength decides nothing here
    if not exact and not 0 <= strength <= largest:
        raise ValueError(f"{op}: strength is {strength}; wanted a finite number >= 0")
    # a float64 scalar must not widen float32 weights
    return strength if array.dtype == object else array.dtype.type(strength)


def l2_penalty_derivation(D: Any) -> None:
    """Gradient of the squared norm: the 1/2 is there to cancel the 2."""
    K, Dd = D.sizes("K D")
    k, d = D.indices(k=K, d=Dd)
    w, strength = D.tensor("w", K, Dd), D.scalar("strength", tex=r"\lambda", positive=True)
    k1, d1 = k.prime, d.prime
    E = D.define("E", (), strength / 2 * D.Sum((k1, d1), w[k1, d1] ** 2))
    with D.chain("dw", of=E[()], wrt=w[k, d]) as c:
        square = 2 * w[k1, d1] * D.delta(k1, k) * D.delta(d1, d)
        c.line("power", strength / 2 * D.Sum((k1, d1), square), because="derivative of a square")
        c.line("sift", strength * w[k, d], because="the brackets leave one entry; 2 and 1/2 cancel")
    dE = D.scalar("dE", tex=r"\mathrm{dE}")
    D.returns(E, upstream=dE)
    D.concludes(dw=(w[k, d], dE * strength * w[k, d]))


L2_PENALTY = Op(
    l2_penalty,
    AXES,
    cases=(Case(l2_penalty_derivation),),
    sizes=({"K": 2, "D": 2}, {"K": 1, "D": 1}),
    kinks=None,
    source="zhang-3.23",
)


def _letters(D: Any, kind: str) -> tuple[Any, ...]:
    O, C = D.sizes("O C")  # noqa: E741
    o, c = D.indices(o=O, c=C)
    a, strength = (
        D.tensor("a", O, C, kind=kind),
        D.scalar("strength", tex=r"\lambda", positive=True),
    )
    return o, c, o.prime, c.prime, a, strength


def l1_penalty_derivation(D: Any) -> None:
    """The slope of |a| is its sign."""
    o, c, o1, c1, a, strength = _letters(D, "real")
    E = D.define("E", (), strength * D.Sum((o1, c1), D.abs(a[o1, c1])))
    with D.chain("da", of=E[()], wrt=a[o, c]) as chain:
        chain.line("sift", strength * D.sign(a[o, c]), because="|a| = a sign a, sign is constant")
    dE = D.scalar("dE", tex=r"\mathrm{dE}")
    D.returns(E, upstream=dE)
    D.concludes(da=(a[o, c], dE * strength * D.sign(a[o, c])))


def entropy_penalty_derivation(D: Any) -> None:
    """Slope of -a log a."""
    o, c, o1, c1, a, strength = _letters(D, "positive")
    E = D.define("E", (), -strength * D.Sum((o1, c1), a[o1, c1] * D.log(a[o1, c1])))
    slope = D.log(a[o, c]) + 1
    with D.chain("da", of=E[()], wrt=a[o, c]) as chain:
        chain.line("sift", -strength * slope, because="product rule; a times 1/a is 1")
    dE = D.scalar("dE", tex=r"\mathrm{dE}")
    D.returns(E, upstream=dE)
    D.concludes(da=(a[o, c], -dE * strength * slope))


def impurity_penalty_derivation(D: Any) -> None:
    """Slope of 1 - sum a^2."""
    o, c, o1, c1, a, strength = _letters(D, "real")
    E = D.define("E", (), strength * D.Sum(o1, 1 - D.Sum(c1, a[o1, c1] ** 2)))
    with D.chain("da", of=E[()], wrt=a[o, c]) as chain:
        chain.line("sift", -2 * strength * a[o, c], because="derivative of a square")
    dE = D.scalar("dE", tex=r"\mathrm{dE}")
    D.returns(E, upstream=dE)
    D.concludes(da=(a[o, c], -2 * dE * strength * a[o, c]))


L1_PENALTY = Op(
    l1_penalty,
    IMPURITY_AXES,
    cases=(Case(l1_penalty_derivation),),
    sizes=({"O": 1, "C": 2}, {"O": 2, "C": 1}, {"O": 1, "C": 1}),
    kinks="sign(0) = 0",
    source="bouvrie-3.3.1-b",
)
ENTROPY_PENALTY = Op(
    entropy_penalty,
    IMPURITY_AXES,
    cases=(Case(entropy_penalty_derivation),),
    sizes=({"O": 2, "C": 2}, {"O": 1, "C": 1}),
    kinks="at a = 0 the value is 0 and the gradient is taken as 0",
    source="bouvrie-3.3.1-a",
)
IMPURITY_PENALTY = Op(
    impurity_penalty,
    IMPURITY_AXES,
    cases=(Case(impurity_penalty_derivation),),
    sizes=({"O": 2, "C": 2}, {"O": 1, "C": 1}),
    kinks=None,
    source="bouvrie-3.3.1-a",
)
