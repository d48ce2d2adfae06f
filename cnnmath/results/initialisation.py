"""How weights start: equal units stay equal, and what becomes of the variance.  002 section 6.6."""

from typing import Any

ABOVE = "the layers above are as they are: g is the derivative of the loss by their inputs"
WEIGHTS = "the weights are drawn independently, with mean 0 and the same variance"
FREE = "weights and inputs are independent, and expectation is linear"
SYMMETRIC = "z and -z are equally likely: z is written as the pairs +r[n] and -r[n]"


def equal_units(D: Any) -> None:
    """Hidden units with equal weights in, bias and weights out: one step of descent leaves them equal.

    Any number of samples, widths, any f, any layers above: what arrives from them, g, is free. It is one step
    of an induction over the steps: the new values do not depend on h.
    """
    N, K, H, Dd = D.sizes("N K H D")
    n, k, h, d = D.indices(n=N, k=K, h=H, d=Dd)
    k1, h1, d1 = k.prime, h.prime, d.prime
    x, g = D.tensor("x", N, Dd), D.tensor("g", N, K)
    w, b, v = D.tensor("w", H, Dd), D.tensor("b", H), D.tensor("v", K, H)
    row, col = D.tensor("row", Dd, tex=r"\bar w"), D.tensor("col", K, tex=r"\bar v")
    start = D.scalar("start", tex=r"\bar b")
    rate = D.scalar("rate", positive=True, tex=r"\alpha")
    z = D.define("z", (n, h), b[h] + D.Sum(d1, w[h, d1] * x[n, d1]), because="input of unit h")
    E = D.define(
        "E",
        (),
        D.Sum((n, k1), g[n, k1] * D.Sum(h1, v[k1, h1] * D.f(z[n, h1]))),
        because="the loss as far as the hidden layer sees it",
        assume=ABOVE,
    )[()]
    delta = D.define(
        "delta",
        (n, h),
        D.slope(z[n, h]) * D.Sum(k1, v[k1, h] * g[n, k1]),
        tex=r"\delta",
        because="backprop_step.db#delta",
    )
    same_w = D.define("same_w", (h, d), row[d], tex="w", because="one row of weights for all units")
    same_b = D.define("same_b", (h,), start, tex="b", because="one bias for all units")
    same_v = D.define("same_v", (k, h), col[k], tex="v", because="one weight out for all units")
    one_z = D.define(
        "one_z", (n,), start + D.Sum(d1, row[d1] * x[n, d1]), tex="z", because="so: one z"
    )
    one = D.define(
        "one",
        (n,),
        D.slope(one_z[n]) * D.Sum(k1, col[k1] * g[n, k1]),
        tex=r"\delta",
        because="and one delta",
    )
    for name, entry, value, slope, equal, because in (
        ("w", w[h, d], row[d], delta[n, h] * x[n, d], one[n] * x[n, d], "delta times input"),
        ("b", b[h], start, delta[n, h], one[n], "the bias has the input 1"),
        ("v", v[k, h], col[k], g[n, k] * D.f(z[n, h]), g[n, k] * D.f(one_z[n]), "g times output"),
    ):
        with D.chain(f"d{name}", of=E, wrt=entry) as c:
            c.line("delta", D.Sum(n, slope), because=because, assume=ABOVE)
        step = entry - rate * D.Sum(n, slope)
        with D.chain(f"step_{name}", of=D.at(step, (w, same_w), (b, same_b), (v, same_v))) as c:
            c.line(
                "same",
                value - rate * D.Sum(n, equal),
                because=f"equal_units.d{name}#delta where all units are equal: no h is left",
                assume=ABOVE,
            )


def zero_start(D: Any) -> None:
    """One hidden layer of any f and softmax, at w = b = v = 0 and any output biases c: who moves?"""
    _zero_start(D, D.f, D.slope, lambda error: D.f(0) * error)


def relu_zero_start(D: Any) -> None:
    """The same with relu: only c moves, and stays free to move, since all of this holds for any c."""
    _zero_start(D, lambda u: D.step(u) * u, D.step, lambda error: 0)


def _zero_start(D: Any, f: Any, slope: Any, at_dv: Any) -> None:
    """The gradients of the net in general, then at w = b = v = 0."""
    N, K, H, Dd = D.sizes("N K H D")
    n, k, h, d = D.indices(n=N, k=K, h=H, d=Dd)
    k1, h1, d1 = k.prime, h.prime, d.prime
    x, g = D.tensor("x", N, Dd), D.tensor("g", N, K)
    t = D.tensor("t", N, kind="labels", bound=K)
    w, b = D.tensor("w", H, Dd), D.tensor("b", H)
    v, c = D.tensor("v", K, H), D.tensor("c", K)
    z = D.define("z", (n, h), b[h] + D.Sum(d1, w[h, d1] * x[n, d1]), because="hidden inputs")
    s = D.define("s", (n, k), c[k] + D.Sum(h1, v[k, h1] * f(z[n, h1])), because="scores")
    E = D.define(
        "E",
        (),
        D.Sum((n, k1), g[n, k1] * s[n, k1]),
        because="the loss, seen from here",
        assume=ABOVE,
    )[()]
    total = D.Sum(k1, D.exp(s[n, k1]))
    delta = D.define(
        "delta",
        (n, k),
        1 / N * (D.exp(s[n, k]) / total - D.delta(k, t[n])),
        tex=r"\delta",
        because="what g is for the mean cross-entropy: softmax_batch.db#sample",
    )
    p = D.define("p", (k,), D.exp(c[k]) / D.Sum(k1, D.exp(c[k1])), because="softmax of c alone")
    zeros = (
        (w, D.define("no_w", (h, d), 0, tex="w", because="start")),
        (b, D.define("no_b", (h,), 0, tex="b", because="start")),
        (v, D.define("no_v", (k, h), 0, tex="v", because="start, and c is what it is")),
    )
    low = slope(z[n, h]) * D.Sum(k1, v[k1, h] * g[n, k1])
    error = 1 / N * D.Sum(n, p[k] - D.delta(k, t[n]))
    for name, entry, gradient, value, because in (
        ("dw", w[h, d], low * x[n, d], 0, "nothing comes back through output weights that are 0"),
        ("db", b[h], low, 0, "nothing comes back"),
        (
            "dv",
            v[k, h],
            g[n, k] * f(z[n, h]),
            at_dv(error),
            "every hidden output is f(0); relu(0) = 0",
        ),
        ("dc", c[k], g[n, k], error, "p - e_y, which differs by class"),
    ):
        with D.chain(name, of=E, wrt=entry) as chain:
            chain.line(
                "delta", D.Sum(n, gradient), because="delta times what comes in", assume=ABOVE
            )
        with D.chain(
            f"start_{name}", of=D.at(D.at(D.Sum(n, gradient), (g, delta)), *zeros)
        ) as chain:
            chain.line("zero" if value == 0 else "error", value, because=because)


