"""Time of one training step of each course model: ours beside torch (and scikit-learn).

    python benchmarks/training_steps.py [--threads 1] [--rounds 100] [--save] [MODEL ...]

A step is forward, loss, backward and SGD update on a batch of 64 digits in float32, with rate and momentum
of the chapters and without penalty; for LeNet-5 the digits are enlarged to 28x28. "cnnmath" is
what `fit` does: it looks for NaN and infinity in output, loss and gradients, which the others do not, "ops
alone" neither. All start from the same weights and see the same batches; before the clock starts, their
first steps must be the same to 1e-4. Prints a table per model; --save writes results/training_steps.json.
"""

from typing import Any

import side_by_side
from course_steps import (
    BATCH,
    MODELS,
    Contender,
    Course,
    Task,
    check_agreement,
    momentum_update,
    start,
    unflat,
    with_cnnmath,
)


def main() -> None:
    chosen = side_by_side.options(__doc__, rounds=100, names=[each.name for each in MODELS])
    result = {
        "what": f"one training step, batch of {BATCH}: forward, loss, backward, SGD update",
        "dtype": "float32",
        "threads": chosen.threads,
        "machine": side_by_side.machine("numpy", "torch", "scikit-learn"),
        "models": [],
    }
    print(f"{result['what']}; {result['dtype']}, {chosen.threads} thread(s)")
    for course in side_by_side.among(MODELS, chosen.names):
        found = measured(course, chosen.threads, chosen.rounds)
        result["models"].append(found)
        print(f"\n{found['model']}, {found['optimiser']}")
        print(side_by_side.table(found["rows"]), flush=True)
    if chosen.save:
        side_by_side.write("training_steps.json", result)


def measured(course: Course, threads: int, rounds: int) -> dict[str, Any]:
    task = start(course)
    contenders = {
        "cnnmath": with_cnnmath(task),
        "cnnmath, ops alone": with_ops(task),
        "torch, nn + optim": with_torch_modules(task, threads),
        "torch, functions": with_torch_functions(task),
    }
    if course.name == "softmax_regression":
        contenders["scikit-learn, MLP"] = with_scikit_learn(task)
    check_agreement(contenders, task.arrays)
    steps = {name: contender.step for name, contender in contenders.items()}
    return {**described(course, task), **side_by_side.timed(steps, rounds)}


def described(course: Course, task: Task) -> dict[str, Any]:
    return {
        "name": course.name,
        "model": repr(task.model),
        "parameters": sum(a.size for a in task.arrays),
        "x": list(task.x[0].shape),
        "optimiser": f"SGD(rate={task.rate}, momentum={task.momentum})",
    }


def with_ops(task: Task) -> Contender:
    """The ops without layers, models and finiteness checks; the update in place."""
    from cnnmath.ops import affine, conv2d, cross_entropy, max_pool2d, relu

    ops = {
        "Affine": lambda layer, x, w, b, first: affine(x, w, b, need_dx=not first),
        "Conv2d": lambda layer, x, w, b, first: conv2d(
            x, w, b, stride=layer.stride, padding=layer.padding, need_dx=not first
        ),
        "Relu": lambda layer, x, first: relu(x),
        "MaxPool2d": lambda layer, x, first: max_pool2d(x, layer.size),
        "Flatten": lambda layer, x, first: (
            x.reshape(len(x), -1),
            lambda dy: (dy.reshape(x.shape),),
        ),
    }
    layers = list(task.model.layers)
    first = next(i for i, arrays in enumerate(task.params) if arrays)
    arrays = [a.copy() for a in task.arrays]
    params = [tuple(each.values()) for each in unflat(task.params, arrays)]
    update = momentum_update(task, arrays)

    def step(i: int) -> None:
        y, backwards = task.x[i % len(task.x)], []
        for k, (layer, own) in enumerate(zip(layers, params, strict=True)):
            y, backward = ops[type(layer).__name__](layer, y, *own, first=k == first)
            backwards.append(backward)
        _, backward = cross_entropy(y, task.t[i % len(task.t)])
        (dy,), grads = backward(1), []
        for backward in reversed(backwards[first:]):
            dy, *own = backward(dy)
            grads = own + grads
        update(grads)

    return Contender(step, lambda: arrays)


