"""Multilayer perceptrons: activation layers, start, other losses, classes, accuracy on the digits."""

from functools import partial

import numpy as np
import pytest

from cnnmath import ops
from cnnmath.data import load_digits
from cnnmath.nn import (
    SGD,
    Affine,
    Flatten,
    Relu,
    ScaledTanh,
    Sequential,
    Sigmoid,
    Softplus,
    Tanh,
    accuracy,
    fit,
    loss_and_gradient,
    mlp,
    named_arrays,
    predict,
)
from cnnmath.ops import ShapeError, binary_cross_entropy, cross_entropy, squared_error

LAYERS = {
    "relu": Relu,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "scaled_tanh": ScaledTanh,
    "softplus": Softplus,
}


# layers


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LAYERS)
def test_an_activation_layer_is_its_op(name, dtype):
    rng = np.random.default_rng(0)
    x, dy = rng.standard_normal((2, 3, 4, 2, 2)).astype(dtype)
    layer = LAYERS[name]()
    assert layer.init(rng) == {}
    y, backward = layer.apply({}, x)
    wanted, op_backward = getattr(ops, name)(x)
    assert np.array_equal(y, wanted)
    dx, dparams = backward(dy)
    assert np.array_equal(dx, op_backward(dy)[0])
    assert dx.dtype == dtype
    assert dparams == {}


@pytest.mark.parametrize("layer", LAYERS.values())
def test_activation_layers_are_equal_frozen_and_keep_the_size(layer):
    assert layer() == layer()
    assert repr(layer()) == f"{layer.__name__}()"
    assert layer().takes is None
    assert layer().gives(7) == 7
    with pytest.raises(ShapeError, match=r"takes 12 features, but layer 1, .*, gives 10"):
        Sequential(Affine(64, 10), layer(), Affine(12, 3))


# the model


@pytest.mark.parametrize("name", LAYERS)
def test_mlp_is_affine_layers_with_activations_between(name):
    wanted = Sequential(
        Flatten(), Affine(6, 5), LAYERS[name](), Affine(5, 4), LAYERS[name](), Affine(4, 3)
    )
    assert mlp(6, 5, 4, 3, activation=name) == wanted


def test_mlp_without_hidden_layer_is_softmax_regression():
    assert mlp(64, 10) == Sequential(Flatten(), Affine(64, 10))


def test_unknown_words_are_refused_with_the_known_ones():
    message = (
        "mlp: activation is 'swish'; wanted one of 'relu', 'sigmoid', 'tanh', 'scaled_tanh', "
        "'softplus'"
    )
    with pytest.raises(ValueError, match=message):
        mlp(4, 3, 2, activation="swish")
    with pytest.raises(ValueError, match=r"mlp: activation is \['relu'\]; wanted one of"):
        mlp(4, 3, 2, activation=["relu"])
    message = "Affine: initialise is 'large'; wanted one of 'small', 'xavier', 'he', 'zero'"
    with pytest.raises(ValueError, match=message):
        mlp(4, 3, 2, initialise="large")


def test_too_few_or_bad_sizes_are_refused():
    with pytest.raises(ValueError, match=r"mlp: sizes are \(64,\); wanted at least two"):
        mlp(64)
    with pytest.raises(ValueError, match="Affine: k must be at least 1, got 0"):
        mlp(64, 0, 10)


# the start


@pytest.mark.parametrize(
    ("word", "variance"),
    [("small", 0.01**2), ("xavier", 2 / (400 + 300)), ("he", 2 / 400), ("zero", 0)],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_start_with_the_variance_of_the_formula(word, variance, dtype):
    params = Affine(400, 300, word).init(np.random.default_rng(0), dtype)
    w = params["w"].astype(np.float64)
    assert params["w"].dtype == params["b"].dtype == dtype
    assert w.shape == (300, 400)
    # 120,000 draws: the relative error of the variance has standard deviation sqrt(2/120000)
    assert w.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / w.size), abs=0)
    assert abs(w.mean()) <= 5 * np.sqrt(variance / w.size)
    assert not params["b"].any()


def test_the_kinds_of_start_are_the_same_draws_scaled():
    def first(word):
        return Affine(5, 3, word).init(np.random.default_rng(7))["w"]

    assert np.allclose(first("xavier"), first("small") * 100 * np.sqrt(2 / 8), rtol=1e-14)
    assert np.allclose(first("he"), first("small") * 100 * np.sqrt(2 / 5), rtol=1e-14)
    assert not np.signbit(first("zero")).any()


def test_the_start_is_passed_on_and_no_part_of_the_text():
    assert mlp(4, 3, 2, initialise="he").layers[1] == Affine(4, 3, "he")
    assert repr(mlp(4, 3, 2, initialise="he")) == repr(mlp(4, 3, 2))


