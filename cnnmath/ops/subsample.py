"""Trainable subsampling of document 000: block sums, scaled and shifted per map; and its adjoint.

z[n,c,i,j] = beta[c] sum_{p,q} x[n,c, P i + p, Q j + q] + b[c];  up(x)[n,c,u,v] = x[n,c, u // P, v // Q].
Source: 000 section 3.1.1, 3.2 (bouvrie-3.2-b, bouvrie-3.1.1-d).  Chapter 04.
"""

from functools import partial
from typing import Any

import numpy as np

from cnnmath.ops.arrays import ShapeError, check, cotangent
from cnnmath.ops.record import Case, Op
from cnnmath.ops.windows import pair

AXES = {"x": "n c u v", "beta": "c", "b": "c"}


def subsample2d(x: Any, beta: Any, b: Any, size: Any, *, crop: bool = False) -> Any:
    """Block sums times a trainable factor plus a trainable bias, per map, and the backward function.

    z[n,c,i,j] = beta[c] down(x)[n,c,i,j] + b[c], down(x)[n,c,i,j] = sum_{p,q} x[n,c, P i + p, Q j + q];
    x (n, c, u, v), beta (c,), b (c,) -> z (n, c, i, j), U = P I. ``size`` is P or (P, Q). The activation
    is a layer of its own. Rows that fill no block are an error, or left out with ``crop=True`` (which is
    what sampling a valid convolution with ones does: 000 section 3.4).
    ``backward(dz)`` returns ``(dx, dbeta, db)``: dx = beta up(dz), dbeta = sum dz down(x), db = sum dz.
    NaN and infinity propagate. Raises ShapeError (ranks, maps, blocks), ValueError (size), TypeError.
    Source: 000 section 3.2, 3.2.1 (formulas reconstructed).
    """
    check("subsample2d", AXES, x=x, beta=beta, b=b)
    size = pair("subsample2d", "size", size, 1)
    down = _blocks("subsample2d", x, size, crop).sum(axis=(3, 5))
    z = beta[:, None, None] * down + b[:, None, None]

    def backward(dz: Any) -> tuple[Any, Any, Any]:
        dz = cotangent("subsample2d.backward", "dz", dz, z.shape, x.dtype)
        dx = np.zeros(x.shape, x.dtype)
        P, Q = size
        dx[:, :, : P * z.shape[2], : Q * z.shape[3]] = _copied(beta[:, None, None] * dz, size)
        return dx, (dz * down).sum(axis=(0, 2, 3)), dz.sum(axis=(0, 2, 3))

    return z, backward


def upsample2d(x: Any, size: Any) -> Any:
    """Each entry copied to a block of P x Q: the Kronecker product with ones; and the backward function.

    y[n,c,u,v] = x[n,c, u // P, v // Q]; x (n, c, i, j) -> y (n, c, P i, Q j). ``size`` is P or (P, Q).
    ``backward(dy)`` returns ``(dx,)``: the sum over each block.
    Raises ShapeError, ValueError (size), TypeError. Source: 000 section 3.1.1.
    """
    check("upsample2d", {"x": "n c i j"}, x=x)
    size = pair("upsample2d", "size", size, 1)
    y = _copied(x, size)

    def backward(dy: Any) -> tuple[Any]:
        dy = cotangent("upsample2d.backward", "dy", dy, y.shape, x.dtype)
        return (_blocks("upsample2d.backward", dy, size, crop=False).sum(axis=(3, 5)),)

    return y, backward


def _blocks(op: str, x: Any, size: tuple[int, int], crop: bool) -> Any:
    """x as (n, c, i, p, j, q): entry p, q of block i, j."""
    (P, Q), (U, V) = size, x.shape[2:]
    for axis, extent, block in (("u", U, P), ("v", V, Q)):
        if extent < block or (extent % block and not crop):
            raise ShapeError(
                f"{op}: axis {axis} of x is {extent}, no whole number of blocks of {block}"
                + ("" if extent < block else f"; crop=True leaves the last {extent % block} out")
            )
    rows, columns = U // P, V // Q
    cut = x[:, :, : P * rows, : Q * columns]
    return cut.reshape(*x.shape[:2], rows, P, columns, Q)


def _copied(x: Any, size: tuple[int, int]) -> Any:
    return x.repeat(size[0], axis=2).repeat(size[1], axis=3)


