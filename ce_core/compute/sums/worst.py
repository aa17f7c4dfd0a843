"""The examples with the greatest loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from ce_core.records import dataclass

LISTED = 5
"""How many examples are listed."""

Entry = tuple[float, int, Any, Any, float]
"""Loss, row number, label, prediction, probability of what is true."""


@dataclass(frozen=True, kw_only=True)
class Worst:
    """The few examples with the greatest loss, the greatest first; of equal losses the earlier row."""

    entries: tuple[Entry, ...] = ()

    @staticmethod
    def choose(losses: np.ndarray) -> np.ndarray:
        """Return the positions of the greatest losses, NaN counting as infinite, in order."""
        keys = np.where(np.isnan(losses), np.inf, losses)
        if len(keys) > LISTED:
            least = np.partition(keys, len(keys) - LISTED)[len(keys) - LISTED]
            candidates = np.flatnonzero(keys >= least)
        else:
            candidates = np.arange(len(keys))
        return candidates[np.lexsort((candidates, -keys[candidates]))][:LISTED]

    def __add__(self, other: Worst) -> Worst:
        """Merge with the worst of other examples."""
        both = sorted(self.entries + other.entries, key=lambda entry: (-_key(entry[0]), entry[1]))
        return Worst(entries=tuple(both[:LISTED]))


def _key(loss: float) -> float:
    return float("inf") if loss != loss else loss
