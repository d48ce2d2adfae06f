"""The mutation harness of benchmarks/: what is wrong is killed and by whom, what is equivalent survives and
is listed, nothing that is installed changes. A small sample of the mutants is judged; all of them by
``python benchmarks/mutation_score.py``."""

import dataclasses
import os
import subprocess
import sys
import time
from collections import Counter
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import test_injected_bugs

from cnnmath.ops import OPS, affine, max_pool2d

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))

import mutation_score  # noqa: E402
import side_by_side  # noqa: E402
from mutation import (  # noqa: E402
    correct_cases,
    derivation_mutants,
    rule_mutants,
    strands,
    workers,
)
from mutation.code_changes import changes  # noqa: E402
from mutation.derivation_mutants import Task  # noqa: E402
from mutation.equivalents import EQUIVALENT, key, read  # noqa: E402
from mutation.formula_operators import neighbours  # noqa: E402
from mutation.op_mutants import (  # noqa: E402
    BY_NAME,
    CHOOSING,
    ROOM,
    op_mutants,
    reached,
    unchanged,
)
from mutation.own_tests import files_of  # noqa: E402
from mutation.table import (  # noqa: E402
    Judged,
    as_json,
    contradicted,
    equivalents,
    score,
    survivors,
    table,
)
from mutation.workers import TooLong, limited  # noqa: E402


def changed(op, old, new):
    """The op with a piece of its module's source replaced."""
    same = unchanged(op)
    assert same.change.source.count(old) == 1, (
        f"{op} has changed; adapt the mistake {old!r} -> {new!r}"
    )
    source = same.change.source.replace(old, new)
    return dataclasses.replace(same, change=same.change._replace(source=source, old=old, new=new))


# ------------------------------------------------------------------------------------ wrong code


@pytest.mark.parametrize("op", ["affine", "relu", "squared_error", "flatten", "dropout"])
def test_right_op_is_rejected_by_no_strand(op):
    assert strands.false_alarm(op) is None


def test_a_strand_that_rejects_right_code_judges_nothing(monkeypatch):
    rejected = strands.Rejected("floats", "affine", "off")
    monkeypatch.setattr(strands, "STRANDS", (lambda op, case: rejected,))
    assert strands.false_alarm("affine") == rejected
    # not in a fork: other tests may have started threads in this process
    monkeypatch.setattr(workers, "in_processes", lambda judge, tasks, jobs: map(judge, tasks))
    chosen = mutation_score.options(["--ops", "affine", "--jobs", "1"])
    with pytest.raises(RuntimeError, match=r"the right op is rejected: .*strand='floats'"):
        mutation_score.ops(chosen)


def test_blocks_of_right_code_are_judged_too(monkeypatch):
    monkeypatch.setattr(strands, "STRANDS", ())
    asked = []
    monkeypatch.setattr(strands, "blocks", lambda op, case: asked.append(case.key))
    assert strands.false_alarm("conv2d") is None
    assert Counter(asked) == {case.key: 3 for case in BY_NAME["conv2d"].cases}


@pytest.mark.parametrize(
    ("op", "old", "new", "strand"),
    [
        ("affine", "ds.T @ x", "x.T @ ds", "error"),
        ("affine", "ds.sum(axis=0)", "ds.sum(axis=0)[None]", "error"),
        ("affine", "s = x @ w.T + b\n", "s = x @ w.T - b\n", "tie: value"),
        ("affine", "ds.sum(axis=0)", "0 * ds.sum(axis=0)", "tie: sympy.diff"),
        ("relu", "active = np.array(z > 0", "active = np.array(z >= 0", "tie: conclusion"),
        ("squared_error", "error = y - t", "error = y - t.astype(float)", "tie: no trace"),
        (
            "affine",
            "s = x @ w.T + b\n",
            "s = x @ w.T + b if x.dtype == object else x @ w.T",
            "floats",
        ),
        ("flatten", "dy.reshape(x.shape).copy()", "dy.reshape(x.shape)", "properties"),
        ("tanh", "return (dy * tanh_slope(z),)", "return (dy * (1 - np.tanh(z) ** 2),)", "ulp"),
    ],
)
def test_wrong_op_is_killed_by_the_strand(op, old, new, strand):
    rejected = strands.judged(changed(op, old, new), with_tests=False)
    assert rejected is not None
    assert rejected.strand == strand
    assert rejected.path.startswith(op)


