"""Losses of a network and what descends on them.  Source: 002 sections 4.3-4.4.1, 000 sections 2.1-2.2."""

from typing import Any

UPSTREAM = "the sensitivity of the layer is known: g is the derivative of the loss by its outputs"


def squared_error_facts(D: Any) -> None:
    """Squared error: over samples it is a sum of sample errors, and its sensitivity carries f'."""
    N, K = D.sizes("N K")
    n, k = D.indices(n=N, k=K)
    y, t = D.tensor("y", N, K), D.tensor("t", N, K)
    err = D.define(
        "err", (n,), D.Sum(k, (t[n, k] - y[n, k]) ** 2) / 2, tex="E^n", because="sample n"
    )
    E = D.define(
        "E", (), D.Sum(n, D.Sum(k, (t[n, k] - y[n, k]) ** 2)) / 2, tex="E^N", because="all samples"
    )[()]
    with D.chain("samples", of=E) as c:
        c.line("sum", D.Sum(n, err[n]), because="the half is a common factor; no 1/N here")
    with D.chain("sample", of=err[n]) as c:
        squares = D.Sum(k, t[n, k] ** 2) - 2 * D.Sum(k, t[n, k] * y[n, k]) + D.Sum(k, y[n, k] ** 2)
        c.line("norm", squares / 2, because="half the squared length of t - y")


def sensitivity(D: Any) -> None:
    """delta, the derivative of the loss by the total input, is also that by the bias."""
    (K,) = D.sizes("K")
    (k,) = D.indices(k=K)
    z, t, q, b = D.tensor("z", K), D.tensor("t", K), D.tensor("q", K), D.tensor("b", K)
    y = D.define("y", (k,), D.f(z[k]), because="output")
    E = D.define("E", (), D.Sum(k.prime, (y[k.prime] - t[k.prime]) ** 2) / 2, because="loss")[()]
    delta = D.define("delta", (k,), D.diff(E, z[k]), tex=r"\delta", because="loss by total input")
    moved = D.define("moved", (k,), q[k] + b[k], tex="z", because="q is the input without the bias")
    with D.chain("output", of=delta[k]) as c:
        c.line("slope", D.slope(z[k]) * (y[k] - t[k]), because="chain rule through f, elementwise")
    with D.chain("input", of=moved[k], wrt=b[k]) as c:
        c.line("one", 1, because="the bias is added with factor 1")
    with D.chain("bias", of=D.diff(D.at(E, (z, moved)), b[k])) as c:
        c.line(
            "slope",
            D.slope(moved[k]) * (D.f(moved[k]) - t[k]),
            because="du/db = 1: the same number as sensitivity.output#slope, at z = q + b",
        )


def delta_rule(D: Any) -> None:
    """The step of one layer: minus a rate times sensitivity times input."""
    K, Dd = D.sizes("K D")
    k, d = D.indices(k=K, d=Dd)
    x, w, b, g = D.tensor("x", Dd), D.tensor("w", K, Dd), D.tensor("b", K), D.tensor("g", K)
    rate = D.scalar("rate", positive=True, tex=r"\eta")
    rates = D.tensor("rates", K, Dd, kind="positive", tex=r"\eta")
    k1, d1 = k.prime, d.prime
    z = D.define("z", (k,), b[k] + D.Sum(d1, w[k, d1] * x[d1]), tex="u", because="total input")
    E = D.define(
        "E", (), D.Sum(k1, g[k1] * D.f(z[k1])), because="loss, seen from here", assume=UPSTREAM
    )[()]
    delta = D.define("delta", (k,), D.slope(z[k]) * g[k], tex=r"\delta", because="sensitivity")
    for name, of, body, because in (
        ("dw", -rate * D.diff(E, w[k, d]), -rate * (delta[k] * x[d]), "sensitivity times input"),
        ("db", -rate * D.diff(E, b[k]), -rate * delta[k], "the bias has the input 1"),
        ("own", -rates[k, d] * D.diff(E, w[k, d]), -rates[k, d] * (delta[k] * x[d]), "one by one"),
    ):
        with D.chain(name, of=of) as c:
            c.line("step", body, because=because, assume=UPSTREAM)