def variance_step(D: Any) -> None:
    """One affine layer with random weights: Var z = D Var(w) E[x^2], and what that says of each start."""
    K, Dd = D.sizes("K D")
    d, k = D.indices(d=Dd, k=K)
    d1, k1 = d.prime, k.prime
    x2 = D.tensor("x2", Dd, Dd, tex=r"\mathrm E[xx']")
    g2 = D.tensor("g2", K, K, tex=r"\mathrm E[\delta\delta']")
    var = D.scalar("var", positive=True, tex=r"\sigma^2")
    below = D.scalar("below", positive=True, tex=r"\mathrm{Var}\,z^{-}")
    pair = D.define(
        "pair",
        (d, d1),
        D.delta(d, d1) * var,
        tex=r"\mathrm E[ww']",
        because="of two weights of a unit",
        assume=WEIGHTS,
    )
    second = D.define(
        "second", (), D.mean(d, x2[d, d]), tex=r"\overline{\mathrm E[x^2]}", because="mean square"
    )[()]
    z = D.Sum(d, D.Sum(d1, pair[d, d1] * x2[d, d1]))
    with D.chain("forward", of=z) as c:
        c.line(
            "own",
            var * D.Sum(d, x2[d, d]),
            because="E z^2 is the sum of E[ww'] E[xx']; different weights share nothing",
            assume=FREE,
        )
        c.line("width", Dd * var * second, because="D inputs, each with its mean square")
    back = D.define(
        "back",
        (k, k1),
        D.delta(k, k1) * var,
        tex=r"\mathrm E[ww']",
        because="of two weights of an input",
        assume=WEIGHTS,
    )
    mean_g = D.define(
        "mean_g", (), D.mean(k, g2[k, k]), tex=r"\overline{\mathrm E[\delta^2]}", because="of delta"
    )[()]
    with D.chain("backward", of=D.Sum(k, D.Sum(k1, back[k, k1] * g2[k, k1]))) as c:
        c.line(
            "width",
            K * var * mean_g,
            because="the same sum over the K units that an input feeds",
            assume=FREE,
        )
    xavier = D.define("xavier", (), 2 / (Dd + K), tex=r"\sigma_X^2", because="Glorot and Bengio")[
        ()
    ]
    he = D.define("he", (), 2 / Dd, tex=r"\sigma_H^2", because="He et al.")[()]
    small = D.define(
        "small", (), D.fraction(1, 10000), tex=r"\sigma_S^2", because="N(0, 0.01^2) in the source"
    )[()]
    with D.chain("xavier_factors", of=Dd * xavier + K * xavier) as c:
        c.line(
            "two",
            2,
            because="factor forward plus factor backward: both are 1 where D = K, else 1 in the mean",
        )
    with D.chain("small_factor", of=Dd * small) as c:
        c.line("tiny", Dd / 10000, because="100 inputs: each layer leaves 1/100 of the variance")
    with D.chain("he_factor", of=Dd * he * (below / 2)) as c:
        c.line(
            "kept", below, because="relu_halves.half#half: the relu halves it, the 2 gives it back"
        )


def relu_halves(D: Any) -> None:
    """E[relu(z)^2] = E[z^2]/2 for symmetric z."""
    (N,) = D.sizes("N")
    (n,) = D.indices(n=N)
    r = D.tensor("r", N, kind="positive")
    q = D.tensor("q", N, kind="probabilities")

    def relu(z: Any) -> Any:
        return (z + D.abs(z)) / 2

    def expected(f: Any) -> Any:
        return D.Sum(n, q[n] * (f(r[n]) + f(-r[n])) / 2)

    square = D.define(
        "square",
        (),
        expected(lambda z: z**2),
        tex=r"\mathrm E[z^2]",
        because="symmetric, hence with mean 0",
        assume=SYMMETRIC,
    )[()]
    with D.chain("mean", of=expected(lambda z: z)) as c:
        c.line("zero", 0, because="+r and -r cancel", assume=SYMMETRIC)
    with D.chain("half", of=expected(lambda z: relu(z) ** 2)) as c:
        c.line(
            "positive",
            D.Sum(n, q[n] * r[n] ** 2 / 2),
            because="relu(r) = r and relu(-r) = 0",
            assume=SYMMETRIC,
        )
        c.line("half", square / 2, because="r^2 and (-r)^2 are the same")
