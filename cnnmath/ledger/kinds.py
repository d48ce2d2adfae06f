"""What kind of mistake each suspected row of the ledger is, and how much of it is false.

A row has one kind: that of the slip which the counterexample shows. How much it weighs is said apart:
a formula without its condition is no false formula, and a slip of the file is no slip of an author.
"""

KINDS: dict[str, tuple[str, ...]] = {
    "index, range or layer": (
        *("zhang-3.2.2-c", "zhang-3.44", "zhang-4.29", "zhang-4.36", "zhang-alg2", "zhang-5.3"),
        *("zhang-5.4", "zhang-5.2.1-e", "zhang-5.13", "zhang-5.20", "zhang-6.22", "bouvrie-2.2-f"),
        *("rot180-11-b", "rot180-13-c", "chain-2-d", "chain-4-b", "chain-4-c", "chain-4-d"),
        *("chain-4-g", "chain-4-i", "chain-4-k"),
    ),
    "sum, or its terms": (
        *("zhang-5.28", "zhang-5.29", "zhang-5.4.2-b", "bouvrie-3.1.1-b", "bouvrie-3.2.1-b"),
        *("ng-1.1.1-a", "ng-1.8-f", "chain-4-m"),
    ),
    "factor, power or function": (
        *("zhang-3.22", "zhang-5.7", "zhang-5.8", "zhang-6.4-b", "rot180-1-a", "rot180-2-a"),
        *("rot180-9-a", "chain-1-c", "chain-dropout", "chain-2-g", "chain-3-d"),
    ),
    "bracket": ("zhang-4.14", "chain-1-a", "chain-4-h"),
    "turn, order or border": (
        *("zhang-5.4.1-b", "zhang-5.4.1-c", "zhang-6.13", "zhang-6.15", "bouvrie-2.2-d"),
        *("bouvrie-3.1.1-g", "bouvrie-3.1.1-i", "bouvrie-3.4-c", "bouvrie-3.4-d", "rot180-6-a"),
        *("rot180-13-a", "chain-3-a", "chain-3-b"),
    ),
    "count or size": (
        *("zhang-2.1-a", "zhang-5.13-b", "zhang-5.14", "zhang-5.15", "zhang-5.16", "zhang-5.17"),
        *("zhang-6.2.2-d", "ng-1.4-a", "ng-1.4-c", "ng-1.6-c", "ng-1.8-a", "ng-1.8-b", "ng-1.9-f"),
        *("ng-1.9-d", "ng-1.10-b"),
    ),
    "claim too strong": (
        *("zhang-3.2.2-b", "zhang-3.3.2-b", "zhang-3.4.1-b", "zhang-3.33", "zhang-3.4.2-b"),
        *("zhang-4.1.1-a", "zhang-4.4.2-c", "zhang-5.2-b", "zhang-5.2.2-b", "zhang-6.11-b"),
        *("zhang-6.4-c", "zhang-6.25", "zhang-6.6-b", "bouvrie-2.1-f", "bouvrie-3.3.1-a"),
        *("bouvrie-3.3.1-c", "ng-1.2-b", "ng-1.8-g", "ng-1.10-d", "ng-1.11-b", "ng-1.11-c"),
        *("chain-1-b", "chain-1-f", "chain-1-j", "chain-3-c"),
    ),
    "name or reason": (
        *("zhang-3.20-b", "zhang-5.1-b", "bouvrie-3.2.1-a", "bouvrie-3.3-i", "rot180-8-c"),
        *(
            "rot180-8-d",
            "ng-1.1.2-e",
            "ng-1.6-b",
            "ng-1.11-d",
            "ng-1.11-e",
            "chain-1-g",
            "chain-1-h",
        ),
    ),
    "convention": (
        *("zhang-4.2.3-b", "zhang-5.30", "bouvrie-2.1-b", "ng-1.1.2-g", "ng-1.9-e", "ng-1.11-a"),
        "chain-1-m",
    ),
    "slip of the file": (
        *("zhang-3.2-b", "zhang-3.6", "zhang-3.12", "zhang-alg1", "zhang-4.1.3-a", "zhang-5.24"),
        *("zhang-5.25", "zhang-5.26", "zhang-5.32"),
    ),
}

FALSE = (  # false or contradictory as it stands
    *("zhang-3.20-b", "zhang-3.22", "zhang-4.14", "zhang-4.29", "zhang-4.36", "zhang-4.4.2-c"),
    *(
        "zhang-alg2",
        "zhang-5.3",
        "zhang-5.4",
        "zhang-5.20",
        "zhang-5.28",
        "zhang-5.29",
        "zhang-6.15",
    ),
    *(
        "zhang-6.22",
        "bouvrie-2.1-f",
        "bouvrie-2.2-d",
        "bouvrie-3.3.1-a",
        "rot180-1-a",
        "rot180-11-b",
    ),
    *("rot180-13-c", "ng-1.4-a", "ng-1.10-b", "ng-1.11-a", "chain-1-c", "chain-2-d", "chain-2-g"),
    *("chain-3-a", "chain-3-b", "chain-3-c", "chain-4-c", "chain-4-d", "chain-4-g", "chain-4-h"),
    "chain-4-i",
)
INCOMPLETE = (  # right with a condition or a part that is not said
    *("zhang-3.3.2-b", "zhang-3.33", "zhang-5.13", "zhang-5.14", "zhang-5.15", "zhang-5.16"),
    *(
        "zhang-5.17",
        "zhang-5.4.1-b",
        "zhang-5.4.1-c",
        "zhang-5.4.2-b",
        "zhang-6.11-b",
        "zhang-6.13",
    ),
    *("zhang-6.4-b", "zhang-6.25", "bouvrie-3.1.1-g", "bouvrie-3.2.1-b", "bouvrie-3.4-c"),
    *(
        "bouvrie-3.4-d",
        "rot180-2-a",
        "rot180-6-a",
        "rot180-13-a",
        "ng-1.8-a",
        "ng-1.8-f",
        "ng-1.9-f",
    ),
    *("ng-1.1.1-a", "chain-dropout", "chain-3-d", "chain-4-m"),
)
WEIGHTS = ("false", "incomplete", "loose", "convention", "file")


def kind(row_id: str) -> str:
    """The kind of the row's mistake. Raises KeyError for a row that nobody suspects."""
    for name, ids in KINDS.items():
        if row_id in ids:
            return name
    raise KeyError(f"kind: {row_id} is not among the suspected rows")


def weight(row_id: str) -> str:
    """One of WEIGHTS: false, incomplete, loosely said, a convention, a slip of the file."""
    if row_id in FALSE:
        return "false"
    if row_id in INCOMPLETE:
        return "incomplete"
    return {"convention": "convention", "slip of the file": "file"}.get(kind(row_id), "loose")
