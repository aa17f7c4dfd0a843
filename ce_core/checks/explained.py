"""What is found of the arrays that explains the worth of the predictions, whatever it is."""

from __future__ import annotations

import numpy as np

from ce_core.probe import Sample

from .case import Case

MISREAD = frozenset(
    {
        "CE101",
        "CE102",
        "CE103",
        "CE104",
        "CE105",
        "CE106",
        "CE107",
        "CE108",
        "CE110",
        "CE111",
        "CE201",
        "CE202",
        "CE204",
        "CE205",
        "CE206",
        "CE207",
        "CE209",
        "CE303",
        "CE304",
        "CE305",
        "CE307",
        "CE308",
        "CE309",
        "CE402",
    }
)
"""The findings after which the predictions are not what the model meant, or the targets not theirs."""

_FARTHEST = 1e6
"""Scores farther from 0 leave the range in which squares and temperatures can be computed, and mean no odds."""


def worth_of(case: Case) -> Sample | None:
    """Return the sample on which to look at what predictions are worth, or None where something else is wrong.

    The loss is one that takes the columns to compete as the sample does.
    """
    if case.found & MISREAD or case.partial is None or not case.is_cross_entropy:
        return None
    sample = case.thinned
    if sample is None or sample.rows < 2:
        return None
    reach = _reach(sample.scores)
    if reach > _FARTHEST:
        return None
    takes = "softmax" if sample.exclusive else "sigmoid"
    return sample if case.competes in {None, takes} else None


def _reach(scores: np.ndarray) -> float:
    """Return how far the finite scores are from 0 at most."""
    low, high = float(scores.min(initial=0.0)), float(scores.max(initial=0.0))
    if np.isfinite(low) and np.isfinite(high):
        return max(-low, high)
    return float(np.abs(scores[np.isfinite(scores)]).max(initial=0.0))
