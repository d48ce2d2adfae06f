"""Pooling layers: their ops with the settings of the layer."""

import numpy as np
import pytest

from cnnmath import ops
from cnnmath.nn import (
    Affine,
    Conv2d,
    MaxPool2d,
    MeanPool2d,
    Sequential,
    SumPool2d,
    parameter_counts,
)
from cnnmath.ops import ShapeError

LAYERS = {"max_pool2d": MaxPool2d, "mean_pool2d": MeanPool2d, "sum_pool2d": SumPool2d}
each_layer = pytest.mark.parametrize("layer", LAYERS.values())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "settings",
    [{"size": 2}, {"size": (2, 3), "stride": 1}, {"size": 3, "stride": (2, 1), "padding": (1, 0)}],
    ids=str,
)
@pytest.mark.parametrize("name", LAYERS)
def test_a_pooling_layer_is_its_op(name, settings, dtype):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 3, 6, 7)).astype(dtype)
    layer = LAYERS[name](**settings)
    assert layer.init(rng, dtype) == {}
    y, backward = layer.apply({}, x)
    wanted, op_backward = getattr(ops, name)(x, **settings)
    assert np.array_equal(y, wanted)
    dy = rng.standard_normal(y.shape).astype(dtype)
    dx, dparams = backward(dy)
    assert np.array_equal(dx, *op_backward(dy))
    assert y.dtype == dx.dtype == dtype
    assert dparams == {}


def test_values_by_hand():
    x = np.array([[[[1.0, 2.0, 9.0], [4.0, 3.0, 9.0]]]])  # the last column fills no window
    wanted = {MaxPool2d: 4.0, MeanPool2d: 2.5, SumPool2d: 10.0}
    share = {
        MaxPool2d: [[0, 0, 0], [8, 0, 0]],
        MeanPool2d: [[2, 2, 0], [2, 2, 0]],
        SumPool2d: [[8, 8, 0], [8, 8, 0]],
    }
    for layer, value in wanted.items():
        y, backward = layer(2).apply({}, x)
        assert y.tolist() == [[[[value]]]]
        assert backward(np.full((1, 1, 1, 1), 8.0))[0].tolist() == [[share[layer]]]


@each_layer
def test_the_number_of_maps_stays_and_nothing_is_learnt(layer):
    assert layer(2).takes is None
    assert layer(2).gives(7) == 7
    assert layer(2).gives(None) is None
    assert parameter_counts(Sequential(layer(2))) == (0,)
    with pytest.raises(ShapeError, match=r"takes 5 features, but layer 1, .*Pool2d.*, gives 6"):
        Sequential(Conv2d(1, 6, 5), layer(2), Conv2d(5, 16, 5))
    with pytest.raises(ShapeError, match=r"takes 3 features, but layer 1, .*Pool2d.*, gives 6"):
        Sequential(Conv2d(1, 6, 5), layer(2), Affine(3, 2))


@each_layer
def test_the_stride_is_the_size_unless_said(layer):
    name = layer.__name__
    assert layer(2).stride == 2
    assert layer(2) == layer((2, 2), 2, (0, 0))
    assert layer(2) != layer(2, 1)
    assert repr(layer(2)) == repr(layer(2, (2, 2))) == f"{name}(size=2)"
    assert repr(layer([3, 2], 1, 1)) == f"{name}(size=(3, 2), stride=1, padding=1)"


def test_kinds_differ():
    assert len({layer(2) for layer in LAYERS.values()}) == 3


@each_layer
@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"size": 0}, ValueError, "axis u: size is 0, wanted at least 1"),
        ({"size": None}, TypeError, ".*size must be an int, got None"),
        ({"size": 2.0}, ValueError, "axis u: size is 2.0, wanted a whole number"),
        ({"size": 2, "stride": (1, 0)}, ValueError, "axis v: stride is 0, wanted at least 1"),
        ({"size": 2, "padding": -1}, ValueError, "axis u: padding is -1, wanted at least 0"),
        ({"size": 2, "padding": (1, 1, 1)}, ValueError, "padding has 3 numbers"),
    ],
    ids=str,
)
def test_bad_numbers_are_refused(layer, settings, error, message):
    with pytest.raises(error, match=f"^{layer.__name__}: {message}"):
        layer(**settings)


@pytest.mark.parametrize("name", LAYERS)
def test_other_inputs_are_refused_by_the_op(name):
    layer = LAYERS[name]
    with pytest.raises(ShapeError, match=f"{name}: x has 2 axes"):
        layer(2).apply({}, np.zeros((1, 4)))
    with pytest.raises(ShapeError, match=f"{name}: axis v: the kernel spans 3"):
        layer(3).apply({}, np.zeros((1, 1, 3, 2)))
    with pytest.raises(ValueError, match=f"{name}: axis u: padding .* half of the window"):
        layer(3, padding=2).apply({}, np.zeros((1, 1, 3, 3)))
