"""The command line as a person uses it."""

import json
from pathlib import Path

import pytest

from cnnmath import cli
from cnnmath.ledger import evidence
from cnnmath.ledger.row import Row
from cnnmath.proof.verdict import Level, Verdict


def test_one_row_with_json(tmp_path, capsys):
    target = tmp_path / "answer.json"
    assert cli.main(["verify", "zhang-3.47", "--json", str(target)]) == 0
    out = capsys.readouterr().out
    assert "zhang-3.47" in out and "PROVED" in out
    assert out.strip().splitlines()[-1].startswith("ledger: 1 rows, 1 checkable: 1 PROVED, 0 EXACT")
    (row,) = json.loads(target.read_text())["rows"]
    assert row["verdict"] == "PROVED" and row["line"] == "softmax_error.ds#softmax"
    assert list(tmp_path.iterdir()) == [target]  # nothing half-written beside it


def test_report_of_one_row_is_self_contained(tmp_path, capsys):
    target = tmp_path / "report.html"
    assert cli.main(["verify", "zhang-3.22", "--report", str(target)]) == 0
    page = target.read_text(encoding="utf-8")
    assert "<math" in page and "zhang-3.22" in page and "confirmed" in page
    assert "http://" not in page.replace("http://www.w3.org", "") and "https://" not in page


def test_nonsense_is_refused_with_close_matches(capsys):
    assert cli.main(["verify", "zhang-3.222"]) == 2
    assert "close: zhang-3.22" in capsys.readouterr().err
    assert cli.main(["verify", "nonsense"]) == 2
    assert "no row and no chapter 'nonsense'" in capsys.readouterr().err


def test_a_refuted_row_makes_the_exit_status_1(monkeypatch, capsys):
    bad = Row("bad-1", "0", "always wrong", check=lambda: Verdict(Level.REFUTED, "1 against 2"))
    monkeypatch.setattr("cnnmath.ledger.verify.CHAPTERS", {"bad": (bad,)})
    assert cli.main(["verify", "bad"]) == 1
    said = capsys.readouterr()
    assert "NOT IN ORDER  bad-1: REFUTED(1 against 2)" in said.err
    assert "1 REFUTED" in said.out.strip().splitlines()[-1]


def test_a_broken_tie_is_a_problem(monkeypatch):
    def broken(op, case, derivation):
        raise AssertionError("code differs")

    monkeypatch.setattr(evidence, "tie", broken)
    monkeypatch.setattr(evidence, "derivation_names", lambda: [])
    monkeypatch.setattr("cnnmath.ledger.verify.CHAPTERS", {})
    found = evidence.gather()
    assert found.problems[0] == "affine: AssertionError: code differs"


def test_chapters_are_copied_and_kept(tmp_path, capsys):
    assert cli.main(["chapters", str(tmp_path / "mine")]) == 0
    copied = sorted(p.name for p in (tmp_path / "mine").iterdir())
    assert "00_start_here.ipynb" in copied and "conftest.py" in copied
    (tmp_path / "mine" / "conftest.py").write_text("# mine\n")
    assert cli.main(["chapters", str(tmp_path / "mine")]) == 0
    assert (tmp_path / "mine" / "conftest.py").read_text() == "# mine\n"
    assert "0 files copied" in capsys.readouterr().out
    assert cli.main(["chapters", str(tmp_path / "mine"), "--force"]) == 0
    assert (tmp_path / "mine" / "conftest.py").read_text() != "# mine\n"


def test_a_missing_extra_is_named(monkeypatch, capsys):
    monkeypatch.setattr(cli, "find_spec", lambda name: None if name == "rich" else object())
    assert cli.main(["verify"]) == 2
    assert 'needs rich: python -m pip install "cnnmath[course]"' in capsys.readouterr().err


def test_an_unknown_command_shows_the_usage(capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["prove"])
    assert "run" in capsys.readouterr().err


def test_an_unknown_chapter_is_not_built(capsys):
    assert cli.main(["build", "99_nothing"]) == 1
    assert "99_nothing" in capsys.readouterr().err


def test_the_folder_of_the_chapters_exists():
    assert (cli._chapters_folder() / "conftest.py").exists()
    assert Path(cli.__file__).name == "cli.py"
