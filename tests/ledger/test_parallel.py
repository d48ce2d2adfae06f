"""Several processes say what one says, in the same order, whatever happens in one of them."""

import itertools

import made_up_work
import pytest

from cnnmath import cli
from cnnmath.ledger import CHAPTERS, evidence
from cnnmath.ledger.evidence import LONG, gather, groups, tasks
from cnnmath.ledger.parallel import Done, Task, share_out, usable
from cnnmath.ops import OPS
from cnnmath.proof.audit.rule import Audited, audit_rule
from cnnmath.proof.rules import RULES
from cnnmath.results.lookup import derived_as

HARMLESS = [row.id for row in made_up_work.ROWS if row.id != "made-up-dies"]
SOME = [
    "zhang-3.47",
    "zhang-3.1",
    "zhang-3.22",
    "zhang-3.44",
    "zhang-4-a",
    "zhang-3.4",
    "zhang-3.5",
]


def plain(found):
    """What was found, times apart."""
    table = found.as_json()
    kept = [{k: v for k, v in row.items() if k != "seconds"} for row in table["rows"]]
    return kept, table["problems"], table["summary"].rpartition(", in")[0]


@pytest.fixture
def made_up(monkeypatch):
    """The made-up ledger, here and in the processes."""
    monkeypatch.setattr("cnnmath.ledger.verify.CHAPTERS", made_up_work.CHAPTERS)
    monkeypatch.setattr(evidence, "work", made_up_work.work)


# ------------------------------------------------------------------------------------ two as one


def test_two_processes_say_what_one_says():
    told = []
    alone, shared = gather(SOME), gather(SOME, told.append, jobs=2)
    assert plain(shared) == plain(alone)
    assert [a.row for a in shared.answers] == [a.row for a in alone.answers]
    assert [a.row.id for a in shared.answers] == SOME
    assert sorted(told) == sorted(SOME) and len(tasks(SOME)) == len(SOME)
    assert not shared.problems


def test_ties_and_derivations_come_back_whole():
    every = [Task("derivation", "affine"), Task("tie", "affine"), Task("tie", "relu")]
    found = {d.task: d for d in share_out(evidence.work, groups(every), 2)}
    assert [found[task].problem for task in every] == ["", "", ""]
    affine, tie, relu = (found[task].result for task in every)
    here = evidence.work(every)
    assert [tie._replace(seconds=0), relu._replace(seconds=0)] == [
        d.result._replace(seconds=0) for d in here[1:]
    ]
    own = here[0].result.lines
    assert list(affine.lines) == list(own)
    for address, line in affine.lines.items():
        assert (line.tex, line.plain, line.verdict, line.rules) == (
            own[address].tex,
            own[address].plain,
            own[address].verdict,
            own[address].rules,
        )


# -------------------------------------------------------------------------------- what goes wrong


def test_rows_that_fail_elsewhere_fail_as_they_do_here(made_up):
    alone, shared = gather(HARMLESS), gather(HARMLESS, jobs=2)
    assert plain(shared) == plain(alone)
    assert shared.problems == [
        "made-up-raises: ZeroDivisionError: no samples",
        "made-up-refuted: cnnmath.proof.verdict.Refuted: a is false",
        "made-up-wrong: REFUTED(1 against 2)",
    ]
    levels = [a.verdict and a.verdict.level.value for a in shared.answers]
    assert levels == ["EXACT", "UNDECIDED", "REFUTED", "REFUTED", None]


def test_a_row_that_is_refuted_elsewhere_makes_the_exit_status_1(made_up, capsys):
    assert cli.main(["verify", "made-up-right", "made-up-nothing", "--jobs", "2"]) == 0
    assert cli.main(["verify", "made-up-right", "made-up-refuted", "--jobs", "2"]) == 1
    said = capsys.readouterr()
    assert "NOT IN ORDER  made-up-refuted: " in said.err
    assert "1 REFUTED" in said.out.strip().splitlines()[-1]


def test_a_process_that_dies_is_blamed_on_its_row_alone(made_up):
    found = gather(["made up"], jobs=2)
    assert [p for p in found.problems if "died" in p] == [
        "made-up-dies: the process that worked on it died"
    ]
    assert plain(found)[0][:-1] == plain(gather(HARMLESS))[0]
    last = found.answers[-1]
    assert (last.row.id, str(last.verdict)) == ("made-up-dies", "UNDECIDED(error)")
    assert last.problem == "the process that worked on it died"


