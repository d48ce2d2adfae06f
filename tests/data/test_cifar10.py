"""CIFAR-10's binary files: what is in them comes out, and anything else is refused by name."""

import gzip
import re

import numpy as np
import pytest
from damage import bomb, damaged, little_memory

from cnnmath.data import Cifar10, files, load_cifar10
from cnnmath.data.cifar10 import FOLDER

NAMES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")
SIZES = (3, 1, 2, 1, 1, 2)


def records(n, seed):
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 256, (n, 3073), np.uint8)
    rows[:, 0] %= 10
    return rows


ROWS = [records(n, seed) for seed, n in enumerate(SIZES)]
FIRST = NAMES[0]


def write(folder, end="", pack=bytes):
    for name, rows in zip(NAMES, ROWS, strict=True):
        (folder / (name + end)).write_bytes(pack(rows.tobytes()))


@pytest.fixture
def folder(tmp_path):
    write(tmp_path)
    return tmp_path


def as_written(data, dtype=np.float32):
    """Whether the files of `folder` came back."""
    train, test = np.concatenate(ROWS[:5]), ROWS[5]
    for x, t, rows in ((data.x_train, data.t_train, train), (data.x_test, data.t_test, test)):
        assert x.shape == (len(rows), 3, 32, 32)
        assert x.dtype == dtype
        assert t.dtype == np.int64
        assert x.flags.c_contiguous and x.flags.writeable and t.flags.writeable
        assert np.array_equal(x.reshape(len(rows), -1), rows[:, 1:].astype(dtype) / dtype(255))
        assert np.array_equal(t, rows[:, 0])
    return True


def refused(folder, message, error=ValueError):
    with pytest.raises(error, match=message):
        load_cifar10(folder)


def refused_file(folder, name, content, message):
    (folder / name).write_bytes(content)
    refused(folder, rf"^load_cifar10: .*{re.escape(name)}: {message}")


# what is in the files comes out


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_plain_files(folder, dtype):
    data = load_cifar10(folder, dtype)
    assert isinstance(data, Cifar10)
    assert data._fields == ("x_train", "t_train", "x_test", "t_test")
    assert as_written(data, dtype)


def test_colours_and_places_by_hand(folder):
    record = bytearray(3073)
    record[0] = 6
    record[1 + 0 * 1024 + 0 * 32 + 31] = 255  # red, first row, last column
    record[1 + 1 * 1024 + 31 * 32 + 0] = 51  # green, last row, first column
    record[1 + 2 * 1024 + 2 * 32 + 5] = 102  # blue
    (folder / NAMES[5]).write_bytes(record)
    data = load_cifar10(str(folder))
    assert np.argwhere(data.x_test).tolist() == [[0, 0, 0, 31], [0, 1, 31, 0], [0, 2, 2, 5]]
    assert data.x_test[data.x_test > 0].tolist() == np.float32([1, 0.2, 0.4]).tolist()
    assert data.t_test.tolist() == [6]


def test_default_dtype_is_float32(folder):
    assert load_cifar10(folder).x_train.dtype == np.float32


@pytest.mark.parametrize("sub", ["", FOLDER])
@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_both_places_plain_and_gzip_whatever_the_name_says(tmp_path, sub, end, pack):
    (tmp_path / sub).mkdir(exist_ok=True)
    write(tmp_path / sub, end, pack)
    assert as_written(load_cifar10(tmp_path))


def test_files_of_two_places_are_not_mixed(folder):
    (folder / FOLDER).mkdir()
    write(folder / FOLDER)
    (folder / NAMES[0]).write_bytes(b"not read")
    assert as_written(load_cifar10(folder))
    (folder / FOLDER / NAMES[1]).unlink()
    refused(folder, rf"{FOLDER}: expected data_batch_2\.bin or", FileNotFoundError)


def test_arrays_are_fresh_at_each_call(folder):
    for array in load_cifar10(folder):
        array[...] = 7
    assert as_written(load_cifar10(folder))


@pytest.mark.parametrize("dtype", [np.int64, np.float16, np.complex128, bool, object])
def test_other_dtypes_are_refused(folder, dtype):
    with pytest.raises(TypeError, match="load_cifar10: dtype must be float32 or float64, got"):
        load_cifar10(folder, dtype)


# refused: what is not there


@pytest.mark.parametrize("name", NAMES)
def test_missing_files_are_refused_with_the_names_looked_for(folder, name):
    (folder / name).unlink()
    names = re.escape(f"{name} or {name}.gz")
    message = rf"^load_cifar10: .*: expected {names}, found none of them$"
    refused(folder, message, FileNotFoundError)


def test_what_is_no_directory_is_refused(folder):
    missing = folder / "none"
    refused(missing, "none: expected a directory, found nothing$", FileNotFoundError)
    refused(folder / FIRST, r"data_batch_1\.bin: expected a directory, found a file$")


def test_a_directory_in_the_place_of_a_file_is_refused(folder):
    (folder / FIRST).unlink()
    (folder / FIRST).mkdir()
    refused(folder, r"^load_cifar10: .*batch_1\.bin: expected a file, found a directory$")


# refused: files that are not what they should be


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_damage_is_seen_in_every_file(folder, name, pack):
    content = (folder / name).read_bytes()
    wanted = "length: expected a multiple of 3073 bytes, found "
    refused_file(folder, name, pack(b""), wanted + "0$")
    for changed in (
        content[:1],
        content[:-1],
        content + b"\0",
        content[:3072],
        content + content[1:],
    ):
        refused_file(folder, name, pack(changed), f"{wanted}{len(changed)}$")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_labels_that_are_none_are_refused(folder, pack):
    rows = ROWS[0].copy()
    rows[1:, 0] = 10, 255
    refused_file(folder, FIRST, pack(rows.tobytes()), r"label 1: expected 0\.\.9, found 10$")


def test_records_of_cifar100_are_refused(folder):
    """They have two labels. Here are so many that the length alone does not tell."""
    record = bytes([5, 77]) + bytes(3072)
    refused_file(folder, FIRST, record * 3073, r"label 3073: expected 0\.\.9, found 77$")


def test_damaged_gzip_is_refused(folder):
    for packed, what in damaged(ROWS[0].tobytes()):
        refused_file(folder, FIRST, packed, f"gzip: expected a whole file, found: {what}")


# refused before memory is taken


def test_a_bomb_takes_no_memory(folder):
    packed = bomb(ROWS[0].tobytes())
    with little_memory():
        message = "length: expected at most 268435456 bytes from gzip, found more$"
        refused_file(folder, FIRST, packed, message)


def test_the_limit_is_for_gzip_alone(folder, monkeypatch):
    content = (folder / FIRST).read_bytes()
    monkeypatch.setattr(files, "LIMIT", len(content) - 1)
    assert as_written(load_cifar10(folder))
    packed = gzip.compress(content)
    message = "length: expected at most 9218 bytes from gzip, found more$"
    refused_file(folder, FIRST, packed, message)
    monkeypatch.setattr(files, "LIMIT", len(content))
    assert as_written(load_cifar10(folder))
