"""The author's notation: small nodes that keep the order as typed.

One object has four readings, each in its own file: normal form (translate.py), LaTeX and plain
text (printing.py), value on arrays (evaluate.py) and plain loops (loops.py). No SymPy here.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Union

KINDS = ("real", "positive", "interval", "labels", "probabilities", "unit")  # interval: [0, 1]
# f is any function with two derivatives; step(z) is 1 for z > 0 and 0 elsewhere
FUNCTIONS = ("exp", "log", "sigmoid", "tanh", "step", "sign", "abs", "f", "f'", "f''")
Operand = Union["Node", int, Fraction]


class NotationError(ValueError):
    """A formula that cannot mean what its author meant: shadowed index, wrong rank, wrong kind."""


class Node:
    """An expression. Python's operators build larger ones, in the order typed."""

    __slots__ = ()

    def children(self) -> tuple["Node", ...]:
        return ()

    def __add__(self, other: Operand) -> "Node":
        return Add((self, node(other)))

    def __radd__(self, other: Operand) -> "Node":
        return Add((node(other), self))

    def __sub__(self, other: Operand) -> "Node":
        return Add((self, Neg(node(other))))

    def __rsub__(self, other: Operand) -> "Node":
        return Add((node(other), Neg(self)))

    def __mul__(self, other: Operand) -> "Node":
        return Mul((self, node(other)))

    def __rmul__(self, other: Operand) -> "Node":
        return Mul((node(other), self))

    def __truediv__(self, other: Operand) -> "Node":
        return Div(self, node(other))

    def __rtruediv__(self, other: Operand) -> "Node":
        return Div(node(other), self)

    def __pow__(self, power: Operand) -> "Node":
        return Raised(self, power) if isinstance(power, Node) else Pow(self, Fraction(power))

    def __neg__(self) -> "Node":
        return Neg(self)

    def __repr__(self) -> str:
        from cnnmath.proof.printing import text

        return text(self)


def node(value: Operand) -> Node:
    """A node from a node or an exact number; floats are refused, they are not what they look like."""
    if isinstance(value, Node):
        return value
    if isinstance(value, int | Fraction) and not isinstance(value, bool):
        return Num(Fraction(value))
    raise NotationError(
        f"a formula holds exact numbers and nodes, got {type(value).__name__}: {value!r}"
    )


class Num(Node):
    __slots__ = ("value",)

    def __init__(self, value: Fraction) -> None:
        self.value = value


class Name(Node):
    """A scalar name. Integer names (sizes, indices) carry their range, which is all that the prover
    knows of them: ``lower <= name <= upper``; real names may be declared positive. A size may have a
    ``value`` in terms of other sizes: then the name is only a shorthand, as U for (I - 1) S + P."""

    __slots__ = ("integer", "lower", "name", "positive", "tex", "upper", "value")

    def __init__(
        self,
        name: str,
        *,
        tex: str = "",
        integer: bool = False,
        lower: Node | None = None,
        upper: Node | None = None,
        positive: bool = False,
        value: Node | None = None,
    ) -> None:
        self.name, self.tex, self.integer = name, tex or name, integer
        self.lower, self.upper, self.positive = lower, upper, positive
        self.value = value


class Index(Name):
    """An index letter with its size: 0 <= index <= size - 1. ``k.prime`` is a second one, k'."""

    __slots__ = ("size",)

    def __init__(self, name: str, size: Operand, tex: str = "") -> None:
        self.size = node(size)
        super().__init__(name, tex=tex, integer=True, lower=node(0), upper=self.size - 1)

    @property
    def prime(self) -> "Index":
        return Index(self.name + "'", self.size, tex=self.tex + "'")


class Tensor:
    """An array of named entries. ``kind`` is a fact about its entries together with a way to draw
    instances that obey it (instances.py): real, positive, labels, probabilities, unit."""

    __slots__ = ("bound", "kind", "name", "shape", "tex")

    def __init__(
        self,
        name: str,
        shape: Sequence[Operand],
        *,
        kind: str = "real",
        bound: Operand | None = None,
        tex: str = "",
    ) -> None:
        if kind not in KINDS:
            raise NotationError(f"{name}: no kind {kind!r}; there are {', '.join(KINDS)}")
        if (kind == "labels") != (bound is not None):
            raise NotationError(f"{name}: labels have a bound, and nothing else has")
        self.name, self.shape, self.kind = name, tuple(node(s) for s in shape), kind
        self.bound = None if bound is None else node(bound)
        self.tex = tex or name

    def __getitem__(self, index: Operand | tuple[Operand, ...]) -> "Entry":
        indices = index if isinstance(index, tuple) else (index,)
        return Entry(self, tuple(node(i) for i in indices))

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.shape))})"


