"""The update rule of the softmax classifier.  Source: 002 eq. 3.37-3.49."""

from typing import Any


def softmax_error(D: Any) -> None:
    """d err / d s = p - e_y for one sample, first class by class, then for all classes at once."""
    (K,) = D.sizes("K")
    (k,) = D.indices(k=K)
    s, label = D.tensor("s", K), D.tensor("t", kind="labels", bound=K)
    t, k1, k2 = label[()], k.prime, k.prime.prime
    normaliser = D.Sum(k1, D.exp(s[k1]))
    p = D.define("p", (k,), D.exp(s[k]) / normaliser, because="softmax")
    err = D.define(
        "err", (), -D.log(D.exp(s[t]) / normaliser), tex=r"\mathrm{err}", because="loss"
    )[()]
    with D.chain("loss", of=err) as c:
        c.line("logsumexp", -s[t] + D.log(normaliser), because="log of a quotient, log undoes exp")
    wrong = 1 - D.delta(k, t)
    with D.chain("wrong", of=wrong * D.diff(err, s[k])) as c:
        c.line(
            "label",
            wrong * D.diff(D.log(D.Sum(k2, D.exp(s[k2]))), s[k]),
            because="for k != t the term -s[t] does not contain s[k]",
        )
        c.line(
            "log",
            wrong * (D.exp(s[k]) / normaliser),
            because="derivative of log, of one term of the sum",
        )
        c.line("softmax", wrong * p[k], because="the probability of the wrong class")
    with D.chain("right", of=D.diff(err, s[t])) as c:
        c.line("log", D.exp(s[t]) / normaliser - 1, because="the term -s[t] gives -1")
        c.line("softmax", p[t] - 1, because="the probability of the right class, minus 1")
    with D.chain("ds", of=D.diff(err, s[k])) as c:
        c.line(
            "log",
            D.exp(s[k]) / normaliser - D.delta(k, t),
            because="both cases in one: the bracket is the one-hot label e_y",
        )
        c.line("softmax", p[k] - D.delta(k, t), because="probabilities minus the one-hot label")
    with D.chain("sum", of=D.Sum(k, p[k] - D.delta(k, t))) as c:
        c.line("zero", 0, because="probabilities add up to 1, and so does the one-hot label")


def softmax_sample(D: Any) -> None:
    """Gradients with respect to w and b for one sample: the chain rule through the scores."""
    K, Dd = D.sizes("K D")
    k, d = D.indices(k=K, d=Dd)
    x, w, b = D.tensor("x", Dd), D.tensor("w", K, Dd), D.tensor("b", K)
    t = D.tensor("t", kind="labels", bound=K)[()]
    rate = D.scalar("rate", positive=True, tex=r"\alpha")
    strength = D.scalar("strength", positive=True, tex=r"\lambda")
    k1, k2, d1 = k.prime, k.prime.prime, d.prime
    s = D.define("s", (k,), b[k] + D.Sum(d1, x[d1] * w[k, d1]), because="scores")
    p = D.define("p", (k,), D.exp(s[k]) / D.Sum(k1, D.exp(s[k1])), because="softmax")
    err = D.define("err", (), -s[t] + D.log(D.Sum(k1, D.exp(s[k1]))), tex=r"\mathrm{err}")[()]
    delta = D.define(
        "delta", (k,), p[k] - D.delta(k, t), tex=r"\delta", because="gradient of the scores"
    )
    with D.chain("dw", of=err, wrt=w[k, d]) as c:
        c.line(
            "chain",
            D.Sum(k2, delta[k2] * D.diff(s[k2], w[k, d])),
            because="chain rule: the loss depends on w through the scores only",
        )
        c.line(
            "product",
            D.Sum(k2, delta[k2] * D.delta(k2, k) * x[d]),
            because="w[k,d] stands in the score of class k, times x[d]",
        )
        c.line("sift", delta[k] * x[d], because="the bracket leaves k'' = k: an outer product")
    with D.chain("db", of=err, wrt=b[k]) as c:
        c.line("chain", D.Sum(k2, delta[k2] * D.diff(s[k2], b[k])), because="chain rule")
        c.line("sift", delta[k], because="b[k] stands in the score of class k only, with factor 1")
    penalised = D.define("J1", (), err + strength / 2 * D.Sum((k1, d1), w[k1, d1] ** 2), tex="J_t")[
        ()
    ]
    with D.chain("sgd_w", of=w[k, d] - rate * D.diff(penalised, w[k, d])) as c:
        c.line(
            "step",
            w[k, d] - rate * delta[k] * x[d] - rate * strength * w[k, d],
            because="one-sample gradient, and the decay of the weights",
        )
    with D.chain("sgd_b", of=b[k] - rate * D.diff(penalised, b[k])) as c:
        c.line(
            "step", b[k] - rate * delta[k], because="one-sample gradient; the bias does not decay"
        )


