"""Every op against torch: values and gradients on random configurations."""

import numpy as np
import pytest

from cnnmath.ops import CONV2D, OPS
from cnnmath.proof.scripted import Scripted

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


WINDOWS = {  # the geometry of a windowed call, for each of the sizes above
    (1, 1, 1): "C=1 U=1 V=1 P=1 Q=1 S1=1 S2=1 G1=1 G2=1 Z1=0 Z2=0",
    (1, 4, 3): "C=3 U=7 V=8 P=3 Q=2 S1=2 S2=3 G1=1 G2=1 Z1=1 Z2=0",
    (5, 1, 2): "C=2 U=4 V=6 P=2 Q=3 S1=3 S2=1 G1=1 G2=2 Z1=0 Z2=1",
    (3, 2, 1): "C=1 U=9 V=7 P=3 Q=3 S1=2 S2=2 G1=2 G2=1 Z1=1 Z2=1",
    (6, 5, 4): "C=4 U=5 V=5 P=2 Q=2 S1=2 S2=2 G1=1 G2=1 Z1=0 Z2=0",
    (17, 10, 33): "C=6 U=6 V=9 P=4 Q=1 S1=1 S2=2 G1=1 G2=3 Z1=2 Z2=0",
}


def geometry(n, k, d, fixed=None):
    """The sizes of a windowed call, by name; with a kernel that is fixed the image is no smaller."""
    named = (each.split("=") for each in WINDOWS[n, k, d].split())
    sizes = {"N": n, **{name: int(value) for name, value in named}, **(fixed or {})}
    return sizes | {"U": max(sizes["U"], sizes["P"]), "V": max(sizes["V"], sizes["Q"])}


def pairs(sizes, *names):
    return [(sizes[rows], sizes[columns]) for rows, columns in names]


def images(n, k, d, draw):
    return draw(*(geometry(n, k, d)[name] for name in "NCUV"))


def conv2d(n, k, d, draw, *, bias=True, key=""):
    case = next(case for case in CONV2D.cases if case.key == key)
    sizes = geometry(n, k, d, case.fixed)
    stride, padding, dilation = pairs(sizes, ("S1", "S2"), ("Z1", "Z2"), ("G1", "G2"))
    x = draw(*(sizes[name] for name in "NCUV"))
    arrays = {"x": x, "w": draw(k, x.shape[1], *pairs(sizes, "PQ")[0])}
    arrays |= {"b": draw(k)} if bias else {}

    def peer(x, w, b=None):
        return functional.conv2d(x, w, b, stride=stride, padding=padding, dilation=dilation)

    return arrays, {}, peer


def pool(peer, **options):
    def windowed(n, k, d, draw):
        size, stride, padding = pairs(geometry(n, k, d), "PQ", ("S1", "S2"), ("Z1", "Z2"))
        return (
            {"x": images(n, k, d, draw)},
            {},
            lambda x: peer(x, size, stride=stride, padding=padding, **options),
        )

    return windowed


