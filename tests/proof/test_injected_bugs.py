"""A test of the tests: errors put into the prover, rule by rule; the generators must notice each.

A bug is a small change of the source of one function, made in memory. It is caught if the formulas
aimed at its rule change their meaning, if something that must be equal is no longer shown, or if
an item of the course fails. ``pytest -rP`` prints who caught what.
"""

import inspect
import sys
import textwrap
from typing import NamedTuple

import pytest
from items import ITEMS, shown
from judging import (
    judge_equal,
    judge_memory,
    judge_products,
    judge_ranges,
    judge_root_tag,
    judge_routing_tag,
    judge_tag,
    judge_unequal,
)

from cnnmath.proof import ranges
from cnnmath.proof.audit.compare import judge
from cnnmath.proof.audit.generators import GENERATORS
from cnnmath.proof.audit.goals import judge_optimum, judge_squares
from cnnmath.proof.rules import RULES

PROOF = "cnnmath.proof."


class Bug(NamedTuple):
    """In ``target`` (module.function) ``old`` becomes ``new``; ``by`` is the check that must notice."""

    rule: str
    name: str
    target: str
    old: str
    new: str
    by: str = ""


BUGS = [
    Bug(
        "expand",
        "equal terms overwrite each other",
        "polynomial.Poly.__mul__",
        "plain.get(product, 0) + c * d",
        "c * d",
    ),
    Bug(
        "expand", "coefficient lost", "polynomial.Poly.__mul__", "product * (c * d)", "product * c"
    ),
    Bug(
        "expand",
        "powers replace each other",
        "polynomial.multiply",
        "powers.get(atom, 0) + power",
        "power",
    ),
    Bug(
        "unfold",
        "indices in the wrong order",
        "translate.unfold",
        "zip(definition.params, indices, strict=True)",
        "zip(definition.params, indices[::-1], strict=True)",
    ),
    Bug(
        "unfold",
        "names of the place of use leak in",
        "translate.unfold",
        "Scope(names,",
        "Scope({**names, **scope.names},",
    ),
    Bug("unfold", "replaced tensor not replaced", "translate._at", "**pairs", "**{}"),
    Bug(
        "idempotent",
        "bracket squared is nothing",
        "polynomial.multiply",
        "powers[atom] = 1",
        "powers[atom] = 0",
    ),
    Bug("idempotent", "bracket squared stays", "polynomial.multiply", "power > 1", "power > 9"),
    Bug(
        "by exp",
        "sigmoid of the wrong sign",
        "atoms.apply",
        "power_of(ONE + down, -1)",
        "power_of(ONE + up, -1)",
    ),
    Bug(
        "by exp",
        "tanh without its second exponential",
        "atoms.apply",
        "power_of(up + down, -1)",
        "power_of(up + up, -1)",
    ),
    Bug("step", "every function", "atoms.Function.idempotent", 'self.name == "step"', "True"),
    Bug("step", "no function", "atoms.Function.idempotent", 'self.name == "step"', "False"),
    Bug(
        "almost everywhere",
        "slope 1",
        "derivative._derivative_of_function",
        "return ZERO",
        "return ONE",
    ),
    Bug(
        "almost everywhere",
        "of every function",
        "derivative._derivative_of_function",
        'atom.name in ("step", "sign")',
        "atom.name",
    ),
    Bug(
        "almost everywhere",
        "of the step alone",
        "derivative._derivative_of_function",
        '("step", "sign")',
        '("step",)',
    ),
    Bug(
        "absolute value",
        "of any number the number itself",
        "atoms.apply",
        'return argument * apply("sign", argument)',
        "return argument",
        by="formulas",
    ),
    Bug(
        "absolute value",
        "of a negative number the number itself",
        "atoms.apply",
        "-argument).positive, -ONE",
        "-argument).positive, ONE",
        by="formulas",
    ),
    Bug(
        "absolute value",
        "sign 0 = 1",
        "atoms.apply",
        "not argument.terms, ZERO",
        "not argument.terms, ONE",
        by="formulas",
    ),
    Bug(
        "absolute value",
        "what has no known sign is 0",
        "atoms.apply",
        "not argument.terms, ZERO",
        "True, ZERO",
        by="formulas",
    ),
    Bug(
        "absolute value",
        "of a sum with one positive term",
        "polynomial.Poly.positive",
        "c > 0 and all(a.positive or (n % 2 == 0 and a.real) for a, n in m)",
        "c > 0",
        by="formulas",
    ),
    Bug(
        "absolute value",
        "a square is not 0",
        "polynomial.Poly.positive",
        "any(all(a.positive for a, _ in m) for m in self.terms) and",
        "self.terms and",
        by="false statements",
    ),
    Bug(
        "absolute value",
        "an empty sum is positive",
        "sums.ClosedSum.positive",
        "return _surely_not_empty(self.dummies, self.monomial)",
        "return True",
        by="formulas",
    ),
    Bug(
        "absolute value",
        "a sum that a bracket empties is positive",
        "sums._surely_not_empty",
        "len(brackets) != 2 * len(dummies)",
        "len(brackets) > 9",
        by="false statements",
    ),
    Bug(
        "absolute value",
        "a sign is its own square",
        "atoms.Function.idempotent",
        'self.name == "step"',
        'self.name in ("step", "sign")',
        by="formulas",
    ),
    Bug(
        "tighten",
        "rounded up",
        "atoms.bracket",
        "constant // divisor",
        "-(-constant // divisor)",
    ),
    Bug(
        "tighten",
        "divisibility not asked",
        "atoms.bracket",
        "constant % divisor:",
        "constant % divisor > 9:",
    ),
    Bug(
        "tighten",
        "two brackets for one equality",
        "atoms.bracket",
        "base if lead > 0 else -base",
        "base",
    ),
    Bug("range", "goal not negated", "ranges.implied", "-goal - 1", "goal"),
    Bug("range", "goal off by one", "ranges.implied", "-goal - 1", "-goal - 2"),
    Bug("range", "a bracket implies itself", "ranges.prune", "if p is not pair", "if p"),
    Bug(
        "range",
        "0 >= 0 contradicts",
        "ranges._infeasible",
        "return constant < 0",
        "return constant <= 0",
    ),
    Bug(
        "range", "constant not scaled in elimination", "ranges._eliminate", "a * down[1]", "down[1]"
    ),
    Bug(
        "range",
        "rounded inwards once too often",
        "ranges._tighten",
        "constant // divisor",
        "constant // divisor - 1",
    ),
    Bug(
        "rename",
        "shift and reflection left out",
        "sums._solve",
        "dummy(name) - (expression - dummy(new)) * sign",
        "dummy(new)",
    ),
    Bug(
        "rename",
        "sign forgotten",
        "sums._solve",
        "(expression - dummy(new)) * sign",
        "(expression - dummy(new))",
    ),
    Bug(
        "rename",
        "slots of inner sums are anchors",
        "sums._is_inner",
        "return ",
        "return False and ",
    ),
    Bug("rename", "same level for inner and outer names", "sums._height", "1 + ", "1 + 0 * "),
    Bug(
        "rename",
        "coefficient forgotten",
        "sums._canonical",
        "best = (key, inside, outside, coefficient)",
        "best = (key, inside, outside, 1)",
    ),
    Bug(
        "rename",
        "what the renaming expands to is cut short",
        "sums._canonical",
        "sum_over(terms,",
        "sum_over(Poly(dict(list(terms.terms.items())[:1])),",
    ),
    Bug(
        "factor",
        "constants stay inside as well",
        "sums._sum_monomial",
        "outside = [pair for pair in pruned if not pair[0].free & bound]",
        "outside = [pair for pair in pruned]",
    ),
    Bug(
        "factor",
        "linked factors separated",
        "sums._components",
        "names |= {name for pair in linked for name in pair[0].free & bound}",
        "names |= set()",
    ),
    Bug(
        "factor",
        "power of a sum opened once",
        "sums._flatten",
        "for _ in range(n)",
        "for _ in range(1)",
        by="false statements",
    ),
    Bug(
        "factor",
        "divisor cancelled twice",
        "sums._cancel",
        "if name not in pair[0].free]",
        "if name not in pair[0].free and pair[1] > 0]",
    ),
    Bug(
        "sift",
        "wrong sign in the solution",
        "sums._solved",
        "dummy(name) - zero * sign",
        "dummy(name) + zero * sign",
    ),
    Bug(
        "sift", "coefficient 2 taken for 1", "atoms.unit_coefficient", "c not in (1, -1)", "c == 0"
    ),
    Bug(
        "sift",
        "wrong sign for free indices",
        "equality._use_equality",
        "_named(atom, name) - atom.base * sign",
        "_named(atom, name) + atom.base * sign",
    ),
    Bug(
        "sift",
        "free bracket dropped",
        "equality._use_equality",
        "{name: value}) * of(atom)",
        "{name: value})",
    ),
    Bug("count", "off by one", "sums._count", "high[0] - low[0] + 1", "high[0] - low[0]"),
    Bug(
        "count",
        "negative lengths",
        "sums._count",
        "if not implied(count, [])",
        "if not implied(count + 9, [])",
    ),
    Bug("count", "lower bound forgotten", "sums._count", "high[0] - low[0] + 1", "high[0] + 1"),
    Bug("write out", "short by one", "sums._write_out", "int(min(highs)) + 1", "int(min(highs))"),
    Bug(
        "write out",
        "starts one late",
        "sums._write_out",
        "range(int(max(lows)),",
        "range(int(max(lows)) + 1,",
    ),
    Bug(
        "write out",
        "other bounds forgotten",
        "sums._write_out",
        "substitute(product_of(part), {name: poly(value)})",
        "substitute(product_of([p for p in part if not isinstance(p[0], Bracket)]), {name: poly(value)})",
    ),
    Bug("differentiate", "power rule without its factor", "derivative._derivative", "c * n", "c"),
    Bug(
        "differentiate",
        "no inner derivative",
        "derivative._derivative_of_atom",
        "inner * _derivative_of_function(atom)",
        "_derivative_of_function(atom)",
    ),
    Bug(
        "differentiate",
        "delta of one axis only",
        "derivative._same_entry",
        "result * bracket",
        "bracket",
    ),
    Bug(
        "differentiate",
        "exponential lost",
        "derivative._derivative_of_atom",
        "_derivative(atom.exponent, wrt) * of(atom)",
        "_derivative(atom.exponent, wrt)",
    ),
    Bug(
        "differentiate",
        "denominators are constants",
        "derivative._derivative_of_atom",
        "_derivative(atom.base, wrt)",
        "ZERO",
    ),
    Bug("differentiate", "log' = x", "derivative._derivative_of_function", "-1", "1"),
    Bug(
        "differentiate",
        "sums are constants",
        "derivative._derivative_of_atom",
        "sum_over(inner, names) if inner.terms",
        "ZERO if inner.terms",
    ),
    Bug(
        "exp",
        "exponential of a sum is a sum",
        "atoms.exponential",
        "result * _exponential_of_term",
        "result + _exponential_of_term",
    ),
    Bug(
        "exp",
        "coefficient of the exponent lost",
        "atoms._exponential_of_term",
        "Poly({m: 1})), c)",
        "Poly({m: 1})))",
    ),
    Bug("exp", "e^(c log a) = a", "atoms._exponential_of_term", "power_of(inside, c)", "inside"),
    Bug("log", "any factor comes out", "atoms.logarithm", "elif atom.positive", "elif True"),
    Bug(
        "log",
        "power of the exponential lost",
        "atoms.logarithm",
        "atom.exponent * n",
        "atom.exponent",
    ),
    Bug(
        "log",
        "log of a fraction adds",
        "atoms._log_number",
        "(c.denominator, -1)",
        "(c.denominator, 1)",
    ),
    Bug(
        "log",
        "common exponential not divided out",
        "atoms._common_exponentials",
        "-n for a, n in outside",
        "n for a, n in outside",
    ),
    Bug(
        "product",
        "factors of any sign",
        "translate._over",
        "if not body.positive",
        "if body == ZERO",
    ),
    Bug(
        "product",
        "range forgotten",
        "translate._over",
        "logarithm(body) * inside",
        "logarithm(body)",
    ),
    Bug(
        "sums to one",
        "part of a row",
        "sums._declared",
        "== whole",
        "!= ZERO",
        by="formulas",
    ),
    Bug(
        "sums to one",
        "any tensor",
        "sums._fact",
        "facts.get((tensor.kind, int(n)))",
        'facts.get((tensor.kind.replace("real", "probabilities"), int(n)))',
        by="formulas",
    ),
    Bug(
        "sums to one",
        "the diagonal",
        "sums._declared",
        "any(i.free & names for i in entry.indices[:-axes])",
        "False",
        by="formulas",
    ),
    Bug(
        "sums to one",
        "an empty row too",
        "sums._declared",
        "implied(size - 1, [])",
        "implied(size, [])",
        by="formulas",
    ),
    Bug("unit length", "wrong power", "sums._fact", '("unit", 2)', '("unit", 1)', by="formulas"),
    Bug(
        "unit length",
        "any higher power",
        "sums._fact",
        "facts.get((tensor.kind, int(n)))",
        "facts.get((tensor.kind, min(int(n), 2)))",
        by="formulas",
    ),
    Bug(
        "one per window",
        "of a window that may be empty",
        "sums._fact",
        "if complete and n == 1",
        "if n == 1",
        by="formulas",
    ),
    Bug(
        "one per window",
        "of a part of the window",
        "sums._declared",
        "== whole",
        "!= ZERO",
        by="formulas",
    ),
    Bug(
        "one per window",
        "one axis of two",
        "sums._fact",
        "tensor.axes)",
        "1)",
        by="formulas",
    ),
    Bug(
        "positive factor",
        "a padding for a size",
        "polynomial.Symbol.positive",
        "least >= 1",
        "least >= 0",
        by="formulas",
    ),
    Bug(
        "positive factor",
        "a factor of any sign",
        "atoms._without_positive_factor",
        "isinstance(atom, Symbol) and atom.positive and",
        "isinstance(atom, Symbol) and",
        by="formulas",
    ),
    Bug(
        "positive factor",
        "in one term is enough",
        "atoms._without_positive_factor",
        "all(atom in dict(m)",
        "any(atom in dict(m)",
        by="formulas",
    ),
    Bug(
        "Euclid",
        "1 forgotten (this one occurred)",
        "ranges.divided",
        "_times(x + y + 1,",
        "_times(x + y,",
        by="formulas",
    ),
    Bug(
        "Euclid",
        "the rest may be S",
        "ranges.divided",
        """(-_rest(x, size) - 1).key, ()):
                    t = _times(x + y + 1,""",
        """(-_rest(x, size)).key, ()):
                    t = _times(x + y,""",
        by="formulas",
    ),
    Bug(
        "Euclid",
        "one side is enough",
        "sums._forced",
        "and (-t).key in found",
        "and found",
        by="formulas",
    ),
    Bug(
        "Euclid",
        "rounded up",
        "ranges.divided",
        "((size, -1),)) - 1",
        "((size, -1),)) - 2",
        by="products",
    ),
    Bug(
        "Euclid",
        "a divisor of any sign",
        "ranges._sizes_in_products",
        "a.integer and a.positive",
        "a.integer",
        by="products",
    ),
    Bug(
        "floor",
        "a bracket is its own reason (this one occurred)",
        "translate._product",
        "result = result * bracket(relation, base)",
        """scope = scope._replace(conditions=(*scope.conditions, base, -base))
            result = result * bracket(*_condition(factor, scope))""",
        by="formulas",
    ),
    Bug(
        "floor",
        "a rest of S counts 0",
        "floors.quotient",
        "implied(under - 1 - rest, known)",
        "implied(under - rest, known)",
        by="formulas",
    ),
    Bug(
        "floor",
        "negative numbers rounded to 0",
        "floors.quotient",
        "if implied(rest, known)",
        "if implied(rest + under - 1, known)",
        by="formulas",
    ),
    Bug(
        "floor",
        "half of the divisor comes out",
        "floors._multiple",
        "coefficient.denominator == 1 and",
        "",
        by="formulas",
    ),
    Bug(
        "floor",
        "the rest is never 0",
        "ranges._bounds_of",
        "[rest, atom.under",
        "[rest - 1, atom.under",
        by="formulas",
    ),
    Bug(
        "floor",
        "a tile of S + 1",
        "sums._divided",
        "(of(size) - 1 - base).key",
        "(of(size) - base).key",
        by="false statements",
    ),
    Bug(
        "floor",
        "in a bracket, a rest up to S",
        "atoms._without_floor",
        "floor.under - 1 - rest",
        "floor.under - rest",
        by="formulas",
    ),
    Bug(
        "floor",
        "in a bracket, from the wrong side",
        "atoms._without_floor",
        "low if sign == 1 else high",
        "high if sign == 1 else low",
        by="formulas",
    ),
    Bug(
        "floor",
        "in a bracket, one half of an equality",
        "atoms._without_floor",
        "return bracket(*low) * bracket(*high)",
        "return bracket(*low)",
        by="formulas",
    ),
    Bug(
        "floor",
        "in a bracket, the other half",
        "atoms._without_floor",
        "return bracket(*low) * bracket(*high)",
        "return bracket(*high)",
        by="formulas",
    ),
    Bug(
        "floor",
        "in a bracket, what stands beside it turned round",
        "atoms._without_floor",
        "of(floor) - base * sign",
        "base * sign - of(floor)",
        by="formulas",
    ),
    Bug(
        "floor",
        "in a bracket, of a floor times itself",
        "atoms._linear_floor",
        "len(m) == 1 and isinstance",
        "isinstance",
    ),
    Bug(
        "floor",
        "in a bracket, the first of two that comes",
        "atoms._linear_floor",
        "min(found, key=lambda each: each.key, default=None)",
        "found[0] if found else None",
        by="pairs",
    ),
    Bug(
        "floor",
        "in a bracket, before 2 floor = 2 n is divided",
        "atoms._linear_floor",
        "c in (1, -1)",
        "c in (1, -1, 2, -2)",
        by="formulas",
    ),
    Bug(
        "floor",
        "blocks of any size cover all places",
        "sums._divided",
        "(of(size) - 1 - base).key not in bases",
        "not any(base != b and (of(size) - 1 - base).free <= b.free for b in bases.values())",
        by="false statements",
    ),
    Bug(
        "floor",
        "an index that is its own block",
        "sums._divided",
        " if u != names[0]",
        "",
        by="pairs",
    ),
    Bug(
        "floor",
        "blocks are not recognised in canonical form",
        "sums._simpler",
        "_divided(m, names, names)",
        "_divided(m, names)",
        by="pairs",
    ),
    Bug(
        "floor",
        "the last block, not the first",
        "sums._divided",
        "quotient(over, of(size))",
        "quotient(over + of(size) - 1, of(size))",
        by="formulas",
    ),
    Bug(
        "floor",
        "two inequalities for one equation, without end (this one occurred)",
        "sums._sum_monomial",
        "solved or sum_over",
        "sum_over",
    ),
    Bug(
        "floor",
        "divisor kept from 0 by a bracket only (this one occurred)",
        "floors.quotient",
        "implied(under - 1, [])",
        "implied(under - 1, known)",
        by="false statements",
    ),
    Bug(
        "routing",
        "follows what it routes",
        "derivative._same_entry",
        "return ZERO",
        "return ONE if isinstance(atom.tensor, Routing) else ZERO",
        by="formulas",
    ),
    Bug("routing", "no tag", "derivative._same_entry", 'note("routing")', "pass", by="tag"),
    Bug(
        "routing",
        "stays where it is at other arguments (this one occurred)",
        "translate._entry",
        "isinstance(tensor, Routing) and",
        "False and",
        by="false statements",
    ),
    Bug(
        "range",
        "a condition times a number of any sign",
        "ranges._factorings",
        "a.integer and a.positive",
        "a.integer",
        by="products",
    ),
    Bug(
        "range",
        "a product loses a term",
        "ranges._times",
        "p.terms.items()",
        "list(p.terms.items())[1:]",
        by="products",
    ),
    Bug(
        "range",
        "a size times a condition, not its constant",
        "ranges._times",
        "for atom, n in factor:",
        "for atom, n in factor if m else ():",
        by="products",
    ),
    Bug(
        "range",
        "answers kept without the declared ranges",
        "ranges._contradictory",
        "c.key for c in known)",
        "c.key for c in known if c not in declared_ranges(known))",
        by="memory",
    ),
    Bug(
        "range",
        "answers kept without the signs",
        "ranges._contradictory",
        "c.key for c in known)",
        'c.key.replace("-", "") for c in known)',
        by="integers",
    ),
    Bug(
        "factor",
        "sums in one go without the upper bounds",
        "translate._nested",
        'bracket(">=", low) * bracket(">=", high)',
        'bracket(">=", low)',
        by="formulas",
    ),
    Bug(
        "factor",
        "sums in one go keep the last range only",
        "translate._nested",
        "inside = inside * bracket",
        "inside = bracket",
        by="formulas",
    ),
    Bug(
        "common denominator",
        "only where it stands",
        "equality.clear_denominators",
        "int(dict(m).get(atom, 0))",
        "int(dict(m).get(atom, -worst[atom]))",
    ),
    Bug(
        "common denominator",
        "leading coefficient lost",
        "polynomial.power_of",
        "_power_of_term(monomial(outside), lead, exponent)",
        "_power_of_term(monomial(outside), 1, exponent)",
    ),
    Bug(
        "common denominator",
        "common factor lost",
        "polynomial.power_of",
        "return outer * of(Composite(rest), exponent)",
        "return of(Composite(rest), exponent)",
    ),
    Bug(
        "common denominator",
        "odd roots of even powers",
        "polynomial.power_of",
        "if a.positive",
        "if a",
    ),
    Bug(
        "nonzero",
        "no tag",
        "polynomial.power_of",
        "exponent < 0 and not base.positive",
        "exponent < -9",
    ),
    Bug(
        "nonzero",
        "everything is positive",
        "polynomial.Poly.positive",
        "c > 0 and all(a.positive",
        "c > 0 or all(a.positive",
    ),
    Bug(
        "maximum",
        "bounds stay behind",
        "sums._substitute_atom",
        "substitute(atom.low, values), substitute(atom.high, values)",
        "atom.low, atom.high",
    ),
    Bug(
        "maximum",
        "of nothing",
        "translate._over",
        "if not implied(high + low, scope.conditions)",
        "if not implied(high + low + 9, scope.conditions)",
    ),
    Bug(
        "maximum",
        "is a constant",
        "derivative._derivative_of_atom",
        "raise Stuck(",
        "return ZERO if True else (",
    ),
    Bug(
        "sum of squares",
        "odd powers",
        "derivation.manifestly_not_negative",
        "% 2 == 0",
        "% 1 == 0",
    ),
    Bug(
        "sum of squares",
        "one good term suffices",
        "derivation.manifestly_not_negative",
        "all(map(manifestly_not_negative, expression.terms))",
        "any(map(manifestly_not_negative, expression.terms))",
    ),
    Bug(
        "increasing",
        "factor of any sign",
        "chain.Optimum._transformed",
        "normal_form(operand).positive",
        "operand",
    ),
    Bug(
        "increasing",
        "factor that moves",
        "chain.Optimum._transformed",
        "if moving:",
        "if not names:",
    ),
    Bug(
        "increasing",
        "log of anything",
        "chain.Optimum._transformed",
        "normal_form(self.current).positive",
        "self.current",
    ),
    Bug(
        "root of unity",
        "coefficient of the exponent lost",
        "roots.root_of_unity",
        "1})), c)",
        "1})), 1)",
    ),
    Bug(
        "root of unity", "w^L is not 1", "roots.root_of_unity", "if size not in dict(m)", "if True"
    ),
    Bug(
        "root of unity",
        "1 whenever a size multiplies the exponent",
        "roots.root_of_unity",
        "if size not in dict(m)",
        "if not any(a.positive for a, _ in m)",
    ),
    Bug(
        "root of unity",
        "power forgotten where a dummy is renamed",
        "sums._substitute_atom",
        "root_of_unity(length, substitute(atom.exponent, values) * n)",
        "root_of_unity(length, substitute(atom.exponent, values))",
    ),
    Bug(
        "root of unity",
        "conjugate where a dummy is renamed",
        "sums._substitute_atom",
        "root_of_unity(length, substitute(atom.exponent, values) * n)",
        "root_of_unity(length, substitute(atom.exponent, values) * -n)",
    ),
    Bug(
        "root of unity",
        "a sum of even powers of roots is positive",
        "polynomial.Poly.positive",
        "(n % 2 == 0 and a.real)",
        "n % 2 == 0",
        by="tag",
    ),
    Bug("all powers", "length left out", "roots.all_powers", "* length * multiples", "* multiples"),
    Bug(
        "all powers",
        "over any range",
        "roots.all_powers",
        "product_of(pair for pair in own if not isinstance(pair[0], Root)) != _range(name, length)",
        "False",
    ),
    Bug(
        "all powers",
        "roots of different lengths",
        "roots.all_powers",
        "len({a.length for a, _ in roots}) > 1",
        "False",
    ),
    Bug(
        "all powers",
        "squares too",
        "roots._factor",
        "p == 1 for a, p in m if a.key == name",
        "p for _, p in m",
    ),
    Bug(
        "all powers",
        "only 0 is a multiple",
        "roots._multiples",
        "range(-most, most + 1)",
        "range(1)",
    ),
    Bug(
        "all powers",
        "no bound above",
        "roots._multiples",
        "implied(bound - step, conditions) and implied",
        "implied",
    ),
    Bug(
        "all powers",
        "no bound below",
        "roots._multiples",
        " and implied(bound + step, conditions)",
        "",
    ),
    Bug(
        "all powers",
        "bound one too far",
        "roots._multiples",
        "length * (most + 1) - 1",
        "length * (most + 1)",
    ),
    Bug(
        "all powers",
        "power of a factor ignored",
        "roots._factor",
        "product_of(rest, n)",
        "product_of(rest)",
    ),
    Bug("cases", "halves that overlap", "cases._joined", "-case.base - 1", "-case.base"),
    Bug("cases", "halves with a gap", "cases._joined", "-case.base - 1", "-case.base - 2"),
    Bug(
        "cases",
        "halves not compared",
        "cases._joined",
        "if halves == (of(one), of(other))",
        "if True",
    ),
    Bug("cases", "weights not compared", "cases.join_cases", "if c == d", "if True"),
    Bug(
        "cases",
        "powers not compared",
        "cases._differ",
        "if n == m == 1",
        "if True",
    ),
    Bug("cases", "never", "cases._joined", "return sum_over(whole, dummies)", "return None"),
    Bug(
        "power",
        "one factor too many",
        "translate._raised",
        "exponential(exponent *",
        "exponential((exponent + 1) *",
        by="formulas",
    ),
    Bug(
        "power",
        "of a base of any sign",
        "translate._raised",
        "not base.positive",
        "False",
        by="false statements",
    ),
    Bug(
        "geometric",
        "stops one too early",
        "sums._geometric",
        "high[0] + 1))",
        "high[0]))",
        by="formulas",
    ),
    Bug(
        "geometric",
        "of a range shorter than empty",
        "sums._geometric",
        "implied(high[0] - low[0] + 1, [])",
        "implied(high[0] - low[0] + 2, [])",
        by="false statements",
    ),
    Bug(
        "geometric",
        "of any range",
        "sums._geometric",
        "not implied(high[0] - low[0] + 1, [])",
        "False",
        by="false statements",
    ),
    Bug(
        "geometric",
        "with a square in the exponent",
        "sums._is_linear_exponential",
        "and n == 1",
        "",
        by="false statements",
    ),
    Bug(
        "geometric",
        "of a ratio with an index in it",
        "sums._is_free_of_indices",
        "not atom.integer",
        "True",
        by="false statements",
    ),
    Bug(
        "geometric",
        "of a ratio of two entries",
        "sums._is_free_of_indices",
        "return False",
        "return isinstance(atom, EntryAtom)",
        by="false statements",
    ),
    Bug(
        "geometric",
        "other factors left out",
        "sums._geometric",
        "powers = names, [pair for pair in part if pair not in brackets]",
        "powers = names, [p for p in part if isinstance(p[0], Exponential)]",
        by="formulas",
    ),
    Bug(
        "last terms",
        "the term before",
        "last_terms._ends",
        "narrow.base + c)",
        "narrow.base + c - 1)",
        by="formulas",
    ),
    Bug(
        "last terms",
        "one too few",
        "last_terms._ends",
        "int(count) + 1",
        "int(count)",
        by="formulas",
    ),
    Bug(
        "last terms",
        "the shorter sum for the longer",
        "last_terms._ends",
        "not 0 < count <= TERMS",
        "count > TERMS",
        by="formulas",
    ),
    Bug(
        "last terms",
        "one power for every power",
        "last_terms._replaced",
        "power_of(new, power)",
        "new",
        by="pairs",
    ),
    Bug(
        "decreasing",
        "goal not turned",
        "chain.Optimum.line",
        '{"max": "min", "min": "max"}',
        '{"max": "max", "min": "min"}',
    ),
    Bug(
        "decreasing",
        "goal turned too often",
        "chain.Optimum.line",
        'if by == "negation"',
        "if True",
    ),
]

