"""MNIST's files: what is in them comes out, and anything else is refused by name."""

import gzip
import os
import re
import struct

import numpy as np
import pytest
from damage import bomb, damaged, little_memory

from cnnmath.data import Mnist, files, load_mnist

IMAGES = "train-images-idx3-ubyte"
LABELS = "train-labels-idx1-ubyte"
NAMES = (IMAGES, LABELS, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def image_file(pixels, magic=2051):
    return struct.pack(">4I", magic, *pixels.shape) + pixels.tobytes()


def label_file(labels, magic=2049):
    return struct.pack(">2I", magic, len(labels)) + bytes(labels)


def pixels(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 28, 28), np.uint8)


X, T = pixels(5), [3, 0, 9, 9, 1]
X_TEST, T_TEST = pixels(2, seed=1), [7, 2]
CONTENT = (image_file(X), label_file(T), image_file(X_TEST), label_file(T_TEST))


@pytest.fixture
def folder(tmp_path):
    for name, content in zip(NAMES, CONTENT, strict=True):
        (tmp_path / name).write_bytes(content)
    return tmp_path


def as_written(mnist, dtype=np.float32):
    """Whether the files of `folder` came back."""
    wanted = (X, T, X_TEST, T_TEST)
    for array, values in zip(mnist, wanted, strict=True):
        image = np.ndim(values) == 3
        assert array.dtype == (dtype if image else np.int64)
        assert array.flags.c_contiguous and array.flags.writeable
        scaled = np.asarray(values, dtype)[:, None] / dtype(255) if image else values
        assert np.array_equal(array, scaled)
    return True


def refused(folder, message, error=ValueError):
    with pytest.raises(error, match=message):
        load_mnist(folder)


def refused_file(folder, name, content, message):
    (folder / name).write_bytes(content)
    refused(folder, rf"^load_mnist: .*{re.escape(name)}: {message}")


# what is in the files comes out


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_plain_files(folder, dtype):
    mnist = load_mnist(folder, dtype)
    assert isinstance(mnist, Mnist)
    assert mnist._fields == ("x_train", "t_train", "x_test", "t_test")
    assert mnist.x_train.shape == (5, 1, 28, 28)
    assert mnist.x_test.shape == (2, 1, 28, 28)
    assert as_written(mnist, dtype)


def test_values_by_hand(folder):
    picture = np.zeros((1, 28, 28), np.uint8)
    picture[0, 2, 27] = 255
    picture[0, 3, 0] = 51
    (folder / NAMES[2]).write_bytes(image_file(picture))
    (folder / NAMES[3]).write_bytes(label_file([4]))
    mnist = load_mnist(str(folder))
    assert np.argwhere(mnist.x_test).tolist() == [[0, 0, 2, 27], [0, 0, 3, 0]]
    assert mnist.x_test[0, 0, 2, 27] == 1
    assert mnist.x_test[0, 0, 3, 0] == np.float32(0.2)
    assert mnist.t_test.tolist() == [4]


def test_default_dtype_is_float32(folder):
    assert load_mnist(folder).x_train.dtype == np.float32


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("dot", ["-", "."])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_all_names_plain_and_gzip_whatever_the_name_says(tmp_path, end, dot, pack):
    for name, content in zip(NAMES, CONTENT, strict=True):
        (tmp_path / (name.replace("-idx", dot + "idx") + end)).write_bytes(pack(content))
    assert as_written(load_mnist(tmp_path))


def test_gzip_of_several_parts(folder):
    parts = CONTENT[0][:7], CONTENT[0][7:900], CONTENT[0][900:]
    (folder / IMAGES).write_bytes(b"".join(map(gzip.compress, parts)) + bytes(9))
    assert as_written(load_mnist(folder))


def test_the_first_name_is_read(folder):
    (folder / f"{IMAGES}.gz").write_bytes(b"not read")
    (folder / "train-images.idx3-ubyte").write_bytes(b"not read")
    assert as_written(load_mnist(folder))


def test_a_folder_of_the_name_does_not_hide_the_file(folder):
    (folder / IMAGES).unlink()
    (folder / IMAGES).mkdir()
    (folder / f"{IMAGES}.gz").write_bytes(gzip.compress(CONTENT[0]))
    assert as_written(load_mnist(folder))


