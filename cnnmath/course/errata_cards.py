"""Errata on a page: one as a card, or those of a document folded together.

Formulas are typeset by MathJax from what the engine refuted and proved; plain text says the same.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from html import escape as escape_with_quotes

from cnnmath.ledger.errata import DOCUMENTS, Erratum, by_document, errata
from cnnmath.proof.verdict import Level

WEIGHT_WORDS = {
    "false": "false as it stands",
    "incomplete": "incomplete",
    "loose": "loosely said",
}
REST = re.compile(
    r"\\text\{([^{}]* [^{}]*)\}"
)  # words in a formula: several, so they may be a sentence
escape = partial(escape_with_quotes, quote=False)  # TeX has primes
FINDINGS = ("confirmed", "rejected", "undecided")
SOFT = 'style="color:#5a6872"'
BOX = 'style="border-left:4px solid {};padding:.3em .8em;margin:.4em 0;overflow-x:auto;overflow-y:hidden"'
RED, GREEN, GREY = "#D55E00", "#009E73", "#999999"


class Card:
    """One erratum: printed, refuted, right, where else."""

    def __init__(self, erratum: Erratum) -> None:
        self.erratum = erratum

    def _repr_html_(self) -> str:
        return f"<div>{_head(self.erratum)}{_body(self.erratum)}</div>"

    def __repr__(self) -> str:
        return "\n".join(_plain(self.erratum))


class Cards:
    """The errata of one document, short, behind a line to click on."""

    def __init__(self, name: str, found: Sequence[Erratum]) -> None:
        self.name, self.found = name, found

    def _repr_html_(self) -> str:
        inside = "".join(f"<div>{_head(each)}{_short(each)}</div>" for each in self.found)
        return f"<details><summary>{escape(self._title())}</summary>{inside}</details>"

    def __repr__(self) -> str:
        lines = [self._title()]
        for each in self.found:
            lines += ["", *_plain(each)]
        return "\n".join(lines)

    def _title(self) -> str:
        number, what = DOCUMENTS[self.name]
        number_of = Counter(each.finding for each in self.found)
        said = ", ".join(
            f"{number_of[finding]} {finding}" for finding in FINDINGS if number_of[finding]
        )
        return f"{number}, {what}: {said or 'nothing suspected'}"


def erratum(row_id: str) -> Card:
    """The card of a row. Raises UnknownRow, or NotSuspected where nothing is said of a print."""
    (found,) = errata([row_id])
    return Card(found)


def errata_of(name: str, found: Iterable[Erratum]) -> Cards:
    """Those among ``found`` that stand in a document, named as in DOCUMENTS."""
    if name not in DOCUMENTS:
        raise ValueError(f"errata_of: no document {name!r}; wanted one of {', '.join(DOCUMENTS)}")
    return Cards(name, by_document(found)[name])


def mixed(said: str) -> str:
    """Words, or a formula in LaTeX with sentences in it, as HTML: sentences become text that can wrap."""
    if "\\" not in said:
        return escape(said)
    parts, depth, start = [], 0, 0
    matches = {match.start(): match for match in REST.finditer(said)}
    place = 0
    while place < len(said):
        match = matches.get(place)
        if match and depth == 0:
            parts += [_inline(said[start:place]), escape(match[1])]
            start = place = match.end()
            continue
        depth += (said[place] == "{") - (said[place] == "}")
        place += 1
    return "".join([*parts, _inline(said[start:])])


def _inline(tex: str) -> str:
    return f"${escape(tex.strip())}$" if tex.strip() else ""


def _head(erratum: Erratum) -> str:
    row = erratum.row
    said = _said(erratum)
    if row.reconstructed:
        said += "; formula reconstructed, its image is lost"
    number = DOCUMENTS[erratum.document][0]
    return (
        f"<p><b>{escape(row.id)}</b> ({number}, section {escape(row.section)}) "
        f"<span {SOFT}>{escape(said)}</span></p>"
    )


def _said(erratum: Erratum) -> str:
    """Kind and weight, and whose slip it is."""
    parts = [erratum.kind, WEIGHT_WORDS.get(erratum.weight, ""), erratum.printed.blame]
    return "; ".join(filter(None, parts))


def _body(erratum: Erratum) -> str:
    parts = [_box(_colour(erratum), _printed(erratum, formula=True))]
    right = [f"right: {mixed(erratum.printed.right)}"]
    if erratum.line is not None:
        right.append(f"in our letters: ${escape(erratum.line.tex)}$")
    right.append(f"<span {SOFT}>{escape(_verdict(erratum))}</span>")
    parts.append(_box(GREEN, right))
    if erratum.also_in:
        parts.append(f"<p {SOFT}>see also: {escape(', '.join(erratum.also_in))}</p>")
    return "".join(parts)


def _short(erratum: Erratum) -> str:
    lines = _printed(erratum, formula=False)
    lines.insert(1, f"right: {mixed(erratum.printed.right)}")
    lines.append(f"<span {SOFT}>{escape(_verdict(erratum))}</span>")
    if erratum.also_in:
        lines.append(f"<span {SOFT}>see also: {escape(', '.join(erratum.also_in))}</span>")
    return _box(_colour(erratum), lines)


def _printed(erratum: Erratum, formula: bool) -> list[str]:
    lines = [f"printed: {mixed(erratum.printed.text)}"]
    if formula and erratum.statement is not None:
        lines.append(f"in our letters: ${escape(erratum.statement.tex)}$")
    lines.append(f"{_tick(erratum)} {escape(_smallest(erratum))}")
    return lines


def _smallest(erratum: Erratum) -> str:
    if erratum.problem:
        return f"not decided: {erratum.problem}"
    return erratum.counterexample or "no counterexample: the suspicion is rejected"


def _tick(erratum: Erratum) -> str:
    return {"confirmed": "✗", "rejected": "✓", "undecided": "?"}[erratum.finding]


def _colour(erratum: Erratum) -> str:
    return RED if erratum.finding == "confirmed" else GREY


def _verdict(erratum: Erratum) -> str:
    if erratum.verdict is None:
        return f"not checkable: {erratum.row.not_checkable}"
    address = f"{erratum.row.by}: " if erratum.row.by else ""
    tick = "" if erratum.verdict.level is Level.DEFINED else f"{erratum.verdict.mark} "
    assumed = "".join(f"; assumed: {tag}" for tag in erratum.verdict.tags)
    return f"{address}{tick}{erratum.verdict}{assumed}"


def _box(colour: str, lines: Sequence[str]) -> str:
    return f"<div {BOX.format(colour)}>{'<br>'.join(lines)}</div>"


def _plain(erratum: Erratum) -> list[str]:
    number = DOCUMENTS[erratum.document][0]
    lines = [
        f"{erratum.row.id} ({number}, section {erratum.row.section})  {_said(erratum)}",
        f"    printed: {erratum.printed.text}",
    ]
    if erratum.statement is not None:
        lines.append(f"    in our letters: {erratum.statement.plain}")
    lines.append(f"    {_tick(erratum)} {_smallest(erratum)}")
    lines.append(f"    right: {erratum.printed.right}")
    if erratum.line is not None:
        lines.append(f"    in our letters: {erratum.line.plain}")
    lines.append(f"    {_verdict(erratum)}")
    if erratum.also_in:
        lines.append(f"    see also: {', '.join(erratum.also_in)}")
    return lines
