"""Files of parameters: what goes in comes out, and nothing else does. Training goes on from them."""

import io
import json
import os
import stat
import zipfile
from functools import partial

import numpy as np
import pytest

from cnnmath.data import load_digits
from cnnmath.nn import (
    SGD,
    Adagrad,
    Adam,
    RMSprop,
    Saved,
    fit,
    load,
    mlp,
    named_arrays,
    save,
    softmax_regression,
)

MODEL = mlp(3, 4, 2)
OPTIMISERS = [
    SGD(0.1),
    SGD(0.1, 0.9),
    SGD(0.1, 0.9, nesterov=True),
    Adagrad(0.05),
    RMSprop(0.002, 0.9),
    Adam(0.005),
]


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    return rng.standard_normal((30, 3)), np.arange(30) % 2


def run(data, rng=0, **changes):
    settings = {
        "optimiser": SGD(0.1, 0.9),
        "epochs": 2,
        "batch_size": 7,
        "rng": np.random.default_rng(rng),
        **changes,
    }
    return fit(MODEL, *data, **settings)


def same_bits(a, b):
    a, b = dict(named_arrays(a)), dict(named_arrays(b))
    return a.keys() == b.keys() and all(
        a[name].dtype == b[name].dtype and a[name].tobytes() == b[name].tobytes() for name in a
    )


def same_states(a, b):
    """Entry by entry of an optimiser's state: arrays bit for bit, numbers with their type."""
    return len(a) == len(b) and all(
        same_bits(x, y) if isinstance(x, tuple) else type(x) is type(y) and x == y
        for x, y in zip(a, b, strict=True)
    )


# there and back


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parameters_come_back_bit_for_bit(tmp_path, dtype):
    params = MODEL.init(np.random.default_rng(0), dtype)
    save(tmp_path / "net.npz", MODEL, params)
    loaded = load(tmp_path / "net.npz", MODEL)
    assert isinstance(loaded, Saved)
    assert same_bits(loaded.params, params)
    assert [set(layer) for layer in loaded.params] == [set(), {"w", "b"}, set(), {"w", "b"}]
    assert loaded.state is None


def test_special_values_and_path_as_text(tmp_path):
    params = softmax_regression(2, 1).init(np.random.default_rng(0))
    params[1]["w"][0] = -0.0, 5e-324
    params[1]["b"][0] = np.nan
    path = str(tmp_path / "any name")
    save(path, softmax_regression(2, 1), params)
    assert same_bits(load(path, softmax_regression(2, 1)).params, params)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_the_state_comes_back(tmp_path, data, optimiser):
    done = run(data, optimiser=optimiser)
    save(tmp_path / "net.npz", MODEL, done.params, done.state)
    state = load(tmp_path / "net.npz", MODEL).state
    assert state._replace(optimiser=None) == done.state._replace(optimiser=None)
    assert same_states(state.optimiser, done.state.optimiser)


def test_numbers_in_the_state_of_an_optimiser_come_back(tmp_path, data):
    """As Adam has, and any kind of number anywhere."""
    done = run(data)
    state = done.state._replace(optimiser=(done.params, 17, done.params, 0.5))
    save(tmp_path / "net.npz", MODEL, done.params, state)
    back = load(tmp_path / "net.npz", MODEL).state.optimiser
    assert back[1::2] == (17, 0.5)
    assert same_bits(back[0], done.params)
    assert same_bits(back[2], done.params)


def test_the_file_is_plain(tmp_path, data):
    done = run(data)
    save(tmp_path / "net.npz", MODEL, done.params, done.state)
    with np.load(tmp_path / "net.npz", allow_pickle=False) as file:
        own = ["1.w", "1.b", "3.w", "3.b"]
        assert sorted(file) == sorted(["description", *own, *(f"optimiser.0.{n}" for n in own)])
        assert np.array_equal(file["3.w"], done.params[3]["w"])
        about = json.loads(str(file["description"]))
    assert about["model"] == repr(MODEL)
    assert about["state"]["epoch"] == 2


