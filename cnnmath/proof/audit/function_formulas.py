"""Formulas aimed at functions: exp and log, powers and products, derivatives."""

from fractions import Fraction

from cnnmath.proof.audit.letters import (
    FREE,
    HALF,
    K,
    M,
    Maker,
    N,
    a,
    f,
    g,
    guarded,
    m,
    n,
    r,
    sigmoid,
    tanh,
    w,
    x,
    y,
)
from cnnmath.proof.notation import Bracket, Diff, Node, Num, Pow, Product, Sum, exp, log, node


def by_exp(make: Maker) -> Node:
    e, i = make.entry(FREE), make.letter(N)
    return make.pick(
        sigmoid(e) * make.pick(r, make.entry(FREE)),
        tanh(e + r) ** 2 - tanh(e),
        sigmoid(e) * (1 - sigmoid(-e)) + tanh(r),
        Sum(i, tanh(make.entry([i, n])) * sigmoid(r)),
    )


def differentiate(make: Maker) -> Node:
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


def exponent(make: Maker) -> Node:
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


def raised(make: Maker) -> Node:
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


def geometric(make: Maker) -> Node:
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


def logarithm(make: Maker) -> Node:
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


def product(make: Maker) -> Node:
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
