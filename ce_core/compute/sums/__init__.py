"""Sums that add: every diagnostic is a monoid, so blocks, threads and machines are only another map.

The law of each: ``X() + a == a`` and ``(a + b) + c == a + (b + c)`` (to rounding).
"""

from __future__ import annotations

from .calibration import Bins
from .classes import ClassSums
from .confusions import Confusions
from .dot import by_column, by_row, dot
from .moments import Moments
from .partial import ROWS_NAMED, Partial, SequenceSums
from .spread import Spread
from .total import Total
from .worst import Worst

__all__ = [
    "ROWS_NAMED",
    "Bins",
    "ClassSums",
    "Confusions",
    "Moments",
    "Partial",
    "SequenceSums",
    "Spread",
    "Total",
    "Worst",
    "by_column",
    "by_row",
    "dot",
]
