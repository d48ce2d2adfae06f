"""A shifted input gives a shifted output: equivariance, not invariance."""

from typing import Any


def translation(D: Any) -> None:
    """Stride 1 (one dimension is enough, rows and columns do not mix): shifting x by T rows shifts z."""
    I, P = D.sizes("I P")  # noqa: E741
    (T,) = D.sizes("T", least=0)
    U = D.size("U", I + T + P - 1)
    i, p, u = D.indices(i=I, p=P, u=U)
    x, w = D.tensor("x", U), D.tensor("w", P)
    shifted = D.define(
        "shifted", (u,), x[u - T] * D.inside(u - T, U), because="x moved down by T rows"
    )
    k = D.indices(k=I + T)[0]
    z = D.define("z", (k,), D.Sum(p, w[p] * x[k + p]), because="the layer on x")
    moved = D.define("moved", (k,), D.Sum(p, w[p] * shifted[k + p]), because="the layer on x moved")
    D.claim(
        "equivariance",
        moved[i + T],
        z[i],
        "the window at i + T of the moved input holds what the window at i held",
    )


def strided_translation(D: Any) -> None:
    """With stride S only a shift by a multiple of S comes out as a shift: S T rows in, T rows out."""
    I, P, S = D.sizes("I P S")  # noqa: E741
    (T,) = D.sizes("T", least=0)
    U = D.size("U", S * (I + T - 1) + P)
    i, p, u = D.indices(i=I, p=P, u=U)
    x, w = D.tensor("x", U), D.tensor("w", P)
    shifted = D.define(
        "shifted", (u,), x[u - S * T] * D.inside(u - S * T, U), because="x moved by S T rows"
    )
    k = D.indices(k=I + T)[0]
    z = D.define("z", (k,), D.Sum(p, w[p] * x[S * k + p]), because="the layer on x")
    moved = D.define("moved", (k,), D.Sum(p, w[p] * shifted[S * k + p]), because="on x moved")
    D.claim("equivariance", moved[i + T], z[i], "S (i + T) - S T = S i")
