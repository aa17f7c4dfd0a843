"""Checks of whether the arrays fit better when read otherwise: shifted, permuted, flipped, activated twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ce_core.findings import Finding

from .case import Case

READING_CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = ()
