"""The form of every chapter: what a reader may rely on. Each check rejects a bad miniature."""

import ast
import re
from collections import Counter
from pathlib import Path
from statistics import median

import jupytext
import nbformat
import pytest

from cnnmath.course.build import stale
from cnnmath.ops import OPS
from cnnmath.proof.verdict import Level
from cnnmath.results.lookup import derivation, derivation_names, line

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"
SOURCES = sorted((CHAPTERS / "src").glob("*.py"))
OP_NAMES = {op.name for op in OPS}
LONGEST, TYPICAL = 20, 6
FENCE = re.compile(r"^(```|~~~)[^\n]*\n.*?^\1 *$", re.MULTILINE | re.DOTALL)
DISPLAY = re.compile(r"\$\$|\\\[|\\begin\{")
DIRECTIVE = re.compile(r"^\s*(```|~~~|:::+)\s*\{|^\s*:::|\{[a-z][a-z:-]*\}`", re.MULTILINE)
# x^a^b, x^a_b^c and x'^a are errors in TeX; the checked formulas are written by a program
DOUBLE = re.compile(r"(\^(\\\w+|\{[^{}]*\}|\w)|')(_(\{[^{}]*\}|\w))?\^")


def cells_of(text):
    return jupytext.reads(text, fmt="py:percent").cells


def code_of(cells):
    """The syntax tree of each code cell; the magics are comments in the source already."""
    return [(ast.parse(re.sub(r"(?m)^%.*$", "pass", c.source)), c) for c in cells if is_code(c)]


def is_code(cell):
    return cell.cell_type == "code"


def prose_of(cells, definitions=True):
    """Text cells without their code blocks."""
    kept = [c for c in cells if not is_code(c)]
    if not definitions:
        kept = [c for c in kept if "definition" not in c.metadata.get("tags", [])]
    return [FENCE.sub("", c.source) for c in kept]


def calls(tree, name):
    """Calls of a plain name, in the order of the text."""
    found = [
        n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == name
    ]
    return sorted(found, key=lambda call: (call.lineno, call.col_offset))


# ------------------------------------------------- the checks: a list of problems, empty if all is well


def long_cells(cells):
    lengths = [len(c.source.splitlines()) for c in cells if is_code(c)]
    found = [f"a cell of {length} lines" for length in lengths if length > LONGEST]
    if median(lengths) > TYPICAL:
        found.append(f"the median cell has {median(lengths)} lines")
    return found


def defined_ops(cells):
    found = []
    for tree, _ in code_of(cells):
        for node in ast.walk(tree):
            name = (
                getattr(node, "name", "")
                if isinstance(node, ast.FunctionDef | ast.ClassDef)
                else ""
            )
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                name = node.id
            if name in OP_NAMES:
                found.append(f"{name} is defined in the notebook")
    return found


def loose_display(cells):
    return [
        f"display maths outside a definition: {text.splitlines()[0][:60]}"
        for text in prose_of(cells, definitions=False)
        if DISPLAY.search(text)
    ]


def directives(cells):
    texts = [c.source for c in cells if not is_code(c)]
    return [f"MyST: {match[0].strip()}" for text in texts for match in DIRECTIVE.finditer(text)]


def shown(cells):
    """The address of every show(...) with a literal one, in the order of the page."""
    found = [
        call.args[0] for tree, _ in code_of(cells) for call in calls(tree, "show") if call.args
    ]
    return [a.value for a in found if isinstance(a, ast.Constant)]


def misplaced_show(cells):
    """Only the last expression of a cell is displayed, and one line at a time."""
    found = []
    for tree, cell in code_of(cells):
        made = calls(tree, "show")
        last = getattr(tree.body[-1], "value", None)
        if made and (len(made) > 1 or made[0] is not last):
            found.append(f"show is not the last expression, once: {cell.source.splitlines()[0]}")
    return found


def broken_chains(cells):
    """Every line of a chain that the page uses, in order, once; definitions at most once."""
    addresses = shown(cells)
    found = [f"{a} is shown {n} times" for a, n in Counter(addresses).items() if n > 1]
    lines = [line(a) for a in dict.fromkeys(addresses)]
    for chain in dict.fromkeys(each.chain for each in lines if not is_definition(each)):
        name = chain.rpartition(".")[0]
        whole = [each.address for each in derivation(name).lines.values() if each.chain == chain]
        here = [each.address for each in lines if each.chain == chain]
        if here != whole:
            found.append(f"{chain}: shown {labels(here)}, the chain is {labels(whole)}")
    return found


