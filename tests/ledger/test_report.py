"""The report: every formula typeset, everything searchable, nothing fetched, nothing half-written."""

import re

import pytest

from cnnmath.ledger import CHAPTERS
from cnnmath.ledger.evidence import Evidence
from cnnmath.ledger.report import _mathml, write
from cnnmath.ledger.row import Row
from cnnmath.ledger.verify import Answer, verify
from cnnmath.proof.audit.rule import Audited
from cnnmath.proof.rules import RULES
from cnnmath.proof.ulp import Row as Rounding
from cnnmath.proof.ulp import Worst
from cnnmath.proof.verdict import Level, Verdict
from cnnmath.results.lookup import derivation, derivation_names

PRINTED = [
    text
    for rows in CHAPTERS.values()
    for row in rows
    if row.printed
    for text in (row.printed.text, row.printed.right)
    if "\\" in text
]


def evidence(answers=(), problems=(), rounding=()):
    return Evidence(list(answers), [], [derivation("affine")], list(problems), 1.0, list(rounding))


def answer(row, verdict, **given):
    blank = {"line": None, "counterexample": "", "finding": "", "problem": "", "seconds": 0.0}
    return Answer(row, "chapter", verdict, **(blank | given))


@pytest.mark.parametrize("name", derivation_names())
def test_no_command_is_left_untypeset(name):
    for each in derivation(name).lines.values():
        assert "\\" not in _mathml(each.tex, display=True), each.address


@pytest.mark.parametrize("text", PRINTED)
def test_printed_forms_are_typeset(text):
    assert "\\" not in _mathml(text, display=False)


def test_an_unknown_command_would_be_seen():
    assert "\\" in _mathml(r"\nosuchcommand{x}", display=True)


def test_page_is_whole_escaped_and_searchable(tmp_path):
    row = Row("row-1", "1", "a <b> & c", check=lambda: Verdict(Level.EXACT, ""))
    page = write(
        evidence([answer(row, Verdict(Level.EXACT, "3 < 4"))]), tmp_path / "new" / "page.html"
    ).read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and page.endswith("</html>\n")
    assert "a &lt;b&gt; &amp; c" in page and "3 &lt; 4" in page
    assert 'data-text="row-1 1 a &lt;b&gt; &amp; c' in page
    assert not re.search(r'(src|href)=["\']?(https?:)?//', page)
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["page.html"]


def test_problems_stand_at_the_top(tmp_path):
    page = write(evidence(problems=["row-1: it is <false>"]), tmp_path / "p.html").read_text(
        "utf-8"
    )
    assert page.index("Not in order") < page.index("Ledger of the sources")
    assert "it is &lt;false&gt;" in page


def test_undecided_and_refuted_are_never_ticked(tmp_path):
    row = Row("row-1", "1", "x", check=lambda: Verdict(Level.UNDECIDED, ""))
    for level in (Level.UNDECIDED, Level.REFUTED, Level.ASSUMED):
        page = write(evidence([answer(row, Verdict(level, ""))]), tmp_path / "p.html").read_text(
            "utf-8"
        )
        (badge,) = re.findall(r"<b>row-1</b>.*?<span class='verdict [A-Z]+'>(.*?)</span>", page)
        assert "✓" not in badge and level.value in badge


def test_rounding_and_rules_are_tables(tmp_path):
    rows = [Rounding("affine", "", "float64", "small", "dw", Worst(1.25, 9, 0, "N=2: [0, 1]"))]
    found = evidence(rounding=rows)._replace(audit=[Audited("sift", 40, 30, 90, 20, 10)])
    page = write(found, tmp_path / "p.html").read_text("utf-8")
    assert page.index("<h2>Rounding</h2>") < page.index("small, N=2: <span class=whole>[0, 1]")
    assert page.index("<h2>Rules of the prover</h2>") < page.index("<td class=n>30 of 40</td>")
    assert all(f"<b>{rule}</b>" in page for rule in RULES)


def test_a_real_erratum_shows_both_forms(tmp_path):
    row = next(r for r in CHAPTERS["linear_softmax"] if r.id == "zhang-3.22")
    page = write(evidence(verify([("linear_softmax", row)])), tmp_path / "p.html").read_text(
        "utf-8"
    )
    assert "printed: <math" in page and "right: <math" in page and "confirmed: " in page
