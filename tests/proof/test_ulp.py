"""The table of rounding errors: who is in it, what it costs nothing to move, and that it can tell."""

import dataclasses
import functools
import itertools
import math
import re

import numpy as np
import pytest

from cnnmath.ops import CROSS_ENTROPY, OPS, SOFTMAX, cross_entropy, softmax
from cnnmath.proof import ulp
from cnnmath.proof.label_gradient import textbook_gradient
from cnnmath.proof.ulp import (
    CONFIDENT,
    DTYPES,
    FEW,
    RUNS,
    SCALES,
    accepted_sizes,
    derived,
    scales,
    ulp_table,
    worst_ulp,
)

MANY_SIZES = tuple(op for op in OPS if len(derived(op, op.cases[0]).size_names) > FEW)
OTHERS = tuple(op for op in OPS if op not in MANY_SIZES)
BY_NAME = {op.name: op for op in OPS}


@functools.cache
def table():
    return ulp_table(MANY_SIZES) + ulp_table(OTHERS, runs=RUNS // 2)


def quantities(op, case):
    """value, and each gradient that the path returns"""
    names = [n for n in op.axes if f"d{n}" in derived(op, case).conclusions]
    return {"value", *(f"d{n}" for n in names if case.options.get(f"need_d{n}", True))}


def test_every_path_has_its_rows():
    wanted = {
        (op.name, case.key, np.dtype(dtype).name, regime, quantity)
        for op, dtype, regime in itertools.product(OPS, DTYPES, (*SCALES, CONFIDENT))
        for case in op.cases
        if regime != CONFIDENT or op is CROSS_ENTROPY
        for quantity in quantities(op, case)
    }
    rows = [(row.op, row.case, row.dtype, row.regime, row.quantity) for row in table()]
    assert len(rows) == len(set(rows))
    assert set(rows) == wanted


def test_entries_were_compared_in_every_row():
    for row in table():
        assert np.isfinite(row.worst.ulp)
        assert row.worst.entries + row.worst.skipped >= RUNS // 2, row
        assert row.worst.entries > 0, row


def test_what_only_moves_entries_has_no_error():
    exact = {
        ("max_pool2d", "value"),
        ("upsample2d", "value"),
        ("flatten", "value"),
        ("flatten", "dx"),
        ("relu", "value"),
        ("relu", "dz"),
    }
    worst = {}
    for row in table():
        worst[row.op, row.quantity] = max(worst.get((row.op, row.quantity), 0), row.worst.ulp)
    assert {key for key, ulp in worst.items() if ulp == 0} == exact


def test_the_numbers_are_the_same_whatever_else_is_in_the_table():
    name = MANY_SIZES[-1].name
    assert ulp_table(MANY_SIZES[-1:]) == [row for row in table() if row.op == name]


@pytest.mark.parametrize("name", ["conv2d", "mean_pool2d", "flatten"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_result_that_is_off_by_a_thousandth_stands_out(name, dtype):
    op = BY_NAME[name]

    @functools.wraps(op.forward)
    def off(*arguments, **options):
        value, backward = op.forward(*arguments, **options)
        factor = value.dtype.type(1.001)
        return value * factor, lambda dy: tuple(g * factor for g in backward(dy))

    wrong = dataclasses.replace(op, forward=off)
    found = worst_ulp(wrong, op.cases[0], "typical", dtype, np.random.default_rng(0))
    assert found.keys() == quantities(op, op.cases[0])
    for worst in found.values():
        assert worst.ulp > 4e-4 / np.finfo(dtype).eps


def textbook_softmax(s):
    e = np.exp(s)
    y = e / e.sum(axis=1, keepdims=True)
    return y, lambda dy: (y * (dy - (dy * y).sum(axis=1, keepdims=True)),)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_softmax_that_overflows_stands_out(dtype):
    wrong = dataclasses.replace(SOFTMAX, forward=functools.wraps(softmax)(textbook_softmax))
    (case,) = SOFTMAX.cases
    right = worst_ulp(SOFTMAX, case, "extreme", dtype, np.random.default_rng(0))
    with np.errstate(all="ignore"):
        found = worst_ulp(wrong, case, "extreme", dtype, np.random.default_rng(0))
    assert all(worst.ulp < 1e4 for worst in right.values())
    assert found["value"].ulp == math.inf
    assert ", scale " in found["value"].where


@pytest.mark.parametrize("dtype", DTYPES)
def test_p_minus_1_stands_out(dtype):
    """At a gap of 40 p is 1 in floats: nothing is left of a gradient of e^-40."""

    @functools.wraps(cross_entropy)
    def textbook(s, t, *, reduction="mean"):
        value, _ = cross_entropy(s, t, reduction=reduction)
        return value, lambda dE: (dE * textbook_gradient(s, t),)

    wrong = dataclasses.replace(CROSS_ENTROPY, forward=textbook)
    case = next(case for case in CROSS_ENTROPY.cases if case.key == "sum")
    right, found = (
        worst_ulp(op, case, CONFIDENT, dtype, np.random.default_rng(0))["ds"]
        for op in (CROSS_ENTROPY, wrong)
    )
    assert right.ulp < 100
    assert found.ulp > 0.01 / np.finfo(dtype).eps
    assert "ahead by 40" in found.where


@pytest.mark.parametrize("dtype", DTYPES)
def test_extreme_numbers_are_large_huge_and_tiny(dtype, monkeypatch):
    some, huge, tiny = scales("extreme", dtype)
    limits = np.finfo(dtype)
    assert (some, tiny) == (300, 1 / huge)
    assert 1e14 < huge < float(limits.max) ** 0.5 / 1e3 and tiny**2 > float(limits.tiny)
    assert scales("small", dtype) == SCALES["small"]
    drawn, draw = [], ulp.draw

    def recorded(*arguments):
        drawn.append(arguments[-1])
        return draw(*arguments)

    monkeypatch.setattr(ulp, "draw", recorded)
    relu = BY_NAME["relu"]
    worst_ulp(relu, relu.cases[0], "extreme", dtype, np.random.default_rng(0), runs=4)
    assert drawn == [some, huge, tiny, some]


def test_the_worst_entry_is_named():
    op = BY_NAME["affine"]
    for worst in worst_ulp(
        op, op.cases[0], "small", np.float64, np.random.default_rng(0), 2
    ).values():
        assert re.fullmatch(
            r"N=\d K=\d D=\d, scale 0.001: \[\d(, \d)?\] = \S+, largest \S+", worst.where
        )


@pytest.mark.parametrize("op", MANY_SIZES, ids=lambda op: op.name)
def test_the_first_accepted_sizes_are_the_least(op):
    """They are left out of the table."""
    first, *larger = accepted_sizes(op, op.cases[0])
    assert first == {name: int(name[0] not in "ZR") for name in first}
    assert all(max(sizes.values()) > 1 for sizes in larger)
