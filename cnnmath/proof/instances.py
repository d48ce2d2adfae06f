"""The second check: both sides of a line, read literally, at small sizes and drawn entries.

Shares nothing with the prover but the notation. Sizes come from a covering set: all 1; all
different in two orders; each one 1 while the others differ. Free indices run over all values in
one small tuple and over up to 300 values elsewhere. Fractions where no function occurs, 50 digits
otherwise; on the smallest tuples derivatives are taken by ``sympy.diff`` instead of dual numbers.
"""

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnmath.proof.evaluate import (
    DIGITS,
    EXACT,
    PRECISE,
    PRECISE_CONTEXT,
    Arrays,
    Field,
    NotExact,
    NoValue,
    agree,
    integer,
    symbolic_field,
    value,
)
from cnnmath.proof.notation import (
    Definition,
    Diff,
    Entry,
    Index,
    Name,
    Node,
    Over,
    Routing,
    Tensor,
    free_indices,
    node,
    scalars_of,
    tensors_of,
    unfolded,
)

if TYPE_CHECKING:
    from cnnmath.proof.judge import Judge

LIMIT = 300  # values of the free indices tried per size tuple
WORK = 8000  # entries read per line and size tuple, at most; fewer places are tried where sums are long
FEW = 6  # up to so many sizes, tuples are listed; beyond, they are drawn
REDRAWS = 4
DRAWS = 7
REDRAWS_OF_SIZES = 20
BOXES = 60  # size tuples tried for the smallest counterexample
SEEDS = ("abc", "def")  # for the smallest counterexample; a scalar may be 1 in all of the first
AGREED = 40  # digits, where the values are no fractions


class Instance(NamedTuple):
    """One place where both sides were evaluated."""

    sizes: dict[str, int]
    indices: dict[str, int]
    left: Any
    right: Any
    entries: dict[str, Any]


class Evidence(NamedTuple):
    """What the second check saw: how many places, exact or to how many digits, the first failure."""

    places: int
    exact: bool
    failure: Instance | None
    sizes: tuple[dict[str, int], ...]
    skipped: int = 0  # places at which a side has no value
    lopsided: int = 0  # of these, places at which the other side has one

    def __str__(self) -> str:
        how = "exactly" if self.exact else f"to 40 of {DIGITS} digits"
        without = f", {self.skipped} without a value" if self.skipped else ""
        return f"{self.places} instances {how}{without}"


class Instances:
    """The head of a chain at the covering sizes; each line is compared with these values."""

    def __init__(self, head: Node, sizes: list[Name]) -> None:
        self.head, self.sizes = head, list(covering(sizes))
        self.cache: dict[Any, Any] = {}
        self.forms: dict[
            int, Any
        ] = {}  # the prover's normal forms of the lines, kept for the next line

    def compare(self, line: Node) -> Evidence:
        """Evaluate the line where the head was evaluated; stop at the first disagreement."""
        exact, places, skipped, lopsided = True, 0, 0, 0
        for position, chosen in enumerate(self.sizes):
            for attempt in range(REDRAWS):  # entries at which the formula has no value are redrawn
                seed, judge = f"{position}.{attempt}", position == 0
                found = _compare(self.head, line, chosen, seed, judge, cache=self.cache)
                if found.places:
                    break
            exact, places = exact and found.exact, places + found.places
            skipped, lopsided = skipped + found.skipped, lopsided + found.lopsided
            if found.failure is not None:
                used = tuple(self.sizes[: position + 1])
                return Evidence(places, exact, found.failure, used, skipped)
        return Evidence(places, exact, None, tuple(self.sizes), skipped, lopsided)


def smallest_counterexample(left: Node, right: Node, sizes: list[Name]) -> Instance | None:
    """The first disagreement over sizes 1, 2, 3 in order of their sum, with small whole entries."""
    names = [s.name for s in sizes if s.value is None]
    for seeds in SEEDS:
        for box in itertools.islice(_boxes(len(names)), BOXES):
            chosen = _in_range(sizes, dict(zip(names, box, strict=True)))
            for seed in seeds if chosen is not None else ():
                assert chosen is not None
                found = _compare(left, right, chosen, seed, judge=False, whole=True)
                if found.failure is not None:
                    return found.failure
    return None


def shrunk(found: Instance, left: Node, right: Node, sizes: list[Name]) -> Instance:
    """A counterexample with sizes as small as they get one by one, starting from a larger one."""
    while True:
        for name in found.sizes:
            smaller = {**found.sizes, name: found.sizes[name] - 1}
            if allowed(sizes, smaller):
                again = [
                    _compare(left, right, smaller, seed, judge=False, whole=True).failure
                    for seed in ("a", "b")
                ]
                better = next((f for f in again if f is not None), None)
                if better is not None:
                    found = better
                    break
        else:
            return found


