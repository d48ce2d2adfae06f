"""The dropout layer: masks in training, nothing at test time; in Sequential, fit, save and load."""

import doctest
import importlib
from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest

from cnnmath.nn import (
    SGD,
    Affine,
    Dropout,
    Flatten,
    Relu,
    Sequential,
    fit,
    load,
    loss_and_gradient,
    named_arrays,
    predict,
    save,
)
from cnnmath.ops import ShapeError, dropout
from cnnmath.proof.scripted import Scripted

NET = Sequential(Flatten(), Affine(4, 6, "xavier"), Relu(), Dropout(0.5), Affine(6, 3, "xavier"))
BARE = Sequential(*NET.layers[:3], NET.layers[4])


def rng(seed=0):
    return np.random.default_rng(seed)


def problem(dtype=np.float64):
    x = rng(1).standard_normal((24, 4)).astype(dtype)
    return x, rng(2).integers(0, 3, 24)


def same(one, other):
    pairs = zip(named_arrays(one), named_arrays(other), strict=True)
    return all(n == m and a.tobytes() == b.tobytes() for (n, a), (m, b) in pairs)


def trained(seed, net=NET, **settings):
    x, t = problem()
    settings = {"epochs": 3, **settings}
    return fit(net, x, t, optimiser=SGD(0.1), batch_size=5, rng=rng(seed), **settings)


def test_docstring_examples_hold():
    result = doctest.testmod(importlib.import_module("cnnmath.nn.dropout"))
    assert result.attempted > 0
    assert result.failed == 0


# -------------------------------------------------------------------------------------- the layer


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4, 5)], ids=str)
def test_in_training_the_layer_is_its_op(shape, dtype):
    x, dy = (rng(s).standard_normal(shape).astype(dtype) for s in (3, 4))
    y, backward = Dropout(0.8).apply({}, x, train=True, rng=rng(5))
    wanted, op_backward = dropout(x, 0.8, rng(5))
    dx, grads = backward(dy)
    assert y.dtype == dx.dtype == dtype
    assert np.array_equal(y, wanted) and np.array_equal(dx, op_backward(dy)[0])
    assert grads == {}
    assert 0 < (y == 0).sum() < y.size


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_at_test_time_it_is_the_identity_and_a_copy(dtype):
    used = rng()
    before = used.bit_generator.state
    x, dy = np.arange(6, dtype=dtype).reshape(2, 3), np.ones((2, 3), dtype)
    for given in (None, used):
        y, backward = Dropout(0.1).apply({}, x, rng=given)
        dx, grads = backward(dy)
        assert np.array_equal(y, x) and np.array_equal(dx, dy)
        assert y.dtype == dx.dtype == dtype
        assert grads == {} and not np.shares_memory(x, y) and not np.shares_memory(dx, dy)
    assert used.bit_generator.state == before  # nothing is drawn


def test_keep_1_is_the_identity_in_training_too():
    x = rng(6).standard_normal((3, 4))
    assert np.array_equal(Dropout(1).apply({}, x, train=True, rng=rng())[0], x)


def test_settings():
    layer = Dropout(0.5)
    assert (layer.takes, layer.gives(7), layer.gives(None)) == (None, 7, None)
    assert layer.init(rng()) == {}
    assert repr(layer) == "Dropout(keep=0.5)"
    assert layer == Dropout(np.float32(0.5)) == Dropout(Fraction(1, 2))
    assert repr(Dropout(np.float32(0.5))) == repr(Dropout(Fraction(1, 2))) == repr(layer)
    assert repr(Dropout(1)) == "Dropout(keep=1.0)"
    with pytest.raises(FrozenInstanceError, match="cannot assign"):
        layer.keep = 0.2


