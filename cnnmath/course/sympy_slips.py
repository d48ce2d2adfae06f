"""Where SymPy is wrong on sums like ours: the smallest input, what it answers, what our engine proves.

Each function runs SymPy and the engine now. Bound and free indices, divisibility and empty ranges are what
a derivation of a network is full of; that is why SymPy is the judge of this course only where all sizes
are numbers.
"""

from collections.abc import Callable
from typing import NamedTuple

import sympy

from cnnmath.proof.evaluate import EXACT, Arrays, value
from cnnmath.proof.line import prove_equal
from cnnmath.proof.notation import (
    Bracket,
    Definition,
    Diff,
    Index,
    Name,
    Node,
    Operand,
    Routing,
    Sum,
    Tensor,
    exp,
    log,
    node,
)
from cnnmath.proof.printing import text

WRONG, CONVENTION = "wrong", "a convention"


class Finding(NamedTuple):
    """What a tool says of an input, and what is true; ``judged`` is "wrong" or "a convention"."""

    tool: str
    version: str
    about: str
    input: str
    says: str
    truth: str
    judged: str


def sympy_slips() -> list[Finding]:
    """All of them. Raises ValueError if the engine does not prove what stands there as the truth."""
    return [slip() for slip in SLIPS]


def _found(about: str, given: str, says: object, truth: str, judged: str = WRONG) -> Finding:
    return Finding("SymPy", sympy.__version__, about, given, str(says), truth, judged)


def proven(left: Node, right: Operand) -> str:
    """The right side in plain text, if the engine proves it equal to the left one."""
    if not prove_equal(left, node(right)).shown:
        raise ValueError(f"proven: {text(left)} = {text(node(right))} is not proven")
    return text(node(right))


i, j, k, N = sympy.symbols("i j k N", integer=True)
x, y, g, w = (sympy.IndexedBase(name) for name in "xygw")
SIZE = Name("N", integer=True, lower=node(1))
ROW, PLACE = Index("i", SIZE), Index("n", SIZE)
PAIR = Index("i", node(2))
FOUR, TWO = Tensor("x", (node(4),)), Tensor("y", (node(2),))


def divisibility() -> Finding:
    """A bracket with the coefficient 2 is taken as solved by 1/2."""
    says = sympy.Sum(sympy.KroneckerDelta(2 * k, i), (k, 0, N)).doit().subs({i: 1, N: 1})
    truth = proven(Sum(PAIR, Bracket(2 * PAIR, "=", 1)), 0)
    return _found("no index k has 2k = 1", "Sum(δ(2k, i), (k, 0, N)) at i=1, N=1", says, truth)


def ghost_of_a_stride() -> Finding:
    """The way back of a convolution with stride 2 and two weights."""
    sums = sympy.Sum(g[i] * x[2 * i + j] * w[j], (i, 0, 1), (j, 0, 1))
    says = sums.diff(x[k]).doit().subs(k, 1)
    delta, kernel, offset = Tensor("g", (node(2),)), Tensor("w", (node(2),)), Index("j", node(2))
    ours = Sum(offset, Sum(PAIR, delta[PAIR] * FOUR[2 * PAIR + offset] * kernel[offset]))
    truth = proven(Diff(ours, FOUR[1]), delta[0] * kernel[1])
    given = "Sum(g[i] x[2i+j] w[j], (i, 0, 1), (j, 0, 1)).diff(x[1])"
    return _found("stride 2: an entry g[1/2]", given, says, truth)


def pairs() -> Finding:
    """Sums of pairs, as in pooling."""
    sums = sympy.Sum((x[2 * i] + x[2 * i + 1]) * y[i], (i, 0, N - 1))
    says = sums.diff(x[j]).doit().subs({j: 1, N: 2})
    ours = Sum(PAIR, (FOUR[2 * PAIR] + FOUR[2 * PAIR + 1]) * TWO[PAIR])
    truth = proven(Diff(ours, FOUR[1]), TWO[0])
    given = "Sum((x[2i] + x[2i+1]) y[i], (i, 0, N-1)).diff(x[j]) at j=1, N=2"
    return _found("sum pooling: an entry y[1/2]", given, says, truth)


def larger_of_a_pair() -> Finding:
    """Max pooling."""
    sums = sympy.Sum(sympy.Max(x[2 * i], x[2 * i + 1]) * y[i], (i, 0, N - 1))
    says = sums.diff(x[j]).doit().subs({j: 1, N: 2})
    side = Index("q", node(2))
    window = Definition("window", (PAIR, side), FOUR[2 * PAIR + side])
    first = Routing("largest", window, 1)
    ours = Sum(PAIR, TWO[PAIR] * Sum(side, first[PAIR, side] * window[PAIR, side]))
    truth = proven(Diff(ours, FOUR[1]), first[0, 1] * TWO[0])
    given = "Sum(Max(x[2i], x[2i+1]) y[i], (i, 0, N-1)).diff(x[j]) at j=1, N=2"
    return _found("max pooling: an entry y[1/2]", given, says, truth)


def captured_index() -> Finding:
    """The index that is summed over is also the one of the derivative."""
    says = sympy.Sum(x[i], (i, 1, N)).diff(x[i]).doit()
    line = Tensor("x", (SIZE,))
    truth = proven(Diff(Sum(ROW, line[ROW]), line[PLACE]), 1)
    return _found(
        "a bound index is taken for the free one", "Sum(x[i], (i, 1, N)).diff(x[i])", says, truth
    )


def range_that_runs_backwards() -> Finding:
    """No term at all, in NumPy and here; SymPy documents its own convention (Karr's)."""
    says = sympy.Sum(1, (i, 0, -2)).doit()
    truth = proven(Sum(ROW, 1, 0, -2), 0)
    given = "Sum(1, (i, 0, -2))"
    return _found("an empty range", given, says, f"{truth}, as NumPy's sum", CONVENTION)


def entry_behind_its_guard() -> Finding:
    """The entry is read before the guard is asked."""
    guarded = sympy.Piecewise((x[j], (j >= 0) & (j < N)), (0, True))
    try:
        says = str(sympy.lambdify((x, j, N), guarded)([7], 1, 1))
    except IndexError as error:
        says = f"IndexError: {error}"
    one = Arrays({"N": 1, "p": 1}, {"x": lambda place: 7}, EXACT)
    place = Index("p", SIZE + 1)
    truth = str(value(Bracket(place, "<", SIZE) * Tensor("x", (SIZE,))[place], one))
    given = "lambdify(Piecewise((x[j], 0 <= j < N), (0, True))) at x=[7], j=1"
    return _found("an entry behind its guard", given, says, truth)


def log_of_a_sum() -> Finding:
    """The gradient of the logarithm in the cross-entropy, as a matrix expression of three scores."""
    scores = sympy.MatrixSymbol("x", 3, 1)
    total = (sympy.ones(1, 3) * scores.applyfunc(sympy.exp))[0, 0]
    says = sympy.log(total).diff(scores)
    line = Tensor("x", (SIZE,))
    ours = log(Sum(ROW, exp(line[ROW])))
    truth = proven(Diff(ours, line[PLACE]), exp(line[PLACE]) / Sum(ROW, exp(line[ROW])))
    return _found("log-sum-exp", "log((1ᵀ exp(x))[0, 0]).diff(x)", says, truth)


SLIPS: tuple[Callable[[], Finding], ...] = (
    divisibility,
    ghost_of_a_stride,
    pairs,
    larger_of_a_pair,
    captured_index,
    range_that_runs_backwards,
    entry_behind_its_guard,
    log_of_a_sum,
)
