"""Variables in a suite's texts: ``${NAME}``, ``${NAME:-default}``, and ``$${`` for a literal ``${``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ce_core.errors import CepickError, nearest

from .marked import Marked, one_line, scalar_of

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FOUND = re.compile(r"(?P<literal>\$\$\{)|\$\{(?P<inside>[^}]*)\}|(?P<open>\$\{)")


def expand(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its variables replaced; a default stands for what is not set, or empty.

    Raises:
        CepickError: for a variable that is not set and has no default, and for one that is not written as one.

    >>> expand("runs/${MODEL}/${SPLIT:-dev}.npy", {"MODEL": "small"})
    'runs/small/dev.npy'
    >>> expand("$${MODEL}", {})
    '${MODEL}'
    """

    def value(found: re.Match[str]) -> str:
        if found["literal"]:
            return "${"
        name, default = _parts(found)
        if default is not None:
            return values.get(name) or default
        if name in values:
            return values[name]
        close = nearest(name, values) if len(name) > 2 else None
        advice = f"did you mean {close!r}?" if close else f"set it, or write a default: ${{{name}:-default}}"
        raise CepickError(f"${{{name}}}: is not set; {advice}")

    return _FOUND.sub(value, text)


def names_in(text: str) -> frozenset[str]:
    """Return the variables that a text is made with.

    >>> sorted(names_in("${A}/${B:-x}/$${C}"))
    ['A', 'B']
    """
    return frozenset(_parts(found)[0] for found in _FOUND.finditer(text) if not found["literal"])


def _parts(found: re.Match[str]) -> tuple[str, str | None]:
    """Return the name of a variable, and its default where it has one."""
    if found["open"]:
        raise CepickError("'${' without '}': close it, or write '$${' for a literal '${'")
    name, sign, default = found["inside"].partition(":-")
    if not NAME.fullmatch(name):
        raise CepickError(
            f"{found[0]}: is no variable; write ${{NAME}} or ${{NAME:-default}}, or '$${{' for a literal '${{'"
        )
    return name, default if sign else None


def expanded(marked: Marked, values: Mapping[str, str]) -> Marked:
    """Return data with the variables of every key and text replaced, and what is a number then as a number."""
    if isinstance(marked.value, dict):
        parts: dict[str, Marked] = {}
        keys: dict[str, str] = {}
        used: frozenset[str] = frozenset()
        for key, each in marked.value.items():
            name, names = _replaced(key, marked.keys[key], values)
            if name in parts:
                marked.fail(f"{name}: stands twice; leave one", key)
            parts[name] = expanded(each, values)
            keys[name] = marked.keys[key]
            used |= names | parts[name].used
        return Marked(value=parts, where=marked.where, at=marked.at, keys=keys, used=used)
    if isinstance(marked.value, list):
        items = [expanded(each, values) for each in marked.value]
        used = frozenset().union(*(each.used for each in items))
        return Marked(value=items, where=marked.where, at=marked.at, used=used)
    if not isinstance(marked.value, str):
        return marked
    text, names = _replaced(marked.value, marked.at, values)
    value = scalar_of(text) if names else text
    return Marked(value=value, text=text, where=marked.where, at=marked.at, used=names)


def names_within(marked: Marked) -> frozenset[str]:
    """Return the variables in every key and text of data."""
    if isinstance(marked.value, dict):
        parts = [names_within(each) for each in marked.value.values()]
        keys = [_names(key, marked.keys[key]) for key in marked.value]
        return frozenset().union(*parts, *keys)
    if isinstance(marked.value, list):
        return frozenset().union(*map(names_within, marked.value))
    return _names(marked.value, marked.at) if isinstance(marked.value, str) else frozenset()


def _names(text: str, at: str) -> frozenset[str]:
    try:
        return names_in(text)
    except CepickError as error:
        raise CepickError(f"{at}: {one_line(str(error))}") from None


def _replaced(text: str, at: str, values: Mapping[str, str]) -> tuple[str, frozenset[str]]:
    if "${" not in text:
        return text, frozenset()
    try:
        return expand(text, values), names_in(text)
    except CepickError as error:
        raise CepickError(f"{at}: {one_line(str(error))}") from None
