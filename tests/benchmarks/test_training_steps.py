"""benchmarks/training_steps.py: all contenders make the same step, and another one is refused."""

import numpy as np
import pytest


@pytest.fixture
def course_steps(benchmark):
    return benchmark("course_steps")


@pytest.fixture
def training_steps(benchmark):
    return benchmark("training_steps")


def course(course_steps, name):
    (found,) = (each for each in course_steps.MODELS if each.name == name)
    return found


@pytest.mark.parametrize("name", ["softmax_regression", "mlp", "digits_cnn", "lenet5"])
def test_the_ops_alone_make_the_same_step(course_steps, training_steps, name):
    task = course_steps.start(course(course_steps, name))
    contenders = {
        "cnnmath": course_steps.with_cnnmath(task),
        "ops": training_steps.with_ops(task),
    }
    course_steps.check_agreement(contenders, task.arrays)


@pytest.mark.parametrize("name", ["softmax_regression", "mlp", "digits_cnn", "lenet5"])
def test_torch_makes_the_same_step(course_steps, training_steps, name):
    pytest.importorskip("torch")
    task = course_steps.start(course(course_steps, name))
    contenders = {
        "cnnmath": course_steps.with_cnnmath(task),
        "modules": training_steps.with_torch_modules(task, threads=1),
        "functions": training_steps.with_torch_functions(task),
    }
    course_steps.check_agreement(contenders, task.arrays)


def test_scikit_learn_makes_the_same_step(course_steps, training_steps):
    pytest.importorskip("sklearn")
    task = course_steps.start(course(course_steps, "softmax_regression"))
    contenders = {
        "cnnmath": course_steps.with_cnnmath(task),
        "scikit-learn": training_steps.with_scikit_learn(task),
    }
    course_steps.check_agreement(contenders, task.arrays)


WRONG = {
    "rate": lambda task: task._replace(rate=task.rate * 1.001),
    "sign": lambda task: task._replace(rate=-task.rate),
    "momentum": lambda task: task._replace(momentum=0.899),
    "batches": lambda task: task._replace(t=[1 + 0 * t for t in task.t]),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_another_step_is_refused(course_steps, training_steps, change):
    task = course_steps.start(course(course_steps, "mlp"))
    contenders = {
        "cnnmath": course_steps.with_cnnmath(task),
        "peer": training_steps.with_ops(change(task)),
    }
    with pytest.raises(RuntimeError, match="peer makes another step: parameter 0, float32"):
        course_steps.check_agreement(contenders, task.arrays)


def test_one_wrong_bias_is_refused(course_steps, training_steps):
    task = course_steps.start(course(course_steps, "mlp"))
    good = training_steps.with_ops(task)

    def arrays():
        *others, last = good.arrays()
        return [*others, last + np.float32(1e-3)]

    contenders = {
        "cnnmath": course_steps.with_cnnmath(task),
        "peer": course_steps.Contender(good.step, arrays),
    }
    with pytest.raises(RuntimeError, match=r"parameter 3, float32 \(10,\), is off by"):
        course_steps.check_agreement(contenders, task.arrays)


def test_another_dtype_is_refused(course_steps, training_steps):
    task = course_steps.start(course(course_steps, "softmax_regression"))
    good = training_steps.with_ops(task)
    contenders = {
        "cnnmath": course_steps.with_cnnmath(task),
        "peer": course_steps.Contender(good.step, lambda: [a.astype(float) for a in good.arrays()]),
    }
    with pytest.raises(RuntimeError, match="peer makes another step: parameter 0, float64"):
        course_steps.check_agreement(contenders, task.arrays)


def test_the_start_is_that_of_every_contender(course_steps, training_steps):
    """A step of one changes neither the start nor the others."""
    task = course_steps.start(course(course_steps, "mlp"))
    begin = [a.copy() for a in task.arrays]
    for contender in (course_steps.with_cnnmath(task), training_steps.with_ops(task)):
        contender.step(0)
        assert not np.array_equal(contender.arrays()[0], begin[0])
    assert all(np.array_equal(a, b) for a, b in zip(task.arrays, begin, strict=True))


@pytest.mark.parametrize("name", ["digits_cnn", "lenet5"])
def test_relu_sees_no_exact_zeros_at_the_start(course_steps, name):
    """Where the image is empty, the first convolution gives its bias."""
    task = course_steps.start(course(course_steps, name))
    assert np.abs(task.arrays[1]).min() > 0


def test_batches(course_steps):
    x, t = course_steps.batches(enlarged=False)
    large, same = course_steps.batches(enlarged=True)
    assert {a.shape for a in x} == {(64, 1, 8, 8)}
    assert {a.shape for a in large} == {(64, 1, 28, 28)}
    assert {a.dtype for a in x + large} == {np.dtype(np.float32)}
    assert all(np.array_equal(a, b) for a, b in zip(t, same, strict=True))
    assert np.array_equal(large[0][:, :, 2:26:3, 2:26:3], x[0])
    assert large[0].sum(dtype=float) == pytest.approx(9 * x[0].sum(dtype=float))


def test_a_model_is_measured(course_steps, training_steps, monkeypatch):
    pytest.importorskip("torch")
    pytest.importorskip("sklearn")
    monkeypatch.setattr("side_by_side.SHORTEST", 1e-6)
    found = training_steps.measured(course(course_steps, "softmax_regression"), threads=1, rounds=2)
    assert found["parameters"] == 650
    assert found["optimiser"] == "SGD(rate=0.5, momentum=0.0)"
    assert [row["name"] for row in found["rows"]] == [
        "cnnmath",
        "cnnmath, ops alone",
        "torch, nn + optim",
        "torch, functions",
        "scikit-learn, MLP",
    ]
