"""im2col: the convolution as one product of matrices, forward and backward.

Row-major numbers and every stride, padding, dilation as in ``cnnmath.ops.im2col``; then the source's own
column-major form. Source: 002 section 6.2.2.
"""

from typing import Any, NamedTuple

from cnnmath.ops.window_letters import Letters, declare_windows


class Matrices(NamedTuple):
    """What the derivations of im2col share: the windows, kernels, bias, the matrices, and numbers."""

    windows: Letters
    w: Any
    b: Any
    patches: Any
    kernels: Any
    place: Any  # (n, i, j) -> (n I + i) J + j, a row of the patch matrix
    entry: Any  # (c, p, q) -> (c P + p) Q + q, a column of it


def declare_matrices(D: Any) -> Matrices:
    """The patch matrix and the matrix of kernels, each entry at its row-major number."""
    windows = declare_windows(D, "C O", dilated=True)
    N, C, O, I, J, P, Q = (windows.sizes[name] for name in "NCOIJPQ")  # noqa: E741
    n, c = D.letter("n"), D.letter("c")
    o, i, j, p, q = D.indices(o=O, i=I, j=J, p=P, q=Q)
    r, s = D.indices(r=N * I * J, s=C * P * Q)
    w, b = D.tensor("w", O, C, P, Q), D.tensor("b", O)

    def place(n: Any, i: Any, j: Any) -> Any:
        return (n * I + i) * J + j

    def entry(c: Any, p: Any, q: Any) -> Any:
        return (c * P + p) * Q + q

    seen = windows.padded[n, c, windows.row(i, p), windows.column(j, q)]
    row = D.Sum((c, p, q), D.delta(s, entry(c, p, q)) * seen)
    patches = D.define(
        "patches",
        (r, s),
        D.Sum((n, i, j), D.delta(r, place(n, i, j)) * row),
        tex=r"\tilde X",
        because="row n, i, j holds what its window sees",
    )
    kernels = D.define(
        "kernels",
        (s, o),
        D.Sum((c, p, q), w[o, c, p, q] * D.delta(s, entry(c, p, q))),
        tex=r"\tilde W",
        because="column o holds kernel o",
    )
    return Matrices(windows, w, b, patches, kernels, place, entry)


def im2col_product(D: Any) -> None:
    """002 eq. 6.20 for every stride, padding and dilation: the product is the convolution."""
    windows, w, b, patches, kernels, place, entry = declare_matrices(D)
    n, c, o, i, j, p, q, s = map(D.letter, "ncoijpqs")
    seen = windows.padded[n, c, windows.row(i, p), windows.column(j, q)]
    here, there = place(n, i, j), entry(c, p, q)
    D.claim("place", patches[here, there], seen, "only n, i, j and c, p, q have these numbers")
    D.claim("kernel", kernels[there, o], w[o, c, p, q], "only c, p, q has this number")
    D.claim(
        "product",
        D.Sum(s, patches[here, s] * kernels[s, o]) + b[o],
        b[o] + D.Sum((c, p, q), w[o, c, p, q] * seen),
        "s runs over all c, p, q once: this is conv2d",
    )


def im2col_gradients(D: Any) -> None:
    """002 section 6.2.2, backward: dW = X^T dA, and col2im adds dA W^T up where the copies came from."""
    windows, w, _, patches, kernels, place, entry = declare_matrices(D)
    sizes, row, column = windows.sizes, windows.row, windows.column
    n, c, o, i, j, p, q, r, s = map(D.letter, "ncoijpqrs")
    u, v = D.indices(u=sizes["U"], v=sizes["V"])
    n1, o1, i1, j1, p1, q1 = (index.prime for index in (n, o, i, j, p, q))
    dz = D.tensor("dz", sizes["N"], sizes["O"], sizes["I"], sizes["J"], tex=r"\mathrm{dz}")
    da = D.define(
        "da",
        (r, o),
        D.Sum((n, i, j), dz[n, o, i, j] * D.delta(r, place(n, i, j))),
        tex=r"\mathrm d\tilde A",
        because="the gradient that arrives, row n, i, j at its number",
    )
    back = D.define(
        "back",
        (r, s),
        D.Sum(o, da[r, o] * kernels[s, o]),
        tex=r"\mathrm d\tilde X",
        because="dA W^T: each copy of an entry gets its own gradient",
    )
    D.claim(
        "dw",
        D.Sum(r, patches[r, entry(c, p, q)] * da[r, o]),
        D.Sum((n1, i1, j1), dz[n1, o, i1, j1] * windows.padded[n1, c, row(i1, p), column(j1, q)]),
        "entry c, p, q, o of X^T dA: this is conv2d.dw",
    )
    from_row = D.define("rows", (i, p, u), D.delta(row(i, p) - sizes["Z1"], u), because="col2im")
    from_column = D.define(
        "columns", (j, q, v), D.delta(column(j, q) - sizes["Z2"], v), because="col2im"
    )
    copies = from_row[i1, p1, u] * from_column[j1, q1, v]
    meets = D.delta(row(i1, p1) - sizes["Z1"], u) * D.delta(column(j1, q1) - sizes["Z2"], v)
    D.claim(
        "dx",
        D.Sum((i1, j1, p1, q1), back[place(n, i1, j1), entry(c, p1, q1)] * copies),
        D.Sum((o1, i1, j1, p1, q1), dz[n, o1, i1, j1] * w[o1, c, p1, q1] * meets),
        "col2im adds up the gradients of all copies of x[n,c,u,v]: this is conv2d.dx",
    )


def im2col_of_the_source(D: Any) -> None:
    """002 eq. 6.16-6.20 in its own order: one image, depth last, stride 1, columns counted first."""
    C, O, I, J, P, Q = D.sizes("C O I J P Q")  # noqa: E741
    U, V = D.size("U", I + P - 1), D.size("V", J + Q - 1)
    c, o, i, j, p, q = D.indices(c=C, o=O, i=I, j=J, p=P, q=Q)
    r, s = D.indices(r=I * J, s=P * Q * C)
    x, w, b = D.tensor("x", U, V, C), D.tensor("w", P, Q, C, O), D.tensor("b", O)
    place, entry = i + I * j, p + P * q + P * Q * c
    row = D.Sum((p, q, c), D.delta(s, entry) * x[i + p, j + q, c])
    patches = D.define(
        "patches",
        (r, s),
        D.Sum((i, j), D.delta(r, place) * row),
        tex=r"\tilde X",
        because="6.16 to 6.19",
    )
    kernels = D.define(
        "kernels",
        (s, o),
        D.Sum((p, q, c), w[p, q, c, o] * D.delta(s, entry)),
        tex=r"\tilde W",
        because="flattened in the order of 6.19",
    )
    a = D.define(
        "a",
        (r, o),
        D.Sum(s, patches[r, s] * kernels[s, o]) + b[o],
        tex=r"\tilde A",
        because="6.20",
    )
    D.define(
        "z",
        (i, j, o),
        D.Sum((p, q, c), x[i + p, j + q, c] * w[p, q, c, o]) + b[o],
        because="the operation to implement, 6.12",
    )
    D.claim("place", patches[place, entry], x[i + p, j + q, c], "i + p and j + q: 6.16, 6.17")
    D.claim(
        "pooling",
        D.Sum((p, q), patches[place, entry]),
        D.Sum((p, q), x[i + p, j + q, c]),
        "the P Q columns of map c hold its window: sum pooling needs no product",
    )
    D.claim(
        "product",
        a[place, o],
        D.definitions["z"][i, j, o],
        "reshaped in the order of 6.18, the product is the convolution",
    )
