"""The simple values of a suite: texts, words, numbers and paths, each in its type or one clear line."""

from __future__ import annotations

import math
import os
from typing import Any

from ce_core.arrays.paths import SUGGESTED, extension_of, is_url, split_key
from ce_core.errors import did_you_mean, nearest

from .keys import Key
from .marked import Marked, scalar_of

_MANY = 8
"""A list of values is given whole up to so many."""


def text(marked: Marked, key: Key, folder: str = "") -> str:
    """Return a text as it is written."""
    if isinstance(marked.value, (dict, list)):
        marked.fail(f"{key.name}: is {kind_of(marked)}, and no text; write {key.says}")
    if isinstance(marked.value, bool) and not marked.used:  # a variable's value is a text
        marked.fail(f"{key.name}: {marked.text} is a truth value, and no text; put it in quotes")
    if not marked.text.strip():
        marked.fail(f"{key.name}: is empty; write {key.says}")
    return marked.text


def texts(marked: Marked, key: Key, folder: str = "") -> tuple[str, ...]:
    """Return one text, or several."""
    several = marked.value if isinstance(marked.value, list) else [marked]
    return tuple(text(each, key) for each in several)


def word(marked: Marked, key: Key, folder: str = "") -> str:
    """Return one of the words that a key takes, with ``-`` or ``_`` between its parts."""
    shown = "" if isinstance(marked.value, (dict, list)) else marked.text
    plain = shown.strip().lower().replace("-", "_")
    known = {each.replace("-", "_"): each for each in key.words}
    if plain not in known:
        close = did_you_mean(plain, key.words) if len(key.words) > 1 else f"write {key.words[0]!r}"
        marked.fail(
            f"{key.name}: {repr(shown) if shown else kind_of(marked)} is not one of its values; {close}"
        )
    return known[plain]


def flag(marked: Marked, key: Key, folder: str = "") -> bool:
    """Return true or false."""
    if not isinstance(marked.value, bool):
        marked.fail(f"{key.name}: {shown_value(marked)} is neither true nor false; write one of them")
    return marked.value


def number(marked: Marked, key: Key, folder: str = "") -> float:
    """Return a number within its range."""
    value = scalar_of(marked.value.strip()) if isinstance(marked.value, str) else marked.value
    if isinstance(value, str) and value.lower() in _NOT_FINITE:
        value = float(value.lower().replace(".", ""))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        marked.fail(f"{key.name}: {shown_value(marked)} is not a number; write {key.says}")
    try:
        value = float(value)
    except OverflowError:
        value = math.inf
    if math.isnan(value) or (math.isinf(value) and not key.endless):
        marked.fail(f"{key.name}: {marked.text} is not finite; write {key.says}, or leave it out")
    if not _within(value, key):
        marked.fail(f"{key.name}: {marked.text} is {_outside(value, key)}; write {key.says}")
    return value


_NOT_FINITE = frozenset(
    f"{sign}{dot}{word}" for sign in ("", "-", "+") for dot in ("", ".") for word in ("inf", "nan")
)


def whole(marked: Marked, key: Key, folder: str = "") -> int:
    """Return a whole number within its range."""
    value = scalar_of(marked.value.strip()) if isinstance(marked.value, str) else marked.value
    if isinstance(value, bool) or not isinstance(value, int):
        marked.fail(f"{key.name}: {shown_value(marked)} is not a whole number; write {key.says}")
    if not _within(value, key):
        marked.fail(f"{key.name}: {value} is {_outside(value, key)}; write {key.says}")
    return value


def _within(value: float, key: Key) -> bool:
    least = -math.inf if key.least is None else key.least
    most = math.inf if key.most is None else key.most
    return least < value < most if key.open else least <= value <= most


def _outside(value: float, key: Key) -> str:
    """Return in words that a number is outside the range of a key.

    >>> _outside(0.7, Key(name="clip", kind="number", says="", least=0, most=0.5, open=True))
    'not between 0 and 0.5'
    >>> _outside(-1, Key(name="rtol", kind="number", says="", least=0))
    'below 0'
    """
    if key.most is None:
        return f"below {key.least:g}"
    return (
        f"not between {key.least:g} and {key.most:g}"
        if key.open
        else f"not from {key.least:g} to {key.most:g}"
    )


