"""Learned combinations of maps: the layer, and its penalties in the objective."""

import numpy as np
import pytest

from cnnmath.nn import (
    SGD,
    MixMaps,
    Sequential,
    fit,
    load,
    loss_and_gradient,
    mixing_net,
    named_arrays,
    parameter_counts,
    save,
)
from cnnmath.ops import ShapeError, conv2d, mix_maps, softmax

# the layer


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bias", [True, False])
def test_the_layer_is_its_op_and_a_bias(bias, dtype):
    rng = np.random.default_rng(0)
    layer = MixMaps(3, 4, bias=bias)
    params = {"logits": rng.standard_normal((4, 3)).astype(dtype)}
    if bias:
        params["b"] = rng.standard_normal(4).astype(dtype)
    x = rng.standard_normal((2, 3, 5, 6)).astype(dtype)
    z, backward = layer.apply(params, x)
    y, op_backward = mix_maps(x, params["logits"])
    assert np.array_equal(z, y + params["b"][:, None, None] if bias else y)
    dz = rng.standard_normal(z.shape).astype(dtype)
    dx, grads = backward(dz)
    wanted_dx, wanted_dlogits = op_backward(dz)
    assert np.array_equal(dx, wanted_dx)
    assert np.array_equal(grads.pop("logits"), wanted_dlogits)
    assert z.dtype == dx.dtype == dtype
    assert grads.keys() == ({"b"} if bias else set())
    if bias:
        assert np.allclose(grads["b"], dz.sum(axis=(0, 2, 3)), rtol=1e-4)


def test_values_by_hand():
    layer = MixMaps(2, 1)
    params = {"logits": np.log([[3.0, 1.0]]), "b": np.array([10.0])}
    z, _ = layer.apply(params, np.array([[[[4.0]], [[8.0]]]]))
    assert z == pytest.approx(10 + 3 / 4 * 4 + 1 / 4 * 8)
    assert layer.weights(params) == pytest.approx(np.array([[0.75, 0.25]]))


def test_it_starts_near_the_mean_of_all_maps():
    layer = MixMaps(6, 50)
    params = layer.init(np.random.default_rng(0), np.float32)
    assert params["logits"].dtype == params["b"].dtype == np.float32
    assert 0.08 < params["logits"].std() < 0.12
    assert not params["b"].any()
    assert np.abs(layer.weights(params) - 1 / 6).max() < 0.1
    assert len(np.unique(params["logits"])) > 290  # no two mixtures alike


def test_counts_and_text():
    assert parameter_counts(Sequential(MixMaps(6, 12))) == (12 * 6 + 12,)
    assert parameter_counts(Sequential(MixMaps(6, 12, bias=False))) == (72,)
    assert (MixMaps(6, 12).takes, MixMaps(6, 12).gives(6)) == (6, 12)
    assert repr(MixMaps(6, 12, "l1", np.float64(0.5))) == (
        "MixMaps(c=6, o=12, penalty='l1', strength=0.5)"
    )


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ((0, 2), ValueError, "c must be at least 1, got 0"),
        ((2, 0), ValueError, "o must be at least 1, got 0"),
        ((2, 2, "l2", 1.0), ValueError, "penalty is 'l2'; wanted one of 'none', 'l1', 'entropy'"),
        ((2, 2, "l1", -1.0), ValueError, "strength is -1.0; wanted a finite number >= 0"),
        ((2, 2, "l1", np.nan), ValueError, "strength is nan; wanted a finite number >= 0"),
        ((2, 2, "l1", "1"), TypeError, "strength must be a number, got str"),
        ((2, 2, "none", 1.0), ValueError, "strength is 1.0, but penalty is 'none'"),
        ((2, 2, "none", 0.0, 1), TypeError, "bias must be True or False, got 1"),
    ],
    ids=str,
)
def test_bad_settings_are_refused(settings, error, message):
    with pytest.raises(error, match=f"^MixMaps: {message}"):
        MixMaps(*settings)


def test_bad_inputs_are_refused():
    layer = MixMaps(3, 2)
    params = layer.init(np.random.default_rng(0))
    with pytest.raises(ShapeError, match="mix_maps: axis c of logits is 3, but 4 in x"):
        layer.apply(params, np.zeros((1, 4, 2, 2)))
    wrong = {**params, "logits": np.zeros((3, 3))}
    for call in (lambda: layer.apply(wrong, np.zeros((1, 3, 2, 2))), lambda: layer.weights(wrong)):
        with pytest.raises(
            ShapeError, match=r"MixMaps\(c=3, o=2\): logits has shape \(3, 3\); wan"
        ):
            call()
    with pytest.raises(ShapeError, match="MixMaps: axis o of b is 1, but 2 in z"):
        layer.apply({**params, "b": np.zeros(1)}, np.zeros((1, 3, 2, 2)))
    with pytest.raises(TypeError, match=r"mix_maps: .*float32"):
        layer.apply(params, np.zeros((1, 3, 2, 2), np.float32))


