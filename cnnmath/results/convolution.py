"""The convolution layer with stride 1 and no padding, as 002 section 5.4 has it, for all sizes."""

from typing import Any


def conv_layer(D: Any) -> None:
    """002 eq. 5.10 and 5.23-5.29, corrected: gradients of a layer with C maps in and O maps out."""
    N, C, O, I, J, P, Q = D.sizes("N C O I J P Q")  # noqa: E741
    U, V = D.size("U", I + P - 1), D.size("V", J + Q - 1)
    n, c, o, i, j, p, q, u, v = D.indices(n=N, c=C, o=O, i=I, j=J, p=P, q=Q, u=U, v=V)
    n1, o1, i1, j1 = (index.prime for index in (n, o, i, j))
    x, w, b = D.tensor("x", N, C, U, V), D.tensor("w", O, C, P, Q), D.tensor("b", O)
    dz = D.tensor("dz", N, O, I, J, tex=r"\mathrm{dz}")
    products = D.Sum((c, p, q), w[o, c, p, q] * x[n, c, i + p, j + q])
    z = D.define("z", (n, o, i, j), b[o] + products)
    E = D.define(
        "E",
        (),
        D.Sum((n1, o1, i1, j1), dz[n1, o1, i1, j1] * z[n1, o1, i1, j1]),
        because="pseudo-loss",
    )[()]
    with D.chain("dw", of=E, wrt=w[o, c, p, q]) as chain:
        slope = D.diff(z[n1, o, i1, j1], w[o, c, p, q])
        chain.line(
            "chain-rule",
            D.Sum((n1, i1, j1), dz[n1, o, i1, j1] * slope),
            because="w[o,c,p,q] is shared: every entry of map o depends on it",
        )
        chain.line(
            "sift",
            D.Sum((n1, i1, j1), dz[n1, o, i1, j1] * x[n1, c, i1 + p, j1 + q]),
            because="in output i', j' the weight w[o,c,p,q] multiplies x[n',c,i'+p,j'+q]",
        )
    with D.chain("db", of=E, wrt=b[o]) as chain:
        slope = D.diff(z[n1, o, i1, j1], b[o])
        chain.line(
            "chain-rule",
            D.Sum((n1, i1, j1), dz[n1, o, i1, j1] * slope),
            because="every entry of map o depends on b[o]",
        )
        chain.line("sift", D.Sum((n1, i1, j1), dz[n1, o, i1, j1]), because="the slope is 1")
    _input_gradient(D, E, dz, z, w, x, (n, c, u, v), (o, i, j, p, q))


def _input_gradient(
    D: Any, E: Any, dz: Any, z: Any, w: Any, x: Any, place: tuple[Any, ...], letters: Any
) -> None:
    n, c, u, v = place
    o, i, j, p, q = letters
    P, Q, I, J = p.size, q.size, i.size, j.size  # noqa: E741
    o1, i1, j1, p1, q1 = (index.prime for index in letters)
    rotated = D.define(
        "rotated",
        (o, c, p, q),
        w[o, c, P - 1 - p, Q - 1 - q],
        tex=r"w^{\circlearrowleft}",
        because="rot180 of each kernel",
    )
    a, e = D.indices(a=I + 2 * P - 2, e=J + 2 * Q - 2)
    inside = D.inside(a - P + 1, I) * D.inside(e - Q + 1, J)
    border = D.define(
        "border",
        (n, o, a, e),
        dz[n, o, a - P + 1, e - Q + 1] * inside,
        tex=r"\overline{\mathrm{dz}}",
        because="dz in a border of P - 1 rows and Q - 1 columns of zeros",
    )
    with D.chain("dx", of=E, wrt=x[n, c, u, v]) as chain:
        slope = D.diff(z[n, o1, i1, j1], x[n, c, u, v])
        chain.line(
            "chain-rule",
            D.Sum((o1, i1, j1), dz[n, o1, i1, j1] * slope),
            because="every map o' and every place i', j' may depend on x[n,c,u,v]",
        )
        seen = D.inside(u - i1, P) * D.inside(v - j1, Q)
        chain.line(
            "sift",
            D.Sum((o1, i1, j1), dz[n, o1, i1, j1] * w[o1, c, u - i1, v - j1] * seen),
            because="output i', j' sees x[n,c,u,v] through p = u - i', q = v - j', if that is in the kernel",
        )
        back = D.inside(u - p1, I) * D.inside(v - q1, J)
        chain.line(
            "reflect",
            D.Sum((o1, p1, q1), w[o1, c, p1, q1] * dz[n, o1, u - p1, v - q1] * back),
            because="sum over the kernel instead: i' = u - p', j' = v - q'",
        )
        chain.line(
            "full-correlation",
            D.Sum((o1, p1, q1), rotated[o1, c, p1, q1] * border[n, o1, u + p1, v + q1]),
            because="p' becomes P - 1 - p': the kernel turned by 180 degrees slides over dz in a border",
        )


