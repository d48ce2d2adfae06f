"""The trainable subsampling layer: its op, its start, what it refuses."""

import numpy as np
import pytest

from cnnmath.nn import (
    Affine,
    Conv2d,
    Flatten,
    MeanPool2d,
    Sequential,
    Subsample2d,
    load,
    loss_and_gradient,
    parameter_counts,
    save,
)
from cnnmath.ops import ShapeError, subsample2d


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("size", "crop"), [(2, False), ((3, 2), False), ((4, 5), True)], ids=["2", "3x2", "crop"]
)
def test_the_layer_is_its_op(size, crop, dtype):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 3, 6, 6)).astype(dtype)
    params = {name: rng.standard_normal(3).astype(dtype) for name in ("beta", "b")}
    z, backward = Subsample2d(3, size, crop).apply(params, x)
    wanted, op_backward = subsample2d(x, params["beta"], params["b"], size, crop=crop)
    assert np.array_equal(z, wanted)
    dz = rng.standard_normal(z.shape).astype(dtype)
    dx, grads = backward(dz)
    for got, want in zip((dx, grads["beta"], grads["b"]), op_backward(dz), strict=True):
        assert np.array_equal(got, want)
        assert got.dtype == dtype


def test_values_by_hand():
    x = np.array([[[[1.0, 2.0, 5.0, 6.0], [4.0, 3.0, 7.0, 8.0]]]])  # block sums 10 and 26
    z, backward = Subsample2d(1, 2).apply({"beta": np.array([2.0]), "b": np.array([-3.0])}, x)
    assert z.tolist() == [[[[17.0, 49.0]]]]
    dx, grads = backward(np.array([[[[1.0, -2.0]]]]))
    assert dx.tolist() == [[[[2, 2, -4, -4], [2, 2, -4, -4]]]]
    assert grads["beta"].tolist() == [10 - 2 * 26]
    assert grads["b"].tolist() == [-1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [2, (2, 3)])
def test_it_starts_as_the_mean(size, dtype):
    layer = Subsample2d(4, size)
    x = np.random.default_rng(0).standard_normal((2, 4, 4, 6)).astype(dtype)
    params = layer.init(np.random.default_rng(0), dtype)
    assert params["beta"].dtype == params["b"].dtype == dtype
    wanted, _ = MeanPool2d(size).apply({}, x)
    assert np.allclose(layer.apply(params, x)[0], wanted, rtol=0, atol=4 * np.finfo(dtype).eps)
    assert not params["b"].any()


def test_two_numbers_per_map_and_the_maps_stay():
    layer = Subsample2d(6, 2)
    assert layer.takes == layer.gives(None) == 6
    assert parameter_counts(Sequential(layer)) == (12,)
    with pytest.raises(ShapeError, match=r"Subsample2d\(c=5, size=2\), takes 5 .*, gives 6"):
        Sequential(Conv2d(1, 6, 5), Subsample2d(5, 2))


def test_text_and_equality():
    assert repr(Subsample2d(6, (2, 2))) == "Subsample2d(c=6, size=2)"
    assert repr(Subsample2d(6, [2, 3], crop=True)) == "Subsample2d(c=6, size=(2, 3), crop=True)"
    assert Subsample2d(6, 2) == Subsample2d(6, (2, 2)) != Subsample2d(6, 2, crop=True)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ((0, 2), ValueError, "c must be at least 1, got 0"),
        ((2.0, 2), TypeError, "c must be an int"),
        ((1, 0), ValueError, "axis u: size is 0, wanted at least 1"),
        ((1, (2, 2.5)), ValueError, "axis v: size is 2.5, wanted a whole number"),
        ((1, 2, 1), TypeError, "crop must be True or False, got 1"),
    ],
    ids=str,
)
def test_bad_settings_are_refused(settings, error, message):
    with pytest.raises(error, match=f"^Subsample2d: {message}"):
        Subsample2d(*settings)


def test_bad_inputs_are_refused_by_the_op():
    layer = Subsample2d(2, 2)
    params = layer.init(np.random.default_rng(0))
    with pytest.raises(
        ShapeError, match="subsample2d: axis u of x is 5, no whole number of blocks"
    ):
        layer.apply(params, np.zeros((1, 2, 5, 4)))
    with pytest.raises(ShapeError, match="subsample2d: axis c of beta is 2, but 3 in x"):
        layer.apply(params, np.zeros((1, 3, 4, 4)))
    with pytest.raises(TypeError, match=r"subsample2d: .*float32"):
        layer.apply(params, np.zeros((1, 2, 4, 4), np.float32))


def test_weight_decay_leaves_beta_alone():
    model = Sequential(Subsample2d(1, 2), Flatten(), Affine(4, 2, "he"))
    rng = np.random.default_rng(0)
    params, x, t = model.init(rng), rng.random((3, 1, 4, 4)), np.array([0, 1, 1])
    plain, decayed = (loss_and_gradient(model, params, x, t, l2=l2)[1] for l2 in (0.0, 0.5))
    for name in ("beta", "b"):
        assert np.array_equal(plain[0][name], decayed[0][name])
    assert not np.array_equal(plain[2]["w"], decayed[2]["w"])


def test_files(tmp_path):
    model = Sequential(Subsample2d(3, 2))
    params = ({"beta": np.array([1.0, -2.0, 0.5]), "b": np.array([0.1, 0.2, 0.3])},)
    save(tmp_path / "net.npz", model, params)
    back = load(tmp_path / "net.npz", model).params[0]
    assert all(np.array_equal(back[name], params[0][name]) for name in ("beta", "b"))
    with pytest.raises(ValueError, match=r"model: expected .*crop=True.*, found .*size=2\)\)"):
        load(tmp_path / "net.npz", Sequential(Subsample2d(3, 2, crop=True)))