BAD = [
    (lambda: Dropout(0), ValueError, r"Dropout: keep is 0; wanted a probability in \(0, 1\]"),
    (lambda: Dropout(1.2), ValueError, r"Dropout: keep is 1.2; wanted a probability in \(0, 1\]"),
    (lambda: Dropout(-0.5), ValueError, "Dropout: keep is -0.5; wanted"),
    (lambda: Dropout(np.nan), ValueError, "Dropout: keep is nan; wanted"),
    (lambda: Dropout("0.5"), TypeError, "Dropout: keep must be a number, got str"),
    (lambda: Dropout(True), TypeError, "Dropout: keep must be a number, got bool"),
    (
        lambda: Dropout(0.5).apply({}, np.ones((2, 3)), train=True),
        TypeError,
        r"Dropout\(keep=0.5\): train=True draws a mask; rng must be a Generator, got None",
    ),
    (
        lambda: Dropout(0.5).apply({}, np.ones((2, 3)), train=True, rng=3),
        TypeError,
        r"dropout: rng must be a np\.random\.Generator, got int",
    ),
    (lambda: Dropout(0.5).apply({}, np.ones((0, 3))), ShapeError, "Dropout: x is empty"),
    (lambda: Dropout(0.5).apply({}, [[1.0]]), TypeError, "Dropout: x must be a NumPy array"),
    (
        lambda: Dropout(0.5).apply({}, np.ones((2, 3)))[1](np.ones((3, 2))),
        ShapeError,
        r"Dropout.backward: dy has shape \(3, 2\), wanted \(2, 3\) as the output",
    ),
    (
        lambda: loss_and_gradient(NET, NET.init(rng()), *problem(), train=True),
        TypeError,
        "train=True draws a mask; rng must be a Generator, got None",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[m for *_, m in BAD])
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


# -------------------------------------------------------------------------- inside of a model


def test_sequential_passes_train_and_rng_on():
    x, params = problem()[0], NET.init(rng(7))
    shared = rng(8)
    y, _ = NET.apply(params, x, train=True, rng=shared)
    assert not np.array_equal(y, NET.apply(params, x)[0])
    assert np.array_equal(y, NET.apply(params, x, train=True, rng=rng(8))[0])
    assert not np.array_equal(y, NET.apply(params, x, train=True, rng=shared)[0])  # a new mask
    assert np.array_equal(NET.apply(params, x)[0], BARE.apply((*params[:3], params[4]), x)[0])


def test_two_layers_of_one_model_draw_their_own_masks():
    net = Sequential(Dropout(0.5), Dropout(0.5))
    y, _ = net.apply(({}, {}), np.ones((100, 100)), train=True, rng=rng(9))
    assert set(np.unique(y)) == {0, 4}
    assert abs((y != 0).mean() - 0.25) < 0.03  # half of a half, not half


def test_the_mean_of_the_training_scores_is_the_test_score():
    """dropout_sum.unbiased#same, in a model: the output layer is linear in the masked units."""
    x, params, shared = problem()[0][:2], NET.init(rng(10)), rng(11)
    runs = np.array([NET.apply(params, x, train=True, rng=shared)[0] for _ in range(4000)])
    off = abs(runs.mean(axis=0) - NET.apply(params, x)[0])
    assert (off < 5 * runs.std(axis=0) / np.sqrt(4000)).all()


def test_gradients_are_those_of_the_thinned_model():
    (x, t), params = problem(), NET.init(rng(12))
    _, grads = loss_and_gradient(NET, params, x, t, train=True, rng=Scripted(every_second(24, 6)))
    kept = slice(0, 6, 2)
    thin = Sequential(Flatten(), Affine(4, 3), Relu(), Affine(3, 3))
    inner = {"w": params[1]["w"][kept], "b": params[1]["b"][kept]}
    outer = {"w": 2 * params[4]["w"][:, kept], "b": params[4]["b"]}
    _, wanted = loss_and_gradient(thin, ({}, inner, {}, outer), x, t)
    assert np.allclose(grads[1]["w"][kept], wanted[1]["w"], rtol=1e-12)
    assert np.allclose(grads[4]["w"][:, kept], 2 * wanted[3]["w"], rtol=1e-12)
    assert not grads[1]["w"][1::2].any() and not grads[4]["w"][:, 1::2].any()


def every_second(n, units):
    return np.tile(np.arange(units) % 2 == 0, (n, 1))


# ------------------------------------------------------------------------------------------- fit


def test_fit_trains_with_masks_and_measures_without():
    run = trained(0)
    x, t = problem()
    bare = trained(0, BARE).params
    assert not same(run.params, (*bare[:3], {}, bare[3]))
    assert run.history[-1].train_accuracy == np.mean(predict(NET, run.params, x) == t)
    assert same(run.params, trained(0).params)  # bit for bit
    assert not same(run.params, trained(1).params)


def test_keep_1_trains_as_no_dropout_but_for_the_numbers_drawn():
    """One epoch of one batch: the mask is drawn after the order."""
    net = Sequential(*NET.layers[:3], Dropout(1), NET.layers[4])
    x, t = problem()
    start = NET.init(rng(13))
    settings = {"optimiser": SGD(0.1), "epochs": 1, "batch_size": 24}
    one = fit(net, x, t, rng=rng(14), params=start, **settings)
    bare = fit(BARE, x, t, rng=rng(14), params=(*start[:3], start[4]), **settings)
    assert same((*one.params[:3], one.params[4]), bare.params)


def test_2_epochs_and_1_more_are_the_same_bits_as_3():
    first = trained(2, epochs=2)
    rest = trained(99, epochs=1, params=first.params, resume=first.state)
    assert same(rest.params, trained(2).params)


def test_dropout_learns_what_can_be_learnt():
    x = rng(15).standard_normal((200, 4))
    t = x[:, :3].argmax(axis=1)
    run = fit(NET, x, t, optimiser=SGD(0.2, 0.9), epochs=40, batch_size=20, rng=rng(16))
    assert run.history[-1].train_accuracy > 0.85
    assert run.history[-1].loss > run.history[0].loss / 10


# -------------------------------------------------------------------------------- save and load


def test_save_and_load(tmp_path):
    run, path = trained(3, epochs=2), tmp_path / "dropout.npz"
    save(path, NET, run.params, run.state)
    params, state = load(path, NET)
    assert same(params, run.params)
    rest = trained(98, epochs=1, params=params, resume=state)
    assert same(rest.params, trained(3).params)


def test_another_keep_is_another_model(tmp_path):
    path = tmp_path / "dropout.npz"
    save(path, NET, trained(4).params)
    other = Sequential(*NET.layers[:3], Dropout(0.25), NET.layers[4])
    with pytest.raises(ValueError, match=r"expected .*Dropout\(keep=0.25\).*, found .*keep=0.5"):
        load(path, other)
