"""Time of one training step of softmax regression: ours beside torch and scikit-learn.

    python benchmarks/softmax_step.py [--threads 1] [--rounds 200]

A step is forward, backward and SGD update on a batch of 64 digits (64, 1, 8, 8) in float32, without
penalty. "cnnmath" looks for NaN and infinity in output, loss and gradients, the peers do not. All
contenders run in one process, in turn, on the same batches with the same number of threads; before
the clock starts, all must have reached the same weights. Prints a table and writes
results/softmax_step.json.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RESULT = Path(__file__).parent / "results" / "softmax_step.json"
RATE, BATCH, STEPS_PER_ROUND = 0.5, 64, 20


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)  # read when NumPy and torch are imported, so now
    contenders = make_contenders(options.threads)
    check_agreement(contenders)
    times = interleaved(contenders, options.rounds)
    result = summary(times, options.threads, options.rounds)
    print(table(result))
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


Step = Callable[[int], None]  # takes the number of the batch
Contender = tuple[Step, Callable[[], Any]]  # and a function that returns w (k, d) as it stands


def make_contenders(threads: int) -> dict[str, Contender]:
    import numpy as np

    from cnnmath.data import load_digits
    from cnnmath.nn import softmax_regression

    digits = load_digits(np.float32)
    starts = range(0, len(digits.x_train) - BATCH + 1, BATCH)
    x = [digits.x_train[i : i + BATCH] for i in starts]
    t = [digits.t_train[i : i + BATCH] for i in starts]
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


def check_agreement(contenders: dict[str, Contender]) -> None:
    """The first 50 steps, which also warm up, must lead all contenders to the same weights."""
    import numpy as np

    for step, _ in contenders.values():
        for i in range(50):
            step(i)
    wanted = contenders["cnnmath"][1]()
    for name, (_, weights) in contenders.items():
        error = float(np.abs(weights() - wanted).max())
        if not (weights().dtype == np.float32 and error < 1e-5):
            raise RuntimeError(f"{name} trains something else: {weights().dtype}, w off by {error}")


def interleaved(contenders: dict[str, Contender], rounds: int) -> dict[str, list[float]]:
    """Microseconds per step and round; the order rotates from round to round."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for r in range(rounds):
        for name in names[r % len(names) :] + names[: r % len(names)]:
            step = contenders[name][0]
            start = time.perf_counter()
            for i in range(STEPS_PER_ROUND):
                step(i)
            times[name].append((time.perf_counter() - start) / STEPS_PER_ROUND * 1e6)
    return times


def summary(times: dict[str, list[float]], threads: int, rounds: int) -> dict[str, Any]:
    ours = times["cnnmath"]
    rows = []
    for name, theirs in times.items():
        low, median, high = statistics.quantiles(theirs, n=4)
        ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
        rows.append(
            {
                "name": name,
                "median_us": round(median, 1),
                "quartiles_us": [round(low, 1), round(high, 1)],
                "cnnmath_time_over_this": round(ratio, 3),
            }
        )
    return {
        "what": f"one step of softmax regression, {BATCH} digits, 64 -> 10: forward, backward, SGD",
        "dtype": "float32",
        "threads": threads,
        "rounds": rounds,
        "steps_per_round": STEPS_PER_ROUND,
        "machine": machine(),
        "rows": rows,
    }


def machine() -> dict[str, Any]:
    import numpy
    import sklearn
    import torch

    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "torch": torch.__version__,
        "scikit-learn": sklearn.__version__,
    }


def cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def table(result: dict[str, Any]) -> str:
    lines = [
        f"{result['what']}; {result['dtype']}, {result['threads']} thread(s), "
        f"{result['rounds']} rounds of {result['steps_per_round']} steps",
        f"{'':20} {'median us':>10} {'quartiles':>16} {'cnnmath / this':>15}",
    ]
    for row in result["rows"]:
        low, high = row["quartiles_us"]
        lines.append(
            f"{row['name']:20} {row['median_us']:10.1f} {f'{low:.1f}..{high:.1f}':>16} "
            f"{row['cnnmath_time_over_this']:15.2f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