def subsample2d(n, k, d, draw, *, crop=False):
    """x of U x V blocks, with rows and columns left over if they are cropped."""
    sizes = geometry(n, k, d)
    (P, Q), maps = pairs(geometry(n, k, d), "PQ")[0], sizes["C"]
    rest = (P - 1, Q // 2) if crop else (0, 0)
    shape = (n, maps, P * sizes["U"] + rest[0], Q * sizes["V"] + rest[1])
    arrays = {"x": draw(*shape), "beta": draw(maps), "b": draw(maps)}

    def peer(x, beta, b):
        if crop:
            down = functional.avg_pool2d(x, (P, Q), divisor_override=1)
        else:
            down = x.unfold(2, P, P).unfold(3, Q, Q).sum(dim=(-2, -1))
        return beta[:, None, None] * down + b[:, None, None]

    return arrays, {}, peer


def upsample2d(n, k, d, draw):
    size = pairs(geometry(n, k, d), "PQ")[0]
    x = images(n, k, d, draw)
    ones = torch.ones(1, 1, *size, dtype=torch.tensor(x).dtype)
    return {"x": x}, {}, lambda x: torch.kron(x, ones)


def mix_maps(n, k, d, draw):
    x = images(n, k, d, draw)

    def peer(x, logits):
        return torch.einsum("oc,ncuv->nouv", functional.softmax(logits, dim=1), x)

    return {"x": x, "logits": draw(k, x.shape[1])}, {}, peer


def penalty(peer, *, mixture=False):
    def drawn(n, k, d, draw):
        a = draw(k, d)
        if mixture:
            a = abs(a) / abs(a).sum(axis=1, keepdims=True)
        return {"a": a}, {"strength": 0.3}, lambda a: 0.3 * peer(a)

    return drawn


def dropout(n, k, d, draw, *, keep=0.75):
    """With the mask that torch draws from this seed."""
    x = draw(n, d)

    def peer(x):
        torch.manual_seed(n + d)
        return functional.dropout(x, 1 - keep)

    mask = peer(torch.ones_like(torch.tensor(x))).numpy() != 0
    return {"x": x}, {"keep": keep, "rng": Scripted(mask, keep)}, peer


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
    "conv2d": conv2d,
    "conv2d[no bias]": lambda *a: conv2d(*a, bias=False),
    "conv2d[no dx]": conv2d,
    "conv2d[blocked]": conv2d,
    "conv2d[im2col]": conv2d,
    "conv2d[fft]": lambda *a: conv2d(*a, key="fft"),
    "conv2d[winograd]": lambda *a: conv2d(*a, key="winograd"),
    "max_pool2d": pool(functional.max_pool2d),
    "mean_pool2d": pool(functional.avg_pool2d, count_include_pad=True),
    "sum_pool2d": pool(functional.avg_pool2d, divisor_override=1),
    "flatten": lambda *a: ({"x": images(*a)}, {}, lambda x: torch.flatten(x, start_dim=1)),
    "subsample2d": subsample2d,
    "subsample2d[crop]": lambda *a: subsample2d(*a, crop=True),
    "upsample2d": upsample2d,
    "mix_maps": mix_maps,
    "dropout": dropout,
    "l1_penalty": penalty(lambda a: a.abs().sum()),
    "entropy_penalty": penalty(lambda a: -(a * a.log()).sum(), mixture=True),
    "impurity_penalty": penalty(lambda a: (1 - a.square().sum(dim=1)).sum()),
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
    value, backward = op.forward(
        **arrays, **constants, **case.settings(geometry(*sizes, case.fixed))
    )
    upstream = np.asarray(rng.standard_normal(np.shape(value)).astype(dtype))
    gradients = backward(upstream)

    leaves = [torch.tensor(array, requires_grad=True) for array in arrays.values()]
    theirs = peer(*leaves)
    theirs.backward(torch.tensor(upstream))

    assert_close(value, theirs.detach().numpy(), dtype)
    theirs = {name: leaf.grad.numpy() for name, leaf in zip(arrays, leaves, strict=True)}
    names = [name for name in op.axes if name in arrays or name in case.options]  # b=None
    for name, ours in zip(names, gradients, strict=True):
        if name in arrays and case.options.get(f"need_d{name}", True):
            assert_close(ours, theirs[name], dtype, beside=np.abs(upstream).max())
        else:
            assert ours is None


def assert_close(ours, theirs, dtype, beside=1e-30):
    """Relative to the largest entry, or to what a gradient is a multiple of: entries may cancel."""
    assert ours.dtype == theirs.dtype == dtype
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= TOLERANCE[dtype] * max(np.abs(theirs).max(), beside)


def test_every_code_path_has_a_peer():
    assert PEERS.keys() == {op.address(case) for op in OPS for case in op.cases}


def test_the_geometries_are_of_every_kind():
    """Borders, dilation, strides that leave rows over, windows that overlap and windows apart."""
    found = [geometry(*sizes) for sizes in SIZES]
    for axis, (size, kernel) in enumerate((("U", "P"), ("V", "Q")), start=1):
        stride, gap, border = f"S{axis}", f"G{axis}", f"Z{axis}"
        assert {g[border] > 0 for g in found} == {g[gap] > 1 for g in found} == {True, False}
        assert {np.sign(g[stride] - g[kernel]) for g in found} == {-1, 0, 1}
        over = [g[size] + 2 * g[border] - g[gap] * (g[kernel] - 1) - 1 for g in found]
        assert any(rows % g[stride] for rows, g in zip(over, found, strict=True))


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