def is_definition(each):
    return each.verdict.level is Level.DEFINED and each.address.endswith("#definition")


def labels(addresses):
    return " ".join(a.partition("#")[2] for a in addresses)


def missing_sympy(cells):
    """Each gradient of an op that is shown is differentiated by SymPy, with a difference, too."""
    wanted = Counter()
    for chain in dict.fromkeys(line(a).chain for a in shown(cells)):
        name, _, gradient = chain.rpartition(".")
        if name in derivation_names() and gradient in derivation(name).conclusions:
            wanted[name.partition("[")[0], gradient] += 1
    missing = wanted - Counter(sympy_cells(cells))
    return [f"no SymPy cell for {op}.{gradient} ({n})" for (op, gradient), n in missing.items()]


def sympy_cells(cells):
    """(op, gradient) of each ``sympy.diff(..., w[1, 0].expression)``; the op is the one called last."""
    op = ""
    for tree, _ in code_of(cells):
        made = [call for name in OP_NAMES for call in calls(tree, name)]
        if made:
            op = max(made, key=lambda call: call.lineno).func.id
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "sympy.diff":
                entry = re.fullmatch(r"(\w+)\[[\d, ]+\]\.expression", ast.unparse(call.args[1]))
                if entry and has_difference(tree):
                    yield op, f"d{entry[1]}"


def has_difference(tree):
    """Something minus something else, one of them an entry of the backward."""
    differences = [
        n for n in ast.walk(tree) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Sub)
    ]
    return any(".expression" in ast.unparse(each) for each in differences)


def nonzero_differences(cells):
    """In a built notebook: every difference that is printed is 0."""
    texts = [o.get("text", "") for c in cells if is_code(c) for o in c.get("outputs", [])]
    lines_ = [each for text in texts for each in text.splitlines() if "difference:" in each]
    return [each for each in lines_ if not each.endswith("difference: 0")]


def untypeset(cells):
    """Formulas that TeX refuses."""
    lines_ = [line(a) for a in shown(cells)]
    texts = [(each.address, each.tex) for each in lines_]
    texts += [
        ("prose", part) for text in prose_of(cells) for part in re.findall(r"\$[^$]+\$", text)
    ]
    return [f"{where}: double superscript in {tex}" for where, tex in texts if DOUBLE.search(tex)]


def missing_sections(cells):
    texts = prose_of(cells)
    headings = re.findall(r"^#+ (?:\d+\. )?(.+)$", "\n".join(texts), re.MULTILINE)
    opening = [f"**What you will {word}.**" for word in ("do", "learn")] + ["**What you need.**"]
    found = [f"the first cell does not say {each}" for each in opening if each not in texts[0]]
    if not re.match(r"# [^\n]+\n", texts[0]):
        found.append("the first cell has no title")
    if headings[-2:] != ["On your own", "Sources"]:
        found.append(f"the last sections are {headings[-2:]}, not On your own, Sources")
    if not re.search(r"<details>\s*<summary>Solution</summary>", "\n".join(texts)):
        found.append("no exercise has a solution")
    return found


