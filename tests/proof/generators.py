"""Statements aimed at one rule each: what must be shown, what must not; and accesses that may leave an array.

The random formulas are in cnnmath/proof/audit.
"""

from cnnmath.proof.audit.letters import (
    C1,
    FAR,
    HALF,
    I1,
    I2,
    K,
    M,
    N,
    P,
    R,
    S,
    U,
    Z,
    a,
    absolute,
    blocks,
    c,
    d,
    f,
    g,
    guarded,
    k,
    m,
    n,
    q,
    qz,
    r,
    sigmoid,
    sign,
    step,
    t,
    tanh,
    u,
    uz,
    v,
    w,
    x,
    y,
)
from cnnmath.proof.notation import (
    At,
    Bracket,
    Definition,
    Diff,
    Index,
    Max,
    Name,
    Pow,
    Product,
    Quotient,
    Root,
    Routing,
    Sum,
    Tensor,
    exp,
    log,
    node,
)


def access(make):
    """An entry of an array with a size made of sizes, at a place that is in it, or nearly."""
    i, s = make.letter(N), make.letter(S)
    slack = make.pick(0, 0, 0, 1, -1, R, -R, Z)
    rows = Tensor("rows", (make.pick((N - 1) * S + P, S * N, S * N + R, U, U + 2 * Z),))
    place = make.pick(S, S, P) * make.pick(n, i) + make.pick(0, c, s, R, P - 1, S - 1) + slack
    deep = (make.pick(n, i) * make.pick(M, M, S) + m) * make.pick(S, S, M) + make.pick(c, s) + slack
    whole = Quotient(make.pick(d, S * n + c, S * i + s, d - c) + slack, make.pick(S, S, P))
    entry = make.pick(
        rows[place],
        guarded(rows, place - Z),
        Bracket(0, "<=", place - Z) * Bracket(place, "<", U + make.pick(0, Z)) * rows[place - Z],
        Bracket(place, "<=", d) * Tensor("tiles", (S * N,))[place],
        Tensor("deep", (N * M * S,))[deep],
        x[whole],
        blocks[whole, make.pick(d - S * Quotient(d, S), c, s)],
        Bracket(FLOOR_OF_D, "=", 0) * Tensor("first", (S,))[make.pick(d, c)],
        Bracket(0, "<=", whole) * Bracket(whole, "<", make.pick(N, M)) * x[whole],
    )
    low, high = make.pick((0, N - 1), (0, N - 1), (0, N), (1, N - 1), (0, n))
    return Sum(i, Sum(s, entry), low, high)


FLOOR_OF_D = Quotient(d, S)


# -------------------------------------------------------------------------------- what must be equal

FLAT = Tensor("flat", (S * N,))
ROUTE = Routing("route", Definition("one", (n, c), blocks[n, c] * 1), 1)
PLACE = S * I1 + C1
LONG = Name("Plonglonglonglonglong", integer=True, lower=node(1))  # keys are compared by length


def own_block(i):
    """The index i lies in block i of S: only 0 does, unless S = 1."""
    return Bracket(0, "<=", i - S * i) * Bracket(i - S * i, "<", S)


def in_block_of_floor(place, size):
    """The place is in block floor(n/size) of S."""
    rest = place - S * Quotient(n, size)
    return Bracket(0, "<=", rest) * Bracket(rest, "<", S)


