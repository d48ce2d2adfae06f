"""Checks of 000 sections 3.2 and 3.3 fail when what they check is broken."""

import numpy as np
import pytest

from cnnmath.ledger import subsampling_checks as checks
from cnnmath.ledger.subsampling import ROWS
from cnnmath.nn import Conv2d, Fit, parameter_counts
from cnnmath.ops import subsample2d
from cnnmath.proof.verdict import Level

REAL_TABLE = checks.table


def always_cropped(x, beta, b, n, *, crop):
    return subsample2d(x, beta, b, n, crop=True)


def never_cropped(x, beta, b, n, *, crop):
    return subsample2d(x, beta, b, n)


def one_map_for_all(x, beta, b, n, *, crop):
    return subsample2d(x.sum(axis=1, keepdims=True), beta[:1], b[:1], n, crop=crop)


def columns_kept(x, beta, b, n, *, crop):
    return subsample2d(x, beta, b, (n, 1), crop=crop)


def untrained(model, x, t, *, rng, **settings):
    return Fit(model.init(rng), [], None)


def accuracies(every, one, wider):
    """on_digits with these accuracies by seed; the three nets are told apart by their parameters."""
    by_net = {1210: every, 670: one, 1220: wider}
    return lambda model, seed: by_net[sum(parameter_counts(model))][seed]


GOOD, POOR = (0.9, 0.9, 0.9), (0.7, 0.7, 0.7)

BROKEN = [
    (checks.as_many_maps_n_times_smaller, "subsample2d", always_cropped, "n = 2, crop=False"),
    (checks.as_many_maps_n_times_smaller, "subsample2d", never_cropped, "n = 2, crop=True"),
    (checks.as_many_maps_n_times_smaller, "subsample2d", one_map_for_all, "2 maps of 1 x 1"),
    (checks.as_many_maps_n_times_smaller, "subsample2d", columns_kept, "not None"),
    (checks.several_maps_against_one, "fit", untrained, "with one map each"),
    (
        checks.several_maps_against_one,
        "table",
        lambda maps, inputs: REAL_TABLE(maps, 1),  # no map sums
        "with one map each",
    ),
    (
        checks.several_maps_against_one,
        "on_digits",
        accuracies((0.72, 0.72, 0.72), POOR, POOR),  # more on every seed, but by too little
        "0.72 with sums, 0.70 with one map each",
    ),
    (
        checks.several_maps_against_one,
        "on_digits",
        accuracies((0.95, 0.95, 0.69), POOR, (0.6, 0.6, 0.6)),  # more in the mean, less on a seed
        "0.86 with sums, 0.70 with one map each",
    ),
    (
        checks.several_maps_against_one,
        "on_digits",
        accuracies(GOOD, POOR, (0.8, 0.95, 0.8)),  # the parameters do it, on one seed
        "0.90 with sums, 0.85 at as many parameters",
    ),
]


@pytest.mark.parametrize(
    ("check", "what", "broken", "found"), BROKEN, ids=lambda each: getattr(each, "__name__", "")
)
def test_check_fails_on_what_is_broken(check, what, broken, found, monkeypatch):
    monkeypatch.setattr(checks, what, broken)
    verdict = check()
    assert verdict.level is Level.REFUTED
    assert found in verdict.evidence


def test_every_check_is_among_them():
    assert {row.check for row in ROWS if row.check} == {check for check, *_ in BROKEN}


def test_accuracies_inside_both_bands_are_reported(monkeypatch):
    monkeypatch.setattr(checks, "on_digits", accuracies(GOOD, POOR, (0.8, 0.8, 0.8)))
    verdict = checks.several_maps_against_one()
    assert verdict.level is Level.SIMULATED
    for said in ("accuracy of 0.90", "one input each 0.70", "1,220 parameters, have 0.80"):
        assert said in verdict.evidence


# ------------------------------------------------------------------------------------ what they stand on


@pytest.mark.parametrize("inputs", [1, 2, 6])
def test_every_output_map_sees_so_many_maps_and_every_input_map_is_seen(inputs):
    rows = checks.table(12, inputs)
    assert [len(set(row)) for row in rows] == [inputs] * 12
    assert np.unique(np.concatenate(rows)).tolist() == list(range(checks.INPUTS))


def test_the_nets_differ_in_the_second_convolution_only():
    several, one = checks.net(12, 6), checks.net(12, 1)
    shown = [(repr(a), repr(b)) for a, b in zip(several.layers, one.layers, strict=True)]
    (differing,) = (k for k, (a, b) in enumerate(shown) if a != b)
    second = several.layers[differing]
    assert isinstance(second, Conv2d) and second.c == checks.INPUTS
