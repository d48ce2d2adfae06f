"""Exponential moving averages: the memory of RMSprop and Adam, and why Adam divides by 1 - beta^t.

One parameter stands for all; a[i] is what is averaged at step i = 0 .. T-1 (the gradient or its
square), and an index t counts the steps done. 0 < beta < 1.
Source: D. Kingma and J. Ba, Adam: a method for stochastic optimization, ICLR 2015, section 3; the
average of squares is 002 eq. 6.22.
"""

from typing import Any

STATIONARY = "stationary: the expected value is the same in every step"


def moving_average(D: Any) -> None:
    """m <- beta m + (1 - beta) a from m = 0, as a weighted sum whose weights add up to 1 - beta^t."""
    (T,) = D.sizes("T")
    t, i, j = D.indices(t=T + 1, i=T, j=T)
    a = D.tensor("a", T)
    beta, e = D.scalar("beta", tex=r"\beta", positive=True), D.scalar("e")
    m = D.define(
        "m",
        (t,),
        (1 - beta) * D.Sum(i, beta ** (t - 1 - i) * a[i], upto=t - 1),
        because="after t steps: what is k steps old counts (1 - beta) beta^k",
    )
    with D.chain("start", of=m[0]) as c:
        c.line("zero", 0, because="nothing is remembered before the first step")
    with D.chain("step", of=m[j + 1]) as c:
        c.line(
            "recursion",
            beta * m[j] + (1 - beta) * a[j],
            because="all that was is one step older, and the new value counts 1 - beta; with the start, "
            "by induction, the recursion has no other solution",
        )
    with D.chain("weights", of=(1 - beta) * D.Sum(i, beta ** (t - 1 - i), upto=t - 1)) as c:
        c.line("geometric", (1 - beta) * ((1 - beta**t) / (1 - beta)), because="geometric sum")
        c.line(
            "sum",
            1 - beta**t,
            because="less than 1: the m = 0 of the start counts the rest, beta^t",
        )
    same = D.define("same", (i,), e, tex="e", because="the same value in every step")
    with D.chain("constant", of=D.at(m[t], (a, same))) as c:
        c.line("share", (1 - beta**t) * e, because="each value counts its weight")
    corrected = D.define(
        "corrected",
        (j,),
        m[j + 1] / (1 - beta ** (j + 1)),
        tex=r"\hat m",
        because="Adam's correction: divide by the sum of the weights",
    )
    with D.chain("unbiased", of=D.at(corrected[j], (a, same))) as c:
        c.line("exact", e, because="of a constant it is that constant, from the first step on")
    with D.chain("first", of=corrected[0]) as c:
        c.line("value", a[0], because="1 - beta cancels: the first value itself")


def expected_average(D: Any) -> None:
    """The expectation of an average of random values, over finitely many outcomes o.

    q[o] is the probability of an outcome, a[o,i] the value at step i in it: the square of the gradient.
    """
    T, O = D.sizes("T O")  # noqa: E741
    t, i, j, o = D.indices(t=T + 1, i=T, j=T, o=O)
    q, a = D.tensor("q", 1, O, kind="probabilities"), D.tensor("a", O, T)
    mean = D.tensor("mean", T, tex=r"\mathbb{E}a")
    beta, e = D.scalar("beta", tex=r"\beta", positive=True), D.scalar("e")
    v = D.define(
        "v",
        (o, t),
        (1 - beta) * D.Sum(i, beta ** (t - 1 - i) * a[o, i], upto=t - 1),
        because="the moving average in outcome o",
    )
    each = D.define(
        "each",
        (i,),
        D.Sum(o, q[0, o] * a[o, i]),
        tex=r"\mathbb{E}a",
        because="expectation at step i",
    )
    with D.chain("expectation", of=D.Sum(o, q[0, o] * v[o, t])) as c:
        c.line(
            "linear",
            (1 - beta) * D.Sum(i, beta ** (t - 1 - i) * each[i], upto=t - 1),
            because="two finite sums may change places",
        )
    same = D.define(
        "same", (i,), e, tex="e", because="no step is unlike the others", assume=STATIONARY
    )
    average = (1 - beta) * D.Sum(i, beta ** (t - 1 - i) * mean[i], upto=t - 1)
    with D.chain("stationary", of=D.at(average, (mean, same))) as c:
        c.line(
            "weights",
            (1 - beta) * D.Sum(i, beta ** (t - 1 - i), upto=t - 1) * e,
            because="the common value comes out of the sum",
            assume=STATIONARY,
        )
        c.line(
            "geometric",
            (1 - beta) * ((1 - beta**t) / (1 - beta)) * e,
            because="geometric sum",
        )
        c.line("share", (1 - beta**t) * e, because="early averages are too small, by this factor")
    with D.chain("corrected", of=(1 - beta ** (j + 1)) * e / (1 - beta ** (j + 1))) as c:
        c.line("unbiased", e, because="after j + 1 steps: Adam's division undoes exactly that")
