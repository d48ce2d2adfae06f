"""Formulas aimed at division with remainder: numbers in radix S, whole parts, blocks."""

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
    blocks,
    c,
    d,
    f,
    guarded,
    m,
    n,
    r,
    t,
    w,
    x,
    y,
)
from cnnmath.proof.notation import Bracket, Node, Quotient, Sum, Tensor, exp


def euclid(make: Maker) -> Node:
    """Numbers in radix S: with digits below S there is one way to write them, else there are others."""
    i, j, s = make.letter(N), make.letter(M), make.letter(S)
    low, high = make.pick(
        *[(0, S - 1)] * 8, (0, S), (-1, S - 1), (1, S - 1), (0, S - 2), (0, P - 1), (1 - S, 0)
    )
    place = make.pick(
        *[S * n + c] * 5,
        S * n,
        S * n + R,
        S * (n + 1) - 1 - c,
        S * n + c + 1,
        S * n - c,
        P * n + c,
        d,
    )
    body = make.pick(
        guarded(x, i) * guarded(y, s),
        guarded(x, i),
        f(guarded(x, i)) * guarded(y, s - m),
        guarded(blocks, i, s),
    )
    flat = Sum(i, Sum(s, Bracket(S * i + s, "=", place) * body, low, high), -1, N)
    tile = S * n + make.pick(c, c, R, 0) - S * i
    between = Bracket(make.pick(0, 0, 1 - S, -1), "<=", tile) * Bracket(
        tile, "<", make.pick(S, S, S + 1, P, 1)
    )
    three = (i * M + j) * S + s
    other = make.pick(
        (n * M + m) * S + c, (n * M + m) * S + c, (m * N + n) * S + c, (n * S + c) * M + m
    )
    deep = Sum(j, Sum(s, Bracket(three, "=", other) * guarded(w, i, j), low, high))
    return make.pick(
        flat,
        flat * make.entry(FREE),
        Sum(i, between * make.pick(guarded(x, i), i, guarded(w, i, m)), -2, N + 1),
        Sum(i, deep),
        Sum(s, Bracket(S * n + s, "=", place) * guarded(y, s), low, high),
    )


def floor_(make: Maker) -> Node:
    """Whole parts, of negative numbers too, as indices, as numbers and in brackets, also of themselves."""
    i, e = make.letter(N), make.affine(FREE)
    digit = make.pick(c, c, R, S - 1 - c, c + 1, R + 1, S, S - 1, -c, -R, -1, 2 * c)
    over, under = make.pick(
        *[(make.pick(S * e, S * n, S * (n - N)) + digit, S)] * 4,
        (make.pick(e, -e - 1, S * e, t[n] - N), make.pick(S, P, 3, 2 * S, N, 1)),
        (make.pick(1, 2, -1) * S * e + digit, make.pick(2 * S, 2 * S, S + 1, P)),
        (S * P * e + make.pick(c, S * c, S * P - 1), S * P),
        (d - make.pick(0, S, c), S),
        (U + 2 * Z - P, S),
    )
    q = Quotient(over, under)
    inner = Quotient(make.pick(1, -1) * i + make.pick(0, n, S * n), make.pick(S, 2))
    # a bracket must not be its own reason: floor(d/S) is 0 in it only if it is 0
    itself = Bracket(Quotient(d, make.pick(S, P)), make.pick("=", "<="), make.pick(0, n))
    tile = make.pick(d, S * n + c, e) - S * i
    blocks_of = Bracket(0, "<=", tile) * Bracket(
        tile, make.pick("<", "<", "<="), make.pick(S, S, P)
    )
    return make.pick(
        guarded(x, q) * make.entry(FREE),
        guarded(w, q, make.pick(over - under * q, q - m)),
        (q - make.pick(e, n, 0)) * x[n],
        q * make.pick(r, x[n]),
        q**2 + x[n] * r,
        Bracket(q, make.pick("=", "<=", "<"), make.pick(e, n)) * make.entry(FREE),
        itself * make.pick(x[n], f(x[n])),
        (r * itself) * make.entry(FREE),
        Bracket(0, "<=", e) * Bracket(e, "<", make.pick(S, P)) * Quotient(e, S) * x[n],
        Sum(i, blocks_of * guarded(x, i) * make.pick(1, guarded(y, i - m)), -2, N + 1),
        Sum(i, guarded(x, inner) * guarded(y, i - m), -2, N),
        Quotient(q, make.pick(P, 2)) * r,
        f(guarded(x, q)) * exp(x[n]),
        floor_in_bracket(make, q),
        floor_in_bracket(make, q),
        regrouped(make),
        regrouped(make),
    )


def floor_in_bracket(make, q):
    """A floor on one side, on both, doubled, times itself, and beside what the sum runs over."""
    i = make.letter(N)
    other = make.pick(e_ := make.affine(FREE), e_, Quotient(c, P), Quotient(n - m, 2), q * n, i)
    one = Bracket(make.pick(1, 1, -1, 2, S) * q, make.pick("=", "<=", "<"), other)
    two = Bracket(other, make.pick("=", "<=", "<"), make.pick(1, 1, -1, 2, S) * q + make.pick(0, 1))
    tile = S * (i + make.pick(0, n)) + c - S * q
    same_block = Bracket(0, "<=", tile) * Bracket(tile, "<", make.pick(S, S, P))
    bracket = make.pick(one, two, one * two, 1 - one, same_block, same_block * two)
    return Sum(i, bracket * make.pick(1, guarded(x, i), guarded(w, i, m)), -2, N + 1)


def regrouped(make: Maker) -> Node:
    """Sums over blocks and places in them, which are sums over all places, if the blocks fit."""
    i, j, s = make.letter(N), make.letter(M), make.letter(S)
    flat = Tensor("flat", (S * N,))
    place = make.pick(S, S, S, P) * i + s
    read = guarded(flat, place + make.pick(0, 0, 0, 1, -1, n))
    low, high = make.pick(*[(0, S - 1)] * 5, (0, S - 2), (1, S - 1), (0, S), (0, P - 1))
    weight = make.pick(x[i], x[i], w[i, m] * x[i], f(x[i]), guarded(x, i - n), x[i] * i, x[i] * s)
    body = make.pick(1, 1, 1, f(read), guarded(flat, S * j + s) * y[j]) * read * weight
    inner = Sum(s, body, low, high)
    return make.pick(
        Sum(i, Sum(j, inner) if "y[" in repr(body) else inner),
        Sum(i, f(inner) if "y[" not in repr(body) else Sum(j, inner)) * x[n],
    )
