"""Parameters of a model: one dict of arrays per layer, in a tuple. Gradients look the same."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

Params: TypeAlias = tuple[dict[str, Any], ...]


def map_arrays(function: Callable[..., Any], *trees: Params) -> Params:
    """Apply `function` to the arrays that stand at the same place of all `trees`.

    >>> map_arrays(lambda p, g: p - g, ({}, {"w": 5, "b": 3}), ({}, {"w": 1, "b": 1}))
    ({}, {'w': 4, 'b': 2})
    """
    return tuple(
        {name: function(*(layer[name] for layer in layers)) for name in layers[0]}
        for layers in zip(*trees, strict=True)
    )


def named_arrays(params: Params) -> Iterator[tuple[str, Any]]:
    """All arrays with their names, layer number first.

    >>> list(named_arrays(({}, {"w": 5, "b": 3})))
    [('1.w', 5), ('1.b', 3)]
    """
    for i, layer in enumerate(params):
        for name, array in layer.items():
            yield f"{i}.{name}", array


def layout(tree: Any) -> Any:
    """What a tree of dicts, tuples and arrays is made of: shapes and dtypes instead of arrays.

    >>> layout(({}, {"w": np.ones((2, 3))}, 7))
    ({}, {'w': 'float64 (2, 3)'}, 'int')
    """
    if isinstance(tree, dict):
        return {name: layout(entry) for name, entry in tree.items()}
    if isinstance(tree, tuple):
        return tuple(layout(entry) for entry in tree)
    if isinstance(tree, np.ndarray):
        return f"{tree.dtype} {tree.shape}"
    return type(tree).__name__
