"""Checks of the precision that the predictions have, and of predictions that say nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ce_core.findings import Finding

from .case import Case

PRECISION_CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = ()
