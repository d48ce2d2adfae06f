"""The code of Winograd's convolution runs on symbols: its value is the definition, its backward what
sympy.diff and the derivation of conv2d say. Wrong versions of its matrices are rejected."""

import dataclasses

import pytest
from breaking import ANY, DIFF, VALUE, case_of, derive_each_op_once, rewritten

from cnnmath.ops import conv_winograd
from cnnmath.ops.conv_winograd import winograd_dw, winograd_dx, winograd_value
from cnnmath.ops.window_letters import trace_sizes
from cnnmath.ops.windows import windows
from cnnmath.proof.tie import Broken, tie

SIZES = [  # an odd output, two tiles in a row, channels and maps, borders up to the full convolution
    trace_sizes("C O", dilated=True, P=3, Q=3, **each)
    for each in (
        {},
        {"J": 3},
        {"I": 2, "J": 2, "Z": (1, 0)},
        {"N": 2, "C": 2, "O": 2},
        {"C": 2, "I": 3, "Z": (1, 1)},
        {"I": 3, "J": 4, "Z": (2, 1)},
        {"I": 5, "J": 5, "Z": (3, 3)},
    )
]


@pytest.fixture(autouse=True)
def derive_once(monkeypatch):
    derive_each_op_once(monkeypatch)


def conv2d(value=winograd_value, dx=winograd_dx, dw=winograd_dw):
    """conv2d by Winograd, with one of its parts another one."""

    def forward(x, w, b=None, *, stride=1, padding=0, dilation=1):
        geometry = windows("conv2d", x.shape[2:], w.shape[2:], stride, padding, dilation)
        z = value(x, w, geometry)

        def backward(dz):
            db = None if b is None else dz.sum(axis=(0, 2, 3))
            return dx(dz, w, geometry), dw(x, dz, geometry), db

        return (z if b is None else z + b[:, None, None]), backward

    return forward


def tied(forward, sizes):
    op = dataclasses.replace(rewritten("conv2d", forward), sizes=tuple(sizes))
    return tie(op, case_of(op, ""))


def test_code_on_symbols_is_the_definition_and_its_derivative():
    """No branch: one cell for each of the sizes."""
    found = tied(conv2d(), SIZES)
    assert found.cells == len(SIZES) and found.entries > 20 * len(SIZES)


@pytest.mark.parametrize("tiles", [1, 2])
def test_every_block_of_tiles_is_traced(tiles, monkeypatch):
    monkeypatch.setattr(conv_winograd, "TILES", tiles)
    monkeypatch.setattr(conv_winograd, "BYTES", 1)
    assert tied(conv2d(), SIZES[3:6]).cells == 3


WRONG = {
    "twice the value": (conv2d(lambda *a: 2 * winograd_value(*a)), VALUE),
    "the kernel turned": (conv2d(lambda x, w, g: winograd_value(x, w[:, :, ::-1, ::-1], g)), VALUE),
    "dx not turned": (
        conv2d(dx=lambda dz, w, g: winograd_dx(dz, w[:, :, ::-1, ::-1], g)),
        DIFF,
    ),
    "dw transposed": (conv2d(dw=lambda *a: winograd_dw(*a).swapaxes(2, 3)), DIFF),
    "half of dw": (conv2d(dw=lambda *a: winograd_dw(*a) / 2), DIFF),
    "dx of another sign": (conv2d(dx=lambda *a: -winograd_dx(*a)), DIFF),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_wrong_part_is_rejected(mistake):
    forward, strand = WRONG[mistake]
    with pytest.raises(Broken, match=strand):
        tied(forward, SIZES[1:3])


SIGNS = {  # an entry of B^T, of G or of A^T with the other sign
    "B": ("_combine", lambda d0, d1, d2, d3, out: _put(out, d0 - d2, d1 + d2, d2 - d1, d3 - d1)),
    "G": ("_halves", lambda one, other, out: _put(out, *((a + other) / 2 for a in (one, one)))),
}


def _put(out, *rows):
    for place, row in zip(out, rows, strict=True):
        place[...] = row


@pytest.mark.parametrize("matrix", SIGNS)
def test_wrong_sign_in_a_matrix_is_rejected(matrix, monkeypatch):
    monkeypatch.setattr(conv_winograd, *SIGNS[matrix])
    with pytest.raises(Broken, match=ANY):
        tied(conv2d(), SIZES[1:2])
