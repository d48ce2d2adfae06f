"""Rows of 002 section 6.2.1: verdicts, smallest counterexamples, and checks that fail on what is broken."""

from functools import partial

import numpy as np
import pytest

from cnnmath.ledger import implementation_fourier_checks as checks
from cnnmath.ledger import implementation_fourier_printed as printed
from cnnmath.ledger.implementation_fourier import ROWS
from cnnmath.ledger.verify import refute, verify
from cnnmath.ops import conv2d
from cnnmath.proof.verdict import Level
from cnnmath.results.lookup import line

VERDICTS = {
    "zhang-6.13": Level.PROVED,
    "zhang-6.13-b": Level.PROVED,
    "zhang-6.14": Level.DEFINED,
    "zhang-6.15": Level.PROVED,
    "zhang-6.2.1-a": Level.EXACT,
    "zhang-6.2.1-b": Level.EXACT,
    "zhang-6.2.1-c": Level.EXACT,
    "zhang-6.2.1-d": Level.PROVED,
}
FOUND = {row.id: row.printed for row in ROWS if row.printed}


@pytest.fixture(scope="module")
def answers():
    return {a.row.id: a for a in verify([("implementation", row) for row in ROWS])}


def test_every_row_is_answered(answers):
    assert [row.id for row in ROWS] == list(VERDICTS) == list(answers)


@pytest.mark.parametrize("row", VERDICTS)
def test_row_has_its_verdict(row, answers):
    answer = answers[row]
    assert answer.problem == "" and answer.verdict.level is VERDICTS[row]
    assert answer.finding == ("confirmed" if row in FOUND else "")


@pytest.mark.parametrize(
    "address",
    [
        "circular_convolution.inverse#circular",
        "linear_convolution.padded#linear",
        "valid_correlation.crop#valid",
        "fourier_input_gradient.dx#fourier",
        "fourier_kernel_gradient.dw#fourier",
        "rows_of_columns.both#rows-first",
    ],
)
def test_lines_that_the_words_name_are_proven(address):
    words = " ".join(row.gloss + (row.printed.right if row.printed else "") for row in ROWS)
    assert address in words
    assert line(address).verdict.level is Level.PROVED


# ---------------------------------------------------------------------------------- printed forms

EXAMPLES = {
    "zhang-6.13": "f=(0, 1), g=(0, 1): transforms of length 2 give (1, 0), but f * g = (0, 0, 1)",
    "zhang-6.15": "x=(0, 0, 1), w=(0, 1): (1, 0, 0), but the layer gives (0, 1)",
}


@pytest.mark.parametrize(("row", "example"), EXAMPLES.items())
def test_examples_are_the_smallest(row, example):
    assert refute(FOUND[row]) == example


def test_every_printed_form_has_its_example():
    assert EXAMPLES.keys() == FOUND.keys()


@pytest.mark.parametrize(
    "search",
    [
        partial(printed.circle_for_a_line, padded=True),
        partial(printed.spectra_as_printed, conjugate=True, channels=True),
    ],
    ids=lambda search: search.func.__name__,
)
def test_nothing_is_found_where_nothing_is_wrong(search):
    assert search() == ""


def test_each_slip_of_6_15_is_found_alone():
    channels = printed.spectra_as_printed(conjugate=True)
    assert channels == "x=(0), (1), w=(0), (1): (0), but the layer gives (1)"
    assert printed.spectra_as_printed(channels=True).startswith("x=(0, 0, 1), w=(0, 1): (1, 0, 0)")


def test_the_example_of_the_requirement():
    """x = (1, 2, 3), w = (1, 10): 21, 32; without the conjugate 12, 23 are in a row, and 31 goes round."""
    x, w = np.array([1.0, 2, 3]), np.array([1.0, 10])
    assert conv2d(x[None, None, None], w[None, None, None])[0].ravel().tolist() == [21, 32]
    spectra = np.fft.fft(x), np.fft.fft(w, 3)
    assert printed.inverse(spectra[0] * spectra[1]).tolist() == [31, 12, 23]
    assert printed.inverse(spectra[0] * spectra[1].conj()).tolist() == [21, 32, 13]


# ------------------------------------------------------------------------------------------ checks


def no_turn(x, w):
    """Halves that are put together without their roots."""
    half = len(x) // 2
    if not half:
        return list(x), 0
    even, odd = no_turn(x[::2], w * w)[0], no_turn(x[1::2], w * w)[0]
    return [a + b for a, b in zip(even + even, odd + odd, strict=True)], 0


def by_the_sum(x, w):
    return checks.sum_of_products(x, w)


def last_places(*arrays, stride=1):
    z, _ = conv2d(*arrays)
    return z[:, :, stride - 1 :: stride, stride - 1 :: stride], None


def stride_ignored(*arrays, stride=1):
    return conv2d(*arrays)


BROKEN = [
    (checks.halving_against_the_sum, "by_halves", no_turn, "N = 2: the halves do not give"),
    (checks.halving_against_the_sum, "by_halves", by_the_sum, "N = 1: 1 multiplications by halves"),
    (checks.halving_against_the_sum, "root", lambda length: 1, "N = 2: the halves do not give"),
    (
        checks.kernels_that_pay,
        "by_transforms",
        checks.plain,
        "times as much for the largest kernel",
    ),
    (
        checks.kernels_that_pay,
        "plain",
        lambda shape, kernel: 9.0 * checks.by_transforms(shape, kernel),
        "gains 9.0, 9.0",
    ),
    (checks.places_thrown_away, "conv2d", last_places, "stride 2: not every 2-th place"),
    (checks.places_thrown_away, "conv2d", stride_ignored, "not every 2-th place"),
]


def name(each):
    return getattr(each, "__name__", "")


@pytest.mark.parametrize(("check", "what", "broken", "found"), BROKEN, ids=name)
def test_check_fails_on_what_is_broken(check, what, broken, found, monkeypatch):
    if what == "conv2d":
        monkeypatch.setattr(
            checks,
            what,
            lambda *a, stride=1: broken(*a, stride=stride) if stride > 1 else conv2d(*a),
        )
    else:
        monkeypatch.setattr(checks, what, broken)
    verdict = check()
    assert verdict.level is Level.REFUTED
    assert found in verdict.evidence


def test_every_check_is_among_them():
    assert {row.check for row in ROWS if row.check} == {check for check, *_ in BROKEN}


@pytest.mark.parametrize("length", [2, 8, 512])
def test_roots_are_primitive(length):
    w = checks.root(length)
    assert (
        pow(w, length, checks.PRIME) == 1 and pow(w, length // 2, checks.PRIME) == checks.PRIME - 1
    )


def test_evidence_says_the_counts():
    assert "2,304 against 262,144" in checks.halving_against_the_sum().evidence
    assert "at 3 x 3, 12.0 to 23.5 at 11 x 11" in checks.kernels_that_pay().evidence