def conv_strided_input(D: Any) -> None:
    """dx for every stride, padding, dilation and remainder: a full correlation of the rotated kernel
    with dz between whose entries S - 1 zeros are put."""
    N, C, O, I, J, P, Q = D.sizes("N C O I J P Q")  # noqa: E741
    (S1, S2), (G1, G2) = D.sizes("S1 S2"), D.sizes("G1 G2")
    Z1, Z2 = D.sizes("Z1 Z2", least=0)
    (R1,), (R2,) = D.sizes("R1", least=0, below=S1), D.sizes("R2", least=0, below=S2)
    U = D.size("U", (I - 1) * S1 + G1 * (P - 1) + 1 + R1 - 2 * Z1)
    V = D.size("V", (J - 1) * S2 + G2 * (Q - 1) + 1 + R2 - 2 * Z2)
    n, c, o, i, j, p, q, u, v = D.indices(n=N, c=C, o=O, i=I, j=J, p=P, q=Q, u=U, v=V)
    o1, i1, j1, p1, q1 = (index.prime for index in (o, i, j, p, q))
    w, dz = D.tensor("w", O, C, P, Q), D.tensor("dz", N, O, I, J, tex=r"\mathrm{dz}")
    meets = D.delta(S1 * i1 + G1 * p1 - Z1, u) * D.delta(S2 * j1 + G2 * q1 - Z2, v)
    dx = D.define(
        "gradient",
        (n, c, u, v),
        D.Sum((o1, i1, j1, p1, q1), dz[n, o1, i1, j1] * w[o1, c, p1, q1] * meets),
        tex=r"\mathrm{dx}",
        because="proven in conv2d.dx",
    )
    H, W = D.size("H", S1 * (I - 1) + 1), D.size("W", S2 * (J - 1) + 1)
    a, e = D.indices(a=H, e=W)
    spread = D.define(
        "spread",
        (n, o, a, e),
        D.Sum((i1, j1), dz[n, o, i1, j1] * D.delta(a, S1 * i1) * D.delta(e, S2 * j1)),
        tex=r"\mathrm{dz}^{S}",
        because="S - 1 zeros between the entries of dz",
    )
    rotated = D.define(
        "rotated",
        (o, c, p, q),
        w[o, c, P - 1 - p, Q - 1 - q],
        tex=r"w^{\circlearrowleft}",
        because="rot180 of each kernel",
    )
    m, k = D.indices(m=U + G1 * (P - 1), k=V + G2 * (Q - 1))
    above, left = m - G1 * (P - 1) + Z1, k - G2 * (Q - 1) + Z2
    border = D.define(
        "border",
        (n, o, m, k),
        spread[n, o, above, left] * D.inside(above, H) * D.inside(left, W),
        tex=r"\overline{\mathrm{dz}^{S}}",
        because="G (P - 1) - Z rows of zeros before it (cut off there if Z is larger), as many as fit behind",
    )
    with D.chain("dx", of=dx[n, c, u, v]) as chain:
        row, column = u + Z1 - G1 * p1, v + Z2 - G2 * q1
        chain.line(
            "spread",
            D.Sum(
                (o1, p1, q1),
                w[o1, c, p1, q1]
                * spread[n, o1, row, column]
                * D.inside(row, H)
                * D.inside(column, W),
            ),
            because="u + Z - G p' is a multiple of S, or the entry of the spread dz is 0",
        )
        chain.line(
            "full-correlation",
            D.Sum((o1, p1, q1), rotated[o1, c, p1, q1] * border[n, o1, u + G1 * p1, v + G2 * q1]),
            because="p' becomes P - 1 - p'; rows and columns that no window reaches get 0",
        )