def softmax_net(D: Any) -> None:
    """A net with one hidden layer, any activation, and the softmax loss of one sample: output layer."""
    K, H, Dd = D.sizes("K H D")
    k, h, d = D.indices(k=K, h=H, d=Dd)
    x, w, b = D.tensor("x", Dd), D.tensor("w", H, Dd), D.tensor("b", H)
    v, c = D.tensor("v", K, H), D.tensor("c", K)
    t = D.tensor("t", kind="labels", bound=K)[()]
    k1, k2, h1 = k.prime, k.prime.prime, h.prime
    a = D.define("a", (h,), D.f(b[h] + D.Sum(d, w[h, d] * x[d])), because="hidden outputs")
    s = D.define("s", (k,), c[k] + D.Sum(h1, v[k, h1] * a[h1]), because="scores: no activation")
    p = D.define("p", (k,), D.exp(s[k]) / D.Sum(k1, D.exp(s[k1])), because="softmax")
    err = D.define("err", (), -s[t] + D.log(D.Sum(k1, D.exp(s[k1]))), tex=r"\mathrm{err}")[()]
    delta = D.define(
        "delta", (k,), p[k] - D.delta(k, t), tex=r"\delta", because="gradient of the scores"
    )
    with D.chain("dv", of=err, wrt=v[k, h]) as line:
        line.line(
            "chain",
            D.Sum(k2, delta[k2] * D.diff(s[k2], v[k, h])),
            because="softmax_error.ds#softmax",
        )
        line.line("outer", delta[k] * a[h], because="v[k,h] stands beside the HIDDEN output a[h]")
    with D.chain("dc", of=err, wrt=c[k]) as line:
        line.line("delta", delta[k], because="the bias has the input 1")


def network_objective(D: Any) -> None:
    """Mean loss of a network plus the penalty of every weight matrix, and the step of each layer."""
    N, K, H, Dd = D.sizes("N K H D")
    n, k, h, d = D.indices(n=N, k=K, h=H, d=Dd)
    x, w, b = D.tensor("x", N, Dd), D.tensor("w", H, Dd), D.tensor("b", H)
    v, c = D.tensor("v", K, H), D.tensor("c", K)
    t = D.tensor("t", N, kind="labels", bound=K)
    rate = D.scalar("rate", positive=True, tex=r"\alpha")
    strength = D.scalar("strength", positive=True, tex=r"\lambda")
    k1, h1, d1 = k.prime, h.prime, d.prime
    a = D.define("a", (n, h), D.f(b[h] + D.Sum(d1, w[h, d1] * x[n, d1])), because="hidden layer")
    s = D.define(
        "s", (n, k), c[k] + D.Sum(h1, v[k, h1] * a[n, h1]), because="scores of the network"
    )
    err = D.define(
        "err", (n,), -s[n, t[n]] + D.log(D.Sum(k1, D.exp(s[n, k1]))), tex=r"\mathrm{err}"
    )
    penalty = strength / 2 * D.Sum((h1, d1), w[h1, d1] ** 2) + strength / 2 * D.Sum(
        (k1, h1), v[k1, h1] ** 2
    )
    J = D.define("J", (), 1 / N * D.Sum(n, err[n]) + penalty, because="one penalty per layer")[()]
    quotient = -D.log(D.exp(s[n, t[n]]) / D.Sum(k1, D.exp(s[n, k1])))
    with D.chain("objective", of=J) as line:
        line.line("quotient", 1 / N * D.Sum(n, quotient) + penalty, because="softmax_error.loss")
    for name, wrt, decay, because in (
        ("gd_w", w[h, d], w[h, d], "mean of the sample gradients, and the decay of these weights"),
        ("gd_v", v[k, h], v[k, h], "the same for the output layer"),
        ("gd_b", b[h], None, "no bias in the penalty"),
        ("gd_c", c[k], None, "no bias in the penalty"),
    ):
        mean = wrt - rate * (1 / N * D.Sum(n, D.diff(err[n], wrt)))
        step = mean if decay is None else mean - rate * strength * decay
        with D.chain(name, of=wrt - rate * D.diff(J, wrt)) as line:
            line.line("mean", step, because=because)
