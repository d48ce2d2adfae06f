"""Everything that one run of the verification computed: rows, ties, lines."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from time import perf_counter
from typing import Any, NamedTuple

from cnnmath.ledger.parallel import Done, Task, share_out
from cnnmath.ledger.row import Row as LedgerRow
from cnnmath.ledger.verify import Answer, as_json, no_answer, select, summary, verify
from cnnmath.ops import OPS, Case, Op
from cnnmath.proof.audit.rule import Audited, audit_rule
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.rules import RULES
from cnnmath.proof.tie import Tie, tie
from cnnmath.proof.ulp import Row, ulp_table
from cnnmath.results.lookup import derivation, derivation_names, derived_as

LONG = (  # begun first, so that no process is left with one of them at the end; only the time depends on it
    "two_layer_net",
    "im2col_product",
    "conv2d",
    "conv_delta",
    "network_objective",
    "mix_maps",
    "cross_entropy",
    "softmax",
    "bouvrie-3.3-j",
    "zhang-6.7-b",
    "bouvrie-2.1-g",
)
NO_ROW = LedgerRow("", "", "")  # a row holds functions, which cannot be sent; its id can


class Evidence(NamedTuple):
    """The result of ``gather``; ``problems`` is empty if and only if all is in order."""

    answers: list[Answer]
    ties: list[Tie]
    derivations: list[Derivation]
    problems: list[str]
    seconds: float
    rounding: list[Row]  # worst errors in ULP, if they were measured
    audit: Sequence[Audited] = ()  # one of each rule of the prover, if they were audited

    @property
    def summary(self) -> str:
        return summary(self.answers, self.seconds)

    def as_json(self) -> dict[str, object]:
        return {
            "summary": self.summary,
            "rows": [as_json(a) for a in self.answers],
            "ties": [
                {"op": t.address, "verdict": str(t.verdict), "seconds": round(t.seconds, 4)}
                for t in self.ties
            ],
            "rules": [each._asdict() for each in self.audit],
            "problems": self.problems,
        }


def tasks(names: Iterable[str] = (), rounding: bool = False, audit: bool = False) -> list[Task]:
    """What ``gather`` has to do: the rows named; or all derivations, ties and rows, and with
    ``rounding`` the errors of the ops in ULP; in both cases with ``audit`` the rules of the prover."""
    chosen = list(names)
    rows = [Task("row", row.id) for _, row in select(chosen)]
    rules = [Task("audit", rule) for rule in RULES if audit]
    if chosen:
        return [*rows, *rules]
    return [
        *(Task("derivation", name) for name in derivation_names()),
        *(Task("tie", address) for address in _code_paths()),
        *rows,
        *(Task("rounding", op.name) for op in OPS if rounding),
        *rules,
    ]


def gather(
    names: Iterable[str] = (),
    step: Callable[[str], None] = lambda what: None,
    rounding: bool = False,
    jobs: int = 1,
    audit: bool = False,
) -> Evidence:
    """Verify the rows named; if none is named all rows, every derivation and every tie to the code, and
    with ``rounding`` the errors of the ops in ULP. With ``audit`` the rules of the prover too.

    In ``jobs`` processes: 1 is this one. ``step`` is told of every task that is done.
    """
    start, chosen = perf_counter(), list(names)
    every = tasks(chosen, rounding, audit)
    found: dict[Task, Done] = {}
    for done in _done(every, jobs):
        found[done.task] = done
        step(_label(done.task))
    in_order = [found[task] for task in every]  # a task without an answer is an error here
    answers = [_answer(chapter, row, found[Task("row", row.id)]) for chapter, row in select(chosen)]
    return Evidence(
        answers,
        _results(in_order, "tie"),
        _results(in_order, "derivation"),
        [f"{_subject(d.task)}: {d.problem}" for d in in_order if d.problem],
        perf_counter() - start,
        [row for rows in _results(in_order, "rounding") for row in rows],
        [_audited(d) for d in in_order if d.task.kind == "audit"],
    )


def _results(found: list[Done], kind: str) -> list[Any]:
    return [d.result for d in found if d.task.kind == kind and d.result is not None]


def _answer(chapter: str, row: LedgerRow, done: Done) -> Answer:
    """The answer with its row, or the reason why there is none."""
    if isinstance(done.result, Answer):
        return done.result._replace(row=row)
    return no_answer(chapter, row, done.problem)


def _audited(done: Done) -> Audited:
    """What the audit of the rule saw, or the reason why there is nothing to see."""
    if isinstance(done.result, Audited):
        return done.result
    return Audited(done.task.name, problem=done.problem)


def _label(task: Task) -> str:
    texts = {"tie": f"{task.name} on symbols", "rounding": f"rounding of {task.name}"}
    return texts.get(task.kind, _subject(task))


def _subject(task: Task) -> str:
    """What a problem is said of: rules are called as other things are."""
    return f"rule {task.name}" if task.kind == "audit" else task.name


# --------------------------------------------------------------------------------------- one task


def work(group: Sequence[Task]) -> list[Done]:
    """Do tasks that share what they derive; none is passed over, whatever happens to another."""
    return [_do(task) for task in group]


def _do(task: Task) -> Done:
    try:
        result = _compute(task)
    except Exception as error:  # named in the table; the others are still to be seen
        return Done(task, problem=f"{type(error).__name__}: {error}")
    if isinstance(result, Answer):
        return Done(task, result._replace(row=NO_ROW), result.problem)
    if isinstance(result, Audited):
        return Done(task, result, result.problem)
    return Done(task, result)


def _compute(task: Task) -> Any:
    match task.kind:
        case "derivation":
            return derivation(task.name)
        case "tie":
            op, case = _code_paths()[task.name]
            return tie(op, case, derivation(derived_as(op, case)))
        case "rounding":
            return ulp_table(tuple(op for op in OPS if op.name == task.name))
        case "audit":
            return audit_rule(task.name)
    (answer,) = verify([pair for pair in select() if pair[1].id == task.name])
    return answer


def _code_paths() -> dict[str, tuple[Op, Case]]:
    return {op.address(case): (op, case) for op in OPS for case in op.cases}


# ------------------------------------------------------------------------------------- all of them


def _done(every: list[Task], jobs: int) -> Iterator[Done]:
    """One by one in their order here, or in groups elsewhere."""
    if jobs == 1:
        yield from map(_do, every)
    elif every:
        yield from share_out(work, groups(every), jobs)


def groups(every: list[Task]) -> list[list[Task]]:
    """Tasks that need the same derivation together, so that it is proven once; the longest first."""
    rows = {row.id: row for _, row in select()}
    found: dict[str, list[Task]] = {}
    for task in every:
        found.setdefault(_needs(task, rows), []).append(task)
    return [found[name] for name in sorted(found, key=lambda n: (n not in LONG, -len(found[n])))]


def _needs(task: Task, rows: dict[str, LedgerRow]) -> str:
    """The derivation that the task names, or its own name if it needs none."""
    if task.kind == "audit":
        return _subject(task)
    if task.kind == "tie":
        return derived_as(*_code_paths()[task.name])
    if task.kind == "row" and rows[task.name].by:
        return rows[task.name].by.split("#", 1)[0].rpartition(".")[0]
    printed = rows[task.name].printed if task.kind == "row" else None
    return (printed.within if printed else "") or task.name
