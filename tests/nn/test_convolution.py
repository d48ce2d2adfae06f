"""The convolution layer: what it passes to the op, chosen input maps, start, refusals, files."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from cnnmath.nn import (
    SGD,
    Affine,
    Conv2d,
    Flatten,
    MaxPool2d,
    Relu,
    Sequential,
    fit,
    load,
    loss_and_gradient,
    named_arrays,
    parameter_counts,
    save,
)
from cnnmath.ops import ShapeError, conv2d

# S2 to C3 of LeNet-5: LeCun et al., 1998, table I, read column by column
C3 = (
    *((i, (i + 1) % 6, (i + 2) % 6) for i in range(6)),
    *((i, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6) for i in range(6)),
    *((i, i + 1, (i + 3) % 6, (i + 4) % 6) for i in range(3)),
    (0, 1, 2, 3, 4, 5),
)
TABLE = ((0,), (0, 2), (1, 2))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# the op, with the settings of the layer


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "settings",
    [{}, {"stride": 2}, {"padding": (1, 2)}, {"dilation": (2, 1), "stride": (1, 3), "padding": 1}],
    ids=str,
)
def test_the_layer_is_its_op(rng, settings, dtype):
    layer = Conv2d(2, 3, (2, 3), **settings)
    params = layer.init(rng, dtype)
    params["b"] += rng.standard_normal(3).astype(dtype)
    x = rng.standard_normal((2, 2, 6, 7)).astype(dtype)
    z, backward = layer.apply(params, x)
    wanted, op_backward = conv2d(x, params["w"], params["b"], **settings)
    assert np.array_equal(z, wanted)
    assert z.dtype == dtype
    dz = rng.standard_normal(z.shape).astype(dtype)
    dx, dparams = backward(dz)
    for ours, theirs in zip((dx, dparams["w"], dparams["b"]), op_backward(dz), strict=True):
        assert np.array_equal(ours, theirs)
        assert ours.dtype == dtype
    assert list(dparams) == list(params) == ["w", "b"]


def test_output_and_gradients_by_hand():
    layer = Conv2d(1, 1, (1, 2))
    params = {"w": np.array([[[[2.0, 3.0]]]]), "b": np.array([5.0])}
    z, backward = layer.apply(params, np.array([[[[1.0, 10.0, 100.0]]]]))
    assert z.tolist() == [[[[37.0, 325.0]]]]
    dx, dparams = backward(np.array([[[[1.0, 7.0]]]]))
    assert dx.tolist() == [[[[2.0, 17.0, 21.0]]]]
    assert dparams["w"].tolist() == [[[[71.0, 710.0]]]]
    assert dparams["b"].tolist() == [8.0]


@pytest.mark.parametrize("connect", [None, TABLE])
def test_no_input_gradient_where_none_is_wanted(rng, connect):
    layer = Conv2d(3, 3, 2, connect=connect)
    params, x = layer.init(rng), rng.standard_normal((2, 3, 4, 4))
    z, backward = layer.apply(params, x, need_dx=False)
    _, full = layer.apply(params, x)
    dx, dparams = backward(np.ones_like(z))
    assert dx is None
    assert np.array_equal(dparams["w"], full(np.ones_like(z))[1]["w"])


def test_as_first_layer_it_computes_no_input_gradient(rng, monkeypatch):
    asked = []

    def noted(*arrays, need_dx, **settings):
        asked.append(need_dx)
        return conv2d(*arrays, need_dx=need_dx, **settings)

    monkeypatch.setattr("cnnmath.nn.convolution.conv2d", noted)
    model = Sequential(Conv2d(1, 2, 2), Relu(), Conv2d(2, 2, 2))
    z, backward = model.apply(model.init(rng), rng.standard_normal((2, 1, 4, 4)))
    assert backward(np.ones_like(z))[0] is None
    assert asked == [False, True]


def test_two_forwards_before_two_backwards(rng):
    layer = Conv2d(3, 3, 2, connect=TABLE)
    params, (x1, x2) = layer.init(rng), rng.standard_normal((2, 2, 3, 4, 4))
    dz = rng.standard_normal((2, 3, 3, 3))
    wanted = layer.apply(params, x1)[1](dz)
    _, first = layer.apply(params, x1)
    layer.apply(params, x2)[1](dz)
    found = first(dz)
    assert np.array_equal(found[0], wanted[0])
    assert np.array_equal(found[1]["w"], wanted[1]["w"])


# which input maps


def test_each_output_map_is_the_convolution_of_its_maps(rng):
    layer = Conv2d(3, 3, 2, padding=1, connect=TABLE)
    params, x = layer.init(rng), rng.standard_normal((2, 3, 4, 5))
    params["b"] += rng.standard_normal(3)
    dz = rng.standard_normal((2, 3, 5, 6))
    z, backward = layer.apply(params, x)
    dx, dparams = backward(dz)
    total, dw = np.zeros_like(x), np.zeros_like(params["w"])
    for o, maps in enumerate(TABLE):
        rows, one = list(maps), slice(o, o + 1)
        part = conv2d(x[:, rows], params["w"][one, rows], params["b"][one], padding=1)
        assert np.abs(z[:, one] - part[0]).max() < 1e-14
        share, dw[one, rows], _ = part[1](dz[:, one])
        total[:, rows] += share
    assert np.abs(dx - total).max() < 1e-14
    assert np.abs(dparams["w"] - dw).max() < 1e-13
    assert not dparams["w"][~layer.mask[..., 0, 0]].any()


def test_a_table_of_all_maps_changes_nothing(rng):
    every, none = Conv2d(2, 3, 2, connect=((0, 1),) * 3), Conv2d(2, 3, 2)
    params, x = none.init(np.random.default_rng(1)), rng.standard_normal((1, 2, 3, 3))
    assert np.array_equal(params["w"], every.init(np.random.default_rng(1))["w"])
    z, backward = every.apply(params, x)
    assert np.array_equal(z, none.apply(params, x)[0])
    assert backward(z)[1]["w"].all()


@pytest.mark.parametrize("optimiser", [SGD(0.1), SGD(0.1, 0.9), SGD(0.1, 0.9, nesterov=True)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_that_are_not_connected_are_0_and_stay_0(rng, optimiser, dtype):
    layer = Conv2d(6, 16, 2, connect=C3)
    model = Sequential(layer, Relu(), Flatten(), Affine(16 * 4, 3))
    apart = ~layer.mask[..., 0, 0]
    start = model.init(rng, dtype)
    x, t = rng.standard_normal((20, 6, 3, 3)).astype(dtype), np.arange(20) % 3
    settings = {"epochs": 2, "batch_size": 4, "l2": 1e-2}
    run = fit(model, x, t, optimiser=optimiser, rng=rng, params=start, **settings)
    for params in (start, run.params):
        w = params[0]["w"]
        assert w.dtype == dtype
        assert w[~apart].all()
        assert w[apart].tobytes() == bytes(w[apart].nbytes)  # +0, not -0
    assert (run.params[0]["w"] != start[0]["w"])[~apart].any()


def test_what_stands_at_unconnected_places_does_not_count(rng):
    layer = Conv2d(3, 3, 2, connect=TABLE)
    params, x = layer.init(rng), rng.standard_normal((2, 3, 4, 4))
    full = {**params, "w": params["w"].copy()}
    full["w"][~layer.mask[..., 0, 0]] = np.nan
    z, backward = layer.apply(full, x)
    wanted, wanted_backward = layer.apply(params, x)
    assert np.array_equal(z, wanted)
    for ours, theirs in zip(backward(z)[1].values(), wanted_backward(z)[1].values(), strict=True):
        assert np.array_equal(ours, theirs)


def test_no_argument_is_changed(rng):
    layer = Conv2d(3, 3, 2, connect=TABLE)
    params, x = layer.init(rng), rng.standard_normal((2, 3, 4, 4))
    for array in (x, *params.values()):
        array.flags.writeable = False
    z, backward = layer.apply(params, x)
    z.flags.writeable = False
    assert backward(z)[0].shape == x.shape


def test_the_table_of_c3_has_60_connections_and_1516_parameters():
    assert sorted(map(len, C3)) == [3] * 6 + [4] * 9 + [6]
    assert [sum(c in maps for maps in C3) for c in range(6)] == [10] * 6
    layer = Conv2d(6, 16, 5, connect=C3)
    assert parameter_counts(Sequential(layer)) == (60 * 25 + 16,) == (1516,)
    assert layer.mask.sum() == 60
    assert layer.fixed == (96 - 60) * 25


def test_counts_are_those_of_weights_that_get_a_gradient(rng):
    layers = (Conv2d(3, 3, (2, 1), connect=TABLE), Relu(), Conv2d(3, 2, 2), Flatten())
    model = Sequential(*layers, Affine(8, 5))
    params = model.init(rng)
    for _, array in named_arrays(params):
        array += 0.3 + rng.random(array.shape)  # every relu unit on, no gradient 0 by chance
    x = 1 + rng.random((4, 3, 4, 3))
    _, grads = loss_and_gradient(model, params, x, np.array([0, 1, 2, 3]))
    found = tuple(sum(np.count_nonzero(g) for g in layer.values()) for layer in grads)
    assert parameter_counts(model) == (5 * 2 + 3, 0, 3 * 2 * 4 + 2, 0, 8 * 5 + 5) == found


# the start


def deviation(values):
    """Standard deviation, and 5 of those of its estimate, for draws of mean 0."""
    return np.sqrt((values**2).mean()), 5 / np.sqrt(2 * values.size)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_he_counts_the_connected_inputs_of_each_output_map(rng, dtype):
    layer = Conv2d(3, 3, 60, connect=TABLE)
    params = layer.init(rng, dtype)
    assert params["w"].dtype == params["b"].dtype == dtype
    assert not params["b"].any()
    for o, maps in enumerate(TABLE):
        found, error = deviation(params["w"][o, list(maps)].astype(np.float64))
        assert found == pytest.approx(np.sqrt(2 / (len(maps) * 60 * 60)), rel=error)


@pytest.mark.parametrize(
    ("word", "std"),
    [
        ("small", lambda d, k: 0.01),
        ("xavier", lambda d, k: np.sqrt(2 / (d + k))),
        ("he", lambda d, k: np.sqrt(2 / d)),
    ],
)
def test_all_maps_connected_start_with_the_deviation_of_the_formula(rng, word, std):
    w = Conv2d(4, 9, (20, 30), initialise=word).init(rng)["w"]
    found, error = deviation(w)
    assert found == pytest.approx(std(4 * 600, 9 * 600), rel=error)


def test_xavier_counts_both_sides_of_each_connection(rng):
    w = Conv2d(3, 3, 60, connect=TABLE, initialise="xavier").init(rng)["w"]
    outputs = [2, 1, 2]  # output maps that see input map 0, 1, 2
    for o, maps in enumerate(TABLE):
        for c in maps:
            found, error = deviation(w[o, c])
            assert found == pytest.approx(np.sqrt(2 / (len(maps) + outputs[c])) / 60, rel=error)


def test_zero_is_0_without_a_sign():
    w = Conv2d(2, 2, 3, initialise="zero").init(np.random.default_rng(0))["w"]
    assert w.tobytes() == bytes(w.nbytes)


def test_the_same_seed_draws_the_same_numbers_in_either_dtype():
    layer = Conv2d(6, 16, 5, connect=C3)
    single = layer.init(np.random.default_rng(5), np.float32)
    double = layer.init(np.random.default_rng(5), np.float64)
    assert np.array_equal(single["w"], double["w"].astype(np.float32))


# the text, equality


@pytest.mark.parametrize(
    ("layer", "wanted"),
    [
        (Conv2d(1, 6, 5), "Conv2d(c=1, o=6, size=5)"),
        (Conv2d(1, 6, (5, 5), (1, 1), 0, 1), "Conv2d(c=1, o=6, size=5)"),
        (Conv2d(1, 6, [3, 5], padding=(1, 2)), "Conv2d(c=1, o=6, size=(3, 5), padding=(1, 2))"),
        (Conv2d(1, 6, 3, 2, 1, 4), "Conv2d(c=1, o=6, size=3, stride=2, padding=1, dilation=4)"),
        (Conv2d(1, 6, 3, initialise="zero"), "Conv2d(c=1, o=6, size=3)"),
    ],
)
def test_the_text_shows_what_is_not_usual(layer, wanted):
    assert repr(layer) == wanted


def test_the_text_of_a_table_is_short_and_its_own():
    other = (*C3[:-2], C3[-1], C3[-2])  # as many connections
    texts = [repr(Conv2d(6, 16, 5, connect=table)) for table in (C3, other)]
    assert texts[0] != texts[1]
    for text in texts:
        assert text.startswith("Conv2d(c=6, o=16, size=5, connect=<60 of 96 pairs, ")
        assert len(text) < 70


def test_equal_settings_are_equal_layers():
    assert Conv2d(1, 2, 3) == Conv2d(1, 2, (3, 3)) != Conv2d(1, 2, (3, 1))
    in_order, lists = Conv2d(3, 2, 1, connect=((0, 2), (1,))), [[2, np.int64(0)], [1]]
    assert in_order == Conv2d(3, 2, 1, connect=lists)
    assert repr(in_order) == repr(Conv2d(3, 2, 1, connect=lists))
    assert len({in_order, Conv2d(3, 2, 1, connect=lists)}) == 1
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'connect'"):
        in_order.connect = None


# refusals


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"c": 0}, ValueError, "^Conv2d: c must be at least 1, got 0"),
        ({"o": 1.5}, TypeError, "^Conv2d: o must be an integer, got 1.5"),
        ({"size": 0}, ValueError, "^Conv2d: axis u: size is 0, wanted at least 1"),
        ({"size": (3, -1)}, ValueError, "^Conv2d: axis v: size is -1, wanted at least 1"),
        ({"size": (3, 3, 3)}, ValueError, "^Conv2d: size has 3 numbers, wanted one or"),
        ({"stride": 0}, ValueError, "^Conv2d: axis u: stride is 0, wanted at least 1"),
        ({"padding": -1}, ValueError, "^Conv2d: axis u: padding is -1, wanted at least 0"),
        ({"padding": "same"}, TypeError, "^Conv2d: .*padding must be an int"),
        ({"dilation": 0}, ValueError, "^Conv2d: axis u: dilation is 0, wanted at least 1"),
        ({"initialise": "large"}, ValueError, "^Conv2d: initialise is 'large'; wanted one of"),
    ],
    ids=str,
)
def test_bad_numbers_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        Conv2d(**{"c": 2, "o": 3, "size": 3, **settings})


@pytest.mark.parametrize(
    ("connect", "message"),
    [
        (((0,), (1,)), "^Conv2d: connect has 2 rows; wanted 3, the input maps of each output map"),
        ((), "^Conv2d: connect has 0 rows; wanted 3"),
        ("all", "^Conv2d: connect has 'all'; wanted 3"),
        (((0,), (1,), ()), r"output map 2: got \(\); wanted one or more of the input maps 0\.\.1"),
        (((0,), (0, 2), (1,)), r"output map 1: got \(0, 2\); wanted .* 0\.\.1, each once"),
        (((0,), (1,), (-1,)), r"output map 2: got \(-1,\); wanted"),
        (((1, 0, 1), (1,), (0,)), r"output map 0: got \(1, 0, 1\); wanted .*, each once"),
        (((0,), (1.0,), (0,)), r"output map 1: got \(1\.0,\); wanted"),
        (((0,), (True,), (0,)), r"output map 1: got \(True,\); wanted"),
        ((0, 1, 0), "output map 0: got 0; wanted"),
    ],
    ids=str,
)
def test_a_table_that_does_not_fit_is_refused(connect, message):
    with pytest.raises(ValueError, match=message):
        Conv2d(2, 3, 5, connect=connect)


def test_weights_of_another_layer_are_refused(rng):
    params = Conv2d(2, 3, 3).init(rng)
    message = r"^Conv2d\(c=2, o=3, size=5\): w has shape \(3, 2, 3, 3\); wanted \(3, 2, 5, 5\)"
    with pytest.raises(ShapeError, match=message):
        Conv2d(2, 3, 5).apply(params, np.zeros((1, 2, 8, 8)))


def test_other_inputs_are_refused_by_the_op(rng):
    layer = Conv2d(2, 3, 3)
    params = layer.init(rng)
    with pytest.raises(ShapeError, match="conv2d: axis c of w is 2, but 1 in x"):
        layer.apply(params, np.zeros((1, 1, 8, 8)))
    with pytest.raises(ShapeError, match="conv2d: x has 2 axes"):
        layer.apply(params, np.zeros((1, 128)))
    with pytest.raises(ShapeError, match="conv2d: axis u: the kernel spans 3"):
        layer.apply(params, np.zeros((1, 2, 2, 8)))
    with pytest.raises(TypeError, match="conv2d: the arrays of a call share one dtype"):
        layer.apply(params, np.zeros((1, 2, 8, 8), np.float32))


def test_maps_that_do_not_chain_name_both_layers():
    message = (
        r"layer 3, Conv2d\(c=5, o=16, size=5\), takes 5 features, "
        r"but layer 2, MaxPool2d\(size=2\), gives 6"
    )
    with pytest.raises(ShapeError, match=message):
        Sequential(Conv2d(1, 6, 5), Relu(), MaxPool2d(2), Conv2d(5, 16, 5))


# files


def test_a_net_with_a_table_comes_back_bit_for_bit(rng, tmp_path):
    model = Sequential(Conv2d(6, 16, 2, connect=C3), Relu(), Flatten(), Affine(64, 3))
    x, t = rng.standard_normal((9, 6, 3, 3)), np.arange(9) % 3
    settings = {"optimiser": SGD(0.1, 0.9), "epochs": 1, "batch_size": 4}
    run = fit(model, x, t, rng=rng, **settings)
    save(tmp_path / "net.npz", model, run.params, run.state)
    back = load(tmp_path / "net.npz", model)
    for ours, theirs in ((back.params, run.params), (*back.state.optimiser, *run.state.optimiser)):
        for (name, a), (_, b) in zip(named_arrays(ours), named_arrays(theirs), strict=True):
            assert a.tobytes() == b.tobytes(), name
    both = [
        fit(model, x, t, rng=np.random.default_rng(9), params=r.params, resume=r.state, **settings)
        for r in (run, back)
    ]
    assert both[0].history == both[1].history


def test_a_file_of_another_table_is_refused(rng, tmp_path):
    other = (*C3[:-2], C3[-1], C3[-2])
    models = [Sequential(Conv2d(6, 16, 2, connect=table)) for table in (C3, other)]
    save(tmp_path / "net.npz", models[0], models[0].init(rng))
    with pytest.raises(ValueError, match=r"model: expected .*<60 of 96 pairs, \w+>.*, found"):
        load(tmp_path / "net.npz", models[1])


def test_without_a_bias():
    rng = np.random.default_rng(0)
    layer, x = Conv2d(2, 3, 2, bias=False), rng.standard_normal((1, 2, 4, 4))
    params = layer.init(rng)
    assert params.keys() == {"w"}
    z, backward = layer.apply(params, x)
    wanted, with_bias = Conv2d(2, 3, 2).apply({**params, "b": np.zeros(3)}, x)
    assert np.array_equal(z, wanted)
    (dx, grads), (wanted_dx, wanted_grads) = backward(z), with_bias(z)
    assert np.array_equal(dx, wanted_dx)
    assert np.array_equal(grads.pop("w"), wanted_grads["w"])
    assert grads == {}
    assert repr(layer) == "Conv2d(c=2, o=3, size=2, bias=False)"
    with pytest.raises(TypeError, match=r"^Conv2d: bias must be True or False, got 0"):
        Conv2d(2, 3, 2, bias=0)
