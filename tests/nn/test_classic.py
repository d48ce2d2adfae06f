"""bouvrie_net, the classic LeNets and mixing_net: layers, counts by hand, gradients, files, the digits."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from cnnmath.nn import (
    LENET_C3,
    SGD,
    Affine,
    Conv2d,
    Flatten,
    MixMaps,
    ScaledTanh,
    Sequential,
    Sigmoid,
    Subsample2d,
    bouvrie_net,
    classic_digits_net,
    fit,
    lenet5,
    load,
    loss_and_gradient,
    mixing_net,
    named_arrays,
    parameter_counts,
    predict,
    save,
)
from cnnmath.ops import ShapeError, cross_entropy, squared_error


def classic_lenet5():
    return lenet5(classic=True)


def sigmoid_net():
    return bouvrie_net("sigmoid")


MODELS = {  # model, shape of an image, loss
    "bouvrie_net": (bouvrie_net, (1, 8, 8), squared_error),
    "sigmoid": (sigmoid_net, (1, 8, 8), squared_error),
    "classic_digits_net": (classic_digits_net, (1, 8, 8), squared_error),
    "lenet5": (classic_lenet5, (1, 28, 28), squared_error),
    "mixing_net": (mixing_net, (1, 8, 8), cross_entropy),
}
each_model = pytest.mark.parametrize(("model", "shape", "loss"), MODELS.values(), ids=MODELS)


def batch(model, shape, loss, n, dtype=np.float64):
    rng = np.random.default_rng(1)
    t = np.arange(n) * 3 % 10
    x = rng.standard_normal((n, *shape)).astype(dtype)
    return x, t if loss is cross_entropy else 2 * np.eye(10, dtype=dtype)[t] - 1


def sizes(model, x):
    """Shape of one sample after each layer with parameters."""
    params = model.init(np.random.default_rng(0), x.dtype)
    for layer, arrays in zip(model.layers, params, strict=True):
        x, _ = layer.apply(arrays, x)
        if arrays:
            yield x.shape[1:]


def counts(model):
    return tuple(filter(None, parameter_counts(model)))


# layers and counts


def test_the_table_of_c3():
    """LeCun et al. 1998, table I and its text: 3 neighbours, 4 neighbours, 4 not, all."""
    assert [len(maps) for maps in LENET_C3] == [3] * 6 + [4] * 9 + [6]
    assert sum(map(len, LENET_C3)) == 60
    assert len(set(LENET_C3)) == 16
    for first in range(6):
        assert set(LENET_C3[first]) == {(first + i) % 6 for i in range(3)}
        assert set(LENET_C3[6 + first]) == {(first + i) % 6 for i in range(4)}
    seen = [sum(c in maps for maps in LENET_C3) for c in range(6)]
    assert seen == [10] * 6  # each map of S2 is used as often as the others
    for maps in LENET_C3[12:15]:
        gaps = {(maps[(i + 1) % 4] - maps[i]) % 6 for i in range(4)}
        assert gaps != {1, 3}  # no four neighbours


def test_classic_lenet5_by_hand():
    model = classic_lenet5()
    f = ScaledTanh()
    assert model == Sequential(
        *(Conv2d(1, 6, 5, padding=2, initialise="xavier"), f, Subsample2d(6, 2), f),
        *(Conv2d(6, 16, 5, connect=LENET_C3, initialise="xavier"), f, Subsample2d(16, 2), f),
        *(Flatten(), Affine(400, 120, "xavier"), f, Affine(120, 84, "xavier"), f),
        *(Affine(84, 10, "xavier"), f),
    )
    shapes = list(sizes(model, np.zeros((1, 1, 28, 28))))
    assert shapes[:4] == [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5)]
    assert shapes[4:] == [(120,), (84,), (10,)]
    c1, s2, c3, s4, c5, f6, out = counts(model)
    assert c1 == 6 * (25 + 1) == 156
    assert s2 == 6 * 2 == 12
    assert c3 == 60 * 25 + 16 == 1516
    assert s4 == 16 * 2 == 32
    assert c5 == 120 * (16 * 25 + 1) == 48120
    assert f6 == 84 * (120 + 1) == 10164
    assert c1 + s2 + c3 + s4 + c5 + f6 == 60000  # what the paper says
    assert out == 10 * (84 + 1) == 850


def test_lenet5_is_today_s_unless_said():
    assert lenet5() == lenet5(classic=False) != lenet5(classic=True)


def test_bouvrie_net_by_hand():
    for word, f in (("scaled_tanh", ScaledTanh()), ("sigmoid", Sigmoid())):
        model = bouvrie_net(word)
        assert model == Sequential(
            *(Conv2d(1, 8, 3, padding=1, initialise="xavier"), f, Subsample2d(8, 2), f),
            *(Conv2d(8, 16, 3, padding=1, initialise="xavier"), f, Subsample2d(16, 2), f),
            *(Flatten(), Affine(64, 10, "xavier"), f),
        )
        assert counts(model) == (8 * 10, 8 * 2, 16 * 73, 16 * 2, 10 * 65)
        assert sum(counts(model)) == 1946
    shapes = list(sizes(bouvrie_net(), np.zeros((1, 1, 8, 8))))
    assert shapes == [(8, 8, 8), (8, 4, 4), (16, 4, 4), (16, 2, 2), (10,)]
    with pytest.raises(
        ValueError, match="bouvrie_net: activation is 'relu'; wanted one of 'scaled_t"
    ):
        bouvrie_net("relu")


def test_the_small_ones_by_hand():
    counted = (6 * 10, 12, 60 * 9 + 16, 32, 120 * 65, 84 * 121, 10 * 85)
    assert counts(classic_digits_net()) == counted
    assert sum(counted) == 19474
    shapes = list(sizes(classic_digits_net(), np.zeros((1, 1, 8, 8))))
    assert shapes[:4] == [(6, 8, 8), (6, 4, 4), (16, 4, 4), (16, 2, 2)]
    counted = (6 * 10, 12, 6 * 9, 12 * 7, 24, 10 * 49)
    assert counts(mixing_net()) == counted
    assert sum(counted) == 724
    assert mixing_net("l1", 0.5).layers[5] == MixMaps(6, 12, "l1", 0.5)
    shapes = list(sizes(mixing_net(), np.zeros((1, 1, 8, 8))))
    assert shapes == [(6, 8, 8), (6, 4, 4), (6, 4, 4), (12, 4, 4), (12, 2, 2), (10,)]


# runs


@each_model
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradients_have_the_dtype_and_the_shapes(model, shape, loss, dtype):
    x, t = batch(model, shape, loss, 3, dtype)
    params = model().init(np.random.default_rng(0), dtype)
    y, backward = model().apply(params, x, need_dx=True)
    assert (y.shape, y.dtype) == ((3, 10), dtype)
    dx, with_dx = backward(np.ones_like(y))
    assert (dx.shape, dx.dtype) == (x.shape, dtype)
    nothing, without_dx = model().apply(params, x)[1](np.ones_like(y))
    assert nothing is None
    value, grads = loss_and_gradient(model(), params, x, t, loss=loss)
    assert value.dtype == dtype
    for p, g, a, b in zip(*map(named_arrays, (params, grads, with_dx, without_dx)), strict=True):
        assert (g[1].shape, g[1].dtype) == (p[1].shape, p[1].dtype), p[0]
        assert g[1].any(), p[0]
        assert np.array_equal(a[1], b[1]), p[0]


@each_model
def test_directional_derivatives_are_those_of_the_gradient(model, shape, loss):
    """Central differences in float64 along a random direction of each array."""
    net = mixing_net("entropy", 0.3) if model is mixing_net else model()
    x, t = batch(model, shape, loss, 3)
    rng = np.random.default_rng(1)
    params = net.init(rng)
    _, grads = loss_and_gradient(net, params, x, t, loss=loss)
    step = 1e-5
    for (name, array), (_, g) in zip(named_arrays(params), named_arrays(grads), strict=True):
        direction = rng.standard_normal(array.shape)
        direction /= np.sqrt((direction**2).sum())
        start, values = array.copy(), []
        for sign in (1, -1):
            array[...] = start + sign * step * direction
            values.append(loss_and_gradient(net, params, x, t, loss=loss)[0])
        array[...] = start
        assert abs((values[0] - values[1]) / (2 * step) - (g * direction).sum()) < 1e-7, name


@each_model
def test_other_images_are_refused(model, shape, loss):
    params = model().init(np.random.default_rng(0))
    with pytest.raises(ShapeError, match="affine: axis d of w is"):
        model().apply(params, np.zeros((2, 1, 12, 12)))
    with pytest.raises(ShapeError, match=r"subsample2d: axis . of x is \d+, no whole number"):
        model().apply(params, np.zeros((2, 1, 9, 8)))
    with pytest.raises(ShapeError, match="conv2d: axis c of w is 1, but 3 in x"):
        model().apply(params, np.zeros((2, 3, *shape[1:])))


@each_model
def test_files_that_go_on(model, shape, loss, tmp_path):
    x, t = batch(model, shape, loss, 12, np.float32)
    settings = {"optimiser": SGD(0.01, 0.9), "batch_size": 4, "loss": loss}

    def run(epochs, **start):
        return fit(model(), x, t, epochs=epochs, rng=np.random.default_rng(0), **settings, **start)

    whole, half = run(2), run(1)
    save(tmp_path / "net.npz", model(), half.params, half.state)
    back = load(tmp_path / "net.npz", model())
    rest = run(1, params=back.params, resume=back.state)
    for (name, a), (_, b) in zip(
        named_arrays(whole.params), named_arrays(rest.params), strict=True
    ):
        assert np.array_equal(a, b), name
    assert np.array_equal(predict(model(), rest.params, x), predict(model(), whole.params, x))


def test_a_file_of_today_s_lenet5_is_refused(tmp_path):
    save(tmp_path / "net.npz", lenet5(), lenet5().init(np.random.default_rng(0)))
    with pytest.raises(ValueError, match=r"model: expected .*ScaledTanh.*, found .*Relu"):
        load(tmp_path / "net.npz", classic_lenet5())


# the real digits


def test_a_fold_of_the_digits(monkeypatch):
    """One of the trainings of benchmarks/classic_folds.py, which wants a mean of 97 %."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    benchmark, folds = map(importlib.import_module, ("classic_folds", "folds"))
    row = folds.one_fold(benchmark.RECIPES["bouvrie_net"], seed=0, fold=0)
    assert row["test_digits"] == 360
    assert row["accuracy"] >= 0.96


def test_the_classic_lenet5_learns_the_enlarged_digits(monkeypatch):
    """30 steps of what the benchmark does: the error falls."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    benchmark, folds = map(importlib.import_module, ("classic_folds", "folds"))
    x, t = folds.all_digits()
    x = benchmark.enlarged(x[:160], np.arange(160))
    assert x.shape == (160, 1, 28, 28)
    run = fit(
        classic_lenet5(),
        x,
        folds.one_of_ten(t[:160]),
        optimiser=SGD(0.01, 0.9),
        epochs=3,
        batch_size=16,
        rng=np.random.default_rng(0),
        loss=squared_error,
    )
    assert run.history[0].step_losses[0] > 2 * run.history[-1].loss
    assert run.history[-1].train_accuracy > 0.5
