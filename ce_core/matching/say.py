"""A definition in words: what happened, which calls do that, and how to mend it."""

from __future__ import annotations

from typing import Any

from .combine import Definition

_LEAST_MISTAKES = ("weighted-mean-differs", "exclusive-under-sigmoid")
"""What may be meant as it is, and so gives way to any other mistake."""


def sentence(definition: Definition) -> str:
    """Return what happened in one sentence."""
    reading = definition.reading
    parts = [f"it is the {reading.says}"]
    parts += [_phrase(each.axis, each.says) for each in definition.choices if each.says]
    why = [text for text in (reading.why, *(each.why for each in definition.choices)) if text]
    text = ", ".join(parts)
    text = text[0].upper() + text[1:]
    return f"{text}: {'; '.join(why)}." if why else f"{text}."


def _phrase(axis: str, says: str) -> str:
    return f"with {says}" if axis == "smoothing" and not says.startswith("without") else says


def mistake(definition: Definition) -> str | None:
    """Return the slug of what went wrong, the most telling where there are several."""
    found = [
        each for each in (definition.reading.mistake, *(each.mistake for each in definition.choices)) if each
    ]
    telling = [each for each in found if each not in _LEAST_MISTAKES]
    return next(iter(telling or found), None)


def repair(definition: Definition) -> str | None:
    """Return what to do about it."""
    found = [
        each for each in (definition.reading.repair, *(each.repair for each in definition.choices)) if each
    ]
    return "; ".join(dict.fromkeys(found)) or None


def calls(definition: Definition) -> tuple[str, ...]:
    """Return the calls that compute it."""
    of_choices = [call for each in definition.choices for call in each.framework]
    return tuple(dict.fromkeys([*definition.reading.framework, *of_choices]))


def variant(definition: Definition) -> dict[str, Any]:
    """Return what differs from the plain mean of the fitting loss, by axis."""
    reading = definition.reading
    found: dict[str, Any] = {}
    if reading.activation != "none":
        found["activation"] = reading.activation
    if reading.family != "cross-entropy":
        found["family"] = reading.family
    if reading.clip not in {None, "none"}:
        found["clip"] = reading.clip
    if reading.head == "bce" and reading.activation == "sigmoid":
        found["family"] = "one-vs-rest"
    found.update(reading.variant)
    for each in definition.choices:
        if each.word is not None:
            found[each.axis] = f"{found[each.axis]}, {each.word}" if each.axis in found else each.word
    return found
