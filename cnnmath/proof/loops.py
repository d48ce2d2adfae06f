"""The fourth reading of a formula: plain Python loops, as a student would write them by hand."""

from cnnmath.proof.notation import (
    Add,
    Bracket,
    Definition,
    Div,
    Entry,
    Fn,
    Max,
    Mul,
    Name,
    Neg,
    Node,
    NotationError,
    Num,
    Over,
    Pow,
    Product,
    Quotient,
    Raised,
    Sum,
)

RELATIONS = {"=": "==", "<=": "<=", "<": "<"}
STARTS = {Sum: "0", Product: "1", Max: 'float("-inf")'}
NAMES = {Sum: "total", Product: "product", Max: "largest"}


def loops(*definitions: Definition) -> str:
    """Code that fills one array per definition, in the order given.

    It reads the tensors and sizes of the formula under their own names (k' is written k1, k'' k2)
    and writes into arrays that exist: ``s[n, k] = ...``; a definition without index is a variable.
    """
    writer = _Writer()
    for definition in definitions:
        writer.definition(definition)
    return "\n".join(writer.lines) + "\n"


def variable(name: str) -> str:
    """The name of an index in code: primes become a digit."""
    base = name.rstrip("'")
    primes = len(name) - len(base)
    return f"{base}{primes}" if primes else base


class _Writer:
    """Statements with their indentation; sums become loops before the statement that needs them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 0
        self.used: dict[str, int] = {}

    def write(self, statement: str) -> None:
        self.lines.append("    " * self.depth + statement)

    def definition(self, definition: Definition) -> None:
        for index in definition.params:
            self.write(f"for {variable(index.name)} in range({self.value(index.size)}):")
            self.depth += 1
        place = ", ".join(variable(index.name) for index in definition.params)
        target = f"{definition.name}[{place}]" if place else definition.name
        self.write(f"{target} = {self.value(definition.body)}")
        self.depth -= len(definition.params)

    def value(self, expression: Node, place: int = 0) -> str:
        """The expression in Python; loops that it needs are written first."""
        code, tightness = self._value(expression)
        return f"({code})" if tightness < place else code

    def _value(self, expression: Node) -> tuple[str, int]:
        match expression:
            case Num():
                whole = expression.value.denominator == 1
                return (
                    (str(expression.value), 9 if expression.value >= 0 else 1)
                    if whole
                    else (
                        f"{expression.value.numerator} / {expression.value.denominator}",
                        2,
                    )
                )
            case Name() if expression.value is not None:
                return self._value(expression.value)
            case Name():
                return variable(expression.name), 9
            case Quotient():
                return f"{self.value(expression.over, 2)} // {self.value(expression.under, 3)}", 2
            case Add():
                return self._sum(expression), 1
            case Neg():
                return f"-{self.value(expression.body, 2)}", 1
            case Mul():
                return self._product(expression)
            case Div():
                return f"{self.value(expression.over, 2)} / {self.value(expression.under, 3)}", 2
            case Pow():
                return f"{self.value(expression.base, 9)}**{expression.power}", 4
            case Raised():
                return f"{self.value(expression.base, 9)}**{self.value(expression.exponent, 9)}", 4
            case Fn():
                return f"{expression.name}({self.value(expression.argument)})", 9
            case Entry():
                indices = ", ".join(self.value(i) for i in expression.indices)
                return (
                    f"{expression.tensor.name}[{indices}]" if indices else expression.tensor.name
                ), 9
            case Bracket():
                return f"int({self._condition(expression)})", 9
            case Over():
                return self._loop(expression), 9
        raise NotationError(f"no loops for {expression!r}")

    def _sum(self, expression: Add) -> str:
        parts = [self.value(expression.terms[0], 1)]
        for term in expression.terms[1:]:
            negative = isinstance(term, Neg)
            body = term.body if isinstance(term, Neg) else term
            parts.append(f"{'-' if negative else '+'} {self.value(body, 2)}")
        return " ".join(parts)

    def _product(self, expression: Mul) -> tuple[str, int]:
        """Where a bracket is 0 the other factors are not read: they stand under an ``if``."""
        conditions = [f for f in expression.factors if isinstance(f, Bracket)]
        others = [f for f in expression.factors if not isinstance(f, Bracket)]
        if not conditions:
            return " * ".join(self.value(f, 3 if i else 2) for i, f in enumerate(others)), 2
        name = self._name("term")
        self.write(f"{name} = 0")
        self.write(f"if {' and '.join(self._condition(c) for c in conditions)}:")
        self.depth += 1
        inner = " * ".join(self.value(f, 3) for f in others) or "1"
        self.write(f"{name} = {inner}")
        self.depth -= 1
        return name, 9

    def _condition(self, bracket: Bracket) -> str:
        left, right = self.value(bracket.left, 1), self.value(bracket.right, 1)
        return f"{left} {RELATIONS[bracket.relation]} {right}"

    def _loop(self, expression: Over) -> str:
        kind = type(expression)
        name = self._name(NAMES[kind])
        self.write(f"{name} = {STARTS[kind]}")
        low, high = self.value(expression.lower), self.value(expression.upper, 1)
        stop = self.value(expression.index.size) if expression.whole else f"{high} + 1"
        bounds = stop if low == "0" else f"{low}, {stop}"
        self.write(f"for {variable(expression.index.name)} in range({bounds}):")
        self.depth += 1
        body = self.value(expression.body)
        step = {Sum: f"{name} += {body}", Product: f"{name} *= {body}"}.get(
            kind, f"{name} = max({name}, {body})"
        )
        self.write(step)
        self.depth -= 1
        return name

    def _name(self, base: str) -> str:
        self.used[base] = self.used.get(base, 0) + 1
        return base if self.used[base] == 1 else f"{base}{self.used[base]}"
