"""What 002 chapter 5 says beside its gradients: whole windows, strides, sizes, connections, relu."""

from typing import Any

from cnnmath.ops.window_letters import declare_windows


def whole_window(D: Any) -> None:
    """002 5.2.4: a fully connected layer on maps is a convolution whose kernels are as large as the maps."""
    N, C, K, U, V = D.sizes("N C K U V")
    I, J = D.size("I", U - U + 1), D.size("J", V - V + 1)  # noqa: E741
    n, c, k, u, v, i, j = D.indices(n=N, c=C, k=K, u=U, v=V, i=I, j=J)
    x, w, b = D.tensor("x", N, C, U, V), D.tensor("w", K, C, U, V), D.tensor("b", K)
    z = D.define(
        "z",
        (n, k, i, j),
        D.Sum((u, v, c), x[n, c, i + u, j + v] * w[k, c, u, v]) + b[k],
        because="convolution with kernels of U x V: I = U - U + 1 = 1, one place",
    )
    D.claim(
        "dense",
        z[n, k, 0, 0],
        D.Sum((u, v, c), x[n, c, u, v] * w[k, c, u, v]) + b[k],
        "the only window sees all of x",
    )


def unit_stride(D: Any) -> None:
    """002 eq. 5.10-5.13: stride 1 in 5.13 is 5.10, and each kernel takes P - 1 rows away."""
    N, C, O, I, J, P, Q = D.sizes("N C O I J P Q")  # noqa: E741
    S = D.size("S", 1)
    U, V = D.size("U", (I - 1) * S + P), D.size("V", (J - 1) * S + Q)
    n, c, o, i, j, p, q = D.indices(n=N, c=C, o=O, i=I, j=J, p=P, q=Q)
    x, w, b = D.tensor("x", N, C, U, V), D.tensor("w", O, C, P, Q), D.tensor("b", O)
    z = D.define(
        "z",
        (n, o, i, j),
        D.Sum((p, q, c), x[n, c, i * S + p, j * S + q] * w[o, c, p, q]) + b[o],
        because="the formula with a stride (5.13)",
    )
    D.claim(
        "special-case",
        z[n, o, i, j],
        D.Sum((p, q, c), x[n, c, i + p, j + q] * w[o, c, p, q]) + b[o],
        "S = 1",
    )
    D.claim("rows", D.floor(U - P, S) + 1, U - P + 1, "nothing is rounded away")
    D.claim("count", U - P + 1, I, "as many as there are windows")


def window_size(D: Any) -> None:
    """002 eq. 5.14, 5.15: the number of windows, and when the division needs no floor."""
    I, P, S = D.sizes("I P S")  # noqa: E741
    (Z,) = D.sizes("Z", least=0)
    (R,) = D.sizes("R", least=0, below=S)
    U = D.size("U", (I - 1) * S + P + R - 2 * Z)
    D.claim("floor", D.floor(U - P + 2 * Z, S) + 1, I, "U - P + 2 Z = (I - 1) S + R with R < S")
    D.claim(
        "exact",
        (U - P + 2 * Z) / S + 1,
        I + R / S,
        "as printed: right if and only if no row is left over, R = 0",
    )


def kept_size(D: Any) -> None:
    """002 eq. 5.16-5.19: stride 1 keeps the size if P - 1 rows are added in all, A before and B behind."""
    (U,) = D.sizes("U")
    A, B = D.sizes("A B", least=0)
    P = D.size("P", A + B + 1)
    D.claim("any", D.floor(U + A + B - P, 1) + 1, U, "what the kernel takes away was added before")


def larger_stride(D: Any) -> None:
    """002 5.2.1: a larger stride never gives a larger map."""
    P, S, T = D.sizes("P S T")
    (A,) = D.sizes("A", least=0)
    U = D.size("U", P + A)
    D.claim(
        "smaller",
        D.inside(D.floor(U - P, S + T), D.floor(U - P, S) + 1),
        1,
        "with stride S + T there are at most as many windows after the first as with S",
    )
    D.claim(
        "one",
        D.floor(U - P, U - P + 1) + 1,
        1,
        "a stride longer than what the first window leaves: no second window",
    )


def strided_layer(D: Any) -> None:
    """002 eq. 5.13 with the padding of 5.14 written out."""
    sizes, x, xp, row, column = declare_windows(D, "C O", dilated=False)
    O, U, V = (sizes[name] for name in "OUV")  # noqa: E741
    I, J, P, Q = (sizes[name] for name in "IJPQ")  # noqa: E741
    n, c = D.letter("n"), D.letter("c")
    o, i, j, p, q = D.indices(o=O, i=I, j=J, p=P, q=Q)
    w, b = D.tensor("w", O, sizes["C"], P, Q), D.tensor("b", O)
    z = D.define(
        "z",
        (n, o, i, j),
        D.Sum((p, q, c), xp[n, c, row(i, p), column(j, q)] * w[o, c, p, q]) + b[o],
        because="the layer on the padded input",
    )
    seen_row, seen_column = row(i, p) - sizes["Z1"], column(j, q) - sizes["Z2"]
    inside = D.inside(seen_row, U) * D.inside(seen_column, V)
    D.claim(
        "padded",
        z[n, o, i, j],
        D.Sum((p, q, c), x[n, c, seen_row, seen_column] * w[o, c, p, q] * inside) + b[o],
        "row S i + p of the padded input is row S i + p - Z of x, or 0",
    )


