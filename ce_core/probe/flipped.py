"""Scores of the opposite sign: -x of logits, 1 - p of probabilities."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .reading import Reading
from .sample import Sample
from .terms import MOST_NATS


def flipped(sample: Sample) -> Iterator[Reading]:
    """Yield the reading with every score negated. Of two exclusive classes that is another order of them."""
    if sample.exclusive and sample.units == 2:
        return
    yield Reading(code="CE309", name="the opposite sign", scores=-_finite(sample.scores))


def _finite(scores: np.ndarray) -> np.ndarray:
    """Return scores with what is impossible as low as the lowest that is possible, and what is certain as high."""
    finite = np.isfinite(scores)
    if finite.all():
        return scores
    low = np.where(finite, scores, np.inf).min(axis=1, keepdims=True)
    high = np.where(finite, scores, -np.inf).max(axis=1, keepdims=True)
    low, high = np.minimum(low, -MOST_NATS), np.maximum(high, MOST_NATS)
    return np.where(finite, scores, np.where(scores < 0, low, high))
