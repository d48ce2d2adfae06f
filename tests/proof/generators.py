"""Random formulas, each generator aimed at one rule of the prover.

Every entry may be read at any index expression because it is guarded by its own brackets; ranges
may be empty, sizes may be 1, bounds may depend on outer letters.
"""

from fractions import Fraction
from random import Random

from cnnmath.proof.notation import (
    At,
    Bracket,
    Definition,
    Diff,
    Fn,
    Index,
    Max,
    Name,
    Num,
    Pow,
    Product,
    Quotient,
    Root,
    Routing,
    Sum,
    Tensor,
    exp,
    function,
    log,
    node,
)

N, M, K = (Name(s, integer=True, lower=node(1)) for s in "NMK")
n, m, k = Index("n", N), Index("m", M), Index("k", K)
FREE = [n, m, k]
x, y, w, v = (
    Tensor(name, shape) for name, shape in (("x", (N,)), ("y", (M,)), ("w", (N, M)), ("v", (K,)))
)
a = Tensor("a", (N,), kind="positive")
t = Tensor("t", (N,), kind="labels", bound=K)
q = Tensor("q", (N, K), kind="probabilities")
qq = Tensor("qq", (K, K), kind="probabilities")
u = Tensor("u", (N, K), kind="unit")
r, g = Name("r"), Name("g", positive=True)
S, P = (Name(s, integer=True, lower=node(1)) for s in "SP")  # stride and window
Z = Name("Z", integer=True, lower=node(0))  # padding
R = Name("R", integer=True, lower=node(0), upper=S - 1)  # remainder
U = Name("U", integer=True, lower=node(1), value=(N - 1) * S + P + R - 2 * Z)  # may be 0 or less
c, d = Index("c", S), Index("d", S * N)  # a place in a block, a place in all blocks
blocks = Tensor("blocks", (N, S))
qz, uz = Tensor("qz", (N, Z), kind="probabilities"), Tensor("uz", (N, Z), kind="unit")
FAR = Tensor("far", (N + 10,))
DERIVE_BY = (x[n], w[n, m], a[n])  # the entries that derivatives are taken with respect to
HALF = Num(Fraction(1, 2))


sigmoid, tanh, step = function("sigmoid"), function("tanh"), function("step")
sign, absolute = function("sign"), function("abs")


def f(argument):
    return Fn("f", argument)


def guarded(tensor, *indices):
    """The entry, cut off outside its array."""
    result = tensor[indices]
    for index, size in zip(indices, tensor.shape, strict=True):
        result = Bracket(0, "<=", index) * Bracket(index, "<", size) * result
    return result


class Maker:
    """Draws the parts of a formula; letters are new each time, so that none is shadowed."""

    def __init__(self, rng):
        self.rng, self.letters = rng, 0

    def pick(self, *options):
        return self.rng.choice(options)

    def letter(self, size):
        self.letters += 1
        return Index(f"i{self.letters}", size)

    def affine(self, scope):
        """An integer expression of mixed signs; coefficients are 1, -1 or seldom 2."""
        result = self.pick(1, 1, 1, -1, -1, 2) * self.pick(*scope)
        if self.rng.random() < 0.5:
            result = result + self.pick(1, -1) * self.pick(*scope)
        if self.rng.random() < 0.6:
            result = result + self.pick(N, M, -N, 1, -1, N - 1)
        return result

    def entry(self, scope):
        tensor = self.pick(x, x, y, w)
        return guarded(tensor, *(self.affine(scope) for _ in tensor.shape))

    def opaque(self, body):
        """The prover does not look inside these."""
        return self.pick(
            f(body), 1 / (1 + body**2), f(body) * f(body + r), Pow(2 + body**2, Fraction(-2))
        )

    def range(self, scope):
        """(lower, upper), possibly empty, possibly moving with an outer letter."""
        s = self.pick(*scope)
        return self.pick(
            (0, N - 1),
            (1, N - 1),
            (0, M),
            (-1, M - 1),
            (N, M),
            (s, s + M - 1),
            (0, s),
            (s, N),
            (1 - s, K),
        )

    def sum(self, scope, body):
        """sum over a new letter of body(scope with the letter)."""
        i = self.letter(N)
        return Sum(i, body([*scope, i]), *self.range(scope))

    def coefficient(self):
        return self.pick(1, 2, -1, -3, HALF, r, Num(Fraction(-2, 3)))


# --------------------------------------------------------------------------- a generator for each rule