def subsample2d_derivation(D: Any, crop: bool) -> None:
    """Gradients of the block sum; with ``crop`` R rows and columns at the far border fill no block."""
    N, C, I, J, P, Q = D.sizes("N C I J P Q")  # noqa: E741
    R1 = R2 = 0
    if crop:
        (R1,), (R2,) = D.sizes("R1", least=0, below=P), D.sizes("R2", least=0, below=Q)
    U, V = D.size("U", P * I + R1), D.size("V", Q * J + R2)
    n, c, i, j, p, q, u, v = D.indices(n=N, c=C, i=I, j=J, p=P, q=Q, u=U, v=V)
    n1, c1, i1, j1 = (index.prime for index in (n, c, i, j))
    x, beta, b = D.tensor("x", N, C, U, V), D.tensor("beta", C, tex=r"\beta"), D.tensor("b", C)
    dz = D.tensor("dz", N, C, I, J, tex=r"\mathrm{dz}")
    down = D.define(
        "down",
        (n, c, i, j),
        D.Sum((p, q), x[n, c, P * i + p, Q * j + q]),
        tex=r"\mathrm{down}",
        because="the sum over block i, j",
    )
    z = D.define("z", (n, c, i, j), beta[c] * down[n, c, i, j] + b[c])
    E = D.define(
        "E",
        (),
        D.Sum((n1, c1, i1, j1), dz[n1, c1, i1, j1] * z[n1, c1, i1, j1]),
        because="pseudo-loss",
    )[()]
    dbeta = D.Sum((n1, i1, j1), dz[n1, c, i1, j1] * down[n1, c, i1, j1])
    db = D.Sum((n1, i1, j1), dz[n1, c, i1, j1])
    block = dz[n, c, D.floor(u, P), D.floor(v, Q)]
    dx = beta[c] * block
    if crop:
        dx = dx * D.inside(u, P * I) * D.inside(v, Q * J)
    with D.chain("dx", of=E, wrt=x[n, c, u, v]) as chain:
        seen = D.inside(u - P * i1, P) * D.inside(v - Q * j1, Q)
        chain.line(
            "blocks",
            beta[c] * D.Sum((i1, j1), dz[n, c, i1, j1] * seen),
            because="x[n,c,u,v] counts in block i', j' if 0 <= u - P i' < P and 0 <= v - Q j' < Q",
        )
        chain.line("up", dx, because="exactly one block: dz copied to it, times beta")
    with D.chain("dbeta", of=E, wrt=beta[c]) as chain:
        chain.line("sift", dbeta, because="beta[c] multiplies the block sums of map c")
    with D.chain("db", of=E, wrt=b[c]) as chain:
        slope = D.diff(z[n1, c1, i1, j1], b[c])
        chain.line(
            "chain-rule",
            D.Sum((n1, c1, i1, j1), dz[n1, c1, i1, j1] * slope),
            because="through every entry of z",
        )
        chain.line("sift", db, because="b[c] is added to every entry of map c")
    D.returns(z, upstream=dz)
    D.concludes(dx=(x[n, c, u, v], dx), dbeta=(beta[c], dbeta), db=(b[c], db))


def upsample2d_derivation(D: Any) -> None:
    """up is the adjoint of down: its gradient is the block sum."""
    N, C, I, J, P, Q = D.sizes("N C I J P Q")  # noqa: E741
    U, V = D.size("U", P * I), D.size("V", Q * J)
    n, c, i, j, p, q, u, v = D.indices(n=N, c=C, i=I, j=J, p=P, q=Q, u=U, v=V)
    n1, c1, i1, j1, p1, q1, u1, v1 = (index.prime for index in (n, c, i, j, p, q, u, v))
    x, dy = D.tensor("x", N, C, I, J), D.tensor("dy", N, C, U, V, tex=r"\mathrm{dy}")
    y = D.define("y", (n, c, u, v), x[n, c, D.floor(u, P), D.floor(v, Q)], tex=r"\mathrm{up}")
    copies = D.Sum(
        (i1, j1, p1, q1), x[n, c, i1, j1] * D.delta(u, P * i1 + p1) * D.delta(v, Q * j1 + q1)
    )
    D.claim(
        "kronecker",
        y[n, c, u, v],
        copies,
        "the Kronecker product with a block of ones, written out",
    )
    D.claim(
        "block",
        y[n, c, P * i + p, Q * j + q],
        x[n, c, i, j],
        "block i, j holds copies of x[n,c,i,j]",
    )
    E = D.define(
        "E",
        (),
        D.Sum((n1, c1, u1, v1), dy[n1, c1, u1, v1] * y[n1, c1, u1, v1]),
        because="pseudo-loss",
    )[()]
    dx = D.Sum((p1, q1), dy[n, c, P * i + p1, Q * j + q1])
    here = D.delta(D.floor(u1, P), i) * D.delta(D.floor(v1, Q), j)
    with D.chain("dx", of=E, wrt=x[n, c, i, j]) as chain:
        chain.line(
            "copies",
            D.Sum((u1, v1), dy[n, c, u1, v1] * here),
            because="row u' is a copy of row i if floor(u'/P) = i",
        )
        chain.line(
            "down", dx, because="the copies of x[n,c,i,j] fill block i, j: their gradients add up"
        )
    D.returns(y, upstream=dy)
    D.concludes(dx=(x[n, c, i, j], dx))


_BLOCKS = {"N": 1, "C": 1, "I": 1, "J": 1, "P": 1, "Q": 1}

SUBSAMPLE2D = Op(
    subsample2d,
    AXES,
    cases=(
        Case(partial(subsample2d_derivation, crop=False), options={"size": ("P", "Q")}),
        Case(
            partial(subsample2d_derivation, crop=True),
            "crop",
            {"size": ("P", "Q"), "crop": True},
        ),
    ),
    sizes=(
        {**_BLOCKS, "R1": 0, "R2": 0},
        {"N": 2, "C": 2, "I": 2, "J": 1, "P": 2, "Q": 3, "R1": 0, "R2": 0},
        {"N": 1, "C": 1, "I": 1, "J": 2, "P": 3, "Q": 2, "R1": 2, "R2": 1},
    ),
    kinks=None,
    source="bouvrie-3.2-b",
)

UPSAMPLE2D = Op(
    upsample2d,
    {"x": "n c i j"},
    cases=(Case(upsample2d_derivation, options={"size": ("P", "Q")}),),
    sizes=(_BLOCKS, {"N": 2, "C": 2, "I": 2, "J": 1, "P": 2, "Q": 3}),
    kinks=None,
    source="bouvrie-3.1.1-d",
)
