"""The checks: each looks for one fault in what is known of the arrays, and returns findings.

A check is a function from a `Case` to findings; the tuples below say which run, and in which order. One
cause makes one finding: where two would name the same cause the more specific one is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ce_core.findings import Finding, in_order
from ce_core.losses import LOSSES

from .balance import BALANCE_CHECKS
from .case import Case
from .divisors import DIVISOR_CHECKS
from .numbers import NUMBER_CHECKS
from .precision import PRECISION_CHECKS, UNSETTLED_CHECKS
from .predictions import OUTPUT_CHECKS, PREDICTION_CHECKS
from .readings import ARGUMENT_CHECKS, READING_CHECKS
from .shapes import SHAPE_CHECKS
from .targets import TARGET_CHECKS
from .worth import WORTH_CHECKS

Check = Callable[[Case], Iterable[Finding]]

BEFORE: tuple[Check, ...] = (*PREDICTION_CHECKS, *TARGET_CHECKS, *SHAPE_CHECKS, *ARGUMENT_CHECKS)
"""The checks that need the arrays and what was said of them."""

AFTER: tuple[Check, ...] = (
    *OUTPUT_CHECKS,
    *NUMBER_CHECKS,
    *PRECISION_CHECKS,
    *BALANCE_CHECKS,
    *DIVISOR_CHECKS,
)
"""The checks that need the losses, too."""

SUSPECT: tuple[Check, ...] = (*UNSETTLED_CHECKS, *READING_CHECKS, *WORTH_CHECKS)
"""The checks that read a sample of the arrays otherwise, and compare by a paired test."""

_READINGS = ("CE304", "CE303", "CE104", "CE105", "CE307", "CE308", "CE309")
_OF_SWAPPED = [
    "CE101",
    "CE102",
    "CE103",
    "CE106",
    "CE108",
    "CE110",
    "CE111",
    "CE204",
    "CE205",
    "CE206",
    "CE208",
    "CE209",
    "CE305",
    "CE402",
]

SPECIFIC_FIRST = (
    *(("CE304", each) for each in _OF_SWAPPED),
    ("CE303", "CE305"),
    ("CE303", "CE205"),
    ("CE303", "CE102"),
    ("CE303", "CE103"),
    ("CE104", "CE102"),
    ("CE105", "CE102"),
    (*_READINGS, "CE108"),
    (*_READINGS, "CE402"),
    ("CE107", "CE204", "CE202", "CE203", "CE201"),
    ("CE107", "CE102"),
    ("CE107", "CE106", "CE103"),
    ("CE106", "CE103", "CE108"),
    ("CE204", "CE202", "CE209", "CE206"),
    ("CE208", "CE305", "CE205"),
    *((cause, "CE501", effect) for cause in (*_READINGS, "CE110") for effect in ("CE503", "CE505")),
    *(("CE306", effect) for effect in ("CE503", "CE505")),
    *((cause, "CE502") for cause in ("CE104", "CE105", "CE304")),
)
"""Where several are found, the first of each tuple stands for one cause, and the others are left out."""

_OF_SHARES = frozenset({"CE202", "CE204", "CE205", "CE206", "CE209", "CE305"})
NOT_ABOUT: dict[str, frozenset[str]] = {
    "signs": _OF_SHARES,
    "lists": _OF_SHARES,
    "numbers": _OF_SHARES | {"CE107"},
}
"""By what a loss takes for a target in a row: the findings that are about labels and shares in [0, 1] only."""
_NOT_OF_REGIONS = frozenset({"CE107", "CE202", "CE204", "CE205", "CE305"})
_NOT_OF_SCORES = frozenset({"CE102", "CE107"})

__all__ = ["AFTER", "BEFORE", "SUSPECT", "Case", "run", "together"]


def run(checks: Iterable[Check], case: Case) -> tuple[Finding, ...]:
    """Return what the checks find, the most severe first, one finding for each cause."""
    left_out = _not_about(case)
    return together([each for check in checks for each in check(case) if each.code not in left_out])


def together(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with the most severe first, and of those that name one cause the most specific only."""
    kept = list(found)
    for order in SPECIFIC_FIRST:
        codes = {finding.code for finding in kept}
        first = next((code for code in order if code in codes), None)
        kept = [each for each in kept if each.code not in order or each.code == first]
    return in_order(kept)


def _not_about(case: Case) -> frozenset[str]:
    """Return the findings that have no meaning for the loss, whatever the arrays show."""
    if case.loss is None or case.view.layout.form == "index":
        return frozenset() if case.family != "scores" else _NOT_OF_SCORES
    found = NOT_ABOUT.get(LOSSES[case.loss].target_values, frozenset())
    if case.family == "regions":
        found |= _NOT_OF_REGIONS
    if case.family == "scores":
        found |= _NOT_OF_SCORES
        if case.view.layout.units == 1:  # signs, too, of a loss that takes classes otherwise
            found |= NOT_ABOUT["signs"]
    return found