EQUAL = {
    "expand": [
        ((x[n] + r) ** 2 - x[n] ** 2, 2 * r * x[n] + r**2),
        (
            Pow(1 + g, HALF.value) * (3 * Pow(1 + g, HALF.value) - r),
            3 + 3 * g - r * Pow(1 + g, HALF.value),
        ),
    ],
    "idempotent": [(Bracket(n, "<=", m) ** 2 * x[n], Bracket(n, "<=", m) * x[n])],
    "by exp": [
        (sigmoid(r) + sigmoid(-r), node(1)),
        (tanh(x[n]), 2 * sigmoid(2 * x[n]) - 1),
        (1 - tanh(r) ** 2, 4 * sigmoid(2 * r) * sigmoid(-2 * r)),
    ],
    "step": [(step(x[n]) ** 2 * r, step(x[n]) * r)],
    "almost everywhere": [
        (Diff(step(x[n]) * x[n], x[n]), step(x[n])),
        (Diff(absolute(x[n]) ** 2, x[n]), 2 * x[n] * sign(x[n]) ** 2),
        (Diff(Sum(I1, absolute(a[I1] - r)), a[n]), sign(a[n] - r)),
    ],
    "absolute value": [
        (absolute(x[n]), x[n] * sign(x[n])),
        (absolute(-a[n] * exp(r)), a[n] * exp(r)),
        (absolute(Sum(I1, a[I1] + g)), Sum(I1, a[I1]) + N * g),
        (sign(-Sum(I1, exp(x[I1]))) * r, -r),
        (absolute(x[n] - x[n]) + sign(r - r), node(0)),
        (Diff(Sum(I1, absolute(x[I1])), x[n]), sign(x[n])),
        (Diff(absolute(a[n]) * r, a[n]), r * 1),
    ],
    "tighten": [
        (Bracket(2 * n, "<=", 2 * m + 1), Bracket(n, "<=", m)),
        (Bracket(n, "=", m) * r, Bracket(m, "=", n) * r),
        (Bracket(2 * n, "=", 2 * m + 1), node(0)),
    ],
    "range": [
        (Bracket(n, "<=", N) * x[n], x[n]),
        (Bracket(n, "<", m) * Bracket(m, "<=", n) * x[n], node(0)),
        (Sum(I1, Bracket(I1, "<=", n) * x[I1]), Sum(I1, x[I1], 0, n)),
        (Bracket(S * n + c, "<", S * N) * r, r * 1),
        (Bracket(S * N, "<=", S * n + R) * r, node(0)),
        (Bracket(0, "<=", S * n) * Bracket(S * P * n, "<=", S * P * N - S * P) * r, r * 1),
        (Sum(I1, FLAT[S * I1 + S - 1]), Sum(I1, Sum(C1, Bracket(C1, "=", S - 1) * FLAT[PLACE]))),
    ],
    "positive factor": [
        (Bracket(S * n, "<=", S * m) * r, Bracket(n, "<=", m) * r),
        (Bracket(S * P * n, "=", S * P * m) * r, Bracket(n, "=", m) * r),
        (Bracket(S * S * n, "<=", S * S * m) * r, Bracket(n, "<=", m) * r),
    ],
    "Euclid": [
        (Sum(I1, Sum(C1, Bracket(PLACE, "=", S * n + c) * blocks[I1, C1])), blocks[n, c]),
        (
            Sum(I1, Bracket(0, "<=", S * n + c - S * I1) * Bracket(S * n + c - S * I1, "<", S)),
            node(1),
        ),
        (
            Sum(
                I1,
                Sum(
                    I2,
                    Sum(C1, Bracket((I1 * M + I2) * S + C1, "=", (n * M + m) * S + c) * w[I1, I2]),
                ),
            ),
            w[n, m],
        ),
    ],
    "floor": [
        (Quotient(S * n + c, S) * r, n * r),
        (Quotient(S * (n - N) + c, S) * r, (n - N) * r),
        (
            x[Quotient(d, S)] * 1,
            Sum(I1, Bracket(0, "<=", d - S * I1) * Bracket(d - S * I1, "<", S) * x[I1]),
        ),
        (Bracket(Quotient(d, S) * S, "<=", d) * r, r * 1),
        (Quotient(U + 2 * Z - P, S) + 1, N * 1),
        (
            Bracket(Quotient(d, S), "=", n) * r,
            Bracket(S * n, "<=", d) * Bracket(d, "<", S * n + S) * r,
        ),
        (Bracket(Quotient(d, S), "<=", n) * r, Bracket(d, "<", S * n + S) * r),
        (Bracket(n, "<", Quotient(d, S)) * r, Bracket(S * n + S, "<=", d) * r),
        (Bracket(2 * Quotient(d, S), "<=", 2 * n + 1) * r, Bracket(d, "<", S * n + S) * r),
        (
            Bracket(Quotient(d, S), "=", Quotient(c, P)) * r,
            Bracket(Quotient(c, P), "=", Quotient(d, S)) * r,
        ),
        (Sum(I1, Sum(C1, FLAT[PLACE] * x[I1])), Sum(d, FLAT[d] * x[Quotient(d, S)])),
        (Sum(I1, f(x[I1]) * Sum(C1, f(FLAT[PLACE]))), Sum(d, f(FLAT[d]) * f(x[Quotient(d, S)]))),
        (Sum(d, FLAT[d] * Bracket(Quotient(d, S), "=", n)), Sum(C1, FLAT[S * n + C1])),
        (Sum(I1, own_block(I1) * f(x[I1])), Sum(n, own_block(n) * f(x[n]))),
        (Sum(I1, in_block_of_floor(S * I1 + c, P) * x[I1]), x[Quotient(n, P)] * 1),
        (Sum(I1, in_block_of_floor(S * I1 + c, LONG) * x[I1]), x[Quotient(n, LONG)] * 1),
    ],
    "routing": [
        (Diff(Sum(C1, ROUTE[n, C1] * blocks[n, C1]), blocks[n, c]), ROUTE[n, c]),
        (
            Diff(Diff(Sum(C1, ROUTE[n, C1] * blocks[n, C1] ** 2), blocks[n, c]), blocks[n, c]),
            2 * ROUTE[n, c],
        ),
    ],
    "one per window": [
        (Sum(C1, ROUTE[n, C1] * r), r * 1),
        (Sum(I1, Sum(C1, ROUTE[I1, C1] * x[I1])), Sum(n, x[n])),
        (Sum(d, Sum(I1, guarded(ROUTE, I1, d - S * I1))), N * 1),
    ],
    "rename": [
        (Sum(I1, x[N - 1 - I1] * f(x[I1])), Sum(I1, x[I1] * f(x[N - 1 - I1]))),
        (Sum(I1, x[I1 - 1] * r, 1, N), Sum(I1, x[I1] * r)),
        (Sum(I1, Sum(I2, w[I1, I2] * y[I2])), Sum(I2, y[I2] * Sum(I1, w[I1, I2]))),
        (Sum(I1, I1 * x[N - 1 - I1]), Sum(I1, (N - 1 - I1) * x[I1])),
        (Sum(I1, I1 * x[-I1], 1 - N, 0), -Sum(I1, I1 * x[I1])),
        (Sum(I1, f(Sum(I2, w[N - 1 - I1, I2]))), Sum(I1, f(Sum(I2, w[I1, M - 1 - I2])))),
    ],
    "factor": [
        (Sum(I1, Sum(I2, x[I1] * y[I2])), Sum(I1, x[I1]) * Sum(I2, y[I2])),
        (Sum(I1, Sum(I2, w[I1, I2]) ** 2), Sum(I1, Sum(I2, w[I1, I2]) * Sum(m, w[I1, m]))),
        (Sum(I2, Sum(I1, exp(w[I1, I2]) * x[I1] / Sum(m, exp(w[I1, m])))), Sum(n, x[n])),
    ],
    "differentiate": [
        (Diff(Sum(I1, x[I1] ** 2 * r), x[n]), 2 * r * x[n]),
        (Diff(Sum(I1, a[I1] * log(a[I1])), a[n]), log(a[n]) + 1),
        (Diff(Sum(I1, a[I1] * a[N - 1 - I1]), a[n]), 2 * a[N - 1 - n]),
        (Diff(exp(2 * log(a[n])) * x[n], a[n]), 2 * a[n] * x[n]),
    ],
    "sift": [
        (Sum(I1, Bracket(I1, "=", n) * x[I1]), x[n]),
        (Bracket(t[n], "=", k) * v[k], Bracket(k, "=", t[n]) * v[t[n]]),
    ],
    "root of unity": [
        (Root(n + m, N) * Root(n - m, N), Root(n, N) ** 2),
        (Root(n + N * m, N) * r, Root(n, N) * r),
        (Root(N - n, N) * r, r / Root(n, N)),
        (Root(n * (M + k), M), Root(n * k, M) * Root(0, N)),
        (Sum(I1, x[N - 1 - I1] * Root(-(I1 * m), N)), Sum(I1, x[I1] * Root(I1 * m + m, N))),
    ],
    "all powers": [
        (Sum(I1, Root(I1 * (n - n.prime), N)), N * Bracket(n, "=", n.prime)),
        (
            Sum(I1, Root(I1 * (n + n.prime), N)),
            N * (Bracket(n + n.prime, "=", 0) + Bracket(n + n.prime, "=", N)),
        ),
        (Sum(I1, Sum(n, x[n] * Root(I1 * (n - n.prime), N))), N * x[n.prime]),
        (Sum(I1, Root(I1 * n, N) * Root(-(I1 * n.prime), N)), N * Bracket(n, "=", n.prime)),
    ],
    "cases": [
        (Sum(I1, x[I1], 0, n - 1) + Sum(I1, x[I1], n, N - 1), Sum(I1, x[I1])),
        (
            Sum(I1, Sum(I2, w[I1, I2] * (Bracket(I1 + I2, "<", k) + Bracket(k, "<=", I1 + I2)))),
            Sum(I1, Sum(I2, w[I1, I2])),
        ),
        (
            Sum(I1, Bracket(I1, "<", m) * x[I1] * r) + r * Sum(I1, Bracket(m, "<=", I1) * x[I1]),
            Sum(I1, r * x[I1]),
        ),
    ],
    "count": [(Sum(I1, r), N * r), (Sum(I1, 1, 1, N - 1), N - 1), (Sum(I1, 1, n, N - 1), N - n)],
    "write out": [(Sum(I1, Bracket(I1, "<", N) * x[I1], 0, 1), x[0] + Bracket(1, "<", N) * x[1])],
    "geometric": [
        ((1 - g) * Sum(I1, g**I1), 1 - g**N),
        ((1 - exp(r)) * Sum(I1, exp(r * I1)), 1 - exp(r * N)),
        ((1 - g) * Sum(I1, g ** (n - I1), 0, n), 1 - g ** (n + 1)),
        (Sum(I1, node(2) ** I1, 1, N), 2 * node(2) ** N - 2),
        ((g - exp(r)) * Sum(I1, g**I1 * exp(r * (N - 1 - I1))), g**N - exp(r * N)),
    ],
    "last terms": [
        (Sum(I1, FAR[I1], 0, n + 3), Sum(I1, FAR[I1], 0, n) + FAR[n + 1] + FAR[n + 2] + FAR[n + 3]),
        (Sum(I1, FAR[I1]), FAR[0] + Sum(I1, FAR[I1], 1, N - 1)),
        (
            Sum(I1, FAR[I1], 0, n + 1) ** 2,
            Sum(I1, FAR[I1], 0, n) * (Sum(I1, FAR[I1], 0, n) + 2 * FAR[n + 1]) + FAR[n + 1] ** 2,
        ),
        (
            Sum(I1, g ** (n + 1 - I1) * FAR[I1], 0, n + 1),
            g * Sum(I1, g ** (n - I1) * FAR[I1], 0, n) + FAR[n + 1],
        ),
    ],
    "exp": [(exp(r + x[n]) * exp(-r), exp(x[n])), (exp(2 * log(g)), g**2)],
    "power": [
        (g ** (n - m) * g**m, g**n),
        ((g**n) ** 2, (g**2) ** n),
        ((1 + g) ** (n + 1) - (1 + g) ** n, g * (1 + g) ** n),
        (log(a[n] ** (2 * m)), 2 * m * log(a[n])),
        (Diff(a[n] ** (m + 1), a[n]), (m + 1) * a[n] ** m),
    ],
    "log": [
        (log(exp(r) * g / 2), r + log(g) - log(2)),
        (log(Sum(I1, exp(x[I1] + r))), r + log(Sum(I1, exp(x[I1])))),
    ],
    "product": [(log(Product(I1, a[I1])), Sum(I1, log(a[I1])))],
    "sums to one": [(Sum(k, q[n, k] * r), r)],
    "unit length": [(Sum(k, u[n, k] ** 2 * r), r)],
    "common denominator": [
        (1 / (1 + exp(r)) + 1 / (1 + exp(-r)), node(1)),
        (r / (1 + exp(r)) - x[n] / (1 + exp(x[n])) + x[n] / (1 + exp(x[n])), r / (1 + exp(r))),
    ],
    "maximum": [(Max(n, x[n] + 0), Max(I1, x[I1]))],
}

