"""The tests of this room share window_loops.py, which lies beside them."""

import sys
from pathlib import Path

import pytest

pytest.register_assert_rewrite("window_loops")
sys.path.insert(0, str(Path(__file__).parent))
