"""Verification: every chapter is in order, and what is wrong is found and named."""

import json
import re

import pytest

from cnnmath.ledger import CHAPTERS
from cnnmath.ledger.row import Printed, Row
from cnnmath.ledger.verify import UnknownRow, as_json, select, summary, verify
from cnnmath.proof.verdict import Level, Refuted, Verdict
from cnnmath.results.lookup import derivation

ROWS = [row for rows in CHAPTERS.values() for row in rows]
CHECKABLE = {
    "linear_softmax": 73,
    "mlp": 99,
    "cnn": 125,
    "subsampling_combinations": 26,
    "implementation": 54,
}


@pytest.fixture(scope="module")
def runs():
    """Answers by chapter, each from nothing derived."""
    found = {}
    for chapter in CHAPTERS:
        derivation.cache_clear()
        found[chapter] = list(verify(select([chapter])))
    return found


@pytest.fixture(scope="module")
def answers(runs):
    return {answer.row.id: answer for found in runs.values() for answer in found}


def one(**fields):
    row = Row(**{"id": "made-up", "section": "0", "gloss": "made up", **fields})
    (answer,) = verify([("made up", row)])
    return answer


# ----------------------------------------------------------------------------------- the chapters


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row_is_in_order(row, answers):
    answer = answers[row.id]
    assert answer.problem == ""
    if row.not_checkable:
        assert answer.verdict is None
    else:
        assert answer.verdict.level not in (Level.UNDECIDED, Level.REFUTED, Level.ASSUMED)
        assert answer.verdict.evidence


@pytest.mark.parametrize("row", [r for r in ROWS if r.printed], ids=lambda row: row.id)
def test_what_is_wrong_in_print_is_shown_by_an_example(row, answers):
    assert answers[row.id].finding == "confirmed"
    assert len(answers[row.id].counterexample) > 10


def test_levels_are_honest(answers):
    for answer in answers.values():
        if answer.row.check is None or answer.verdict is None:
            continue
        level, evidence = answer.verdict.level, answer.verdict.evidence
        assert level in (Level.EXACT, Level.NUMERIC, Level.SIMULATED), answer.row.id
        if level is Level.SIMULATED:
            assert "seed" in evidence or "nothing drawn" in evidence, answer.row.id
        if level is Level.NUMERIC:
            assert "digits" in evidence and "within" in evidence, answer.row.id


def test_what_is_proven_for_all_sizes_is_not_less(answers):
    proven = {
        i
        for i, a in answers.items()
        if a.verdict and a.verdict.level in (Level.PROVED, Level.DEFINED)
    }
    numbered = {i for i in answers if re.fullmatch(r"zhang-[34]\.\d+", i)}
    # data and test set, labels, problem statements, and what is checked otherwise
    others = {1, 2, 3, 5, 10, 25, 26, 27, 28, 29, 51, 52, 53}
    # nets of any depth, max(0, s) as code, the name of the input
    deeper = {4, 7, 9}
    assert numbered - proven == {f"zhang-3.{n}" for n in others} | {f"zhang-4.{n}" for n in deeper}


# ---------------------------------------------------------------------------- what can go wrong


def softmax_claim(sign):
    def claim(D):
        p = D.definitions["p"]
        (k,) = p.params
        return p[k] + sign * D.delta(k, D.tensors["t"][()])

    return claim


def test_a_right_claim_is_proven():
    answer = one(by="softmax_error.ds#softmax", claim=softmax_claim(-1))
    assert answer.verdict.level is Level.PROVED and not answer.problem


def test_a_wrong_claim_is_refuted_with_an_example():
    answer = one(by="softmax_error.ds#softmax", claim=softmax_claim(1))
    assert answer.verdict.level is Level.REFUTED
    assert "K=1" in answer.verdict.evidence and "against" in answer.verdict.evidence
    assert answer.problem == "p[k] + 1 [k = t] is not softmax_error.ds#softmax"


@pytest.mark.parametrize("row", [r for r in ROWS if r.claim], ids=lambda row: row.id)
def test_every_claim_is_really_compared(row):
    answer = one(by=row.by, claim=lambda D: row.claim(D) + 1)
    assert answer.verdict.level is Level.REFUTED


def test_a_check_that_raises_is_a_problem_and_the_others_go_on():
    def broken():
        raise ZeroDivisionError("no samples")

    rows = [Row("a", "0", "a", check=broken), Row("b", "0", "b", not_checkable="names b")]
    first, second = verify([("made up", row) for row in rows])
    assert first.verdict.level is Level.UNDECIDED
    assert first.problem == "ZeroDivisionError: no samples"
    assert second.problem == "" and second.verdict is None


def test_a_check_that_refutes_is_a_problem():
    answer = one(check=lambda: Verdict(Level.REFUTED, "n=1: 2 against 3"))
    assert answer.problem == "REFUTED(n=1: 2 against 3)"


def test_a_line_that_does_not_exist_is_a_problem():
    assert "close: softmax_error.ds#softmax" in one(by="softmax_error.ds#softmx").problem
    assert "no derivation 'nothing'" in one(by="nothing.here#at").problem


