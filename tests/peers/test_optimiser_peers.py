"""Every optimiser against torch: 200 steps in float64, and where epsilon stands.

torch 2.13 puts epsilon where our docstrings say: outside the root, in Adam after the bias correction.
Settings with a large epsilon would show any other place; the last test shows that they do.
"""

import numpy as np
import pytest

from cnnmath.data import batches, load_digits
from cnnmath.nn import SGD, Adagrad, Adam, RMSprop, fit, map_arrays, mlp, named_arrays

SETTINGS = {
    "SGD": [
        (SGD(0.1), {"lr": 0.1}),
        (SGD(0.02, 0.5), {"lr": 0.02, "momentum": 0.5}),
        (SGD(0.05, 0.9), {"lr": 0.05, "momentum": 0.9}),
        (SGD(0.05, 0.9, True), {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
        (SGD(0.02, 0.3, True), {"lr": 0.02, "momentum": 0.3, "nesterov": True}),
    ],
    "Adagrad": [
        (Adagrad(), {}),
        (Adagrad(0.05), {"lr": 0.05}),
        (Adagrad(0.1, 0.1), {"lr": 0.1, "eps": 0.1}),
    ],
    "RMSprop": [
        (RMSprop(), {}),
        (RMSprop(0.001, 0.9), {"lr": 0.001, "alpha": 0.9}),
        (RMSprop(0.002, 0.999, 1e-4), {"lr": 0.002, "alpha": 0.999, "eps": 1e-4}),
        (RMSprop(0.01, 0.95, 0.1), {"lr": 0.01, "alpha": 0.95, "eps": 0.1}),
    ],
    "Adam": [
        (Adam(), {}),
        (Adam(0.01), {"lr": 0.01}),
        (Adam(0.005, (0.5, 0.9), 1e-4), {"lr": 0.005, "betas": (0.5, 0.9), "eps": 1e-4}),
        (Adam(0.01, (0.8, 0.99), 0.1), {"lr": 0.01, "betas": (0.8, 0.99), "eps": 0.1}),
        (Adam(0.01, (0.0, 0.9)), {"lr": 0.01, "betas": (0.0, 0.9)}),
    ],
}
CASES = [(name, *pair) for name, pairs in SETTINGS.items() for pair in pairs]
SIZE, EPOCHS = 29, 4  # 50 steps an epoch, the last batch smaller


@pytest.fixture(scope="module")
def torch():
    """On one thread: for layers this small more of them only wait for each other."""
    torch = pytest.importorskip("torch", reason="peer: torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch
    torch.set_num_threads(threads)


MODEL = mlp(64, 24, 10, initialise="he")


def our_run(optimiser, start):
    digits = load_digits(np.float64)
    return fit(
        MODEL,
        digits.x_train,
        digits.t_train,
        optimiser=optimiser,
        epochs=EPOCHS,
        batch_size=SIZE,
        rng=np.random.default_rng(2),
        params=start,
    )


def their_run(torch, name, settings, start):
    """Losses and parameters of the same net after the same batches."""
    digits = load_digits(np.float64)
    leaves = [torch.tensor(array, requires_grad=True) for _, array in named_arrays(start)]
    w1, b1, w2, b2 = leaves
    optimiser, linear = getattr(torch.optim, name)(leaves, **settings), torch.nn.functional.linear
    rng, losses = np.random.default_rng(2), []
    for rows in (rows for _ in range(EPOCHS) for rows in batches(len(digits.x_train), SIZE, rng)):
        x, t = torch.tensor(digits.x_train[rows]).flatten(1), torch.tensor(digits.t_train[rows])
        value = torch.nn.functional.cross_entropy(linear(linear(x, w1, b1).relu(), w2, b2), t)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        losses.append(value.item())
    return losses, [leaf.detach().numpy() for leaf in leaves]


@pytest.mark.parametrize(("name", "ours", "settings"), CASES)
def test_two_hundred_steps_are_those_of_torch(torch, name, ours, settings):
    start = MODEL.init(np.random.default_rng(1))
    run = our_run(ours, start)
    losses, arrays = their_run(torch, name, settings, start)
    recorded = [value for epoch in run.history for value in epoch.step_losses]
    assert len(recorded) == len(losses) == 200
    assert np.abs(np.array(recorded) - losses).max() <= 1e-10
    assert recorded[-1] < 0.8 * recorded[0]  # it has learnt: no comparison of constants
    for (_, array), other in zip(named_arrays(run.params), arrays, strict=True):
        assert np.abs(array - other).max() <= 1e-10


def test_our_defaults_are_those_of_torch(torch):
    leaf = [torch.zeros(1, requires_grad=True)]
    for name, rule in (("Adagrad", Adagrad()), ("RMSprop", RMSprop()), ("Adam", Adam())):
        theirs = getattr(torch.optim, name)(leaf).defaults
        assert (rule.rate, rule.eps) == (theirs["lr"], theirs["eps"])
    assert RMSprop().beta == torch.optim.RMSprop(leaf).defaults["alpha"]
    assert Adam().betas == torch.optim.Adam(leaf).defaults["betas"]


# ---------------------------------------------------------------------- where epsilon does not stand


class InsideTheRoot(RMSprop):
    """p - rate g / sqrt(v + eps)."""

    def update(self, grads, state, params):
        _, (v,) = super().update(grads, state, params)
        move = lambda p, g, v: p - self.rate * g / np.sqrt(v + self.eps)  # noqa: E731
        return map_arrays(move, params, grads, v), (v,)


class BeforeTheCorrection(Adam):
    """p - rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps), an order that the paper also names."""

    def update(self, grads, state, params):
        _, (m, v, t) = super().update(grads, state, params)
        rate = self.rate * np.sqrt(1 - self.betas[1] ** t) / (1 - self.betas[0] ** t)
        move = lambda p, m, v: p - float(rate) * m / (np.sqrt(v) + self.eps)  # noqa: E731
        return map_arrays(move, params, m, v), (m, v, t)


@pytest.mark.parametrize(
    ("name", "elsewhere", "settings"),
    [
        ("RMSprop", InsideTheRoot(0.01, 0.95, 0.1), {"lr": 0.01, "alpha": 0.95, "eps": 0.1}),
        (
            "Adam",
            BeforeTheCorrection(0.01, (0.8, 0.99), 0.1),
            {"lr": 0.01, "betas": (0.8, 0.99), "eps": 0.1},
        ),
    ],
)
def test_epsilon_in_another_place_is_another_run(torch, name, elsewhere, settings):
    start = MODEL.init(np.random.default_rng(1))
    run = our_run(elsewhere, start)
    _, arrays = their_run(torch, name, settings, start)
    apart = [
        np.abs(array - other).max()
        for (_, array), other in zip(named_arrays(run.params), arrays, strict=True)
    ]
    assert max(apart) > 0.01
