"""Crops at random places, and at five fixed ones."""

from collections import Counter

import numpy as np
import pytest

from cnnmath.data import five_crop, random_crop

DTYPES = [np.float32, np.float64]


def rng(seed=0):
    return np.random.default_rng(seed)


def numbered(n, c, u, v, dtype=np.float64):
    """Images in which every entry says where it stands."""
    return np.arange(n * c * u * v, dtype=dtype).reshape(n, c, u, v)


def place(part, x, n):
    """(row, column) of the first entry of a crop of image n."""
    return divmod(int(part[0, 0, 0] - x[n, 0, 0, 0]), x.shape[3])


# ------------------------------------------------------------------------------------ random_crop


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (3, 2), (4, 5), (4, 1)], ids=str)
def test_a_random_crop_is_a_part_of_its_image(size, dtype):
    x = numbered(30, 3, 4, 5, dtype)
    y = random_crop(x, size, rng())
    assert y.shape == (30, 3, *size) and y.dtype == dtype
    for n, part in enumerate(y):
        a, b = place(part, x, n)
        assert np.array_equal(part, x[n, :, a : a + size[0], b : b + size[1]])


def test_images_get_places_of_their_own_and_all_places_are_equally_likely():
    x = numbered(6000, 1, 4, 5)
    y = random_crop(x, (3, 3), rng(1))
    counts = Counter(place(part, x, n) for n, part in enumerate(y))
    assert set(counts) == {(a, b) for a in range(2) for b in range(3)}
    assert max(abs(count - 1000) for count in counts.values()) < 5 * np.sqrt(1000 * 5 / 6)


def test_rows_and_columns_are_drawn_independently():
    x = numbered(4000, 1, 3, 3)
    places = [place(part, x, n) for n, part in enumerate(random_crop(x, 2, rng(2)))]
    assert abs(np.corrcoef(np.array(places).T)[0, 1]) < 5 / np.sqrt(4000)


def test_the_same_seed_crops_the_same_places_in_either_dtype():
    x = numbered(20, 1, 8, 8)
    y = random_crop(x, 5, rng(3))
    assert np.array_equal(random_crop(x.astype(np.float32), 5, rng(3)), y)
    shared = rng(3)
    assert np.array_equal(random_crop(x, 5, shared), y)
    assert not np.array_equal(random_crop(x, 5, shared), y)  # the next draw


def test_a_crop_of_full_size_is_a_copy():
    x = numbered(2, 1, 3, 4)
    y = random_crop(x, (3, 4), rng())
    assert np.array_equal(y, x) and not np.shares_memory(x, y)


def test_with_padding_images_are_shifted_and_zeros_come_in():
    x = 1 + numbered(500, 1, 3, 3)
    y = random_crop(x, 3, rng(4), padding=1)
    assert y.shape == x.shape
    shifts = set()
    for image, part in zip(x[:, 0], y[:, 0], strict=True):
        wide = np.pad(image, 1)
        found = [
            (a, b)
            for a in range(3)
            for b in range(3)
            if np.array_equal(wide[a : a + 3, b : b + 3], part)
        ]
        assert len(found) == 1
        shifts.add(found[0])
    assert len(shifts) == 9
    assert random_crop(x, (5, 5), rng(), padding=1)[0, 0, 0].tolist() == [0] * 5


def test_a_size_is_one_number_or_two_of_any_integer_type():
    x = numbered(3, 1, 4, 4)
    for size in (2, np.int64(2), (2, 2), (np.int32(2), 2)):
        assert np.array_equal(random_crop(x, size, rng(5)), random_crop(x, 2, rng(5)))
        assert np.array_equal(five_crop(x, size), five_crop(x, 2))


# -------------------------------------------------------------------------------------- five_crop


@pytest.mark.parametrize("dtype", DTYPES)
def test_five_crops_are_the_corners_and_the_centre_in_order(dtype):
    x = numbered(2, 3, 5, 7, dtype)
    y = five_crop(x, (3, 4))
    assert y.shape == (5, 2, 3, 3, 4) and y.dtype == dtype
    assert np.array_equal(y[0], x[:, :, :3, :4])
    assert np.array_equal(y[1], x[:, :, :3, 3:])
    assert np.array_equal(y[2], x[:, :, 2:, :4])
    assert np.array_equal(y[3], x[:, :, 2:, 3:])
    assert np.array_equal(y[4], x[:, :, 1:4, 1:5])