def strided_gradient(D: Any) -> None:
    """002 eq. 5.29 for any stride and padding: window by window, and what no window reaches."""
    C, O, I, J, P, Q = D.sizes("C O I J P Q")  # noqa: E741
    S1, S2 = D.sizes("S1 S2")
    Z1, Z2 = D.sizes("Z1 Z2", least=0)
    (R1,), (R2,) = D.sizes("R1", least=0, below=S1), D.sizes("R2", least=0, below=S2)
    U = D.size("U", (I - 1) * S1 + P + R1 - 2 * Z1)
    V = D.size("V", (J - 1) * S2 + Q + R2 - 2 * Z2)
    c, o, i, j, p, q, u, v, r = D.indices(c=C, o=O, i=I, j=J, p=P, q=Q, u=U, v=V, r=R1)
    w, dz = D.tensor("w", O, C, P, Q), D.tensor("dz", O, I, J, tex=r"\mathrm{dz}")
    meets = D.delta(S1 * i + p - Z1, u) * D.delta(S2 * j + q - Z2, v)
    dx = D.define(
        "dx",
        (c, u, v),
        D.Sum((o, i, j, p, q), dz[o, i, j] * w[o, c, p, q] * meets),
        tex=r"\mathrm{dx}",
        because="proven in conv2d.dx",
    )
    row, column = u + Z1 - S1 * i, v + Z2 - S2 * j
    D.claim(
        "windows",
        dx[c, u, v],
        D.Sum(
            (o, i, j), dz[o, i, j] * w[o, c, row, column] * D.inside(row, P) * D.inside(column, Q)
        ),
        "window i, j of every map sees u, v through p = u + Z - S i, q = v + Z - S j, if at all",
    )
    last = S1 * (I - 1) + P + r - S1 * i
    D.claim(
        "left-over",
        D.Sum(
            (o, i, j), dz[o, i, j] * w[o, c, last, column] * D.inside(last, P) * D.inside(column, Q)
        ),
        0,
        "the R rows after the last window, u + Z = S (I - 1) + P + r, get nothing",
    )


def connections(D: Any) -> None:
    """002 5.2.1: how many connections and parameters a layer has, full, local and shared."""
    C, O, I, J, P, Q = D.sizes("C O I J P Q")  # noqa: E741
    S1, S2 = D.sizes("S1 S2")
    (R1,), (R2,) = D.sizes("R1", least=0, below=S1), D.sizes("R2", least=0, below=S2)
    U, V = D.size("U", (I - 1) * S1 + P + R1), D.size("V", (J - 1) * S2 + Q + R2)
    o, i, j, c, u, v = D.indices(o=O, i=I, j=J, c=C, u=U, v=V)
    p, q = D.indices(p=P, q=Q)
    sees = D.inside(u - S1 * i, P) * D.inside(v - S2 * j, Q)
    D.claim(
        "full",
        D.Sum((o, i, j), D.Sum((c, u, v), 1) + 1),
        I * J * O * (U * V * C + 1),
        "every unit has a weight for each entry of the input, and a bias",
    )
    D.claim(
        "field",
        D.Sum((c, u, v), sees),
        P * Q * C,
        "the field of unit o, i, j: P x Q places, all C maps",
    )
    D.claim(
        "local",
        D.Sum((o, i, j), D.Sum((c, u, v), sees) + 1),
        I * J * O * (P * Q * C + 1),
        "a weight for each entry of the field only",
    )
    D.claim(
        "shared",
        D.Sum(o, D.Sum((c, p, q), 1) + 1),
        (P * Q * C + 1) * O,
        "the same weights and bias at every place: I J times fewer",
    )


def relu_on_maps(D: Any) -> None:
    """002 5.2.3, 5.4: relu on maps, entry by entry, and the mask that goes backward."""
    N, C, U, V = D.sizes("N C U V")
    n, c, u, v = D.indices(n=N, c=C, u=U, v=V)
    n1, c1, u1, v1 = (index.prime for index in (n, c, u, v))
    x, dy = D.tensor("x", N, C, U, V), D.tensor("dy", N, C, U, V, tex=r"\mathrm{dy}")
    y = D.define("y", (n, c, u, v), D.step(x[n, c, u, v]) * x[n, c, u, v], because="max(0, x)")
    E = D.define(
        "E",
        (),
        D.Sum((n1, c1, u1, v1), dy[n1, c1, u1, v1] * y[n1, c1, u1, v1]),
        because="pseudo-loss",
    )[()]
    with D.chain("dx", of=E, wrt=x[n, c, u, v]) as chain:
        chain.line(
            "mask",
            D.step(x[n, c, u, v]) * dy[n, c, u, v],
            because="x[n,c,u,v] has one output, of slope 1{x > 0}",
        )
