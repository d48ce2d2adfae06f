"""The report: one HTML file that works offline, searchable, formulas typeset as MathML."""

import html
import re
from pathlib import Path

from cnnmath.ledger.evidence import Evidence
from cnnmath.ledger.report_rounding import rounding_table
from cnnmath.ledger.report_rules import injected_bugs, rules_table
from cnnmath.ledger.verify import Answer
from cnnmath.proof.line import Line
from cnnmath.proof.verdict import Level, Verdict

# a prime as a superscript of a subscript is too small to see: k' becomes one letter
PRIME = re.compile(r"<msup><mi>(\w+)</mi><mi>&#x02032;</mi></msup>")
PRIMES = re.compile(r"<msup><mi>(\w+)</mi><mi>&#x02033;</mi></msup>")
STYLE = """
:root { color-scheme: light; --ink: #1d2730; --soft: #5a6872; --line: #d9dfe4; --paper: #fff; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
h3 { margin: 1.6rem 0 .3rem; font-size: 1.05rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top;
  padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
math { font-size: 1.1rem; } .wide { overflow: auto hidden; padding: .15rem 0; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
td.n, .whole { white-space: nowrap; } tr.red td { background: #fbd9d6; }
.soft { color: var(--soft); font-size: .86rem; } code { font-size: .86rem; }
.entry { padding: .7rem 0; border-bottom: 1px solid var(--line); }
.verdict { font-size: .78rem; font-weight: 600; padding: .1rem .45rem; border-radius: .3rem;
  background: #e7edf2; white-space: nowrap; }
.PROVED { background: #d8f0dd; } .EXACT, .NUMERIC, .SIMULATED { background: #dcebfa; }
.ASSUMED { background: #fdf0cf; } .REFUTED, .UNDECIDED { background: #fbd9d6; }
.wrong { background: #fff6f5; border-left: 3px solid #d0533f; padding: .3rem .7rem; margin: .4rem 0; }
#search { width: 100%; font-size: 1rem; padding: .5rem .7rem; border: 1px solid var(--soft);
  border-radius: .4rem; position: sticky; top: .5rem; background: var(--paper); }
"""
SCRIPT = """
const box = document.getElementById('search'), count = document.getElementById('count');
const entries = [...document.querySelectorAll('[data-text]')];
box.addEventListener('input', () => {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const e of entries) {
    const hit = words.every(w => e.dataset.text.includes(w));
    e.hidden = !hit; shown += hit;
  }
  count.textContent = words.length ? shown + ' entries' : '';
});
"""


def write(evidence: Evidence, path: Path) -> Path:
    """Write the report, replacing an older one in one step."""
    page = _page(evidence)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(page, encoding="utf-8")
    temporary.replace(path)
    return path


def _page(evidence: Evidence) -> str:
    parts = [
        "<h1>cnnmath: what was verified</h1>",
        f"<p>{html.escape(evidence.summary)}.</p>",
        "<p class=soft>PROVED is for all sizes, by the rules named; EXACT, NUMERIC and SIMULATED hold "
        "at the places named. Python and these rules are the trust base; this is not a proof kernel. "
        "Reals are not floats: rounding is measured, not proven.</p>",
        _problems(evidence),
        '<input id=search type=search placeholder="Search: a row, a formula, a verdict, a word" '
        'aria-label="Search the report"> <span id=count class=soft></span>',
        "<h2>Ledger of the sources</h2>",
        *(_answer(a) for a in evidence.answers),
    ]
    if evidence.ties:
        parts += ["<h2>Formula and code</h2>", _ties(evidence)]
    if evidence.derivations:
        parts.append("<h2>Derivations, line by line</h2>")
        for derivation in evidence.derivations:
            parts.append(f"<h3>{html.escape(derivation.name)}</h3>")
            parts += [_line(each) for each in derivation.lines.values()]
    if evidence.rounding:
        parts += ["<h2>Rounding</h2>", rounding_table(evidence.rounding)]
    parts += ["<h2>Rules of the prover</h2>", rules_table(evidence.audit, injected_bugs())]
    return (
        "<!DOCTYPE html><html lang=en><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>cnnmath: verification</title><style>{STYLE}</style></head><body>"
        + "\n".join(parts)
        + f"<script>{SCRIPT}</script></body></html>\n"
    )


