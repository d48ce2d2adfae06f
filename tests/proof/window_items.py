"""Identities of windows: convolution, its rotated kernel, pooling in blocks, max pooling by routing.

Groups 6-9 of the engine's prototype, with stride S, padding Z, dilation G and a remainder R of rows
that no window reaches, all of them symbols, and no exact quotient: brackets of equality carry the
divisibility.
"""

from items import Item, delta, f, slope

from cnnmath.proof.notation import (
    Bracket,
    Definition,
    Diff,
    Index,
    Name,
    Node,
    Quotient,
    Routing,
    Sum,
    Tensor,
    node,
    total,
)


def size(name, least=1, upper: Node | None = None):
    return Name(name, integer=True, lower=node(least), upper=upper)


def determined(name, by):
    return Name(name, integer=True, lower=node(1), value=node(by))


def inside(index, extent):
    return Bracket(0, "<=", index) * Bracket(index, "<", extent)


I, J, P, Q, C, K, S, G = (size(name) for name in "I J P Q C K S G".split())  # noqa: E741
Z, R = size("Z", least=0), size("R", least=0, upper=S - 1)

# ------------------------------------------------------------------ planes, stride 1, no padding
H, V = determined("H", I + P - 1), determined("V", J + Q - 1)
i, j, p, q = Index("i", I), Index("j", J), Index("p", P), Index("q", Q)
u, v, k, c = Index("u", H), Index("v", V), Index("k", K), Index("c", C)
i1, j1, p1, q1, k1, c1 = (each.prime for each in (i, j, p, q, k, c))
X, W = Tensor("X", (H, V, C)), Tensor("W", (P, Q, C, K))
B, D = Tensor("B", (K,)), Tensor("D", (I, J, K))
planes = total(
    (i1, j1, k1),
    D[i1, j1, k1] * (total((p1, q1, c1), X[i1 + p1, j1 + q1, c1] * W[p1, q1, c1, k1]) + B[k1]),
)
PLANES = [I, J, P, Q, C, K, H, V]


def spread(kernel, row, column):
    """sum over p, q, k of ``kernel`` (a function of p and q) times D at row and column, if inside."""
    here = inside(row, I) * inside(column, J) * D[row, column, k1]
    return total((p1, q1, k1), kernel(p1, q1) * here)


def rotated(p, q):
    return W[P - 1 - p, Q - 1 - q, c, k1]


def unrotated(p, q):
    return W[p, q, c, k1]


correlated = total((i1, j1), X[i1 + p, j1 + q, c] * D[i1, j1, k])
full = spread(rotated, u - (P - 1) + p1, v - (Q - 1) + q1)

CONVOLUTION = [
    Item(
        "convolution: gradient of a weight",
        Diff(planes, W[p, q, c, k]),
        correlated,
        {
            "rotated": total((i1, j1), X[i1 + P - 1 - p, j1 + Q - 1 - q, c] * D[i1, j1, k]),
            "convolved": total((i1, j1), X[I - 1 - i1 + p, J - 1 - j1 + q, c] * D[i1, j1, k]),
            "a row short": Sum(i1, Sum(j1, X[i1 + p, j1 + q, c] * D[i1, j1, k]), 0, I - 2),
            "delta forgotten": total((i1, j1), X[i1 + p, j1 + q, c]),
            "mean": correlated / (I * J),
        },
        PLANES,
    ),
    Item(
        "convolution: gradient of a bias",
        Diff(planes, B[k]),
        total((i1, j1), D[i1, j1, k]),
        {
            "mean": total((i1, j1), D[i1, j1, k]) / (I * J),
            "all maps": total((i1, j1, k1), D[i1, j1, k1]),
            "one place": D[0, 0, k],
        },
        PLANES,
    ),
    Item(
        "convolution: gradient of the input is a full correlation with the rotated kernel",
        Diff(planes, X[u, v, c]),
        full,
        {
            "not rotated": spread(unrotated, u - (P - 1) + p1, v - (Q - 1) + q1),
            "one axis rotated": spread(
                lambda p, q: W[P - 1 - p, q, c, k1], u - (P - 1) + p1, v - (Q - 1) + q1
            ),
            "border of P": spread(rotated, u - P + p1, v - Q + q1),
            "valid, not full": spread(rotated, u + p1, v + q1),
            "delta forgotten": total((p1, q1, k1), rotated(p1, q1)),
        },
        PLANES,
    ),
    Item(
        "convolution: gradient of the input, looked at from the delta",
        Diff(planes, X[u, v, c]),
        total(
            (i1, j1, k1),
            inside(u - i1, P) * inside(v - j1, Q) * W[u - i1, v - j1, c, k1] * D[i1, j1, k1],
        ),
        {
            "rotated once more": total(
                (i1, j1, k1),
                inside(u - i1, P)
                * inside(v - j1, Q)
                * W[P - 1 - u + i1, Q - 1 - v + j1, c, k1]
                * D[i1, j1, k1],
            ),
            "window one wider": total(
                (i1, j1, k1),
                inside(u - i1, P)
                * inside(v - j1, Q - 1)
                * W[u - i1, v - j1, c, k1]
                * D[i1, j1, k1],
            ),
        },
        PLANES,
    ),
]

