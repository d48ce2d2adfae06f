"""How often an entry of the image stands in the patch matrix.  Source: 002 section 6.2.2."""

from typing import Any


def patch_copies(D: Any) -> None:
    """Stride 1, windows of P x Q, at least as many of them in a row: once in a corner, P Q times inside."""
    P, Q, H, W = D.sizes("P Q H W")
    I, J = D.size("I", P + H - 1), D.size("J", Q + W - 1)  # noqa: E741
    U, V = D.size("U", I + P - 1), D.size("V", J + Q - 1)
    i, j, p, q, u, v, h, k = D.indices(i=I, j=J, p=P, q=Q, u=U, v=V, h=H, k=W)
    copies = D.define(
        "copies",
        (u, v),
        D.Sum((i, j, p, q), D.delta(i + p, u) * D.delta(j + q, v)),
        because="the windows that see u, v",
    )
    inner, across = h + P - 1, k + Q - 1
    D.claim(
        "interior", copies[inner, across], P * Q, "P - 1 rows and Q - 1 columns from the border"
    )
    D.claim("edge", copies[0, across], Q, "in the first row only the first kernel row can be")
    D.claim("corner", copies[0, 0], 1, "only the first window sees the first entry")
    D.claim("last_corner", copies[U - 1, V - 1], 1, "only the last window sees the last entry")
    D.claim(
        "total",
        D.Sum((u, v), copies[u, v]),
        I * J * P * Q,
        "as many as the patch matrix has entries",
    )


def windows_apart(D: Any) -> None:
    """Stride S at least the size of the window: no entry is copied twice.

    A window of P < S rows is one of S rows whose last S - P have the weight 0.
    """
    I, J, S1, S2 = D.sizes("I J S1 S2")  # noqa: E741
    U, V = D.size("U", S1 * I), D.size("V", S2 * J)
    i, j, p, q, u, v = D.indices(i=I, j=J, p=S1, q=S2, u=U, v=V)
    seen = D.tensor("seen", S1, S2)
    i1, j1 = D.floor(u, S1), D.floor(v, S2)
    D.claim(
        "once",
        D.Sum((i, j, p, q), seen[p, q] * D.delta(S1 * i + p, u) * D.delta(S2 * j + q, v)),
        seen[u - S1 * i1, v - S2 * j1],
        "of all windows only floor(u/S), floor(v/S) can see u, v, at one place: once, or not at all",
    )
