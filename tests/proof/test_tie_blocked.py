"""The sizes at which conv2d is traced reach every branch of its production path."""

import pytest
from breaking import BY_NAME, VALUE, case_of, derive_each_op_once

from cnnmath.ops import conv_blocked
from cnnmath.ops.conv_methods import METHODS
from cnnmath.proof.tie import Broken, tie


@pytest.fixture(autouse=True)
def derive_once(monkeypatch):
    derive_each_op_once(monkeypatch)


def test_both_ways_to_copy_and_both_ways_to_dx_are_traced(monkeypatch):
    seen = set()

    def noting(name, original):
        def run(*given):
            result = original(*given)
            seen.add((name, result if name == "folds" else None))
            return result

        return run

    for name in ("folds", "scattered_dx", "turned_windows"):
        monkeypatch.setattr(conv_blocked, name, noting(name, getattr(conv_blocked, name)))
    op = BY_NAME["conv2d"]
    tie(op, case_of(op, "blocked"))
    names = {name for name, _ in seen}
    assert names == {"folds", "scattered_dx", "turned_windows"}
    assert {("folds", True), ("folds", False)} <= seen


@pytest.mark.parametrize("columns", [1, 784])
@pytest.mark.parametrize("folded", [True, False])
def test_every_size_is_traced_folded_and_not_row_by_row_and_not(folded, columns, monkeypatch):
    """Which of them is taken is a matter of time."""
    monkeypatch.setattr(conv_blocked, "folds", lambda *given: folded)
    monkeypatch.setattr(conv_blocked, "COLUMNS", columns)
    if columns == 1:
        monkeypatch.setattr(conv_blocked, "BLOCK_BYTES", 1)
    op = BY_NAME["conv2d"]
    assert tie(op, case_of(op, "blocked")).cells == len(op.sizes)


def test_rows_of_another_block_are_rejected(monkeypatch):
    size = conv_blocked.block_size
    monkeypatch.setattr(conv_blocked, "block_size", lambda *given: (size(*given)[0], 1))
    seen = conv_blocked._seen

    def first_rows(padded, *given):
        """As if every block began at the top."""
        return seen(padded if padded.base is None else padded.base, *given)

    monkeypatch.setattr(conv_blocked, "_seen", first_rows)
    op = BY_NAME["conv2d"]
    with pytest.raises(Broken, match=VALUE):
        tie(op, case_of(op, "blocked"))


def test_shares_scattered_at_every_stride_are_right(monkeypatch):
    monkeypatch.setitem(
        METHODS, "blocked", METHODS["blocked"]._replace(dx=conv_blocked.scattered_dx)
    )
    op = BY_NAME["conv2d"]
    assert tie(op, case_of(op, "blocked")).cells == len(op.sizes)


@pytest.mark.parametrize("folded", [True, False])
def test_kernel_rows_in_the_wrong_order_are_rejected(folded, monkeypatch):
    """The checks above are not blind to either branch."""
    matrices = conv_blocked._kernel_matrices
    monkeypatch.setattr(conv_blocked, "folds", lambda *given: folded)
    monkeypatch.setattr(
        conv_blocked, "_kernel_matrices", lambda w, folded: matrices(w[:, :, ::-1], folded)
    )
    op = BY_NAME["conv2d"]
    with pytest.raises(Broken, match=VALUE):
        tie(op, case_of(op, "blocked"))