def test_same_parameters_same_file(tmp_path):
    params = MODEL.init(np.random.default_rng(0))
    save(tmp_path / "a.npz", MODEL, params)
    save(tmp_path / "b.npz", MODEL, params)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_how_weights_start_does_not_matter_to_the_file(tmp_path):
    params = MODEL.init(np.random.default_rng(0))
    save(tmp_path / "net.npz", MODEL, params)
    assert same_bits(load(tmp_path / "net.npz", mlp(3, 4, 2, initialise="he")).params, params)


# all or nothing


def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "net.npz"
    save(path, MODEL, MODEL.init(np.random.default_rng(0)))
    old = path.read_bytes()

    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save(path, MODEL, MODEL.init(np.random.default_rng(1)))
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_a_save_replaces_and_leaves_nothing_beside(tmp_path):
    path = tmp_path / "net.npz"
    for seed in (0, 1):
        params = MODEL.init(np.random.default_rng(seed))
        save(path, MODEL, params)
        assert same_bits(load(path, MODEL).params, params)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_the_file_has_the_usual_mode(tmp_path):
    (tmp_path / "other").touch()
    save(tmp_path / "net.npz", MODEL, MODEL.init(np.random.default_rng(0)))
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("other", "net.npz")}
    assert len(modes) == 1


# refused when saving


def refused_by_save(tmp_path, message, params, state=None):
    with pytest.raises(ValueError, match=message):
        save(tmp_path / "net.npz", MODEL, params, state)
    assert list(tmp_path.iterdir()) == []


def test_parameters_that_are_not_the_models_are_not_saved(tmp_path):
    good = MODEL.init(np.random.default_rng(0))
    refuse = partial(refused_by_save, tmp_path)
    other = mlp(3, 5, 2).init(np.random.default_rng(0))
    refuse(r"^save: 1\.w: expected float64 \(4, 3\), found float64 \(5, 3\)$", other)
    refuse(r"^save: 3\.w: expected float64 \(2, 4\), found none$", (*good[:3], {}))
    refuse(r"^save: 4\.w: expected no such array, found float64", (*good, {"w": np.ones(2)}))
    mixed = (*good[:3], {**good[3], "b": np.zeros(2, np.float32)})
    refuse(r"^save: 3\.b: expected float64 \(2,\), found float32 \(2,\)$", mixed)
    whole = tuple({name: a.astype(int) for name, a in layer.items()} for layer in good)
    refuse(r"^save: dtype: expected float32 or float64, found int64$", whole)


def test_states_that_no_file_can_hold_are_not_saved(tmp_path, data):
    done = run(data)
    refuse = partial(refused_by_save, tmp_path)

    def with_optimiser(state):
        return done.state._replace(optimiser=state)

    message = r"^save: state, optimiser: expected 'like params' or a number, found "
    refuse(message + r"array\(", done.params, with_optimiser((np.ones(3),)))
    refuse(message + "nan", done.params, with_optimiser((np.nan,)))
    refuse(message + "True", done.params, with_optimiser((True,)))
    refuse("^save: state, optimiser: expected a tuple, found 3", done.params, with_optimiser(3))
    other = mlp(3, 5, 2).init(np.random.default_rng(0))
    refuse(
        r"^save: optimiser\.0\.1\.w: expected float64 \(4, 3\), found float64 \(5, 3\)$",
        done.params,
        with_optimiser((other,)),
    )
    twister = run(data, rng=np.random.MT19937(0))
    refuse(
        r"^save: state, rng: expected that of np\.random\.default_rng, found .*MT19937",
        twister.params,
        twister.state,
    )


# refused when loading


@pytest.fixture
def entries(data, tmp_path):
    """The entries of a good file, to be spoiled."""
    done = run(data)
    save(tmp_path / "net.npz", MODEL, done.params, done.state)
    with np.load(tmp_path / "net.npz") as file:
        return dict(file)


def refused_by_load(tmp_path, entries, message, model=MODEL):
    path = tmp_path / "net.npz"
    np.savez(path, **entries)
    with pytest.raises(ValueError, match=rf"^load: .*net\.npz: {message}"):
        load(path, model)


