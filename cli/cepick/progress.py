"""How far a long run is: on standard error, on a terminal only, and only after a second."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

AFTER = 1.0
"""Seconds before anything is shown."""


@contextmanager
def progress(noun: str = "rows") -> Iterator[Callable[[int, int], None] | None]:
    """Give what an evaluation tells how many rows are done, or a suite how many checks; None where nobody looks."""
    if not sys.stderr.isatty() or os.environ.get("TERM") in {"dumb", "unknown"}:
        yield None
        return
    shown = _Shown(noun)
    try:
        yield shown
    finally:
        shown.stop()


class _Shown:
    """A bar that appears once it is worth it, with the rate and the time left."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._start = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, done: int, total: int) -> None:
        passed = time.monotonic() - self._start
        if self._bar is None:
            if passed < AFTER or done >= total:
                return
            self._bar, self._task = _bar(total)
            self._bar.start()
        self._bar.update(
            self._task, completed=done, total=total, rate=f"{rate(done / passed)} {self._noun}/s"
        )

    def stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _bar(total: int) -> tuple[Any, Any]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("evaluating"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}", markup=False),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True, no_color=bool(os.environ.get("NO_COLOR")), highlight=False),
        transient=True,
    )
    return bar, bar.add_task("evaluating", total=total, rate="")


def rate(value: float) -> str:
    """Return a number of rows in a few characters.

    >>> rate(1234567), rate(89_000), rate(12)
    ('1.2 M', '89 k', '12')
    """
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.2g} {letter}" if value < 10 * size else f"{value / size:.0f} {letter}"
    return f"{value:.0f}"