def allowed(sizes: list[Name], values: dict[str, int]) -> bool:
    frame = Arrays(values, {}, EXACT)
    return all(
        integer(s.lower or node(0), frame)
        <= integer(s, frame)
        <= integer(s if s.upper is None else s.upper, frame)
        for s in sizes
    )


def _boxes(count: int) -> Iterator[tuple[int, ...]]:
    """Tuples of 1, 2, 3 in order of their sum."""
    for excess in range(2 * count + 1):
        for raised in itertools.combinations_with_replacement(range(count), excess):
            box = [1 + raised.count(i) for i in range(count)]
            if max(box, default=1) <= 3:
                yield tuple(box)


def first_negative(expression: Node, sizes: list[Name]) -> str:
    """An instance at which the expression is less than 0, described; empty if there is none."""
    tensors, scalars = tensors_of(expression), scalars_of(expression)
    for position, chosen in enumerate(covering(sizes)):
        drawn = draw(tensors, scalars, chosen, str(position), whole=True)
        frame = Frame(chosen, *drawn)
        for indices in _places(list(free_indices(expression).values()), chosen, str(position)):
            found, _ = _value_or_none(expression, indices, frame, judge=False)
            if found is not None and found < 0:
                return describe(Instance(chosen, indices, found, 0, _shown(*drawn)))
    return ""


def covering(sizes: list[Name]) -> Iterator[dict[str, int]]:
    """Size tuples in which sizes that could be confused differ, each is least once, and every two are
    above their least together: a stride with a remainder, a padding and a dilation.

    Declared ranges hold, and sizes that others determine are at least 1.
    """
    names = [s.name for s in sizes if s.value is None]
    if not names:  # nothing to vary but the numbers drawn
        yield {}
        yield from ({} for _ in range(DRAWS))
        return
    seen = []
    for each in _spread(len(names)) if len(names) <= FEW else _drawn(len(names)):
        chosen = _in_range(sizes, dict(zip(names, each, strict=True)))
        if chosen is not None and chosen not in seen:
            seen.append(chosen)
            yield chosen
    rng, confused = Random(len(names)), _confused(sizes, seen)
    for _ in range(REDRAWS_OF_SIZES):  # ranges may have moved together what was drawn apart
        if not confused:
            return
        chosen = _in_range(
            sizes, dict(zip(names, rng.choices((1, 2, 3), k=len(names)), strict=True))
        )
        if chosen is not None and _confused(sizes, [*seen, chosen]) != confused:
            seen.append(chosen)
            confused = _confused(sizes, seen)
            yield chosen


def _confused(sizes: list[Name], tuples: list[dict[str, int]]) -> list[tuple[str, str]]:
    """Pairs of sizes that are equal in all tuples."""
    frames = [Arrays(values, {}, EXACT) for values in tuples]
    columns = [(s.name, [integer(s, frame) for frame in frames]) for s in sizes]
    return [(a, b) for (a, x), (b, y) in itertools.combinations(columns, 2) if x == y]


def _spread(count: int) -> list[list[int]]:
    """All 1; all different in two orders; each one 1 while the others differ."""
    spread = [2 + i % 3 for i in range(count)]
    tuples = [[1] * count, spread, [4 - i % 3 for i in range(count)]]
    return tuples + [[1 if i == j else v for i, v in enumerate(spread)] for j in range(count)]


def _drawn(count: int) -> list[list[int]]:
    """For many sizes: all 1, all 2, then small tuples until every two differ both ways."""
    rng, tuples = Random(count), [[1] * count, [2] * count]
    open_pairs = set(itertools.permutations(range(count), 2))
    while open_pairs:
        new = rng.choices((1, 2, 3), weights=(3, 4, 2), k=count)
        better = {(i, j) for i, j in open_pairs if new[i] < new[j]}
        if 4 * len(better) >= len(open_pairs):
            tuples.append(new)
            open_pairs -= better
    return tuples


def _in_range(sizes: list[Name], values: dict[str, int]) -> dict[str, int] | None:
    """The values moved into the declared ranges; paddings shrink to 0 where an input would be empty."""
    frame = Arrays(values, {}, EXACT)
    base = [s for s in sizes if s.value is None]
    for each in base:
        assert each.lower is not None
        value_here = values[each.name] - 1 + integer(each.lower, frame)
        if each.upper is not None:
            value_here = min(value_here, integer(each.upper, Arrays(values, {}, EXACT)))
        if value_here < integer(each.lower, frame):
            return None
        values = {**values, each.name: value_here}
    for name in [None, *(s.name for s in base if integer(node(s.lower or 0), frame) == 0)]:
        if name is not None:
            values = {**values, name: 0}
        if allowed(sizes, values):  # a range may move with the padding
            return values
    return None


