"""A derivation: declarations, definitions, and chains of lines that are proven as they are added.

``c.line(...)`` either returns a line with its verdict or raises: ``NotProven`` with what is left of
the difference, or ``Refuted`` with the smallest counterexample. Nothing is shown that did not pass.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from cnnmath.proof.chain import RESTS_ON, Chain, Optimum
from cnnmath.proof.instances import Instances, first_negative
from cnnmath.proof.line import Line, Statement, show
from cnnmath.proof.notation import (
    Add,
    At,
    Bracket,
    Definition,
    Diff,
    Div,
    Entry,
    Fn,
    Index,
    Max,
    Mul,
    Name,
    Neg,
    Node,
    NotationError,
    Num,
    Operand,
    Over,
    Pow,
    Product,
    Quotient,
    Root,
    Routing,
    Sum,
    Tensor,
    free_indices,
    is_complex,
    node,
    same,
    scalars_of,
    tensors_of,
    total,
    walk,
)
from cnnmath.proof.polynomial import Stuck
from cnnmath.proof.printing import text
from cnnmath.proof.translate import normal_form
from cnnmath.proof.verdict import Level, NotProven, Refuted, Verdict

UPSTREAM = "upstream delta: the gradient that arrives is a constant here"


class Conclusion(NamedTuple):
    """What backward must return for one argument: ``d pseudo-loss / d wrt = body``, proven."""

    argument: str
    wrt: Entry
    body: Node
    line: Line


class Drawn(NamedTuple):
    """What an op draws from its rng: a mask of 0 and 1, each entry 1 with the probability ``keep``."""

    mask: Tensor
    keep: Name


class Derivation:
    """The object that an author writes with; ``name`` is the first part of every address."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[str, Line] = {}
        self.tensors: dict[str, Tensor] = {}
        self.scalars: dict[str, Name] = {}
        self.definitions: dict[str, Definition] = {}
        self.routings: dict[str, Routing] = {}
        self.size_names: list[Name] = []
        self.letters: dict[str, Node] = {}  # index letters and their sizes
        self.output: Definition | None = None
        self.upstream: Tensor | Name | None = None
        self.pseudo_loss: Node | None = None
        self.conclusions: dict[str, Conclusion] = {}
        self.drawn: Drawn | None = None
        self._names: set[str] = set()

    # ------------------------------------------------------------------------------ declarations

    def sizes(self, names: str, *, least: int = 1, below: Operand | None = None) -> list[Name]:
        """Sizes, integers of at least 1: ``N, K = D.sizes("N K")``; S1 is typeset with an index.

        ``least=0`` for a padding, ``below=S`` for a remainder: 0 <= R <= S - 1.
        """
        upper = None if below is None else self._whole_number(names, below) - 1
        new = [
            Name(n, tex=_with_subscript(n), integer=True, lower=node(least), upper=upper)
            for n in names.split()
        ]
        for each in new:
            self._claim(each.name)
        self.size_names += new
        return new

    def size(self, name: str, value: Operand) -> Name:
        """A size that others determine: ``U = D.size("U", (I - 1) * S + P)``; it is at least 1."""
        self._claim(name)
        found = self._whole_number(name, value)
        new = Name(name, tex=_with_subscript(name), integer=True, lower=node(1), value=found)
        self.size_names.append(new)
        return new

    def indices(self, **sizes: Operand) -> list[Index]:
        """Index letters with their sizes: ``n, k = D.indices(n=N, k=K)``; ``k.prime`` is k'."""
        for name, size in sizes.items():
            self._claim(name)
            self.letters[name] = self._whole_number(name, size)
        return [Index(name, self.letters[name]) for name in sizes]

    def letter(self, name: str) -> Index:
        """An index letter declared before, by name."""
        return Index(name, self.letters[name])

    def tensor(
        self,
        name: str,
        *shape: Operand,
        kind: str = "real",
        bound: Operand | None = None,
        tex: str = "",
    ) -> Tensor:
        """A tensor of free entries; ``kind``: real, positive, labels (below ``bound``),
        probabilities (positive, last axis sums to 1), unit (last axis has length 1)."""
        self._claim(name)
        for each in (*shape, *(() if bound is None else (bound,))):
            self._whole_number(name, each)
        self.tensors[name] = Tensor(name, shape, kind=kind, bound=bound, tex=tex)
        return self.tensors[name]

    def mask(self, name: str, *shape: Operand, keep: Name) -> Tensor:
        """What the op draws from its ``rng``: entries 0 and 1, each 1 with the probability ``keep``.

        Every mask is a case of its own: formulas hold for each, and the tie runs through all of them.
        """
        if self.drawn is not None:
            raise NotationError(f"{self.name}.{name}: {self.drawn.mask.name} is drawn already")
        if self.scalars.get(keep.name) is not keep:
            raise NotationError(f"{self.name}.{name}: {keep.name} is not a scalar declared here")
        self.drawn = Drawn(self.tensor(name, *shape, kind="labels", bound=2), keep)
        return self.drawn.mask

    def scalar(self, name: str, *, tex: str = "", positive: bool = False) -> Name:
        """A real number with a name."""
        self._claim(name)
        self.scalars[name] = Name(name, tex=tex, positive=positive)
        return self.scalars[name]

    def define(
        self,
        name: str,
        params: Sequence[Index],
        body: Operand,
        *,
        tex: str = "",
        because: str = "",
        assume: str = "",
    ) -> Definition:
        """``name[params] := body``; addressable as ``<derivation>.<name>#definition``.

        ``assume`` names what makes the definition the right one, such as independent samples.
        """
        self._claim(name)
        definition = Definition(name, params, body, tex=tex)
        self.know(f"{self.name}.{name}", definition.body)
        for each in params:
            self._know_index(f"{self.name}.{name}", each)
        unknown = set(free_indices(definition.body)) - {p.name for p in params}
        if unknown:
            raise NotationError(
                f"{name}: the indices {sorted(unknown)} are neither bound nor parameters"
            )
        inner = self._indices_in_range(definition)
        self.definitions[name] = definition
        self.add(
            Line(
                f"{self.name}.{name}#definition",
                definition[tuple(params)],
                definition.body,
                because or "definition",
                Verdict(Level.DEFINED, inner, (assume,) if assume else ()),
                (),
                first=True,
            )
        )
        return definition

    # -------------------------------------------------------------- notation, so that ops import none

    def Sum(
        self, indices: Sequence[Index] | Index, body: Operand, *, upto: Operand | None = None
    ) -> Node:
        """``upto``: the last value of a single index, if the sum stops before the end."""
        if upto is None:
            return total(indices, body)
        if not isinstance(indices, Index):
            raise NotationError(f"{self.name}: upto is for a single index, got {len(indices)}")
        return Sum(indices, body, upper=upto)

    def Product(self, indices: Sequence[Index] | Index, body: Operand) -> Node:
        return total(indices, body, Product)

    def Max(self, index: Index, body: Operand) -> Node:
        return Max(index, body)

    def floor(self, over: Operand, under: Operand) -> Node:
        """over / under, rounded down."""
        return Quotient(over, under)

    def root(self, exponent: Operand, length: Operand) -> Node:
        """The root of unity e^(2 pi i exponent/length)."""
        return Root(exponent, length)

    def inside(self, index: Operand, size: Operand) -> Node:
        """The bracket [0 <= index < size]: this row exists."""
        return Bracket(0, "<=", index) * Bracket(index, "<", size)

    def routing(
        self, name: str, window: Definition, axes: int, inside: Operand = 1, tex: str = ""
    ) -> Routing:
        """``r[..., p, q] = 1`` at the first largest entry of each window (over its last axes)."""
        self._claim(name)
        self._know_tensor(f"{self.name}.{name}", window)
        self.know(f"{self.name}.{name}", node(inside))
        self.routings[name] = Routing(name, window, axes, inside, tex=tex)
        return self.routings[name]

    def delta(self, left: Operand, right: Operand) -> Node:
        """The bracket [left = right]."""
        return Bracket(left, "=", right)

    def exp(self, argument: Operand) -> Node:
        return Fn("exp", argument)

    def log(self, argument: Operand) -> Node:
        return Fn("log", argument)

    def sqrt(self, argument: Operand) -> Node:
        """The square root of what is manifestly positive."""
        return Pow(node(argument), Fraction(1, 2))

    def sigmoid(self, argument: Operand) -> Node:
        return Fn("sigmoid", argument)

    def tanh(self, argument: Operand) -> Node:
        return Fn("tanh", argument)

    def step(self, argument: Operand) -> Node:
        """1 where the argument is > 0, else 0; its derivative is 0, almost everywhere."""
        return Fn("step", argument)

    def sign(self, argument: Operand) -> Node:
        """1, 0 or -1."""
        return Fn("sign", argument)

    def abs(self, argument: Operand) -> Node:
        return Fn("abs", argument)

    def f(self, argument: Operand) -> Node:
        """An unspecified differentiable function."""
        return Fn("f", argument)

    def slope(self, argument: Operand) -> Node:
        """The derivative of the unspecified function f."""
        return Fn("f'", argument)

    def fraction(self, over: int, under: int) -> Node:
        return Num(Fraction(over, under))

    def diff(self, body: Operand, wrt: Node) -> Node:
        return Diff(body, wrt)

    def at(self, body: Node, *replaced: tuple[Tensor, Definition]) -> Node:
        """``body`` with tensors replaced by definitions."""
        return At(body, dict(replaced))

    def mean(self, index: Index, body: Operand) -> Node:
        """1/N sum over the index."""
        return Mul((Num(Fraction(1)) / index.size, total(index, body)))

    # ------------------------------------------------------------------------------------- chains

    def chain(self, name: str, of: Operand, wrt: Node | None = None) -> "Chain":
        """Lines that start from ``of``, or from its derivative with respect to ``wrt``."""
        head = node(of) if wrt is None else Diff(of, wrt)
        self.know(f"{self.name}.{name}", head)
        return Chain(self, name, head)

    def optimum(self, name: str, goal: str, over: Sequence[Tensor], of: Node) -> "Optimum":
        """Lines about arg max (or arg min) over tensors: the objective changes, the place does not."""
        self.know(f"{self.name}.{name}", of)
        if is_complex(of):
            raise NotationError(f"{self.name}.{name}: a complex objective has no optimum")
        for each in over:
            if self.tensors.get(each.name) is not each:
                raise NotationError(
                    f"{self.name}.{name}: {each.name} is not a tensor declared here"
                )
        return Optimum(self, name, goal, over, of)

    def returns(self, output: Definition, upstream: Tensor | Name) -> None:
        """What the op returns as value, and the letter of the gradient that arrives.

        ``upstream`` is a tensor of the value's shape, or a scalar name for a loss. The pseudo-loss
        is sum upstream * value: its derivatives are what backward must return.
        """
        needed = tensors_of(output.body).keys() | scalars_of(output.body).keys()
        if upstream.name in needed or getattr(upstream, "kind", "real") != "real":
            raise NotationError(
                f"{self.name}: the upstream {upstream.name} must be free of the output"
            )
        if isinstance(upstream, Tensor) and list(map(text, upstream.shape)) != list(
            map(text, output.shape)
        ):
            raise NotationError(f"{self.name}: {upstream!r} has not the shape of {output!r}")
        self.output, self.upstream = output, upstream
        if isinstance(upstream, Tensor):
            primed = [p.prime for p in output.params]
            body = upstream[tuple(primed)] * output[tuple(primed)]
            self.pseudo_loss = total(primed, body)
        else:
            self.pseudo_loss = upstream * output[()]

    def concludes(self, **results: tuple[Entry, Operand]) -> None:
        """``dx=(x[n,d], formula)``: d(sum upstream * value)/dx, proven here, bound to the code later."""
        if self.pseudo_loss is None:
            raise NotationError(f"{self.name}: say D.returns(...) before D.concludes(...)")
        for name, (wrt, body) in results.items():
            self._whole_axes(wrt)
            head = Diff(self.pseudo_loss, wrt)
            address, expression = f"{self.name}.{name}#conclusion", node(body)
            self.know(address, head)
            self.know(address, expression)
            statement = Statement(
                address, head, head, expression, "what backward returns", (UPSTREAM,)
            )
            line = self._shown_before(statement, wrt)
            if line is None:
                instances = Instances(head, self.size_names)
                line = show(statement, instances, self.size_names, free_steps=True)
            self.add(line._replace(first=True))
            self.conclusions[name] = Conclusion(name.removeprefix("d"), wrt, node(body), line)

    def _shown_before(self, statement: Statement, wrt: Entry) -> Line | None:
        """The conclusion, if a chain has proven it: d E / d wrt = body, with E := pseudo-loss.

        By rules alone, from the first line on; else it is shown by itself.
        """
        for line in self.lines.values():
            head = line.head
            if (
                isinstance(head, Diff)
                and isinstance(head.body, Entry)
                and isinstance(head.body.tensor, Definition)
                and same(head.body.tensor.body, statement.head.body)  # type: ignore[attr-defined]
                and same(head.wrt, wrt)
                and same(line.body, statement.body)
                and line.verdict.level is Level.PROVED
                and not any(tag.startswith(RESTS_ON) for tag in line.verdict.tags)
            ):
                tags = tuple(dict.fromkeys(statement.tags + line.verdict.tags))
                evidence = f"as shown line by line: {line.verdict.evidence}"
                return line._replace(
                    address=statement.address,
                    head=statement.head,
                    because=statement.because,
                    verdict=line.verdict._replace(evidence=evidence, tags=tags),
                )
        return None

    def _whole_axes(self, wrt: Entry) -> None:
        """x[n,d] with one index per axis, each running over all of it: every entry is spoken of."""
        names = [i.name for i in wrt.indices if isinstance(i, Index)]
        sizes = [i.size if isinstance(i, Index) else None for i in wrt.indices]
        if len(set(names)) < len(wrt.tensor.shape) or any(
            size is not axis for size, axis in zip(sizes, wrt.tensor.shape, strict=True)
        ):
            raise NotationError(f"{self.name}: a conclusion is about every entry, not only {wrt!r}")

    def claim(self, name: str, left: Operand, right: Operand, because: str, **how: Any) -> Line:
        """A chain of one line."""
        with self.chain(name, of=left) as c:
            return c.line("claim", right, because=because, **how)

    def not_negative(self, name: str, body: Operand, because: str) -> Line:
        """``body >= 0`` by the rule of squares: even powers, exponentials and what is built of them."""
        expression, address = node(body), f"{self.name}.{name}#not-negative"
        self.know(address, expression)
        free_indices(expression)
        if is_complex(expression):
            raise NotationError(f"{address}: a complex number has no sign")
        try:
            normal_form(expression)  # every entry is in its range
        except Stuck as stuck:
            raise NotProven(f"{address}: {stuck}") from None
        if not manifestly_not_negative(expression):
            raise NotProven(f"{address}: not a sum of products of squares: {text(expression)}")
        found = first_negative(expression, self.size_names)
        if found:
            raise Refuted(f"{address} is false: {text(expression)} >= 0\n  at {found}", found)
        line = Line(
            f"{self.name}.{name}#not-negative",
            expression,
            expression,
            because,
            Verdict(Level.PROVED, "sum of squares"),
            ("sum of squares",),
            first=True,
        )
        return self.add(line)

    # ----------------------------------------------------------------------------------- plumbing

    def _claim(self, name: str) -> None:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            raise NotationError(
                f"{self.name}: {name!r} is no name: letters, digits, _ (k.prime is k')"
            )
        if name in self._names:
            raise NotationError(f"{self.name}: the name {name} has a meaning already")
        self._names.add(name)

    def add(self, line: Line) -> Line:
        if line.address in self.lines:
            raise NotationError(f"the address {line.address} is taken")
        self.lines[line.address] = line
        return line

    def _indices_in_range(self, definition: Definition) -> str:
        """Every entry of the body is inside its array, for all sizes (or the reason is raised)."""
        try:
            normal_form(definition.body)
        except Stuck as stuck:
            return f"bounds not followed: {stuck}"
        return "every entry in range"

    def know(self, address: str, expression: Node) -> None:
        """Every name of the expression was declared here, as the object that stands in it."""
        for each in walk(expression):
            if isinstance(each, Index):
                self._know_index(address, each)
            elif isinstance(each, Name):
                known = self.size_names if each.integer else list(self.scalars.values())
                if not any(each is k for k in known):
                    raise NotationError(f"{address}: the name {each.name} is not declared here")
            elif isinstance(each, Entry):
                self._know_tensor(address, each.tensor)
            elif isinstance(each, Over):
                self._know_index(address, each.index)
            elif isinstance(each, At):
                for old, new in each.replaced.items():
                    self._know_tensor(address, old)
                    self._know_tensor(address, new)

    def _know_tensor(self, address: str, tensor: Tensor) -> None:
        known: Mapping[str, Tensor] = self.tensors
        if isinstance(tensor, Definition):
            known = self.definitions
        elif isinstance(tensor, Routing):
            known = self.routings
        if known.get(tensor.name) is not tensor:
            raise NotationError(f"{address}: {tensor.name} is not declared here")

    def _whole_number(self, name: str, value: Operand) -> Node:
        """A size made of declared sizes and whole numbers: it is the same wherever the name stands."""
        for each in walk(node(value)):
            whole = isinstance(each, Num) and each.value.denominator == 1
            known = isinstance(each, Name) and any(each is size for size in self.size_names)
            if not (whole or known or isinstance(each, Add | Neg | Mul | Quotient)):
                raise NotationError(
                    f"{self.name}.{name}: a size is made of declared sizes, got {text(node(value))}"
                )
        return node(value)

    def _know_index(self, address: str, index: Index) -> None:
        if self.letters.get(index.name.rstrip("'")) is not index.size:
            raise NotationError(f"{address}: the index {index.name} is not declared here")


def _with_subscript(name: str) -> str:
    """S1 as S_{1}."""
    letters = name.rstrip("0123456789")
    return f"{letters}_{{{name[len(letters) :]}}}" if letters != name else name


def manifestly_not_negative(expression: Node) -> bool:
    match expression:
        case Num():
            return expression.value >= 0
        case Pow():
            even = expression.power.denominator == 1 and expression.power.numerator % 2 == 0
            return even or manifestly_not_negative(expression.base)
        case Add():
            return all(map(manifestly_not_negative, expression.terms))
        case Mul():
            return all(map(manifestly_not_negative, expression.factors))
        case Div():
            return all(map(manifestly_not_negative, (expression.over, expression.under)))
        case Sum():
            return manifestly_not_negative(expression.body)
    try:
        return normal_form(expression).positive
    except Stuck:
        return False


def derive(name: str, derivation: Callable[..., None], **options: Any) -> Derivation:
    """Run an author's function on a fresh derivation object."""
    D = Derivation(name)
    derivation(D, **options)
    return D