# Errors that no test can catch, since they only make the prover show less, or nothing at all.
EQUIVALENT = {
    "e^(log a) = a for any a": "where the left side has a value, a is positive",
    "ranges._tighten: constant not rounded down": "a weaker row; only less is shown",
    "ranges._eliminate: coefficient not scaled": "the name stays, so the row contradicts nothing",
    "sums._write_out: the least of several lower bounds": "the brackets make the extra terms 0",
    "sums._bounds: bounds that move with a dummy": "_count asks for a length that is surely not negative",
    "sums._solve: wrong sign": "i -> c - i where i -> c + i was meant: a bijection as well",
    "prune: contradiction not looked for": "the term stays, with brackets that are never 1 together",
}


def inject(monkeypatch, bug):
    """Replace the function wherever it was imported, for this test only."""
    monkeypatch.setattr(ranges, "_remembered", {})  # what was shown with the bug must not stay
    module, *path = bug.target.split(".")
    owner = sys.modules[PROOF + module]
    for name in path[:-1]:
        owner = getattr(owner, name)
    original = inspect.getattr_static(owner, path[-1])
    plain = original.fget if isinstance(original, property) else original
    source = textwrap.dedent(inspect.getsource(plain))
    assert source.count(bug.old) >= 1, f"{bug.target} has changed; adapt the bug {bug.name!r}"
    found = {}
    exec(source.replace(bug.old, bug.new), sys.modules[PROOF + module].__dict__, found)
    monkeypatch.setattr(owner, path[-1], found[path[-1]])
    for name, other in list(sys.modules.items()):
        if name.startswith(PROOF) or name in ("judging", "items", "generators"):
            if other.__dict__.get(path[-1]) is original:
                monkeypatch.setattr(other, path[-1], found[path[-1]])


