"""MATLAB's kron: with ones on the right it copies each entry to a block, with ones on the left it tiles.

Source: 000 section 3.4.
"""

from typing import Any


def kronecker(D: Any) -> None:
    """kron(x, k)[P i + p, Q j + q] = x[i,j] k[p,q]; x is (I, J), the other factor (P, Q)."""
    I, J, P, Q = D.sizes("I J P Q")  # noqa: E741
    U, V = D.size("U", P * I), D.size("V", Q * J)
    i, j, p, q, u, v = D.indices(i=I, j=J, p=P, q=Q, u=U, v=V)
    x, k = D.tensor("x", I, J), D.tensor("k", P, Q)
    by_block = D.delta(u, P * i + p) * D.delta(v, Q * j + q)
    by_tile = D.delta(u, I * p + i) * D.delta(v, J * q + j)
    kron = D.define(
        "kron",
        (u, v),
        D.Sum((i, j, p, q), x[i, j] * k[p, q] * by_block),
        tex=r"\mathrm{kron}(x, k)",
        because="kron(x, k): x[i,j] times all of k, in block i, j",
    )
    up = D.define(
        "up",
        (u, v),
        D.Sum((i, j, p, q), x[i, j] * by_block),
        tex=r"\mathrm{kron}(x, \mathbf{1})",
        because="kron(x, ones(P, Q))",
    )
    tiled = D.define(
        "tiled",
        (u, v),
        D.Sum((i, j, p, q), x[i, j] * by_tile),
        tex=r"\mathrm{kron}(\mathbf{1}, x)",
        because="kron(ones(P, Q), x): 1 times all of x, P times Q of them",
    )
    D.claim("block", kron[P * i + p, Q * j + q], x[i, j] * k[p, q], "division with remainder")
    D.claim(
        "up",
        up[u, v],
        x[D.floor(u, P), D.floor(v, Q)],
        "block floor(u/P), floor(v/Q) contains u, v: this is upsample2d",
    )
    D.claim(
        "tiles",
        tiled[I * p + i, J * q + j],
        x[i, j],
        "the remainder of u by I: the whole map again and again",
    )
