"""Breaking a long expression into lines that are still the same Python."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_STEP = "    "


def folded(code: str, width: int) -> str:
    """Return code whose long lines are broken inside brackets, one argument a line.

    >>> print(folded("loss = cross_entropy(logits, targets, weight=class_weights)", 40))
    loss = cross_entropy(
        logits,
        targets,
        weight=class_weights
    )
    """
    return "\n".join(line for whole in code.split("\n") for line in _line(whole, width))


def _line(line: str, width: int) -> list[str]:
    """Fold one line; a comment that makes it too long stands above it, broken between words."""
    if len(line) <= width:
        return [line]
    bare = line.lstrip()
    indent = line[: len(line) - len(bare)]
    at = next((at for at, _, sign in _depths(bare) if sign == "#"), len(bare))
    statement, comment = bare[:at].rstrip(), bare[at:].lstrip("# ")
    words = wrap(comment, max(20, width - len(indent) - 2), break_long_words=False, break_on_hyphens=False)
    return [*(f"{indent}# {part}" for part in words), *(_fold(statement, width, indent) if statement else [])]


def _fold(line: str, width: int, indent: str) -> list[str]:
    if len(indent) + len(line) <= width:
        return [indent + line]
    groups = [(start, end) for start, end in _groups(line) if end > start + 1]
    if not groups:
        return [indent + line]
    start, end = max(groups, key=lambda group: group[1] - group[0])
    parts = list(_parts(line[start + 1 : end]))
    *lines, head = _fold(line[:start], width - 1, indent)
    lines.append(head + line[start])
    for at, part in enumerate(parts, 1):
        *inner, last = _fold(part, width - 1, indent + _STEP)
        lines += [*inner, last + ("," if at < len(parts) else "")]
    first, *rest = _fold(line[end + 1 :], width - 1, indent)
    return [*lines, f"{indent}{line[end]}{first.removeprefix(indent)}", *rest]


def _groups(line: str) -> Iterator[tuple[int, int]]:
    """Yield where each outermost pair of brackets opens and closes."""
    start = 0
    for at, depth, sign in _depths(line):
        if depth == 0 and sign in _CLOSING:
            start = at
        elif depth == 0 and sign in _CLOSING.values():
            yield start, at


def _parts(inner: str) -> Iterator[str]:
    """Yield what stands between the commas of the outermost level."""
    start = 0
    for at, depth, sign in _depths(inner):
        if depth == 0 and sign == ",":
            yield inner[start:at].strip()
            start = at + 1
    if inner[start:].strip():
        yield inner[start:].strip()


def _depths(line: str) -> Iterator[tuple[int, int, str]]:
    """Yield each sign outside of text with how many brackets are open around it."""
    depth, quote = 0, ""
    for at, sign in enumerate(line):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        else:
            depth -= sign in _CLOSING.values()
            yield at, depth, sign
            depth += sign in _CLOSING