def expand(make):
    one = make.coefficient() * make.entry(FREE) - make.entry(FREE)
    two = make.entry(FREE) + make.coefficient()
    return one**2 * (two - make.sum(FREE, make.entry)) - make.pick(one, two, r)


def unfold(make):
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


def idempotent(make):
    s, e = make.affine(FREE), make.affine(FREE)
    one, two = Bracket(s, make.pick("<=", "<", "="), e), Bracket(e, "<=", make.affine(FREE))
    return make.pick(
        one * one * make.entry(FREE),
        (one + two) ** 3 * x[n],
        (one - 2 * two) ** 2,
        one**2 * two + r * one,
    )


def by_exp(make):
    e, i = make.entry(FREE), make.letter(N)
    return make.pick(
        sigmoid(e) * make.pick(r, make.entry(FREE)),
        tanh(e + r) ** 2 - tanh(e),
        sigmoid(e) * (1 - sigmoid(-e)) + tanh(r),
        Sum(i, tanh(make.entry([i, n])) * sigmoid(r)),
    )


def step_rule(make):
    e, other = make.entry(FREE), make.entry(FREE)
    return make.pick(
        step(e) ** 2 * other,
        (step(e) + step(other)) ** 3 * x[n],
        step(e) * f(other) * step(e),
        Sum(I1, step(x[I1]) ** 2 * x[I1]),
    )


def almost_everywhere(make):
    e = make.entry(FREE)
    return make.pick(
        *(step(e) * e, f(step(e) * e) * r, step(x[n]) * x[n] * e, Sum(I1, step(x[I1]) * x[I1])),
        *(sign(e) * x[n], absolute(x[n]) * e, f(absolute(x[n])) * sign(e)),
        Sum(I1, absolute(x[I1] - make.pick(r, a[I1], e))),
    )


def absolute_value(make):
    """Of what has any sign, of what has one (also below a minus), and of what is 0 here and there."""
    i, j, e, other = make.letter(N), make.letter(N), make.entry(FREE), make.entry(FREE)
    one_sign = make.pick(
        *(a[n], a[n] + g, a[n] * exp(x[n]), 1 + x[n] ** 2, a[n] / g, Sum(i, a[i] * g), node(3)),
        *(N * a[n], Sum(i, exp(x[i])) / N, Pow(a[n] + g, HALF.value), sigmoid(r)),
        Sum(i, a[i] / (1 + x[i] ** 2)),
    )
    sum_of_signs = make.pick(a[n] - g, a[n] + x[n], 1 - exp(r), a[n] * g + r, a[n] * x[n], e - r)
    maybe_empty = make.pick(
        *(Sum(i, a[i], 1, N - 1), Sum(i, a[i], n + 1, N - 1), Sum(i, guarded(a, i - m))),
        *(Sum(i, Bracket(m, "<=", n * i) * a[i]), Sum(i, Bracket(i, "<", n) * exp(x[i]))),
    )
    maybe_zero = make.pick(
        *(guarded(a, n - m), Bracket(n, "<", m) * g, Z * g, R * a[n], n * g, U * g, (n - m) * r),
        *(e**2, x[n] ** 2 * a[n], e * other, e - e, x[n] - x[n], r * 0),
    )
    what = make.pick(one_sign, sum_of_signs, maybe_empty, maybe_zero) * make.pick(1, 1, -1)
    s, b = sign(what), absolute(what)
    return make.pick(
        *(s * r, s - 1, b - what, b + what, b * other, s * what - b, f(b) * s, exp(b - what)),
        *(s**2 * r, s**3 - s, b**2 - what**2, s + sign(-what), b - absolute(-what), r / (2 + s)),
        *(absolute(b) - b, absolute(s), sign(s), sign(b) * r, absolute(what * other)),
        Sum(j, absolute(guarded(x, j - n) * what)),
        Sum(j, absolute(x[j] - make.pick(a[j], r, what))) * s,
    )


def tighten(make):
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


def range_(make):
    """Brackets that follow from others, or contradict them."""
    return make.pick(plain_range, lifted)(make)


def lifted(make):
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


def plain_range(make):
    i = make.letter(N)
    extra = Bracket(make.affine([i, n]), make.pick("<=", "<"), make.affine([i, m]))
    more = Bracket(i, "<=", make.pick(N, N - 1, M + n, n, n - 1, 2 * N))
    body = extra * more * Bracket(make.pick(-1, 0, 1, n), "<=", i) * make.entry([i, n, m])
    return make.pick(Sum(i, body), Sum(i, body, 1 - m, N + k), body_at_free(make) * Sum(i, body))


def positive_factor(make):
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


def euclid(make):
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


def floor_(make):
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


