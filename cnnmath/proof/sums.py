"""Summation over all integers: sifting, factoring, and a canonical form for what stays closed."""

import itertools
from collections.abc import Iterable, Iterator

from cnnmath.proof.atoms import (
    EntryAtom,
    Exponential,
    Floor,
    Function,
    apply,
    bracket,
    conditions_of,
    exponential,
    unit_coefficient,
)
from cnnmath.proof.floors import quotient
from cnnmath.proof.notation import Num, Routing
from cnnmath.proof.polynomial import (
    ONE,
    ZERO,
    Atom,
    Bracket,
    Composite,
    Monomial,
    Number,
    Poly,
    Stuck,
    Symbol,
    monomial_key,
    of,
    poly,
    power_of,
    product_of,
)
from cnnmath.proof.ranges import declared_ranges, divided, implied, prune
from cnnmath.proof.roots import Root, all_powers, root_of_unity
from cnnmath.proof.rules import note

_counter = itertools.count()
WRITE_OUT = 12  # a constant range with at most so many values is written out
CANDIDATES = 240  # renamings tried for the canonical form; more could only find more proofs


class ClosedSum(Atom):
    """A sum over all integers of one connected monomial; the dummies have canonical names."""

    __slots__ = ("dummies", "monomial")

    def __init__(self, dummies: tuple[str, ...], m: Monomial) -> None:
        free = frozenset().union(*(a.free for a, _ in m)) - set(dummies)
        super().__init__(f"S{len(dummies)}<{monomial_key(m)}>", free)
        self.dummies, self.monomial = dummies, m

    @property
    def positive(self) -> bool:
        """A whole range 0 <= i <= N - 1 is not empty: N >= 1; the terms must be positive."""
        terms = [a for a, _ in self.monomial if not isinstance(a, Bracket)]
        if not all(a.positive for a in terms):
            return False
        return _surely_not_empty(self.dummies, self.monomial)

    @property
    def real(self) -> bool:
        return all(a.real for a, _ in self.monomial)


class ClosedMax(Atom):
    """The largest of the values of ``body`` for low <= dummy <= high; opaque."""

    __slots__ = ("body", "dummy", "high", "low")

    def __init__(self, dummy: str, low: Poly, high: Poly, body: Poly) -> None:
        key = f"max<{low.key} <= {dummy} <= {high.key}: {body.key}>"
        super().__init__(key, (low.free | high.free | body.free) - {dummy})
        self.dummy, self.low, self.high, self.body = dummy, low, high, body


def fresh() -> str:
    """A dummy name that nothing else has."""
    return f"#{next(_counter):08d}"  # padded: names are sorted as text, 9 before 10


def dummy(name: str) -> Poly:
    return of(Symbol(name))


def sum_over(p: Poly, dummies: list[str]) -> Poly:
    """The sum of p over all integer values of the dummies."""
    result = ZERO
    for m, c in p.terms.items():
        result = result + _sum_monomial(m, dummies) * c
    return result


def open_sum(atom: ClosedSum) -> tuple[list[str], Poly]:
    """The dummies (fresh names) and the body of a closed sum."""
    names = {d: fresh() for d in atom.dummies}
    body = substitute(Poly({atom.monomial: 1}), {d: dummy(n) for d, n in names.items()})
    return list(names.values()), body


def substitute(p: Poly, values: dict[str, Poly]) -> Poly:
    """p with integer names replaced by integer polynomials; bound names get out of the way."""
    if not p.free & values.keys():
        return p
    result = ZERO
    for m, c in p.terms.items():
        term = poly(c)
        for atom, n in m:
            term = term * _substitute_atom(atom, n, values)
        result = result + term
    return result


