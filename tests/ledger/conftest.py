"""The tests of this room share made_up_work.py, which lies beside them; processes find it by its name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