def test_block_that_ends_too_early_is_seen_where_blocks_are_small():
    """At the sizes of the tables one block holds all images."""
    mutants = op_mutants(["conv2d"])
    wrong = next(m for m in mutants if "conv_blocked._slices" in m.where and "min(step, " in m.diff)
    case = next(case for case in BY_NAME["conv2d"].cases if case.key == "blocked")
    assert strands.floats(wrong.record("conv2d"), case) is None
    assert strands.blocks(in_small_blocks("conv2d", wrong.module), case) is None
    rejected = strands.blocks(wrong.in_small_blocks().record("conv2d"), case)
    assert rejected is not None
    assert (rejected.strand, rejected.path) == ("blocks", "conv2d[blocked]")


def in_small_blocks(op, module):
    """The right op, cut into as many blocks as can be."""
    mutant = next(m for m in op_mutants([op]) if m.module == module)
    source = Path(import_module(ROOM + module).__file__).read_text(encoding="utf-8")
    same = dataclasses.replace(mutant, change=mutant.change._replace(source=source))
    return same.in_small_blocks().record(op)


def test_mask_forgotten_is_seen_by_the_files_of_the_op():
    """No table knows of masks; test_special_values.py does."""
    mutant = changed("log_softmax", "dy = np.where(mask, 0, dy)", "dy = np.where(mask, dy, dy)")
    assert "test_special_values.py" in files_of(mutant)
    rejected = strands.judged(mutant)
    assert rejected is not None
    assert rejected.strand == "tests"
    assert "FAILED" in rejected.said


def test_endless_loop_is_a_timeout(monkeypatch):
    monkeypatch.setattr(strands, "SECONDS", 0.2)
    mutant = changed("flatten", 'check_array("flatten", "x", x)', "while True: pass")
    rejected = strands.judged(mutant, with_tests=False)
    assert rejected is not None
    assert rejected.strand == "timeout"


def test_limit_counts_the_time_of_the_process():
    with pytest.raises(TooLong, match=r"more than 0.05 s"):
        endless()
    with limited(0.05):
        time.sleep(0.2)  # by the clock


def endless():
    with limited(0.05):
        while True:
            pass


def test_equivalent_change_survives_and_is_listed_with_its_argument(monkeypatch):
    mutant = changed("affine", "s = x @ w.T + b\n", "s = b + x @ w.T\n")
    monkeypatch.setattr(strands, "rejected_by_tests", lambda mutant: "")
    unknown = strands.tried(mutant)
    assert survivors([unknown]) == [unknown]
    assert "SURVIVES           affine.affine" in table("a test", [unknown], 1)
    monkeypatch.setitem(EQUIVALENT, key(mutant), "addition commutes")
    known = strands.tried(mutant)
    assert survivors([known]) == []
    assert [each.equivalent for each in equivalents([known])] == ["addition commutes"]
    assert contradicted([known]) == []


def test_what_is_listed_as_equivalent_and_noticed_is_told(monkeypatch):
    mutant = changed("affine", "s = x @ w.T + b\n", "s = x @ w.T - b\n")
    monkeypatch.setitem(EQUIVALENT, key(mutant), "subtraction commutes")
    found = [strands.tried(mutant)]
    assert contradicted(found) == found
    assert equivalents(found) == []
    assert "NO EQUIVALENT      affine.affine" in table("a test", found, 1)
    assert not mutation_score._scored("a test", found, 1)[-1]


def test_what_is_installed_stays_as_it_is():
    before = {name: module for name, module in sys.modules.items() if name.startswith("cnnmath")}
    x = np.arange(6.0).reshape(2, 3)
    for mutant in op_mutants(["affine"]):
        assert mutant.op is not affine
    y, _ = affine(x, np.eye(3), np.ones(3))
    assert np.array_equal(y, x + 1)
    assert {n: m for n, m in sys.modules.items() if n in before} == before


