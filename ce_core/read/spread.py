"""Runs of positions from all over an array, for what is looked for on a sample."""

from __future__ import annotations

import math
from collections.abc import Iterator

from .blocks import Span, span_at, span_count, spans
from .layout import Layout

_RUNS = 256
"""A sample is made of so many runs of rows, evenly spaced: a file may be sorted by class."""
_GOLDEN = (math.sqrt(5) - 1) / 2


def spread_spans(layout: Layout, rows: int, *, block: int) -> list[Span]:
    """Return runs of positions of together about ``rows`` rows, or all of them, in pieces of ``block`` rows.

    >>> layout = Layout(form="index", predictions=(6, 2), targets=(6,), class_axes=(1,), positions=(6,), units=2)
    >>> [(span.start, span.stop) for span in spread_spans(layout, 6, block=4)]
    [(0, 4), (4, 6)]
    """
    if layout.rows <= rows:
        return list(spans(layout.positions, max(1, block)))
    run = max(1, rows // _RUNS)
    chosen = [
        span_at(layout.positions, run, number)
        for number in _spread(span_count(layout.positions, run), math.ceil(layout.rows / rows))
    ]
    while len(chosen) > 1 and sum(each.stop - each.start for each in chosen) > rows:
        chosen.pop()
    return chosen


def _spread(runs: int, step: int) -> Iterator[int]:
    """Yield one of every so many numbers, at varying places: an even step could keep to one side of every image."""
    for group in range(-(-runs // step)):
        number = group * step + int(group * _GOLDEN % 1 * step)
        if number < runs:
            yield number
