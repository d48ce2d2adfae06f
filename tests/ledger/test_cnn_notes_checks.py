"""Checks of documents 000, 001 and 003 on convolution fail when what they check is broken."""

import inspect
from functools import partial
from itertools import product
from random import Random

import numpy as np
import pytest

from cnnmath.ledger import cnn_notes_checks as checks
from cnnmath.ledger import cnn_notes_counts as counts
from cnnmath.ledger import cnn_simulations as simulations
from cnnmath.ledger.cnn_notes import ROWS
from cnnmath.ledger.mlp_checks import drawn
from cnnmath.nn import (
    Affine,
    Conv2d,
    Fit,
    MeanPool2d,
    Sequential,
    fit,
    lenet5,
    parameter_counts,
)
from cnnmath.ops import ShapeError, conv2d, mean_pool2d, rot180
from cnnmath.proof.derivation import derive
from cnnmath.proof.evaluate import EXACT, Arrays, value
from cnnmath.proof.verdict import Level
from cnnmath.results import cnn_notes_statements as statements
from cnnmath.results.lookup import line


def without_biases(model):
    return tuple(sum(a["w"].size for a in [p] if p) for p in model.init(np.random.default_rng(0)))


def any_table(c, o, size, connect):
    """Every input map goes to every output map."""
    return Conv2d(c, o, size)


def one_kernel(c, o, size, connect):
    """The kernel of an input map is the same for all output maps."""

    class Shared(Conv2d):
        def apply(self, params, x, **options):
            w = np.stack([params["w"][-1]] * self.o)
            return super().apply({**params, "w": w}, x, **options)

    return Shared(c, o, size, connect=connect)


def unturned(x, k, mode="valid"):
    return checks.conv2d(x[None, None], k[None, None])[0][0, 0]


def doubled(x, w, b=None, **options):
    return conv2d(x, w + w, b, **options)


def half_backward(x, w, b=None, **options):
    z, pull = conv2d(x, w, b, **options)
    return z, lambda dz: (pull(dz)[0] - pull(dz)[0][..., ::-1, ::-1], None, None)


def always_the_first(address):
    return line("rotation_picture.x11#connections")


def keeps_channels(x, w):
    return x, None


class Mixed(MeanPool2d):
    def apply(self, params, x, **options):
        return super().apply(params, x + x[:, ::-1], **options)


class OneChannel(MeanPool2d):
    def apply(self, params, x, **options):
        return super().apply(params, x[:, :1], **options)


def padded(x, w, b=None, **options):
    return conv2d(x, w, b, padding=1)


def in_reverse(x, w, b=None, **options):
    return conv2d(x, w[::-1], b)


def any_bias(x, w, b=None):
    try:
        return conv2d(x, w, b)
    except ShapeError:
        return conv2d(x, w)


class Growing:
    """Its parameters have the shape of the input."""

    def init(self, rng):
        return {"w": np.ones((1, 3, 3, 3)), "b": np.ones(3)}

    def apply(self, params, x):
        return x, lambda dz: (None, {"w": x, "b": x})


