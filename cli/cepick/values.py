"""Text from the command line as values: numbers, axes, ratios, lists, choices."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ce_core.errors import CepickError, did_you_mean
from ce_core.task.words import PROPERTIES, Property

_FLAGS = {
    "losses_to": "--out",
    "probabilities_to": "--probabilities-out",
    "remove_accidental_hits": "--accidental-hits",
}
"""The flags that are not called as the core's argument is."""


def flag(name: str) -> str:
    """Return the flag of one of the core's arguments.

    >>> flag("class_weights"), flag("losses_to")
    ('--class-weights', '--out')
    """
    return _FLAGS.get(name) or "--" + name.replace("_", "-")


@contextmanager
def flags_in_errors(names: Iterable[str] = ()) -> Iterator[None]:
    """Name the core's arguments in its errors as they are typed on the command line.

    >>> with flags_in_errors(["class_weights"]):
    ...     raise CepickError("class_weights: negative weight at 1")
    Traceback (most recent call last):
    ...
    ce_core.errors.CepickError: --class-weights: negative weight at 1
    """
    try:
        yield
    except CepickError as error:
        known = {name: flag(name) for name in (*names, *_SAID_BY_VALUE)}
        # One word may be any word within a sentence; in front of the colon it is the argument.
        text = re.sub(
            r"^(\w+)(?=:)|^framework(?= ')", lambda found: known.get(found[0], found[0]), str(error)
        )
        raise CepickError(with_flags(text, names), code=error.code) from None


def with_flags(text: str, names: Iterable[str] = ()) -> str:
    """Return a sentence of the core's in which its arguments of several words are called as they are typed.

    >>> with_flags("hand over class_weights and ignore_index", ["class_weights"])
    'hand over --class-weights and --ignore-index'
    """
    known = {name: flag(name) for name in (*names, *_SAID_BY_VALUE) if "_" in name}
    inside = "|".join(sorted(known, key=len, reverse=True))
    if not inside:
        return text
    return re.sub(rf"(?<![\w.('-])({inside})(?![\w.=(])", lambda found: known[found[0]], text)


_SAID_BY_VALUE = [prop.name for prop in PROPERTIES.values() if not prop.flags and prop.type != "bool"]


def whole(flag: str, text: str) -> int:
    """Return a whole number.

    >>> whole("--ignore-index", "-100")
    -100
    """
    try:
        return int(text)
    except ValueError:
        raise CepickError(f"{flag}: {text!r} is not a whole number; write one such as 10") from None


_SIZES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def size(flag: str, text: str) -> int:
    """Return a number of bytes: a whole number, or one with K, M or G behind it.

    >>> size("--block", "8M"), size("--block", "4096")
    (8388608, 4096)
    """
    found = re.fullmatch(r"\s*(\d+)\s*([kmg]?)(?:i?b)?\s*", text.lower())
    if found is None or not int(found[1]):
        raise CepickError(f"{flag}: {text!r} is not a size; write one such as 8M")
    return int(found[1]) * _SIZES[found[2]]


def number(flag: str, text: str) -> float:
    """Return a number.

    >>> number("--clip", "1e-7")
    1e-07
    """
    try:
        return float(text)
    except ValueError:
        raise CepickError(f"{flag}: {text!r} is not a number; write one such as 0.1") from None


def number_or_name(text: str) -> float | str:
    """Return a number; any other text is a name.

    >>> number_or_name("1e-7"), number_or_name("keras")
    (1e-07, 'keras')
    """
    try:
        return float(text)
    except ValueError:
        return text


def axis(flag: str, text: str) -> int | tuple[int, ...]:
    """Return an axis, or several that are separated by commas.

    >>> axis("--class-axis", "-1"), axis("--class-axis", "1,2")
    (-1, (1, 2))
    """
    axes = tuple(whole(flag, part) for part in text.split(","))
    return axes[0] if len(axes) == 1 else axes


def ratio(flag: str, text: str) -> bool | float:
    """Return true, false or a ratio.

    >>> ratio("--imbalance", "true"), ratio("--imbalance", "99")
    (True, 99.0)
    """
    words = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return float(text)
    except ValueError:
        raise CepickError(f"{flag}: {text!r} is neither a ratio nor true; write one such as 99") from None


def numbers_or_path(flag: str, text: str) -> list[float] | str:
    """Return the numbers of a comma-separated list; any other text is a path.

    >>> numbers_or_path("--class-weights", "1,2.5"), numbers_or_path("--class-weights", "weights.npy")
    ([1.0, 2.5], 'weights.npy')
    >>> numbers_or_path("--class-weights", "1,a,3")
    Traceback (most recent call last):
    ...
    ce_core.errors.CepickError: --class-weights: 'a' is not a number; write numbers such as 1,2.5, or a file's name
    """
    numbers = [_float(part) for part in text.split(",")]
    known = [each for each in numbers if each is not None]
    if len(known) == len(numbers):
        return known
    if "," in text and known and not os.path.exists(text):
        wrong = text.split(",")[numbers.index(None)].strip()
        raise CepickError(f"{flag}: {wrong!r} is not a number; write numbers such as 1,2.5, or a file's name")
    return text


def path(flag: str, text: str) -> str:
    """Return the path of a file; numbers are none, unless there is a file of that name.

    >>> path("--lengths", "3,4")
    Traceback (most recent call last):
    ...
    ce_core.errors.CepickError: --lengths: '3,4' is no file; save the numbers as .npy or .csv and pass its name
    """
    if all(_float(part) is not None for part in text.split(",")) and not os.path.exists(text):
        raise CepickError(f"{flag}: {text!r} is no file; save the numbers as .npy or .csv and pass its name")
    return text


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def choice(flag: str, text: str, known: Sequence[str]) -> str:
    """Return one of the known words, or raise the error that names the nearest.

    >>> choice("--mean-over", "nonzero-weights", ["weights", "nonzero_weights"])
    'nonzero_weights'
    """
    word = text.strip().lower().replace("-", "_")
    if word in known:
        return word
    raise CepickError(f"{flag}: {text!r} is not one of its values; {did_you_mean(word, known)}")


_OF_TYPE: dict[str, Callable[[str, str], Any]] = {"integer": whole, "axis": axis, "ratio": ratio}


def of_property(prop: Property, flag: str, text: str) -> Any:
    """Return what a flag says of a property of the task; words are checked by the task itself."""
    read = _OF_TYPE.get(prop.type)
    return read(flag, text) if read else text
