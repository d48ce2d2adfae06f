"""Training with a wrong gradient: all ways back are in the committed file, and a small run works."""

import json

import pytest


def test_the_committed_runs_are_those_of_the_benchmark(benchmark):
    from cnnmath.course.wrong_layers import WAYS_BACK

    wrong = benchmark("wrong_ways_back")
    path = benchmark("side_by_side").RESULTS / "wrong_ways_back.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    assert [row["name"] for row in found["rows"]] == list(WAYS_BACK)
    assert all(
        len(row["test_accuracy"]) == len(row["loss"]) == wrong.SEEDS for row in found["rows"]
    )
    assert {name: found[name] for name in wrong.settings()} == wrong.settings()


def test_a_short_run_tells_wrong_from_right(benchmark, monkeypatch):
    wrong = benchmark("wrong_ways_back")
    monkeypatch.setattr(wrong, "EPOCHS", 1)
    right = wrong.trained("right", 0)
    assert wrong.trained("right", 0) == right
    assert wrong.trained("not turned", 0) != right


def test_a_part_of_a_run_is_not_saved(benchmark, capsys):
    with pytest.raises(SystemExit, match="2"):
        benchmark("wrong_ways_back").main(["--seeds", "1", "--save"])
    assert "--save wants all 10 seeds" in capsys.readouterr().err