def test_what_cannot_be_sent_is_a_problem_of_its_tasks():
    group = [Task("row", "a"), Task("row", "b")]
    found = list(share_out(made_up_work.cannot_be_sent, [group], 2))
    assert [d.task.name for d in found] == ["a", "b"]
    assert all("pickle" in d.problem for d in found)


def test_a_task_without_an_answer_is_an_error(monkeypatch):
    monkeypatch.setattr(evidence, "share_out", lambda work, groups, jobs: iter([]))
    with pytest.raises(KeyError, match=r"zhang-3\.4"):
        gather(["zhang-3.4"], jobs=2)


def test_after_an_interrupt_nothing_new_is_begun(tmp_path):
    every = [[Task("row", str(tmp_path / str(i)))] for i in range(100)]
    found = share_out(made_up_work.touch, every, 2)
    assert isinstance(next(found), Done)
    found.close()  # what an exception in the loop over it does
    assert 1 <= len(list(tmp_path.iterdir())) < 50


def test_an_interrupt_is_said_in_a_word(monkeypatch, capsys):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(evidence, "gather", interrupted)
    assert cli.main(["verify", "zhang-3.4"]) == 130
    assert capsys.readouterr().err == "cnnmath verify: interrupted\n"


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5"])
def test_a_number_of_processes_is_at_least_1(text, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["verify", "zhang-3.4", f"--jobs={text}"])
    assert f"wanted a number of processes from 1 on, got '{text}'" in capsys.readouterr().err


def test_rows_named_are_verified_in_this_process(monkeypatch):
    def shared(*arguments):
        raise AssertionError("a process was started")

    monkeypatch.setattr(evidence, "share_out", shared)
    assert cli.main(["verify", "zhang-3.4"]) == 0


# ----------------------------------------------------------------------------------------- rules


def test_rules_are_audited_elsewhere_as_here():
    every = [Task("audit", "sum of squares"), Task("audit", "increasing")]
    found = {d.task: d for d in share_out(evidence.work, groups(every), 2)}
    assert [found[task].problem for task in every] == ["", ""]
    assert [found[task].result for task in every] == [audit_rule(task.name) for task in every]


def test_a_rule_that_is_not_in_order_makes_the_exit_status_1(monkeypatch, capsys):
    def audited(rule):
        return Audited(rule, 9, 9, 9, problem="Wrong: 1 against 2" if rule == "sift" else "")

    monkeypatch.setattr(evidence, "audit_rule", audited)
    assert cli.main(["verify", "zhang-3.4"]) == 0
    assert cli.main(["verify", "zhang-3.4", "--audit"]) == 1
    assert "NOT IN ORDER  rule sift: Wrong: 1 against 2" in capsys.readouterr().err
    found = gather(["zhang-3.4"], audit=True)
    assert [each.rule for each in found.audit if each.problem] == ["sift"]


def test_an_audit_that_does_not_come_back_is_a_problem(monkeypatch):
    def dies(rule):
        raise MemoryError("too large")

    monkeypatch.setattr(evidence, "audit_rule", dies)
    found = gather(["zhang-3.4"], audit=True)
    assert len(found.problems) == len(found.audit) == len(RULES)
    assert found.audit[0] == Audited("expand", problem="MemoryError: too large")


# ---------------------------------------------------------------------------------------- groups


def test_groups_hold_every_task_once_and_prove_nothing_twice():
    every = tasks(rounding=True, audit=True)
    found = groups(every)
    assert sorted(itertools.chain(*found)) == sorted(every)
    assert len(set(every)) == len(every)
    place = {task: i for i, group in enumerate(found) for task in group}
    for op in OPS:
        for case in op.cases:
            tie, derivation = (
                Task("tie", op.address(case)),
                Task("derivation", derived_as(op, case)),
            )
            assert place[tie] == place[derivation]
    for row in itertools.chain(*CHAPTERS.values()):
        if row.by:
            name = row.by.split("#", 1)[0].rpartition(".")[0]
            assert place[Task("row", row.id)] == place[Task("derivation", name)]


def test_the_long_ones_exist_and_are_first():
    found = groups(tasks())
    first = found[: len(LONG)]
    for name in LONG:
        assert any(name in (task.name for task in group) for group in first), name


def test_no_more_processes_than_cores():
    assert 1 <= usable() <= 8