class Definition(Tensor):
    """A named formula: ``name[params] := body``. An object, never a Python lambda: it unfolds
    without capture, whatever indices it is used with."""

    __slots__ = ("body", "params")

    def __init__(self, name: str, params: Sequence[Index], body: Operand, tex: str = "") -> None:
        if len({p.name for p in params}) < len(params):
            raise NotationError(f"{name}: a parameter is named twice")
        super().__init__(name, [p.size for p in params], tex=tex)
        self.params, self.body = tuple(params), node(body)


class Routing(Tensor):
    """Where each window has its maximum: ``r[n,i,p] = 1`` at the first largest of the entries
    ``window[n,i,p]`` over the last ``axes`` axes, in row-major order, 0 at the others.

    ``inside`` (a bracket or a product of brackets over the same indices) says which entries take
    part. The prover knows nothing of the values, and that they are locally constant: a small
    change of the inputs moves no maximum unless two entries tie (a tag at the line).
    """

    __slots__ = ("axes", "inside", "window")

    def __init__(
        self, name: str, window: Definition, axes: int, inside: Operand = 1, tex: str = ""
    ) -> None:
        super().__init__(name, window.shape, tex=tex)
        self.window, self.axes, self.inside = window, axes, node(inside)
        if not 1 <= axes <= len(window.shape):
            raise NotationError(f"{name}: a window over {axes} of {len(window.shape)} axes")
        if not all(
            isinstance(each, Bracket) or (isinstance(each, Num) and each.value == 1)
            for each in factors_of(self.inside)
        ):
            raise NotationError(f"{name}: inside is a product of brackets, got {self.inside!r}")


class Entry(Node):
    """``x[n,d]``: one entry of a tensor or of a definition."""

    __slots__ = ("indices", "tensor")

    def __init__(self, tensor: Tensor, indices: tuple[Node, ...]) -> None:
        if len(indices) != len(tensor.shape):
            raise NotationError(
                f"{tensor.name} has {len(tensor.shape)} axes, written with {len(indices)} indices"
            )
        self.tensor, self.indices = tensor, indices

    def children(self) -> tuple[Node, ...]:
        return self.indices


class Add(Node):
    __slots__ = ("terms",)

    def __init__(self, terms: tuple[Node, ...]) -> None:
        self.terms = terms

    def children(self) -> tuple[Node, ...]:
        return self.terms


class Mul(Node):
    __slots__ = ("factors",)

    def __init__(self, factors: tuple[Node, ...]) -> None:
        self.factors = factors

    def children(self) -> tuple[Node, ...]:
        return self.factors


class Neg(Node):
    __slots__ = ("body",)

    def __init__(self, body: Node) -> None:
        self.body = body

    def children(self) -> tuple[Node, ...]:
        return (self.body,)


class Div(Node):
    __slots__ = ("over", "under")

    def __init__(self, over: Node, under: Node) -> None:
        self.over, self.under = over, under

    def children(self) -> tuple[Node, ...]:
        return (self.over, self.under)


class Pow(Node):
    __slots__ = ("base", "power")

    def __init__(self, base: Node, power: Fraction) -> None:
        self.base, self.power = base, power

    def children(self) -> tuple[Node, ...]:
        return (self.base,)


class Raised(Node):
    """``beta^(t - i)``: a power whose exponent is an integer expression; the base is positive."""

    __slots__ = ("base", "exponent")

    def __init__(self, base: Node, exponent: Node) -> None:
        self.base, self.exponent = base, exponent

    def children(self) -> tuple[Node, ...]:
        return (self.base, self.exponent)


class Fn(Node):
    """``exp(u)``, ``log(u)``, or an unspecified differentiable function such as ``f(u)``."""

    __slots__ = ("argument", "name")

    def __init__(self, name: str, argument: Operand) -> None:
        if name not in FUNCTIONS:
            raise NotationError(f"no function {name!r}; there are {', '.join(FUNCTIONS)}")
        self.name, self.argument = name, node(argument)

    def children(self) -> tuple[Node, ...]:
        return (self.argument,)


