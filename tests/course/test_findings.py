"""Findings outside of the sources: SymPy's are run here, the others are those that were saved."""

import re

import pytest

from cnnmath.course import sympy_slips
from cnnmath.course.findings import Findings, findings
from cnnmath.course.sweeps import sweep
from cnnmath.course.sympy_slips import Finding
from cnnmath.proof.notation import Sum, node
from cnnmath.proof.printing import text

SAVED = sweep("outside_findings")["findings"]
NOW = {each.about: each for each in sympy_slips.sympy_slips()}


@pytest.mark.parametrize("about", NOW)
def test_the_truth_of_a_slip_is_proven_and_is_another_one(about):
    found = NOW[about]
    assert found.tool == "SymPy" and found.judged in (sympy_slips.WRONG, sympy_slips.CONVENTION)
    assert found.says and found.truth and found.says != found.truth


def test_a_truth_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"proven: .* = 1 is not proven"):
        sympy_slips.proven(Sum(sympy_slips.ROW, 1, 0, -2), 1)
    assert sympy_slips.proven(Sum(sympy_slips.ROW, 1, 0, -2), 0) == text(node(0))


@pytest.mark.parametrize("about", ["stride 2: an entry g[1/2]", "sum pooling: an entry y[1/2]"])
def test_sympy_reads_entries_at_halves(about):
    assert re.search(r"\[1/2\]", NOW[about].says) and "1/2" not in NOW[about].truth


def test_the_saved_findings_have_those_of_sympy():
    saved = [Finding(**each) for each in SAVED if each["about"] in NOW]
    assert [each.about for each in saved] == list(NOW)
    assert [(each.input, each.truth) for each in saved] == [
        (e.input, e.truth) for e in NOW.values()
    ]


def test_every_tool_has_its_say():
    assert {each["tool"] for each in SAVED} == {"torch", "jax", "SymPy", "cnnmath"}
    ours = [each for each in SAVED if each["tool"] == "cnnmath" and "zero" in each["about"]]
    assert [each["judged"] for each in ours] == ["right"] * 3


# --------------------------------------------------------------------------------- the table

TWO = [
    Finding("a", "1", "which <x>", "f(0)", "0", "1", "wrong"),
    Finding("b", "2", "which <x>", "g(0)", "1/2", "1", "a convention"),
    Finding("b", "2", "another", "g(1)", "1", "1", "right"),
]


def test_rows_stand_under_their_question():
    plain, html = repr(Findings(TWO)), Findings(TWO)._repr_html_()
    assert plain.splitlines() == [
        "which <x> (true: 1)",
        "    a 1  f(0): 0 (wrong)",
        "    b 2  g(0): 1/2 (a convention)",
        "another (true: 1)",
        "    b 2  g(1): 1 (right)",
    ]
    assert html.count("<table>") == 2 and html.count("<tr>") == 5
    assert "<b>which &lt;x&gt;</b>. True: 1." in html and "#D55E00" in html
    assert '<th style="text-align:left">b 2 says</th>' in html


def test_a_question_can_be_chosen():
    records = [each._asdict() for each in TWO]
    assert findings(records, "which").groups == {"which <x>": TWO[:2]}
    assert list(findings(records, "").groups) == ["which <x>", "another"]


def test_nothing_and_unknown_judgements_are_refused():
    with pytest.raises(ValueError, match="Findings: nothing found; wanted at least one finding"):
        findings([], "torch")
    with pytest.raises(
        ValueError, match=r"Findings: judged \['perhaps'\]; wanted one of wrong, right"
    ):
        Findings([TWO[0]._replace(judged="perhaps")])