def test_files_know_the_penalty(tmp_path):
    model = mixing_net("entropy", 0.25)
    params = model.init(np.random.default_rng(0))
    save(tmp_path / "net.npz", model, params)
    back = load(tmp_path / "net.npz", model).params
    for (name, old), (_, new) in zip(named_arrays(params), named_arrays(back), strict=True):
        assert np.array_equal(old, new), name
    with pytest.raises(ValueError, match=r"model: expected .*strength=0.5.*, found .*strength=0.2"):
        load(tmp_path / "net.npz", mixing_net("entropy", 0.5))


def test_one_kernel_per_input_map_and_no_bias_before_the_mixture():
    model = mixing_net()
    convolution, mixing = model.layers[4:6]
    params = model.init(np.random.default_rng(0))
    assert params[4].keys() == {"w"}
    assert parameter_counts(model)[4:6] == (6 * 9, 12 * 6 + 12)
    rng = np.random.default_rng(1)
    x, params[5]["b"][...] = rng.standard_normal((2, 6, 4, 4)), rng.standard_normal(12)
    filtered, _ = convolution.apply(params[4], x)
    z, _ = mixing.apply(params[5], filtered)
    alpha, _ = softmax(params[5]["logits"])
    for o in range(12):  # 000 section 3.3, map by map
        maps = [
            alpha[o, c] * conv2d(x[:, [c]], params[4]["w"][[c]][:, [c]], padding=1)[0]
            for c in range(6)
        ]
        assert np.allclose(z[:, [o]], sum(maps) + params[5]["b"][o], atol=1e-12)


# penalties


def test_costs_by_hand():
    params = {"logits": np.log([[1.0, 1.0], [1.0, 3.0]]), "b": np.zeros(2)}
    entropy = np.log(2) + np.log(4) - 3 / 4 * np.log(3)
    wanted = {"l1": 2.0, "entropy": entropy, "impurity": 1 / 2 + 1 - 10 / 16}
    for penalty, value in wanted.items():
        assert MixMaps(2, 2, penalty, 0.5).costs(params)[0] == pytest.approx(value / 2), penalty
    assert MixMaps(2, 2).costs(params) == (0, {})


def test_l1_of_a_softmax_has_no_gradient():
    """bouvrie-3.3.1-c: on the simplex the penalty is a constant."""
    logits = np.random.default_rng(0).standard_normal((12, 6)) * 5
    for dtype in (np.float32, np.float64):
        _, slopes = MixMaps(6, 12, "l1", 100.0).costs({"logits": logits.astype(dtype)})
        assert slopes["logits"].dtype == dtype
        assert not slopes["logits"].any()


def test_entropy_and_impurity_descend_to_one_map():
    for penalty in ("entropy", "impurity"):
        layer = MixMaps(4, 1, penalty, 1.0)
        logits = np.array([[0.1, 0.3, -0.2, 0.05]])
        for _ in range(2000):
            logits = logits - 0.5 * layer.costs({"logits": logits})[1]["logits"]
        assert softmax(logits)[0][0, 1] > 0.99, penalty


def test_a_weight_that_has_underflowed_is_no_error():
    params = {"logits": np.array([[0.0, -800.0]]), "b": np.zeros(1)}
    for penalty in ("l1", "entropy", "impurity"):
        _, slopes = MixMaps(2, 1, penalty, 1.0).costs(params)
        assert not slopes["logits"].any()


@pytest.mark.parametrize("penalty", ["none", "l1", "entropy", "impurity"])
def test_the_objective_has_the_cost_once(penalty):
    strength = 0.0 if penalty == "none" else 0.3
    model, plain = mixing_net(penalty, strength), mixing_net()
    rng = np.random.default_rng(0)
    params, x, t = model.init(rng), rng.random((4, 1, 8, 8)), np.arange(4)
    value, grads = loss_and_gradient(model, params, x, t, l2=0.01)
    wanted, wanted_grads = loss_and_gradient(plain, params, x, t, l2=0.01)
    cost, slopes = model.layers[5].costs(params[5])
    assert value == pytest.approx(wanted + cost, rel=1e-15)
    wanted_grads[5]["logits"] = wanted_grads[5]["logits"] + slopes.get("logits", 0)
    for (name, g), (_, w) in zip(named_arrays(grads), named_arrays(wanted_grads), strict=True):
        assert np.array_equal(g, w), name


def test_training_with_l1_is_training_without():
    rng = np.random.default_rng(0)
    x, t = rng.random((64, 1, 8, 8)), np.arange(64) % 10

    def trained(penalty, strength):
        settings = {"optimiser": SGD(0.05, 0.9), "epochs": 3, "batch_size": 8}
        model = mixing_net(penalty, strength)
        return fit(model, x, t, rng=np.random.default_rng(1), **settings).params[5]["logits"]

    none = trained("none", 0.0)
    assert np.array_equal(trained("l1", 0.5), none)
    for penalty in ("entropy", "impurity"):
        assert np.abs(trained(penalty, 0.5) - none).max() > 1e-3
