"""The committed results are those of today's benchmarks: every shape, model and contender is in them."""

import json
from collections import Counter
from pathlib import Path

import pytest

from cnnmath.ops import OPS
from cnnmath.proof.rules import RULES

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def saved(benchmark):
    folder = benchmark("side_by_side").RESULTS
    return lambda name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def names(records):
    return [record["name"] for record in records]


def test_conv2d(benchmark, saved):
    conv2d, found = benchmark("conv2d"), saved("conv2d")
    assert names(found["rows"]) == [shape.name for shape in conv2d.SHAPES]
    for row in found["rows"]:
        assert names(row["forward"]["rows"]) == ["cnnmath", "torch"]
        assert names(row["forward_and_backward"]["rows"]) == ["cnnmath", "torch"]
        assert all(
            0 < each < 1.1 * row["gemm"]["gflops"] for each in row["forward_gflops"].values()
        )


def test_profile(benchmark, saved):
    found = saved("profile_conv2d")["profiles"]
    assert [each["shape"] for each in found] == benchmark("profile_conv2d").slowest()
    for one in [one for each in found for one in each["passes"]]:
        assert list(one["kinds_ms"]) == list(benchmark("profile_conv2d").KINDS)
        assert sum(one["kinds_ms"].values()) == pytest.approx(one["parts_ms"], rel=1e-3)
        assert one["parts_ms"] == pytest.approx(one["alone_ms"], rel=0.2)


def test_training_steps(benchmark, saved):
    found = saved("training_steps")["models"]
    assert names(found) == [course.name for course in benchmark("course_steps").MODELS]
    for one in found:
        assert names(one["rows"])[:4] == [
            "cnnmath",
            "cnnmath, ops alone",
            "torch, nn + optim",
            "torch, functions",
        ]


def test_rivals(benchmark, saved):
    found, rivals = saved("rivals"), benchmark("rival_packages").RIVALS
    wanted = [rival.name for rival in rivals]
    assert names(found["rivals"]) == wanted
    there = [rival["name"] for rival in found["rivals"] if rival["status"] == "measured"]
    assert len(there) >= 3
    assert names(found["shapes"]) == [shape.name for shape in benchmark("conv2d").SHAPES]
    assert names(found["models"]) == [c.name for c in benchmark("course_steps").MODELS]
    for one in found["shapes"] + found["models"]:
        for timed in one["timings"].values():  # measured or named with the reason
            assert {*names(timed["rows"]), *one["left_out"]} == {"cnnmath", *there}
    assert found["summary"] == benchmark("rivals").summary(found["shapes"] + found["models"])


def test_convolution_ways(benchmark, saved):
    ways, found = benchmark("convolution_ways"), saved("convolution_ways")
    rows = found["rows"]
    assert [[row[name] for name in ways.Layer._fields] for row in rows] == [
        list(layer) for layer in ways.LAYERS
    ]
    for layer, row in zip(ways.LAYERS, rows, strict=True):
        names = ways.applicable(layer, ways.drawn(layer))
        assert list(row["both_us"]) == ["auto", *names]
        assert list(row["forward_us"])[: len(names) + 1] == ["auto", *names]
    assert found["regret"] == ways.regrets(rows)


def test_gradient_checkers(benchmark, saved):
    tools, subjects = benchmark("checkers.tools").TOOLS, benchmark("checkers.subjects")
    found = saved("gradient_checkers")
    sets = found["sets"]
    assert found["asked"] == {tool.name: tool.asked for tool in tools}
    assert sets["right op"]["left_out"] == {}
    assert found["right_by_op"] == Counter(s.ops[0] for s in subjects.right_ops())
    assert sets["by hand"]["looked_at"] == len(subjects.by_hand())
    assert sum(each["wrong"] for each in found["by_op"].values()) == sets["mutant"]["asked"] >= 200
    assert {op.name for op in OPS} >= set(found["by_op"])
    for name in (tool.name for tool in tools):
        counts = found["checkers"][name]
        assert all(sum(counts[kind].values()) == sets[kind]["asked"] for kind in sets)
        missed = counts["mutant"]["accepts"] + counts["by hand"]["accepts"]
        assert len(found["missed"][name]) == missed
        killed = sum(each["killed"][name] for each in found["by_operator"].values())
        assert killed == counts["mutant"]["rejects"]


def test_the_readme_shows_these_gradient_checkers(benchmark, saved):
    found, text = saved("gradient_checkers"), README.read_text(encoding="utf-8")
    assert benchmark("checkers.score").markdown(found) in text
    assert f"{found['sets']['mutant']['looked_at']} of {found['possible_mutants']} changes" in text


def test_mutation_score(benchmark, saved):
    """Every op, operator, derivation and rule of today has its row, and nothing wrong was let through."""
    found, mutants = saved("mutation_score"), benchmark("mutation.op_mutants")
    ops, lines, rules = found["ops"], found["derivations"], found["rules"]
    assert ops["by_op"].keys() == mutants.BY_NAME.keys()
    assert ops["by_operator"].keys() == {m.operator for m in mutants.op_mutants()}
    assert ops["by_group"].keys() == {m.module for m in mutants.op_mutants()}
    derivations = benchmark("mutation.derivation_mutants")
    for name in {source.name for source in derivations.sources()} - lines["by_group"].keys():
        assert derivations.tried(derivations.Task(name, 1, 0)) == ([], 0)  # no line to change
    assert rules["by_group"].keys() == RULES.keys()
    assert all(score["made"] >= 2 for score in rules["by_group"].values())
    wrong = [part["all"]["made"] - part["all"]["equivalents"] for part in (ops, lines)]
    killed = [part["all"]["killed"] for part in (ops, lines)]
    assert sum(killed) >= 300
    assert sum(killed) >= 0.99 * sum(wrong)
    assert found["correct"]["cases"] >= 10_000
    assert found["correct"]["rejected"] == []
    assert found["correct"]["by_path"].keys() == {op.address(c) for op in OPS for c in op.cases}


def test_the_readme_shows_this_mutation_score(benchmark, saved):
    found, text = saved("mutation_score"), README.read_text(encoding="utf-8")
    assert benchmark("mutation.table").markdown(found) in text
    assert f"{found['correct']['cases']:,} right calls" in text