CHECKS = (
    long_cells,
    defined_ops,
    loose_display,
    directives,
    misplaced_show,
    broken_chains,
    missing_sympy,
    untypeset,
    missing_sections,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_chapter_has_the_form(source, check):
    assert check(cells_of(source.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_differences_of_the_built_chapter_are_zero(source):
    notebook = nbformat.read(CHAPTERS / f"{source.stem}.ipynb", nbformat.NO_CONVERT)
    assert nonzero_differences(notebook.cells) == []


def test_the_notebooks_are_built_from_these_sources():
    assert SOURCES
    assert stale(CHAPTERS) == [], "run: cnnmath build"


# ----------------------------------------------------------------------------------------- miniatures

GOOD = """\
# %% [markdown]
# # A page
#
# **What you will do.** Read. **What you will learn.** Form. **What you need.** Nothing.

# %% [markdown] tags=["definition"]
# $$J = 1$$

# %%
show("l2_penalty.E#definition")

# %%
show("l2_penalty.dw#power", tag="1")

# %%
show("l2_penalty.dw#sift")

# %%
show("l2_penalty.dw#conclusion")

# %%
w, (strength,) = symbols("w", 2, 3), symbols("strength", 1)
penalty, backward = l2_penalty(w, strength)
by_sympy = sympy.diff(penalty.expression, w[1, 2].expression)
print("difference:", by_sympy - backward(1)[0][1, 2].expression)

# %% [markdown]
# ## 2. On your own
#
# <details><summary>Solution</summary>
#
# Nothing.
# </details>
#
# ## Sources
"""

SIFT = '# %%\nshow("l2_penalty.dw#sift")\n\n'
POWER = '# %%\nshow("l2_penalty.dw#power", tag="1")\n\n'


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_good_miniature_passes(check):
    assert check(cells_of(GOOD)) == []


@pytest.mark.parametrize(
    ("check", "old", "new", "problem"),
    [
        (long_cells, SIFT, "# %%\n" + "x = 1\n" * 21 + "\n", "a cell of 21 lines"),
        (long_cells, "# %%\n", "# %%\n" + "x = 1\n" * 7, "the median cell has 8"),
        (defined_ops, SIFT, "# %%\ndef softmax(s):\n    return s\n\n", "softmax is defined"),
        (defined_ops, SIFT, "# %%\naffine = lambda x: x\n\n", "affine is defined"),
        (defined_ops, "penalty, backward =", "penalty, affine =", "affine is defined"),
        (loose_display, ' tags=["definition"]', "", r"outside a definition: \$\$J = 1"),
        (loose_display, "Nothing.\n# </d", "\\\\[x\\\\]\n# </d", "outside a definition"),
        (directives, "Nothing.\n# </d", "```{note}\n# x\n# ```\n# </d", r"MyST: ```\{"),
        (directives, "Nothing.\n# </d", "see {eq}`a`\n# </d", r"MyST: \{eq\}`"),
        (directives, "Nothing.\n# </d", "::: note\n# </d", "MyST: :::"),
        (misplaced_show, SIFT, SIFT.strip() + "\nx = 1\n\n", "show is not the last expression"),
        (
            misplaced_show,
            SIFT,
            SIFT.strip() + '\nshow("l2_penalty.E#definition")\n\n',
            "once: show",
        ),
        (broken_chains, SIFT, "", "shown power conclusion, the chain is power sift conclusion"),
        (broken_chains, SIFT, SIFT + SIFT, "l2_penalty.dw#sift is shown 2 times"),
        (broken_chains, POWER + SIFT, SIFT + POWER, "shown sift power conclusion"),
        (missing_sympy, "penalty.expression, w[", "penalty.expression, v[", "for l2_penalty.dw"),
        (missing_sympy, "by_sympy - ", "by_sympy, ", "no SymPy cell for l2_penalty.dw"),
        (missing_sympy, "sympy.diff(", "diff(", "no SymPy cell for l2_penalty.dw"),
        (missing_sympy, "= l2_penalty(", "= affine(", "no SymPy cell for l2_penalty.dw"),
        (untypeset, "Nothing.\n# </d", "$v^\\star_{d}^{2}$\n# </d", "double superscript"),
        (untypeset, "Nothing.\n# </d", "$w'^2$\n# </d", "double superscript"),
        (missing_sections, "**What you will learn.**", "Learn:", "does not say .*learn"),
        (missing_sections, "# # A page", "# A page", "the first cell has no title"),
        (missing_sections, "# ## Sources\n", "", "the last sections are"),
        (missing_sections, "<summary>Solution</summary>", "", "no exercise has a solution"),
    ],
)
def test_a_bad_miniature_is_refused(check, old, new, problem):
    assert old in GOOD
    found = check(cells_of(GOOD.replace(old, new)))
    assert re.search(problem, "\n".join(found)), found


def test_a_difference_that_is_not_zero_is_refused():
    cell = nbformat.v4.new_code_cell("1")
    cell.outputs = [nbformat.v4.new_output("stream", text="w_0  difference: 2*w_0\n")]
    assert nonzero_differences([cell]) == ["w_0  difference: 2*w_0"]


def test_a_chapter_without_its_notebook_is_stale(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "07_new.py").write_text(GOOD, encoding="utf-8")
    assert stale(tmp_path) == ["07_new"]
