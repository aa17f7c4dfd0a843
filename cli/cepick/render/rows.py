"""Rows that every form of output shows, each in its own marks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import words

if TYPE_CHECKING:
    from ce_core.compute.evaluation import Evaluation
    from ce_core.decide.recommendation import Recommendation
    from ce_core.frameworks import Call
    from ce_core.lookup.explanation import Comparison, Explanation

SECTIONS = (("When", "when"), ("Why it is wrong", "why"), ("What it does to the loss", "effect"))
"""The prose of an explanation: the heading of each part, and its field."""

TOPICS = {
    "loss": "Losses",
    "concept": "Concepts",
    "finding": "Findings",
    "call": "Functions of frameworks",
    "comparison": "Side by side",
}
"""The heading of each kind of thing that can be explained."""


def arrays(answer: Evaluation) -> Iterator[tuple[str, str, str, str]]:
    """Yield for each array what it is, its name, its shape and its dtype."""
    keys, names = ("predictions", "targets"), (answer.predictions, answer.targets)
    for key, name, axes, dtype in zip(keys, names, answer.shapes, answer.dtypes, strict=True):
        yield key, name, words.shape(axes), dtype


def how_to_use(answer: Recommendation) -> list[tuple[str, str]]:
    """Return what is known of how to use a recommended loss, beside the losses that also fit."""
    rows = (
        ("formula", answer.formula),
        ("last layer", answer.activation),
        ("predictions", answer.predictions),
        ("targets", answer.targets),
    )
    return [(name, text) for name, text in rows if text]


def calls(answer: Explanation) -> Iterator[tuple[str, Call]]:
    """Yield each call that an explanation shows with its framework, those that read alike once for each loss."""
    seen = set()
    for framework, rows in answer.calls.items():
        for row in rows:
            if (row.loss, row.call, row.code) not in seen:
                seen.add((row.loss, row.call, row.code))
                yield framework, row


def sides(other: Comparison) -> tuple[str, str]:
    """Return what the two columns of a comparison are called: a function by the spelling that was asked for."""

    def name(side: Explanation) -> str:
        return next(calls(side))[1].call if side.kind == "call" else side.id

    return name(other.left), name(other.right)
