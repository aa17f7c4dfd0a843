"""Checks of the classes among the targets: how many of each, and rows of none."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ce_core.findings import Finding

from .case import Case

BALANCE_CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = ()
