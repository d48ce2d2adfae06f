"""`python -m cnnmath.nn.train_lenet5 DIR` on small sets in MNIST's format."""

import gzip
import re
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnmath.data import load_digits, load_mnist
from cnnmath.nn import SGD, accuracy, fit, lenet5, load, named_arrays, predict
from cnnmath.nn.train_lenet5 import main, train

ROOT = Path(__file__).parents[2]
LINE = re.compile(
    r"^epoch (\d+)/(\d+)  loss (\d+\.\d{4})  test accuracy (\d\.\d{4})  \d+\.\d s$", re.M
)


def idx(array):
    """The bytes of an IDX file: magic number, sizes, values."""
    array = array.astype(np.uint8)
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def write(folder, part, x, t):
    """8x8 digits in [0, 1], each pixel as 3x3 of them, with a border of 2."""
    pixels = np.pad(x[:, 0].repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (2, 2), (2, 2)))
    (folder / f"{part}-images-idx3-ubyte").write_bytes(idx(np.rint(255 * pixels)))
    (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(t)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The course's digits in MNIST's format, fewer."""
    folder = tmp_path_factory.mktemp("mnist")
    digits = load_digits()
    write(folder, "train", digits.x_train[:300], digits.t_train[:300])
    write(folder, "t10k", digits.x_test[:100], digits.t_test[:100])
    return folder


def test_each_epoch_is_reported_and_the_parameters_are_saved(folder, tmp_path, capsys):
    path = tmp_path / "lenet5.npz"
    settings = ["--epochs", "3", "--batch-size", "20", "--rate", "0.02", "--save", str(path)]
    assert main([str(folder), *settings]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("300 images to train on, 100 to test on\n")
    assert out.endswith(f"saved: {path}\n")
    rows = LINE.findall(out)
    assert [(epoch, of) for epoch, of, _, _ in rows] == [("1", "3"), ("2", "3"), ("3", "3")]
    losses = [float(loss) for _, _, loss, _ in rows]
    assert losses == sorted(losses, reverse=True)
    assert float(rows[-1][3]) > 0.7
    data, saved = load_mnist(folder), load(path, lenet5())
    found = accuracy(predict(lenet5(), saved.params, data.x_test), data.t_test)
    assert f"{found:.4f}" == rows[-1][3]
    assert saved.state.epoch == 3


def test_epoch_by_epoch_is_the_same_as_all_at_once(folder):
    data = load_mnist(folder)
    runs = list(train(data, SGD(0.02, 0.9), epochs=2, batch_size=64, seed=7))
    rng = np.random.default_rng(7)
    whole = fit(
        lenet5(),
        data.x_train,
        data.t_train,
        optimiser=SGD(0.02, 0.9),
        epochs=2,
        batch_size=64,
        rng=rng,
        test=(data.x_test, data.t_test),
    )
    assert [epoch for run in runs for epoch in run.history] == whole.history
    for (name, a), (_, b) in zip(
        named_arrays(runs[-1].params), named_arrays(whole.params), strict=True
    ):
        assert a.dtype == np.float32
        assert a.tobytes() == b.tobytes(), name


def test_the_documented_command_runs(folder):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "cnnmath.nn.train_lenet5", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    ((epoch, of, *_),) = LINE.findall(done.stdout)
    assert (epoch, of) == ("1", "1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: DIR"),
        (["DIR", "--epochs", "0"], "--epochs: expected a whole number of at least 1, found '0'"),
        (["DIR", "--epochs", "1.5"], "--epochs: expected a whole number of at least 1"),
        (["DIR", "--batch-size", "-3"], "--batch-size: expected a whole number of at least 1"),
        (["DIR", "--seed", "x"], "--seed: expected a whole number of at least 0, found 'x'"),
        (["DIR", "--rate", "fast"], "--rate: invalid float value: 'fast'"),
        (["DIR", "--rate", "0"], "SGD: rate is 0.0; wanted a finite number > 0"),
        (["DIR", "--rate", "nan"], "SGD: rate is nan; wanted a finite number > 0"),
        (["DIR", "--save", "nowhere/net.npz"], "--save: nowhere is no directory"),
        (["no such folder"], "load_mnist: no such folder: expected a directory, found nothing"),
        (["DIR", "--download"], "unrecognized arguments: --download"),
    ],
    ids=str,
)
def test_what_will_not_do_is_refused(folder, capsys, arguments, message):
    with pytest.raises(SystemExit, match=r"^2$"):
        main([str(folder) if a == "DIR" else a for a in arguments])
    out, err = capsys.readouterr()
    assert out == ""
    assert "usage: python -m cnnmath.nn.train_lenet5" in err
    assert message in err


def test_damaged_files_are_refused_by_name(folder, tmp_path, capsys):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(
            path.read_bytes()[: -1 if "images" in path.name else None]
        )
    with pytest.raises(SystemExit, match=r"^2$"):
        main([str(tmp_path)])
    assert "train-images-idx3-ubyte: length: expected" in capsys.readouterr().err


def test_a_rate_that_breaks_off_is_said(folder, capsys):
    assert main([str(folder), "--rate", "1e30"]) == 1
    assert re.search(
        r"^fit: .*step \d+, epoch 1: .* contains .*; a smaller --rate may help$",
        capsys.readouterr().err,
    )
