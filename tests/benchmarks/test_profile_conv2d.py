"""benchmarks/profile_conv2d.py: the parts add up, and each is booked where it belongs."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from cnnmath import conv2d as op

FOLDER = Path(__file__).parent
OPS = Path(op.__code__.co_filename).parent


@pytest.fixture
def profile(benchmark):
    return benchmark("profile_conv2d")


def sleeps(seconds):
    time.sleep(seconds)  # a call
    return seconds


def works(a, b):
    product = a @ b
    product += a
    product[:] = b
    return product


def multiplies(a, out):
    return np.matmul(a, a, out=out)


def test_matmul_is_a_product_and_no_other_call(profile):
    kinds = {place.kind for place in profile.places(multiplies.__code__).values()}
    assert kinds == {profile.PRODUCT, profile.PYTHON}


def test_time_is_booked_on_the_line_and_kind_that_spent_it(profile):
    found = profile.clocked(lambda: sleeps(0.05), FOLDER)
    longest = max(found, key=lambda place: found[place].seconds)
    line = sleeps.__code__.co_firstlineno + 1
    assert longest == profile.Place(__file__, line, profile.CALL)
    assert found[longest].seconds >= 0.05


def test_the_parts_add_up_to_the_call(profile):
    start = time.perf_counter()
    found = profile.clocked(lambda: sleeps(0.05), FOLDER)
    whole = time.perf_counter() - start
    total = sum(part.seconds for part in found.values())
    assert 0.05 <= total <= whole


def test_kinds(profile):
    kinds = {place.kind: place for place in profile.places(works.__code__).values()}
    first = works.__code__.co_firstlineno
    assert kinds[profile.PRODUCT].line == first + 1
    assert kinds[profile.ARITHMETIC].line == first + 2
    assert kinds[profile.WRITING].line == first + 3
    assert {place.kind for place in profile.places(sleeps.__code__).values()} == {
        profile.CALL,
        profile.PYTHON,
    }


def test_every_kind_of_the_convolution_is_seen(profile):
    rng = np.random.default_rng(0)
    x, w = rng.random((4, 3, 9, 9)), rng.random((5, 3, 3, 3))
    found = profile.clocked(lambda: op(x, w, padding=1), OPS)
    assert {place.kind for place in found} == set(profile.KINDS)
    assert all(Path(place.file).parent == OPS for place in found)
    assert all(part.seconds >= 0 and part.instructions > 0 for part in found.values())


def test_a_call_of_something_else_is_refused(profile):
    with pytest.raises(ValueError, match="the call runs nothing of"):
        profile.clocked(lambda: sleeps(0.0), OPS)


def test_a_tracer_that_was_there_is_put_back(profile):
    import sys

    before = sys.gettrace()
    with pytest.raises(ZeroDivisionError, match="division"):
        profile.clocked(lambda: 1 / 0, FOLDER)
    assert sys.gettrace() is before


def test_the_clock_is_taken_off_evenly(profile):
    place = profile.Place("ops.py", 1, profile.PYTHON)
    product = profile.Place("ops.py", 2, profile.PRODUCT)
    found = {place: profile.Part(0.5, 300), product: profile.Part(1.5, 100)}
    seconds, cost = profile.without_clock(found, alone=1.6)
    assert cost == pytest.approx(0.001)
    assert seconds == pytest.approx({place: 0.2, product: 1.4})
    assert sum(seconds.values()) == pytest.approx(1.6)
    untouched, cost = profile.without_clock(found, alone=2.5)  # never added
    assert cost == 0
    assert untouched == {place: 0.5, product: 1.5}


def test_medians_over_the_rounds(profile, monkeypatch):
    place = profile.Place("ops.py", 1, profile.CALL)
    rounds = iter([1.0, 9.0, 2.0])
    monkeypatch.setattr(
        profile, "clocked", lambda call, folder: {place: profile.Part(next(rounds), 7)}
    )
    assert profile.parts(lambda: None, OPS, 3) == {place: profile.Part(2.0, 7)}


def test_a_pass_and_its_table(profile):
    place = profile.Place(works.__code__.co_filename, works.__code__.co_firstlineno + 1, "calls")
    product = place._replace(kind=profile.PRODUCT)
    found = {place: profile.Part(0.001, 10), product: profile.Part(0.003, 10)}
    one = profile.one_pass("forward", {"median_us": 4000.0}, 30_000_000, found)
    assert one["kinds_ms"]["calls"] == 1.0
    assert one["product_gflops"] == 10.0
    assert [(each["ms"], each["text"]) for each in one["lines"]] == [
        (3.0, "product = a @ b"),
        (1.0, "product = a @ b"),
    ]
    text = profile.table({"shape": "small", "gemm": {"size": 8, "gflops": 20.0}, "passes": [one]})
    assert "forward: 4.000 ms, 38% of the machine's rate; parts 4.000 ms" in text
    assert "3.000 ms  75.0%  matrix products" in text
    assert "the products alone: 10.0 GFLOP/s, 50% of the machine's rate" in text
    assert "0.000 ms   0.0%  lines of less than 2% each" in text


def test_the_slowest_shapes_are_those_of_the_largest_ratio_and_of_the_longest_time(
    profile, benchmark, monkeypatch, tmp_path
):
    def rows(times):
        return [
            {
                "name": name,
                "forward_and_backward": {
                    "rows": [{"median_us": us}, {"cnnmath_time_over_this": ratio}]
                },
            }
            for name, us, ratio in times
        ]

    monkeypatch.setattr(benchmark("side_by_side"), "RESULTS", tmp_path)
    for times, found in (
        ((("a", 5, 0.9), ("b", 3, 1.7), ("c", 9, 1.1)), ["b", "c"]),
        ((("a", 5, 0.9), ("b", 3, 1.7), ("c", 1, 1.1)), ["b", "a"]),
        ((("a", 5, 0.9), ("b", 7, 1.7)), ["b"]),
    ):
        text = json.dumps({"rows": rows(times)})
        (tmp_path / "conv2d.json").write_text(text, encoding="utf-8")
        assert profile.slowest() == found
