"""The errors of the ops in units in the last place, as a table of the report."""

import html
from collections.abc import Iterable, Sequence

import numpy as np

from cnnmath.proof.ulp import CONFIDENT, DTYPES, GAPS, SCALES, Row, scales

CANCELLED = (
    "0.5 is the best that rounding allows. Large numbers stand in two places. A sum of terms of both signs "
    "may happen to come out near 0, as in affine, in convolutions (most by Winograd's and Fourier's ways, "
    "which add and subtract more), in p - t and sigmoid(z) - t: its error is small beside the terms, not "
    "beside the sum (cancellation; the worst entry is then small beside the largest of its array). And e^z "
    "for z = -600 is off by up to 600 times what rounds z itself, as in the tiny probabilities of a softmax "
    "of extreme logits."
)


def rounding_table(rows: Sequence[Row]) -> str:
    """The worst error of each quantity by regime, and the entry where the worst of all stands."""
    regimes = list(dict.fromkeys(row.regime for row in rows))
    quantities: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        path = f"{row.op}[{row.case}]" if row.case else row.op
        quantities.setdefault((path, row.dtype, row.quantity), []).append(row)
    head = "".join(f"<th class=n>{html.escape(regime)}</th>" for regime in regimes)
    body = "".join(_row(key, found, regimes) for key, found in quantities.items())
    return (
        f"<p>{html.escape(_explained(regimes))}</p><p>{html.escape(CANCELLED)}</p>"
        "<div class=wide><table><tr><th>code path, and its worst entry</th><th>dtype</th>"
        f"<th>quantity</th>{head}</tr>{body}</table></div>"
    )


def _row(key: tuple[str, str, str], found: Sequence[Row], regimes: Sequence[str]) -> str:
    by_regime = {row.regime: row.worst.ulp for row in found}
    worst = max(found, key=lambda row: row.worst.ulp)
    call, _, entry = worst.worst.where.rpartition(": ")
    where = (
        f"{html.escape(f'{worst.regime}, {call}')}: <span class=whole>{html.escape(entry)}</span>"
    )
    path, dtype, quantity = map(html.escape, key)
    words = html.escape(" ".join(key).lower(), quote=True)
    numbers = "".join(f"<td class=n>{_number(by_regime.get(regime))}</td>" for regime in regimes)
    return (
        f"<tr data-text='{words}'><td>{path}"
        f"<div class=soft>{where if worst.worst.ulp else 'nothing is rounded'}</div></td>"
        f"<td>{dtype}</td><td>{quantity}</td>{numbers}</tr>"
    )


def _number(ulp: float | None) -> str:
    """Two decimals as far as they say something, so that the points stand below each other."""
    if ulp is None:
        return ""
    return f"{ulp:.2f}" if ulp < 1e4 else f"{ulp:.1e}"


def _explained(regimes: Iterable[str]) -> str:
    """What was measured, and what each regime is."""
    told = {
        regime: "times " + ", ".join(f"{scale:g}" for scale in SCALES[regime]) for regime in SCALES
    }
    far = " or ".join(f"{scales('extreme', d)[1]:.0e} ({np.dtype(d).name})" for d in DTYPES)
    told["extreme"] += f", or as large as {far}, or as small as its inverse"
    gaps = f"{min(GAPS)} to {max(GAPS)}"
    told[CONFIDENT] = f"cross entropy with the label's logit {gaps} ahead of the others"
    return (
        "Worst error of each code path, of its value and of each gradient, in units in the last place "
        "against 50 digits, over random calls with normal numbers. "
        + "; ".join(f"{regime}: {told[regime]}" for regime in regimes if regime in told)
        + ". Entries that are 0 or below the normal floats are left out."
    )
