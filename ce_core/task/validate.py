"""Checking one value of one property: each in its own type, or an error that names the nearest right one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ce_core.errors import CepickError, did_you_mean

from .words import Property


def valid(prop: Property, value: Any) -> Any:
    """Return a property's value in its own type, or raise the error that names the values it may have.

    >>> from .words import PROPERTIES
    >>> valid(PROPERTIES["outputs"], "log-probabilities")
    'log_probabilities'
    """
    return _VALIDATORS[prop.type](prop, value)


def _choice(prop: Property, value: Any) -> Any:
    if not isinstance(value, str):
        raise CepickError(f"{prop.name}: {value!r} is not a word; {_possible(prop, '')}")
    if prop.name == "framework":
        from ce_core.frameworks import framework_id

        return framework_id(value)
    word = value.strip().lower().replace("-", "_")
    if word not in prop.answers:
        raise CepickError(f"{prop.name}: {value!r} is not one of its values; {_possible(prop, word)}")
    return word


def _choices(prop: Property, value: Any) -> tuple[Any, ...]:
    several = value.split(",") if isinstance(value, str) else value
    if not isinstance(several, (list, tuple)):
        raise CepickError(f"{prop.name}: {value!r} is not a list of words; {_possible(prop, '')}")
    return tuple(dict.fromkeys(_choice(prop, each) for each in several))


def _possible(prop: Property, value: str) -> str:
    return did_you_mean(value, [str(answer) for answer in prop.answers])


_TRUTHS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}


def _boolean(prop: Property, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    meant = _TRUTHS.get(str(value).strip().lower())
    advice = f"did you mean {meant}?" if meant else "write true or false"
    raise CepickError(f"{prop.name}: {value!r} is neither true nor false; {advice}")


def _integer(prop: Property, value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        whole = _whole(value)
        advice = "write one, such as 10" if whole is None else f"did you mean {whole}?"
        raise CepickError(f"{prop.name}: {value!r} is not a whole number; {advice}")
    number = int(value)
    if prop.answers and number not in prop.answers:
        raise CepickError(f"{prop.name}: {number} is not one of its values; {_possible(prop, str(number))}")
    if prop.name in {"classes", "units"} and number < 1:
        raise CepickError(f"{prop.name}: {number} is less than 1; write {prop.says}")
    return number


def _whole(value: Any) -> int | None:
    """Return the whole number that was meant by 10.0 or "10", or None."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return int(number) if not isinstance(value, bool) and number.is_integer() else None


def _axis(prop: Property, value: Any) -> int | tuple[int, ...]:
    if not isinstance(value, (list, tuple)):
        return _integer(prop, value)
    axes = tuple(_integer(prop, each) for each in value)
    if not axes or len(set(axes)) < len(axes):
        raise CepickError(f"{prop.name}: {value!r} names no axis, or one twice; write each axis once")
    return axes[0] if len(axes) == 1 else axes


def _ratio(prop: Property, value: Any) -> bool | float:
    if isinstance(value, bool):
        return value
    if not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise CepickError(
            f"{prop.name}: {value!r} is neither true, false nor a ratio; write true, or a ratio such as 99"
        )
    if value < 1:
        raise CepickError(
            f"{prop.name}: {value!r} is less than 1, and the ratio is the commonest to the rarest; "
            f"did you mean {1 / value:g}?"
        )
    return float(value)


_VALIDATORS: dict[str, Callable[[Property, Any], Any]] = {
    "choice": _choice,
    "choices": _choices,
    "bool": _boolean,
    "integer": _integer,
    "axis": _axis,
    "ratio": _ratio,
}
