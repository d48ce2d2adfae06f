"""Two readings for people: LaTeX and plain text, in the order the author typed."""

from collections.abc import Callable
from fractions import Fraction

from cnnmath.proof.notation import (
    Add,
    At,
    Bracket,
    Diff,
    Div,
    Entry,
    Fn,
    Max,
    Mul,
    Name,
    Neg,
    Node,
    Num,
    Over,
    Pow,
    Product,
    Quotient,
    Raised,
    Root,
    Sum,
)

Show = Callable[[Node], str]
SUM, PRODUCT, POWER, ATOM = 1, 2, 4, 9  # how tightly a node holds together
TEX_HEADS = {Sum: r"\sum", Product: r"\prod", Max: r"\max"}
TEXT_HEADS = {Sum: "sum", Product: "prod", Max: "max"}
TEX_FUNCTIONS = {
    "log": r"\log",
    "tanh": r"\tanh",
    "sigmoid": r"\sigma",
    "sign": r"\operatorname{sign}",
}
TEX_RELATIONS = {"=": "=", "<=": r"\le", "<": "<"}


def tightness(expression: Node) -> int:
    match expression:
        case Add() | Neg():
            return SUM
        case Num():
            return ATOM if expression.value >= 0 else SUM
        case Mul() | Div() | Over() | Diff():
            return PRODUCT
        case Fn() if expression.name == "exp" or _is_bare_log(expression):
            return PRODUCT if _is_bare_log(expression) else POWER
        case Pow() | Raised() | Root():
            return POWER
    return ATOM


# ------------------------------------------------------------------------------------------ LaTeX


def latex(expression: Node) -> str:
    """The formula in LaTeX, terms and factors in the order typed."""
    match expression:
        case Num():
            return _latex_number(expression.value)
        case Name():
            return expression.tex
        case Add():
            return _signed(expression, latex, _latex_in)
        case Neg():
            return "-" + _latex_in(expression.body, PRODUCT)
        case Mul():
            return _latex_product(expression)
        case Div():
            return rf"\frac{{{latex(expression.over)}}}{{{latex(expression.under)}}}"
        case Pow():
            return _latex_power(expression)
        case Raised():
            return _latex_raised(expression.base, latex(expression.exponent))
        case Fn():
            return _latex_function(expression)
        case Entry():
            return _latex_entry(expression)
        case Bracket():
            relation = TEX_RELATIONS[expression.relation]
            return rf"[{latex(expression.left)} {relation} {latex(expression.right)}]"
        case Root():
            return rf"\omega_{{{latex(expression.length)}}}^{{{latex(expression.exponent)}}}"
        case Quotient():
            over, under = latex(expression.over), latex(expression.under)
            return rf"\left\lfloor \frac{{{over}}}{{{under}}} \right\rfloor"
        case Over():
            return _latex_over(expression)
        case Diff():
            return _latex_diff(expression)
        case At():
            arguments = ", ".join(new.tex for new in expression.replaced.values())
            return f"{_latex_in(expression.body, ATOM)}({arguments})"
    raise TypeError(f"no LaTeX for {type(expression).__name__}")


def _latex_in(expression: Node, place: int) -> str:
    """With parentheses where the place holds more tightly than the expression."""
    inside = latex(expression)
    return inside if tightness(expression) >= place else rf"\left({inside}\right)"


def _latex_number(value: Fraction) -> str:
    sign = "-" if value < 0 else ""
    if value.denominator == 1:
        return str(value.numerator)
    return rf"{sign}\tfrac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _latex_product(expression: Mul) -> str:
    """Thin spaces, a dot between numbers; what would swallow its neighbours gets parentheses."""
    factors = _factors(expression)
    parts: list[str] = []
    for position, factor in enumerate(factors):
        last = position == len(factors) - 1
        if position and _joins(factors[position - 1], factor):
            parts[-2:] = [_between(factors[position - 1], factor, latex, TEX_RELATIONS)]
        elif _swallows(factor) and not last:
            parts.append(rf"\Bigl({latex(factor)}\Bigr)")
        else:
            parts.append(_latex_in(factor, PRODUCT))
        if not last:
            dot = isinstance(factor, Num) and _leads_with_number(factors[position + 1])
            parts.append(r" \cdot " if dot else r"\,")
    return "".join(parts)


def _joins(left: Node, right: Node) -> bool:
    """[0 <= u] [u < U] reads better as [0 <= u < U]."""
    return (
        isinstance(left, Bracket)
        and isinstance(right, Bracket)
        and "=" not in (left.relation, right.relation)
        and text(left.right) == text(right.left)
    )


