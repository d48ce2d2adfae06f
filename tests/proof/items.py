"""The course's identities in our notation: true ones, wrong ones, and a way to ask the prover.

Groups 1-5 of the engine's prototype (softmax, linear maps, shifts, scalar functions built from exp,
two-layer nets) and products of likelihoods. Every head is a formula or a derivative of one.
"""

from fractions import Fraction
from typing import NamedTuple

from cnnmath.proof.instances import Instances
from cnnmath.proof.line import prove_equal
from cnnmath.proof.notation import (
    Bracket,
    Definition,
    Diff,
    Fn,
    Index,
    Name,
    Node,
    Num,
    Product,
    Sum,
    Tensor,
    exp,
    log,
    node,
    total,
)
from cnnmath.proof.polynomial import Stuck
from cnnmath.proof.verdict import NotProven

N, D, H, K = SIZES = [Name(s, integer=True, lower=node(1)) for s in ("N", "D", "H", "K")]
n, d, h, k = (Index(*pair) for pair in (("n", N), ("d", D), ("h", H), ("k", K)))
n1, d1, h1, k1 = (i.prime for i in (n, d, h, k))
k2, h2, d2 = k1.prime, h1.prime, d1.prime
HALF = Num(Fraction(1, 2))


class Item(NamedTuple):
    """``head = right`` is true, ``head = wrong`` is false for each wrong."""

    name: str
    head: Node
    right: Node
    wrong: dict[str, Node]
    sizes: list[Name] = SIZES


def shown(left, right):
    """True if the rules show left = right; entries outside their arrays and refusals count as no."""
    try:
        return prove_equal(left, right).shown
    except (NotProven, Stuck):
        return False


def refuted(left, right, sizes=SIZES):
    """True if the second check alone, without any rule, finds a place where the sides differ."""
    return Instances(left, sizes).compare(right).failure is not None


def delta(left, right):
    return Bracket(left, "=", right)


def f(argument):
    return Fn("f", argument)


def slope(argument):
    return Fn("f'", argument)


s, y, T = Tensor("s", (K,)), Tensor("y", (1,), kind="labels", bound=K), Tensor("T", (K,))
P = Tensor("P", (K,), kind="probabilities")
S, L, x = Tensor("S", (N, K)), Tensor("L", (N,), kind="labels", bound=K), Tensor("x", (N, D))
w, b, e = Tensor("w", (K, D)), Tensor("b", (K,)), Tensor("e", (N, K))
c, z, strength = Name("c"), Name("z"), Name("strength", positive=True)


def softmax(scores, at, over=k2):
    return exp(scores(at)) / Sum(over, exp(scores(over)))


def row(at):
    return s[at]


def scores(sample):
    """The affine scores of a sample as a function of the unit."""
    return lambda unit: b[unit] + Sum(d2, w[unit, d2] * x[sample, d2])


p = Definition("p", (k,), softmax(row, k))
loss = log(Sum(k2, exp(s[k2]))) - s[y[0]]
losses = total(n1, log(Sum(k2, exp(S[n1, k2]))) - S[n1, L[n1]]) / N
q = Definition("q", (n, k), softmax(lambda j: S[n, j], k))
weighted = Sum(k1, T[k1] * (log(Sum(k2, exp(s[k2]))) - s[k1]))

