"""The README's Python runs as written, and says what it says it does."""

import re
from pathlib import Path

import numpy as np
import pytest

from cnnmath.proof.derivation import Derivation
from cnnmath.proof.verdict import Refuted
from cnnmath.results.lookup import line

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.S)


def run(code: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(code, names)
    return names


def test_there_are_three_examples():
    assert len(BLOCKS) == 3


def test_reusing_functions(capsys):
    names = run(BLOCKS[0])
    assert names["dw"].shape == (2, 3)
    assert np.allclose(names["ds"].sum(axis=1), 0)


def test_checking_a_derivation_of_your_own(capsys):
    run(BLOCKS[1])
    assert "PROVED(differentiate, sift" in capsys.readouterr().out


def test_the_wrong_sign_is_refuted():
    with pytest.raises(Refuted, match=r"mine\.dx#square is false.*\n +at N=1, n=0"):
        run(BLOCKS[1].replace('"square", x[n]', '"square", -x[n]'))
    assert Derivation("mine").lines == {}


def test_checking_a_gradient_of_your_own(capsys):
    """As printed; the digit of a rounding error may differ between machines."""
    block = next(block for block in BLOCKS if "swish" in block)
    run(block)
    printed = capsys.readouterr().out.splitlines()
    quoted = README.read_text(encoding="utf-8").split(block)[1].split("EXACT: the code ran")[0]
    shown = [row.removeprefix("    ") for row in quoted.split("```\n")[1].strip("\n").splitlines()]
    assert [masked(row) for row in shown] == [masked(row) for row in printed]
    assert printed[0] == "✓ swish: EXACT" and "✗ wrong: REFUTED" in printed


def masked(row: str) -> str:
    return re.sub(r"\de-\d\d", "(rounding)", row)


def test_the_line_that_is_quoted_is_the_line():
    quoted = line("softmax_error.ds#softmax")
    text = README.read_text(encoding="utf-8")
    assert f"{quoted.plain}   (3.47)" in text
    assert f"because {quoted.because}" in text
    assert f"{quoted.verdict.mark} {quoted.verdict}" in text
