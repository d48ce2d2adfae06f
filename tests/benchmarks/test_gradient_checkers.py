"""benchmarks/gradient_checkers.py: the truth about a gradient, every checker on right and wrong, the score.

Peers are asked in processes of their own: jax does not want to be loaded where other tests fork.
"""

import importlib.util
from types import SimpleNamespace

import numpy as np
import pytest

from cnnmath.proof.gradient_call import make_call

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
TOOLS = [
    "torch gradcheck",
    "torch gradcheck, fast",
    "jax check_grads",
    "autograd check_grads",
    "CS231n rule, 1e-4",
    "CS231n rule, 1e-7",
    "cnnmath check_gradient",
]


@pytest.fixture
def checkers(benchmark):
    """The modules of benchmarks/checkers."""
    names = ("inputs", "truth", "tools", "subjects", "trial", "score")
    return SimpleNamespace(**{name: benchmark(f"checkers.{name}") for name in names})


def tool_of(checkers, name):
    (found,) = (tool for tool in checkers.tools.TOOLS if tool.name == name)
    return found


def called(op, *args):
    return make_call(op, args, {}, None)


# ------------------------------------------------------------------------------------- the truth


def times(factor, claimed):
    return lambda x: (factor * np.sin(x), lambda dy: claimed * np.cos(x) * dy)


def one_entry_off(x):
    def backward(dy):
        dx = np.cos(x) * dy
        dx[1, 2] = dx[1, 2] * (1 + 1e-5)
        return dx

    return np.sin(x), backward


def writing(x):
    x -= 1
    return x**2, lambda dy: 2 * x * dy


TRUTHS = {  # name: op, what it is
    "right": (times(1, 1), "right gradient"),
    "value and gradient changed alike": (times(3, 3), "right gradient"),
    "gradient changed": (times(1, 3), "wrong gradient"),
    "value changed": (times(3, 1), "wrong gradient"),
    "off in the 5th digit": (times(1, 1.00001), "wrong gradient"),
    "zero": (times(1, 0), "wrong gradient"),
    "one entry": (one_entry_off, "wrong gradient"),
    "not a number": (times(1, np.nan), "wrong gradient"),
    "writes into its argument": (writing, "right gradient"),
    "kink": (lambda x: (abs(x - 0.5), lambda dy: np.sign(x) * dy), "at a kink"),
    "raises": (lambda x: (x @ x, None), "does not run"),
    "no value": (lambda x: (x * np.inf, lambda dy: dy * np.inf), "does not run"),
    "other shape": (lambda x: (x + 1, lambda dy: dy.sum(axis=0)), "does not run"),
}


@pytest.mark.parametrize("digits", [True, False], ids=["60 digits", "floats"])
@pytest.mark.parametrize("name", TRUTHS)
def test_truth(checkers, monkeypatch, name, digits):
    if not digits:
        monkeypatch.setattr(checkers.truth, "ENTRIES", 0)
    op, wanted = TRUTHS[name]
    assert checkers.truth.truth(called(op, X.copy())) == wanted


def test_truth_is_about_what_runs_in_floats(checkers):
    """A mistake on the way of the floats alone is no smaller for being right in 60 digits."""

    def both(x):
        y, backward = np.sin(x), lambda dy: np.cos(x) * dy
        return y, backward if x.dtype == object else lambda dy: -backward(dy)

    assert checkers.truth.truth(called(both, X)) == "wrong gradient"


@pytest.mark.parametrize("name", ["affine", "relu", "max_pool2d", "l1_penalty", "dropout"])
def test_the_right_ops_are_right(checkers, name):
    for subject in checkers.subjects.right_ops([name]):
        assert [checkers.truth.truth(call) for call in checkers.subjects.calls(subject)] == [
            "right gradient"
        ]


def test_kinks_are_far(checkers):
    for name in ("relu", "max_pool2d", "l1_penalty"):
        (array,) = checkers.inputs.call_of((name, 0)).arrays
        around = np.sort(np.append(array, 0.0))
        assert np.diff(around).min() > 0.9 / array.size
        assert (array < 0).any() and (array > 0).any()
    assert checkers.inputs.call_of(("entropy_penalty", 0)).arrays[0].min() >= 1 / 16


def test_inputs_are_the_same_for_the_same_seed(checkers):
    call_of = checkers.inputs.call_of
    checkers.inputs._inputs.cache_clear()
    first = call_of(("affine", 0)).arrays
    checkers.inputs._inputs.cache_clear()
    again, other = call_of(("affine", 0)).arrays, call_of(("affine", 0), seed=1).arrays
    assert [a.shape for a in first] == [(5, 6), (4, 6), (4,)] == [a.shape for a in other]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