def work(expression: Node, sizes: dict[str, int]) -> int:
    """About how many entries one evaluation reads: what decides how many places are tried."""
    match expression:
        case Over():
            span = max(1, integer(expression.index.size, Arrays(sizes, {}, EXACT)))
            return span * work(expression.body, sizes)
        case Entry() if isinstance(expression.tensor, Definition):
            return 1 + work(expression.tensor.body, sizes)
        case Entry() if isinstance(expression.tensor, Routing):
            window = expression.tensor.shape[-expression.tensor.axes :]
            frame = Arrays(sizes, {}, EXACT)
            return math.prod(integer(size, frame) for size in window)
    return 1 + sum(work(child, sizes) for child in expression.children())


def draw(
    tensors: dict[str, Tensor],
    scalars: dict[str, Name],
    sizes: dict[str, int],
    seed: str,
    whole: bool,
) -> tuple[dict[str, dict[tuple[int, ...], Any]], dict[str, Fraction]]:
    """Entries that obey the declared kind of each tensor, and values of the real names.

    Each name has its own generator, so that a tensor gets the same entries whatever stands beside it.
    """
    frame = Arrays(sizes, {}, EXACT)
    values = {}
    for name, tensor in sorted(tensors.items()):
        shape = tuple(integer(s, frame) for s in tensor.shape)
        bound = None if tensor.bound is None else integer(tensor.bound, frame)
        values[name] = _draw_tensor(tensor.kind, shape, bound, Random(f"{seed}/{name}"), whole)
    reals = {
        name: _draw_scalar(each, Random(f"{seed}/{name}"), whole) for name, each in scalars.items()
    }
    return values, reals


def _draw_scalar(name: Name, rng: Random, whole: bool) -> Fraction:
    size = Fraction(rng.randint(1, 5), 1 if whole else rng.randint(1, 3))
    return size if name.positive or rng.random() < 0.5 else -size


def _draw_tensor(
    kind: str, shape: tuple[int, ...], bound: int | None, rng: Random, whole: bool
) -> dict[tuple[int, ...], Any]:
    places = list(itertools.product(*(range(n) for n in shape)))
    if kind == "labels":
        assert bound is not None
        return {place: rng.randrange(bound) for place in places}
    if kind == "unit":
        return _unit_vectors(places, shape, rng)
    if kind == "interval":
        return {place: Fraction(rng.randint(0, 4), 4) for place in places}
    if kind in ("positive", "probabilities"):
        drawn = {
            place: Fraction(rng.randint(1, 5), 1 if whole else rng.randint(1, 3))
            for place in places
        }
        if kind == "probabilities":
            rows: dict[tuple[int, ...], Fraction] = {}
            for place, v in drawn.items():
                rows[place[:-1]] = rows.get(place[:-1], Fraction(0)) + v
            return {place: v / rows[place[:-1]] for place, v in drawn.items()}
        return drawn
    return {
        place: Fraction(rng.randint(-3, 3), 1 if whole else rng.choice((1, 1, 2, 3)))
        for place in places
    }


def _unit_vectors(
    places: list[tuple[int, ...]], shape: tuple[int, ...], rng: Random
) -> dict[tuple[int, ...], Fraction]:
    """Rational points of the sphere, by stereographic projection: exact, not rounded."""
    values = {}
    for row in {place[:-1] for place in places}:
        flat = [Fraction(rng.randint(-3, 3), rng.randint(1, 3)) for _ in range(shape[-1] - 1)]
        scale = 1 + sum((a * a for a in flat), Fraction(0))
        point = [2 * a / scale for a in flat] + [(2 - scale) / scale * rng.choice((1, -1))]
        for i, v in enumerate(point):
            values[(*row, i)] = v
    return values


