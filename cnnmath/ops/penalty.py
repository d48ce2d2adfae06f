"""Penalties.  l2: E = strength/2 sum_kd w[k,d]^2.  Source: 002 eq. 3.22-3.23 (zhang-3.23).  Chapter 01."""

import math
from typing import Any

import numpy as np

from cnnmath.ops.arrays import check_array, check_number, cotangent, is_exact
from cnnmath.ops.record import Case, Op

AXES = {"w": "k d"}


def l2_penalty(w: Any, strength: Any) -> Any:
    """Half the sum of the squared weights times ``strength``, and the backward function.

    E = strength/2 sum w^2;  w any shape, here (k, d). Returns a NumPy scalar; ``backward(dE)``
    returns ``(dw,)``: dw = strength w dE. ``strength`` is a number >= 0 (the lambda of the text).
    Raises ValueError (negative or non-finite strength), TypeError, ShapeError (empty w).
    Source: 002 eq. 3.22 (whose square the print lost) and 3.23; in torch
    ``strength / 2 * w.square().sum()``.
    """
    check_array("l2_penalty", "w", w)
    check_number("l2_penalty", "strength", strength)
    largest = math.inf if w.dtype == object else float(np.finfo(w.dtype).max)
    exact = w.dtype == object and is_exact(strength)  # a traced strength decides nothing here
    if not exact and not 0 <= strength <= largest:
        raise ValueError(f"l2_penalty: strength is {strength}; wanted a finite number >= 0")
    if w.dtype != object:
        strength = w.dtype.type(strength)  # a float64 scalar must not widen float32 weights
    value = strength * (w * w).sum() / 2

    def backward(dE: Any) -> tuple[Any]:
        dE = cotangent("l2_penalty.backward", "dE", dE, (), w.dtype)
        return (strength * w * dE,)

    return value, backward


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
