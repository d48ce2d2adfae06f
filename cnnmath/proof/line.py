"""One line of a derivation: what it takes to show it, and the evidence it then carries."""

from collections import Counter
from time import perf_counter
from typing import NamedTuple

from cnnmath.proof.equality import residual
from cnnmath.proof.instances import (
    Instance,
    Instances,
    describe,
    shrunk,
    smallest_counterexample,
)
from cnnmath.proof.notation import Name, Node, NotationError, free_indices, uses_unspecified
from cnnmath.proof.polynomial import Poly, Stuck
from cnnmath.proof.printing import latex, text
from cnnmath.proof.rules import INSIDE, RULES, recording
from cnnmath.proof.translate import OutOfRange, normal_form
from cnnmath.proof.verdict import Level, NotProven, Refuted, Verdict

STEPS_PER_LINE = 2  # named rules that one line may need; a derivation is for reading
NONZERO = "nonzero denominator"
ALMOST = "almost everywhere: at a kink the derivative is a convention"
ROUTED = "locally constant routing: where two entries tie, the first is a convention"
TAGS = {"nonzero": NONZERO, "almost everywhere": ALMOST, "routing": ROUTED}


class Line(NamedTuple):
    """One displayed statement ``head = body`` with its reason and its verdict.

    Lines about an optimum say ``optimum = arg max body`` instead; ``prefix`` is the arg max.
    """

    address: str
    head: Node
    body: Node
    because: str
    verdict: Verdict
    rules: tuple[str, ...]  # every step rule used on either side
    first: bool = False  # opens its chain
    prefix: str = ""
    optimum: str = ""
    seconds: float = 0.0

    @property
    def chain(self) -> str:
        return self.address.split("#", 1)[0]

    @property
    def symbol(self) -> str:
        if self.verdict.level is Level.DEFINED:
            return ":="
        return ">=" if self.address.endswith("#not-negative") else "="

    @property
    def tex(self) -> str:
        """The statement in LaTeX, left side included."""
        if self.symbol == ">=":
            return rf"{latex(self.body)} \ge 0"
        left = self.optimum or latex(self.head)
        return f"{left} {self.symbol} {self.prefix}{latex(self.body)}"

    @property
    def plain(self) -> str:
        """The statement in plain text, left side included."""
        if self.symbol == ">=":
            return f"{text(self.body)} >= 0"
        left = _plain(self.optimum) or text(self.head)
        return f"{left} {self.symbol} {_plain(self.prefix)}{text(self.body)}"


def _plain(tex: str) -> str:
    """The words of an arg max in plain text: ``arg max_{w,b} ``, ``w*,b*``."""
    for command, word in ((r"\;", " "), (r"^\star", "*"), ("\\arg\\", "arg ")):
        tex = tex.replace(command, word)
    return tex


class Statement(NamedTuple):
    """A line that is to be shown: ``previous = body``, hence ``head = body``."""

    address: str
    head: Node
    previous: Node
    body: Node
    because: str
    tags: tuple[str, ...] = ()
    transformed: bool = False  # ``previous`` is a function of the line before, applied by name


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
    proof = prove_equal(statement.previous, statement.body, instances.forms)
    evidence = instances.compare(statement.body)
    if evidence.failure is not None:
        raise _refuted(statement, proof.left, sizes, evidence.failure)
    if not evidence.places:
        raise NotProven(f"{statement.address}: no instance at the covering sizes has a value")
    tags = statement.tags + proof.tags
    if proof.shown:
        if proof.size > STEPS_PER_LINE and not free_steps:
            raise NotProven(
                f"{statement.address}: too big a step, it needs {', '.join(proof.steps)}; "
                "write a line between"
            )
        verdict = Verdict(Level.PROVED, f"{', '.join(proof.steps) or 'expand'}; {evidence}", tags)
    elif accept == "EXACT" and uses_unspecified(statement.head, statement.body):
        raise NotProven(
            f"{statement.address}: instances show nothing about an unspecified f; only rules do"
        )
    elif accept == "EXACT" and evidence.lopsided:
        raise NotProven(
            f"{statement.address}: at {evidence.lopsided} instances only one side has a value"
        )
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


