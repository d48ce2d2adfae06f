"""Parameters in a file: one .npz of plain arrays and a text, no pickle.

Arrays are called as in `named_arrays` (1.w, 1.b), those of the optimiser's state optimiser.0.1.w and
so on. The entry `description` is JSON: format, model, dtype, state of the run.
"""

import json
import math
import os
import reprlib
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnnmath.nn.npz import DAMAGE, read_content, read_headers, write_npz
from cnnmath.nn.parameters import Params, layout, named_arrays
from cnnmath.nn.sequential import Sequential
from cnnmath.nn.training import State

FORMAT = "cnnmath parameters 1"
TREE = "like params"  # in the description: this entry of the optimiser's state is a tree of arrays


class Saved(NamedTuple):
    params: Params
    state: State | None  # None if none was saved


def save(path: str | Path, model: Sequential, params: Params, state: State | None = None) -> None:
    """Write the parameters, and with `state=run.state` all that `fit` needs to go on, to `path`.

    The file is complete or not there: an older one stays until the new one is whole. Raises
    ValueError for params that are not the model's and for a state that the file cannot hold: random
    numbers of another generator than `np.random.default_rng`, an optimiser's state that is no tuple
    of trees like the parameters and numbers.
    """
    optimiser = () if state is None else state.optimiser
    try:
        kinds = _kinds(optimiser)
        arrays = _by_name(params, optimiser)
        dtype = next((str(array.dtype) for array in arrays.values()), "float64")
        about: dict[str, Any] = {
            "format": FORMAT,
            "model": repr(model),
            "dtype": dtype,
            "state": None,
        }
        if state is not None:
            about["state"] = {**state._asdict(), "optimiser": kinds}
        _check_description(about, model)
        _compare(_layouts(arrays), _layouts(_template(model, dtype, kinds)))
    except ValueError as error:
        raise ValueError(f"save: {error}") from None
    write_npz(Path(path), {"description": np.array(json.dumps(about)), **arrays})


def load(path: str | Path, model: Sequential) -> Saved:
    """Read what `save` wrote for the same model: (params, state).

    Raises ValueError with file, entry, what was expected and what was found: a file of another model,
    damaged, cut off, with arrays missing, added, of other shapes or dtypes. Nothing is unpickled or
    run, and a header that claims more than the file holds is not believed.
    """
    with Path(path).open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                about, arrays = _read(archive, os.fstat(file.fileno()).st_size, model)
        except DAMAGE as error:
            raise ValueError(f"load: {path}: {error}") from error
    return Saved(_tree(model, arrays, ""), _state(model, arrays, about["state"]))


def _read(archive: zipfile.ZipFile, size: int, model: Sequential) -> tuple[Any, dict[str, Any]]:
    """Description and arrays, after all headers have been compared with what the model wants."""
    headers = read_headers(archive, size)
    about = _description(archive, headers)
    _check_description(about, model)
    kinds = about["state"]["optimiser"] if about["state"] else []
    _compare(headers, _layouts(_template(model, about["dtype"], kinds)))
    return about, {name: read_content(archive, name) for name in headers}


def _kinds(optimiser: Any) -> list[Any]:
    """How each entry of an optimiser's state is described: a number as it is, arrays by TREE."""
    if not isinstance(optimiser, tuple):
        raise ValueError(f"state, optimiser: expected a tuple, found {reprlib.repr(optimiser)}")
    for entry in optimiser:
        tree = isinstance(entry, tuple) and all(isinstance(layer, dict) for layer in entry)
        if not tree and not _is_number(entry):
            found = reprlib.repr(entry)
            raise ValueError(f"state, optimiser: expected {TREE!r} or a number, found {found}")
    return [entry if _is_number(entry) else TREE for entry in optimiser]


