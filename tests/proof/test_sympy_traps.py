"""What SymPy gets wrong on formulas like ours, our engine gets right or refuses.

Letters in brackets: the rows of research/verification.md, section 4.
"""

import pytest

from cnnmath.proof.derivation import Derivation
from cnnmath.proof.line import prove_equal
from cnnmath.proof.notation import (
    Bracket,
    Definition,
    Diff,
    Fn,
    Index,
    Name,
    NotationError,
    Sum,
    Tensor,
    exp,
    free_indices,
    log,
    node,
)
from cnnmath.proof.translate import normal_form
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
