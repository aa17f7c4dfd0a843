"""Rows that every form of output shows, each in its own marks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import words

if TYPE_CHECKING:
    from ce_core.compute.evaluation import Evaluation
    from ce_core.decide.recommendation import Recommendation
    from ce_core.frameworks import Call
    from ce_core.lookup.explanation import Comparison, Explanation
    from ce_core.lookup.finding_texts import Told

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


def confusions(answer: Evaluation, most: int) -> Iterator[tuple[str, str, str, str]]:
    """Yield the pairs of classes that are mixed up most: what is true, what is said, how often, and its share."""
    for each in answer.diagnostics.confusions[:most]:
        true, said = words.klass(each.name, each.klass), words.klass(each.predicted_name, each.predicted)
        yield true, said, words.whole(each.count), words.percent(each.share)


def counted_among(answer: Evaluation) -> str:
    """Return among what mixed-up classes were counted, where that is not everything; else an empty text."""
    sample = answer.diagnostics.confusions_sample
    return "" if sample is None else f"counted among {sample:,} of the examples, spread over all of them"


def how_to_use(answer: Recommendation) -> list[tuple[str, str]]:
    """Return what is known of how to use a recommended loss, beside the losses that also fit."""
    rows = (
        ("formula", answer.formula),
        ("last layer", answer.activation),
        ("predictions", answer.predictions),
        ("targets", answer.targets),
    )
    return [(name, text) for name, text in rows if text]


def told_of(answer: Any, finding: Any) -> list[Told]:
    """Return what is written of a finding for the frameworks that an answer is for; nothing where none is known."""
    from ce_core.lookup.finding_texts import own_frameworks, told

    names = own_frameworks(answer)
    return told(finding, names) if names else []


def more_about(answer: Any) -> str | None:
    """Return the command that tells what each framework does, for an answer with findings and no framework known."""
    codes = list(dict.fromkeys(each.code for each in answer.findings))
    if not codes:
        return None
    from ce_core.lookup.finding_texts import own_frameworks

    if own_frameworks(answer):
        return None
    named = codes[0] if len(codes) == 1 else f"CODE ({', '.join(codes)})"
    return f"cepick explain {named} says what each framework does here, with the repair in code"


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