def _compare(
    left: Node,
    right: Node,
    sizes: dict[str, int],
    seed: str,
    judge: bool,
    whole: bool = False,
    cache: dict[Any, Any] | None = None,
) -> Evidence:
    """Both sides at one size tuple; the values of the left side may be kept for the next line."""
    cache = {} if cache is None else cache
    tensors, scalars = tensors_of(left) | tensors_of(right), scalars_of(left) | scalars_of(right)
    drawn = draw(tensors, scalars, sizes, seed, whole)
    judge = judge and (_differentiates(left) or _differentiates(right))
    frame = Frame(sizes, *drawn)
    exact, places, skipped, lopsided = True, 0, 0, 0
    limit = max(6, min(LIMIT, WORK // (work(left, sizes) + work(right, sizes))))
    for indices in _places(list(free_indices(left).values()), sizes, seed, limit):
        key = (seed, tuple(sizes.values()), tuple(indices.items()))
        if key not in cache:
            cache[key] = _value_or_none(left, indices, frame, judge)
        (a, a_exact), (b, b_exact) = cache[key], _value_or_none(right, indices, frame, judge)
        if a is None or b is None:  # 1/0, log 0: nothing is claimed where a side has no value
            skipped += 1
            lopsided += (a is None) is not (b is None)
            continue
        places += 1
        exact = exact and a_exact and b_exact
        if not agree(a, b, AGREED):
            return Evidence(places, exact, Instance(sizes, indices, a, b, _shown(*drawn)), (sizes,))
    return Evidence(places, exact, None, (sizes,), skipped, lopsided)


def _places(
    free: list[Index], sizes: dict[str, int], seed: str, limit: int = LIMIT
) -> list[dict[str, int]]:
    frame = Arrays(sizes, {}, EXACT)
    ranges = [range(integer(i.size, frame)) for i in free]
    names = [i.name for i in free]
    every = [dict(zip(names, place, strict=True)) for place in itertools.product(*ranges)]
    return every if len(every) <= limit else Random(seed).sample(every, limit)


class Frame:
    """What the places of one size tuple share: sizes, drawn entries, and definitions read before.

    An entry of a definition does not depend on the place: its body has no free index but its parameters.
    """

    def __init__(
        self,
        sizes: dict[str, int],
        values: dict[str, dict[tuple[int, ...], Any]],
        reals: dict[str, Fraction],
    ) -> None:
        self.sizes, self.values, self.reals = sizes, values, reals

    @cached_property
    def exact(self) -> Arrays:
        return self._in(EXACT)

    @cached_property
    def precise(self) -> Arrays:
        return self._in(PRECISE)

    @cached_property
    def judge(self) -> "Judge":
        from cnnmath.proof.judge import Judge

        return Judge(symbolic_field(), self.sizes, self.values, self.reals)

    def _in(self, numbers: Field) -> Arrays:
        converted = {
            name: {p: v if isinstance(v, int) else numbers.number(v) for p, v in entries.items()}
            for name, entries in self.values.items()
        }
        reals = {name: numbers.number(v) for name, v in self.reals.items()}
        readers = {name: entries.__getitem__ for name, entries in converted.items()}
        return Arrays({**self.sizes, **reals}, readers, numbers)


def _value_or_none(
    side: Node, indices: dict[str, int], frame: Frame, judge: bool
) -> tuple[Any, bool]:
    try:
        return _value(side, indices, frame, judge)
    except ArithmeticError:
        return None, True


def _value(side: Node, indices: dict[str, int], frame: Frame, judge: bool) -> tuple[Any, bool]:
    """(value, is exact): a fraction if possible, else 50 digits; SymPy differentiates if it judges."""
    if judge:
        return _by_sympy(side, indices, frame.judge)
    try:
        return value(side, frame.exact.bind(**indices)), True
    except NotExact:
        return value(side, frame.precise.bind(**indices)), False


def _differentiates(side: Node) -> bool:
    """A derivative is written somewhere in the formula or in a definition that it uses."""
    return any(isinstance(each, Diff) for each in unfolded(side))


def _by_sympy(side: Node, indices: dict[str, int], judge: "Judge") -> tuple[Any, bool]:
    """Derivatives by sympy.diff of the written-out body, then numbers: rational, or 50 digits."""
    import sympy

    result = judge.value(side, indices)
    if not (result.is_number and result.is_real and result.is_finite):
        raise NoValue(f"{result} is no real number")
    if result.is_Rational:
        return Fraction(int(result.p), int(result.q)), True
    return PRECISE_CONTEXT.mpf(str(sympy.N(result, DIGITS))), False


def _shown(
    values: dict[str, dict[tuple[int, ...], Any]], reals: dict[str, Fraction]
) -> dict[str, Any]:
    shown: dict[str, Any] = {name: _nested(entries) for name, entries in values.items() if entries}
    return shown | reals


def _nested(entries: dict[tuple[int, ...], Any]) -> Any:
    if () in entries:
        return entries[()]
    size = 1 + max(place[0] for place in entries)
    return [
        _nested({place[1:]: v for place, v in entries.items() if place[0] == i})
        for i in range(size)
    ]


def describe(instance: Instance) -> str:
    """The counterexample in one line: sizes, entries, index, both values."""
    at = ", ".join(f"{n}={v}" for n, v in (instance.sizes | instance.indices).items())
    given = ", ".join(f"{n}={_plain(v)}" for n, v in instance.entries.items())
    where = "; ".join(filter(None, (at, given)))
    return f"{where}: {_plain(instance.left)} against {_plain(instance.right)}"


def _plain(number: Any) -> str:
    if isinstance(number, list):
        return "[" + ", ".join(_plain(n) for n in number) + "]"
    if isinstance(number, int | Fraction):
        return str(number)
    return str(PRECISE_CONTEXT.nstr(number, 6))