# ------------------------------------------- a line with stride, padding, dilation and remainder
U = determined("U", (I - 1) * S + G * (P - 1) + 1 + R - 2 * Z)
a = Index("a", U)
x, w, d = Tensor("x", (U,)), Tensor("w", (P,)), Tensor("d", (I,))
STRIDED_SIZES = [I, P, S, G, Z, R, U]


def padded(at):
    return inside(at, U) * x[at]


strided = Sum(i1, d[i1] * Sum(p1, padded(S * i1 + G * p1 - Z) * w[p1]))


def reached(at):
    """sum over i and p of [at = a] d[i] w[p]."""
    return total((i1, p1), delta(at, a) * d[i1] * w[p1])


STRIDED = [
    Item(
        "stride, padding, dilation: gradient of a weight",
        Diff(strided, w[p]),
        Sum(i1, padded(S * i1 + G * p - Z) * d[i1]),
        {
            "stride forgotten": Sum(i1, padded(i1 + G * p - Z) * d[i1]),
            "dilation forgotten": Sum(i1, padded(S * i1 + p - Z) * d[i1]),
            "stride at p": Sum(i1, padded(S * i1 + S * p - Z) * d[i1]),
            "padding added": Sum(i1, padded(S * i1 + G * p + Z) * d[i1]),
            "padding forgotten": Sum(i1, padded(S * i1 + G * p) * d[i1]),
            "1/S": Sum(i1, padded(S * i1 + G * p - Z) * d[i1]) / S,
        },
        STRIDED_SIZES,
    ),
    Item(
        "stride, padding, dilation: gradient of the input",
        Diff(strided, x[a]),
        reached(S * i1 + G * p1 - Z),
        {
            "stride forgotten": reached(i1 + G * p1 - Z),
            "dilation forgotten": reached(S * i1 + p1 - Z),
            "padding forgotten": reached(S * i1 + G * p1),
            "padding added": reached(S * i1 + G * p1 + Z),
            "sign of p": reached(S * i1 - G * p1 - Z),
            "every place": total((i1, p1), d[i1] * w[p1]),
            "floor instead of divisibility": Sum(
                p1,
                inside(Quotient(a + Z - G * p1, S), I) * d[Quotient(a + Z - G * p1, S)] * w[p1],
            ),
        },
        STRIDED_SIZES,
    ),
]

# ----------------------------------------------------------------- true convolution, without stride
L = determined("L", I + P - 1)
g, h, t = Tensor("g", (L,)), Tensor("h", (P,)), Index("t", I + P - 1)
X2, W2 = Tensor("X", (H, V)), Tensor("W", (P, Q))
m = Index("m", I)
short = Tensor("s", (I,))

ROTATION = [
    Item(
        "valid convolution is correlation with the rotated kernel",
        total((p1, q1), X2[i + P - 1 - p1, j + Q - 1 - q1] * W2[p1, q1]),
        total((p1, q1), X2[i + p1, j + q1] * W2[P - 1 - p1, Q - 1 - q1]),
        {
            "not rotated": total((p1, q1), X2[i + p1, j + q1] * W2[p1, q1]),
            "one axis": total((p1, q1), X2[i + p1, j + q1] * W2[P - 1 - p1, q1]),
            "a row short": Sum(
                p1, Sum(q1, X2[i + p1, j + q1] * W2[P - 1 - p1, Q - 1 - q1]), 0, P - 2
            ),
        },
        [I, J, P, Q, H, V],
    ),
    Item(
        "full convolution commutes",
        Sum(m, inside(t - m, P) * short[m] * h[t - m]),
        Sum(p1, inside(t - p1, I) * h[p1] * short[t - p1]),
        {
            "correlation": Sum(p1, inside(t + p1, I) * h[p1] * short[t + p1]),
            "from 1": Sum(p1, inside(t - p1, I) * h[p1] * short[t - p1], 1, P - 1),
            "one short": Sum(p1, inside(t - p1, I - 1) * h[p1] * short[t - p1]),
        },
        [I, P],
    ),
]

# ------------------------------------------------------------------------------ pooling in blocks
Y, A = determined("Y", S * I), determined("A", S * J)
y, e = Tensor("y", (Y, A)), Tensor("e", (I, J))
r, s, r1, s1 = Index("r", S), Index("s", S), Index("r", S).prime, Index("s", S).prime
b, o = Index("b", Y), Index("o", A)
SQUARES = [I, J, S, Y, A]
beta, bias = Name("beta"), Name("bias")


