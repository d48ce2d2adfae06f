"""im2col and col2im against torch's unfold and fold; the parts of a convolution against SciPy's."""

import numpy as np
import pytest

from cnnmath import col2im, im2col
from cnnmath.ledger.implementation_im2col_printed import part

torch = pytest.importorskip("torch", reason="peer: torch")
signal = pytest.importorskip("scipy.signal", reason="peer: scipy")
functional = torch.nn.functional

# image, size, stride, padding, dilation
CALLS = [
    ((4, 5), (2, 3), (1, 1), (0, 0), (1, 1)),
    ((6, 5), (2, 2), (3, 2), (0, 1), (1, 1)),
    ((7, 8), (3, 2), (2, 1), (1, 2), (2, 3)),
    ((5, 5), (5, 5), (1, 1), (0, 0), (1, 1)),
    ((3, 4), (2, 2), (5, 5), (2, 1), (1, 2)),
]
NAMES = ("stride", "padding", "dilation")


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_unfold_holds_the_same_matrix_transposed(call):
    image, size, *numbers = call
    options = dict(zip(NAMES, numbers, strict=True))
    x = np.random.default_rng(0).integers(-9, 10, (2, 3, *image)).astype(np.float64)
    theirs = functional.unfold(torch.from_numpy(x), size, **options)  # (n, c p q, i j)
    ours = im2col(x, size, **options).reshape(2, -1, 3 * size[0] * size[1])
    assert np.array_equal(ours, theirs.numpy().transpose(0, 2, 1))


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_fold_adds_up_the_same(call):
    image, size, *numbers = call
    options = dict(zip(NAMES, numbers, strict=True))
    rows, columns = im2col(np.ones((2, 3, *image)), size, **options).shape
    patches = np.random.default_rng(1).integers(-9, 10, (rows, columns)).astype(np.float64)
    given = torch.from_numpy(patches.reshape(2, -1, columns).transpose(0, 2, 1).copy())
    theirs = functional.fold(given, image, size, **options).numpy()
    assert np.array_equal(col2im(patches, (2, 3, *image), size, **options), theirs)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_the_parts_of_a_convolution_are_those_of_scipy(mode, n):
    """The ledger's counterexample to sampling SciPy's 'same' stands on this."""
    x = np.random.default_rng(2).integers(-9, 10, (7, 7)).astype(np.float64)
    theirs = signal.convolve2d(x, np.ones((n, n)), mode)
    name = "same, SciPy" if mode == "same" else mode
    assert np.array_equal(part(x, n, name), theirs)
