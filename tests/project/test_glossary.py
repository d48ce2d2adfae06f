"""The glossary has every Chinese term that a chapter puts in parentheses, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| (0\d) \|$", re.MULTILINE)
PARENTHESES = re.compile(r"\(([^()]*[\u4e00-\u9fff][^()]*)\)")
TERM = re.compile(r"(?:[A-Z]\w* )?[\u4e00-\u9fff]+")
NAMES = {"迷川浩浩"}  # an author


def introduced(text):
    """The terms in the parentheses of one chapter's source."""
    prose = re.sub(r"\n# ", " ", text)
    return {term for inside in PARENTHESES.findall(prose) for term in TERM.findall(inside)} - NAMES


def chapters():
    """{number: terms}, 03a and 03b together."""
    found = {}
    for path in sorted((ROOT / "chapters" / "src").glob("*.py")):
        terms = introduced(path.read_text(encoding="utf-8"))
        found.setdefault(path.stem[:2], set()).update(terms)
    return found


def glossary():
    """[(English, [Chinese, ...], chapter)]"""
    rows = ROW.findall((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
    return [(term, chinese.split(", "), chapter) for term, chinese, chapter in rows]


def test_every_term_of_a_chapter_is_in_the_glossary():
    known = {term for _, chinese, _ in glossary() for term in chinese}
    missing = {chapter: sorted(terms - known) for chapter, terms in chapters().items()}
    assert not any(missing.values()), missing


def test_every_term_of_the_glossary_is_introduced_where_it_says():
    by_chapter = chapters()
    wrong = [
        (term, each, chapter)
        for term, chinese, chapter in glossary()
        for each in chinese
        if not any(each in terms for number, terms in by_chapter.items() if number >= chapter)
        or all(each not in by_chapter.get(chapter, set()) for each in chinese)
    ]
    assert not wrong


def test_terms_stand_once_in_the_order_of_the_alphabet():
    names = [term.lower() for term, _, _ in glossary()]
    assert names == sorted(set(names))
    assert len(names) > 100


def test_terms_are_found_in_text():
    text = "# The *ULP* (末位单位), also\n# called (a\n# *root of unity*, 单位根), after 迷川浩浩 (迷川浩浩)"
    assert introduced(text) == {"末位单位", "单位根"}
    assert introduced("no term (here), 像素") == set()
