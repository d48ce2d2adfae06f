"""What the benchmarks measured and committed: the pages show runs that are too long for a page."""

from cnnmath.ledger.committed import committed as sweep

__all__ = ["sweep"]
