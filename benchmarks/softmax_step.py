"""Time of one training step of softmax regression: ours beside torch and scikit-learn.

    python benchmarks/softmax_step.py [--threads 1] [--rounds 200]

A step is forward, backward and SGD update on a batch of 64 digits (64, 1, 8, 8) in float32, without
penalty. "cnnmath" looks for NaN and infinity in output, loss and gradients, the peers do not. All
contenders run in one process, in turn, on the same batches with the same number of threads; before
the clock starts, all must have reached the same weights. Prints a table and writes
results/softmax_step.json.
"""

from typing import Any

import side_by_side
from side_by_side import BATCH, Contender

RATE = 0.5


def main() -> None:
    chosen = side_by_side.options(__doc__)
    what = f"one step of softmax regression, {BATCH} digits, 64 -> 10: forward, backward, SGD"
    contenders = make_contenders(chosen.threads)
    packages = ("numpy", "torch", "scikit-learn")
    result = side_by_side.training(what, contenders, chosen, *packages)
    print(side_by_side.table(result))
    side_by_side.write("softmax_step.json", result)


def make_contenders(threads: int) -> dict[str, Contender]:
    import numpy as np

    from cnnmath.nn import softmax_regression

    x, t = side_by_side.digit_batches()
    params = softmax_regression().init(np.random.default_rng(0), np.float32)
    w, b = params[1]["w"], params[1]["b"]
    return {
        "cnnmath": with_cnnmath(params, x, t),
        "cnnmath, ops alone": with_ops(w, b, x, t),
        "torch, nn + optim": with_torch_modules(w, b, x, t, threads),
        "torch, functions": with_torch_functions(w, b, x, t),
        "scikit-learn, MLP": with_scikit_learn(w, b, x, t),
    }


def with_cnnmath(params: Any, x: list, t: list) -> Contender:
    """Evaluation and update as in `fit`, which adds the choice of rows and a look at the result."""
    from cnnmath.nn import SGD, loss_and_gradient, softmax_regression

    model, optimiser = softmax_regression(), SGD(RATE)
    state = optimiser.init(params)

    def step(i: int) -> None:
        nonlocal params, state
        _, grads = loss_and_gradient(model, params, x[i % len(x)], t[i % len(x)])
        params, state = optimiser.update(grads, state, params)

    return step, lambda: params[1]["w"]


def with_ops(w: Any, b: Any, x: list, t: list) -> Contender:
    """The ops without layers, models and finiteness checks."""
    from cnnmath.ops import affine, cross_entropy

    def step(i: int) -> None:
        nonlocal w, b
        batch = x[i % len(x)].reshape(BATCH, -1)
        s, affine_backward = affine(batch, w, b, need_dx=False)
        _, loss_backward = cross_entropy(s, t[i % len(x)])
        _, dw, db = affine_backward(*loss_backward(1))
        w, b = w - RATE * dw, b - RATE * db

    return step, lambda: w


def with_torch_modules(w: Any, b: Any, x: list, t: list, threads: int) -> Contender:
    """As torch's tutorials write it."""
    import torch

    torch.set_num_threads(threads)
    linear = torch.nn.Linear(64, 10)
    linear.load_state_dict({"weight": torch.tensor(w), "bias": torch.tensor(b)})
    model = torch.nn.Sequential(torch.nn.Flatten(), linear)
    loss = torch.nn.CrossEntropyLoss()
    optimiser = torch.optim.SGD(model.parameters(), lr=RATE)
    xs, ts = [torch.tensor(a) for a in x], [torch.tensor(a) for a in t]

    def step(i: int) -> None:
        optimiser.zero_grad()
        loss(model(xs[i % len(xs)]), ts[i % len(xs)]).backward()
        optimiser.step()

    return step, lambda: linear.weight.detach().numpy()


def with_torch_functions(w: Any, b: Any, x: list, t: list) -> Contender:
    """Eager torch at its leanest: functions, autograd.grad, update in place."""
    import torch
    from torch.nn.functional import cross_entropy, linear

    weight, bias = (torch.tensor(a, requires_grad=True) for a in (w, b))
    xs, ts = [torch.tensor(a) for a in x], [torch.tensor(a) for a in t]

    def step(i: int) -> None:
        value = cross_entropy(linear(xs[i % len(xs)].flatten(1), weight, bias), ts[i % len(xs)])
        dw, db = torch.autograd.grad(value, (weight, bias))
        with torch.no_grad():
            weight.sub_(dw, alpha=RATE)
            bias.sub_(db, alpha=RATE)

    return step, lambda: weight.detach().numpy()


def with_scikit_learn(w: Any, b: Any, x: list, t: list) -> Contender:
    """A multilayer perceptron without a hidden layer is softmax regression.

    partial_fit takes one step per batch, and validates its input each time.
    """
    import numpy as np
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        hidden_layer_sizes=(),
        solver="sgd",
        learning_rate_init=RATE,
        momentum=0.0,
        alpha=0.0,
        batch_size=BATCH,
        shuffle=False,
    )
    flat = [a.reshape(BATCH, -1) for a in x]
    model.partial_fit(flat[0], t[0], classes=np.arange(10))
    model.coefs_[0][...], model.intercepts_[0][...] = w.T, b  # in place: its optimiser holds them

    def step(i: int) -> None:
        model.partial_fit(flat[i % len(flat)], t[i % len(flat)])

    return step, lambda: model.coefs_[0].T


if __name__ == "__main__":
    main()
