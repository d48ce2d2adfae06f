"""The rows of 002 sections 6.4 to 6.7, verified here one by one, before and beside the whole ledger."""

import re

import numpy as np
import pytest

from cnnmath.ledger.implementation_regularisation import ROWS
from cnnmath.ledger.verify import verify
from cnnmath.ops import affine, softmax
from cnnmath.proof.verdict import Level
from cnnmath.results.lookup import line

VERDICTS = {
    "zhang-6.4-a": Level.EXACT,
    "zhang-6.4-b": Level.PROVED,
    "zhang-6.4-c": Level.PROVED,
    "zhang-6.24": Level.DEFINED,
    "zhang-6.25": Level.DEFINED,
    "zhang-6.6-a": Level.SIMULATED,
    "zhang-6.6-b": Level.PROVED,
    "zhang-6.6-c": Level.SIMULATED,
    "zhang-6.7-a": Level.EXACT,
    "zhang-6.7-b": Level.SIMULATED,
}
SUSPECTED = {"zhang-6.4-b", "zhang-6.4-c", "zhang-6.25", "zhang-6.6-b"}
BY_ID = {row.id: row for row in ROWS}


def test_the_rows_are_those_required_in_the_order_of_the_document():
    assert [row.id for row in ROWS] == list(VERDICTS)
    assert {row.id for row in ROWS if row.printed} == SUSPECTED
    sections = [tuple(map(int, row.section.split("."))) for row in ROWS]
    assert sections == sorted(sections)


@pytest.mark.parametrize("name", VERDICTS)
def test_a_row_gets_its_verdict_and_a_suspicion_its_example(name):
    (answer,) = verify([("implementation", BY_ID[name])])
    assert answer.problem == ""
    assert answer.verdict.level is VERDICTS[name]
    assert answer.finding == ("confirmed" if name in SUSPECTED else "")
    assert bool(answer.counterexample) is (name in SUSPECTED)


ADDRESS = r"\b[a-z][a-z0-9_]*\.[a-z0-9_]+#[a-z0-9-]+"
TEXTS = [text for r in ROWS for text in (r.gloss, r.printed.right if r.printed else "")]
ADDRESSES = sorted({a for text in TEXTS for a in re.findall(ADDRESS, text.replace("\\#", "#"))})


@pytest.mark.parametrize("address", ADDRESSES)
def test_lines_named_in_words_are_proven(address):
    assert line(address).verdict.level is Level.PROVED


def test_every_derivation_of_these_sections_is_named_by_a_row():
    named = {address.split(".")[0] for address in ADDRESSES}
    named |= {row.by.split(".")[0] for row in ROWS if row.by}
    assert named >= {"dropout", "dropout_unit", "dropout_sum", "dropout_ensemble", "centring"}
    assert named >= {"equal_units", "zero_start", "relu_zero_start", "variance_step", "relu_halves"}


# --------------------------------------------------------------- assumptions are seen at the lines


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("dropout_sum.variance#noise", "drawn independently of each other"),
        ("dropout_sum.variance#noise", "linear expectation"),
        ("dropout_sum.unbiased#same", "linear expectation"),
        ("equal_units.step_w#same", "the layers above are as they are"),
        ("variance_step.forward#width", "weights and inputs are independent"),
        ("relu_halves.half#half", "z and -z are equally likely"),
    ],
)
def test_an_assumption_is_a_tag_of_the_line(address, words):
    assert any(words in tag for tag in line(address).verdict.tags)


def test_the_ensemble_needs_no_independence():
    for address in ("dropout_ensemble.linear#mean", "dropout_ensemble.softmax#scaled"):
        assert not any("independent" in tag for tag in line(address).verdict.tags)


# ---------------------------------------------------------- the ensemble, once more, in floats


@pytest.mark.parametrize("units", [1, 2, 3, 4])
@pytest.mark.parametrize("keep", [0.5, 0.8])
def test_all_thinned_softmax_layers_and_the_one_net(units, keep):
    rng = np.random.default_rng(units)
    x, w, b = rng.standard_normal((1, units)), rng.standard_normal((3, units)), np.zeros(3)
    masks = np.array(list(np.ndindex((2,) * units)))
    q = (keep**masks * (1 - keep) ** (1 - masks)).prod(axis=1)
    p = softmax(affine(masks * x, w, b)[0])[0]
    geometric = np.exp(q @ np.log(p))
    (one,) = softmax(affine(keep * x, w, b)[0])[0]
    assert len(masks) == 2**units and abs(q.sum() - 1) < 1e-12
    assert np.allclose(geometric / geometric.sum(), one, rtol=0, atol=1e-14)
    assert abs(q @ p - one).max() > 1e-4  # the arithmetic mean of the probabilities is another one
