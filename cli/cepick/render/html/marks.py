"""HTML by construction: what is no `Html` is text, and every text is escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

_NO_TEXT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
"""What no page may hold: control characters, lone surrogates, what turns the direction, and what is no character."""


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Part = str | None | Iterable["Part"]
"""What an element may hold: HTML, text, nothing, or several of them."""


def plain(text: object) -> str:
    r"""Return text without characters that no page may hold: they are written as in Python.

    >>> print(plain("a\x1b b\udc80"))
    a\x1b b\udc80
    """
    return _NO_TEXT.sub(lambda found: ascii(found.group())[1:-1], str(text))


def escaped(part: Part) -> Html:
    """Return what an element holds, its texts escaped.

    >>> print(escaped(["a < b ", tag("b", "&"), None]))
    a &lt; b <b>&amp;</b>
    """
    if part is None:
        return Html()
    if isinstance(part, Html):
        return part
    if isinstance(part, str):
        return Html(html.escape(plain(part)))
    return Html("".join(map(escaped, part)))


_VOID = frozenset({"meta", "link", "br"})


def tag(name: str, /, *children: Part, **attributes: str | bool | None) -> Html:
    """Return an element; an attribute of None or False is left out, and ``_`` at its end taken off.

    >>> print(tag("td", "<b>", class_="number", hidden=True))
    <td class="number" hidden>&lt;b&gt;</td>
    """
    said = ""
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        said += f" {key}" if value is True else f' {key}="{escaped(str(value))}"'
    if name in _VOID:
        return Html(f"<{name}{said}>")
    return Html(f"<{name}{said}>{escaped(children)}</{name}>")


def named(text: object) -> Html:
    """Return a name that comes from elsewhere: in whatever direction it is written, it turns nothing around it."""
    return tag("bdi", str(text))


def code(text: object) -> Html:
    """Return a name in code."""
    return tag("code", str(text), dir="ltr")


def block(text: str, *, wrapped: bool = False) -> Html:
    """Return lines of code, which scroll where they are too long, or are ``wrapped``."""
    return tag("pre", tag("code", text), tabindex="0", class_="wrapped" if wrapped else None)


def breaking(name: str) -> Html:
    """Return a name in code's way of writing, which may break behind its underscores and dots.

    >>> print(breaking("a_b<"))
    a_<wbr>b&lt;
    """
    return Html(escaped(name).replace("_", "_<wbr>").replace(".", ".<wbr>"))


def table(
    header: Sequence[Part],
    rows: Iterable[Sequence[Part]],
    *,
    numbers: Sequence[int] | range = (),
    bars: int = -1,
) -> Html:
    """Return a table that scrolls in its box where it is too wide; columns of ``numbers`` are aligned to the right.

    ``bars`` is the column that holds bars, which take what room there is.
    """

    def line(name: str, cells: Sequence[Part]) -> Html:
        made = []
        for at, cell in enumerate(cells):
            scope = "col" if name == "th" else None
            kind = "number" if at in numbers else "bars" if at == bars else None
            made.append(tag(name, cell, class_=kind, scope=scope))
        return tag("tr", made)

    return tag(
        "div",
        tag(
            "table",
            tag("thead", line("th", header)),
            tag("tbody", [line("td", row) for row in rows]),
            class_="levels" if bars >= 0 else None,
        ),
        class_="scroll",
        tabindex="0",
    )


def pairs(rows: Iterable[tuple[Part, Part]]) -> Html:
    """Return names with what belongs to each."""
    return tag("dl", [tag("div", tag("dt", name), tag("dd", says)) for name, says in rows])


def folded(summary: Part, *children: Part, open_: bool = False, **attributes: str | None) -> Html:
    """Return what is shown when it is asked for."""
    return tag("details", tag("summary", summary), *children, open=open_, **attributes)
