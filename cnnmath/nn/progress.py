"""A progress bar for training, drawn by rich where it is installed."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(total: int, wanted: bool) -> Iterator[Callable[[int, str], None]]:
    """Yield `advance(amount, text)`, which moves the bar on and shows `text` beside it.

    Nothing is drawn if it is not wanted, if CNNMATH_BUILD=1 (chapters are built without), or
    without rich.
    """
    if not wanted or os.environ.get("CNNMATH_BUILD") == "1":
        yield lambda amount, text: None
        return
    try:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError:
        yield lambda amount, text: None
        return
    with Progress(BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn()) as bar:
        task = bar.add_task("training", total=total)
        yield lambda amount, text: bar.update(task, advance=amount, description=text)
