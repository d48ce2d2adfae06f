"""What is remembered instead of computed again: the answer is the same as from nothing."""

from fractions import Fraction

import pytest

from cnnmath.proof import ranges
from cnnmath.proof.evaluate import EXACT, PRECISE, NotExact, symbolic_field, value
from cnnmath.proof.instances import Frame, covering, draw
from cnnmath.proof.judge import Judge
from cnnmath.proof.notation import Diff, Name, Num, Tensor, free_indices, scalars_of, tensors_of
from cnnmath.proof.polynomial import exact, poly, power_of
from cnnmath.proof.ranges import _renumbered, implied
from cnnmath.proof.sums import dummy, fresh
from cnnmath.proof.trace import vanishes
from cnnmath.proof.translate import normal_form
from cnnmath.results.lookup import derivation

# derivatives in sums and of derivatives, replaced tensors, maxima with their routing, labels, f
NAMES = ["softmax_sample", "max_pool2d", "parameter_shift", "chain_rule_net", "affine"]


def frames(D, sides, position):
    """A frame for two places, and a maker of new ones."""
    tensors, scalars = {}, {}
    for side in sides:
        tensors, scalars = tensors | tensors_of(side), scalars | scalars_of(side)
    sizes = list(covering(D.size_names))[position]
    drawn = draw(tensors, scalars, sizes, "abc", whole=False)
    return sizes, lambda: Frame(sizes, *drawn)


def places(side, sizes):
    """A first and a last place."""
    free = list(free_indices(side).values())
    frame = Frame(sizes, {}, {}).exact
    last = {i.name: int(value(i.size, frame)) - 1 for i in free}
    return [dict.fromkeys(last, 0), last]


def read(side, frame, indices):
    try:
        return value(side, frame.exact.bind(**indices))
    except NotExact:
        return value(side, frame.precise.bind(**indices))


@pytest.mark.parametrize("name", NAMES)
def test_a_frame_that_was_used_before_says_the_same(name):
    D = derivation(name)
    for line in D.lines.values():
        sizes, new = frames(D, (line.head, line.body), 1)
        shared = new()
        for indices in places(line.body, sizes) + places(line.head, sizes):
            for side in (line.body, line.head):
                if free_indices(side).keys() <= indices.keys():
                    assert read(side, shared, indices) == read(side, new(), indices), line.address


def test_a_frame_tells_two_derivatives_apart():
    D = derivation("affine")
    line = D.lines["affine.dw#conclusion"]
    sizes, new = frames(D, (line.head,), 1)
    frame, (first, last) = new(), places(line.head, sizes)
    assert read(line.head, frame, first) != read(line.head, frame, last)


def test_a_judge_that_was_used_before_says_the_same():
    D = derivation("softmax_sample")
    line = next(line for line in D.lines.values() if isinstance(line.head, Diff))
    sizes, new = frames(D, (line.head, line.body), 2)
    frame = new()
    shared = Judge(symbolic_field(), sizes, frame.values, frame.reals)
    for indices in places(line.head, sizes):
        alone = Judge(symbolic_field(), sizes, frame.values, frame.reals)
        assert shared.value(line.head, indices) == alone.value(line.head, indices)


def test_what_does_not_depend_on_a_name_has_slope_0_in_every_field():
    x, y = Name("x"), Name("y")
    frame = Frame({}, {}, {"x": Fraction(2), "y": Fraction(3)})
    assert value(Diff(y * y, x), frame.exact) == 0
    assert value(Num(Fraction(1)) / (Diff(y, x) + 2), frame.exact) == Fraction(1, 2)
    assert isinstance(value(Diff(y, x) / 3, frame.exact), Fraction)
    assert isinstance(value(Diff(y, x), frame.precise), type(PRECISE.number(Fraction(0))))
    # of a derivative by the other name, and back: d/dx (x d/dy (x y^2)) = 4 x y
    assert value(Diff(x * Diff(x * y * y, y), x), frame.exact) == 24
    assert EXACT.number(Fraction(1)) == 1


# ---------------------------------------------------------------------------------- range reasoning


def test_fresh_names_are_counted_anew_in_their_order():
    one, two = fresh(), fresh()
    assert _renumbered(f"{two} - {one}") == "#00000001 - #00000000"
    assert _renumbered(f"{one} - {two}") == "#00000000 - #00000001"
    assert _renumbered("k - #k - $0.1") == "k - #k - $0.1"


def test_a_question_is_answered_once_whatever_its_fresh_names(monkeypatch):
    monkeypatch.setattr(ranges, "_remembered", {})
    for _ in range(2):
        low, high = sorted([fresh(), fresh()])
        i, j = dummy(low), dummy(high)
        assert implied(j - i, [i, -i, j - 1])
        assert len(ranges._remembered) == 1
        monkeypatch.setattr(ranges, "_infeasible", None)  # from here on nothing is computed


def test_other_questions_are_other_questions(monkeypatch):
    monkeypatch.setattr(ranges, "_remembered", {})
    low, high = sorted([fresh(), fresh()])
    i, j = dummy(low), dummy(high)
    assert implied(j - i, [i, 1 - i, j - 1])
    assert not implied(i - j, [i, 1 - i, j - 1])
    assert not implied(i - j, [j, 1 - j, i])


# ----------------------------------------------------------------------------------------- numbers


def test_whole_numbers_are_ints_and_no_number_is_a_float():
    x = Tensor("x", (3,))
    z = x[0]
    found = normal_form((z / 2 + z / 2 + z / 3) ** 2 * 9 - Num(Fraction(4, 2)) / 4 + 1 / (z + 2))
    numbers = list(found.terms.values()) + [n for m in found.terms for _, n in m]
    assert {type(n) for n in numbers} <= {int, Fraction}
    assert Fraction(1, 2) in numbers and 16 in numbers
    assert [type(exact(n)) for n in (2, Fraction(4, 2), Fraction(1, 2))] == [int, int, Fraction]
    assert power_of(poly(2), -1).constant == Fraction(1, 2)
    assert power_of(poly(3), -2) * 9 == poly(1)


def test_a_remembered_zero_is_a_zero():
    import sympy

    a, b = sympy.symbols("a b", real=True)
    for _ in range(2):
        assert vanishes(sympy.log(sympy.exp(a) * sympy.exp(b)) - a - b)
        assert not vanishes(sympy.log(sympy.exp(a) + sympy.exp(b)) - a - b)
        assert not vanishes(sympy.Symbol("a") - a)  # another symbol of that name
