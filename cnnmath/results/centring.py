"""Centring the inputs: the mean image, and why a test image loses the training mean.  002 eq. 6.24, 6.25."""

from typing import Any


def centring(D: Any) -> None:
    """x minus its mean has the mean 0 in every pixel; another mean gives a linear layer other scores."""
    N, K, Dd = D.sizes("N K D")
    n, k, d = D.indices(n=N, k=K, d=Dd)
    n1 = n.prime
    x, other = D.tensor("x", N, Dd), D.tensor("other", Dd, tex=r"\tilde x")
    w, b, new = D.tensor("w", K, Dd), D.tensor("b", K), D.tensor("new", Dd, tex="y")
    mean = D.define(
        "mean", (d,), 1 / N * D.Sum(n, x[n, d]), tex=r"\bar x", because="mean of the training set"
    )
    centred = D.define(
        "centred", (n, d), x[n, d] - mean[d], tex="x'", because="the training set without its mean"
    )
    with D.chain("zero", of=1 / N * D.Sum(n, centred[n, d])) as c:
        c.line(
            "mean",
            1 / N * D.Sum(n, x[n, d]) - 1 / N * D.Sum(n1, mean[d]),
            because="the mean of a difference",
        )
        c.line("zero", 0, because="the mean of N times the same number is that number")
    s = D.define(
        "s",
        (k,),
        b[k] + D.Sum(d, w[k, d] * (new[d] - mean[d])),
        because="scores of a new image, centred as in training",
    )
    wrong = D.define(
        "wrong",
        (k,),
        b[k] + D.Sum(d, w[k, d] * (new[d] - other[d])),
        tex=r"\tilde s",
        because="scores of the same image, centred by another mean",
    )
    with D.chain("bias", of=s[k]) as c:
        c.line(
            "absorbed",
            b[k] - D.Sum(d, w[k, d] * mean[d]) + D.Sum(d, w[k, d] * new[d]),
            because="centring is part of the model: the first layer on bare images, with another bias",
        )
    with D.chain("shifted", of=wrong[k] - s[k]) as c:
        c.line(
            "scores",
            D.Sum(d, w[k, d] * (mean[d] - other[d])),
            because="every image gets its scores shifted, each class by its own amount",
        )
