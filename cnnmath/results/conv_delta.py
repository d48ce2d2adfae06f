"""The delta recursion of a convolutional network, as document 001 writes it, letter for letter."""

from typing import Any


def conv_delta(D: Any) -> None:
    """001 images 8-14, corrected: delta of layer l from delta of layer l + 1, true convolution, M maps
    below and K maps above."""
    M, K, I, J, P, Q = D.sizes("M K I J P Q")  # noqa: E741
    U, V = D.size("U", I + P - 1), D.size("V", J + Q - 1)
    m, k, i, j, p, q, u, v = D.indices(m=M, k=K, i=I, j=J, p=P, q=Q, u=U, v=V)
    k1, i1, j1, p1, q1 = (index.prime for index in (k, i, j, p, q))
    z = D.tensor("z", M, U, V, tex=r"z^{l}")
    w = D.tensor("w", K, M, P, Q, tex=r"w^{l+1}")
    b = D.tensor("b", K, tex=r"b^{l+1}")
    dz = D.tensor("dz", K, I, J, tex=r"\delta^{l+1}")
    above = D.define(
        "above",
        (k, i, j),
        D.Sum((m, p, q), w[k, m, p, q] * D.f(z[m, i + P - 1 - p, j + Q - 1 - q])) + b[k],
        tex=r"z^{l+1}",
        because="convolution of the activations below",
    )
    C = D.define(
        "C", (), D.Sum((k1, i1, j1), dz[k1, i1, j1] * above[k1, i1, j1]), because="pseudo-loss"
    )[()]
    slope = D.slope(z[m, u, v])
    with D.chain("delta", of=C, wrt=z[m, u, v]) as chain:
        inner = D.diff(above[k1, i1, j1], z[m, u, v])
        chain.line(
            "chain-rule",
            D.Sum((k1, i1, j1), dz[k1, i1, j1] * inner),
            because="every place of every map above may depend on z[m,u,v]",
        )
        seen = D.inside(i1 + P - 1 - u, P) * D.inside(j1 + Q - 1 - v, Q)
        chain.line(
            "sift",
            D.Sum(
                (k1, i1, j1),
                dz[k1, i1, j1] * w[k1, m, i1 + P - 1 - u, j1 + Q - 1 - v] * slope * seen,
            ),
            because="the terms with i' + P - 1 - p = u and j' + Q - 1 - q = v are left",
        )
        back = D.inside(u - p1, I) * D.inside(v - q1, J)
        flipped = w[k1, m, P - 1 - p1, Q - 1 - q1]
        chain.line(
            "rot180",
            slope * D.Sum((k1, p1, q1), flipped * dz[k1, u - p1, v - q1] * back),
            because="conv2(delta, rot180(w), 'full'), summed over the maps above, times f'",
        )
    with D.chain("dw", of=C, wrt=w[k, m, p, q]) as chain:
        chain.line(
            "sift",
            D.Sum((i1, j1), dz[k, i1, j1] * D.f(z[m, i1 + P - 1 - p, j1 + Q - 1 - q])),
            because="the weight is used once at every place of map k",
        )
    with D.chain("db", of=C, wrt=b[k]) as chain:
        chain.line("sift", D.Sum((i1, j1), dz[k, i1, j1]), because="one bias for the whole map")