def _substitute_atom(atom: Atom, n: Number, values: dict[str, Poly]) -> Poly:
    if not atom.free & values.keys():
        return of(atom, n)
    match atom:
        case Symbol():
            return power_of(values[atom.name], n)
        case EntryAtom():
            return of(atom.moved(tuple(substitute(i, values) for i in atom.indices)), n)
        case Function():
            return power_of(apply(atom.name, substitute(atom.argument, values)), n)
        case Exponential():
            return exponential(substitute(atom.exponent, values) * n)
        case Root():
            length = substitute(of(atom.length), values)
            return root_of_unity(length, substitute(atom.exponent, values) * n)
        case Floor():
            return power_of(
                quotient(substitute(atom.over, values), substitute(atom.under, values)), n
            )
        case Bracket():
            return bracket(atom.relation, substitute(atom.base, values))
        case Composite():
            return power_of(substitute(atom.base, values), n)
        case ClosedSum():
            names, body = open_sum(atom)
            return power_of(sum_over(substitute(body, values), names), n)
        case ClosedMax():
            name = fresh()
            body = substitute(substitute(atom.body, {atom.dummy: dummy(name)}), values)
            low, high = substitute(atom.low, values), substitute(atom.high, values)
            return of(closed_max(name, low, high, body), n)
    raise Stuck(f"substitution into {atom}")


def closed_max(name: str, low: Poly, high: Poly, body: Poly) -> ClosedMax:
    """max over low <= name <= high of body, with a canonical name for the dummy."""
    if not body.real:
        raise Stuck("a maximum of complex numbers")
    note("maximum")
    canonical = f"${1 + max(map(_height_of_poly, (low, high, body)))}.max"
    return ClosedMax(canonical, low, high, substitute(body, {name: dummy(canonical)}))


# ------------------------------------------------------------------------------------ one monomial


def _sum_monomial(m: Monomial, dummies: list[str]) -> Poly:
    bound = set(dummies)
    for atom, n in m:
        if isinstance(atom, ClosedSum) and atom.free & bound and n > 0 and n.denominator == 1:
            return _flatten(m, atom, int(n), dummies)
    for attempt in (_sift, _cancel):
        value = attempt(m, dummies)
        if value is not None:
            return value
    pruned = prune(m)
    if pruned is None:
        return ZERO
    zero = _forced(pruned, bound)
    if zero is not None:
        note("Euclid")
        solved = _solved(zero, product_of(pruned), dummies)
        return solved or sum_over(product_of(pruned) * bracket("=", zero), dummies)
    for shortcut in (_all_powers, _declared, _divided):
        value = shortcut(pruned, dummies)
        if value is not None:
            return value
    outside = [pair for pair in pruned if not pair[0].free & bound]
    inside = [pair for pair in pruned if pair[0].free & bound]
    result = product_of(outside)
    left = set(bound)
    parts = _components(inside, bound)
    if outside or len(parts) > 1:
        note("factor")
    for part, names in parts:
        left -= names
        result = result * _close(part, sorted(names))
    if left:
        raise Stuck("a sum over an index without a range")
    return result


def _flatten(m: Monomial, atom: ClosedSum, n: int, dummies: list[str]) -> Poly:
    """Nested sums become one sum; a power of a sum becomes a product of sums with fresh names."""
    body = product_of([pair for pair in m if pair[0] is not atom])
    names = list(dummies)
    for _ in range(n):
        more, inner = open_sum(atom)
        names += more
        body = body * inner
    return sum_over(body, names)


def _sift(m: Monomial, dummies: list[str]) -> Poly | None:
    """sum_i [i = e] g(i) = g(e), for a dummy with coefficient +1 or -1; None if there is none."""
    for atom, _ in m:
        if not isinstance(atom, Bracket) or atom.relation != "=":
            continue
        rest = product_of([pair for pair in m if pair[0] is not atom])
        solved = _solved(atom.base, rest, dummies)
        if solved is not None:
            return solved
    return None


