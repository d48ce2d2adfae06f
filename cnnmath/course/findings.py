"""Findings outside of the sources as a table: tool, input, what it says, what is true."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from cnnmath.course.sympy_slips import Finding

COLOURS = {"wrong": "#D55E00", "right": "#009E73", "a convention": "#5a6872"}
LEFT = 'style="text-align:left"'
Groups = dict[str, list[Finding]]


class Findings:
    """Questions that were put to one tool in one table; every other question with a table of its own."""

    def __init__(self, found: Sequence[Finding]) -> None:
        if not found:
            raise ValueError("Findings: nothing found; wanted at least one finding")
        unknown = sorted({each.judged for each in found} - COLOURS.keys())
        if unknown:
            raise ValueError(f"Findings: judged {unknown}; wanted one of {', '.join(COLOURS)}")
        self.groups: Groups = {}
        for each in found:
            self.groups.setdefault(each.about, []).append(each)

    def _repr_html_(self) -> str:
        single = [rows[0] for rows in self.groups.values() if len(rows) == 1]
        several = {about: rows for about, rows in self.groups.items() if len(rows) > 1}
        parts = [_table(about, rows) for about, rows in several.items()]
        return "".join([*parts, _one_by_one(single)] if single else parts)

    def __repr__(self) -> str:
        lines = []
        for about, rows in self.groups.items():
            lines.append(f"{about} (true: {rows[0].truth})")
            lines += [f"    {_tool(r)}  {r.input}: {r.says} ({r.judged})" for r in rows]
        return "\n".join(lines)


def findings(records: Iterable[Mapping[str, str]], about: str) -> Findings:
    """Those of a result file whose question contains ``about``."""
    return Findings([f for f in (Finding(**each) for each in records) if about in f.about])


def _table(about: str, rows: Sequence[Finding]) -> str:
    """One question, put to several tools or several times."""
    shown = [(escape(_tool(r)), _code(r.input), escape(r.says), _judged(r)) for r in rows]
    said = f"<p><b>{escape(about)}</b>. True: {escape(rows[0].truth)}.</p>"
    return said + _grid(("tool", "input", "says", ""), shown)


def _one_by_one(rows: Sequence[Finding]) -> str:
    """A question to a row, with its truth."""
    shown = [
        (f"{escape(r.about)}<br>{_code(r.input)}", escape(r.says), escape(r.truth), _judged(r))
        for r in rows
    ]
    tools = " and ".join(dict.fromkeys(map(_tool, rows)))
    return _grid(("question", f"{escape(tools)} says", "true", ""), shown)


def _grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th {LEFT}>{name}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td {LEFT}>{c}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _tool(row: Finding) -> str:
    return f"{row.tool} {row.version}"


def _code(said: str) -> str:
    return f"<code>{escape(said)}</code>"


def _judged(row: Finding) -> str:
    return f'<b style="color:{COLOURS[row.judged]};white-space:nowrap">{escape(row.judged)}</b>'
