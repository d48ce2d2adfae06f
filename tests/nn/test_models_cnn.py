"""digits_cnn and lenet5: layers, shapes, parameter counts, files, accuracy on the digits."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from cnnmath.data import load_digits
from cnnmath.nn import (
    SGD,
    Affine,
    Conv2d,
    Flatten,
    MaxPool2d,
    Relu,
    Sequential,
    digits_cnn,
    fit,
    lenet5,
    load,
    loss_and_gradient,
    named_arrays,
    parameter_counts,
    predict,
    save,
    softmax_regression,
)
from cnnmath.ops import ShapeError

MODELS = {"digits_cnn": (digits_cnn, (1, 8, 8)), "lenet5": (lenet5, (1, 28, 28))}
each_model = pytest.mark.parametrize(("model", "shape"), MODELS.values(), ids=MODELS)


def sizes(model, x):
    """Shape of one sample after each layer."""
    params = model.init(np.random.default_rng(0), x.dtype)
    for layer, arrays in zip(model.layers, params, strict=True):
        x, _ = layer.apply(arrays, x)
        yield x.shape[1:]


# layers and counts


def test_lenet5_layer_by_layer():
    counts = {
        "Conv2d(c=1, o=6, size=5, padding=2)": (6, 28, 28, 6 * (5 * 5 + 1)),
        "Relu()": (6, 28, 28, 0),
        "MaxPool2d(size=2)": (6, 14, 14, 0),
        "Conv2d(c=6, o=16, size=5)": (16, 10, 10, 16 * (6 * 5 * 5 + 1)),
    }
    model = lenet5()
    shapes = list(sizes(model, np.zeros((1, 1, 28, 28))))
    for i, (text, wanted) in enumerate(counts.items()):
        assert repr(model.layers[i]) == text
        assert (*shapes[i], parameter_counts(model)[i]) == wanted
    assert shapes[4:] == [(16, 10, 10), (16, 5, 5), (400,), (120,), (120,), (84,), (84,), (10,)]
    assert parameter_counts(model) == (156, 0, 0, 2416, 0, 0, 0, 48120, 0, 10164, 0, 850)
    assert 48120 == 120 * (16 * 5 * 5 + 1) and 10164 == 84 * (120 + 1) and 850 == 10 * (84 + 1)
    assert sum(parameter_counts(model)) == 61706


def test_digits_cnn_layer_by_layer():
    model = digits_cnn()
    assert model == Sequential(
        Conv2d(1, 16, 3, padding=1),
        Relu(),
        MaxPool2d(2),
        Conv2d(16, 32, 3, padding=1),
        Relu(),
        MaxPool2d(2),
        Flatten(),
        Affine(128, 10, "he"),
    )
    shapes = list(sizes(model, np.zeros((1, 1, 8, 8))))
    assert shapes[:3] == [(16, 8, 8), (16, 8, 8), (16, 4, 4)]
    assert shapes[3:] == [(32, 4, 4), (32, 4, 4), (32, 2, 2), (128,), (10,)]
    counts = (16 * (9 + 1), 0, 0, 32 * (16 * 9 + 1), 0, 0, 0, 10 * (128 + 1))
    assert parameter_counts(model) == counts == (160, 0, 0, 4640, 0, 0, 0, 1290)


def test_models_of_chapters_1_and_2_are_counted_too():
    assert parameter_counts(softmax_regression()) == (0, 650)


@each_model
def test_the_start_is_he_in_every_layer(model, shape):
    words = [layer.initialise for layer in model().layers if isinstance(layer, Conv2d | Affine)]
    assert words == ["he"] * (3 if model is digits_cnn else 5)
    for name, array in named_arrays(model().init(np.random.default_rng(0), np.float32)):
        assert array.dtype == np.float32
        assert array.any() == name.endswith("w")


# runs


@each_model
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_and_gradients_have_the_dtype_and_the_shapes(model, shape, dtype):
    rng = np.random.default_rng(0)
    params = model().init(rng, dtype)
    x = rng.random((3, *shape)).astype(dtype)
    scores, backward = model().apply(params, x, need_dx=True)
    assert scores.shape == (3, 10)
    assert scores.dtype == dtype
    dx, _ = backward(np.ones_like(scores))
    assert dx.shape == x.shape
    assert dx.dtype == dtype
    _, grads = loss_and_gradient(model(), params, x, np.array([3, 0, 9]))
    for (name, p), (_, g) in zip(named_arrays(params), named_arrays(grads), strict=True):
        assert (g.shape, g.dtype) == (p.shape, p.dtype), name
        assert g.any(), name


@each_model
def test_directional_derivatives_are_those_of_the_gradient(model, shape):
    """Central differences in float64 along a random direction of each array."""
    rng = np.random.default_rng(1)
    params = model().init(rng)
    x, t = rng.random((4, *shape)), np.array([1, 5, 2, 8])
    _, grads = loss_and_gradient(model(), params, x, t)
    step = 1e-6
    for (name, array), (_, g) in zip(named_arrays(params), named_arrays(grads), strict=True):
        direction = rng.standard_normal(array.shape)
        direction /= np.sqrt((direction**2).sum())
        start, values = array.copy(), []
        for sign in (1, -1):
            array[...] = start + sign * step * direction
            values.append(loss_and_gradient(model(), params, x, t)[0])
        array[...] = start
        wanted = float((g * direction).sum())
        assert abs((values[0] - values[1]) / (2 * step) - wanted) < 1e-8, name


@each_model
def test_images_of_another_size_are_refused(model, shape):
    params = model().init(np.random.default_rng(0))
    with pytest.raises(ShapeError, match="affine: axis d of w is"):
        model().apply(params, np.zeros((2, 1, 12, 12)))
    with pytest.raises(ShapeError, match="conv2d: axis c of w is 1, but 3 in x"):
        model().apply(params, np.zeros((2, 3, *shape[1:])))
    with pytest.raises(ShapeError, match="conv2d: x has 2 axes"):
        model().apply(params, np.zeros((2, 64)))


@each_model
def test_same_seed_same_bits_and_files_that_go_on(model, shape, tmp_path):
    rng = np.random.default_rng(4)
    x, t = rng.random((24, *shape), np.float32), np.arange(24) % 10
    settings = {"optimiser": SGD(0.01, 0.9), "batch_size": 8}

    def run(epochs, seed=0, **start):
        rng = np.random.default_rng(seed)
        return fit(model(), x, t, epochs=epochs, rng=rng, **settings, **start)

    def bits(run):
        return [array.tobytes() for _, array in named_arrays(run.params)]

    whole, half = run(2), run(1)
    assert bits(whole) == bits(run(2)) != bits(run(2, seed=1))
    save(tmp_path / "net.npz", model(), half.params, half.state)
    back = load(tmp_path / "net.npz", model())
    assert bits(back) == bits(half)
    rest = run(1, params=back.params, resume=back.state)
    assert bits(rest) == bits(whole)
    assert np.array_equal(predict(model(), rest.params, x), predict(model(), whole.params, x))


def test_a_file_of_the_other_model_is_refused(tmp_path):
    save(tmp_path / "net.npz", lenet5(), lenet5().init(np.random.default_rng(0)))
    with pytest.raises(ValueError, match=r"model: expected .*o=16, size=3.*, found .*size=5"):
        load(tmp_path / "net.npz", digits_cnn())


# the real digits


def test_a_fold_of_the_digits_reaches_97_percent(monkeypatch):
    """One of the ten trainings of benchmarks/digits_cnn_folds.py, which wants a mean of 98 %."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    benchmark, folds = map(importlib.import_module, ("digits_cnn_folds", "folds"))
    row = folds.one_fold(benchmark.RECIPE, seed=0, fold=0)
    assert row["test_digits"] == 360
    assert row["accuracy"] >= 0.97


def test_the_digits_are_learnt_from_the_first_epoch_on():
    digits = load_digits()
    run = fit(
        digits_cnn(),
        digits.x_train,
        digits.t_train,
        optimiser=SGD(0.1, 0.9),
        epochs=2,
        batch_size=32,
        rng=np.random.default_rng(0),
    )
    first, second = run.history
    assert first.step_losses[0] > 2 > first.loss > second.loss  # ln 10 = 2.3 is a guess
    assert second.train_accuracy > 0.9
