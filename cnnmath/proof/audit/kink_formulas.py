"""Formulas aimed at step, sign and absolute value."""

from cnnmath.proof.audit.letters import (
    FREE,
    HALF,
    I1,
    Maker,
    N,
    R,
    U,
    Z,
    a,
    absolute,
    f,
    g,
    guarded,
    m,
    n,
    r,
    sigmoid,
    sign,
    step,
    x,
)
from cnnmath.proof.notation import Bracket, Node, Pow, Sum, exp, node


def step_rule(make: Maker) -> Node:
    e, other = make.entry(FREE), make.entry(FREE)
    return make.pick(
        step(e) ** 2 * other,
        (step(e) + step(other)) ** 3 * x[n],
        step(e) * f(other) * step(e),
        Sum(I1, step(x[I1]) ** 2 * x[I1]),
    )


def almost_everywhere(make: Maker) -> Node:
    e = make.entry(FREE)
    return make.pick(
        *(step(e) * e, f(step(e) * e) * r, step(x[n]) * x[n] * e, Sum(I1, step(x[I1]) * x[I1])),
        *(sign(e) * x[n], absolute(x[n]) * e, f(absolute(x[n])) * sign(e)),
        Sum(I1, absolute(x[I1] - make.pick(r, a[I1], e))),
    )


def absolute_value(make: Maker) -> Node:
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