@pytest.mark.parametrize(
    "fields", [{}, {"by": "affine.s#definition", "not_checkable": "names a thing"}]
)
def test_a_row_with_no_answer_or_two_is_a_problem(fields):
    assert "say exactly one of by, check, not_checkable" in one(**fields).problem


def square_penalty(D):
    k, d = D.definitions["w1"].params
    return D.definitions["penalty"][()], D.Sum((k, d), D.tensors["w"][k, d] ** 2)


def test_a_print_that_is_right_is_rejected():
    printed = Printed(
        "sum of squares", "the same", "author", square_penalty, within="parameter_shift"
    )
    answer = one(not_checkable="made up", printed=printed)
    assert (answer.finding, answer.counterexample) == ("rejected", "")
    answer = one(
        not_checkable="made up", printed=Printed("1 = 1", "the same", "author", lambda: "")
    )
    assert (answer.finding, answer.counterexample) == ("rejected", "")


def test_a_print_that_is_wrong_is_confirmed_at_the_smallest_sizes(answers):
    assert answers["zhang-3.22"].counterexample.startswith("N=1, K=1, D=1; ")
    printed = Printed("1 = 2", "1 = 1", "author", lambda: "n=1: 1 against 2")
    assert one(not_checkable="made up", printed=printed).finding == "confirmed"


# ----------------------------------------------------------------------- selection and reporting


def test_select_by_chapter_by_id_and_by_covered_equation():
    assert len(select(["linear_softmax"])) == len(CHAPTERS["linear_softmax"])
    ((chapter, row),) = select(["zhang-3.54"])
    assert (chapter, row.id) == ("linear_softmax", "zhang-3.53")
    assert [r.id for _, r in select(["zhang-3.4", "zhang-3.5", "zhang-3.4"])] == [
        "zhang-3.4",
        "zhang-3.5",
    ]
    assert len(select()) == len(ROWS)


@pytest.mark.parametrize(
    ("name", "close"),
    [
        ("zhang-3.222", "zhang-3.22"),
        ("linear-softmax", "linear_softmax"),
        ("zang-3.47", "zhang-3.47"),
    ],
)
def test_unknown_names_are_refused_with_close_matches(name, close):
    with pytest.raises(
        UnknownRow, match=rf"no row and no chapter '{re.escape(name)}'; close: .*{close}"
    ):
        select([name])


def test_names_close_to_nothing_list_the_chapters():
    with pytest.raises(UnknownRow, match=r"chapters: .*linear_softmax"):
        select(["qqqqqqqqq"])


def test_progress_is_told_of_every_row():
    told = []
    list(verify(select(["zhang-3.4", "zhang-3.1"]), told.append))
    assert [row.id for row in told] == ["zhang-3.4", "zhang-3.1"]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_summary_line(chapter, runs):
    pattern = (
        rf"ledger: {len(CHAPTERS[chapter])} rows, \d+ checkable: \d+ DEFINED, \d+ PROVED, \d+ EXACT, "
        r"(\d+ NUMERIC, )?\d+ SIMULATED, 0 UNDECIDED, in 12\.3 s"
    )
    line = summary(runs[chapter], 12.345)
    assert re.fullmatch(pattern, line)
    numbers = list(map(int, re.findall(r"\d+(?= [A-Z]{2})", line)))
    assert sum(numbers) == int(re.search(r"(\d+) checkable", line).group(1)) == CHECKABLE[chapter]


def test_summary_names_what_is_wrong():
    answers = [one(check=lambda: Verdict(Level.REFUTED, "n=1")), one(not_checkable="names a thing")]
    assert summary(answers, 0.0) == (
        "ledger: 2 rows, 1 checkable: 0 PROVED, 0 EXACT, 1 REFUTED, 0 UNDECIDED, in 0.0 s"
    )


def test_as_json_is_plain_data(answers):
    table = json.loads(json.dumps([as_json(answer) for answer in answers.values()]))
    assert [row["id"] for row in table] == [row.id for row in ROWS]
    captured = as_json(answers["zhang-3.44"])
    assert captured["verdict"] == "PROVED" and captured["finding"] == "confirmed"
    assert "SymPy reads it as 1" in captured["counterexample"]
    assert "our engine refuses it: the index j is bound" in captured["counterexample"]
    nothing = as_json(answers["zhang-3.1"])
    assert (nothing["verdict"], nothing["evidence"]) == (
        "not checkable",
        "names the training set; nothing is claimed",
    )


def test_a_line_that_is_false_makes_its_row_refuted(monkeypatch):
    def false(address):
        raise Refuted("a.b#c is false", "K=1: 0 against 2")

    monkeypatch.setattr("cnnmath.ledger.verify.line", false)
    (found,) = verify([("chapter", Row("row-1", "1", "gloss", by="a.b#c"))])
    assert str(found.verdict) == "REFUTED(K=1: 0 against 2)"
    assert "a.b#c is false" in found.problem