class Root(Node):
    """A power of a root of unity: e^(2 pi i exponent / length), for an integer and a size."""

    __slots__ = ("exponent", "length")

    def __init__(self, exponent: Operand, length: Operand) -> None:
        self.exponent, self.length = node(exponent), node(length)

    def children(self) -> tuple[Node, ...]:
        return (self.exponent, self.length)


class Quotient(Node):
    """The whole part of a division, rounded down: floor(over / under) of integers, under >= 1."""

    __slots__ = ("over", "under")

    def __init__(self, over: Operand, under: Operand) -> None:
        self.over, self.under = node(over), node(under)

    def children(self) -> tuple[Node, ...]:
        return (self.over, self.under)


class Bracket(Node):
    """Iverson bracket: 1 if ``left relation right`` holds for these integers, else 0."""

    __slots__ = ("left", "relation", "right")

    def __init__(self, left: Operand, relation: str, right: Operand) -> None:
        if relation not in ("=", "<=", "<"):
            raise NotationError(f"a bracket relates by =, <= or <, got {relation!r}")
        self.left, self.relation, self.right = node(left), relation, node(right)

    def children(self) -> tuple[Node, ...]:
        return (self.left, self.right)


class Over(Node):
    """A bound index running over its range: Sum, Product or Max."""

    __slots__ = ("body", "index", "lower", "upper")

    def __init__(
        self,
        index: Index,
        body: Operand,
        lower: Operand | None = None,
        upper: Operand | None = None,
    ) -> None:
        self.index, self.body = index, node(body)
        assert index.lower is not None
        assert index.upper is not None
        self.lower = index.lower if lower is None else node(lower)
        self.upper = index.upper if upper is None else node(upper)

    @property
    def whole(self) -> bool:
        """True if the index runs over all its values, 0 to size - 1."""
        return self.lower is self.index.lower and self.upper is self.index.upper

    def children(self) -> tuple[Node, ...]:
        return (self.lower, self.upper, self.body)


class Sum(Over):
    """Sum over all integers of the range; an empty range gives 0, as in NumPy."""

    __slots__ = ()


class Product(Over):
    """Product over all integers of the range; an empty range gives 1."""

    __slots__ = ()


class Max(Over):
    """Largest value over the range. Opaque to the prover: it only knows that the name is bound."""

    __slots__ = ()


class Diff(Node):
    """Partial derivative of ``body`` with respect to one entry or one scalar name."""

    __slots__ = ("body", "wrt")

    def __init__(self, body: Operand, wrt: Node) -> None:
        if isinstance(wrt, Entry) and (
            isinstance(wrt.tensor, Definition | Routing)
            or wrt.tensor.kind not in ("real", "positive")
        ):
            raise NotationError(
                f"no derivative with respect to {wrt!r}: only free real entries may vary by themselves"
            )
        if not isinstance(wrt, Entry) and not (isinstance(wrt, Name) and not wrt.integer):
            raise NotationError(f"no derivative with respect to {wrt!r}")
        self.body, self.wrt = node(body), wrt

    def children(self) -> tuple[Node, ...]:
        return (self.body, self.wrt)


class At(Node):
    """``body`` with tensors replaced by definitions: J at (w', b') for J at (w, b)."""

    __slots__ = ("body", "replaced")

    def __init__(self, body: Operand, replaced: Mapping[Tensor, Definition]) -> None:
        for old, new in replaced.items():
            free = not isinstance(old, Definition | Routing) and old.kind != "labels"
            if not free or len(old.shape) != len(new.shape):
                raise NotationError(f"cannot put {new.name} in the place of {old.name}")
        self.body, self.replaced = node(body), dict(replaced)

    def children(self) -> tuple[Node, ...]:
        return (self.body,)


def uses_unspecified(*expressions: Node) -> bool:
    """An unspecified function f stands in one of the formulas, definitions unfolded."""
    return any(
        isinstance(each, Fn) and each.name.rstrip("'") == "f"
        for expression in expressions
        for each in unfolded(expression)
    )


