"""Counts in words."""

from __future__ import annotations


def plural(count: int, noun: str, verb: str = "") -> str:
    """Return a count with its noun, and with its verb in the form that goes with it.

    >>> plural(1, "row"), plural(2, "row")
    ('1 row', '2 rows')
    >>> plural(1, "row", "hold"), plural(2, "row", "hold"), plural(1, "value", "are")
    ('1 row holds', '2 rows hold', '1 value is')
    """
    text = f"{count:,} {noun}" + ("" if count == 1 else "s")
    single = {"are": "is", "have": "has", "do": "does"}.get(verb, f"{verb}s") if verb else ""
    return f"{text} {single if count == 1 else verb}".rstrip()
