"""Algorithm 2 of 002, written out one sample at a time, against the package; it can fail."""

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

from cnnmath.data import batches, load_digits
from cnnmath.ledger.linear_softmax_checks import refuted
from cnnmath.ledger.linear_softmax_simulations import simulated
from cnnmath.ledger.mlp_checks import drawn, exact_params
from cnnmath.nn import SGD, Params, accuracy, fit, mlp, predict
from cnnmath.proof.verdict import Verdict

Layers = list[tuple[Any, Any]]  # (W, b) of every layer
NETS = ((2, 2, 2, 2), (3, 4, 2, 3), (1, 2, 3, 4))
SEED = 6  # some units are on in every layer, and some are off


def forward(layers: Layers, x: Any) -> tuple[list[Any], list[Any], Any]:
    """z and a of every hidden layer (a starts with the input), and the scores."""
    a, z = [x], []
    for w, b in layers[:-1]:
        z.append(w @ a[-1] + b)
        a.append(np.maximum(z[-1], 0))
    w, b = layers[-1]
    return z, a, w @ a[-1] + b


def backward(
    layers: Layers, z: Sequence[Any], a: Sequence[Any], ds: Any, *, slip: str = ""
) -> Layers:
    """The backward half of Algorithm 2, in its order: corrected, or with one of the printed slips."""
    last = layers[-1][0]
    grads = [(np.outer(ds, a[0] if slip == "x for a" else a[-1]), ds)]
    da = last.T @ ds
    for layer in range(len(layers) - 2, -1, -1):
        dz = np.where(z[layer] > 0, da, 0 * da)
        grads.append((np.outer(dz, a[layer]), dz))
        if layer:
            da = (last if slip == "W for W(l)" else layers[layer][0]).T @ dz
    return grads[::-1]


def score_gradient(s: Any, y: int) -> Any:
    """softmax(s) - e_y."""
    e = np.exp(s - s.max())
    p = e / e.sum()
    p[y] -= 1
    return p


def written_out(
    x: Any, t: Any, sizes: Sequence[int], epochs: int, size: int, rate: float, l2: float
) -> Layers:
    """Algorithm 2 with seed 0, one sample at a time; the penalty decays the weights alone."""
    rng = np.random.default_rng(0)
    layers = as_layers(mlp(*sizes).init(rng))
    for _ in range(epochs):
        for batch in batches(len(x), size, rng):
            total = [(l2 * w, np.zeros_like(b)) for w, b in layers]
            for i in batch:
                z, a, s = forward(layers, x[i])
                grads = backward(layers, z, a, score_gradient(s, t[i]))
                total = [
                    (dw + gw / len(batch), db + gb / len(batch))
                    for (dw, db), (gw, gb) in zip(total, grads, strict=True)
                ]
            layers = [
                (w - rate * dw, b - rate * db)
                for (w, b), (dw, db) in zip(layers, total, strict=True)
            ]
    return layers


def as_layers(params: Params) -> Layers:
    return [(layer["w"], layer["b"]) for layer in params if layer]


def flat(layers: Layers) -> list[Any]:
    return [array for layer in layers for array in layer]


def algorithm_2() -> Verdict:
    """Algorithm 2, corrected, in fractions against the package; then both train on the digits."""
    rng = Random(SEED)
    for sizes in NETS:
        params, x, ds = (
            exact_params(sizes, rng),
            drawn((1, sizes[0]), rng),
            drawn((1, sizes[-1]), rng),
        )
        layers, model = as_layers(params), mlp(*sizes)
        z, a, s = forward(layers, x[0])
        found, pull = model.apply(params, x)
        wanted = backward(layers, z, a, ds[0])
        got = as_layers(pull(ds)[1])
        same = all(map(np.array_equal, flat(got), flat(wanted)))
        if not same or not np.array_equal(found[0], s):
            return refuted(f"sizes {sizes}: the loop and the package differ")
    digits, epochs, size, rate, l2 = load_digits(np.float64), 10, 16, 0.5, 1e-4
    x, x_test = digits.x_train.reshape(-1, 64), digits.x_test.reshape(-1, 64)
    t, shape = digits.t_train, (64, 16, 10)
    loop = written_out(x, t, shape, epochs, size, rate, l2)
    run = fit(
        mlp(*shape),
        x,
        t,
        optimiser=SGD(rate),
        epochs=epochs,
        batch_size=size,
        rng=np.random.default_rng(0),
        l2=l2,
    )
    pairs = zip(flat(loop), flat(as_layers(run.params)), strict=True)
    off = max(abs(u - v).max() for u, v in pairs)
    share = accuracy(predict(mlp(*shape), run.params, x_test), digits.t_test)
    if off > 1e-9 or not 0.93 < share < 0.995:
        return refuted(f"fit is {off:.1e} off the loop; test accuracy {share:.3f}")
    return simulated(
        f"three-layer relu nets {', '.join(map(str, NETS))} in fractions: all gradients as in the loop; "
        f"seed 0, {epochs} passes over {len(x):,} digits, sizes {shape}: fit ends within 1e-9 of the loop; "
        f"test accuracy {share:.3f} (band 0.93 .. 0.995)"
    )
