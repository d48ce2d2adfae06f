"""Learned combinations of maps, document 000 section 3.3, and what can make them sparse."""

from typing import Any


def learned_combination(D: Any) -> None:
    """u_o = sum_c alpha[o,c] conv2(x_c, k_c) + b_o, one kernel per input map: every gradient."""
    C, O, I, J, P, Q = D.sizes("C O I J P Q")  # noqa: E741
    U, V = D.size("U", I + P - 1), D.size("V", J + Q - 1)
    c, o, i, j, p, q, u, v = D.indices(c=C, o=O, i=I, j=J, p=P, q=Q, u=U, v=V)
    o1, i1, j1, p1, q1 = (index.prime for index in (o, i, j, p, q))
    x, k = D.tensor("x", C, U, V), D.tensor("k", C, P, Q)
    alpha, b = D.tensor("alpha", O, C, tex=r"\alpha"), D.tensor("b", O)
    delta = D.tensor("delta", O, I, J, tex=r"\delta")
    filtered = D.define(
        "filtered",
        (c, i, j),
        D.Sum((p, q), k[c, p, q] * x[c, i + P - 1 - p, j + Q - 1 - q]),
        tex="y",
        because="conv2(x_c, k_c, 'valid')",
    )
    out = D.define("out", (o, i, j), D.Sum(c, alpha[o, c] * filtered[c, i, j]) + b[o], tex="u")
    D.define(
        "maps",
        (o, i, j),
        D.f(out[o, i, j]),
        tex="x^{l}",
        because="the layer; delta is the gradient by u",
    )
    E = D.define(
        "E", (), D.Sum((o1, i1, j1), delta[o1, i1, j1] * out[o1, i1, j1]), because="pseudo-loss"
    )[()]
    with D.chain("dalpha", of=E, wrt=alpha[o, c]) as chain:
        chain.line(
            "sift",
            D.Sum((i1, j1), delta[o, i1, j1] * filtered[c, i1, j1]),
            because="alpha[o,c] multiplies the filtered map c everywhere in map o",
        )
    with D.chain("dk", of=E, wrt=k[c, p, q]) as chain:
        patch = x[c, i1 + P - 1 - p, j1 + Q - 1 - q]
        chain.line(
            "shared",
            D.Sum(o1, alpha[o1, c] * D.Sum((i1, j1), delta[o1, i1, j1] * patch)),
            because="kernel c serves every output map o', with weight alpha[o',c]",
        )
    with D.chain("dx", of=E, wrt=x[c, u, v]) as chain:
        back = D.inside(u - p1, I) * D.inside(v - q1, J)
        flipped = k[c, P - 1 - p1, Q - 1 - q1]
        chain.line(
            "shared",
            D.Sum(o1, alpha[o1, c] * D.Sum((p1, q1), flipped * delta[o1, u - p1, v - q1] * back)),
            because="conv2(delta_o', rot180(k_c), 'full'), summed over the output maps with their weights",
        )


def mixture_weights(D: Any) -> None:
    """000 section 3.3: softmax weights are positive and sum to 1; gradient of the hidden weights."""
    (C,) = D.sizes("C")
    c, k = D.indices(c=C, k=C)
    c1, k1 = c.prime, k.prime
    h, g = D.tensor("h", C), D.tensor("g", C)
    alpha = D.define(
        "alpha", (k,), D.exp(h[k]) / D.Sum(c1, D.exp(h[c1])), tex=r"\alpha", because="softmax"
    )
    D.claim("sum", D.Sum(k, alpha[k]), 1, "numerators and denominator add up to the same")
    D.not_negative("positive", alpha[k], "e^h > 0, and so is their sum")
    others = D.Sum(k1, (1 - D.delta(k1, k)) ** 2 * alpha[k1])
    D.claim("rest", 1 - alpha[k], others, "what is left of 1 is the sum of the other weights")
    D.not_negative("at_most_one", others, "so 1 - alpha[k] >= 0: no weight is more than 1")
    with D.chain("jacobian", of=alpha[k], wrt=h[c]) as chain:
        chain.line(
            "softmax", D.delta(k, c) * alpha[c] - alpha[c] * alpha[k], because="quotient rule"
        )
    E = D.define("E", (), D.Sum(k1, g[k1] * alpha[k1]), because="pseudo-loss, g = dE/dalpha")[()]
    with D.chain("dh", of=E, wrt=h[c]) as chain:
        slope = D.diff(alpha[k1], h[c])
        chain.line("chain-rule", D.Sum(k1, g[k1] * slope), because="every weight depends on h[c]")
        chain.line(
            "sift",
            alpha[c] * (g[c] - D.Sum(k1, g[k1] * alpha[k1])),
            because="the bracket of the Jacobian leaves k' = c",
        )


