"""A convolution layer is a fully connected layer whose weights are mostly 0 and shared."""

from typing import Any


def dense_on_maps(D: Any) -> None:
    """A fully connected layer on maps: the weights of one unit have the shape of the input (5.8)."""
    N, K, C, U, V = D.sizes("N K C U V")
    n, k, c, u, v = D.indices(n=N, k=K, c=C, u=U, v=V)
    n1, k1 = n.prime, k.prime
    x, w, b = D.tensor("x", N, C, U, V), D.tensor("w", K, C, U, V), D.tensor("b", K)
    da = D.tensor("da", N, K, tex=r"\mathrm{da}")
    a = D.define("a", (n, k), D.Sum((c, u, v), w[k, c, u, v] * x[n, c, u, v]) + b[k])
    E = D.define("E", (), D.Sum((n1, k1), da[n1, k1] * a[n1, k1]), because="pseudo-loss")[()]
    with D.chain("dx", of=E, wrt=x[n, c, u, v]) as chain:
        chain.line("sift", D.Sum(k1, da[n, k1] * w[k1, c, u, v]), because="as in chapter 2")
    with D.chain("dw", of=E, wrt=w[k, c, u, v]) as chain:
        chain.line("sift", D.Sum(n1, da[n1, k] * x[n1, c, u, v]), because="as in chapter 2")


def conv_matrix(D: Any) -> None:
    """The matrix of the layer: row o, i, j has the kernel where the window lies, and zeros elsewhere."""
    N, C, O, I, J, P, Q = D.sizes("N C O I J P Q")  # noqa: E741
    S1, S2 = D.sizes("S1 S2")
    Z1, Z2 = D.sizes("Z1 Z2", least=0)
    (R1,), (R2,) = D.sizes("R1", least=0, below=S1), D.sizes("R2", least=0, below=S2)
    U = D.size("U", (I - 1) * S1 + P + R1 - 2 * Z1)
    V = D.size("V", (J - 1) * S2 + Q + R2 - 2 * Z2)
    n, c, o, i, j, p, q, u, v = D.indices(n=N, c=C, o=O, i=I, j=J, p=P, q=Q, u=U, v=V)
    o1, i1, j1, p1, q1 = (index.prime for index in (o, i, j, p, q))
    x, w = D.tensor("x", N, C, U, V), D.tensor("w", O, C, P, Q)
    dz = D.tensor("dz", N, O, I, J, tex=r"\mathrm{dz}")
    row, column = S1 * i + p - Z1, S2 * j + q - Z2
    T = D.define(
        "T",
        (o, i, j, c, u, v),
        D.Sum((p, q), w[o, c, p, q] * D.delta(u, row) * D.delta(v, column)),
        because="row (o, i, j), column (c, u, v) of the matrix",
    )
    P1, Q1 = u + Z1 - S1 * i, v + Z2 - S2 * j
    D.claim(
        "entry",
        T[o, i, j, c, u, v],
        w[o, c, P1, Q1] * D.inside(P1, P) * D.inside(Q1, Q),
        "at most one kernel entry falls on u, v: shared along i and j, 0 outside the window",
    )
    inside = D.inside(row, U) * D.inside(column, V)
    D.claim(
        "forward",
        D.Sum((c, u, v), T[o, i, j, c, u, v] * x[n, c, u, v]),
        D.Sum((c, p, q), w[o, c, p, q] * x[n, c, row, column] * inside),
        "the fully connected formula with this matrix is the convolution",
    )
    meets = D.delta(S1 * i1 + p1 - Z1, u) * D.delta(S2 * j1 + q1 - Z2, v)
    D.claim(
        "transposed",
        D.Sum((o1, i1, j1), dz[n, o1, i1, j1] * T[o1, i1, j1, c, u, v]),
        D.Sum((o1, i1, j1, p1, q1), dz[n, o1, i1, j1] * w[o1, c, p1, q1] * meets),
        "backward multiplies by the transposed matrix: this is conv2d.dx",
    )


def stacked_convolutions(D: Any) -> None:
    """Two layers in a row (one dimension, no activation) see as much as one with kernel P + S (T - 1):
    the rule of the receptive field."""
    I, P, T, S, L = D.sizes("I P T S L")  # noqa: E741
    H = D.size("H", (I - 1) * L + T)
    U = D.size("U", (H - 1) * S + P)
    F = D.size("F", P + S * (T - 1))
    i, h, p, t, g = D.indices(i=I, h=H, p=P, t=T, g=F)
    x, w, y = D.tensor("x", U), D.tensor("w", P), D.tensor("y", T)
    first = D.define("first", (h,), D.Sum(p, w[p] * x[S * h + p]), because="kernel P, stride S")
    second = D.define(
        "second", (i,), D.Sum(t, y[t] * first[L * i + t]), because="kernel T, stride L"
    )
    kernel = D.define(
        "kernel",
        (g,),
        D.Sum((t, p), y[t] * w[p] * D.delta(g, S * t + p)),
        because="both kernels in one",
    )
    D.claim(
        "one-layer",
        second[i],
        D.Sum(g, kernel[g] * x[S * L * i + g]),
        "g = S t + p runs from 0 to P + S (T - 1) - 1; the strides multiply",
    )
