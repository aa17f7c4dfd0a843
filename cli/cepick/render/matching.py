"""What the page, plain text and Markdown of a match share: titles, variants, counts, and which digits were logged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from . import words

if TYPE_CHECKING:
    from ce_core.matching.answer import Logged, Match, Traced

_BEYOND = 3
"""So many digits of a value are shown beyond those of the log."""

_HIDDEN = frozenset({"famous", "number"})


def title(each: Traced) -> str:
    """Return what an explanation is called: its mistake, a famous number's name, or the loss."""
    return str(each.mistake or each.variant.get("famous") or each.loss or "definition")


def variant(each: Traced) -> str:
    """Return what differs from the plain mean of the fitting loss, in a line.

    >>> from ce_core.matching.answer import Traced
    >>> found = dict(value=1.0, loss=None, mistake=None, framework=(), says="")
    >>> variant(Traced(variant={"activation": "softmax twice", "smoothing": 0.1}, **found))
    'activation softmax twice, smoothing 0.1'
    """
    return ", ".join(
        f"{axis} {words.option(value)}" for axis, value in each.variant.items() if axis not in _HIDDEN
    )


def sentence(text: str) -> str:
    """Return what happened with a capital first letter, unless it begins with mathematics, and without a full stop.

    >>> sentence("ln 10: uniform"), sentence("the labels were shifted.")
    ('ln 10: uniform', 'The labels were shifted')
    """
    text = text.removesuffix(".")
    return text if text.startswith(("ln ", "log2 ", "log10 ")) else words.sentence(text)


def details(each: Traced) -> str:
    """Return what stands beside the title: the loss where the title is another word, and the variant."""
    named = title(each)
    parts = [each.loss if each.loss not in (None, named) else "", variant(each)]
    return ", ".join(part for part in parts if part)


def shown_digits(value: float, logged: Logged) -> tuple[str, str]:
    """Return a value as the digits that the log has, and those beyond.

    >>> from ce_core.matching.answer import Logged
    >>> shown_digits(1.4611501717, Logged(text="1.4612", value=1.4612, digits=5, tolerance=5e-5))
    ('1.4611', '502')
    >>> shown_digits(100.0, Logged(text="100", value=100.0, digits=3, tolerance=0.5))
    ('100', '.000')
    """
    if not math.isfinite(value) or value == 0:
        return ("0" if value == 0 else str(value)), ""
    if logged.tolerance <= 0:
        return f"{value:.10g}", ""
    # The last known decimal is the one whose half unit is the tolerance.
    decimals = max(0, round(-math.log10(2 * logged.tolerance)))
    if abs(value) < 1e-4 or decimals > 12:
        return f"{value:.{max(1, logged.digits) + 1}g}", ""
    text = f"{value:.{decimals + _BEYOND}f}"
    at = text.index(".") + (decimals + 1 if decimals else 0)
    return text[:at], text[at:]


def number_of(each: Traced) -> str:
    """Return the value, or one for each logged number, in full."""
    return ", ".join(repr(value) for value in (each.values or (each.value,)))


def counted(answer: Match) -> str:
    """Return how many definitions were tried, how many match, and how many would by chance."""
    found = len(answer.matches) + sum(len(each.same) for each in answer.matches) + answer.left_out
    what = "definitions and mistakes" if answer.predictions is not None else "famous numbers"
    it = "it" if len(answer.logged) == 1 else "them"
    first = answer.logged[0].value
    if answer.predictions is None and len(answer.logged) == 1 and not math.isfinite(first):
        return f"what a loss of {first} usually means, without the arrays"
    give = "gives" if found == 1 else "give"
    who = (
        f"none of {answer.tried:,} {what} gives"
        if not found
        else f"{found:,} of {answer.tried:,} {what} {give}"
    )
    return f"{who} {it}; by chance alone {chance(answer.expected_by_chance)} would"


def chance(expected: float) -> str:
    """Return how many matches are to be expected by chance.

    >>> [chance(each) for each in (0.0, 2e-9, 0.034, 3.21, 36.0, 1234.5)]
    ['none', 'under 0.001', '0.034', '3.2', '36', '1,234']
    """
    if expected < 1e-3:
        return "under 0.001" if expected else "none"
    return f"{expected:.2g}" if expected < 100 else f"{expected:,.0f}"


def left_out(answer: Match) -> str:
    """Return how many matches are not listed."""
    more = "matches, and is" if answer.left_out == 1 else "match, and are"
    return f"{answer.left_out:,} more {more} far less likely"


def written(logged: Logged) -> str:
    """Return how a number was read: its digits, and the range that they mean.

    >>> from ce_core.matching.answer import Logged
    >>> written(Logged(text="1.4612", value=1.4612, digits=5, tolerance=5e-5))
    '5 digits: from 1.46115 to 1.46125'
    """
    if not math.isfinite(logged.value):
        return "no finite number"
    if logged.tolerance <= 0:
        return "exactly"
    low, high = (f"{logged.value + sign * logged.tolerance:.{_places(logged)}g}" for sign in (-1, 1))
    return f"{words.plural(logged.digits, 'digit')}: from {low} to {high}"


def _places(logged: Logged) -> int:
    size = max(abs(logged.value), logged.tolerance)
    return max(2, math.floor(math.log10(size)) - math.floor(math.log10(logged.tolerance)) + 1)