# what must not be shown equal; most of these were shown, or came close, at some time
BIG = Tensor("big", (N + 1,))
I3 = Index("i3", N + 1)
UNEQUAL = {
    "a bracket is no range of a maximum": (
        Max(I3, Bracket(1, "<=", I3) * BIG[I3]),
        Max(I3, Bracket(0, "<=", I3) * BIG[I3], 1, N),
    ),
    "root of 1 + 1/x^2": (
        Pow(1 + x[n] ** -2, HALF.value),
        Pow(1 + x[n] ** 2, HALF.value) / x[n],
    ),
    "log of a square": (log(x[n] ** 2), 2 * log(x[n])),
    "length of an empty range": (Sum(I1, 1, 1, N - 2), N - 2),
    "part of a row": (Sum(k, q[n, k], 0, K - 2), node(1)),
    "row of a real tensor": (Sum(I2, w[n, I2]), node(1)),
    "bracket with coefficient 2": (Sum(I1, Bracket(2 * I1, "=", n) * x[I1]), x[0]),
    "square of a sum": (Sum(I1, x[I1]) ** 2, Sum(I1, x[I1] ** 2)),
    "maximum of a product": (Max(I1, r * x[I1]), r * Max(I1, x[I1])),
    "label and index": (Bracket(t[n], "=", k) * v[k], v[t[n]]),
    "overlapping ranges": (Sum(I1, x[I1]), Sum(I1, x[I1], 0, n) + Sum(I1, x[I1], n, N - 1)),
}

