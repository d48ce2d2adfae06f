"""The table of rounding errors: who is in it, what it costs nothing to move, and that it can tell."""

import dataclasses
import functools
import itertools

import numpy as np
import pytest

from cnnmath.ops import OPS
from cnnmath.proof.ulp import (
    DTYPES,
    FEW,
    RUNS,
    SCALES,
    accepted_sizes,
    derived,
    ulp_table,
    worst_ulp,
)

MANY_SIZES = tuple(op for op in OPS if len(derived(op, op.cases[0]).size_names) > FEW)
BY_NAME = {op.name: op for op in OPS}


@functools.cache
def table():
    return ulp_table(MANY_SIZES)


def quantities(op, case):
    """value, and each gradient that the path returns"""
    names = [n for n in op.axes if f"d{n}" in derived(op, case).conclusions]
    return {"value", *(f"d{n}" for n in names if case.options.get(f"need_d{n}", True))}


def test_every_path_has_its_rows():
    wanted = {
        (op.name, case.key, np.dtype(dtype).name, regime, quantity)
        for op, dtype, regime in itertools.product(MANY_SIZES, DTYPES, SCALES)
        for case in op.cases
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


@pytest.mark.parametrize("op", MANY_SIZES, ids=lambda op: op.name)
def test_the_first_accepted_sizes_are_the_least(op):
    """They are left out of the table."""
    first, *larger = accepted_sizes(op, op.cases[0])
    assert first == {name: int(name[0] not in "ZR") for name in first}
    assert all(max(sizes.values()) > 1 for sizes in larger)
