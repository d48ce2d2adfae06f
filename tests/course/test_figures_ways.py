"""The pictures of the ways to convolve: what is drawn is what was measured."""

import numpy as np
import pytest
from figure_text import figure_tests

from cnnmath.course.figures_ways import (
    WAYS,
    fastest_ways,
    memory_of_ways,
    times_of_ways,
)

SWEPT = {"kernel": (1, 3, 5, 7, 9, 11, 15, 21, 31), "channels": (1, 4, 256), "size": (4, 8, 128)}


def row(sweep, x):
    """blocked takes x^2, transforms 100, loops a thousand times as long and on small layers only."""
    times = {"auto": 1e3 * min(x**2, 100), "blocked": 1e3 * x**2, "fft": 1e5}
    if x < 10:
        times |= {"seven loops": 1e6 * x**2, "four loops": 1e5 * x**2}
    if sweep != "kernel" or x == 3:
        times["winograd"] = 2e3 * x**2
    fields = {"kernel": 3, "channels": 16, "size": 32, "sweep": sweep}
    memory = {way: t / 1e4 for way, t in times.items() if "loops" not in way and way != "auto"}
    return fields | {sweep: x, "forward_us": times, "peak_mib": memory}


ROWS = [row(sweep, x) for sweep, values in SWEPT.items() for x in values]
ROWS.append(row("size", 16) | {"sweep": "other"})
FIGURES = {
    "times_of_ways": lambda: times_of_ways(ROWS),
    "memory_of_ways": lambda: memory_of_ways(ROWS),
}


test_a_figure_is_the_same_bytes_twice, test_text_can_be_read = figure_tests(FIGURES)


def test_lines_are_the_measured_numbers():
    panel = times_of_ways(ROWS).axes[0]
    drawn = {line.get_label(): line.get_xydata() for line in panel.get_lines()}
    assert drawn.keys() == {"auto", "blocked", "fft", "winograd", "four loops", "seven loops"}
    x = np.array(SWEPT["kernel"], float)
    assert np.allclose(drawn["blocked"], np.stack([x, x**2], axis=1))
    assert np.allclose(drawn["auto"][:, 1], np.minimum(x**2, 100))
    assert drawn["winograd"].tolist() == [[3, 18]]
    assert len(drawn["seven loops"]) == 5


def test_memory_has_no_line_for_what_was_not_measured():
    for panel in memory_of_ways(ROWS).axes:
        labels = {line.get_label() for line in panel.get_lines()}
        assert labels <= set(WAYS[:4])
        assert "blocked" in labels


def test_the_fastest_way_and_how_far_ahead_it_is():
    found = fastest_ways(ROWS, "kernel")
    assert found[3] == ("blocked", 2.0)  # winograd is next
    assert found[9] == ("blocked", pytest.approx(100 / 81))
    assert found[11] == ("fft", pytest.approx(1.21))


def test_other_sweeps_are_refused():
    with pytest.raises(ValueError, match="sweep is 'other'; wanted one of kernel, channels, size"):
        fastest_ways(ROWS, "other")
    with pytest.raises(ValueError, match="no row of the sweep over size"):
        fastest_ways(ROWS[:3], "size")
