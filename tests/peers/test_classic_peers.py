"""Classic nets against torch: 50 steps of SGD on the squared error in float64, from the same weights."""

import numpy as np
import pytest

from cnnmath.data import batches, load_digits
from cnnmath.nn import (
    SGD,
    Affine,
    Conv2d,
    Flatten,
    MixMaps,
    ScaledTanh,
    Sigmoid,
    Subsample2d,
    bouvrie_net,
    classic_digits_net,
    fit,
    lenet5,
    mixing_net,
    named_arrays,
)
from cnnmath.ops import squared_error

OPTIMISERS = {
    "plain": (SGD(0.01), {"lr": 0.01}),
    "momentum": (SGD(0.005, 0.9), {"lr": 0.005, "momentum": 0.9}),
}


@pytest.fixture
def torch():
    """On one thread: for layers this small more of them only wait for each other."""
    torch = pytest.importorskip("torch", reason="peer: torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch
    torch.set_num_threads(threads)


def digits(side, low):
    """100 digits in the middle of a `side` x `side` image, large ones with pixels of 3x3; targets low, 1."""
    data = load_digits(np.float64)
    times = side // 8
    border = (side - 8 * times) // 2
    x = data.x_train[:100].repeat(times, axis=2).repeat(times, axis=3) * 2 - 1
    x = np.pad(x, ((0, 0), (0, 0), (border, border), (border, border)), constant_values=-1)
    return x, np.where(np.eye(10)[data.t_train[:100]] == 1, 1.0, low)


def in_torch(torch, layer, p):
    """What the layer computes as a torch function of x and its parameters."""
    functional = torch.nn.functional
    if isinstance(layer, ScaledTanh):
        return lambda x: 1.7159 * torch.tanh(2 * x / 3)
    if isinstance(layer, Sigmoid):
        return torch.sigmoid
    if isinstance(layer, Flatten):
        return lambda x: x.flatten(1)
    if isinstance(layer, Affine):
        return lambda x: functional.linear(x, p["w"], p["b"])
    if isinstance(layer, Subsample2d):
        scale, shift = (p[name].reshape(1, -1, 1, 1) for name in ("beta", "b"))
        return lambda x: scale * functional.avg_pool2d(x, layer.size, divisor_override=1) + shift
    if isinstance(layer, MixMaps):
        return lambda x: functional.conv2d(
            x, torch.softmax(p["logits"], dim=1)[..., None, None], p["b"]
        )
    assert isinstance(layer, Conv2d)
    mask = torch.ones_like(p["w"]) if layer.connect is None else torch.tensor(table(layer))
    return lambda x: functional.conv2d(x, p["w"] * mask, p.get("b"), padding=layer.padding)


def table(layer):
    """1 where an output map sees an input map, read from `connect` alone; (o, c, 1, 1)."""
    rows = [[float(c in maps) for c in range(layer.c)] for maps in layer.connect]
    return np.array(rows)[..., None, None]


def omega(torch, layer, p):
    """The penalty that torch differentiates through its softmax."""
    a = torch.softmax(p["logits"], dim=1)
    return (
        layer.strength
        * {
            "none": 0 * a,
            "l1": a.abs(),
            "entropy": -a * a.log(),
            "impurity": a * (1 - a),  # sums to 1 - sum a^2 in each row
        }[layer.penalty].sum()
    )


def torch_run(torch, model, params, settings, x, t, size):
    """Losses of 50 steps and the parameters after them, by name."""
    leaves = [
        {name: torch.tensor(array, requires_grad=True) for name, array in arrays.items()}
        for arrays in params
    ]
    optimiser = torch.optim.SGD([leaf for p in leaves for leaf in p.values()], **settings)
    rng, losses = np.random.default_rng(2), []
    for rows in (rows for _ in range(50 * size // len(x)) for rows in batches(len(x), size, rng)):
        y, value = torch.tensor(x[rows]), 0
        for layer, p in zip(model.layers, leaves, strict=True):
            y = in_torch(torch, layer, p)(y)
            value = value + (omega(torch, layer, p) if isinstance(layer, MixMaps) else 0)
        value = value + (y - torch.tensor(t[rows])).square().sum(dim=1).mean() / 2
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        losses.append(value.item())
    return losses, [leaf.detach().numpy() for p in leaves for leaf in p.values()]


def compare(torch, model, optimiser, x, t, size=4, peer=None):
    """Run both, compare every loss and every parameter. torch runs the layers of `peer`."""
    ours, theirs = OPTIMISERS[optimiser]
    start = model.init(np.random.default_rng(1))
    run = fit(
        model,
        x,
        t,
        optimiser=ours,
        epochs=50 * size // len(x),
        batch_size=size,
        rng=np.random.default_rng(2),
        params=start,
        loss=squared_error,
    )
    losses, leaves = torch_run(torch, peer or model, start, theirs, x, t, size)
    recorded = [value for epoch in run.history for value in epoch.step_losses]
    assert len(recorded) == len(losses) == 50
    assert np.mean(recorded[-10:]) < 0.95 * np.mean(recorded[:10])  # no comparison of constants
    worst = [np.abs(np.array(recorded) - losses).max()]
    for (name, array), leaf in zip(named_arrays(run.params), leaves, strict=True):
        worst.append(np.abs(array - leaf).max())
        assert np.abs(array - dict(named_arrays(start))[name]).max() > 1e-5, name  # it has moved
    assert max(worst) <= 1e-10, f"{max(worst):.1e}, wanted at most 1e-10"


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize(("activation", "low"), [("scaled_tanh", -1.0), ("sigmoid", 0.0)])
def test_fifty_steps_of_bouvrie_net_are_those_of_torch(torch, activation, low, optimiser):
    compare(torch, bouvrie_net(activation), optimiser, *digits(8, low))


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_fifty_steps_of_the_classic_lenet5_are_those_of_torch(torch, optimiser):
    compare(torch, lenet5(classic=True), optimiser, *digits(28, -1.0))


def test_fifty_steps_of_classic_digits_net_are_those_of_torch(torch):
    compare(torch, classic_digits_net(), "momentum", *digits(8, -1.0))


@pytest.mark.parametrize("penalty", ["none", "l1", "entropy", "impurity"])
def test_fifty_steps_with_a_penalty_are_those_of_torch(torch, penalty):
    model = mixing_net(penalty, 0.0 if penalty == "none" else 0.3)
    compare(torch, model, "momentum", *digits(8, -1.0))


def test_another_penalty_would_be_seen(torch):
    peer = mixing_net("entropy", 0.301)
    with pytest.raises(AssertionError, match="1e-10"):
        compare(torch, mixing_net("entropy", 0.3), "plain", *digits(8, -1.0), peer=peer)
