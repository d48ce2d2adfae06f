"""What SymPy gets wrong on formulas like ours, our engine gets right or refuses.

Letters in brackets: the rows of research/verification.md, section 4.
"""

from fractions import Fraction

import pytest

from cnnmath.proof.derivation import Derivation
from cnnmath.proof.evaluate import EXACT, Arrays, OutOfBounds, value
from cnnmath.proof.line import prove_equal
from cnnmath.proof.notation import (
    Bracket,
    Definition,
    Diff,
    Fn,
    Index,
    Name,
    NotationError,
    Quotient,
    Routing,
    Sum,
    Tensor,
    exp,
    free_indices,
    log,
    node,
)
from cnnmath.proof.translate import OutOfRange, normal_form
from cnnmath.proof.verdict import Refuted

N, K = (Name(s, integer=True, lower=node(1)) for s in "NK")
n, k = Index("n", N), Index("k", K)
i, j = Index("i", N), Index("j", K)
x, y, w = Tensor("x", (N,)), Tensor("y", (K,)), Tensor("w", (K, N))


def equal(left, right):
    return prove_equal(left, right).shown


def test_derivative_by_a_free_index_does_not_capture():
    """[e] SymPy: d/dx[i] sum_i x[i] = N."""
    assert equal(Diff(Sum(i, x[i]), x[n]), node(1))
    assert not equal(Diff(Sum(i, x[i]), x[n]), N * 1)
    assert equal(Diff(Sum(i, w[k, i] * x[i]), x[n]), w[k, n])


@pytest.mark.parametrize(
    "body", [Diff(Sum(i, x[i]), x[i]), Sum(i, x[i]) * x[i], log(Sum(i, exp(x[i]))) - x[i]]
)
def test_bound_and_free_index_of_one_name_is_refused(body):
    with pytest.raises(NotationError, match="the index i is bound by a sum and free elsewhere"):
        free_indices(body)


def test_shadowed_index_is_refused():
    with pytest.raises(NotationError, match="the index i is bound twice, one inside the other"):
        free_indices(Sum(i, x[i] * Sum(i, x[i])))
    with pytest.raises(NotationError, match="the index i is bound twice, one inside the other"):
        normal_form(Sum(i, x[i] * Sum(i, x[i])))


def test_bound_used_as_its_own_limit_is_refused():
    with pytest.raises(NotationError, match="bound by a sum and free"):
        free_indices(Sum(i, x[i], 0, i))


def test_substitution_of_an_index_does_not_capture():
    """[f] SymPy: sum_i x[i] y[k] with k := i becomes sum_i x[i] y[i]; here the use of a definition."""
    outer = Definition("outer", (n,), Sum(i, x[i] * x[n]))
    assert equal(Sum(i, outer[i]), Sum(i, x[i]) ** 2)
    assert not equal(Sum(i, outer[i]), N * Sum(i, x[i] ** 2))


def test_definition_used_with_the_letter_it_binds():
    """The Python lambda U = lambda p: Sum(W[p,j] x[j]) called with j captures; an object does not."""
    U = Definition("U", (k,), Sum(i, w[k, i] * x[i]))
    row_sum = Definition("row_sum", (n,), Sum(j, U[j] * w[j, n]))
    assert equal(Sum(i, row_sum[i] * x[i]), Sum(k, U[k] ** 2))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Sum(i, x[i]), Sum(n, x[n])),
        (Sum(i, x[i - 1], 1, N), Sum(n, x[n])),
        (Sum(i, x[N - 1 - i]), Sum(n, x[n])),
        (Sum(i, Sum(j, w[j, i])), Sum(j, Sum(i, w[j, i]))),
        (Sum(i, f := Fn("f", x[i])), Sum(n, Fn("f", x[n]))),
    ],
)
def test_equal_up_to_names_shifts_and_order(left, right):
    """[g] SymPy: ==, simplify and equals all fail."""
    assert equal(left, right)


def test_empty_range_is_zero():
    """[h] SymPy takes the skipped terms with a minus sign."""
    assert equal(Sum(i, Bracket(i, "=", n), 0, -3), node(0))
    assert equal(Sum(i, x[n], 3, 2), node(0))
    assert not equal(Sum(i, 1, 1, N - 2), N - 2)  # N = 1: 0, not -1
    assert equal(Sum(i, 1, 1, N - 1), N - 1)


