"""The table of rounding errors: by regime, with the entry where the worst of all stands."""

import re

from cnnmath.ledger.report_rounding import rounding_table
from cnnmath.proof.ulp import Row, Worst


def row(regime, ulp, where="", op="affine", case="", quantity="dw", dtype="float64"):
    return Row(op, case, dtype, regime, quantity, Worst(ulp, 9, 0, where))


SPAN = "<span class=whole>"


def cells(page):
    """[[cell, ...] of each row]"""
    return [re.findall(r"<td[^>]*>(.*?)</td>", r) for r in re.findall(r"<tr data.*?</tr>", page)]


def soft(text):
    return f"<div class=soft>{text}</div>"


def test_one_row_for_each_quantity_and_one_column_for_each_regime():
    rows = [row("small", 1.25, "A: 1"), row("extreme", 30, "N=2: [0, 1] = 3e-9, largest 4")]
    page = rounding_table([*rows, row("small", 0.5, "N=1: <2>", quantity="dx", case="no <b>")])
    where = soft(f"extreme, N=2: {SPAN}[0, 1] = 3e-9, largest 4</span>")
    other = soft(f"small, N=1: {SPAN}&lt;2&gt;</span>")
    assert cells(page) == [
        [f"affine{where}", "float64", "dw", "1.25", "30.00"],
        [f"affine[no &lt;b&gt;]{other}", "float64", "dx", "0.50", ""],
    ]
    assert "<th class=n>small</th><th class=n>extreme</th>" in page


def test_large_numbers_and_none_are_readable():
    (found,) = cells(rounding_table([row("small", 0.0), row("large", 123456.0, "A: 3")]))
    assert found[0] == "affine" + soft(f"large, A: {SPAN}3</span>")
    assert found[3:] == ["0.00", "1.2e+05"]
    (found,) = cells(rounding_table([row("small", 0.0, "A"), row("large", 0.0, "B")]))
    assert found == ["affine" + soft("nothing is rounded"), "float64", "dw", "0.00", "0.00"]


def test_an_infinite_error_is_named():
    (found,) = cells(rounding_table([row("large", float("inf"), "A")]))
    assert found[3] == "inf"


def test_what_the_regimes_are_is_said():
    page = rounding_table([row(each, 1) for each in ("small", "typical", "extreme", "confident")])
    for words in (
        "small: times 0.001;",
        "typical: times 1;",
        "extreme: times 300, or as large as 4e+115 (float64) or 3e+14 (float32), or as small as",
        "confident: cross entropy with the label&#x27;s logit 5 to 40 ahead",
        "(cancellation;",
    ):
        assert words in page, words
    assert "confident" not in rounding_table([row("small", 1)])
