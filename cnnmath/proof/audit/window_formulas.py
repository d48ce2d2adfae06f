"""Formulas aimed at maxima and at the tensors that route them."""

from cnnmath.proof.audit.letters import (
    FREE,
    M,
    Maker,
    N,
    P,
    S,
    Z,
    blocks,
    c,
    f,
    guarded,
    m,
    n,
    r,
    w,
    x,
    y,
)
from cnnmath.proof.notation import Bracket, Definition, Diff, Index, Max, Node, Routing, Sum, exp

INSIDE = (
    Bracket(n + c, "<", N),
    Bracket(0, "<=", c - Z) * Bracket(c, "<", P),
    Bracket(c, "<", 0),  # nothing
)


def routed(make, *insides):
    """(a routing tensor, its window): one or two axes; some windows have no entry inside."""
    one = Definition(
        "one",
        (n, c),
        make.pick(
            guarded(x, n + c - make.pick(0, 1, Z)),
            guarded(x, S * n + c) - r,
            x[n] * make.pick(c, -c, c - 1) + make.pick(r, y[0]),
            blocks[n, c] * make.pick(1, r, x[n]),
        ),
    )
    two = Definition("two", (n, m, c), guarded(w, n - c + Z, m) + guarded(x, n + c - 1))
    window, axes = make.pick((one, 1), (one, 1), (two, 2))
    return Routing("route", window, axes, make.pick(*insides)), window


def routing(make: Maker) -> Node:
    """Routing tensors beside what they route, moved, squared, under f, and differentiated twice."""
    route, window = routed(make, 1, *INSIDE)
    i, c1 = make.letter(N), c.prime
    place = (n, c1) if window.name == "one" else (n, m, c1)
    largest = Sum(c1, route[place] * window[place])
    here = guarded(route, *(make.pick(1, 1, -1) * p + make.pick(0, 0, 1) for p in place))
    return make.pick(
        largest * make.pick(1, x[n], r),
        f(largest) * make.entry(FREE),
        Sum(c1, here * make.entry([c1, n])),
        Sum(c1, route[place] ** 2 * x[n]) - largest,
        Sum(c1, route[place] * x[n] ** 2) * largest,
        Diff(largest * x[n] ** 2, x[n]) * make.pick(1, x[n]),
        Sum(i, guarded(route, *place[:-1], n - S * i) * guarded(x, i)) * x[n],
        exp(x[n]) / (2 + largest**2),
    )


def one_per_window(make: Maker) -> Node:
    """Whole windows and parts of them, moved, weighted, squared; windows that may be empty."""
    route, window = routed(make, 1, 1, 1, 1, 1, *INSIDE)
    small = Index("z", Z)
    none = Routing("none", Definition("three", (n, small), x[n] * small), 1)
    m1, c1 = m.prime, c.prime
    place = (n, c1) if window.name == "one" else (n, m1, c1)
    low, high = make.pick(*[(0, S - 1)] * 4, (0, S - 2), (1, S - 1), (0, P - 1))
    weight = make.pick(1, 1, 1, r, x[n], f(x[n]), guarded(y, c1), c1)

    def all_of(body, low=0, high=S - 1):
        inner = Sum(c1, body, low, high)
        return inner if window.name == "one" else Sum(m1, inner)

    return make.pick(
        all_of(route[place] * weight),
        all_of(guarded(route, *place) * weight, low, high),
        all_of(route[place] ** make.pick(2, 3)) * r,
        Sum(c1, route[(*place[:-1], S - 1 - c1)]) if window.name == "one" else all_of(route[place]),
        Sum(n.prime, all_of(guarded(route, n.prime, *place[1:]) * guarded(x, n.prime))),
        Sum(small, none[n, small]) * r,
        all_of(route[place]) * make.entry(FREE),
    )


def maximum(make: Maker) -> Node:
    """Maxima over ranges that are not empty; brackets of the body are no part of the range."""
    i, j = make.letter(N), make.letter(M)
    return make.pick(
        Max(i, x[i] + make.pick(r, y[m])),
        Max(i, Max(j, w[i, j])) * make.entry(FREE),
        Max(i, make.coefficient() * x[i]),
        Max(i, Bracket(make.pick(1, n), "<=", i) * x[i]) + f(Max(i, x[i], 0, n)),
        Sum(i, x[i] * Max(j, w[i, j])),
        Sum(i, guarded(y, i - n) * Max(j, w[i, j] - x[i], 0, M - 1)),
        Max(i, Sum(j, w[i, j])) - Max(i, guarded(x, i - 1)),
        Max(i, guarded(x, i - 2), 1, N),
        Max(i, x[i], 1, N - 1),
        Sum(j, y[j] * Max(i, guarded(x, i), 0, j + 1)),
    )
