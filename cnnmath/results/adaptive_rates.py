"""Rates that adapt to each parameter: Adagrad, RMSprop, Adam.  Source: 002 eq. 6.22, 6.23.

g[i] is the gradient of one parameter at step i = 0 .. T-1; an index t counts the steps done. c > 0 is
the size of a gradient that stays the same; epsilon stands outside the root, as in eq. 6.23.
Sources: J. Duchi, E. Hazan, Y. Singer, Adaptive subgradient methods, JMLR 12 (2011); D. Kingma and
J. Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 1.
"""

from typing import Any


def rmsprop_step(D: Any) -> None:
    """One step of RMSprop for D parameters, and its effective rate; v is what eq. 6.22 has left."""
    (Dd,) = D.sizes("D")
    (d,) = D.indices(d=Dd)
    theta, g = D.tensor("theta", Dd, tex=r"\theta"), D.tensor("g", Dd)
    before, v = D.tensor("before", Dd, tex="v"), D.tensor("v", Dd, kind="positive", tex="v^+")
    beta = D.scalar("beta", tex=r"\beta", positive=True)
    rate, eps = _rate_and_epsilon(D)
    size, more = D.scalar("c", positive=True), D.scalar("h", positive=True)
    D.define(
        "after",
        (d,),
        beta * before[d] + (1 - beta) * g[d] ** 2,
        tex="v^+",
        because="moving average of the squared gradient, each parameter its own",
    )
    D.define(
        "moved",
        (d,),
        theta[d] - rate / (D.sqrt(v[d]) + eps) * g[d],
        tex=r"\theta^+",
        because="gradient descent with a rate for each parameter",
    )
    square = D.define(
        "square", (d,), size**2, tex="c^2", because="v has become the squared gradient"
    )
    with D.chain("rate", of=D.at(rate / D.sqrt(v[d]), (v, square))) as c:
        c.line("size", rate / size, because="the root of a square, c > 0: the rate over the size")
    with D.chain("scale", of=rate * (more * g[d]) / D.sqrt(more**2 * v[d])) as c:
        c.line(
            "units",
            rate * g[d] / D.sqrt(v[d]),
            because="a gradient h times as large has h^2 times the squares: the step does not see the units",
        )
    with D.chain("larger", of=rate / size - rate / (size + more)) as c:
        c.line(
            "difference",
            rate * more / (size * (size + more)),
            because="common denominator",
        )
    D.not_negative(
        "falls",
        rate * more / (size * (size + more)),
        because="a gradient larger by h has the smaller rate",
    )


def rmsprop_start(D: Any) -> None:
    """The mean square of a gradient that keeps its size c, from v = 0: too small by beta^t."""
    (T,) = D.sizes("T")
    t, i, j = D.indices(t=T + 1, i=T, j=T)
    g = D.tensor("g", T)
    beta = D.scalar("beta", tex=r"\beta", positive=True)
    rate = D.scalar("rate", tex=r"\alpha", positive=True)
    size = D.scalar("c", positive=True)
    v = D.define(
        "v",
        (t,),
        (1 - beta) * D.Sum(i, beta ** (t - 1 - i) * g[i] ** 2, upto=t - 1),
        because="after t steps: a square that is k steps old counts (1 - beta) beta^k",
    )
    with D.chain("start", of=v[0]) as c:
        c.line(
            "zero", 0, because="where v starts: the source leaves it open, the frameworks take 0"
        )
    with D.chain("step", of=v[j + 1]) as c:
        c.line("recursion", beta * v[j] + (1 - beta) * g[j] ** 2, because="eq. 6.22")
    same = D.define("same", (i,), size, tex="c", because="a gradient that keeps its size")
    with D.chain("constant", of=D.at(v[t], (g, same))) as c:
        c.line("share", (1 - beta**t) * size**2, because="the weights add up to 1 - beta^t")
    with D.chain("gap", of=size**2 - D.at(v[t], (g, same))) as c:
        c.line("power", beta**t * size**2, because="so v tends to c^2 for beta < 1")
    with D.chain("first", of=rate**2 / v[1]) as c:
        c.line(
            "rate",
            rate**2 / ((1 - beta) * g[0] ** 2),
            because="the first effective rate, squared: 1/(1 - beta) times that of v = g^2",
        )


