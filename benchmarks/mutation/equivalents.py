"""Changes of code that change no result, each with the reason; whoever survives and is not among them is a
hole. They are listed in equivalents.txt."""

from pathlib import Path

from mutation.op_mutants import OpMutant

LIST = Path(__file__).with_suffix(".txt")
Key = tuple[str, str, str, str]  # module, function, line before, line after


def read(text: str) -> dict[Key, str]:
    """The argument for each change: of ``= argument``, ``@ module.function``, ``- line``, ``+ line`` each
    holds until the next of its kind."""
    found: dict[Key, str] = {}
    said = {"=": "", "@": "", "-": ""}
    for kind, rest in ((line[:1], line[2:]) for line in text.splitlines()):
        if kind in said:
            said[kind] = rest
        elif kind == "+":
            module, _, function = said["@"].partition(".")
            found[module, function, said["-"], rest] = said["="]
    return found


EQUIVALENT = read(LIST.read_text(encoding="utf-8"))


def key(mutant: OpMutant) -> Key:
    change = mutant.change
    return mutant.module, change.function, change.old, change.new
