"""Convolution through the discrete Fourier transform: 002 section 6.2.1, for all lengths.

omega_L = e^(2 pi i/L). F x has the entries sum_a x[a] omega_L^(-k a); for real x the conjugate of a
spectrum is the same sum with the sign of k turned round. An array shorter than L is zero-padded at its end.
"""

from types import SimpleNamespace
from typing import Any


def fourier_transform(D: Any) -> None:
    """The transform, its inverse, and why half of the spectrum of a real array is enough."""
    (L,) = D.sizes("L")
    k, i, j, a = D.indices(k=L, i=L, j=L, a=L)
    x = D.tensor("x", L)
    X = D.define("X", (k,), D.Sum(a, x[a] * D.root(-(k * a), L)), tex=r"(\mathcal{F}x)")
    D.claim(
        "orthogonal",
        D.Sum(k, D.root(k * (i - j), L)),
        L * D.delta(i, j),
        "a geometric sum; i - j lies between -L and L, so only 0 is a multiple of L",
    )
    with D.chain("inverse", of=D.Sum(k, X[k] * D.root(k * i, L)) / L) as chain:
        chain.line(
            "collect",
            D.Sum(a, x[a] * D.Sum(k, D.root(k * (i - a), L))) / L,
            because="the sum over frequencies first",
        )
        chain.line("sift", x[i], because="it is L where a = i, and 0 elsewhere")
    D.claim(
        "conjugate",
        D.Sum(a, x[a] * D.root(-((L - k) * a), L)),
        D.Sum(a, x[a] * D.root(k * a, L)),
        "omega^(L a) = 1: frequency L - k holds the conjugate of frequency k, if x is real",
    )


def circular_convolution(D: Any) -> None:
    """002 eq. 6.13 for the discrete transform: f * g goes round in a circle of length L."""
    (L,) = D.sizes("L")
    k, i, a, b = D.indices(k=L, i=L, a=L, b=L)
    f, g = D.tensor("f", L), D.tensor("g", L)
    F = D.define("F", (k,), D.Sum(a, f[a] * D.root(-(k * a), L)), tex=r"(\mathcal{F}f)")
    G = D.define("G", (k,), D.Sum(b, g[b] * D.root(-(k * b), L)), tex=r"(\mathcal{F}g)")
    meets = D.delta(a + b, i) + D.delta(a + b, i + L)
    y = D.define("y", (i,), D.Sum((a, b), f[a] * g[b] * meets), because="a + b = i, modulo L")
    with D.chain("theorem", of=D.Sum(i, y[i] * D.root(-(k * i), L))) as chain:
        once = D.Sum((a, b), f[a] * g[b] * D.root(-(k * (a + b)), L))
        chain.line("collect", once, because="one i for each a and b: a + b, or a + b - L")
        chain.line("product", F[k] * G[k], because="omega^(-k (a + b)) is a product")
    with D.chain("inverse", of=D.Sum(k, F[k] * G[k] * D.root(k * i, L)) / L) as chain:
        inner = D.Sum(k, D.root(k * (i - a - b), L))
        chain.line(
            "collect",
            D.Sum((a, b), f[a] * g[b] * inner) / L,
            because="the sum over frequencies first",
        )
        chain.line(
            "circular",
            D.Sum((a, b), f[a] * g[b] * meets),
            because="a + b - i lies between -L and 2 L: it is a multiple of L if it is 0 or L",
        )


def linear_convolution(D: Any) -> None:
    """Row 6.13-b: arrays of A and B entries, zero-padded to L >= A + B - 1: nothing goes round."""
    (L,) = D.sizes("L")
    (A,) = D.sizes("A", below=L + 1)
    (B,) = D.sizes("B", below=L - A + 2)
    k, i, a, b = D.indices(k=L, i=L, a=A, b=B)
    f, g = D.tensor("f", A), D.tensor("g", B)
    F = D.define("F", (k,), D.Sum(a, f[a] * D.root(-(k * a), L)), tex=r"(\mathcal{F}f)")
    G = D.define("G", (k,), D.Sum(b, g[b] * D.root(-(k * b), L)), tex=r"(\mathcal{F}g)")
    with D.chain("padded", of=D.Sum(k, F[k] * G[k] * D.root(k * i, L)) / L) as chain:
        inner = D.Sum(k, D.root(k * (i - a - b), L))
        chain.line(
            "collect",
            D.Sum((a, b), f[a] * g[b] * inner) / L,
            because="the sum over frequencies first",
        )
        chain.line(
            "linear",
            D.Sum(a, f[a] * g[i - a] * D.inside(i - a, B)),
            because="a + b <= A + B - 2 < L: a + b - i = L has no solution",
        )