SOFTMAX = [
    Item(
        "cross-entropy of a label",
        Diff(loss, s[k]),
        p[k] - delta(k, y[0]),
        {
            "no delta": p[k],
            "sign": p[k] + delta(k, y[0]),
            "flipped": delta(k, y[0]) - p[k],
            "range from 1": exp(s[k]) / Sum(k2, exp(s[k2]), 1, K - 1) - delta(k, y[0]),
            "softmax of the label": p[y[0]] - delta(k, y[0]),
            "delta as a factor": p[k] * (1 - delta(k, y[0])),
            "1/K": p[k] - 1 / K,
            "zero": node(0),
        },
    ),
    Item(
        "cross-entropy of a batch",
        Diff(losses, S[n, k]),
        (q[n, k] - delta(k, L[n])) / N,
        {
            "no 1/N": q[n, k] - delta(k, L[n]),
            "other axis": (exp(S[n, k]) / Sum(n1, exp(S[n1, k])) - delta(k, L[n])) / N,
            "1/K": (q[n, k] - delta(k, L[n])) / K,
            "delta outside the mean": q[n, k] / N - delta(k, L[n]),
        },
    ),
    Item(
        "cross-entropy of weights",
        Diff(weighted, s[k]),
        p[k] * Sum(k1, T[k1]) - T[k],
        {
            "sum taken as 1": p[k] - T[k],
            "sign": T[k] - p[k] * Sum(k1, T[k1]),
            "T[k]": p[k] * T[k] - T[k],
        },
    ),
    Item(
        "cross-entropy of probabilities",
        Diff(Sum(k1, P[k1] * (log(Sum(k2, exp(s[k2]))) - s[k1])), s[k]),
        p[k] - P[k],
        {"sign": P[k] - p[k], "K": K * p[k] - P[k], "product": p[k] * P[k] - P[k]},
    ),
    Item(
        "softmax Jacobian",
        Diff(p[k], s[k1]),
        p[k] * (delta(k, k1) - p[k1]),
        {
            "diagonal only": delta(k, k1) * p[k] * (1 - p[k]),
            "no delta": -p[k] * p[k1],
            "sign": p[k] * (delta(k, k1) + p[k1]),
            "Bouvrie's misprint": delta(k, k1) * p[k1] - p[k1],
        },
    ),
    Item(
        "softmax adds up to 1",
        Sum(k1, p[k1]),
        node(1),
        {"K": K * 1, "1/K": 1 / K, "one term short": 1 - p[K - 1], "twice": node(2)},
    ),
]

linear = total((n1, k1), e[n1, k1] * (Sum(d1, w[k1, d1] * x[n1, d1]) + b[k1]))
penalised = linear / N + strength / 2 * total((k1, d1), w[k1, d1] ** 2)
classifier = (
    -1 / N * total((n1, k1), e[n1, k1] * (scores(n1)(k1) - log(Sum(k2, exp(scores(n1)(k2))))))
)


def classified(sample, unit):
    return softmax(scores(sample), unit)


data = Sum(n1, e[n1, k] * x[n1, d])
LINEAR = [
    Item(
        "linear map, weights",
        Diff(linear, w[k, d]),
        data,
        {
            "no x": Sum(n1, e[n1, k]),
            "first sample": e[0, k] * x[0, d],
            "short": Sum(n1, e[n1, k] * x[n1, d], 0, N - 2),
            "from 1": Sum(n1, e[n1, k] * x[n1, d], 1, N - 1),
            "all units": total((n1, k1), e[n1, k1] * x[n1, d]),
            "mean": data / N,
        },
    ),
    Item(
        "linear map, bias",
        Diff(linear, b[k]),
        Sum(n1, e[n1, k]),
        {
            "all units": total((n1, k1), e[n1, k1]),
            "sign": -Sum(n1, e[n1, k]),
            "N": N * 1,
            "short": Sum(n1, e[n1, k], 1, N - 1),
        },
    ),
    Item(
        "linear map, input",
        Diff(linear, x[n, d]),
        Sum(k1, w[k1, d] * e[n, k1]),
        {
            "short": Sum(k1, w[k1, d] * e[n, k1], 0, K - 2),
            "from 1": Sum(k1, w[k1, d] * e[n, k1], 1, K - 1),
            "squared": Sum(k1, w[k1, d] ** 2 * e[n, k1]),
            "one unit": w[0, d] * e[n, 0],
        },
    ),
    Item(
        "mean loss with a penalty, weights",
        Diff(penalised, w[k, d]),
        data / N + strength * w[k, d],
        {
            "no 1/N": data + strength * w[k, d],
            "half": data / N + strength / 2 * w[k, d],
            "strength over N": data / N + strength / N * w[k, d],
            "no penalty": data / N,
            "penalty not squared": data / N + strength,
        },
    ),
    Item(
        "mean loss with a penalty, bias",
        Diff(penalised, b[k]),
        Sum(n1, e[n1, k]) / N,
        {
            "no mean": Sum(n1, e[n1, k]),
            "penalty on b": Sum(n1, e[n1, k]) / N + strength * b[k],
            "K": Sum(n1, e[n1, k]) / K,
        },
    ),
    Item(
        "linear softmax classifier, weights",
        Diff(classifier, w[k, d]),
        Sum(n1, (classified(n1, k) * Sum(k1, e[n1, k1]) - e[n1, k]) * x[n1, d]) / N,
        {
            "no 1/N": Sum(n1, (classified(n1, k) * Sum(k1, e[n1, k1]) - e[n1, k]) * x[n1, d]),
            "sign": Sum(n1, (e[n1, k] - classified(n1, k) * Sum(k1, e[n1, k1])) * x[n1, d]) / N,
            "no x": Sum(n1, classified(n1, k) * Sum(k1, e[n1, k1]) - e[n1, k]) / N,
            "targets taken as adding up to 1": Sum(n1, (classified(n1, k) - e[n1, k]) * x[n1, d])
            / N,
        },
    ),
]


