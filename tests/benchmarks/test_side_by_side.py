"""The clock that the benchmarks share: rounds, order, medians, options, tables, files."""

import json
from typing import NamedTuple

import pytest


class Named(NamedTuple):
    name: str


@pytest.fixture
def side_by_side(benchmark):
    return benchmark("side_by_side")


def test_medians_and_ratios_within_a_round(side_by_side):
    times = {"cnnmath": [10.0, 20.0, 30.0], "peer": [5.0, 5.0, 60.0]}
    ours, theirs = side_by_side.rows(times)
    assert ours == {
        "name": "cnnmath",
        "median_us": 20.0,
        "quartiles_us": [15.0, 25.0],
        "cnnmath_time_over_this": 1.0,
    }
    assert theirs["median_us"] == 5.0
    assert theirs["cnnmath_time_over_this"] == 2.0  # of 2, 4 and 1/2, not of the medians: 4


def test_a_contender_of_fewer_rounds_is_compared_in_those(side_by_side):
    _, theirs = side_by_side.rows({"cnnmath": [10.0, 1.0, 1.0], "slow": [40.0]})
    assert theirs["cnnmath_time_over_this"] == 0.25
    assert theirs["quartiles_us"] == [40.0, 40.0]


def test_every_contender_takes_its_part_and_no_batch_twice(side_by_side):
    seen = {"cnnmath": [], "peer": [], "slow": []}
    steps = {name: batches.append for name, batches in seen.items()}
    parts, repeats = {"cnnmath": 6, "peer": 6, "slow": 2}, {"cnnmath": 3, "peer": 1, "slow": 1}
    times = side_by_side.interleaved(steps, parts, repeats)
    assert {name: len(each) for name, each in times.items()} == parts
    assert seen == {"cnnmath": list(range(18)), "peer": list(range(6)), "slow": [0, 1]}


def test_the_order_changes_from_round_to_round(side_by_side):
    calls = []
    names = ("cnnmath", "a", "b")
    steps = {name: lambda _, name=name: calls.append(name) for name in names}
    side_by_side.interleaved(steps, dict.fromkeys(names, 20), dict.fromkeys(names, 1))
    rounds = [tuple(calls[i : i + 3]) for i in range(0, 60, 3)]
    assert all(sorted(each) == sorted(names) for each in rounds)
    before = {(each[k - 1], each[k]) for each in rounds for k in (1, 2)}
    assert len(before) == 6  # everyone comes after everyone


def test_the_slow_get_fewer_rounds_and_ours_all_of_them(side_by_side, monkeypatch):
    seconds = {"cnnmath": 0.5, "quick": 0.001, "slow": 4.0}
    monkeypatch.setattr(side_by_side, "once", lambda step: seconds[step(0)])
    seen = {}

    def interleaved(steps, parts, repeats):
        seen.update(parts=dict(parts), repeats=dict(repeats))
        return {name: [1.0] * parts[name] for name in steps}

    monkeypatch.setattr(side_by_side, "interleaved", interleaved)
    steps = {name: lambda _, name=name: name for name in seconds}
    found = side_by_side.timed(steps, rounds=30, least=3, longest=10.0)
    assert seen["parts"] == {"cnnmath": 30, "quick": 30, "slow": 3}
    assert seen["repeats"] == {"cnnmath": 1, "quick": 5, "slow": 1}
    assert found["rounds"] == 30
    assert [(row["rounds"], row["steps_per_round"]) for row in found["rows"]] == [
        (30, 1),
        (30, 5),
        (3, 1),
    ]


def test_one_reading_warms_up_unless_it_is_long(side_by_side, monkeypatch):
    calls, moments = [], iter([0.0, 0.3, 1.0, 1.2, 2.0, 2.1])
    monkeypatch.setattr(side_by_side.time, "perf_counter", lambda: next(moments))
    assert side_by_side.once(calls.append) == pytest.approx(0.1)
    assert calls == [0, 1, 2]
    moments = iter([0.0, 1.5])
    assert side_by_side.once(calls.append) == 1.5


def options(side_by_side, monkeypatch, *arguments):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setattr("sys.argv", ["benchmark", *arguments])
    return side_by_side.options("What it is.\n\nMore.", rounds=9, names=["a", "b"])


def test_options(side_by_side, monkeypatch):
    chosen = options(side_by_side, monkeypatch, "b", "--rounds", "3")
    assert (chosen.names, chosen.rounds, chosen.threads, chosen.save) == (["b"], 3, 1, False)
    assert options(side_by_side, monkeypatch, "--save").names == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["c"], "no such name: c; there are a, b"), (["a", "--save"], "--save wants all of them")],
)
def test_options_refuse(side_by_side, monkeypatch, capsys, arguments, message):
    with pytest.raises(SystemExit, match="2"):
        options(side_by_side, monkeypatch, *arguments)
    assert message in capsys.readouterr().err


def test_among(side_by_side):
    records = [Named("a"), Named("b"), Named("c")]
    assert side_by_side.among(records, ["c", "a"]) == [records[0], records[2]]
    assert side_by_side.among(records, []) == records


def test_table(side_by_side):
    rows = side_by_side.rows({"cnnmath": [10.0, 20.0, 30.0], "peer": [5.0, 5.0, 5.0]})
    lines = side_by_side.table([{**row, "rounds": 3} for row in rows]).splitlines()
    assert lines[0].split() == ["median", "us", "quartiles", "cnnmath", "/", "this", "rounds"]
    assert lines[1].split() == ["cnnmath", "20.0", "15.0..25.0", "1.00", "3"]
    assert lines[2].split() == ["peer", "5.0", "5.0..5.0", "4.00", "3"]


def test_a_file_is_written_whole_or_not_at_all(side_by_side, monkeypatch, tmp_path):
    monkeypatch.setattr(side_by_side, "RESULTS", tmp_path)
    side_by_side.write("found.json", {"rows": [1]})
    with pytest.raises(TypeError, match="not JSON serializable"):
        side_by_side.write("found.json", {"rows": {1}})
    assert json.loads((tmp_path / "found.json").read_text(encoding="utf-8")) == {"rows": [1]}
    assert [path.name for path in tmp_path.iterdir()] == ["found.json"]
