"""The frame of every page: what it may load (nothing), its looks, its parts."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from ce_core._version import __version__

from .marks import Html, Part, block, escaped, plain, tag
from .style import CSS

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""A browser loads nothing and runs nothing, whatever a name in the page may hold."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a page with a heading; one without anything in it is left out."""

    name: str
    """Of its link."""
    title: str
    parts: tuple[Part, ...]
    beside: bool = False
    """Whether it stands beside the sections of this kind before and after it, where there is room."""

    @cached_property
    def content(self) -> Html:
        """Return what stands below the heading."""
        return escaped(self.parts)

    def html(self) -> Html:
        """Return the section."""
        return tag("section", tag("h2", self.title), self.content, id=self.name)


def in_rows(sections: Iterable[Section]) -> Html:
    """Return sections below each other, those that may stand beside each other in rows; none without content."""
    made = []
    for beside, run in groupby((each for each in sections if each.content), key=lambda each: each.beside):
        shown = [each.html() for each in run]
        made.append(tag("div", shown, class_="plots") if beside else escaped(shown))
    return escaped(made)


def document(title: str, header: Part, sections: Iterable[Section]) -> str:
    """Return a page: its header, links to its sections, and the sections that have something in them."""
    shown = [each for each in sections if each.content]
    links = [tag("a", each.title, href=f"#{each.name}") for each in shown]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", plain(title)),
        tag("link", rel="icon", href="data:,"),
        tag("style", Html(CSS)),
    )
    body = tag(
        "body",
        tag("header", header, tag("nav", links, aria_label="sections") if len(links) > 1 else None),
        tag("main", in_rows(shown)),
        tag("footer", f"cepick {__version__}: one file, no script, nothing is loaded from elsewhere."),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def typed(fallback: str) -> str:
    """Return the command that was typed, without what says where its answer goes, or another one that does the same."""
    name, *words = sys.argv or [""]
    if os.path.basename(name) not in {"cepick", "cepick.exe", "__main__.py"} or not words:
        return fallback
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in _DESTINATIONS:
            skip = True
        elif not word.startswith(_TOGETHER):
            kept.append(word)
    return shlex.join(["cepick", *kept])


_DESTINATIONS = frozenset({"--format", "--output", "-o"})
_TOGETHER = ("--format=", "--output=", "-o")


def reproduce(command: str) -> Section:
    """Return the section with the command that makes the page again."""
    return Section(
        name="reproduce", title="How to reproduce it", parts=(block(plain(command), wrapped=True),)
    )
