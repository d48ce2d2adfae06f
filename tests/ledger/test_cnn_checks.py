"""Every check of 002 chapter 5 fails when what it checks is broken."""

import inspect

import numpy as np
import pytest

from cnnmath.ledger import cnn_checks as checks
from cnnmath.ledger import cnn_pool_checks as pooling
from cnnmath.ledger.cnn_zhang import ROWS
from cnnmath.nn import (
    Affine,
    Conv2d,
    Flatten,
    MaxPool2d,
    Relu,
    Sequential,
    SumPool2d,
    softmax_regression,
)
from cnnmath.ops import (
    conv2d,
    conv2d_output_size,
    flatten,
    max_pool2d,
    mean_pool2d,
    relu,
)
from cnnmath.proof.derivation import derive
from cnnmath.proof.verdict import Level
from cnnmath.results import cnn_statements as statements


def upside_down(images):
    return np.moveaxis(images[:, ::-1], 3, 1)


class AnyDepth(Conv2d):
    """Takes what it is given: the depth that is missing is filled up, the rest is cut off."""

    def apply(self, params, x, **options):
        filled = np.zeros((len(x), self.c, *x.shape[2:]))
        depth = min(self.c, x.shape[1])
        filled[:, :depth] = x[:, :depth]
        return super().apply(params, filled, **options)


class OneFilter(Conv2d):
    """Has the weights of one filter, however many it is to have."""

    @property
    def shape(self):
        return (1, *super().shape[1:])


class LocalConv2d(Conv2d):
    """Weights that are not shared over the places of the first row."""

    def init(self, rng, dtype=np.float64):
        params = super().init(rng, dtype)
        return {"w": np.concatenate([params["w"]] * 2), "b": params["b"]}


def counting_from_one(s, t):
    if ((t < 1) | (t > s.shape[1])).any():
        raise ValueError("labels are 1 .. K")


def deaf_flatten(x):
    y, pull = flatten(x)
    return 0 * y, pull


def flipped(x, w, b=None, **options):
    return conv2d(x, w[..., ::-1, ::-1].copy(), b, **options)


def blended(x, w, b=None, **options):
    """Each map gets a share of the next one."""
    z, pull = conv2d(x, w, b, **options)
    return z + np.roll(z, 1, axis=1), pull


def any_kernel(x, w, b=None, **options):
    """A kernel larger than the input is cut to its size."""
    return conv2d(x, w[:, :, : x.shape[2], : x.shape[3]], b, **options)


def half_seen(x, w, b=None, **options):
    """Backward leaves out the first row."""
    z, pull = conv2d(x, w, b, **options)

    def backward(dz):
        dx, dw, db = pull(dz)
        dx[:, :, 0] = 0
        return dx, dw, db

    return z, backward


def skipping(x, w, b=None, *, stride=1, **options):
    """Literally: so many positions are skipped."""
    return conv2d(x, w, b, stride=stride + 1, **options)


def padded_behind(x, w, b=None, *, padding=(0, 0), **options):
    """All of the padding after the last row and column."""
    (p1, p2) = padding if isinstance(padding, tuple) else (padding, padding)
    x = np.pad(x, ((0, 0), (0, 0), (0, 2 * p1), (0, 2 * p2)))
    return conv2d(x, w, b, **options)


def one_larger(size, kernel, **options):
    rows, columns = conv2d_output_size(size, kernel, **options)
    return rows + 1, columns


def over_the_depth(x, size, **options):
    """The maximum over the maps as well."""
    y, pull = max_pool2d(x, size, **options)
    return np.broadcast_to(y.max(axis=1, keepdims=True), y.shape).copy(), pull


def crosswise(x, size, **options):
    """Backward hands the gradients to the slices in the other order."""
    y, pull = max_pool2d(x, size, **options)
    return y, lambda dy: pull(dy[:, ::-1])


def one_too_many(x, size, *, stride=None):
    """Windows up to and with F, as printed in 5.20, cut at the border."""
    y, pull = max_pool2d(x, size, stride=stride)
    f1, f2 = size
    for i, j in np.ndindex(y.shape[2:]):
        window = x[:, :, i * stride : i * stride + f1 + 1, j * stride : j * stride + f2 + 1]
        y[:, :, i, j] = window.max(axis=(2, 3))
    return y, pull


def last_of_equals(x, size):
    """Ties go to the last."""
    y, pull = max_pool2d(x[..., ::-1].copy(), size)
    return y, lambda dy: (pull(dy)[0][..., ::-1],)


def leaky(x):
    return np.where(x > 0, x, 0.1 * x), None


def transposing(x):
    y, pull = relu(x)
    return y.swapaxes(2, 3), pull


class Learning(SumPool2d):
    def init(self, rng, dtype=np.float64):
        return {"w": np.ones(1, dtype)}


class Telling(SumPool2d):
    def apply(self, params, x, **options):
        y, pull = super().apply(params, x, **options)
        return y, lambda dy: (pull(dy)[0], {"w": dy.sum()})


def covering():
    """Its kernel is as large as the image: nothing is local, nothing shared."""
    return Sequential(Conv2d(1, 6, 28))


def one_pool():
    return Sequential(Conv2d(1, 16, 3, padding=1), Relu(), MaxPool2d(2), Flatten(), Affine(256, 10))


class WideAffine(Affine):
    """One weight too many per unit."""

    def __init__(self, d, k):
        super().__init__(d + 1, k)