def assume_line(statement: Statement, instances: Instances, sizes: list[Name], reason: str) -> Line:
    """A line taken for a stated reason; an instance that contradicts it still refutes it."""
    if not reason:
        raise NotationError(f"{statement.address}: ASSUMED wants a reason")
    lint(statement)
    evidence = instances.compare(statement.body)
    if evidence.failure is not None:
        raise _refuted(statement, None, sizes, evidence.failure)
    verdict = Verdict(Level.ASSUMED, reason, statement.tags)
    return Line(statement.address, statement.head, statement.body, statement.because, verdict, ())


def lint(statement: Statement) -> None:
    """The free indices of the line stand on its left side too, and the line says something."""
    if not statement.because:
        raise NotationError(f"{statement.address}: say because of what")
    unknown = set(free_indices(statement.body)) - set(free_indices(statement.head))
    if unknown:
        raise NotationError(
            f"{statement.address}: {sorted(unknown)} free on the right, not on the left"
        )
    if not statement.transformed and text(statement.previous) == text(statement.body):
        raise NotationError(
            f"{statement.address}: both sides are the same text, that proves nothing"
        )


def _refuted(
    statement: Statement, left: Poly | None, sizes: list[Name], seen: Instance
) -> Exception:
    found = smallest_counterexample(statement.head, statement.body, sizes)
    if found is None:
        found = shrunk(seen, statement.head, statement.body, sizes)
    example = describe(found)
    if left is not None and not left.terms:
        return AssertionError(f"{statement.address}: rules and instances contradict: {example}")
    said = f"{text(statement.head)} = {text(statement.body)}"
    return Refuted(f"{statement.address} is false: {said}\n  at {example}", example)


class Proof(NamedTuple):
    """How two expressions compare: what is left (nothing if equal), and the rules it took."""

    left: Poly | None
    steps: tuple[str, ...]  # by which the two sides differ
    rules: tuple[str, ...]  # used on either side
    size: int  # how many steps, those inside definitions not counted
    tags: tuple[str, ...]  # assumptions that rules used on the way
    stuck: str = ""

    @property
    def shown(self) -> bool:
        return self.left is not None and not self.left.terms

    @property
    def remainder(self) -> str:
        return f"no normal form: {self.stuck}" if self.left is None else self.left.key


Forms = dict[int, tuple[Node, Poly, Counter[str]]]  # normal forms found so far, with their rules


def prove_equal(a: Node, b: Node, forms: Forms | None = None) -> Proof:
    """Normal forms, their difference, and the rules by which the two sides differ."""
    forms = {} if forms is None else forms
    try:
        first, left = _form(a, forms)
        second, right = _form(b, forms)
        with recording() as end:
            rest = residual(first - second)
    except Stuck as stuck:
        return Proof(None, (), (), 0, (), str(stuck))
    except OutOfRange as outside:
        raise NotProven(f"an entry may be outside its array: {outside}") from None
    steps = _named(left, True) ^ _named(right, True) | _named(end, True)
    size = len(steps & _named(left + right + end, False))
    rules = _named(left + right + end, True)
    applied = {name.removeprefix(INSIDE) for name in left + right}
    tags = tuple(tag for rule, tag in TAGS.items() if rule in applied)
    return Proof(rest, tuple(sorted(steps)), tuple(sorted(rules)), size, tags)


def _form(expression: Node, forms: Forms) -> tuple[Poly, Counter[str]]:
    """The normal form and the rules used; each line of a chain is the left side of the next."""
    if id(expression) not in forms:
        with recording() as rules:
            form = normal_form(expression)
        forms[id(expression)] = (expression, form, rules)
    return forms[id(expression)][1:]


def _named(used: Counter[str], inside: bool) -> set[str]:
    """The step rules in a journal; with ``inside`` also those applied in bodies of definitions."""
    plain = {name for name in used if not name.startswith(INSIDE)}
    if inside:
        plain |= {name.removeprefix(INSIDE) for name in used}
    return {name for name in plain if RULES[name].step}


def _listed(sizes: tuple[dict[str, int], ...]) -> str:
    names = " ".join(sizes[0]) if sizes else ""
    return f"sizes {names} = " + " ".join("x".join(map(str, each.values())) for each in sizes)
