"""Formulas aimed at sums: their letters, their ranges, what may leave them."""

from cnnmath.proof.audit.letters import (
    FAR,
    FREE,
    K,
    M,
    Maker,
    N,
    Z,
    f,
    g,
    guarded,
    k,
    m,
    n,
    q,
    qq,
    qz,
    r,
    t,
    u,
    uz,
    v,
    w,
    x,
    y,
)
from cnnmath.proof.notation import Bracket, Index, Node, Root, Sum, exp


def rename(make: Maker) -> Node:
    """Dummies reflected, shifted, swapped, and hidden in opaque inner sums only."""

    def hidden(scope):
        """The outer letter occurs only below an opaque head (a real bug of the prototype)."""
        i = scope[-1]
        inner = make.sum(
            scope,
            lambda s: (
                make.pick(1, guarded(w, s[-1], m), guarded(x, s[-1]))
                * guarded(y, make.pick(1, -1) * s[-1] + make.pick(1, -1) * i + 1)
            ),
        )
        if make.rng.random() < 0.5:
            inner = inner * make.pick(guarded(x, i), r, f(guarded(y, N - i)))
        return make.opaque(inner)

    def mixed(scope):
        return make.sum(
            scope, lambda s: guarded(w, s[-1] - s[-2], s[-2]) * guarded(w, s[-2], s[-1] + n)
        )

    def counted(scope):
        slot = make.pick(1, -1) * scope[-1] + make.pick(0, 1) * n
        return scope[-1] * guarded(x, slot) * f(guarded(x, slot)) + exp_free(scope)

    def exp_free(scope):
        return guarded(x, N - scope[-1]) * guarded(y, scope[-1] - make.pick(n, m, 1))

    return make.sum(FREE, make.pick(hidden, hidden, mixed, counted, exp_free, make.entry))


def factor(make: Maker) -> Node:
    """Products of sums, sums of products of independent parts, powers of sums."""
    one = make.sum(FREE, make.entry)
    two = make.sum(FREE, lambda s: make.entry([s[-1], n]) * make.entry(FREE))
    nested = make.sum(
        FREE,
        lambda s: (
            make.entry(FREE) * make.sum(FREE, lambda z: make.entry([z[-1]])) * f(make.entry(s))
        ),
    )
    i, j, z = make.letter(N), make.letter(M), make.letter(M)
    cancels = Sum(j, Sum(i, 2 * exp(w[i, j]) * x[i] / Sum(z, exp(w[i, z]))))
    square = Sum(i, make.sum([n, i], lambda s: make.entry([i, s[-1]])) ** make.pick(2, 2, 3))
    return make.pick(
        one * two,
        one**2,
        nested,
        cancels,
        square,
        make.sum(FREE, lambda s: make.sum(s, make.entry)),
        make.sum(FREE, lambda s: make.sum(s, lambda z: z[-1] * make.entry(s))),
        (one - two) ** 2,
        make.sum(FREE, lambda s: one * make.entry(s)),
    )


def sift(make: Maker) -> Node:
    """Deltas with coefficients 1, -1, 2, -3, on dummies, on labels, on free indices, two at once."""

    def one(scope):
        i = scope[-1]
        left = make.pick(1, 1, -1, 2, -3) * i + make.pick(0, 1, -1) * make.pick(*FREE)
        body = make.entry(scope) * make.pick(1, guarded(x, i), f(guarded(y, n - i)))
        return Bracket(left, "=", make.pick(n, m - 1, N - n, 2 * m, t[n])) * body

    def nested(scope):
        return make.sum(scope, lambda s: Bracket(s[-1] + s[-2], "=", make.affine(FREE)) * one(s))

    free = Bracket(make.affine(FREE), "=", make.affine(FREE)) * make.entry(FREE)
    label = Bracket(t[n], "=", k) * guarded(w, k, t[n]) * make.entry(FREE)
    return make.pick(make.sum(FREE, one), make.sum(FREE, one), make.sum(FREE, nested), free, label)


def cases(make: Maker) -> Node:
    """Sums over two ranges that meet, overlap or leave a gap, weighted alike or not, one or two letters."""
    i, j = make.letter(N), make.letter(M)
    s = make.pick(n, m, K, n + m, N - n)
    gap, scale = make.pick(*[0] * 6, 1, -1), make.pick(1, 1, 1, 1, 2)
    body = make.pick(x[i], x[i] * f(guarded(y, i - m)), x[i] * Root(i * n, N))
    place = make.pick(i, i, i, i + j, i - j, j - i)
    inner = body if place is i else body * y[j]

    def over(condition):
        return Sum(i, condition * inner if place is i else Sum(j, condition * inner))

    one, other = over(Bracket(place, "<", s)), over(Bracket(s + gap, "<=", place))
    return make.pick(1, r, guarded(x, n - m)) * (one + scale * other) - make.pick(0, 0, r)