def test_arrays_are_fresh_at_each_call(folder):
    for array in load_mnist(folder):
        array[...] = 7
    assert as_written(load_mnist(folder))


@pytest.mark.parametrize("dtype", [np.int64, np.float16, np.complex128, bool, object])
def test_other_dtypes_are_refused(folder, dtype):
    with pytest.raises(TypeError, match="load_mnist: dtype must be float32 or float64, got"):
        load_mnist(folder, dtype)


# refused: what is not there


@pytest.mark.parametrize("name", NAMES)
def test_missing_files_are_refused_with_the_names_looked_for(folder, name):
    (folder / name).unlink()
    dot = name.replace("-idx", ".idx")
    names = re.escape(f"{name} or {name}.gz or {dot} or {dot}.gz")
    message = rf"^load_mnist: .*: expected {names}, found none of them$"
    refused(folder, message, FileNotFoundError)


def test_what_is_no_directory_is_refused(folder):
    missing = folder / "none"
    refused(missing, "none: expected a directory, found nothing$", FileNotFoundError)
    refused(folder / IMAGES, rf"{IMAGES}: expected a directory, found a file$")


def test_a_directory_in_the_place_of_a_file_is_refused(folder):
    (folder / LABELS).unlink()
    (folder / LABELS).mkdir()
    refused(folder, rf"^load_mnist: .*{LABELS}: expected a file, found a directory$")


@pytest.mark.skipif(os.name != "posix", reason="pipes with a name are those of POSIX")
def test_a_pipe_is_refused_and_not_waited_for(folder):
    (folder / LABELS).unlink()
    os.mkfifo(folder / LABELS)
    refused(folder, rf"^load_mnist: .*{LABELS}: expected a file, found something else$")


# refused: files that are not what they should be


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_cut_is_refused(folder, pack):
    content = CONTENT[1]
    for size in range(len(content)):
        refused_file(
            folder, LABELS, pack(content[:size]), "(magic|header|length): expected .* found"
        )
    content = CONTENT[0]
    for size in (0, 3, 4, 15, 16, 17, 800, len(content) - 1):
        refused_file(
            folder, IMAGES, pack(content[:size]), "(magic|header|length): expected .* found"
        )


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_field_expected_and_found_are_named(folder, pack):
    def refuse(name, content, message):
        refused_file(folder, name, pack(content), message + "$")
        (folder / name).write_bytes(CONTENT[NAMES.index(name)])

    images, labels = CONTENT[:2]
    wanted = r"magic: expected 00 00 08 03 \(images\), found "
    refuse(IMAGES, labels, wanted + r"00 00 08 01 \(labels\)")
    refuse(IMAGES, b"", wanted + r"no bytes \(not IDX of bytes\)")
    refuse(IMAGES, images[:2], wanted + r"00 00 \(not IDX of bytes\)")
    refuse(IMAGES, b"\x89PNG\r\n", wanted + r"89 50 4e 47 \(not IDX of bytes\)")
    refuse(IMAGES, image_file(X, 0x0D03), wanted + r"00 00 0d 03 \(not IDX of bytes\)")
    swapped = struct.pack("<4I", 2051, *X.shape) + X.tobytes()
    refuse(IMAGES, swapped, wanted + r"03 08 00 00 \(images in the other byte order\)")
    wanted = r"magic: expected 00 00 08 01 \(labels\), found "
    refuse(LABELS, images, wanted + r"00 00 08 03 \(images\)")
    swapped = struct.pack("<2I", 2049, 5) + bytes(T)
    refuse(LABELS, swapped, wanted + r"01 08 00 00 \(labels in the other byte order\)")

    refuse(IMAGES, images[:15], "header: expected 16 bytes, found 15")
    refuse(LABELS, labels[:5], "header: expected 8 bytes, found 5")
    refuse(IMAGES, images[:-1], "length: expected 3936 bytes, found 3935")
    refuse(IMAGES, images[:16], "length: expected 3936 bytes, found 16")
    refuse(LABELS, labels[:-1], "length: expected 13 bytes, found 12")
    refuse(IMAGES, images + b"\0", "length: expected 3936 bytes, found at least 3937")
    refuse(LABELS, labels + b"\0", "length: expected 13 bytes, found at least 14")

    wanted = "dimensions: expected n x 28 x 28 with n at least 1, found "
    refuse(IMAGES, image_file(X[:, 1:]), wanted + "5 x 27 x 28")
    refuse(IMAGES, image_file(X[:, :, 1:]), wanted + "5 x 28 x 27")
    refuse(IMAGES, image_file(X[:0]), wanted + "0 x 28 x 28")
    refuse(IMAGES, image_file(X[:, :0]), wanted + "5 x 0 x 28")
    refuse(IMAGES, image_file(X.reshape(20, 14, 14)), wanted + "20 x 14 x 14")
    refuse(LABELS, label_file([]), "dimensions: expected n with n at least 1, found 0")

    refuse(LABELS, label_file([3, 0, 10, 9, 255]), r"label 2: expected 0\.\.9, found 10")
    refuse(LABELS, label_file(T[:4]), f"labels: expected 5 as {IMAGES} has, found 4")
    refuse(LABELS, label_file([*T, 0]), f"labels: expected 5 as {IMAGES} has, found 6")
    assert as_written(load_mnist(folder))


