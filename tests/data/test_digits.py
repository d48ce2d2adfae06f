"""The embedded digits: shapes, split, checksum, and how the file is made again."""

import doctest
import hashlib

import numpy as np
import pytest

from cnnmath.data import digits as digits_module
from cnnmath.data import load_digits
from cnnmath.data.digits import FILE, SHA256


def test_docstring_examples_hold():
    result = doctest.testmod(digits_module)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64, "float32"])
def test_shapes_dtypes_and_range(dtype):
    digits = load_digits(dtype)
    assert digits.x_train.shape == (1437, 1, 8, 8)
    assert digits.x_test.shape == (360, 1, 8, 8)
    assert digits.t_train.shape == (1437,)
    assert digits.t_test.shape == (360,)
    for x, t in ((digits.x_train, digits.t_train), (digits.x_test, digits.t_test)):
        assert x.dtype == dtype
        assert t.dtype == np.int64
        assert x.flags.c_contiguous
        assert x.min() == 0
        assert x.max() == 1
        assert np.array_equal(16 * x, np.rint(16 * x))
        assert set(t.tolist()) == set(range(10))


def test_default_dtype_is_float32():
    assert load_digits().x_train.dtype == np.float32


def test_rows_of_both_parts_are_the_permuted_file():
    table = np.load(FILE, allow_pickle=False)
    digits = load_digits(np.float64)
    x = np.concatenate([digits.x_train, digits.x_test]).reshape(-1, 64)
    t = np.concatenate([digits.t_train, digits.t_test])
    order = np.random.default_rng(0).permutation(1797)
    assert np.array_equal(16 * x, table[order, :64])
    assert np.array_equal(t, table[order, 64])


def test_classes_are_counted_as_uci_counts_them():
    digits = load_digits()
    t = np.concatenate([digits.t_train, digits.t_test])
    assert np.bincount(t).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_arrays_are_fresh_at_each_call():
    first = load_digits()
    kept = [array.copy() for array in first]
    for array in first:
        array[...] = 7
    for array, copy in zip(load_digits(), kept, strict=True):
        assert np.array_equal(array, copy)


@pytest.mark.parametrize("dtype", [np.int64, np.float16, np.complex128, bool, object])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(TypeError, match="load_digits: dtype must be float32 or float64, got"):
        load_digits(dtype)


def test_one_changed_pixel_is_refused(monkeypatch, tmp_path):
    content = bytearray(FILE.read_bytes())
    content[-2] ^= 1
    changed = tmp_path / "digits.npy"
    changed.write_bytes(content)
    monkeypatch.setattr(digits_module, "FILE", changed)
    found = hashlib.sha256(content).hexdigest()
    with pytest.raises(ValueError, match=rf"digits\.npy: expected SHA-256 {SHA256}, found {found}"):
        load_digits()


def test_truncated_file_is_refused(monkeypatch, tmp_path):
    short = tmp_path / "digits.npy"
    short.write_bytes(FILE.read_bytes()[:-1])
    monkeypatch.setattr(digits_module, "FILE", short)
    with pytest.raises(ValueError, match=r"digits\.npy: expected SHA-256 [0-9a-f]{64}, found"):
        load_digits()


def test_missing_file_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(digits_module, "FILE", tmp_path / "digits.npy")
    with pytest.raises(ValueError, match=rf"digits\.npy: expected SHA-256 {SHA256}, found no file"):
        load_digits()


def test_file_is_made_again_byte_for_byte(monkeypatch, tmp_path, capsys):
    pytest.importorskip("sklearn", reason="the file is made from scikit-learn's copy")
    from cnnmath.data import make_digits

    again = tmp_path / "digits.npy"
    monkeypatch.setattr(make_digits, "FILE", again)
    make_digits.main()
    assert again.read_bytes() == FILE.read_bytes()
    assert "as in digits.py" in capsys.readouterr().out


def test_licence_note_names_source_and_licence():
    note = FILE.with_name("DIGITS-LICENSE.txt").read_text(encoding="utf-8")
    for wanted in ("Alpaydin", "Kaynak", "CC BY 4.0", "10.24432/C50P49", "digits.npy"):
        assert wanted in note
