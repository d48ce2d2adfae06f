"""benchmarks/rivals.py: a rival that computes something else is refused, one that is not there is named."""

import collections.abc
import importlib.util

import numpy as np
import pytest

from cnnmath import affine, conv2d, cross_entropy

RESULTS = ("z", "dx", "dw", "db")


@pytest.fixture
def rivals(benchmark):
    return benchmark("rivals")


@pytest.fixture
def packages(benchmark):
    return benchmark("rival_packages")


@pytest.fixture
def shape(benchmark):
    return benchmark("conv2d").Shape("small", (2, 3, 7, 6), (4, 3, 3, 2), 1, 1)


def with_ops(packages, change=lambda grads: grads):
    """A rival made of our ops; a tensor of it is (value, pull)."""

    def evaluate(function, arrays):
        value, pull = function(*arrays)
        return value, lambda upstream: change(list(pull(upstream)))

    def of_scores(s, t):
        scores, pull = s
        value, backward = cross_entropy(scores, t)
        return value, lambda upstream: pull(*backward(upstream))[1:]  # without dx

    return packages.Tensors(
        evaluate,
        constant=lambda x: x,
        affine=affine,
        relu=None,
        cross_entropy=of_scores,
        conv2d=lambda x, w, b, shape: conv2d(x, w, b, stride=shape.stride, padding=shape.padding),
        max_pool2d=None,
    )


def fake(packages, name="fake", **changes):
    return packages.Rival(name, "json", "our ops", lambda: with_ops(packages), **changes)


def test_a_rival_that_agrees_is_measured(rivals, packages, shape, monkeypatch):
    monkeypatch.setattr("side_by_side.SHORTEST", 1e-6)
    found = rivals.measured_shape(shape, {"fake": with_ops(packages)}, rounds=2)
    assert found["left_out"] == found["notes"] == {}
    for timed in found["timings"].values():
        assert [row["name"] for row in timed["rows"]] == ["cnnmath", "fake"]


