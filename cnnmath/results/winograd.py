"""Winograd's convolution of 3x3 kernels: 4 multiplications for 2 outputs in a row, 16 for 2x2 outputs."""

from itertools import product
from typing import Any


def winograd_row(D: Any) -> None:
    """F(2, 3): two outputs of a kernel of three, by 4 products of a sum of d and a sum of g, not by 6."""
    p = _letters(D)[0]
    d, g = D.tensor("d", 4), D.tensor("g", 3)
    seen = _input_rows([d[r] for r in range(4)])
    kernel = _kernel_rows(D, [g[r] for r in range(3)])
    m = [
        D.define(f"m{a}", (), seen[a] * kernel[a], tex=f"m_{a}", because="one multiplication")[()]
        for a in range(4)
    ]
    for i, output in enumerate(_output_rows(m)):
        D.claim(
            f"y{i}",
            output,
            D.Sum(p, g[p] * d[_by(p, i)]),
            "the halves of m1 and m2 add up to d1 g1 + d2 (g0 + g2), or to d1 (g0 + g2) + d2 g1",
        )


def winograd_tile(D: Any) -> None:
    """F(2x2, 3x3): rows by F(2, 3), and each of its products of rows by F(2, 3) again: 4 x 4, not 36. The
    sum over channels stands inside: a matrix product for each of the 16."""
    (C,) = D.sizes("C")
    (c,) = D.indices(c=C)
    p, q = _letters(D)
    d, g = D.tensor("d", C, 4, 4), D.tensor("g", C, 3, 3)
    seen = _twice(_input_rows, _entries(d, c, 4))
    kernel = _twice(lambda row: _kernel_rows(D, row), _entries(g, c, 3))
    m = [
        [
            D.define(f"m{a}{e}", (), D.Sum(c, seen[a][e] * kernel[a][e]), tex=f"m_{{{a}{e}}}")[()]
            for e in range(4)
        ]
        for a in range(4)
    ]
    outputs = _twice(_output_rows, m)
    for i, j in product(range(2), repeat=2):
        D.claim(
            f"y{i}{j}",
            outputs[i][j],
            D.Sum((c, p, q), g[c, p, q] * d[c, _by(p, i), _by(q, j)]),
            "the identity of the rows, with rows in the place of numbers; A^T m A is linear in m",
        )


def winograd_cover(D: Any) -> None:
    """The layer from its tiles, in one dimension: tile k sees xp (the map in its border of zeros) from row
    2 k on and gives the outputs 2 k and 2 k + 1. T tiles cover I = 2 T - R outputs, R < 2, each once."""
    S, T = D.sizes("S T")
    (R,) = D.sizes("R", least=0, below=S)
    I = D.size("I", S * T - R)  # noqa: E741
    i, k = D.indices(i=I, k=T)
    D.claim(
        "once",
        D.Sum(k, D.inside(i - S * k, S)),
        1,
        "output i stands in the tile floor(i/S), which is less than T, and in no other (here S = 2)",
    )
    (p,) = D.indices(p=3)
    xp, g = D.tensor("xp", 2 * T + 2, tex=r"\bar x"), D.tensor("g", 3)
    seen = _input_rows([xp[2 * k], *(xp[2 * k + r] for r in (1, 2, 3))])
    kernel = _kernel_rows(D, [g[r] for r in range(3)])
    outputs = _output_rows([a * b for a, b in zip(seen, kernel, strict=True)])
    for a, place in enumerate((2 * k, 2 * k + 1)):
        D.claim(
            f"z{a}",
            outputs[a],
            D.Sum(p, g[p] * xp[place + p]),
            f"F(2, 3) for d[r] = xp[2 k + r]: output {a} of the tile is output {'2 k + 1' if a else '2 k'}",
        )


def winograd_turned(D: Any) -> None:
    """dx is a correlation of dz with the turned kernels, channels and maps exchanged, padding 2 - Z."""
    N, C, O, I, J, U, V = D.sizes("N C O I J U V")  # noqa: E741
    Z1, Z2 = D.sizes("Z1 Z2", least=0)
    n, c, o, u, v = D.indices(n=N, c=C, o=O, u=U, v=V)
    p, q = _letters(D)
    w, dz = D.tensor("w", O, C, 3, 3), D.tensor("dz", N, O, I, J, tex=r"\mathrm{dz}")

    def met(row: Any, column: Any) -> Any:
        return dz[n, o, row, column] * D.inside(row, I) * D.inside(column, J)

    D.claim(
        "dx",
        D.Sum((o, p, q), w[o, c, p, q] * met(u + Z1 - p, v + Z2 - q)),
        D.Sum((o, p, q), w[o, c, 2 - p, 2 - q] * met(u + p - (2 - Z1), v + q - (2 - Z2))),
        "p becomes 2 - p: the kernel turned by 180 degrees, the padding 2 - Z",
    )


def winograd_adjoint(D: Any) -> None:
    """dw from one tile: G^T ((A dz A^T) * (B^T d B)) G. The value is linear in w, so that this is its
    transpose; tiles and samples add up, as places do in the plain formula."""
    d, dz = D.tensor("d", 4, 4), D.tensor("dz", 2, 2, tex=r"\mathrm{dz}")
    i, j = D.indices(i=2, j=2)
    seen = _twice(_input_rows, _entries(d, None, 4))
    arrived = _twice(_output_adjoint_rows, _entries(dz, None, 2))
    total = [[arrived[a][e] * seen[a][e] for e in range(4)] for a in range(4)]
    gradient = _twice(lambda row: _kernel_adjoint_rows(D, row), total)
    for p, q in product(range(3), repeat=2):
        D.claim(
            f"dw{p}{q}",
            gradient[p][q],
            D.Sum((i, j), dz[i, j] * d[_by(i, p), _by(j, q)]),
            "w[p,q] meets d at i + p, j + q in the output i, j",
        )


def _letters(D: Any) -> Any:
    return D.indices(p=3, q=3)


def _by(place: Any, step: int) -> Any:
    """place + step, with no + 0 to read."""
    return place + step if step else place


def _entries(g: Any, which: Any, size: int) -> list[list[Any]]:
    first = () if which is None else (which,)
    return [[g[(*first, p, q)] for q in range(size)] for p in range(size)]


def _input_rows(d: list[Any]) -> list[Any]:
    """B^T d."""
    return [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]]


def _kernel_rows(D: Any, g: list[Any]) -> list[Any]:
    """G g."""
    half = D.fraction(1, 2)
    return [g[0], half * (g[0] + g[1] + g[2]), half * (g[0] - g[1] + g[2]), g[2]]


def _output_rows(m: list[Any]) -> list[Any]:
    """A^T m."""
    return [m[0] + m[1] + m[2], m[1] - m[2] - m[3]]


def _output_adjoint_rows(y: list[Any]) -> list[Any]:
    """A y."""
    return [y[0], y[0] + y[1], y[0] - y[1], -y[1]]


def _kernel_adjoint_rows(D: Any, t: list[Any]) -> list[Any]:
    """G^T t."""
    half = D.fraction(1, 2)
    return [t[0] + half * (t[1] + t[2]), half * (t[1] - t[2]), half * (t[1] + t[2]) + t[3]]


def _twice(rows: Any, matrix: list[list[Any]]) -> list[list[Any]]:
    """The transform of the rows of a matrix, then that of its columns."""
    across = [rows(row) for row in matrix]
    down = [rows(list(column)) for column in zip(*across, strict=True)]
    return [list(row) for row in zip(*down, strict=True)]
