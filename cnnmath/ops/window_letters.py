"""What the derivations of all windowed ops share: their sizes, their letters, the padded input.

No floor stands in a formula: U + 2 Z = (I - 1) S + G (P - 1) + 1 + R with 0 <= R < S says the same.
"""

from typing import Any, NamedTuple


class Letters(NamedTuple):
    """What the derivations of all windowed ops share: sizes, indices, and the padded input."""

    sizes: dict[str, Any]
    x: Any
    padded: Any  # x with its border of zeros
    row: Any  # (i, p) -> S1 i + G1 p, a row of the padded input
    column: Any  # (j, q) -> S2 j + G2 q


def declare_windows(D: Any, channels: str, dilated: bool) -> Letters:
    """Sizes N, ``channels``, I, J, P, Q, stride S, padding Z, dilation G and remainder R of rows (1) and
    columns (2); U and V follow from them; x and the padded input."""
    names = f"N {channels} I J P Q S1 S2".split()
    sizes = dict(zip(names, D.sizes(" ".join(names)), strict=True))
    if dilated:
        sizes["G1"], sizes["G2"] = D.sizes("G1 G2")
    sizes["Z1"], sizes["Z2"] = D.sizes("Z1 Z2", least=0)
    for axis, (output, kernel) in enumerate((("I", "P"), ("J", "Q")), start=1):
        S, Z = sizes[f"S{axis}"], sizes[f"Z{axis}"]
        (R,) = D.sizes(f"R{axis}", least=0, below=S)
        span = sizes[kernel] - 1
        span = sizes[f"G{axis}"] * span + 1 if dilated else sizes[kernel]
        sizes[f"R{axis}"] = R
        sizes["UV"[axis - 1]] = D.size("UV"[axis - 1], (sizes[output] - 1) * S + span + R - 2 * Z)
    Z1, Z2, U, V = (sizes[name] for name in ("Z1", "Z2", "U", "V"))
    n, c, a, e = D.indices(n=sizes["N"], c=sizes["C"], a=U + 2 * Z1, e=V + 2 * Z2)
    x = D.tensor("x", sizes["N"], sizes["C"], U, V)
    entry = x[n, c, a - Z1, e - Z2] * D.inside(a - Z1, U) * D.inside(e - Z2, V)
    padded = D.define("xp", (n, c, a, e), entry, tex=r"\bar x", because="a border of zeros")

    def row(i: Any, p: Any) -> Any:
        return sizes["S1"] * i + (sizes["G1"] * p if dilated else p)

    def column(j: Any, q: Any) -> Any:
        return sizes["S2"] * j + (sizes["G2"] * q if dilated else q)

    return Letters(sizes, x, padded, row, column)


def trace_sizes(channels: str, dilated: bool, **given: Any) -> dict[str, int]:
    """Sizes of one traced run: all 1 (paddings and remainders 0) but for those given; a pair is for rows
    and columns."""
    names = f"N {channels} I J P Q S1 S2{' G1 G2' if dilated else ''} Z1 Z2 R1 R2".split()
    sizes = {name: int(name[0] not in "ZR") for name in names}
    for name, value in given.items():
        if isinstance(value, tuple):
            sizes[f"{name}1"], sizes[f"{name}2"] = value
        else:
            sizes[name] = value
    return sizes