def _weights(D: Any) -> tuple[Any, ...]:
    O, C = D.sizes("O C")  # noqa: E741
    o, c = D.indices(o=O, c=C)
    o1, c1 = o.prime, c.prime
    h = D.tensor("h", O, C)
    strength = D.scalar("strength", tex=r"\lambda", positive=True)
    total = D.Sum(c1.prime, D.exp(h[o, c1.prime]))
    alpha = D.define(
        "alpha",
        (o, c),
        D.exp(h[o, c]) / total,
        tex=r"\alpha",
        because="softmax over the input maps",
    )
    return O, C, o, c, o1, c1, h, strength, alpha


def softmax_l1(D: Any) -> None:
    """The headline: on softmax weights the L1 penalty is a constant, so it cannot make them sparse."""
    O, C, o, c, o1, c1, h, strength, alpha = _weights(D)  # noqa: E741
    penalty = D.define(
        "penalty", (), strength * D.Sum((o1, c1), D.abs(alpha[o1, c1])), tex=r"\Omega"
    )[()]
    with D.chain("value", of=penalty) as chain:
        chain.line(
            "positive", strength * D.Sum((o1, c1), alpha[o1, c1]), because="alpha is positive"
        )
        chain.line("constant", strength * O, because="each row sums to 1")
    with D.chain("dh", of=penalty, wrt=h[o, c]) as chain:
        size = D.abs(alpha[o, c])
        chain.line(
            "published",
            strength * (size - alpha[o, c] * D.Sum(c1, D.abs(alpha[o, c1]))),
            because="through the softmax, as section 3.3.1 has it",
        )
        chain.line(
            "sum",
            strength * (alpha[o, c] - alpha[o, c] * D.Sum(c1, alpha[o, c1])),
            because="alpha is positive: the absolute values do nothing",
        )
        chain.line("zero", 0, because="the weights sum to 1, whatever h is: the gradient vanishes")
    g = D.tensor("g", O, C)
    cost = D.define(
        "cost",
        (),
        D.Sum((o1, c1), g[o1, c1] * alpha[o1, c1]) + penalty,
        tex=r"\tilde{E}",
        because="pseudo-loss, g = dE/dalpha, and the penalty",
    )[()]
    with D.chain("total", of=cost, wrt=h[o, c]) as chain:
        fit = alpha[o, c] * (g[o, c] - D.Sum(c1, g[o, c1] * alpha[o, c1]))
        slope = D.diff(penalty, h[o, c])
        chain.line("fit", fit + slope, because="mixture_weights.dh#sift, and the penalty's part")
        chain.line("unchanged", fit, because="which is 0: softmax_l1.dh#zero")


def softmax_entropy(D: Any) -> None:
    """A penalty that can: the entropy of the weights, its gradient through the softmax."""
    _, _, o, c, o1, c1, h, strength, alpha = _weights(D)
    logs = D.log(alpha[o1, c1])
    entropy = D.define(
        "entropy", (o1,), -D.Sum(c1, alpha[o1, c1] * logs), tex="H", because="entropy of one row"
    )
    penalty = D.define("penalty", (), strength * D.Sum(o1, entropy[o1]), tex=r"\Omega")[()]
    with D.chain("dh", of=penalty, wrt=h[o, c]) as chain:
        chain.line(
            "entropy",
            -strength * alpha[o, c] * (D.log(alpha[o, c]) + entropy[o]),
            because="-(log a + 1) through the softmax; the 1 cancels",
        )


def softmax_impurity(D: Any) -> None:
    """Another: the Gini impurity, whose gradient is polynomial in the weights."""
    _, _, o, c, o1, c1, h, strength, alpha = _weights(D)
    penalty = D.define(
        "penalty", (), strength * D.Sum(o1, 1 - D.Sum(c1, alpha[o1, c1] ** 2)), tex=r"\Omega"
    )[()]
    with D.chain("dh", of=penalty, wrt=h[o, c]) as chain:
        squares = D.Sum(c1, alpha[o, c1] ** 2)
        chain.line(
            "impurity",
            -2 * strength * alpha[o, c] * (alpha[o, c] - squares),
            because="descent lets weights grow that are above the sum of squares of their row",
        )