BROKEN = [
    (checks.images_as_tensors, "depth_first", upside_down),
    (checks.images_as_tensors, "Conv2d", AnyDepth),
    (checks.labels_shifted_by_one, "cross_entropy", counting_from_one),
    (checks.labels_shifted_by_one, "cross_entropy", lambda s, t: 0.0),
    (checks.scores_in_one_place, "conv2d", lambda x, w, b: conv2d(x, w, b, padding=1)),
    (checks.scores_in_one_place, "flatten", deaf_flatten),
    (checks.scores_in_one_place, "lenet5", lambda: softmax_regression(28 * 28, 9)),
    (checks.only_the_shape_of_the_input, "conv2d", any_kernel),
    (checks.only_the_shape_of_the_input, "conv2d", half_seen),
    (checks.weights_for_cifar, "full_layer", lambda size, units: Affine(3 * 32 * 23, units)),
    (checks.weights_for_larger_images, "full_layer", lambda size, units: Affine(12_000, units)),
    (checks.weights_grow_with_the_area, "full_layer", lambda size, units: Affine(3, units)),
    (checks.weights_grow_with_the_area, "Affine", WideAffine),
    (checks.fewer_parameters, "Conv2d", LocalConv2d),
    (checks.fewer_parameters, "Affine", WideAffine),
    (checks.fewer_parameters, "lenet5", covering),
    (checks.four_axes, "conv2d", flipped),
    (checks.four_axes, "conv2d", blended),
    (checks.four_axes, "Conv2d", OneFilter),
    (checks.depth_is_the_number_of_filters, "conv2d", blended),
    (
        checks.depth_is_the_number_of_filters,
        "conv2d",
        lambda x, w, b, stride: conv2d(x, w[:1], b[:1], stride=stride),
    ),
    (checks.starts_of_the_windows, "conv2d", skipping),
    (checks.starts_of_the_windows, "conv2d", lambda x, w, stride: conv2d(x, w)),
    (checks.padding_is_a_border, "conv2d", padded_behind),
    (
        checks.padding_is_a_border,
        "conv2d",
        lambda x, w, b, stride, padding=0: conv2d(x, w, b, stride=stride),
    ),
    (pooling.slices_on_their_own, "POOLS", {"max": over_the_depth}),
    (pooling.slices_on_their_own, "POOLS", {"max": crosswise}),
    (pooling.slices_on_their_own, "POOLS", {"max": lambda x, p, stride: max_pool2d(x[:, :1], p)}),
    (pooling.pooling_saves_weights, "MaxPool2d", lambda size: MaxPool2d(size, 1)),
    (pooling.pooling_saves_weights, "digits_cnn", one_pool),
    (pooling.largest_of_each_window, "max_pool2d", one_too_many),
    (pooling.largest_of_each_window, "max_pool2d", mean_pool2d),
    (
        pooling.three_quarters_dropped,
        "max_pool2d",
        lambda x, size, stride: max_pool2d(x, 2, stride=1),
    ),
    (pooling.no_parameters, "SumPool2d", Learning),
    (pooling.no_parameters, "SumPool2d", Telling),
    (pooling.relu_entry_by_entry, "relu", leaky),
    (pooling.relu_entry_by_entry, "relu", transposing),
    (pooling.layers_one_inside_the_other, "relu", lambda z: (z, None)),
    (
        pooling.layers_one_inside_the_other,
        "max_pool2d",
        lambda x, size, stride: mean_pool2d(x, 2, stride=1),
    ),
    (pooling.larger_of_two_is_the_maximum, "max_pool2d", last_of_equals),
    (pooling.larger_of_two_is_the_maximum, "max_pool2d", mean_pool2d),
    (pooling.larger_of_two_is_the_maximum, "value", lambda z, arrays: 0),
]


@pytest.mark.parametrize(
    ("check", "what", "broken"), BROKEN, ids=lambda each: getattr(each, "__name__", "")
)
def test_check_fails_on_what_is_broken(check, what, broken, monkeypatch):
    monkeypatch.setattr(inspect.getmodule(check), what, broken)
    verdict = check()
    assert verdict.level is Level.REFUTED
    assert verdict.evidence  # says what was found


def test_every_check_is_among_them():
    assert {row.check for row in ROWS if row.check} == {check for check, *_ in BROKEN}


def test_the_loops_are_the_formula_on_a_number_by_hand():
    """X = (1 2; 3 4), W = (1; 10), b = 5: 1 + 30 + 5 and 2 + 40 + 5."""
    image = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1)
    maps = checks.by_loops(image, np.array([1.0, 10.0]).reshape(2, 1, 1, 1), [5.0])
    assert maps.ravel().tolist() == [36.0, 47.0]


def test_all_maps_have_all_orders_and_ties():
    maps = pooling.all_maps(1, 2)[:, 0, 0].tolist()
    assert sorted(maps) == [[a, b] for a in (0.0, 1.0, 2.0) for b in (0.0, 1.0, 2.0)]


STATEMENTS = [
    statements.whole_window,
    statements.unit_stride,
    statements.window_size,
    statements.kept_size,
    statements.larger_stride,
    statements.strided_layer,
    statements.strided_gradient,
    statements.connections,
    statements.relu_on_maps,
]


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda each: each.__name__)
def test_statements_of_the_rows_are_proven_by_rules(statement):
    D = derive(statement.__name__, statement)
    assert {line.verdict.level for line in D.lines.values()} <= {Level.DEFINED, Level.PROVED}
    named = {a for a in D.lines if any(a in f"{row.by} {row.gloss}" for row in ROWS)}
    assert named and all(D.lines[address].verdict.level is Level.PROVED for address in named)
