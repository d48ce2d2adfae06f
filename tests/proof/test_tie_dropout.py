"""Wrong code of dropout is rejected by the tie, which runs through every mask; and the mask's generator."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from breaking import BY_NAME, DIFF, VALUE, derive_each_op_once, rewritten

from cnnmath.ops import dropout
from cnnmath.ops.arrays import ShapeError
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.notation import NotationError
from cnnmath.proof.scripted import Scripted
from cnnmath.proof.tie import Broken, tie
from cnnmath.proof.trace import Path, Traced, TraceError
from cnnmath.proof.verdict import Level


@pytest.fixture
def derive_once(monkeypatch):
    derive_each_op_once(monkeypatch)


def test_the_tie_visits_every_mask():
    """2x2, 1x3 and 1 entry: 2^4 + 2^3 + 2 masks."""
    found = tie(BY_NAME["dropout"], BY_NAME["dropout"].cases[0])
    assert found.cells == 16 + 8 + 2
    assert found.verdict.level is Level.EXACT
    assert "26 of 26 cells" in found.verdict.evidence


# ------------------------------------------------------------------------------------- wrong code


def dropping(
    draw=lambda rng, x, keep: rng.random(x.shape) < keep,
    value=lambda kept, x, keep: np.where(kept, x / keep, 0 * x),
    back=lambda kept, dy, keep: np.where(kept, dy / keep, 0 * dy),
    again=lambda kept, rng, x, keep: kept,
):
    """dropout with one piece of it another one."""

    def forward(x, keep, rng):
        kept = draw(rng, x, keep)
        return value(kept, x, keep), lambda dy: (back(again(kept, rng, x, keep), dy, keep),)

    return forward


WRONG = {
    "keep for 1/keep": (dropping(value=lambda m, x, keep: np.where(m, x * keep, 0 * x)), VALUE),
    "not scaled, as in the source": (
        dropping(value=lambda m, x, keep: np.where(m, x, 0 * x)),
        VALUE,
    ),
    "scaled by what is dropped": (
        dropping(value=lambda m, x, keep: np.where(m, x / (1 - keep), 0 * x)),
        VALUE,
    ),
    "the others kept": (dropping(value=lambda m, x, keep: np.where(m, 0 * x, x / keep)), VALUE),
    "dropped entries stay": (dropping(value=lambda m, x, keep: np.where(m, x / keep, x)), VALUE),
    "one mask for all samples": (
        dropping(value=lambda m, x, keep: np.where(m[:1], x / keep, 0 * x)),
        VALUE,
    ),
    "nothing is dropped": (dropping(value=lambda m, x, keep: x), VALUE),
    "backward without 1/keep": (
        dropping(back=lambda m, dy, keep: np.where(m, dy, 0 * dy)),
        rf"{DIFF}: dropout.dx",
    ),
    "backward times keep": (
        dropping(back=lambda m, dy, keep: np.where(m, dy * keep, 0 * dy)),
        rf"{DIFF}: dropout.dx",
    ),
    "backward without the mask": (
        dropping(back=lambda m, dy, keep: dy / keep),
        rf"{DIFF}: dropout.dx",
    ),
    "backward through the others": (
        dropping(back=lambda m, dy, keep: np.where(m, 0 * dy, dy / keep)),
        rf"{DIFF}: dropout.dx",
    ),
    "sign of backward": (
        dropping(back=lambda m, dy, keep: np.where(m, -dy / keep, 0 * dy)),
        rf"{DIFF}: dropout.dx",
    ),
    "the mask drawn anew for backward": (
        dropping(again=lambda m, rng, x, keep: rng.random(x.shape) < keep),
        "dropout: 2 masks were drawn, wanted one for forward and backward",
    ),
    "no mask drawn": (
        dropping(draw=lambda rng, x, keep: np.ones(x.shape, bool)),
        f"{VALUE}|dropout: 0 masks were drawn",
    ),
}


def test_the_pieces_without_a_mistake_pass(derive_once):
    op = rewritten("dropout", dropping())
    assert tie(op, op.cases[0]).cells == 26


@pytest.mark.parametrize("mistake", WRONG)
def test_wrong_code_is_rejected(mistake, derive_once):
    code, message = WRONG[mistake]
    op = rewritten("dropout", code)
    with pytest.raises(Broken, match=message):
        tie(op, op.cases[0])


REFUSED = {
    "the source's 1 - p": (
        lambda rng, x, keep: rng.random(x.shape) < 1 - keep,
        r"a drawn number is compared with Traced\(1 - keep\); wanted Traced\(keep\)",
    ),
    "a constant": (
        lambda rng, x, keep: rng.random(x.shape) < 0.5,
        r"a drawn number is compared with 0.5; wanted Traced\(keep\)",
    ),
    "one row of numbers": (
        lambda rng, x, keep: rng.random(x.shape[1:]) < keep,
        r"random: numbers of shape \(2,\) are drawn; wanted \(2, 2\)",
    ),
    "one number": (
        lambda rng, x, keep: rng.random() < keep,
        r"random: numbers of shape None are drawn; wanted \(2, 2\)",
    ),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_another_draw_is_refused(mistake, derive_once):
    draw, message = REFUSED[mistake]
    op = rewritten("dropout", dropping(draw=draw))
    with pytest.raises(TraceError, match=message):
        tie(op, op.cases[0])


def test_code_that_asks_the_generator_for_something_else_is_rejected(derive_once):
    """binomial draws real numbers: they are a wrong mask, or they were not asked for as the tie counts."""
    op = rewritten("dropout", dropping(draw=lambda rng, x, keep: rng.binomial(1, 0.5, x.shape) > 0))
    with pytest.raises(Broken, match=f"{VALUE}|0 masks were drawn"):
        tie(op, op.cases[0])


# ----------------------------------------------------------------------------------- the generator


def test_a_scripted_generator_gives_its_mask_to_the_real_op():
    mask = np.array([[1, 0, 1], [0, 0, 1]])
    for keep in (0.25, np.float32(0.25), Fraction(1, 4)):
        rng = Scripted(mask, keep)
        y, _ = dropout(np.full((2, 3), 3.0), keep, rng)
        assert np.array_equal(y, 12 * mask)
        assert rng.draws == 1


def test_a_scripted_generator_decides_nothing_by_itself():
    level = Traced(sympy.Symbol("keep", real=True), Fraction(3, 4), Path())
    (number,) = Scripted(np.array([1]), level).random((1,))
    assert number < level
    assert level.path.conditions == []
    with pytest.raises(TraceError, match=r"compared with 0\.75; wanted Traced\(keep\)"):
        _ = number < 0.75


def test_the_op_checks_its_arrays_before_it_draws():
    rng = Scripted(np.ones((1, 1)), 0.5)
    with pytest.raises(ShapeError, match="dropout: x is empty"):
        dropout(np.ones((0, 1)), 0.5, rng)
    assert rng.draws == 0


# --------------------------------------------------------------------------------- the declaration


def test_a_mask_has_the_entries_0_and_1_and_a_declared_probability():
    D = Derivation("test")
    (N,) = D.sizes("N")
    keep = D.scalar("keep", positive=True)
    m = D.mask("m", N, keep=keep)
    assert D.drawn == (m, keep)
    assert (m.kind, m.bound.value) == ("labels", 2)
    with pytest.raises(NotationError, match=r"test.again: m is drawn already"):
        D.mask("again", N, keep=keep)


def test_a_mask_with_a_probability_of_another_derivation_is_refused():
    D, other = Derivation("test"), Derivation("other")
    with pytest.raises(NotationError, match=r"test.m: keep is not a scalar declared here"):
        D.mask("m", *D.sizes("N"), keep=other.scalar("keep", positive=True))
