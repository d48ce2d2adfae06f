"""From maximum likelihood to the mean cross-entropy, eleven steps.  Source: 002 eq. 3.10-3.20."""

from typing import Any

IID = "the samples are independent and identically distributed"


def maximum_likelihood(D: Any) -> None:
    """arg max of the likelihood = arg min of the mean cross-entropy, for all N, K, D."""
    N, K, Dd = D.sizes("N K D")
    n, k, d = D.indices(n=N, k=K, d=Dd)
    x, w, b = D.tensor("x", N, Dd), D.tensor("w", K, Dd), D.tensor("b", K)
    t = D.tensor("t", N, kind="labels", bound=K)
    q = D.tensor("q", N, kind="positive")
    k1 = k.prime
    s = D.define("s", (n, k), b[k] + D.Sum(d, x[n, d] * w[k, d]), because="scores")
    normaliser = D.Sum(k1, D.exp(s[n, k1]))
    p = D.define("p", (n, k), D.exp(s[n, k]) / normaliser, because="softmax model of the label")
    L = D.define(
        "L",
        (),
        D.Product(n, q[n] * p[n, t[n]]),
        because="likelihood; q[n] is the density of image n, it knows nothing of w and b",
        assume=IID,
    )
    err = D.define(
        "err",
        (n,),
        -s[n, t[n]] + D.log(normaliser),
        tex=r"\mathrm{err}",
        because="loss of one sample",
    )
    J = D.define("J", (), 1 / N * D.Sum(n, err[n]), because="objective: the mean loss")
    quotient = D.exp(s[n, t[n]]) / normaliser
    with D.optimum("steps", "max", over=(w, b), of=L[()]) as c:
        c.start("the parameters under which the data are most likely")
        c.line("joint", D.Product(n, q[n] * p[n, t[n]]), because="independent samples")
        c.line(
            "conditional",
            D.Product(n, p[n, t[n]]),
            because="the images' own density is a positive constant",
            by="factor",
            operand=1 / D.Product(n, q[n]),
        )
        c.line("log", D.log(D.Product(n, p[n, t[n]])), because="log is increasing", by="log")
        c.line("sum", D.Sum(n, D.log(p[n, t[n]])), because="log of a product is the sum of logs")
        c.line("softmax", D.Sum(n, D.log(quotient)), because="insert the softmax model")
        c.line(
            "minus",
            D.Sum(n, -D.log(quotient)),
            because="the maximum of f is the minimum of -f",
            by="negation",
        )
        c.line(
            "mean",
            1 / N * D.Sum(n, -D.log(quotient)),
            because="1/N is a positive constant",
            by="factor",
            operand=1 / N,
        )
        c.line(
            "logsumexp",
            1 / N * D.Sum(n, -s[n, t[n]] + D.log(normaliser)),
            because="log of a quotient, log undoes exp",
        )
        c.line("err", 1 / N * D.Sum(n, err[n]), because="definition of the loss of one sample")
        c.line("objective", J[()], because="definition of the objective")
    with D.chain("value", of=D.Product(n, p[n, t[n]])) as c:
        c.line(
            "exponential",
            D.exp(-(N * J[()])),
            because="likelihood of the labels = e^(-N J): the two carry the same information",
        )
