"""The slider: every step says what conv2d computes, in HTML and in text; what it needs of a page."""

import re
from fractions import Fraction
from html.parser import HTMLParser

import numpy as np
import pytest

from cnnmath import conv2d, rot180
from cnnmath.course.arithmetic import plain, products, term
from cnnmath.course.slider import MARKED, backward_frames, forward_frames, matrix_frame, slider
from cnnmath.ops import ShapeError

X = np.arange(-7.0, 13).reshape(4, 5)
W = np.array([[1.0, -2, 0], [3, 4, -5]])
DZ = np.array([[1.0, -1], [0, 3], [2, 0.5]])
MATRICES = {"a": np.array([[1.0, np.nan], [-3, 0.25]]), "b < c": np.eye(3)}
FRAME = matrix_frame("first", MATRICES, {"a": {(0, 0), (0, 1)}}, "1 & 2", {"b < c": {(2, 2)}})


class Page(HTMLParser):
    """The tables of a page {caption: rows of texts}, which cells are marked, and all its elements."""

    def __init__(self, html):
        super().__init__()
        self.tables, self.marked, self.open, self.seen = [], [], [], []
        self.feed(html)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.seen.append((tag, dict(attributes)))
        if tag == "table":
            self.tables.append(["", []])
            self.marked.append(set())
        if tag == "tr":
            self.tables[-1][1].append([])
        if tag == "td":
            row = self.tables[-1][1][-1]
            if dict(attributes).get("style") == MARKED:
                self.marked[-1].add((len(self.tables[-1][1]) - 1, len(row)))
            row.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "td" in self.open:
            self.tables[-1][1][-1][-1] += data.strip("\xa0")
        elif self.open and self.open[-1] == "caption":
            self.tables[-1][0] += data


def tables(frame):
    page = Page(frame.html)
    return [
        (name, rows, marked) for (name, rows), marked in zip(page.tables, page.marked, strict=True)
    ]


def cells(table):
    """A matrix as the words of its cells; NaN is an empty one."""
    return [["" if n != n else plain(n) for n in row] for row in np.asarray(table, dtype=float)]


def so_far(table, i, j):
    later = np.arange(table.size).reshape(table.shape) > i * table.shape[1] + j
    return np.where(later, np.nan, table)


def window(i, j, shape):
    return {(i + p, j + q) for p, q in np.ndindex(shape)}


# ------------------------------------------------------------------------------------ what it says


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (2, (0, 1)), ((1, 2), 1)])
def test_forward_frames_are_the_steps_of_conv2d(stride, padding):
    z = conv2d(X[None, None], W[None, None], stride=stride, padding=padding)[0][0, 0]
    s1, s2 = stride if isinstance(stride, tuple) else (stride, stride)
    z1, z2 = padding if isinstance(padding, tuple) else (padding, padding)
    padded = np.pad(X, ((z1, z1), (z2, z2)))
    frames = forward_frames(X, W, stride, padding)
    assert len(frames) == z.size
    for frame, (i, j) in zip(frames, np.ndindex(z.shape), strict=True):
        under, kernel, result = tables(frame)
        assert under[1:] == (cells(padded), window(i * s1, j * s2, W.shape))
        assert kernel == ("w", cells(W), set())
        assert result == ("z", cells(so_far(z, i, j)), {(i, j)})
        assert frame.title == f"z[{i},{j}] = {plain(z[i, j])}"


def test_backward_frames_are_the_steps_of_the_backward():
    x = np.zeros((1, 1, 4, 4))
    dx = conv2d(x, W[None, None])[1](DZ[None, None])[0][0, 0]
    padded = np.pad(DZ, ((1, 1), (2, 2)))
    frames = backward_frames(DZ, W)
    assert len(frames) == 16
    for frame, (u, v) in zip(frames, np.ndindex(4, 4), strict=True):
        under, kernel, result = tables(frame)
        assert under == ("dz, zeros around it", cells(padded), window(u, v, W.shape))
        assert kernel == ("w turned by 180°", cells(rot180(W)), set())
        assert result == ("dx", cells(so_far(dx, u, v)), {(u, v)})


@pytest.mark.parametrize("frames", [forward_frames(X, W, 2, 1), backward_frames(DZ, W)])
def test_the_sum_under_a_frame_is_right(frames):
    for frame in frames:
        caption = frame.text.splitlines()[-1]
        assert caption in frame.html
        name, written, total = caption.split(" = ")
        pairs = [re.findall(r"-?[\d.]+", each) for each in written.split(" + ")]
        assert sum(Fraction(a) * Fraction(b) for a, b in pairs) == Fraction(total)
        assert frame.title == f"{name} = {total}"


def test_a_window_at_the_border_of_the_kernel_size_has_no_zeros_around():
    assert tables(backward_frames(DZ, np.ones((1, 1)))[0])[0][0] == "dz"
    assert tables(forward_frames(X, W)[0])[0][0] == "x"


