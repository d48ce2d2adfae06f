"""The command line: ``cnnmath run | verify | lab | chapters DIR | build``."""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnmath.ledger.evidence import Evidence

REPORT = Path("report/cnnmath.html")
EXTRA = 'python -m pip install "cnnmath[course]"'


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 only if everything asked for was in order."""
    options = _parser().parse_args(arguments)
    missing = [m for m in options.needs if find_spec(m) is None]
    if missing:
        print(f"cnnmath {options.command} needs {', '.join(missing)}: {EXTRA}", file=sys.stderr)
        return 2
    try:
        return int(options.function(options))
    except KeyboardInterrupt:
        print(f"cnnmath {options.command}: interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cnnmath", description="The mathematics of CNNs, machine-checked."
    )
    commands = parser.add_subparsers(dest="command", required=True)

    def command(
        name: str, function: Callable[..., int], text: str, needs: tuple[str, ...]
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(function=function, needs=needs)
        return sub

    run = command(
        "run",
        _run,
        "verify every formula and execute every chapter",
        ("rich", "nbclient", "latex2mathml"),
    )
    _add_jobs(run)
    run.add_argument(
        "--report", type=Path, default=REPORT, help="HTML report (default: %(default)s)"
    )
    check = command(
        "verify",
        _verify,
        "verify the ledger, or the rows and chapters named",
        ("rich", "latex2mathml"),
    )
    check.add_argument(
        "names", nargs="*", metavar="ROW|CHAPTER", help="row ids or chapters (default: all)"
    )
    _add_jobs(check)
    check.add_argument(
        "--audit",
        action="store_true",
        help="audit the rules of the prover too, as cnnmath run does; takes a minute more",
    )
    check.add_argument("--json", type=Path, metavar="FILE", help="write the answers as JSON")
    check.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help=f"write the HTML report (default for all rows: {REPORT})",
    )
    command("lab", _lab, "open the course in JupyterLab", ("jupyterlab",))
    copy = command("chapters", _chapters, "copy the chapters into a folder of your own", ())
    copy.add_argument("folder", type=Path, metavar="DIR")
    copy.add_argument("--force", action="store_true", help="replace files that are there already")
    build = command(
        "build", _build, "build the notebooks from chapters/src", ("jupytext", "nbclient")
    )
    build.add_argument(
        "names", nargs="*", metavar="CHAPTER", help="such as 01_linear_softmax (default: all)"
    )
    return parser


def _add_jobs(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--jobs",
        type=_processes,
        metavar="N",
        help="verify in N processes (default: one for each usable core; for rows named, this one)",
    )


def _processes(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"wanted a number of processes from 1 on, got {text!r}")
    return int(text)


# ----------------------------------------------------------------------------------------- verify


def _verify(options: argparse.Namespace) -> int:
    from cnnmath.ledger.console import print_rows
    from cnnmath.ledger.evidence import gather, tasks
    from cnnmath.ledger.parallel import usable
    from cnnmath.ledger.verify import UnknownRow

    try:
        total = len(tasks(options.names, audit=options.audit))
    except UnknownRow as unknown:
        print(f"cnnmath verify: {unknown.args[0]}", file=sys.stderr)
        return 2
    jobs = options.jobs or (1 if options.names else usable())
    with _progress(total) as step:
        evidence = gather(options.names, step, jobs=jobs, audit=options.audit)
    print_rows(evidence)
    report = options.report or (None if options.names else REPORT)
    return _close(evidence, report, options.json)


def _close(evidence: "Evidence", report: Path | None, as_json: Path | None = None) -> int:
    """Write the files, print problems and the last line."""
    from cnnmath.ledger.report import write

    if report is not None:
        print(f"report: {write(evidence, report)}")
    if as_json is not None:
        temporary = as_json.with_name(as_json.name + ".part")
        temporary.write_text(
            json.dumps(evidence.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        temporary.replace(as_json)
        print(f"json: {as_json}")
    for problem in evidence.problems:
        print(f"NOT IN ORDER  {problem}", file=sys.stderr)
    print(evidence.summary)
    return 1 if evidence.problems else 0


# -------------------------------------------------------------------------------------------- run


def _run(options: argparse.Namespace) -> int:
    from cnnmath.course.build import ChapterError, execute
    from cnnmath.ledger.console import print_run
    from cnnmath.ledger.evidence import gather, tasks
    from cnnmath.ledger.parallel import usable

    with _progress(len(tasks(rounding=True, audit=True))) as step:
        evidence = gather((), step, rounding=True, jobs=options.jobs or usable(), audit=True)
    chapters = sorted(_chapters_folder().glob("[0-9]*.ipynb"))
    failed, rows = [], []
    for path in chapters:
        start = perf_counter()
        try:
            print(f"executing {path.stem} ...", flush=True)
            seconds, cells = execute(path)
            rows.append((path.stem, f"{cells} cells", f"{seconds:.1f} s", "ran to the end"))
        except ChapterError as error:
            failed.append(str(error))
            rows.append((path.stem, "", f"{perf_counter() - start:.1f} s", "FAILED"))
    print_run(evidence, rows)
    for failure in failed:
        print(f"NOT IN ORDER  {failure}", file=sys.stderr)
    status = _close(evidence, options.report)
    print("open the report in a browser; open the course with: cnnmath lab")
    return 1 if failed else status


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """A bar on a terminal, nothing elsewhere."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[what]}", markup=False),
    )
    with Progress(*columns, transient=True, disable=not sys.stdout.isatty()) as bar:
        task = bar.add_task("verify", total=total, what="")
        yield lambda what: bar.update(task, advance=1, what=what)


# ---------------------------------------------------------------------------------------- chapters


def _chapters_folder() -> Path:
    """The chapters of the checkout, or those that came with the package."""
    package = Path(__file__).resolve().parent
    checkout = package.parent / "chapters"
    return checkout if (package.parent / "pyproject.toml").exists() else package / "_chapters"


def _lab(options: argparse.Namespace) -> int:
    folder = _chapters_folder()
    if folder.name == "_chapters":  # never let a learner write into the installed package
        folder = Path("cnnmath-chapters")
        _copy(folder, force=False)
    print(f"JupyterLab opens {folder}; start with 00_start_here.ipynb")
    return subprocess.call([sys.executable, "-m", "jupyterlab", str(folder)])


def _chapters(options: argparse.Namespace) -> int:
    copied, kept = _copy(options.folder, options.force)
    print(f"{copied} files copied to {options.folder}, {kept} kept as they were")
    return 0


def _copy(folder: Path, force: bool) -> tuple[int, int]:
    """Notebooks and their guard; files that are there stay unless ``force``."""
    folder.mkdir(parents=True, exist_ok=True)
    source, copied, kept = _chapters_folder(), 0, 0
    for path in sorted([*source.glob("[0-9]*.ipynb"), source / "conftest.py"]):
        target = folder / path.name
        if target.exists() and not force:
            kept += 1
            continue
        temporary = target.with_name(target.name + ".part")
        shutil.copyfile(path, temporary)
        temporary.replace(target)
        copied += 1
    return copied, kept


def _build(options: argparse.Namespace) -> int:
    from cnnmath.course.build import ChapterError, build

    try:
        build(options.names or None, _chapters_folder())
    except (ChapterError, ValueError, FileNotFoundError) as error:
        print(f"cnnmath build: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
