"""Reliability, bars and shares: each plot from the numbers of an answer, or None where there is nothing to draw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cepick.render import words

from .canvas import LETTER, ROLES, SMALL, TEXT, WIDTH, Canvas, grid, label_axis, short_count
from .marks import Html, plain

if TYPE_CHECKING:
    from ce_core.compute.evaluation import ReliabilityBin

_NAME = 20
"""How many characters of a name a plot has room for."""
_PITCH = 21.0
"""From one bar to the next."""


def shortened(name: str, most: int = _NAME) -> str:
    """Return a name that fits: its begin and its end tell most.

    >>> shortened("a very long name of some class", 12), shortened("cat")
    ('a very…class', 'cat')
    """
    name = " ".join(plain(name).split())
    if len(name) <= most:
        return name
    end = (most - 1) // 2
    return f"{name[: most - 1 - end]}…{name[-end:]}"


def reliability(name: str, bins: Sequence[ReliabilityBin], happens: str) -> Html | None:
    """Draw how often what was promised came true, and how many forecasts there were of each promise."""
    used = [each for each in bins if each.count and each.confidence is not None and each.accuracy is not None]
    if not used:
        return None
    canvas = Canvas(400)
    axes = canvas.axes(left=46, right=22, top=26, bottom=112)
    quarters = (0.0, 0.25, 0.5, 0.75, 1.0)
    grid(axes, x=quarters, y=quarters)
    axes.plot([0, 1], [0, 1], color=ROLES["muted"], lw=1.2, dashes=(4, 3))
    most = max(each.count for each in used)
    for each in used:
        assert each.confidence is not None
        assert each.accuracy is not None
        sure, right = each.confidence, each.accuracy
        doubt = 2 * math.sqrt(max(right * (1 - right), 0.25 / each.count) / each.count)
        ends = [max(0.0, right - doubt), min(1.0, right + doubt)]
        axes.plot([sure, sure], ends, color=ROLES["accent"], lw=1.2, solid_capstyle="butt")
        size = 6 + 6 * math.sqrt(each.count / most)
        style = {"markeredgecolor": ROLES["page"], "markeredgewidth": 1, "clip_on": False}
        axes.plot([sure], [right], "o", ms=size, color=ROLES["accent"], zorder=3, **style)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    label_axis(axes.yaxis, quarters, ["0", "25 %", "50 %", "75 %", "100 %"])
    label_axis(axes.xaxis, [], [])
    canvas.note(2, 10, f"how often it {happens}", size=TEXT)
    below = canvas.axes(left=46, right=22, top=302, bottom=44)
    below.bar(
        [(each.low + each.high) / 2 for each in used],
        [each.count for each in used],
        width=[0.86 * (each.high - each.low) for each in used],
        color=ROLES["soft"],
    )
    below.set(xlim=(0, 1), ylim=(0, most))
    label_axis(below.xaxis, quarters, ["0", "25 %", "50 %", "75 %", "100 %"])
    label_axis(below.yaxis, [most], [short_count(most)])
    canvas.note(46 + (WIDTH - 68) / 2, 389, "probability given to it", size=TEXT, align="center")
    says = "; ".join(
        f"given {words.percent(each.confidence)}, {happens} {words.percent(each.accuracy)} of {each.count:,}"
        for each in used
    )
    return canvas.html(name, "Reliability diagram", says)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar of a list."""

    name: str
    value: float
    says: tuple[str, str]
    """Beside the bar, in two columns."""
    role: str = "accent"


_COLUMNS = (WIDTH - 58, WIDTH - 2)
"""Where the two columns beside bars end."""


def bars(name: str, title: str, rows: Sequence[Bar], header: tuple[str, str, str]) -> Html | None:
    """Draw a list of bars, each with its name on the left and what it says on the right, under a header."""
    if not rows:
        return None
    top = _PITCH
    room = 14 + LETTER * max(len(header[0]), *(len(each.name) for each in rows))
    canvas = Canvas(top + _PITCH * len(rows) + 4)
    axes = canvas.axes(left=room, right=116, top=top, bottom=4)
    finite = [each.value for each in rows if math.isfinite(each.value)]
    most = max(finite, default=0.0) or 1.0
    for at, each in enumerate(rows):
        value = each.value if math.isfinite(each.value) else most
        role = each.role if math.isfinite(each.value) else "bad"
        axes.barh(at, max(value, 0.004 * most), height=0.62, color=ROLES[role])
    axes.set(xlim=(0, most), ylim=(len(rows) - 0.5, -0.5))
    label_axis(axes.xaxis, [], [])
    label_axis(axes.yaxis, [], [])
    for x, text in zip((room - 8, *_COLUMNS), header, strict=True):
        canvas.note(x, top / 2, text, align="right")
    for at, each in enumerate(rows):
        y = top + _PITCH * (at + 0.5)
        canvas.note(room - 8, y, each.name, role="ink", align="right")
        for x, text in zip(_COLUMNS, each.says, strict=True):
            canvas.note(x, y, text, align="right")
    return canvas.html(name, title, "; ".join(f"{each.name}: {', '.join(each.says)}" for each in rows))


def contest(name: str, parts: Sequence[tuple[str, int, str]]) -> Html | None:
    """Draw one bar of several parts: each its name, its count and its role."""
    total = sum(count for _, count, _ in parts)
    if not total:
        return None
    canvas = Canvas(74)
    axes = canvas.axes(left=2, right=2, top=24, bottom=26)
    start = 0.0
    for at, (title, count, role) in enumerate(parts):
        axes.barh(0, count, left=start, height=1, color=ROLES[role])
        start += count
        align = ("left", "center", "right")[at] if len(parts) == 3 else "left"
        x = (2, WIDTH / 2, WIDTH - 2)[at] if len(parts) == 3 else 2
        canvas.note(x, 10, title, role="ink", align=align)
        canvas.note(x, 64, f"{count:,} ({words.percent(count / total)})", align=align, size=SMALL)
    axes.set(xlim=(0, total), ylim=(-0.5, 0.5))
    label_axis(axes.xaxis, [], [])
    label_axis(axes.yaxis, [], [])
    return canvas.html(
        name,
        "Who has the lower loss",
        "; ".join(f"{title}: {count:,}" for title, count, _ in parts),
    )
