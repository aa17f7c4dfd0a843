"""Strips: the rows of a block that are worked on at a time, few enough that their work arrays stay in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ce_core.read.facts import Extremes

from .scratch import Scratch

__all__ = [
    "DOUBLE",
    "FEW_COLUMNS",
    "LONG_STRIP_BYTES",
    "SINGLE",
    "Array",
    "Extremes",
    "Precision",
    "precision_of",
    "strips",
    "working",
]

STRIP_BYTES = 1 << 21
"""A strip and its work arrays stay in the shared cache. Shorter ones, which fit that of a core, are as fast with one
thread, and slower with two: after each step a thread may have to wait for the interpreter's lock, and be woken."""
LONG_STRIP_BYTES = 1 << 22
"""Of few classes many steps take one number of each row, and are short even so."""
FEW_COLUMNS = 24
"""Up to so many classes a strip is worked on column by column, where more is wanted than one sum of each row."""

CALM_COLUMNS = 1_000_000

Array = np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Precision:
    """The arithmetic of a strip: its type, and between which bounds sums of its exponentials keep their digits.

    Exponentials below the smallest normal number have lost digits: of K of them a sum of at least ``least`` · K does
    not notice. Squares of exponentials add up without overflow or underflow where their sum is in ``squares``.
    """

    dtype: Any
    least: float
    most: float
    squares: tuple[float, float]
    offset: float
    """Beyond ±offset the exponential of a logit leaves the range of a float64, or may once it is multiplied."""
    calm: float
    """Where all logits are within ±calm, of at most `CALM_COLUMNS` columns, no row leaves any of these bounds."""


SINGLE = Precision(dtype=np.float32, least=1e-30, most=1e38, squares=(1e-15, 1e18), offset=600.0, calm=27.0)
DOUBLE = Precision(
    dtype=np.float64, least=1e-290, most=1e300, squares=(1e-140, 1e150), offset=300.0, calm=130.0
)


def precision_of(dtype: np.dtype) -> Precision | None:
    """Return the arithmetic that keeps the contract for predictions of a type, or None where there is none."""
    if dtype in (np.float32, np.float16):
        return SINGLE
    return DOUBLE if dtype == np.float64 else None


@cache
def _widened() -> Array:
    """Return every float16 as a float32, by its bits."""
    return np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)


def strips(rows: int, columns: int, itemsize: int, most: int = STRIP_BYTES) -> Iterator[slice]:
    """Yield the rows of a block, a strip of at most so many bytes at a time.

    >>> [(each.start, each.stop) for each in strips(5, 1 << 18, 4)]
    [(0, 2), (2, 4), (4, 5)]
    """
    step = max(1, most // max(1, columns * itemsize))
    if step > 1024:
        step |= 1  # columns a power of two apart would share the lines of the cache
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def working(part: Array, precision: Precision, scratch: Scratch, *, name: str = "values") -> Array:
    """Return rows as a contiguous array of the working type: themselves where they are one."""
    if part.dtype == precision.dtype and part.flags.c_contiguous:
        return part
    copy = scratch.get(name, part.shape, precision.dtype)
    if part.dtype == np.float16 and precision.dtype == np.float32:
        _widened().take(part.view(np.uint16), out=copy, mode="clip")  # twice as fast as a conversion
        return copy
    np.copyto(copy, part, casting="unsafe")
    return copy
