"""The tests of this room share meaning.py, generators.py, judging.py and items.py, which lie beside them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