def _by_name(params: Params, optimiser: Any) -> dict[str, Any]:
    """All arrays by their names in the file; numbers in the optimiser's state are not among them."""
    arrays = dict(named_arrays(params))
    for i, entry in enumerate(optimiser):
        if not _is_number(entry):
            arrays |= {f"optimiser.{i}.{name}": array for name, array in named_arrays(entry)}
    return arrays


def _template(model: Sequential, dtype: str, kinds: list[Any]) -> dict[str, Any]:
    """Arrays as the file must have them."""
    params = model.init(np.random.default_rng(0), np.dtype(dtype))
    return _by_name(params, [params if kind == TREE else kind for kind in kinds])


def _tree(model: Sequential, arrays: dict[str, np.ndarray], prefix: str) -> Params:
    layers = model.init(np.random.default_rng(0))
    return tuple(
        {name: arrays[f"{prefix}{i}.{name}"] for name in layer} for i, layer in enumerate(layers)
    )


def _state(model: Sequential, arrays: dict[str, np.ndarray], about: Any) -> State | None:
    if about is None:
        return None
    optimiser = (
        _tree(model, arrays, f"optimiser.{i}.") if kind == TREE else kind
        for i, kind in enumerate(about["optimiser"])
    )
    return State(**{**about, "optimiser": tuple(optimiser)})


def _layouts(arrays: dict[str, Any]) -> dict[str, str]:
    return {name: layout(array) for name, array in arrays.items()}


def _compare(found: dict[str, str], wanted: dict[str, str]) -> None:
    for name in {**wanted, **found}:
        if found.get(name) != wanted.get(name):
            raise ValueError(
                f"{name}: expected {wanted.get(name, 'no such array')}, "
                f"found {found.get(name, 'none')}"
            )


# ------------------------------------------------------------------------------------ description


def _description(archive: zipfile.ZipFile, headers: dict[str, str]) -> Any:
    """The JSON in the file; takes its header out of `headers`."""
    found = headers.pop("description", "none")
    if not (found.startswith("<U") and found.endswith(" ()")):
        raise ValueError(f"description: expected a text, found {found}")
    return json.loads(str(read_content(archive, "description")))


def _check_description(about: Any, model: Sequential) -> None:
    _check_keys("description", about, ("format", "model", "dtype", "state"))
    for key, wanted in (("format", FORMAT), ("model", repr(model))):
        if about[key] != wanted:
            raise ValueError(f"{key}: expected {wanted}, found {about[key]}")
    if about["dtype"] not in ("float32", "float64"):
        raise ValueError(f"dtype: expected float32 or float64, found {about['dtype']}")
    if about["state"] is not None:
        _check_state(about["state"])


def _check_state(state: Any) -> None:
    _check_keys("state", state, State._fields)
    for key in ("epoch", "step"):
        if type(state[key]) is not int or state[key] < 0:
            raise ValueError(f"state, {key}: expected a whole number, found {state[key]!r}")
    if not isinstance(state["optimiser"], list):
        raise ValueError(f"state, optimiser: expected a list, found {state['optimiser']!r}")
    for kind in state["optimiser"]:
        if kind != TREE and not _is_number(kind):
            raise ValueError(f"state, optimiser: expected {TREE!r} or a number, found {kind!r}")
    if not _is_generator_state(state["rng"]):
        found = reprlib.repr(state["rng"])
        raise ValueError(f"state, rng: expected that of np.random.default_rng, found {found}")


def _check_keys(name: str, entry: Any, keys: tuple[str, ...]) -> None:
    if not isinstance(entry, dict) or set(entry) != set(keys):
        raise ValueError(f"{name}: expected {', '.join(keys)}, found {reprlib.repr(entry)}")


def _is_generator_state(rng: Any) -> bool:
    """NumPy's default generator takes it and gives it back unchanged."""
    generator = np.random.PCG64(0)
    try:
        generator.state = rng
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError):
        return False
    return bool(generator.state == rng)


def _is_number(entry: Any) -> bool:
    return type(entry) in (int, float) and math.isfinite(entry)