def _solved(zero: Poly, body: Poly, dummies: list[str]) -> Poly | None:
    """The sum of ``body`` where ``zero`` is 0, if that says what a dummy is."""
    for name in sorted(zero.free & set(dummies)):
        sign = unit_coefficient(zero, name)
        if sign is not None:
            note("sift")
            solution = dummy(name) - zero * sign
            others = [d for d in dummies if d != name]
            return sum_over(substitute(body, {name: solution}), others)
    return None


def _forced(m: Monomial, bound: set[str]) -> Poly | None:
    """Euclid: an expression t in the dummies that the conditions force to 0, since |S t| < S."""
    conditions = conditions_of(m)
    if not any(sum(n for _, n in t) > 1 for c in conditions for t in c.terms):
        return None
    found = divided(conditions + declared_ranges(conditions))
    for key in sorted(found):
        t = found[key]
        known = bracket("=", t)
        if (
            t.free & bound
            and (-t).key in found
            and known * Poly({m: 1}) != Poly({m: 1})
            # two inequalities, as a floor makes of it, would be pruned again, without end
            and (any(unit_coefficient(t, d) for d in bound) or _is_equation(known))
        ):
            return t
    return None


def _is_equation(known: Poly) -> bool:
    """Brackets of equality alone, or 0."""
    return all(isinstance(a, Bracket) and a.relation == "=" for m in known.terms for a, _ in m)


def _declared(m: Monomial, dummies: list[str]) -> Poly | None:
    """Declared facts: probabilities sum to 1 over their last axis, squares of a unit vector too, and a
    routing tensor has one 1 in each window. The dummies may stand in nothing but that entry."""
    for entry, n in m:
        fact = _fact(entry, n)
        if fact is None:
            continue
        assert isinstance(entry, EntryAtom)
        rule, axes = fact
        names = {d for d in dummies for i in entry.indices[-axes:] if i == dummy(d)}
        if len(names) < axes or any(i.free & names for i in entry.indices[:-axes]):
            continue
        whole, sizes = ONE, entry.shape[-axes:]
        for index, size in zip(entry.indices[-axes:], sizes, strict=True):
            whole = whole * bracket(">=", index) * bracket(">=", size - 1 - index)
        if not all(implied(size - 1, []) for size in sizes):  # an empty row sums to 0
            continue
        others = [pair for pair in m if pair[0] is not entry]
        if product_of([pair for pair in others if pair[0].free & names]) == whole:
            note(rule)
            rest = product_of([pair for pair in others if not pair[0].free & names])
            return sum_over(rest, [d for d in dummies if d not in names])
    return None


def _all_powers(m: Monomial, dummies: list[str]) -> Poly | None:
    """sum_k w^(k e) over all powers of a root of unity, for the first dummy that allows it."""
    for name in dummies:
        value = all_powers(m, name)
        if value is not None:
            return sum_over(value, [d for d in dummies if d != name])
    return None


def _simpler(atom: ClosedSum) -> Poly | None:
    """The same once the dummies are the plain indices of entries: r[i, u - S i] has become r[i, p], and
    x[S i + p] y[i] has become x[u] y[i] with i = floor(u/S)."""
    names, body = open_sum(atom)
    assert body.single is not None
    m, coefficient = body.single
    value = _declared(m, names)
    if value is None:
        value = _divided(m, names, names)
    return None if value is None else value * coefficient


def _fact(entry: Atom, n: Number) -> tuple[str, int] | None:
    """(rule, axes): what the powers n of such entries sum to 1 over."""
    if not isinstance(entry, EntryAtom):
        return None
    tensor = entry.tensor
    if isinstance(tensor, Routing):
        complete = isinstance(tensor.inside, Num) and tensor.inside.value == 1
        return ("one per window", tensor.axes) if complete and n == 1 else None
    facts = {("probabilities", 1): "sums to one", ("unit", 2): "unit length"}
    rule = facts.get((tensor.kind, int(n))) if n.denominator == 1 else None
    return (rule, 1) if rule else None