def shifted(j):
    return s[j] + c


SHIFTS = [
    Item(
        "softmax does not see a shift",
        softmax(shifted, k),
        p[k],
        {
            "numerator only": exp(s[k] + c) / Sum(k2, exp(s[k2])),
            "denominator only": exp(s[k]) / Sum(k2, exp(s[k2] + c)),
            "one term short": exp(s[k]) / Sum(k2, exp(s[k2]), 0, K - 2),
            "times c": p[k] * c,
        },
    ),
    Item(
        "log-sum-exp with a shift",
        log(Sum(k2, exp(s[k2] + c))) - s[y[0]] - c,
        loss,
        {"c left out": loss + c, "K c": loss + K * c, "minus": loss - c, "2 c": loss + 2 * c},
    ),
]


def sigmoid(argument):
    return 1 / (1 + exp(-argument))


def tanh(argument):
    return (exp(argument) - exp(-argument)) / (exp(argument) + exp(-argument))


SCALARS = [
    Item(
        "sigmoid'",
        Diff(sigmoid(z), z),
        sigmoid(z) * (1 - sigmoid(z)),
        {
            "plus": sigmoid(z) * (1 + sigmoid(z)),
            "itself": sigmoid(z),
            "1 - s^2": 1 - sigmoid(z) ** 2,
            "sign": -sigmoid(z) * (1 - sigmoid(z)),
        },
    ),
    Item(
        "tanh'",
        Diff(tanh(z), z),
        1 - tanh(z) ** 2,
        {"plus": 1 + tanh(z) ** 2, "t (1 - t)": tanh(z) * (1 - tanh(z)), "1 - t": 1 - tanh(z)},
    ),
    Item(
        "softplus'",
        Diff(log(1 + exp(z)), z),
        sigmoid(z),
        {"s(-z)": sigmoid(-z), "s'": sigmoid(z) * (1 - sigmoid(z)), "1": node(1)},
    ),
    Item(
        "tanh by sigmoid",
        tanh(z),
        2 * sigmoid(2 * z) - 1,
        {"z": 2 * sigmoid(z) - 1, "no -1": 2 * sigmoid(2 * z), "no 2": sigmoid(2 * z) - 1},
    ),
    Item(
        "sigmoid of -z",
        sigmoid(-z),
        1 - sigmoid(z),
        {"itself": sigmoid(z), "minus": -sigmoid(z), "half": HALF - sigmoid(z)},
    ),
    Item(
        "binary cross-entropy",
        Diff(-(c * log(sigmoid(z)) + (1 - c) * log(1 - sigmoid(z))), z),
        sigmoid(z) - c,
        {
            "sign": c - sigmoid(z),
            "squared error": (sigmoid(z) - c) * sigmoid(z) * (1 - sigmoid(z)),
            "no c": sigmoid(z),
        },
    ),
]

