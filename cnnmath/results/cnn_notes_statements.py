"""What the notes of documents 000, 001 and 003 say of convolution layers, for all sizes."""

from typing import Any


def shared_weights(D: Any) -> None:
    """000 section 3.1.1, 003 question 8: a shared weight gets the gradients of all its connections.

    v is a layer in which every place has weights of its own; the convolution is v with the kernel k
    copied to every place.
    """
    I, J, P, Q = D.sizes("I J P Q")  # noqa: E741
    i, j, p, q = D.indices(i=I, j=J, p=P, q=Q)
    i1, j1 = i.prime, j.prime
    x, k = D.tensor("x", I + P - 1, J + Q - 1), D.tensor("k", P, Q)
    v, dz = D.tensor("v", I, J, P, Q), D.tensor("dz", I, J, tex=r"\delta")
    z = D.define(
        "z",
        (i, j),
        D.Sum((p, q), v[i, j, p, q] * x[i + p, j + q]),
        because="each connection has its own weight",
    )
    E = D.define("E", (), D.Sum((i1, j1), dz[i1, j1] * z[i1, j1]), because="pseudo-loss")[()]
    share = D.define(
        "share",
        (i, j, p, q),
        dz[i, j] * x[i + p, j + q],
        tex=r"\mathrm{dv}",
        because="this gradient, of one connection",
    )
    with D.chain("dv", of=E, wrt=v[i, j, p, q]) as chain:
        chain.line("connection", share[i, j, p, q], because="delta of its output times its input")
    copied = D.define("copied", (i, j, p, q), k[p, q], because="one kernel for all places")
    with D.chain("dk", of=D.at(E, (v, copied)), wrt=k[p, q]) as chain:
        chain.line(
            "connections",
            D.Sum((i1, j1), share[i1, j1, p, q]),
            because="the gradients of all connections that use k[p,q], added up",
        )
        chain.line(
            "patches",
            D.Sum((i1, j1), dz[i1, j1] * x[i1 + p, j1 + q]),
            because="connection i', j', p, q has the input x[i'+p,j'+q]",
        )


def shared_connections(D: Any) -> None:
    """000 section 1: a layer of C maps in and O maps of I x J out has I J connections per weight."""
    C, O, I, J, P, Q = D.sizes("C O I J P Q")  # noqa: E741
    c, o, i, j, p, q = D.indices(c=C, o=O, i=I, j=J, p=P, q=Q)
    with D.chain("connections", of=D.Sum((o, i, j), 1 + D.Sum((c, p, q), 1))) as chain:
        chain.line(
            "count",
            I * J * (O * (C * P * Q + 1)),
            because="each of the O (C P Q + 1) weights and biases is used at every place",
        )


def selected_maps(D: Any) -> None:
    """000 section 3.1: output map m from the input maps c in M_m, chosen by a table of zeros and ones."""
    M, C, I, J, P, Q = D.sizes("M C I J P Q")  # noqa: E741
    m, c, i, j, p, q = D.indices(m=M, c=C, i=I, j=J, p=P, q=Q)
    m1, i1, j1 = (index.prime for index in (m, i, j))
    x, chosen = D.tensor("x", C, I + P - 1, J + Q - 1), D.tensor("chosen", M, C, tex="M")
    k, b = D.tensor("k", M, C, P, Q), D.tensor("b", M)
    dy = D.tensor("dy", M, I, J, tex=r"\mathrm{dy}")
    valid = D.define(
        "valid",
        (m, c, i, j),
        D.Sum((p, q), k[m, c, p, q] * x[c, i + P - 1 - p, j + Q - 1 - q]),
        tex=r"(x * k)",
        because="conv2(x_c, k_mc, 'valid')",
    )
    z = D.define(
        "z",
        (m, i, j),
        D.Sum(c, chosen[m, c] * valid[m, c, i, j]) + b[m],
        because="chosen[m,c] is 1 for c in M_m and 0 for the others",
    )
    y = D.define("y", (m, i, j), D.f(z[m, i, j]), because="output map")
    E = D.define("E", (), D.Sum((m1, i1, j1), dy[m1, i1, j1] * y[m1, i1, j1]))[()]
    delta = D.define(
        "delta", (m, i, j), dy[m, i, j] * D.slope(z[m, i, j]), tex=r"\delta", because="sensitivity"
    )
    with D.chain("db", of=E, wrt=b[m]) as chain:
        chain.line(
            "sensitivities", D.Sum((i1, j1), delta[m, i1, j1]), because="one bias for the whole map"
        )


