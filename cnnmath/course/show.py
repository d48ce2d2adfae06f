"""Show a checked line in a notebook: the formula that was proven, the reason, the verdict."""

from cnnmath.proof.line import Line
from cnnmath.proof.verdict import Level
from cnnmath.results.lookup import line


class Shown:
    """One line as JupyterLab renders it, with a plain text that says the same."""

    def __init__(self, shown: Line, tag: str) -> None:
        self.line, self.tag = shown, tag

    def _repr_latex_(self) -> str:
        verdict = self.line.verdict
        mark = "" if verdict.level is Level.DEFINED else f"{verdict.mark} "
        said = f"{mark}{verdict.level.value}: {verdict.evidence}"
        rows = [rf"\displaystyle {self.line.tex}"]
        rows += [_small(text) for text in (self.line.because, said) if text]
        rows += [_small(f"assumed: {tag}") for tag in verdict.tags]
        body = r" \\[2pt] ".join([rows[0], r" \\[-4pt] ".join(rows[1:])])
        tag = rf"\tag{{{self.tag}}}" if self.tag else ""
        return rf"$$\begin{{array}}{{l}} {body} \end{{array}}{tag}$$"

    def __repr__(self) -> str:
        verdict = self.line.verdict
        tag = f"   ({self.tag})" if self.tag else ""
        parts = [f"{self.line.plain}{tag}", f"    because {self.line.because}"]
        parts.append(f"    {verdict.mark} {verdict}")
        parts += [f"    assumed: {each}" for each in verdict.tags]
        return "\n".join(parts)


def show(address: str | Line, tag: str = "") -> Shown:
    """The line at ``address`` (or a line just proven); ``tag`` is its number in the source."""
    return Shown(line(address) if isinstance(address, str) else address, tag)


def _small(text: str) -> str:
    """Grey small print under a formula; the text may hold indices such as s[n,k]."""
    text = text.translate(str.maketrans("{}", "()"))  # braces vanish inside \\text
    shown = text.replace("^2", "²").replace("^", "ˆ").replace("\\", "").replace("%", " percent")
    for mark in "_#":  # an error inside \\text in newer versions of MathJax
        shown = shown.replace(mark, rf"}}\{mark}\text{{")
    return rf"{{\small \color{{#5a6872}}{{\text{{{shown}}}}}}}"
