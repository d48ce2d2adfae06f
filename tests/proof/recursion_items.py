"""Recursions over steps and their closed forms: momentum, moving averages, sums of their weights.

Group 13 of the engine's prototype. A step number that is a symbol stands in exponents and in the ends
of sums, and an induction step splits off the last term.
"""

from items import Item

from cnnmath.proof.notation import Index, Name, Sum, Tensor, node

T = Name("T", integer=True, lower=node(1))
t, i, j, h = Index("t", T + 1), Index("i", T), Index("j", T), Index("h", T - 1)
g = Tensor("g", (T,))
mu, beta, eta = (Name(name, positive=True) for name in ("mu", "beta", "eta"))


def velocity(steps, weight=mu):
    return -eta * Sum(i, weight ** (steps - 1 - i) * g[i], upper=steps - 1)


def average(steps):
    return (1 - beta) * Sum(i, beta ** (steps - 1 - i) * g[i] ** 2, upper=steps - 1)


def weights(steps):
    return (1 - beta) * Sum(i, beta ** (steps - 1 - i), upper=steps - 1)


RECURSION_ITEMS = [
    Item(
        "momentum step",
        velocity(j + 1),
        mu * velocity(j) - eta * g[j],
        {
            "1 - mu": mu * velocity(j) - (1 - mu) * eta * g[j],
            "sign": mu * velocity(j) + eta * g[j],
            "not older": velocity(j) - eta * g[j],
            "first gradient": mu * velocity(j) - eta * g[0],
        },
        [T],
    ),
    Item(
        "momentum, two steps",
        velocity(h + 2),
        mu**2 * velocity(h) - eta * (mu * g[h] + g[h + 1]),
        {
            "same age": mu**2 * velocity(h) - eta * (g[h] + g[h + 1]),
            "one step older": mu * velocity(h) - eta * (mu * g[h] + g[h + 1]),
            "swapped": mu**2 * velocity(h) - eta * (g[h] + mu * g[h + 1]),
        },
        [T],
    ),
    Item(
        "moving average step",
        average(j + 1),
        beta * average(j) + (1 - beta) * g[j] ** 2,
        {
            "no 1 - beta": beta * average(j) + g[j] ** 2,
            "no square": beta * average(j) + (1 - beta) * g[j],
            "swapped": (1 - beta) * average(j) + beta * g[j] ** 2,
        },
        [T],
    ),
    Item(
        "sum of the weights",
        weights(t),
        1 - beta**t,
        {
            "one step more": 1 - beta ** (t + 1),
            "first step only": 1 - beta,
            "all of it": node(1),
            "sign": 1 + beta**t,
        },
        [T],
    ),
    Item(
        "constant gradient under momentum",
        (1 - mu) * Sum(i, mu ** (t - 1 - i), upper=t - 1) * eta,
        (1 - mu**t) * eta,
        {"in the limit": 1 * eta, "of the sum": t * eta},
        [T],
    ),
]
