"""Telling the outputs of a sigmoid from small logits, both in [0, 1], by which reading fits the targets."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np

from ce_core import kernels
from ce_core.records import dataclass

from .significance import LEVEL, Paired, paired, student_tail
from .wording import plural

_CLIP = 1e-7


@dataclass(frozen=True, kw_only=True)
class Readings:
    """The losses of the same values read as logits and as probabilities."""

    losses: Paired
    """Read as logits, against read as probabilities."""
    unrelated: float
    """The chance that values which know nothing of the targets go with them this well."""
    flipped: Paired | None = None
    """The better of these two, against read as the probabilities of the other outcome."""
    contrary: float = 1.0
    """The chance that values which know nothing of the targets go against them this well."""
    noun: str = "value"
    """What was counted: single values, or the items of the first axis, such as sequences."""

    @property
    def counted(self) -> str:
        """Return how many observations were compared, in words."""
        return plural(self.losses.count, self.noun)

    def probabilities(self) -> bool:
        """Tell whether the values are significantly better probabilities than logits.

        Rare labels alone make any small numbers look like good probabilities, also the logits of an
        untrained model. So the values must know something of the targets, too.
        """
        return self.losses.lower() and self.unrelated < LEVEL

    def other_outcome(self) -> bool:
        """Tell whether the values are significantly better probabilities of the other outcome: 1 - p."""
        return self.flipped is not None and self.flipped.lower() and self.contrary < LEVEL


def readings(values: np.ndarray, targets: np.ndarray, items: np.ndarray | None = None) -> Readings:
    """Compare values in [0, 1], read as logits and as probabilities, on targets in [0, 1] of the same shape.

    ``items`` names the item that each value is of, where an item, such as a sequence, is one observation: its
    steps are alike, and say together what one of them says.

    >>> rng = np.random.default_rng(0)
    >>> targets = rng.integers(0, 2, 200).astype(float)
    >>> readings(0.1 + 0.8 * targets, targets).probabilities()
    True
    >>> readings(rng.uniform(0, 0.1, 200), 0 * targets).probabilities()
    False
    """
    as_logits = kernels.sigmoid_cross_entropy(values, targets)
    as_probabilities = kernels.binary_cross_entropy(values, targets, clip=_CLIP)
    as_others = kernels.binary_cross_entropy(1 - values, targets, clip=_CLIP)
    if items is None:
        return Readings(
            losses=paired(as_logits, as_probabilities),
            unrelated=unrelated(values, targets),
            flipped=paired(_better(as_logits, as_probabilities), as_others),
            contrary=unrelated(-values, targets),
        )
    _, which = np.unique(items, return_inverse=True)
    together = (values - values.mean()) * (targets - targets.mean())
    related = _item_means(together, which)
    as_logits, as_probabilities, as_others = (
        _item_means(each, which) for each in (as_logits, as_probabilities, as_others)
    )
    return Readings(
        losses=paired(as_logits, as_probabilities),
        unrelated=paired(related, np.zeros(len(related))).p,
        flipped=paired(_better(as_logits, as_probabilities), as_others),
        contrary=paired(-related, np.zeros(len(related))).p,
        noun="item",
    )


def _better(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return one if one.mean() < other.mean() else other


def _item_means(values: np.ndarray, which: np.ndarray) -> np.ndarray:
    return np.asarray(np.bincount(which, weights=values) / np.bincount(which))


def unrelated(values: np.ndarray, targets: np.ndarray) -> float:
    """Return the one-sided chance of a correlation at least as large where there is none."""
    count = len(values)
    one, two = values - values.mean(), targets - targets.mean()
    scale = sqrt(float(one @ one) * float(two @ two))
    if count < 3 or scale == 0:
        return 1.0
    correlation = float(one @ two) / scale
    rest = 1 - correlation * correlation
    t = correlation * sqrt((count - 2) / rest) if rest > 0 else inf * correlation
    return max(student_tail(t, count - 2), 0.5 ** min(count, 1000))
