"""The course's identities: true ones proven for all sizes, wrong ones and all their mutants rejected."""

import pytest
from fourier_items import FOURIER_ITEMS, TOO_SHORT
from items import ITEMS, refuted, shown
from mutants import mutants
from recursion_items import RECURSION_ITEMS
from window_items import WINDOW_ITEMS

from cnnmath.proof.instances import Instances
from cnnmath.proof.line import Statement, show
from cnnmath.proof.verdict import Level, Refuted

EVERY = ITEMS + WINDOW_ITEMS + FOURIER_ITEMS + RECURSION_ITEMS
WRONG = [(item, name) for item in EVERY for name in item.wrong]


def line(item, body):
    statement = Statement("items.chain#line", item.head, item.head, body, "a test")
    return show(statement, Instances(item.head, item.sizes), item.sizes, free_steps=True)


@pytest.mark.parametrize("item", EVERY, ids=lambda item: item.name)
def test_true_item_is_proven(item):
    found = line(item, item.right)
    assert found.verdict.level is Level.PROVED
    assert "instances" in found.verdict.evidence


@pytest.mark.parametrize(("item", "name"), WRONG, ids=[f"{i.name}: {w}" for i, w in WRONG])
def test_wrong_item_is_rejected_by_both_checks(item, name):
    assert not shown(item.head, item.wrong[name])
    assert refuted(item.head, item.wrong[name], item.sizes)


@pytest.mark.parametrize("item", EVERY, ids=lambda item: item.name)
def test_wrong_item_raises_with_a_counterexample(item):
    wrong = next(iter(item.wrong.values()))
    with pytest.raises(Refuted, match="is false") as caught:
        line(item, wrong)
    assert not item.sizes or f"{item.sizes[0].name}=" in caught.value.counterexample
    assert " against " in caught.value.counterexample


@pytest.mark.parametrize("item", EVERY, ids=lambda item: item.name)
def test_no_mutant_is_proven(item):
    """Indices moved and swapped, signs, bounds, powers, terms and factors: none of them is true."""
    changed = list(mutants(item.right))
    assert changed or item.right.children() == ()
    assert [what for what, mutant in changed if shown(item.head, mutant)] == []


def test_transform_that_is_one_too_short_goes_round():
    left, right, sizes = TOO_SHORT
    assert not shown(left, right)
    assert refuted(left, right, sizes)
