"""Cards of errata: what the page shows is what was computed, and a rejected suspicion accuses nobody."""

import re

import pytest

from cnnmath.course.errata_cards import Card, errata_of, erratum, mixed
from cnnmath.ledger.errata import NotSuspected, by_document, errata

CARD = erratum("zhang-3.22")


def test_a_card_says_the_same_in_both_forms():
    plain, html = repr(CARD), CARD._repr_html_()
    for said in ("zhang-3.22 (002, section 3.3.2)", "✗ N=1, K=1, D=1; w=[[-2]]: 4 against -2"):
        assert said in plain
    for said in ("<b>zhang-3.22</b>", "4 against -2", "false as it stands", "chain-1-c"):
        assert said in html
    assert f"${CARD.erratum.line.tex}$" in html
    assert "in our letters: penalty = sum_k sum_d w[k,d]" in plain


def test_a_rejected_suspicion_is_no_accusation():
    card = Card(CARD.erratum._replace(counterexample=""))
    for said in (repr(card), card._repr_html_()):
        assert "✗" not in said and "✓ no counterexample: the suspicion is rejected" in said
    assert "#D55E00" in CARD._repr_html_() and "#D55E00" not in card._repr_html_()


def test_what_could_not_be_decided_gets_no_tick():
    card = Card(CARD.erratum._replace(counterexample="", problem="ValueError: no"))
    assert "? not decided: ValueError: no" in repr(card)
    assert "✗" not in repr(card)


def test_a_row_that_is_not_checkable_says_why():
    said = repr(erratum("chain-4-k"))
    assert "not checkable: a sentence between two formulas" in said


def test_formulas_are_escaped_for_html():
    html = erratum("zhang-5.29")._repr_html_()
    assert r"0\le p-i_l&lt;F_1" in html
    assert not re.search(r"<(?!/?(div|p|b|span|br)\b)", html)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a < b, only words", "a &lt; b, only words"),
        (r"\alpha<1", r"$\alpha&lt;1$"),
        (r"\alpha\text{: always true}", r"$\alpha$: always true"),
        (r"\text{for all }\alpha\text{, not one}+1", r"for all $\alpha$, not one$+1$"),
        (r"\frac{\text{a few words}}{2}", r"$\frac{\text{a few words}}{2}$"),
        (r"f(\text{'full'})", r"$f(\text{'full'})$"),
    ],
)
def test_words_in_a_formula_become_words(said, shown):
    assert mixed(said) == shown


def test_a_document_folds_its_entries():
    found = errata(["subsampling_combinations"])
    cards = errata_of("bouvrie", found)
    mine = [each.row.id for each in by_document(found)["bouvrie"]]
    html = cards._repr_html_()
    assert html.startswith("<details><summary>000, a retelling of Bouvrie 2006: ")
    assert re.findall(r"<b>(.*?)</b>", html) == mine
    assert [line.split(" ")[0] for line in repr(cards).split("\n\n")[1:]] == mine
    assert f"{len(mine)} confirmed" in repr(cards)


def test_documents_and_rows_that_are_none_are_refused():
    with pytest.raises(ValueError, match="errata_of: no document 'knuth'; wanted one of zhang, "):
        errata_of("knuth", [])
    with pytest.raises(NotSuspected, match=r"zhang-3\.47: no printed form"):
        erratum("zhang-3.47")
    assert "nothing suspected" in repr(errata_of("ng", []))