def test_a_file_of_another_model_is_refused(tmp_path, entries):
    found = r"Sequential\(Flatten\(\), Affine\(d=3, k=4\), Relu\(\), Affine\(d=4, k=2\)\)$"
    for other in (mlp(3, 5, 2), mlp(3, 4, 2, activation="tanh"), mlp(3, 2), mlp(3, 4, 4, 2)):
        message = rf"model: expected Sequential\(.*\), found {found}"
        refused_by_load(tmp_path, entries, message, other)


@pytest.mark.parametrize("name", ["1.w", "3.b", "optimiser.0.1.w", "optimiser.0.3.b"])
def test_arrays_that_are_not_as_they_should_be_are_refused(tmp_path, entries, name):
    good = entries[name]
    wanted = rf"{name}: expected float64 \({', '.join(map(str, good.shape))},?\), found "
    refuse = partial(refused_by_load, tmp_path)
    without = {n: a for n, a in entries.items() if n != name}
    refuse(without, wanted + "none$")
    refuse({**entries, name: good.astype(np.float32)}, wanted + "float32")
    refuse({**entries, name: good.astype(int)}, wanted + "int64")
    refuse({**entries, name: good.astype(">f8")}, wanted + ">f8")
    refuse({**entries, name: good.astype(complex)}, wanted + "complex128")
    refuse({**entries, name: good[..., :1]}, wanted + "float64")
    refuse({**entries, name: good[None]}, wanted + r"float64 \(1,")
    refuse({**without, name + "x": good}, wanted + "none$")


def test_arrays_that_do_not_belong_are_refused(tmp_path, entries):
    message = r"5\.w: expected no such array, found float64 \(2,\)$"
    refused_by_load(tmp_path, {**entries, "5.w": np.ones(2)}, message)


def test_pickles_are_refused_and_not_run(tmp_path, entries):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "ran"),))

    trap = np.empty((4, 3), object)
    trap[:] = Trap()
    message = r"1\.w: expected float64 \(4, 3\), found object \(4, 3\)"
    refused_by_load(tmp_path, {**entries, "1.w": trap}, message)
    refused_by_load(
        tmp_path,
        {**entries, "description": trap[0, 0:1].reshape(())},
        "description: expected a text",
    )
    assert not (tmp_path / "ran").exists()


def test_descriptions_that_make_no_sense_are_refused(tmp_path, entries):
    about = json.loads(str(entries["description"]))

    def refuse(message, **changes):
        text = np.array(json.dumps({**about, **changes}))
        refused_by_load(tmp_path, {**entries, "description": text}, message)

    def refuse_state(message, **changes):
        refuse(message, state={**about["state"], **changes})

    refuse(
        "format: expected cnnmath parameters 1, found cnnmath parameters 2",
        format=about["format"][:-1] + "2",
    )
    refuse("dtype: expected float32 or float64, found object", dtype="object")
    refuse(r"1\.w: expected float32 \(4, 3\), found float64", dtype="float32")
    refuse("description: expected format, model, dtype, state, found", extra=1)
    refuse("state: expected optimiser, rng, epoch, step, found 7", state=7)
    refuse(r"optimiser\.0\.1\.w: expected no such array, found", state=None)
    for bad in (-1, 1.5, True, "2", None):
        refuse_state("state, epoch: expected a whole number, found", epoch=bad)
        refuse_state("state, step: expected a whole number, found", step=bad)
    refuse_state("state, optimiser: expected a list, found 3", optimiser=3)
    for bad in (True, None, "x", [], float("inf")):
        refuse_state("state, optimiser: expected 'like params' or a number", optimiser=[bad])
    rng = about["state"]["rng"]
    for bad in (
        None,
        [],
        {},
        {**rng, "bit_generator": "MT19937"},
        {**rng, "uinteger": -1},
        {**rng, "uinteger": 2**64},
        {**rng, "state": {**rng["state"], "state": 2**128}},
        {**rng, "state": {**rng["state"], "inc": -1}},
        {**rng, "state": {"inc": 1}},
        {**rng, "state": {**rng["state"], "state": "1"}},
        {**rng, "more": 1},
    ):
        refuse_state(r"state, rng: expected that of np\.random\.default_rng, found", rng=bad)

    for text in (np.array("{"), np.array("[" * 100_000), np.array("")):
        refused_by_load(tmp_path, {**entries, "description": text}, "")
    for text in (np.array(["{}"]), np.array(b"{}"), np.array(1.0)):
        refused_by_load(
            tmp_path, {**entries, "description": text}, "description: expected a text, found"
        )
    del entries["description"]
    refused_by_load(tmp_path, entries, "description: expected a text, found none")