def count(make: Maker) -> Node:
    """Lengths of ranges, among them empty ones, triangles, and ranges that end at a label."""
    i, j = make.letter(N), make.letter(N)
    s = make.pick(*FREE)
    return make.pick(
        Sum(i, 1, s, s + M - 1),
        Sum(i, 1, make.pick(1, 2, 3), N - 1),
        Sum(i, r, 1, make.pick(N - 2, M - 3)),
        Sum(i, r, 0, t[n]),
        Sum(i, Sum(j, 1, 0, i)),
        Sum(i, Sum(j, x[i], i, N - 1)),
        Sum(i, 1, n, m),
        Sum(i, 1, n, N - 1),
        Sum(i, 1, -20, 3) * make.entry(FREE),
        Sum(i, Bracket(2 * i, "<=", N), 0, 2 * N),
        Sum(i, Bracket(i, "<=", m), 0, M),
    )


def write_out(make: Maker) -> Node:
    """Constant bounds: negative, empty, one term, and a second range that does not cut them."""
    i = make.letter(N)
    low = make.pick(-2, -1, 0, 1, 2)
    high = low + make.pick(-2, -1, 0, 1, 2, 3)
    body = make.entry([i, n]) * make.pick(1, i, f(guarded(x, n - i)))
    if make.rng.random() < 0.4:
        body = body * make.sum([i, n], lambda s: guarded(x, s[-1]) * make.entry([s[-1], i]))
    return Sum(i, Bracket(i, "<=", make.pick(N, n, 9)) * body, low, high)


def last_terms(make: Maker) -> Node:
    """Differences of sums whose ranges differ at one end or both, by few terms or by many."""
    i, j = make.letter(N), make.letter(M)
    body = make.pick(
        *(
            FAR[i],
            FAR[i] * f(FAR[i] + r),
            i * FAR[i],
            guarded(x, i - m) * FAR[i],
            g ** (n - i) * FAR[i],
        ),
        *(Sum(j, Bracket(i, "<=", j + n) * y[j]), FAR[i] * Sum(j, Bracket(j, "<=", i) * y[j])),
    )
    ends = [(0, N - 1), (0, n), (m, N + 4), (0, N - 2), (1, N - 1)]
    low, high = make.pick(*ends)
    more, before = make.pick(0, 1, 1, 2, 4, 5), make.pick(0, 0, 0, 1)
    one, other = Sum(i, body, low, high), Sum(i, body, low + before, high + more)
    return make.pick(
        one - other,
        2 * other - make.coefficient() * one,
        one * make.entry(FREE) - other * make.entry(FREE),
        other**2 - one * r,
        one / (1 + exp(r)) - other / (1 + exp(r)),
    )


def sums_to_one(make: Maker) -> Node:
    """Whole rows, partial rows, columns, powers, moved rows, weighted rows."""
    i, j = make.letter(N), make.letter(K)
    return make.pick(
        Sum(j, q[n, j]),
        Sum(j, q[n, j], 1, K - 1),
        Sum(j, q[n, j] ** 2),
        Sum(i, q[i, k]),
        Sum(i, guarded(x, i - n) * Sum(j, q[i, j])),
        Sum(i, x[i] * Sum(j, q[i, j] * make.pick(1, v[j]), 0, K - 1)),
        Sum(j, q[n, K - 1 - j]) * make.entry(FREE),
        Sum(j, q[n, j] * (make.pick(0, x[n]) - v[j]) - q[n, j] * r),
        Sum(j, u[n, j]),
        Sum(Index("z", Z), qz[n, Index("z", Z)]),
        Sum(j, qq[j, j]),
        Sum(j, qq[j, k]),
        Sum(i, guarded(q, i, i + make.pick(0, 1))),
        Sum(j, Bracket(j, "<=", n) * q[n, j]),
    )


def unit_length(make: Maker) -> Node:
    i, j = make.letter(N), make.letter(K)
    return make.pick(
        Sum(j, u[n, j] ** 2),
        Sum(j, u[n, j] ** 2, 0, K - 2),
        Sum(Index("z", Z), uz[n, Index("z", Z)] ** 2),
        Sum(j, u[n, j] ** make.pick(3, 4)),
        Sum(j, u[n, j]),
        Sum(i, u[i, k] ** 2),
        Sum(j, (u[n, j] + v[j]) ** 2),
        Sum(i, x[i] * Sum(j, u[i, j] * u[n, j])),
        Sum(i, x[i] * Sum(j, u[i, K - 1 - j] ** 2)),
        Sum(j, q[n, j] ** 2),
        f(Sum(j, u[n, j] ** 2 * r)),
    )
