"""The committed chapters: built from their sources, and checked down to every stored output."""

from pathlib import Path

import pytest

from cnnmath.course.build import stale
from cnnmath.course.corrupt import survivors

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"
NOTEBOOKS = sorted(CHAPTERS.glob("*.ipynb"))


def test_every_chapter_is_built_from_its_source():
    assert stale(CHAPTERS) == [], "run: cnnmath build"


if NOTEBOOKS:  # an empty parametrisation would count as a skipped test

    @pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
    def test_no_corrupted_output_stays_green(notebook):
        """Its outputs are replayed: nbval runs the chapter itself, in chapters/."""
        assert survivors(notebook, computed=False) == []
