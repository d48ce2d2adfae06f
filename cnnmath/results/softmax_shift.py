"""Softmax and loss do not see a shift of the scores.  Source: 002 eq. 6.7-6.11."""

from typing import Any


def softmax_shift(D: Any) -> None:
    """A factor c in numerator and denominator is a shift log c of the scores; any shift will do."""
    N, K = D.sizes("N K")
    n, k = D.indices(n=N, k=K)
    s, a = D.tensor("s", N, K), D.tensor("a", N)
    t = D.tensor("t", N, kind="labels", bound=K)
    c = D.scalar("c", positive=True)
    k1, k2 = k.prime, k.prime.prime
    p = D.define("p", (n, k), D.exp(s[n, k]) / D.Sum(k1, D.exp(s[n, k1])), because="softmax")
    with D.chain("factor", of=p[n, k]) as chain:
        chain.line("definition", D.exp(s[n, k]) / D.Sum(k1, D.exp(s[n, k1])), because="definition")
        chain.line(
            "multiply",
            c * D.exp(s[n, k]) / D.Sum(k1, c * D.exp(s[n, k1])),
            because="a positive constant above and below",
        )
        chain.line(
            "exponent",
            D.exp(s[n, k] + D.log(c)) / D.Sum(k1, D.exp(s[n, k1] + D.log(c))),
            because="c = e^(log c)",
        )
    with D.chain("shift", of=p[n, k]) as chain:
        chain.line(
            "any",
            D.exp(s[n, k] + a[n]) / D.Sum(k1, D.exp(s[n, k1] + a[n])),
            because="log c may be any number, another one in every row",
        )
    top = D.Max(k2, s[n, k2])
    with D.chain("stable", of=p[n, k]) as chain:
        chain.line(
            "max",
            D.exp(s[n, k] - top) / D.Sum(k1, D.exp(s[n, k1] - top)),
            because="the shift by minus the largest score: no exponent is positive",
        )
    err = D.define(
        "err", (n,), -s[n, t[n]] + D.log(D.Sum(k1, D.exp(s[n, k1]))), tex=r"\mathrm{err}"
    )
    with D.chain("loss", of=err[n]) as chain:
        chain.line(
            "max",
            top - s[n, t[n]] + D.log(D.Sum(k1, D.exp(s[n, k1] - top))),
            because="the largest score comes out of the logarithm",
        )
