"""Settings of layers with windows: numbers for rows and columns, and the text that shows them."""

from collections.abc import Collection
from dataclasses import fields
from typing import Any, TypeAlias

from cnnmath.ops.windows import Pair, pair

Both: TypeAlias = int | Pair  # one number for rows and columns, or one for each


def both(layer: str, name: str, value: Any, least: int) -> Both:
    """A setting in its shortest form, so that 2 and (2, 2) are equal and look alike.

    Raises TypeError and ValueError as `cnnmath.ops.windows.pair`.

    >>> both("MaxPool2d", "size", (2, 2), 1), both("MaxPool2d", "size", [2, 3], 1)
    (2, (2, 3))
    """
    rows, columns = pair(layer, name, value, least)
    return rows if rows == columns else (rows, columns)


def text(layer: Any, hide: Collection[str] = (), **shown: str) -> str:
    """The layer as one would write it: without settings left at their default and those to `hide`.

    `shown` replaces the text of a setting that is too long to read.
    """
    parts = [
        f"{field.name}={shown.get(field.name, repr(getattr(layer, field.name)))}"
        for field in fields(layer)
        if field.repr and field.name not in hide and getattr(layer, field.name) != field.default
    ]
    return f"{type(layer).__name__}({', '.join(parts)})"
