"""What gives the number that was expected, where the loss is another: the definition, or the mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ce_core.errors import CepickError

_SHARED = (
    "class_names",
    "class_weights",
    "dtype",
    "label_smoothing",
    "lengths",
    "mask",
    "pos_weight",
    "sample_weights",
    "target_column",
)
"""The arguments of an evaluation that a match takes as well."""

LEAST_SHARE, MOST_SHARE = 1e-7, 1e-3
"""A number is held to be known to at least and at most so much of itself."""


def explanation(
    value: float, room: float, predictions: Any, targets: Any, arguments: Mapping[str, Any]
) -> str | None:
    """Return a sentence on the likeliest definition or mistake that gives a number on two arrays, or None.

    room: how far the number may be off.
    """
    from ce_core.matching.trace import match

    shared = {name: arguments[name] for name in (*_SHARED, "task") if arguments.get(name) is not None}
    share = min(MOST_SHARE, max(LEAST_SHARE, room / abs(value))) if value else LEAST_SHARE
    try:
        answer = match(predictions, targets, value=value, rtol=share, **shared)
    except CepickError:  # it is no cross-entropy's number, or no match takes such arrays
        return None
    if not answer.matches or answer.expected_by_chance > 0.5:
        return None
    best = answer.matches[0]
    others = len(answer.matches) - 1 + answer.left_out
    more = f" ({others} more would, too)" if others else ""
    return (
        f"{value:.9g} is the number of another loss{more}: {best.says[:1].lower()}{best.says[1:].rstrip('.')}"
    )
