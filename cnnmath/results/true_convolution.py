"""True convolution, as MATLAB's conv2 and documents 000 and 001 have it, against correlation."""

from typing import Any


def true_convolution(D: Any) -> None:
    """Where rot180 goes: forward, for the input and for the kernel, in both conventions."""
    I, J, P, Q = D.sizes("I J P Q")  # noqa: E741
    U, V = D.size("U", I + P - 1), D.size("V", J + Q - 1)
    i, j, p, q, u, v = D.indices(i=I, j=J, p=P, q=Q, u=U, v=V)
    i1, j1, p1, q1 = (index.prime for index in (i, j, p, q))
    x, k = D.tensor("x", U, V), D.tensor("k", P, Q)
    dz = D.tensor("dz", I, J, tex=r"\delta")
    rotated = D.define(
        "rotated", (p, q), k[P - 1 - p, Q - 1 - q], tex=r"\mathrm{rot180}(k)", because="rot180"
    )
    valid = D.Sum((p, q), k[p, q] * x[i + P - 1 - p, j + Q - 1 - q])
    z = D.define("z", (i, j), valid, because="conv2(x, k, 'valid')")
    with D.chain("forward", of=z[i, j]) as chain:
        chain.line(
            "rotated",
            D.Sum((p, q), rotated[p, q] * x[i + p, j + q]),
            because="p becomes P - 1 - p: convolution is correlation with the rotated kernel",
        )
    D.claim(
        "twice",
        D.Sum((p, q), rotated[p, q] * x[i + P - 1 - p, j + Q - 1 - q]),
        D.Sum((p, q), k[p, q] * x[i + p, j + q]),
        "conv2 flips its kernel; flipped beforehand, the two flips cancel and a correlation is left",
    )
    E = D.define("E", (), D.Sum((i1, j1), dz[i1, j1] * z[i1, j1]), because="pseudo-loss")[()]
    with D.chain("dx", of=E, wrt=x[u, v]) as chain:
        seen = D.inside(i1 + P - 1 - u, P) * D.inside(j1 + Q - 1 - v, Q)
        chain.line(
            "sift",
            D.Sum((i1, j1), dz[i1, j1] * k[i1 + P - 1 - u, j1 + Q - 1 - v] * seen),
            because="z[i',j'] has x[u,v] with the kernel entry p = i' + P - 1 - u",
        )
        back = D.inside(u - p1, I) * D.inside(v - q1, J)
        chain.line(
            "conv2-full",
            D.Sum((p1, q1), rotated[p1, q1] * dz[u - p1, v - q1] * back),
            because="conv2(delta, rot180(k), 'full')",
        )
        over = D.inside(u - P + 1 + p1, I) * D.inside(v - Q + 1 + q1, J)
        chain.line(
            "correlation",
            D.Sum((p1, q1), k[p1, q1] * dz[u - P + 1 + p1, v - Q + 1 + q1] * over),
            because="forward a convolution, backward a correlation with the same kernel",
        )
    with D.chain("dk", of=E, wrt=k[p, q]) as chain:
        chain.line(
            "patches",
            D.Sum((i1, j1), dz[i1, j1] * x[i1 + P - 1 - p, j1 + Q - 1 - q]),
            because="the patch that delta[i',j'] meets, turned by 180 degrees",
        )
        chain.line(
            "conv2",
            D.Sum(
                (i1, j1),
                dz[I - 1 - i1, J - 1 - j1] * x[I - 1 - i1 + P - 1 - p, J - 1 - j1 + Q - 1 - q],
            ),
            because="rot180(conv2(x, rot180(delta), 'valid')) written out: i' becomes I - 1 - i'",
        )


def full_convolution(D: Any) -> None:
    """conv2(x, k, 'full') in one dimension: it commutes, and its valid part is conv2(x, k, 'valid')."""
    H, P = D.sizes("H P")
    h, p, m = D.indices(h=H, p=P, m=H + P - 1)
    x, k = D.tensor("x", H), D.tensor("k", P)
    full = D.define(
        "full",
        (m,),
        D.Sum(p, k[p] * x[m - p] * D.inside(m - p, H)),
        because="conv2(x, k, 'full'): every place where both overlap",
    )
    D.claim(
        "commutes",
        full[m],
        D.Sum(h, x[h] * k[m - h] * D.inside(m - h, P)),
        "sum over the place in x instead: h = m - p",
    )
