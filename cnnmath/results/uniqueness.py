"""The optimum is not unique; what the L2 term fixes and what it does not.  Source: 002 section 3.3.2."""

from typing import Any


def parameter_shift(D: Any) -> None:
    """Add one vector v to every row of w and one number c to every entry of b."""
    N, K, Dd = D.sizes("N K D")
    n, k, d = D.indices(n=N, k=K, d=Dd)
    x, w, b, v = D.tensor("x", N, Dd), D.tensor("w", K, Dd), D.tensor("b", K), D.tensor("v", Dd)
    t, c = D.tensor("t", N, kind="labels", bound=K), D.scalar("c")
    strength = D.scalar("strength", tex=r"\lambda", positive=True)
    k1 = k.prime
    s = D.define("s", (n, k), b[k] + D.Sum(d, x[n, d] * w[k, d]))
    p = D.define("p", (n, k), D.exp(s[n, k]) / D.Sum(k1, D.exp(s[n, k1])))
    loss = -s[n, t[n]] + D.log(D.Sum(k1, D.exp(s[n, k1])))
    J = D.define("J", (), 1 / N * D.Sum(n, loss), because="mean cross-entropy, no penalty")
    penalty = D.define(
        "penalty", (), D.Sum((k, d), w[k, d] ** 2), tex=r"\Omega", because="squared Frobenius norm"
    )
    J2 = D.define(
        "J2", (), J[()] + strength / 2 * penalty[()], tex=r"J_\lambda", because="with L2 penalty"
    )
    quotient = D.exp(s[n, t[n]]) / D.Sum(k1, D.exp(s[n, k1]))
    with D.chain("quotient", of=J[()]) as chain:
        chain.line(
            "log", 1 / N * D.Sum(n, -D.log(quotient)), because="log of a quotient, log undoes exp"
        )
    w1 = D.define("w1", (k, d), w[k, d] + v[d], tex="w'", because="the same vector for every class")
    w2 = D.define("w2", (k, d), w[k, d] + c, tex="w''", because="the same number everywhere")
    b1 = D.define("b1", (k,), b[k] + c, tex="b'", because="the same number for every class")
    with D.chain("scores", of=D.at(s[n, k], (w, w1), (b, b1))) as chain:
        chain.line(
            "shift",
            s[n, k] + (c + D.Sum(d, x[n, d] * v[d])),
            because="what is added does not depend on the class k",
        )
    with D.chain("probability", of=D.at(p[n, k], (w, w1), (b, b1))) as chain:
        chain.line("same", p[n, k], because="the common factor cancels in the softmax")
    with D.chain("objective", of=D.at(J[()], (w, w1), (b, b1))) as chain:
        chain.line("same", J[()], because="a shift common to all classes cancels in the loss")
    with D.chain("constant", of=D.at(J[()], (w, w2), (b, b1))) as chain:
        chain.line("same", J[()], because="the special case of one number c, of any sign")
    with D.chain("penalised", of=D.at(penalty[()], (w, w1))) as chain:
        chain.line(
            "moves",
            penalty[()] + 2 * D.Sum(d, v[d] * D.Sum(k, w[k, d])) + K * D.Sum(d, v[d] ** 2),
            because="square of a sum; the penalty sees the shift of w",
        )
    with D.chain("bias", of=D.at(J2[()], (b, b1))) as chain:
        chain.line(
            "same", J2[()], because="the penalty does not contain b: the bias shift stays free"
        )
    with D.chain("flat", of=D.diff(D.at(J2[()], (b, b1)), c)) as chain:
        chain.line("zero", 0, because="J is constant along b + c 1, for every strength")


def conserved_sums(D: Any) -> None:
    """Gradient descent without penalty keeps sum_k w[k,d] and sum_k b[k]."""
    N, K, Dd = D.sizes("N K D")
    n, k, d = D.indices(n=N, k=K, d=Dd)
    x, w, b = D.tensor("x", N, Dd), D.tensor("w", K, Dd), D.tensor("b", K)
    t = D.tensor("t", N, kind="labels", bound=K)
    k1 = k.prime
    s = D.define("s", (n, k), b[k] + D.Sum(d, x[n, d] * w[k, d]))
    p = D.define("p", (n, k), D.exp(s[n, k]) / D.Sum(k1, D.exp(s[n, k1])))
    loss = -s[n, t[n]] + D.log(D.Sum(k1, D.exp(s[n, k1])))
    J = D.define("J", (), 1 / N * D.Sum(n, loss))[()]
    with D.chain("weights", of=D.Sum(k, D.diff(J, w[k, d]))) as c:
        error = 1 / N * D.Sum(n, (p[n, k] - D.delta(k, t[n])) * x[n, d])
        c.line("gradient", D.Sum(k, error), because="softmax_batch.dw#sample, no penalty")
        c.line("zero", 0, because="p - e_y adds up to 0 over the classes")
    with D.chain("bias", of=D.Sum(k, D.diff(J, b[k]))) as c:
        c.line(
            "gradient",
            D.Sum(k, 1 / N * D.Sum(n, p[n, k] - D.delta(k, t[n]))),
            because="softmax_batch.db#sample",
        )
        c.line("zero", 0, because="p - e_y adds up to 0 over the classes")


def spread_weights(D: Any) -> None:
    """Of all weights with the same sum, the equal ones have the smallest squared norm."""
    (Dd,) = D.sizes("D")
    (d,) = D.indices(d=Dd)
    w = D.tensor("w", Dd)
    mean = D.define("mean", (), D.mean(d, w[d]), tex=r"\bar w", because="mean weight")[()]
    with D.chain("norm", of=D.Sum(d, w[d] ** 2)) as c:
        c.line(
            "spread",
            Dd * mean**2 + D.Sum(d, (w[d] - mean) ** 2),
            because="the sum is D mean; what deviates from the mean costs extra",
        )
    D.not_negative(
        "extra",
        D.Sum(d, (w[d] - mean) ** 2),
        because="so the norm is smallest where all weights are equal",
    )