def valid_correlation(D: Any) -> None:
    """002 eq. 6.15 for one channel, one dimension and no border: the conjugate, w padded to L >= U, the
    first I = U - P + 1 entries; x needs no padding, L = U will do."""
    (L,) = D.sizes("L")
    (P,) = D.sizes("P", below=L + 1)
    (I,) = D.sizes("I", below=L - P + 2)  # noqa: E741
    U = D.size("U", I + P - 1)
    k, i, p, u = D.indices(k=L, i=I, p=P, u=U)
    x, w = D.tensor("x", U), D.tensor("w", P)
    X = D.define("X", (k,), D.Sum(u, x[u] * D.root(-(k * u), L)), tex=r"(\mathcal{F}x)")
    W = D.define(
        "W",
        (k,),
        D.Sum(p, w[p] * D.root(k * p, L)),
        tex=r"\overline{\mathcal{F}w}",
        because="the conjugate, since w is real",
    )
    with D.chain("crop", of=D.Sum(k, X[k] * W[k] * D.root(k * i, L)) / L) as chain:
        inner = D.Sum(k, D.root(k * (i + p - u), L))
        chain.line(
            "collect",
            D.Sum((p, u), w[p] * x[u] * inner) / L,
            because="the sum over frequencies first",
        )
        chain.line(
            "valid",
            D.Sum(p, w[p] * x[i + p]),
            because="|i + p - u| < U <= L for i < I: no multiple of L but 0",
        )


def rows_of_columns(D: Any) -> None:
    """6.2.1: the transform in two dimensions takes the columns first, then the rows (or the other way)."""
    K, L = D.sizes("K L")
    k, e, u, v = D.indices(k=K, e=L, u=K, v=L)
    x = D.tensor("x", K, L)
    columns = D.define("columns", (k, v), D.Sum(u, x[u, v] * D.root(-(k * u), K)))
    rows = D.define("rows", (u, e), D.Sum(v, x[u, v] * D.root(-(e * v), L)))
    both = D.Sum((u, v), x[u, v] * D.root(-(k * u), K) * D.root(-(e * v), L))
    with D.chain("both", of=both) as chain:
        chain.line(
            "columns-first",
            D.Sum(v, columns[k, v] * D.root(-(e * v), L)),
            because="the root of the column leaves the sum over u",
        )
        chain.line(
            "rows-first",
            D.Sum(u, rows[u, e] * D.root(-(k * u), K)),
            because="sums of finitely many terms change places",
        )


def fourier_layer(D: Any) -> None:
    """002 eq. 6.15, corrected, for all sizes: channels summed, kernels conjugated and padded, cropped."""
    s = _layer(D)
    n, c, o, i, j, p, q, u, v, k, e = s.letters
    b = D.tensor("b", s.O)
    X = _spectrum(D, "X", s.x, (n, c), (u, v), s, first=(s.Z1, s.Z2))
    W = _spectrum(D, "W", s.w, (o, c), (p, q), s, sign=1)
    products = D.Sum(c, X[n, c, k, e] * W[o, c, k, e])
    area = s.L1 * s.L2
    with D.chain("z", of=D.Sum((k, e), products * s.turn(i, j)) / area + b[o]) as chain:
        powers = D.Sum((k, e), s.turn(i + p - u - s.Z1, j + q - v - s.Z2))
        chain.line(
            "collect",
            D.Sum((c, p, q, u, v), s.w[o, c, p, q] * s.x[n, c, u, v] * powers) / area + b[o],
            because="the sums over frequencies first",
        )
        chain.line(
            "layer",
            D.Sum((c, p, q), s.w[o, c, p, q] * _seen(D, s)(n, c, i + p, j + q)) + b[o],
            because="u = i + p - Z1 and v = j + q - Z2, for L1 >= U + Z1 and L2 >= V + Z2",
        )


def fourier_input_gradient(D: Any) -> None:
    """dx of the layer by spectra: a true convolution (no conjugate), cropped behind the border."""
    s = _layer(D)
    n, c, o, i, j, p, q, u, v, k, e = s.letters
    o1, p1, q1 = o.prime, p.prime, q.prime
    dz, E = _pseudo_loss(D, s)
    W = _spectrum(D, "W", s.w, (o, c), (p, q), s)
    dZ = _spectrum(D, "dZ", dz, (n, o), (i, j), s)
    with D.chain("dx", of=E, wrt=s.x[n, c, u, v]) as chain:
        inside = D.inside(u + s.Z1 - p1, s.I) * D.inside(v + s.Z2 - q1, s.J)
        met = dz[n, o1, u + s.Z1 - p1, v + s.Z2 - q1] * inside
        chain.line(
            "gather",
            D.Sum((o1, p1, q1), s.w[o1, c, p1, q1] * met),
            because="x[n,c,u,v] meets w at p in the output row u + Z1 - p",
        )
        back = s.turn(u + s.Z1, v + s.Z2)
        chain.line(
            "fourier",
            D.Sum((k, e), D.Sum(o1, dZ[n, o1, k, e] * W[o1, c, k, e]) * back) / (s.L1 * s.L2),
            because="u + Z1 - p - i lies between -L1 and L1: nothing that is kept has gone round",
        )


