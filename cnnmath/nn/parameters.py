"""Parameters of a model: one dict of arrays per layer, in a tuple. Gradients look the same."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

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