def zip_file(tmp_path, members, compression=zipfile.ZIP_STORED):
    path = tmp_path / "net.npz"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def npy(array):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array)
    return buffer.getvalue()


def test_archives_that_save_does_not_write_are_refused(tmp_path, entries):
    members = [(f"{name}.npy", npy(array)) for name, array in entries.items()]
    path = zip_file(tmp_path, members)
    load(path, MODEL)

    def refuse(message, members, **options):
        zip_file(tmp_path, members, **options)
        with pytest.raises(ValueError, match=rf"^load: .*net\.npz: {message}"):
            load(path, MODEL)

    refuse("description: expected a plain entry", members, compression=zipfile.ZIP_DEFLATED)
    refuse("readme: expected a name that ends in .npy", [*members, ("readme", b"")])
    name, content = members[1]
    refuse(
        r"1\.\w: expected the end of the array", [members[0], (name, content + b"0"), *members[2:]]
    )
    refuse("", [members[0], (name, content[:-1]), *members[2:]])
    huge = npy(np.zeros(0)).replace(b"(0,)", b"(9,)").replace(b"(9,), }  ", b"(99**9), }")
    refuse("", [members[0], (name, huge), *members[2:]])
    with pytest.warns(UserWarning, match="Duplicate name"):
        zip_file(tmp_path, [*members, members[1]])
    with pytest.raises(ValueError, match=r"1\.\w: expected one entry, found two"):
        load(path, MODEL)


@pytest.mark.parametrize("shape", [(10**15,), (10**9, 10**9), (-1, 10**15)])
def test_a_header_that_claims_too_much_is_not_believed(tmp_path, entries, shape):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": shape}
    )
    members = [(f"{name}.npy", npy(array)) for name, array in entries.items() if name != "1.w"]
    path = zip_file(tmp_path, [*members, ("1.w.npy", header.getvalue() + bytes(96))])
    with pytest.raises(ValueError, match=r"1\.w: expected at most \d+ bytes, found float64"):
        load(path, MODEL)


def test_what_is_no_archive_is_refused(tmp_path):
    path = tmp_path / "net.npz"
    for content in (b"", b"no zip", npy(np.ones(3)), b"PK\x05\x06" + bytes(18)):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"^load: .*net\.npz: "):
            load(path, MODEL)
    with pytest.raises(FileNotFoundError, match=r"missing\.npz"):
        load(tmp_path / "missing.npz", MODEL)


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """A small file, for damage at every byte."""
    path = tmp_path_factory.mktemp("damage") / "net.npz"
    save(path, mlp(2, 1), mlp(2, 1).init(np.random.default_rng(0)))
    return path.read_bytes()


def test_every_truncation_is_refused(tmp_path, content):
    path = tmp_path / "net.npz"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"^load: .*net\.npz: "):
            load(path, mlp(2, 1))


def outcome(path):
    try:
        return load(path, mlp(2, 1)).params
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_no_changed_byte_changes_a_parameter(tmp_path, content, flip):
    """It is refused, or it was one that does not matter, such as a date in the archive."""
    path = tmp_path / "net.npz"
    path.write_bytes(content)
    wanted, refused = outcome(path), 0
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :])
        got = outcome(path)
        if isinstance(got, str):
            assert got.startswith(f"load: {path}: ")
            refused += 1
        else:
            assert same_bits(got, wanted)
    assert refused > 0.8 * len(content)


