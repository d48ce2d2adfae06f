"""Subsampling layers of document 000, sections 3.1.1, 3.2 and 3.4: what goes through their borders."""

from typing import Any


def conv_below_subsampling(D: Any) -> None:
    """000 section 3.1.1: delta of a convolution map whose activation f(u) is subsampled above it."""
    C, I, J, P, Q = D.sizes("C I J P Q")  # noqa: E741
    U, V = D.size("U", P * I), D.size("V", Q * J)
    c, i, j, p, q, u, v = D.indices(c=C, i=I, j=J, p=P, q=Q, u=U, v=V)
    c1, i1, j1 = c.prime, i.prime, j.prime
    below = D.tensor("below", C, U, V, tex=r"u^{l}")
    beta, b = D.tensor("beta", C, tex=r"\beta^{l+1}"), D.tensor("b", C, tex=r"b^{l+1}")
    delta = D.tensor("delta", C, I, J, tex=r"\delta^{l+1}")
    block = D.Sum((p, q), D.f(below[c, P * i + p, Q * j + q]))
    above = D.define("above", (c, i, j), beta[c] * block + b[c], tex=r"u^{l+1}")
    E = D.define(
        "E", (), D.Sum((c1, i1, j1), delta[c1, i1, j1] * above[c1, i1, j1]), because="pseudo-loss"
    )[()]
    with D.chain("delta", of=E, wrt=below[c, u, v]) as chain:
        seen = D.inside(u - P * i1, P) * D.inside(v - Q * j1, Q)
        slope = D.slope(below[c, u, v])
        chain.line(
            "blocks",
            beta[c] * slope * D.Sum((i1, j1), delta[c, i1, j1] * seen),
            because="u[c,u,v] counts in the block that contains it",
        )
        up = delta[c, D.floor(u, P), D.floor(v, Q)]
        chain.line(
            "up", beta[c] * (slope * up), because="the block is floor(u/P), floor(v/Q): up(delta)"
        )


def subsampling_layer(D: Any) -> None:
    """000 section 3.2: x = f(beta down + b); the gradients of beta and b through delta = dE/du."""
    C, I, J, P, Q = D.sizes("C I J P Q")  # noqa: E741
    c, i, j, p, q = D.indices(c=C, i=I, j=J, p=P, q=Q)
    c1, i1, j1 = c.prime, i.prime, j.prime
    x = D.tensor("x", C, P * I, Q * J)
    beta, b = D.tensor("beta", C, tex=r"\beta"), D.tensor("b", C)
    dx = D.tensor("dx", C, I, J, tex=r"\mathrm{dx}^{l}")
    d = D.define(
        "d",
        (c, i, j),
        D.Sum((p, q), x[c, P * i + p, Q * j + q]),
        because="down: kept from the forward pass",
    )
    u = D.define("u", (c, i, j), beta[c] * d[c, i, j] + b[c])
    y = D.define("y", (c, i, j), D.f(u[c, i, j]), tex="x^{l}", because="the layer")
    E = D.define(
        "E", (), D.Sum((c1, i1, j1), dx[c1, i1, j1] * y[c1, i1, j1]), because="pseudo-loss"
    )[()]
    delta = D.define(
        "delta",
        (c, i, j),
        dx[c, i, j] * D.slope(u[c, i, j]),
        tex=r"\delta",
        because="dE/du, elementwise",
    )
    with D.chain("dbeta", of=E, wrt=beta[c]) as chain:
        chain.line(
            "sift", D.Sum((i1, j1), delta[c, i1, j1] * d[c, i1, j1]), because="beta multiplies d"
        )
    with D.chain("db", of=E, wrt=b[c]) as chain:
        chain.line(
            "sift", D.Sum((i1, j1), delta[c, i1, j1]), because="b is added everywhere in map c"
        )


def down_up(D: Any) -> None:
    """000 section 3.1.1: up is the transpose of down; each pixel feeds one pixel above."""
    I, J, P, Q = D.sizes("I J P Q")  # noqa: E741
    U, V = D.size("U", P * I), D.size("V", Q * J)
    i, j, p, q, u, v = D.indices(i=I, j=J, p=P, q=Q, u=U, v=V)
    x, y = D.tensor("x", U, V), D.tensor("y", I, J)
    D.claim(
        "one_above",
        D.Sum((i, j), D.inside(u - P * i, P) * D.inside(v - Q * j, Q)),
        1,
        "pixel u, v lies in block i, j if 0 <= u - P i < P and 0 <= v - Q j < Q: in exactly one",
    )
    with D.chain(
        "adjoint", of=D.Sum((i, j), y[i, j] * D.Sum((p, q), x[P * i + p, Q * j + q]))
    ) as chain:
        chain.line(
            "regroup",
            D.Sum((u, v), x[u, v] * y[D.floor(u, P), D.floor(v, Q)]),
            because="u = P i + p: each pixel u, v belongs to one block, floor(u/P), floor(v/Q)",
        )


def matlab_sampling(D: Any) -> None:
    """000 section 3.4: conv2 with ones, then every P-th row and Q-th column, is the block sum."""
    I, J, P, Q = D.sizes("I J P Q")  # noqa: E741
    (R1,), (R2,) = D.sizes("R1", least=0, below=P), D.sizes("R2", least=0, below=Q)
    U, V = D.size("U", P * I + R1), D.size("V", Q * J + R2)
    A, B = D.size("A", U - P + 1), D.size("B", V - Q + 1)
    i, j, p, q, a, e = D.indices(i=I, j=J, p=P, q=Q, a=A, e=B)
    x = D.tensor("x", U, V)
    ones = D.define(
        "ones",
        (a, e),
        D.Sum((p, q), x[a + P - 1 - p, e + Q - 1 - q]),
        tex=r"\mathrm{conv2}(x, \mathbf{1})",
        because="conv2(x, ones(P, Q), 'valid')",
    )
    D.claim(
        "sampled",
        ones[P * i, Q * j],
        D.Sum((p, q), x[P * i + p, Q * j + q]),
        "p becomes P - 1 - p; rows that fill no block are left out; 'full' would shift the blocks",
    )


def full_by_padding(D: Any) -> None:
    """000 section 3.2.1: 'full' convolution is 'valid' convolution of the map in a border of zeros."""
    I, J, P, Q = D.sizes("I J P Q")  # noqa: E741
    U, V = D.size("U", I + P - 1), D.size("V", J + Q - 1)
    A, B = D.size("A", I + 2 * P - 2), D.size("B", J + 2 * Q - 2)
    p, q, u, v, a, e = D.indices(p=P, q=Q, u=U, v=V, a=A, e=B)
    delta, k = D.tensor("delta", I, J, tex=r"\delta"), D.tensor("k", P, Q)
    inside = D.inside(a - P + 1, I) * D.inside(e - Q + 1, J)
    padded = D.define(
        "padded",
        (a, e),
        delta[a - P + 1, e - Q + 1] * inside,
        tex=r"\overline{\delta}",
        because="P - 1 rows and Q - 1 columns of zeros around delta",
    )
    D.claim(
        "full",
        D.Sum((p, q), k[p, q] * padded[u + P - 1 - p, v + Q - 1 - q]),
        D.Sum((p, q), k[p, q] * delta[u - p, v - q] * D.inside(u - p, I) * D.inside(v - q, J)),
        "entries in the border are 0",
    )