def _divided(m: Monomial, dummies: list[str], inside: Iterable[str] = ()) -> Poly | None:
    """0 <= e - S i <= S - 1 says i = floor(e/S), for a dummy i; e has no dummy, or is one of ``inside``."""
    bases = {a.base.key: a.base for a, _ in m if isinstance(a, Bracket) and a.relation == ">="}
    for base in bases.values():
        for term, c in base.terms.items():
            names = [a.key for a, _ in term if a.key in dummies]
            if c != -1 or len(term) != 2 or len(names) != 1 or any(n != 1 for _, n in term):
                continue
            (size,) = (a for a, _ in term if a.key != names[0])
            over = base + Poly({term: 1})
            if not (isinstance(size, Symbol) and size.integer and size.positive):
                continue
            # u alone: of u - S j there would come floors that no other rule undoes
            if over.free & set(dummies) and over not in [dummy(u) for u in inside if u != names[0]]:
                continue
            if (of(size) - 1 - base).key not in bases:
                continue
            note("floor")
            solution = {names[0]: quotient(over, of(size))}
            others = [d for d in dummies if d != names[0]]
            return sum_over(substitute(Poly({m: 1}), solution), others)
    return None


def _cancel(m: Monomial, dummies: list[str]) -> Poly | None:
    """A dummy whose own factors sum to what the monomial divides by: do that sum first.

    sum_n sum_k e^(s[n,k]) x[n] / Z[n] with Z[n] = sum_k e^(s[n,k]) is sum_n x[n].
    """
    divisors = [a for a, n in m if isinstance(a, ClosedSum) and n < 0 and len(a.dummies) == 1]
    for name in dummies if divisors else ():
        own = [pair for pair in m if name in pair[0].free]
        if any(isinstance(a, ClosedSum) and a in divisors for a, _ in own):
            continue
        single = sum_over(product_of(own), [name]).single if _has_range(own, name) else None
        if single is not None and any(a in divisors and n > 0 for a, n in single[0]):
            note("factor")
            rest = product_of([pair for pair in m if name not in pair[0].free])
            inner = Poly({single[0]: single[1]})
            return sum_over(rest * inner, [d for d in dummies if d != name])
    return None


def _has_range(part: list[tuple[Atom, Number]], name: str) -> bool:
    """Some bracket bounds the dummy; without one the inner sum has no meaning by itself."""
    return any(isinstance(a, Bracket) and unit_coefficient(a.base, name) for a, _ in part)


def _components(
    m: list[tuple[Atom, Number]], bound: set[str]
) -> list[tuple[list[tuple[Atom, Number]], set[str]]]:
    """Split factors into groups that share no dummy."""
    todo, groups = list(m), []
    while todo:
        group = [todo.pop()]
        names = set(group[0][0].free & bound)
        while linked := [pair for pair in todo if pair[0].free & names]:
            todo = [pair for pair in todo if not pair[0].free & names]
            group += linked
            names |= {name for pair in linked for name in pair[0].free & bound}
        groups.append((group, names))
    return groups


# ------------------------------------------------------------------------------- closing one sum


def _close(part: list[tuple[Atom, Number]], names: list[str]) -> Poly:
    """One connected sum: counted, written out, recognised, or closed in canonical form."""
    for attempt in (_write_out, _count, _geometric):
        value = attempt(part, names)
        if value is not None:
            return value
    best = _canonical(part, names)
    if best is None:
        return ZERO
    if isinstance(best, Poly):
        return best
    inside, outside, coefficient = best
    canonical = tuple(f"${_height(part)}.{j}" for j in range(len(names)))
    _no_escape(inside + outside, 1 + _height_below(part))
    groups = _components(list(inside), set(canonical))
    if len(groups) > 1:  # the substitution took a link away: the sums are independent after all
        result = product_of(outside, coefficient)
        for group, group_names in groups:
            again = {n: fresh() for n in sorted(group_names)}
            body = substitute(product_of(group), {n: dummy(a) for n, a in again.items()})
            result = result * sum_over(body, list(again.values()))
        return result
    atom = ClosedSum(canonical, inside)
    return product_of(outside, coefficient) * (_simpler(atom) or of(atom))