# going on


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ten_epochs_are_six_and_four(tmp_path, optimiser, dtype):
    digits = load_digits(dtype)
    model = mlp(64, 12, 10, initialise="he")
    settings = {"optimiser": optimiser, "batch_size": 32, "l2": 1e-4}
    train = partial(fit, model, digits.x_train[:300], digits.t_train[:300], **settings)
    whole = train(epochs=10, rng=np.random.default_rng(5))
    six = train(epochs=6, rng=np.random.default_rng(5))
    save(tmp_path / "net.npz", model, six.params, six.state)
    params, state = load(tmp_path / "net.npz", model)
    four = train(epochs=4, rng=np.random.default_rng(99), params=params, resume=state)
    assert same_bits(four.params, whole.params)
    assert str([*six.history, *four.history]) == str(whole.history)  # NaN of the test accuracy
    assert four.state._replace(optimiser=None) == whole.state._replace(optimiser=None)
    assert same_states(four.state.optimiser, whole.state.optimiser)


@pytest.mark.parametrize("bits", [np.random.MT19937, np.random.Philox, np.random.SFC64])
def test_in_memory_any_generator_goes_on(data, bits):
    whole = run(data, rng=bits(0), epochs=5)
    first = run(data, rng=bits(0), epochs=3)
    rest = run(data, rng=bits(1), epochs=2, params=first.params, resume=first.state)
    assert same_bits(rest.params, whole.params)


def test_a_state_can_be_resumed_twice(data):
    first = run(data)
    again = [run(data, rng=i, params=first.params, resume=first.state).params for i in (1, 2)]
    assert same_bits(*again)


def test_without_the_momentum_it_would_be_another_run(data):
    whole, first = run(data, epochs=4), run(data)
    zero = SGD(0.1, 0.9).init(first.params)
    rest = run(data, params=first.params, resume=first.state._replace(optimiser=zero))
    assert not same_bits(rest.params, whole.params)


@pytest.mark.parametrize("forgotten", [0, 1, 2])
def test_without_a_part_of_adams_memory_it_would_be_another_run(data, forgotten):
    adam = Adam(0.01)
    whole, first = run(data, optimiser=adam, epochs=4), run(data, optimiser=adam)
    memory = list(first.state.optimiser)
    memory[forgotten] = adam.init(first.params)[forgotten]
    state = first.state._replace(optimiser=tuple(memory))
    rest = run(data, optimiser=adam, params=first.params, resume=state)
    assert not same_bits(rest.params, whole.params)


def test_the_memory_of_another_optimiser_is_refused(data):
    first = run(data, optimiser=Adam(0.01))
    message = r"fit: the state to resume has for the optimiser .* 'int'\); wanted .* for RMSprop\("
    with pytest.raises(ValueError, match=message):
        run(data, optimiser=RMSprop(0.01), params=first.params, resume=first.state)


def test_steps_and_epochs_are_counted_on(data):
    first = run(data)
    assert (first.state.epoch, first.state.step) == (2, 10)
    first.params[3]["b"][0] = 1e200
    message = r"^fit: step 11, epoch 3: "
    with pytest.raises(FloatingPointError, match=message):
        run(data, params=first.params, resume=first.state, loss=infinite)


def infinite(s, t):
    return np.float64(np.inf), lambda dE: (s,)


def test_states_that_do_not_fit_are_refused_and_leave_rng_alone(data):
    first = run(data)
    with pytest.raises(ValueError, match=r"fit: resume goes with params: params=run\.params"):
        run(data, resume=first.state)
    rng = np.random.default_rng(8)
    before = rng.bit_generator.state
    message = r"fit: the state to resume has for the optimiser \(\(\{\}, .*; wanted \(\) for SGD\("
    with pytest.raises(ValueError, match=message):
        run(data, rng=rng, optimiser=SGD(0.1), params=first.params, resume=first.state)
    other = mlp(3, 5, 2).init(np.random.default_rng(0))
    message = r"fit: the state to resume has .*\(4, 3\).*; wanted .*\(5, 3\)"
    with pytest.raises(ValueError, match=message):
        run(data, rng=rng, params=other, resume=first.state)
    assert rng.bit_generator.state == before
    message = "fit: the state to resume is of a PCG64 generator, but rng is MT19937"
    with pytest.raises(ValueError, match=message):
        run(data, rng=np.random.MT19937(0), params=first.params, resume=first.state)