MANY = {"unfold": 12, "floor": 120, "absolute value": 90}  # formulas for one bug


def aimed(rule):
    """The checks aimed at one rule, cheapest first."""
    yield "pairs", lambda: judge_equal(rule)
    if rule == "sum of squares":
        yield "squares", lambda: judge_squares(40)
    if rule in ("increasing", "decreasing"):
        yield "optimum", lambda: judge_optimum(40)
    if rule == "range":
        yield "integers", lambda: judge_ranges(400)
        yield "memory", judge_memory
    if rule in ("range", "Euclid"):
        yield "products", lambda: judge_products(200)
    if rule == "nonzero":
        yield "tag", lambda: judge_tag(40)
    if rule == "routing":
        yield "tag", lambda: judge_routing_tag(10)
    if rule == "root of unity":
        yield "tag", judge_root_tag
    if rule in GENERATORS:
        yield "formulas", lambda: judge(rule, MANY.get(rule, 60), instances=2)
    yield "false statements", judge_unequal


def items():
    for item in ITEMS:
        assert shown(item.head, item.right), f"not proven: {item.name}"
        for name, wrong in item.wrong.items():
            assert not shown(item.head, wrong), f"proven: {item.name}, {name}"


def caught_by(bug):
    """Who notices, and what: a failed check or a crash; the check that must, if the bug names one."""
    for name, check in [*aimed(bug.rule), ("items", items)]:
        if bug.by and name != bug.by:
            continue
        try:
            check()
        except AssertionError as error:
            return f"{name}: {type(error).__name__} {str(error)[:90]}"
        except Exception as error:  # a crash is noticed, but it is no answer to a named bug
            return None if bug.by else f"{name}: {type(error).__name__} {str(error)[:90]}"
    return None


@pytest.mark.parametrize("bug", BUGS, ids=[f"{b.rule}: {b.name}" for b in BUGS])
def test_injected_bug_is_caught(bug, monkeypatch):
    inject(monkeypatch, bug)
    caught = caught_by(bug)
    print(f"{bug.rule:18} | {bug.name:45} | {caught}")
    assert caught is not None, f"nobody notices: {bug.name}"


def test_without_a_bug_nobody_complains():
    for rule in ("sift", "sum of squares", "increasing", "nonzero"):
        for _, check in aimed(rule):
            check()


def test_at_least_two_bugs_for_each_rule():
    numbers = {rule: sum(b.rule == rule for b in BUGS) for rule in RULES}
    assert [rule for rule, number in numbers.items() if number < 2] == []


def test_a_bug_is_injected_and_taken_back():
    with pytest.MonkeyPatch.context() as patch:
        inject(patch, BUGS[0])
        assert caught_by(BUGS[0]) is not None
    assert judge_equal("expand") >= 1
