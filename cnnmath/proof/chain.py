"""Chains: lines that follow each other, of equals or of objectives with the same optimum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnnmath.proof.instances import Instances
from cnnmath.proof.line import Line, Statement, show
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
    tensors_of,
)
from cnnmath.proof.printing import text
from cnnmath.proof.translate import normal_form
from cnnmath.proof.verdict import Level, NotProven, Verdict

if TYPE_CHECKING:
    from cnnmath.proof.derivation import Derivation


class Chain:
    """``with D.chain("dw", of=E, wrt=w[k,d]) as c: c.line("product", ..., because="...")``."""

    def __init__(self, derivation: Derivation, name: str, head: Node) -> None:
        self.derivation, self.name, self.head = derivation, name, head
        self.current, self.count = head, 0
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
        tags = (assume,) if assume else ()
        statement = Statement(address, self.head, self.current, expression, because, tags)
        self.derivation.know(address, expression)
        if accept == "ASSUMED":
            if not reason:
                raise NotationError(f"{address}: ASSUMED wants a reason")
            verdict = Verdict(Level.ASSUMED, reason, tags)
            line = Line(address, self.head, expression, because, verdict, ())
        else:
            line = show(statement, self.instances, self.derivation.size_names, accept=accept)
        line = line._replace(first=self.count == 0)
        self.current, self.count = expression, self.count + 1
        return self.derivation.add(line)

    def __enter__(self) -> "Chain":
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
        self.derivation, self.name, self.goal, self.over = derivation, name, goal, tuple(over)
        self.current, self.count = of, 0

    def line(
        self,
        label: str,
        body: Operand,
        *,
        because: str,
        by: str = "equal",
        factor: Operand = 1,
        assume: str = "",
    ) -> Line:
        """``by``: equal, log, negation, or factor (positive, free of the variables)."""
        expression, address = node(body), f"{self.derivation.name}.{self.name}#{label}"
        self.derivation.know(address, expression)
        claimed = self._transformed(address, by, node(factor))
        tags = (assume,) if assume else ()
        sizes = self.derivation.size_names
        line = show(
            Statement(address, claimed, claimed, expression, because, tags),
            Instances(claimed, sizes),
            sizes,
        )
        if by == "negation":
            self.goal = {"max": "min", "min": "max"}[self.goal]
        rule = {"equal": (), "negation": ("decreasing",)}.get(by, ("increasing",))
        verdict = line.verdict
        if rule:
            verdict = Verdict(verdict.level, f"{rule[0]}, {verdict.evidence}", verdict.tags)
        self.current, self.count = expression, self.count + 1
        names = ",".join(t.tex for t in self.over)
        prefix = rf"\arg\{self.goal}_{{{names}}} "
        return self.derivation.add(
            line._replace(verdict=verdict, rules=line.rules + rule, prefix=prefix)
        )

    def _transformed(self, address: str, by: str, factor: Node) -> Node:
        if by == "equal":
            return self.current
        if by == "negation":
            return Neg(self.current)
        if by == "log":
            if not normal_form(self.current).positive:
                raise NotProven(
                    f"{address}: the objective is not manifestly positive, log does not apply"
                )
            return log(self.current)
        if by == "factor":
            moving = tensors_of(factor).keys() & {t.name for t in self.over}
            if moving or not normal_form(factor).positive:
                raise NotProven(
                    f"{address}: {text(factor)} is not a positive constant of the problem"
                )
            return Mul((factor, self.current))
        raise NotationError(f"{address}: by is {by!r}; wanted equal, log, negation or factor")

    def __enter__(self) -> "Optimum":
        return self

    def __exit__(self, kind: Any, *rest: Any) -> None:
        if kind is None and not self.count:
            raise NotationError(
                f"{self.derivation.name}.{self.name}: a chain without a checked line"
            )
