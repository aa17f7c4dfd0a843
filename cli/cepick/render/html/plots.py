"""The plots: each from the numbers of an answer, or None where there is nothing to draw."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cepick.render import words

from .canvas import ROLES, SMALL, TEXT, WIDTH, Canvas
from .marks import Html, plain

if TYPE_CHECKING:
    from ce_core.compute.evaluation import LossBin, ReliabilityBin

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


def _grid(axes: Any, *, x: Iterable[float] = (), y: Iterable[float] = ()) -> None:
    for each in x:
        axes.axvline(each, color=ROLES["line"], lw=0.8, zorder=0)
    for each in y:
        axes.axhline(each, color=ROLES["line"], lw=0.8, zorder=0)


def _ticks(axis: Any, at: Sequence[float], labels: Sequence[str]) -> None:
    axis.set_ticks(list(at), labels=[plain(each) for each in labels])


def reliability(name: str, bins: Sequence[ReliabilityBin], happens: str) -> Html | None:
    """Draw how often what was promised came true, and how many forecasts there were of each promise."""
    used = [each for each in bins if each.count and each.confidence is not None and each.accuracy is not None]
    if not used:
        return None
    canvas = Canvas(400)
    axes = canvas.axes(left=46, right=22, top=26, bottom=112)
    quarters = (0.0, 0.25, 0.5, 0.75, 1.0)
    _grid(axes, x=quarters, y=quarters)
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
    _ticks(axes.yaxis, quarters, ["0", "25 %", "50 %", "75 %", "100 %"])
    _ticks(axes.xaxis, [], [])
    canvas.note(2, 10, f"how often it {happens}", size=TEXT)
    below = canvas.axes(left=46, right=22, top=302, bottom=44)
    below.bar(
        [(each.low + each.high) / 2 for each in used],
        [each.count for each in used],
        width=[0.86 * (each.high - each.low) for each in used],
        color=ROLES["soft"],
    )
    below.set(xlim=(0, 1), ylim=(0, most))
    _ticks(below.xaxis, quarters, ["0", "25 %", "50 %", "75 %", "100 %"])
    _ticks(below.yaxis, [most], [_short_count(most)])
    canvas.note(46 + (WIDTH - 68) / 2, 389, "probability given to it", size=TEXT, align="center")
    says = "; ".join(
        f"given {words.percent(each.confidence)}, {happens} {words.percent(each.accuracy)} of {each.count:,}"
        for each in used
    )
    return canvas.html(name, "Reliability diagram", says)


def _short_count(count: float) -> str:
    """Return a count with few digits.

    >>> _short_count(950), _short_count(12_345), _short_count(3_000_000)
    ('950', '12.3k', '3M')
    """
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if count >= size:
            unit = 1e3 if letter == "k" else size
            return f"{count / unit:.3g}{letter}"
    return f"{count:,.0f}"


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
    _grid(axes, y=levels)
    axes.set(xlim=(low, high), ylim=(0, upper))
    axes.tick_params(axis="x", pad=8)
    _ticks(axes.xaxis, ticks, labels)
    _ticks(axes.yaxis, levels, [_short_count(each) for each in levels])
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


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar of a list."""

    name: str
    value: float
    says: tuple[str, str]
    """Beside the bar, in two columns."""
    role: str = "accent"


_LETTER = 6.7
"""The width that a letter of a name takes, about."""
_COLUMNS = (WIDTH - 58, WIDTH - 2)
"""Where the two columns beside bars end."""


def bars(name: str, title: str, rows: Sequence[Bar], header: tuple[str, str, str]) -> Html | None:
    """Draw a list of bars, each with its name on the left and what it says on the right, under a header."""
    if not rows:
        return None
    top = _PITCH
    room = 14 + _LETTER * max(len(header[0]), *(len(each.name) for each in rows))
    canvas = Canvas(top + _PITCH * len(rows) + 4)
    axes = canvas.axes(left=room, right=116, top=top, bottom=4)
    finite = [each.value for each in rows if math.isfinite(each.value)]
    most = max(finite, default=0.0) or 1.0
    for at, each in enumerate(rows):
        value = each.value if math.isfinite(each.value) else most
        role = each.role if math.isfinite(each.value) else "bad"
        axes.barh(at, max(value, 0.004 * most), height=0.62, color=ROLES[role])
    axes.set(xlim=(0, most), ylim=(len(rows) - 0.5, -0.5))
    _ticks(axes.xaxis, [], [])
    _ticks(axes.yaxis, [], [])
    for x, text in zip((room - 8, *_COLUMNS), header, strict=True):
        canvas.note(x, top / 2, text, align="right")
    for at, each in enumerate(rows):
        y = top + _PITCH * (at + 0.5)
        canvas.note(room - 8, y, each.name, role="ink", align="right")
        for x, text in zip(_COLUMNS, each.says, strict=True):
            canvas.note(x, y, text, align="right")
    return canvas.html(name, title, "; ".join(f"{each.name}: {', '.join(each.says)}" for each in rows))


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
    left = 14 + _LETTER * max(len(each.name) for each in rows)
    canvas = Canvas(pitch * len(rows) + top + bottom)
    axes = canvas.axes(left=left, right=16, top=top, bottom=bottom)
    ends = [0.0]
    for each in rows:
        ends += [end for end in (each.low, each.at, each.high) if end is not None and math.isfinite(end)]
    low, high = min(ends), max(ends)
    wide = (high - low) or 1.0
    low, high = low - 0.08 * wide, high + 0.08 * wide
    ticks = _round_ticks(low, high)
    _grid(axes, x=ticks)
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
    _ticks(axes.xaxis, ticks, [_signed(each) for each in ticks])
    _ticks(axes.yaxis, [], [])
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
    _ticks(axes.xaxis, [], [])
    _ticks(axes.yaxis, [], [])
    return canvas.html(
        name,
        "Who has the lower loss",
        "; ".join(f"{title}: {count:,}" for title, count, _ in parts),
    )
