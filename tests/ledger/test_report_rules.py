"""The table of the rules: every rule, what was audited, what was noticed, and what is wrong in red."""

import json
import re

import pytest

from cnnmath.ledger import committed as room
from cnnmath.ledger.report_rules import Bugs, injected_bugs, rules_table
from cnnmath.proof.audit.rule import Audited
from cnnmath.proof.rules import RULES

RIGHT = [Audited(rule, 100, 60, 180, 70, 20) for rule in RULES]
BUGS = {rule: Bugs(3, 3) for rule in RULES}


def rows(page):
    """{rule: the row's HTML}"""
    found = re.findall(r"<tr[^>]*data-text.*?</tr>", page)
    return {re.search(r"<b>(.*?)</b>", row)[1]: row for row in found}


def test_every_rule_stands_in_it_with_its_numbers():
    page = rules_table(RIGHT, BUGS)
    assert list(rows(page)) == list(RULES)
    for row in rows(page).values():
        numbers = re.findall(r"<td class=n>(.*?)</td>", row)
        assert numbers == ["60 of 100", "180", "70", "20", "3 of 3"]
    assert "class=red" not in page and "NOT IN ORDER" not in page
    assert page.count("<th") == 7


def test_statements_and_reasons_are_escaped():
    row = rows(rules_table(RIGHT, BUGS))["floor"]
    assert "0 &lt;= e - S i &lt; S says i = floor(e/S)" in row
    assert "division with remainder, which is unique" in row


def test_what_is_wrong_is_red_and_said():
    page = rules_table([Audited("sift", 100, problem="Wrong: 1 < 2")], BUGS)
    row = rows(page)["sift"]
    assert row.startswith("<tr class=red") and "<b>NOT IN ORDER</b> Wrong: 1 &lt; 2" in row
    assert re.findall(r"<td class=n>(.*?)</td>", row) == ["–", "–", "–", "–", "3 of 3"]
    assert page.count("class=red") == 1


def test_a_rule_that_was_hardly_used_shows_how_often():
    row = rows(rules_table([Audited("sift", 100, 2, 6, 1, 0, "used in 2")], {}))["sift"]
    assert row.startswith("<tr class=red")
    assert re.findall(r"<td class=n>(.*?)</td>", row) == ["2 of 100", "6", "1", "0", "–"]


def test_a_bug_that_nobody_noticed_is_red():
    page = rules_table(RIGHT, BUGS | {"count": Bugs(3, 2)})
    assert rows(page)["count"].startswith("<tr class=red") and "2 of 3" in rows(page)["count"]
    assert page.count("class=red") == 1


def test_what_was_not_measured_is_not_claimed():
    page = rules_table([], {})
    assert "cnnmath verify --audit" in page and "benchmarks/mutation_score.py --save" in page
    for row in rows(page).values():
        assert re.findall(r"<td class=n>(.*?)</td>", row) == ["–"] * 5


def score(tmp_path, monkeypatch, content):
    (tmp_path / "mutation_score.json").write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setattr(room, "results_folder", lambda: tmp_path)


def test_bugs_come_from_the_committed_score(tmp_path, monkeypatch):
    groups = {"sift": {"made": 5, "killed": 4, "equivalents": 1, "survivors": 0}}
    score(tmp_path, monkeypatch, {"rules": {"by_group": groups}, "ops": {}})
    assert injected_bugs() == {"sift": Bugs(4, 4)}
    assert str(injected_bugs()["sift"]) == "4 of 4"


def test_a_score_without_the_rules_says_nothing_of_them(tmp_path, monkeypatch):
    score(tmp_path, monkeypatch, {"ops": {}})
    assert injected_bugs() == {}


def test_without_a_score_there_are_no_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "results_folder", lambda: tmp_path)
    assert injected_bugs() == {}


def test_a_missing_result_is_named_with_those_that_there_are(tmp_path, monkeypatch):
    score(tmp_path, monkeypatch, {})
    with pytest.raises(FileNotFoundError, match="no result 'score'; there are mutation_score"):
        room.committed("score")
    assert room.committed("mutation_score") == {}
