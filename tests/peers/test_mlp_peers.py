"""Multilayer perceptrons against torch (200 steps) and scikit-learn (one step from the same weights)."""

from functools import partial

import numpy as np
import pytest

from cnnmath.data import batches, load_digits
from cnnmath.nn import SGD, fit, loss_and_gradient, mlp, named_arrays
from cnnmath.ops import binary_cross_entropy, cross_entropy, squared_error

OPTIMISERS = {
    "plain": (SGD(0.1), {"lr": 0.1}),
    "momentum": (SGD(0.05, 0.9), {"lr": 0.05, "momentum": 0.9}),
    "nesterov": (SGD(0.05, 0.9, True), {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
}
OURS = {
    "cross_entropy": cross_entropy,
    "squared_error": squared_error,
    "binary_cross_entropy": binary_cross_entropy,
}
ACTIVATIONS = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh"}
SIZE, EPOCHS = 29, 4  # 50 steps an epoch, the last batch smaller


@pytest.fixture
def torch():
    """On one thread: for layers this small more of them only wait for each other."""
    torch = pytest.importorskip("torch", reason="peer: torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch
    torch.set_num_threads(threads)


def digits(loss):
    """All training digits, as labels or one-hot rows."""
    data = load_digits(np.float64)
    t = data.t_train if loss == "cross_entropy" else np.eye(10)[data.t_train]
    return data.x_train, t


def torch_loss(torch, name):
    """The torch expressions that the docstrings of the ops give."""
    functional = torch.nn.functional
    return {
        "cross_entropy": functional.cross_entropy,
        "squared_error": lambda y, t: 0.5 * functional.mse_loss(y, t, reduction="sum") / len(y),
        "binary_cross_entropy": lambda z, t: (
            functional.binary_cross_entropy_with_logits(z, t, reduction="sum") / len(z)
        ),
    }[name]


def torch_model(torch, params, activation):
    first, second = torch.nn.Linear(64, 24), torch.nn.Linear(24, 10)
    layers = (torch.nn.Flatten(), first, getattr(torch.nn, ACTIVATIONS[activation])(), second)
    model = torch.nn.Sequential(*layers).double()
    with torch.no_grad():
        for layer, arrays in ((first, params[1]), (second, params[3])):
            layer.weight.copy_(torch.tensor(arrays["w"]))
            layer.bias.copy_(torch.tensor(arrays["b"]))
    return model


def torch_run(torch, model, loss, settings, x, t, rng):
    optimiser = torch.optim.SGD(model.parameters(), **settings)
    losses = []
    for rows in (rows for _ in range(EPOCHS) for rows in batches(len(x), SIZE, rng)):
        value = loss(model(torch.tensor(x[rows])), torch.tensor(t[rows]))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        losses.append(value.item())
    return losses


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", OURS)
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_two_hundred_steps_are_those_of_torch(torch, optimiser, loss, activation):
    x, t = digits(loss)
    model = mlp(64, 24, 10, activation=activation, initialise="xavier")
    start = model.init(np.random.default_rng(1))
    ours, theirs = OPTIMISERS[optimiser]
    run = fit(
        model,
        x,
        t,
        optimiser=ours,
        epochs=EPOCHS,
        batch_size=SIZE,
        rng=np.random.default_rng(2),
        loss=OURS[loss],
        params=start,
    )
    peer = torch_model(torch, start, activation)
    losses = torch_run(torch, peer, torch_loss(torch, loss), theirs, x, t, np.random.default_rng(2))
    recorded = [value for epoch in run.history for value in epoch.step_losses]
    assert len(recorded) == len(losses) == 200
    error = float(np.abs(np.array(recorded) - losses).max())
    assert error <= 1e-10
    assert recorded[-1] < 0.8 * recorded[0]  # it has learnt: no comparison of constants
    for (_, array), tensor in zip(named_arrays(run.params), peer.parameters(), strict=True):
        assert np.abs(array - tensor.detach().numpy()).max() <= 1e-10


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_the_gradient_is_that_of_scikit_learn(activation, l2):
    """One step of its partial_fit at rate 1 moves its weights by minus its gradient.

    Public names only: coefs_ and intercepts_ are filled in place with our weights, then one batch of
    all samples is one step of plain SGD. Its alpha adds alpha/(2 n) sum w^2: alpha = n l2.
    """
    network = pytest.importorskip("sklearn.neural_network", reason="peer: scikit-learn")
    data = load_digits(np.float64)
    x, t = data.x_train[:200].reshape(200, 64), data.t_train[:200]
    model = mlp(64, 24, 10, activation=activation)
    rng = np.random.default_rng(3)
    params = model.init(rng)
    for _, array in named_arrays(params):  # away from 0, so that no term can hide
        array += 0.2 * rng.standard_normal(array.shape)
    value, grads = loss_and_gradient(model, params, x, t, l2=l2)

    peer = network.MLPClassifier(
        hidden_layer_sizes=(24,),
        activation={"sigmoid": "logistic"}.get(activation, activation),
        solver="sgd",
        learning_rate_init=1.0,
        momentum=0.0,
        nesterovs_momentum=False,
        alpha=200 * l2,
        batch_size=200,
        shuffle=False,
        random_state=0,
    )
    peer.partial_fit(x, t, classes=np.arange(10))
    fill = partial(np.copyto, casting="no")
    for i, layer in enumerate((params[1], params[3])):
        fill(peer.coefs_[i], layer["w"].T)
        fill(peer.intercepts_[i], layer["b"])
    peer.partial_fit(x, t)

    errors = [abs(peer.loss_ - value)]
    for i, number in enumerate((1, 3)):
        errors.append(np.abs((params[number]["w"] - peer.coefs_[i].T) - grads[number]["w"]).max())
        errors.append(
            np.abs((params[number]["b"] - peer.intercepts_[i]) - grads[number]["b"]).max()
        )
        assert np.abs(grads[number]["w"]).max() > 1e-3
    assert max(errors) <= 1e-10
