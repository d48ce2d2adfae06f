"""Layers, Sequential and the trees of parameters."""

import doctest
import importlib
from dataclasses import FrozenInstanceError, dataclass

import numpy as np
import pytest

from cnnmath.nn import (
    Affine,
    Flatten,
    Sequential,
    map_arrays,
    named_arrays,
    softmax_regression,
)
from cnnmath.ops import ShapeError


@pytest.fixture
def rng():
    return np.random.default_rng(0)


MODULES = ["adaptive", "models", "optimisers", "parameters", "prediction", "settings"]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_hold(name):
    result = doctest.testmod(importlib.import_module(f"cnnmath.nn.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


# Affine


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_affine_starts_small_and_without_bias(rng, dtype):
    params = Affine(400, 300).init(rng, dtype)
    w, b = params["w"], params["b"]
    assert w.shape == (300, 400)
    assert w.dtype == b.dtype == dtype
    assert np.array_equal(b, np.zeros(300))
    assert w.std() == pytest.approx(0.01, rel=0.01)  # 120,000 draws: 5 sigma of the estimate
    assert abs(w.mean()) < 5 * 0.01 / np.sqrt(w.size)


def test_affine_starts_from_the_seed_in_any_dtype():
    single = Affine(3, 2).init(np.random.default_rng(5), np.float32)
    double = Affine(3, 2).init(np.random.default_rng(5), np.float64)
    assert np.array_equal(single["w"], double["w"].astype(np.float32))


def test_affine_output_and_gradients_by_hand():
    params = {"w": np.array([[1.0, 2.0], [3.0, 5.0]]), "b": np.array([7.0, 11.0])}
    y, backward = Affine(2, 2).apply(params, np.array([[1.0, 10.0]]))
    assert y.tolist() == [[28.0, 64.0]]
    dx, dparams = backward(np.array([[1.0, 100.0]]))
    assert dx.tolist() == [[301.0, 502.0]]
    assert dparams["w"].tolist() == [[1.0, 10.0], [100.0, 1000.0]]
    assert dparams["b"].tolist() == [1.0, 100.0]


def test_affine_without_input_gradient(rng):
    layer = Affine(2, 3)
    y, backward = layer.apply(layer.init(rng), np.ones((4, 2)), need_dx=False)
    dx, dparams = backward(np.ones_like(y))
    assert dx is None
    assert set(dparams) == {"w", "b"}


def test_affine_refuses_other_sizes_of_input(rng):
    with pytest.raises(ShapeError, match="affine: axis d of w is 3, but 2 in x"):
        Affine(3, 2).apply(Affine(3, 2).init(rng), np.ones((4, 2)))


@pytest.mark.parametrize(
    ("d", "k", "error", "message"),
    [
        (0, 3, ValueError, "Affine: d must be at least 1, got 0"),
        (3, -1, ValueError, "Affine: k must be at least 1, got -1"),
        (3, 1.5, TypeError, "Affine: k must be an integer, got 1.5"),
    ],
)
def test_affine_refuses_bad_sizes(d, k, error, message):
    with pytest.raises(error, match=message):
        Affine(d, k)


def test_layers_are_frozen():
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'd'"):
        Affine(3, 2).d = 4
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'layers'"):
        Sequential(Flatten()).layers = ()


# Flatten


def test_flatten_is_row_major_and_undone_by_backward():
    x = np.arange(24.0).reshape(2, 1, 3, 4)
    y, backward = Flatten().apply({}, x)
    assert np.array_equal(y, np.arange(24.0).reshape(2, 12))
    dx, dparams = backward(y)
    assert np.array_equal(dx, x)
    assert dparams == {}


def test_flatten_returns_no_view():
    x = np.zeros((2, 1, 2, 2))
    y, backward = Flatten().apply({}, x)
    dx, _ = backward(y)
    assert not np.shares_memory(x, y)
    assert not np.shares_memory(y, dx)


def test_flatten_refuses_a_single_axis():
    with pytest.raises(ShapeError, match=r"flatten: x has shape \(5,\); wanted \(n, \.\.\.\)"):
        Flatten().apply({}, np.zeros(5))


# Sequential


@dataclass(frozen=True)
class Probe:
    """A layer of one scale `w` that notes whether it was asked for its input gradient."""

    asked: list
    takes = None

    def gives(self, size):
        return size

    def init(self, rng, dtype=np.float64):
        return {"w": rng.standard_normal(1).astype(dtype)}

    def apply(self, params, x, *, train=False, rng=None, need_dx=True):
        self.asked.append(need_dx)

        def backward(dy):
            dx = dy * params["w"] if need_dx else None
            return dx, {"w": (dy * x).sum(keepdims=True).reshape(1)}

        return x * params["w"], backward


def test_first_layer_with_parameters_computes_no_input_gradient(rng):
    asked = []
    model = Sequential(Flatten(), Probe(asked), Probe(asked), Probe(asked))
    y, backward = model.apply(model.init(rng), np.ones((2, 1, 2, 2)))
    dx, grads = backward(np.ones_like(y))
    assert asked == [False, True, True]
    assert dx is None
    assert [sorted(g) for g in grads] == [[], ["w"], ["w"], ["w"]]


def test_input_gradient_is_there_when_wanted(rng):
    asked = []
    model = Sequential(Flatten(), Probe(asked), Probe(asked))
    params = model.init(rng)
    y, backward = model.apply(params, np.ones((2, 1, 2, 2)), need_dx=True)
    dx, _ = backward(np.ones_like(y))
    assert asked == [True, True]
    assert np.allclose(dx, params[1]["w"] * params[2]["w"], rtol=1e-15)
    assert dx.shape == (2, 1, 2, 2)


def test_two_affine_layers_follow_the_chain_rule(rng):
    model = Sequential(Affine(3, 4), Affine(4, 2))
    params = map_arrays(lambda p: p + rng.standard_normal(p.shape), model.init(rng))
    x, ds = rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    y, backward = model.apply(params, x, need_dx=True)
    dx, grads = backward(ds)
    first, second = params
    hidden = x @ first["w"].T + first["b"]
    assert np.allclose(y, hidden @ second["w"].T + second["b"], rtol=1e-13)
    assert np.allclose(grads[1]["w"], ds.T @ hidden, rtol=1e-13)
    assert np.allclose(grads[0]["w"], (ds @ second["w"]).T @ x, rtol=1e-13)
    assert np.allclose(dx, ds @ second["w"] @ first["w"], rtol=1e-13)


def test_two_forwards_before_two_backwards(rng):
    model = softmax_regression(4, 3)
    params = model.init(rng)
    x1, x2 = rng.standard_normal((2, 5, 4))
    ds = rng.standard_normal((5, 3))
    _, alone = model.apply(params, x1)
    wanted = alone(ds)[1][1]["w"]
    _, first = model.apply(params, x1)
    _, second = model.apply(params, x2)
    second(ds)
    assert np.array_equal(first(ds)[1][1]["w"], wanted)


def test_model_without_parameters_has_empty_gradients():
    y, backward = Sequential(Flatten()).apply(({},), np.ones((2, 1, 2, 2)))
    assert backward(y) == (None, ({},))


def test_sizes_that_do_not_chain_name_both_layers():
    message = (
        r"layer 2, Affine\(d=12, k=3\), takes 12 features, "
        r"but layer 1, Affine\(d=64, k=10\), gives 10"
    )
    with pytest.raises(ShapeError, match=message):
        Sequential(Flatten(), Affine(64, 10), Affine(12, 3))


def test_sizes_are_followed_through_layers_that_keep_them():
    with pytest.raises(
        ShapeError, match=r"layer 2, .* takes 12 features, but layer 1, .*, gives 10"
    ):
        Sequential(Affine(64, 10), Probe([]), Affine(12, 3))


def test_a_sequential_inside_is_spliced():
    inner = Sequential(Flatten(), Affine(4, 3))
    model = Sequential(inner, Affine(3, 2))
    assert model == Sequential(Flatten(), Affine(4, 3), Affine(3, 2))
    assert repr(model) == "Sequential(Flatten(), Affine(d=4, k=3), Affine(d=3, k=2))"


def test_what_is_no_layer_is_refused():
    with pytest.raises(ValueError, match="Sequential: no layers"):
        Sequential()
    with pytest.raises(TypeError, match=r"Sequential: layer 0 is <class .*Flatten'>; wanted one"):
        Sequential(Flatten, Affine(4, 3))
    with pytest.raises(TypeError, match="Sequential: layer 1 is 10; wanted one"):
        Sequential(Affine(4, 3), 10)


def test_parameters_of_another_model_are_refused(rng):
    params = Affine(4, 3).init(rng)
    with pytest.raises(ValueError, match="params has 1 entries; wanted one per layer"):
        softmax_regression(4, 3).apply((params,), np.ones((1, 4)))


# parameters


def test_names_are_layer_number_and_letter(rng):
    params = softmax_regression(4, 3).init(rng)
    assert [name for name, _ in named_arrays(params)] == ["1.w", "1.b"]


def test_trees_of_different_length_are_refused():
    with pytest.raises(ValueError, match="zip"):
        map_arrays(lambda p, q: p, ({},), ({}, {}))
