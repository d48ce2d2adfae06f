"""Data of the course: embedded digits, and batches of row numbers."""

from cnnmath.data.batches import batches
from cnnmath.data.digits import Digits, load_digits

__all__ = ["Digits", "batches", "load_digits"]
