"""Dropout: what is right in the mean, and what the net without dropout stands for.  002 section 6.4.

The mean over a unit's mask is written out: E f(m) = keep f(1) + (1 - keep) f(0).
"""

from typing import Any

LINEAR = "linear expectation: the mean of a sum is the sum of the means"
INDEPENDENT = "the masks of different units are drawn independently of each other"


def dropout_unit(D: Any) -> None:
    """One unit: mean and variance, of the source's m x and of the inverted m x / keep."""
    x, keep = D.scalar("x"), D.scalar("keep", positive=True, tex=r"\mathrm{keep}")

    def expected(f: Any) -> Any:
        return keep * f(1) + (1 - keep) * f(0)

    plain = D.define(
        "plain", (), expected(lambda m: m * x), tex=r"\mathrm E[mx]", because="mean of what is kept"
    )[()]
    mean = D.define(
        "mean",
        (),
        expected(lambda m: m * x / keep),
        tex=r"\mathrm E[mx/\mathrm{keep}]",
        because="the same for inverted dropout, which divides what is kept",
    )[()]
    with D.chain("source", of=plain) as c:
        c.line("scaled", keep * x, because="the term of m = 0 is 0: the layer above sees less of x")
    with D.chain("test", of=keep * x) as c:
        c.line("mean", plain, because="so at test time x is to be multiplied by keep")
    with D.chain("unbiased", of=mean) as c:
        c.line("same", x, because="keep cancels: nothing is left to do at test time")
    with D.chain("variance", of=expected(lambda m: (m * x / keep - mean) ** 2)) as c:
        c.line(
            "squares",
            keep * (x / keep - x) ** 2 + (1 - keep) * x**2,
            because="the mean is x; x/keep - x off where kept, x off where dropped",
        )
        c.line("noise", x**2 * (1 - keep) / keep, because="1/keep - 1 = (1 - keep)/keep")
    with D.chain("lost", of=expected(lambda m: (m * x - plain) ** 2)) as c:
        c.line("noise", x**2 * keep * (1 - keep), because="the same without the division")


def dropout_sum(D: Any) -> None:
    """A unit that sums D inputs with masks of their own: the mean stays, the variances add up."""
    (Dd,) = D.sizes("D")
    (d,) = D.indices(d=Dd)
    d1 = d.prime
    x, w = D.tensor("x", Dd), D.tensor("w", Dd)
    keep = D.scalar("keep", positive=True, tex=r"\mathrm{keep}")
    one = D.define(
        "one",
        (d,),
        keep * (x[d] / keep) + (1 - keep) * 0,
        tex=r"\mathrm E[y]",
        because="mean of one input",
    )
    two = D.define(
        "two",
        (d,),
        keep * (x[d] / keep) ** 2 + (1 - keep) * 0,
        tex=r"\mathrm E[y^2]",
        because="mean of its square",
    )
    pair = D.define(
        "pair",
        (d, d1),
        D.delta(d, d1) * two[d] + (1 - D.delta(d, d1)) * one[d] * one[d1],
        tex=r"\mathrm E[yy']",
        because="for two inputs the mean of a product is the product of the means",
        assume=INDEPENDENT,
    )
    mean = D.define(
        "mean",
        (),
        D.Sum(d, w[d] * one[d]),
        tex=r"\mathrm E[s]",
        because="s = sum w y",
        assume=LINEAR,
    )[()]
    with D.chain("unbiased", of=mean) as c:
        c.line("same", D.Sum(d, w[d] * x[d]), because="dropout_unit.unbiased#same", assume=LINEAR)
    squared = D.Sum(d, D.Sum(d1, w[d] * w[d1] * pair[d, d1]))
    with D.chain("variance", of=squared - mean**2) as c:
        spread = two[d] - one[d] ** 2
        c.line(
            "own",
            D.Sum(d, w[d] ** 2 * spread),
            because="what two different inputs share is the product of their means: it cancels",
            assume=f"{LINEAR}; {INDEPENDENT}",
        )
        c.line(
            "noise",
            (1 - keep) / keep * D.Sum(d, w[d] ** 2 * x[d] ** 2),
            because="dropout_unit.variance#noise",
        )


def dropout_ensemble(D: Any) -> None:
    """N thinned nets, drawn with any probabilities q, and the one net with each input times its chance.

    All 2^D masks with their probabilities are one such ensemble; independence is not needed.
    """
    N, K, Dd = D.sizes("N K D")
    n, k, d = D.indices(n=N, k=K, d=Dd)
    k1 = k.prime
    x, w, b = D.tensor("x", Dd), D.tensor("w", K, Dd), D.tensor("b", K)
    m = D.tensor("m", N, Dd, kind="labels", bound=2)
    q = D.tensor("q", N, kind="probabilities")
    chance = D.define(
        "chance", (d,), D.Sum(n, q[n] * m[n, d]), because="probability that input d is kept"
    )
    s = D.define(
        "s", (n, k), b[k] + D.Sum(d, w[k, d] * (m[n, d] * x[d])), because="scores of net n"
    )
    scaled = D.define(
        "scaled",
        (k,),
        b[k] + D.Sum(d, w[k, d] * (chance[d] * x[d])),
        tex=r"\bar s",
        because="scores of the one net",
    )
    p = D.define(
        "p", (n, k), D.exp(s[n, k]) / D.Sum(k1, D.exp(s[n, k1])), because="what net n predicts"
    )
    G = D.define(
        "G",
        (k,),
        D.Product(n, D.exp(q[n] * D.log(p[n, k]))),
        because="geometric mean: the product of p[n,k]^q[n]",
    )
    with D.chain("linear", of=D.Sum(n, q[n] * s[n, k])) as c:
        c.line(
            "mean",
            scaled[k],
            because="linear units: scaled inputs give the arithmetic mean of all nets",
        )
    with D.chain("softmax", of=G[k] / D.Sum(k1, G[k1])) as c:

        def normalised(score: Any) -> Any:
            return D.exp(score(k)) / D.Sum(k1, D.exp(score(k1)))

        c.line(
            "logs",
            normalised(lambda i: D.Sum(n, q[n] * D.log(p[n, i]))),
            because="a product of powers is e^(sum of logs)",
        )
        c.line(
            "scores",
            normalised(lambda i: D.Sum(n, q[n] * s[n, i])),
            because="log p is the score minus what all classes share, which cancels",
        )
        c.line(
            "scaled",
            normalised(lambda i: scaled[i]),
            because="so the one net gives the normalised geometric mean, if it is one softmax layer",
        )