def regrouped(make):
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


INSIDE = (
    Bracket(n + c, "<", N),
    Bracket(0, "<=", c - Z) * Bracket(c, "<", P),
    Bracket(c, "<", 0),  # nothing
)


def routing(make):
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


def one_per_window(make):
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


def body_at_free(make):
    return Bracket(make.affine(FREE), "<=", make.affine(FREE)) * Bracket(
        n, "<", make.pick(N, N - 1, m)
    )


def rename(make):
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


def factor(make):
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


def sift(make):
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


def turn(make, scope, length):
    """A root of unity; the exponent is affine, a product, or has a multiple of the length in it."""
    e = make.affine(scope)
    return Root(make.pick(e, e, -e, e * make.pick(*scope), e + length * make.pick(*scope)), length)


def root_of_unity(make):
    """Products, quotients and powers of roots, of two lengths, under sums and fraction bars."""
    one, other = turn(make, FREE, N), turn(make, FREE, make.pick(N, N, M, S))
    i = make.letter(N)
    return make.pick(
        one * other * make.entry(FREE) - make.coefficient() * one,
        one ** make.pick(2, -1, -3) * other + make.entry(FREE),
        make.entry(FREE) / (one * other),
        (one + 2) ** 2 / (other + make.pick(2, -3)),
        make.sum(FREE, lambda s: turn(make, s, make.pick(N, M)) * make.entry(s)) * one,
        Root(t[n] * make.affine(FREE) + Quotient(d, S) * n, make.pick(K, N)) * r,
        make.sum(FREE, lambda s: make.sum(s, lambda z: turn(make, z, N) * make.entry(z))),
        Sum(i, one * guarded(x, i - n) * Root(i * make.affine(FREE), M)),
    )


def all_powers(make):
    """Whole ranges and parts of them, exponents that reach no, one or many multiples of the length."""
    i, j = make.letter(N), make.letter(N)
    power = make.pick(
        *[n - j, j + n, n - m, j - n - 1, n - 2 * j, n + j + 1, n - N, make.affine([n, j])] * 2,
        *(2 * n + j + N, n * j, i, i - j, n + Quotient(i, S), 0 * n, 2 * n),
    )
    length = make.pick(N, N, N, N, N, M)
    low, high = make.pick(*[(0, N - 1)] * 8, (1, N - 1), (0, N), (-N, -1), (0, M - 1), (0, n))
    body = Root(make.pick(1, 1, -1) * i * power, length) * make.pick(
        *[1] * 6, r, Root(i * m, length), Root(i * m, M), guarded(x, i), Root(j * n, N)
    )
    inner = make.pick(
        Sum(j, guarded(x, j) * Sum(i, body, low, high)),
        Sum(i, Sum(j, guarded(x, j - m) * body), low, high),
        Sum(j, Bracket(j, "<=", n) * y[0] * Sum(i, body, low, high)) * make.entry(FREE),
    )
    return make.pick(inner, inner, make.coefficient() * inner - make.entry(FREE))


def cases(make):
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


def count(make):
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


def write_out(make):
    """Constant bounds: negative, empty, one term, and a second range that does not cut them."""
    i = make.letter(N)
    low = make.pick(-2, -1, 0, 1, 2)
    high = low + make.pick(-2, -1, 0, 1, 2, 3)
    body = make.entry([i, n]) * make.pick(1, i, f(guarded(x, n - i)))
    if make.rng.random() < 0.4:
        body = body * make.sum([i, n], lambda s: guarded(x, s[-1]) * make.entry([s[-1], i]))
    return Sum(i, Bracket(i, "<=", make.pick(N, n, 9)) * body, low, high)


def differentiate(make):
    """Everything that depends on x: products, powers, nested functions, sums, quotients, exp, log."""

    def dependent(scope):
        return make.pick(
            make.entry(scope), guarded(x, make.affine(scope)) * guarded(x, scope[-1]), x[n] ** 2
        )

    inner = make.sum(FREE, dependent)
    positive = make.sum(FREE, lambda s: exp(guarded(x, s[-1]))) + 1
    return make.pick(
        make.opaque(inner),
        f(inner) ** 2 * dependent(FREE),
        make.sum(FREE, lambda s: make.opaque(dependent(s)) * guarded(y, s[-1])),
        log(positive) * inner,
        exp(inner * HALF) / positive,
        Pow(positive, Fraction(1, 2)) - inner**3,
        Diff(f(inner) * x[n], r) + dependent(FREE),
        Diff(f(r * inner), r),
        make.sum(
            FREE,
            lambda s: (
                guarded(w, s[-1], m)
                * f(make.sum(s, lambda z: guarded(x, z[-1]) * guarded(w, z[-1], z[-2])))
            ),
        ),
    )