# ----------------------------------------------------------------------------------- the checkers


def in_a_process(checkers, benchmark, monkeypatch, tool, subjects):
    """The trials of one tool alone."""
    if importlib.util.find_spec(tool.package) is None:
        pytest.skip(f"could not import {tool.package!r}")
    monkeypatch.setattr(checkers.trial, "TOOLS", (tool,))
    in_processes = benchmark("mutation.workers").in_processes
    return list(in_processes(checkers.trial.tried, subjects, 1))


def test_the_tools_are_these(checkers):
    assert [tool.name for tool in checkers.tools.TOOLS] == TOOLS
    assert len({tool.short for tool in checkers.tools.TOOLS}) == len(TOOLS)


@pytest.mark.parametrize("name", TOOLS)
def test_each_checker_accepts_right_and_rejects_wrong(checkers, benchmark, monkeypatch, name):
    """Of affine each of three gradients is 0 in turn: none of the arguments is forgotten."""
    tool, subjects = tool_of(checkers, name), checkers.subjects
    zero = [s for s in subjects.mutants(None, 0, ["affine"]) if s.operator == "zero gradient"]
    of_numbers = [s for s in subjects.by_hand() if s.name in ("factor 2", "pair of functions")]
    right = subjects.right_ops(["affine", "l2_penalty", "relu"])
    assert (len(zero), len(of_numbers)) == (3, 2)
    trials = in_a_process(checkers, benchmark, monkeypatch, tool, [*zero, *of_numbers, *right])
    said = [trial.answers[name].answer for trial in trials]
    assert said == ["rejects"] * 5 + ["accepts"] * len(right)
    assert all(trial.answers[name].said for trial in trials[:5])


def test_a_gradient_without_a_cotangent_gets_it(checkers):
    pair = called((lambda x: (x**2).sum(), lambda x: 2 * x), X)
    value, backward = checkers.tools.evaluated(pair, pair.arrays)
    assert value == (X**2).sum() and np.array_equal(backward(3.0)[0], 6 * X)
    op = called(lambda x: ((x**2).sum(), lambda dE: 2 * x * dE), X)
    assert np.array_equal(checkers.tools.evaluated(op, op.arrays)[1](3.0)[0], 6 * X)


def test_a_matrix_that_is_too_large_is_no_answer(checkers):
    wide = np.ones(10_000)
    with pytest.raises(checkers.tools.NoAnswer, match="Jacobian would have more than 4,000,000"):
        checkers.tools.torch_slow(called(times(1, 0), wide))


def test_the_rule_of_the_course_has_a_threshold(checkers):
    """1.1439 for 2/3 of 1.7159, which is 1.14393: off by 3e-5 of the slope."""
    loose, tight = (tool_of(checkers, name) for name in TOOLS[4:6])
    call = called(times(1.1439333, 1.1439), X)
    loose.check(call)
    with pytest.raises(checkers.tools.Rejected, match=r"dx: relative error 1\.5e-05; wanted less"):
        tight.check(call)
    with pytest.raises(checkers.tools.Rejected, match="relative error nan"):
        loose.check(called(times(1, np.nan), X))


def test_ours_says_undecided_at_a_kink(checkers):
    at_zero = called(lambda z: (np.maximum(z, 0), lambda dy: (z > 0) * dy), np.zeros(2))
    with pytest.raises(checkers.tools.NoAnswer, match="UNDECIDED"):
        checkers.tools.ours(at_zero)


# -------------------------------------------------------------------------------------- the trial


def fake(checkers, check):
    return checkers.tools.Tool("fake", "fake", "numpy", "", check)