def rounding_up(model, start):
    (layer,) = model.layers
    (p, _), (s, _) = (np.broadcast_to(n, 2) for n in (layer.padding, layer.stride))
    side = -((layer.size - start[1] - 2 * p) // s) + 1
    return [start, (layer.o, side, side)]


def eleven_classes(maps):
    return Sequential(*counts_lenet_like(maps).layers[:-1], Affine(84, 11))


def only_convolutions(maps):
    return Sequential(*counts_lenet_like(maps).layers[:6])


counts_lenet_like, counts_counts = counts.lenet_like, counts.counts


def overlapping(x, f):
    return mean_pool2d(x, f, stride=1)


def untrained(model, x, t, *, rng, **settings):
    return Fit(model.init(rng), [], None)


def always_decaying(model, x, t, **settings):
    return fit(model, x, t, l2=0.1, **settings)


def other_labels(angle, n, rng):
    x, t = REAL_LABELLED(angle, n, rng)
    return x, rng.permutation(t)


REAL_LABELLED = simulations.labelled

BROKEN = [
    (checks.connections_and_weights, "parameter_counts", without_biases),
    (checks.connections_and_weights, "Conv2d", lambda c, o, size: Conv2d(c, o + 1, size)),
    (checks.maps_selected, "Conv2d", any_table),
    (checks.maps_selected, "Conv2d", one_kernel),
    (checks.maps_selected, "conv2", unturned),
    (checks.picture_as_dense_layer, "rot180", lambda w: w),
    (checks.picture_as_dense_layer, "conv2d", doubled),
    (checks.picture_as_dense_layer, "conv2d", half_backward),
    (checks.picture_as_dense_layer, "conv2", unturned),
    (checks.picture_as_dense_layer, "line", always_the_first),
    (checks.channels_are_filters, "conv2d", keeps_channels),
    (checks.pooling_is_not_learnt, "parameter_counts", lambda model: (1,)),
    (checks.pooling_is_not_learnt, "POOLS", (Mixed,)),
    (checks.pooling_is_not_learnt, "POOLS", (OneChannel,)),
    (checks.edges_by_sign, "VERTICAL", abs(checks.VERTICAL)),
    (checks.edges_by_sign, "VERTICAL", checks.VERTICAL.T.copy()),
    (checks.edges_by_sign, "VERTICAL", checks.fractions([3, 0, 0], [0, 0, 0], [0, 0, -3])),
    (checks.depth_of_a_filter, "fits", lambda x, w: True),
    (checks.depth_of_a_filter, "conv2d", padded),
    (checks.stacked_outputs, "conv2d", in_reverse),
    (checks.stacked_outputs, "conv2d", padded),
    (checks.one_bias_per_filter, "conv2d", any_bias),
    (checks.one_bias_per_filter, "conv2d", lambda x, w, b=None: conv2d(x, w)),
    (checks.one_bias_per_filter, "Conv2d", lambda c, o, f: Conv2d(c, o + 1, f)),
    (counts.parameters_and_sizes, "parameter_counts", without_biases),
    (counts.parameters_and_sizes, "shapes", rounding_up),
    (counts.parameters_ignore_height_and_width, "Conv2d", lambda c, o, f: Growing()),
    (
        counts.pure_conv_net,
        "Conv2d",
        lambda c, o, f, stride=1: Conv2d(c, o, f, stride=stride, padding=int(f == 3)),
    ),
    (counts.gradients_above_and_below, "mean_pool2d", overlapping),
    (counts.lenet_like_sizes, "lenet_like", lambda maps: counts_lenet_like(maps + 1)),
    (counts.lenet_like_sizes, "lenet_like", eleven_classes),
    (counts.dense_counts, "lenet_like", eleven_classes),
    (counts.conv_counts, "lenet_like", lambda maps: lenet5()),
    (counts.where_the_parameters_are, "lenet_like", only_convolutions),
    (counts.where_the_parameters_are, "counts", lambda model, kind: (1,)),
    (counts.layers_shrink, "LAYERS", counts.STEPS),
    (counts.fully_connected_weights, "Affine", lambda d, k: Affine(d + 1, k)),
    (counts.fully_connected_weights, "IMAGE", (3, 28, 28)),
    (counts.six_filters, "IMAGE", (1, 32, 32)),
    (counts.six_filters, "parameter_counts", without_biases),
    (counts.sharing_and_sparsity, "connections", lambda layer, size: (0, 1)),
    (counts.sharing_and_sparsity, "IMAGE", (3, 28, 28)),
    (simulations.filter_from_answers, "fit", untrained),
    (simulations.filter_from_answers, "fit", always_decaying),
    (simulations.edges_at_any_angle, "fit", untrained),
    (simulations.edges_at_any_angle, "labelled", other_labels),
    (simulations.edges_at_any_angle, "learnt_detector", lambda angle, seed: (1.0, 90.0)),
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


# ------------------------------------------------------------------------------------ what they stand on


def test_conv2_is_the_convolution_of_its_definition():
    rng = Random(0)
    for rows, columns, p, q in product((2, 3), (2, 4), (1, 2), (1, 2)):
        x, k = drawn((rows, columns), rng), drawn((p, q), rng)
        full = np.zeros((rows + p - 1, columns + q - 1), int).astype(object)
        for a, b, c, d in product(range(rows), range(columns), range(p), range(q)):
            full[a + c, b + d] = full[a + c, b + d] + x[a, b] * k[c, d]
        assert (checks.conv2(x, k, "full") == full).all()
        assert (checks.conv2(x, k) == full[p - 1 : rows, q - 1 : columns]).all()


DERIVATIONS = [f for _, f in inspect.getmembers(statements, inspect.isfunction)]


@pytest.mark.parametrize("derivation", DERIVATIONS, ids=lambda each: each.__name__)
def test_every_line_of_the_statements_is_proven(derivation):
    lines = derive(derivation.__name__, derivation).lines.values()
    levels = {each.verdict.level for each in lines if not each.address.endswith("#definition")}
    assert levels == {Level.PROVED}


def arrays(sizes, **tensors):
    return Arrays(sizes, {name: array.__getitem__ for name, array in tensors.items()}, EXACT)


def test_products_over_three_dimensions_are_what_conv2d_computes():
    rng, D = Random(0), derive("activated_layer", statements.activated_layer)
    x, w = drawn((2, 3, 4), rng), drawn((3, 2, 2, 2), rng)
    sizes = {"C": 2, "O": 3, "I": 2, "J": 3, "P": 2, "Q": 2}
    products, (found, _) = D.definitions["products"], conv2d(x[None], w)
    for o, i, j in np.ndindex(3, 2, 3):
        at = arrays({**sizes, "o": o, "i": i, "j": j}, x=x, w=w)
        assert value(products.body, at) == found[0, o, i, j]


def test_the_sum_over_chosen_maps_is_what_the_layer_computes():
    rng, D = Random(0), derive("selected_maps", statements.selected_maps)
    layer = Conv2d(3, 4, 2, connect=checks.TABLE)
    x, k, b = drawn((3, 3, 4), rng), drawn(layer.shape, rng), drawn((4,), rng)
    found, _ = layer.apply({"w": rot180(k), "b": b}, x[None])
    chosen = layer.mask[..., 0, 0].astype(int).astype(object)
    sizes = {"M": 4, "C": 3, "I": 2, "J": 3, "P": 2, "Q": 2}
    for m, i, j in np.ndindex(4, 2, 3):
        at = arrays({**sizes, "m": m, "i": i, "j": j}, x=x, k=k, b=b, chosen=chosen)
        assert value(D.definitions["z"].body, at) == found[0, m, i, j]


def test_tables_are_counted_from_the_layers():
    model = counts.lenet_like(6)
    assert counts.shapes(model, counts.IMAGE)[1] == (6, 28, 28)
    assert counts_counts(model, Conv2d) == (456, 2416) == tuple(parameter_counts(model)[:4:3])
    assert counts.grows([3, 5, 5, 2]) == ["3 to 5"]


# -------------------------------------------------------------------------------------------- simulations


def test_edges_run_at_their_angle_with_the_bright_side_on_their_left():
    upwards, rightwards = simulations.edges(np.array([90.0, 0.0]), np.zeros(2))[:, 0]
    assert (upwards[:, :5] == 1).all() and (upwards[:, 6:] == 0).all()
    assert (rightwards[:5] == 1).all() and (rightwards[6:] == 0).all()
    slanted = simulations.edges(np.array([45.0]), np.zeros(1))[0, 0]
    assert np.allclose(np.diag(slanted[:, ::-1]), 0.5)  # it runs from lower left to upper right
    assert slanted[0, 0] == 1 and slanted[-1, -1] == 0


def test_half_of_the_images_have_the_edge():
    _, t = simulations.labelled(45.0, 400, np.random.default_rng(0))
    assert t.shape == (400, 1) and 0.4 < t.mean() < 0.6


@pytest.mark.parametrize(("a", "b", "wanted"), [(10, 350, 20), (180, 0, 180), (45, 45, 0)])
def test_angles_go_round(a, b, wanted):
    assert simulations.between(a, b) == simulations.between(b, a) == wanted


def test_a_filter_for_one_angle_is_none_for_another(monkeypatch):
    learnt = partial(simulations.learnt_detector, 45.0)
    monkeypatch.setattr(simulations, "learnt_detector", lambda angle, seed: learnt(seed))
    assert simulations.edges_at_any_angle().evidence.startswith("73 degrees: ")
