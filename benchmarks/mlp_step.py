"""Time of one training step of a multilayer perceptron: ours beside torch.

    python benchmarks/mlp_step.py [--threads 1] [--rounds 200]

A step is forward, backward and SGD update of mlp(64, 64, 10), relu, on a batch of 64 digits
(64, 1, 8, 8) in float32. "cnnmath" looks for NaN and infinity in output, loss and gradients, the
others do not. Clock, rounds and agreement before the start are those of side_by_side.py. Prints a
table and writes results/mlp_step.json.
"""

from typing import Any

import side_by_side
from side_by_side import BATCH, Contender

RATE = 0.2


def main() -> None:
    chosen = side_by_side.options(__doc__)
    what = f"one step of an MLP, {BATCH} digits, 64 -> 64 -> 10: forward, backward, SGD"
    contenders = make_contenders(chosen.threads)
    result = side_by_side.training(what, contenders, chosen, "numpy", "torch")
    print(side_by_side.table(result))
    side_by_side.write("mlp_step.json", result)


def make_contenders(threads: int) -> dict[str, Contender]:
    import numpy as np

    from cnnmath.nn import mlp

    x, t = side_by_side.digit_batches()
    model = mlp(64, 64, 10, initialise="he")
    params = model.init(np.random.default_rng(0), np.float32)
    arrays = [params[1]["w"], params[1]["b"], params[3]["w"], params[3]["b"]]
    return {
        "cnnmath": with_cnnmath(model, params, x, t),
        "cnnmath, ops alone": with_ops(arrays, x, t),
        "torch, nn + optim": with_torch_modules(arrays, x, t, threads),
        "torch, functions": with_torch_functions(arrays, x, t),
    }


def with_cnnmath(model: Any, params: Any, x: list, t: list) -> Contender:
    """Evaluation and update as in `fit`, which adds the choice of rows and a look at the result."""
    from cnnmath.nn import SGD, loss_and_gradient

    optimiser = SGD(RATE)
    state = optimiser.init(params)

    def step(i: int) -> None:
        nonlocal params, state
        _, grads = loss_and_gradient(model, params, x[i % len(x)], t[i % len(x)])
        params, state = optimiser.update(grads, state, params)

    return step, lambda: params[1]["w"]


def with_ops(arrays: list, x: list, t: list) -> Contender:
    """The ops without layers, models and finiteness checks."""
    from cnnmath.ops import affine, cross_entropy, relu

    w1, b1, w2, b2 = arrays

    def step(i: int) -> None:
        nonlocal w1, b1, w2, b2
        z, first_backward = affine(x[i % len(x)].reshape(BATCH, -1), w1, b1, need_dx=False)
        h, relu_backward = relu(z)
        s, second_backward = affine(h, w2, b2)
        _, loss_backward = cross_entropy(s, t[i % len(x)])
        dh, dw2, db2 = second_backward(*loss_backward(1))
        _, dw1, db1 = first_backward(*relu_backward(dh))
        w1, b1, w2, b2 = w1 - RATE * dw1, b1 - RATE * db1, w2 - RATE * dw2, b2 - RATE * db2

    return step, lambda: w1


def with_torch_modules(arrays: list, x: list, t: list, threads: int) -> Contender:
    """As torch's tutorials write it."""
    import torch

    torch.set_num_threads(threads)
    first, second = torch.nn.Linear(64, 64), torch.nn.Linear(64, 10)
    w1, b1, w2, b2 = (torch.tensor(a) for a in arrays)
    first.load_state_dict({"weight": w1, "bias": b1})
    second.load_state_dict({"weight": w2, "bias": b2})
    model = torch.nn.Sequential(torch.nn.Flatten(), first, torch.nn.ReLU(), second)
    loss = torch.nn.CrossEntropyLoss()
    optimiser = torch.optim.SGD(model.parameters(), lr=RATE)
    xs, ts = [torch.tensor(a) for a in x], [torch.tensor(a) for a in t]

    def step(i: int) -> None:
        optimiser.zero_grad()
        loss(model(xs[i % len(xs)]), ts[i % len(xs)]).backward()
        optimiser.step()

    return step, lambda: first.weight.detach().numpy()


def with_torch_functions(arrays: list, x: list, t: list) -> Contender:
    """Eager torch at its leanest: functions, autograd.grad, update in place."""
    import torch
    from torch.nn.functional import cross_entropy, linear, relu

    params = [torch.tensor(a, requires_grad=True) for a in arrays]
    w1, b1, w2, b2 = params
    xs, ts = [torch.tensor(a) for a in x], [torch.tensor(a) for a in t]

    def step(i: int) -> None:
        scores = linear(relu(linear(xs[i % len(xs)].flatten(1), w1, b1)), w2, b2)
        grads = torch.autograd.grad(cross_entropy(scores, ts[i % len(xs)]), params)
        with torch.no_grad():
            for p, g in zip(params, grads, strict=True):
                p.sub_(g, alpha=RATE)

    return step, lambda: w1.detach().numpy()


if __name__ == "__main__":
    main()
