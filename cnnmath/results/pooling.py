"""Pooling: what backward does to the sum of the gradients, and the forms without overlap."""

from typing import Any


def mean_pool_blocks(D: Any) -> None:
    """Blocks of P x Q that tile the maps: each entry gets its block's gradient divided by P Q."""
    I, J, P, Q = D.sizes("I J P Q")  # noqa: E741
    i, j, p, q, u, v = D.indices(i=I, j=J, p=P, q=Q, u=P * I, v=Q * J)
    i1, j1 = i.prime, j.prime
    x, dy = D.tensor("x", P * I, Q * J), D.tensor("dy", I, J, tex=r"\mathrm{dy}")
    y = D.define("y", (i, j), 1 / (P * Q) * D.Sum((p, q), x[P * i + p, Q * j + q]))
    E = D.define("E", (), D.Sum((i1, j1), dy[i1, j1] * y[i1, j1]), because="pseudo-loss")[()]
    seen = D.inside(u - P * i1, P) * D.inside(v - Q * j1, Q)
    with D.chain("dx", of=E, wrt=x[u, v]) as chain:
        chain.line(
            "blocks",
            1 / (P * Q) * D.Sum((i1, j1), dy[i1, j1] * seen),
            because="block i', j' contains u, v if 0 <= u - P i' < P and 0 <= v - Q j' < Q",
        )
        chain.line(
            "floor",
            1 / (P * Q) * dy[D.floor(u, P), D.floor(v, Q)],
            because="exactly one block does: division with remainder",
        )
    slope = D.define(
        "slope",
        (u, v),
        1 / (P * Q) * dy[D.floor(u, P), D.floor(v, Q)],
        tex=r"\mathrm{dx}",
        because="this gradient",
    )
    with D.chain("total", of=D.Sum((i, j, p, q), slope[P * i + p, Q * j + q])) as chain:
        chain.line(
            "blocks",
            D.Sum((i, j, p, q), 1 / (P * Q) * dy[i, j]),
            because="entry P i + p lies in block i",
        )
        chain.line("count", D.Sum((i, j), dy[i, j]), because="P Q equal shares: the sum is kept")


def sum_pool_blocks(D: Any) -> None:
    """Copying the gradient to the whole block, as sum pooling does, multiplies its sum by P Q."""
    I, J, P, Q = D.sizes("I J P Q")  # noqa: E741
    i, j, p, q, u, v = D.indices(i=I, j=J, p=P, q=Q, u=P * I, v=Q * J)
    dy = D.tensor("dy", I, J, tex=r"\mathrm{dy}")
    copied = D.define(
        "copied",
        (u, v),
        dy[D.floor(u, P), D.floor(v, Q)],
        tex=r"\mathrm{up}(\mathrm{dy})",
        because="each entry of dy copied to its block",
    )
    with D.chain("total", of=D.Sum((i, j, p, q), copied[P * i + p, Q * j + q])) as chain:
        chain.line("blocks", D.Sum((i, j, p, q), dy[i, j]), because="entry P i + p lies in block i")
        chain.line("count", P * Q * D.Sum((i, j), dy[i, j]), because="P Q copies of each")


def max_pool_blocks(D: Any) -> None:
    """Max pooling without padding: the largest entry of each window, and where its gradient goes."""
    I, J, P, Q, S1, S2 = D.sizes("I J P Q S1 S2")  # noqa: E741
    U, V = D.size("U", S1 * (I - 1) + P), D.size("V", S2 * (J - 1) + Q)
    i, j, p, q, u, v = D.indices(i=I, j=J, p=P, q=Q, u=U, v=V)
    i1, j1, p1, q1 = (index.prime for index in (i, j, p, q))
    x, dy = D.tensor("x", U, V), D.tensor("dy", I, J, tex=r"\mathrm{dy}")
    window = D.define(
        "window",
        (i, j, p, q),
        x[S1 * i + p, S2 * j + q],
        because="what it sees",
        tex=r"\mathrm{window}",
    )
    r = D.routing("r", window, 2)
    largest = D.Max(p, D.Max(q, x[S1 * i + p, S2 * j + q]))
    y = D.define("y", (i, j), D.Sum((p, q), r[i, j, p, q] * x[S1 * i + p, S2 * j + q]))
    D.claim(
        "routed",
        y[i, j],
        largest,
        "r is 1 at the first largest entry of the window and 0 elsewhere",
        accept="EXACT",
    )
    E = D.define("E", (), D.Sum((i1, j1), dy[i1, j1] * y[i1, j1]), because="pseudo-loss")[()]
    P1, Q1 = u - S1 * i1, v - S2 * j1
    seen = D.inside(P1, P) * D.inside(Q1, Q)
    with D.chain("dx", of=E, wrt=x[u, v]) as chain:
        chain.line(
            "routing",
            D.Sum((i1, j1), dy[i1, j1] * r[i1, j1, P1, Q1] * seen),
            because="every window that has its maximum at u, v adds its gradient",
        )
    slope = D.define(
        "slope",
        (u, v),
        D.Sum((i1, j1), dy[i1, j1] * r[i1, j1, P1, Q1] * seen),
        tex=r"\mathrm{dx}",
        because="this gradient",
    )
    with D.chain("total", of=D.Sum((u, v), slope[u, v])) as chain:
        chain.line(
            "windows",
            D.Sum((i1, j1, p1, q1), dy[i1, j1] * r[i1, j1, p1, q1]),
            because="sum over the places in each window instead of those in the map",
        )
        chain.line(
            "one-each",
            D.Sum((i1, j1), dy[i1, j1]),
            because="each window routes to one place: the sum is kept",
        )


def larger_of_two(D: Any) -> None:
    """002 eq. 5.30-5.34: z = max(x, y) with ties to x, and its two derivatives."""
    x, y, dz = D.scalar("x"), D.scalar("y"), D.scalar("dz", tex=r"\mathrm{dz}")
    z = D.define(
        "z",
        (),
        (1 - D.step(y - x)) * x + D.step(y - x) * y,
        because="1{x >= y} = 1 - 1{y > x}: ties go to x",
    )[()]
    with D.chain("dx", of=dz * z, wrt=x) as chain:
        chain.line("chain-rule", dz * D.diff(z, x), because="chain rule")
        chain.line("router", dz * (1 - D.step(y - x)), because="x is passed on where it is largest")
    with D.chain("dy", of=dz * z, wrt=y) as chain:
        chain.line("chain-rule", dz * D.diff(z, y), because="chain rule")
        chain.line("router", dz * D.step(y - x), because="y is passed on where it is larger")