def rotation_picture(D: Any) -> None:
    """001 images 3-7: a map of 3 x 3, a kernel of 2 x 2, all nine entries of the gradient."""
    i, j, p, q = D.indices(i=2, j=2, p=2, q=2)
    x, w, dz = D.tensor("x", 3, 3), D.tensor("w", 2, 2), D.tensor("dz", 2, 2, tex=r"\delta")
    z = D.define(
        "z", (i, j), D.Sum((p, q), w[p, q] * x[i + 1 - p, j + 1 - q]), because="convolution"
    )
    i1, j1 = i.prime, j.prime
    C = D.define("C", (), D.Sum((i1, j1), dz[i1, j1] * z[i1, j1]), because="pseudo-loss")[()]
    with D.chain("output", of=z[0, 0]) as chain:
        written = w[1, 1] * x[0, 0] + w[1, 0] * x[0, 1] + w[0, 1] * x[1, 0] + w[0, 0] * x[1, 1]
        chain.line("written", written, because="four connections; the kernel is turned")
    meeting = {
        (0, 0): dz[0, 0] * w[1, 1],
        (0, 1): dz[0, 0] * w[1, 0] + dz[0, 1] * w[1, 1],
        (0, 2): dz[0, 1] * w[1, 0],
        (1, 0): dz[0, 0] * w[0, 1] + dz[1, 0] * w[1, 1],
        (1, 1): dz[0, 0] * w[0, 0] + dz[0, 1] * w[0, 1] + dz[1, 0] * w[1, 0] + dz[1, 1] * w[1, 1],
        (1, 2): dz[0, 1] * w[0, 0] + dz[1, 1] * w[1, 0],
        (2, 0): dz[1, 0] * w[0, 1],
        (2, 1): dz[1, 0] * w[0, 0] + dz[1, 1] * w[0, 1],
        (2, 2): dz[1, 1] * w[0, 0],
    }
    for (u, v), sums in meeting.items():
        with D.chain(f"x{u + 1}{v + 1}", of=C, wrt=x[u, v]) as chain:
            chain.line(
                "connections", sums, because="weight times delta, over the outputs that see it"
            )


def half_turn(D: Any) -> None:
    """001 after image 12: two quarter turns reverse both indices."""
    P, Q = D.sizes("P Q")
    p, q = D.indices(p=P, q=Q)
    w = D.tensor("w", P, Q)
    quarter = D.define("quarter", (q, p), w[p, Q - 1 - q], because="turned by 90 degrees")
    half = D.define("half", (p, q), quarter[q, P - 1 - p], because="and by 90 degrees once more")
    D.claim(
        "reversed", half[p, q], w[P - 1 - p, Q - 1 - q], "rows and columns in the opposite order"
    )


def activated_layer(D: Any) -> None:
    """003 sections 1.5 and 1.6: products over three dimensions, a bias per filter, an activation."""
    C, O, I, J, P, Q = D.sizes("C O I J P Q")  # noqa: E741
    c, o, i, j, p, q = D.indices(c=C, o=O, i=I, j=J, p=P, q=Q)
    o1, i1, j1 = (index.prime for index in (o, i, j))
    x, w = D.tensor("x", C, I + P - 1, J + Q - 1), D.tensor("w", O, C, P, Q)
    b, da = D.tensor("b", O), D.tensor("da", O, I, J, tex=r"\mathrm{da}")
    products = D.define(
        "products",
        (o, i, j),
        D.Sum((c, p, q), x[c, i + p, j + q] * w[o, c, p, q]),
        tex=r"(x \star w)",
        because="products of what filter o overlaps, over all three dimensions",
    )
    z = D.define("z", (o, i, j), products[o, i, j] + b[o], because="one number per filter")
    a = D.define("a", (o, i, j), D.f(z[o, i, j]), because="output of the layer")
    E = D.define("E", (), D.Sum((o1, i1, j1), da[o1, i1, j1] * a[o1, i1, j1]))[()]
    with D.chain("db", of=E, wrt=b[o]) as chain:
        chain.line(
            "map",
            D.Sum((i1, j1), da[o, i1, j1] * D.slope(z[o, i1, j1])),
            because="b[o] is in every entry of map o and in no other",
        )