def test_change_of_a_helper_reaches_the_ops_that_import_it():
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    (mutant, *_) = [m for m in op_mutants(["max_pool2d"]) if m.where.startswith("windows._places")]
    assert mutant.ops == ("conv2d", "max_pool2d", "mean_pool2d", "sum_pool2d")
    wrong = [m for m in op_mutants(["max_pool2d"]) if "slice(g1 * p, g1 * p + (i - 1)" in m.diff]
    assert any(differs(m.forward("max_pool2d"), x) for m in wrong)
    assert not differs(max_pool2d, x)


def differs(op, x):
    """Not the maxima of the four blocks."""
    try:
        y, _ = op(x, 2)
    except ValueError:
        return True
    return not np.array_equal(y, [[[[5.0, 7.0], [13.0, 15.0]]]])


def test_functions_that_ops_run_through():
    names = {f.__qualname__ for f in reached(BY_NAME["conv2d"].forward)}
    assert {"conv2d", "blocked_value", "im2col_dw", "col2im", "Windows.inside", "pad"} <= names
    assert {"fft_dx", "winograd_dw", "_places"} <= names  # _places remembers its results
    assert not any("derivation" in name or "check" in name for name in names)
    assert not {"_cheapest", "cheapest", "price", "block_size", "tiles_at_once"} & names


def test_what_only_chooses_is_still_there():
    for module, functions in CHOOSING.items():
        assert all(callable(getattr(import_module(ROOM + module), each)) for each in functions)


def test_path_of_the_changed_module_is_judged_first():
    """A wrong Fourier transform need not pass six other paths before its own says so."""
    wrong = next(m for m in op_mutants(["conv2d"]) if m.where.startswith("conv_fft._spectra"))
    rejected = strands.judged(wrong, with_tests=False)
    assert rejected is not None
    assert rejected.path == "conv2d[fft]"


def test_every_op_has_mutants():
    touched = {name for mutant in op_mutants() for name in mutant.ops}
    assert touched == {op.name for op in OPS}


def test_names_of_mutants_are_distinct_and_each_change_is_one():
    mutants = list(op_mutants())
    assert len({m.name for m in mutants}) == len(mutants)
    assert len({(m.where, m.operator, m.change.source) for m in mutants}) == len(mutants)
    assert all(m.change.old != m.change.new for m in mutants)


def test_every_known_equivalent_is_still_a_mutant():
    assert set(EQUIVALENT) <= {key(mutant) for mutant in op_mutants()}
    assert all(len(argument) > 40 for argument in EQUIVALENT.values())


def test_list_of_equivalents_is_read():
    text = "said\n\n= why\n@ pool.max.back\n- a + 1\n+ 1 + a\n+ (a) + 1\n@ loss.f\n- b\n+ c\n"
    assert read(text) == {
        ("pool", "max.back", "a + 1", "1 + a"): "why",
        ("pool", "max.back", "a + 1", "(a) + 1"): "why",
        ("loss", "f", "b", "c"): "why",
    }


# -------------------------------------------------------------------------------- the operators

SOURCE = '''
def op(x, w, axis=0):
    """Not + touched."""
    wrong = x < 0
    if wrong.any():
        raise ValueError(f"{x + 1}")
    y = x[:, 1:][::-1] / len(x)

    def backward(dy):
        return (dy.T @ x if axis else None), dy.sum(axis=0)

    return y.transpose(1, 0), backward
'''


def test_changes_are_those_of_the_operators():
    found = {(c.operator, c.new.removeprefix("return ")) for c in changes(SOURCE, {2: "op"})}
    assert ("division dropped", "y = x[:, 1:][::-1]") in found
    assert ("flip dropped", "y = x[:, 1:][:] / len(x)") in found
    assert ("bound +-1", "y = x[:, 2:][::-1] / len(x)") in found
    assert ("transpose", "(dy @ x if axis else None), dy.sum(axis=0)") in found
    assert ("wrong axis", "(dy.T @ x if axis else None), dy.sum(axis=1)") in found
    assert ("zero gradient", "(dy.T @ x if axis else None), (dy.sum(axis=0) * 0)") in found
    assert ("transpose", "y.transpose(0, 1), backward") in found
    assert ("constant", "(y.transpose(1, 0) * 10001 / 10000), backward") in found


