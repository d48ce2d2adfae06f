"""Many judgements in a few processes, each with a limit on its computing time.

The limit counts the time of the process, not of the clock: a busy machine kills no mutant.
"""

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any


class TooLong(BaseException):
    """The limit was reached; no ``except Exception`` of the judged code may hide it."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise ``TooLong`` after so many seconds of computing."""

    def stop(*_: Any) -> None:
        raise TooLong(f"more than {seconds} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def in_processes(judge: Callable[..., Any], tasks: Sequence[Any], jobs: int) -> Iterator[Any]:
    """``judge(task)`` for each task, in order; the processes start with what is known here (fork)."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        for number, found in enumerate(pool.map(judge, tasks), start=1):
            if sys.stderr.isatty():
                print(f"\r{number} of {len(tasks)}", end="\r", file=sys.stderr, flush=True)
            yield found
