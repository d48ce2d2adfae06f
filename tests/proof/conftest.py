"""The tests of this room share generators.py, judging.py, items.py and breaking.py, which lie
beside them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