def adagrad_sum(D: Any) -> None:
    """v <- v + g^2 from v = 0: all squares count alike, and the rate only falls."""
    (T,) = D.sizes("T")
    t, i, j = D.indices(t=T + 1, i=T, j=T)
    g = D.tensor("g", T)
    rate = D.scalar("rate", tex=r"\alpha", positive=True)
    size = D.scalar("c", positive=True)
    v = D.define("v", (t,), D.Sum(i, g[i] ** 2, upto=t - 1), because="squares of t steps")
    with D.chain("start", of=v[0]) as c:
        c.line("zero", 0, because="nothing is remembered before the first step")
    with D.chain("step", of=v[j + 1]) as c:
        c.line("recursion", v[j] + g[j] ** 2, because="one square more")
    with D.chain("growth", of=v[j + 1] - v[j]) as c:
        c.line("square", g[j] ** 2, because="what the step adds")
    D.not_negative("falls", g[j] ** 2, because="v never falls, so the rate never grows")
    same = D.define("same", (i,), size, tex="c", because="a gradient that keeps its size")
    with D.chain("constant", of=D.at(v[T], (g, same))) as c:
        c.line("count", T * size**2, because="T equal squares")
    with D.chain("rate", of=rate / D.sqrt(D.at(v[T], (g, same)))) as c:
        c.line(
            "root",
            rate / (size * D.sqrt(T)),
            because="the effective rate falls with the root of the number of steps",
        )


def adam_step(D: Any) -> None:
    """Both averages of Adam, corrected, and the length of its step."""
    (T,) = D.sizes("T")
    t, i, j = D.indices(t=T + 1, i=T, j=T)
    g = D.tensor("g", T)
    beta1 = D.scalar("beta1", tex=r"\beta_1", positive=True)
    beta2 = D.scalar("beta2", tex=r"\beta_2", positive=True)
    rate, eps = _rate_and_epsilon(D)
    a, size = D.scalar("a"), D.scalar("c", positive=True)
    m = D.define(
        "m",
        (t,),
        (1 - beta1) * D.Sum(i, beta1 ** (t - 1 - i) * g[i], upto=t - 1),
        because="moving average of the gradient",
    )
    v = D.define(
        "v",
        (t,),
        (1 - beta2) * D.Sum(i, beta2 ** (t - 1 - i) * g[i] ** 2, upto=t - 1),
        because="moving average of its square",
    )
    with D.chain("mean", of=m[j + 1]) as c:
        c.line(
            "recursion", beta1 * m[j] + (1 - beta1) * g[j], because="moving_average.step#recursion"
        )
    with D.chain("square", of=v[j + 1]) as c:
        c.line(
            "recursion", beta2 * v[j] + (1 - beta2) * g[j] ** 2, because="the same of the square"
        )
    mhat = D.define(
        "mhat", (j,), m[j + 1] / (1 - beta1 ** (j + 1)), tex=r"\hat m", because="bias correction"
    )
    vhat = D.define(
        "vhat", (j,), v[j + 1] / (1 - beta2 ** (j + 1)), tex=r"\hat v", because="bias correction"
    )
    with D.chain("mhat_first", of=mhat[0]) as c:
        c.line("value", g[0], because="1 - beta cancels")
    with D.chain("vhat_first", of=vhat[0]) as c:
        c.line("value", g[0] ** 2, because="1 - beta cancels")
    same = D.define("same", (i,), a, tex="a", because="the same gradient in every step")
    with D.chain("mhat_constant", of=D.at(mhat[j], (g, same))) as c:
        c.line("value", a, because="a share 1 - beta^t of it, divided by that share")
    with D.chain("vhat_constant", of=D.at(vhat[j], (g, same))) as c:
        c.line("value", a**2, because="likewise, for every t")
    _length_of_a_step(D, rate, eps, size)


def _length_of_a_step(D: Any, rate: Any, eps: Any, size: Any) -> None:
    """At mhat = a and vhat = a^2 for a = c and for a = -c: almost the rate, whatever c is."""
    mean, square = D.tensor("M", tex=r"\hat m"), D.tensor("V", kind="positive", tex=r"\hat v")
    step = D.define(
        "step",
        (),
        rate * mean[()] / (D.sqrt(square[()]) + eps),
        because="by how much the parameter falls",
    )
    up = D.define("up", (), size, tex="c", because="the gradient is c > 0")
    down = D.define("down", (), -size, tex="-c", because="the gradient is -c")
    squared = D.define("squared", (), size**2, tex="c^2", because="its square, either way")
    with D.chain("length", of=D.at(step[()], (mean, up), (square, squared))) as c:
        c.line("quotient", rate * size / (size + eps), because="the root of c^2 is c")
        c.line(
            "rate",
            rate - rate * eps / (size + eps),
            because="the rate itself, up to epsilon: it does not depend on the scale of the loss",
        )
    with D.chain("opposite", of=D.at(step[()], (mean, down), (square, squared))) as c:
        c.line("sign", -(rate - rate * eps / (size + eps)), because="the other way, as far")
    D.not_negative("bound", rate * eps / (size + eps), because="never more than the rate")


def _rate_and_epsilon(D: Any) -> tuple[Any, Any]:
    rate = D.scalar("rate", tex=r"\alpha", positive=True)
    return rate, D.scalar("eps", tex=r"\varepsilon", positive=True)