def _write_out(part: list[tuple[Atom, Number]], names: list[str]) -> Poly | None:
    """A dummy with constant bounds: the terms one by one."""
    for name in names:
        low, high = _bounds(part, name)
        lows = [b.constant for b in low if b.constant is not None]
        highs = [b.constant for b in high if b.constant is not None]
        if not lows or not highs or min(highs) - max(lows) >= WRITE_OUT:
            continue
        note("write out")
        result = ZERO
        rest = [n for n in names if n != name]
        for value in range(int(max(lows)), int(min(highs)) + 1):
            result = result + sum_over(substitute(product_of(part), {name: poly(value)}), rest)
        return result
    return None


def _count(part: list[tuple[Atom, Number]], names: list[str]) -> Poly | None:
    """sum over lower <= i <= upper of 1, if the range is surely not negative."""
    if len(names) != 1 or len(part) != 2:
        return None
    low, high = _bounds(part, names[0])
    if len(low) != 1 or len(high) != 1:
        return None
    count = high[0] - low[0] + 1
    if not implied(count, []):
        return None
    note("count")
    return count


def _geometric(part: list[tuple[Atom, Number]], names: list[str]) -> Poly | None:
    """sum over lower <= i <= upper of a^i, where a^i is a product of exponentials e^(i m).

    No index enters a. Of e^(x[n] - x[m]) nobody could say that it is not 1: it is where [n = m].
    """
    brackets = [pair for pair in part if isinstance(pair[0], Bracket)]
    if len(names) != 1 or len(brackets) != 2 or len(part) == 2:
        return None
    (name,), powers = names, [pair for pair in part if pair not in brackets]
    low, high = _bounds(part, name)
    if not all(_is_linear_exponential(atom, name) for atom, _ in powers) or not low or not high:
        return None
    if not implied(high[0] - low[0] + 1, []):
        return None
    note("geometric")
    body = product_of(powers)
    ratio, first, after = (substitute(body, {name: value}) for value in (ONE, low[0], high[0] + 1))
    return (first - after) * power_of(ONE - ratio, -1)


def _is_linear_exponential(atom: Atom, name: str) -> bool:
    """e^(i m), where m contains neither the dummy i nor another integer name."""
    if not isinstance(atom, Exponential) or atom.exponent.single is None:
        return False
    (m, _) = atom.exponent.single
    rest = [a for a, n in m if not (isinstance(a, Symbol) and a.name == name and n == 1)]
    return len(rest) == len(m) - 1 and all(map(_is_free_of_indices, rest))


def _is_free_of_indices(atom: Atom) -> bool:
    """Made of real names alone: no index, no size, no entry."""
    match atom:
        case Symbol():
            return not atom.integer
        case Function():
            return all(_is_free_of_indices(a) for m in atom.argument.terms for a, _ in m)
    return False


def _bounds(part: list[tuple[Atom, Number]], name: str) -> tuple[list[Poly], list[Poly]]:
    """(lower, upper) bounds of a dummy that no other dummy enters: [i - low >= 0], [high - i >= 0]."""
    low: list[Poly] = []
    high: list[Poly] = []
    for atom, _ in part:
        if isinstance(atom, Bracket) and atom.relation == ">=":
            sign = unit_coefficient(atom.base, name)
            others = atom.free - {name}
            if sign is not None and not any(o[0] in "#$" for o in others):
                (low if sign == 1 else high).append(dummy(name) - atom.base * sign)
    return low, high


def _surely_not_empty(dummies: tuple[str, ...], m: Monomial) -> bool:
    """Each dummy has exactly one lower and one upper bracket, free of dummies, that do not cross."""
    brackets = [pair for pair in m if isinstance(pair[0], Bracket)]
    if len(brackets) != 2 * len(dummies):
        return False
    for d in dummies:
        low, high = _bounds(brackets, d)
        if len(low) != 1 or len(high) != 1 or not implied(high[0] - low[0], []):
            return False
    return True


