"""Identities of the discrete Fourier transform, and of Winograd's convolution: true ones and wrong ones.

Group 11 of the engine's prototype: with a length L that is a symbol, and arrays that are shorter.
"""

from fractions import Fraction

from items import Item, delta

from cnnmath.proof.notation import (
    Bracket,
    Definition,
    Index,
    Name,
    Num,
    Root,
    Sum,
    Tensor,
    node,
    total,
)


def size(name, below=None):
    upper = None if below is None else below - 1
    return Name(name, integer=True, lower=node(1), upper=upper)


def inside(index, extent):
    return Bracket(0, "<=", index) * Bracket(index, "<", extent)


def spectrum(array, index, frequency, sign=-1):
    """sum_a array[a] w^(sign frequency a)."""
    power = frequency * index
    return Sum(index, array[index] * Root(-power if sign < 0 else power, L))


def back(product, place):
    """The inverse transform at a place; ``product`` is a function of the frequency."""
    return Sum(k, product(k) * Root(k * place, L)) / L


# ------------------------------------------------------------------------------ arrays of length L

L = size("L")
k, i, a, b = (Index(letter, L) for letter in "kiab")
f, g = Tensor("f", (L,)), Tensor("g", (L,))
once = total((a, b), f[a] * g[b] * (delta(a + b, i) + delta(a + b, i + L)))
circular = Definition("circular", (i,), once)
F, G, conjugate = spectrum(f, a, k), spectrum(g, b, k), spectrum(g, b, k, 1)
around = total((a, b), f[a] * g[b] * (delta(a, i + b) + delta(a + L, i + b)))

CIRCLE = [
    Item(
        "transform of a circular convolution",
        Sum(i, circular[i] * Root(-(k * i), L)),
        F * G,
        {
            "conjugate": F * conjugate,
            "divided by L": F * G / L,
            "sum": F + G,
            "squared": F * F,
            "both conjugate": spectrum(f, a, k, 1) * conjugate,
        },
        [L],
    ),
    Item(
        "circular convolution from spectra",
        back(lambda k: spectrum(f, a, k) * spectrum(g, b, k), i),
        once,
        {
            "linear": total((a, b), f[a] * g[b] * delta(a + b, i)),
            "not divided": L * once,
            "correlation": around,
        },
        [L],
    ),
    Item(
        "circular correlation wants a conjugate",
        back(lambda k: spectrum(f, a, k) * spectrum(g, b, k, 1), i),
        around,
        {
            "convolution": once,
            "the other conjugated": total(
                (a, b), f[a] * g[b] * (delta(b, i + a) + delta(b + L, i + a))
            ),
            "no way round": total((a, b), f[a] * g[b] * delta(a, i + b)),
        },
        [L],
    ),
]

# --------------------------------------------------------------------- shorter arrays, zero-padded

A = size("A", L + 1)
B = size("B", L - A + 2)
c, d = Index("c", A), Index("d", B)
x, y = Tensor("x", (A,)), Tensor("y", (B,))
padded = back(lambda k: spectrum(x, c, k) * spectrum(y, d, k), i)
TOO_LONG = size("T", L - A + 3)  # L >= A + T - 2: one short
e = Index("e", TOO_LONG)
t = Tensor("t", (TOO_LONG,))

PADDED = [
    Item(
        "linear convolution from padded spectra",
        padded,
        Sum(c, x[c] * y[i - c] * inside(i - c, B)),
        {
            "flipped": Sum(c, x[A - 1 - c] * y[i - c] * inside(i - c, B)),
            "one further": Sum(c, x[c] * y[i + 1 - c] * inside(i + 1 - c, B)),
            "correlation": Sum(d, y[d] * x[i + d] * inside(i + d, A)),
            "not divided": L * Sum(c, x[c] * y[i - c] * inside(i - c, B)),
        },
        [L, A, B],
    ),
]
TOO_SHORT = (
    back(lambda k: spectrum(x, c, k) * spectrum(t, e, k), i),
    Sum(c, x[c] * t[i - c] * inside(i - c, TOO_LONG)),
    [L, A, TOO_LONG],
)

# -------------------------------------------------------------------- the valid part, with channels

C = size("C")
P = size("P", L + 1)
V = size("V", L - P + 2)  # outputs
U = Name("U", integer=True, lower=node(1), value=V + P - 1)
h, p, v, u = Index("h", C), Index("p", P), Index("v", V), Index("u", U)
X, W = Tensor("X", (C, U)), Tensor("W", (C, P))


def of_channel(kernel_sign, place, channels=lambda body: Sum(h, body)):
    def product(k):
        seen = Sum(u, X[h, u] * Root(-(k * u), L))
        power = k * p if kernel_sign > 0 else -(k * p)
        return channels(seen * Sum(p, W[h, p] * Root(power, L)))

    return back(product, place)


valid = total((h, p), W[h, p] * X[h, v + p])
SIZES = [C, L, P, V, U]
LAYER = [
    Item(
        "layer in one dimension from spectra",
        valid,
        of_channel(1, v),
        {
            "no conjugate": of_channel(-1, v),
            "crop off by one": of_channel(1, v + 1),
            "crop from the other end": of_channel(1, V - 1 - v),
            "not divided": L * of_channel(1, v),
        },
        SIZES,
    ),
]

# ----------------------------------------------------------------------------------- Winograd's rows

HALF = Num(Fraction(1, 2))
z, w, q = Tensor("z", (4,)), Tensor("w", (3,)), Index("q", 3)
left, right = w[0] + w[1] + w[2], w[0] - w[1] + w[2]
middle = HALF * (z[1] + z[2]) * left, HALF * (z[2] - z[1]) * right
first, last = (z[0] - z[2]) * w[0], (z[1] - z[3]) * w[2]

ROWS = [
    Item(
        "Winograd: first output of a row",
        Sum(q, w[q] * z[q]),
        first + middle[0] + middle[1],
        {
            "a wrong sign in G": first + middle[0] + HALF * (z[2] - z[1]) * (w[0] + w[1] - w[2]),
            "a wrong sign in B": (z[0] + z[2]) * w[0] + middle[0] + middle[1],
            "not halved": first + 2 * middle[0] + 2 * middle[1],
            "the second output": middle[0] - middle[1] - last,
        },
        [],
    ),
    Item(
        "Winograd: second output of a row",
        Sum(q, w[q] * z[q + 1]),
        middle[0] - middle[1] - last,
        {
            "a wrong sign in A": middle[0] - middle[1] + last,
            "the first output": first + middle[0] + middle[1],
        },
        [],
    ),
]

FOURIER_ITEMS = CIRCLE + PADDED + LAYER + ROWS