def odd_kernel(D: Any) -> None:
    """003 answer 1: an odd kernel has a middle, and a border that is equal on both sides keeps the size."""
    (U,) = D.sizes("U")
    (H,) = D.sizes("H", least=0)
    P = D.size("P", 2 * H + 1)
    p = D.indices(p=P)[0]
    D.claim(
        "middle",
        D.Sum(p, D.delta(p, P - 1 - p)),
        1,
        "one row has as many above as below: p = H",
    )
    D.claim("same", D.floor(U + 2 * H - P, 1) + 1, U, "H = (P - 1)/2 rows on either side")


def even_kernel(D: Any) -> None:
    """003 answer 1: an even kernel has no middle, and no border equal on both sides keeps the size."""
    U, H = D.sizes("U H")
    (Z,) = D.sizes("Z", least=0)
    P = D.size("P", 2 * H)
    I = D.size("I", U + 2 * Z - P + 1)  # noqa: E741
    p = D.indices(p=P)[0]
    D.claim("middle", D.Sum(p, D.delta(p, P - 1 - p)), 0, "2 p = 2 H - 1 has no solution")
    D.claim("same", D.delta(I, U), 0, "I - U = 2 Z - 2 H + 1 is odd, and so never 0")


def edge_filter(D: Any) -> None:
    """003 section 1.2: what a filter says in flat regions and where only rows, or only columns, differ."""
    I, J, P, Q = D.sizes("I J P Q")  # noqa: E741
    i, j, p, q, u, v = D.indices(i=I, j=J, p=P, q=Q, u=I + P - 1, v=J + Q - 1)
    w, x = D.tensor("w", P, Q), D.tensor("x", I + P - 1, J + Q - 1)
    h, g = D.tensor("h", I + P - 1), D.tensor("g", J + Q - 1)
    bright = D.scalar("bright")
    z = D.define("z", (i, j), D.Sum((p, q), w[p, q] * x[i + p, j + q]), because="the filter on x")
    flat = D.define("flat", (u, v), bright, because="one brightness")
    rows = D.define("rows", (u, v), h[u], because="constant along each row")
    columns = D.define("columns", (u, v), g[v], because="constant along each column")
    D.claim(
        "flat_region",
        D.at(z[i, j], (x, flat)),
        bright * D.Sum((p, q), w[p, q]),
        "no response in flat regions if and only if the weights add up to 0",
    )
    D.claim(
        "horizontal_edges",
        D.at(z[i, j], (x, rows)),
        D.Sum(p, h[i + p] * D.Sum(q, w[p, q])),
        "none at horizontal edges either if every row of weights adds up to 0",
    )
    D.claim(
        "vertical_edges",
        D.at(z[i, j], (x, columns)),
        D.Sum(q, g[j + q] * D.Sum(p, w[p, q])),
        "at vertical edges the column sums count",
    )


def half_size(D: Any) -> None:
    """003 section 1.8: stride 2 on an even size 2 (I + T), with a window of 2 T + 2 or 2 T + 1."""
    (I,) = D.sizes("I")  # noqa: E741
    (T,) = D.sizes("T", least=0)
    (R,) = D.sizes("R", least=0, below=2)
    U, P = D.size("U", 2 * (I + T)), D.size("P", 2 * T + 2 - R)
    D.claim(
        "even",
        D.floor(U - P, 2) + 1,
        I,
        "T less than the half of U: the half only for windows of 1 or 2",
    )