def test_guards_texts_and_defaults_are_left_alone():
    for change in changes(SOURCE, {2: "op"}):
        assert not any(word in change.old for word in ("wrong", "raise", "Not", "axis=0):"))


def test_changes_of_a_formula():
    D = derivation_mutants.derive("squared_error", BY_NAME["squared_error"].cases[0].derivation)
    body = D.lines["squared_error.dy#sift"].body
    found = {(operator, repr(changed)) for operator, _, changed in neighbours(body)}
    assert ("sign", "-(1 / N) (y[n,k] - t[n,k])") in found
    assert ("factor dropped", "y[n,k] - t[n,k]") in found
    assert ("index +-1", "(1 / N) (y[n + 1,k] - t[n,k])") in found
    assert ("index order", "(1 / N) (y[k,n] - t[n,k])") in found


# ------------------------------------------------------------------------------------ wrong lines


def test_wrong_lines_raise_and_equal_ones_are_listed():
    found, possible = derivation_mutants.tried(Task("l2_penalty", None, 0))
    assert len(found) == possible > 40
    assert survivors(found) == []
    assert {"refuted", "entry outside"} <= {each.strand for each in found}
    assert score(found).killed >= 40


def test_engine_that_shows_everything_would_be_noticed(monkeypatch):
    monkeypatch.setattr(derivation_mutants, "show", lambda statement, *_, **__: yes(statement))
    found, _ = derivation_mutants.tried(Task("l2_penalty", None, 0))
    assert len(survivors(found)) > 30
    assert score(found).percent < 50


def yes(statement):
    from cnnmath.proof.line import Line
    from cnnmath.proof.verdict import Level, Verdict

    verdict = Verdict(Level.PROVED, "believed")
    return Line(*statement[:2], statement.body, statement.because, verdict, ())


# ------------------------------------------------------------------------------------ wrong rules


def test_bug_in_a_rule_is_noticed_and_a_change_that_is_none_is_not(monkeypatch):
    bug = next(b for b in rule_mutants.BUGS if b.rule == "sift")
    nothing = bug._replace(new=bug.old)
    monkeypatch.setattr(rule_mutants, "BUGS", (bug, nothing))
    wrong = rule_mutants.tried(0)
    assert wrong.strand in ("pairs", "formulas", "false statements", "items")
    monkeypatch.setattr(test_injected_bugs, "items", lambda: None)  # seconds, and nothing to find
    assert rule_mutants.tried(1).strand == ""


# ------------------------------------------------------------------------------------- right code


@pytest.mark.parametrize("op", ["affine", "sigmoid", "dropout"])
def test_right_cases_are_not_rejected(op):
    ((path, position, _),) = correct_cases.paths(1, [op])[:1]
    found = correct_cases.alarms((path, position, 25))
    assert found.cases == 25
    assert found.rejected == ()


@pytest.mark.parametrize("key", ["fft", "winograd"])
def test_right_cases_have_the_sizes_that_their_path_takes(key):
    op = BY_NAME["conv2d"]
    position = next(i for i, case in enumerate(op.cases) if case.key == key)
    case, rng = op.cases[position], np.random.default_rng(0)
    for _ in range(5):
        inputs = correct_cases.drawn(op, case, np.float64, rng)
        assert case.fixed.items() <= inputs.sizes.items()
    found = correct_cases.alarms(("conv2d", position, 3))
    assert (found.cases, found.exact, found.rejected) == (3, case.traced, ())


@pytest.mark.parametrize("op", ["affine", "sigmoid"])
def test_wrong_op_would_be_a_rejected_case(op, monkeypatch):
    wrong = {
        "affine": ("s = x @ w.T + b\n", "s = x @ w.T\n"),
        "sigmoid": ("e - e + 1, e) /", "e, e) /"),
    }
    mutant = changed(op, *wrong[op])
    monkeypatch.setitem(correct_cases.BY_NAME, op, mutant.record(op))
    found = correct_cases.alarms((op, 0, 20))
    assert len(found.rejected) >= 5