def test_from_zero_the_hidden_units_stay_alike():
    """zhang-6.6-b: why weights start at random."""
    digits = load_digits(np.float64)
    model = mlp(64, 8, 10, activation="sigmoid", initialise="zero")
    run = short_run(model, digits.x_train[:200], digits.t_train[:200], optimiser=SGD(1.0))
    w = run.params[1]["w"]
    assert np.array_equal(w, np.tile(w[0], (8, 1)))
    assert w.any()


# other losses


def short_run(model, x, t, **changes):
    settings = {
        "optimiser": SGD(0.5),
        "epochs": 4,
        "batch_size": 16,
        "rng": np.random.default_rng(0),
        **changes,
    }
    return fit(model, x, t, **settings)


@pytest.fixture
def rings():
    """Is the point near the centre? 120 points, no straight line tells."""
    rng = np.random.default_rng(1)
    t = np.arange(120) % 2
    angle, radius = rng.uniform(0, 2 * np.pi, 120), np.where(t == 1, 0.5, 2.0)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), t


RINGS = {"optimiser": SGD(0.2, 0.9), "epochs": 60}


def test_labels(rings):
    x, t = rings
    run = short_run(mlp(2, 8, 2, initialise="he"), x, t, **RINGS)
    assert run.history[-1].train_accuracy == 1


def test_one_hot_targets_with_squared_error(rings):
    x, t = rings
    one_hot = np.eye(2)[t]
    model = mlp(2, 8, 2, initialise="he")
    run = short_run(model, x, one_hot, loss=squared_error, test=(x, t), **RINGS)
    last = run.history[-1]
    assert last.train_accuracy == last.test_accuracy == 1
    assert last.train_accuracy == accuracy(predict(model, run.params, x), t)


def test_one_hot_cross_entropy_is_that_of_labels(rings):
    x, t = rings
    model = mlp(2, 8, 2, initialise="he")
    labels, soft = (short_run(model, x, targets).history for targets in (t, np.eye(2)[t]))
    assert np.allclose([e.loss for e in labels], [e.loss for e in soft], rtol=1e-12)


def test_one_logit_with_binary_cross_entropy(rings):
    x, t = rings
    column = t[:, None].astype(np.float64)
    model = mlp(2, 8, 1, initialise="he")
    run = short_run(model, x, column, loss=binary_cross_entropy, **RINGS)
    assert run.history[-1].train_accuracy == 1
    y = predict(model, run.params, x)
    assert y.dtype == np.int64
    assert np.array_equal(y, t)


def test_one_probability_with_squared_error_has_its_threshold_at_one_half(rings):
    x, t = rings
    column = t[:, None].astype(np.float64)
    model = Sequential(mlp(2, 8, 1, activation="tanh", initialise="xavier"), Sigmoid())
    settings = {"loss": squared_error, "optimiser": SGD(2.0, 0.9), "epochs": 60}
    run = short_run(model, x, column, threshold=0.5, **settings)
    assert run.history[-1].train_accuracy == 1
    assert set(predict(model, run.params, x)) == {1}  # above 0 they are all
    assert np.array_equal(predict(model, run.params, x, threshold=0.5), t)


def test_a_loss_may_carry_its_options(rings):
    x, t = rings
    run = short_run(mlp(2, 4, 2), x, t, loss=partial(cross_entropy, reduction="sum"), epochs=1)
    assert run.history[0].step_losses[0] > 10  # 16 samples of about 0.69


def test_targets_that_do_not_match_are_refused(rings):
    x, t = rings
    one_hot = np.eye(2)[t]
    run = partial(short_run, mlp(2, 4, 2), x, loss=squared_error)
    with pytest.raises(ShapeError, match=r"fit: t has shape \(119, 2\); wanted targets \(120, k\)"):
        run(one_hot[:-1])
    with pytest.raises(ShapeError, match=r"fit: t has shape \(120,\); wanted targets \(120, k\)"):
        run(one_hot[:, 0])
    message = (
        r"fit: t has dtype float32; wanted integer labels \(n,\), or targets \(n, k\) in float64"
    )
    with pytest.raises(TypeError, match=message):
        run(one_hot.astype(np.float32))
    one_hot[3, 1] = np.nan
    with pytest.raises(ValueError, match=r"fit: t\[3, 1\] is nan; wanted finite numbers"):
        run(one_hot)
    with pytest.raises(ShapeError, match="squared_error: axis k of t is 3, but 2 in y"):
        run(np.eye(3)[t])
    with pytest.raises(ShapeError, match="fit: test t has shape"):
        run(np.eye(2)[t], test=(x, np.eye(2)[t[1:]]))
    with pytest.raises(TypeError, match="squared_error: t has dtype int64; wanted float32 or"):
        run(t)