def exponent(make):
    one, two = make.coefficient() * x[n], make.pick(r, g, y[m])
    return make.pick(
        exp(one + two) * exp(-two),
        exp(one) ** make.pick(2, -1, 3) * exp(two - one),
        make.sum(FREE, lambda s: exp(guarded(x, s[-1]) + two)) / exp(two),
        exp(make.sum(FREE, make.entry) - one),
        exp(log(a[n]) * make.pick(2, -1, HALF) + one),
        exp(make.pick(2, HALF) * log(g * a[n])),
        Pow(exp(one), Fraction(1, 2)) * exp(two * HALF),
    )


def raised(make):
    """Powers with whole exponents of any sign, of what is positive; alone, in products, sums, logarithms."""
    i, base = make.letter(N), make.pick(g, a[n], exp(r), 1 + g, node(2), HALF, g * a[n])
    one, two = make.affine(FREE), make.affine(FREE)
    power = base**one
    return make.pick(
        *(
            power * x[n],
            power / base**two,
            (base**two) ** make.pick(2, -1) - r,
            power * base ** (-one),
        ),
        *(log(power * g), f(power) * r, Diff(power * x[n], r), x[n] ** 2 * power - base),
        Sum(i, base ** make.pick(n - i, i + m, -i, 2 * i) * x[i]),
        Sum(i, guarded(x, i - n) * base ** make.affine([i, m])),
    )


def geometric(make):
    """Sums of powers: ranges that may be empty, ratios of two powers (never 1), what is no such sum."""
    i, e = make.letter(N), make.pick(1, -1, 2)
    powers = make.pick(
        *[(1 + g) ** (e * i), exp(r * i), (2 + g) ** i * HALF**i, (1 + a[n]) ** (e * (n - i))] * 2,
        *(exp(r * i * i), (1 + g) ** i * x[i], i * exp(r * i), exp(r * i) * f(r + i)),
    )
    ranges = [(0, N - 1), (1, N - 1), (0, n), (n, N), (0, n - 1), (-1, M), (1 - K, n)]
    low, high = make.pick(*ranges, (1, N - 2), (m, N), (n, n - 2))
    return make.pick(
        Sum(i, powers, low, high) * make.pick(r, make.entry(FREE), 1 - exp(r)),
        Sum(i, Bracket(i, "<=", m) * powers, low, high),
        f(Sum(i, powers, low, high)) - r,
    )


def last_terms(make):
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


def logarithm(make):
    """Logarithms of products; factors of unknown sign stay inside."""
    e, z = exp(make.coefficient() * x[n] + r), make.pick(a[n], g, exp(y[m]), 1 + exp(x[n]))
    unknown = x[n] ** 2  # positive in every world, but not manifestly
    return make.pick(
        log(e * z),
        log(z ** make.pick(2, -1, 3) * unknown),
        log(make.pick(2, Num(Fraction(1, 3)), Num(Fraction(4, 9))) * z),
        log(e * z + e),
        log(make.sum(FREE, lambda s: exp(guarded(x, s[-1]) + r)) + exp(r)),
        log(Pow(z, HALF.value) / N),
        log(unknown * e) + log(N * a[n] / g),
        log(exp(r) * unknown + exp(2 * r)),
    )


def product(make):
    """Products over ranges that may be empty, below logarithms and beside factors."""
    i, j = make.letter(N), make.letter(N)
    low, high = make.range(FREE)
    factors = make.pick(a[i] * exp(x[i]), exp(-x[i] * r), 1 + exp(x[i]), a[i] ** 2 / g)
    whole = Product(i, factors)
    return make.pick(
        log(whole * g),
        whole * exp(-x[n]),
        Product(i, exp(guarded(x, i) * guarded(y, i - m)), low, high),
        log(Product(i, Product(j, exp(w[i, j]), 0, M - 1))),
        Product(i, g, 1, N - 1) * make.entry(FREE),
        whole / Product(j, a[j]),
        Product(i, x[i]),
    )


def sums_to_one(make):
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


def unit_length(make):
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


