"""One line of a derivation: what it takes to show it, and the evidence it then carries."""

from collections import Counter
from time import perf_counter
from typing import NamedTuple

from cnnmath.proof.equality import denominators, residual
from cnnmath.proof.instances import Instances, describe, smallest_counterexample
from cnnmath.proof.notation import Name, Node, NotationError, free_indices
from cnnmath.proof.polynomial import Poly, Stuck
from cnnmath.proof.printing import latex, text
from cnnmath.proof.rules import RULES, recording
from cnnmath.proof.translate import OutOfRange, normal_form
from cnnmath.proof.verdict import Level, NotProven, Refuted, Verdict

STEPS_PER_LINE = 2  # named rules that one line may need; a derivation is for reading
NONZERO = "nonzero denominator"


class Line(NamedTuple):
    """One displayed statement: ``head = body``, or ``body`` continuing the line before."""

    address: str
    head: Node
    body: Node
    because: str
    verdict: Verdict
    rules: tuple[str, ...]  # every step rule used on either side
    prefix: str = ""  # "\arg\max_{w,b}" for lines of an optimum
    first: bool = False
    seconds: float = 0.0

    @property
    def label(self) -> str:
        return self.address.rsplit("#", 1)[1]

    @property
    def tex(self) -> str:
        left = latex(self.head) if self.first else ""
        symbol = ":=" if self.verdict.level is Level.DEFINED else "="
        return f"{left} {symbol} {self.prefix}{latex(self.body)}".strip()

    @property
    def plain(self) -> str:
        left = text(self.head) if self.first else ""
        symbol = ":=" if self.verdict.level is Level.DEFINED else "="
        prefix = self.prefix.replace("\\", "").replace("{", "").replace("}", "").strip()
        return f"{left} {symbol} {prefix + ' ' if prefix else ''}{text(self.body)}".strip()


class Statement(NamedTuple):
    """A line that is to be shown: ``previous = body``, hence ``head = body``."""

    address: str
    head: Node
    previous: Node
    body: Node
    because: str
    tags: tuple[str, ...] = ()


def show(
    statement: Statement,
    instances: Instances,
    sizes: list[Name],
    *,
    accept: str = "",
    free_steps: bool = False,
) -> Line:
    """The line with its verdict; raises NotProven or Refuted.

    Rules for all sizes first, then the second check, whatever the rules said. ``accept="EXACT"``
    takes what the instances show where the rules do not suffice.
    """
    start = perf_counter()
    lint(statement)
    proof = prove_equal(statement.previous, statement.body)
    evidence = instances.compare(statement.body)
    if evidence.failure is not None:
        raise _refuted(statement, proof.left, sizes)
    tags = statement.tags + ((NONZERO,) if proof.divides else ())
    if proof.shown:
        if len(proof.steps) > STEPS_PER_LINE and not free_steps:
            raise NotProven(
                f"{statement.address}: too big a step, it needs {', '.join(proof.steps)}; "
                "write a line between"
            )
        verdict = Verdict(Level.PROVED, f"{', '.join(proof.steps) or 'expand'}; {evidence}", tags)
    elif accept == "EXACT":
        level = Level.EXACT if evidence.exact else Level.NUMERIC
        verdict = Verdict(level, f"{evidence}; {_listed(evidence.sizes)}", tags)
    else:
        raise NotProven(
            f"{statement.address} is not proven: {text(statement.body)}\n  it agrees on {evidence}\n"
            f"  left of the difference: {proof.remainder}"
        )
    seconds = perf_counter() - start
    return Line(
        statement.address,
        statement.head,
        statement.body,
        statement.because,
        verdict,
        proof.rules,
        seconds=seconds,
    )


def lint(statement: Statement) -> None:
    """The free indices of the line stand on its left side too, and the line says something."""
    unknown = set(free_indices(statement.body)) - set(free_indices(statement.head))
    if unknown:
        raise NotationError(
            f"{statement.address}: {sorted(unknown)} free on the right, not on the left"
        )
    if text(statement.previous) == text(statement.body):
        raise NotationError(
            f"{statement.address}: both sides are the same text, that proves nothing"
        )


def _refuted(statement: Statement, left: Poly | None, sizes: list[Name]) -> Exception:
    found = smallest_counterexample(statement.head, statement.body, sizes)
    example = describe(found) if found is not None else "one of the covering sizes"
    if left is not None and not left.terms:
        return AssertionError(f"{statement.address}: rules and instances contradict: {example}")
    said = f"{text(statement.head)} = {text(statement.body)}"
    return Refuted(f"{statement.address} is false: {said}\n  at {example}", example)


class Proof(NamedTuple):
    """How two expressions compare: what is left (nothing if equal), and the rules it took."""

    left: Poly | None
    steps: tuple[str, ...]
    rules: tuple[str, ...]
    divides: bool
    stuck: str = ""

    @property
    def shown(self) -> bool:
        return self.left is not None and not self.left.terms

    @property
    def remainder(self) -> str:
        return f"no normal form: {self.stuck}" if self.left is None else self.left.key


def prove_equal(a: Node, b: Node) -> Proof:
    """Normal forms, their difference, and the rules by which the two sides differ."""
    try:
        with recording() as left:
            first = normal_form(a)
        with recording() as right:
            second = normal_form(b)
        with recording() as end:
            rest = residual(first - second)
    except Stuck as stuck:
        return Proof(None, (), (), False, str(stuck))
    except OutOfRange as outside:
        raise NotProven(f"an entry may be outside its array: {outside}") from None
    divides = bool(denominators(first) or denominators(second))
    ahead = _named(left) ^ _named(right)
    return Proof(
        rest, tuple(sorted(ahead | _named(end))), tuple(sorted(_named(left + right + end))), divides
    )


def _named(used: Counter[str]) -> set[str]:
    return {name for name in used if RULES[name].step}


def _listed(sizes: tuple[dict[str, int], ...]) -> str:
    return "sizes " + " ".join(
        "(" + ", ".join(f"{n}={v}" for n, v in each.items()) + ")" for each in sizes
    )
