"""From a figure of matplotlib's to SVG inside a page: colours by role, text as text, ids of its own."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

from ce_core.arrays.extras import require

from .marks import Html, Part, plain, tag
from .style import LIGHT

ROLES = {role: f"#0000{at:02x}" for at, role in enumerate(LIGHT, 1)}
"""The colour that a figure is drawn with for each role; the page says what it looks like."""

WIDTH = 400.0
"""Of every plot, in its own units: on a phone a unit is a little less than a pixel."""
TEXT, SMALL = 12.0, 11.0

LETTER = 6.7
"""The width that a letter of a name takes, about."""

_SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "cepick",
    "text.parse_math": False,
    "text.usetex": False,
    "font.family": ["DejaVu Sans"],
    "font.size": SMALL,
    "path.simplify": False,
    "axes.unicode_minus": True,
}
_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_NAMESPACE = re.compile(r"\{[^}]*\}")
_COLOUR = re.compile(r"#0000[0-9a-f]{2}\b")
_FONT_FAMILY = re.compile(r"\s*font-family:[^;]*;?")
_ROLE_OF = {colour: f"var(--{role})" for role, colour in ROLES.items()}


class Canvas:
    """A figure of the page's width, and axes on it without anything that says nothing."""

    def __init__(self, height: float) -> None:
        figure = require("matplotlib.figure", "--format html", "drawing its plots")
        self.height = height
        self.figure: Any = figure.Figure(figsize=(WIDTH / 72, height / 72), facecolor="none")

    def axes(self, *, left: float, right: float, top: float, bottom: float) -> Any:
        """Return axes, so many units from each edge."""
        place = (left / WIDTH, bottom / self.height, (WIDTH - left - right) / WIDTH)
        axes = self.figure.add_axes((*place, (self.height - top - bottom) / self.height), facecolor="none")
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.tick_params(length=0, labelsize=SMALL, labelcolor=ROLES["muted"], pad=5)
        axes.set_axisbelow(True)
        return axes

    def note(
        self, x: float, y: float, text: str, *, role: str = "muted", align: str = "left", size: float = SMALL
    ) -> None:
        """Write text so many units from the left and from the top."""
        self.figure.text(
            x / WIDTH, 1 - y / self.height, plain(text), color=ROLES[role], ha=align, va="center", size=size
        )

    def html(self, name: str, title: str, says: str) -> Html:
        """Return the plot: ``title`` and ``says`` are what it is called and shows, for whoever does not see it."""
        written = io.StringIO()
        self.figure.savefig(written, format="svg", metadata=_METADATA, facecolor="none", edgecolor="none")
        # What a figure is written as is matplotlib's own, and its texts are escaped.
        return _inlined(ElementTree.fromstring(written.getvalue()), name, title, says)


def grid(axes: Any, *, x: Iterable[float] = (), y: Iterable[float] = ()) -> None:
    """Draw faint lines."""
    for each in x:
        axes.axvline(each, color=ROLES["line"], lw=0.8, zorder=0)
    for each in y:
        axes.axhline(each, color=ROLES["line"], lw=0.8, zorder=0)


def label_axis(axis: Any, at: Sequence[float], labels: Sequence[str]) -> None:
    """Write labels beside an axis; none where there are none."""
    axis.set_ticks(list(at), labels=[plain(each) for each in labels])


def short_count(count: float) -> str:
    """Return a count with few digits.

    >>> short_count(950), short_count(12_345), short_count(3_000_000)
    ('950', '12.3k', '3M')
    """
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if count >= size:
            unit = 1e3 if letter == "k" else size
            return f"{count / unit:.3g}{letter}"
    return f"{count:,.0f}"


@contextmanager
def drawing() -> Iterator[None]:
    """Set what matplotlib draws by, and set it back."""
    matplotlib = require("matplotlib", "--format html", "drawing its plots")
    with matplotlib.rc_context(_SETTINGS):
        yield


def _inlined(root: ElementTree.Element, name: str, title: str, says: str) -> Html:
    """Return an SVG document as an element of a page."""
    parts = [_element(child, name) for child in root]
    label = f"{name}-title {name}-says"
    return tag(
        "svg",
        tag("title", title, id=f"{name}-title"),
        tag("desc", says, id=f"{name}-says"),
        parts,
        class_="plot",
        viewBox=root.attrib["viewBox"],
        role="img",
        aria_labelledby=label,
    )


def _element(element: ElementTree.Element, name: str) -> Part:
    kind = _NAMESPACE.sub("", str(element.tag))
    if kind in {"style", "metadata"}:
        return None  # a style sheet inside would hold for the whole page
    said: dict[str, str | bool | None] = {}
    for key, value in element.attrib.items():
        key = _NAMESPACE.sub("", key)
        if key == "id":
            # Groups are numbered alike in every figure, and nothing refers to them.
            if kind == "g":
                continue
            value = f"{name}-{value}"
        elif key == "href":
            value = f"#{name}-{value[1:]}"
        elif key == "clip-path":
            value = value.replace("url(#", f"url(#{name}-")
        elif key == "style":
            value = _COLOUR.sub(lambda found: _ROLE_OF[found.group()], _FONT_FAMILY.sub("", value)).strip()
        elif key == "transform" and value.startswith("rotate(-0 "):
            continue
        elif key == "d":
            value = " ".join(value.split())
        said[key] = value
    # White space between elements is no text; within one it is.
    text = element.text if element.text and element.text.strip() else None
    children = [_element(child, name) for child in element if isinstance(child.tag, str)]
    if kind in {"g", "defs"} and not any(children):
        return None
    return tag(kind, text, children, **said)