def common_denominator(make):
    """Differences of quotients; some are 0, most are not."""
    z = make.sum(FREE, lambda s: exp(guarded(x, s[-1]))) + exp(r)
    other = 1 + exp(make.pick(r, -r, x[n]))
    top = make.entry(FREE)
    return make.pick(
        top / other - make.pick(1, 2) * top / (other * 2),
        1 / other + exp(r) / other - 1,
        top / other - r / (other + 1),
        exp(r) / z - 1 / other,
        1 / other**2 - (1 - top) / other,
        make.sum(FREE, lambda s: guarded(x, s[-1]) / other) - top / other,
        1 / (1 + 1 / other) - other / (other + 1),
        1 / other - 1 / (1 + exp(-r)) + r - make.pick(1, r),
        root(make),
        root(make) - root(make),
    )


def root(make):
    """Roots of what is positive only as a whole: x is negative in half of the worlds."""
    inside = make.pick(1, g) + make.pick(1, 2) * x[n] ** make.pick(2, -2, -4, 4)
    return Pow(inside, make.pick(HALF.value, -HALF.value)) * make.pick(1, r)


def nonzero(make):
    """Quotients by something of unknown sign, which may cancel; and by something positive."""
    e = make.entry(FREE) + make.pick(0, 1, 2)
    return make.pick(
        x[n] * y[m] / x[n],
        r / e,
        (e * r) ** -2,
        1 / (r - 1),
        1 / (1 + exp(e)),
        a[n] / g,
        x[n] / N,
        make.sum(FREE, lambda s: x[n] / (r + 1)),
    )


def maximum(make):
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


def sum_of_squares(make):
    """What ``not_negative`` may accept."""
    i = make.letter(N)
    return make.pick(
        Sum(i, (x[i] - r) ** 2 * a[i]),
        (x[n] * r) ** 4 + exp(x[n]) * 3,
        Sum(i, x[i] ** 2 / g + exp(-x[i])),
        Sum(i, Sum(k, q[n, k] ** 2 * Pow(a[i], Fraction(3)))),
        (x[n] - y[m]) ** 2 / (1 + r**2),
        Pow(a[n] + g, HALF.value),
        x[n] ** -2 * g,
    )


def not_squares(make):
    """What it must not accept."""
    i = make.letter(N)
    return make.pick(
        Sum(i, x[i] * a[i]),
        x[n] ** 3,
        x[n] ** 2 - y[m] ** 2,
        -exp(x[n]),
        Sum(i, x[i] ** 2) - 1,
        r * x[n] ** 2,
        Num(Fraction(-1)) * g,
        a[n] - g,
        Sum(i, x[i]) / (1 + r**2),
        log(a[n]),
    )


def objective(rng, z, g, r, N):
    """(goal, transformation, operand, objective): functions of z that an optimum may go through.

    Some are not allowed: a factor of unknown sign, one that moves, a logarithm of a negative number.
    """
    base = rng.choice(
        (-((z - 1) ** 2), r * z, z**2 - 3 * z, exp(-(z**2)), exp(z) / (1 + exp(z)) ** 2, z**2 + g)
    )
    by = rng.choice(("log", "factor", "constant", "negation"))
    operand = {
        "factor": rng.choice((g, 2, N, g * N, r, -2, 1 + exp(z), exp(z))),
        "constant": rng.choice((r, -3, g, z**2)),
    }.get(by, 1)
    return rng.choice(("max", "min")), by, node(operand), base


# -------------------------------------------------------------------------------- what must be equal

I1, I2, C1 = Index("i1", N), Index("i2", M), c.prime
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

GENERATORS = {
    "root of unity": root_of_unity,
    "all powers": all_powers,
    "cases": cases,
    "expand": expand,
    "unfold": unfold,
    "idempotent": idempotent,
    "by exp": by_exp,
    "step": step_rule,
    "almost everywhere": almost_everywhere,
    "absolute value": absolute_value,
    "tighten": tighten,
    "range": range_,
    "positive factor": positive_factor,
    "Euclid": euclid,
    "floor": floor_,
    "routing": routing,
    "one per window": one_per_window,
    "rename": rename,
    "factor": factor,
    "sift": sift,
    "count": count,
    "write out": write_out,
    "differentiate": differentiate,
    "exp": exponent,
    "power": raised,
    "geometric": geometric,
    "last terms": last_terms,
    "log": logarithm,
    "product": product,
    "sums to one": sums_to_one,
    "unit length": unit_length,
    "common denominator": common_denominator,
    "nonzero": nonzero,
    "maximum": maximum,
}
ON_LINES = {"sum of squares": sum_of_squares, "increasing": objective, "decreasing": objective}


def formulas(rule, count, seed=0):
    """``count`` formulas aimed at the rule, the same for the same seed."""
    for number in range(count):
        yield number, GENERATORS[rule](Maker(Random(f"{seed}/{rule}/{number}")))
