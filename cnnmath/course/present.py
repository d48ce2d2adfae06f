"""What a chapter shows besides formulas: an error that is wanted, a number that was measured."""

import math
import os
from collections.abc import Callable


def is_build() -> bool:
    """True where outputs are stored or compared: progress bars and sliders stay off there."""
    return os.environ.get("CNNMATH_BUILD") == "1"


def expect(error_type: type[Exception], thunk: Callable[[], object]) -> None:
    """Run `thunk`, which must raise `error_type`, and print that error in one line.

    >>> expect(ZeroDivisionError, lambda: 1 // 0)
    ZeroDivisionError: integer division or modulo by zero
    """
    wanted = error_type.__name__
    try:
        thunk()
    except error_type as error:
        print(f"{type(error).__name__}: {error}")
    except Exception as error:
        got = f"{type(error).__name__}: {error}"
        raise AssertionError(f"expected {wanted}, but the call raised {got}") from error
    else:
        raise AssertionError(f"expected {wanted}, but the call raised nothing")


def measured(value: float, low: float, high: float, digits: int = 3, label: str = "") -> None:
    """Assert low <= value <= high and print the value beside its band.

    Machines differ in the last digits of a trained weight, so `chapters/conftest.py` hides the
    token in brackets from the comparison, and only that: the band is compared as it stands.

    >>> measured(0.9527, 0.93, 0.97, label="test accuracy")
    test accuracy: [measured 0.953] (band 0.93 .. 0.97)
    """
    value, low, high = float(value), float(low), float(high)
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ValueError(f"measured: a band needs two finite numbers, low <= high: {low}, {high}")
    band = f"band {_shortest(low)} .. {_shortest(high)}"
    if not low <= value <= high:
        raise AssertionError(f"{label or 'measured'}: {value!r} is outside its {band}")
    while not low <= float(f"{value:.{digits}g}") <= high:  # rounding must not leave the band
        digits += 1
    print(f"{label}{': ' if label else ''}[measured {value:.{digits}g}] ({band})")


def _shortest(number: float) -> str:
    """The shortest decimal that reads back as `number`: 5, 0.93, 1e-07."""
    return f"{number:g}" if float(f"{number:g}") == number else repr(number)
