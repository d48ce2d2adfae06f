"""Formulas aimed at roots of unity."""

from cnnmath.proof.audit.letters import FREE, K, M, Maker, N, S, d, guarded, m, n, r, t, x, y
from cnnmath.proof.notation import Bracket, Node, Quotient, Root, Sum


def turn(make, scope, length):
    """A root of unity; the exponent is affine, a product, or has a multiple of the length in it."""
    e = make.affine(scope)
    return Root(make.pick(e, e, -e, e * make.pick(*scope), e + length * make.pick(*scope)), length)


def root_of_unity(make: Maker) -> Node:
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


def all_powers(make: Maker) -> Node:
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