def _between(left: Node, right: Node, show: Show, relations: dict[str, str]) -> str:
    assert isinstance(left, Bracket)
    assert isinstance(right, Bracket)
    first, second = relations[left.relation], relations[right.relation]
    return f"[{show(left.left)} {first} {show(left.right)} {second} {show(right.right)}]"


def _leads_with_number(expression: Node) -> bool:
    """Written after a number it would be read as more digits."""
    match expression:
        case Mul():
            return _leads_with_number(expression.factors[0])
        case Pow() | Raised():
            return _leads_with_number(expression.base)
    return isinstance(expression, Num)


def _swallows(expression: Node) -> bool:
    """Would read what follows as its own: a sum, a derivative operator, a bare logarithm."""
    if isinstance(expression, Mul):
        return _swallows(expression.factors[-1])
    derivative = isinstance(expression, Diff) and not _is_plain(expression.body)
    return isinstance(expression, Over) or derivative or _is_bare_log(expression)


def _factors(expression: Mul) -> list[Node]:
    """The factors of a product and of the products typed to the left of it."""
    first, *rest = expression.factors
    return (_factors(first) if isinstance(first, Mul) else [first]) + rest


def _latex_power(expression: Pow) -> str:
    exponent = expression.power
    if exponent == Fraction(1, 2):
        return rf"\sqrt{{{latex(expression.base)}}}"
    shown = str(exponent.numerator) if exponent.denominator == 1 else str(exponent)
    return _latex_raised(expression.base, shown)


def _latex_raised(base: Node, exponent: str) -> str:
    inside = _latex_in(base, ATOM)
    if isinstance(base, Num) and base.value.denominator != 1:
        inside = rf"\left({latex(base)}\right)"
    if isinstance(base, Entry) and {"^", "'"} & set(base.tensor.tex):
        inside = f"{{{inside}}}"  # a name that has a superscript of its own
    return f"{inside}^{{{exponent}}}"


def _latex_function(expression: Fn) -> str:
    if expression.name == "exp":
        return f"e^{{{latex(expression.argument)}}}"
    if expression.name == "step":
        return rf"1\{{{latex(expression.argument)} > 0\}}"
    if expression.name == "abs":
        return rf"\left\lvert {latex(expression.argument)} \right\rvert"
    head = TEX_FUNCTIONS.get(expression.name, expression.name)
    if _is_bare_log(expression):
        return rf"{head} {latex(expression.argument)}"
    return rf"{head}\left({latex(expression.argument)}\right)"


def _is_bare_log(expression: Node) -> bool:
    """log of an entry, a fraction, a sum: written without parentheses, so it must stand last."""
    return (
        isinstance(expression, Fn)
        and expression.name == "log"
        and isinstance(expression.argument, Over | Div | Entry | Name)
    )


def _latex_entry(expression: Entry) -> str:
    if not expression.indices:
        return expression.tensor.tex
    return f"{expression.tensor.tex}_{{{','.join(latex(i) for i in expression.indices)}}}"


def _latex_over(expression: Over) -> str:
    """Sums in a row over whole indices share one sign: sum over c, p, q."""
    indices, body = [expression.index.tex], expression.body
    while expression.whole and type(body) is type(expression) and body.whole:
        indices.append(body.index.tex)
        body = body.body
    head = _latex_range(expression)
    if len(indices) > 1:
        head = f"{TEX_HEADS[type(expression)]}_{{{','.join(indices)}}}"
    return f"{head} {_latex_in(body, PRODUCT)}"


def _latex_range(expression: Over) -> str:
    head = TEX_HEADS[type(expression)]
    index = expression.index.tex
    if expression.whole:
        return f"{head}_{{{index}}}"
    if isinstance(expression, Max):
        return rf"{head}_{{{latex(expression.lower)} \le {index} \le {latex(expression.upper)}}}"
    return f"{head}_{{{index}={latex(expression.lower)}}}^{{{latex(expression.upper)}}}"


def _latex_diff(expression: Diff) -> str:
    wrt = latex(expression.wrt)
    if _is_plain(expression.body):
        return rf"\frac{{\partial {latex(expression.body)}}}{{\partial {wrt}}}"
    return rf"\frac{{\partial}}{{\partial {wrt}}} {_latex_in(expression.body, PRODUCT)}"