def is_complex(expression: Node) -> bool:
    """A root of unity stands in the formula, definitions unfolded: it has no order and no sign."""
    return any(isinstance(each, Root) for each in unfolded(expression))


def unfolded(expression: Node) -> Iterator[Node]:
    """The node and all below it, into the bodies of definitions and replacements."""
    for each in walk(expression):
        yield each
        if isinstance(each, At):
            for new in each.replaced.values():
                yield from unfolded(new.body)
        if isinstance(each, Entry) and isinstance(each.tensor, Definition):
            yield from unfolded(each.tensor.body)
        if isinstance(each, Entry) and isinstance(each.tensor, Routing):
            yield from unfolded(each.tensor.window.body)
            yield from unfolded(each.tensor.inside)


def walk(expression: Node) -> Iterator[Node]:
    """The node and all below it, definitions not unfolded."""
    yield expression
    for child in expression.children():
        yield from walk(child)


def factors_of(expression: Node) -> Iterator[Node]:
    """The factors of a product, of the products in it; anything else is its own only factor. A product
    typed without parentheses nests to the left."""
    if isinstance(expression, Mul):
        for factor in expression.factors:
            yield from factors_of(factor)
    else:
        yield expression


def same(a: Node, b: Node) -> bool:
    """The same formula, object by object; two that only print alike are not."""
    if type(a) is not type(b):
        return False
    match a:
        case Index():
            return a.name == b.name and same(a.size, b.size)  # type: ignore[attr-defined]
        case Name():
            return a is b
        case At():
            old, new = list(a.replaced.items()), list(b.replaced.items())  # type: ignore[attr-defined]
            if len(old) != len(new) or any(
                x is not y for p, q in zip(old, new, strict=True) for x, y in zip(p, q, strict=True)
            ):
                return False
        case Over():
            if not same(a.index, b.index):  # type: ignore[attr-defined]
                return False
    own = [name for name in ("value", "tensor", "power", "name", "relation") if hasattr(a, name)]
    mine, other = a.children(), b.children()
    return (
        all(getattr(a, name) == getattr(b, name) for name in own)
        and len(mine) == len(other)
        and all(map(same, mine, other))
    )


def tensors_of(expression: Node) -> dict[str, Tensor]:
    """Every tensor that the expression needs, definitions unfolded, by name."""
    return {
        each.tensor.name: each.tensor
        for each in unfolded(expression)
        if isinstance(each, Entry) and not isinstance(each.tensor, Definition | Routing)
    }


def scalars_of(expression: Node) -> dict[str, Name]:
    """Every real scalar name that the expression needs, definitions unfolded."""
    return {
        each.name: each
        for each in unfolded(expression)
        if isinstance(each, Name) and not each.integer
    }


def free_indices(expression: Node) -> dict[str, Index]:
    """The indices that the reader may choose, in order of appearance.

    An index bound inside must not be written outside as well: that is the slip by which
    "d/ds_j log sum_j exp s_j" came to be printed, and it is an error here.
    """
    free: dict[str, Index] = {}

    def visit(part: Node, bound: frozenset[str]) -> None:
        if isinstance(part, Index):
            if part.name not in bound:
                free.setdefault(part.name, part)
            return
        if isinstance(part, Over):
            if part.index.name in bound:
                raise NotationError(
                    f"the index {part.index.name} is bound twice, one inside the other"
                )
            visit(part.lower, bound)
            visit(part.upper, bound)
            visit(part.body, bound | {part.index.name})
            return
        for child in part.children():
            visit(child, bound)

    visit(expression, frozenset())
    for each in walk(expression):
        if isinstance(each, Over) and each.index.name in free:
            raise NotationError(
                f"the index {each.index.name} is bound by a {type(each).__name__.lower()} and free "
                f"elsewhere in the same formula; write one of them {each.index.name}'"
            )
    return free


def total(indices: Sequence[Index] | Index, body: Operand, over: type[Over] = Sum) -> Node:
    """Sum (or product, or maximum) over several whole indices, the first one outermost."""
    result = node(body)
    for index in reversed([indices] if isinstance(indices, Index) else list(indices)):
        result = over(index, result)
    return result


def function(name: str) -> Any:
    """The head of a function: ``exp = function("exp")``; unknown names are unspecified functions."""
    return lambda argument: Fn(name, argument)


exp, log = function("exp"), function("log")