# --------------------------------------------------------------------------------- canonical form


def _canonical(
    part: list[tuple[Atom, Number]], names: list[str]
) -> tuple[Monomial, Monomial, Number] | Poly | None:
    """The renaming i -> +-i' + c of the dummies with the smallest key: (inside, outside, coefficient).

    None if the brackets contradict; the finished sum if every renaming makes several terms, as
    n' = N - 1 - n does of n x[N - 1 - n]. Reflections and shifts of all integers permute the terms, so
    any candidate is the same sum; the smallest key makes equal sums equal strings.
    """
    height = _height(part)
    canonical = {f"${height}.{j}" for j in range(len(names))}
    body = product_of(part)
    best: tuple[str, Monomial, Monomial, Number] | None = None
    expanded: Poly | None = None
    for renaming in itertools.islice(_renamings(part, names, height), CANDIDATES):
        renamed = substitute(body, renaming)
        single = renamed.single
        if single is None:
            expanded = expanded or renamed
            continue
        m, coefficient = single
        inside = prune(tuple(pair for pair in m if pair[0].free & canonical))
        if inside is None:
            return None
        outside = tuple(pair for pair in m if not pair[0].free & canonical)
        key = monomial_key(inside)
        if best is None or key < best[0]:
            best = (key, inside, outside, coefficient)
    if best is None and expanded is None:
        raise Stuck("no canonical form of a sum")
    note("rename")
    if best is None:
        again = {c: fresh() for c in sorted(canonical)}
        terms = substitute(expanded or ZERO, {c: dummy(n) for c, n in again.items()})
        return sum_over(terms, list(again.values()))
    return best[1:]


