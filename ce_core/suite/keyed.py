"""The advice of findings and errors, which names flags of the command line, in the keys of a suite."""

from __future__ import annotations

import re
from functools import cache

from ce_core.task.words import PROPERTIES

from .keys import CHECK

_FLAG = re.compile(r"--(?P<name>[a-z][a-z-]*)(?: (?P<value>-?\w(?:[\w.,()=-]*[\w)])?))?")
_LONE = frozenset({"mask", "lengths"})
"""Flags that advice names without a value."""


def in_keys(text: str) -> str:
    """Return text with the flags that say what arrays are, and how their loss is computed, as keys of a check.

    >>> in_keys("take the loss on probabilities: --loss nll")
    "take the loss on probabilities: 'loss: nll'"
    >>> in_keys("leave the rows out with --mask, or say --multilabel if several are true")
    "leave the rows out with 'mask', or say 'task: {exclusive: false}' if several are true"
    >>> in_keys("confirm with --ignore-index -1; or name the clip: --clip 1e-7")
    "confirm with 'task: {ignore_index: -1}'; or name the clip: 'clip: 1e-7'"
    >>> in_keys("say --class-axis 1, or see cepick eval --help")
    "say 'task: {class_axis: 1}', or see cepick eval --help"
    """
    return _FLAG.sub(_key, text)


def _key(found: re.Match[str]) -> str:
    flag, value = f"--{found['name']}", found["value"]
    name = found["name"].replace("-", "_")
    after = "" if value is None else f" {value}"
    if flag in _said():
        return f"'task: {{{_said()[flag]}}}'{after}"
    if name in _LONE:
        return f"'{name}'{after}"
    if value is None:
        return found[0]
    if name in PROPERTIES:
        return f"'task: {{{name}: {value}}}'"
    return f"'{name}: {value}'" if name in _keys() else found[0]


@cache
def _said() -> dict[str, str]:
    """Return the flags that say a value by themselves, each with the property and the value."""
    return {
        flag: f"{name}: {str(value).lower() if isinstance(value, bool) else value}"
        for name, each in PROPERTIES.items()
        for value in each.answers
        if " " not in (flag := each.flag(value))
    }


@cache
def _keys() -> frozenset[str]:
    return frozenset(each.name for each in CHECK)