def test_common_subexpressions_keep_their_binder():
    """[i] SymPy's cse hoists exp(x[k]) out of its sum."""
    once = Sum(i, exp(x[i]))
    assert equal(once * Sum(n, exp(x[n])), once**2)
    assert not equal(Sum(i, exp(x[i]) * exp(x[i])), once**2)


def test_gradient_of_log_sum_exp_is_not_zero():
    """[l] SymPy: 0, silently."""
    gradient = Diff(log(Sum(i, exp(x[i]))), x[n])
    assert equal(gradient, exp(x[n]) / Sum(i, exp(x[i])))
    assert not equal(gradient, node(0))


def test_gradient_of_a_quadratic_form():
    """[l] (x'x) wrt x: SymPy 0."""
    assert equal(Diff(Sum(i, x[i] ** 2), x[n]), 2 * x[n])


def test_gradient_of_a_two_layer_loss():
    """[k] SymPy: a Hadamard product of shapes that do not fit."""
    H, D = (Name(s, integer=True, lower=node(1)) for s in "HD")
    h, d = Index("h", H), Index("d", D)
    h1, d1, k1 = h.prime, d.prime, k.prime
    W1, W2, z = Tensor("W1", (H, D)), Tensor("W2", (K, H)), Tensor("z", (D,))
    U = Definition("U", (h,), Sum(d1, W1[h, d1] * z[d1]))
    V = Definition("V", (k,), Sum(h1, W2[k, h1] * Fn("f", U[h1])))
    loss = Sum(k1, V[k1] ** 2)
    right = Fn("f'", U[h]) * 2 * Sum(k1, V[k1] * W2[k1, h]) * z[d]
    assert equal(Diff(loss, W1[h, d]), right)
    assert not equal(Diff(loss, W1[h, d]), right / Fn("f'", U[h]))


def test_delta_with_coefficient_two_is_not_sifted():
    """[a-c] SymPy: sum_k delta(2k, i) = 1 for every i; entries at half integers."""
    i2, p = Index("i2", N), Index("p", 2 * N)
    form = normal_form(Sum(i2, Bracket(2 * i2, "=", p)))
    assert form.constant is None
    assert not equal(Sum(i2, Bracket(2 * i2, "=", p)), node(1))
    assert not equal(Sum(i2, Bracket(2 * i2, "=", p) * x[i2]), x[n])
    z = Tensor("z", (2 * N,))
    down = Sum(i2, z[2 * i2] * x[i2])
    assert equal(Diff(down, z[p]), Sum(i2, Bracket(2 * i2, "=", p) * x[i2]))
    assert equal(Diff(down, z[2 * n]), x[n])
    assert equal(Diff(down, z[2 * n + 1]), node(0))


def test_log_sum_exp_in_a_derivation():
    D = Derivation("trap")
    (N_,) = D.sizes("N")
    n_, i_ = D.indices(n=N_, i=N_)
    s = D.tensor("s", N_)
    with D.chain("lse", of=D.log(D.Sum(i_, D.exp(s[i_]))), wrt=s[n_]) as c:
        with pytest.raises(Refuted, match=r"trap.lse#zero is false"):
            c.line("zero", 0, because="as SymPy says")
        with pytest.raises(NotationError, match="bound by a sum and free"):
            c.line("captured", D.exp(s[i_]) / D.Sum(i_, D.exp(s[i_])), because="the slip in print")
        c.line("softmax", D.exp(s[n_]) / D.Sum(i_, D.exp(s[i_])), because="derivative of log")


# ---------------------------------------------------------------- windows: strides and their ranges


def test_bracket_over_even_numbers_at_odd_places():
    """[a] SymPy: sum_k delta(2k, i) = 1 at i = 3, N = 5; it is 0 there, and [i even] in general."""
    six = Index("e", node(6))
    for at in range(12):
        assert equal(Sum(six, Bracket(2 * six, "=", at)), node(int(at % 2 == 0)))
    assert equal(Sum(i, Bracket(2 * i, "=", 2 * n)), node(1))
    assert equal(Sum(i, Bracket(2 * i, "=", 2 * n + 1)), node(0))
    S = Name("S", integer=True, lower=node(1))
    places, rest = Index("p", N * S), Index("r", S)
    assert equal(Sum(i, Sum(rest, Bracket(S * i + rest, "=", places))), node(1))
    assert not equal(Sum(i, Bracket(S * i, "=", places)), node(1))


