"""Sums that add: every diagnostic is a monoid, so blocks, threads and machines are only another map.

The law of each: ``X() + a == a`` and ``(a + b) + c == a + (b + c)`` (to rounding).
"""

from __future__ import annotations

from .calibration import Bins
from .classes import ClassSums
from .moments import Moments
from .partial import Partial, SequenceSums
from .spread import Spread
from .worst import Worst

__all__ = ["Bins", "ClassSums", "Moments", "Partial", "SequenceSums", "Spread", "Worst"]
