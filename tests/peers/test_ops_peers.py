"""Every op against torch: values and gradients on random configurations."""

import numpy as np
import pytest

from cnnmath.ops import OPS

torch = pytest.importorskip("torch", reason="peer: torch")
functional = torch.nn.functional

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}
each_dtype = pytest.mark.parametrize("dtype", TOLERANCE, ids=["float64", "float32"])
SIZES = [(1, 1, 1), (1, 4, 3), (5, 1, 2), (3, 2, 1), (6, 5, 4), (17, 10, 33)]  # n, k, d
SCALES = [1e-3, 1.0, 20.0]


def affine(n, k, d, draw):
    arrays = {"x": draw(n, d), "w": draw(k, d), "b": draw(k)}
    return arrays, {}, functional.linear


def softmax(n, k, d, draw):
    return {"s": draw(n, k)}, {}, lambda s: functional.softmax(s, dim=1)


def log_softmax(n, k, d, draw):
    return {"s": draw(n, k)}, {}, lambda s: functional.log_softmax(s, dim=1)


def cross_entropy(n, k, d, draw, *, soft=False, reduction="mean"):
    s, rng = draw(n, k), np.random.default_rng(n + k)
    t = rng.dirichlet(np.ones(k), n).astype(s.dtype) if soft else rng.integers(0, k, n)

    def peer(s):
        return functional.cross_entropy(s, torch.tensor(t), reduction=reduction)

    return {"s": s}, {"t": t}, peer


def l2_penalty(n, k, d, draw, *, strength=0.3):
    return {"w": draw(k, d)}, {"strength": strength}, lambda w: strength / 2 * w.square().sum()


def elementwise(peer):
    return lambda n, k, d, draw: ({"z": draw(n, d)}, {}, peer)


def squared_error(n, k, d, draw, *, reduction="mean"):
    y, t = draw(n, k), draw(n, k)
    share = 1 / n if reduction == "mean" else 1
    return {"y": y}, {"t": t}, lambda y: 0.5 * share * (y - torch.tensor(t)).square().sum()


def binary_cross_entropy(n, k, d, draw, *, reduction="mean"):
    z = draw(n, k)
    t = np.random.default_rng(n + k).random((n, k)).astype(z.dtype)
    share = 1 / n if reduction == "mean" else 1

    def peer(z):
        total = functional.binary_cross_entropy_with_logits(z, torch.tensor(t), reduction="sum")
        return total * share

    return {"z": z}, {"t": t}, peer


PEERS = {
    "relu": elementwise(torch.relu),
    "sigmoid": elementwise(torch.sigmoid),
    "tanh": elementwise(torch.tanh),
    "scaled_tanh": elementwise(lambda z: 1.7159 * torch.tanh(2 * z / 3)),
    "softplus": elementwise(lambda z: functional.softplus(z, threshold=1e6)),
    "squared_error": squared_error,
    "squared_error[sum]": lambda *a: squared_error(*a, reduction="sum"),
    "binary_cross_entropy": binary_cross_entropy,
    "binary_cross_entropy[sum]": lambda *a: binary_cross_entropy(*a, reduction="sum"),
    "affine": affine,
    "affine[no dx]": affine,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "cross_entropy": cross_entropy,
    "cross_entropy[sum]": lambda *a: cross_entropy(*a, reduction="sum"),
    "cross_entropy[probabilities]": lambda *a: cross_entropy(*a, soft=True),
    "cross_entropy[probabilities, sum]": lambda *a: cross_entropy(*a, soft=True, reduction="sum"),
    "l2_penalty": l2_penalty,
}
PATHS = [pytest.param(op, case, id=op.address(case)) for op in OPS for case in op.cases]


@each_dtype
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize(("op", "case"), PATHS)
def test_values_and_gradients_are_those_of_torch(op, case, sizes, scale, dtype):
    rng = np.random.default_rng(7)

    def draw(*shape):
        return (scale * rng.standard_normal(shape)).astype(dtype)

    arrays, constants, peer = PEERS[op.address(case)](*sizes, draw)
    value, backward = op.forward(**arrays, **constants, **case.options)
    upstream = np.asarray(rng.standard_normal(np.shape(value)).astype(dtype))
    gradients = backward(upstream)

    leaves = [torch.tensor(array, requires_grad=True) for array in arrays.values()]
    theirs = peer(*leaves)
    theirs.backward(torch.tensor(upstream))

    assert_close(value, theirs.detach().numpy(), dtype)
    for name, ours, leaf in zip(arrays, gradients, leaves, strict=True):
        if case.options.get(f"need_d{name}", True):
            assert_close(ours, leaf.grad.numpy(), dtype, beside=np.abs(upstream).max())
        else:
            assert ours is None


def assert_close(ours, theirs, dtype, beside=1e-30):
    """Relative to the largest entry, or to what a gradient is a multiple of: entries may cancel."""
    assert ours.dtype == theirs.dtype == dtype
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= TOLERANCE[dtype] * max(np.abs(theirs).max(), beside)


def test_the_comparison_can_fail():
    right = np.array([1.0, 2.0])
    assert_close(right, right + 1e-13, np.float64)
    with pytest.raises(AssertionError, match="assert"):
        assert_close(right, right + 1e-11, np.float64)


@each_dtype
def test_masked_classes_are_those_of_torch(dtype):
    s = np.array([[0.5, -np.inf, 2.0], [-np.inf, 1.0, -np.inf]], dtype)
    for op in (op for op in OPS if op.name in ("softmax", "log_softmax")):
        peer = getattr(functional, op.name)(torch.tensor(s), dim=1).numpy()
        kept = np.isfinite(s) if op.name == "log_softmax" else np.full(s.shape, True)
        assert np.abs(op.forward(s)[0][kept] - peer[kept]).max() <= TOLERANCE[dtype]
        assert np.array_equal(np.isinf(op.forward(s)[0]), np.isinf(peer))
    cross = next(op for op in OPS if op.name == "cross_entropy")
    leaf = torch.tensor(s, requires_grad=True)
    loss = functional.cross_entropy(leaf, torch.tensor([2, 1]))
    loss.backward()
    value, backward = cross.forward(s, np.array([2, 1]))
    assert_close(value, loss.detach().numpy(), dtype)
    assert np.abs(backward(1)[0] - leaf.grad.numpy()).max() <= TOLERANCE[dtype]
