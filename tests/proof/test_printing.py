"""The two readings for people: each node kind, and no formula that reads as another one.

Plain text is read back by a small parser that knows only the usual precedences; what it reads must
have the value of what was typed.
"""

import re
from fractions import Fraction
from random import Random

import pytest

from cnnmath.proof.evaluate import EXACT, Arrays, value
from cnnmath.proof.notation import (
    Add,
    At,
    Bracket,
    Definition,
    Diff,
    Div,
    Fn,
    Index,
    Max,
    Mul,
    Name,
    Neg,
    Num,
    Pow,
    Product,
    Root,
    Sum,
    Tensor,
    exp,
    log,
    node,
)
from cnnmath.proof.printing import latex, text

N = Name("N", integer=True, lower=node(1))
n, k = Index("n", N), Index("k", N)
x, w = Tensor("x", (N,)), Tensor("w", (N, N), tex="W")
a, b, c = Name("a"), Name("b", tex=r"\beta"), Name("c")
scaled = Definition("scaled", (n,), 2 * x[n], tex="x^*")


def number(p, q=1):
    return Num(Fraction(p, q))


CASES = [
    (number(3), "3", "3"),
    (number(-3), "-3", "-3"),
    (Root(-(k * n), N), "omega_N^(-k n)", r"\omega_{N}^{-k\,n}"),
    (Root(k - n, N) ** 2, "(omega_N^(k - n))^2", r"\left(\omega_{N}^{k - n}\right)^{2}"),
    (2 * Root(n, N) * x[n], "2 omega_N^(n) x[n]", r"2\,\omega_{N}^{n}\,x_{n}"),
    (b, "b", r"\beta"),
    (x[n + 1], "x[n + 1]", "x_{n + 1}"),
    (w[n, k.prime], "w[n,k']", "W_{n,k'}"),
    (a + b - c, "a + b - c", r"a + \beta - c"),
    (a - (b - c), "a - (b - c)", r"a - \left(\beta - c\right)"),
    (-(a + b), "-(a + b)", r"-\left(a + \beta\right)"),
    (b * a * 2, "b a 2", r"\beta\,a\,2"),
    (a * -b, "a (-b)", r"a\,\left(-\beta\right)"),
    (a * (b + c), "a (b + c)", r"a\,\left(\beta + c\right)"),
    (a / (b / c), "a / (b / c)", r"\frac{a}{\frac{\beta}{c}}"),
    (a**2, "a^2", "a^{2}"),
    ((a + b) ** 2, "(a + b)^2", r"\left(a + \beta\right)^{2}"),
    ((-a) ** 2, "(-a)^2", r"\left(-a\right)^{2}"),
    (number(2, 3) ** 2, "(2/3)^2", r"\left(\tfrac{2}{3}\right)^{2}"),
    (Pow(a, Fraction(1, 2)), None, r"\sqrt{a}"),
    (b**n, "b^n", r"\beta^{n}"),
    (b ** (n - 1 - k), "b^(n - 1 - k)", r"\beta^{n - 1 - k}"),
    ((a + b) ** (n - k), "(a + b)^(n - k)", r"\left(a + \beta\right)^{n - k}"),
    (number(2) ** (n + 1) * a, "2^(n + 1) a", r"2^{n + 1}\,a"),
    (number(3) * number(2) ** n, "3 2^n", r"3 \cdot 2^{n}"),
    (number(1, 2) ** n, "(1/2)^n", r"\left(\tfrac{1}{2}\right)^{n}"),
    (scaled[n] ** n, "scaled[n]^n", r"{x^*_{n}}^{n}"),
    (exp(a + b), "exp(a + b)", r"e^{a + \beta}"),
    (exp(a) ** 2, "exp(a)^2", r"\left(e^{a}\right)^{2}"),
    (log(a * b), "log(a b)", r"\log\left(a\,\beta\right)"),
    (Fn("f'", a), "f'(a)", r"f'\left(a\right)"),
    (Bracket(n, "<=", k), "[n <= k]", r"[n \le k]"),
    (Sum(n, x[n] + a), "sum_n (x[n] + a)", r"\sum_{n} \left(x_{n} + a\right)"),
    (Sum(n, x[n], 1, N - 2), "sum_{1 <= n <= N - 2} x[n]", r"\sum_{n=1}^{N - 2} x_{n}"),
    (Sum(n, x[n]) * a, "(sum_n x[n]) a", r"\Bigl(\sum_{n} x_{n}\Bigr)\,a"),
    (a * Sum(n, x[n]), "a sum_n x[n]", r"a\,\sum_{n} x_{n}"),
    (Sum(n, x[n]) + a, "sum_n x[n] + a", r"\sum_{n} x_{n} + a"),
    (Sum(n, x[n]) ** 2, "(sum_n x[n])^2", r"\left(\sum_{n} x_{n}\right)^{2}"),
    (Product(n, x[n]), "prod_n x[n]", r"\prod_{n} x_{n}"),
    (Max(n, x[n]), "max_n x[n]", r"\max_{n} x_{n}"),
    (Max(n, x[n], 0, k), "max_{0 <= n <= k} x[n]", r"\max_{0 \le n \le k} x_{n}"),
    (Diff(x[n], x[k]), "d x[n] / d x[k]", r"\frac{\partial x_{n}}{\partial x_{k}}"),
    (Diff(a * b, a), "d (a b) / d a", r"\frac{\partial}{\partial a} a\,\beta"),
    (At(a * x[n], {x: scaled}), "(a x[n])(scaled)", r"\left(a\,x_{n}\right)(x^*)"),
]


