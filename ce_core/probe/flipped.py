"""Scores of the opposite sign: -x of logits, 1 - p of probabilities."""

from __future__ import annotations

from collections.abc import Iterator

from .reading import Reading
from .sample import Sample


def flipped(sample: Sample) -> Iterator[Reading]:
    """Yield the reading with every score negated. Of two exclusive classes that is another order of them."""
    if sample.exclusive and sample.units == 2:
        return
    scores = -sample.bounded if sample.exclusive else -sample.scores
    yield Reading(code="CE309", name="the opposite sign", scores=scores)