def _is_plain(expression: Node) -> bool:
    return isinstance(expression, Entry | Name)


# ------------------------------------------------------------------------------------- plain text


def text(expression: Node) -> str:
    """The formula on one line, as a student would type it."""
    match expression:
        case Num():
            return str(expression.value) if _is_whole(expression) else f"({expression.value})"
        case Name():
            return expression.name
        case Add():
            return _signed(expression, text, _text_in)
        case Neg():
            return "-" + _text_in(expression.body, PRODUCT)
        case Mul():
            return _text_product(expression)
        case Div():
            over = _text_in(expression.over, PRODUCT)
            over = f"({over})" if isinstance(expression.over, Diff) else over
            return f"{over} / {_text_in(expression.under, POWER)}"
        case Pow():
            power = expression.power
            shown = str(power) if power.denominator == 1 else f"({power})"
            return f"{_text_in(expression.base, ATOM)}^{shown}"
        case Raised():
            return f"{_text_in(expression.base, ATOM)}^{_text_in(expression.exponent, ATOM)}"
        case Fn() if expression.name == "step":
            return f"1{{{text(expression.argument)} > 0}}"
        case Fn() if expression.name == "abs":
            return f"|{text(expression.argument)}|"
        case Fn():
            return f"{expression.name}({text(expression.argument)})"
        case Entry():
            indices = ",".join(text(i) for i in expression.indices)
            return f"{expression.tensor.name}[{indices}]" if indices else expression.tensor.name
        case Bracket():
            return f"[{text(expression.left)} {expression.relation} {text(expression.right)}]"
        case Root():
            return f"omega_{text(expression.length)}^({text(expression.exponent)})"
        case Quotient():
            over = _text_in(expression.over, PRODUCT)
            return f"floor({over} / {_text_in(expression.under, POWER)})"
        case Over():
            return _text_over(expression)
        case Diff():
            return f"d {_text_in(expression.body, ATOM)} / d {text(expression.wrt)}"
        case At():
            arguments = ", ".join(new.name for new in expression.replaced.values())
            return f"{_text_in(expression.body, ATOM)}({arguments})"
    raise TypeError(f"no plain text for {type(expression).__name__}")


def _text_product(expression: Mul) -> str:
    factors = _factors(expression)
    parts: list[str] = []
    for position, factor in enumerate(factors):
        if position and _joins(factors[position - 1], factor):
            parts[-1] = _between(factors[position - 1], factor, text, {"<=": "<=", "<": "<"})
        else:
            parts.append(_text_factor(factor, last=position == len(factors) - 1))
    return " ".join(parts)


def _is_whole(expression: Num) -> bool:
    return expression.value.denominator == 1


def _text_in(expression: Node, place: int) -> str:
    inside = text(expression)
    loose = tightness(expression) < place or (place > SUM and _opens(expression))
    if place >= POWER and isinstance(expression, Fn | Num):
        loose = tightness(expression) < SUM or (
            isinstance(expression, Num) and expression.value < 0
        )
    return f"({inside})" if loose else inside


def _opens(expression: Node) -> bool:
    """Ends in a sum, a product or a maximum, which would read on."""
    if isinstance(expression, Mul):
        return _opens(expression.factors[-1])
    return isinstance(expression, Over)


def _text_factor(expression: Node, last: bool = False) -> str:
    """A factor; a fraction or a derivative in a product gets parentheses, for it has no bar here."""
    if isinstance(expression, Div | Diff) or (_opens(expression) and not last):
        return f"({text(expression)})"
    return text(expression) if _opens(expression) else _text_in(expression, PRODUCT)


def _text_over(expression: Over) -> str:
    head, index = TEXT_HEADS[type(expression)], expression.index.name
    nested = isinstance(expression.body, Over)
    body = text(expression.body) if nested else _text_in(expression.body, PRODUCT)
    if expression.whole:
        return f"{head}_{index} {body}"
    return f"{head}_{{{text(expression.lower)} <= {index} <= {text(expression.upper)}}} {body}"


def _signed(expression: Add, show, show_in) -> str:  # type: ignore[no-untyped-def]
    """a + b - c: a negated term brings its own sign; sums typed to the left stay open."""
    parts: list[str] = []
    for position, term in enumerate(expression.terms):
        if position == 0:
            parts.append(show(term))
        elif isinstance(term, Neg):
            parts.append(f" - {show_in(term.body, PRODUCT)}")
        else:
            parts.append(f" + {show_in(term, PRODUCT)}")
    return "".join(parts)