@pytest.mark.parametrize(
    ("formula", "plain", "tex"), CASES, ids=[str(i) for i in range(len(CASES))]
)
def test_each_node_kind_in_the_order_typed(formula, plain, tex):
    assert plain in (None, text(formula))
    assert latex(formula) == tex


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (log(x[n]) ** 2, log(x[n] ** 2)),
        (log(Sum(n, x[n])) ** 2, log(Sum(n, x[n] ** 2))),
        (log(Sum(n, x[n])) * a, log(Sum(n, x[n] * a))),
        (log(x[n]) * a, log(x[n] * a)),
        (log(a / b) * c, log(a / b * c)),
        (Sum(n, x[n]) * Max(k, x[k]), Sum(n, x[n] * Max(k, x[k]))),
        (a * (b * Product(n, x[n])) * c, a * (b * Product(n, x[n] * c))),
        ((a * Max(n, x[n])) / c, a * Max(n, x[n] / c)),
        (Diff(a, b) / c, Diff(a / c, b)),
        (Diff(a * b, a) * c, Diff(a * b * c, a)),
        (number(2) * number(3) * a, number(23) * a),
        (a / number(2, 3), a / 2 / 3),
        (-(a**2), (-a) ** 2),
        (At(a + x[n], {x: scaled}), a + At(x[n], {x: scaled})),
        (Sum(n, -x[n]), -Sum(n, x[n]) + a - a),
        (exp(a) ** 2, exp(a**2)),
        (Sum(n, x[n]) + a, Sum(n, x[n] + a)),
        (Product(n, x[n]) ** 2 * a, Product(n, x[n] ** 2 * a)),
        (Pow(a, Fraction(1, 3)), a / 3),
        (a ** (n + 1), a**n + 1),
        ((a * b) ** n, a * b**n),
        (-(a**n), (-a) ** n),
        ((a**n) ** 2, a ** (n * 2)),
    ],
)
def test_different_formulas_look_different(one, other):
    assert text(one) != text(other)
    assert latex(one).replace(r"\,", "") != latex(other).replace(r"\,", "")


@pytest.mark.parametrize("power", [Fraction(1, 3), Fraction(-1, 2)])
def test_fractional_power_is_one_exponent(power):
    assert text(Pow(a, power)) == f"a^({power})"


def test_order_as_typed():
    assert text(b + a) == "b + a"
    assert text(x[k] * 2 * a) == "x[k] 2 a"
    assert latex(w[k, n] * x[n]) == r"W_{k,n}\,x_{n}"


# ------------------------------------------------------------------------------- reading text back

TOKEN = re.compile(
    r"\s*(sum|prod|max)_(?:\{(.+?) <= (\w+) <= (.+?)\}|(\w+))|\s*(\d+(?:/\d+)?|\w+|[-+/^()\[\],])"
)


