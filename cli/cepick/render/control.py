"""Characters that would steer a terminal, shown as text: headers, labels and file names come from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""Control characters but tabs and newlines, those that turn the direction of what follows, and what is no character."""


def shown(text: str) -> str:
    r"""Return text whose control characters are written as in Python.

    >>> print(shown("a\x1b[31m b"))
    a\x1b[31m b
    """
    if not _STEERING.search(text):
        return text
    return _STEERING.sub(lambda found: repr(found.group())[1:-1], text)


def harmless(answer: Any) -> Any:
    r"""Return an answer in which every text is `shown`; a part in which nothing changes is the same object.

    >>> harmless(("cat", {"name": "dog\x07"}))
    ('cat', {'name': 'dog\\x07'})
    """
    if isinstance(answer, str):
        return shown(answer)
    if isinstance(answer, (tuple, list)):
        parts = [harmless(part) for part in answer]
        return answer if _same(answer, parts) else tuple(parts)
    if isinstance(answer, Mapping):
        keys, values = map(harmless, answer), [harmless(part) for part in answer.values()]
        return dict(zip(keys, values, strict=True))
    if is_dataclass(answer) and not isinstance(answer, type):
        names = [each.name for each in fields(answer) if each.init]
        before = [getattr(answer, name) for name in names]
        after = [harmless(value) for value in before]
        return answer if _same(before, after) else replace(answer, **dict(zip(names, after, strict=True)))
    return answer


def _same(before: Iterable[Any], after: Iterable[Any]) -> bool:
    return all(
        one is other or (isinstance(one, dict) and one == other)
        for one, other in zip(before, after, strict=True)
    )
