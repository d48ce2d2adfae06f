"""Groups of tasks shared out over processes; a process that dies is an answer too, with a name.

Processes are spawned, so that what they do depends on nothing but the task, on any platform. The order
in which results come depends on the machine: who collects them puts them in order.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

MOST = 8  # beyond this the longest group decides, not the number of processes


class Task(NamedTuple):
    """One thing to verify, in words: what a process is told."""

    kind: str  # derivation, tie, row, rounding or audit
    name: str  # of a derivation, a code path, a row, an op, a rule


class Done(NamedTuple):
    """What came of a task: a result that can be sent, or why there is none."""

    task: Task
    result: object = None
    problem: str = ""


Work = Callable[[Sequence[Task]], list[Done]]  # found by its name in each process


def usable() -> int:
    """How many processes are worth starting: one for each core that this process may use."""
    cores = (
        os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    )
    return min(MOST, len(cores))


def share_out(work: Work, groups: Sequence[Sequence[Task]], jobs: int) -> Iterator[Done]:
    """Every task of every group, done once, as results come in; the first groups are begun first."""
    lost: list[Task] = []
    with _processes(min(jobs, len(groups))) as pool:
        waiting = {pool.submit(work, group): group for group in groups}
        try:
            for future in as_completed(waiting):
                found = _result(future, waiting[future])
                lost += waiting[future] if found is None else []
                yield from found or ()
        finally:  # interrupted: what has not begun is not begun
            pool.shutdown(cancel_futures=True)
    yield from _one_by_one(work, lost)


def _processes(count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _leave_quietly)


def _leave_quietly() -> None:
    """Control-C is for the parent to answer; the others end without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _result(future: Future[list[Done]], group: Sequence[Task]) -> list[Done] | None:
    """None if a process died: nobody knows in which task, nor how many others it took along."""
    try:
        return future.result()
    except BrokenProcessPool:
        return None
    except Exception as error:  # the result could not be sent: every task of the group says so
        return [Done(task, problem=f"{type(error).__name__}: {error}") for task in group]


def _one_by_one(work: Work, tasks: list[Task]) -> Iterator[Done]:
    """What was lost with a process, each task by itself: the one that ends its process gets the blame."""
    while tasks:
        with _processes(1) as pool:
            while tasks:
                task = tasks.pop(0)
                found = _result(pool.submit(work, [task]), [task])
                if found is None:
                    yield Done(task, problem="the process that worked on it died")
                    break
                yield from found
