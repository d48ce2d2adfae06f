"""The course's identities: true ones proven for all sizes, wrong ones and all their mutants rejected."""

import pytest
from items import ITEMS, SIZES, refuted, shown
from mutants import mutants

from cnnmath.proof.instances import Instances
from cnnmath.proof.line import Statement, show
from cnnmath.proof.verdict import Level, Refuted

WRONG = [(item, name) for item in ITEMS for name in item.wrong]


def line(head, body):
    statement = Statement("items.chain#line", head, head, body, "a test")
    return show(statement, Instances(head, SIZES), SIZES, free_steps=True)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_true_item_is_proven(item):
    found = line(item.head, item.right)
    assert found.verdict.level is Level.PROVED
    assert "instances" in found.verdict.evidence


@pytest.mark.parametrize(("item", "name"), WRONG, ids=[f"{i.name}: {w}" for i, w in WRONG])
def test_wrong_item_is_rejected_by_both_checks(item, name):
    assert not shown(item.head, item.wrong[name])
    assert refuted(item.head, item.wrong[name])


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_wrong_item_raises_with_a_counterexample(item):
    wrong = next(iter(item.wrong.values()))
    with pytest.raises(Refuted, match="is false") as caught:
        line(item.head, wrong)
    assert "N=" in caught.value.counterexample
    assert " against " in caught.value.counterexample


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_no_mutant_is_proven(item):
    """Indices moved and swapped, signs, bounds, powers, terms and factors: none of them is true."""
    changed = list(mutants(item.right))
    assert changed or item.right.children() == ()
    assert [what for what, mutant in changed if shown(item.head, mutant)] == []
