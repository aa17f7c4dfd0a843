"""Data with the place of every key and value, as files and mappings become before they are read."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, NoReturn

from ce_core.errors import CepickError
from ce_core.records import dataclass

from .spec import Where

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True, eq=False)
class Marked:
    """A value, what it was written as, and the place that it is said at."""

    value: Any
    """A scalar; a list of `Marked`; or a dictionary of `Marked` by its keys."""
    text: str = ""
    """What a scalar was written as: where a text is wanted, ``007`` is no 7."""
    where: Where
    at: str
    """What errors begin with: the place in a file, or the steps to it in a mapping."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """For each key of a dictionary what errors about the key begin with."""
    used: frozenset[str] = frozenset()
    """The variables that its text was made with."""

    @property
    def plain(self) -> Any:
        """Return the value without its places."""
        if isinstance(self.value, dict):
            return {key: each.plain for key, each in self.value.items()}
        if isinstance(self.value, list):
            return [each.plain for each in self.value]
        return self.value

    def fail(self, message: str, key: str | None = None) -> NoReturn:
        """Raise the error that begins with the place of the value, or of one of its keys."""
        place = self.at if key is None else self.keys[key]
        raise CepickError(f"{place}: {one_line(message)}") from None


def one_line(message: str) -> str:
    r"""Return a message without line breaks.

    >>> one_line("first\n  second")
    'first second'
    """
    return re.sub(r"\s*\n\s*", " ", message)


def scalar_of(text: str) -> Any:
    """Return the number or truth value that a text is, or the text itself.

    >>> [scalar_of(each) for each in ("10", "1e-4", "true", "runs/10")]
    [10, 0.0001, True, 'runs/10']
    """
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < 40 else float(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _WORDS.get(text.lower(), text)


def text_of(value: Any) -> str:
    """Return a scalar as it would be written.

    >>> text_of(True), text_of(0.5), text_of(None)
    ('true', '0.5', 'null')
    """
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def from_plain(content: Any, *, file: str) -> Marked:
    """Return data that comes from Python: its places are the steps to what holds each value.

    >>> from_plain({"checks": [{"limts": {}}]}, file="suite").value["checks"].value[0].keys["limts"]
    'suite.checks[0]'
    """
    return _marked(content, Where(file=file), file, file, ())


def _marked(content: Any, where: Where, at: str, steps: str, above: tuple[int, ...]) -> Marked:
    """Return one value. ``at`` are the steps to what holds it, and ``steps`` those to itself."""
    if id(content) in above:
        raise CepickError(f"{steps}: holds itself; write it out")
    if isinstance(content, Mapping):
        above = (*above, id(content))
        value = {
            str(key): _marked(each, where, steps, one_line(f"{steps}.{key}"), above)
            for key, each in content.items()
        }
        return Marked(value=value, where=where, at=at, keys=dict.fromkeys(value, steps))
    if isinstance(content, Sequence) and not isinstance(content, (str, bytes)):
        above = (*above, id(content))
        items = [_marked(each, where, at, f"{steps}[{index}]", above) for index, each in enumerate(content)]
        return Marked(value=items, where=where, at=at)
    if isinstance(content, os.PathLike):
        content = os.fspath(content)
    if type(content).__module__ == "numpy" and getattr(content, "ndim", None) == 0:
        content = content.item()
    if content is not None and not isinstance(content, (bool, int, float, str)):
        raise CepickError(
            f"{steps}: {type(content).__name__} is nothing that a file can say; give a path or numbers"
        )
    return Marked(value=content, text=text_of(content), where=where, at=at)