def _problems(evidence: Evidence) -> str:
    if not evidence.problems:
        return ""
    items = "".join(f"<li>{html.escape(p)}</li>" for p in evidence.problems)
    return f"<div class=wrong><b>Not in order</b><ul>{items}</ul></div>"


def _answer(answer: Answer) -> str:
    row = answer.row
    words = [row.id, row.section, row.gloss, row.by]
    body = [
        f"<b>{html.escape(row.id)}</b> <span class=soft>section {html.escape(row.section)}</span> "
    ]
    if answer.verdict is None:
        body.append("<span class=verdict>not checkable</span>")
    else:
        body.append(_badge(answer.verdict))
        words += [answer.verdict.level.value, answer.verdict.evidence]
    body.append(f"<div>{html.escape(row.gloss)}</div>")
    if answer.line is not None:
        body.append(_formula(answer.line.tex))
        words.append(answer.line.plain)
    said = row.not_checkable if answer.verdict is None else answer.verdict.evidence
    link = f" · <code>{html.escape(row.by)}</code>" if row.by else ""
    body.append(f"<div class=soft>{html.escape(said)}{link}</div>")
    if answer.verdict is not None and answer.verdict.tags:
        body.append(f"<div class=soft>assumed: {html.escape('; '.join(answer.verdict.tags))}</div>")
    if row.printed is not None:
        body.append(_printed(answer))
        words += [answer.finding, "erratum", answer.counterexample]
    return _entry(words, "".join(body))


def _printed(answer: Answer) -> str:
    printed = answer.row.printed
    assert printed is not None
    found = html.escape(answer.counterexample) or "no counterexample: the suspicion is rejected"
    return (
        f"<div class=wrong>printed: {_formula_or_text(printed.text)} "
        f"<span class=soft>({html.escape(printed.blame)})</span><br>"
        f"right: {_formula_or_text(printed.right)}<br>"
        f"<span class=soft>{html.escape(answer.finding)}: {found}</span></div>"
    )


def _line(line: Line) -> str:
    assumed = (
        f" · assumed: {html.escape('; '.join(line.verdict.tags))}" if line.verdict.tags else ""
    )
    body = (
        f"<code>{html.escape(line.address)}</code> {_badge(line.verdict)}{_formula(line.tex)}"
        f"<div class=soft>{html.escape(line.because)} · {html.escape(line.verdict.evidence)}{assumed}</div>"
    )
    return _entry([line.address, line.plain, line.because, line.verdict.level.value], body)


def _ties(evidence: Evidence) -> str:
    rows = "".join(
        f"<tr data-text='{html.escape(t.address.lower(), quote=True)}'><td><code>"
        f"{html.escape(t.address)}</code></td><td>{_badge(t.verdict)}</td>"
        f"<td>{html.escape(t.verdict.evidence)}</td><td class=n>{t.seconds:.1f} s</td></tr>"
        for t in evidence.ties
    )
    return (
        "<p>The NumPy code runs on symbols: its value is the formula, its backward is the derivative of "
        "what ran and equals what the derivation concludes, entry by entry, in every cell.</p>"
        f"<table><tr><th>code path</th><th>verdict</th><th>evidence</th><th></th></tr>{rows}</table>"
    )


def _badge(verdict: Verdict) -> str:
    mark = "" if verdict.level is Level.DEFINED else verdict.mark + " "
    return f"<span class='verdict {verdict.level.value}'>{html.escape(mark + verdict.level.value)}</span>"


def _entry(words: list[str], body: str) -> str:
    text = html.escape(" ".join(words).lower(), quote=True)
    return f'<div class=entry data-text="{text}">{body}</div>'


def _formula(tex: str) -> str:
    return f"<div class=wide>{_mathml(tex, display=True)}</div>"


def _formula_or_text(text: str) -> str:
    """Printed forms are LaTeX or words; a backslash tells which."""
    return _mathml(text, display=False) if "\\" in text else html.escape(text)


def _mathml(tex: str, display: bool) -> str:
    from latex2mathml.converter import convert

    tex = tex.replace("\\arg\\", "\\mathrm{arg}\\,\\")  # the converter knows no \arg
    markup = str(convert(tex, display="block" if display else "inline"))
    markup = markup.replace("<mi>:</mi><mo>&#x0003D;</mo>", "<mo>≔</mo>")
    return PRIME.sub(r"<mi>\1′</mi>", PRIMES.sub(r"<mi>\1″</mi>", markup))
