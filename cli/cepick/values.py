"""Text from the command line as values: numbers, axes, ratios, lists, choices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ce_core.errors import CepickError, did_you_mean
from ce_core.task.words import Property


def whole(flag: str, text: str) -> int:
    """Return a whole number.

    >>> whole("--ignore-index", "-100")
    -100
    """
    try:
        return int(text)
    except ValueError:
        raise CepickError(f"{flag}: {text!r} is not a whole number; write one such as 10") from None


def number(flag: str, text: str) -> float:
    """Return a number.

    >>> number("--clip", "1e-7")
    1e-07
    """
    try:
        return float(text)
    except ValueError:
        raise CepickError(f"{flag}: {text!r} is not a number; write one such as 0.1") from None


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


def numbers_or_path(text: str) -> list[float] | str:
    """Return the numbers of a comma-separated list; any other text is a path.

    >>> numbers_or_path("1,2.5"), numbers_or_path("weights.npy")
    ([1.0, 2.5], 'weights.npy')
    """
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        return text


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
