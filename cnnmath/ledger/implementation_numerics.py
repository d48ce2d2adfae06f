"""Rows of 002 section 6.1, in its order: softmax in floating point."""

from cnnmath.ledger import implementation_numerics_checks as checks
from cnnmath.ledger.row import Printed, Row

ROWS: tuple[Row, ...] = (
    Row("zhang-6.1", "6.1", "the softmax again, as in chapter 3", by="softmax.p#definition"),
    Row(
        "zhang-6.2",
        "6.1",
        "equal scores: every class has the probability 1/K, whatever the score is",
        by="stable_softmax.equal#claim",
    ),
    Row(
        "zhang-6.3",
        "6.1",
        "exp of a score far below 0 is 0 in the machine: underflow",
        check=checks.underflow_begins,
    ),
    Row(
        "zhang-6.4",
        "6.1",
        "then every class has 0/0, which is no number",
        check=checks.nothing_over_nothing,
    ),
    Row(
        "zhang-6.5",
        "6.1",
        "exp of a score far above 0 is infinite in the machine: overflow",
        check=checks.overflow_begins,
    ),
    Row(
        "zhang-6.6",
        "6.1",
        "then every class has inf/inf, which is no number",
        check=checks.infinity_over_infinity,
    ),
    Row("zhang-6.7", "6.1", "where the chain begins", by="softmax_shift.factor#definition"),
    Row(
        "zhang-6.8",
        "6.1",
        "the same positive factor above and below",
        by="softmax_shift.factor#multiply",
    ),
    Row(
        "zhang-6.9",
        "6.1",
        "a positive factor is e to its logarithm",
        by="softmax_shift.factor#exponent",
    ),
    Row(
        "zhang-6.10",
        "6.1",
        "a logarithm may be any number: so may the shift, in every row another one",
        by="softmax_shift.shift#any",
    ),
    Row(
        "zhang-6.11",
        "6.1",
        "the shift by minus the largest score changes nothing (softmax_shift.stable#max); that score goes "
        "to the exponent 0 (stable_softmax.top#claim), and the denominator is 1 and something not negative "
        "(stable_softmax.denominator#claim, stable_softmax.rest#not-negative), for all K: no overflow, "
        "no 0/0",
        check=checks.no_overflow_and_no_zero_below,
    ),
    Row(
        "zhang-6.11-b",
        "6.1",
        "what the loss needs beside the shift: the logarithm of the quotient is taken apart, so that the "
        "largest score comes out before anything underflows",
        by="softmax_shift.loss#max",
        printed=Printed(
            "the shifted softmax solves the problem of stability",
            r"\text{the probabilities, not the loss: }-\log f\text{ of a probability that underflowed is "
            r"infinite, and 0 where it is rounded to 1. Right is }-(s_y-\max_l s_l)+\log\sum_j"
            r"e^{s_j-\max_l s_l}\text{, the part of the sum beyond 1 by log1p}",
            "author",
            checks.lost_in_the_logarithm,
        ),
    ),
)