def _renamings(
    part: list[tuple[Atom, Number]], names: list[str], height: int
) -> Iterator[dict[str, Poly]]:
    """Candidates, by anchoring: the index slots of the first tensor entries become plain dummies."""
    bound = set(names)
    groups: dict[tuple[int, str], list[EntryAtom]] = {}
    for path, entry in _entries(part):
        if entry.free & bound:
            group = groups.setdefault((path.count("~"), path), [])
            if entry not in group:
                group.append(entry)
    orders = itertools.product(*(itertools.permutations(groups[k]) for k in sorted(groups)))
    for order in itertools.islice(orders, CANDIDATES // 2):
        slots = [
            index
            for group in order
            for entry in group
            for index in entry.indices
            if index.free & bound and not any(_is_inner(name, height) for name in index.free)
        ]
        yield from _anchor(part, slots, bound, {}, height, 0)


def _anchor(
    part: list[tuple[Atom, Number]],
    slots: list[Poly],
    open_names: set[str],
    found: dict[str, Poly],
    height: int,
    count: int,
) -> Iterator[dict[str, Poly]]:
    """Solve slot after slot for one open dummy each; what no slot fixes, the brackets fix."""
    for position, slot in enumerate(slots):
        current = substitute(slot, found)
        solvable = [n for n in sorted(current.free & open_names) if unit_coefficient(current, n)]
        if solvable:
            for name in solvable:
                extended = _solve(current, name, f"${height}.{count}", found)
                yield from _anchor(
                    part, slots[position + 1 :], open_names - {name}, extended, height, count + 1
                )
            return
    if not open_names:
        yield found
        return
    yield from _anchor_by_brackets(part, open_names, found, height, count)


def _anchor_by_brackets(
    part: list[tuple[Atom, Number]],
    open_names: set[str],
    found: dict[str, Poly],
    height: int,
    count: int,
) -> Iterator[dict[str, Poly]]:
    """Dummies that stand in no entry: let a bracket's own expression be the new dummy."""
    bases = [
        substitute(a.base, found) for a, _ in part if isinstance(a, Bracket) and a.relation == ">="
    ]
    options = [(b, n) for b in bases for n in sorted(b.free & open_names) if unit_coefficient(b, n)]
    for base, name in options[:6]:
        extended = _solve(base, name, f"${height}.{count}", found)
        yield from _anchor(part, [], open_names - {name}, extended, height, count + 1)
    if not options:
        for order in itertools.permutations(sorted(open_names)):
            plain = {n: dummy(f"${height}.{count + j}") for j, n in enumerate(order)}
            yield {**{k: substitute(v, plain) for k, v in found.items()}, **plain}


def _solve(expression: Poly, name: str, new: str, found: dict[str, Poly]) -> dict[str, Poly]:
    """found, extended by the value of ``name`` for which ``expression`` equals the dummy ``new``."""
    sign = unit_coefficient(expression, name)
    assert sign is not None
    value = dummy(name) - (expression - dummy(new)) * sign
    return {**{k: substitute(v, {name: value}) for k, v in found.items()}, name: value}


def _entries(
    m: list[tuple[Atom, Number]] | Monomial, path: str = ""
) -> Iterator[tuple[str, EntryAtom]]:
    """Tensor entries below these factors, each with a path that names where it stands."""
    for atom, _ in m:
        match atom:
            case EntryAtom():
                yield f"{path}/{atom.tensor.name}", atom
                for index in atom.indices:  # a label inside an index: s[n, t[n]]
                    for inner in index.terms:
                        yield from _entries(inner, f"{path}~{atom.tensor.name}")
            case Function():
                for inner in atom.argument.terms:
                    yield from _entries(inner, f"{path}~{atom.name}")
            case Exponential():
                for inner in atom.exponent.terms:
                    yield from _entries(inner, f"{path}~e")
            case Root():
                for inner in atom.exponent.terms:
                    yield from _entries(inner, f"{path}~w")
            case Composite():
                for inner in atom.base.terms:
                    yield from _entries(inner, f"{path}~c")
            case Bracket():
                for inner in atom.base.terms:
                    yield from _entries(inner, f"{path}~b")
            case Floor():
                for inner in atom.over.terms:
                    yield from _entries(inner, f"{path}~f")
            case ClosedSum():
                yield from _entries(atom.monomial, f"{path}~S")
            case ClosedMax():
                for part in (atom.body, atom.low, atom.high):
                    for inner in part.terms:
                        yield from _entries(inner, f"{path}~M")


def _height(m: list[tuple[Atom, Number]] | Monomial) -> int:
    """Level for the canonical names of a sum: one above every sum and maximum nested in it."""
    return 1 + _height_below(m)


def _height_below(m: list[tuple[Atom, Number]] | Monomial) -> int:
    level = 0
    for atom, _ in m:
        match atom:
            case ClosedSum():
                level = max(level, _height(atom.monomial))
            case ClosedMax():
                parts = (atom.low, atom.high, atom.body)
                level = max(level, 1 + max(map(_height_of_poly, parts)))
            case Function():
                level = max(level, _height_of_poly(atom.argument))
            case Exponential():
                level = max(level, _height_of_poly(atom.exponent))
            case Composite():
                level = max(level, _height_of_poly(atom.base))
            case EntryAtom():
                level = max([level, *(_height_of_poly(i) for i in atom.indices)])
    return level


def _height_of_poly(p: Poly) -> int:
    return max((_height_below(m) for m in p.terms), default=0)


def _is_inner(name: str, height: int) -> bool:
    """The name is bound by a sum nested inside the one that is being closed."""
    return name[0] == "$" and int(name[1:].split(".")[0]) < height


def _no_escape(m: Monomial, height: int) -> None:
    """Invariant: no bound name gets out of its closed sum (a bug of this kind once hid for long)."""
    for atom, _ in m:
        if any(_is_inner(name, height) for name in atom.free):
            raise AssertionError(f"a bound name escaped in {atom}")