def fourier_kernel_gradient(D: Any) -> None:
    """dw of the layer by spectra: a correlation of x with dz, summed over the samples."""
    s = _layer(D)
    n, c, o, i, j, p, q, u, v, k, e = s.letters
    n1, i1, j1 = n.prime, i.prime, j.prime
    dz, E = _pseudo_loss(D, s)
    X = _spectrum(D, "X", s.x, (n, c), (u, v), s, first=(s.Z1, s.Z2))
    dZ = _spectrum(D, "dZ", dz, (n, o), (i, j), s, sign=1)
    with D.chain("dw", of=E, wrt=s.w[o, c, p, q]) as chain:
        chain.line(
            "sift",
            D.Sum((n1, i1, j1), dz[n1, o, i1, j1] * _seen(D, s)(n1, c, i1 + p, j1 + q)),
            because="w is shared by all samples and places",
        )
        products = D.Sum(n1, X[n1, c, k, e] * dZ[n1, o, k, e])
        chain.line(
            "fourier",
            D.Sum((k, e), products * s.turn(p, q)) / (s.L1 * s.L2),
            because="i + p - u - Z1 lies between -L1 and L1; dz is conjugated, x is not",
        )


def _pseudo_loss(D: Any, s: SimpleNamespace) -> tuple[Any, Any]:
    """dz, and the sum of dz times the layer."""
    n, c, o, i, j, p, q = s.letters[:7]
    n1, o1, i1, j1 = n.prime, o.prime, i.prime, j.prime
    dz = D.tensor("dz", s.N, s.O, s.I, s.J, tex=r"\mathrm{dz}")
    seen = _seen(D, s)(n, c, i + p, j + q)
    z = D.define("z", (n, o, i, j), D.Sum((c, p, q), s.w[o, c, p, q] * seen))
    total = D.Sum((n1, o1, i1, j1), dz[n1, o1, i1, j1] * z[n1, o1, i1, j1])
    return dz, D.define("E", (), total, because="pseudo-loss")[()]


def _layer(D: Any) -> SimpleNamespace:
    """Sizes and letters of a layer in a border of Z1, Z2 zeros, and of transforms that are long enough:
    L1 >= U + Z1 = I + P - 1 - Z1, L1 >= P, likewise L2."""
    N, C, O = D.sizes("N C O")  # noqa: E741
    sizes: dict[str, Any] = {}
    for axis, (output, kernel, rows) in enumerate((("I", "P", "U"), ("J", "Q", "V")), start=1):
        (L,), (Z,) = D.sizes(f"L{axis}"), D.sizes(f"Z{axis}", least=0)
        (P,) = D.sizes(kernel, below=L + 1)
        (I,) = D.sizes(output, below=L - P + 2 + Z)  # noqa: E741
        U = D.size(rows, I + P - 1 - 2 * Z)
        sizes |= {f"L{axis}": L, f"Z{axis}": Z, kernel: P, output: I, rows: U}
    I, J, P, Q, U, V, L1, L2 = (sizes[name] for name in "I J P Q U V L1 L2".split())  # noqa: E741
    letters = D.indices(n=N, c=C, o=O, i=I, j=J, p=P, q=Q, u=U, v=V, k=L1, e=L2)
    x, w = D.tensor("x", N, C, U, V), D.tensor("w", O, C, P, Q)

    def turn(rows: Any, columns: Any, sign: int = 1) -> Any:
        angles = letters[-2] * rows, letters[-1] * columns
        first, second = angles if sign == 1 else (-angle for angle in angles)
        return D.root(first, L1) * D.root(second, L2)

    return SimpleNamespace(**sizes, N=N, O=O, x=x, w=w, letters=letters, turn=turn)


def _spectrum(
    D: Any,
    name: str,
    maps: Any,
    which: tuple[Any, Any],
    place: tuple[Any, Any],
    s: SimpleNamespace,
    sign: int = -1,
    first: tuple[Any, Any] = (0, 0),
) -> Any:
    """The transform of each map (``sign=1``: its conjugate), the map standing at ``first`` among zeros."""
    rows, columns = place if first == (0, 0) else (place[0] + first[0], place[1] + first[1])
    spectrum = rf"\mathcal{{F}}{maps.tex}"
    reason = (
        "zeros before the map: those behind it are the same, in a circle" if name == "X" else ""
    )
    return D.define(
        name,
        (*which, *s.letters[-2:]),
        D.Sum(place, maps[(*which, *place)] * s.turn(rows, columns, sign)),
        tex=rf"\overline{{{spectrum}}}" if sign == 1 else f"({spectrum})",
        because="the conjugate: the entries are real" if sign == 1 else reason,
    )


def _seen(D: Any, s: SimpleNamespace) -> Any:
    """The entry of x in its border of zeros."""

    def seen(n: Any, c: Any, row: Any, column: Any) -> Any:
        inside = D.inside(row - s.Z1, s.U) * D.inside(column - s.Z2, s.V)
        return s.x[n, c, row - s.Z1, column - s.Z2] * inside

    return seen
