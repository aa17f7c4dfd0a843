"""The marks of Markdown: escaped text, code, tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def escape(text: str) -> str:
    r"""Return text that Markdown shows as it is.

    >>> escape("p_y <b> | *x*")
    'p\\_y &lt;b> \\| \\*x\\*'
    """
    for mark in "\\`*_[]|#~":
        text = text.replace(mark, "\\" + mark)
    return " ".join(text.replace("&", "&amp;").replace("<", "&lt;").split())


def code(text: Any) -> str:
    """Return text as code within a line.

    >>> code("a`b")
    '``a`b``'
    """
    line = " ".join(str(text).split())
    fence = "`"
    while fence in line:
        fence += "`"
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"


def cell_code(text: Any) -> str:
    """Return code for a cell of a table, where even code must not hold a bare bar."""
    return code(text).replace("|", "\\|")


def fenced(text: str, language: str = "python") -> str:
    """Return a code block."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """Return a table, its columns of numbers aligned to the right.

    >>> print(table(["class", "loss"], [["cat", "0.1"]], numbers=[1]))
    | class | loss |
    |---|---:|
    | cat | 0.1 |
    """
    rule = ["---:" if at in numbers else "---" for at in range(len(header))]
    lines = [header, *rows]
    text = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([text[0], f"|{'|'.join(rule)}|", *text[1:]])