WRONG = {
    "sign": lambda grads: [-grads[0], *grads[1:]],
    "factor": lambda grads: [grads[0] * np.float32(1.001), *grads[1:]],
    "nan": lambda grads: [grads[0] * np.float32("nan"), *grads[1:]],
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_wrong_rival_is_refused_and_not_measured(rivals, packages, shape, monkeypatch, change):
    monkeypatch.setattr("side_by_side.SHORTEST", 1e-6)
    tools = {"wrong": with_ops(packages, change), "good": with_ops(packages)}
    found = rivals.measured_shape(shape, tools, rounds=2)
    assert found["left_out"]["wrong"].startswith("refused: dx is off by ")
    for timed in found["timings"].values():
        assert [row["name"] for row in timed["rows"]] == ["cnnmath", "good"]


@pytest.mark.parametrize("k", range(4), ids=RESULTS)
def test_every_result_is_compared(rivals, k):
    rng = np.random.default_rng(0)
    ours = [rng.standard_normal((2, 3), np.float32) for _ in RESULTS]
    theirs = [a.copy() for a in ours]
    assert rivals.agreeing(ours, theirs) is theirs
    theirs[k][1, 2] += 1
    with pytest.raises(rivals.Refused, match=f"^{RESULTS[k]} is off by"):
        rivals.agreeing(ours, theirs)
    theirs[k] = theirs[k][:, :2]
    with pytest.raises(rivals.Refused, match=rf"^{RESULTS[k]} has shape \(2, 2\), ours \(2, 3\)"):
        rivals.agreeing(ours, theirs)


def test_a_rival_that_cannot_says_why(rivals, packages, shape):
    def missing(x, w, b, shape):
        raise NotImplementedError("no stride\nmore")

    tool = with_ops(packages)._replace(conv2d=missing)
    found = rivals.measured_shape(shape, {"fake": tool}, rounds=2)
    assert found["left_out"] == {"fake": "NotImplementedError: no stride"}
    assert packages.first_line(AssertionError()) == "AssertionError"


def test_a_rival_beyond_patience_is_left_at_one_reading(rivals, packages, shape, monkeypatch):
    monkeypatch.setattr(rivals, "PATIENCE", 0.0)
    found = rivals.measured_shape(shape, {"fake": with_ops(packages)}, rounds=2)
    assert "in the one call of the comparison; no further ones" in found["left_out"]["fake"]
    assert rivals.too_slow(20.0, 0.25).startswith("forward and backward took 20.0 s, 80 times ours")


def test_results_in_float64_are_noted(rivals):
    single, double = np.ones(2, np.float32), np.ones(2)
    noted = rivals.in_other_dtypes("fake", [single, double, single, double])
    assert noted == {"fake": "dx in float64, db in float64"}
    assert rivals.in_other_dtypes("fake", [single] * 4) == {}


def model(rivals, name):
    (found,) = (each for each in rivals.course_steps.MODELS if each.name == name)
    return found


def test_a_step_of_a_rival_is_measured_or_refused(rivals, packages, monkeypatch):
    monkeypatch.setattr("side_by_side.SHORTEST", 1e-6)
    tools = {
        "good": with_ops(packages),
        "wrong": with_ops(packages, lambda grads: [2 * g for g in grads]),
        "layers": packages.Layers(passes=None),
    }
    found = rivals.measured_model(model(rivals, "softmax_regression"), tools, rounds=2)
    assert [row["name"] for row in found["timings"]["step"]["rows"]] == ["cnnmath", "good"]
    assert found["left_out"]["wrong"].startswith("RuntimeError: wrong makes another step")
    assert found["left_out"]["layers"].endswith("layers without automatic gradients")


def test_a_layer_that_a_rival_has_not_is_named(rivals, packages):
    tool, pool = with_ops(packages), rivals.course_steps.MODELS[2].model
    from cnnmath import nn

    with pytest.raises(NotImplementedError, match="no max pooling"):
        [rivals.layer_function(tool, layer) for layer in pool(nn).layers]


def test_rivals_that_are_not_there_are_named(rivals, packages):
    def broken():
        raise AttributeError("no attribute 'float'\nmore")

    chosen = (
        fake(packages),
        fake(packages, "absent")._replace(module="no_such_package"),
        fake(packages, "old")._replace(build=broken),
    )
    tools, absent = rivals.all_loaded(chosen)
    assert list(tools) == ["fake"]
    assert absent == {
        "absent": "not installed",
        "old": "does not import: AttributeError: no attribute 'float'",
    }


def test_a_dropped_name_is_there_for_the_import_alone(packages):
    with packages.restored(("collections", "Hashable", collections.abc.Hashable)):
        assert collections.Hashable is collections.abc.Hashable
    assert not hasattr(collections, "Hashable")


def test_a_name_that_is_there_stays(packages):
    with packages.restored(("numpy", "float32", int)):
        assert np.float32 is not int
    assert np.float32(1).dtype == "float32"


def one(name, **ratios):
    rows = [{"name": "cnnmath", "cnnmath_time_over_this": 1.0, "median_us": 2000.0}]
    rows += [{"name": k, "cnnmath_time_over_this": 1 / v} for k, v in ratios.items()]
    return {"name": name, "timings": {"forward": {"rows": rows}}, "left_out": {}, "notes": {}}


def test_summary_takes_the_fastest_rival_of_each_shape(rivals):
    found = [one("a", mygrad=8.0, dezero=4.0), one("b", mygrad=1.0, dezero=3.0), one("c")]
    assert rivals.summary(found) == {
        "forward": {"count": 2, "geometric_mean": 2.0, "least": 1.0, "least_at": "b"}
    }
    text = rivals.closing(rivals.summary(found))
    assert "geometric mean 2.00 (the goal of 1.5), least 1.00 (the goal of 0.95)" in text
    slower = rivals.closing(rivals.summary([one("a", mygrad=0.5)]))
    assert "geometric mean 0.50 (not the goal of 1.5), least 0.50 (not the goal" in slower


def test_lines(rivals):
    found = one("a", mygrad=8.0)
    found.update(left_out={"dezero": "not this stride"}, notes={"mygrad": "dx in float64"})
    first, second, third = rivals.lines(found, ["mygrad", "dezero"]).splitlines()
    assert first.split() == ["a", "forward", "2.000", "8.00", "-"]
    assert second.strip() == "dezero: not this stride"
    assert third.strip() == "mygrad: dx in float64"


def test_heading_names_every_rival(rivals):
    listed = [
        {"name": "fake", "version": "1.0", "status": "measured", "way": "our ops"},
        {"name": "absent", "status": "not installed", "way": "our ops"},
    ]
    result = {"what": "what", "dtype": "float32", "threads": 1, "rivals": listed}
    text = rivals.heading(result)
    assert "fake         1.0      measured; our ops" in text
    assert "absent                not installed; our ops" in text
    assert text.splitlines()[-1].split()[-1] == "fake"  # a column for those that run


def test_a_rival_is_described_by_version_and_way(packages):
    rival = packages.Rival("NumPy", "numpy", "nothing", dict, gone=("numpy", "int", int))
    assert packages.described(rival) == {
        "name": "NumPy",
        "way": "nothing",
        "version": np.__version__,
        "while_importing": "numpy.int = int",
    }
    assert packages.described(rival._replace(module="no_such_package", gone=None)) == {
        "name": "NumPy",
        "way": "nothing",
    }


def test_the_rivals_that_are_installed_agree(rivals, packages):
    """Every one, where it is installed: `pip install -e ".[rivals]"`; CI does without."""
    shape = rivals.conv2d.Shape("small", (2, 3, 7, 7), (4, 3, 3, 3), 1, 1)
    arrays, dz = rivals.conv2d.drawn(shape)
    ours = rivals.conv2d.with_cnnmath(shape, arrays, dz)[1]()
    task = rivals.course_steps.start(model(rivals, "mlp"))
    for rival in packages.RIVALS:
        if importlib.util.find_spec(rival.module) is None:
            continue
        tool = packages.loaded(rival)
        forward, both = rivals.rival_passes(tool, shape, arrays, dz)
        results = rivals.agreeing(ours, both())
        assert np.allclose(forward(), results[0], rtol=0, atol=1e-4)
        if isinstance(tool, packages.Tensors):
            contenders = {
                "cnnmath": rivals.course_steps.with_cnnmath(task),
                rival.name: rivals.rival_contender(tool, task),
            }
            rivals.course_steps.check_agreement(contenders, task.arrays)