class Reader:
    """The usual reading: ^ before product and /, these from the left, then + and -; a big sum takes
    the rest of its product."""

    def __init__(self, plain, names):
        self.rest, self.names = plain, names

    def peek(self):
        return self.rest.lstrip()[:1]

    def take(self, sign):
        assert self.peek() == sign, f"{sign!r} wanted at {self.rest!r}"
        self.rest = self.rest.lstrip()[1:]

    def sum(self, names):
        negative = self.peek() == "-"
        if negative:
            self.take("-")
        total = self.product(names) * (-1 if negative else 1)
        while self.peek() in ("+", "-") and self.peek():
            sign = self.peek()
            self.take(sign)
            total += self.product(names) * (1 if sign == "+" else -1)
        return total

    def product(self, names):
        result = self.power(names)
        while self.peek() and self.peek() not in "+-)],":
            if self.peek() == "/":
                self.take("/")
                result = result / self.power(names)
            else:
                result = result * self.power(names)
        return result

    def power(self, names):
        base = self.atom(names)
        if self.peek() != "^":
            return base
        self.take("^")
        exponent = re.match(r"\s*(-?\d+)", self.rest)
        self.rest = self.rest[exponent.end() :]
        return base ** int(exponent.group(1))

    def atom(self, names):
        if self.peek() == "(":
            self.take("(")
            inside = self.sum(names)
            self.take(")")
            return inside
        found = TOKEN.match(self.rest)
        self.rest = self.rest[found.end() :]
        if found.group(1):
            return self.big(found, names)
        word = found.group(6)
        if word[0].isdigit():
            return Fraction(word)
        if self.rest.startswith("["):
            self.take("[")
            place = int(self.sum(names))
            self.take("]")
            return self.names[word][place]
        if self.rest.startswith("("):
            self.take("(")
            z = self.sum(names)
            self.take(")")
            return z**3 / 3 + z**2 + 2 * z  # the instance of f in evaluate.py
        return Fraction(names[word])

    def big(self, found, names):
        """Read the body once for each value of the index."""
        letter = found.group(3) or found.group(5)
        low, high = (found.group(2), found.group(4)) if found.group(3) else ("0", "N - 1")
        low, high = (int(Reader(limit, self.names).sum(names)) for limit in (low, high))
        start, values = self.rest, []
        for i in range(low, high + 1):
            self.rest = start
            values.append(self.product({**names, letter: i}))
        if found.group(1) == "prod":
            result = Fraction(1)
            for v in values:
                result *= v
            return result
        return sum(values) if found.group(1) == "sum" else max(values)


def random_formula(rng, depth, letters):
    """Nodes of every kind that arithmetic has, nested freely."""
    if depth == 0:
        leaves = [a, b, c, number(rng.randint(-3, 3)), number(rng.choice((1, -2)), 3)]
        return rng.choice(leaves + [x[i] for i in letters] * 2)

    def part():
        return random_formula(rng, depth - 1, letters)

    kind = rng.choice(("add", "mul", "mul", "neg", "div", "pow", "fn", "over", "over", "leaf"))
    if kind == "over" and len(letters) < 3:
        letter = Index(f"i{len(letters)}_{rng.randint(0, 9**6)}", N)
        body = random_formula(rng, depth - 1, [*letters, letter])
        limits = rng.choice([(), (), (1, N - 1)])
        return rng.choice((Sum, Product, Max))(letter, body, *limits)
    return {
        "add": lambda: Add(tuple(part() for _ in range(rng.choice((2, 2, 3))))),
        "mul": lambda: Mul(tuple(part() for _ in range(rng.choice((2, 2, 3))))),
        "neg": lambda: Neg(part()),
        "div": lambda: Div(part(), part()),
        "pow": lambda: Pow(part(), Fraction(rng.choice((2, 3, -1)))),
        "fn": lambda: Fn("f", part()),
    }.get(kind, lambda: random_formula(rng, 0, letters))()


def test_plain_text_reads_back_as_what_was_typed():
    numbers = {"a": Fraction(2, 3), "b": Fraction(-3, 2), "c": Fraction(5)}
    entries = [Fraction(-1, 2), Fraction(3), Fraction(2, 5)]
    arrays = Arrays({"N": 3, **numbers}, {"x": lambda place: entries[place[0]]}, EXACT)
    read = 0
    for seed in range(1500):
        formula = random_formula(Random(seed), 3, [])
        try:
            typed = value(formula, arrays)
        except ZeroDivisionError:
            continue
        back = Reader(text(formula), {"x": entries}).sum({"N": 3, **numbers})
        assert back == typed, f"{text(formula)} reads as {back}, but {typed} was typed"
        read += 1
    assert read > 1000
