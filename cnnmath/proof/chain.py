"""Chains: lines that follow each other, of equals or of objectives with the same optimum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnnmath.proof.instances import Instances
from cnnmath.proof.line import TAGS, Line, Statement, assume_line, show
from cnnmath.proof.notation import (
    Mul,
    Neg,
    Node,
    NotationError,
    Operand,
    Tensor,
    free_indices,
    log,
    node,
    scalars_of,
    tensors_of,
)
from cnnmath.proof.printing import text
from cnnmath.proof.translate import normal_form
from cnnmath.proof.verdict import Level, NotProven, Verdict

if TYPE_CHECKING:
    from cnnmath.proof.derivation import Derivation

RESTS_ON = "the line "  # a tag that begins so names a line before that rules did not show


class Chain:
    """``with D.chain("dw", of=E, wrt=w[k,d]) as c: c.line("product", ..., because="...")``."""

    def __init__(self, derivation: Derivation, name: str, head: Node) -> None:
        self.derivation, self.name, self.head = derivation, name, head
        self.current, self.count = head, 0
        self.inherited: tuple[str, ...] = ()
        free_indices(head)
        self.instances = Instances(head, derivation.size_names)

    def line(
        self,
        label: str,
        body: Operand,
        *,
        because: str,
        assume: str = "",
        accept: str = "",
        reason: str = "",
    ) -> Line:
        """Add ``= body``: proven equal to the line before, for all sizes, and checked on instances.

        ``assume`` names an assumption to be shown; ``accept="EXACT"`` takes what the instances
        show where the rules do not suffice; ``accept="ASSUMED"`` needs a ``reason``.
        """
        if accept not in ("", "EXACT", "ASSUMED"):
            raise NotationError(f"accept is {accept!r}; wanted EXACT or ASSUMED")
        expression = node(body)
        address = f"{self.derivation.name}.{self.name}#{label}"
        tags = self.inherited + ((assume,) if assume else ())
        statement = Statement(address, self.head, self.current, expression, because, tags)
        self.derivation.know(address, expression)
        sizes = self.derivation.size_names
        if accept == "ASSUMED":
            line = assume_line(statement, self.instances, sizes, reason)
        else:
            line = show(statement, self.instances, sizes, accept=accept)
        line = line._replace(first=self.count == 0)
        self.current, self.count = expression, self.count + 1
        self.inherited = _inherited(line)
        return self.derivation.add(line)

    def __enter__(self) -> Chain:
        return self

    def __exit__(self, kind: Any, *rest: Any) -> None:
        if kind is None and not self.count:
            raise NotationError(
                f"{self.derivation.name}.{self.name}: a chain without a checked line"
            )


class Optimum:
    """Lines ``= arg max_{w,b} objective``: each objective is an increasing (or, with the goal turned
    round, decreasing) function of the one before, so the place of the optimum is the same."""

    def __init__(
        self, derivation: Derivation, name: str, goal: str, over: Sequence[Tensor], of: Node
    ) -> None:
        if goal not in ("max", "min"):
            raise NotationError(f"the goal of an optimum is max or min, got {goal!r}")
        self.derivation, self.name, self.goal, self.over = derivation, name, goal, tuple(over)
        self.head, self.current, self.count = of, of, 0
        self.inherited: tuple[str, ...] = ()

    def start(self, because: str) -> Line:
        """The definition of the optimum: ``w*, b* := arg max objective``."""
        address = f"{self.derivation.name}.{self.name}#start"
        verdict = Verdict(Level.DEFINED, "the place of the optimum")
        return self._add(Line(address, self.head, self.head, because, verdict, ()))

    def line(
        self,
        label: str,
        body: Operand,
        *,
        because: str,
        by: str = "equal",
        operand: Operand = 1,
        assume: str = "",
    ) -> Line:
        """``by``: equal, log, negation, factor (``operand`` positive, free of the variables) or
        constant (``operand`` is added, free of the variables)."""
        expression, address = node(body), f"{self.derivation.name}.{self.name}#{label}"
        self.derivation.know(address, expression)
        self.derivation.know(address, node(operand))
        claimed = self._transformed(address, by, node(operand))
        tags = self.inherited + ((assume,) if assume else ())
        sizes = self.derivation.size_names
        statement = Statement(
            address, claimed, claimed, expression, because, tags, transformed=by != "equal"
        )
        line = show(statement, Instances(claimed, sizes), sizes)
        if by == "negation":
            self.goal = {"max": "min", "min": "max"}[self.goal]
        rule = {"equal": (), "negation": ("decreasing",)}.get(by, ("increasing",))
        evidence = ", ".join((*rule, line.verdict.evidence))
        verdict = line.verdict._replace(evidence=evidence)
        self.current, self.count = expression, self.count + 1
        self.inherited = _inherited(line)
        return self._add(line._replace(verdict=verdict, rules=line.rules + rule))

    def _add(self, line: Line) -> Line:
        names = ",".join(t.tex for t in self.over)
        stars = ",".join(rf"{t.tex}^\star" for t in self.over)
        line = line._replace(
            prefix=rf"\arg\{self.goal}_{{{names}}}\;",
            optimum=stars,
            first=line.verdict.level is Level.DEFINED,
        )
        return self.derivation.add(line)

    def _transformed(self, address: str, by: str, operand: Node) -> Node:
        """The objective before, after the increasing or decreasing function."""
        if by in ("factor", "constant"):
            names = tensors_of(operand).keys() | scalars_of(operand).keys()
            moving = names & {t.name for t in self.over}
            if moving:
                raise NotProven(f"{address}: {text(operand)} depends on {sorted(moving)}")
        match by:
            case "equal":
                return self.current
            case "negation":
                return Neg(self.current)
            case "log" if normal_form(self.current).positive:
                return log(self.current)
            case "log":
                raise NotProven(f"{address}: log of an objective that is not manifestly positive")
            case "factor" if normal_form(operand).positive:
                return Mul((operand, self.current))
            case "factor":
                raise NotProven(f"{address}: the factor {text(operand)} is not manifestly positive")
            case "constant":
                return self.current + operand
        raise NotationError(
            f"{address}: by is {by!r}; wanted equal, log, negation, factor, constant"
        )

    def __enter__(self) -> Optimum:
        return self

    def __exit__(self, kind: Any, *rest: Any) -> None:
        if kind is None and not self.count:
            raise NotationError(
                f"{self.derivation.name}.{self.name}: a chain without a checked line"
            )


def _inherited(line: Line) -> tuple[str, ...]:
    """What the next lines rest on as well: assumptions made on the way, lines not shown by rules."""
    tags = tuple(t for t in line.verdict.tags if t not in TAGS.values())
    if line.verdict.level is not Level.PROVED:
        tags += (
            f"{RESTS_ON}{line.address.rsplit('#', 1)[1]}, which is {line.verdict.level.value}",
        )
    return tags
