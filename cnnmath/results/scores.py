"""Scores row by row, and that the softmax of scores are probabilities.  Source: 002 eq. 3.6-3.9."""

from typing import Any


def row_view(D: Any) -> None:
    """W x + b, with W a stack of rows, is one score per row: K classifiers at once."""
    K, Dd = D.sizes("K D")
    k, d = D.indices(k=K, d=Dd)
    w, x, b = D.tensor("w", K, Dd), D.tensor("x", Dd), D.tensor("b", K)
    k1 = k.prime
    stack = D.define(
        "W",
        (k, d),
        D.Sum(k1, D.delta(k1, k) * w[k1, d]),
        because="the rows w[0] ... w[K-1], stacked",
    )
    s = D.define(
        "s", (k,), D.Sum(d, stack[k, d] * x[d]) + b[k], because="matrix times vector, plus b"
    )
    with D.chain("scores", of=s[k]) as c:
        c.line(
            "stack",
            D.Sum(k1, D.delta(k1, k) * (D.Sum(d, w[k1, d] * x[d]) + b[k1])),
            because="a stack of K numbers, each of one row",
        )
        c.line(
            "row",
            D.Sum(d, w[k, d] * x[d]) + b[k],
            because="the bracket leaves row k: score of class k",
        )


def class_probability(D: Any) -> None:
    """Softmax values add up to 1 and lie in [0, 1] (for K = 1 the value is 1 itself)."""
    (K,) = D.sizes("K")
    (k,) = D.indices(k=K)
    s = D.tensor("s", K)
    k1, k2 = k.prime, k.prime.prime
    p = D.define("p", (k,), D.exp(s[k]) / D.Sum(k2, D.exp(s[k2])), because="softmax")
    with D.chain("sum", of=D.Sum(k, p[k])) as c:
        c.line("one", 1, because="numerators and denominator are the same sum")
    variance = D.Sum(k1, p[k1] * (D.delta(k, k1) - p[k]) ** 2)
    with D.chain("between", of=p[k] * (1 - p[k])) as c:
        c.line(
            "variance",
            variance,
            because="the variance of a number that is 1 with probability p[k], else 0",
        )
    D.not_negative("range", variance, because="p (1 - p) >= 0, so every p[k] is in [0, 1]")
