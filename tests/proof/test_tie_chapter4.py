"""Wrong code of chapter 4's ops is rejected by the tie: subsampling, mixtures, penalties."""

import numpy as np
import pytest
from breaking import ANY, CONCLUSION, DIFF, VALUE, case_of, derive_each_op_once, rewritten

from cnnmath.ops import softmax
from cnnmath.proof.tie import Broken, tie


@pytest.fixture(autouse=True)
def derive_once(monkeypatch):
    derive_each_op_once(monkeypatch)


# ------------------------------------------------------------------------------ subsample2d


def blocks(x, size):
    """x as (n, c, i, p, j, q), rows that fill no block left out."""
    (P, Q), (n, c, u, v) = size, x.shape
    cut = x[:, :, : u // P * P, : v // Q * Q]
    return cut.reshape(n, c, u // P, P, v // Q, Q)


def copies(z, size):
    return z.repeat(size[0], axis=2).repeat(size[1], axis=3)


def scaled(z, beta):
    return z * beta[:, None, None]


def subsampling(
    down=lambda x, size: blocks(x, size).sum(axis=(3, 5)),
    up=copies,
    value=lambda d, beta, b: scaled(d, beta) + b[:, None, None],
    dbeta=lambda dz, d: (dz * d).sum(axis=(0, 2, 3)),
    db=lambda dz, beta: dz.sum(axis=(0, 2, 3)),
    factor=scaled,
    place=lambda U, rows: slice(0, rows),
):
    """subsample2d with one piece of it another one."""

    def forward(x, beta, b, size, *, crop=False):
        d = down(x, size)

        def backward(dz):
            whole = up(factor(dz, beta), size)
            dx = np.zeros(x.shape, x.dtype)
            rows, columns = (place(n, m) for n, m in zip(x.shape[2:], whole.shape[2:], strict=True))
            dx[:, :, rows, columns] = whole
            return dx, dbeta(dz, d), db(dz, beta)

        return value(d, beta, b), backward

    return forward


def mean_of_blocks(x, size):
    return blocks(x, size).sum(axis=(3, 5)) / (size[0] * size[1])


def first_of_blocks(x, size):
    return blocks(x, size)[:, :, :, 0, :, 0]


def rows_of_blocks_alone(x, size):
    return blocks(x, size)[:, :, :, :, :, 0].sum(axis=3)


def blocks_from_the_far_border(x, size):
    return blocks(x[:, :, ::-1, ::-1], size).sum(axis=(3, 5))[:, :, ::-1, ::-1]


def tiled(z, size):
    return np.tile(z, (1, 1, *size))


def corner_of_each_block(z, size):
    up = copies(z, size) * 0
    up[:, :, :: size[0], :: size[1]] = z
    return up


SUBSAMPLING = {
    "mean": (subsampling(down=mean_of_blocks), VALUE, "both"),
    "first entry": (subsampling(down=first_of_blocks), VALUE, "both"),
    "columns forgotten": (subsampling(down=rows_of_blocks_alone), VALUE, "both"),
    "blocks from the far border": (subsampling(down=blocks_from_the_far_border), VALUE, "crop"),
    "bias inside": (
        subsampling(value=lambda d, beta, b: scaled(d + b[:, None, None], beta)),
        VALUE,
        "both",
    ),
    "bias forgotten": (subsampling(value=lambda d, beta, b: scaled(d, beta)), VALUE, "both"),
    "factor forgotten": (
        subsampling(value=lambda d, beta, b: d + b[:, None, None]),
        VALUE,
        "both",
    ),
    "tiles for copies": (subsampling(up=tiled), rf"{DIFF}: .*\.dx", "both"),
    "one entry per block": (subsampling(up=corner_of_each_block), rf"{DIFF}: .*\.dx", "both"),
    "factor not in dx": (subsampling(factor=lambda z, beta: z), rf"{DIFF}: .*\.dx", "both"),
    "factor of the next map": (
        subsampling(factor=lambda z, beta: scaled(z, np.roll(beta, 1))),
        rf"{DIFF}: .*\.dx",
        "both",
    ),
    "dx at the far border": (
        subsampling(place=lambda U, rows: slice(U - rows, U)),
        rf"{DIFF}: .*\.dx",
        "crop",
    ),
    "dbeta without down": (
        subsampling(dbeta=lambda dz, d: dz.sum(axis=(0, 2, 3))),
        rf"{DIFF}: .*\.dbeta",
        "both",
    ),
    "dbeta of one sample": (
        subsampling(dbeta=lambda dz, d: (dz * d)[0].sum(axis=(1, 2))),
        rf"{DIFF}: .*\.dbeta",
        "both",
    ),
    "db times beta": (
        subsampling(db=lambda dz, beta: dz.sum(axis=(0, 2, 3)) * beta),
        rf"{DIFF}: .*\.db\[",
        "both",
    ),
    "db of the first row": (
        subsampling(db=lambda dz, beta: dz[:, :, 0].sum(axis=(0, 2))),
        rf"{DIFF}: .*\.db\[",
        "both",
    ),
}
KEYS = {"both": ("", "crop"), "crop": ("crop",)}


@pytest.mark.parametrize("key", ["", "crop"])
def test_the_pieces_without_a_mistake_pass(key):
    op = rewritten("subsample2d", subsampling())
    assert tie(op, case_of(op, key)).cells == len(op.sizes)


@pytest.mark.parametrize(
    ("mistake", "key"), [(name, key) for name, each in SUBSAMPLING.items() for key in KEYS[each[2]]]
)
def test_a_wrong_piece_of_subsample2d_is_rejected(mistake, key):
    code, message, _ = SUBSAMPLING[mistake]
    op = rewritten("subsample2d", code)
    with pytest.raises(Broken, match=message):
        tie(op, case_of(op, key))


# ----------------------------------------------------------------- upsample2d, mix_maps, penalties


def upsample_tiles(x, size):
    return tiled(x, size), lambda dy: (blocks(dy, size).sum(axis=(3, 5)),)


def upsample_mean_back(x, size):
    return copies(x, size), lambda dy: (mean_of_blocks(dy, size),)


def upsample_corner_back(x, size):
    return copies(x, size), lambda dy: (first_of_blocks(dy, size),)


def mixing(
    weights=softmax,
    dx=lambda alpha, dy: np.einsum("oc,nouv->ncuv", alpha, dy),
    fit=lambda x, dy: np.einsum("nouv,ncuv->oc", dy, x),
    through=lambda alpha, g, pull: pull(g)[0],
):
    """mix_maps with one piece of it another one."""

    def forward(x, logits):
        alpha, pull = weights(logits)
        y = np.einsum("oc,ncuv->nouv", alpha, x)
        return y, lambda dy: (dx(alpha, dy), through(alpha, fit(x, dy), pull))

    return forward


def softmax_over_outputs(logits):
    alpha, pull = softmax(logits.T.copy())
    return alpha.T, lambda g: (pull(g.T.copy())[0].T,)


def bare_exponentials(logits):
    e = np.exp(logits)
    return e, lambda g: (g * e,)


def bare_logits(logits):
    return logits, lambda g: (g,)


def l1_squares(a, strength):
    return strength * (a * a).sum(), lambda dE: (2 * strength * a * dE,)


def l1_slope_one(a, strength):
    return strength * abs(a).sum(), lambda dE: (a * 0 + strength * dE,)


def l1_one_at_the_kink(a, strength):
    positive = np.array(a >= 0, dtype=bool)
    return strength * abs(a).sum(), lambda dE: (strength * dE * np.where(positive, 1, -1),)


def entropy_without_one(a, strength):
    logs = np.log(a)
    return -strength * (a * logs).sum(), lambda dE: (-strength * logs * dE,)


def entropy_of_the_wrong_sign(a, strength):
    logs = np.log(a)
    return strength * (a * logs).sum(), lambda dE: (strength * (logs + 1) * dE,)


def entropy_without_weights(a, strength):
    logs = np.log(a)
    return -strength * logs.sum(), lambda dE: (-strength / a * dE,)


def impurity_of_all_rows_at_once(a, strength):
    return strength * (1 - (a * a).sum()), lambda dE: (-2 * strength * a * dE,)


def impurity_as_product(a, strength):
    """The same as a (1 - a) where rows sum to 1, and only there."""
    return strength * (a * (1 - a)).sum(), lambda dE: (strength * (1 - 2 * a) * dE,)


def impurity_halved_back(a, strength):
    return strength * (len(a) - (a * a).sum()), lambda dE: (-strength * a * dE,)


CODE = [
    ("upsample2d", upsample_tiles, VALUE),
    ("upsample2d", upsample_mean_back, DIFF),
    ("upsample2d", upsample_corner_back, DIFF),
    ("mix_maps", mixing(weights=softmax_over_outputs), VALUE),
    ("mix_maps", mixing(weights=bare_exponentials), VALUE),
    ("mix_maps", mixing(weights=bare_logits), VALUE),
    (
        "mix_maps",
        mixing(dx=lambda alpha, dy: np.einsum("co,nouv->ncuv", alpha, dy)),
        rf"{DIFF}: mix_maps.dx",
    ),
    (
        "mix_maps",
        mixing(dx=lambda alpha, dy: np.einsum("oc,nuv->ncuv", alpha, dy[:, 0])),
        rf"{DIFF}: mix_maps.dx",
    ),
    ("mix_maps", mixing(through=lambda alpha, g, pull: g), rf"{DIFF}: mix_maps.dlogits"),
    ("mix_maps", mixing(through=lambda alpha, g, pull: alpha * g), rf"{DIFF}: mix_maps.dlogits"),
    (
        "mix_maps",
        mixing(through=lambda alpha, g, pull: alpha * (1 - alpha) * g),
        rf"{DIFF}: mix_maps.dlogits",
    ),
    (
        "mix_maps",
        mixing(fit=lambda x, dy: np.einsum("ouv,cuv->oc", dy[0], x[0])),
        rf"{DIFF}: mix_maps.dlogits",
    ),
    ("l1_penalty", l1_squares, ANY),
    ("l1_penalty", l1_slope_one, ANY),
    ("l1_penalty", l1_one_at_the_kink, rf"{CONCLUSION}: l1_penalty.da"),
    ("entropy_penalty", entropy_without_one, DIFF),
    ("entropy_penalty", entropy_of_the_wrong_sign, VALUE),
    ("entropy_penalty", entropy_without_weights, VALUE),
    ("impurity_penalty", impurity_of_all_rows_at_once, VALUE),
    ("impurity_penalty", impurity_as_product, VALUE),
    ("impurity_penalty", impurity_halved_back, DIFF),
]


@pytest.mark.parametrize(("name", "code", "message"), CODE)
def test_wrong_code_is_rejected(name, code, message):
    op = rewritten(name, code)
    with pytest.raises(Broken, match=message):
        tie(op, op.cases[0])


def test_the_mixture_without_a_mistake_passes():
    op = rewritten("mix_maps", mixing())
    assert tie(op, op.cases[0]).entries > 0
