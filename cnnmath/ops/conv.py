"""Two-dimensional convolution (cross-correlation, as in every framework), with channels, stride, zero
padding and dilation.

z[n,o,i,j] = b[o] + sum_{c,p,q} w[o,c,p,q] x[n,c, S i + G p - Z, S j + G q - Z], x = 0 outside.
Source: 002 eq. 5.10, 5.13, 5.25-5.27; 001; 003 section 1.5.  Chapter 03.
"""

from functools import partial
from typing import Any

from cnnmath.ops.arrays import check, cotangent
from cnnmath.ops.conv_methods import method_for
from cnnmath.ops.record import Case, Op
from cnnmath.ops.window_letters import declare_windows, trace_sizes
from cnnmath.ops.windows import windows

AXES = {"x": "n c u v", "w": "o c p q", "b": "o"}


def conv2d(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    method: str = "auto",
    need_dx: bool = True,
) -> Any:
    """Convolution layer, and its backward function.

    z[n,o,i,j] = b[o] + sum_{c,p,q} w[o,c,p,q] x[n,c, S i + G p - Z, S j + G q - Z], zero outside x;
    x (n, c, u, v), w (o, c, p, q), b (o,) or None -> z (n, o, i, j) with
    I = floor((U + 2 Z - G (P - 1) - 1)/S) + 1. Stride S, padding Z and dilation G are ints or pairs
    (rows, columns). The kernel is not flipped: this is cross-correlation, as in torch; true
    convolution is ``conv2d(x, rot180(w))``.
    ``method`` is how the sums are computed: "blocked", in blocks that fit the cache; "im2col", as one product
    with the patch matrix; "fft", by Fourier transforms (stride and dilation 1); "winograd" (3x3 kernels,
    stride and dilation 1); or "auto", the one that a cost model expects to be fastest.
    ``backward(dz)`` returns ``(dx, dw, db)``; db is None without b, dx is None with ``need_dx=False``.
    NaN and infinity propagate, by "fft" to every entry of their image. Raises ShapeError (ranks,
    channels, a kernel larger than the padded input), ValueError (stride, padding, dilation, a method
    that there is not or that does not apply), TypeError (dtypes). Source: 002 eq. 5.10, 5.13.
    """
    check("conv2d", AXES, x=x, w=w, **({} if b is None else {"b": b}))
    geometry = windows("conv2d", x.shape[2:], w.shape[2:], stride, padding, dilation)
    way = method_for("conv2d", method, geometry, x.dtype)
    z = way.value(x, w, geometry)
    if b is not None:
        z += b[:, None, None]
    shape = z.shape

    def backward(dz: Any) -> tuple[Any, Any, Any]:
        dz = cotangent("conv2d.backward", "dz", dz, shape, x.dtype)
        dx = way.dx(dz, w, geometry) if need_dx else None
        return dx, way.dw(x, dz, geometry), None if b is None else dz.sum(axis=(0, 2, 3))

    return z, backward


