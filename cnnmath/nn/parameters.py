"""Parameters of a model: one dict of arrays per layer, in a tuple. Gradients look the same."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from cnnmath.nn.sequential import Sequential

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


def parameter_counts(model: "Sequential") -> tuple[int, ...]:
    """How many numbers each layer learns; weights of maps that are not connected do not count.

    >>> from cnnmath.nn import Affine, Conv2d, Flatten, Sequential
    >>> parameter_counts(Sequential(Conv2d(3, 2, 5, connect=((0,), (0, 2))), Flatten(), Affine(8, 2)))
    (77, 0, 18)
    """
    params = model.init(np.random.default_rng(0))
    return tuple(
        sum(array.size for array in arrays.values()) - getattr(layer, "fixed", 0)
        for layer, arrays in zip(model.layers, params, strict=True)
    )


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
