"""Plain loops, printed from the formula object, compute what the op computes."""

import math

import numpy as np
import pytest

from cnnmath.ops import affine, cross_entropy, softmax
from cnnmath.proof.loops import loops
from cnnmath.proof.notation import (
    Bracket,
    Definition,
    Diff,
    Index,
    Max,
    Name,
    NotationError,
    Product,
    Sum,
    Tensor,
    node,
)
from cnnmath.results.lookup import derivation

AFFINE = """\
for n in range(N):
    for k in range(K):
        total = 0
        for d in range(D):
            total += x[n, d] * w[k, d]
        s[n, k] = b[k] + total
"""


def run(code, **names):
    exec(code, {"exp": math.exp, "log": math.log}, names)  # our own printer's output
    return names


def test_affine_reads_as_one_would_write_it():
    assert loops(derivation("affine").definitions["s"]) == AFFINE


def test_affine_loops_equal_the_op():
    rng = np.random.default_rng(0)
    x, w, b = rng.integers(-5, 6, (3, 4)), rng.integers(-5, 6, (2, 4)), rng.integers(-5, 6, 2)
    x, w, b = (a.astype(float) for a in (x, w, b))
    found = run(AFFINE, x=x, w=w, b=b, s=np.empty((3, 2)), N=3, K=2, D=4)["s"]
    assert np.array_equal(found, affine(x, w, b)[0])


def test_softmax_and_loss_loops_equal_the_ops():
    rng = np.random.default_rng(1)
    s, t = rng.normal(size=(3, 4)), np.array([0, 3, 1])
    D = derivation("cross_entropy")
    code = loops(D.definitions["p"], D.definitions["err"], D.definitions["E"])
    found = run(code, s=s, t=t, p=np.empty((3, 4)), err=np.empty(3), N=3, K=4)
    assert np.allclose(found["p"], softmax(s)[0], rtol=1e-14)
    assert math.isclose(found["E"], cross_entropy(s, t)[0], rel_tol=1e-14)


N = Name("N", integer=True, lower=node(1))
i, j = Index("i", N), Index("j", N)
y = Tensor("y", (N,))


def test_a_bracket_guards_what_it_cuts_off():
    shifted = Definition("z", (i,), Bracket(i, "<", N - 1) * y[i + 1])
    found = run(loops(shifted), y=np.array([1.0, 2.0, 3.0]), z=np.empty(3), N=3)["z"]
    assert found.tolist() == [2, 3, 0]


def test_products_maxima_ranges_and_primes():
    body = Product(i, y[i]) + Max(i.prime, y[i.prime]) - Sum(j, y[j], 1, N - 1) ** 2 / 4
    found = run(loops(Definition("v", (), body)), y=np.array([2.0, 3.0, 5.0]), N=3)["v"]
    assert found == 30 + 5 - 16


def test_powers_with_an_exponent_that_counts():
    body = Sum(j, (y[j] + 1) ** (i - 1 - j) * y[j], upper=i - 1)
    code = loops(Definition("v", (i,), body))
    assert "(y[j] + 1)**(i - 1 - j)" in code
    found = run(code, y=np.array([2.0, 3.0, 5.0]), v=np.empty(3), N=3)["v"]
    assert found.tolist() == [0, 2, 3 * 2 + 3]


def test_a_derivative_has_no_loops():
    with pytest.raises(NotationError, match="no loops for"):
        loops(Definition("g", (i,), Diff(Sum(j, y[j]), y[i])))
