"""The pictures of chapter 06: every number of the counts is drawn, every place of a slip is marked."""

import pytest
from figure_text import figure_tests, texts

from cnnmath.course import figures_errata as figures
from cnnmath.ledger.errata import DOCUMENTS
from cnnmath.ledger.slips import SLIPS, Slip

COUNTS = {
    "index": dict(zip(DOCUMENTS, (13, 1, 2, 0, 7), strict=True)),
    "a sum, or its terms": dict(zip(DOCUMENTS, (3, 2, 0, 2, 1), strict=True)),
}
ONE = Slip("a name", "what", ("zhang-1", "zhang-2", "ng-1"), ("ng-2", "chain-1"))
FIGURES = {
    "kinds_by_document": lambda: figures.kinds_by_document(COUNTS),
    "kinds_by_document, none": lambda: figures.kinds_by_document(
        {"index": dict.fromkeys(DOCUMENTS, 0)}
    ),
    "where_it_stands": lambda: figures.where_it_stands(SLIPS),
    "where_it_stands, one": lambda: figures.where_it_stands([ONE]),
}


test_a_figure_is_the_same_bytes_twice, test_text_can_be_read = figure_tests(FIGURES)


def test_numbers_and_sums_are_drawn():
    drawn = texts(figures.kinds_by_document(COUNTS))
    inside = ["13", "1", "2", "", "7", "23", "3", "2", "", "2", "1", "8"]
    assert drawn == [*inside, "16", "3", "2", "2", "8", "31"]


def test_places_are_counted_by_document():
    figure = figures.where_it_stands([ONE])
    assert texts(figure) == ["2", "1", "printed there", "has it right"]
    marks = [line.get_marker() for line in figure.axes[0].lines]
    assert marks == ["s", "s", "o", "o", "s", "o"]  # the last two explain the others


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="kinds_by_document: wanted counts for each of zhang"):
        figures.kinds_by_document({"index": {"zhang": 1}})
    with pytest.raises(ValueError, match="kinds_by_document: wanted counts"):
        figures.kinds_by_document({})
    with pytest.raises(ValueError, match="where_it_stands: no slips; wanted at least one"):
        figures.where_it_stands([])
