"""Why the shift by the largest score is stable.  Source: 002 section 6.1, eq. 6.2 and 6.11."""

from typing import Any


def stable_softmax(D: Any) -> None:
    """Equal scores share equally; shifted by its own score a class has the exponent 0, and with it the
    denominator is 1 and more. t is any class of the row: the one with the largest score, say."""
    N, K = D.sizes("N K")
    n, k = D.indices(n=N, k=K)
    k1 = k.prime
    s, t = D.tensor("s", N, K), D.tensor("t", N, kind="labels", bound=K)
    c = D.scalar("c")
    D.claim(
        "equal",
        D.exp(c) / D.Sum(k1, D.exp(c)),
        1 / K,
        "K equal numbers below, one of them above: 1/K, whatever c is",
    )
    e = D.define(
        "e", (n, k), D.exp(s[n, k] - s[n, t[n]]), because="scores shifted by that of class t"
    )
    D.claim("top", e[n, t[n]], 1, "e^0: no score is larger than the largest, so none overflows")
    others = D.Sum(k, (1 - D.delta(k, t[n])) * e[n, k])
    D.claim("denominator", D.Sum(k, e[n, k]), 1 + others, "class t adds 1, the others the rest")
    D.claim(
        "squared",
        D.Sum(k, (1 - D.delta(k, t[n])) ** 2 * e[n, k]),
        others,
        "0 and 1 are their own squares",
    )
    D.not_negative(
        "rest",
        D.Sum(k, (1 - D.delta(k, t[n])) ** 2 * e[n, k]),
        "(1 - [k = t])^2 is 1 - [k = t], and exponentials are positive: the denominator is at least 1",
    )
