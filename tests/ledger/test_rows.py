"""The rows of the ledger are complete, well formed, and in the order of the document."""

import re
from pathlib import Path

import pytest

from cnnmath.ledger import CHAPTERS
from cnnmath.ledger.linear_softmax import ROWS
from cnnmath.proof.verdict import Level
from cnnmath.results.lookup import line

REQUIRED = [
    words.split()
    for words in Path(__file__)
    .with_name("linear_softmax_ids.txt")
    .read_text(encoding="utf-8")
    .splitlines()
    if not words.startswith("#")
]
BY_ID = {row.id: row for row in ROWS}


def test_every_required_row_is_there_and_no_other():
    assert len(REQUIRED) == 86
    assert {words[0] for words in REQUIRED} == set(BY_ID)


@pytest.mark.parametrize("words", REQUIRED, ids=lambda words: words[0])
def test_row_answers_what_is_asked(words):
    row = BY_ID[words[0]]
    covered = [word for word in words[1:] if word.startswith("zhang-")]
    assert list(row.covers) == covered
    if "checkable" in words:
        assert not row.not_checkable
    assert ("suspected" in words) == (row.printed is not None)


def test_ids_are_unique_over_all_chapters():
    ids = [name for rows in CHAPTERS.values() for row in rows for name in (row.id, *row.covers)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row_is_answered_in_exactly_one_way(row):
    assert sum(map(bool, (row.by, row.check, row.not_checkable))) == 1
    assert row.claim is None or row.by
    assert row.gloss and re.fullmatch(r"\d(\.\d)*", row.section)
    if row.not_checkable:
        assert len(row.not_checkable.split()) >= 5  # a reason, not a word


@pytest.mark.parametrize("row", [r for r in ROWS if r.printed], ids=lambda row: row.id)
def test_what_is_said_of_the_print_is_complete(row):
    assert row.printed.text != row.printed.right and row.printed.right
    assert row.printed.blame in ("author", "author or extraction", "extraction")


def test_numbered_equations_are_all_covered_and_in_order():
    names = [name for row in ROWS for name in (row.id, *row.covers)]
    numbers = [int(n.group(1)) for name in names if (n := re.fullmatch(r"zhang-3\.(\d+)", name))]
    assert numbers == list(range(1, 55))


def test_sections_are_in_order():
    sections = [tuple(map(int, row.section.split("."))) for row in ROWS]
    assert sections == sorted(sections)


ADDRESSES = sorted({a for row in ROWS for a in re.findall(r"[a-z_]+\.[a-z_]+#[a-z-]+", row.gloss)})


@pytest.mark.parametrize("address", ADDRESSES)
def test_lines_named_in_a_gloss_are_proven(address):
    assert line(address).verdict.level is Level.PROVED


def test_some_gloss_names_lines():
    assert len(ADDRESSES) >= 5
