"""What every op asks of its arrays: ranks, sizes that agree, one floating dtype."""

from decimal import Decimal
from fractions import Fraction
from numbers import Real
from typing import Any

import numpy as np

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


class ShapeError(ValueError):
    """An array has the wrong number of axes, or two arrays disagree on the size of an axis."""


def is_exact(value: object) -> bool:
    """True for the entries that an object array may hold: whole numbers, fractions, traced scalars."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole or isinstance(value, Fraction) or hasattr(value, "witness")


def check(op: str, axes: dict[str, str], **arrays: Any) -> dict[str, int]:
    """Check the arrays of one call against their axis letters; return the size of each letter.

    ``check("affine", {"x": "n d", "w": "k d"}, x=x, w=w)``. Raises ``TypeError`` for what is not
    a float32/float64 array (or an object array of exact scalars) and for mixed dtypes,
    ``ShapeError`` for a wrong rank, an empty axis or sizes that disagree; each names op,
    argument, axis and both numbers.
    """
    sizes: dict[str, int] = {}
    owner: dict[str, str] = {}
    for name, array in arrays.items():
        check_array(op, name, array)
        letters = axes[name].split()
        if array.ndim != len(letters):
            raise ShapeError(
                f"{op}: {name} has {array.ndim} axes, shape {array.shape}; "
                f"wanted {len(letters)}: ({', '.join(letters)})"
            )
        for letter, size in zip(letters, array.shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                raise ShapeError(
                    f"{op}: axis {letter} of {name} is {size}, but {sizes[letter]} in "
                    f"{owner[letter]}: {_shapes(axes, arrays)}"
                )
            owner.setdefault(letter, name)
    _one_dtype(op, arrays)
    return sizes


def check_array(op: str, name: str, array: Any) -> None:
    """A non-empty NumPy array of float32, float64 or exact scalars."""
    if not isinstance(array, np.ndarray) or isinstance(array, np.ma.MaskedArray):
        raise TypeError(f"{op}: {name} must be a NumPy array, got {type(array).__name__}")
    if array.dtype == object:
        wrong = [type(v).__name__ for v in array.flat if not is_exact(v)]
        if wrong:
            raise TypeError(
                f"{op}: the object array {name} holds a {wrong[0]}; "
                "wanted fractions or traced scalars only"
            )
    elif array.dtype not in FLOATS:
        raise TypeError(
            f"{op}: {name} has dtype {array.dtype}; wanted float32 or float64 "
            f"({name}.astype(np.float64) converts)"
        )
    if array.size == 0:
        raise ShapeError(
            f"{op}: {name} is empty, shape {array.shape}; every axis wants a size >= 1"
        )


def cotangent(op: str, name: str, dy: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """The upstream gradient as an array of ``shape``: an array of that shape, or one number."""
    if isinstance(dy, np.ndarray) and dy.ndim:
        if dy.shape != shape:
            raise ShapeError(f"{op}: {name} has shape {dy.shape}, wanted {shape} as the output")
        if dy.dtype != dtype:
            raise TypeError(f"{op}: {name} has dtype {dy.dtype}, wanted {dtype} as the inputs")
        check_array(op, name, dy)
        return dy
    if isinstance(dy, np.ndarray):
        dy = dy[()]
    check_number(op, name, dy)
    return np.full(shape, dy, dtype)[()]


def check_number(op: str, name: str, value: object) -> None:
    """A real number (or an exact scalar), not an array and not a bool."""
    if is_exact(value):
        return
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real | Decimal):
        raise TypeError(f"{op}: {name} must be a number, got {type(value).__name__}")


def kept(values: Any, mask: Any) -> Any:
    """The values where the mask is True, 0 elsewhere, whatever stands there (infinity, NaN).

    ``np.where`` by bits, several times as fast.
    """
    if values.dtype == object:
        return np.where(mask, values, values - values)  # a 0 of their own kind
    bits = _bits(mask, values.itemsize)
    return (values.view(bits.dtype) & bits).view(values.dtype)


def picked(mask: Any, one: Any, other: Any) -> Any:
    """``one`` where the mask is True, ``other`` elsewhere, bit for bit; as fast as ``kept``."""
    if one.dtype == object:
        return np.where(mask, one, other)
    bits = _bits(mask, one.itemsize)
    bits &= one.view(bits.dtype) ^ other.view(bits.dtype)
    bits ^= other.view(bits.dtype)
    return bits.view(one.dtype)


def _bits(mask: Any, itemsize: int) -> Any:
    """All ones where the mask is True, which is -1 as a whole number, and zeros."""
    return np.negative(mask, dtype=f"i{itemsize}", casting="unsafe")


def divisor(op: str, reduction: str, n: int) -> int:
    """N for the mean over samples, 1 for the sum."""
    if reduction not in ("mean", "sum"):
        raise ValueError(f'{op}: reduction is {reduction!r}; wanted "mean" or "sum"')
    return n if reduction == "mean" else 1


def check_finite(op: str, name: str, array: Any) -> None:
    """No NaN and no infinity (exact scalars are always finite)."""
    if array.dtype != object and not np.isfinite(array).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{op}: {name}{list(index)} is {array[index]}; wanted finite numbers")


def _one_dtype(op: str, arrays: dict[str, Any]) -> None:
    dtypes = {name: array.dtype for name, array in arrays.items()}
    if len(set(dtypes.values())) > 1:
        listed = ", ".join(f"{name} {dtype}" for name, dtype in dtypes.items())
        raise TypeError(f"{op}: the arrays of a call share one dtype, got {listed}")


def _shapes(axes: dict[str, str], arrays: dict[str, Any]) -> str:
    def one(name: str) -> str:
        pairs = zip(axes[name].split(), arrays[name].shape, strict=False)
        return f"{name} ({', '.join(f'{letter}={size}' for letter, size in pairs)})"

    return ", ".join(one(name) for name in arrays)