def test_what_is_asked_is_timed_and_limited(checkers, monkeypatch):
    monkeypatch.setattr(checkers.trial, "SECONDS", 0.2)

    def endless(call):
        while True:
            pass

    def swallowing(call):
        try:
            endless(call)
        except BaseException as error:
            raise RuntimeError("the function failed") from error

    def asked(check):
        return checkers.trial.asked(fake(checkers, check), None)

    assert asked(lambda call: None)[:2] == ("accepts", "")
    assert asked(lambda call: 1 // 0)[0] == "rejects"
    late = asked(endless)
    assert late[:2] == ("no answer", "more than 0.2 s") and late.seconds > 0.1
    assert asked(swallowing)[:2] == ("no answer", "more than 0.2 s")


def test_what_is_not_wrong_is_not_asked_about(checkers, monkeypatch):
    def never(call):
        raise AssertionError("asked")

    monkeypatch.setattr(checkers.trial, "TOOLS", (fake(checkers, never),))
    found = {
        subject.name: checkers.trial.tried(subject)
        for subject in checkers.subjects.by_hand()
        if subject.name in ("relu'(0) = 5", "stale cache", "broadcasting not summed")
    }
    assert {name: trial.truth for name, trial in found.items()} == {
        "relu'(0) = 5": "at a kink",
        "stale cache": "right gradient",
        "broadcasting not summed": "does not run",
    }
    assert all(trial.answers == {} for trial in found.values())


def test_a_draw_is_a_part_of_the_mutants(checkers):
    every, drawn = (checkers.subjects.mutants(limit, 3) for limit in (None, 20))
    assert len(every) > 300 and len(drawn) == 20 and set(drawn) < set(every)
    assert drawn == checkers.subjects.mutants(20, 3) != checkers.subjects.mutants(20, 4)
    assert checkers.subjects.mutants(10**6, 3) == every


def test_the_large_cases_are_there(checkers):
    names = {subject.name for subject in checkers.subjects.by_hand()}
    assert names > {
        "zero at n = 100,000",
        "one wrong pixel of 784",
        "one of 2,000 is zero",
        "tiny loss, twice",
        "1.1439 for 1.14393",
    }
    assert "dtype" not in names


# -------------------------------------------------------------------------------------- the score


def trials(checkers):
    """Two mutants, of which the first checker misses one; one by hand; a right op that it rejects."""
    subjects, trial, names = checkers.subjects, checkers.trial, checkers.score.NAMES

    def of(kind, operator, answer, truth="wrong gradient"):
        subject = subjects.Subject(kind, 0, f"{kind} {operator}", operator, ("relu",), "- a\n+ b")
        answers = {name: trial.Answer("rejects", "said", 0.5) for name in names}
        answers[names[0]] = trial.Answer(answer, "", 1.5)
        return trial.Trial(subject, "relu", truth, answers if answer else {})

    return [
        of(subjects.MUTANT, "sign", "rejects"),
        of(subjects.MUTANT, "axis", "accepts"),
        of(subjects.MUTANT, "axis", "", "does not run"),
        of(subjects.BY_HAND, "by hand", "no answer"),
        of(subjects.RIGHT_OP, "", "rejects", "right gradient"),
    ]


def test_score(checkers):
    found = checkers.score.as_json(trials(checkers))
    first, second = checkers.score.NAMES[:2]
    assert found["sets"] == {
        "mutant": {"looked_at": 3, "asked": 2, "left_out": {"does not run": 1}},
        "by hand": {"looked_at": 1, "asked": 1, "left_out": {}},
        "right op": {"looked_at": 1, "asked": 1, "left_out": {}},
    }
    assert found["checkers"][first] == {
        "mutant": {"rejects": 1, "accepts": 1, "no answer": 0},
        "by hand": {"rejects": 0, "accepts": 0, "no answer": 1},
        "right op": {"rejects": 1, "accepts": 0, "no answer": 0},
        "seconds": 6.0,
        "seconds_for_right": 1.5,
    }
    assert found["checkers"][second]["mutant"] == {"rejects": 2, "accepts": 0, "no answer": 0}
    assert found["by_operator"]["axis"]["wrong"] == 1
    assert found["by_operator"]["axis"]["killed"][first] == 0
    assert found["by_op"]["relu"]["killed"][second] == 2
    assert [each["operator"] for each in found["missed"][first]] == ["axis"]
    assert [each["name"] for each in found["no_answer"][first]] == ["by hand by hand"]
    assert [each["said"] for each in found["false_alarms"][second]] == ["said"]


def test_lines(checkers):
    found = checkers.score.as_json(trials(checkers))
    lines = checkers.score.table(found).splitlines()
    assert lines[0] == "mutant: 2 of 3 (does not run 1)"
    assert lines[5].split() == ["torch", "gradcheck", "1/1/0", "0/0/1", "1/0/0", "6.0", "1.5"]
    axis = next(line for line in lines if line.startswith("axis"))
    assert axis.split() == ["axis", "1", "0", "1", "1", "1", "1", "1", "1"]
    rows = checkers.score.markdown(found).splitlines()
    assert rows[0] == (
        "| checker | rejects of 2 mutants | of 1 by hand | false alarms of 1 | seconds for these |"
    )
    assert rows[2] == "| torch gradcheck | 1 | 0 | 1 | 1.5 |"


def test_a_part_is_not_saved(benchmark, capsys):
    with pytest.raises(SystemExit, match="2"):
        benchmark("gradient_checkers").options(["--ops", "relu", "--save"])
    assert "--save wants all ops" in capsys.readouterr().err
