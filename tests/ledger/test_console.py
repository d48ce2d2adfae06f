"""The tables in the terminal: what was audited, and what is not in order."""

import pytest

from cnnmath.ledger.console import print_rows, print_run
from cnnmath.ledger.evidence import Evidence
from cnnmath.proof.audit.rule import Audited

RIGHT, WRONG = Audited("sift", 100, 60, 180), Audited("count", 100, problem="Wrong: [1 < 2]")


def evidence(*audit):
    return Evidence([], [], [], [], 2.0, [], audit)


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")


def test_rules_are_listed_with_what_is_wrong(capsys):
    print_rows(evidence(RIGHT, WRONG))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "sift 60 of 100 180" in lines
    assert "count 0 of 100 0 Wrong: [1 < 2]" in lines


def test_rules_are_left_out_where_they_were_not_audited(capsys):
    print_rows(evidence())
    assert "rule" not in capsys.readouterr().out


def test_a_run_says_how_many_rules_are_in_order(capsys):
    print_run(evidence(RIGHT), [("01", "9 cells", "1.0 s", "ran to the end")])
    said = " ".join(capsys.readouterr().out.split())
    assert "rules at random 1 rules in 60 formulas equal in 180 worlds" in said
    assert "01 9 cells 1.0 s ran to the end" in said
    print_run(evidence(RIGHT, WRONG), [])
    assert "1 rules NOT IN ORDER" in capsys.readouterr().out