def test_stride_two_has_no_ghost_terms_in_either_order():
    """[b] SymPy: dx of a convolution with stride 2 holds g[1, 1/2] w[1, 1] when the sums are in one order
    and not in the other. Here both orders are one formula, and x[3] gets g[1] w[1] alone."""
    S, P = (Name(s, integer=True, lower=node(1)) for s in "SP")
    p = Index("p", P)
    U = Name("U", integer=True, lower=node(1), value=(N - 1) * S + P)
    strided, g, kernel = Tensor("x", (U,)), Tensor("g", (N,)), Tensor("w", (P,))
    u = Index("u", U)
    body = g[i] * strided[S * i + p] * kernel[p]
    rows, columns = Sum(i, Sum(p, body)), Sum(p, Sum(i, body))
    gradient = Sum(i, Sum(p, Bracket(S * i + p, "=", u) * g[i] * kernel[p]))
    assert equal(Diff(rows, strided[u]), gradient)
    assert equal(Diff(columns, strided[u]), gradient)
    assert equal(Diff(rows, strided[u]), Diff(columns, strided[u]))

    three, x7, g3 = Index("q", 3), Tensor("x", (7,)), Tensor("g", (3,))
    w3, i3 = Tensor("w", (3,)), Index("i", 3)
    numbers = Sum(three, Sum(i3, g3[i3] * x7[2 * i3 + three] * w3[three]))
    assert equal(Diff(numbers, x7[3]), g3[1] * w3[1])
    assert equal(Diff(numbers, x7[4]), g3[1] * w3[2] + g3[2] * w3[0])
    assert not equal(Diff(numbers, x7[3]), g3[1] * w3[1] + g3[1] * w3[0])


def test_pair_sums_give_each_place_one_delta():
    """[c] SymPy: d/dx[3] sum_i (x[2i] + x[2i+1]) y[i] = y[1] + y[3/2]; it is y[1]."""
    pairs, y = Tensor("x", (2 * N,)), Tensor("y", (N,))
    loss = Sum(i, (pairs[2 * i] + pairs[2 * i + 1]) * y[i])
    assert equal(Diff(loss, pairs[2 * n]), y[n])
    assert equal(Diff(loss, pairs[2 * n + 1]), y[n])
    assert not equal(Diff(loss, pairs[2 * n + 1]), 2 * y[n])
    S = Name("S", integer=True, lower=node(1))  # and in blocks of any size
    line, r, place = Tensor("x", (N * S,)), Index("r", S), Index("p", N * S)
    blocks = Sum(i, Sum(r, line[S * i + r]) * y[i])
    assert equal(Diff(blocks, line[place]), y[Quotient(place, S)])
    assert not equal(Diff(blocks, line[place]), 2 * y[Quotient(place, S)])


def test_max_pooling_goes_to_one_entry_of_the_pair():
    """[d] SymPy: max(x[2i], x[2i+1]) holds y[j/2] and y[j/2 - 1/2] both, and 1/2 at a tie."""
    pairs, y, side = Tensor("x", (2 * N,)), Tensor("y", (N,)), Index("q", 2)
    window = Definition("window", (n, side), pairs[2 * n + side])
    first = Routing("first", window, 1)
    loss = Sum(i, y[i] * Sum(side, first[i, side] * window[i, side]))
    assert equal(Diff(loss, pairs[2 * n]), first[n, 0] * y[n])
    assert equal(Diff(loss, pairs[2 * n + 1]), first[n, 1] * y[n])
    assert not equal(Diff(loss, pairs[2 * n]), y[n] / 2)
    tie = Arrays({"N": 1}, {"x": lambda place: Fraction(5)}, EXACT)
    assert [value(first[0, each], tie) for each in (0, 1)] == [1, 0]  # the first, not 1/2 and 1/2


def test_entry_behind_a_bracket_is_not_read():
    """[j] SymPy: the guard 0 <= j < N and x[j] at j = N + 2 is an IndexError; here it is 0."""
    place = Index("p", N + 3)
    guarded = Bracket(place, "<", N) * x[place]
    assert equal(Sum(place, guarded), Sum(n, x[n]))
    with pytest.raises(OutOfRange, match="not shown that"):
        normal_form(Sum(place, x[place] * 1))
    three = Arrays({"N": 3, "p": 5}, {"x": lambda place: Fraction(1 + place[0])}, EXACT)
    assert value(guarded, three) == 0
    with pytest.raises(OutOfBounds, match="index 5 of axis 0, size 3"):
        value(x[place], three)