def test_the_centre_is_the_middle_where_there_is_one():
    assert five_crop(numbered(1, 1, 3, 3), 1)[:, 0, 0, 0, 0].tolist() == [0, 2, 6, 8, 4]
    assert five_crop(numbered(1, 1, 4, 4), 2)[4, 0, 0].tolist() == [[5, 6], [9, 10]]
    assert five_crop(numbered(1, 1, 2, 2), 1)[4].item() == 0  # none: above and to the left


def test_crops_of_full_size_are_five_copies():
    x = numbered(2, 1, 3, 3)
    y = five_crop(x, 3)
    assert all(np.array_equal(each, x) for each in y)
    y[0, 0] = -1
    assert not (y[1] == -1).any() and not (x == -1).any()


@pytest.mark.parametrize("crop", [lambda x: five_crop(x, 2), lambda x: random_crop(x, 2, rng())])
def test_inputs_stay(crop):
    x = numbered(2, 1, 3, 3)
    x.setflags(write=False)
    y = crop(x)
    assert y.flags.writeable and not np.shares_memory(x, y)
    assert np.array_equal(crop(x[:, :, ::-1, ::-1]), crop(x[:, :, ::-1, ::-1].copy()))


# -------------------------------------------------------------------------------------- bad input

X = np.ones((2, 1, 4, 6))
SIZES = [
    (5, ValueError, "size is 5 x 5, larger than the images of 4 x 6"),
    ((4, 7), ValueError, "size is 4 x 7, larger than the images of 4 x 6"),
    (0, ValueError, "size must be at least 1, got 0"),
    ((2, -1), ValueError, "size must be at least 1, got -1"),
    (2.0, TypeError, "size must be an integer, got 2.0"),
    (True, TypeError, "size must be an integer, got True"),
    ("2", TypeError, "size must be an integer, got '2'"),
    ([2, 2], TypeError, r"size must be an integer, got \[2, 2\]"),
    ((2,), ValueError, r"size must be a number or \(rows, columns\), got \(2,\)"),
    ((2, 2, 2), ValueError, r"size must be a number or \(rows, columns\), got \(2, 2, 2\)"),
]
IMAGES = [
    (X[0], ValueError, r"x has shape \(1, 4, 6\); wanted images \(n, c, u, v\)"),
    (X[:0], ValueError, r"x has shape \(0, 1, 4, 6\); wanted samples \(n, ...\), n >= 1"),
    (X.astype(np.uint8), TypeError, "x has dtype uint8; wanted float32 or float64"),
    (X.tolist(), TypeError, "x must be a NumPy array, got list"),
    (X * np.inf, ValueError, "x holds NaN or infinity; wanted finite numbers"),
]
CROPS = {"random_crop": lambda x, size: random_crop(x, size, rng()), "five_crop": five_crop}


@pytest.mark.parametrize("name", CROPS)
@pytest.mark.parametrize(("size", "error", "message"), SIZES, ids=[m for *_, m in SIZES])
def test_sizes_that_do_not_fit_are_refused(name, size, error, message):
    with pytest.raises(error, match=f"^{name}: {message}"):
        CROPS[name](X, size)


@pytest.mark.parametrize("name", CROPS)
@pytest.mark.parametrize(("x", "error", "message"), IMAGES, ids=[m for *_, m in IMAGES])
def test_what_is_no_set_of_images_is_refused(name, x, error, message):
    with pytest.raises(error, match=f"^{name}: {message}"):
        CROPS[name](x, 2)


@pytest.mark.parametrize(
    ("padding", "error", "message"),
    [
        (-1, ValueError, "random_crop: padding must be at least 0, got -1"),
        (1.0, TypeError, "random_crop: padding must be an integer, got 1.0"),
        (True, TypeError, "random_crop: padding must be an integer, got True"),
        ((1, 1), TypeError, r"random_crop: padding must be an integer, got \(1, 1\)"),
    ],
)
def test_bad_padding_is_refused(padding, error, message):
    with pytest.raises(error, match=message):
        random_crop(X, 2, rng(), padding=padding)


def test_padding_makes_room_for_larger_crops_but_no_more():
    assert random_crop(X, (6, 8), rng(), padding=1).shape == (2, 1, 6, 8)
    with pytest.raises(ValueError, match="size is 7 x 8, larger than the images of 6 x 8"):
        random_crop(X, (7, 8), rng(), padding=1)


def test_a_bare_seed_is_refused():
    with pytest.raises(TypeError, match=r"random_crop: rng must be a np\.random\.Generator, got i"):
        random_crop(X, 2, 0)
