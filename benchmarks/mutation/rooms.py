"""The folders of tests whose tables and judges are used here."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"


def use_tests(*rooms: str) -> None:
    """Let ``import test_ops`` (tests/ops) and ``import judging`` (tests/proof) find their files."""
    for room in rooms:
        folder = str(TESTS / room)
        if folder not in sys.path:
            sys.path.append(folder)
