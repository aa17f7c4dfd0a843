"""Checks of what the predictions are worth: against the class frequencies, the labels, and their own confidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ce_core.findings import Finding

from .case import Case

WORTH_CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = ()