@pytest.mark.parametrize("frames", [forward_frames(X, W, 2, 1), backward_frames(DZ, W)])
def test_the_text_says_every_number_of_the_page(frames):
    shown = repr(slider(frames, "steps"))
    assert shown.startswith(f"steps ({len(frames)} steps)\n")
    for frame in frames:
        assert f"{frame.title}\n{frame.text}" in shown
        rows = [rows for _, rows, _ in tables(frame)]
        lines = frame.text.splitlines()[1:-1]
        found = sorted(re.findall(r"-?[\d.]*\d", " ".join(lines)))
        assert found == sorted(n for table in rows for row in table for n in row if n)
        marked = sum(len(cells) for _, _, cells in tables(frame))
        assert sum(line.count("[") for line in lines) == marked


def test_a_frame_as_text():
    assert FRAME.text.splitlines() == [
        "a              b < c",
        "   [1]   [ ]    1  0  0",
        "   -3  0.25     0  1  0",
        "                0  0  1",
        "1 & 2",
    ]


def test_a_frame_as_html():
    (first, rows, marked), (second, _, _) = tables(FRAME)
    assert (first, second) == ("a", "b < c")
    assert rows == [["1", ""], ["-3", "0.25"]]
    assert marked == {(0, 0), (0, 1)}
    assert "1 &amp; 2" in FRAME.html


def test_numbers_as_one_writes_them():
    assert [plain(n) for n in (-0.0, 2.0, -1 / 3, 1e-12, -1e-300)] == [
        "0",
        "2",
        "-0.333",
        "1e-12",
        "-1e-300",
    ]
    assert [term(n) for n in (-2, 0.5, -0.0)] == ["(-2)", "0.5", "0"]
    with pytest.raises(ValueError, match="zip"):
        products(np.ones(2), np.ones(3))


# ----------------------------------------------------------------------------- what a page must bear


def test_one_step_is_open_where_scripts_do_not_run_and_no_bar_is_dead():
    page = Page(slider([FRAME] * 3, "steps")._repr_html_())
    steps = [attributes for tag, attributes in page.seen if tag == "details"]
    assert steps == [{"open": None}, {}, {}]
    assert not {"input", "button", "form"} & {tag for tag, _ in page.seen}


def test_the_page_needs_nothing_from_elsewhere_and_has_no_names_to_collide():
    html = slider(backward_frames(DZ, W), "steps")._repr_html_()
    for _, attributes in Page(html).seen:
        assert set(attributes) <= {"class", "style", "open"}
    assert not re.search(r"https?:|url\(|@import|\bid=|getElementById|[\r\x00]", html)


def test_colours_do_not_depend_on_the_theme_of_the_page():
    page = Page(slider([FRAME] * 2, "steps")._repr_html_())
    (box,) = [each for tag, each in page.seen if tag == "div" and "class" in each]
    assert "background-color:#ffffff;color:#1a1a1a" in box["style"]
    for tag, attributes in page.seen:
        if tag in ("table", "caption", "tr"):
            assert "color:#1a1a1a" in attributes["style"]


def test_the_same_frames_give_the_same_bytes():
    one, other = (slider(backward_frames(DZ, W), "steps") for _ in range(2))
    assert one._repr_html_() == other._repr_html_()
    assert repr(one) == repr(other)
    assert one._repr_html_() != slider(backward_frames(DZ, -W), "steps")._repr_html_()


def test_a_label_is_text_and_no_markup():
    shown = slider([FRAME] * 2, '<script>"&')
    assert "&lt;script&gt;&quot;&amp;" in shown._repr_html_()
    assert repr(shown).startswith('<script>"& (2 steps)')
    title = matrix_frame("a < b", MATRICES)
    assert "<summary>a &lt; b</summary>" in slider([title] * 2, "steps")._repr_html_()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: slider([FRAME], "a"), ValueError, "1 frames; wanted at least two"),
        (lambda: slider(["a", "b"], "a"), ValueError, "wanted at least two, from matrix_frame"),
        (lambda: slider([FRAME] * 2, ""), ValueError, "no label"),
        (lambda: matrix_frame("a", {}), ValueError, r"matrices \{\}; wanted"),
        (lambda: matrix_frame("a", {"x": W[0]}), ValueError, r"\{'x': \(3,\)\}; wanted"),
        (
            lambda: matrix_frame("a", MATRICES, {"a": {(2, 0)}}),
            ValueError,
            r"cells \[\(2, 0\)\] are not all in a matrix 'a'",
        ),
        (lambda: matrix_frame("a", MATRICES, {"x": {(0, 0)}}), ValueError, "in a matrix 'x'"),
        (
            lambda: matrix_frame("a", MATRICES, faded={"a": {(0, 5)}}),
            ValueError,
            r"cells \[\(0, 5\)\] are not",
        ),
        (lambda: forward_frames(X[0], W), ShapeError, r"x has shape \(5,\); wanted"),
        (lambda: forward_frames(W, X), ShapeError, "forward_frames: axis u: the kernel spans 4"),
        (lambda: forward_frames(X, W, 0), ValueError, "stride is 0"),
        (lambda: backward_frames(DZ, W * np.nan), ValueError, "w holds NaN or infinity"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
