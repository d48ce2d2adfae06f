"""Softmax regression against scikit-learn (same optimum) and torch (same steps)."""

import numpy as np
import pytest

from cnnmath.data import batches, load_digits
from cnnmath.nn import SGD, fit, loss_and_gradient, softmax_regression

MODEL = softmax_regression()


def unpacked(vector):
    return ({}, {"w": vector[:640].reshape(10, 64), "b": vector[640:]})


def objective(vector, x, t, l2):
    value, grads = loss_and_gradient(MODEL, unpacked(vector), x, t, l2=l2)
    return value, np.concatenate([grads[1]["w"].ravel(), grads[1]["b"]])


@pytest.mark.parametrize("l2", [1e-3, 1e-1])
def test_optimum_is_that_of_scikit_learn(l2):
    optimize = pytest.importorskip("scipy.optimize", reason="comes with scikit-learn")
    linear_model = pytest.importorskip("sklearn.linear_model", reason="peer: scikit-learn")
    digits = load_digits(np.float64)
    x, t = digits.x_train.reshape(-1, 64), digits.t_train

    ours = optimize.minimize(
        objective,
        np.zeros(650),
        args=(x, t, l2),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 20_000, "maxfun": 20_000, "ftol": 0, "gtol": 1e-9, "maxcor": 50},
    )
    # scikit-learn minimises C sum_n err[n] + |W|^2/2 with a free intercept: C = 1/(N l2)
    theirs = linear_model.LogisticRegression(
        C=1 / (len(x) * l2), solver="newton-cg", tol=1e-10, max_iter=1000
    ).fit(x, t)
    vector = np.concatenate([theirs.coef_.ravel(), theirs.intercept_])
    their_value, their_gradient = objective(vector, x, t, l2)

    assert abs(ours.fun - their_value) <= 1e-6
    assert np.abs(their_gradient).max() <= 1e-6  # their optimum is a zero of our gradient
    w, b = ours.x[:640], ours.x[640:]
    assert np.abs(w - theirs.coef_.ravel()).max() <= 1e-4
    # zhang-3.3.2-b: b is free up to one constant; both keep the sum 0
    assert np.abs(b - b.mean() - theirs.intercept_ + theirs.intercept_.mean()).max() <= 1e-4


@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_fifty_steps_are_those_of_torch(l2):
    torch = pytest.importorskip("torch", reason="peer: torch")
    digits = load_digits(np.float64)
    x, t = digits.x_train, digits.t_train
    start = MODEL.init(np.random.default_rng(1))
    size = 58  # 25 steps an epoch, the last batch smaller
    result = fit(
        MODEL,
        x,
        t,
        optimiser=SGD(0.5),
        epochs=2,
        batch_size=size,
        rng=np.random.default_rng(2),
        l2=l2,
        params=start,
    )
    w = torch.tensor(start[1]["w"], requires_grad=True)
    b = torch.tensor(start[1]["b"], requires_grad=True)
    optimiser = torch.optim.SGD([w, b], lr=0.5)
    rng = np.random.default_rng(2)
    losses = []
    for rows in (rows for _ in range(2) for rows in batches(len(x), size, rng)):
        scores = torch.nn.functional.linear(torch.tensor(x[rows]).flatten(1), w, b)
        value = torch.nn.functional.cross_entropy(scores, torch.tensor(t[rows]))
        value = value + l2 / 2 * w.square().sum()
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        losses.append(value.item())
    ours = [loss for epoch in result.history for loss in epoch.step_losses]
    assert len(ours) == len(losses) == 50
    assert np.abs(np.array(ours) - losses).max() <= 1e-10
    assert np.abs(result.params[1]["w"] - w.detach().numpy()).max() <= 1e-10
    assert np.abs(result.params[1]["b"] - b.detach().numpy()).max() <= 1e-10
