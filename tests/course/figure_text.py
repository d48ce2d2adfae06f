"""What every picture of the course must be: the same bytes each time, and with text that can be read."""

import io

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text


def png(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def texts(figure):
    """The words and numbers in the panels, in the order in which they were drawn."""
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def check_text(figure, monkeypatch):
    """All text has at least 9 points, lies inside the figure, and not on top of other text."""
    drawn = []
    original = Text.draw
    monkeypatch.setattr(Text, "draw", lambda text, r: (drawn.append(text), original(text, r))[1])
    FigureCanvasAgg(figure).draw()
    drawn = [text for text in drawn if text.get_text() and text.get_visible()]
    boxes = [text.get_window_extent() for text in drawn]
    for i, (text, box) in enumerate(zip(drawn, boxes, strict=True)):
        assert text.get_fontsize() >= 9, f"too small: {text.get_text()}"
        inside = min(box.x0, box.y0) > -0.5
        inside = inside and box.x1 < figure.bbox.width + 0.5 and box.y1 < figure.bbox.height + 0.5
        assert inside, f"cut: {text.get_text()}"
        for j in range(i):
            assert not box.overlaps(boxes[j]), (text.get_text(), drawn[j].get_text())


def figure_tests(figures):
    """Two tests for a table {name: function that draws}: the same bytes twice, and text that can be read.

    A test file gives them their names: ``test_..., test_... = figure_tests(FIGURES)``.
    """

    @pytest.mark.parametrize("name", figures)
    def the_same_bytes_twice(name):  # and no warning: pyproject makes them errors
        figure = figures[name]()
        assert figure.dpi == 80
        assert png(figure) == png(figures[name]())

    @pytest.mark.parametrize("name", figures)
    def text_can_be_read(name, monkeypatch):
        check_text(figures[name](), monkeypatch)

    return the_same_bytes_twice, text_can_be_read