def with_torch_modules(task: Task, threads: int) -> Contender:
    """As torch's tutorials write it."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    modules = {
        "Affine": lambda layer: nn.Linear(layer.d, layer.k),
        "Conv2d": lambda layer: nn.Conv2d(
            layer.c, layer.o, layer.size, layer.stride, layer.padding
        ),
        "Relu": lambda layer: nn.ReLU(),
        "MaxPool2d": lambda layer: nn.MaxPool2d(layer.size),
        "Flatten": lambda layer: nn.Flatten(),
    }
    model = nn.Sequential(*(modules[type(layer).__name__](layer) for layer in task.model.layers))
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), task.arrays, strict=True):
            parameter.copy_(torch.tensor(array))
    loss = nn.CrossEntropyLoss()
    optimiser = torch.optim.SGD(model.parameters(), lr=task.rate, momentum=task.momentum)
    xs, ts = [torch.tensor(a) for a in task.x], [torch.tensor(a) for a in task.t]

    def step(i: int) -> None:
        optimiser.zero_grad()
        loss(model(xs[i % len(xs)]), ts[i % len(xs)]).backward()
        optimiser.step()

    return Contender(step, lambda: [p.detach().numpy() for p in model.parameters()])


def with_torch_functions(task: Task) -> Contender:
    """Eager torch at its leanest: functions, autograd.grad, update in place."""
    import torch
    from torch.nn import functional as F

    functions = {
        "Affine": lambda layer: F.linear,
        "Conv2d": lambda layer: lambda x, w, b: F.conv2d(x, w, b, layer.stride, layer.padding),
        "Relu": lambda layer: F.relu,
        "MaxPool2d": lambda layer: lambda x: F.max_pool2d(x, layer.size),
        "Flatten": lambda layer: lambda x: x.flatten(1),
    }
    leaves = [torch.tensor(a, requires_grad=True) for a in task.arrays]
    velocities = [torch.zeros_like(leaf) for leaf in leaves]
    owned = [tuple(each.values()) for each in unflat(task.params, leaves)]
    chain = [
        (functions[type(layer).__name__](layer), own)
        for layer, own in zip(task.model.layers, owned, strict=True)
    ]
    xs, ts = [torch.tensor(a) for a in task.x], [torch.tensor(a) for a in task.t]

    def step(i: int) -> None:
        y = xs[i % len(xs)]
        for function, own in chain:
            y = function(y, *own)
        grads = torch.autograd.grad(F.cross_entropy(y, ts[i % len(xs)]), leaves)
        with torch.no_grad():
            for p, v, g in zip(leaves, velocities, grads, strict=True):
                p.sub_(v.mul_(task.momentum).add_(g) if task.momentum else g, alpha=task.rate)

    return Contender(step, lambda: [leaf.detach().numpy() for leaf in leaves])


def with_scikit_learn(task: Task) -> Contender:
    """A multilayer perceptron without a hidden layer is softmax regression.

    partial_fit takes one step per batch, and validates its input each time.
    """
    import numpy as np
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        hidden_layer_sizes=(),
        solver="sgd",
        learning_rate_init=task.rate,
        momentum=task.momentum,
        alpha=0.0,
        batch_size=BATCH,
        shuffle=False,
    )
    x, (w, b) = [a.reshape(BATCH, -1) for a in task.x], task.arrays
    model.partial_fit(x[0], task.t[0], classes=np.arange(10))
    model.coefs_[0][...], model.intercepts_[0][...] = w.T, b  # in place: its optimiser holds them

    def step(i: int) -> None:
        model.partial_fit(x[i % len(x)], task.t[i % len(x)])

    return Contender(step, lambda: [model.coefs_[0].T, model.intercepts_[0]])


if __name__ == "__main__":
    main()