def conv2d_derivation(D: Any, bias: bool = True) -> None:
    """Gradients of the convolution layer for all sizes, strides, paddings, dilations and remainders."""
    sizes, x, xp, row, column = declare_windows(D, "C O", dilated=True)
    I, J, P, Q, O = (sizes[name] for name in "IJPQO")  # noqa: E741
    N, C, U, V = (sizes[name] for name in "NCUV")
    n, c = D.letter("n"), D.letter("c")
    o, i, j, p, q, u, v = D.indices(o=O, i=I, j=J, p=P, q=Q, u=U, v=V)
    n1, o1, c1, i1, j1, p1, q1 = (index.prime for index in (n, o, c, i, j, p, q))
    w, dz = D.tensor("w", O, C, P, Q), D.tensor("dz", N, O, I, J, tex=r"\mathrm{dz}")
    b = D.tensor("b", O) if bias else None
    seen = xp[n, c, row(i, p), column(j, q)]
    products = D.Sum((c, p, q), w[o, c, p, q] * seen)
    z = D.define("z", (n, o, i, j), products if b is None else b[o] + products)
    E = D.define(
        "E",
        (),
        D.Sum((n1, o1, i1, j1), dz[n1, o1, i1, j1] * z[n1, o1, i1, j1]),
        because="pseudo-loss",
    )[()]
    dw = D.Sum((n1, i1, j1), dz[n1, o, i1, j1] * xp[n1, c, row(i1, p), column(j1, q)])
    meets = D.delta(row(i1, p1) - sizes["Z1"], u) * D.delta(column(j1, q1) - sizes["Z2"], v)
    dx = D.Sum((o1, i1, j1, p1, q1), dz[n, o1, i1, j1] * w[o1, c, p1, q1] * meets)
    with D.chain("dw", of=E, wrt=w[o, c, p, q]) as chain:
        deltas = D.delta(o1, o) * D.delta(c1, c) * D.delta(p1, p) * D.delta(q1, q)
        inner = D.Sum((c1, p1, q1), xp[n1, c1, row(i1, p1), column(j1, q1)] * deltas)
        chain.line(
            "product",
            D.Sum((n1, o1, i1, j1), dz[n1, o1, i1, j1] * inner),
            because="w[o,c,p,q] is shared: it occurs once in each output entry",
        )
        chain.line("sift", dw, because="the brackets leave one o', c', p', q'; all places add up")
    with D.chain("dx", of=E, wrt=x[n, c, u, v]) as chain:
        inner = D.Sum((p1, q1), w[o1, c, p1, q1] * meets)
        chain.line(
            "sift",
            D.Sum((o1, i1, j1), dz[n, o1, i1, j1] * inner),
            because="x[n,c,u,v] is seen by output row i' through kernel row p' if S i' + G p' - Z = u",
        )
        chain.line("gather", dx, because="one sum over all pairs that meet at u, v")
    results = {"dx": (x[n, c, u, v], dx), "dw": (w[o, c, p, q], dw)}
    if b is not None:
        db = D.Sum((n1, i1, j1), dz[n1, o, i1, j1])
        with D.chain("db", of=E, wrt=b[o]) as chain:
            chain.line("sift", db, because="b[o] occurs once in every entry of map o")
        results["db"] = (b[o], db)
    D.returns(z, upstream=dz)
    D.concludes(**results)


_OPTIONS = {"stride": ("S1", "S2"), "padding": ("Z1", "Z2"), "dilation": ("G1", "G2")}
_STEP_1 = {
    "S1": 1,
    "S2": 1,
    "G1": 1,
    "G2": 1,
    "R1": 0,
    "R2": 0,
}  # a stride of 1 leaves no remainder
_BY_3 = {**_STEP_1, "P": 3, "Q": 3}

CONV2D = Op(
    conv2d,
    AXES,
    cases=(
        Case(conv2d_derivation, options=_OPTIONS),
        Case(partial(conv2d_derivation, bias=False), "no bias", {**_OPTIONS, "b": None}),
        Case(conv2d_derivation, "no dx", {**_OPTIONS, "need_dx": False}),
        Case(conv2d_derivation, "blocked", {**_OPTIONS, "method": "blocked"}),
        Case(conv2d_derivation, "im2col", {**_OPTIONS, "method": "im2col"}),
        Case(conv2d_derivation, "fft", {**_OPTIONS, "method": "fft"}, _STEP_1, traced=False),
        Case(conv2d_derivation, "winograd", {**_OPTIONS, "method": "winograd"}, _BY_3),
    ),
    sizes=tuple(
        trace_sizes("C O", dilated=True, **each)
        for each in (
            {},
            {"N": 2, "C": 2, "O": 2, "I": 2, "P": 2, "Q": 2},
            {"O": 2, "I": 2, "J": 2, "P": 2, "Q": 3, "S": (2, 3), "R": (1, 2)},
            {"I": 3, "J": 2, "P": 3, "Q": 2, "S": (1, 2), "Z": (1, 1)},
            {"C": 2, "I": 2, "J": 2, "P": 2, "Q": 2, "S": (2, 1), "G": (3, 2), "Z": (1, 1)},
            {"I": 4, "J": 3, "Z": (1, 1)},  # windows that see the border alone
        )
    ),
    kinks=None,
    source="zhang-5.13",
)
