"""The rules of the normal form: all that the prover may use beyond counting symbols.

Every place in the code that applies a rule says so with ``note(name)``, so that a proof can list
the rules it rests on. A *step* is a rule that a reader would name; the others are bookkeeping that
expansion does silently.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Rule(NamedTuple):
    name: str
    statement: str
    why: str
    step: bool


RULES = {
    rule.name: rule
    for rule in (
        Rule(
            "expand",
            "products distribute over sums, equal terms merge",
            "ring axioms; always at work, so it is named only where nothing else was needed",
            False,
        ),
        Rule(
            "unfold", "a definition is replaced by its body", "definition, without capture", False
        ),
        Rule("idempotent", "[c]^2 = [c]", "0 and 1 are their own squares", False),
        Rule(
            "tighten",
            "[g m + c >= 0] = [m + floor(c/g) >= 0]; [g m + c = 0] = 0 unless g divides c",
            "m is an integer",
            False,
        ),
        Rule(
            "range",
            "a bracket implied by the others is dropped; contradictory brackets make 0",
            "Fourier-Motzkin elimination over the integers, rounded inwards",
            False,
        ),
        Rule(
            "positive factor",
            "[S t >= 0] = [t >= 0] and [S t = 0] = [t = 0] for a size S >= 1",
            "a positive factor keeps the sign; a product is 0 only if t is",
            False,
        ),
        Rule(
            "Euclid",
            "S t + S - 1 >= 0 and S - 1 - S t >= 0 give t = 0, for a size S >= 1",
            "|S t| < S and t is an integer",
            True,
        ),
        Rule(
            "floor",
            "floor((S t + r)/S) = t + floor(r/S); floor(r/S) = 0 if 0 <= r < S; "
            "0 <= e - S i < S says i = floor(e/S), and back",
            "division with remainder, which is unique",
            True,
        ),
        Rule(
            "routing",
            "the derivative of a routing tensor is 0",
            "no small change moves a maximum that is alone (tag at the line)",
            False,
        ),
        Rule(
            "rename",
            "a dummy i may become c + i or c - i",
            "a bijection of the integers permutes the terms of a sum",
            False,
        ),
        Rule("factor", "sum_i a b_i = a sum_i b_i", "distributive law, finitely many terms", False),
        Rule(
            "sift",
            "sum_i [i = e] g(i) = g(e); [p = q] g(p) = [p = q] g(q)",
            "only the term i = e is not 0; i has coefficient +1 or -1, so e is an integer",
            True,
        ),
        Rule(
            "count",
            "sum over lower <= i <= upper of 1 is upper - lower + 1",
            "the range is not negative",
            True,
        ),
        Rule(
            "cases",
            "sum of g where e >= 0, plus sum of g where e <= -1, is the sum of g",
            "an integer e is one or the other, never both",
            True,
        ),
        Rule(
            "geometric",
            "sum over lower <= i <= upper of a^i is (a^lower - a^(upper + 1)) / (1 - a)",
            "times 1 - a it telescopes; the range is not negative; a is made of real names, no index "
            "enters it, and it is not 1 (tag at the line)",
            True,
        ),
        Rule(
            "last terms",
            "[e + c >= 0] = [e >= 0] + [e + 1 = 0] + ... + [e + c = 0] for c = 1 to 4",
            "e is an integer; splits off what one of two sums has more than the other",
            True,
        ),
        Rule(
            "write out",
            "a sum with constant bounds is the sum of its terms",
            "definition of a sum",
            True,
        ),
        Rule(
            "differentiate",
            "linearity, product and chain rule; dx[e]/dx[p] = [e = p]; exp' = exp, log' = 1/x, f -> f'",
            "calculus of differentiable functions, term by term in a finite sum",
            True,
        ),
        Rule(
            "exp",
            "e^(a + b) = e^a e^b, (e^a)^r = e^(r a), e^(log a) = a for positive a",
            "functional equation of exp, inverse of log",
            True,
        ),
        Rule(
            "root of unity",
            "w^(a + b) = w^a w^b, w^(L t) = 1 for w = e^(2 pi i/L), integers a, b, t and a size L",
            "functional equation of exp; e^(2 pi i) = 1",
            False,
        ),
        Rule(
            "all powers",
            "sum over 0 <= k < L of w^(k e) is L ([e = 0] + [e = L] + [e = -L] + ...)",
            "geometric sum: (w^(L e) - 1)/(w^e - 1) = 0 unless w^e = 1, which is: L divides e",
            True,
        ),
        Rule(
            "power",
            "a^n = e^(n log a) for positive a and whole n",
            "e^(log a) is multiplied with itself n times, or divided by",
            False,
        ),
        Rule(
            "log",
            "log(e^a r) = a + log r; log(a^n r) = n log a + log r for positive a",
            "log inverts exp; both arguments are positive where the left side exists",
            True,
        ),
        Rule(
            "product",
            "prod_i a_i = e^(sum_i log a_i) for positive a_i",
            "log of a finite product of positive numbers",
            True,
        ),
        Rule(
            "sums to one", "sum_k t[n,k] = 1 for a tensor of probabilities", "declared fact", True
        ),
        Rule(
            "one per window",
            "sum_p,q r[i,p,q] = 1 for a routing tensor",
            "each window has one first largest entry",
            True,
        ),
        Rule("unit length", "sum_d v[d]^2 = 1 for a unit vector", "declared fact", True),
        Rule(
            "common denominator",
            "a/c = b/c if a = b, and back",
            "c is not 0 (tag at the line)",
            True,
        ),
        Rule(
            "by exp",
            "sigmoid(z) = 1/(1 + e^-z), tanh(z) = (e^z - e^-z)/(e^z + e^-z)",
            "definitions",
            False,
        ),
        Rule(
            "absolute value",
            "|x| = x sign x, and sign x = 1 for positive x",
            "definition; sign 0 = 0",
            True,
        ),
        Rule("step", "step^2 = step", "its values are 0 and 1", False),
        Rule(
            "almost everywhere",
            "the derivative of step and of sign is 0",
            "both are constant on each side of 0; at 0 the value is a convention (tag at the line)",
            False,
        ),
        Rule("nonzero", "what stands under a fraction bar is not 0", "tag at the line", False),
        Rule(
            "maximum",
            "max over a bound index is one number; nothing else is known of it",
            "renaming",
            False,
        ),
        Rule(
            "sum of squares",
            "even powers, exponentials, positive names, their sums and products are not negative",
            "order axioms of the reals",
            True,
        ),
        Rule(
            "increasing",
            "arg max f = arg max g(f) for increasing g: log, a positive factor, a constant added",
            "g keeps the order",
            True,
        ),
        Rule("decreasing", "arg max f = arg min (-f)", "negation reverses the order", True),
    )
}

_journal: ContextVar[Counter[str] | None] = ContextVar("journal", default=None)
_depth: ContextVar[int] = ContextVar("depth", default=0)
INSIDE = "inside "  # prefix of a rule that was applied while a definition unfolded


def note(name: str) -> None:
    """Say that a rule was applied; unknown names are a programming error."""
    rule = RULES[name]
    journal = _journal.get()
    if journal is not None:
        journal[(INSIDE if _depth.get() else "") + rule.name] += 1


@contextmanager
def recording() -> Iterator[Counter[str]]:
    """Count the rules applied inside the ``with`` block."""
    counter: Counter[str] = Counter()
    token = _journal.set(counter)
    try:
        yield counter
    finally:
        _journal.reset(token)


@contextmanager
def unfolding() -> Iterator[None]:
    """Rules applied in here belong to the body of a definition, not to the step that the author takes."""
    token = _depth.set(_depth.get() + 1)
    try:
        yield
    finally:
        _depth.reset(token)