def softmax_batch(D: Any) -> None:
    """Gradients of the whole objective, mean over N samples plus L2 penalty, and the update."""
    N, K, Dd = D.sizes("N K D")
    n, k, d = D.indices(n=N, k=K, d=Dd)
    x, w, b = D.tensor("x", N, Dd), D.tensor("w", K, Dd), D.tensor("b", K)
    t = D.tensor("t", N, kind="labels", bound=K)
    rate = D.scalar("rate", positive=True, tex=r"\alpha")
    strength = D.scalar("strength", positive=True, tex=r"\lambda")
    k1, d1 = k.prime, d.prime
    s = D.define("s", (n, k), b[k] + D.Sum(d1, x[n, d1] * w[k, d1]), because="scores")
    p = D.define("p", (n, k), D.exp(s[n, k]) / D.Sum(k1, D.exp(s[n, k1])), because="softmax")
    err = D.define(
        "err", (n,), -s[n, t[n]] + D.log(D.Sum(k1, D.exp(s[n, k1]))), tex=r"\mathrm{err}"
    )
    J = D.define(
        "J", (), 1 / N * D.Sum(n, err[n]) + strength / 2 * D.Sum((k1, d1), w[k1, d1] ** 2)
    )[()]
    delta = D.define("delta", (n, k), p[n, k] - D.delta(k, t[n]), tex=r"\delta")
    quotient = -D.log(D.exp(s[n, t[n]]) / D.Sum(k1, D.exp(s[n, k1])))
    with D.chain("objective", of=J) as c:
        c.line(
            "quotient",
            1 / N * D.Sum(n, quotient) + strength / 2 * D.Sum((k1, d1), w[k1, d1] ** 2),
            because="the loss of a sample is minus the log of the probability of its label",
        )
    with D.chain("dw", of=J, wrt=w[k, d]) as c:
        c.line(
            "mean",
            1 / N * D.Sum(n, D.diff(err[n], w[k, d])) + strength * w[k, d],
            because="the derivative of a mean; the 1/2 of the penalty cancels",
        )
        c.line(
            "sample",
            1 / N * D.Sum(n, delta[n, k] * x[n, d]) + strength * w[k, d],
            because="the gradient of each sample is an outer product",
        )
    with D.chain("db", of=J, wrt=b[k]) as c:
        c.line(
            "mean", 1 / N * D.Sum(n, D.diff(err[n], b[k])), because="the penalty does not contain b"
        )
        c.line("sample", 1 / N * D.Sum(n, delta[n, k]), because="the gradient of each sample")
    with D.chain("gd_w", of=w[k, d] - rate * D.diff(J, w[k, d])) as c:
        mean = 1 / N * D.Sum(n, D.diff(err[n], w[k, d]))
        c.line(
            "mean",
            w[k, d] - rate * mean - rate * strength * w[k, d],
            because="softmax_batch.dw#mean",
        )
    with D.chain("gd_b", of=b[k] - rate * D.diff(J, b[k])) as c:
        c.line(
            "mean",
            b[k] - rate * (1 / N * D.Sum(n, D.diff(err[n], b[k]))),
            because="softmax_batch.db#mean",
        )
    average = D.Sum(
        n, 1 / N * D.diff(err[n] + strength / 2 * D.Sum((k1, d1), w[k1, d1] ** 2), w[k, d])
    )
    with D.chain("unbiased", of=average) as c:
        c.line(
            "gradient",
            D.diff(J, w[k, d]),
            because="the one-sample gradient, averaged over a uniformly drawn sample, is the gradient",
        )
