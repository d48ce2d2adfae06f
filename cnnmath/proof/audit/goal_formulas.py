"""What is a sum of squares and what is none; objectives that an optimum may go through."""

from fractions import Fraction

from cnnmath.proof.audit.letters import HALF, Maker, N, a, g, k, m, n, q, r, x, y
from cnnmath.proof.notation import Node, Num, Pow, Sum, exp, log, node


def sum_of_squares(make: Maker) -> Node:
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


def not_squares(make: Maker) -> Node:
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
