"""Formulas aimed at the ring, at definitions and at brackets."""

from cnnmath.proof.audit.letters import (
    FREE,
    M,
    Maker,
    N,
    P,
    R,
    S,
    U,
    Z,
    c,
    f,
    guarded,
    k,
    m,
    n,
    r,
    w,
    x,
    y,
)
from cnnmath.proof.notation import At, Bracket, Definition, Node, Sum


def expand(make: Maker) -> Node:
    one = make.coefficient() * make.entry(FREE) - make.entry(FREE)
    two = make.entry(FREE) + make.coefficient()
    return one**2 * (two - make.sum(FREE, make.entry)) - make.pick(one, two, r)


def unfold(make: Maker) -> Node:
    """Definitions used inside sums whose letters have the names of their own letters."""
    inner = Definition("inner", (n, m), Sum(k, guarded(w, n + k, m - k)) + guarded(x, n - m))
    outer = Definition("outer", (n,), Sum(m, inner[n, m] * y[m], 1, M - 1) - r)
    moved = Definition("moved", (n,), x[n] * 2 + outer[n])
    i = make.letter(N)
    return make.pick(
        Sum(m, guarded(inner, n, m - 1) * make.entry([m, k, n])),
        Sum(m, guarded(outer, n - m) * y[m]),
        Sum(i, guarded(inner, i, m) * guarded(outer, i + 1 - n)),
        At(Sum(i, guarded(x, i - m) * make.entry([i, n])), {x: moved}),
        At(outer[n] * x[n], {y: Definition("other", (m,), Sum(k, guarded(y, m - k)))}),
    )


def idempotent(make: Maker) -> Node:
    s, e = make.affine(FREE), make.affine(FREE)
    one, two = Bracket(s, make.pick("<=", "<", "="), e), Bracket(e, "<=", make.affine(FREE))
    return make.pick(
        one * one * make.entry(FREE),
        (one + two) ** 3 * x[n],
        (one - 2 * two) ** 2,
        one**2 * two + r * one,
    )


def tighten(make: Maker) -> Node:
    i = make.letter(N)
    left = make.pick(2, 3, -2, 4, 6) * i + make.pick(0, 2, 4, -6) * n
    right = make.pick(1, 3, -1, 5, 2 * m, 2 * N + 1, 3 * m - 2, 4)
    bracket = Bracket(left, make.pick("<=", "<", "="), right)
    return Sum(
        i,
        bracket * make.pick(r, f(make.entry([i, n]))),
        make.pick(-3, 0, n),
        make.pick(4, N, M + 1),
    )


def range_(make: Maker) -> Node:
    """Brackets that follow from others, or contradict them."""
    return make.pick(plain_range, lifted)(make)


def lifted(make: Maker) -> Node:
    """The same where sizes multiply: a condition times a size is a condition, if it is a size."""
    i, size = make.letter(N), make.pick(S, S, P, S * P, Z, R, -S)
    top = make.pick(N - 1, N, N - 2, n, m)
    shift = make.pick(0, 0, 1, -1, S - 1, 1 - S, R, P)
    line, kind = size * i, make.pick("<=", "<")
    implied = Bracket(line, kind, size * top + shift)
    below = Bracket(make.pick(0, 0, -1, 1 - S, Z), kind, line + make.pick(0, R, c, shift))
    outside = Bracket(
        make.pick(U, U + 2 * Z, S * N), make.pick("<=", "<"), S * n + make.pick(c, P, 0)
    )
    return make.pick(
        Sum(i, implied * below * make.entry([i, n]), 0, top),
        Sum(i, implied * make.entry([i, n]), make.pick(-1, 0, 1), top),
        Sum(i, below * Bracket(i, "<=", make.pick(N, m)) * make.entry([i, n]), make.pick(-2, 0), N),
        outside * make.entry(FREE),
        Bracket(S * n + make.pick(0, R, c), make.pick("<=", "<"), S * N - make.pick(0, 1, S)) * r,
    )


def plain_range(make: Maker) -> Node:
    i = make.letter(N)
    extra = Bracket(make.affine([i, n]), make.pick("<=", "<"), make.affine([i, m]))
    more = Bracket(i, "<=", make.pick(N, N - 1, M + n, n, n - 1, 2 * N))
    body = extra * more * Bracket(make.pick(-1, 0, 1, n), "<=", i) * make.entry([i, n, m])
    return make.pick(Sum(i, body), Sum(i, body, 1 - m, N + k), body_at_free(make) * Sum(i, body))


def body_at_free(make: Maker) -> Node:
    return Bracket(make.affine(FREE), "<=", make.affine(FREE)) * Bracket(
        n, "<", make.pick(N, N - 1, m)
    )


def positive_factor(make: Maker) -> Node:
    """Brackets in which a product stands in every term, or in all but one; sizes may be 0 or negative."""
    i = make.letter(N)
    size = make.pick(S, P, S * P, S * S, 2 * S, Z, R, -S, S * Z)
    left, right = make.affine([i, n, m]), make.affine([i, n, m])
    kind = make.pick("<=", "<", "=")
    every = Bracket(size * left, kind, size * right)
    but_one = Bracket(S * left, kind, S * right + make.pick(1, -1, P, S - 1, R, Z * i))
    none = Bracket(make.pick(0, S, -S, Z, S * P), make.pick("<=", "="), size * left)
    return make.pick(
        Sum(i, every * make.entry([i, n]), -2, N + 1),
        Sum(i, but_one * make.entry([i, n]), -2, N + 1),
        Sum(i, none * every * make.pick(r, i), -1, M),
        Bracket(size * n, kind, size * m) * make.entry(FREE),
        Bracket(S * n, kind, P * m) * Bracket(S * m, "<", S * n + size) * r,
    )
