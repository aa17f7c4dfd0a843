"""The histogram of the losses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cepick.render import words

from .canvas import ROLES, TEXT, WIDTH, Canvas, grid, label_axis, short_count
from .marks import Html

if TYPE_CHECKING:
    from ce_core.compute.evaluation import LossBin


@dataclass(frozen=True, kw_only=True, order=True)
class Mark:
    """An upright line across a histogram."""

    name: str
    at: float
    role: str = "muted"


_LABEL = 105.0
"""The room that a label takes beside its line."""


def _placed(lines: Sequence[float]) -> tuple[list[bool], list[int]]:
    """Return for lines from left to right whether each label is on its left, and in which row, so that none is crossed.

    A line ends at the row of its label: a label in the first row is crossed by no other line.
    """
    if len(lines) < 2:
        return [each > WIDTH - 14 - _LABEL for each in lines], [0] * len(lines)
    first_left = lines[0] - 46 > _LABEL
    second_left = lines[1] > WIDTH - 14 - _LABEL
    return [first_left, second_left], [1, 0] if second_left else [0, 1]


def _log2(value: float) -> float:
    return math.log2(value)


def histogram(name: str, bins: Sequence[LossBin], marks: Sequence[Mark], unit: str | None) -> Html | None:
    """Draw how many examples have which loss, on a logarithmic axis."""
    if not any(each.count for each in bins):
        return None
    canvas = Canvas(400)
    axes = canvas.axes(left=46, right=14, top=26 + 17 * len(marks), bottom=62)
    ordinary = [each for each in bins if each.count and each.low > 0 and each.high < math.inf]
    used = [each for each in bins if each.count]
    edges = [edge for each in used for edge in (each.low, each.high) if 0 < edge < math.inf]
    edges += [mark.at for mark in marks if 0 < mark.at < math.inf]
    first, last = (_log2(min(edges)), _log2(max(edges))) if edges else (0.0, 1.0)
    first, last = min(first, last - 4), max(last, first + 1)
    low, high = first - 0.1, last + 0.1
    most = max(each.count for each in bins)
    step = (last - first) * 0.075

    def bar(left: float, right: float, count: int, role: str) -> None:
        gap = 0.06 * (right - left)
        height = max(count, 0.006 * most)  # one of thousands is still there
        axes.bar(left + gap, height, width=right - left - 2 * gap, align="edge", color=ROLES[role])

    for each in ordinary:
        bar(_log2(each.low), _log2(each.high), each.count, "accent")
    lowest, greatest = bins[0], bins[-1]
    ticks, labels = _decades(first, last)
    if lowest.low <= 0:
        bar(first - 1.6 * step, first - 0.6 * step, lowest.count, "other")
        low = first - 1.9 * step
        kept = [at for at, each in enumerate(ticks) if each > first + step]
        ticks, labels = [ticks[at] for at in kept], [labels[at] for at in kept]
        ticks, labels = [first - 1.1 * step, *ticks], [f"< {lowest.high:.0e}".replace("e-0", "e-"), *labels]
    if greatest.high == math.inf and greatest.low >= max(edges, default=0.0):
        bar(last + 0.6 * step, last + 1.6 * step, greatest.count, "bad")
        high = last + 1.9 * step
        kept = [at for at, each in enumerate(ticks) if each < last - step]
        ticks, labels = [ticks[at] for at in kept], [labels[at] for at in kept]
        ticks, labels = [*ticks, last + 1.1 * step], [*labels, "∞" if greatest.low == math.inf else "more"]
    upper = most * 1.04 or 1.0
    levels = _levels(most)
    grid(axes, y=levels)
    axes.set(xlim=(low, high), ylim=(0, upper))
    axes.tick_params(axis="x", pad=8)
    label_axis(axes.xaxis, ticks, labels)
    label_axis(axes.yaxis, levels, [short_count(each) for each in levels])
    wide = WIDTH - 60
    lines = sorted(
        (46 + wide * (_log2(mark.at) - low) / (high - low), mark) for mark in marks if 0 < mark.at < math.inf
    )
    for (x, mark), to_left, row in zip(lines, *_placed([x for x, _ in lines]), strict=True):
        y = 30 + 17 * row
        rise = (26 + 17 * len(marks) - y) / (400 - 88 - 17 * len(marks))
        axes.plot(
            [_log2(mark.at)] * 2, [0, upper * (1 + rise)], color=ROLES[mark.role], lw=1.4, clip_on=False
        )
        text = f"{mark.name} {words.loss(mark.at)}"
        align = "right" if to_left else "left"
        canvas.note(x + (-5 if to_left else 5), y, text, role=mark.role, align=align)
    canvas.note(2, 10, "examples", size=TEXT)
    of = "loss" if unit is None else f"loss in {unit}, on a logarithmic scale"
    canvas.note(46 + wide / 2, 389, of, size=TEXT, align="center")
    says = "; ".join(
        f"{each.count:,} from {words.number(each.low, 3)} to {words.number(each.high, 3)}"
        for each in bins
        if each.count
    )
    return canvas.html(name, "Histogram of the losses", says)


def _levels(most: float) -> list[float]:
    """Return two to four round counts up to the greatest.

    >>> _levels(950), _levels(3)
    ([0.0, 250.0, 500.0, 750.0], [0.0, 1.0, 2.0, 3.0])
    """
    size = 10.0 ** math.floor(math.log10(most)) if most > 0 else 1.0
    step = next(each * size for each in (0.1, 0.2, 0.25, 0.5, 1.0, 2.5, 5.0) if most / (each * size) < 4)
    step = max(1.0, step)
    return [step * at for at in range(int(most / step) + 1)]


def _decades(first: float, last: float) -> tuple[list[float], list[str]]:
    """Return round numbers between two powers of two, by their power of two, and how they are written.

    >>> _decades(-4, 1)[1], _decades(-20, 4)[1]
    (['0.1', '0.2', '0.5', '1', '2'], ['1e-6', '0.0001', '0.01', '1'])
    """
    low, high = math.floor(first * math.log10(2)), math.ceil(last * math.log10(2))
    every = max(1, -(-(high - low - 1) // 5))
    # Of few powers of ten twice and five times each are told, too.
    steps = (1, 2, 5) if high - low <= 3 else (1,)
    found = [(step, power) for power in range(low, high + 1) if power % every == 0 for step in steps]
    places = [math.log2(step) + power / math.log10(2) for step, power in found]
    kept = [at for at, place in enumerate(places) if first - 1e-9 <= place <= last + 1e-9]
    return [places[at] for at in kept], [_power(*found[at]) for at in kept]


def _power(times: int, of: int) -> str:
    """Return a power of ten, so many times.

    >>> _power(1, -2), _power(5, 3), _power(1, -6)
    ('0.01', '5,000', '1e-6')
    """
    return f"{times * 10.0**of:,.{max(0, -of)}f}" if -4 <= of <= 4 else f"{times}e{of}"
