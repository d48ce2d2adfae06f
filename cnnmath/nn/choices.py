"""Settings that are one word out of a few."""

from collections.abc import Iterable


def check_choice(function: str, name: str, choice: object, known: Iterable[str]) -> None:
    """Raise ValueError, which lists the known words, for any other."""
    if not isinstance(choice, str) or choice not in known:
        words = ", ".join(repr(word) for word in known)
        raise ValueError(f"{function}: {name} is {choice!r}; wanted one of {words}")