K1, NEXT = k.prime, n.prime
AGREE = Bracket(n, "=", I1) * Bracket(k, "=", K1)
LABEL = Tensor("one_label", (1,), kind="labels", bound=N)
UNEQUAL |= {
    "a condition times a padding": (Bracket(Z * n, "<=", Z * m) * r, Bracket(n, "<=", m) * r),
    "a padding is no divisor": (Bracket(Z * n, "=", Z * m) * r, Bracket(n, "=", m) * r),
    "a remainder may be 0": (Bracket(1, "<=", R) * r, r * 1),
    "a padding may be 0": (Bracket(1, "<=", Z) * r, r * 1),
    "a derived size may be 0": (Bracket(1, "<=", U) * r, r * 1),
    "digits up to S": (Sum(I1, Sum(C1, Bracket(PLACE, "=", S * n + c) * x[I1], 0, S)), x[n]),
    "one digit is enough": (Sum(I1, Bracket(S * I1, "<=", S * n + c) * x[I1]), x[n]),
    "mixed radix the wrong way round": (
        Sum(I1, Sum(I2, Bracket(I1 * M + I2, "=", m * N + n) * w[I1, I2])),
        w[n, m],
    ),
    "floor is 0 in its own bracket": (Bracket(Quotient(d, S), "=", 0) * r, r * 1),
    "floor is 0 in its own bracket, typed in a row": (
        x[n] * Bracket(Quotient(d, S), "<=", 0) * r,
        x[n] * r,
    ),
    "floor of a negative number": (Quotient(c - S, S) * r, 0 * r),
    "floor rounds down": (Quotient(S * n + R, S) * r, (n + 1) * r),
    "floor of a rest up to S": (Quotient(S * n + c + 1, S) * r, n * r),
    "divisor that only a bracket keeps from 0": (
        AGREE * Bracket(1, "<=", m + n - I1 + k - K1) * Bracket(m * Quotient(k, m), "<=", k) * r,
        AGREE * r,
    ),
    "a tile of S + 1": (
        Sum(I1, Bracket(0, "<=", d - S * I1) * Bracket(d - S * I1, "<=", S) * x[I1]),
        x[Quotient(d, S)],
    ),
    "a power of a sum is no sum": (Sum(I1, Sum(I2, w[I1, I2]) ** 2), Sum(I1, Sum(I2, w[I1, I2]))),
    "sum over an empty row": (Sum(Index("z", Z), qz[n, Index("z", Z)]), node(1)),
    "length of an empty vector": (Sum(Index("z", Z), uz[n, Index("z", Z)] ** 2), node(1)),
    "maximum of an empty window": (
        Sum(C1, Routing("route", ROUTE.window, 1, Bracket(n + c, "<", N))[n, C1]),
        node(1),
    ),
    "routing at other arguments": (
        At(ROUTE[n, c], {blocks: Definition("turned", (n, c), -blocks[n, c])}),
        ROUTE[n, c],
    ),
    "access without a label's range": (Bracket(LABEL[0], "<=", N - 2) * r, r * 1),
    "log of a power of any number": (log(x[n] ** (2 * m)), 2 * m * log(x[n])),
    "a power of what may be 0": (
        guarded(a, n - m) ** m * guarded(a, n - m),
        guarded(a, n - m) ** (m + 1),
    ),
    "powers of an empty range": ((1 - g) * Sum(I1, g**I1, 1, N - 2), g - g ** (N - 1)),
    "powers with a square in the exponent": (
        (1 - exp(r)) * Sum(I1, exp(r * I1 * I1)),
        1 - exp(r * N * N),
    ),
    "powers of 1 where two indices meet": (
        Sum(I1, exp(I1 * (x[n] - x[NEXT]))),
        1 + Sum(I1, exp(I1 * (x[n] - x[NEXT])), 1, N - 1) + 5 * Bracket(n, "=", NEXT),
    ),
    "powers of 1 at the index 0": (
        Sum(I1, exp(I1 * m * r)),
        1 + Sum(I1, exp(I1 * m * r), 1, N - 1) + 5 * Bracket(m, "=", 0),
    ),
    "powers of 1 at the size 1": (
        Sum(I1, N**I1),
        1 + Sum(I1, N**I1, 1, N - 1) + 5 * Bracket(N, "=", 1),
    ),
    "powers without the last": ((1 - g) * Sum(I1, g**I1), 1 - g ** (N - 1)),
    "one term more": (Sum(I1, FAR[I1], 0, n + 1), Sum(I1, FAR[I1], 0, n)),
    "one term more, the wrong one": (Sum(I1, FAR[I1], 0, n + 1), Sum(I1, FAR[I1], 0, n) + FAR[n]),
    "one term more of other numbers": (
        Sum(I1, FAR[I1], 0, n + 1),
        Sum(I1, FAR[I1 + 1], 0, n) + FAR[n + 1],
    ),
    "one term more of two sums": (
        Sum(I1, Sum(I2, w[I1, I2] * y[I2])),
        Sum(I1, Sum(I2, w[I1, I2] * y[I2], 1, M - 1)) + w[n, 0] * y[0],
    ),
    "absolute value of any number": (absolute(x[n]), 1 * x[n]),
    "absolute value of a sum": (absolute(x[n] + r), absolute(x[n]) + absolute(r)),
    "absolute value of a difference": (absolute(a[n] - g), a[n] - g),
    "absolute value of what is cut off": (absolute(guarded(a, n - m)), a[n]),
    "sign of 0": (sign(x[n] - x[n]) * r, r * 1),
    "sign of 0 under a bar": (sign(x[n] - x[n]) / sign(x[n] - x[n]), node(1)),
    "sign of a square": (sign(x[n] ** 2), node(1)),
    "square of a sign": (sign(x[n]) ** 2, node(1)),
    "sign of a bracket": (sign(Bracket(n, "<", m) * g), node(1)),
    "sign of a padding": (sign(Z * g), node(1)),
    "sign of a remainder": (sign(R + 0 * r), node(1)),
    "sign of an index": (sign(n * g), node(1)),
    "sign of a derived size": (sign(U * g), node(1)),
    "sign of an empty sum": (sign(Sum(I1, a[I1], 1, N - 1)), node(1)),
    "sign of a sum that a bracket empties": (
        sign(Sum(I1, Bracket(m, "<=", n * I1) * a[I1])),
        node(1),
    ),
    "sign of a sum of squares": (sign(Sum(I1, x[I1] ** 2)), node(1)),
    "sign at replaced arguments": (
        At(absolute(a[n]), {a: Definition("of_any_sign", (n,), x[n] * 1)}),
        x[n] * 1,
    ),
    "slope of an absolute value": (Diff(absolute(x[n]), x[n]), node(1)),
    "slope of what is positive only apart": (Diff(absolute(a[n] - r), a[n]), node(1)),
    "logarithm of an absolute value": (log(absolute(x[n])), log(x[n])),
    "slope by another entry": (Diff(a[n] * a[0], a[n]), 1 * a[0]),
    "a floor that is at most n": (Bracket(FLOOR_OF_D, "<=", n) * r, Bracket(d, "<=", S * n) * r),
    "a floor that is at least n": (Bracket(n, "<=", FLOOR_OF_D) * r, Bracket(S * n, "<", d) * r),
    "a floor that is n, one half": (Bracket(FLOOR_OF_D, "=", n) * r, Bracket(S * n, "<=", d) * r),
    "a floor that is n, the other half": (
        Bracket(FLOOR_OF_D, "=", n) * r,
        Bracket(d, "<", S * n + S) * r,
    ),
    "twice a floor": (Bracket(2 * FLOOR_OF_D, "=", n) * r, Bracket(FLOOR_OF_D, "=", n) * r),
    "minus a floor": (Bracket(-FLOOR_OF_D, "<=", -n) * r, Bracket(FLOOR_OF_D, "<=", n) * r),
    "blocks with a gap": (
        Sum(I1, Sum(C1, FLAT[PLACE] * x[I1], 0, S - 2)),
        Sum(d, FLAT[d] * x[FLOOR_OF_D]),
    ),
    "blocks of another size": (
        Sum(I1, Sum(C1, guarded(FLAT, P * I1 + C1) * x[I1])),
        Sum(d, FLAT[d] * x[FLOOR_OF_D]),
    ),
    "an index that is its own block": (
        Sum(I1, own_block(I1) * x[I1]),
        x[0] * 1,
    ),
}