def test_accuracy_reads_targets():
    y = np.array([0, 1, 1, 0])
    assert accuracy(y, np.array([[1.0, 0], [0, 1], [1, 0], [1, 0]])) == 0.75
    assert accuracy(y, np.array([[0.0], [1], [1], [1]])) == 0.75
    assert accuracy(y, np.array([[-1.0], [1], [1], [-1]])) == 1
    assert (
        accuracy(y, np.array([[0.2, 0.2], [0.4, 0.6], [0.1, 0.9], [0.5, 0.5]])) == 1
    )  # first on ties


@pytest.mark.parametrize("shape", [(3,), (3, 2), (4, 2, 2), (), (4, 0)])
def test_accuracy_refuses_other_shapes(shape):
    with pytest.raises(ShapeError, match=r"accuracy: y has shape \(4,\), t \("):
        accuracy(np.zeros(4, int), np.zeros(shape))


# reported during training


@pytest.mark.parametrize("name", ["1.w", "1.b", "3.w", "3.b"])
def test_a_broken_parameter_is_named(rings, name):
    model = mlp(2, 4, 2)
    params = model.init(np.random.default_rng(0))
    dict(named_arrays(params))[name].flat[-1] = np.inf
    with pytest.raises(FloatingPointError, match=rf"^parameter {name} contains inf$"):
        short_run(model, *rings, params=params)


@pytest.mark.parametrize(
    ("x", "w", "v", "name"),
    [(1e200, 1e-200, 1e120, "1.w"), (1.0, 1e200, 1e-50, "3.w")],
)
def test_a_gradient_that_overflows_is_named(x, w, v, name):
    """y = v w x and its square are finite; dw = y v x or dv = y w x is not."""
    model = Sequential(Flatten(), Affine(1, 1), Relu(), Affine(1, 1))
    params = tuple(
        {"w": np.full((1, 1), value), "b": np.zeros(1)} if value else {} for value in (0, w, 0, v)
    )
    x, t = np.full((1, 1), x), np.zeros((1, 1))
    with pytest.raises(FloatingPointError, match=rf"^the gradient of {name} contains inf$"):
        loss_and_gradient(model, params, x, t, loss=squared_error)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", LAYERS)
def test_divergence_is_reported_without_a_warning(rings, dtype, activation):
    x, t = rings
    model = mlp(2, 8, 8, 2, activation=activation, initialise="he")
    message = r"^fit: (after )?step \d+, epoch \d+: .* contains -?(inf|nan)$"
    with pytest.raises(FloatingPointError, match=message):
        short_run(model, x.astype(dtype), t, optimiser=SGD(1e30, 0.9), l2=1.0, epochs=50)


def test_an_output_that_overflows_after_the_last_step_is_reported(rings):
    x, t = rings
    model = mlp(2, 2)
    message = r"^fit: after step 1, epoch 1: the output of the model contains -?inf$"
    with pytest.raises(FloatingPointError, match=message):
        short_run(model, 1e10 * x, t, optimiser=SGD(1e298), epochs=1, batch_size=120)


# the real digits


def test_same_seed_same_bits():
    digits = load_digits()

    def run(seed):
        return short_run(
            mlp(64, 16, 10, initialise="he"),
            digits.x_train,
            digits.t_train,
            optimiser=SGD(0.1, 0.9, nesterov=True),
            epochs=2,
            rng=np.random.default_rng(seed),
        )

    first, second, other = run(0), run(0), run(1)
    assert first.history == second.history
    assert first.history != other.history
    for (_, a), (_, b) in zip(named_arrays(first.params), named_arrays(second.params), strict=True):
        assert a.dtype == np.float32
        assert np.array_equal(a, b)


def cross_validated_accuracies(seed, folds=5):
    digits = load_digits()
    x = np.concatenate([digits.x_train, digits.x_test])
    t = np.concatenate([digits.t_train, digits.t_test])
    parts = np.array_split(np.random.default_rng(seed).permutation(len(x)), folds)
    model = mlp(64, 64, 10, initialise="he")
    for i, held_out in enumerate(parts):
        rows = np.concatenate(parts[:i] + parts[i + 1 :])
        run = fit(
            model,
            x[rows],
            t[rows],
            optimiser=SGD(0.1, 0.9),
            epochs=15,
            batch_size=32,
            rng=np.random.default_rng([seed, i]),
            l2=1e-4,
        )
        yield accuracy(predict(model, run.params, x[held_out]), t[held_out])


def test_five_folds_and_two_seeds_reach_96_5_percent():
    accuracies = [a for seed in (0, 1) for a in cross_validated_accuracies(seed)]
    assert len(accuracies) == 10
    assert np.mean(accuracies) >= 0.965
    assert min(accuracies) >= 0.95
