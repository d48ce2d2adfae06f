"""The errata: every suspected row is there, with its counterexample, and nothing right is accused."""

from functools import partial

import pytest

from cnnmath.ledger import CHAPTERS, errata
from cnnmath.ledger.kinds import FALSE, INCOMPLETE, KINDS, WEIGHTS, kind, weight
from cnnmath.ledger.row import Printed
from cnnmath.ledger.slips import SLIPS, also_in, slips_of
from cnnmath.ledger.verify import UnknownRow
from cnnmath.proof.verdict import Level

ROWS = {row.id: row for rows in CHAPTERS.values() for row in rows}
SUSPECTED = [row.id for row in ROWS.values() if row.printed]
COVERED = {name for row in ROWS.values() for name in row.covers}


@pytest.fixture(scope="module")
def found():
    """All of them, verified once."""
    return {each.row.id: each for each in errata.errata()}


def test_every_suspected_row_is_in_the_errata(found):
    assert list(found) == SUSPECTED
    assert len(SUSPECTED) == 124


@pytest.mark.parametrize("name", SUSPECTED)
def test_an_erratum_is_complete(found, name):
    one = found[name]
    assert one.finding == "confirmed" and one.counterexample
    assert (one.verdict is None) == bool(one.row.not_checkable)
    assert (one.line is not None) == bool(one.row.by)
    assert (one.statement is not None) == bool(one.printed.within)
    if one.verdict is not None:
        assert one.verdict.level not in (Level.REFUTED, Level.UNDECIDED)


def test_the_five_documents_share_them_out(found):
    parts = errata.by_document(found.values())
    assert list(parts) == list(errata.DOCUMENTS)
    assert sum(map(len, parts.values())) == len(found)
    assert all(each.document == name for name, part in parts.items() for each in part)
    sections = [each.row.section for each in parts["ng"]]
    assert sections.index("1.9") < sections.index("1.10") and sections[0] == "1.1.1"
    assert parts["rot180"][-1].row.section == "theory"


def test_they_are_counted_by_kind_and_document(found):
    counts = errata.counts(found.values())
    assert list(counts) == list(KINDS)
    assert sum(sum(row.values()) for row in counts.values()) == len(found)
    assert counts["bracket"] == {"zhang": 1, "bouvrie": 0, "rot180": 0, "ng": 0, "chain": 2}


def test_a_rejected_suspicion_is_not_counted(found):
    one = found["zhang-4.14"]._replace(counterexample="")
    assert sum(sum(row.values()) for row in errata.counts([one]).values()) == 0


# ------------------------------------------------------------------ a right formula as "printed"


def planted(monkeypatch, refute, within=""):
    """A row whose printed form is ``refute``, under the id of a suspected one."""
    old = ROWS["zhang-3.22"]
    printed = Printed("what is right", "what is right, too", "author", refute, within)
    monkeypatch.setitem(CHAPTERS, "linear_softmax", (old._replace(printed=printed),))
    (found,) = errata.errata(["zhang-3.22"])
    return found


def squares_again(D):
    k, d = D.definitions["w1"].params
    w = D.tensors["w"]
    return D.definitions["penalty"][()], D.Sum((d, k), w[k, d] * w[k, d])


def test_a_right_formula_has_no_counterexample(monkeypatch):
    found = planted(monkeypatch, squares_again, "parameter_shift")
    assert found.counterexample == "" and found.finding == "rejected"
    assert found.statement.plain == "penalty = sum_d sum_k w[k,d] w[k,d]"


def test_a_right_program_has_no_counterexample(monkeypatch):
    from cnnmath.ledger.cnn_backward_printed import assigned_not_added

    assert planted(monkeypatch, partial(assigned_not_added, added=True)).counterexample == ""
    assert planted(monkeypatch, assigned_not_added).counterexample != ""


def test_a_search_that_fails_is_a_problem_and_no_finding(monkeypatch):
    found = planted(monkeypatch, lambda D: 1 // 0, "parameter_shift")
    assert found.counterexample == "" and "ZeroDivisionError" in found.problem
    assert (found.finding, found.statement) == ("undecided", None)


# ----------------------------------------------------------------------------------- names


def test_a_row_that_nobody_suspects_is_refused():
    with pytest.raises(errata.NotSuspected, match=r"errata: zhang-3\.47: no printed form"):
        errata.errata(["zhang-3.47"])
    with pytest.raises(UnknownRow, match=r"no row and no chapter 'zhang-9\.99'"):
        errata.errata(["zhang-9.99"])
    (covering,) = errata.errata(["zhang-5.5"])  # a number that the row zhang-5.4 stands for
    assert covering.row.id == "zhang-5.4"


def test_a_chapter_is_asked_for_by_its_name():
    found = errata.errata(["subsampling_combinations"])
    assert [each.row.id for each in found] == [
        row.id for row in CHAPTERS["subsampling_combinations"] if row.printed
    ]


def test_the_printed_formula_is_typeset_from_what_was_refuted(found):
    said = found["zhang-3.22"].statement
    assert said.plain == "penalty = sum_k sum_d w[k,d]"
    assert r"\sum" in said.tex and "^2" not in said.tex
    assert errata.statement(ROWS["zhang-5.14"].printed) is None


# ----------------------------------------------------------------------------------- kinds


def test_every_suspected_row_has_one_kind():
    listed = [name for ids in KINDS.values() for name in ids]
    assert sorted(listed) == sorted(SUSPECTED)
    assert {kind(name) for name in SUSPECTED} == set(KINDS)
    with pytest.raises(KeyError, match=r"zhang-3\.47 is not among the suspected rows"):
        kind("zhang-3.47")


def test_weights():
    assert set(FALSE) | set(INCOMPLETE) <= set(SUSPECTED)
    assert not set(FALSE) & set(INCOMPLETE)
    assert {weight(name) for name in SUSPECTED} == set(WEIGHTS)


@pytest.mark.parametrize("name", SUSPECTED)
def test_no_author_is_blamed_for_a_slip_of_the_file(name):
    assert (weight(name) == "file") == (ROWS[name].printed.blame == "extraction")


# ----------------------------------------------------------------------------------- slips


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.name)
def test_a_slip_stands_in_several_places(found, slip):
    assert len(slip.wrong) == len(set(slip.wrong)) >= 2
    assert set(slip.wrong) <= set(SUSPECTED)
    assert all(found[name].counterexample for name in slip.wrong)


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.name)
def test_who_has_it_right_is_not_suspected(slip):
    for name in slip.right:
        assert name in COVERED or ROWS[name].printed is None
        assert name in COVERED or not ROWS[name].not_checkable


def test_the_other_places_are_named():
    assert also_in("zhang-5.29") == ("zhang-5.28", "bouvrie-3.2.1-b", "rot180-1-a")
    assert [slip.name for slip in slips_of("rot180-1-a")] == ["one map above", "slope of f lost"]
    assert also_in("zhang-2.1-a") == ()
    assert len({slip.name for slip in SLIPS}) == len(SLIPS)
