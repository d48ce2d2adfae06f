"""Mistakes that stand in more than one place: how a slip travels, and who has it right.

Documents copy from each other or fall into the same trap; which of the two it was is not known, and not
said here. ``right`` are rows of the sources that state the same thing without the slip.
"""

from typing import NamedTuple


class Slip(NamedTuple):
    """One mistake: a short name, what it is, the rows that have it, the rows that do not."""

    name: str
    what: str
    wrong: tuple[str, ...]
    right: tuple[str, ...] = ()


SLIPS = (
    Slip(
        "one map above",
        "a map below gets the gradient of one map above, and not of all that look at it",
        ("zhang-5.28", "zhang-5.29", "bouvrie-3.2.1-b", "rot180-1-a"),
    ),
    Slip(
        "put, not added",
        "the gradient is put at the place of the maximum; windows that overlap may share it",
        ("zhang-5.4.2-b", "ng-1.8-f"),
    ),
    Slip(
        "not rounded down",
        "the number of windows as a quotient that need not be a whole number",
        ("zhang-5.14", "zhang-5.15", "ng-1.8-a"),
        ("ng-1.4-b",),
    ),
    Slip(
        "even kernels",
        "half of F - 1 rows of padding keep the size, said without 'for odd F'",
        ("zhang-5.16", "zhang-5.17"),
        ("ng-1.1.2-a", "ng-1.3-b"),
    ),
    Slip(
        "depth of a filter",
        "the channels that come in are forgotten when the parameters are counted",
        ("ng-1.6-c", "ng-1.9-f", "ng-1.10-b"),
        ("ng-1.5-a", "zhang-5.9"),
    ),
    Slip(
        "slope of f lost",
        "the gradient crosses an activation and is not multiplied by its slope",
        ("rot180-1-a", "rot180-2-a", "chain-3-d"),
        ("zhang-4.34", "bouvrie-2.2-b"),
    ),
    Slip(
        "one layer off",
        "the weights, the input or the activation of a neighbouring layer",
        (
            *("zhang-4.29", "zhang-4.36", "zhang-alg2", "rot180-13-c", "chain-4-b", "chain-4-c"),
            *("chain-4-d", "chain-4-g", "chain-4-i", "chain-4-k"),
        ),
        ("bouvrie-2.2-b",),
    ),
    Slip(
        "turned, or not",
        "convolution for correlation, or a turn that is left out",
        (
            *("zhang-5.4.1-b", "zhang-6.15", "bouvrie-3.1.1-g", "bouvrie-3.1.1-i", "rot180-8-c"),
            "rot180-13-a",
        ),
        ("zhang-5.9-b", "bouvrie-3.1.1-h", "rot180-1-b", "rot180-7-a"),
    ),
    Slip(
        "which part of it",
        "a convolution without saying valid, full or circular, or how far its border reaches",
        ("zhang-5.4.1-c", "zhang-6.13", "bouvrie-3.4-d", "rot180-6-a"),
        ("bouvrie-3.2.1-f",),
    ),
    Slip(
        "the other order",
        "rows for columns, or two factors the wrong way round",
        ("bouvrie-2.2-d", "bouvrie-3.4-c", "chain-3-a", "chain-3-b"),
        ("zhang-4.37", "bouvrie-3.1.1-d"),
    ),
    Slip(
        "square missing",
        "a sum of numbers that cancel, where a sum of squares is meant",
        ("zhang-3.22", "chain-1-c"),
        ("bouvrie-2.1-a",),
    ),
    Slip(
        "bias in its bracket",
        "the bias outside of the activation, or inside of the sum",
        ("zhang-4.14", "chain-1-a"),
        ("zhang-4.13", "bouvrie-2.1-e"),
    ),
    Slip(
        "one letter, two things",
        "an index that is bound and free, or a letter with two meanings",
        ("zhang-3.44", "zhang-5.1-b", "zhang-5.28", "zhang-6.22", "rot180-8-c", "chain-1-g"),
    ),
    Slip(
        "product for a number",
        "the sign of the elementwise product where an inner product is meant",
        ("zhang-5.7", "zhang-5.8"),
        ("ng-1.5-c",),
    ),
    Slip(
        "dropout unscaled",
        "units are dropped in training, and nothing makes up for it in the test",
        ("zhang-6.4-b", "chain-dropout"),
    ),
    Slip(
        "relu behind the end",
        "the relu, or its mask, at the last layer, which has none",
        ("zhang-4.4.2-c", "zhang-5.2-b"),
        ("zhang-4.11", "zhang-4.21"),
    ),
    Slip(
        "descent gets there",
        "gradient descent reaches the lowest point, the next error is smaller, the step is the best one",
        ("zhang-3.4.1-b", "zhang-3.4.2-b", "zhang-4.1.1-a", "chain-1-f", "chain-1-j"),
        ("zhang-3.4.1-c",),
    ),
    Slip(
        "penalty of nothing",
        "absolute values of weights that are not negative and sum to 1",
        ("bouvrie-3.3.1-a", "bouvrie-3.3.1-c"),
    ),
    Slip(
        "slope at the kink",
        "two conventions for the derivative of max(0, z) at 0, or one in words and one in the formula",
        ("zhang-5.30", "ng-1.1.2-g", "ng-1.11-a"),
        ("zhang-4.34",),
    ),
    Slip(
        "what is a layer",
        "the input counted or not; convolution and pooling as one layer or as two",
        ("zhang-4.2.3-b", "ng-1.9-e", "chain-1-m"),
    ),
)


def slips_of(row_id: str) -> list[Slip]:
    """The travelling mistakes that the row has."""
    return [slip for slip in SLIPS if row_id in slip.wrong]


def also_in(row_id: str) -> tuple[str, ...]:
    """The other rows with a mistake of that row, each once."""
    found = [other for slip in slips_of(row_id) for other in slip.wrong if other != row_id]
    return tuple(dict.fromkeys(found))
