"""002 section 6.3: verdicts, the wrong index, and a check that fails on a broken optimiser."""

from functools import partial

import numpy as np
import pytest

from cnnmath.ledger import implementation_updates_checks as checks
from cnnmath.ledger import implementation_updates_printed as printed
from cnnmath.ledger.implementation_updates import ROWS
from cnnmath.ledger.row import Printed
from cnnmath.ledger.verify import refute, verify
from cnnmath.nn import RMSprop, adaptive
from cnnmath.proof.verdict import Level

VERDICTS = {
    "zhang-6.21": Level.PROVED,
    "zhang-6.22": Level.DEFINED,
    "zhang-6.23": Level.DEFINED,
    "zhang-6.3-a": Level.PROVED,
    "zhang-6.3-b": Level.NUMERIC,
    "zhang-6.3-c": None,
}
ANSWERS = {answer.row.id: answer for answer in verify([("implementation", row) for row in ROWS])}


def test_every_row_is_answered_and_in_order():
    found = {name: a.verdict and a.verdict.level for name, a in ANSWERS.items()}
    assert found == VERDICTS
    assert [answer.problem for answer in ANSWERS.values()] == [""] * len(ROWS)


def test_only_the_unbound_index_is_confirmed():
    assert {name: a.finding for name, a in ANSWERS.items() if a.finding} == {
        "zhang-6.22": "confirmed"
    }
    assert ANSWERS["zhang-6.22"].counterexample == (
        "v=0, beta=1/2, gradient (0, 1): v becomes (0, 1/2), with the first derivative for all (0, 0)"
    )


def test_the_right_index_is_not_refuted():
    mended = partial(printed.one_for_all, own=True)
    assert refute(Printed("wrong", "right", "author", mended)) == ""


@pytest.mark.parametrize("id", ["zhang-6.22", "zhang-6.23"])
@pytest.mark.parametrize(
    "change",
    [
        lambda claim, D: -claim(D),
        lambda claim, D: 2 * claim(D),
        lambda claim, D: claim(D) + D.scalars["beta"],
    ],
    ids=["sign", "factor", "term"],
)
def test_a_wrong_claim_is_refuted(id, change):
    (row,) = (row for row in ROWS if row.id == id)
    (answer,) = verify([("implementation", row._replace(claim=partial(change, row.claim)))])
    assert answer.verdict.level is Level.REFUTED


def test_epsilon_inside_the_root_is_another_formula():
    def inside(D):
        theta, v, g = (D.tensors[name][D.letter("d")] for name in ("theta", "v", "g"))
        return theta - D.scalars["rate"] * g / D.sqrt(v + D.scalars["eps"])

    (row,) = (row for row in ROWS if row.id == "zhang-6.23")
    (answer,) = verify([("implementation", row._replace(claim=inside))])
    assert answer.verdict.level is Level.REFUTED


# -------------------------------------------------------------------------------- usual settings


def changed(**settings):
    """RMSprop with some settings other than those asked for."""

    def make(rate, beta, eps):
        return RMSprop(**{"rate": rate, "beta": beta, "eps": eps, **settings})

    return make


REAL_MOVED = adaptive._moved
BROKEN = [
    (checks, "RMSprop", changed(eps=1e-7), "beta 9/10, epsilon 1/100000000"),
    (checks, "RMSprop", changed(beta=0.99), "beta 9/10"),
    (checks, "RMSprop", changed(rate=0.02), "beta 9/10"),
    (adaptive, "_moved", lambda p, r, d, v, e: REAL_MOVED(p, -r, d, v, e), "off"),
    (adaptive, "_average", lambda b, old, new: new, "beta 9/10"),
    (
        adaptive,
        "_moved",
        lambda p, r, d, v, e: tuple(
            {"theta": REAL_MOVED(p, r, d, v, e)[0]["theta"] - 1e-20} for _ in p
        ),
        "gradient 0: moved to -",
    ),
]


@pytest.mark.parametrize(("where", "what", "broken", "found"), BROKEN)
def test_the_check_fails_on_what_is_broken(where, what, broken, found, monkeypatch):
    monkeypatch.setattr(where, what, broken)
    verdict = checks.usual_settings()
    assert verdict.level is Level.REFUTED
    assert found in verdict.evidence


def test_a_rule_that_divides_by_0_is_noticed(monkeypatch):
    monkeypatch.setattr(adaptive, "_moved", lambda p, r, d, v, e: REAL_MOVED(p, r, d, v, 0))
    with np.errstate(invalid="ignore"):
        assert checks.usual_settings().level is Level.REFUTED


def test_the_first_steps_are_named():
    evidence = ANSWERS["zhang-6.3-b"].verdict.evidence
    for length in ("3.16 (beta 0.9)", "10.00 (beta 0.99)", "31.62 (beta 0.999)"):
        assert length in evidence