TURN = I1 * (n - n.prime)
UNEQUAL |= {
    "a root that is 1 for any length": (Root(N * n, M) * r, r * 1),
    "a root of another length": (Root(n, N) * Root(m, M), Root(n + m, N)),
    "a half turn": (Root(n, N) ** 2, node(1)),
    "the conjugate": (Root(n, N) * r, Root(-n, N) * r),
    "root of the square of a root": (Pow(Root(n, N) ** 2, HALF.value), Root(n, N)),
    "absolute value of a root": (absolute(Root(n, N) + 2), Root(n, N) + 2),
    "all powers but the first": (Sum(I1, Root(TURN, N), 1, N - 1), N * Bracket(n, "=", n.prime)),
    "all powers and one": (Sum(I1, Root(TURN, N), 0, N), N * Bracket(n, "=", n.prime)),
    "all powers of another root": (Sum(I1, Root(TURN, M)), N * Bracket(n, "=", n.prime)),
    "all powers of two roots": (
        Sum(I2, Root(I2 * m, M) * Root(-(I2 * m.prime), N)),
        M * Bracket(m, "=", m.prime),
    ),
    "all powers, the length left out": (Sum(I1, Root(TURN, N)), 1 * Bracket(n, "=", n.prime)),
    "all powers of what goes round": (
        Sum(I1, Root(I1 * (n + n.prime), N)),
        N * Bracket(n + n.prime, "=", 0),
    ),
    "all powers of what goes round below 0": (
        Sum(I1, Root(I1 * (-1 - n), N)),
        0 * r,
    ),
    "all powers of what has no bound": (Sum(I1, Root(I1 * (n - m), N)), N * Bracket(n, "=", m)),
    "all squares": (Sum(I1, Root(I1 * I1 * n, N)), N * Bracket(n, "=", 0)),
    "halves with a gap": (Sum(I1, x[I1], 0, n - 1) + Sum(I1, x[I1], n + 1, N - 1), Sum(I1, x[I1])),
    "halves of different weight": (
        Sum(I1, x[I1], 0, n - 1) + 2 * Sum(I1, x[I1], n, N - 1),
        Sum(I1, x[I1]),
    ),
    "half of it squared": (
        Sum(I1, x[I1], 0, n - 1) ** 2 + Sum(I1, x[I1], n, N - 1),
        Sum(I1, x[I1]),
    ),
    "halves of different sums": (
        Sum(I1, x[I1], 0, n - 1) + Sum(I1, x[I1] ** 2, n, N - 1),
        Sum(I1, x[I1]),
    ),
    "halves, one of them cut": (
        Sum(I1, x[I1], 0, n - 1) + Sum(I1, Bracket(I1, "<", m) * x[I1], n, N - 1),
        Sum(I1, x[I1]),
    ),
}