def down(at, to):
    return total((r1, s1), y[S * at + r1, S * to + s1])


def block(at):
    return Quotient(at, S)


def net(at, to):
    return beta * down(at, to) + bias


means = total((i1, j1), e[i1, j1] * down(i1, j1)) / S**2
bouvrie = total((i1, j1), e[i1, j1] * f(net(i1, j1)))
weighted = e[i1, j1] * slope(net(i1, j1))

BLOCKS = [
    Item(
        "mean pooling: gradient at a place",
        Diff(means, y[b, o]),
        e[block(b), block(o)] / S**2,
        {
            "1/S": e[block(b), block(o)] / S,
            "sum, not mean": e[block(b), block(o)],
            "one entry of a block": delta(S * block(b), b) * e[block(b), block(o)],
            "1/(I J)": e[block(b), block(o)] / (I * J),
        },
        SQUARES,
    ),
    Item(
        "mean pooling: gradient in block coordinates",
        Diff(means, y[S * i + r, S * j + s]),
        e[i, j] / S**2,
        {
            "1/S": e[i, j] / S,
            "not at the first row": e[i, j] / S**2 * (1 - delta(r, 0)),
            "mean over all": total((i1, j1), e[i1, j1]) / (S**2 * I * J),
        },
        SQUARES,
    ),
    Item(
        "trained subsampling: gradient of the factor",
        Diff(bouvrie, beta),
        total((i1, j1), weighted * down(i1, j1)),
        {
            "no f'": total((i1, j1), e[i1, j1] * down(i1, j1)),
            "no block sum": total((i1, j1), weighted),
            "times beta": beta * total((i1, j1), weighted * down(i1, j1)),
        },
        SQUARES,
    ),
    Item(
        "trained subsampling: gradient of the bias",
        Diff(bouvrie, bias),
        total((i1, j1), weighted),
        {
            "no f'": total((i1, j1), e[i1, j1]),
            "times beta": beta * total((i1, j1), weighted),
            "a row short": Sum(i1, Sum(j1, weighted), 0, I - 2),
        },
        SQUARES,
    ),
    Item(
        "trained subsampling: gradient of the input",
        Diff(bouvrie, y[S * i + r, S * j + s]),
        beta * e[i, j] * slope(net(i, j)),
        {
            "no beta": e[i, j] * slope(net(i, j)),
            "no f'": beta * e[i, j],
            "1/S^2": beta * e[i, j] * slope(net(i, j)) / S**2,
        },
        SQUARES,
    ),
]

# ---------------------------------------------------------------------- max pooling, by routing
T = determined("T", S * (I - 1) + P + R)
entries = Tensor("x", (T,))
n = Index("n", T)
window = Definition("window", (i, p), entries[S * i + p])
ro = Routing("ro", window, 1)
largest = Sum(i1, d[i1] * Sum(p1, ro[i1, p1] * window[i1, p1]))

blocks = Tensor("x", (Y,))
apart = Definition("apart", (i, r), blocks[S * i + r])
rb = Routing("rb", apart, 1)
largest_apart = Sum(i1, d[i1] * Sum(r1, rb[i1, r1] * apart[i1, r1]))

ROUTED = [
    Item(
        "max pooling with overlap: gradient of the input",
        Diff(largest, entries[n]),
        total((i1, p1), delta(S * i1 + p1, n) * ro[i1, p1] * d[i1]),
        {
            "not routed": total((i1, p1), delta(S * i1 + p1, n) * d[i1]),
            "stride forgotten": total((i1, p1), delta(i1 + p1, n) * ro[i1, p1] * d[i1]),
            "mean": total((i1, p1), delta(S * i1 + p1, n) * d[i1]) / P,
            "delta forgotten": total((i1, p1), delta(S * i1 + p1, n) * ro[i1, p1]),
        },
        [I, P, S, R, T],
    ),
    Item(
        "max pooling in blocks: gradient of the input",
        Diff(largest_apart, blocks[b]),
        rb[block(b), b - S * block(b)] * d[block(b)],
        {
            "not routed": d[block(b)],
            "routed from the other end": rb[block(b), S - 1 - b + S * block(b)] * d[block(b)],
            "mean": d[block(b)] / S,
        },
        [I, S, Y],
    ),
    Item(
        "max pooling with overlap keeps the sum of the delta",
        Sum(n.prime, Diff(largest, entries[n.prime])),
        Sum(i1, d[i1]),
        {
            "S times": S * Sum(i1, d[i1]),
            "from 1": Sum(i1, d[i1], 1, I - 1),
        },
        [I, P, S, R, T],
    ),
]

WINDOW_ITEMS = CONVOLUTION + STRIDED + ROTATION + BLOCKS + ROUTED
