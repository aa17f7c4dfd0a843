"""Checks of the mean: whether a clip, or the choice of what it divides by, decides the value."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ce_core.findings import Finding

from .case import Case

DIVISOR_CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = ()