@pytest.mark.parametrize("name", NAMES)
def test_damage_is_seen_in_every_file(folder, name):
    content = (folder / name).read_bytes()
    refused_file(folder, name, content[:-1], "length: expected")
    refused_file(folder, name, gzip.compress(content)[:-1], "gzip: expected a whole file, found: ")


@pytest.mark.parametrize("name", [IMAGES, LABELS])
def test_damaged_gzip_is_refused(folder, name):
    for packed, what in damaged((folder / name).read_bytes()):
        refused_file(folder, name, packed, f"gzip: expected a whole file, found: {what}")


# refused before memory is taken

ABSURD = [
    (2**31, "length: expected 1683627180048 bytes, found 3936$"),
    (2**32 - 1, "length: expected 3367254359296 bytes, found 3936$"),
    (100_000, "length: expected 78400016 bytes, found 3936$"),
]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(("n", "message"), ABSURD)
def test_absurd_numbers_of_images_take_no_memory(folder, pack, n, message):
    content = pack(struct.pack(">4I", 2051, n, 28, 28) + X.tobytes())
    with little_memory():
        refused_file(folder, IMAGES, content, message)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_other_absurd_dimensions_take_no_memory(folder, pack):
    with little_memory():
        sides = pack(struct.pack(">4I", 2051, 5, 2**31, 2**31) + X.tobytes())
        refused_file(folder, IMAGES, sides, "dimensions: expected n x 28 x 28")
    (folder / IMAGES).write_bytes(CONTENT[0])
    with little_memory():
        labels = pack(struct.pack(">2I", 2049, 2**31) + bytes(T))
        refused_file(folder, LABELS, labels, "length: expected 2147483656 bytes, found 13$")


def test_bombs_take_no_memory(folder):
    packed = bomb(CONTENT[0])
    with little_memory():
        refused_file(folder, IMAGES, packed, "length: expected 3936 bytes, found at least 3937$")
    packed = bomb(struct.pack(">4I", 2051, 300_000, 28, 28))
    with little_memory():
        message = "length: expected 235200016 bytes, found at least 235200017$"
        refused_file(folder, IMAGES, packed, message)


def test_a_bomb_that_says_its_size_is_refused_at_the_limit(folder):
    packed = bomb(struct.pack(">4I", 2051, 2**31, 28, 28))[:-1]  # nobody comes to the end of it
    with little_memory():
        message = "length: expected at most 268435456 bytes from gzip, found more$"
        refused_file(folder, IMAGES, packed, message)


def test_the_limit_is_for_gzip_alone(folder, monkeypatch):
    monkeypatch.setattr(files, "LIMIT", len(CONTENT[0]) - 1)
    assert as_written(load_mnist(folder))
    packed = gzip.compress(CONTENT[0])
    refused_file(
        folder, IMAGES, packed, "length: expected at most 3935 bytes from gzip, found more$"
    )
    monkeypatch.setattr(files, "LIMIT", len(CONTENT[0]))
    assert as_written(load_mnist(folder))