def path(marked: Marked, key: Key, folder: str) -> str:
    """Return a path, relative to the folder of the file, ready to be opened."""
    given = text(marked, key)
    if given.strip() == "-":
        marked.fail(f"{key.name}: '-' is standard input, which a check does not read; name a file")
    return joined(given, folder)


def joined(given: str, folder: str) -> str:
    """Return a path in a file as one from the working folder; URLs and whole paths stay as they are.

    >>> joined("runs/*.npy", "checks"), joined("s3://runs/logits.npy", "checks"), joined("labels.npy", ".")
    ('checks/runs/*.npy', 's3://runs/logits.npy', 'labels.npy')
    """
    if is_url(given) or os.path.isabs(given) or folder in {"", "."}:
        return given
    whole_path = os.path.join(folder, given)
    # Behind a link, '..' is another folder than the one before it.
    straight = os.path.realpath(folder) == os.path.abspath(folder)
    return os.path.normpath(whole_path) if straight and given.startswith(("../", "./")) else whole_path


def paths(marked: Marked, key: Key, folder: str) -> tuple[str, ...]:
    """Return one path, or several."""
    several = marked.value if isinstance(marked.value, list) else [marked]
    if not several:
        marked.fail(f"{key.name}: is an empty list; write {key.says}")
    return tuple(path(each, key, folder) for each in several)


def array(marked: Marked, key: Key, folder: str) -> Any:
    """Return the path of a file, or the numbers themselves."""
    if isinstance(marked.value, list):
        return [_item(each, key) for each in marked.value] or marked.fail(f"{key.name}: is an empty list")
    given = scalar_of(marked.text) if isinstance(marked.value, str) else marked.value
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        if key.alone:
            return number(marked, key)
        marked.fail(f"{key.name}: {marked.text} is one number; write {key.says}")
    return path(marked, key, folder)


def _item(marked: Marked, key: Key) -> Any:
    """Return one number of an array, or its row."""
    if isinstance(marked.value, list):
        return [_item(each, key) for each in marked.value]
    value = number(marked, key)
    return int(value) if isinstance(marked.value, int) else value


def clip(marked: Marked, key: Key, folder: str = "") -> float | str:
    """Return the number to clip at, or the name of a framework's way."""
    if isinstance(marked.value, str) and isinstance(scalar_of(marked.value), str):
        name = marked.value.strip().lower().replace("_", "-")
        if name not in key.words:
            marked.fail(
                f"clip: {marked.text!r} is neither a number nor a policy; {did_you_mean(name, key.words)}"
            )
        return name
    return number(marked, key)


def by(marked: Marked, key: Key, folder: str) -> str:
    """Return the path of a file, or the name of a column as it is."""
    given = text(marked, key)
    file, member = split_key(given)
    is_file = member is not None or "/" in given or extension_of(file)[0] in SUGGESTED
    return path(marked, key, folder) if is_file or os.path.exists(joined(given, folder)) else given


def kind_of(marked: Marked) -> str:
    """Return what a value is, in words."""
    if isinstance(marked.value, dict):
        return "a mapping"
    return "a list" if isinstance(marked.value, list) else "empty" if marked.value is None else "a value"


def shown_value(marked: Marked) -> str:
    """Return a value for an error: a scalar as it is written, of others what they are."""
    if isinstance(marked.value, (dict, list)) or marked.value is None:
        return kind_of(marked)
    return repr(marked.text) if isinstance(marked.value, str) else marked.text


def advice(name: str, known: list[str]) -> str:
    """Return the nearest name, or the known ones where those are few.

    >>> advice("mim", ["min", "max"]), advice("zzz", ["min", "max"])
    ("did you mean 'min'?", 'choose from min, max')
    """
    close = nearest(name, known)
    if close is not None or len(known) <= _MANY:
        return did_you_mean(name, known)
    return f"choose from {', '.join(known[:_MANY])}, …"