X, W1, B1 = Tensor("X", (D,)), Tensor("W1", (H, D)), Tensor("B1", (H,))
W2, B2 = Tensor("W2", (K, H)), Tensor("B2", (K,))
U = Definition("U", (h,), Sum(d1, W1[h, d1] * X[d1]) + B1[h])
V = Definition("V", (k,), Sum(h1, W2[k, h1] * f(U[h1])) + B2[k])
E = HALF * Sum(k1, (f(V[k1]) - T[k1]) ** 2)
OUT = Definition("OUT", (k,), (f(V[k]) - T[k]) * slope(V[k]))
BACK = Sum(k1, W2[k1, h] * OUT[k1])
us = Tensor("us", (H,))
recursion = Sum(k1, T[k1] * (Sum(h1, W2[k1, h1] * f(us[h1])) + B2[k1]))

NETS = [
    Item(
        "second layer, weights",
        Diff(E, W2[k, h]),
        OUT[k] * f(U[h]),
        {
            "no f'": (f(V[k]) - T[k]) * f(U[h]),
            "no f": OUT[k] * U[h],
            "twice": 2 * OUT[k] * f(U[h]),
            "no h": OUT[k],
        },
    ),
    Item(
        "first layer, weights",
        Diff(E, W1[h, d]),
        slope(U[h]) * BACK * X[d],
        {
            "no f'": BACK * X[d],
            "sign": -slope(U[h]) * BACK * X[d],
            "no X": slope(U[h]) * BACK,
            "short": slope(U[h]) * Sum(k1, W2[k1, h] * OUT[k1], 0, K - 2) * X[d],
        },
    ),
    Item(
        "first layer, bias",
        Diff(E, B1[h]),
        slope(U[h]) * BACK,
        {
            "all units": total((h2, k1), slope(U[h2]) * W2[k1, h2] * OUT[k1]),
            "from 1": slope(U[h]) * Sum(k1, W2[k1, h] * OUT[k1], 1, K - 1),
            "f for f'": f(U[h]) * BACK,
        },
    ),
    Item(
        "recursion of the deltas",
        Diff(recursion, us[h]),
        slope(us[h]) * Sum(k1, W2[k1, h] * T[k1]),
        {
            "no f'": Sum(k1, W2[k1, h] * T[k1]),
            "f' of T": Sum(k1, W2[k1, h] * slope(T[k1]) * T[k1]),
            "no W": slope(us[h]) * Sum(k1, T[k1]),
        },
    ),
]

likelihood = Product(n, q[n, L[n]])
LIKELIHOODS = [
    Item(
        "log of a likelihood",
        log(likelihood),
        Sum(n, S[n, L[n]] - log(Sum(k, exp(S[n, k])))),
        {
            "mean": Sum(n, S[n, L[n]] - log(Sum(k, exp(S[n, k])))) / N,
            "sign": -Sum(n, S[n, L[n]] - log(Sum(k, exp(S[n, k])))),
            "all classes": total((n, k), log(q[n, k])),
            "short": Sum(n, log(q[n, L[n]]), 0, N - 2),
        },
    ),
    Item(
        "softmax as a product over classes",
        Product(k, p[k] ** 2),
        Product(k1, p[k1]) ** 2,
        {
            "no square": Product(k1, p[k1]),
            "short": Product(k1, p[k1], 0, K - 2) ** 2,
            "cube": Product(k1, p[k1]) ** 3,
        },
    ),
    Item(
        "normal density",
        log(Product(n, exp(-((x[n, 0] - c) ** 2) / (2 * strength)) / strength)),
        -Sum(n, (x[n, 0] - c) ** 2) / (2 * strength) - N * log(strength),
        {
            "no N": -Sum(n, (x[n, 0] - c) ** 2) / (2 * strength) - log(strength),
            "sign": Sum(n, (x[n, 0] - c) ** 2) / (2 * strength) - N * log(strength),
            "no 2": -Sum(n, (x[n, 0] - c) ** 2) / strength - N * log(strength),
        },
    ),
    Item(
        "gradient of a log-likelihood",
        Diff(log(Product(n1, q[n1, L[n1]])), S[n, k]),
        delta(k, L[n]) - q[n, k],
        {
            "sign": q[n, k] - delta(k, L[n]),
            "no delta": -q[n, k],
            "mean": (delta(k, L[n]) - q[n, k]) / N,
        },
    ),
]

ITEMS = SOFTMAX + LINEAR + SHIFTS + SCALARS + NETS + LIKELIHOODS
