"""Formulas aimed at fraction bars and at roots of sums."""

from cnnmath.proof.audit.letters import FREE, HALF, Maker, N, a, g, guarded, m, n, r, x, y
from cnnmath.proof.notation import Node, Pow, exp


def common_denominator(make: Maker) -> Node:
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


def root(make: Maker) -> Node:
    """Roots of what is positive only as a whole: x is negative in half of the worlds."""
    inside = make.pick(1, g) + make.pick(1, 2) * x[n] ** make.pick(2, -2, -4, 4)
    return Pow(inside, make.pick(HALF.value, -HALF.value)) * make.pick(1, r)


def nonzero(make: Maker) -> Node:
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
