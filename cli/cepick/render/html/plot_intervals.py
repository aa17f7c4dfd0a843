"""Differences with their intervals, about zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .canvas import LETTER, ROLES, TEXT, WIDTH, Canvas, grid, label_axis
from .marks import Html


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A difference and between which bounds it lies."""

    name: str
    at: float
    low: float | None
    high: float | None
    strong: bool = False


def intervals(name: str, rows: Sequence[Interval], sides: tuple[str, str], of: str) -> Html | None:
    """Draw differences with their intervals about zero; ``sides`` say what it means to be left or right of it."""
    rows = [each for each in rows if math.isfinite(each.at)]
    if not rows:
        return None
    pitch, top, bottom = 24.0, 34.0, 50.0
    left = 14 + LETTER * max(len(each.name) for each in rows)
    canvas = Canvas(pitch * len(rows) + top + bottom)
    axes = canvas.axes(left=left, right=16, top=top, bottom=bottom)
    ends = [0.0]
    for each in rows:
        ends += [end for end in (each.low, each.at, each.high) if end is not None and math.isfinite(end)]
    low, high = min(ends), max(ends)
    wide = (high - low) or 1.0
    low, high = low - 0.08 * wide, high + 0.08 * wide
    ticks = _round_ticks(low, high)
    grid(axes, x=ticks)
    axes.axvline(0, color=ROLES["muted"], lw=1.4)
    for at, each in enumerate(rows):
        known = each.low is not None and each.high is not None
        role = "muted"
        if each.low is not None and each.high is not None and not each.low <= 0 <= each.high:
            role = "bad" if each.at > 0 else "good"
        if known:
            axes.plot(
                [max(each.low or 0.0, low), min(each.high or 0.0, high)],
                [at, at],
                color=ROLES[role],
                lw=3.2 if each.strong else 1.8,
                solid_capstyle="butt",
            )
        axes.plot([each.at], [at], "o", ms=8 if each.strong else 6, color=ROLES[role], zorder=3)
    axes.set(xlim=(low, high), ylim=(len(rows) - 0.5, -0.5))
    label_axis(axes.xaxis, ticks, [_signed(each) for each in ticks])
    label_axis(axes.yaxis, [], [])
    for at, each in enumerate(rows):
        role = "ink" if each.strong else "muted"
        canvas.note(left - 8, top + pitch * (at + 0.5), each.name, role=role, align="right")
    zero = left + (WIDTH - left - 16) * (0 - low) / (high - low)
    before, after = sides
    if zero - left > 60:
        canvas.note(zero - 8, 14, f"← {before}", role="good", align="right")
    if WIDTH - 16 - zero > 60:
        canvas.note(zero + 8, 14, f"{after} →", role="bad")
    canvas.note(left + (WIDTH - left - 16) / 2, pitch * len(rows) + top + 36, of, size=TEXT, align="center")
    says = "; ".join(
        f"{each.name}: {_signed(each.at)}"
        + (
            ""
            if each.low is None or each.high is None
            else f", from {_signed(each.low)} to {_signed(each.high)}"
        )
        for each in rows
    )
    return canvas.html(name, "Differences with their intervals", says)


def _round_ticks(low: float, high: float) -> list[float]:
    """Return a few round numbers between two.

    >>> _round_ticks(-0.013, 0.041)
    [-0.01, 0.0, 0.01, 0.02, 0.03, 0.04]
    """
    wide = high - low
    size = 10.0 ** math.floor(math.log10(wide))
    step = next(each * size for each in (0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0) if wide / (each * size) <= 6)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(step * at, 12) + 0.0 for at in range(first, last + 1)]


def _signed(value: float) -> str:
    return "0" if value == 0 else f"{value:+.4g}".replace("-", "−")
