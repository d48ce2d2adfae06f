"""Convolutional nets against torch: 50 steps of SGD in float64, from the same weights."""

import numpy as np
import pytest

from cnnmath.data import batches, load_digits
from cnnmath.nn import (
    SGD,
    Affine,
    Conv2d,
    Flatten,
    MaxPool2d,
    MeanPool2d,
    Relu,
    Sequential,
    SumPool2d,
    digits_cnn,
    fit,
    lenet5,
    named_arrays,
)

OPTIMISERS = {
    "plain": (SGD(0.1), {"lr": 0.1}),
    "momentum": (SGD(0.02, 0.9), {"lr": 0.02, "momentum": 0.9}),
    "nesterov": (SGD(0.02, 0.9, True), {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
}
# S2 to C3 of LeNet-5: LeCun et al., Gradient-based learning ..., 1998, table I, row by row
TABLE_I = """
X...XXX..XXXX.XX
XX...XXX..XXXX.X
XXX...XXX..X.XXX
.XXX..XXXX..X.XX
..XXX..XXXX.XX.X
...XXX..XXXX.XXX
""".split()
C3 = tuple(tuple(c for c in range(6) if TABLE_I[c][o] == "X") for o in range(16))


@pytest.fixture
def torch():
    """On one thread: for layers this small more of them only wait for each other."""
    torch = pytest.importorskip("torch", reason="peer: torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch
    torch.set_num_threads(threads)


def digits(side=8):
    """200 training digits, each pixel shown larger and a border added to get `side` x `side`."""
    data = load_digits(np.float64)
    x, t = data.x_train[:200], data.t_train[:200]
    times = side // 8
    border = (side - 8 * times) // 2
    x = x.repeat(times, axis=2).repeat(times, axis=3)
    return np.pad(x, ((0, 0), (0, 0), (border, border), (border, border))), t


def in_torch(torch, layer, arrays, leaves):
    """What the layer computes as a torch function; its parameters are appended to `leaves`."""
    functional = torch.nn.functional
    if isinstance(layer, Relu):
        return torch.relu
    if isinstance(layer, Flatten):
        return lambda x: x.flatten(1)
    if isinstance(layer, MaxPool2d):
        return lambda x: functional.max_pool2d(x, layer.size, layer.stride, layer.padding)
    if isinstance(layer, MeanPool2d):
        return lambda x: functional.avg_pool2d(x, layer.size, layer.stride, layer.padding)
    if isinstance(layer, SumPool2d):
        return lambda x: functional.avg_pool2d(
            x, layer.size, layer.stride, layer.padding, divisor_override=1
        )
    w, b = (torch.tensor(arrays[name], requires_grad=True) for name in ("w", "b"))
    leaves += [w, b]
    if isinstance(layer, Affine):
        return lambda x: functional.linear(x, w, b)
    settings = (layer.stride, layer.padding, layer.dilation)
    mask = torch.ones_like(w) if layer.connect is None else torch.tensor(table(layer))
    return lambda x: functional.conv2d(x, w * mask, b, *settings)


def table(layer):
    """1 where an output map sees an input map, read from `connect` alone; (o, c, 1, 1)."""
    rows = [[float(c in maps) for c in range(layer.c)] for maps in layer.connect]
    return np.array(rows)[..., None, None]


def torch_run(torch, model, params, settings, x, t, size):
    """Losses of 50 steps and the parameters after them."""
    leaves, losses = [], []
    layers = [
        in_torch(torch, layer, arrays, leaves)
        for layer, arrays in zip(model.layers, params, strict=True)
    ]
    optimiser = torch.optim.SGD(leaves, **settings)
    rng = np.random.default_rng(2)
    epochs = 50 * size // len(x)
    for rows in (rows for _ in range(epochs) for rows in batches(len(x), size, rng)):
        y = torch.tensor(x[rows])
        for layer in layers:
            y = layer(y)
        value = torch.nn.functional.cross_entropy(y, torch.tensor(t[rows]))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        losses.append(value.item())
    return losses, [leaf.detach().numpy() for leaf in leaves]


def compare(torch, model, optimiser, x, t, size, peer=None):
    """Run both, compare every loss and every parameter; the parameters of ours.

    torch runs the layers of `peer`, by default those of the model.
    """
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
    )
    losses, leaves = torch_run(torch, peer or model, start, theirs, x, t, size)
    recorded = [value for epoch in run.history for value in epoch.step_losses]
    assert len(recorded) == len(losses) == 50
    assert np.mean(recorded[-10:]) < 0.95 * np.mean(recorded[:10])  # no comparison of constants
    worst = [np.abs(np.array(recorded) - losses).max()]
    for (name, array), leaf in zip(named_arrays(run.params), leaves, strict=True):
        worst.append(np.abs(array - leaf).max())
        assert np.abs(array - dict(named_arrays(start))[name]).max() > 1e-3, name  # it has moved
    assert max(worst) <= 1e-10, f"{max(worst):.1e}, wanted at most 1e-10"
    return run.params


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_fifty_steps_of_digits_cnn_are_those_of_torch(torch, optimiser):
    compare(torch, digits_cnn(), optimiser, *digits(), size=8)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_fifty_steps_of_lenet5_are_those_of_torch(torch, optimiser):
    compare(torch, lenet5(), optimiser, *digits(28), size=4)


def with_table(connect):
    return Sequential(
        Conv2d(1, 6, 5, padding=2),
        Relu(),
        MaxPool2d(2),
        Conv2d(6, 16, 5, connect=connect),
        Relu(),
        MaxPool2d(2),
        Flatten(),
        Affine(400, 10, "he"),
    )


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_fifty_steps_with_the_table_of_c3_are_those_of_torch(torch, optimiser):
    assert sum(map(len, C3)) == 60
    model = with_table(C3)
    params = compare(torch, model, optimiser, *digits(28), size=4)
    assert not params[3]["w"][table(model.layers[3])[..., 0, 0] == 0].any()


@pytest.mark.parametrize("other", [None, C3[::-1]], ids=["all connected", "another table"])
def test_another_table_would_be_seen(torch, other):
    with pytest.raises(AssertionError, match="1e-10"):
        compare(torch, with_table(C3), "plain", *digits(28), size=4, peer=with_table(other))


@pytest.mark.parametrize("pooling", [MeanPool2d(2), SumPool2d(3, 2, 1), MaxPool2d((2, 3), (1, 2))])
def test_fifty_steps_with_stride_dilation_and_other_pools_are_those_of_torch(torch, pooling):
    layers = (Conv2d(1, 4, (3, 2), (1, 2), (2, 1), (2, 1)), Relu(), pooling, Flatten())
    x, t = digits()
    y = Sequential(*layers).apply(Sequential(*layers).init(np.random.default_rng(0)), x[:1])[0]
    model = Sequential(*layers, Affine(y.shape[1], 10, "he"))
    compare(torch, model, "momentum", x, t, size=8)
