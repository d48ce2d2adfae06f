"""The rows of the ledger are complete, well formed, and in the order of the documents."""

import re
from itertools import groupby
from pathlib import Path

import pytest

from cnnmath.ledger import CHAPTERS
from cnnmath.proof.verdict import Level
from cnnmath.results.lookup import line

COUNTS = {
    "linear_softmax": 86,
    "mlp": 120,
    "cnn": 136,
    "subsampling_combinations": 26,
    "implementation": 57,
}
HEADINGS = (
    "title",
    "image 1",
    "image 2",
    "image 3",
    "image 5",
    "image 7",
    "theory",
)  # of 001: no numbers
DOCUMENTS = ("zhang", "bouvrie", "rot180", "ng", "chain")  # 002, 000, 001, 003, 004
BLAMED = (
    *("author", "author or extraction", "extraction", "reteller"),
    "reteller (word), 2006 paper (layout)",
    "reteller, as in the 2006 paper",
    "2006 paper",
)


def required(chapter):
    listed = Path(__file__).with_name(f"{chapter}_ids.txt").read_text(encoding="utf-8")
    return [words.split() for words in listed.splitlines() if not words.startswith("#")]


REQUIRED = [(chapter, words) for chapter in CHAPTERS for words in required(chapter)]
ROWS = [row for rows in CHAPTERS.values() for row in rows]


def document(row):
    return row.id.split("-", 1)[0]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_required_row_is_there_and_no_other(chapter):
    ids = {words[0] for words in required(chapter)}
    assert ids == {row.id for row in CHAPTERS[chapter]}
    assert len(ids) == len(CHAPTERS[chapter]) == COUNTS[chapter]


@pytest.mark.parametrize(("chapter", "words"), REQUIRED, ids=lambda each: each[0])
def test_row_answers_what_is_asked(chapter, words):
    (row,) = (row for row in CHAPTERS[chapter] if row.id == words[0])
    assert list(row.covers) == [word for word in words[1:] if word.startswith("zhang-")]
    if "checkable" in words:
        assert not row.not_checkable
    assert ("suspected" in words) == (row.printed is not None)


def test_ids_are_unique_over_all_chapters():
    ids = [name for row in ROWS for name in (row.id, *row.covers)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row_is_answered_in_exactly_one_way(row):
    assert sum(map(bool, (row.by, row.check, row.not_checkable))) == 1
    assert row.claim is None or row.by
    unnumbered = HEADINGS if document(row) == "rot180" else ()
    assert row.gloss and (re.fullmatch(r"\d(\.\d+)*", row.section) or row.section in unnumbered)
    if row.not_checkable:
        assert len(row.not_checkable.split()) >= 5  # a reason, not a word


@pytest.mark.parametrize("row", [r for r in ROWS if r.printed], ids=lambda row: row.id)
def test_what_is_said_of_the_print_is_complete(row):
    assert row.printed.text != row.printed.right and row.printed.right
    assert row.printed.blame in BLAMED


@pytest.mark.parametrize(
    ("chapter", "section", "last"),
    [("linear_softmax", "3", 54), ("mlp", "4", 38), ("cnn", "5", 35)],
)
def test_numbered_equations_are_all_covered_and_in_order(chapter, section, last):
    names = [name for row in CHAPTERS[chapter] for name in (row.id, *row.covers)]
    matches = [re.fullmatch(rf"zhang-{section}\.(\d+)", name) for name in names]
    assert [int(each.group(1)) for each in matches if each] == list(range(1, last + 1))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_documents_and_their_sections_are_in_order(chapter):
    found = [(name, list(rows)) for name, rows in groupby(CHAPTERS[chapter], document)]
    names = [name for name, _ in found]
    assert names == [name for name in DOCUMENTS if name in names]
    for name, rows in found:
        if name == "rot180":
            sections = [HEADINGS.index(row.section) for row in rows]
        else:
            sections = [tuple(map(int, row.section.split("."))) for row in rows]
        assert sections == sorted(sections)


ADDRESS = r"\b[a-z][a-z0-9_]*(?:\[[a-z, ]+\])?\.[a-z0-9_]+#[a-z0-9-]+"
ADDRESSES = sorted({a for row in ROWS for a in re.findall(ADDRESS, row.gloss)})


@pytest.mark.parametrize("address", ADDRESSES)
def test_lines_named_in_a_gloss_are_proven(address):
    assert line(address).verdict.level is Level.PROVED


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_some_gloss_names_lines(chapter):
    assert sum("#" in row.gloss for row in CHAPTERS[chapter]) >= 3


IDS = {row.id for row in ROWS}
MENTIONED = sorted(
    {
        (row.id, name)
        for row in ROWS
        for text in (row.gloss, row.not_checkable)
        for name in re.findall(rf"\b(?:{'|'.join(DOCUMENTS)})-[\w.]+(?:-\w+)*\b", text)
    }
)


@pytest.mark.parametrize(("row", "name"), MENTIONED, ids=lambda each: each)
def test_rows_named_in_words_exist(row, name):
    assert name in IDS | {covered for each in ROWS for covered in each.covers}