# ------------------------------------------------------------------------------------ the command


def test_command_kills_a_sample():
    """40 mutants and some right cases, as the command judges them."""
    done = command("--ops", "affine", "relu", "squared_error", "l2_penalty")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SURVIVES" not in done.stdout
    assert "code of the ops: 20 of " in done.stdout
    assert "lines of the derivations: 20 of " in done.stdout
    assert "right cases: " in done.stdout and " 0 rejected" in done.stdout


def command(*ops):
    script = [sys.executable, str(BENCHMARKS / "mutation_score.py"), *ops]
    script += ["--derivations", "affine", "relu", "softmax_shift", "--correct", "50"]
    script += ["--limit", "20", "--jobs", "1", "--seed", "3"]
    root = str(BENCHMARKS.parent)
    environment = {**os.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1"}
    return subprocess.run(script, env=environment, capture_output=True, text=True, cwd=root)


def test_a_part_of_the_mutants_is_of_all_functions():
    mutants = list(op_mutants(["affine", "tanh"]))
    functions = {(m.module, m.change.function) for m in mutants}
    drawn = mutation_score.spread(mutants, seed=1)
    assert sorted(m.name for m in drawn) == sorted(m.name for m in mutants)
    assert {(m.module, m.change.function) for m in drawn[: len(functions)]} == functions
    assert drawn != mutation_score.spread(mutants, seed=2)


def test_score_counts_and_percentages():
    def one(strand="", equivalent=""):
        return judged_as(strand, "", equivalent)

    found = score([one("tie: value"), one("error"), one("error"), one(), one("", "same")])
    assert found[:3] == (5, 3, {"error": 2, "tie: value": 1})
    assert (found.equivalents, found.survivors, found.seconds) == (1, 1, 5.0)
    assert found.percent == 75


def judged_as(strand, said="", equivalent=""):
    ops = ("one", "two")
    return Judged("module", "sign", "here", "- a\n+ b", strand, said, equivalent, 1.0, ops)


def test_table_counts_by_group_op_and_operator_and_shows_a_kill_by_each_strand():
    every = [judged_as("error", "IndexError 1"), judged_as("error", "no"), judged_as("tie", "x")]
    lines = table("code", [*every, judged_as("")], 9).splitlines()
    assert lines[0] == "code: 4 of 9 mutants"
    for name in ("module", "one", "two", "sign", "all"):
        (row,) = (line for line in lines if line.startswith(f"{name} "))
        assert row.split()[1:5] == ["4", "3", "0", "1"]
        assert row.index("error 2, tie 1") == lines[1].index("by")
    shown = lines.index("a kill by each strand")
    assert lines[shown + 1 : shown + 5] == [
        "error              here (sign)",
        "                   - a",
        "                   + b",
        "                   says: IndexError 1",
    ]
    assert lines[-3] == "SURVIVES           here (sign)"
    assert as_json(every, 3)["examples"]["tie"]["said"] == "x"


def test_save_keeps_the_parts_that_were_not_chosen(monkeypatch, tmp_path, capsys):
    def part(chosen):
        return {"made": chosen.limit}, f"the rules, {chosen.limit}", True

    for module in (mutation_score, side_by_side):
        monkeypatch.setattr(module, "RESULTS", tmp_path)
    monkeypatch.setattr(mutation_score, "PARTS", {"rules": part, "correct": part})
    monkeypatch.setattr(mutation_score, "set_threads", lambda threads: None)
    assert mutation_score.main(["--rules", "--limit", "2", "--save"]) == 0
    assert mutation_score.main(["--correct", "1", "--limit", "3", "--save"]) == 0
    assert mutation_score.main(["--rules", "--limit", "4"]) == 0
    found = mutation_score.saved()
    assert (found["rules"]["made"], found["correct"]["made"]) == (2, 3)
    assert found["rules"]["seed"] == 0
    assert "the rules, 2" in capsys.readouterr().out
