"""Momentum: a sum of all gradients, each weighted by its age; Nesterov's form looks ahead.

One parameter stands for all; g[i] is its gradient at step i = 0 .. T-1, and an index t counts the
steps done, so that v[t] has seen g[0] .. g[t-1]. The momentum mu is positive here: at mu = 0 there is
nothing to remember.
Source: 002 section 6.3 names both; I. Sutskever et al., On the importance of initialization and
momentum in deep learning, ICML 2013.
"""

from typing import Any


def momentum_sum(D: Any) -> None:
    """v <- mu v + g from v = 0 as a sum over the gradients so far, and how far it has led."""
    (T,) = D.sizes("T")
    t, i, j = D.indices(t=T + 1, i=T, j=T)
    g = D.tensor("g", T)
    mu = D.scalar("mu", tex=r"\mu", positive=True)
    a = D.scalar("a")
    v = D.define(
        "v",
        (t,),
        D.Sum(i, mu ** (t - 1 - i) * g[i], upto=t - 1),
        because="after t steps: a gradient that is k steps old counts mu^k",
    )
    with D.chain("start", of=v[0]) as c:
        c.line("zero", 0, because="nothing is remembered before the first step")
    with D.chain("step", of=v[j + 1]) as c:
        c.line(
            "recursion",
            mu * v[j] + g[j],
            because="every gradient so far is one step older, and the new one counts 1; with the start, "
            "by induction, the recursion has no other solution",
        )
    q = D.define(
        "q",
        (t,),
        D.Sum(i, (1 - mu ** (t - i)) * g[i], upto=t - 1),
        because="1 - mu times the sum of the velocities so far, which is the way gone over the rate: a "
        "gradient that has acted k times counts 1 + mu + ... + mu^(k-1)",
    )
    with D.chain("origin", of=q[0]) as c:
        c.line("zero", 0, because="no step yet")
    with D.chain("travel", of=q[j + 1]) as c:
        c.line(
            "recursion",
            q[j] + (1 - mu) * v[j + 1],
            because="(1 - mu^(k+1)) - (1 - mu^k) = (1 - mu) mu^k, term by term",
        )
    same = D.define("same", (i,), a, tex="a", because="the same gradient in every step")
    with D.chain("constant", of=D.at(v[t], (g, same))) as c:
        c.line("factor", a * D.Sum(i, mu ** (t - 1 - i), upto=t - 1), because="one factor for all")
        c.line(
            "geometric",
            (1 - mu**t) / (1 - mu) * a,
            because="geometric sum: it tends to a / (1 - mu), ten gradients for mu = 0.9",
        )


def look_ahead(D: Any) -> None:
    """Nesterov: the gradient is taken where the velocity leads; as code, at the stored parameters.

    Sutskever's form moves theta with a velocity u and asks for the gradient at theta + mu u. The code
    stores p = theta + mu u, where it can ask for gradients, and v = -u / rate.
    """
    (Dd,) = D.sizes("D")
    (d,) = D.indices(d=Dd)
    theta, u = D.tensor("theta", Dd, tex=r"\theta"), D.tensor("u", Dd)
    g = D.tensor("g", Dd)
    mu = D.scalar("mu", tex=r"\mu")
    rate = D.scalar("rate", tex=r"\alpha", positive=True)
    p = D.define("p", (d,), theta[d] + mu * u[d], because="the point ahead, where g is taken")
    v = D.define("v", (d,), -u[d] / rate, because="the velocity in units of the gradient")
    u1 = D.define("u1", (d,), mu * u[d] - rate * g[d], tex="u^+", because="the new velocity")
    theta1 = D.define("theta1", (d,), theta[d] + u1[d], tex=r"\theta^+", because="the step")
    p1 = D.define("p1", (d,), theta1[d] + mu * u1[d], tex="p^+", because="the next point ahead")
    v1 = D.define("v1", (d,), -u1[d] / rate, tex="v^+", because="the new velocity, rescaled")
    with D.chain("velocity", of=v1[d]) as c:
        c.line("recursion", mu * v[d] + g[d], because="the velocity of plain momentum")
    with D.chain("update", of=p1[d]) as c:
        c.line(
            "ahead",
            theta[d] + u1[d] + mu * u1[d],
            because="the step, and mu times the new velocity ahead of it",
        )
        c.line(
            "recursion",
            p[d] - rate * (g[d] + mu * v1[d]),
            because="p takes mu u from theta back, and u' is mu u - rate g: what the code computes",
        )
